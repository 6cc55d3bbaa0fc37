"""Inference on a trend from a short series.

The expected values in ``tests/reference/inference.json`` come from R and are made by
``tests/reference/inference.R``, which names its packages and versions.
"""

import json
from collections.abc import Callable
from dataclasses import astuple
from itertools import permutations
from math import cos, inf, isinf, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats
from statsmodels.othermod.betareg import BetaModel

from rfe_labour import inference

from .quadratic_forms import form_of, rejection_rate

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "inference.json").read_text()
)
REGIONS = REFERENCE["regions"]
SIX_DIGITS = 1e-6

BUMPY = np.array([3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0])
STEPS = np.arange(1.0, 9.0)

series = hnp.arrays(
    np.float64,
    st.integers(5, 14),
    elements=st.integers(-10_000, 10_000).map(lambda hundredths: hundredths / 100),
)


def years(y: np.ndarray) -> np.ndarray:
    return np.arange(1992.0, 1992 + len(y))


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


def logit_of(region: dict, *, weighted: bool = False) -> sm.GLM:
    time = np.array(region["years"]) - region["years"][0]
    trials = np.array(region["trials"])
    share = np.array(region["workers"]) / trials if weighted else region["share"]
    return sm.GLM(
        share,
        sm.add_constant(time.astype(float)),
        family=sm.families.Binomial(),
        var_weights=trials if weighted else None,
    )


def count_model(region: dict, family: sm.families.Family) -> sm.GLM:
    time = np.array(region["years"]) - region["years"][0]
    return sm.GLM(region["workers"], sm.add_constant(time.astype(float)), family=family)


@pytest.mark.parametrize("region", REGIONS)
def test_the_slope_of_log_workers_agrees_with_r(region: str) -> None:
    values = REGIONS[region]
    expected = values["log_ols"]
    y, x = np.log(values["workers"]), np.array(values["years"])
    fitted = inference.ols(y, x)
    assert fitted.value == pytest.approx(expected["slope"], rel=SIX_DIGITS)
    assert fitted.se == pytest.approx(expected["hc3_se"], rel=SIX_DIGITS)
    assert fitted.p == pytest.approx(expected["hc3_p"], rel=SIX_DIGITS)
    assert [fitted.lower, fitted.upper] == pytest.approx(
        expected["hc3_interval"], rel=SIX_DIGITS
    )
    assert fitted.df == len(x) - 2
    for computed, name in (
        (inference.classical_se(y, x), "classical_se"),
        (inference.hac_se(y, x, 2), "hac_se"),
        (inference.hac_se(y, x, 2, corrected=True), "hac_corrected_se"),
        (inference.lag1_autocorrelation(inference.residuals(y, x)), "lag1"),
    ):
        assert float(computed) == pytest.approx(expected[name], rel=SIX_DIGITS)


@pytest.mark.parametrize("region", REGIONS)
def test_the_standard_errors_agree_with_statsmodels(region: str) -> None:
    values = REGIONS[region]
    y, x = np.log(values["workers"]), np.array(values["years"], dtype=float)
    model = sm.OLS(y, sm.add_constant(x - x[0]))
    fitted = model.fit(cov_type="HC3", use_t=True)
    ours = inference.ols(y, x)
    assert ours.se == pytest.approx(fitted.bse[1], rel=1e-9)
    assert ours.p == pytest.approx(fitted.pvalues[1], rel=1e-9)
    for corrected in (False, True):
        hac = model.fit(
            cov_type="HAC", cov_kwds={"maxlags": 2, "use_correction": corrected}
        )
        assert float(inference.hac_se(y, x, 2, corrected)) == pytest.approx(
            hac.bse[1], rel=1e-9
        )


def test_hc3_is_the_jackknife_without_its_factor() -> None:
    # Efron: the slopes that leave one observation out differ from the full one by
    # exactly the terms that HC3 squares and adds up.
    without = [
        inference.slopes(np.delete(BUMPY, i), np.delete(STEPS, i)) for i in range(8)
    ]
    full = inference.ols(BUMPY, STEPS)
    assert full.se**2 == pytest.approx(((np.array(without) - full.value) ** 2).sum())


