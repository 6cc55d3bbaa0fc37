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

from rfe_labour import article, inference
from rfe_labour.checks import multiverse
from rfe_labour.models import shares

TABLES = {facts.region: facts.table for facts in article.REGIONAL_TABLES.values()}
REGIONS = list(TABLES)
REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "models.json").read_text()
)
SIX_DIGITS = 1e-6


def fit(table: pd.DataFrame, seed: int = 1) -> shares.ShareTrend:
    return shares.fit(table, 0.95, np.random.default_rng(seed), 199)


def printed(values: list[float], first_year: int = 1995) -> pd.DataFrame:
    """Make a table of shares with one printed decimal."""
    share = pd.Series(values, dtype="float64")
    share.index = pd.RangeIndex(first_year, first_year + len(values), name="year")
    return pd.DataFrame(
        {"share": share, "share_lower": share - 0.05, "share_upper": share + 0.05}
    )


courses = st.lists(
    st.integers(20, 980).map(lambda tenths: tenths / 10), min_size=5, max_size=9
).filter(lambda course: len(set(course)) > 2)


def by_r(region: str) -> dict[str, Any]:
    values: dict[str, Any] = REFERENCE["shares"][region]
    return values


@pytest.mark.parametrize("region", REGIONS)
def test_the_fractional_logit_equals_glm_and_sandwich_of_r(
    share_fits: dict[str, shares.ShareTrend], region: str
) -> None:
    own, expected = (
        share_fits[region].fractional_logit,
        by_r(region)["fractional_logit"],
    )
    found = [own.value, own.se, own.p, own.lower, own.upper]
    keys = ["slope", "hc3_se", "hc3_p", "hc3_lower", "hc3_upper"]
    assert found == pytest.approx([expected[key] for key in keys], rel=SIX_DIGITS)


def test_the_standard_error_of_amur_is_hc3_and_not_hc0(
    share_fits: dict[str, shares.ShareTrend],
) -> None:
    assert share_fits["amur"].fractional_logit.se == pytest.approx(0.0673, abs=5e-5)


@pytest.mark.parametrize("region", REGIONS)
def test_the_marginal_effect_equals_that_of_r(
    share_fits: dict[str, shares.ShareTrend], region: str
) -> None:
    own, expected = share_fits[region].marginal_effect, by_r(region)["marginal_effect"]
    assert [own.value, own.se] == pytest.approx(
        [expected["value"], expected["se"]], rel=SIX_DIGITS
    )


@pytest.mark.parametrize("region", REGIONS)
def test_the_rank_statistics_equal_those_of_r(
    share_fits: dict[str, shares.ShareTrend], region: str
) -> None:
    own, expected = share_fits[region], by_r(region)
    found = [own.theil_sen.value, own.kendall.tau, own.kendall.p]
    assert found == pytest.approx([expected[key] for key in ("theil_sen", "tau", "p")])


@pytest.mark.parametrize("region", REGIONS)
def test_beta_regression_equals_a_likelihood_maximised_by_hand(
    share_fits: dict[str, shares.ShareTrend], region: str
) -> None:
    own = share_fits[region]
    y = own.share["share"].to_numpy() / 100
    x = own.share.index.to_numpy(dtype=float)
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
    assert own.beta.value == pytest.approx(best.x[1], rel=SIX_DIGITS)
    assert own.precision == pytest.approx(np.exp(best.x[2]), rel=SIX_DIGITS)

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
    assert own.beta.se == pytest.approx(se, rel=1e-4)


@pytest.mark.parametrize("region", REGIONS)
def test_the_curve_is_the_logistic_line_with_its_hc3_band(
    share_fits: dict[str, shares.ShareTrend], region: str
) -> None:
    curve, expected = share_fits[region].curve, by_r(region)["fractional_logit"]
    x = curve.index.to_numpy() - curve.index.to_numpy().mean()
    line = expected["intercept"] + expected["slope"] * x
    v = np.array(expected["hc3_covariance"]).reshape(2, 2)
    variance = v[0, 0] + 2 * x * v[0, 1] + x**2 * v[1, 1]
    margin = stats.t.ppf(0.975, len(x) - 2) * np.sqrt(variance)
    for name, bound in (("fitted", 0), ("lower", -1), ("upper", 1)):
        np.testing.assert_allclose(curve[name], 100 * expit(line + bound * margin))


@pytest.mark.parametrize("region", ["khabarovsk", "amur"])
def test_the_rounding_range_is_that_of_all_ends_of_all_years(
    share_fits: dict[str, shares.ShareTrend], region: str
) -> None:
    share = share_fits[region].share
    ends = share[["share_lower", "share_upper"]].to_numpy() / 100
    corners = np.array(list(product(*ends)))
    assert corners.shape == (2**11, 11)
    years = np.tile(share.index.to_numpy(dtype=float), (len(corners), 1))
    slopes = inference.glm_slopes(corners, years, "logit")
    found = share_fits[region].rounding
    assert [found.lower, found.upper] == pytest.approx([slopes.min(), slopes.max()])


