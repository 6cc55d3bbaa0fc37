"""The chapter on the totals of the Far East, at every kind of window that it allows."""

from __future__ import annotations

import itertools
import math
import statistics
from typing import Any

import pytest

from tests.rfe_labour.printed_page import STATED_TOTALS, WORKERS, by_year

from .running import Chapter

CHAPTER = "book/checks/totals.ipynb"

WINDOWS = {
    "first_year": [None, 1999, 2001, 2003, 2004],
    "last_year": [None, 1999, 2001, 2004],
}


def number(printed: str) -> int:
    return int(printed.replace(",", ""))


STATED = {year: number(total) for year, total in by_year(*STATED_TOTALS).items()}
SUMS = {
    year: sum(number(by_year(*row)[year]) for row in WORKERS.values())
    for year in STATED
}


def years_of(chapter: Chapter) -> range:
    first = chapter.parameters["first_year"] or min(STATED)
    return range(first, (chapter.parameters["last_year"] or max(STATED)) + 1)


def gaps_that_fit(years: range, least: int, most: int) -> list[int]:
    """Years whose gap can be so many workers; 12,500 stands for 12,450 to 12,550."""
    slack = {year: 50 * (year == 2001) for year in years}
    return [
        year
        for year in years
        if STATED[year] - SUMS[year] - slack[year] <= most
        and STATED[year] - SUMS[year] + slack[year] >= least
    ]


def agreements(years: range) -> int:
    return sum(
        (STATED[year] > STATED[before]) == (SUMS[year] > SUMS[before])
        for before, year in itertools.pairwise(years)
    )


@pytest.mark.grid(**WINDOWS)
def test_the_gap_and_the_coverage_are_told_as_the_printed_page_gives_them(
    chapter: Chapter,
) -> None:
    years = years_of(chapter)
    gap = {year: STATED[year] - SUMS[year] for year in years}
    part = {year: SUMS[year] / STATED[year] for year in years}
    text = " ".join(chapter.text.split())
    assert f"It does so in 0 of {len(years)} years." in text
    for values, form in ((gap, ",d"), (part, ".0%")):
        low, high = min(values, key=values.get), max(values, key=values.get)  # type: ignore[arg-type]
        assert f"between {values[low]:{form}} (in {low}) and " in text
        assert f"{values[high]:{form}}" in text.partition(f"(in {low}) and ")[2][:20]
        assert f"(in {high})" in text


@pytest.mark.grid(**WINDOWS)
def test_the_directions_are_counted_on_the_printed_page(chapter: Chapter) -> None:
    years = years_of(chapter)
    told = f"in {agreements(years)} of {len(years) - 1} steps"
    assert " ".join(chapter.text.split()).count(told) == 2


@pytest.mark.grid(**WINDOWS)
def test_the_least_of_the_steps_that_differ_is_told_with_its_size(
    chapter: Chapter,
) -> None:
    differ = {
        year: (SUMS[year] - SUMS[before], SUMS[before])
        for before, year in itertools.pairwise(years_of(chapter))
        if (STATED[year] > STATED[before]) != (SUMS[year] > SUMS[before])
    }
    told = "The two have the same direction in every step."
    if differ:
        year = min(differ, key=lambda it: abs(differ[it][0]))
        change, before = differ[year]
        told = f"change in the regional sum is that to {year}: {change:+,d} workers, "
        told = f"{told}from {before:,d}.".replace("-", "−")
    assert told in " ".join(chapter.text.split())
    assert len(chapter.namespace["differ"]) == len(differ)


def test_in_one_step_that_differs_the_sum_fell_by_three_workers(
    chapter: Chapter,
) -> None:
    own = chapter.results
    assert own["direction_nearest.together"] == -3
    assert own["direction_nearest.sum_before"] == 7274
    text = " ".join(chapter.text.split())
    assert "is that to 2003: −3 workers, from 7,274." in text


