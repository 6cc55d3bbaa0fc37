"""Rises and falls from year to year, counted on the printed page."""

import pandas as pd
import pytest

from rfe_labour.tables import changes
from tests.rfe_labour.printed_page import WORKERS, by_year

FALLS = {
    # Primorskiy, Khabarovskiy and Amurskaya, read off the page.
    "table1": [1993, 1997, 1998, 2000, 2003],
    "table3": [1996, 2000, 2004],
    "table4": [1996, 1998, 2003, 2005],
}


def printed(table: str) -> pd.Series:
    row = by_year(*WORKERS[table])
    workers = {year: int(cell.replace(",", "")) for year, cell in row.items()}
    return pd.Series(workers, name="workers")


@pytest.mark.parametrize("table", FALLS)
def test_the_falls_of_a_region_are_those_on_the_page(table: str) -> None:
    workers = printed(table)
    steps = changes.steps(workers)
    assert steps.loc[steps["change"] < 0, "to_year"].tolist() == FALLS[table]
    assert (steps["change"] > 0).sum() == len(workers) - 1 - len(FALLS[table])
    assert steps["change"].sum() == workers.iloc[-1] - workers.iloc[0]


def test_the_changes_of_amur_are_those_of_the_columns_of_its_table() -> None:
    assert changes.steps(printed("table4"))["change"].tolist() == [
        *(-1450, 210, -160, 270, 1028, 203, 549, -181, 251, -97)
    ]


def test_a_step_over_a_missing_year_names_both_its_years() -> None:
    steps = changes.steps(printed("table4").drop(index=1999))
    assert steps.loc[3].tolist() == [1998, 2000, 2698 - 1400]
    assert len(steps) == 9


def test_the_sum_of_the_regions_is_that_of_the_printed_rows(
    numbers: dict[str, pd.DataFrame],
) -> None:
    rows = [printed(table) for table in FALLS]
    expected = [sum(int(row[year]) for row in rows) for year in range(1995, 2006)]
    total = changes.regional_sum(numbers)
    assert total.index.tolist() == list(range(1995, 2006))
    assert total.tolist() == expected
    # By hand: 7075 5790 5729 4599 6063 5430 6297 7274 7271 8369 11126.
    assert changes.regional_sum_results(total) == {
        "together.first_year": 1995,
        "together.last_year": 2005,
        "together.steps": 10,
        "together.declines": 5,
        "together.declining_years": "1996, 1997, 1998, 2000, 2003",
    }


def test_the_share_of_two_regions_is_bounded_by_the_ends_of_their_rounding() -> None:
    # 20 of 100 and 30 of 300 foreign workers; each share may be half a point off.
    frames = {}
    for name, workers, share in (("one", 20, 0.20), ("two", 30, 0.10)):
        frames[name] = pd.DataFrame({"workers": [workers]}, index=[2005])
        ends = {"foreign": 0, "foreign_lower": 0.005, "foreign_upper": -0.005}
        for column, moved in ends.items():
            frames[name][column] = workers / (share + moved)
    row = changes.regional_share(frames).loc[2005]
    assert row["share"] == pytest.approx(100 * 50 / 400)
    brute = [
        100 * 50 / (20 / one + 30 / two)
        for one in (0.195, 0.2, 0.205)
        for two in (0.095, 0.1, 0.105)
    ]
    assert row["lower"] == pytest.approx(min(brute))
    assert row["upper"] == pytest.approx(max(brute))
