"""The point of the explorer of specification curves, beside the chapter's own list."""

from __future__ import annotations

import itertools
import math
import re
import statistics
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from .running import Chapter, run

CHAPTER = "book/checks/specification_curve.ipynb"
MULTIVERSE = "book/checks/multiverse.ipynb"
EVERY_SERIES = {
    "region": ["primorye", "khabarovsk", "amur"],
    "outcome": ["workers", "share", "foreign"],
}
CHOICES = ("estimator", "rounding", "first_year", "last_year", "left_out")
NAMES = {
    "primorye": "Primorye",
    "khabarovsk": "Khabarovskiy Krai",
    "amur": "Amurskaya oblast",
}
WORDS = {
    "estimator": "estimator",
    "rounding": "end of rounding",
    "first_year": "first year",
    "last_year": "last year",
    "left_out": "year left out",
}


def of_chapter(chapter: Chapter) -> list[dict[str, Any]]:
    """The specifications of the point, from the chapter that fits those of all."""
    specs: pd.DataFrame = run(MULTIVERSE).namespace["specs"]
    return [
        row
        for row in specs.to_dict("records")
        if all(row[name] == value for name, value in chapter.parameters.items())
    ]


@pytest.mark.grid(**EVERY_SERIES)
def test_a_point_glues_what_the_chapter_says_of_all_series(chapter: Chapter) -> None:
    whole, own = run(MULTIVERSE).results, chapter.results
    series = ".".join(map(str, chapter.parameters.values()))
    for name in ("specifications", "rising", "falling", "rising_by_window"):
        assert own[name] == pytest.approx(whole[f"{series}.{name}"], rel=1e-12)
    for name in ("lowest", "median", "highest", "headline"):
        # The chapter glues slopes, of which these are the yearly change in per cent.
        slope = whole[f"{series}.{name}"]
        assert own[name] == pytest.approx(100 * math.expm1(slope))


@pytest.mark.grid(**EVERY_SERIES)
def test_its_sentence_is_counted_in_the_chapters_list(chapter: Chapter) -> None:
    rows = of_chapter(chapter)
    percents = [row["percent"] for row in rows]
    up, down = (sum(sign * it > 0 for it in percents) for sign in (1, -1))
    parts = [f"{it / len(rows):.0%}" for it in (up, down)]
    text = " ".join(chapter.text.split())
    name = NAMES[chapter.parameters["region"]]
    assert f"**{name}, " in text
    assert f".** Of the {len(rows):,} slopes, **" in text
    (curve,) = chapter.alts
    assert curve.startswith(f"Specification curve for {name}, ")
    assert (
        f"**{up:,} ({parts[0]}) are positive and {down:,} ({parts[1]}) negative**."
        in text
    )
    assert up + down == len(rows)
    low, _, high = statistics.quantiles(percents, n=4, method="inclusive")
    ends = [f"{it:+.1f}".replace("-", "−") for it in (low, high)]
    assert f"half of them between {ends[0]} and {ends[1]};" in text
    headline = chapter.results["headline"]
    same = statistics.fmean(it * headline > 0 for it in percents)
    assert f"and {same:.0%} of all slopes share its sign." in text


@pytest.mark.grid(**EVERY_SERIES)
def test_its_sentence_names_the_choice_that_changes_the_direction_most(
    chapter: Chapter,
) -> None:
    rows = of_chapter(chapter)
    changed = dict(disagreements(rows))
    most = max(changed, key=changed.__getitem__)
    text = " ".join(chapter.text.split())
    told = f"in {changed['estimator']:.1%} of the comparisons."
    assert told in text
    most_often = r"reverses the direction is the ([a-z ]+), in ([\d.]+%) of its comp"
    found = re.search(most_often, text)
    assert found
    assert found.groups() == (WORDS[most], f"{changed[most]:.1%}")


def disagreements(rows: list[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """Compare, pair by pair, what differs in one choice alone."""
    for choice in CHOICES:
        sets: dict[tuple[str, ...], list[bool]] = {}
        for row in rows:
            others = tuple(str(row[it]) for it in CHOICES if it != choice)
            sets.setdefault(others, []).append(row["slope"] > 0)
        compared = [it for it in sets.values() if len(it) > 1]
        if compared:
            differ = [
                any(one != two for one, two in itertools.pairwise(it))
                for it in compared
            ]
            yield choice, statistics.fmean(differ)
