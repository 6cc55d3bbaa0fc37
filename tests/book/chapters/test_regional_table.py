"""The chapter on one regional table, at every table and window that it allows."""

from __future__ import annotations

import itertools

import pytest

from tests.rfe_labour.printed_page import WORKERS, by_year

from .running import Chapter

CHAPTER = "book/tables/regional_table.ipynb"

WINDOWS = {
    "table": list(WORKERS),
    "first_year": [None, 1995, 1998],
    "last_year": [None, 1999, 2004],
}


def printed_workers(chapter: Chapter) -> list[str]:
    """The printed row inside the window of a run."""
    row = by_year(*WORKERS[chapter.parameters["table"]])
    first = chapter.parameters["first_year"] or min(row)
    last = chapter.parameters["last_year"] or max(row)
    return [row[year] for year in range(first, last + 1)]


@pytest.mark.grid(**WINDOWS)
def test_the_ends_of_the_window_are_stated_as_printed(chapter: Chapter) -> None:
    first, *_, last = printed_workers(chapter)
    assert f"the workers went from {first} in " in chapter.text
    assert f" to {last} in " in chapter.text


@pytest.mark.grid(**WINDOWS)
def test_rises_and_falls_are_counted_on_the_printed_row(chapter: Chapter) -> None:
    row = [int(cell.replace(",", "")) for cell in printed_workers(chapter)]
    rises = sum(after > before for before, after in itertools.pairwise(row))
    told = f"rose {rises} times and fell {len(row) - 1 - rises} times"
    assert told in chapter.text


def test_every_figure_is_described(chapter: Chapter) -> None:
    assert len(chapter.alts) == 3
    assert all("Primorye" in alt for alt in chapter.alts[:2])
