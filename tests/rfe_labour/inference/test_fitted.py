"""Results of statsmodels with another covariance, against loops and closed forms."""

from collections.abc import Callable
from math import atan, cos, inf, pi, sqrt, tan
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.othermod.betareg import BetaModel
from statsmodels.regression.linear_model import OLSResults

from rfe_labour import inference
from tests.rfe_labour.inference.series import BUMPY, STEPS, line, slope_of

BUMPS = pd.DataFrame(
    {
        "y": BUMPY,
        "year": 1994 + STEPS.astype(int),
        "late": np.array([0, 0, 0, 1, 1, 1, 1, 1.0]),
    },
    index=pd.Index([f"row {number}" for number in range(8)]),
)
DESIGNS = {
    "mean": np.ones((8, 1)),
    "line": np.column_stack([np.ones(8), STEPS]),
    "line and step": np.column_stack([np.ones(8), STEPS, BUMPS["late"]]),
}


def ewc_by_loops(y: np.ndarray, design: np.ndarray, terms: int) -> np.ndarray:
    """Follow equation (10) of Lazarus et al., term by term, for all coefficients."""
    n, k = design.shape
    coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
    omega = np.zeros((k, k))
    for j in range(1, terms + 1):
        projection = np.zeros(k)
        for t in range(n):
            error = y[t] - sum(design[t, i] * coefficients[i] for i in range(k))
            weight = sqrt(2 / n) * cos(pi * j * (t + 1 - 0.5) / n)
            projection += weight * error * design[t]
        omega += np.outer(projection, projection) / terms
    moment = np.linalg.inv(design.T @ design / n)
    return moment @ omega @ moment / n


def t_quantile(probability: float, degrees: int) -> float:
    """Invert Student's t in closed form: P(|t| <= q) = probability, for 1 or 2."""
    if degrees == 1:
        return tan(probability * pi / 2)
    return probability * sqrt(2 / (1 - probability**2))


def t_p_value(ratio: float, degrees: int) -> float:
    """Give P(|t| > ratio) in closed form, for 1 or 2 degrees of freedom."""
    if degrees == 1:
        return 1 - 2 / pi * atan(ratio)
    return 1 - ratio / sqrt(2 + ratio**2)


