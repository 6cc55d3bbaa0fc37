"""The chapter on the cited sources, however much further they may reach."""

from __future__ import annotations

import itertools
import math

import pandas as pd
import pytest

from tests.rfe_labour.printed_page import SHARES, WORKERS, by_year

from .running import Chapter

CHAPTER = "book/checks/sources.ipynb"

FURTHER = {"extra_years": list(range(7))}

# Two cells in each year after 1999, 2002 and 2003. Table 2 has eight columns to 1999,
# six later: of twelve percentages four cannot be in the eight, of seven counts all can.
BEYOND = {
    "table1": [12, 10, 8, 6, 4, 2, 0],
    "table3": [6, 4, 2, 0, 0, 0, 0],
    "table4": [4, 2, 0, 0, 0, 0, 0],
    "table2_fewest": [4, 3, 2, 1, 0, 0, 0],
    "table2_most": [12, 10, 8, 6, 4, 2, 0],
}


def foreign(table: str, half_units: int = 0) -> dict[int, float]:
    """Foreign workers that a printed pair implies, the share moved by half units."""
    workers, shares = by_year(*WORKERS[table]), by_year(*SHARES[table])
    decimals = {year: len(share.partition(".")[2]) for year, share in shares.items()}
    return {
        year: 100
        * int(count.replace(",", ""))
        / (float(shares[year]) + half_units * 0.5 / 10 ** decimals[year])
        for year, count in workers.items()
    }


def factors(table: str) -> dict[int, float]:
    implied = foreign(table)
    return {
        year: implied[year] / implied[before]
        for before, year in itertools.pairwise(implied)
    }


@pytest.mark.grid(**FURTHER)
def test_the_cells_beyond_are_two_for_each_year_after_the_newest_source(
    chapter: Chapter,
) -> None:
    extra = chapter.parameters["extra_years"]
    beyond = {table: counts[extra] for table, counts in BEYOND.items()}
    one, three, four = (beyond[f"table{number}"] for number in (1, 3, 4))
    text = " ".join(chapter.text.split())
    together = one + three + four
    assert (
        f"Of the 72 cells of the three regional tables, {together} lie beyond" in text
    )
    counted = f"{one} of 28 in Table 1, {three} of 22 in Table 3 and {four} of 22 in"
    assert counted in text
    said = (
        f"Of the 72 cells of the regional tables, {together} are too late, by title or"
    )
    assert said in text
    fewest, most = beyond["table2_fewest"], beyond["table2_most"]
    assert f"at least {fewest} of the 19 cells lie beyond" in text
    assert (
        f"Of the 19 surviving cells of Table 2, between {fewest} and {most} are."
        in text
    )


@pytest.mark.grid(**FURTHER)
def test_the_chart_counts_the_columns_that_it_draws_as_crosses(
    chapter: Chapter,
) -> None:
    # 14, 14, 11 and 11 years; the newest sources hold 1999, 1999, 2002 and 2003.
    reach = {1999: 2, 2002: 1, 2003: 1}
    extra = chapter.parameters["extra_years"]
    late = sum(max(0, 2005 - year - extra) * number for year, number in reach.items())
    drawn = chapter.namespace["drawn"]
    assert (drawn["held"] == "none can").sum() == late
    assert chapter.namespace["late"] == f"{late} of 50 columns"


@pytest.mark.grid(**FURTHER)
def test_what_lies_beyond_is_listed_from_the_recorded_years_whatever_is_set(
    chapter: Chapter,
) -> None:
    further = chapter.namespace["further"]
    assert further.to_dict("list") == BEYOND
    assert chapter.results["regional.cells_beyond_own_year"] == 10 + 4 + 2


@pytest.mark.grid(**FURTHER)
def test_no_number_of_years_makes_a_library_warn(chapter: Chapter) -> None:
    said = [out for cell in chapter.cells for out in cell.outputs]
    assert not [out for out in said if out["output_type"] == "stream"]


def test_the_limits_for_table_2_are_those_of_every_placement(chapter: Chapter) -> None:
    limits = chapter.namespace["beyond_in_table2"]
    for newest in range(1991, 2006):
        held, later = newest - 1991, 2005 - newest
        # For each row, all numbers of its cells that can stand in later columns.
        possible = [
            [n for n in range(cells + 1) if n <= later and cells - n <= held]
            for cells in (7, 12)
        ]
        found = limits(newest)
        assert found["fewest"] == sum(map(min, possible))
        assert found["most"] == sum(map(max, possible))


