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

from rfe_labour import article, tables
from rfe_labour.data import load
from rfe_labour.models import trends
from rfe_labour.tables import changes
from tests.rfe_labour.printed_page import WORKERS, by_year

TABLES = {facts.region: facts.table for facts in article.REGIONAL_TABLES.values()}
REGIONS = list(TABLES)
REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "models.json").read_text()
)
SIX_DIGITS = 1e-6


def fit(table: pd.DataFrame, seed: int = 1, replications: int = 199) -> trends.Trend:
    return trends.fit(table, 0.95, np.random.default_rng(seed), replications)


def counted(workers: list[int], first_year: int = 1995) -> pd.DataFrame:
    """Make a table that has workers alone."""
    years = pd.RangeIndex(first_year, first_year + len(workers), name="year")
    return pd.DataFrame({"workers": workers}, index=years)


courses = st.lists(st.integers(1, 20_000), min_size=5, max_size=14).filter(
    lambda course: len(set(course)) > 2
)


def by_r(region: str) -> dict[str, Any]:
    values: dict[str, Any] = REFERENCE["trends"][region]
    return values


@pytest.mark.parametrize("region", REGIONS)
def test_log_ols_equals_lm_and_sandwich_of_r(
    trend_fits: dict[str, trends.Trend], region: str
) -> None:
    own, expected = trend_fits[region].log_ols, by_r(region)["log_ols"]
    found = [own.value, own.se, own.p, own.lower, own.upper]
    keys = ["slope", "hc3_se", "hc3_p", "hc3_lower", "hc3_upper"]
    assert found == pytest.approx([expected[key] for key in keys], rel=SIX_DIGITS)


@pytest.mark.parametrize("region", REGIONS)
def test_quasi_poisson_equals_glm_and_sandwich_of_r(
    trend_fits: dict[str, trends.Trend], region: str
) -> None:
    own, expected = trend_fits[region], by_r(region)["quasi_poisson"]
    found = [own.quasi_poisson.value, own.quasi_poisson.se, own.dispersion]
    found += [own.quasi_poisson_hc3.se, own.quasi_poisson_hc3.p]
    keys = ["slope", "se", "dispersion", "hc3_se", "hc3_p"]
    assert found == pytest.approx([expected[key] for key in keys], rel=SIX_DIGITS)


@pytest.mark.parametrize("region", REGIONS)
def test_negative_binomial_equals_glm_nb_of_r(
    trend_fits: dict[str, trends.Trend], region: str
) -> None:
    own, expected = trend_fits[region], by_r(region)["negative_binomial"]
    found = [own.negative_binomial.value, own.negative_binomial.se, own.alpha]
    keys = ["slope", "se", "alpha"]
    assert found == pytest.approx([expected[key] for key in keys], rel=SIX_DIGITS)


@pytest.mark.parametrize("region", REGIONS)
def test_negative_binomial_is_near_the_joint_maximum_of_statsmodels(
    trend_fits: dict[str, trends.Trend], region: str
) -> None:
    workers = trend_fits[region].workers
    years = workers.index.to_numpy(dtype=float)
    design = sm.add_constant(years - years.mean())
    model = sm.NegativeBinomial(workers.to_numpy(), design)
    joint = model.fit(disp=0, maxiter=500).params
    own = [trend_fits[region].negative_binomial.value, trend_fits[region].alpha]
    assert own == pytest.approx(joint[1:], rel=1e-4)


@pytest.mark.parametrize("region", REGIONS)
def test_the_rank_statistics_equal_those_of_r(
    trend_fits: dict[str, trends.Trend], region: str
) -> None:
    own, expected = trend_fits[region], by_r(region)
    found = [own.theil_sen.value, own.kendall.tau, own.kendall.p]
    assert found == pytest.approx([expected[key] for key in ("theil_sen", "tau", "p")])


@pytest.mark.parametrize(
    ("region", "declines", "steps"),
    [("primorye", 5, 13), ("khabarovsk", 3, 10), ("amur", 4, 10)],
)
def test_year_by_year_is_a_matter_of_counting(
    trend_fits: dict[str, trends.Trend], region: str, declines: int, steps: int
) -> None:
    # Counted on the printed page: Primorye fell in 1993, 1997, 1998, 2000 and 2003.
    values = trends.results(trend_fits[region])
    assert (values["declines"], values["steps"]) == (declines, steps)
    assert values["rises"] == steps - declines


