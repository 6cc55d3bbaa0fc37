"""Charts and tables of the two authors tell verdicts and ends."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from rfe_labour.checks import two_authors
from rfe_labour.checks.two_authors import Statement
from rfe_labour.data import labels, load
from rfe_labour.shown import two_authors as shown


@pytest.fixture(scope="module")
def statements(numbers: dict[str, pd.DataFrame]) -> dict[str, Statement]:
    return two_authors.statements(load("claims"), numbers)


@pytest.fixture(scope="module")
def series(
    comparison: pd.DataFrame, numbers: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    return two_authors.series(comparison, numbers)


@pytest.fixture(scope="module")
def placed(series: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return two_authors.beside(load("external_figures"), load("external_beside"), series)


def test_each_pair_is_listed_with_its_reading_and_verdict(
    statements: dict[str, Statement],
) -> None:
    pairs = two_authors.compare(statements, load("author_pairs"))
    text = shown.pairs_table(pairs).text
    assert text.count("**not both, unless** ") == 5
    assert text.count("**both can be true**: ") == len(pairs) - 5
    assert "“some 800” (750 to 850 USD per month); about 2012" in text


def test_an_external_figure_is_listed_beside_the_articles(
    placed: pd.DataFrame,
) -> None:
    codes = ("place", "people", "reliability")
    named = {code: labels("external_figures", code) for code in codes}
    text = shown.beside_table(placed, named).text
    assert "| 1,369 (2000) | ×2.6 to ×3.3 | incompatible |" in text


def test_the_sums_of_a_month_are_told_with_their_ends(
    statements: dict[str, Statement],
) -> None:
    alt = shown.money_of_a_month(statements).alt
    assert "Weitz, sent to the state, each worker: 750 to 850." in alt
    assert "Zabrovskaya, side jobs, Sakhalin: 300 or more." in alt


def test_only_figures_of_north_koreans_are_drawn(
    placed: pd.DataFrame,
    series: dict[str, pd.DataFrame],
    statements: dict[str, Statement],
) -> None:
    alt = shown.external_beside(placed, series, statements).alt
    told = "The Japan Times, 2000: 3,500 to 4,500; the article in 2000: 1,369."
    assert told in alt
    assert "demoscope" not in alt.lower()


@pytest.mark.parametrize(
    ("lower", "upper", "written"),
    [
        (math.nan, math.nan, "other things"),
        (2.14, math.inf, "at least ×2.1"),
        (0, 12.4, "at most ×12"),
        (1.5, 1.5, "×1.5"),
        (2.56, 3.29, "×2.6 to ×3.3"),
    ],
)
def test_a_multiple_may_be_open_at_one_end(
    lower: float, upper: float, written: str
) -> None:
    assert shown.multiple(lower, upper) == written
