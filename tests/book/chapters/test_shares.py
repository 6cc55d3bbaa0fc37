"""The chapter on shares: as R has it, at every parameter, and what a reader may try."""

from __future__ import annotations

import json

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from tests.book.published import ROOT
from tests.rfe_labour.printed_page import SHARES, WORKERS, by_year

from .running import Chapter, run

CHAPTER = "book/models/shares.ipynb"
QUICK = {"replications": 99}
TABLES = {"primorye": "table1", "khabarovsk": "table3", "amur": "table4"}
NAMES = {
    "primorye": "Primorye",
    "khabarovsk": "Khabarovskiy Krai",
    "amur": "Amurskaya oblast",
}
R = json.loads((ROOT / "tests/reference/models.json").read_text())
GRID = {
    "region": list(TABLES),
    "first_year": [None, 2000],
    "last_year": [None, 2001],
}


def printed(region: str, chapter: Chapter) -> dict[int, tuple[int, float]]:
    """The printed workers and shares of a region in the window of a run."""
    workers, share = (by_year(*rows[TABLES[region]]) for rows in (WORKERS, SHARES))
    first = chapter.parameters["first_year"] or min(workers)
    last = chapter.parameters["last_year"] or max(workers)
    return {
        year: (int(workers[year].replace(",", "")), float(share[year]))
        for year in range(max(first, min(workers)), last + 1)
    }


def slope_of(*series: dict[int, float]) -> float:
    """Fit one slope of the log-odds to series that have a level each."""
    rows = [
        (percent / 100, year, level)
        for level, percents in enumerate(series)
        for year, percent in percents.items()
    ]
    y, year, level = np.array(rows).T
    levels = [(level == each).astype(float) for each in range(len(series))]
    design = np.column_stack([year - year.mean(), *levels])
    fit = sm.GLM(y, design, family=sm.families.Binomial()).fit(tol=1e-12)
    return float(fit.params[0])


def signed(value: float, places: int = 1) -> str:
    """Write a number as prose shows it, by the rules of typography."""
    return f"{value:+.{places}f}".replace("-", "\N{MINUS SIGN}")


def shares_of(region: str, chapter: Chapter) -> dict[int, float]:
    return {year: share for year, (_, share) in printed(region, chapter).items()}


def test_the_models_of_the_region_in_detail_are_those_of_r(chapter: Chapter) -> None:
    share, expected = chapter.namespace["trend"], R["shares"]["amur"]
    logit = expected["fractional_logit"]
    assert share.params.iloc[1] == pytest.approx(logit["slope"], rel=1e-6)
    assert share.bse.iloc[1] == pytest.approx(logit["hc3_se"], rel=1e-6)
    assert share.pvalues.iloc[1] == pytest.approx(logit["hc3_p"], rel=1e-6)
    effect, marginal = chapter.namespace["effect"], expected["marginal_effect"]
    assert effect["slope"] == pytest.approx(marginal["value"], rel=1e-6)
    assert effect["se"] == pytest.approx(marginal["se"], rel=1e-6)


@pytest.mark.parametrize("region", TABLES)
def test_the_results_of_each_region_are_those_of_r(
    chapter: Chapter, region: str
) -> None:
    own = R["shares"][region]
    expected = {
        "fractional_logit.slope": own["fractional_logit"]["slope"],
        "fractional_logit.hc3_se": own["fractional_logit"]["hc3_se"],
        "marginal_effect.slope": own["marginal_effect"]["value"],
        "marginal_effect.hc3_se": own["marginal_effect"]["se"],
        "decomposition.trend_share": own["log_slope"],
        "theil_sen.slope": own["theil_sen"],
        "kendall.tau": own["tau"],
        "kendall.p": own["p"],
    }
    for name, value in expected.items():
        told = chapter.results[f"{region}.{name}"]
        assert told == pytest.approx(value, rel=1e-6), name