def test_the_steps_name_their_years(trend_fits: dict[str, trends.Trend]) -> None:
    steps = trend_fits["primorye"].steps
    falls = steps.loc[steps["change"] < 0, "to_year"].tolist()
    assert falls == [1993, 1997, 1998, 2000, 2003]
    assert steps["change"].sum() == 5693 - 1779


@pytest.mark.parametrize("region", REGIONS)
def test_the_curve_is_the_line_with_its_hc3_band(
    trend_fits: dict[str, trends.Trend], region: str
) -> None:
    own, expected = trend_fits[region], by_r(region)["log_ols"]
    x = own.curve.index - own.curve.index.to_numpy().mean()
    line = expected["intercept"] + expected["slope"] * x
    v = np.array(expected["hc3_covariance"]).reshape(2, 2)
    variance = v[0, 0] + 2 * x * v[0, 1] + x**2 * v[1, 1]
    margin = stats.t.ppf(0.975, len(x) - 2) * np.sqrt(variance)
    np.testing.assert_allclose(own.curve["fitted"], np.exp(line), rtol=1e-6)
    np.testing.assert_allclose(own.curve["upper"], np.exp(line + margin), rtol=1e-6)
    np.testing.assert_allclose(own.curve["lower"], np.exp(line - margin), rtol=1e-6)


def test_half_of_the_years_lie_above_the_median_line(
    trend_fits: dict[str, trends.Trend],
) -> None:
    for own in trend_fits.values():
        above = (own.workers > own.curve["theil_sen"] + 1e-6).sum()
        below = (own.workers < own.curve["theil_sen"] - 1e-6).sum()
        assert above == below


@pytest.mark.parametrize("region", REGIONS)
def test_each_year_left_out_is_a_fit_without_it(
    trend_fits: dict[str, trends.Trend], region: str
) -> None:
    own = trend_fits[region]
    assert own.leave_one_out["left_out"].tolist() == own.workers.index.tolist()
    for row in own.leave_one_out.itertuples():
        rest = own.workers.drop(row.left_out)
        slope = np.polyfit(rest.index, np.log(rest), 1)[0]
        assert row.log_ols == pytest.approx(slope)
        assert row.theil_sen == pytest.approx(stats.theilslopes(rest, rest.index)[0])


@pytest.mark.parametrize("region", REGIONS)
def test_the_windows_move_one_end_and_keep_five_years(
    trend_fits: dict[str, trends.Trend], region: str
) -> None:
    own = trend_fits[region]
    years = own.workers.index
    for end, kept, fixed in (
        ("first_year", "last_year", years[-1]),
        ("last_year", "first_year", years[0]),
    ):
        part = own.windows[own.windows["moved"] == end]
        assert part["years"].tolist() == list(range(len(years), 4, -1))
        assert (part[kept] == fixed).all()
        assert part["log_ols"].iloc[0] == pytest.approx(own.log_ols.value)


def test_the_detectable_slope_is_noticed_four_times_in_five(
    numbers: dict[str, pd.DataFrame],
) -> None:
    own = fit(numbers["amur"])
    years = own.workers.index.to_numpy(dtype=float)
    x = years - years.mean()
    resid = np.log(own.workers) - np.polyval(np.polyfit(x, np.log(own.workers), 1), x)
    sd = np.sqrt((resid**2).sum() / 9)
    rng = np.random.default_rng(2005)
    y = own.detectable * x + sd * rng.standard_normal((20_000, 11))
    slope = y @ x / (x @ x)
    errors = y - y.mean(axis=1, keepdims=True) - slope[:, None] * x
    t = slope / np.sqrt((errors**2).sum(axis=1) / 9 / (x @ x))
    noticed = (np.abs(t) > stats.t.ppf(0.975, 9)).mean()
    assert noticed == pytest.approx(0.8, abs=0.015)
    assert own.detectable_ar1 > own.detectable


