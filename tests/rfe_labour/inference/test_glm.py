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
from scipy import stats
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


@pytest.mark.filterwarnings("ignore")  # NumPy, about steps beyond all numbers
def test_a_model_without_a_maximum_is_refused() -> None:
    # Shares of nought and one that a year parts have a likelihood without a maximum.
    parted = np.array([1e-300, 1e-300, 1 - 1e-16, 1 - 1e-16])
    with pytest.raises(ValueError, match="did not converge"):
        inference.glm_slopes(parted, np.arange(4.0), "logit")
