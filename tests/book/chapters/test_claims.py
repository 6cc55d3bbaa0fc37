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


def test_all_that_around_100_allows_would_meet_the_limit(chapter: Chapter) -> None:
    # 50 to 150 dollars in each of 36 months, where the article has up to 3,000.
    found = chapter.results
    assert found["savings_around.lower"] == 36 * 50 < 3000
    assert found["savings_around.upper"] == 36 * 150 > 3000
    assert found["savings_around.status"] == "rounding"
    assert found["savings_month.stated"] == "around 100"
    assert (found["savings_month.middle"], found["contract_months"]) == (100, 36)
    # The claim itself supposes the 100 dollars, and its test is a recomputation.
    (claim,) = (row for row in reviewed() if row["claim"] == "savings_three_years")
    assert "saves 100 dollars a month" in claim["what"]
    assert claim["compares"] == "recomputation"


def test_only_passages_of_one_text_are_internally_inconsistent() -> None:
    for row in reviewed():
        if row["status"] == "internally inconsistent":
            assert row["compares"] == "consistency", row["claim"]


def test_the_summary_tells_how_many_agree_by_weak_tests(chapter: Chapter) -> None:
    weak = chapter.namespace["weak"].index
    statuses = {row["claim"]: row["status"] for row in reviewed()}
    agreeing = [claim for claim in weak if statuses[claim] in ("match", "rounding")]
    # 11 limits, of which 8 are the yearly totals, and the cells of three tables.
    assert len(agreeing) == chapter.results["weak.agreeing"] == 11 + 3
    assert chapter.results["weak.one_end_only"] == 11
    assert chapter.results["weak.rebuilt_from_itself"] == 3
    told = f"recompute, {len(agreeing)} of them by weak tests;"
    assert told in " ".join(chapter.text.split())


def test_a_claim_that_differs_is_read_in_words_and_numbers(chapter: Chapter) -> None:
    apart = chapter.namespace["apart"]
    columns = ["stated", "read_as", "found", "unit"]
    told = {name: tuple(row) for name, row in apart[columns].iterrows()}
    assert told["growth_year_by_year"] == ("year by year", "0", "5", "falls")
    assert told["savings_three_years"][1:3] == ("3,000 or less", "3,600")
    assert told["second_period_start"][1:3] == ("1990 to 1993", "1967")
    assert told["remittance_month"][1:3] == ("750 to 850", "52.7 to 97.6")


def test_a_weak_test_is_named_as_one(chapter: Chapter) -> None:
    kinds = chapter.namespace["weak"]["kind"]
    assert set(kinds.index[kinds == "rebuilt from itself"]) == {
        *("table1_cells", "table3_cells", "table4_cells")
    }
    totals = {f"stated_total_{year}" for year in range(1998, 2006)}
    assert totals <= set(kinds.index[kinds == "one end only"])
    # "Could have failed; those in the next section did": no difference is weak.
    assert not set(kinds.index) & set(chapter.namespace["apart"].index)


def test_a_gap_in_per_cent_needs_a_tolerance_and_one_unit(chapter: Chapter) -> None:
    apart = chapter.namespace["apart"]
    assert len(apart) == chapter.results["differing"]
    # "Where the tolerance is above zero", but for a wage printed in persons.
    given = apart["percent"].notna()
    assert set(apart.index[~given & (apart["tolerance"] > 0)]) == {"wage_1984"}
    assert not (given & (apart["tolerance"] == 0)).any()
    assert apart["percent"].dropna().to_dict() == {
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
def test_a_wider_tolerance_makes_some_differences_minor(after: Chapter) -> None:
    wider = claims.audit(
        after.namespace["ledger"].assign(tolerance=0.25), after.namespace["results"]
    )
    counts = wider["status_now"].value_counts()
    assert 0 < counts["minor"] < counts["major"]
