"""Generalised linear models, against R, statsmodels and by hand."""

import json
from collections.abc import Callable
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import optimize, stats
from statsmodels.othermod.betareg import BetaModel

from rfe_labour import inference
from tests.rfe_labour.inference.series import (
    BUMPY,
    REGIONS,
    SIX_DIGITS,
    STEPS,
    line,
    slope_of,
)

BY_GLM_NB = json.loads(
    (Path(__file__).parents[2] / "reference" / "models.json").read_text()
)["trends"]


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
    judged = inference.glm_hc3(fitted)
    assert judged.cov_params() == pytest.approx(
        np.array(expected["hc3"]), rel=SIX_DIGITS
    )
    assert judged.params == pytest.approx(expected["coefficients"], rel=SIX_DIGITS)
    assert inference.dispersion(fitted) == pytest.approx(
        expected["dispersion"], rel=SIX_DIGITS
    )
    slope, df = slope_of(judged), len(REGIONS[region]["years"]) - 2
    assert slope["df"] == df
    assert slope["se"] == pytest.approx(sqrt(expected["hc3"][1][1]), rel=SIX_DIGITS)
    ratio = abs(expected["coefficients"][1]) / sqrt(expected["hc3"][1][1])
    assert slope["p"] == pytest.approx(2 * stats.t.sf(ratio, df), rel=1e-5)


def test_the_hc3_of_a_gaussian_glm_is_that_of_the_line() -> None:
    judged = inference.glm_hc3(sm.GLM(BUMPY, sm.add_constant(STEPS)).fit())
    least_squares = line(BUMPY, STEPS)
    assert judged.cov_params() == pytest.approx(least_squares.cov_params())
    assert slope_of(judged).tolist() == pytest.approx(slope_of(least_squares).tolist())


def ewc_by_hand(model: sm.GLM, beta: np.ndarray, terms: int) -> np.ndarray:
    """Write out the cosine covariance of a GLM whose link is canonical, by rows."""
    design, n = model.exog, len(model.endog)
    mean = model.family.link.inverse(design @ beta)
    slope = {"Binomial": mean * (1 - mean), "Poisson": mean}[
        type(model.family).__name__
    ]
    prior = model.var_weights
    bread = np.linalg.inv((prior * slope * design.T) @ design)
    meat = np.zeros((2, 2))
    for j in range(1, terms + 1):
        wave = sum(
            np.cos(np.pi * j * (t + 0.5) / n)
            * prior[t]
            * (model.endog[t] - mean[t])
            * design[t]
            for t in range(n)
        )
        meat += 2 / n * np.outer(wave, wave) / terms
    return bread @ (n * meat) @ bread


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(
    "name", ["fractional_logit", "weighted_logit", "quasi_poisson"]
)
def test_the_ewc_of_a_glm_is_the_formula_of_its_scores(region: str, name: str) -> None:
    model = MODELS[name](REGIONS[region])
    fit = model.fit(tol=1e-14)
    for terms in (1, 2, 3):
        judged = inference.ewc(fit, terms)
        expected = ewc_by_hand(model, fit.params, terms)
        assert judged.cov_params() == pytest.approx(expected, rel=1e-8)
        assert judged.params.tolist() == fit.params.tolist()


def test_the_ewc_of_a_gaussian_glm_is_that_of_the_line() -> None:
    design = sm.add_constant(STEPS)
    of_glm = inference.ewc(sm.GLM(BUMPY, design).fit())
    of_line = inference.ewc(sm.OLS(BUMPY, design).fit())
    assert of_glm.cov_params() == pytest.approx(of_line.cov_params())
    assert slope_of(of_glm).tolist() == pytest.approx(slope_of(of_line).tolist())
    bands = [fit.get_prediction().conf_int() for fit in (of_glm, of_line)]
    np.testing.assert_allclose(*bands)


