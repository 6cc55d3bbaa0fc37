"""What holds for every method: units, calendar, direction, and what is refused."""

from collections.abc import Callable
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rfe_labour import inference
from tests.rfe_labour.inference.series import (
    BUMPY,
    STEPS,
    series,
    years,
)


def has_scatter(y: np.ndarray) -> bool:
    """Whether y is neither constant nor on a line, by a margin for rounding."""
    return bool(np.abs(np.diff(y, n=2)).max() > 0.005)


def judged(function: Callable, y: np.ndarray, x: np.ndarray) -> inference.Estimate:
    """Apply `ols` or `ewc`, leaving out the series that cosines cannot judge."""
    try:
        return function(y, x)
    except ValueError as error:
        assume("invisible" not in str(error))
        raise


@given(y=series, factor=st.sampled_from([1e-3, 0.5, 1e4]), seed=st.integers(0, 99))
def test_units_of_y_scale_the_slope_and_not_its_p_value(
    y: np.ndarray, factor: float, seed: int
) -> None:
    assume(has_scatter(y))
    for function in (inference.ols, inference.ewc):
        one = judged(function, y, years(y))
        other = judged(function, factor * y, years(y))
        assert [other.value, other.se, other.lower, other.upper] == pytest.approx(
            [factor * part for part in (one.value, one.se, one.lower, one.upper)],
            rel=1e-6,
            abs=1e-9 * factor,
        )
        assert other.p == pytest.approx(one.p, abs=1e-6)
    slope, scaled = (
        inference.theil_sen(values, years(y)) for values in (y, factor * y)
    )
    assert [scaled.value, scaled.lower, scaled.upper] == pytest.approx(
        [factor * part for part in (slope.value, slope.lower, slope.upper)],
        abs=1e-9 * factor,
    )
    simulated = [
        inference.ar1_monte_carlo(values, years(y), np.random.default_rng(seed), 99)
        for values in (y, factor * y)
    ]
    assert simulated[0].p == pytest.approx(simulated[1].p, abs=0.02)


@given(y=series, shift=st.integers(-1992, 1000))
def test_counting_years_from_elsewhere_changes_nothing(
    y: np.ndarray, shift: int
) -> None:
    assume(has_scatter(y))
    for function in (inference.ols, inference.ewc):
        one = judged(function, y, years(y))
        other = judged(function, y, years(y) + shift)
        assert astuple(other) == pytest.approx(astuple(one), rel=1e-6, abs=1e-9)
    assert inference.theil_sen(y, years(y)) == inference.theil_sen(y, years(y) + shift)
    assert inference.kendall(y, years(y)) == inference.kendall(y, years(y) + shift)


@given(y=series)
def test_reversing_time_flips_the_sign_and_keeps_the_p_value(y: np.ndarray) -> None:
    assume(has_scatter(y))
    for function in (inference.ols, inference.ewc):
        one = judged(function, y, years(y))
        other = judged(function, y[::-1], years(y))
        assert [other.value, other.se, other.lower, other.upper] == pytest.approx(
            [-one.value, one.se, -one.upper, -one.lower], rel=1e-6, abs=1e-9
        )
        assert other.p == pytest.approx(one.p, abs=1e-6)
    slope, turned = (inference.theil_sen(values, years(y)) for values in (y, y[::-1]))
    assert [turned.value, turned.lower, turned.upper] == pytest.approx(
        [-slope.value, -slope.upper, -slope.lower]
    )
    rank, reversed_rank = (
        inference.kendall(values, years(y)) for values in (y, y[::-1])
    )
    assert (reversed_rank.tau, reversed_rank.p) == (-rank.tau, rank.p)


BATCHED = {
    "slopes": lambda y, x: inference.ols(y, x).value,
    "hc3_se": lambda y, x: inference.ols(y, x).se,
    "ewc_se": lambda y, x: inference.ewc(y, x).se,
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


ONE_SERIES = [
    inference.ols,
    inference.ewc,
    inference.theil_sen,
    inference.kendall,
    lambda y, x: inference.ar1_monte_carlo(y, x, np.random.default_rng(1), 9),
]


@pytest.mark.parametrize("function", ONE_SERIES)
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


@pytest.mark.parametrize("function", [ONE_SERIES[i] for i in (0, 1, 4)])
def test_a_perfect_line_leaves_nothing_to_judge_it_by(function: Callable) -> None:
    with pytest.raises(ValueError, match="exactly on a straight line"):
        function(0.1 + 0.3 * STEPS, STEPS)


@pytest.mark.parametrize("function", [ONE_SERIES[i] for i in (0, 4)])
def test_hc3_refuses_an_observation_that_alone_decides(function: Callable) -> None:
    with pytest.raises(ValueError, match="Observation 5 alone"):
        function([1, 2, 4, 5, 7], [0, 0, 0, 0, 1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: inference.ols(BUMPY, STEPS, level=95), "level lies between"),
        (lambda: inference.theil_sen(BUMPY, STEPS, level=1), "level lies between"),
        (lambda: inference.ewc(BUMPY, STEPS, degrees=0), "from 1 to 6 terms"),
        (lambda: inference.ewc(BUMPY, STEPS, degrees=7), "from 1 to 6 terms"),
        (lambda: inference.estimate(1.0, 0.0, 5), "error above 0"),
        (lambda: inference.estimate(np.nan, 1.0, 5), "must be finite"),
        (lambda: inference.estimate(1.0, 1.0, 0), "degrees of freedom"),
        (lambda: inference.lag1_autocorrelation([1.0]), "two or more residuals"),
        (lambda: inference.lag1_autocorrelation([1, np.nan]), "none missing"),
        (lambda: inference.lag1_autocorrelation([0, 0, 0]), "all 0"),
        (lambda: inference.detectable_slope(STEPS, 0), "standard deviation"),
        (lambda: inference.detectable_slope(STEPS, 1, power=0.01), "power lies"),
        (lambda: inference.detectable_slope(STEPS, 1, power=1), "power lies"),
        (lambda: inference.detectable_slope(STEPS, 1, rho=1), "AR\\(1\\)"),
        (lambda: inference.detectable_slope([1, 2], 1), "at least 3"),
        (lambda: inference.detectable_slope([2, 2, 2], 1), "x is constant"),
    ],
)
def test_a_setting_out_of_range_is_refused(call: Callable, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