def test_a_slope_of_four_points_by_hand() -> None:
    # x = -3, -1, 1, 3; y = 0, 2, 0, 2: slope 4/20; residuals -0.4, 1.2, -1.2, 0.4;
    # leverages 0.7 and 0.3; so the HC3 variance is
    # 2 * (9 * (0.4/0.3)^2 + (1.2/0.7)^2) / 400.
    fitted = inference.ols([0, 2, 0, 2], [-3, -1, 1, 3])
    assert fitted.value == pytest.approx(0.2)
    assert fitted.se**2 == pytest.approx(2 * (16 + (12 / 7) ** 2) / 400)
    # t(2) has closed quantiles: P(|t| > q) = 1 - q / sqrt(2 + q^2).
    ratio = fitted.value / fitted.se
    assert fitted.p == pytest.approx(1 - ratio / sqrt(2 + ratio**2))


def test_an_estimate_with_infinite_degrees_of_freedom_is_normal() -> None:
    judged = inference.estimate(1.0, 0.5, inf)
    assert judged.upper == pytest.approx(1 + 1.959963985 * 0.5)
    assert judged.p == pytest.approx(0.0455002639)


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


MODELS: dict[str, Callable[[dict], sm.GLM]] = {
    "fractional_logit": logit_of,
    "weighted_logit": lambda region: logit_of(region, weighted=True),
    "quasi_poisson": lambda region: count_model(region, sm.families.Poisson()),
    "negative_binomial": lambda region: count_model(
        region, sm.families.NegativeBinomial(alpha=0.2)
    ),
}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("model", MODELS)
def test_the_hc3_of_a_glm_agrees_with_r(region: str, model: str) -> None:
    expected = REGIONS[region][model]
    fitted = MODELS[model](REGIONS[region]).fit(tol=1e-14)
    cov, estimates = inference.glm_hc3(fitted)
    assert cov == pytest.approx(np.array(expected["hc3"]), rel=SIX_DIGITS)
    values = [estimate.value for estimate in estimates.values()]
    assert values == pytest.approx(expected["coefficients"], rel=SIX_DIGITS)
    assert inference.dispersion(fitted) == pytest.approx(
        expected["dispersion"], rel=SIX_DIGITS
    )
    slope = estimates["x1"]
    assert slope.df == len(REGIONS[region]["years"]) - 2
    assert slope.se == pytest.approx(sqrt(expected["hc3"][1][1]), rel=SIX_DIGITS)
    assert slope.p == pytest.approx(
        2 * stats.t.sf(abs(slope.value) / slope.se, slope.df), rel=1e-9
    )


def test_the_hc3_of_a_gaussian_glm_is_that_of_the_line() -> None:
    fitted = sm.GLM(BUMPY, sm.add_constant(STEPS)).fit()
    _, estimates = inference.glm_hc3(fitted)
    assert astuple(estimates["x1"]) == pytest.approx(
        astuple(inference.ols(BUMPY, STEPS))
    )


def test_the_scale_of_a_fit_does_not_change_its_hc3() -> None:
    model = MODELS["quasi_poisson"](REGIONS["amur"])
    plain, scaled = model.fit(), model.fit(scale="X2", cov_type="HC0")
    assert inference.glm_hc3(plain)[0] == pytest.approx(inference.glm_hc3(scaled)[0])
    assert inference.dispersion(plain) == pytest.approx(inference.dispersion(scaled))