def test_the_ewc_of_a_glm_judges_everything_by_t_with_its_own_degrees() -> None:
    fit = MODELS["fractional_logit"](REGIONS["amur"]).fit(tol=1e-14)
    judged = inference.ewc(fit)
    se, quantile = judged.bse, stats.t.ppf(0.95, 2)
    margin = quantile * se
    ends = np.column_stack([fit.params - margin, fit.params + margin])
    np.testing.assert_allclose(judged.conf_int(alpha=0.1), ends)
    np.testing.assert_allclose(judged.t_test([0, 1]).conf_int(alpha=0.1), ends[[1]])
    assert slope_of(judged)["df"] == 2
    # At time 0 the line is the constant, whose interval the link turns into a share.
    expected = 1 / (1 + np.exp(-ends[0]))
    for which in (None, "mean"):
        band = judged.get_prediction([[1, 0]], which=which).conf_int(alpha=0.1)
        np.testing.assert_allclose(band[0], expected)
    linear = judged.get_prediction([[1, 0]], which="linear").conf_int(alpha=0.1)
    np.testing.assert_allclose(linear[0], ends[0])
    assert judged.df_resid == fit.df_resid
    assert inference.dispersion(judged) == inference.dispersion(fit)
    assert "EWC" in str(judged.summary())


@pytest.mark.parametrize(
    ("region", "p"), [("primorye", 0.261), ("khabarovsk", 0.543), ("amur", 0.411)]
)
def test_the_ewc_p_values_of_the_shares_are_those_of_a_second_program(
    region: str, p: float
) -> None:
    # Computed by someone else from the printed tables, to three decimals.
    judged = inference.ewc(MODELS["fractional_logit"](REGIONS[region]).fit(tol=1e-14))
    assert slope_of(judged)["p"] == pytest.approx(p, abs=6e-4)


@pytest.mark.parametrize("judge", [inference.ewc, inference.glm_hc3])
@pytest.mark.filterwarnings("ignore")  # statsmodels, about a perfect fit
def test_a_perfect_curve_is_refused(judge: Callable) -> None:
    share = 1 / (1 + np.exp(-(STEPS - 4) / 5))
    for years in (STEPS, 1994 + STEPS):
        model = sm.GLM(share, sm.add_constant(years), family=sm.families.Binomial())
        with pytest.raises(ValueError, match="exactly on the fitted curve"):
            judge(model.fit())


def test_the_scale_of_a_fit_does_not_change_its_hc3() -> None:
    model = MODELS["quasi_poisson"](REGIONS["amur"])
    plain, scaled = model.fit(), model.fit(scale="X2", cov_type="HC0")
    assert inference.glm_hc3(plain).cov_params() == pytest.approx(
        inference.glm_hc3(scaled).cov_params()
    )
    assert inference.dispersion(plain) == pytest.approx(inference.dispersion(scaled))


