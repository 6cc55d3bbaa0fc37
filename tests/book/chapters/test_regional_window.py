"""The notebook on two years of a regional table, and the sweep that runs it."""

from __future__ import annotations

from math import log

import pytest
from papermill_pages.plan import plan_sweep
from papermill_pages.settings import Settings

from tests.book.published import ROOT
from tests.rfe_labour.printed_page import SHARES, WORKERS, by_year

from .running import Chapter

CHAPTER = "book/tables/regional_window.ipynb"


def test_the_sweep_has_every_span_of_at_least_five_years() -> None:
    file = ROOT / "book/tables/regional_windows.sweep.yml"
    sweep, report = plan_sweep(ROOT, file, Settings())
    assert report is None
    assert {*sweep.rows} == {
        (table, first, last)
        for table in ("table1", "table3", "table4")
        for first in by_year(*WORKERS[table])
        for last in by_year(*WORKERS[table])
        if last - first >= 4
    }
    assert len(sweep.rows) == 55 + 28 + 28


@pytest.mark.grid(
    table=["table1", "table3", "table4"], first_year=[1996], last_year=[2000, None]
)
def test_two_years_are_compared_as_they_are_printed(chapter: Chapter) -> None:
    table, first = chapter.parameters["table"], 1996
    last = chapter.parameters["last_year"] or 2005
    counts, shares = (by_year(*it[table]) for it in (WORKERS, SHARES))
    assert f" from {counts[first]} to {counts[last]}. Their share" in chapter.text
    assert f" from {shares[first]} to {shares[last]} per cent." in chapter.text
    workers = [int(counts[year].replace(",", "")) for year in (first, last)]
    change = {
        "workers": log(workers[1] / workers[0]),
        "share": log(float(shares[last]) / float(shares[first])),
    }
    change["foreign"] = change["workers"] - change["share"]
    for part, dln in change.items():
        assert chapter.results[f"dln_{part}"] == pytest.approx(dln)
