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


def rows(resource: str) -> list[dict[str, str]]:
    path = ROOT / f"data/{resource}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_claim_is_counted_once_by_status_and_author(chapter: Chapter) -> None:
    found = chapter.results
    for source in ("", "zabrovskaya", "weitz"):
        own = [row["status"] for row in rows("claims") if source in ("", row["source"])]
        prefix = f"{source}." if source else ""
        counted = Counter(own)
        for status in claims.STATUSES:
            name = status.replace(" ", "_")
            assert found[f"{prefix}{name}"] == counted[status], name
        assert found[f"{prefix}total"] == len(own)
        untested = counted["cannot be tested"]
        assert found[f"{prefix}compared"] == len(own) - untested


def test_the_claim_in_full_has_the_status_of_the_ledger(chapter: Chapter) -> None:
    # 50 to 150 dollars in each of 36 months, where the article has up to 3,000.
    found = chapter.results
    assert found["savings_month.stated"] == "around 100"
    assert (found["savings_month.lower"], found["savings_month.upper"]) == (50, 150)
    assert found["savings_around.lower"] == 36 * 50 < 3000
    assert found["savings_around.upper"] == 36 * 150 > 3000
    statuses = {row["claim"]: row["status"] for row in rows("claims")}
    assert found["savings_around.status"] == statuses["savings_three_years"]


def test_an_exact_amount_decides_the_status_of_the_savings(chapter: Chapter) -> None:
    # 36 * 80 = 2,880 keeps to the limit, and 36 * 85 = 3,060 does not.
    tries = chapter.namespace["tries"].set_index("monthly")["verdict"]
    assert tries.to_dict() == {
        80: "tested and agrees",
        85: "differs",
        90: "differs",
        95: "differs",
        100: "differs",
    }


def test_the_tests_that_could_have_failed_are_counted_and_shown(
    chapter: Chapter,
) -> None:
    kinds = Counter((row["compares"], row["status"]) for row in rows("claims"))
    expected = {
        "figures.agree": kinds["figures", "tested and agrees"],
        "figures.differ": kinds["figures", "differs"],
        "consistency.hold": kinds["own words", "agrees by construction"],
        "consistency.fail": kinds["own words", "contradicts itself"],
    }
    assert {name: chapter.results[name] for name in expected} == expected
    # No other pair of the two could have come out either way, bounds apart.
    either = sum(kinds[pair] for pair in kinds if pair[0] in ("figures", "own words"))
    wide = "compatible within wide bounds"
    bounds = kinds["figures", wide] + kinds["own words", wide]
    assert len(chapter.namespace["could"]) == sum(expected.values()) == either - bounds


def test_a_claim_that_differs_is_read_in_words_and_numbers(chapter: Chapter) -> None:
    could = chapter.namespace["could"].set_index("claim")
    columns = ["stated", "read_as", "found", "unit"]
    told = {name: tuple(row) for name, row in could[columns].iterrows()}
    assert told["growth_year_by_year"] == ("year by year", "0", "5", "falls")
    assert told["second_period_start"][1:3] == ("1990 to 1993", "1967")
    assert told["places_limited"][1:3] == ("0", "150 to 250")


def test_the_agreement_of_the_readers_is_that_of_the_formula(chapter: Chapter) -> None:
    tested = {row["claim"] for row in rows("claims") if row["key"]}
    for name, among in (("all", None), ("tested", tested)):
        pairs = [
            (row["first"], row["second"])
            for row in rows("claim_readings")
            if among is None or row["claim"] in among
        ]
        same = sum(first == second for first, second in pairs)
        first, second = (Counter(each) for each in zip(*pairs, strict=True))
        chance = sum(first[s] * second[s] for s in claims.STATUSES) / len(pairs) ** 2
        agreement = same / len(pairs)
        kappa = (agreement - chance) / (1 - chance)
        assert chapter.results[f"readers.{name}.claims"] == len(pairs)
        assert chapter.results[f"readers.{name}.same"] == same
        assert chapter.results[f"readers.{name}.kappa"] == pytest.approx(kappa)


def test_the_readers_judged_every_claim() -> None:
    judged = [row["claim"] for row in rows("claim_readings")]
    assert judged == [row["claim"] for row in rows("claims")]


def test_every_sentence_is_counted(chapter: Chapter) -> None:
    sentences = rows("sentences")
    found = chapter.results
    assert found["sentences.total"] == len(sentences)
    assert found["sentences.with_claims"] == sum(bool(r["claims"]) for r in sentences)
    assert found["sentences.words"] == 5066 + 1405  # of the two texts, by wc -w


@pytest.mark.try_it(1)
def test_with_exactly_a_hundred_dollars_both_ends_are_above_the_limit(
    after: Chapter,
) -> None:
    saved = after.namespace["saved"]
    assert saved.lower == saved.upper == 3600 > after.namespace["limit"]
    assert after.namespace["status"] == "differs"


@pytest.mark.try_it(2)
def test_some_topics_have_no_figure_to_compare_with(after: Chapter) -> None:
    audited = after.namespace["audited"]
    by_topic = pd.crosstab(audited["topic"], audited["status_now"])
    untested = by_topic.index[by_topic["cannot be tested"] == by_topic.sum(axis=1)]
    assert 0 < len(untested) < len(by_topic)
    assert all(topic in after.text for topic in untested)


@pytest.mark.try_it(3)
def test_repetitions_would_seem_to_be_tests(before: Chapter, after: Chapter) -> None:
    seeming, found = after.cells[-1].value, before.results
    agree = found["figures.agree"] + found["consistency.hold"]
    assert seeming["tested and agrees"] == agree > found["figures.agree"]
    assert "contradicts itself" not in seeming