def hc3_by_hand(share: np.ndarray, time: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Compute the covariance of a fractional logit from its definition, by rows."""
    design = np.column_stack([np.ones(len(time)), time])
    mean = 1 / (1 + np.exp(-design @ beta))
    information = sum(
        m * (1 - m) * np.outer(row, row) for m, row in zip(mean, design, strict=True)
    )
    bread = np.linalg.inv(information)
    meat = np.zeros((2, 2))
    for y, m, row in zip(share, mean, design, strict=True):
        leverage = m * (1 - m) * row @ bread @ row
        meat += ((y - m) / (1 - leverage)) ** 2 * np.outer(row, row)
    return bread @ meat @ bread


def test_statsmodels_gives_hc0_where_hc3_was_asked_of_a_glm() -> None:
    # The trap of statsmodels 0.15.0. Should this fail, statsmodels has mended its
    # GLM: compare its HC3 with ours, and let ours go if they agree.
    amur = REGIONS["amur"]
    fits = {kind: logit_of(amur).fit(cov_type=kind) for kind in ("HC0", "HC3")}
    hc0 = np.array(amur["fractional_logit"]["hc0"])
    assert fits["HC0"].bse[1] == pytest.approx(0.0496, abs=5e-5)
    assert fits["HC3"].cov_params() == pytest.approx(hc0, rel=1e-5)

    cov, estimates = inference.glm_hc3(fits["HC3"])
    share, time = np.array(amur["share"]), np.arange(11.0)
    expected = hc3_by_hand(share, time, fits["HC3"].params)
    assert cov == pytest.approx(expected, rel=1e-9)
    assert estimates["x1"].se == pytest.approx(0.0673, abs=5e-5)


def test_statsmodels_finds_a_wrong_scale_for_two_columns_of_counts() -> None:
    # The other trap of statsmodels 0.15.0. Should this fail, `glm_hc3` and
    # `dispersion` need no longer refuse such a fit.
    amur = REGIONS["amur"]
    workers, trials = np.array(amur["workers"]), np.array(amur["trials"])
    time = sm.add_constant(np.arange(11.0))
    counts = np.column_stack([workers, trials - workers])
    two_columns = sm.GLM(counts, time, family=sm.families.Binomial()).fit(scale="X2")
    assert two_columns.scale == pytest.approx(0.10, abs=0.005)

    weighted = logit_of(amur, weighted=True).fit(scale="X2")
    assert weighted.params == pytest.approx(two_columns.params)
    mean = weighted.fittedvalues
    pearson = (workers - trials * mean) ** 2 / (trials * mean * (1 - mean))
    assert inference.dispersion(weighted) == pytest.approx(pearson.sum() / 9)
    assert inference.dispersion(weighted) == pytest.approx(430, abs=0.5)
    assert weighted.scale == pytest.approx(inference.dispersion(weighted))

    for function in (inference.glm_hc3, inference.dispersion):
        with pytest.raises(ValueError, match="two columns of counts"):
            function(two_columns)


@pytest.mark.filterwarnings("ignore")  # statsmodels, about the fit of two points
def test_a_glm_that_hc3_does_not_fit_is_refused() -> None:
    design = sm.add_constant(STEPS)
    dummy = np.column_stack([design, STEPS == 3])
    repeated = sm.GLM(BUMPY, design, freq_weights=np.full(8, 2)).fit()
    full = sm.GLM(BUMPY[:2], design[:2]).fit()
    for function in (inference.glm_hc3, inference.dispersion):
        with pytest.raises(ValueError, match="GLM is needed, not RegressionResults"):
            function(sm.OLS(BUMPY, design).fit())
        with pytest.raises(ValueError, match="GLM is needed, not BetaResults"):
            function(BetaModel(BUMPY / 10, design).fit(disp=False))
        with pytest.raises(ValueError, match="frequency weights"):
            function(repeated)
        with pytest.raises(ValueError, match=r"degrees of freedom|more observations"):
            function(full)
    with pytest.raises(ValueError, match="Observation 3 alone"):
        inference.glm_hc3(sm.GLM(BUMPY, dummy).fit())


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


@pytest.mark.parametrize("function", [inference.theil_sen, inference.kendall])
def test_a_rank_method_refuses_a_year_that_comes_twice(function: Callable) -> None:
    with pytest.raises(ValueError, match="x has a value twice"):
        function([1, 2, 4, 5], [2000, 2001, 2001, 2002])


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


def test_three_years_are_the_fewest_that_can_be_judged() -> None:
    fitted = inference.ols([1.0, 4.0, 2.0], [2000, 2001, 2002])
    assert fitted.df == 1
    assert fitted.value == pytest.approx(0.5)
    assert inference.kendall([1, 4, 2], [2000, 2001, 2002]).p == 1


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