def test_the_method_of_fitting_does_not_change_the_hc3() -> None:
    model = MODELS["quasi_poisson"](REGIONS["amur"])
    reweighted = inference.glm_hc3(model.fit(tol=1e-14))
    by_newton = inference.glm_hc3(model.fit(method="newton", tol=1e-14))
    assert by_newton.cov_params() == pytest.approx(reweighted.cov_params(), rel=1e-6)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_band_of_a_glm_is_that_of_its_hc3_covariance(
    region: str, level: float
) -> None:
    # R's coefficients and covariance; the band by hand, on the scale of the link.
    expected = REGIONS[region]["quasi_poisson"]
    time = np.array(REGIONS[region]["years"]) - REGIONS[region]["years"][0]
    rows = np.column_stack([np.ones(len(time)), time])
    linear = rows @ expected["coefficients"]
    variance = np.array([row @ np.array(expected["hc3"]) @ row for row in rows])
    margin = stats.t.ppf((1 + level) / 2, len(time) - 2) * np.sqrt(variance)

    fit = MODELS["quasi_poisson"](REGIONS[region]).fit(tol=1e-14)
    prediction = inference.glm_hc3(fit).get_prediction()
    band = prediction.summary_frame(alpha=1 - level)
    np.testing.assert_allclose(band["mean"], np.exp(linear), rtol=SIX_DIGITS)
    np.testing.assert_allclose(
        band["mean_se"], np.exp(linear) * np.sqrt(variance), rtol=SIX_DIGITS
    )
    for end, sign in (("mean_ci_lower", -1), ("mean_ci_upper", 1)):
        np.testing.assert_allclose(
            band[end], np.exp(linear + sign * margin), rtol=SIX_DIGITS
        )
    on_the_link = inference.glm_hc3(fit).get_prediction(which="linear")
    np.testing.assert_allclose(
        on_the_link.conf_int(alpha=1 - level),
        np.column_stack([linear - margin, linear + margin]),
        rtol=SIX_DIGITS,
    )


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

    judged = inference.glm_hc3(fits["HC3"])
    share, time = np.array(amur["share"]), np.arange(11.0)
    expected = hc3_by_hand(share, time, fits["HC3"].params)
    assert judged.cov_params() == pytest.approx(expected, rel=1e-9)
    assert judged.bse[1] == pytest.approx(0.0673, abs=5e-5)


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
        with pytest.raises(ValueError, match="fitted statsmodels GLM is needed"):
            function(sm.GLM(BUMPY, design))
        with pytest.raises(ValueError, match="GLM is needed, not BetaResults"):
            function(BetaModel(BUMPY / 10, design).fit(disp=False))
        with pytest.raises(ValueError, match="frequency weights"):
            function(repeated)
        with pytest.raises(ValueError, match=r"degrees of freedom|more observations"):
            function(full)
    with pytest.raises(ValueError, match="Observation 3 alone"):
        inference.glm_hc3(sm.GLM(BUMPY, dummy).fit())
    collinear = np.column_stack([design, 2 * STEPS])
    with pytest.raises(ValueError, match="collinear"):
        inference.glm_hc3(sm.GLM(BUMPY, collinear).fit())


POISSON = sm.families.Poisson()


def counts(region: dict, family: sm.families.Family, year: str = "center(year)") -> Any:
    table = pd.DataFrame({"year": region["years"], "workers": region["workers"]})
    return smf.glm(f"workers ~ {year}", table, family=family)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("year", ["center(year)", "year"])
def test_the_negative_binomial_equals_glm_nb_of_r(region: str, year: str) -> None:
    expected = BY_GLM_NB[region]["negative_binomial"]
    poisson = counts(REGIONS[region], POISSON, year).fit(tol=1e-12)
    alpha = inference.nb2_alpha(poisson)
    assert alpha == pytest.approx(expected["alpha"], rel=SIX_DIGITS)
    family = sm.families.NegativeBinomial(alpha=alpha)
    found = slope_of(counts(REGIONS[region], family).fit(**inference.STEADY))
    assert found["slope"] == pytest.approx(expected["slope"], rel=SIX_DIGITS)
    assert found["se"] == pytest.approx(expected["se"], rel=SIX_DIGITS)


def test_the_alpha_of_the_negative_binomial_maximises_the_likelihood() -> None:
    poisson = counts(REGIONS["primorye"], POISSON).fit(tol=1e-12)
    workers, design = poisson.model.endog, poisson.model.exog

    def likelihood(alpha: float) -> float:
        family = sm.families.NegativeBinomial(alpha=alpha)
        mean = sm.GLM(workers, design, family=family).fit(**inference.STEADY).mu
        return stats.nbinom.logpmf(workers, 1 / alpha, 1 / (1 + alpha * mean)).sum()

    alpha = inference.nb2_alpha(poisson)
    assert likelihood(alpha) > max(likelihood(0.99 * alpha), likelihood(1.01 * alpha))


def test_counts_that_vary_no_more_than_poisson_have_alpha_0() -> None:
    steady = {"years": range(1995, 2000), "workers": [1000, 1001, 999, 1002, 1000]}
    assert inference.nb2_alpha(counts(steady, POISSON).fit()) == 0


