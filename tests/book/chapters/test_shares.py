"""The chapter on shares: as R has it, at every parameter, and what a reader may try."""

from __future__ import annotations

import itertools
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
LOGIT = "fractional_logit"
TESTS = {
    f"{LOGIT}.ar1_p": "calibrated",
    f"{LOGIT}.ewc_p": "EWC",
    f"{LOGIT}.hc3_p": "HC3",
    "kendall.p": "Mann–Kendall",
}
R = json.loads((ROOT / "tests/reference/models.json").read_text())
GRID = {"region": list(TABLES), "last_year": [None, 2001]}
LEVELS = {"first_year": [None, 2000], "level": [0.95, 0.5]}


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


def listed(names: list[str]) -> str:
    """Name regions as prose does."""
    if not names:
        return "no region"
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


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
    region, told = chapter.parameters["region"], chapter.results
    rows = {"calibrated": "ar1", "EWC": "ewc", "HC3": "fractional_logit"}
    judged, slopes = (chapter.namespace[name] for name in ("judged", "slopes"))
    for row, method in rows.items():
        expected = slopes.loc[(region, method)].dropna().tolist()
        assert judged.loc[row].dropna().tolist() == pytest.approx(expected)
    corrected = chapter.namespace["correlation"]["corrected"]
    assert told[f"{region}.fractional_logit.ar1_rho"] == pytest.approx(corrected)
    mean = chapter.namespace["points"].mean()
    assert told[f"{region}.marginal_effect.slope"] == pytest.approx(mean)


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
        rows = [*printed(region, chapter).values()]
        for place, way in enumerate(("", "second_")):
            (first, share), (last, final) = rows[place], rows[-1]
            told = {
                part: chapter.results[f"{region}.decomposition.{way}dln_{part}"]
                for part in ("workers", "share", "foreign")
            }
            assert told["workers"] == pytest.approx(np.log(last / first))
            assert told["share"] == pytest.approx(np.log(final / share))
            assert told["foreign"] == pytest.approx(told["workers"] - told["share"])
        yearly = chapter.namespace["yearly"].loc[region]
        assert yearly["workers"] == pytest.approx(yearly["share"] + yearly["foreign"])


@pytest.mark.grid(**GRID)
def test_the_regions_with_more_workers_and_a_smaller_share_are_named(
    chapter: Chapter,
) -> None:
    found = []
    for place in (0, 1, 2):
        named = []
        for region in TABLES:
            rows = [*printed(region, chapter).values()]
            (first, share), (last, final) = rows[place], rows[-1]
            if last > first and final < share:
                named.append(NAMES[region])
        found.append(listed(named))
    assert (
        f"From the first year to the last, that is so in {found[0]}; from the second, "
        f"in {found[1]}; from the third, in {found[2]}."
    ) in chapter.text


@pytest.mark.grid(**GRID)
def test_the_regions_whose_share_rose_or_fell_by_the_first_year_are_named(
    chapter: Chapter,
) -> None:
    turning = []
    for region in TABLES:
        share = [*shares_of(region, chapter).values()]
        if min(share[:3]) < share[-1] < max(share[:3]):
            turning.append(NAMES[region])
    told = f"which of the three years comes first in {listed(turning)}."
    assert told in chapter.text


@pytest.mark.grid(first_year=[None, 2000], last_year=[None, 2001])
def test_the_levels_of_the_share_in_amur_are_apart_and_named(chapter: Chapter) -> None:
    row = shares_of("amur", chapter)
    ordered = sorted(row.values())
    gaps = np.diff(ordered)
    low, high = np.split(ordered, [int(gaps.argmax()) + 1])
    years = ", ".join(str(year) for year, share in row.items() if share >= high[0])
    assert (
        f"{high[0]:.1f} to {high[-1]:.1f} per cent in {years}, and {low[0]:.1f} to "
        f"{low[-1]:.1f} in the other years."
    ) in chapter.text
    rises = any(now > then for then, now in itertools.pairwise(row.values()))
    depends = "Whether it fell depends on the years compared."
    assert (depends in chapter.text) == rises
    assert ("It fell at each step." in chapter.text) == (not rises)


