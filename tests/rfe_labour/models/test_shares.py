"""The trend of the share of foreign labour."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import expit, logit

from rfe_labour import article, inference, tables
from rfe_labour.checks import multiverse
from rfe_labour.models import series_trend, shares

TABLES = {facts.region: facts.table for facts in article.REGIONAL_TABLES.values()}
REGIONS = list(TABLES)
REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "models.json").read_text()
)
SIX_DIGITS = 1e-6
Fits = dict[str, dict[str, Any]]


def printed(values: list[float], first_year: int = 1995) -> pd.DataFrame:
    """Make a table of shares with one printed decimal."""
    share = pd.Series(values, dtype="float64")
    years = range(first_year, first_year + len(values))
    return pd.DataFrame(
        {
            "year": years,
            "share": share,
            "share_lower": share - 0.05,
            "share_upper": share + 0.05,
        }
    )


courses = st.lists(
    st.integers(20, 980).map(lambda tenths: tenths / 10), min_size=5, max_size=9
).filter(lambda course: len(set(course)) > 2)


def by_r(region: str) -> dict[str, Any]:
    values: dict[str, Any] = REFERENCE["shares"][region]
    return values


@pytest.fixture(scope="module")
def regional() -> dict[str, pd.DataFrame]:
    return tables.regions()


@pytest.mark.parametrize("region", REGIONS)
def test_the_fractional_logit_equals_glm_and_sandwich_of_r(
    regional: dict[str, pd.DataFrame], region: str
) -> None:
    own = shares.slopes(regional[region]).loc["fractional_logit"]
    expected = by_r(region)["fractional_logit"]
    found = own[["slope", "se", "p", "lower", "upper"]].tolist()
    keys = ["slope", "hc3_se", "hc3_p", "hc3_lower", "hc3_upper"]
    assert found == pytest.approx([expected[key] for key in keys], rel=SIX_DIGITS)


def test_the_standard_error_of_amur_is_hc3_and_not_hc0(share_fits: Fits) -> None:
    se = share_fits["amur"]["fractional_logit"].bse.iloc[1]
    assert se == pytest.approx(0.0673, abs=5e-5)


@pytest.mark.parametrize("region", REGIONS)
def test_the_marginal_effect_equals_that_of_r_and_is_judged_by_t(
    share_fits: Fits, region: str
) -> None:
    fit = share_fits[region]["fractional_logit"]
    own, expected = shares.marginal_effect(fit, 0.9), by_r(region)["marginal_effect"]
    assert own[["slope", "se"]].tolist() == pytest.approx(
        [expected["value"], expected["se"]], rel=SIX_DIGITS
    )
    student = stats.t(fit.nobs - 2)
    ends = student.interval(0.9)
    assert own[["lower", "upper"]].tolist() == pytest.approx(
        [expected["value"] + expected["se"] * end for end in ends], rel=SIX_DIGITS
    )
    ratio = abs(expected["value"]) / expected["se"]
    assert own["p"] == pytest.approx(2 * student.sf(ratio), rel=SIX_DIGITS)


@pytest.mark.parametrize("region", REGIONS)
def test_the_line_is_that_of_least_squares_on_the_log_odds(
    share_fits: Fits, regional: dict[str, pd.DataFrame], region: str
) -> None:
    table, own = regional[region], share_fits[region]
    slope = stats.linregress(table["year"], logit(table["share"] / 100)).slope
    assert own["logit_ols"].params.iloc[1] == pytest.approx(slope)
    se = inference.hc3_se(logit(table["share"] / 100), table["year"])
    assert own["logit_ols"].bse.iloc[1] == pytest.approx(float(se))


@pytest.mark.parametrize(
    ("region", "p"), [("primorye", 0.261), ("khabarovsk", 0.543), ("amur", 0.411)]
)
def test_hc3_and_ewc_judge_one_slope(share_fits: Fits, region: str, p: float) -> None:
    own = inference.compare(share_fits[region])
    assert own.loc["ewc", "slope"] == own.loc["fractional_logit", "slope"]
    assert own.loc["ewc", "df"] == 2
    # Computed by someone else from the printed tables, to three decimals.
    assert own.loc["ewc", "p"] == pytest.approx(p, abs=6e-4)


@pytest.mark.parametrize(("region", "kept"), [("amur", 0.80), ("khabarovsk", 0.73)])
def test_what_the_line_notices_four_times_in_five_the_curve_notices_hardly_as_often(
    share_fits: Fits, regional: dict[str, pd.DataFrame], region: str, kept: float
) -> None:
    line, table = share_fits[region]["logit_ols"], regional[region]
    (slope,) = series_trend.noticed(line, 0.95, [0.0], 1992, 4999)
    log_odds, x = logit(table["share"].to_numpy() / 100), table["year"].to_numpy()
    x = x - x.mean()
    draws = np.random.default_rng(3).standard_normal((2, 5000, len(x)))
    sigma = np.sqrt(line.mse_resid)

    def judged(series: np.ndarray) -> np.ndarray:
        slopes, errors = inference.logit_slopes_hc3(expit(series), x)
        return np.abs(slopes) / errors

    def trendless(rho: float) -> np.ndarray:
        return log_odds.mean() + sigma * inference.ar1_errors(draws[0], rho)

    grid = [0, 0.2, 0.4, 0.6, 0.8, 0.9, inference.LARGEST_RHO]
    critical = [np.quantile(judged(trendless(rho)), 0.95) for rho in grid]
    series = log_odds.mean() + slope * x + sigma * draws[1]
    slopes, level = inference.logit_slopes_hc3(expit(series), x)[0][:, None], 0.0
    for _ in range(50):
        mean = expit(level + slopes * x)
        missed = (expit(series) - mean).sum(axis=1, keepdims=True)
        level += missed / (mean * (1 - mean)).sum(axis=1, keepdims=True)
    rhos = inference.ar1_coefficients(series - level - slopes * x)
    power = (judged(series) > np.interp(rhos, grid, critical)).mean()
    # The errors of both quantiles move it by some hundredths.
    assert power == pytest.approx(kept, abs=0.03)


@pytest.mark.parametrize("region", REGIONS)
def test_beta_regression_equals_a_likelihood_maximised_by_hand(
    share_fits: Fits, regional: dict[str, pd.DataFrame], region: str
) -> None:
    own = share_fits[region]["beta"]
    y = regional[region]["share"].to_numpy() / 100
    x = regional[region]["year"].to_numpy(dtype=float)
    x = x - x.mean()

    def loss(theta: np.ndarray) -> float:
        mean, precision = expit(theta[0] + theta[1] * x), np.exp(theta[2])
        a, b = mean * precision, (1 - mean) * precision
        return float(-stats.beta.logpdf(y, a, b).sum())

    best = optimize.minimize(
        loss,
        [logit(y).mean(), 0.0, 2.0],
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 5000, "maxfev": 5000},
    )
    assert own.params.tolist() == pytest.approx(best.x, rel=SIX_DIGITS)
    assert own.model.exog_names[-1] == "precision"

    step = 1e-4 * np.eye(3)
    hessian = [
        [
            (
                loss(best.x + i + j)
                - loss(best.x + i - j)
                - loss(best.x - i + j)
                + loss(best.x - i - j)
            )
            / 4e-8
            for j in step
        ]
        for i in step
    ]
    se = np.sqrt(np.linalg.inv(hessian)[1, 1])
    assert own.bse.iloc[1] == pytest.approx(se, rel=1e-4)


@pytest.mark.parametrize("region", REGIONS)
def test_the_curve_is_the_logistic_line_with_its_hc3_band(
    share_fits: Fits, regional: dict[str, pd.DataFrame], region: str
) -> None:
    fit = share_fits[region]["fractional_logit"]
    band, expected = fit.get_prediction().summary_frame(), by_r(region)
    expected = expected["fractional_logit"]
    x = regional[region]["year"].to_numpy() - regional[region]["year"].mean()
    line = expected["intercept"] + expected["slope"] * x
    v = np.array(expected["hc3_covariance"]).reshape(2, 2)
    variance = v[0, 0] + 2 * x * v[0, 1] + x**2 * v[1, 1]
    margin = stats.t.ppf(0.975, len(x) - 2) * np.sqrt(variance)
    for name, bound in (("mean", 0), ("mean_ci_lower", -1), ("mean_ci_upper", 1)):
        np.testing.assert_allclose(
            band[name], expit(line + bound * margin), rtol=SIX_DIGITS
        )


@pytest.mark.parametrize("region", ["khabarovsk", "amur"])
def test_the_rounding_range_is_that_of_all_ends_of_all_years(
    regional: dict[str, pd.DataFrame], region: str
) -> None:
    table = regional[region]
    ends = table[["share_lower", "share_upper"]].to_numpy() / 100
    corners = np.array(list(product(*ends)))
    assert corners.shape == (2**11, 11)
    years = np.tile(table["year"].to_numpy(dtype=float), (len(corners), 1))
    slopes = inference.glm_slopes(corners, years, "logit")
    found = shares.rounding_range(table)
    assert found[["lower", "upper"]].tolist() == pytest.approx(
        [slopes.min(), slopes.max()]
    )


@pytest.mark.parametrize("region", REGIONS)
def test_no_shares_within_their_rounding_leave_the_range(
    regional: dict[str, pd.DataFrame], region: str
) -> None:
    table = regional[region]
    found = shares.rounding_range(table)
    rng = np.random.default_rng(11)
    low, high = table["share_lower"].to_numpy(), table["share_upper"].to_numpy()
    drawn = low + (high - low) * rng.random((500, len(low)))
    years = np.tile(table["year"].to_numpy(dtype=float), (500, 1))
    slopes = inference.glm_slopes(drawn / 100, years, "logit")
    assert found["lower"] < slopes.min() < slopes.max() < found["upper"]
    median = inference.theil_sen_slopes(drawn, years)
    assert found["theil_sen_lower"] <= median.min()
    assert median.max() <= found["theil_sen_upper"]


@pytest.mark.parametrize("region", REGIONS)
def test_the_refits_are_those_of_the_multiverse(
    numbers: dict[str, pd.DataFrame],
    regional: dict[str, pd.DataFrame],
    region: str,
) -> None:
    found = multiverse.specifications({region: numbers[region]}).query(
        "outcome == 'share' and rounding == 'printed'"
        " and estimator == 'fractional_logit'"
    )
    whole = found[found["years"] >= len(numbers[region]) - 1]
    left_out = whole.set_index("left_out")["slope"]
    refits = shares.refit(regional[region])
    own = refits.query("change == 'leave_one_out'").set_index("left_out")
    inner = own.index[1:-1]
    np.testing.assert_allclose(
        own.loc[inner, "fractional_logit"], left_out[inner], rtol=1e-8
    )
    moved = found[found["left_out"].isna()].set_index(["first_year", "last_year"])
    for row in refits.query("change != 'leave_one_out'").itertuples():
        expected = moved.loc[(row.first_year, row.last_year), "slope"]
        assert row.fractional_logit == pytest.approx(expected, rel=1e-8)


def test_the_median_slope_without_a_year_is_that_of_scipy(
    regional: dict[str, pd.DataFrame],
) -> None:
    table = regional["amur"]
    refits = shares.refit(table).query("change == 'leave_one_out'")
    for row in refits.itertuples():
        rest = table[table["year"] != row.left_out]
        expected = stats.theilslopes(rest["share"], rest["year"]).slope
        assert row.theil_sen == pytest.approx(expected)


def test_shares_close_to_a_curve_have_a_beta_regression_of_high_precision(
    regional: dict[str, pd.DataFrame],
) -> None:
    # 2001 to 2005 in Khabarovskiy Krai: 20, 20.9, 22.1, 23.6, 25.5 per cent.
    own = shares.fits(regional["khabarovsk"].query("year >= 2001"))
    assert np.exp(own["beta"].params["precision"]) > 1000
    slopes = [own[name].params.iloc[1] for name in ("beta", "fractional_logit")]
    assert slopes[0] == pytest.approx(slopes[1], rel=0.01)


def test_the_order_of_the_rows_does_not_matter(
    regional: dict[str, pd.DataFrame],
) -> None:
    table = regional["amur"]
    shuffled = table.sample(frac=1, random_state=3)
    for function in (shares.slopes, shares.refit):
        pd.testing.assert_frame_equal(function(shuffled), function(table))
    pd.testing.assert_series_equal(
        shares.rounding_range(shuffled), shares.rounding_range(table)
    )


STEADY = [30.0, 31.5, 29.0, 35.2, 38.1, 36.0]
every_function = pytest.mark.parametrize(
    "function", [shares.fits, shares.refit, shares.rounding_range]
)


@every_function
@pytest.mark.parametrize("years", [1, 2, 4])
def test_fewer_than_five_years_are_refused(function: Any, years: int) -> None:
    with pytest.raises(ValueError, match="at least 5 years"):
        function(printed(STEADY[:years]))


@every_function
def test_a_constant_share_is_refused(function: Any) -> None:
    with pytest.raises(ValueError, match=r"30\.1 per cent in every year"):
        function(printed([30.1] * 6))


@every_function
@pytest.mark.parametrize("edge", [0.0, 100.0, 0.05, 99.95, np.nan])
def test_a_share_that_reaches_zero_or_one_hundred_is_refused(
    function: Any, edge: float
) -> None:
    table = printed([*STEADY[:3], edge, *STEADY[4:]])
    with pytest.raises(ValueError, match=r"share in 1998, .* reaches 0 or 100"):
        function(table)


@pytest.mark.filterwarnings("ignore")  # statsmodels, about a perfect fit
def test_log_odds_on_a_straight_line_are_refused() -> None:
    with pytest.raises(ValueError, match="exactly on the fitted curve"):
        shares.fits(printed((100 * expit(np.arange(-3, 4) / 4)).tolist()))


def test_a_missing_year_keeps_its_distance(regional: dict[str, pd.DataFrame]) -> None:
    gap = regional["amur"].query("year != 1999")
    y, x = gap["share"].to_numpy() / 100, gap["year"].to_numpy(dtype=float)
    own = shares.fits(gap)["fractional_logit"]
    # The two equations that define the fractional logit.
    mu = own.fittedvalues.to_numpy()
    assert (y - mu).sum() == pytest.approx(0, abs=1e-9)
    assert (x * (y - mu)).sum() == pytest.approx(0, abs=1e-6)
    slope = np.diff(logit(mu)) / np.diff(x)
    np.testing.assert_allclose(slope, own.params.iloc[1], rtol=1e-6)


def everything(table: pd.DataFrame) -> pd.DataFrame:
    """Set all slopes with their intervals below each other."""
    fits = shares.fits(table)
    found = inference.compare(fits)
    found.loc["marginal_effect"] = shares.marginal_effect(fits["fractional_logit"])
    extremes = shares.rounding_range(table)
    found.loc["rounding", ["lower", "upper"]] = extremes[["lower", "upper"]]
    medians = extremes[["theil_sen_lower", "theil_sen_upper"]].to_numpy()
    found.loc["theil_sen", ["lower", "upper"]] = medians
    return found


@settings(max_examples=10)
@given(course=courses, shift=st.integers(-500, 500))
# One share far from the others: Newton's method alone runs away from it.
@example(course=[32.4, 2.0, 2.1, 2.0, 2.1], shift=7)
def test_the_calendar_does_not_matter(course: list[float], shift: int) -> None:
    one = everything(printed(course))
    later = everything(printed(course, 1995 + shift))
    np.testing.assert_allclose(later, one, rtol=1e-5, atol=1e-7)


@settings(max_examples=10)
@given(course=courses)
def test_reversing_time_or_counting_the_others_flips_the_sign(
    course: list[float],
) -> None:
    one = everything(printed(course))
    flipped = -one[["slope", "upper", "lower"]]
    for other in (course[::-1], [100 - share for share in course]):
        found = everything(printed(other))
        np.testing.assert_allclose(
            found[["slope", "lower", "upper"]], flipped, rtol=1e-4, atol=1e-6
        )
        np.testing.assert_allclose(found["p"], one["p"], rtol=1e-3, atol=1e-6)