@pytest.mark.parametrize("region", REGIONS)
def test_no_shares_within_their_rounding_leave_the_range(
    share_fits: dict[str, shares.ShareTrend], region: str
) -> None:
    share, found = share_fits[region].share, share_fits[region].rounding
    rng = np.random.default_rng(11)
    low, high = share["share_lower"].to_numpy(), share["share_upper"].to_numpy()
    drawn = low + (high - low) * rng.random((500, len(low)))
    years = np.tile(share.index.to_numpy(dtype=float), (500, 1))
    slopes = inference.glm_slopes(drawn / 100, years, "logit")
    assert found.lower < slopes.min() < slopes.max() < found.upper
    median = inference.theil_sen_slopes(drawn, years)
    assert found.theil_sen_lower <= median.min()
    assert median.max() <= found.theil_sen_upper


def test_the_systematic_choices_lie_within_the_range(
    share_fits: dict[str, shares.ShareTrend],
) -> None:
    for own in share_fits.values():
        choices = own.rounding.choices.set_index("choice")
        slopes = choices["fractional_logit"]
        assert list(choices.index) == ["printed", "lower", "upper", "rising", "falling"]
        assert slopes.between(own.rounding.lower, own.rounding.upper).all()
        assert slopes["printed"] == pytest.approx(own.fractional_logit.value)
        assert slopes["rising"] > slopes["printed"] > slopes["falling"]
        assert choices.loc["printed", "theil_sen"] == own.theil_sen.value


@pytest.mark.parametrize("region", REGIONS)
def test_the_refits_are_those_of_the_multiverse(
    share_fits: dict[str, shares.ShareTrend],
    numbers: dict[str, pd.DataFrame],
    region: str,
) -> None:
    found = multiverse.specifications({region: numbers[region]}).query(
        "outcome == 'share' and rounding == 'printed'"
        " and estimator == 'fractional_logit'"
    )
    whole = found[found["years"] >= len(numbers[region]) - 1]
    left_out = whole.set_index("left_out")["slope"]
    own = share_fits[region].leave_one_out.set_index("left_out")["fractional_logit"]
    inner = own.index[1:-1]
    np.testing.assert_allclose(own[inner], left_out[inner], rtol=1e-8)
    moved = found[found["left_out"].isna()].set_index(["first_year", "last_year"])
    for row in share_fits[region].windows.itertuples():
        expected = moved.loc[(row.first_year, row.last_year), "slope"]
        assert row.fractional_logit == pytest.approx(expected, rel=1e-8)


def test_in_amur_workers_rise_while_their_share_falls_since_all_others_rise_more(
    numbers: dict[str, pd.DataFrame],
) -> None:
    parts = shares.decompositions(numbers).set_index("region").loc["amur"]
    # 2,800 workers at 72% in 1995, 3,423 at 33.6% in 2005
    assert parts["dln_workers"] == pytest.approx(np.log(3423 / 2800))
    assert parts["dln_share"] == pytest.approx(np.log(33.6 / 72))
    assert parts["dln_foreign"] == pytest.approx(np.log(3423 / 2800 * 72 / 33.6))
    assert parts["trend_workers"] > 0 > parts["trend_share"]
    assert parts["trend_foreign"] > parts["trend_workers"]


def test_the_trends_of_the_parts_add_up_and_equal_those_of_r(
    numbers: dict[str, pd.DataFrame],
) -> None:
    parts = shares.decompositions(numbers).set_index("region")
    for ending in ("dln", "trend"):
        total = parts[f"{ending}_share"] + parts[f"{ending}_foreign"]
        np.testing.assert_allclose(total, parts[f"{ending}_workers"], atol=1e-12)
    for region in REGIONS:
        assert parts.loc[region, "trend_share"] == pytest.approx(
            by_r(region)["log_slope"], rel=SIX_DIGITS
        )


def test_the_pooled_slope_equals_that_of_r(numbers: dict[str, pd.DataFrame]) -> None:
    pooled = shares.pool(numbers)
    assert (pooled.first_year, pooled.last_year) == (1995, 2005)
    expected = REFERENCE["pooled"]["fractional_logit"]
    assert pooled.slope == pytest.approx(expected, rel=SIX_DIGITS)