@pytest.mark.grid(**GRID)
def test_the_falls_of_the_share_since_each_of_three_years_head_the_three_panels(
    chapter: Chapter,
) -> None:
    rows = {NAMES[region]: shares_of(region, chapter) for region in TABLES}
    titles = chapter.namespace["panel_titles"]
    assert [*titles] == ["first", "second", "third"]
    for place, (begin, title) in enumerate(titles.items()):
        years = {name: [*row][place] for name, row in rows.items()}
        falls = sum([*it.values()][-1] < it[years[name]] for name, it in rows.items())
        assert title == f"the share fell in {falls} of 3 regions"
        bars = [f"{name}\n{year}" for name, year in years.items()]
        assert chapter.namespace["bars"][begin] == bars


@pytest.mark.grid(**GRID)
def test_the_bars_of_share_and_foreign_workers_end_at_their_sum(
    chapter: Chapter,
) -> None:
    points, on_top = (chapter.namespace[it] for it in ("log_points", "on_top"))
    same_way = points["share"] * points["foreign"] > 0
    ends = (on_top + points["foreign"])[same_way]
    assert ends.tolist() == pytest.approx(points["workers"][same_way].tolist())
    assert (on_top[~same_way] == 0).all()


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


@pytest.mark.grid(**LEVELS)
def test_the_calibrated_interval_of_the_odds_is_told_and_whether_it_holds_zero(
    chapter: Chapter,
) -> None:
    region, alpha = chapter.parameters["region"], 1 - chapter.parameters["level"]
    lower, upper = (chapter.results[f"detail.odds.{it}"] for it in ("lower", "upper"))
    assert f"runs from {signed(lower)} to {signed(upper)}." in chapter.text
    assert ("It includes zero" in chapter.text) == (lower <= 0 <= upper)
    assert ("It excludes zero" in chapter.text) == (not lower <= 0 <= upper)
    # At its ends the test, simulated with that slope, has nearly the level.
    ends = [chapter.results[f"detail.odds.{it}_p"] for it in ("lower", "upper")]
    assert (
        f"there is {ends[0]:.3f} and {ends[1]:.3f}; it should be {alpha:.3g}."
        in chapter.text
    )
    # The interval inverts the test: it holds zero where the p-value is not small.
    p = chapter.results[f"{region}.fractional_logit.ar1_p"]
    assert (lower <= 0 <= upper) == (p > alpha + 1e-12)


def test_the_p_values_of_ewc_are_those_of_a_second_program(chapter: Chapter) -> None:
    # Computed by someone else for the fractional logit, to three decimals.
    for region, p in {"primorye": 0.261, "khabarovsk": 0.543, "amur": 0.411}.items():
        told = chapter.results[f"{region}.fractional_logit.ewc_p"]
        assert told == pytest.approx(p, abs=6e-4)


@pytest.mark.grid(**GRID)
def test_one_slope_is_judged_in_three_ways_and_its_titles_name_what_fits(
    chapter: Chapter,
) -> None:
    told, shown = chapter.results, chapter.namespace["shown"]
    for region, name in NAMES.items():
        change = 100 * np.expm1(slope_of(shares_of(region, chapter)))
        assert shown.loc[name, "slope"].tolist() == pytest.approx([change] * 3)
        ends = [
            told[f"{region}.fractional_logit.odds_percent_ar1_{end}"]
            for end in ("lower", "upper")
        ]
        title = chapter.namespace["titles"][name]
        assert ("fall" in title) == (ends[0] < 0)
        assert ("rise" in title) == (ends[1] > 0)


@pytest.mark.grid(**GRID)
def test_the_family_of_holm_is_the_three_tables(chapter: Chapter) -> None:
    for test, own in chapter.namespace["tests"].groupby(level=1):
        smallest, middle, largest = own["p"].sort_values()
        first = min(1, 3 * smallest)
        second = max(first, min(1, 2 * middle))
        expected = [first, second, max(second, largest)]
        assert own["holm_p"].sort_values().tolist() == pytest.approx(expected), test


@pytest.mark.grid(**GRID)
def test_the_p_value_of_each_correlation_is_shown_and_the_title_says_if_one_is_small(
    chapter: Chapter,
) -> None:
    by_rho = chapter.namespace["by_rho"]
    assert by_rho.index.tolist() == [0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95]
    small = by_rho.min().min() <= 1 - chapter.parameters["level"]
    assert chapter.namespace["found"].startswith("Some" if small else "No")
    for name in TABLES:
        for rho in (0, 0.4, 0.8, 0.95):
            told = chapter.results[f"{name}.profile.p_{100 * rho:.0f}"]
            assert told == by_rho.loc[rho, name]


