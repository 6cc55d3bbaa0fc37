"""Estimates, families of tests and power, against R and simulation."""

from math import inf, sqrt

import numpy as np
import pytest
from scipy import stats

from rfe_labour import inference
from tests.rfe_labour.inference.series import (
    REFERENCE,
    SIX_DIGITS,
)


def test_an_estimate_with_infinite_degrees_of_freedom_is_normal() -> None:
    judged = inference.estimate(1.0, 0.5, inf)
    assert judged.upper == pytest.approx(1 + 1.959963985 * 0.5)
    assert judged.p == pytest.approx(0.0455002639)


def test_holm_by_hand() -> None:
    # Sorted: 0.005 * 5, 0.01 * 4, 0.03 * 3, 0.04 * 2 (raised to 0.09), 0.5.
    expected = [0.04, 0.09, 0.09, 0.025, 0.5]
    assert inference.holm([0.01, 0.04, 0.03, 0.005, 0.5]) == pytest.approx(expected)
    assert REFERENCE["holm"]["adjusted"] == pytest.approx(expected)
    assert inference.holm([0.7, 0.8]) == pytest.approx([1.0, 1.0])
    assert inference.holm([0.2]) == pytest.approx([0.2])


@pytest.mark.parametrize("p_values", [[], [0.1, np.nan], [-0.1], [1.1], [[0.1]]])
def test_holm_refuses_what_is_no_p_value(p_values: list[float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        inference.holm(p_values)


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
