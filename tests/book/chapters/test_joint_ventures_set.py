"""The point of the explorer of Table 2, beside the chapter's table of all sets."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
import pytest
from papermill_pages.plan import plan_sweep
from papermill_pages.settings import Settings

from rfe_labour.shown import joint_ventures as shown
from tests.book.published import ROOT

from .running import CellFailed, Chapter, run

CHAPTER = "book/tables/joint_ventures_set.ipynb"
TABLE2 = "book/tables/joint_ventures.ipynb"
SWEEP = "book/tables/joint_ventures_set.sweep.yml"
QUICK = {"last_year": 2004}  # a tenth of the placements
OURS: dict[str, Any] = {"fewest": 100, "most": 1500, "yearly_factor": 2.0}

# With steady totals and the second, nothing is left of one tear.
LIMITS: list[dict[str, Any]] = [
    {},
    {"fewest": 300, "most": 1000, "yearly_factor": 1.5},
]


def name_of(chapter: Chapter) -> str:
    """What the chapter calls the assumption of a point."""
    assumed = str(chapter.parameters["assume"])
    if not chapter.parameters["one_tear"]:
        return assumed
    return "tear" if assumed == "order" else f"tear_{assumed}"


def in_chapter(chapter: Chapter) -> pd.Series:
    """The row of the set in the chapter, executed with the same limits."""
    limits = {name: chapter.parameters[name] for name in OURS}
    whole = run(TABLE2, QUICK | limits).namespace
    both = pd.concat([whole["bounds"], whole["torn_bounds"]])
    row: pd.Series = both.loc[name_of(chapter)]
    return row


@pytest.fixture(
    params=[
        {"assume": assume, "one_tear": torn} | limits
        for limits in LIMITS
        for assume, torn in itertools.product(
            ["none", "order", "whole", "consistent"], [False, True]
        )
        if (assume, torn) != ("none", True)
    ],
    ids=str,
)
def point(request: pytest.FixtureRequest) -> Chapter:
    return run(CHAPTER, QUICK | request.param)


def test_a_point_glues_what_the_chapter_says_of_its_set(point: Chapter) -> None:
    row = in_chapter(point)
    for name in ("placements", "highest_years", "highest_share_years", "implied"):
        assert point.results[name] == row[name], name


def test_its_sentence_follows_from_the_chapters_proportions(point: Chapter) -> None:
    row, text = in_chapter(point), " ".join(point.text.split())
    if row["placements"] == 0:
        assert "**No placement** is possible" in text
        assert "nan" not in text
        return
    assert f"**{row['placements']:,} placements** are possible, that is" in text
    assert f"count, 7, {stands_in(row['highest_years'])}, and" in text
    assert f"1.3 per cent, {stands_in(row['highest_share_years'])}." in text
    assert f"they imply {row['implied']} joint ventures in all." in text
    claims = {
        "very_few": "below 2 per cent, holds in",
        "rises": "is above the first in",
        "level": "equal to it in",
        "falls": "below it in",
        "highest_last": "The highest count is the last one in",
    }
    for claim, words in claims.items():
        part = row[claim]
        # Nearly all is not all.
        told = {0: "none", 1: "all"}.get(part, f"{min(max(part, 0.01), 0.99):.0%}")
        assert f"{words} {told} of them" in text


def stands_in(years: str) -> str:
    """Say that a single year is no longer one of several that it could be."""
    return f"{'must' if len(years) == len('1999') else 'could'} stand in {years}"


def test_its_figure_shows_the_years_that_the_chapter_leaves_open(
    point: Chapter,
) -> None:
    row, (alt,) = in_chapter(point), point.alts
    if row["placements"] == 0:
        assert alt.endswith("no placement is possible.")
        assert "none" not in alt
        return
    assert f"7 in {row['highest_years']}." in alt
    assert ("total: none." in alt) == (row["implied"] == "none")


def test_the_limits_are_moved_one_at_a_time_where_they_bind() -> None:
    sweep, _ = plan_sweep(ROOT, ROOT / SWEEP, Settings())
    points = [dict(zip(sweep.varied, row, strict=True)) for row in sweep.rows]
    for assume in ("none", "order", "whole", "consistent"):
        own = [it for it in points if it["assume"] == assume]
        tried = {name: {it[name] for it in own} for name in OURS}
        binds = {
            "fewest": assume in ("whole", "consistent"),
            "most": assume in ("whole", "consistent"),
            "yearly_factor": assume == "consistent",
        }
        for name, ours in OURS.items():
            assert ours in tried[name]
            assert (len(tried[name]) > 1) == binds[name]
        torn = {it["one_tear"] for it in own}
        assert torn == ({False} if assume == "none" else {False, True})
        moved = [sum(it[name] != ours for name, ours in OURS.items()) for it in own]
        assert set(moved) <= {0, 1}
        assert len(own) == len(torn) * (1 + sum(binds.values()))


def test_one_tear_without_an_order_is_refused() -> None:
    with pytest.raises(CellFailed, match="keeps the order"):
        run(CHAPTER, QUICK | {"assume": "none", "one_tear": True})


def test_the_controls_call_the_assumptions_what_the_chapter_calls_them() -> None:
    sweep, _ = plan_sweep(ROOT, ROOT / SWEEP, Settings())
    words = sweep.labels["assume"]
    assert words == {name: shown.ASSUMPTIONS[name] for name in words}
    assert {*words} == {row[sweep.varied.index("assume")] for row in sweep.rows}
