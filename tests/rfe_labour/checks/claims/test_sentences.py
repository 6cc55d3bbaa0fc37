"""Every sentence of both texts is accounted for, and every claim stands in one."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd
import pytest

from rfe_labour import data

WORDS = {"zabrovskaya": 5066, "weitz": 1405}
"""What ``wc -w`` counts in the scan of the article and in the text of the piece."""


@pytest.fixture(scope="module")
def sentences() -> pd.DataFrame:
    return data.load("sentences")


def test_the_words_of_all_sentences_are_those_of_the_texts(
    sentences: pd.DataFrame,
) -> None:
    assert sentences.groupby("source")["words"].sum().to_dict() == WORDS


def test_the_sentences_of_each_place_are_numbered_without_a_gap(
    sentences: pd.DataFrame,
) -> None:
    for place, rows in sentences.groupby(["source", "locator"])["sentence"]:
        assert rows.tolist() == list(range(1, len(rows) + 1)), place


def test_a_sentence_holds_claims_or_has_a_reason_for_holding_none(
    sentences: pd.DataFrame,
) -> None:
    assert (sentences["claims"].isna() ^ sentences["reason"].isna()).all()


def test_every_claim_stands_where_its_sentences_do(
    sentences: pd.DataFrame, ledger: pd.DataFrame
) -> None:
    places = defaultdict(set)
    for row in sentences.dropna(subset="claims").to_dict("records"):
        for claim in row["claims"].split():
            places[claim].add((row["source"], row["locator"]))
    assert set(places) == set(ledger["claim"])
    for claim in ledger.to_dict("records"):
        # "Section on workers, paragraph 14 (totals), 1998" is within its paragraph.
        named = claim["locator"].split("; ")
        for source, place in places[claim["claim"]]:
            assert source == claim["source"], claim["claim"]
            assert any(part.startswith(place) for part in named), claim["claim"]
        for part in named:
            held = [place for _, place in places[claim["claim"]]]
            assert any(part.startswith(place) for place in held), claim["claim"]
