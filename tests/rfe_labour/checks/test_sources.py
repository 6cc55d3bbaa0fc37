"""What the cited sources can hold, and what the print gives away."""

import math

import pandas as pd
import pytest

from rfe_labour import parameters
from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.checks import sources
from rfe_labour.data import load
from tests.rfe_labour.printed_page import SHARES, WORKERS, by_year

REGIONS = {about.region: about for about in REGIONAL_TABLES.values()}


def measured(workers: dict[int, str], shares: dict[int, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [("workers", year, cell) for year, cell in workers.items()]
        + [("share", year, cell) for year, cell in shares.items()],
        columns=["measure", "year", "printed"],
    )


def cited(latest_year: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"table": ["t"], "published": [latest_year + 1], "latest_year": [latest_year]}
    )


@pytest.fixture(scope="module")
def cells() -> dict[str, pd.DataFrame]:
    regional = {table: load(table) for table in REGIONAL_TABLES}
    return {
        "table1": regional["table1"],
        "table2": load("table2_tokens"),
        "table3": regional["table3"],
        "table4": regional["table4"],
    }


def test_the_cells_beyond_are_two_for_each_year_after_the_newest_source(
    cells: dict[str, pd.DataFrame],
) -> None:
    found = sources.reach(cells, load("sources"))
    # Years after 1999, 2002 and 2003: six, three and two; two cells in each.
    for table, beyond, whole in (
        ("table1", 12, 28),
        ("table3", 6, 22),
        ("table4", 4, 22),
    ):
        assert found.loc[table, "cells_beyond_sources"] == beyond
        assert found.loc[table, "cells_beyond_at_most"] == beyond
        assert found.loc[table, "cells"] == whole
    assert found["newest_year"].tolist() == [1999, 1999, 2002, 2003]
    assert found["published"].tolist() == [2000, 2000, 2003, 2004]
    assert found["cited"].tolist() == [2, 2, 4, 1]


def test_cells_without_columns_are_counted_within_limits(
    cells: dict[str, pd.DataFrame],
) -> None:
    found = sources.reach(cells, load("sources")).loc["table2"]
    # Fourteen columns, eight of them to 1999: of twelve percentages four cannot be
    # there and at most six are not; of seven counts none need be, at most six can.
    assert found["cells"] == 7 + 12
    assert found["cells_beyond_sources"] == (12 - 8) + 0
    assert found["cells_beyond_at_most"] == 6 + 6


def test_the_limits_are_those_of_every_placement_of_a_small_table() -> None:
    tokens = pd.DataFrame(
        {
            "row": ["year"] * 3 + ["count"] * 1 + ["share"] * 4,
            "year": pd.array([1992, 1993, 1994] + [None] * 5, dtype="Int64"),
        }
    )
    found = sources.reach({"t": tokens}, cited(1994)).loc["t"]
    # Three of fourteen columns are held: four shares leave at least one outside.
    assert found["cells_beyond_sources"] == 1
    assert found["cells_beyond_at_most"] == 1 + 4
    assert found["years_beyond"] == 11
    columns = sources.years_of(tokens)
    assert columns["year"].tolist() == list(range(1992, 2006))
    assert columns.loc[columns["labelled"], "year"].tolist() == [1992, 1993, 1994]
    assert not columns["placed"].any()


def test_sources_that_reach_further_leave_two_cells_fewer_a_year(
    cells: dict[str, pd.DataFrame],
) -> None:
    found = sources.by_extra_years(cells, load("sources"))
    beyond = found.pivot_table("cells_beyond_sources", "extra_years", "table")
    assert beyond["table1"].tolist() == [12, 10, 8, 6, 4, 2, 0]
    assert beyond["table3"].tolist() == [6, 4, 2, 0, 0, 0, 0]
    assert beyond["table4"].tolist() == [4, 2, 0, 0, 0, 0, 0]
    assert beyond["table2"].tolist() == [4, 3, 2, 1, 0, 0, 0]
    most = found.pivot_table("cells_beyond_at_most", "extra_years", "table")
    assert most["table2"].tolist() == [12, 10, 8, 6, 4, 2, 0]


