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


def line_of(series: dict[int, float]) -> float:
    """Fit the slope of a line through the log-odds."""
    share = np.array([*series.values()])
    return float(stats.linregress([*series], np.log(share / (100 - share))).slope)


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
        "fractional_logit.hc3_p": own["fractional_logit"]["hc3_p"],
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
    lines = ["More workers, smaller share"]
    for place, start in enumerate(("first", "second")):
        named = []
        for region in TABLES:
            rows = [*printed(region, chapter).values()]
            (first, share), (last, final) = rows[place], rows[-1]
            if last > first and final < share:
                named.append(NAMES[region])
        lines.append(f"from the {start} year: {', '.join(named) or 'none'}")
        assert f"rom the {start} year on, " in chapter.text
        assert f"in: {', '.join(named) or 'none'}" in chapter.text
    assert chapter.namespace["title"] == "\n".join(lines)


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
        spoken = " and ".join(signed(100 * np.expm1(end), 2) for end in ends)
        assert f"{spoken} in {NAMES[region]}" in chapter.text


@pytest.mark.grid(region=list(TABLES), level=[0.95, 0.5])
def test_the_interval_of_the_odds_is_said_to_hold_zero_if_it_does(
    chapter: Chapter,
) -> None:
    lower, upper = (chapter.results[f"detail.odds.{it}"] for it in ("lower", "upper"))
    assert ("It holds zero" in chapter.text) == (lower <= 0 <= upper)
    assert ("it does not hold zero" in chapter.text) == (not lower <= 0 <= upper)


@pytest.mark.grid(level=[0.95, 0.8])
def test_students_t_multiplies_the_errors_of_ewc_and_of_hc3_as_told(
    chapter: Chapter,
) -> None:
    level, hc3 = chapter.parameters["level"], len(chapter.namespace["one"]) - 2
    degrees = round(0.4 * (hc3 + 2) ** (2 / 3))
    times, other = (stats.t.ppf((1 + level) / 2, it) for it in (degrees, hc3))
    told = f"{times:.1f} where `df` is {degrees}, and by {other:.1f} where it is {hc3};"
    assert told in chapter.text


@pytest.mark.grid(**GRID)
def test_the_two_models_are_compared_where_they_differ_most(chapter: Chapter) -> None:
    gaps = {}
    for region in TABLES:
        row = shares_of(region, chapter)
        pair = slope_of(row), line_of(row)
        gaps[region] = abs(pair[0] - pair[1]), pair, row
    region = max(gaps, key=lambda it: gaps[it][0])
    _, pair, row = gaps[region]
    logit, line = (signed(100 * np.expm1(slope)) for slope in pair)
    assert f"most in {NAMES[region]}: {logit} against {line} per" in chapter.text
    ends = f"{min(row.values()):.1f} to {max(row.values()):.1f}"
    assert f"the shares run from {ends} per cent" in chapter.text


@pytest.mark.grid(**GRID)
def test_the_observed_slopes_are_compared_with_what_could_be_noticed(
    chapter: Chapter,
) -> None:
    short = 0
    for region in TABLES:
        slope = abs(line_of(shares_of(region, chapter)))
        shown = chapter.namespace["in_percent"].loc[region]
        assert shown["observed"] == pytest.approx(100 * np.expm1(slope), rel=1e-6)
        noticed = chapter.results[f"{region}.detectable.ar1_slope"]
        assert shown["AR(1)"] == pytest.approx(100 * np.expm1(noticed))
        short += slope < noticed
    assert f"In {short} of 3 regions the observed slope is smaller" in chapter.text


@pytest.mark.grid(region=list(TABLES), first_year=[None, 2000], level=[0.95, 0.5])
def test_the_verdict_names_the_regions_whose_slopes_each_test_tells_from_zero(
    chapter: Chapter,
) -> None:
    told, alpha = chapter.results, 1 - chapter.parameters["level"]
    tests = {
        "fractional_logit": ("fractional_logit", "hc3_p"),
        "ewc": ("logit_ols", "ewc_p"),
        "ar1": ("logit_ols", "ar1_p"),
    }
    found: dict[str, list[str]] = {"all": []}
    for test, (model, p) in tests.items():
        found[test] = [it for it in TABLES if told[f"{it}.{model}.{p}"] <= alpha]
    found["all"] = [it for it in TABLES if all(it in found[test] for test in tests)]
    spoken = {}
    for test, regions in found.items():
        model = tests[test][0] if test in tests else "fractional_logit"
        ways = {
            it: "a rise" if told[f"{it}.{model}.slope"] > 0 else "a fall"
            for it in regions
        }
        named = [f"{NAMES[it]} ({way})" for it, way in ways.items()]
        spoken[test] = ", ".join(named) or "none"
    text = chapter.text
    assert f"logit excludes zero in: {spoken['fractional_logit']}." in text
    assert f"EWC does in: {spoken['ewc']}; and" in text
    assert f"at this level in: {spoken['ar1']}." in text
    every = f"All three tests tell the trend from zero in: {spoken['all']}."
    told_by_one = any(found[test] for test in tests)
    none = (
        "In no region do all three tests tell the trend from zero."
        if told_by_one
        else "In no region does any of the three tests tell the trend from zero."
    )
    assert text.count(every if found["all"] else none) == 2
    assert (none if found["all"] else "All three tests tell") not in text