@pytest.mark.parametrize("terms", [1, 2, 3, 5])
@pytest.mark.parametrize("name", DESIGNS)
def test_the_ewc_covariance_is_the_formula_written_out_in_loops(
    name: str, terms: int
) -> None:
    fit = sm.OLS(BUMPY, DESIGNS[name]).fit()
    judged = inference.ewc(fit, degrees=terms)
    expected = ewc_by_loops(BUMPY, DESIGNS[name], terms)
    np.testing.assert_allclose(judged.cov_params(), expected, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(judged.bse, np.sqrt(np.diag(expected)), rtol=1e-9)
    np.testing.assert_array_equal(judged.params, fit.params)


def test_ewc_chooses_its_degrees_of_freedom_by_the_number_of_observations() -> None:
    for n, degrees in ((3, 1), (7, 1), (8, 2)):
        fit = line(BUMPY[:n], STEPS[:n])
        assert slope_of(inference.ewc(fit))["df"] == degrees


@pytest.mark.parametrize("degrees", [1, 2])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_ewc_judges_everything_by_t_with_its_own_degrees_of_freedom(
    degrees: int, level: float
) -> None:
    design = DESIGNS["line"]
    covariance = ewc_by_loops(BUMPY, design, degrees)
    quantile = t_quantile(level, degrees)
    judged = inference.ewc(line(BUMPY, STEPS), degrees)
    value, se = judged.params, np.sqrt(np.diag(covariance))
    ends = np.column_stack([value - quantile * se, value + quantile * se])
    p_values = [t_p_value(abs(ratio), degrees) for ratio in value / se]

    alpha = 1 - level
    np.testing.assert_allclose(judged.conf_int(alpha=alpha), ends)
    np.testing.assert_allclose(judged.pvalues, p_values)
    np.testing.assert_allclose(judged.tvalues, value / se)

    contrast = judged.t_test([[0, 1]])
    np.testing.assert_allclose(contrast.conf_int(alpha=alpha), ends[[1]])
    assert contrast.pvalue == pytest.approx(p_values[1])
    assert contrast.df_denom == degrees
    joint = judged.t_test([[1, 4.5]])
    assert joint.sd.item() ** 2 == pytest.approx(
        np.array([1, 4.5]) @ covariance @ [1, 4.5]
    )

    for rows in (None, [[1, 20.0], [1, -3.0]]):
        at = design if rows is None else np.array(rows)
        mean = at @ value
        margin = [quantile * sqrt(row @ covariance @ row) for row in at]
        band = judged.get_prediction(rows).summary_frame(alpha=alpha)
        np.testing.assert_allclose(band["mean"], mean)
        np.testing.assert_allclose(band["mean_ci_lower"], mean - margin)
        np.testing.assert_allclose(band["mean_ci_upper"], mean + margin)

    row = slope_of(judged, level)
    assert row.tolist() == pytest.approx(
        [value[1], se[1], degrees, *ends[1], p_values[1]]
    )


def test_statsmodels_uses_the_covariance_and_degrees_of_freedom_it_is_given() -> None:
    # `rfe_labour.inference.fitted` rests on these attributes, which statsmodels 0.15.0
    # sets itself for clustered errors but does not document. Should this fail, look up
    # in statsmodels.base.model what has taken their place.
    fit = sm.OLS(BUMPY, DESIGNS["line"]).fit()
    changed = OLSResults(fit.model, fit.params, fit.normalized_cov_params, fit.scale)
    changed.cov_params_default = np.diag([4.0, 0.25])
    changed.df_resid_inference = 2
    assert changed.cov_params().tolist() == [[4, 0], [0, 0.25]], "cov_params_default"
    assert changed.bse.tolist() == [2, 0.5], "cov_params_default"
    margin = t_quantile(0.95, 2) * changed.bse
    for what, ends in (
        ("conf_int", changed.conf_int()),
        ("t_test", changed.t_test(np.eye(2)).conf_int()),
    ):
        expected = np.column_stack([fit.params - margin, fit.params + margin])
        np.testing.assert_allclose(
            ends, expected, err_msg=f"df_resid_inference, {what}"
        )
    for what, p_value in (
        ("pvalues", changed.pvalues[1]),
        ("t_test", changed.t_test([0, 1]).pvalue),
    ):
        expected_p = t_p_value(fit.params[1] / 0.5, 2)
        assert p_value == pytest.approx(expected_p), f"df_resid_inference, {what}"


def test_statsmodels_predicts_with_degrees_of_freedom_other_than_its_intervals() -> (
    None
):
    # The trap of statsmodels 0.15.0, here with clustered errors, where 3 clusters leave
    # 2 degrees of freedom. Should this fail, `get_prediction` asks for
    # df_resid_inference, and the class of results that `ewc` makes can go.
    clusters = {"groups": np.array([0, 0, 0, 1, 1, 1, 2, 2])}
    fit = sm.OLS(BUMPY, DESIGNS["line"]).fit(
        cov_type="cluster", cov_kwds=clusters, use_t=True
    )
    half = np.ptp(fit.conf_int()[0]) / 2
    assert half == pytest.approx(t_quantile(0.95, 2) * fit.bse[0])
    at_zero = fit.get_prediction([[1, 0]]).summary_frame()
    shorter = (at_zero["mean_ci_upper"] - at_zero["mean_ci_lower"]).item() / 2
    assert shorter == pytest.approx(2.446911851 * fit.bse[0])  # t with 6


def test_another_covariance_asked_of_an_ewc_result_has_its_own_degrees() -> None:
    hc3 = inference.ewc(line(BUMPY, STEPS)).get_robustcov_results("HC3", use_t=True)
    expected = line(BUMPY, STEPS)
    np.testing.assert_allclose(hc3.conf_int(), expected.conf_int())
    np.testing.assert_allclose(
        hc3.get_prediction().conf_int(), expected.get_prediction().conf_int()
    )


def poisson(**settings: Any) -> Any:
    return smf.glm("y ~ center(year)", BUMPS, family=sm.families.Poisson()).fit(
        **settings
    )


@pytest.mark.parametrize(
    ("judge", "fit"),
    [
        (inference.ewc, lambda: smf.ols("y ~ center(year)", BUMPS).fit()),
        (inference.ewc, lambda: line(BUMPY, STEPS)),
        (inference.ewc, poisson),
        (inference.ewc, lambda: poisson(cov_type="HC0")),
        (inference.glm_hc3, poisson),
        (inference.glm_hc3, lambda: poisson(scale="X2", use_t=True)),
        (inference.glm_hc3, lambda: poisson(cov_type="HC0")),
    ],
)
def test_a_fit_is_judged_anew_and_stays_as_it_was(
    judge: Callable, fit: Callable
) -> None:
    def told(result: Any) -> list:
        band = result.get_prediction().summary_frame()
        parts = [result.params, result.cov_params(), result.pvalues, result.conf_int()]
        arrays = [np.asarray(part).tolist() for part in [*parts, band]]
        return [*arrays, result.cov_type, result.use_t, result.scale, result.df_resid]

    given, untouched = fit(), fit()
    judged = judge(given)
    assert told(given) == told(untouched)
    assert told(judged) != told(given)
    assert told(given) == told(untouched)
    assert judge(judged).bse.tolist() == pytest.approx(judged.bse.tolist())


@pytest.mark.parametrize(
    "judged",
    [
        inference.ewc(smf.ols("y ~ center(year) + late", BUMPS).fit()),
        *(
            judge(
                smf.glm(
                    "y ~ center(year) + late", BUMPS, family=sm.families.Poisson()
                ).fit()
            )
            for judge in (inference.ewc, inference.glm_hc3)
        ),
    ],
    ids=["ewc", "ewc of a GLM", "glm_hc3"],
)
def test_the_results_of_a_formula_keep_their_names(judged: Any) -> None:
    names = ["Intercept", "center(year)", "late"]
    for series in (judged.params, judged.bse, judged.pvalues, judged.tvalues):
        assert isinstance(series, pd.Series)
        assert series.index.tolist() == names
    for frame in (judged.conf_int(), judged.cov_params()):
        assert isinstance(frame, pd.DataFrame)
        assert frame.index.tolist() == names
    band = judged.get_prediction().summary_frame()
    assert band["mean"].tolist() == pytest.approx(judged.fittedvalues.tolist())
    assert judged.fittedvalues.index.tolist() == BUMPS.index.tolist()

    by_name = judged.t_test("late = 0")
    assert by_name.pvalue == pytest.approx(judged.pvalues["late"])
    first = judged.get_prediction(BUMPS[["year", "late"]].head(2)).summary_frame()
    np.testing.assert_allclose(first, band.head(2))


def test_fits_of_arrays_and_of_formulas_centred_or_not_are_judged_alike() -> None:
    design = np.column_stack([BUMPS["year"], np.ones(8)])  # the constant comes last
    lines = [
        smf.ols("y ~ center(year)", BUMPS).fit(),
        smf.ols("y ~ year", BUMPS).fit(),
        sm.OLS(BUMPY, sm.add_constant(STEPS)).fit(),
        sm.OLS(BUMPS["y"], sm.add_constant(BUMPS["year"])).fit(),
        sm.OLS(BUMPY, design).fit(),
        smf.ols("y ~ year", BUMPS.astype({"y": "Float64", "year": "Int64"})).fit(),
    ]
    counts = [
        smf.glm(formula, BUMPS, family=sm.families.Poisson()).fit(tol=1e-13)
        for formula in ("y ~ center(year)", "y ~ year")
    ]
    counts += [
        sm.GLM(BUMPY, exog, family=sm.families.Poisson()).fit(tol=1e-13)
        for exog in (sm.add_constant(STEPS), design)
    ]
    for fits, judge in ((lines, inference.ewc), (counts, inference.glm_hc3)):
        rows = inference.compare({str(i): judge(fit) for i, fit in enumerate(fits)})
        for row in range(1, len(rows)):
            np.testing.assert_allclose(rows.iloc[row], rows.iloc[0], rtol=1e-7)
    for fit in lines:
        y, x = inference.line_of(fit)
        assert y.tolist() == BUMPY.tolist()
        assert (x - x.mean()).tolist() == pytest.approx((STEPS - 4.5).tolist())
        simulated = inference.ar1_monte_carlo(fit, np.random.default_rng(2), 199)
        reference = inference.ar1_monte_carlo(lines[0], np.random.default_rng(2), 199)
        assert simulated.p == reference.p
        assert simulated.rho == pytest.approx(reference.rho)


def test_a_missing_year_is_no_gap_for_the_cosines_but_one_for_the_slope() -> None:
    gap = BUMPS.drop(index="row 3")
    judged = inference.ewc(smf.ols("y ~ year", gap).fit())
    years = gap["year"].to_numpy(dtype=float)
    design = np.column_stack([np.ones(7), years - years.mean()])
    expected = ewc_by_loops(gap["y"].to_numpy(), design, 1)
    assert judged.bse["year"] ** 2 == pytest.approx(expected[1, 1])
    assert judged.params["year"] == pytest.approx(np.polyfit(years, gap["y"], 1)[0])


def test_ewc_refuses_residuals_that_its_terms_do_not_see() -> None:
    # Residuals that change sign when time is reversed have scores that do not, and the
    # first cosine does. At n = 5 it is the only term.
    odd = [1.0, 0.0, 0.0, 0.0, -1.0]
    for first in (0, 2000):
        fit = line(odd, first + np.arange(5))
        with pytest.raises(ValueError, match="invisible to the cosine terms"):
            inference.ewc(fit)
        assert inference.ewc(fit, degrees=2).bse[1] > 0


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e9])
def test_a_standard_error_is_small_or_large_with_the_unit_of_the_outcome(
    unit: float,
) -> None:
    se = inference.ewc(line(BUMPY, STEPS)).bse
    scaled = inference.ewc(line(unit * BUMPY, STEPS)).bse
    np.testing.assert_allclose(scaled, unit * se)


