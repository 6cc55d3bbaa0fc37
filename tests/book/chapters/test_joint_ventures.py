"""The chapter on Table 2, under choices that change what its sentences say."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pandas as pd
import pytest

from tests.rfe_labour.printed_page import TABLE2_COUNTS, TABLE2_SHARES, TABLE2_YEARS

from .running import Chapter, run

CHAPTER = "book/tables/joint_ventures.ipynb"
QUICK = {"last_year": 2004}  # a tenth of the placements

OTHER_CHOICES: dict[str, dict[str, Any]] = {
    "default": {"last_year": 2005},
    "quick": {},
    "printed": {"lost_points": "printed", "few": 20.0},
    "strict": {"few": 0.5, "yearly_factor": 1.0, "fewest": 300, "most": 400},
    "empty": {"fewest": 1, "most": 2},
}


@pytest.fixture(params=OTHER_CHOICES.values(), ids=OTHER_CHOICES)
def under_choices(request: pytest.FixtureRequest) -> Chapter:
    return run(CHAPTER, QUICK | request.param)


def test_what_survives_is_shown_as_printed(chapter: Chapter) -> None:
    (shown,) = (cell.value for cell in chapter.cells if "left_to_right" in cell.source)
    plain = shown["left_to_right"].str.replace("[†*]", "", regex=True)
    assert plain.to_dict() == {
        "year": TABLE2_YEARS,
        "count": TABLE2_COUNTS,
        "share": TABLE2_SHARES,
    }
    runs = [[int(year) for year in run.split()] for run in chapter.namespace["runs"]]
    assert all(run == sorted(run) for run in runs)
    assert sorted(itertools.chain(*runs)) == list(range(1992, 2005))
    assert "Only 2005, which the title promises, is missing" in chapter.text


def test_the_closed_form_counts_as_many_placements_as_were_examined(
    under_choices: Chapter,
) -> None:
    placed, bounds = (
        under_choices.namespace["placed"],
        under_choices.namespace["bounds"],
    )
    by_hand = placed["counts"] * placed["shares"]
    assert by_hand.to_dict() == bounds["placements"][["none", "order"]].to_dict()


def test_the_pairs_worked_out_on_the_page_are_those_of_the_package(
    under_choices: Chapter,
) -> None:
    evaluation = under_choices.namespace["evaluation"]
    pairs = under_choices.namespace["pairs"].set_index(["share", "count"])
    lows, highs = (pd.DataFrame(ends) for ends in evaluation.ranges)
    for of_package, end in ((lows, "lower"), (highs, "upper")):
        of_package.index = pd.Index(evaluation.surviving.shares)
        of_package.columns = pd.Index(evaluation.surviving.different)
        for (share, count), value in pairs[end].items():
            assert set(of_package.loc[[share], count]) == {value}


def test_no_whole_number_is_ever_lacking(under_choices: Chapter) -> None:
    """The page says so of counts this small."""
    assert under_choices.namespace["ruled_out"]["no_whole_number"] == 0


def test_fewer_years_are_open_to_the_highest_share_than_to_the_highest_count(
    under_choices: Chapter,
) -> None:
    order = under_choices.namespace["sets"]["order"]
    assert (order.highest_share > 0).sum() < (order.highest > 0).sum()


def test_very_few_is_all_of_a_set_or_nothing_and_follows_the_reading(
    under_choices: Chapter,
) -> None:
    few = under_choices.parameters["few"]
    readings = under_choices.cells[_place(under_choices, "readings = {}")].value
    assert readings["largest_share"].to_dict() == {"restored": 1.35, "printed": 11.5}
    assert readings["very_few"].tolist() == [few > 1.35, few > 11.5]
    own = readings["very_few"][under_choices.parameters["lost_points"]]
    parts = under_choices.namespace["bounds"]["very_few"].dropna()
    assert {*parts} == {float(own)}
    assert f"holds in {own:.0%} of the ways in order" in under_choices.text


def test_an_empty_set_is_said_to_be_empty() -> None:
    chapter = run(CHAPTER, QUICK | OTHER_CHOICES["empty"])
    years = chapter.cells[_place(chapter, 'bounds[["highest_years"')].value
    assert years.loc["consistent"].tolist() == ["none", "none"]
    answers = chapter.namespace["answers"]
    assert answers[["whole", "consistent"]].isna().all(axis=None)
    assert answers[["none", "order"]].notna().all(axis=None)
    assert "nan" not in chapter.text.replace("`nan`", "").replace("\nnan", "")
    assert "plausible and steady, 0." in chapter.text


def test_what_is_said_of_the_alternatives_is_counted_in_their_table(
    under_choices: Chapter,
) -> None:
    others = under_choices.namespace["others"]
    chosen, *rest = others["highest_years"]
    same = sum(years == chosen for years in rest)
    told = re.search(
        r"Of the (\d+) alternatives, (\d+) leave the highest count", under_choices.text
    )
    assert told
    assert (int(told[1]), int(told[2])) == (len(rest), same)


def _place(chapter: Chapter, start: str) -> int:
    (place,) = (
        place
        for place, cell in enumerate(chapter.cells)
        if cell.kind == "code" and cell.source.startswith(start)
    )
    return place


@pytest.mark.try_it(1)
def test_without_restored_points_other_years_are_open_to_the_highest_share(
    before: Chapter, after: Chapter
) -> None:
    name = "order.highest_share_years"
    assert before.results[name] == "2002 to 2003"
    assert after.results[name] == "1993 to 1994, 2003 to 2004"
    assert after.results["largest_share"] == "11"


@pytest.mark.try_it(2)
def test_a_seven_before_the_two_is_never_last(before: Chapter, after: Chapter) -> None:
    start = "(ways == 7).any()"
    assert before.cells[_place(before, start)].value.tolist() == [False, True, True]
    assert after.cells[_place(after, start)].value.tolist() == [True, True, False]


@pytest.mark.try_it(3)
def test_each_count_stands_as_often_as_it_survives(after: Chapter) -> None:
    survive = pd.Series(map(int, TABLE2_COUNTS.split())).value_counts()
    assert after.cells[-1].value.to_dict() == pytest.approx(survive.to_dict())