@pytest.mark.filterwarnings("ignore")  # statsmodels, about the square root as a link
def test_a_model_without_an_alpha_is_refused() -> None:
    table = pd.DataFrame({"y": np.ceil(BUMPY), "x": STEPS})
    others = [
        smf.glm("y ~ x", table, family=sm.families.NegativeBinomial(alpha=1.0)),
        smf.glm("y ~ 1", table, family=sm.families.Poisson(sm.families.links.Sqrt())),
        smf.glm("y ~ x", table, family=POISSON, offset=np.log(STEPS)),
        smf.glm("y ~ x", table, family=POISSON, exposure=STEPS),
        smf.glm("y ~ x", table, family=POISSON, var_weights=STEPS),
    ]
    for model in others:
        with pytest.raises(ValueError, match=r"Poisson GLM .* without weights or an"):
            inference.nb2_alpha(model.fit())
    with pytest.raises(ValueError, match="GLM is needed, not RegressionResults"):
        inference.nb2_alpha(smf.ols("y ~ x", table).fit())


@pytest.mark.parametrize("link", ["log", "logit"])
def test_many_models_at_once_agree_with_statsmodels(link: str) -> None:
    rng = np.random.default_rng(14)
    x = np.tile(np.arange(1995.0, 2006.0), (20, 1))
    y = (
        rng.uniform(100, 5000, x.shape)
        if link == "log"
        else rng.uniform(0.02, 0.98, x.shape)
    )
    weights = np.where(rng.random(x.shape) < 0.8, 1.0, 0.0)
    weights[:, :5] = 1.0
    family = sm.families.Poisson() if link == "log" else sm.families.Binomial()
    slopes = inference.glm_slopes(y, x, link, weights)
    for row, used in enumerate(weights > 0):
        design = sm.add_constant(x[row, used] - 2000)
        fitted = sm.GLM(y[row, used], design, family=family).fit(tol=1e-14)
        assert slopes[row] == pytest.approx(fitted.params[1], rel=1e-7, abs=1e-10)
    everything = inference.glm_slopes(y[0], x[0], link)
    assert everything == inference.glm_slopes(y[:1], x[:1], link, np.ones((1, 11)))[0]


@pytest.mark.parametrize("log_odds", [[-9, 3, -2, -8, -7], [-12, -9, 5, -9, -10]])
def test_one_share_far_from_the_others_does_not_drive_the_search_away(
    log_odds: list[float],
) -> None:
    # Full steps of Newton's method leave for good here.
    y, x = 1 / (1 + np.exp(-np.array(log_odds))), np.arange(5.0) - 2
    slope = float(inference.glm_slopes(y, x, "logit"))

    def apart(level: float) -> np.ndarray:
        return y - 1 / (1 + np.exp(-level - slope * x))

    # Of the two equations that define the fit, the first gives the level.
    level = optimize.brentq(lambda at: apart(at).sum(), -50, 50)
    assert x @ apart(level) == pytest.approx(0, abs=1e-10)


@pytest.mark.filterwarnings("ignore")  # NumPy, about steps beyond all numbers
def test_a_model_without_a_maximum_is_refused() -> None:
    # Shares of nought and one that a year parts have a likelihood without a maximum.
    parted = np.array([1e-300, 1e-300, 1 - 1e-16, 1 - 1e-16])
    with pytest.raises(ValueError, match="did not converge"):
        inference.glm_slopes(parted, np.arange(4.0), "logit")


def test_many_fractional_logits_have_the_hc3_of_each_alone() -> None:
    rng = np.random.default_rng(3)
    x = np.array([*range(1995, 2000), *range(2001, 2007)], dtype=float)
    y = rng.uniform(0.02, 0.98, (2, 5, 11))
    slopes, errors = inference.logit_slopes_hc3(y, x)
    assert slopes.shape == errors.shape == (2, 5)
    for at in np.ndindex(2, 5):
        fit = sm.GLM(y[at], sm.add_constant(x - 2000), family=sm.families.Binomial())
        found = hc3_by_hand(y[at], x - 2000, beta := fit.fit(tol=1e-14).params)
        assert slopes[at] == pytest.approx(beta[1], rel=1e-7)
        assert errors[at] == pytest.approx(sqrt(found[1, 1]), rel=1e-7)