@pytest.mark.filterwarnings("ignore")  # statsmodels, about the collinear regressors
def test_a_fit_that_ewc_cannot_judge_is_refused() -> None:
    fit = line(BUMPY, STEPS)
    for degrees in (0, -1, 7):
        with pytest.raises(ValueError, match=f"from 1 to 6 terms .* not {degrees}"):
            inference.ewc(fit, degrees=degrees)
    collinear = sm.OLS(BUMPY, np.column_stack([DESIGNS["line"], 2 * STEPS])).fit()
    with pytest.raises(ValueError, match="regressors are collinear"):
        inference.ewc(collinear)


OTHERS = {
    "GLM": poisson,
    "WLS": lambda: sm.WLS(BUMPY, DESIGNS["line"], weights=STEPS).fit(),
    "OLS": lambda: sm.OLS(BUMPY, DESIGNS["line"]),
    "DataFrame": lambda: BUMPS,
}


@pytest.mark.parametrize(
    ("function", "name"),
    [(inference.line_of, name) for name in OTHERS]
    + [(inference.ewc, name) for name in OTHERS if name != "GLM"],
)
def test_what_least_squares_has_not_fitted_is_refused(
    function: Callable, name: str
) -> None:
    with pytest.raises(ValueError, match=f"fitted statsmodels OLS is .* not {name}"):
        function(OTHERS[name]())


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("y ~ year + late", "not Intercept, year, late"),
        ("y ~ year - 1", "not year"),
        ("y ~ 1", "not Intercept"),
        ("y ~ year + late - 1", "not year, late"),
    ],
)
def test_what_is_no_straight_line_is_refused(formula: str, told: str) -> None:
    fit = smf.ols(formula, BUMPS).fit()
    with pytest.raises(ValueError, match=rf"one regressor are needed, {told}\."):
        inference.line_of(fit)


