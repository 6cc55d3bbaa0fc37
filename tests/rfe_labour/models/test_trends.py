"""The trend of the workers of one region."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats

from rfe_labour import inference, tables
from rfe_labour.data import load
from rfe_labour.models import series_trend, trends

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "models.json").read_text()
)
REGIONS = list(REFERENCE["trends"])
SIX_DIGITS = 1e-6

Fits = dict[str, dict[str, Any]]
Regions = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def whole() -> Regions:
    """The table of each region, with the year as a column."""
    return tables.regions()


def counted(workers: list[int], first_year: int = 1995) -> pd.DataFrame:
    """Make a table that has workers alone."""
    years = range(first_year, first_year + len(workers))
    return pd.DataFrame({"year": years, "workers": workers})


courses = st.lists(st.integers(1, 20_000), min_size=5, max_size=14).filter(
    lambda course: len(set(course)) > 2
)


def by_r(region: str) -> dict[str, Any]:
    values: dict[str, Any] = REFERENCE["trends"][region]
    return values


def slope_of(fits: dict[str, Any], method: str) -> pd.Series:
    return inference.compare(fits).loc[method]


@pytest.mark.parametrize("region", REGIONS)
def test_log_ols_equals_lm_and_sandwich_of_r(trend_fits: Fits, region: str) -> None:
    own, expected = trend_fits[region]["log_ols"], by_r(region)["log_ols"]
    covariance = np.array(expected["hc3_covariance"]).reshape(2, 2)
    np.testing.assert_allclose(own.cov_params(), covariance, rtol=SIX_DIGITS)
    coefficients = [expected["intercept"], expected["slope"]]
    assert own.params.tolist() == pytest.approx(coefficients, rel=SIX_DIGITS)
    row = slope_of(trend_fits[region], "log_ols")
    keys = ["slope", "hc3_se", "hc3_lower", "hc3_upper", "hc3_p"]
    assert row.drop("df").tolist() == pytest.approx(
        [expected[key] for key in keys], rel=SIX_DIGITS
    )


@pytest.mark.parametrize("region", REGIONS)
def test_quasi_poisson_equals_glm_and_sandwich_of_r(
    trend_fits: Fits, region: str
) -> None:
    own, expected = trend_fits[region], by_r(region)["quasi_poisson"]
    plain, hc3 = own["quasi_poisson"], own["quasi_poisson_hc3"]
    coefficients = [expected["intercept"], expected["slope"]]
    for fit in (plain, hc3):
        assert fit.params.tolist() == pytest.approx(coefficients, rel=SIX_DIGITS)
        assert fit.scale == pytest.approx(expected["dispersion"], rel=SIX_DIGITS)
        assert inference.dispersion(fit) == pytest.approx(fit.scale)
    assert plain.bse.iloc[1] == pytest.approx(expected["se"], rel=SIX_DIGITS)
    covariance = np.array(expected["hc3_covariance"]).reshape(2, 2)
    np.testing.assert_allclose(hc3.cov_params(), covariance, rtol=SIX_DIGITS)
    row = slope_of(own, "quasi_poisson_hc3")
    keys = ["hc3_se", "hc3_lower", "hc3_upper", "hc3_p"]
    assert row[["se", "lower", "upper", "p"]].tolist() == pytest.approx(
        [expected[key] for key in keys], rel=SIX_DIGITS
    )


@pytest.mark.parametrize("region", REGIONS)
def test_negative_binomial_equals_glm_nb_of_r(trend_fits: Fits, region: str) -> None:
    own, expected = trend_fits[region], by_r(region)["negative_binomial"]
    alpha = own["negative_binomial"].model.family.alpha
    row = slope_of(own, "negative_binomial")
    assert [row["slope"], row["se"], alpha] == pytest.approx(
        [expected[key] for key in ("slope", "se", "alpha")], rel=SIX_DIGITS
    )


@pytest.mark.parametrize("region", REGIONS)
def test_negative_binomial_is_near_the_joint_maximum_of_statsmodels(
    trend_fits: Fits, whole: Regions, region: str
) -> None:
    years = whole[region]["year"].to_numpy(dtype=float)
    design = sm.add_constant(years - years.mean())
    model = sm.NegativeBinomial(whole[region]["workers"].to_numpy(), design)
    joint = model.fit(disp=0, maxiter=500).params
    nb2 = trend_fits[region]["negative_binomial"]
    own = [nb2.params.iloc[1], nb2.model.family.alpha]
    assert own == pytest.approx(joint[1:], rel=1e-4)


@pytest.mark.parametrize("region", REGIONS)
def test_the_rank_statistics_equal_those_of_r(whole: Regions, region: str) -> None:
    workers, years = whole[region]["workers"], whole[region]["year"]
    expected = by_r(region)
    median, rank = (
        inference.theil_sen(workers, years),
        inference.kendall(workers, years),
    )
    assert [median.value, rank.tau, rank.p] == pytest.approx(
        [expected[key] for key in ("theil_sen", "tau", "p")]
    )


@pytest.mark.parametrize("region", REGIONS)
def test_the_median_slope_of_logs_is_that_of_scipy(whole: Regions, region: str) -> None:
    table = whole[region]
    row = trends.slopes(table, 0.95, 1, 9).loc["log_theil_sen"]
    theirs = stats.theilslopes(np.log(table["workers"]), table["year"])
    assert row[["slope", "lower", "upper"]].tolist() == pytest.approx(
        [theirs.slope, theirs.low_slope, theirs.high_slope]
    )


def test_every_method_is_judged_by_t_and_most_by_n_less_2(
    whole: Regions, trend_fits: Fits
) -> None:
    for region, table in whole.items():
        slopes = trends.slopes(table, 0.9, 1, 99)
        assert slopes.index.tolist() == [
            "ar1",
            "ewc",
            "log_ols",
            "quasi_poisson",
            "quasi_poisson_hc3",
            "negative_binomial",
            "log_theil_sen",
        ]
        by_t = slopes.drop(index=["ar1", "log_theil_sen"])
        fits = {name: trend_fits[region][name] for name in by_t.index}
        pd.testing.assert_frame_equal(by_t, inference.compare(fits, level=0.9))
        assert by_t["df"].to_dict() == dict.fromkeys(by_t.index, len(table) - 2) | {
            "ewc": 2
        }
        margin = stats.t.ppf(0.95, by_t["df"]) * by_t["se"]
        np.testing.assert_allclose(by_t["lower"], by_t["slope"] - margin)
        np.testing.assert_allclose(by_t["upper"], by_t["slope"] + margin)
        p_values = 2 * stats.t.sf(np.abs(by_t["slope"] / by_t["se"]), by_t["df"])
        np.testing.assert_allclose(by_t["p"], p_values)


def test_the_calibrated_interval_is_around_the_slope_and_has_its_own_p_value(
    whole: Regions,
) -> None:
    table = whole["amur"]
    slopes = trends.slopes(table, 0.95, 7, 299)
    ar1, hc3 = slopes.loc["ar1"], slopes.loc["log_ols"]
    line = trends.fits(table)["log_ols"]
    simulated = inference.ar1_monte_carlo(line, np.random.default_rng(7), 299)
    assert [ar1["slope"], ar1["se"]] == pytest.approx([hc3["slope"], hc3["se"]])
    margin = np.sort(simulated.ratios)[-15] * hc3["se"]  # 15 are 5 % of 300
    assert [ar1["lower"], ar1["upper"]] == pytest.approx(
        [hc3["slope"] - margin, hc3["slope"] + margin]
    )
    assert ar1["p"] == series_trend.p_values(line, 7, 299)["ar1"]


@pytest.mark.parametrize("region", REGIONS)
def test_the_curve_is_the_line_with_its_hc3_band(
    trend_fits: Fits, whole: Regions, region: str
) -> None:
    expected = by_r(region)["log_ols"]
    x = whole[region]["year"] - whole[region]["year"].mean()
    line = expected["intercept"] + expected["slope"] * x
    v = np.array(expected["hc3_covariance"]).reshape(2, 2)
    variance = v[0, 0] + 2 * x * v[0, 1] + x**2 * v[1, 1]
    margin = stats.t.ppf(0.975, len(x) - 2) * np.sqrt(variance)
    band = trend_fits[region]["log_ols"].get_prediction().summary_frame()
    for column, curve in (
        ("mean", line),
        ("mean_ci_lower", line - margin),
        ("mean_ci_upper", line + margin),
    ):
        np.testing.assert_allclose(np.exp(band[column]), np.exp(curve), rtol=1e-6)


@pytest.mark.parametrize("region", REGIONS)
def test_each_refit_is_a_line_through_the_years_that_it_keeps(
    whole: Regions, region: str
) -> None:
    table = whole[region]
    refits = trends.refit(table)
    kept = len(table) - 5 + 1
    assert refits["change"].value_counts().to_dict() == {
        "leave_one_out": len(table),
        "first_year_moved": kept,
        "last_year_moved": kept,
    }
    for row in refits.itertuples():
        rest = table[table["year"].between(row.first_year, row.last_year)]
        if not pd.isna(row.left_out):
            rest = rest[rest["year"] != row.left_out]
        assert row.years == len(rest)
        slope = np.polyfit(rest["year"] - 2000, np.log(rest["workers"]), 1)[0]
        median = stats.theilslopes(rest["workers"], rest["year"]).slope
        assert [row.log_ols, row.theil_sen] == pytest.approx([slope, median])


def test_the_ranges_of_amur_are_those_of_its_refits_one_by_one(whole: Regions) -> None:
    table = whole["amur"]
    found = series_trend.ranges(trends.refit(table), "log_ols")
    years, logs = table["year"].to_numpy() - 2000, np.log(table["workers"]).to_numpy()
    without = [
        np.polyfit(np.delete(years, i), np.delete(logs, i), 1)[0] for i in range(11)
    ]
    later = [np.polyfit(years[i:], logs[i:], 1)[0] for i in range(7)]
    earlier = [np.polyfit(years[: 11 - i], logs[: 11 - i], 1)[0] for i in range(7)]
    for change, slopes, first in (
        ("leave_one_out", without, 1995),
        ("first_year_moved", later, 1995),
        ("last_year_moved", earlier, None),
    ):
        row = found.loc[change]
        assert [row["lower"], row["upper"]] == pytest.approx([min(slopes), max(slopes)])
        ends = [int(np.argmin(slopes)), int(np.argmax(slopes))]
        told = [2005 - i if first is None else first + i for i in ends]
        assert [row["lower_year"], row["upper_year"]] == told
    assert found.loc["leave_one_out", "upper_year"] == 1995


def named(table: pd.DataFrame, what: str = "") -> dict[str, float]:
    """Take what a table holds, by the names of its rows and columns."""
    return {
        f"{row}{what}.{column}": table.loc[row, column]
        for row in table.index
        for column in table.columns
        if not pd.isna(table.loc[row, column])
    }


def told(table: pd.DataFrame, seed: int = 1) -> dict[str, float]:
    """Work out what the chapter says of one region, by names."""
    fits = trends.fits(table)
    values, line = named(inference.compare(fits)), fits["log_ols"]
    for test, p in series_trend.p_values(line, seed, 199).items():
        values[f"p.{test}"] = p
    refits = trends.refit(table)
    for slope in ("log_ols", "theil_sen"):
        values |= named(series_trend.ranges(refits, slope), f".{slope}")
    return values | {
        "dispersion": fits["quasi_poisson"].scale,
        "residual_rho": float(inference.lag1_autocorrelation(line.resid)),
        "detectable": series_trend.detectable(line, 0.95),
        "log_theil_sen": inference.theil_sen(
            np.log(table["workers"].astype(float)), table["year"]
        ).value,
        "theil_sen": inference.theil_sen(table["workers"], table["year"]).value,
    }


@pytest.mark.parametrize("window", [(None, None), (1995, 2000), (1999, 2005)])
def test_a_region_and_window_have_one_result_whatever_else_is_read(
    window: tuple[int | None, int | None],
) -> None:
    together = {name: told(table) for name, table in tables.regions(*window).items()}
    for region, facts in (("amur", "table4"), ("primorye", "table1")):
        alone = tables.regional_table(load(facts))
        first, last = window
        assert told(alone.loc[first:last].reset_index()) == together[region]


def test_the_order_of_the_rows_does_not_matter(whole: Regions) -> None:
    table = whole["amur"]
    assert told(table.sample(frac=1, random_state=3)) == told(table)


def test_columns_that_may_have_missing_numbers_make_no_difference(
    whole: Regions,
) -> None:
    table = whole["amur"]
    nullable = table.astype({"year": "Int64", "workers": "Int64"})
    assert told(nullable) == pytest.approx(told(table))


@pytest.mark.parametrize("years", [1, 2, 4])
@pytest.mark.parametrize("function", [trends.fits, trends.refit])
def test_fewer_than_five_years_are_refused(
    function: Any, years: int, whole: Regions
) -> None:
    with pytest.raises(ValueError, match=f"at least 5 years, and there .* {years}:"):
        function(whole["amur"].iloc[:years])


def slopes(table: pd.DataFrame) -> pd.DataFrame:
    return trends.slopes(table, 0.95, 1, 99)


EVERY = [trends.fits, slopes, trends.refit]


@pytest.mark.parametrize("function", EVERY)
def test_a_constant_series_is_refused(function: Any) -> None:
    with pytest.raises(ValueError, match="1,200 in every year"):
        function(counted([1200] * 6))


@pytest.mark.parametrize("function", [trends.fits, slopes])
def test_a_series_without_any_scatter_is_refused(function: Any) -> None:
    with pytest.raises(ValueError, match="exactly on a straight line"):
        function(counted([2**n for n in range(1, 8)]))


@pytest.mark.parametrize("function", EVERY)
@pytest.mark.parametrize("wrong", [0, -3, np.nan, pd.NA])
def test_a_zero_or_a_missing_number_is_refused(function: Any, wrong: float) -> None:
    table = counted([10, 12, 11, 15, 14, 18])
    table["workers"] = table["workers"].astype("Int64" if wrong is pd.NA else "float64")
    table.loc[3, "workers"] = wrong
    with pytest.raises(ValueError, match="workers in 1998 is missing or not above 0"):
        function(table)


@pytest.mark.parametrize("function", EVERY)
def test_a_year_that_is_there_twice_is_refused(function: Any) -> None:
    table = counted([10, 12, 11, 15, 14, 18])
    with pytest.raises(ValueError, match="1996 is there twice"):
        function(pd.concat([table, table.loc[[1]]]))


def test_a_missing_year_keeps_its_distance(whole: Regions) -> None:
    gap = whole["amur"].query("year != 1999")
    own = slopes(gap)
    expected = np.polyfit(gap["year"] - 2000, np.log(gap["workers"]), 1)[0]
    assert own.loc["log_ols", "slope"] == pytest.approx(expected)
    assert own.loc["log_ols", "df"] == 8
    refits = trends.refit(gap)
    assert 1999 not in refits["left_out"].dropna().tolist()
    assert refits["years"].max() == 10


def test_counts_that_vary_less_than_poisson_have_no_alpha() -> None:
    fits = trends.fits(counted([1000, 1001, 999, 1002, 1000, 1001]))
    nb2 = fits["negative_binomial"]
    assert isinstance(nb2.model.family, sm.families.Poisson)
    dispersion = inference.dispersion(fits["quasi_poisson"])
    assert dispersion < 1
    rows = inference.compare(fits)
    poisson_se = rows.loc["quasi_poisson", "se"] / np.sqrt(dispersion)
    assert rows.loc["negative_binomial", "se"] == pytest.approx(poisson_se)
    assert rows.loc["negative_binomial", "df"] == 4


def free_of_unit(values: dict[str, float]) -> dict[str, float]:
    """Keep what the unit of the workers cannot change."""
    return {
        key: value
        for key, value in values.items()
        if not key.startswith(("negative_binomial.", "dispersion", "theil_sen"))
        and ".theil_sen." not in key
    }


@settings(max_examples=12, deadline=None)
@given(course=courses, factor=st.integers(2, 1000))
def test_the_unit_of_the_workers_does_not_matter(
    course: list[int], factor: int
) -> None:
    one, many = told(counted(course)), told(counted([factor * w for w in course]))
    assert free_of_unit(many) == pytest.approx(free_of_unit(one), rel=1e-6, abs=1e-8)
    for key in ("theil_sen", "dispersion"):
        assert many[key] == pytest.approx(factor * one[key])


@settings(max_examples=12, deadline=None)
@given(course=courses, shift=st.integers(-500, 500))
def test_the_calendar_does_not_matter(course: list[int], shift: int) -> None:
    one, later = told(counted(course)), told(counted(course, 1995 + shift))
    for key in one:
        if not key.endswith("year"):
            assert later[key] == pytest.approx(one[key], rel=1e-5, abs=1e-7), key


@settings(max_examples=12, deadline=None)
@given(course=courses)
# Of a series as wild as this, the deviance is steady long before the slope is.
@example(course=[1238, 210, 209, 15830, 2817, 4, 1238])
def test_reversing_time_flips_the_sign(course: list[int]) -> None:
    assume(all(before != after for before, after in pairwise(course)))
    one, back = slopes(counted(course)), slopes(counted(course[::-1]))
    for method in one.index:
        forward, backward = one.loc[method], back.loc[method]
        ends = [-backward["slope"], -backward["upper"], -backward["lower"]]
        assert forward[["slope", "lower", "upper"]].tolist() == pytest.approx(
            ends, rel=1e-5, abs=1e-5
        ), method
        assert backward["p"] == pytest.approx(forward["p"], abs=1e-5, nan_ok=True)
