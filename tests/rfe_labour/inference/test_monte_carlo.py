"""The simulated p-value, against the exact one of Imhof."""

import numpy as np
import pytest
import statsmodels.api as sm

from rfe_labour import inference
from tests.rfe_labour.inference.quadratic_forms import form_of, rejection_rate
from tests.rfe_labour.inference.series import (
    BUMPY,
    REGIONS,
    STEPS,
    line,
    slope_of,
)


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_the_monte_carlo_p_value_approaches_the_exact_one(rho: float) -> None:
    y, x = np.log(REGIONS["khabarovsk"]["workers"]), np.arange(11.0)
    simulated = inference.ar1_monte_carlo(
        line(y, x), np.random.default_rng(7), replications=99_999, rho=rho
    )
    form = form_of(lambda u: slope_of(line(u, x))["se"] ** 2, 11)
    ratio = abs(line(y, x).tvalues[1])
    exact = rejection_rate(x, form, ratio, rho)
    assert simulated.rho == rho
    assert simulated.error < 0.002
    assert abs(simulated.p - exact) < 4 * simulated.error


def test_the_monte_carlo_takes_the_corrected_coefficient() -> None:
    values = REGIONS["primorye"]
    y, x = np.log(values["workers"]), np.array(values["years"])
    simulated = inference.ar1_monte_carlo(line(y, x), np.random.default_rng(1))
    assert simulated.rho == pytest.approx((14 * values["log_ols"]["lag1"] + 2) / 10)
    assert simulated.replications == 1999
    again = inference.ar1_monte_carlo(line(y, x), np.random.default_rng(1))
    assert simulated == again
    other = inference.ar1_monte_carlo(line(y, x), np.random.default_rng(2))
    assert simulated != other


def test_the_monte_carlo_p_value_is_never_zero() -> None:
    steep = STEPS + np.array([0, 1e-3, 0, -1e-3, 0, 1e-3, 0, 0])
    simulated = inference.ar1_monte_carlo(
        line(steep, STEPS), np.random.default_rng(1), replications=99
    )
    assert simulated.p == 1 / 100


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
        inference.ar1_monte_carlo(
            line(BUMPY, STEPS), np.random.default_rng(1), **settings
        )


def test_four_years_need_a_stated_ar1_coefficient() -> None:
    rng = np.random.default_rng(1)
    four = line(BUMPY[:4], STEPS[:4])
    with pytest.raises(ValueError, match="at least 5 observations, not 4; give rho"):
        inference.ar1_monte_carlo(four, rng)
    assert inference.ar1_monte_carlo(four, rng, 99, rho=0.5).rho == 0.5


def test_the_covariance_of_the_fit_does_not_change_the_simulated_p_value() -> None:
    design = sm.add_constant(STEPS)
    plain = sm.OLS(BUMPY, design).fit()
    p_values = {
        inference.ar1_monte_carlo(fit, np.random.default_rng(3), 499).p
        for fit in (plain, line(BUMPY, STEPS), inference.ewc(plain))
    }
    assert len(p_values) == 1


def test_hc3_refuses_an_observation_that_alone_decides() -> None:
    alone = line([1, 2, 4, 5, 7], [0, 0, 0, 0, 1])
    with pytest.raises(ValueError, match="Observation 5 alone"):
        inference.ar1_monte_carlo(alone, np.random.default_rng(1), 9)