def test_models_stand_side_by_side_in_the_order_given() -> None:
    fit = line(BUMPY, STEPS)
    table = inference.compare({"ols": fit, "ewc": inference.ewc(fit)}, level=0.9)
    assert table.index.tolist() == ["ols", "ewc"]
    assert table.index.name == "method"
    assert table.columns.tolist() == ["slope", "se", "df", "lower", "upper", "p"]
    assert set(table.dtypes) == {np.dtype("float64")}
    assert table["df"].tolist() == [6, 2]
    for name, quantile in (("ols", 1.943180281), ("ewc", t_quantile(0.9, 2))):
        row = table.loc[name]
        margin = quantile * row["se"]
        assert [row["lower"], row["upper"]] == pytest.approx(
            [row["slope"] - margin, row["slope"] + margin]
        )


def test_a_model_judged_by_the_normal_distribution_has_infinite_degrees() -> None:
    normal = sm.OLS(BUMPY, DESIGNS["line"]).fit(cov_type="HC3")
    row = slope_of(normal)
    assert row["df"] == inf
    assert row["upper"] - row["slope"] == pytest.approx(1.959963985 * row["se"])
    # P(|z| > 2) = 0.0455002639, by moving the slope to two standard errors.
    shift = (row["slope"] - 2 * row["se"]) * STEPS
    two = sm.OLS(BUMPY - shift, DESIGNS["line"]).fit(cov_type="HC3")
    assert slope_of(two)["p"] == pytest.approx(0.0455002639)