@pytest.mark.grid(first_year=[None, 2000], last_year=[None, 2001])
def test_a_correlation_that_was_set_to_zero_is_told(chapter: Chapter) -> None:
    at_zero = [
        name
        for region, name in NAMES.items()
        if chapter.results[f"{region}.fractional_logit.ar1_rho"] == 0
    ]
    told = f"at or below zero in {' and '.join(at_zero)} and was set to zero, so"
    none = "The corrected correlation is above zero in all three regions."
    assert chapter.text.count(told if at_zero else none) == 1
    assert (none if at_zero else "was set to zero") not in chapter.text


@pytest.mark.grid(**GRID)
def test_the_two_models_are_compared_where_they_differ_most(chapter: Chapter) -> None:
    gaps = {}
    for region in TABLES:
        row = shares_of(region, chapter)
        pair = slope_of(row), line_of(row)
        percent = [100 * np.expm1(slope) for slope in pair]
        gaps[region] = abs(percent[0] - percent[1]), percent, row
    region = max(gaps, key=lambda it: gaps[it][0])
    _, percent, row = gaps[region]
    curve, line = map(signed, percent)
    ends = f"{min(row.values()):.1f} to {max(row.values()):.1f}"
    assert (
        f"most in {NAMES[region]}, where the shares run from {ends} per cent: "
        f"{curve} against {line} per cent a year."
    ) in chapter.text


@pytest.mark.grid(**GRID)
def test_the_observed_slopes_are_compared_with_what_could_be_noticed(
    chapter: Chapter,
) -> None:
    short = np.zeros(3, dtype=int)
    for region in TABLES:
        row = shares_of(region, chapter)
        slope = abs(slope_of(row))
        shown = chapter.namespace["in_percent"].loc[region]
        assert shown["observed"] == pytest.approx(100 * np.expm1(slope), rel=1e-6)
        kinds = {"independent": "", "measured": "residual_", "corrected": "ar1_"}
        noticed = [
            chapter.results[f"{region}.noticed.{it}percent"] for it in kinds.values()
        ]
        assert shown[[*kinds]].tolist() == pytest.approx(noticed)
        short += 100 * np.expm1(slope) < np.array(noticed)
    assert f"In {short[0]} of 3 regions the observed trend is smaller" in chapter.text
    told = f"In {short[2]} it is smaller than the test would detect with the corrected"
    assert told in chapter.text


@pytest.mark.grid(**GRID)
def test_the_correlations_are_those_of_the_deviations_in_log_odds(
    chapter: Chapter,
) -> None:
    for region in TABLES:
        row, told = shares_of(region, chapter), chapter.results
        x = np.array([*row]) - np.mean([*row])
        percent = np.array([*row.values()])
        design = np.column_stack([np.ones(len(x)), x])
        family = sm.families.Binomial()
        fit = sm.GLM(percent / 100, design, family=family).fit(tol=1e-12)
        apart = np.log(percent / (100 - percent)) - design @ fit.params
        measured = (apart[1:] * apart[:-1]).sum() / (apart**2).sum()
        assert told[f"{region}.residual_rho"] == pytest.approx(measured, rel=1e-6)
        shown = chapter.namespace["assumed"].loc[region]
        corrected = told[f"{region}.fractional_logit.ar1_rho"]
        assert shown.tolist() == pytest.approx([0, measured, corrected])


@pytest.mark.grid(**LEVELS)
def test_the_verdict_names_the_regions_whose_slopes_each_test_tells_from_zero(
    chapter: Chapter,
) -> None:
    told, alpha = chapter.results, 1 - chapter.parameters["level"]
    spoken = {}
    for test in ("ar1", "ewc", "hc3"):
        named = [
            f"{NAMES[it]} ({'a rise' if told[f'{it}.{LOGIT}.slope'] > 0 else 'a fall'})"
            for it in TABLES
            if told[f"{it}.{LOGIT}.{test}_p"] <= alpha + 1e-12
        ]
        spoken[test] = listed(named)
    text = chapter.text
    assert f"The calibrated interval excludes zero in {spoken['ar1']}. The" in text
    assert f"The EWC interval does so in {spoken['ewc']}; the HC3 interval," in text
    assert f"treats the years as independent, in {spoken['hc3']}." in text
    found = []
    for key, called in TESTS.items():
        clear = [NAMES[it] for it in TABLES if told[f"{it}.{key}"] <= alpha + 1e-12]
        if clear:
            found.append(f"{called}: {' and '.join(clear)}")
    none = "None of four tests finds a clear trend in any share."
    some = (
        f"Some of four tests find a trend, at a confidence level of "
        f"{chapter.parameters['level']:g} ({'; '.join(found)})."
    )
    # In the overview, beside the p-values, and first in the summary.
    assert text.count(some if found else none) == 3
    assert text.count(none) == (0 if found else 3)


