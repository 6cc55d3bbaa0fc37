"""A regional table beyond its print."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from math import log

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rfe_labour import tables
from rfe_labour.data import load
from tests.rfe_labour.printed_page import (
    NEWEST_SOURCE_YEAR,
    SHARES,
    WORKERS,
    by_cell,
    by_year,
)

REGIONAL = ["table1", "table3", "table4"]


def cells(rows: dict[int, tuple[str, str]]) -> pd.DataFrame:
    """Make printed cells from workers and share by year."""
    return pd.DataFrame(
        [
            (measure, year, printed, f"{measure} {year}", None)
            for year, pair in rows.items()
            for measure, printed in zip(("workers", "share"), pair, strict=True)
        ],
        columns=["measure", "year", "printed", "locator", "doubt"],
    )


def printed_cells(table: str) -> pd.DataFrame:
    """Make the cells of a table from the test's own transcription."""
    workers, shares = by_year(*WORKERS[table]), by_year(*SHARES[table])
    return cells({year: (workers[year], shares[year]) for year in workers})


TWO_YEARS = cells({2000: ("100", "10.0"), 2001: ("200", "20.0")})

plausible_rows = st.lists(
    st.tuples(
        st.integers(1, 99_999).map("{:,}".format),
        st.one_of(
            st.integers(1, 100).map(str),
            st.integers(10, 1000).map(lambda tenths: f"{tenths / 10:.1f}"),
        ),
    ),
    min_size=2,
    max_size=14,
).map(lambda rows: dict(enumerate(rows, start=1992)))


def test_a_table_holds_numbers_units_and_intervals() -> None:
    table = tables.regional_table(cells({1995: ("2,800", "72"), 2000: ("717", "71.7")}))
    expected = pd.DataFrame(
        {
            "workers": [2800, 717],
            "share": [72.0, 71.7],
            "share_decimals": [0, 1],
            "share_lower": [71.5, 71.65],
            "share_upper": [72.5, 71.75],
            "foreign": [2800 / 0.72, 1000.0],
            "foreign_lower": [2800 / 0.725, 717 / 0.7175],
            "foreign_upper": [2800 / 0.715, 717 / 0.7165],
        },
        index=pd.Index([1995, 2000], name="year"),
    )
    pd.testing.assert_frame_equal(table, expected)


def test_the_order_of_the_cells_does_not_matter() -> None:
    shuffled = printed_cells("table4").sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        tables.regional_table(shuffled), tables.regional_table(printed_cells("table4"))
    )


def test_a_window_keeps_its_end_years() -> None:
    table = tables.regional_table(printed_cells("table1"), 1998, 2001)
    assert table["workers"].to_dict() == {
        1998: 2134,
        1999: 2373,
        2000: 1369,
        2001: 2013,
    }


def test_amur_2005_implies_at_most_one_worker_fewer_than_its_share_allows() -> None:
    amur = tables.regional_table(printed_cells("table4")).loc[2005]
    assert amur["foreign_lower"] == pytest.approx(3423 / 0.3365)
    assert amur["foreign_upper"] == pytest.approx(3423 / 0.3355)


@given(
    workers=st.integers(1, 50_000),
    others=st.integers(0, 100_000),
    places=st.integers(0, 2),
    rule=st.sampled_from([ROUND_HALF_EVEN, ROUND_HALF_UP]),
)
def test_the_true_number_of_foreign_workers_lies_in_its_interval(
    workers: int, others: int, places: int, rule: str
) -> None:
    truth = workers + others
    exact = Decimal(100 * workers) / Decimal(truth)
    printed = str(exact.quantize(Decimal(1).scaleb(-places), rounding=rule))
    assume(Decimal(printed) > 0)
    source = cells({2000: (f"{workers:,}", printed)})
    table = tables.regional_table(source)
    lower, upper = table.loc[2000, ["foreign_lower", "foreign_upper"]]
    assert lower * (1 - 1e-12) <= truth <= upper * (1 + 1e-12)
    if upper - lower > 1:
        assert tables.agreement(source, tables.rebuild(table))["agrees"].all()


@pytest.mark.parametrize("share", ["0", "0.0", "100.1", "250"])
def test_a_share_that_implies_no_number_is_refused(share: str) -> None:
    with pytest.raises(ValueError, match="share of 2001"):
        tables.regional_table(cells({2000: ("10", "5.0"), 2001: ("10", share)}))