def test_a_source_that_reaches_to_1994_cannot_hold_1995() -> None:
    table = measured({1994: "10", 1995: "10"}, {1994: "5", 1995: "5"})
    assert sources.reach({"t": table}, cited(1994)).loc["t", "years_beyond"] == 1
    assert sources.reach({"t": table}, cited(1994), 1).loc["t", "years_beyond"] == 0
    with pytest.raises(ValueError, match='No source is cited for "other"'):
        sources.reach({"other": table}, cited(1994))


def test_years_beyond_the_last_column_are_refused_as_a_parameter() -> None:
    parameters.sources(0)
    parameters.sources(6)
    for wrong in (-1, 7):
        with pytest.raises(ValueError, match=f"extra_years {wrong} is not from 0 to 6"):
            parameters.sources(wrong)


def test_one_page_is_cited_for_two_tables_and_one_citation_spans_52_pages() -> None:
    shared = sources.shared_pages(load("sources"))
    assert shared[["source", "page"]].to_numpy().tolist() == [["primorye_1999", "188"]]
    assert shared.loc[0, "tables"] == ("table1", "table2")
    assert sources.pages_cited("188") == 1
    assert sources.pages_cited("30-81") == 52
    with pytest.raises(ValueError, match="run backwards"):
        sources.pages_cited("81-30")


def test_the_runs_of_rounding_are_those_of_the_page(
    cells: dict[str, pd.DataFrame],
) -> None:
    columns = ["first_year", "last_year", "decimals", "years"]
    runs = {table: sources.rounding_runs(cells[table]) for table in REGIONAL_TABLES}
    assert runs["table1"][columns].to_numpy().tolist() == [[1992, 2005, 1, 14]]
    assert runs["table3"][columns].to_numpy().tolist() == [
        [1995, 1995, 1, 1],
        [1996, 1997, 0, 2],
        [1998, 1999, 1, 2],
        [2000, 2001, 0, 2],
        [2002, 2005, 1, 4],
    ]
    assert runs["table4"][columns].to_numpy().tolist() == [
        [1995, 1999, 0, 5],
        [2000, 2003, 1, 4],
        [2004, 2004, 0, 1],
        [2005, 2005, 1, 1],
    ]
    # 2,800 1,350 1,560 1,400 1,670 all end in nought; then only 3,450 and 3,520 do.
    assert runs["table4"]["round_counts"].tolist() == [5, 1, 1, 0]


def test_the_chance_of_noughts_is_the_sum_of_the_binomial_terms() -> None:
    for noughts, numbers in ((4, 11), (6, 11), (1, 6), (5, 5)):
        by_hand = sum(
            math.comb(numbers, k) * 0.1**k * 0.9 ** (numbers - k)
            for k in range(noughts, numbers + 1)
        )
        assert sources.chance_of_noughts(noughts, numbers) == pytest.approx(by_hand)
    assert sources.chance_of_noughts(0, 14) == 1


def test_the_summary_of_the_rounding_tells_what_is_printed(
    cells: dict[str, pd.DataFrame],
) -> None:
    told = sources.rounding_summary({table: cells[table] for table in REGIONAL_TABLES})
    for table in REGIONAL_TABLES:
        printed = list(by_year(*SHARES[table]).values())
        assert told[f"{table}.whole_shares"] == sum("." not in cell for cell in printed)
        kept = sum(cell.endswith(".0") for cell in printed)
        assert told[f"{table}.noughts_kept"] == kept
    assert "table1.run_years" not in told
    assert told["table4.run_round_counts"] == told["table4.run_years"] == 5
    assert told["table4.run_one_in"] == 100_000
    assert (told["table4.later_whole"], told["table4.later_years"]) == (1, 6)
    assert told["table4.later_chance"] == pytest.approx(1 - 0.9**6)