def test_one_page_is_cited_twice_and_one_citation_spans_52_pages(
    chapter: Chapter,
) -> None:
    assert chapter.results["shared_page"] == "188"
    assert "Tables 1 and 2 cite the same page, 188, of" in chapter.text
    assert chapter.results["wide_pages"] == "30-81"
    assert chapter.results["wide_pages_count"] == 52


def test_the_runs_of_rounding_are_those_of_the_printed_page(chapter: Chapter) -> None:
    runs = chapter.namespace["runs"].reset_index("run", drop=True)
    found = [
        (table, first, last, bool(whole))
        for table, first, last, whole in runs[
            ["first_year", "last_year", "whole_shares"]
        ].itertuples()
    ]
    expected = [
        (table, run[0][0], run[-1][0], whole)
        for table, row in SHARES.items()
        for whole, years in itertools.groupby(
            by_year(*row).items(), key=lambda cell: "." not in cell[1]
        )
        if (run := list(years))
    ]
    assert found == expected
    # 2,800 1,350 1,560 1,400 1,670 all end in nought; then only 3,450 and 3,520 do.
    assert runs.loc["table4", "round_counts"].tolist() == [5, 1, 1, 0]


def test_the_chance_of_noughts_is_the_sum_of_the_binomial_terms(
    chapter: Chapter,
) -> None:
    def chance(noughts: int, numbers: int) -> float:
        return sum(
            math.comb(numbers, k) * 0.1**k * 0.9 ** (numbers - k)
            for k in range(noughts, numbers + 1)
        )

    told = {
        name.removeprefix("rounding."): value
        for name, value in chapter.results.items()
        if name.startswith("rounding.")
    }
    for table, row in SHARES.items():
        printed = list(by_year(*row).values())
        whole = sum("." not in cell for cell in printed)
        assert told[f"{table}.whole_shares"] == whole
        assert told[f"{table}.noughts_kept"] == sum(
            cell.endswith(".0") for cell in printed
        )
        if whole:
            one_in = round(1 / chance(whole, len(printed)))
            assert told[f"{table}.whole_one_in"] == one_in
    assert told["table4.run_one_in"] == 100_000
    assert told["table4.run_round_counts"] == told["table4.run_years"] == 5
    assert (told["table4.later_whole"], told["table4.later_years"]) == (1, 6)
    assert told["table4.later_chance"] == pytest.approx(1 - 0.9**6)


def test_the_note_under_table_4_could_hold_in_no_year(chapter: Chapter) -> None:
    ends = [(foreign(table, 1), foreign(table, -1)) for table in ("table3", "table4")]
    (low3, high3), (low4, high4) = ends
    meets = {
        year: low3[year] <= high4[year] and low4[year] <= high3[year] for year in low3
    }
    assert chapter.namespace["meets"].to_dict() == meets
    assert "could be equal in 0 of 11 years." in " ".join(chapter.text.split())
    assert list(meets.values()) == [False] * 11


def test_the_jump_of_2005_is_the_second_largest_and_that_of_1995_the_largest(
    chapter: Chapter,
) -> None:
    steps = {
        (table, year): factor
        for table in WORKERS
        for year, factor in factors(table).items()
    }
    largest, second = sorted(steps, key=steps.__getitem__, reverse=True)[:2]
    assert (largest, second) == (("table1", 1995), ("table1", 2005))
    told = chapter.results
    assert told["jump.ratio"] == pytest.approx(steps[second])
    assert told["largest.ratio"] == pytest.approx(steps[largest])
    assert told["jump.rank_of_all"] == 2
    lower, upper = foreign("table1", 1), foreign("table1", -1)
    assert told["jump.ratio_lower"] == pytest.approx(lower[2005] / upper[2004])
    assert told["jump.ratio_upper"] == pytest.approx(upper[2005] / lower[2004])
    assert told["foreign_before_lower"] == pytest.approx(lower[2004])
    assert told["foreign_after_upper"] == pytest.approx(upper[2005])


