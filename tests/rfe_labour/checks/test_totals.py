"""The stated totals against the regional tables."""

import pandas as pd
import pytest

from rfe_labour.checks import totals
from tests.rfe_labour.printed_page import STATED_TOTALS, WORKERS, by_year

REGIONS = {"primorye": "table1", "khabarovsk": "table3", "amur": "table4"}


def stated(rows: dict[int, str], doubt: str | None = None) -> pd.DataFrame:
    return pd.DataFrame({"year": rows.keys(), "printed": rows.values(), "doubt": doubt})


def workers(rows: dict[int, int]) -> pd.DataFrame:
    index = pd.Index(rows.keys(), name="year")
    return pd.DataFrame({"workers": list(rows.values())}, index=index)


def test_residual_and_sum_follow_from_the_printed_page(
    comparison: pd.DataFrame,
) -> None:
    def number(printed: str) -> int:
        return int(printed.replace(",", ""))

    for year, total in by_year(*STATED_TOTALS).items():
        regions = [number(by_year(*WORKERS[table])[year]) for table in REGIONS.values()]
        row = comparison.loc[year]
        assert row["stated"] == number(total)
        assert row["regional_sum"] == sum(regions)
        assert row["residual"] == number(total) - sum(regions)
        assert row["coverage"] == pytest.approx(sum(regions) / number(total))
    assert comparison.index.tolist() == list(range(1998, 2006))


def test_the_residuals_are_those_worked_out_by_hand(comparison: pd.DataFrame) -> None:
    assert comparison["residual"].tolist() == [
        *(7263, 3920, 7789, 6203, 3890, 4019, 4925, 2680)
    ]


@pytest.mark.parametrize(("column", "lower"), [("stated", 12450), ("residual", 6153)])
def test_only_the_round_total_of_2001_leaves_anything_open(
    comparison: pd.DataFrame, column: str, lower: int
) -> None:
    width = comparison[f"{column}_upper"] - comparison[f"{column}_lower"]
    assert width.to_dict() == dict.fromkeys(range(1998, 2006), 0) | {2001: 100}
    assert comparison.loc[2001, f"{column}_lower"] == lower


def test_years_are_put_in_order_and_years_without_a_total_left_out() -> None:
    found = totals.compare(
        stated({2001: "30", 2000: "10"}), {"only": workers({1999: 1, 2000: 5, 2001: 6})}
    )
    assert found["residual"].to_dict() == {2000: 5, 2001: 24}
    assert found.index.tolist() == [2000, 2001]


def test_what_cannot_be_compared_is_refused() -> None:
    one = stated({2000: "10"})
    with pytest.raises(ValueError, match="No objects"):
        totals.compare(one, {})
    with pytest.raises(ValueError, match="year 2000"):
        totals.compare(one, {"only": workers({1999: 5})})
    with pytest.raises(ValueError, match="more than one stated total"):
        totals.compare(pd.concat([one, one]), {"only": workers({2000: 5})})