def fractional_logit(share: Any, x: Any, **settings: Any) -> Any:
    settings = {"family": sm.families.Binomial()} | settings
    return sm.GLM(share, sm.add_constant(x), **settings).fit(tol=1e-14)


def simulated_by_hand(fit: Any, rho: float, count: int, seed: int) -> list[float]:
    """Draw shares without a trend and refit each by statsmodels, one at a time."""
    share, x = fit.model.endog, fit.model.exog[:, 1]
    log_odds = np.log(share / (1 - share))
    errors = log_odds - fit.model.exog @ fit.params
    sigma = sqrt((errors**2).sum() / (len(share) - 2))
    found = []
    for draws in np.random.default_rng(seed).standard_normal((count, len(share))):
        u = [draws[0]]
        for new in draws[1:]:
            u.append(rho * u[-1] + sqrt(1 - rho**2) * new)
        drawn = 1 / (1 + np.exp(-(log_odds.mean() + sigma * np.array(u))))
        beta = fractional_logit(drawn, x).params
        found.append(abs(beta[1]) / sqrt(hc3_by_hand(drawn, x, beta)[1, 1]))
    return found


@pytest.mark.parametrize("rho", [None, 0.3])
def test_the_simulated_ratios_are_those_of_refits_one_by_one(rho: float | None) -> None:
    region = REGIONS["khabarovsk"]
    fit = fractional_logit(region["share"], np.arange(11.0))
    simulated = inference.logit_monte_carlo(fit, np.random.default_rng(4), 19, rho)
    share, line = np.array(region["share"]), fit.model.exog @ fit.params
    errors = np.log(share / (1 - share)) - line
    measured = (errors[1:] * errors[:-1]).sum() / (errors**2).sum()
    used = (11 * measured + 2) / 7 if rho is None else rho
    assert simulated.rho == pytest.approx(used)
    expected = simulated_by_hand(fit, used, 19, 4)
    assert simulated.ratios == pytest.approx(np.array(expected), rel=1e-6)
    se = sqrt(hc3_by_hand(share, np.arange(11.0), fit.params)[1, 1])
    assert [simulated.slope, simulated.se] == pytest.approx([fit.params[1], se])
    beyond = sum(ratio >= abs(fit.params[1]) / se for ratio in expected)
    assert simulated.p == (1 + beyond) / 20


def test_of_shares_that_hardly_move_the_p_value_is_that_of_the_line() -> None:
    # There the curve is a line with equal weights, whose ratio is free of the scatter.
    log_odds = 0.3 + 1e-4 * BUMPY
    fit = fractional_logit(1 / (1 + np.exp(-log_odds)), STEPS)
    curve, of_line = (
        simulate(given, np.random.default_rng(5), 999)
        for simulate, given in (
            (inference.logit_monte_carlo, fit),
            (inference.ar1_monte_carlo, line(log_odds, STEPS)),
        )
    )
    assert curve.rho == pytest.approx(of_line.rho, abs=1e-3)
    assert curve.ratios == pytest.approx(of_line.ratios, rel=1e-2, abs=1e-3)
    assert curve.p == pytest.approx(of_line.p, abs=0.005)


