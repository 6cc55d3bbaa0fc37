"""The simulated p-value and its interval, against the exact ones of Imhof."""

from math import inf, sqrt

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
    assert not simulated.floored
    again = inference.ar1_monte_carlo(line(y, x), np.random.default_rng(1))
    assert (again.ratios == simulated.ratios).all()
    other = inference.ar1_monte_carlo(line(y, x), np.random.default_rng(2))
    assert (other.ratios != simulated.ratios).all()


def test_a_coefficient_floored_at_zero_is_told_from_one_that_was_given() -> None:
    alternating = line(STEPS + np.tile([1.0, -1.0], 4), STEPS)
    rng = np.random.default_rng(1)
    estimated = inference.ar1_monte_carlo(alternating, rng, 9)
    assert estimated.floored
    assert estimated.rho == 0
    assert not inference.ar1_monte_carlo(alternating, rng, 9, rho=0.0).floored


def test_a_coefficient_capped_at_its_ceiling_is_told_from_one_that_was_given() -> None:
    # Around a line a parabola of 14 years has r = 0.64, hence (14 r + 2) / 10 > 1.
    years = np.arange(14.0)
    bent = line((years - 6.5) ** 2 + 0.1 * years, years)
    rng = np.random.default_rng(1)
    estimated = inference.ar1_monte_carlo(bent, rng, 9)
    assert estimated.capped
    assert not estimated.floored
    assert estimated.rho == 0.99
    assert not inference.ar1_monte_carlo(bent, rng, 9, rho=0.99).capped


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


# The interval


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
def test_the_interval_holds_the_slopes_that_the_test_does_not_reject(
    level: float,
) -> None:
    """By brute force: a slope b is tested by taking b x away from y."""
    y, x = np.log(REGIONS["khabarovsk"]["workers"]), np.arange(11.0)

    def tested(slope: float) -> inference.MonteCarlo:
        rng = np.random.default_rng(4)
        return inference.ar1_monte_carlo(line(y - slope * x, x), rng, 199)

    kept = tested(0.0).interval(level)
    assert tested(0.0).rho > 0.7
    near = 1e-6 * (kept.upper - kept.lower)
    for inside in (kept.lower + near, kept.value, kept.upper - near):
        assert tested(inside).p > 1 - level
    for outside in (kept.lower - near, kept.upper + near, kept.upper + 9):
        assert tested(outside).p <= 1 - level


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("replications", [99, 100, 1999])
def test_the_interval_leaves_out_zero_exactly_where_the_p_value_is_small(
    level: float, replications: int
) -> None:
    """The ratios are 1, 2, …, and slopes stand on them and halfway between."""
    ratios = np.random.default_rng(1).permutation(np.arange(1.0, replications + 1))
    rejected = []
    for slope in np.arange(0.5, replications + 1, 0.5):
        simulated = inference.MonteCarlo(slope, 1.0, 0.0, ratios)
        as_extreme = max(0, replications + 1 - int(np.ceil(slope)))
        assert simulated.p == (1 + as_extreme) / (replications + 1)
        kept = simulated.interval(level)
        assert (kept.lower > 0) == (simulated.p <= 1 - level)
        assert kept.upper - slope == pytest.approx(slope - kept.lower)
        rejected.append(kept.lower > 0)
    assert {*rejected} == {True, False}


def test_too_few_series_have_no_interval_of_a_high_level() -> None:
    simulated = inference.MonteCarlo(3.0, 1.0, 0.0, np.arange(1.0, 20))
    assert simulated.critical(0.95) == 19  # p is 1/20 at least: the largest ratio
    kept = simulated.interval(0.96)
    assert (kept.value, kept.lower, kept.upper) == (3.0, -inf, inf)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_the_critical_ratio_is_exceeded_as_often_as_the_level_says(rho: float) -> None:
    """By Imhof's integral, which shares no draw with it."""
    x = np.arange(11.0)
    y = np.log(REGIONS["khabarovsk"]["workers"])
    simulated = inference.ar1_monte_carlo(
        line(y, x), np.random.default_rng(8), replications=49_999, rho=rho
    )
    form = form_of(lambda u: slope_of(line(u, x))["se"] ** 2, 11)
    for level in (0.9, 0.95):
        exact = rejection_rate(x, form, simulated.critical(level), rho)
        error = sqrt(level * (1 - level) / 50_000)
        assert abs(exact - (1 - level)) < 4 * error