@pytest.mark.parametrize("workers", ["0", "12.5"])
def test_a_count_that_is_no_whole_number_of_persons_is_refused(workers: str) -> None:
    with pytest.raises(ValueError, match="positive whole number"):
        tables.regional_table(cells({2000: (workers, "5.0")}))


def test_a_year_with_one_cell_or_three_is_refused() -> None:
    with pytest.raises(ValueError, match="no share cell for 2001"):
        tables.regional_table(TWO_YEARS.iloc[:3])
    with pytest.raises(ValueError, match="more than one share cell for 2001"):
        tables.regional_table(pd.concat([TWO_YEARS, TWO_YEARS.iloc[3:]]))


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ((1999, None), "1999 is not a year of the table, which has 2000 to 2001"),
        ((None, 2002), "2002 is not a year"),
        ((2001, 2000), "backwards"),
    ],
)
def test_a_window_outside_the_table_is_refused(
    window: tuple[int | None, int | None], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        tables.regional_table(TWO_YEARS, *window)


@pytest.mark.parametrize("table", REGIONAL)
def test_the_rebuilt_table_equals_the_printed_page(table: str) -> None:
    rebuilt = tables.rebuild(tables.regional_table(load(table)))
    again = {
        (measure, year): cell
        for measure, column in rebuilt.items()
        for year, cell in column.items()
    }
    assert again == by_cell(table)


def test_the_rebuilt_share_comes_from_whole_persons() -> None:
    impossible = cells({2000: ("1", "40.0"), 2001: ("2", "40.0")})
    compared = tables.agreement(
        impossible, tables.rebuild(tables.regional_table(impossible))
    )
    rebuilt = compared.set_index(["measure", "year"])
    # Between 1 / 0.4005 and 1 / 0.3995 lies no whole number; 3 is next to the centre.
    assert rebuilt.loc[("share", 2000), "rebuilt"] == "33.3"
    assert not rebuilt.loc[("share", 2000), "agrees"]
    assert rebuilt.loc[("share", 2001), "rebuilt"] == "40.0"
    assert rebuilt["agrees"].sum() == 3


@pytest.mark.parametrize(
    ("table", "count"), [("table1", 28), ("table3", 22), ("table4", 22)]
)
def test_every_cell_of_the_article_agrees(table: str, count: int) -> None:
    source = load(table)
    compared = tables.agreement(source, tables.rebuild(tables.regional_table(source)))
    assert compared["agrees"].sum() == len(compared) == count
    assert list(compared.columns) == [
        *("measure", "year", "printed", "rebuilt", "agrees", "locator", "doubt")
    ]
    assert compared["locator"].tolist() == source["locator"].tolist()


def test_agreement_sees_a_single_wrong_cell() -> None:
    rebuilt = tables.rebuild(tables.regional_table(TWO_YEARS))
    rebuilt.loc[2001, "workers"] = "201"
    wrong = tables.agreement(TWO_YEARS, rebuilt).query("not agrees")
    assert wrong[["measure", "year", "printed", "rebuilt"]].to_numpy().tolist() == [
        ["workers", 2001, "200", "201"]
    ]


def test_agreement_leaves_out_the_years_outside_the_window() -> None:
    source = printed_cells("table1")
    rebuilt = tables.rebuild(tables.regional_table(source, 1998, 2001))
    assert set(tables.agreement(source, rebuilt)["year"]) == {1998, 1999, 2000, 2001}


def test_a_doubled_share_of_a_constant_number_doubles_the_workers() -> None:
    step = tables.decomposition(tables.regional_table(TWO_YEARS)).iloc[0]
    assert step["dln_workers"] == pytest.approx(log(2))
    assert step["dln_share"] == pytest.approx(log(2))
    assert step["dln_foreign"] == pytest.approx(0)
    assert step["dln_foreign_lower"] == pytest.approx(log(2 * 9.95 / 20.05))
    assert step["dln_foreign_upper"] == pytest.approx(log(2 * 10.05 / 19.95))


@given(rows=plausible_rows)
def test_the_parts_of_a_change_add_up_exactly(rows: dict[int, tuple[str, str]]) -> None:
    table = tables.regional_table(cells(rows))
    steps = tables.decomposition(table)
    total = tables.decomposition(table.iloc[[0, -1]]).iloc[0]
    parts = steps["dln_share"] + steps["dln_foreign"]
    assert parts.to_numpy() == pytest.approx(steps["dln_workers"].to_numpy(), abs=1e-12)
    for column in ("dln_workers", "dln_share", "dln_foreign"):
        assert steps[column].sum() == pytest.approx(total[column], abs=1e-12)
    assert (steps["dln_foreign_lower"] < steps["dln_foreign"]).all()
    assert (steps["dln_foreign"] < steps["dln_foreign_upper"]).all()


@given(rows=plausible_rows)
def test_counting_in_tens_changes_the_foreign_workers_but_no_step(
    rows: dict[int, tuple[str, str]],
) -> None:
    tenfold = {
        year: (f"{10 * int(workers.replace(',', '')):,}", share)
        for year, (workers, share) in rows.items()
    }
    one = tables.regional_table(cells(rows))
    ten = tables.regional_table(cells(tenfold))
    assert ten["foreign"].to_numpy() == pytest.approx(10 * one["foreign"].to_numpy())
    steps, again = tables.decomposition(one), tables.decomposition(ten)
    assert again.to_numpy() == pytest.approx(steps.to_numpy(), abs=1e-12)


def test_a_missing_year_makes_a_longer_step() -> None:
    gap = printed_cells("table3").query("year != 1997")
    steps = tables.decomposition(tables.regional_table(gap))
    assert steps.iloc[1][["from_year", "to_year"]].tolist() == [1996, 1998]
    assert steps.iloc[1]["dln_workers"] == pytest.approx(log(1065 / 296))
    assert len(steps) == 9


def test_the_total_names_the_first_and_last_year() -> None:
    table = tables.regional_table(printed_cells("table1"))
    total = tables.decomposition(table.iloc[[0, -1]])
    assert total[["from_year", "to_year"]].to_numpy().tolist() == [[1992, 2005]]
    assert total["dln_workers"].item() == pytest.approx(log(5693 / 1779))
    assert total["dln_share"].item() == pytest.approx(log(16.7 / 20.1))


def test_a_change_is_refused_where_there_is_none_to_take() -> None:
    table = tables.regional_table(TWO_YEARS)
    for rows in (0, 1):
        with pytest.raises(ValueError, match=f"two years; the table has {rows}"):
            tables.decomposition(table.iloc[:rows])
    with pytest.raises(ValueError, match="0 or less in 2001"):
        tables.decomposition(table.assign(share=[10.0, 0.0]))


@pytest.mark.parametrize(
    ("table", "years"),
    [
        ("table1", range(2000, 2006)),
        ("table3", range(2003, 2006)),
        ("table4", range(2004, 2006)),
    ],
)
def test_the_cells_later_than_the_newest_source_are_found(
    table: str, years: range
) -> None:
    beyond = tables.cells_beyond_sources(table, load(table), load("sources"))
    assert beyond["year"].unique().tolist() == list(years)
    assert len(beyond) == 2 * len(years)


def test_a_table_without_a_cited_source_is_refused() -> None:
    with pytest.raises(ValueError, match='No source is cited for "table9"'):
        tables.cells_beyond_sources("table9", TWO_YEARS, load("sources"))


def test_a_table_that_a_reader_added_without_a_source_is_shown_to_have_none() -> None:
    found = tables.defects("added", TWO_YEARS, load("sources"), load("table_notes"))
    assert found["defect"].tolist()[0] == "no-source"


def found_defects(table: str) -> pd.DataFrame:
    return tables.defects(table, load(table), load("sources"), load("table_notes"))


def test_primorye_shows_its_late_cells_and_every_jump() -> None:
    found = found_defects("table1")
    assert found[["defect", "where"]].to_numpy().tolist() == [
        ["beyond-sources", "2000 to 2005"],
        ["jump", "1992 to 1993"],
        ["jump", "1993 to 1994"],
        ["jump", "1994 to 1995"],
        ["jump", "1999 to 2000"],
        ["jump", "2003 to 2004"],
        ["jump", "2004 to 2005"],
    ]
    assert "12 of the 28 cells are later than 1999" in found.loc[0, "what"]
    # 5,693 / 16.75% over 3,126 / 17.55% and 5,693 / 16.65% over 3,126 / 17.65%
    assert found.iloc[-1]["what"] == (
        "The number of workers was multiplied by 1.82, the number of all foreign "
        "workers by 1.91 to 1.93."
    )


def test_khabarovsk_shows_its_whole_shares() -> None:
    found = found_defects("table3").set_index("defect")
    assert found.index.tolist() == [
        *("beyond-sources", "rounding-regimes", "jump", "jump", "jump")
    ]
    assert found.loc["rounding-regimes", "where"] == "1996 to 1997, 2000 to 2001"
    assert "may mix" in found.loc["rounding-regimes", "what"]
    # 1,050 / 296; 26.5 / 5.5 and 27.5 / 4.5
    assert found.loc["jump"].to_numpy().tolist()[0] == [
        "1996 to 1997",
        "The number of workers was multiplied by 3.55, the share by 4.82 to 6.11.",
    ]
    assert found.loc["jump", "where"].tolist()[1:] == ["1998 to 1999", "1999 to 2000"]
    assert "6 of the 22 cells" in found.loc["beyond-sources", "what"]


def test_amur_shows_the_note_about_another_region_first() -> None:
    found = found_defects("table4").set_index("defect")
    assert found.index.tolist() == [
        *("other-region", "beyond-sources", "rounding-regimes"),
        *("jump", "jump", "jump", "jump"),
    ]
    assert found.loc["jump", "where"].tolist()[0] == "1995 to 1996"
    assert "Khabarovskiy Krai" in found.loc["other-region", "what"]
    assert found.loc["rounding-regimes", "where"] == "1995 to 1999, 2004"
    assert "4 of the 22 cells" in found.loc["beyond-sources", "what"]


def test_a_table_without_defects_has_an_empty_list() -> None:
    sources = pd.DataFrame({"table": ["table9"], "latest_year": [2001]})
    steady = cells({2000: ("100", "10.0"), 2001: ("120", "12.0")})
    found = tables.defects("table9", steady, sources, load("table_notes"))
    assert found.empty
    assert found.columns.tolist() == ["defect", "where", "what"]


def test_a_jump_is_shown_only_where_rounding_cannot_explain_it() -> None:
    sources = pd.DataFrame({"table": ["table9"], "latest_year": [2001]})
    notes = load("table_notes")
    doubled = {2000: ("100", "10.0"), 2001: ("200", "10.0")}
    halved = {2000: ("200", "10.0"), 2001: ("100", "10.0")}
    coarse = {2000: ("100", "1"), 2001: ("200", "1")}
    for rows, shown in ((doubled, 1), (halved, 1), (coarse, 0)):
        found = tables.defects("table9", cells(rows), sources, notes)
        jumps = found.loc[found["defect"] == "jump", "what"]
        assert jumps.str.contains("foreign workers").sum() == shown


@settings(max_examples=20)
@given(rows=plausible_rows)
def test_the_ratios_of_workers_and_foreign_workers_are_those_of_the_decomposition(
    rows: dict[int, tuple[str, str]],
) -> None:
    table = tables.regional_table(cells(rows))
    steps = tables.decomposition(table)
    for measure in ("workers", "share", "foreign"):
        ratio = tables.step_ratios(table, measure)
        assert np.log(ratio["ratio"]).to_numpy() == pytest.approx(
            steps[f"dln_{measure}"].to_numpy(), abs=1e-9
        )
    for end in ("lower", "upper"):
        assert np.log(ratio[f"ratio_{end}"]).to_numpy() == pytest.approx(
            steps[f"dln_foreign_{end}"].to_numpy(), abs=1e-9
        )


def test_the_ratio_of_a_share_has_the_ends_of_both_roundings() -> None:
    (step,) = tables.step_ratios(tables.regional_table(TWO_YEARS), "share").itertuples()
    assert step.ratio == pytest.approx(2)
    assert step.ratio_lower == pytest.approx(19.95 / 10.05)
    assert step.ratio_upper == pytest.approx(20.05 / 9.95)
    assert step.jump


def test_the_newest_year_of_each_source_is_that_of_the_page() -> None:
    newest = load("sources").groupby("table")["latest_year"].max().to_dict()
    assert newest == NEWEST_SOURCE_YEAR