def test_the_pooled_slope_has_no_standard_error_and_the_regions_have(
    numbers: dict[str, pd.DataFrame], share_fits: dict[str, shares.ShareTrend]
) -> None:
    pooled = shares.pool(numbers)
    own = pooled.regions.set_index("region")
    assert own.loc["amur", "slope"] == pytest.approx(
        share_fits["amur"].fractional_logit.value
    )
    assert own.loc["amur", "se"] == pytest.approx(
        share_fits["amur"].fractional_logit.se
    )
    assert own["slope"].min() < pooled.slope < own["slope"].max()
    two = {region: numbers[region] for region in ("khabarovsk", "amur")}
    assert own.loc["primorye", "without"] == pytest.approx(shares.pool(two).slope)
    assert pooled.smallest_p == pytest.approx(0.25)
    assert not hasattr(pooled, "se")


def test_shares_close_to_a_curve_have_a_beta_regression_of_high_precision(
    numbers: dict[str, pd.DataFrame],
) -> None:
    # 2001 to 2005 in Khabarovskiy Krai: 20, 20.9, 22.1, 23.6, 25.5 per cent.
    own = fit(numbers["khabarovsk"].loc[2001:])
    assert own.precision > 1000
    assert own.beta.value == pytest.approx(own.fractional_logit.value, rel=0.01)


def test_one_region_cannot_be_pooled(numbers: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(ValueError, match="two or more regions, not 1"):
        shares.pool({"amur": numbers["amur"]})


def test_the_results_are_plain_numbers_under_the_agreed_names(
    share_fits: dict[str, shares.ShareTrend], numbers: dict[str, pd.DataFrame]
) -> None:
    values = shares.results(share_fits["amur"])
    agreed = [
        *("fractional_logit.slope", "fractional_logit.hc3_se"),
        *("fractional_logit.hc3_p", "beta.slope", "theil_sen.slope"),
        *("kendall.tau", "kendall.p"),
    ]
    assert set(agreed) <= set(values)
    values |= shares.pooled_results(shares.pool(numbers))
    values |= shares.decomposition_results(shares.decompositions(numbers))
    assert {type(value) for value in values.values()} == {int, float}
    assert values["amur.decomposition.from_year"] == 1995
    assert values["pooled.falling"] == 2


STEADY = [30.0, 31.5, 29.0, 35.2, 38.1, 36.0]


@pytest.mark.parametrize("years", [1, 2, 4])
def test_fewer_than_five_years_are_refused(years: int) -> None:
    with pytest.raises(ValueError, match="at least 5 years"):
        fit(printed(STEADY[:years]))


def test_a_constant_share_is_refused() -> None:
    with pytest.raises(ValueError, match=r"30\.1 per cent in every year"):
        fit(printed([30.1] * 6))


@pytest.mark.parametrize("edge", [0.0, 100.0, 0.05, 99.95, np.nan])
def test_a_share_that_reaches_zero_or_one_hundred_is_refused(edge: float) -> None:
    table = printed([*STEADY[:3], edge, *STEADY[4:]])
    with pytest.raises(ValueError, match=r"share in 1998, .* reaches 0 or 100"):
        fit(table)


def test_a_missing_year_keeps_its_distance(numbers: dict[str, pd.DataFrame]) -> None:
    gap = numbers["amur"].drop(index=1999)
    y, x = gap["share"].to_numpy() / 100, gap.index.to_numpy(dtype=float)
    own = fit(gap)
    # The two equations that define the fractional logit.
    mu = own.curve["fitted"].to_numpy() / 100
    assert (y - mu).sum() == pytest.approx(0, abs=1e-9)
    assert (x * (y - mu)).sum() == pytest.approx(0, abs=1e-6)
    slope = np.diff(logit(mu)) / np.diff(x)
    np.testing.assert_allclose(slope, own.fractional_logit.value, rtol=1e-6)


@settings(max_examples=20)
@given(course=courses, shift=st.integers(-500, 500))
# One share far from the others: Newton's method alone runs away from it.
@example(course=[32.4, 2.0, 2.1, 2.0, 2.1], shift=7)
def test_the_calendar_does_not_matter(course: list[float], shift: int) -> None:
    one = shares.results(fit(printed(course)))
    later = shares.results(fit(printed(course, 1995 + shift)))
    for key in one:
        if not key.endswith("year"):
            assert later[key] == pytest.approx(one[key], rel=1e-5, abs=1e-7), key


@settings(max_examples=20)
@given(course=courses)
def test_reversing_time_or_counting_the_others_flips_the_sign(
    course: list[float],
) -> None:
    one, back = fit(printed(course)), fit(printed(course[::-1]))
    others = fit(printed([100 - share for share in course]))
    for other in (back, others):
        for name in ("fractional_logit", "beta", "marginal_effect", "theil_sen"):
            forward, backward = getattr(one, name), getattr(other, name)
            assert [forward.value, forward.lower, forward.upper] == pytest.approx(
                [-backward.value, -backward.upper, -backward.lower],
                rel=1e-4,
                abs=1e-6,
            ), name
        assert one.rounding.lower == pytest.approx(-other.rounding.upper, abs=1e-7)
        assert one.kendall.tau == pytest.approx(-other.kendall.tau)