@pytest.mark.grid(**GRID)
def test_the_models_in_detail_are_those_of_all_regions(chapter: Chapter) -> None:
    region, variables = chapter.parameters["region"], chapter.namespace
    slopes = variables["slopes"].loc[region]
    for row, fit in {
        "fractional_logit": variables["trend"],
        "beta": variables["beta"],
    }.items():
        assert fit.params.iloc[1] == pytest.approx(slopes.loc[row, "slope"], rel=1e-6)
        assert fit.bse.iloc[1] == pytest.approx(slopes.loc[row, "se"], rel=1e-5)
    assert variables["simulated"].p == variables["p"].loc[region, "ar1"]
    mean = variables["points"].mean()
    assert mean == pytest.approx(variables["effects"].loc[region, "slope"])


@pytest.mark.grid(**GRID)
def test_statsmodels_returns_hc0_for_both_words(chapter: Chapter) -> None:
    usual = chapter.namespace["usual"]
    assert usual["HC3"].bse.tolist() == usual["HC0"].bse.tolist()
    assert usual["HC0"].bse.iloc[1] < chapter.namespace["trend"].bse.iloc[1]


@pytest.mark.grid(**GRID)
def test_the_slopes_are_those_of_the_printed_shares(chapter: Chapter) -> None:
    for region in TABLES:
        slope = slope_of(shares_of(region, chapter))
        told = chapter.results[f"{region}.fractional_logit.odds_percent"]
        assert told == pytest.approx(100 * np.expm1(slope), rel=1e-7)
        assert signed(told) in chapter.text


@pytest.mark.grid(**GRID)
def test_the_changes_are_those_of_the_printed_page_and_add_up(
    chapter: Chapter,
) -> None:
    for region in TABLES:
        (first, share), *_, (last, final) = printed(region, chapter).values()
        told = {
            part: chapter.results[f"{region}.decomposition.dln_{part}"]
            for part in ("workers", "share", "foreign")
        }
        assert told["workers"] == pytest.approx(np.log(last / first))
        assert told["share"] == pytest.approx(np.log(final / share))
        assert told["foreign"] == pytest.approx(told["workers"] - told["share"])


@pytest.mark.grid(**GRID)
def test_the_title_names_the_regions_with_more_workers_and_a_smaller_share(
    chapter: Chapter,
) -> None:
    named = []
    for region in TABLES:
        (first, share), *_, (last, final) = printed(region, chapter).values()
        if last > first and final < share:
            named.append(NAMES[region])
    assert chapter.namespace["apart"] == ", ".join(named)


@pytest.mark.grid(**GRID)
def test_the_splits_in_detail_add_up(chapter: Chapter) -> None:
    for split in chapter.namespace["splits"].values():
        workers, share, foreign = split
        assert workers == pytest.approx(share + foreign)


@pytest.mark.grid(**GRID)
def test_leaving_out_the_named_years_gives_the_ends_of_the_range(
    chapter: Chapter,
) -> None:
    row = shares_of(chapter.parameters["region"], chapter)
    for end in ("lower", "upper"):
        told = chapter.results[f"detail.percent.leave_one_out.{end}"]
        year = chapter.results[f"detail.percent.leave_one_out.{end}_year"]
        slope = slope_of({y: share for y, share in row.items() if y != year})
        assert told == pytest.approx(100 * np.expm1(slope), rel=1e-6)
        assert f"{signed(told)} (without {year})" in chapter.text


@pytest.mark.grid(**GRID)
def test_the_five_choices_lie_within_the_range_and_are_tilted_as_named(
    chapter: Chapter,
) -> None:
    for region in TABLES:
        rounded = chapter.namespace["rounded"].loc[region, "fractional_logit"]
        ends = [chapter.results[f"{region}.rounding.{it}"] for it in ("lower", "upper")]
        assert rounded.between(ends[0] - 1e-12, ends[1] + 1e-12).all()
        assert rounded["rising"] > rounded["printed"] > rounded["falling"]
        slope = slope_of(shares_of(region, chapter))
        assert rounded["printed"] == pytest.approx(slope, rel=1e-7)
        spoken = " and ".join(signed(end, 4) for end in ends)
        assert f"{spoken} in {NAMES[region]}" in chapter.text


