"""The table of the two authors tells readings, multiples and verdicts."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from rfe_labour.checks import two_authors
from rfe_labour.data import load
from rfe_labour.shown import two_authors as shown


def test_each_pair_is_listed_with_its_reading_and_verdict() -> None:
    pairs = load("author_pairs")
    money = pairs[pairs["weitz"].isin(["remittance_month", "camp_earnings"])]
    claims = load("claims").set_index("claim")
    text = shown.pairs_table(two_authors.compare(claims, money)).text
    assert text.count("**both can be true only if** ") == 4
    assert text.count("**both can be true, since** ") == 2
    assert "“some 800” (750 to 850 USD per month); about 2012" in text
    assert "“more than 300” (at least 300 USD per month); end of the 1990s" in text


def test_a_number_is_not_said_twice() -> None:
    statements = pd.DataFrame(
        {
            "stated": ["3,423", "complaints"],
            "unit": ["persons", None],
            "lower": [3423, None],
            "upper": [3423, None],
        },
        index=["full_meals", "camp_conditions"],
    )
    pairs = load("author_pairs").query("weitz == 'camp_conditions'")
    text = shown.pairs_table(two_authors.compare(statements, pairs)).text
    assert "| 3,423 persons; after 1991 | “complaints”; about 2012 |" in text


def test_a_verdict_that_all_pairs_share_heads_their_reasons() -> None:
    pairs = load("author_pairs").query("weitz == 'visa_years'")
    claims = load("claims").set_index("claim")
    head, _, *rows = shown.pairs_table(
        two_authors.compare(claims, pairs)
    ).text.splitlines()
    assert head.endswith("| both can be true, since |")
    assert not [row for row in rows if "can be true" in row]


@pytest.mark.parametrize(
    ("lower", "upper", "written"),
    [
        (math.nan, math.nan, "not comparable"),
        (2.14, math.nan, "at least 2.1"),
        (1.5, 1.5, "1.5"),
        (2.56, 3.29, "2.6 to 3.3"),
        (18, 34, "18 to 34"),
    ],
)
def test_a_multiple_may_be_open_at_one_end(
    lower: float, upper: float, written: str
) -> None:
    assert shown.multiple(lower, upper) == written
