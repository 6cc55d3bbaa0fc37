"""The chapter on small samples: true at every level, and what a reader may try."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from rfe_labour.models import small_samples
from tests.book.published import ROOT

from .running import Chapter, run

CHAPTER = "book/models/small_samples.ipynb"
QUICK = {"replications": 2000}
GRID = {"level": [0.01, 0.05, 0.1, 0.25], "seed": [0, 1992]}


def rejections(chapter: Chapter) -> dict[str, float]:
    """The counts of the loop, by method."""
    counted: dict[str, float] = chapter.namespace["rejected"].mean().to_dict()
    return counted


def test_the_series_is_the_autoregression_of_its_formula(chapter: Chapter) -> None:
    rho, z = 0.7, np.random.default_rng(1992).standard_normal(11)
    u = [z[0]]
    for shock in z[1:]:
        u.append(rho * u[-1] + np.sqrt(1 - rho**2) * shock)
    np.testing.assert_allclose(chapter.namespace["one"]["y"], u)


def test_the_four_standard_errors_judge_one_slope(chapter: Chapter) -> None:
    one, judge = chapter.namespace["one"], chapter.namespace["judge"]
    smf = chapter.namespace["smf"]
    judged = judge(smf.ols("y ~ year", one))
    by_scipy = stats.linregress(one["year"], one["y"])
    assert judged["slope"].tolist() == pytest.approx([by_scipy.slope] * 4)
    assert judged.loc["OLS", "se"] == pytest.approx(by_scipy.stderr)
    assert judged.loc["OLS", "p"] == pytest.approx(by_scipy.pvalue)
    assert judged["df"].tolist() == [9, 9, np.inf, 2]


@pytest.mark.grid(**GRID)
def test_what_is_said_of_the_six_lines_is_what_scipy_finds(chapter: Chapter) -> None:
    six, level = chapter.namespace["six"], chapter.parameters["level"]
    lines = [stats.linregress(np.arange(1, 12), y) for y in six]
    rise = sum(line.slope > 0 for line in lines)
    found = sum(line.pvalue <= level for line in lines)
    told = f"Of the six lines, {rise} rise and {6 - rise} fall, all by chance."
    assert told in chapter.text
    told = f"At the level of {level:.1%} least squares would call {found} of the six"
    assert told.lower() in chapter.text.lower()
    (alt,) = (alt for alt in chapter.alts if "Six series" in alt)
    assert alt.startswith(f"No series has a trend, yet {found} of 6 seem to have one. ")
    assert alt.count(": slope ") == 6


def test_two_lags_and_two_waves_are_what_the_rules_give() -> None:
    """The page says so of both lengths; `df` of EWC in eleven years stands above."""
    for n in (11, 14):
        assert int(4 * (n / 100) ** (2 / 9)) == small_samples.HAC_LAGS == 2
    assert round(0.4 * 11 ** (2 / 3)) == 2


@pytest.mark.grid(**GRID)
def test_the_price_of_ewc_in_independent_years_is_told(chapter: Chapter) -> None:
    ewc, ols = (chapter.results[f"{method}.11.0"] for method in ("ewc", "ols"))
    more = "more" if ewc > ols else "no more"
    told = (
        f"independent years EWC rejects in {ewc:.0%}, {more} often than OLS ({ols:.0%})"
    )
    assert told in chapter.text


def test_the_loop_counts_what_the_table_says_within_its_error(
    chapter: Chapter,
) -> None:
    names = {"OLS": "ols", "HC3": "hc3", "HAC": "hac_normal", "EWC": "ewc"}
    for method, counted in rejections(chapter).items():
        size = chapter.results[f"{names[method]}.11.7"]
        assert abs(counted - size) < 4 * np.sqrt(size * (1 - size) / 300)


@pytest.mark.grid(**GRID)
def test_hac_finds_far_too_many_trends_even_in_independent_years(
    chapter: Chapter,
) -> None:
    level = chapter.parameters["level"]
    assert chapter.results["hac_normal.11.0"] > 1.3 * level
    assert chapter.results["hac_normal.11.8"] > chapter.results["hac_normal.11.0"]


@pytest.mark.grid(**GRID)
def test_ignoring_the_correlation_finds_too_many_trends(chapter: Chapter) -> None:
    level = chapter.parameters["level"]
    for method in ("ols", "hc3", "kendall"):
        assert chapter.results[f"{method}.11.8"] > 1.5 * level


@pytest.mark.grid(**GRID)
def test_correcting_the_correlation_finds_fewer_trends(chapter: Chapter) -> None:
    told = chapter.results
    assert told["ar1.11.8"] < told["ar1_uncorrected.11.8"]


@pytest.mark.grid(**GRID)
def test_the_nearest_methods_and_the_range_are_those_of_the_table(
    chapter: Chapter,
) -> None:
    table, level = chapter.namespace["table"], chapter.parameters["level"]
    for years, spoken in ((11, "eleven"), (14, "fourteen")):
        sizes = table[0.9][years]
        nearest = sorted(sizes.index, key=lambda name: abs(sizes[name] - level))[:2]
        named = chapter.results[f"strongest.{years}.nearest"]
        assert set(named.split(" and ")) == {it.removesuffix(", t") for it in nearest}
        ends = [
            chapter.results[f"strongest.{years}.{it}"] for it in ("lowest", "highest")
        ]
        assert ends == [sizes.min(), sizes.max()]
        told = f"between {ends[0]:.0%} and {ends[1]:.0%} for {spoken}"
        assert told in chapter.text
    most = max(table[rho][11].max() for rho in table)
    told = f"tests find one in up to {most:.0%} of series instead of {100 * level:.3g}%"
    assert any(told in alt for alt in chapter.alts)


@pytest.mark.parametrize("level", GRID["level"])
def test_a_correlation_above_the_strongest_makes_every_method_worse(
    level: float,
) -> None:
    rng = np.random.default_rng(3)
    sizes = small_samples.size_table(4000, rng, rhos=(0.9, 0.97), level=level)
    table = sizes.pivot_table("size", ["method", "n"], "rho")
    assert (table[0.97] > table[0.9]).all()
    assert (table[0.9] > level).all()


def test_at_the_default_level_ewc_and_the_calibrated_test_come_nearest() -> None:
    published = json.loads((ROOT / "expected/results.json").read_text())
    sizes = {
        method: published[f"small_samples.{method}.11.9"]
        for method in small_samples.METHODS
    }
    nearest = sorted(sizes, key=lambda method: abs(sizes[method] - 0.05))[:2]
    assert set(nearest) == {"ar1", "ewc"}
    told = run(CHAPTER, QUICK).results["strongest.11.nearest"]
    assert told == "AR(1)-calibrated and EWC"


@pytest.mark.grid(**GRID)
def test_coverage_is_one_minus_the_size_that_the_table_shows(chapter: Chapter) -> None:
    told, level = chapter.results, chapter.parameters["level"]
    both = []
    for method in ("ar1", "ewc", "hc3"):
        sizes = chapter.namespace["table"][0.8][:, small_samples.METHODS[method].name]
        covered = [told[f"coverage.{method}.{n}.8"] for n in (11, 14)]
        assert covered == pytest.approx([1 - sizes[11], 1 - sizes[14]])
        both.append(" and ".join(f"{it:.0%}" for it in covered))
    assert f"intervals of {100 * (1 - level):.3g} per cent hold" in chapter.text
    assert (
        f"in {both[0]} of series of eleven and fourteen years if calibrated, in "
        f"{both[1]} by EWC and in {both[2]} by HC3."
    ) in chapter.text


@pytest.mark.grid(**GRID)
def test_calibrated_intervals_are_the_nearest_to_their_claim_where_years_depend(
    chapter: Chapter,
) -> None:
    told, level = chapter.results, chapter.parameters["level"]
    for n in (11, 14):
        for rho in (8, 9):
            ar1, ewc, hc3 = (
                told[f"coverage.{it}.{n}.{rho}"] for it in ("ar1", "ewc", "hc3")
            )
            assert 1 - level > max(ar1, ewc, hc3)
            assert min(ar1, ewc) > hc3
            assert told[f"stretch.hc3.{n}.{rho}"] > told[f"stretch.ar1.{n}.{rho}"] > 1


@pytest.mark.grid(**GRID)
def test_the_estimated_correlation_is_too_low_where_years_depend(
    chapter: Chapter,
) -> None:
    told = chapter.results
    for n in (11, 14):
        for rho in (4, 7, 8, 9):
            assert told[f"rho_median.{n}.{rho}"] < rho / 10
        assert 0 < told[f"floored.{n}.9"] < told[f"floored.{n}.0"] < 0.6


@pytest.mark.grid(**GRID)
def test_an_interval_by_ewc_can_be_too_narrow_even_in_independent_years(
    chapter: Chapter,
) -> None:
    told = chapter.results
    assert told["narrow.ewc.11.0"] < min(0.8, 0.9 * told["narrow.ar1.11.0"])


@pytest.mark.grid(**GRID)
def test_the_calibrated_test_is_set_beside_ewc_under_other_errors(
    chapter: Chapter,
) -> None:
    told, own = chapter.results, chapter.namespace["elsewhere"]
    sizes = {
        method: own.loc[own["method"] == small_samples.METHODS[method].name, "size"]
        for method in ("ar1", "ewc")
    }
    wins = sum(a < b for a, b in zip(*sizes.values(), strict=True))
    assert (
        f"Of 10 such cases, the calibrated test is wrong less often than EWC in {wins}."
        in (chapter.text)
    )
    assert told["elsewhere.highest"] == sizes["ar1"].max() > chapter.parameters["level"]
    assert told["elsewhere.highest_ewc"] == sizes["ewc"].max()


def test_independent_years_let_several_methods_keep_their_promise(
    chapter: Chapter,
) -> None:
    for method in ("ols", "hc3", "kendall", "ar1"):
        for n in (11, 14):
            assert chapter.results[f"{method}.{n}.0"] < 0.065
            assert chapter.results[f"{method}.{n}.8"] > 0.1


@pytest.mark.try_it(1)
def test_a_stricter_test_is_wrong_more_often_for_each_time_that_it_may_be(
    before: Chapter, after: Chapter
) -> None:
    times = [
        page.results["hac_normal.11.0"] / page.parameters["level"]
        for page in (before, after)
    ]
    assert after.parameters["level"] == 0.01
    assert times[1] > 2 * times[0]


@pytest.mark.try_it(2)
def test_longer_series_help_hac_and_not_least_squares(
    before: Chapter, after: Chapter
) -> None:
    short, long = rejections(before), rejections(after)
    assert after.namespace["n"] == 110
    error = after.namespace["rejected"].sem()
    assert 0.05 <= long["HAC"] < short["HAC"] - 4 * error["HAC"]
    assert long["OLS"] > short["OLS"] - 2 * error["OLS"]


@pytest.mark.try_it(3)
def test_every_method_is_further_from_its_level_at_a_stronger_correlation(
    after: Chapter,
) -> None:
    sizes = after.cells[-1].value.pivot_table("size", "method", "rho")
    assert (sizes[0.97] > sizes[0.9]).all()
    assert (sizes[0.9] > 0.05).all()
