"""The chapter on the claims counts the ledger, and judges one claim by hand."""

from __future__ import annotations

import csv
from collections import Counter

import pandas as pd
import pytest

from rfe_labour.checks import claims
from tests.book.published import ROOT

from .running import Chapter

CHAPTER = "book/checks/claims.ipynb"


def reviewed() -> list[dict[str, str]]:
    with (ROOT / "data/claims.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_claim_is_counted_once_by_status_and_author(chapter: Chapter) -> None:
    rows, found = reviewed(), chapter.results
    for source in ("", "zabrovskaya", "weitz"):
        own = [row["status"] for row in rows if source in ("", row["source"])]
        prefix = f"{source}." if source else ""
        counted = Counter(own)
        for status in claims.STATUSES:
            name = status.replace(" ", "_")
            assert found[f"{prefix}{name}"] == counted[status], name
        assert found[f"{prefix}total"] == len(own)
        verdicts = [found[f"{prefix}{name}"] for name in ("agreeing", "differing")]
        assert sum(verdicts) + found[f"{prefix}open"] == len(own)


def test_the_claim_in_full_has_the_status_of_the_ledger(chapter: Chapter) -> None:
    # 100 dollars in each of 36 months, where the article has up to 3,000.
    assert chapter.namespace["saved"] == 3600
    assert chapter.namespace["difference"] == pytest.approx(0.2)
    tries = chapter.namespace["tries"].set_index("monthly")["status"]
    statuses = {row["claim"]: row["status"] for row in reviewed()}
    assert tries[100] == statuses["savings_three_years"] == "major"
    # 36 * 80 = 2,880 keeps to the limit; 3,240 is 8 per cent above it, 3,420 14.
    assert tries.to_dict() == {
        80: "match",
        85: "minor",
        90: "minor",
        95: "major",
        100: "major",
    }


def test_a_weak_test_is_named_as_one(chapter: Chapter) -> None:
    kinds = chapter.namespace["weak"]["kind"]
    assert set(kinds.index[kinds == "rebuilt from itself"]) == {
        *("table1_cells", "table3_cells", "table4_cells")
    }
    totals = {f"stated_total_{year}" for year in range(1998, 2006)}
    assert totals <= set(kinds.index[kinds == "one end only"])
    # "Could have failed; those in the next section did": no difference is weak.
    assert not set(kinds.index) & set(chapter.namespace["apart"].index)


def test_only_an_amount_has_a_gap_in_per_cent(chapter: Chapter) -> None:
    apart = chapter.namespace["apart"]
    assert len(apart) == chapter.results["differing"]
    assert apart["percent"].dropna().to_dict() == {
        "wage_1984": -100,  # 100 rubles, where 20,000 are the least
        "period_ten_years": 30,
        "wage_khabarovsk_official": -24,
        "savings_three_years": 20,
        "khabarovsk_area_2003": 80,
        "remittance_month": -87,
        "earnings_above_remittance": -56,
    }


@pytest.mark.try_it(1)
def test_with_the_least_savings_the_limit_is_kept(after: Chapter) -> None:
    assert after.namespace["saved"] == 36 * 50 < after.namespace["limit"]
    assert after.namespace["difference"] < 0


@pytest.mark.try_it(2)
def test_some_topics_have_no_figure_to_compare_with(after: Chapter) -> None:
    audited = after.namespace["audited"]
    by_topic = pd.crosstab(audited["topic"], audited["status_now"])
    untested = by_topic.index[by_topic["undeterminable"] == by_topic.sum(axis=1)]
    assert 0 < len(untested) < len(by_topic)
    assert all(topic in after.text for topic in untested)


@pytest.mark.try_it(3)
def test_a_wider_tolerance_makes_few_differences_minor(after: Chapter) -> None:
    wider = claims.audit(
        after.namespace["ledger"].assign(tolerance=0.25), after.namespace["results"]
    )
    counts = wider["status_now"].value_counts()
    assert 0 < counts["minor"] < counts["major"]