def test_the_p_value_grows_with_the_correlation_that_is_assumed(
    numbers: dict[str, pd.DataFrame],
) -> None:
    logs = np.log(numbers["khabarovsk"]["workers"])
    profile = trends.ar1_profile(logs, np.random.default_rng(5), 1999, (0, 0.4, 0.8))
    assert profile["rho"].tolist() == [0, 0.4, 0.8]
    assert profile["p"].is_monotonic_increasing
    # The simulated HC3 t without correlation is close to Student's.
    by_t = by_r("khabarovsk")["log_ols"]["hc3_p"]
    assert profile["p"].iloc[0] == pytest.approx(by_t, abs=0.015)


def test_holm_is_taken_over_the_regions_for_each_method() -> None:
    p_values = {"a": {"hc3": 0.01, "ar1": 0.5}, "b": {"hc3": 0.04, "ar1": 0.2}}
    adjusted = trends.holm(p_values).set_index(["region", "method"])["holm_p"]
    assert adjusted.to_dict() == pytest.approx(
        {
            ("a", "hc3"): 0.02,
            ("a", "ar1"): 0.5,
            ("b", "hc3"): 0.04,
            ("b", "ar1"): 0.4,
        }
    )
    assert trends.holm_results(trends.holm(p_values))["b.holm.ar1_p"] == 0.4


def test_the_results_are_plain_numbers_under_the_agreed_names(
    trend_fits: dict[str, trends.Trend],
) -> None:
    values = trends.results(trend_fits["amur"])
    agreed = [
        *("log_ols.slope", "log_ols.hc3_se", "log_ols.hc3_p", "log_ols.ewc_p"),
        *("log_ols.ar1_p", "theil_sen.slope", "kendall.tau", "kendall.p"),
        *("quasi_poisson.slope", "quasi_poisson.se", "quasi_poisson.dispersion"),
        *("declines", "steps"),
    ]
    assert set(agreed) <= set(values)
    assert {type(value) for value in values.values()} == {int, float}
    assert values["log_ols.percent"] == pytest.approx(100 * (np.exp(0.0855758735) - 1))
    assert values["leave_one_out.upper_year"] == 1995


def test_the_same_seed_gives_the_same_trend_and_another_seed_the_same_slope(
    numbers: dict[str, pd.DataFrame],
) -> None:
    one, again, other = (fit(numbers["amur"], seed) for seed in (1, 1, 2))
    assert trends.results(one) == trends.results(again)
    assert one.ar1.p != other.ar1.p
    assert one.log_ols == other.log_ols


def test_the_order_of_the_rows_does_not_matter(
    numbers: dict[str, pd.DataFrame],
) -> None:
    table = numbers["amur"]
    shuffled = table.sample(frac=1, random_state=3)
    assert trends.results(fit(shuffled)) == trends.results(fit(table))


@pytest.mark.parametrize("years", [1, 2, 4])
def test_fewer_than_five_years_are_refused(
    years: int, numbers: dict[str, pd.DataFrame]
) -> None:
    with pytest.raises(ValueError, match=f"at least 5 years, and there .* {years}:"):
        fit(numbers["amur"].iloc[:years])


def test_a_constant_series_is_refused() -> None:
    with pytest.raises(ValueError, match="1,200 in every year"):
        fit(counted([1200] * 6))


def test_a_series_without_any_scatter_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly on a straight line"):
        fit(counted([2**n for n in range(1, 8)]))


@pytest.mark.parametrize("wrong", [0, -3, np.nan])
def test_a_zero_or_a_missing_number_is_refused(wrong: float) -> None:
    table = counted([10, 12, 11, 15, 14, 18]).astype("float64")
    table.loc[1998, "workers"] = wrong
    with pytest.raises(ValueError, match="workers in 1998 is missing or not above 0"):
        fit(table)


def test_a_year_that_is_there_twice_is_refused() -> None:
    table = counted([10, 12, 11, 15, 14, 18])
    with pytest.raises(ValueError, match="1996 is there twice"):
        fit(pd.concat([table, table.loc[[1996]]]))


