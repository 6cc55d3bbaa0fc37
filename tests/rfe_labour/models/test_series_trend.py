"""What the trend of a count and that of a share have in common."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from rfe_labour import inference
from rfe_labour.models import series_trend
from rfe_labour.models.series_trend import p_values

R = json.loads((Path(__file__).parents[2] / "reference" / "models.json").read_text())[
    "trends"
]
REGIONS = list(R)


@pytest.fixture
def lines(trend_fits: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {region: fits["log_ols"] for region, fits in trend_fits.items()}


@pytest.mark.parametrize("region", REGIONS)
def test_the_p_values_stand_by_the_names_of_their_tests(
    lines: dict[str, Any], trend_fits: dict[str, dict[str, Any]], region: str
) -> None:
    found = p_values(lines[region], 7, 299)
    assert list(found) == ["ar1", "ewc", "hc3", "kendall"]
    assert {type(p) for p in found.values()} == {float}
    assert found["hc3"] == pytest.approx(R[region]["log_ols"]["hc3_p"], rel=1e-6)
    assert found["kendall"] == pytest.approx(R[region]["p"], rel=1e-6)
    # P(|t| > q) of Student's t with 2 degrees of freedom.
    ratio = abs(trend_fits[region]["ewc"].tvalues.iloc[1])
    assert found["ewc"] == pytest.approx(1 - ratio / np.sqrt(2 + ratio**2))
    simulated = inference.ar1_monte_carlo(lines[region], np.random.default_rng(7), 299)
    assert found["ar1"] == simulated.p


def test_a_p_value_does_not_depend_on_what_else_was_judged(
    lines: dict[str, Any],
) -> None:
    alone = p_values(lines["amur"], 1992, 499)
    forward = {name: p_values(line, 1992, 499) for name, line in lines.items()}
    backward = {
        name: p_values(lines[name], 1992, 499) for name in reversed(list(lines))
    }
    assert forward == backward
    assert forward["amur"] == alone


def test_another_seed_changes_the_simulated_p_value_alone(
    lines: dict[str, Any],
) -> None:
    one, other = (p_values(lines["amur"], seed, 499) for seed in (1, 2))
    changed = {name for name in one if one[name] != other[name]}
    assert changed == {"ar1"}


def test_the_p_value_grows_with_the_correlation_that_is_assumed(
    lines: dict[str, Any],
) -> None:
    by_rho = [
        inference.ar1_monte_carlo(
            lines["khabarovsk"], np.random.default_rng(5), 1999, rho
        ).p
        for rho in (0, 0.4, 0.8)
    ]
    assert by_rho == sorted(by_rho)
    # The simulated HC3 t without correlation is close to Student's.
    by_t = R["khabarovsk"]["log_ols"]["hc3_p"]
    assert by_rho[0] == pytest.approx(by_t, abs=0.015)


def test_the_detectable_slope_is_noticed_four_times_in_five(
    lines: dict[str, Any], numbers: dict[str, pd.DataFrame]
) -> None:
    logs = np.log(numbers["amur"]["workers"])
    x = logs.index.to_numpy(dtype=float) - 2000
    sd = np.sqrt(((logs - np.polyval(np.polyfit(x, logs, 1), x)) ** 2).sum() / 9)
    rng = np.random.default_rng(2005)
    detectable = series_trend.detectable(lines["amur"], 0.95)
    y = detectable * x + sd * rng.standard_normal((20_000, 11))
    slope = y @ x / (x @ x)
    errors = y - y.mean(axis=1, keepdims=True) - slope[:, None] * x
    t = slope / np.sqrt((errors**2).sum(axis=1) / 9 / (x @ x))
    noticed = (np.abs(t) > stats.t.ppf(0.975, 9)).mean()
    assert noticed == pytest.approx(0.8, abs=0.015)
    assert series_trend.detectable(lines["amur"], 0.95, rho=0.4) > detectable
    assert series_trend.detectable(lines["amur"], 0.9) < detectable


def first_used(weights: np.ndarray) -> dict[str, np.ndarray]:
    """Stand for a slope: the place of the first year that a refit uses."""
    return {"place": weights.argmax(axis=1), "used": weights.sum(axis=1)}


def test_refits_leave_out_each_year_and_move_each_end_down_to_five_years() -> None:
    years = pd.Series([1995, 1996, 1998, 1999, 2000, 2001, 2002])
    refits = series_trend.refit(years, first_used)
    assert refits["change"].tolist() == (
        7 * ["leave_one_out"] + 3 * ["first_year_moved"] + 3 * ["last_year_moved"]
    )
    left_out, first, last = (
        refits[refits["change"] == change] for change in series_trend.CHANGES
    )
    assert left_out["left_out"].tolist() == years.tolist()
    assert left_out["place"].tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert set(left_out["years"]) == {6}
    assert first["first_year"].tolist() == [1995, 1996, 1998]
    assert first["place"].tolist() == [0, 1, 2]
    assert set(first["last_year"]) == {2002}
    assert last["last_year"].tolist() == [2002, 2001, 2000]
    assert last["place"].tolist() == [0, 0, 0]
    assert set(last["first_year"]) == {1995}
    for moved in (first, last):
        assert moved["years"].tolist() == [7, 6, 5]
        assert moved["left_out"].isna().all()
    assert refits["used"].tolist() == refits["years"].tolist()


def test_five_years_have_no_shorter_period() -> None:
    refits = series_trend.refit(pd.Series(range(1995, 2000)), first_used)
    assert refits["years"].tolist() == 5 * [4] + [5, 5]


@pytest.mark.parametrize("kind", ["int64", "Int64", "float64"])
def test_the_kind_of_number_that_years_are_makes_no_difference(kind: str) -> None:
    years = pd.Series(range(1995, 2002))
    pd.testing.assert_frame_equal(
        series_trend.refit(years.astype(kind), first_used),
        series_trend.refit(years, first_used),
        check_dtype=False,
    )


def test_the_range_of_a_slope_names_the_years_that_give_it() -> None:
    refits = pd.DataFrame(
        {
            "change": 3 * ["leave_one_out"]
            + 2 * ["first_year_moved"]
            + 2 * ["last_year_moved"],
            "left_out": pd.array([1995, 1996, 1997, None, None, None, None], "Int64"),
            "first_year": [1995, 1995, 1995, 1995, 1996, 1995, 1995],
            "last_year": [1999, 1999, 1999, 1999, 1999, 1999, 1998],
            "slope": [0.3, -0.1, 0.2, 0.5, 0.4, 0.5, 0.7],
        }
    )
    found = series_trend.ranges(refits, "slope")
    assert found.index.tolist() == [
        "leave_one_out",
        "first_year_moved",
        "last_year_moved",
    ]
    assert found.loc["leave_one_out"].tolist() == [-0.1, 1996, 0.3, 1995]
    assert found.loc["first_year_moved"].tolist() == [0.4, 1996, 0.5, 1995]
    assert found.loc["last_year_moved"].tolist() == [0.5, 1999, 0.7, 1998]
    assert found.columns.tolist() == ["lower", "lower_year", "upper", "upper_year"]


@pytest.mark.parametrize(("years", "told"), [(1, "is 1"), (4, "are 4")])
def test_fewer_than_five_years_have_no_trend(years: int, told: str) -> None:
    with pytest.raises(ValueError, match=f"at least 5 years, and there {told}:"):
        series_trend.check_years(pd.Series(range(1995, 1995 + years)))
    series_trend.check_years(pd.Series(range(1995, 2000)))


def test_what_is_no_line_has_no_p_values(numbers: dict[str, pd.DataFrame]) -> None:
    amur = numbers["amur"].reset_index()
    curve = smf.ols("np.log(workers) ~ year + I(year**2)", amur).fit()
    with pytest.raises(ValueError, match="A constant and one regressor are needed"):
        p_values(curve, 1, 9)


# Per cent a year that the calibrated test notices four times in five: independent
# years, with the correlation as measured and as corrected. A referee simulated it.
NOTICED = {
    "primorye": (11.6, 18, 31),
    "khabarovsk": (18.4, 25.5, 46),
    "amur": (11.7, 13, 19.5),
}


@pytest.mark.parametrize("region", NOTICED)
def test_the_slope_that_the_calibrated_test_notices_is_that_of_a_referee(
    lines: dict[str, Any], region: str
) -> None:
    line = lines[region]
    rhos = [
        0.0,
        float(inference.lag1_autocorrelation(line.resid)),
        float(inference.ar1_coefficients(line.resid)),
    ]
    found = series_trend.noticed(line, 0.95, rhos, 1992)
    # Theirs are rounded, and both have errors by simulation of about one per cent.
    assert 100 * np.expm1(found) == pytest.approx(NOTICED[region], rel=0.04)


def test_the_calibrated_test_finds_the_noticed_slope_four_times_in_five(
    lines: dict[str, Any],
) -> None:
    line, rho = lines["amur"], 0.4
    (slope,) = series_trend.noticed(line, 0.95, [rho], 7, 4999)
    x = np.arange(11.0)
    rng = np.random.default_rng(8)
    draws = inference.ar1_errors(rng.standard_normal((4000, 11)), rho)
    squares = (inference.residuals(draws, x) ** 2).sum(axis=1)
    draws *= np.sqrt(line.mse_resid / (squares.mean() / 9))
    found = [
        inference.ar1_monte_carlo(
            sm.OLS(slope * x + errors, sm.add_constant(x)).fit(), rng, 199
        ).p
        <= 0.05
        for errors in draws[:300]
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / 300))