@pytest.mark.parametrize(
    ("region", "lower", "upper"),
    [("primorye", -12.9, 24.5), ("khabarovsk", -10.1, 56.5), ("amur", -5.6, 25.8)],
)
def test_the_interval_is_that_of_a_referee_within_simulation_error(
    region: str, lower: float, upper: float
) -> None:
    """Per cent a year at 95 %, by a recomputation with code and draws of its own.

    It took the corrected coefficient and the 95 % quantile of the HC3 ratio, from an
    unstated number of series; here 9,999, with four standard errors for both.
    """
    values = REGIONS[region]
    y, x = np.log(values["workers"]), np.array(values["years"])
    simulated = inference.ar1_monte_carlo(line(y, x), np.random.default_rng(3), 99_999)
    quantiles = 0.95 + 4 * sqrt(0.05 * 0.95 / 9_999) * np.array([-1, 1])
    least, most = np.quantile(simulated.ratios, quantiles)
    for end, sign in ((lower, -1), (upper, 1)):
        near, far = (
            100 * np.expm1(simulated.slope + sign * ratio * simulated.se)
            for ratio in (least, most)
        )
        assert sign * near - 0.05 <= sign * end <= sign * far + 0.05
        assert abs(far - near) < 6  # the test would notice another rho or another se


def test_a_simulated_slope_stands_beside_the_others() -> None:
    fit = line(BUMPY, STEPS)
    simulated = inference.ar1_monte_carlo(fit, np.random.default_rng(1), 999)
    table = inference.compare({"hc3": fit, "ar1": simulated}, 0.9)
    assert table.loc["ar1", "slope"] == pytest.approx(table.loc["hc3", "slope"])
    assert table.loc["ar1", "se"] == pytest.approx(table.loc["hc3", "se"])
    assert table.loc["ar1", "p"] == simulated.p
    kept = simulated.interval(0.9)
    assert table.loc["ar1", ["lower", "upper"]].tolist() == [kept.lower, kept.upper]
    assert np.isnan(table.loc["ar1", "df"])


def test_the_critical_ratio_varies_from_seed_to_seed_as_its_error_says() -> None:
    values = REGIONS["amur"]
    fit = line(np.log(values["workers"]), np.array(values["years"]))
    found = [
        inference.ar1_monte_carlo(fit, np.random.default_rng(seed), 999)
        for seed in range(60)
    ]
    spread = np.std([one.critical() for one in found])
    # The error of a standard deviation of 60 values is a tenth of it.
    assert np.mean([one.critical_error() for one in found]) == pytest.approx(
        spread, rel=0.3
    )


@pytest.mark.parametrize(
    ("region", "lower", "upper"),
    [("primorye", 0.2, 0.3), ("khabarovsk", 0.3, 0.5), ("amur", 0.14, 0.19)],
)
def test_the_ends_of_an_interval_err_by_what_a_referee_found_over_forty_seeds(
    region: str, lower: float, upper: float
) -> None:
    """Percentage points a year; each of theirs has an error of a ninth."""
    values = REGIONS[region]
    fit = line(np.log(values["workers"]), np.array(values["years"]))
    simulated = inference.ar1_monte_carlo(fit, np.random.default_rng(3), 9999)
    ends = simulated.interval()
    per_cent = 100 * simulated.critical_error() * simulated.se
    found = [per_cent * np.exp(end) for end in (ends.lower, ends.upper)]
    assert found == pytest.approx([lower, upper], rel=0.35)
