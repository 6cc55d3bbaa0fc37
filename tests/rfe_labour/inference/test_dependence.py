"""What serial correlation does to a trend, against loops, closed forms and Imhof."""

from math import cos, pi, sqrt

import numpy as np
import pytest

from rfe_labour import inference
from tests.rfe_labour.inference.quadratic_forms import form_of, rejection_rate
from tests.rfe_labour.inference.series import (
    BUMPY,
    REGIONS,
    STEPS,
)


def ewc_by_loops(y: np.ndarray, x: np.ndarray, terms: int) -> float:
    """Follow equation (10) of Lazarus et al. with regressors (1, x), term by term."""
    n = len(y)
    design = [[1.0, float(value)] for value in x]
    coefficients = np.linalg.lstsq(np.array(design), y, rcond=None)[0]
    scores = [
        [entry * (y[t] - np.dot(design[t], coefficients)) for entry in design[t]]
        for t in range(n)
    ]
    omega = np.zeros((2, 2))
    for j in range(1, terms + 1):
        projection = np.zeros(2)
        for t in range(n):
            weight = sqrt(2 / n) * cos(pi * j * (t + 1 - 0.5) / n)
            projection += weight * np.array(scores[t])
        omega += np.outer(projection, projection) / terms
    moment = np.linalg.inv(np.array(design).T @ np.array(design) / n)
    return sqrt((moment @ omega @ moment)[1, 1] / n)


@pytest.mark.parametrize("terms", [1, 2, 3, 6])
def test_ewc_agrees_with_the_formula_written_out_in_loops(terms: int) -> None:
    fitted = inference.ewc(BUMPY, STEPS, degrees=terms)
    assert fitted.se == pytest.approx(ewc_by_loops(BUMPY, STEPS, terms))
    assert fitted.df == terms
    assert fitted.value == inference.ols(BUMPY, STEPS).value


def test_ewc_refuses_residuals_that_its_terms_do_not_see() -> None:
    # Residuals that change sign when time is reversed have scores that do not, and the
    # first cosine does. At n = 5 it is the only term.
    odd = [1.0, 0.0, 0.0, 0.0, -1.0]
    with pytest.raises(ValueError, match="invisible to the cosine terms"):
        inference.ewc(odd, range(5))
    assert inference.ewc(odd, range(5), degrees=2).se > 0


def test_ewc_takes_two_terms_for_every_table_of_the_article() -> None:
    chosen = {n: inference.ewc_degrees(n) for n in (3, 7, 8, 11, 14, 15, 16, 125)}
    assert chosen == {3: 1, 7: 1, 8: 2, 11: 2, 14: 2, 15: 2, 16: 3, 125: 10}


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_the_monte_carlo_p_value_approaches_the_exact_one(rho: float) -> None:
    y, x = np.log(REGIONS["khabarovsk"]["workers"]), np.arange(11.0)
    simulated = inference.ar1_monte_carlo(
        y, x, np.random.default_rng(7), replications=99_999, rho=rho
    )
    form = form_of(lambda u: float(inference.hc3_se(u, x)) ** 2, 11)
    fitted = inference.ols(y, x)
    exact = rejection_rate(x, form, abs(fitted.value) / fitted.se, rho)
    assert simulated.rho == rho
    assert simulated.error < 0.002
    assert abs(simulated.p - exact) < 4 * simulated.error


def test_the_monte_carlo_takes_the_corrected_coefficient() -> None:
    values = REGIONS["primorye"]
    y, x = np.log(values["workers"]), np.array(values["years"])
    simulated = inference.ar1_monte_carlo(y, x, np.random.default_rng(1))
    assert simulated.rho == pytest.approx((14 * values["log_ols"]["lag1"] + 2) / 10)
    assert simulated.replications == 1999
    again = inference.ar1_monte_carlo(y, x, np.random.default_rng(1))
    assert simulated == again


def test_the_monte_carlo_p_value_is_never_zero() -> None:
    steep = STEPS + np.array([0, 1e-3, 0, -1e-3, 0, 1e-3, 0, 0])
    simulated = inference.ar1_monte_carlo(
        steep, STEPS, np.random.default_rng(1), replications=99
    )
    assert simulated.p == 1 / 100


def test_the_ar1_coefficient_is_floored_and_capped() -> None:
    alternating = np.tile([1.0, -1.0], 5)
    runs = np.repeat([1.0, -1.0], 5)
    assert inference.ar1_coefficients(alternating) == 0
    assert inference.lag1_autocorrelation(runs) == pytest.approx(7 / 10)
    assert inference.ar1_coefficients(runs) == inference.LARGEST_RHO
    assert inference.ar1_coefficients(runs, corrected=False) == pytest.approx(0.7)


@pytest.mark.parametrize("n", [11, 14])
@pytest.mark.parametrize("rho", [0.0, 0.2, 0.4])
def test_the_correction_removes_most_of_the_bias(n: int, rho: float) -> None:
    x = np.arange(float(n))
    draws = np.random.default_rng(3).standard_normal((40_000, n))
    errors = inference.residuals(inference.ar1_errors(draws, rho), x)
    plain = inference.lag1_autocorrelation(errors).mean()
    corrected = (n * plain + 2) / (n - 4)
    assert rho - plain > 0.14
    assert abs(corrected - rho) < 0.08


def test_ar1_errors_have_unit_variance_and_the_stated_correlation() -> None:
    draws = np.random.default_rng(2).standard_normal((200_000, 4))
    moments = np.cov(inference.ar1_errors(draws, 0.7), rowvar=False)
    lags = np.abs(np.arange(4)[:, None] - np.arange(4))
    assert np.abs(moments - 0.7**lags).max() < 0.01


def test_the_lag_1_autocorrelation_by_hand() -> None:
    assert inference.lag1_autocorrelation([1, 2, -3]) == pytest.approx((2 - 6) / 14)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"replications": 0}, "at least 1 replication"),
        ({"rho": 1.0}, "AR\\(1\\) coefficient lies between"),
        ({"rho": np.nan}, "AR\\(1\\) coefficient lies between"),
    ],
)
def test_a_monte_carlo_that_cannot_be_run_is_refused(
    settings: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        inference.ar1_monte_carlo(BUMPY, STEPS, np.random.default_rng(1), **settings)


def test_four_years_need_a_stated_ar1_coefficient() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="at least 5 observations, not 4; give rho"):
        inference.ar1_monte_carlo(BUMPY[:4], STEPS[:4], rng)
    stated = inference.ar1_monte_carlo(BUMPY[:4], STEPS[:4], rng, 99, rho=0.5)
    assert stated.rho == 0.5