@pytest.mark.grid(**WINDOWS)
def test_the_chance_of_so_uneven_directions_is_that_of_a_coin(chapter: Chapter) -> None:
    years = years_of(chapter)
    steps, found = len(years) - 1, agreements(years)
    uneven = sum(
        math.comb(steps, k)
        for k in range(steps + 1)
        if abs(2 * k - steps) >= abs(2 * found - steps)
    )
    assert chapter.results["direction_chance"] == pytest.approx(uneven / 2**steps)
    assert f"The probability is {uneven / 2**steps:.2f}." in chapter.text


@pytest.mark.grid(**WINDOWS)
def test_a_remainder_says_whether_a_figure_is_too_large_or_too_small(
    chapter: Chapter,
) -> None:
    for name, least, most in (
        ("sakhalin", 150, 250),
        ("with_loggers", 3500 + 150, 4500 + 250),
    ):
        remains = chapter.namespace[name]
        for year, row in remains.iterrows():
            gap, slack = STATED[year] - SUMS[year], 50 * (year == 2001)
            assert (row["upper"] < 0) == (least > gap + slack)
            assert (row["lower"] > 0) == (most < gap - slack)
            assert row["fits"] == (row["lower"] <= 0 <= row["upper"])


@pytest.mark.grid(**WINDOWS)
def test_the_visible_cells_alone_find_the_years_of_the_window(chapter: Chapter) -> None:
    pasted: dict[str, Any] = {}
    for cell in chapter.cells:
        if cell.kind == "code" and "remove-cell" not in cell.tags:
            exec(cell.source, pasted)  # noqa: S102 - as a reader would paste it
        if "stated" in pasted:
            break
    years = pasted["stated"].index.tolist()
    assert years == [*years_of(chapter)]


@pytest.mark.grid(**WINDOWS)
def test_what_could_fill_the_gap_is_told_as_the_intervals_meet(
    chapter: Chapter,
) -> None:
    years = years_of(chapter)
    assert gaps_that_fit(years, 150, 250) == []
    both = gaps_that_fit(years, 3500 + 150, 4500 + 250)
    text = " ".join(chapter.text.split())
    listed = ", ".join(map(str, both)) or "none"
    assert f"could fill the gap in 0 of {len(years)} years." in text
    assert f"would fit in {len(both)} of them ({listed})." in text
    assert chapter.alts[-1].count(": gap ") == len(years)


@pytest.mark.grid(**WINDOWS)
def test_no_window_makes_a_library_warn(chapter: Chapter) -> None:
    said = [out for cell in chapter.cells for out in cell.outputs]
    assert not [out for out in said if out["output_type"] == "stream"]


def test_the_round_total_alone_is_an_interval(chapter: Chapter) -> None:
    stated = chapter.namespace["stated"]
    width = stated["stated_upper"] - stated["stated_lower"]
    assert width[width > 0].to_dict() == {2001: 100}


@pytest.mark.try_it(1)
def test_without_the_early_years_the_lowest_coverage_rises(
    before: Chapter, after: Chapter
) -> None:
    low = min(SUMS[year] / STATED[year] for year in range(2002, 2006))
    assert after.results["coverage_lowest"] == pytest.approx(low)
    assert before.results["coverage_lowest_year"] < 2002
    early = [SUMS[year] / STATED[year] for year in range(1998, 2002)]
    assert all(part < low for part in early)


@pytest.mark.try_it(2)
def test_without_sakhalin_the_same_gaps_could_be_filled(
    before: Chapter, after: Chapter
) -> None:
    alone = gaps_that_fit(years_of(after), 3500, 4500)
    told = after.results["fill_with_loggers_list"]
    assert told == ", ".join(map(str, alone))
    assert told == before.results["fill_with_loggers_list"]


@pytest.mark.try_it(3)
def test_the_changes_of_totals_and_sums_go_in_opposite_directions(
    after: Chapter,
) -> None:
    changes = [
        [values[year] - values[year - 1] for year in range(1999, 2006)]
        for values in (STATED, SUMS)
    ]
    expected = statistics.correlation(*changes)
    assert after.cells[-1].value == pytest.approx(expected)
    assert expected < 0
    # "So few pairs cannot show it": seven pairs need more than 0.754.
    assert abs(expected) < 0.754