def test_a_median_slope_has_an_interval_but_no_standard_error() -> None:
    median = inference.theil_sen(BUMPY, STEPS, level=0.8)
    fits = {"line": line(BUMPY, STEPS), "median": median}
    row = inference.compare(fits, level=0.95).loc["median"]
    told = [median.value, median.lower, median.upper]
    assert row[["slope", "lower", "upper"]].tolist() == told
    assert row[["se", "df", "p"]].isna().all()


def test_the_slope_of_a_beta_regression_is_not_its_precision() -> None:
    fit = BetaModel(BUMPY / 10, DESIGNS["line"]).fit(disp=False)
    row = slope_of(fit)
    assert row["slope"] == fit.params[1]
    assert row["df"] == inf
    assert row["upper"] - row["slope"] == pytest.approx(1.959963985 * row["se"])


def test_one_of_several_slopes_is_named() -> None:
    fit = smf.ols("y ~ year + late", BUMPS).fit()
    with pytest.raises(ValueError, match=r"has 2 slopes: name one of .* year, late"):
        inference.compare({"two": fit})
    both = {"two": fit, "one": smf.ols("y ~ late", BUMPS).fit()}
    late = inference.compare(both, term="late")
    assert late.loc["two", "slope"] == fit.params["late"]
    assert late.loc["two", "se"] == fit.bse["late"]
    constant = inference.compare({"two": fit}, term="Intercept")
    assert constant.loc["two", "slope"] == fit.params["Intercept"]
    with pytest.raises(ValueError, match="No coefficient is called year; there are"):
        inference.compare(both, term="year")
    mean = smf.ols("y ~ 1", BUMPS).fit()
    with pytest.raises(ValueError, match=r"has 0 slopes: name one of .* Intercept as"):
        inference.compare({"mean": mean})


@pytest.mark.filterwarnings("ignore")  # statsmodels and NumPy, about these fits
@pytest.mark.parametrize(
    "fit",
    [
        lambda: sm.OLS([1, np.nan, 4, 5], DESIGNS["line"][:4]).fit(),
        lambda: sm.OLS([1.0, 2.0], DESIGNS["line"][:2]).fit(),
        lambda: sm.OLS(np.zeros(8), DESIGNS["line"]).fit(),
    ],
    ids=["a missing value", "two points", "all 0"],
)
def test_a_slope_without_a_standard_error_is_not_compared(fit: Callable) -> None:
    with pytest.raises(ValueError, match="cannot be judged"):
        inference.compare({"line": fit()})