@pytest.mark.grid(**GRID)
def test_the_ends_of_all_ranges_are_told_and_which_choices_turn_the_sign(
    chapter: Chapter,
) -> None:
    row = shares_of(chapter.parameters["region"], chapter)
    years, turned = [*row], []
    ways = {
        "leaving out one year": {it: {*years} - {it} for it in years},
        "a later first year": {it: {*range(it, years[-1] + 1)} for it in years[:-4]},
        "an earlier last year": {it: {*range(years[0], it + 1)} for it in years[4:]},
    }
    forms = ("(without {})", "(from {} on)", "(up to {})")
    for (way, choices), form in zip(ways.items(), forms, strict=True):
        slopes = {
            year: slope_of({it: row[it] for it in sorted(kept)})
            for year, kept in choices.items()
        }
        for choose in (min, max):
            year = choose(slopes, key=lambda it: slopes[it])
            spoken = signed(100 * np.expm1(slopes[year]))
            assert f"{spoken} {form.format(year)}" in chapter.text
        if any(slope * slope_of(row) < 0 for slope in slopes.values()):
            turned.append(way)
    told = f"Its sign changes with {' and with '.join(turned)}."
    none = "None of these choices changes its sign."
    assert (told if turned else none) in chapter.text


@pytest.mark.grid(**GRID)
def test_the_changes_are_told_as_factors_from_the_first_and_the_second_year(
    chapter: Chapter,
) -> None:
    rows = printed("amur", chapter)
    (first, share), (_, other), *_, (last, final) = rows.values()
    text, second = chapter.text, [*rows][1]
    assert f"oblast was multiplied by {last / first:.2f}" in text
    logarithm = signed(np.log(final / share), 2)
    assert f"the share by {final / share:.2f} ({logarithm})" in text
    foreign = last / final / (first / share)
    assert f"all foreign workers by {foreign:.2f} (" in text
    assert f"From the second year, {second}, on, the share" in text
    assert text.count(f"share was multiplied by {final / other:.2f}") == 2
    for region in ("khabarovsk", "primorye"):
        (_, share), (_, other), *_, (_, final) = printed(region, chapter).values()
        parts = [signed(np.log(final / it), 2) for it in (share, other)]
        keys = ("dln_foreign", "second_dln_foreign")
        others = [chapter.results[f"{region}.decomposition.{it}"] for it in keys]
        before, after = (
            f"{it} and {signed(rest, 2)}"
            for it, rest in zip(parts, others, strict=True)
        )
        between = " from the first year, and " if region == "khabarovsk" else ", and "
        assert f"{before}{between}{after}" in text


@pytest.mark.grid(first_year=[None, 2000], level=[0.95, 0.5, 0.999])
def test_the_regions_whose_own_interval_excludes_zero_are_named(
    chapter: Chapter,
) -> None:
    ends = {
        it: [chapter.results[f"pooled.{it}.{end}"] for end in ("lower", "upper")]
        for it in TABLES
    }
    named = [NAMES[it] for it, (low, high) in ends.items() if low > 0 or high < 0]
    told = f"taken for independent: {', '.join(named) or 'none'}."
    assert told in chapter.text


@pytest.mark.grid(**GRID)
def test_the_summary_tells_in_per_cent_what_rounding_and_single_years_do(
    chapter: Chapter,
) -> None:
    row = shares_of("amur", chapter)
    without = [
        slope_of({it: share for it, share in row.items() if it != year}) for year in row
    ]
    spoken = [signed(100 * np.expm1(end(without))) for end in (min, max)]
    assert f"moves the change between {' and '.join(spoken)}." in chapter.text
    ends = [chapter.results[f"amur.rounding.{it}"] for it in ("lower", "upper")]
    spoken = [signed(100 * np.expm1(end)) for end in ends]
    assert f"changed by between {' and '.join(spoken)} per cent" in chapter.text


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
def test_binomial_errors_of_one_draw_a_year_are_several_times_those_of_hc3(
    before: Chapter, after: Chapter
) -> None:
    source = "inference.compare(usual |"
    (shown,) = (cell.value for cell in after.cells if source in cell.source)
    (unchanged,) = (cell.value for cell in before.cells if source in cell.source)
    assert shown.index[-1] == "binomial"
    assert shown["se"].iloc[-1] > 2 * shown["se"].loc["glm_hc3"]
    assert shown["se"].iloc[:3].tolist() == unchanged["se"].tolist()


@pytest.mark.try_it(3)
def test_binomial_errors_of_all_foreign_workers_are_a_small_part_of_hc3(
    after: Chapter,
) -> None:
    added, share = after.cells[-1].value, after.namespace["trend"]
    assert added.iloc[1] < share.bse.iloc[1] / 10
