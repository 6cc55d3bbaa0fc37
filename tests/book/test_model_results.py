"""The results of the model chapters, against R and against the printed page."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from tests.rfe_labour.printed_page import WORKERS, by_year

from .published import ROOT

REGIONS = {"primorye": "table1", "khabarovsk": "table3", "amur": "table4"}
R = json.loads((ROOT / "tests/reference/models.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def results(built_book: Path) -> dict[str, Any]:
    path = built_book.parent / "results.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("region", REGIONS)
def test_the_trends_of_the_book_are_those_of_r(
    results: dict[str, Any], region: str
) -> None:
    own, found = R["trends"][region], f"trends.{region}"
    expected = {
        "log_ols.slope": own["log_ols"]["slope"],
        "log_ols.hc3_se": own["log_ols"]["hc3_se"],
        "log_ols.hc3_p": own["log_ols"]["hc3_p"],
        "quasi_poisson.slope": own["quasi_poisson"]["slope"],
        "quasi_poisson.se": own["quasi_poisson"]["se"],
        "quasi_poisson.hc3_se": own["quasi_poisson"]["hc3_se"],
        "negative_binomial.se": own["negative_binomial"]["se"],
        "negative_binomial.slope": own["negative_binomial"]["slope"],
    }
    for name, value in expected.items():
        assert results[f"{found}.{name}"] == pytest.approx(value, rel=1e-6), name
    assert results[f"trends.{region}.kendall.p"] == pytest.approx(own["p"])


@pytest.mark.parametrize("region", REGIONS)
def test_the_shares_of_the_book_are_those_of_r(
    results: dict[str, Any], region: str
) -> None:
    own, found = R["shares"][region], f"shares.{region}"
    expected = {
        "fractional_logit.slope": own["fractional_logit"]["slope"],
        "fractional_logit.hc3_se": own["fractional_logit"]["hc3_se"],
        "fractional_logit.hc3_p": own["fractional_logit"]["hc3_p"],
        "theil_sen.slope": own["theil_sen"],
        "kendall.tau": own["tau"],
        "kendall.p": own["p"],
    }
    for name, value in expected.items():
        assert results[f"{found}.{name}"] == pytest.approx(value, rel=1e-6), name
    assert f"{found}.beta.slope" in results


@pytest.mark.parametrize("region", REGIONS)
def test_year_by_year_is_counted_on_the_printed_page(
    results: dict[str, Any], region: str
) -> None:
    row = by_year(*WORKERS[REGIONS[region]])
    printed = [int(cell.replace(",", "")) for cell in row.values()]
    falls = sum(after < before for before, after in itertools.pairwise(printed))
    assert results[f"trends.{region}.declines"] == falls
    assert results[f"trends.{region}.steps"] == len(printed) - 1


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("test", ["ewc", "ar1"])
def test_every_p_value_of_the_trends_is_a_probability(
    results: dict[str, Any], region: str, test: str
) -> None:
    assert 0 < results[f"trends.{region}.log_ols.{test}_p"] < 1


def test_the_multiverse_has_at_least_five_thousand_specifications(
    results: dict[str, Any],
) -> None:
    total = results["multiverse.specifications"]
    assert total >= 5000
    parts = [
        results[f"multiverse.{region}.{outcome}.specifications"]
        for region in REGIONS
        for outcome in ("workers", "share", "foreign")
    ]
    assert sum(parts) == total
