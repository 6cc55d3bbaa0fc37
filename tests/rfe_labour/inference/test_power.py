"""The smallest slope that would be noticed, against R and simulation."""

from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest
from scipy import stats

from rfe_labour import inference
from tests.rfe_labour.inference.series import (
    REFERENCE,
    SIX_DIGITS,
    STEPS,
)


@pytest.mark.parametrize("case", REFERENCE["detectable"])
def test_the_detectable_slope_agrees_with_r(case: dict[str, float]) -> None:
    slope = inference.detectable_slope(
        np.arange(case["n"]), 1.0, case["level"], case["power"]
    )
    assert slope == pytest.approx(case["slope"], rel=SIX_DIGITS)


def test_the_detectable_slope_has_its_power_in_a_simulation() -> None:
    x = np.arange(1995.0, 2006)
    slope = inference.detectable_slope(x, sd=0.4)
    y = slope * x + 0.4 * np.random.default_rng(5).standard_normal((100_000, 11))
    t = inference.slopes(y, x) / inference.classical_se(y, x)
    power = (np.abs(t) > stats.t.ppf(0.975, 9)).mean()
    assert abs(power - 0.8) < 4 * sqrt(0.16 / 100_000)


def test_correlation_raises_the_detectable_slope_by_the_slopes_own_deviation() -> None:
    x = np.arange(14.0)
    draws = np.random.default_rng(6).standard_normal((100_000, 14))
    sd = {
        rho: inference.slopes(inference.ar1_errors(draws, rho), x).std()
        for rho in (0.0, 0.7)
    }
    ratio = inference.detectable_slope(x, 1, rho=0.7) / inference.detectable_slope(x, 1)
    assert ratio == pytest.approx(sd[0.7] / sd[0.0], rel=0.01)


def test_residuals_show_the_share_of_the_variance_that_a_simulation_finds() -> None:
    x = np.array([0.0, 1, 2, 4, 5, 6, 7])
    draws = np.random.default_rng(8).standard_normal((100_000, 7))
    rest = inference.residuals(inference.ar1_errors(draws, 0.7), x)
    shown = (rest**2).sum(axis=1).mean() / 5
    assert inference.kept_variance(x, 0.7) == pytest.approx(shown, rel=0.01)
    assert inference.kept_variance(x, 0.0) == pytest.approx(1)


def test_in_eleven_dependent_years_residuals_scatter_much_less_than_errors() -> None:
    kept = inference.kept_variance(np.arange(11), 0.78)
    assert sqrt(kept) == pytest.approx(0.61, abs=0.005)  # a referee's


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99, 0.995])
@pytest.mark.parametrize("n", range(5, 15))
def test_a_slope_can_be_detected_at_every_level_and_length(
    n: int, level: float
) -> None:
    """SciPy's noncentral t is not a number in the far tail, which must not matter."""
    found = inference.detectable_slope(np.arange(n), 1.0, level)
    delta = found * np.sqrt(np.sum((np.arange(n) - (n - 1) / 2) ** 2))
    critical = stats.t.ppf((1 + level) / 2, n - 2)
    rng = np.random.default_rng(n)
    chi = np.sqrt(rng.chisquare(n - 2, 200_000) / (n - 2))
    t = (rng.standard_normal(200_000) + delta) / chi
    assert np.mean(np.abs(t) > critical) == pytest.approx(0.8, abs=0.005)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: inference.detectable_slope(STEPS, 0), "standard deviation"),
        (lambda: inference.detectable_slope(STEPS, np.inf), "standard deviation"),
        (lambda: inference.detectable_slope(STEPS, 1, level=95), "level lies between"),
        (lambda: inference.detectable_slope(STEPS, 1, power=0.01), "power lies"),
        (lambda: inference.detectable_slope(STEPS, 1, power=1), "power lies"),
        (lambda: inference.detectable_slope(STEPS, 1, rho=1), "AR\\(1\\)"),
        (lambda: inference.detectable_slope([1, 2], 1), "at least 3"),
        (lambda: inference.kept_variance([1, 2], 0.5), "at least 3"),
        (lambda: inference.kept_variance(STEPS, 1), "AR\\(1\\)"),
        (lambda: inference.detectable_slope([2, 2, 2], 1), "x is constant"),
        (lambda: inference.detectable_slope([1, np.nan, 3], 1), "x has a missing"),
    ],
)
def test_a_power_that_cannot_be_computed_is_refused(
    call: Callable, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        call()
