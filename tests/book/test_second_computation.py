"""Figures that an independent referee computed with a program of their own.

They had the printed tables and the published methods, but not this code. Simulated
figures agree within the errors of both simulations.
"""

from __future__ import annotations

import csv
import json
from math import log

import pytest

from .published import ROOT

FOUND = json.loads((ROOT / "expected/results.json").read_text(encoding="utf-8"))

EXACT = {
    # The fractional logit, judged by the cosines of its own scores.
    "shares.primorye.fractional_logit.ewc_p": 0.261,
    "shares.khabarovsk.fractional_logit.ewc_p": 0.543,
    "shares.amur.fractional_logit.ewc_p": 0.411,
    "shares.amur.fractional_logit.hc3_p": 0.39,
    # Workers a year by Theil and Sen, with and without 2005.
    "trends.primorye.theil_sen.slope": 83.9,
    "trends.primorye.leave_one_out.theil_sen_lower": 26.4,
    # Specifications of which the slope rises.
    "multiverse.khabarovsk.workers.rising": 0.99,
    "multiverse.amur.share.rising": 0.40,
    # Where a single level shift fits best.
    "breaks.primorye.workers.jump.year": 1998,
    "breaks.primorye.share.jump.year": 2000,
    # Table 2, if one tear parted the years and the counts.
    "joint_ventures.tear.placements": 3276,
    "joint_ventures.tear_whole.placements": 2736,
    "joint_ventures.tear_consistent.placements": 689,
    # The differences in direction between totals and tables: 7,271 after 7,274.
    "totals.direction_nearest.together": -3,
    "totals.direction_nearest.sum_before": 7274,
    # Once the damaged title and 2004 are read as the ledger reads them.
    "claims.permits_refused_upper": 2757,
}

# Key, what the referee has, and how far two simulations of 10,000 series or so differ.
SIMULATED = [
    *(
        (f"trends.{region}.log_ols.ar1_percent_{end}", value, 0.4)
        for region, ends in {
            "primorye": (-12.9, 24.5),
            "khabarovsk": (-10.1, 56.5),
            "amur": (-5.6, 25.8),
        }.items()
        for end, value in zip(("lower", "upper"), ends, strict=True)
    ),
    ("trends.smallest_ar1_p", 0.17, 0.015),
    ("shares.amur.fractional_logit.ar1_p", 0.70, 0.02),
    # Detectable growth, % a year, with the correlation as measured and as corrected.
    *(
        (f"trends.{region}.detectable.{name}", value, 0.6)
        for region, pair in {
            "primorye": (13, 16),
            "khabarovsk": (17, 21),
            "amur": (10, 12),
        }.items()
        for name, value in zip(("residual_percent", "ar1_percent"), pair, strict=True)
    ),
    # Sizes of a nominal test of 5 per cent, by years and correlation.
    *(
        (f"small_samples.{method}.{years}.{rho}", value, 0.015)
        for method, by_rho in {
            "ewc": {8: (0.19, 0.18), 9: (0.25, 0.23)},
            "ar1": {8: (0.17, 0.16), 9: (0.21, 0.20)},
            "hc3": {8: (0.34, 0.39), 9: (0.42, 0.48)},
        }.items()
        for rho, pair in by_rho.items()
        for years, value in zip((11, 14), pair, strict=True)
    ),
    ("small_samples.rho_median.11.8", 0.60, 0.01),
    ("small_samples.rho_median.14.8", 0.65, 0.01),
    # A level shift in Primorye, without and with a correlation of 0.8.
    ("breaks.detail.workers.p_0", 0.20, 0.02),
    ("breaks.detail.workers.p_8", 0.69, 0.02),
    ("breaks.detail.share.p_0", 0.03, 0.01),
    ("breaks.detail.share.p_8", 0.29, 0.02),
]


@pytest.mark.parametrize(("key", "theirs"), EXACT.items())
def test_a_figure_is_that_of_the_referee(key: str, theirs: float) -> None:
    digits = len(str(theirs).partition(".")[2])
    assert round(FOUND[key], digits) == theirs


@pytest.mark.parametrize(("key", "theirs", "apart"), SIMULATED)
def test_a_simulated_figure_is_that_of_the_referee(
    key: str, theirs: float, apart: float
) -> None:
    assert FOUND[key] == pytest.approx(theirs, abs=apart)


def test_from_the_second_year_the_share_of_amur_hardly_changes() -> None:
    with (ROOT / "data/table4.csv").open(encoding="utf-8", newline="") as file:
        cells = {(row["measure"], row["year"]): row for row in csv.DictReader(file)}

    def change(measure: str) -> float:
        first, last = (cells[measure, year]["printed"] for year in ("1996", "2005"))
        return log(float(last.replace(",", "")) / float(first.replace(",", "")))

    later = "tables.table4.factor_later_"
    assert log(FOUND[f"{later}workers"]) == pytest.approx(change("workers"))
    assert log(FOUND[f"{later}share"]) == pytest.approx(change("share"))
    assert round(change("workers"), 2) == 0.93
    assert round(change("share"), 2) == -0.04
