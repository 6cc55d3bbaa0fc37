"""What holds for every method: units, calendar, direction, and what is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st

from rfe_labour import inference
from tests.rfe_labour.inference.series import (
    BUMPY,
    STEPS,
    line,
    series,
    years,
)


def has_scatter(y: np.ndarray) -> bool:
    """Whether y is neither constant nor on a line, by a margin for rounding."""
    return bool(np.abs(np.diff(y, n=2)).max() > 0.005)


def judged(y: np.ndarray, x: np.ndarray) -> pd.DataFrame:
    """Judge a line in two ways, leaving out the series that cosines cannot judge."""
    fit = line(y, x)
    try:
        return inference.compare({"hc3": fit, "ewc": inference.ewc(fit)})
    except ValueError as error:
        assume("invisible" not in str(error))
        raise


@given(y=series, factor=st.sampled_from([1e-3, 0.5, 1e4]), seed=st.integers(0, 99))
def test_units_of_y_scale_the_slope_and_not_its_p_value(
    y: np.ndarray, factor: float, seed: int
) -> None:
    assume(has_scatter(y))
    one, other = judged(y, years(y)), judged(factor * y, years(y))
    with_unit = ["slope", "se", "lower", "upper"]
    np.testing.assert_allclose(
        other[with_unit], factor * one[with_unit], rtol=1e-6, atol=1e-9 * factor
    )
    np.testing.assert_allclose(other["p"], one["p"], rtol=0, atol=1e-6)
    slope, scaled = (
        inference.theil_sen(values, years(y)) for values in (y, factor * y)
    )
    assert [scaled.value, scaled.lower, scaled.upper] == pytest.approx(
        [factor * part for part in (slope.value, slope.lower, slope.upper)],
        abs=1e-9 * factor,
    )
    simulated = [
        inference.ar1_monte_carlo(
            line(values, years(y)), np.random.default_rng(seed), 99
        )
        for values in (y, factor * y)
    ]
    assert simulated[0].p == pytest.approx(simulated[1].p, abs=0.02)


@given(y=series, shift=st.integers(-1992, 1000))
def test_counting_years_from_elsewhere_changes_nothing(
    y: np.ndarray, shift: int
) -> None:
    assume(has_scatter(y))
    one, other = judged(y, years(y)), judged(y, years(y) + shift)
    # An end near 0 is the difference of numbers as large as the others.
    size = np.abs(one.to_numpy()).max()
    np.testing.assert_allclose(other, one, rtol=1e-6, atol=1e-9 * size)
    assert inference.theil_sen(y, years(y)) == inference.theil_sen(y, years(y) + shift)
    assert inference.kendall(y, years(y)) == inference.kendall(y, years(y) + shift)


@given(y=series)
def test_reversing_time_flips_the_sign_and_keeps_the_p_value(y: np.ndarray) -> None:
    assume(has_scatter(y))
    one, other = judged(y, years(y)), judged(y[::-1], years(y))
    turned = one.assign(
        slope=-one["slope"], lower=-one["upper"], upper=-one["lower"], p=other["p"]
    )
    size = np.abs(one.to_numpy()).max()
    np.testing.assert_allclose(other, turned, rtol=1e-6, atol=1e-9 * size)
    np.testing.assert_allclose(other["p"], one["p"], rtol=0, atol=1e-6)
    slope, turned = (inference.theil_sen(values, years(y)) for values in (y, y[::-1]))
    assert [turned.value, turned.lower, turned.upper] == pytest.approx(
        [-slope.value, -slope.upper, -slope.lower]
    )
    rank, reversed_rank = (
        inference.kendall(values, years(y)) for values in (y, y[::-1])
    )
    assert (reversed_rank.tau, reversed_rank.p) == (-rank.tau, rank.p)


BATCHED = {
    "slopes": lambda y, x: line(y, x).params[1],
    "classical_se": lambda y, x: sm.OLS(y, sm.add_constant(x)).fit().bse[1],
    "hc3_se": lambda y, x: line(y, x).bse[1],
    "ewc_se": lambda y, x: inference.ewc(line(y, x)).bse[1],
    "theil_sen_slopes": lambda y, x: inference.theil_sen(y, x).value,
    "kendall_p": lambda y, x: inference.kendall(y, x).p,
}


@pytest.mark.parametrize("name", BATCHED)
def test_many_series_at_once_give_what_each_gives_alone(name: str) -> None:
    rng = np.random.default_rng(8)
    y = np.concatenate([rng.normal(size=(20, 11)), rng.integers(0, 4, (20, 11))])
    x = np.array([*range(1995, 2000), *range(2001, 2007)], dtype=float)
    together = getattr(inference, name)(y.reshape(2, 20, 11), x)
    alone = [BATCHED[name](row, x) for row in y]
    assert together.shape == (2, 20)
    assert together.ravel() == pytest.approx(alone)


@pytest.mark.parametrize("function", [inference.theil_sen, inference.kendall])
@pytest.mark.parametrize(
    ("y", "x", "message"),
    [
        ([1, 2, 4], [1, 2], "same length, not of shapes"),
        ([[1, 2, 4]], [[1, 2, 3]], "two series of the same length"),
        ([1, np.nan, 4, 5], [1, 2, 3, 4], "y has a missing or infinite value"),
        ([1, np.inf, 4, 5], [1, 2, 3, 4], "y has a missing or infinite value"),
        ([1, 2, 4, 5], [1, 2, np.nan, 4], "x has a missing or infinite value"),
        ([], [], "at least 3 observations"),
        ([5], [2000], "at least 3 observations"),
        ([5, 6], [2000, 2001], "at least 3 observations"),
        ([5, 5, 5, 5], [1, 2, 3, 4], "y is constant"),
        ([1, 2, 4, 5], [3, 3, 3, 3], "x is constant"),
    ],
)
def test_a_series_that_cannot_be_judged_is_refused(
    function: Callable, y: list, x: list, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(y, x)


def simulated(fit: Any) -> inference.MonteCarlo:
    return inference.ar1_monte_carlo(fit, np.random.default_rng(1), 9)


@pytest.mark.parametrize("function", [inference.line_of, inference.ewc, simulated])
@pytest.mark.parametrize(
    ("y", "x", "message"),
    [
        ([1, np.nan, 4, 5], [1, 2, 3, 4], "y has a missing or infinite value"),
        ([1, np.inf, 4, 5], [1, 2, 3, 4], "y has a missing or infinite value"),
        ([5, 6], [2000, 2001], "exactly on a straight line"),
        ([5, 5, 5, 5], [1, 2, 3, 4], "exactly on a straight line"),
        ([0, 0, 0, 0], [1, 2, 3, 4], "exactly on a straight line"),
        (0.1 + 0.3 * STEPS, STEPS, "exactly on a straight line"),
        (np.log(3) * STEPS, 1991 + STEPS, "exactly on a straight line"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # NumPy, about what is missing or infinite
def test_a_line_that_cannot_be_judged_is_refused(
    function: Callable, y: list, x: list, message: str
) -> None:
    fit = line(y, x)
    with pytest.raises(ValueError, match=message):
        function(fit)


@pytest.mark.parametrize("level", [0, 1, 95, np.nan])
def test_what_is_no_confidence_level_is_refused(level: float) -> None:
    for function in (
        lambda: inference.compare({"line": line(BUMPY, STEPS)}, level),
        lambda: inference.theil_sen(BUMPY, STEPS, level),
    ):
        with pytest.raises(ValueError, match="level lies between"):
            function()
