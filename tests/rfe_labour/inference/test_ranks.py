"""Trends by ranks, against R, SciPy and every order of short series."""

from collections.abc import Callable
from itertools import permutations
from math import isinf, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from rfe_labour import inference
from tests.rfe_labour.inference.series import (
    BUMPY,
    REGIONS,
    SIX_DIGITS,
    STEPS,
    series,
    years,
)


def test_theil_sen_finds_the_median_of_the_pairwise_slopes() -> None:
    # From 0: 1, 4/2 and -1/3; from 1: 3 and -2/2; from 4: -5.
    slope = inference.theil_sen([0, 1, 4, -1], [0, 1, 2, 3])
    assert slope.value == pytest.approx((-1 / 3 + 1) / 2)


@pytest.mark.parametrize("n", range(5, 19))
def test_the_theil_sen_interval_is_that_of_scipy_at_95_per_cent(n: int) -> None:
    y, x = np.random.default_rng(n).normal(size=n), np.arange(float(n))
    ours, theirs = inference.theil_sen(y, x), stats.theilslopes(y, x)
    assert [ours.value, ours.lower, ours.upper] == pytest.approx(
        [theirs.slope, theirs.low_slope, theirs.high_slope]
    )


def test_theil_sen_has_no_finite_interval_below_five_years() -> None:
    four = inference.theil_sen(BUMPY[:4], STEPS[:4])
    assert isinf(four.lower)
    assert isinf(four.upper)
    at_ninety = inference.theil_sen(BUMPY[:4], STEPS[:4], level=0.9)
    assert (at_ninety.lower, at_ninety.upper) == (-2.5, 3.0)


@given(y=series, level=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_zero_is_a_possible_slope_just_when_kendall_does_not_reject(
    y: np.ndarray, level: float
) -> None:
    assume(len(np.unique(y)) == len(y))
    slope = inference.theil_sen(y, years(y), level)
    rejected = inference.kendall(y, years(y)).p <= 1 - level
    assert (slope.lower > 0 or slope.upper < 0) == rejected


@pytest.mark.parametrize("region", REGIONS)
def test_kendall_agrees_with_r(region: str) -> None:
    values = REGIONS[region]
    rank = inference.kendall(values["workers"], values["years"])
    assert rank.tau == pytest.approx(values["kendall"]["tau"], rel=SIX_DIGITS)
    assert rank.p == pytest.approx(values["kendall"]["p"], rel=SIX_DIGITS)


@pytest.mark.parametrize(
    "y",
    [
        [1, 2, 3],
        [2, 1, 1],
        [3, 1, 4, 2],
        [1, 1, 2, 2],
        [5, 3, 4, 1, 2],
        [1, 2, 2, 2, 3, 3],
        [6, 5, 3, 4, 1, 2, 0],
        [1, 1, 2, 5, 5, 5, 4],
        [0, 0, 0, 0, 1, 0, 0],
    ],
)
def test_the_kendall_p_value_is_that_of_all_orders(y: list[int]) -> None:
    orders = np.array(list(permutations(y)))  # the first is y itself
    rises = np.sign(orders[:, None, :] - orders[:, :, None])
    s = np.triu(rises).sum(axis=(1, 2))
    rank = inference.kendall(y, range(len(y)))
    assert rank.p == pytest.approx((np.abs(s) >= abs(s[0])).mean())
    assert rank.tau == pytest.approx(stats.kendalltau(y, range(len(y))).statistic)


@given(y=series)
def test_kendall_without_ties_is_that_of_scipy(y: np.ndarray) -> None:
    assume(len(np.unique(y)) == len(y))
    theirs = stats.kendalltau(y, years(y), method="exact")
    ours = inference.kendall(y, years(y))
    assert [ours.tau, ours.p] == pytest.approx([theirs.statistic, theirs.pvalue])


def test_kendall_with_ties_at_full_length_agrees_with_random_orders() -> None:
    y = [5, 7, 7, 9, 9, 9, 12, 11, 11, 15, 20, 20, 14, 18]
    rng = np.random.default_rng(4)
    orders = rng.permuted(np.tile(y, (200_000, 1)), axis=1)
    early = [1, 0, 5, 2, 9, 3, 13, 11, 6, 12, 7, 10, 8, 4]
    shuffled = np.array(y, dtype=float)[early]
    exact = inference.kendall(shuffled, np.arange(14)).p
    sizes = np.abs(inference.kendall_s(orders, np.arange(14)))
    share = (sizes >= abs(inference.kendall_s(shuffled, np.arange(14)))).mean()
    assert 0.01 < exact < 0.5
    assert abs(share - exact) < 4 * sqrt(exact * (1 - exact) / 200_000)


def test_kendall_looks_at_the_order_of_x_and_not_of_the_rows() -> None:
    order = np.array([3, 0, 7, 1, 5, 2, 6, 4])
    assert inference.kendall(BUMPY[order], STEPS[order]) == inference.kendall(
        BUMPY, STEPS
    )


@pytest.mark.parametrize("function", [inference.theil_sen, inference.kendall])
def test_a_rank_method_refuses_a_year_that_comes_twice(function: Callable) -> None:
    with pytest.raises(ValueError, match="x has a value twice"):
        function([1, 2, 4, 5], [2000, 2001, 2001, 2002])


def test_the_median_slope_leaves_out_what_has_no_weight_as_scipy_would() -> None:
    rng = np.random.default_rng(13)
    y, x = rng.normal(size=(40, 14)), rng.uniform(1990, 2010, (40, 14))
    weights = np.where(rng.random((40, 14)) < 0.6, 1.0, 0.0)
    weights[:, :3] = 2.5  # it matters only which are 0
    y[weights == 0], x[weights == 0] = 1e9, 2000.0
    slopes = inference.theil_sen_slopes(y, x, weights)
    for row, used in enumerate(weights > 0):
        expected = stats.theilslopes(y[row, used], x[row, used]).slope
        assert slopes[row] == pytest.approx(expected)