def test_a_missing_year_keeps_its_distance(numbers: dict[str, pd.DataFrame]) -> None:
    gap = numbers["amur"].drop(index=1999)
    own = fit(gap)
    assert own.log_ols.value == pytest.approx(
        np.polyfit(gap.index, np.log(gap["workers"]), 1)[0]
    )
    assert own.steps.loc[3].tolist() == [1998, 2000, 2698 - 1400]
    assert len(own.steps) == 9


def test_counts_that_vary_less_than_poisson_have_no_alpha() -> None:
    own = fit(counted([1000, 1001, 999, 1002, 1000, 1001]))
    assert own.alpha == 0
    assert own.dispersion < 1
    poisson_se = own.quasi_poisson.se / np.sqrt(own.dispersion)
    assert own.negative_binomial.se == pytest.approx(poisson_se)


def free_of_unit(values: dict[str, int | float]) -> dict[str, float]:
    """Keep what the unit of the workers cannot change."""
    return {
        key: value
        for key, value in values.items()
        if key.startswith(("log_", "kendall", "leave_one_out.", "residual", "declines"))
        and "theil_sen" not in key.removeprefix("log_theil_sen")
    }


@settings(max_examples=25)
@given(course=courses, factor=st.integers(2, 1000))
def test_the_unit_of_the_workers_does_not_matter(
    course: list[int], factor: int
) -> None:
    one = fit(counted(course))
    many = fit(counted([factor * workers for workers in course]))
    assert free_of_unit(trends.results(many)) == pytest.approx(
        free_of_unit(trends.results(one)), rel=1e-6, abs=1e-8
    )
    assert many.theil_sen.value == pytest.approx(factor * one.theil_sen.value)
    assert many.quasi_poisson.value == pytest.approx(one.quasi_poisson.value, abs=1e-8)
    assert many.dispersion == pytest.approx(factor * one.dispersion)


@settings(max_examples=25)
@given(course=courses, shift=st.integers(-500, 500))
def test_the_calendar_does_not_matter(course: list[int], shift: int) -> None:
    one = trends.results(fit(counted(course)))
    later = trends.results(fit(counted(course, 1995 + shift)))
    for key in one:
        if not key.endswith("year"):
            assert later[key] == pytest.approx(one[key], rel=1e-5, abs=1e-7), key


@settings(max_examples=25)
@given(course=courses)
# Of a series as wild as this, the deviance is steady long before the slope is.
@example(course=[1238, 210, 209, 15830, 2817, 4, 1238])
def test_reversing_time_flips_the_sign(course: list[int]) -> None:
    assume(all(before != after for before, after in pairwise(course)))
    one, back = fit(counted(course)), fit(counted(course[::-1]))
    for name in ("log_ols", "quasi_poisson", "negative_binomial", "theil_sen"):
        forward, backward = getattr(one, name), getattr(back, name)
        ends = [-backward.value, -backward.upper, -backward.lower]
        assert [forward.value, forward.lower, forward.upper] == pytest.approx(
            ends, rel=1e-5, abs=1e-5
        ), name
    assert back.kendall.tau == pytest.approx(-one.kendall.tau)
    assert back.kendall.p == pytest.approx(one.kendall.p)
    assert back.ewc.p == pytest.approx(one.ewc.p, abs=1e-8)
    assert (back.steps["change"] < 0).sum() == (one.steps["change"] > 0).sum()


def test_the_sum_of_the_regions_is_that_of_the_printed_rows() -> None:
    rows = {name: by_year(*WORKERS[name]) for name in ("table1", "table3", "table4")}
    expected = [
        sum(int(row[year].replace(",", "")) for row in rows.values())
        for year in range(1995, 2006)
    ]
    numbers = {name: tables.regional_table(load(name)) for name in rows}
    total = changes.regional_sum(numbers)
    assert total.index.tolist() == list(range(1995, 2006))
    assert total.tolist() == expected
    # By hand: 7075 5790 5729 4599 6063 5430 6297 7274 7271 8369 11126.
    assert changes.regional_sum_results(total) == {
        "together.first_year": 1995,
        "together.last_year": 2005,
        "together.steps": 10,
        "together.declines": 5,
        "together.declining_years": "1996, 1997, 1998, 2000, 2003",
    }