def test_the_jump_of_2005_is_the_second_largest_and_that_of_1995_the_largest(
    cells: dict[str, pd.DataFrame], numbers: dict[str, pd.DataFrame]
) -> None:
    slips = sources.one_digit_slips(cells["table1"], 2005)
    told = sources.jump_summary(numbers, slips, ("primorye", 2005))
    ratio = (5693 / 16.7) / (3126 / 17.6)
    assert told["jump.ratio"] == pytest.approx(ratio)
    assert told["jump.ratio_lower"] == pytest.approx(5693 / 16.75 / (3126 / 17.55))
    assert told["jump.ratio_upper"] == pytest.approx(5693 / 16.65 / (3126 / 17.65))
    assert (told["jump.rank"], told["jump.rank_of_all"]) == (2, 2)
    assert (told["largest.from_year"], told["largest.to_year"]) == (1994, 1995)
    assert told["largest.ratio"] == pytest.approx((3956 / 30.8) / (1421 / 25.5))
    assert told["foreign_before_lower"] == pytest.approx(100 * 3126 / 17.65)
    assert told["foreign_after_upper"] == pytest.approx(100 * 5693 / 16.65)
    jumps = sources.foreign_steps(numbers).query("jump")
    assert jumps[["region", "to_year"]].to_numpy().tolist() == [
        ["primorye", 1995],
        ["primorye", 2005],
        ["khabarovsk", 2000],
        ["amur", 2002],
    ]


def test_a_slip_is_usual_where_the_changed_print_gives_an_ordinary_step(
    cells: dict[str, pd.DataFrame],
) -> None:
    slips = sources.one_digit_slips(cells["table1"], 2005)
    # 3,126 and 5,693: 9 + 9 + 9 + 8 changes each; 17.6 and 16.7: 9 + 9 + 8 each.
    assert len(slips) == 2 * 35 + 2 * 26
    workers = {
        year: int(cell.replace(",", ""))
        for year, cell in by_year(*WORKERS["table1"]).items()
    }
    foreign = {
        year: workers[year] / float(cell)
        for year, cell in by_year(*SHARES["table1"]).items()
    }
    ordinary = [
        foreign[year] / foreign[year - 1]
        for year in range(1993, 2006)
        if year not in (1995, 2005)
    ]
    one = slips[(slips["printed"] == "16.7") & (slips["instead"] == "26.7")].iloc[0]
    assert one["ratio"] == pytest.approx((5693 / 26.7) / foreign[2004])
    assert one["usual"] == (min(ordinary) <= one["ratio"] <= max(ordinary))
    inside = slips["ratio"].between(min(ordinary), max(ordinary))
    assert slips["usual"].tolist() == inside.tolist()
    assert slips["usual"].sum() == 10


def test_the_note_under_table_4_holds_in_no_year(
    numbers: dict[str, pd.DataFrame],
) -> None:
    compared = sources.denominators(numbers["khabarovsk"], numbers["amur"])
    assert compared.index.tolist() == list(range(1995, 2006))
    assert not compared["compatible"].any()
    assert compared.loc[1995, "first_lower"] == pytest.approx(100 * 319 / 6.95)
    assert compared.loc[1995, "second_upper"] == pytest.approx(100 * 2800 / 71.5)
    same = sources.denominators(numbers["amur"], numbers["amur"])
    assert same["compatible"].all()


def test_the_summary_holds_plain_numbers_under_the_names_of_the_methods(
    cells: dict[str, pd.DataFrame],
) -> None:
    told = sources.summary(cells, load("sources"))
    assert told["table1.cells_beyond_sources"] == 12
    assert told["table2.columns_held"] == 8
    assert (told["table2.count_tokens"], told["table2.share_tokens"]) == (7, 12)
    assert told["regional.cells"] == 28 + 22 + 22
    assert told["regional.cells_beyond_sources"] == 12 + 6 + 4
    assert told["regional.cells_beyond_own_year"] == 10 + 4 + 2
    assert {type(value) for value in told.values()} == {int}