@pytest.mark.parametrize("region", REGIONS)
def test_the_ends_of_the_calibrated_interval_are_rejected_at_nearly_the_level(
    region: str,
) -> None:
    # The ratio is simulated without a trend; this draws shares with the trend of
    # each end of the interval, and asks how many are as far from it as the estimate.
    values = REGIONS[region]
    x = np.array(values["years"], dtype=float)
    x -= x.mean()
    fit = fractional_logit(values["share"], x)
    found = inference.logit_monte_carlo(fit, np.random.default_rng(6), 9999)
    log_odds = np.log(fit.model.endog / (1 - fit.model.endog))
    errors = log_odds - fit.model.exog @ fit.params
    sigma = sqrt((errors**2).sum() / (len(x) - 2))
    u = inference.ar1_errors(
        np.random.default_rng(7).standard_normal((9999, len(x))), found.rho
    )
    interval = found.interval()
    for end in (interval.lower, interval.upper):
        drawn = 1 / (1 + np.exp(-(log_odds.mean() + end * x + sigma * u)))
        slopes, errors_of = inference.logit_slopes_hc3(drawn, x)
        observed = abs(found.slope - end) / found.se
        beyond = (np.abs(slopes - end) / errors_of >= observed).sum()
        rng = np.random.default_rng(7)
        tested = inference.logit_monte_carlo(fit, rng, 9999, found.rho, end)
        assert tested.p == (1 + beyond) / 10_000
        assert tested.slope == pytest.approx(found.slope - end)
        assert 0.04 < tested.p < 0.06


@pytest.mark.parametrize(
    ("region", "rho", "size"),
    [("amur", 0.0, 0.03), ("amur", 0.8, 0.17), ("primorye", 0.8, 0.16)],
)
def test_the_calibrated_test_of_a_logit_has_the_size_of_that_of_a_line(
    region: str, rho: float, size: float
) -> None:
    # The sizes of the line, by a second program, with n = 11 and 14.
    values = REGIONS[region]
    x = np.array(values["years"], dtype=float)
    log_odds = np.log(np.array(values["share"]) / (1 - np.array(values["share"])))
    sigma, rng = np.ptp(log_odds) / 4, np.random.default_rng(8)
    grid = np.append(np.linspace(0, 0.95, 8), inference.LARGEST_RHO)

    def drawn(count: int) -> Callable[[float], np.ndarray]:
        innovations = rng.standard_normal((count, len(x)))
        return lambda rho: (
            log_odds.mean() + sigma * inference.ar1_errors(innovations, rho)
        )

    def ratio(series: np.ndarray) -> np.ndarray:
        slopes, errors = inference.logit_slopes_hc3(1 / (1 + np.exp(-series)), x)
        return np.abs(slopes) / errors

    null = drawn(4000)
    critical = [np.quantile(ratio(null(each)), 0.95) for each in grid]
    series = drawn(4000)(rho)
    deviations = inference.residuals(series, x)
    beyond = np.interp(inference.ar1_coefficients(deviations), grid, critical)
    rejected = (ratio(series) > beyond).mean()
    assert rejected == pytest.approx(size, abs=4 * sqrt(size * (1 - size) / 2000))


def test_what_is_no_fractional_logit_is_not_simulated() -> None:
    share = np.array(REGIONS["amur"]["share"])
    x, two = np.arange(11.0), np.column_stack([np.arange(11.0), np.arange(11) == 3])
    others = [
        fractional_logit(share, two),
        fractional_logit(share, x, offset=x / 10),
        fractional_logit(share, x, var_weights=1 + x),
        fractional_logit(100 * share, x, family=POISSON),
        fractional_logit(
            share, x, family=sm.families.Binomial(sm.families.links.Probit())
        ),
        fractional_logit(np.where(x == 0, 0.0, share), x),
    ]
    rng = np.random.default_rng(1)
    for fit in others:
        with pytest.raises(ValueError, match="fractional logit of a constant and one"):
            inference.logit_monte_carlo(fit, rng, 9)
    with pytest.raises(ValueError, match="GLM is needed, not RegressionResults"):
        inference.logit_monte_carlo(line(BUMPY, STEPS), rng, 9)
    short = fractional_logit(share[:4], x[:4])
    with pytest.raises(ValueError, match="at least 5 observations, not 4; give rho"):
        inference.logit_monte_carlo(short, rng, 9)
    assert inference.logit_monte_carlo(short, rng, 9, rho=0.5).rho == 0.5