def test_a_jump_is_one_whatever_the_rounding(chapter: Chapter) -> None:
    steps = chapter.namespace["steps"].set_index(["region", "to_year"])
    regions = ("Primorye", "Khabarovskiy Krai", "Amurskaya oblast")
    for region, table in zip(regions, ("table1", "table3", "table4"), strict=True):
        lower, upper = foreign(table, 1), foreign(table, -1)
        for before, year in itertools.pairwise(lower):
            least, most = lower[year] / upper[before], upper[year] / lower[before]
            jump = least > 1.5 or most < 1 / 1.5
            assert steps.loc[(region, year), "jump"] == jump
    # "The step of Khabarovskiy Krai into 1997, with a ratio of 0.66, is not a cross."
    lower, upper = foreign("table3", 1), foreign("table3", -1)
    told = chapter.results
    assert (told["jump_above"], told["jump_below"]) == (1.5, pytest.approx(2 / 3))
    assert told["no_jump.to_year"] == 1997
    assert told["no_jump.ratio"] == pytest.approx(factors("table3")[1997])
    assert told["no_jump.ratio_upper"] == pytest.approx(upper[1997] / lower[1996])
    assert "It is the second largest of all steps." in " ".join(chapter.text.split())


def test_the_steps_worked_out_on_the_page_are_those_of_the_package(
    chapter: Chapter,
) -> None:
    one, steps = (chapter.namespace[name] for name in ("one", "steps"))
    primorye = steps[steps["region"] == "Primorye"].set_index("to_year")
    for column in one:
        found = one[column].dropna().tolist()
        assert found == pytest.approx(primorye[column].tolist())


def test_a_slip_is_usual_where_the_changed_print_gives_an_ordinary_step(
    chapter: Chapter,
) -> None:
    ordinary = [
        factor for year, factor in factors("table1").items() if year not in (1995, 2005)
    ]
    printed = {
        ("workers", 2004): "3,126",
        ("share", 2004): "17.6",
        ("workers", 2005): "5,693",
        ("share", 2005): "16.7",
    }

    def factor(cells: dict[tuple[str, int], str]) -> float:
        value = {key: float(cell.replace(",", "")) for key, cell in cells.items()}
        before, after = (
            value["workers", year] / value["share", year] for year in (2004, 2005)
        )
        return after / before

    slips = chapter.namespace["slips"]
    assert len(slips) == 2 * 35 + 2 * 26
    for slip in slips.itertuples():
        assert printed[slip.measure, slip.year] == slip.printed
        changed = factor({**printed, (slip.measure, slip.year): slip.instead})
        assert slip.ratio == pytest.approx(changed)
        assert slip.usual == (min(ordinary) <= changed <= max(ordinary))
    told = chapter.results
    assert told["slips.usual_low"] == pytest.approx(min(ordinary))
    assert told["slips.usual_high"] == pytest.approx(max(ordinary))
    assert "Of the 122 ways to change one digit, 10 would" in " ".join(
        chapter.text.split()
    )


@pytest.mark.try_it(1)
def test_with_one_year_more_each_table_loses_its_source_s_year_of_publication(
    before: Chapter, after: Chapter
) -> None:
    crosses = []
    for chapter in (before, after):
        drawn = chapter.namespace["drawn"]
        later = drawn[drawn["held"] == "none can"]
        crosses.append({*zip(later["table"], later["year"], strict=True)})
    published = {("table1", 2000), ("table2", 2000), ("table3", 2003), ("table4", 2004)}
    assert crosses[0] - crosses[1] == published


@pytest.mark.try_it(2)
def test_the_largest_step_in_khabarovskiy_krai_is_that_into_2000(
    before: Chapter, after: Chapter
) -> None:
    expected = factors("table3")
    assert after.namespace["one"]["ratio"].idxmax() == max(expected, key=expected.get)  # type: ignore[arg-type]
    assert max(expected, key=expected.get) == 2000  # type: ignore[arg-type]
    # What the page says of Primorye further down stays as it was.
    for found in ("slips", "usual"):
        pd.testing.assert_frame_equal(before.namespace[found], after.namespace[found])


@pytest.mark.try_it(3)
def test_a_slip_could_hide_in_each_of_the_four_cells(after: Chapter) -> None:
    usual = after.cells[-1].value
    assert len(usual) == 4
    assert usual.sum() == after.results["slips.usual"]
    assert (usual > 0).all()