@pytest.mark.grid(**GRID)
def test_it_is_told_which_choices_of_years_turn_the_sign(chapter: Chapter) -> None:
    row = shares_of(chapter.parameters["region"], chapter)
    years, turned = [*row], []
    ways = {
        "leaving out one year": [{*years} - {it} for it in years],
        "a later first year": [{*range(it, years[-1] + 1)} for it in years[:-4]],
        "an earlier last year": [{*range(years[0], it + 1)} for it in years[4:]],
    }
    for way, choices in ways.items():
        slopes = [slope_of({it: row[it] for it in sorted(kept)}) for kept in choices]
        if any(slope * slope_of(row) < 0 for slope in slopes):
            turned.append(way)
    told = f"Its sign changes with {' and with '.join(turned)}."
    none = "None of these choices changes its sign."
    assert (told if turned else none) in chapter.text


@pytest.mark.grid(**GRID)
def test_the_factors_of_the_share_since_three_years_are_told_in_the_summary(
    chapter: Chapter,
) -> None:
    share_of, workers_of, years = {}, {}, []
    for region in ("khabarovsk", "amur"):
        rows = printed(region, chapter)
        last, final = [*rows.values()][-1]
        years = [*rows][:3]
        share_of[region] = [f"{final / rows[year][1]:.2f}" for year in years]
        workers_of[region] = [f"{last / rows[year][0]:.2f}" for year in years]
    pairs = zip(share_of["khabarovsk"], years, strict=True)
    first, second, third = (f"by {times} from {year}" for times, year in pairs)
    in_amur, workers = (
        "by {}, {} and {}".format(*of["amur"]) for of in (share_of, workers_of)
    )
    assert (
        f"in Khabarovskiy Krai was multiplied {first}, {second} and {third}. In "
        f"Amurskaya oblast, in the same order, it was multiplied {in_amur}, and the "
        f"number of workers {workers}."
    ) in chapter.text


def test_of_the_two_first_years_in_khabarovskiy_krai_its_rise_is_made(
    chapter: Chapter,
) -> None:
    # Printed: 6.9 and 5.0 per cent in 1995 and 1996, 27.0 in 1997, 25.5 in 2005.
    told = [
        chapter.results[f"khabarovsk.decomposition.{it}times_share"]
        for it in ("", "second_", "third_")
    ]
    assert told == pytest.approx([3.7, 5.1, 0.94], abs=6e-3)


def test_from_1996_the_share_in_amur_hardly_changed(chapter: Chapter) -> None:
    # Printed: 1,350 workers and 35% in 1996; 3,422 and 33.6% in 2005.
    told = chapter.results
    assert told["amur.decomposition.second_dln_workers"] == pytest.approx(
        0.93, abs=5e-3
    )
    assert told["amur.decomposition.second_dln_share"] == pytest.approx(-0.04, abs=5e-3)


@pytest.mark.grid(**LEVELS)
def test_the_regions_whose_own_interval_excludes_zero_are_named(
    chapter: Chapter,
) -> None:
    named = {}
    for kind, prefix in {"ar1": "ar1_", "hc3": ""}.items():
        ends = {
            it: [
                chapter.results[f"pooled.{it}.{prefix}{end}"]
                for end in ("lower", "upper")
            ]
            for it in TABLES
        }
        found = [NAMES[it] for it, (low, high) in ends.items() if low > 0 or high < 0]
        named[kind] = listed(found)
    told = (
        f"calibrated interval excludes zero in {named['ar1']}; that of HC3 in "
        f"{named['hc3']}."
    )
    assert chapter.text.count(told) == 1


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
