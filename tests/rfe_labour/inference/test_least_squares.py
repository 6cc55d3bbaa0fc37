"""Straight lines by least squares, against R, statsmodels and by hand."""

from math import sqrt

import numpy as np
import pytest
import statsmodels.api as sm

from rfe_labour import inference
from tests.rfe_labour.inference.series import (
    BUMPY,
    REGIONS,
    SIX_DIGITS,
    STEPS,
    line,
    slope_of,
)


@pytest.mark.parametrize("region", REGIONS)
def test_the_slope_of_log_workers_agrees_with_r(region: str) -> None:
    values = REGIONS[region]
    expected = values["log_ols"]
    y, x = np.log(values["workers"]), np.array(values["years"])
    fitted = slope_of(line(y, x))
    assert fitted["p"] == pytest.approx(expected["hc3_p"], rel=SIX_DIGITS)
    assert fitted[["lower", "upper"]].tolist() == pytest.approx(
        expected["hc3_interval"], rel=SIX_DIGITS
    )
    assert fitted["df"] == len(x) - 2
    for computed, name in (
        (fitted["slope"], "slope"),
        (inference.slopes(y, x), "slope"),
        (fitted["se"], "hc3_se"),
        (inference.hc3_se(y, x), "hc3_se"),
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
    assert float(inference.slopes(y, x)) == pytest.approx(fitted.params[1], rel=1e-9)
    assert float(inference.hc3_se(y, x)) == pytest.approx(fitted.bse[1], rel=1e-9)
    assert float(inference.classical_se(y, x)) == pytest.approx(
        model.fit().bse[1], rel=1e-9
    )
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
    jackknife = ((np.array(without) - inference.slopes(BUMPY, STEPS)) ** 2).sum()
    assert inference.hc3_se(BUMPY, STEPS) ** 2 == pytest.approx(jackknife)
    assert line(BUMPY, STEPS).bse[1] ** 2 == pytest.approx(jackknife)


def test_a_slope_of_four_points_by_hand() -> None:
    # x = -3, -1, 1, 3; y = 0, 2, 0, 2: slope 4/20; residuals -0.4, 1.2, -1.2, 0.4;
    # leverages 0.7 and 0.3; so the HC3 variance is
    # 2 * (9 * (0.4/0.3)^2 + (1.2/0.7)^2) / 400.
    y, x = [0, 2, 0, 2], [-3, -1, 1, 3]
    fitted, variance = slope_of(line(y, x)), 2 * (16 + (12 / 7) ** 2) / 400
    assert [fitted["slope"], inference.slopes(y, x)] == pytest.approx([0.2, 0.2])
    assert fitted["se"] ** 2 == pytest.approx(variance)
    assert inference.hc3_se(y, x) ** 2 == pytest.approx(variance)
    # t(2) has closed quantiles: P(|t| > q) = 1 - q / sqrt(2 + q^2).
    ratio = 0.2 / sqrt(variance)
    assert fitted["p"] == pytest.approx(1 - ratio / sqrt(2 + ratio**2))


def test_three_years_are_the_fewest_that_can_be_judged() -> None:
    three = line([1.0, 4.0, 2.0], [2000, 2001, 2002])
    for fitted in (slope_of(three), slope_of(inference.ewc(three))):
        assert fitted["df"] == 1
        assert fitted["slope"] == pytest.approx(0.5)
    assert inference.kendall([1, 4, 2], [2000, 2001, 2002]).p == 1


def weighted_by(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Make weights of twenty series of fourteen years, of each at least six in use."""
    if kind == "positive":
        return rng.uniform(0.2, 3.0, (20, 14))
    used = rng.permuted(np.tile(np.arange(14) < 6, (20, 1)), axis=1)
    return np.where(used, 1.0, rng.integers(0, 2, (20, 14)))


@pytest.mark.parametrize("kind", ["positive", "used or not"])
def test_weighted_lines_agree_with_statsmodels_series_by_series(kind: str) -> None:
    rng = np.random.default_rng(12)
    y, x = rng.normal(size=(20, 14)), rng.uniform(1990, 2010, (20, 14))
    weights = weighted_by(kind, rng)
    slopes = inference.slopes(y, x, weights)
    errors = inference.residuals(y, x, weights)
    for row in range(20):
        design = sm.add_constant(x[row] - x[row].mean())
        fitted = sm.WLS(y[row], design, weights=weights[row]).fit()
        assert slopes[row] == pytest.approx(fitted.params[1], rel=1e-9)
        assert errors[row] == pytest.approx(fitted.resid, abs=1e-9)


def test_one_regressor_serves_all_series_with_weights_of_their_own() -> None:
    weights = np.ones((3, 8))
    weights[1, 2] = weights[2, :3] = 0
    slopes = inference.slopes(BUMPY, STEPS, weights)
    alone = [
        line(BUMPY, STEPS).params[1],
        line(np.delete(BUMPY, 2), np.delete(STEPS, 2)).params[1],
        line(BUMPY[3:], STEPS[3:]).params[1],
    ]
    assert slopes == pytest.approx(alone)


def test_the_t_of_each_of_many_series_is_that_of_statsmodels() -> None:
    x = np.arange(1995.0, 2006.0)
    many = 0.05 * (x - 2000) + np.random.default_rng(4).standard_normal((5, 11))
    expected = [line(y, x).get_robustcov_results("HC3").tvalues[1] for y in many]
    assert inference.hc3_t(many, x) == pytest.approx(expected, rel=1e-9)