def test_the_shares_at_their_ends_are_those_that_the_print_allows(
    chapter: Chapter,
) -> None:
    ends = chapter.namespace["at_ends"](chapter.namespace["one"])
    # Amurskaya oblast, printed 72 in 1995, 71.7 in 2000 and 33.6 in 2005.
    first, middle, last = (ends.iloc[place] for place in (0, 5, 10))
    assert first[["lower", "upper", "rising", "falling"]].tolist() == pytest.approx(
        [71.5, 72.5, 71.5, 72.5]
    )
    assert middle[["rising", "falling"]].tolist() == [71.7, 71.7]
    assert last[["lower", "upper", "rising", "falling"]].tolist() == pytest.approx(
        [33.55, 33.65, 33.65, 33.55]
    )


def test_the_pooled_slope_is_that_of_r(chapter: Chapter) -> None:
    expected = R["pooled"]["fractional_logit"]
    assert chapter.results["pooled.slope"] == pytest.approx(expected, rel=1e-6)
    assert "0.25" in chapter.text
    assert chapter.results["pooled.smallest_p"] == stats.binomtest(0, 3).pvalue


@pytest.mark.grid(**GRID)
def test_the_pooled_slope_is_that_of_the_years_that_all_tables_have(
    chapter: Chapter,
) -> None:
    rows = {region: shares_of(region, chapter) for region in TABLES}
    common = set.intersection(*map(set, rows.values()))
    rows = {
        region: {year: row[year] for year in sorted(common)}
        for region, row in rows.items()
    }
    told = chapter.results
    assert (told["pooled.first_year"], told["pooled.last_year"]) == (
        min(common),
        max(common),
    )
    assert told["pooled.slope"] == pytest.approx(slope_of(*rows.values()), rel=1e-6)
    for region in TABLES:
        others = [row for name, row in rows.items() if name != region]
        without = told[f"pooled.without_{region}"]
        assert without == pytest.approx(slope_of(*others), rel=1e-6)
    own = [slope_of(row) for row in rows.values()]
    assert told["pooled.spread"] == pytest.approx(max(own) - min(own), rel=1e-6)
    falling = sum(slope < 0 for slope in own)
    assert f"the share falls in {falling} of 3 regions" in chapter.text


def test_the_region_in_detail_changes_no_result_of_the_others() -> None:
    one, other = (
        run(CHAPTER, {"region": region, **QUICK}).results
        for region in ("amur", "primorye")
    )
    names = {name for name in one if not name.startswith("detail.")}
    assert {name: one[name] for name in names} == {name: other[name] for name in names}


@pytest.mark.try_it(1)
def test_without_1995_little_of_the_change_in_amur_is_of_the_share(
    before: Chapter, after: Chapter
) -> None:
    slopes, parts = (
        [page.results[f"amur.{name}"] for page in (before, after)]
        for name in ("fractional_logit.slope", "decomposition.dln_share")
    )
    rest = {y: share for y, share in shares_of("amur", before).items() if y > 1995}
    assert slopes[1] == pytest.approx(slope_of(rest), rel=1e-6)
    assert slopes[0] < slopes[1] < 0
    # 35% in 1996, 33.6% in 2005
    assert parts[1] == pytest.approx(np.log(33.6 / 35))
    assert abs(parts[1]) < abs(parts[0]) / 10


@pytest.mark.try_it(2)
def test_the_probit_has_another_slope_and_nearly_the_same_points(
    before: Chapter, after: Chapter
) -> None:
    logit, probit = (
        page.namespace["slope"]["slope"].iloc[0] for page in (before, after)
    )
    assert probit / logit < 0.7
    points = [page.namespace["effect"]["slope"] for page in (before, after)]
    assert points[1] == pytest.approx(points[0], rel=0.02)


@pytest.mark.try_it(3)
def test_binomial_errors_of_all_foreign_workers_are_a_small_part_of_hc3(
    after: Chapter,
) -> None:
    added, share = after.cells[-1].value, after.namespace["trend"]
    assert added.iloc[1] < share.bse.iloc[1] / 10
