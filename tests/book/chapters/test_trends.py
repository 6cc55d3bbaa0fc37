"""The chapter on trends: as R has it, at every parameter, and what a reader may try."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from rfe_labour import data, inference, tables
from rfe_labour.models import trends
from tests.book.published import ROOT
from tests.rfe_labour.printed_page import WORKERS, by_year

from .running import Chapter, run

CHAPTER = "book/models/trends.ipynb"
QUICK = {"replications": 99}
REGIONS = {"primorye": "table1", "khabarovsk": "table3", "amur": "table4"}
NAMES = {
    "primorye": "Primorye",
    "khabarovsk": "Khabarovskiy Krai",
    "amur": "Amurskaya oblast",
}
R = json.loads((ROOT / "tests/reference/models.json").read_text())["trends"]
GRID = {
    "region": list(REGIONS),
    "first_year": [None, 2000],
    "last_year": [None, 2001],
}


def printed(region: str, chapter: Chapter) -> dict[int, int]:
    """The printed workers of a region in the window of a run."""
    row = by_year(*WORKERS[REGIONS[region]])
    first = chapter.parameters["first_year"] or min(row)
    last = chapter.parameters["last_year"] or max(row)
    return {
        year: int(cell.replace(",", ""))
        for year, cell in row.items()
        if first <= year <= last
    }


def test_the_line_of_the_region_in_detail_is_that_of_r(chapter: Chapter) -> None:
    growth, expected = chapter.namespace["growth"], R["amur"]["log_ols"]
    assert growth.params.iloc[1] == pytest.approx(expected["slope"], rel=1e-6)
    assert growth.bse.iloc[1] == pytest.approx(expected["hc3_se"], rel=1e-6)
    assert growth.pvalues.iloc[1] == pytest.approx(expected["hc3_p"], rel=1e-6)


@pytest.mark.parametrize("region", REGIONS)
def test_the_results_of_each_region_are_those_of_r(
    chapter: Chapter, region: str
) -> None:
    own = R[region]
    expected = {
        "log_ols.slope": own["log_ols"]["slope"],
        "log_ols.hc3_se": own["log_ols"]["hc3_se"],
        "log_ols.hc3_p": own["log_ols"]["hc3_p"],
        "quasi_poisson.slope": own["quasi_poisson"]["slope"],
        "quasi_poisson.se": own["quasi_poisson"]["se"],
        "quasi_poisson.hc3_se": own["quasi_poisson"]["hc3_se"],
        "quasi_poisson.dispersion": own["quasi_poisson"]["dispersion"],
        "negative_binomial.slope": own["negative_binomial"]["slope"],
        "negative_binomial.se": own["negative_binomial"]["se"],
        "negative_binomial.alpha": own["negative_binomial"]["alpha"],
        "theil_sen.slope": own["theil_sen"],
        "kendall.tau": own["tau"],
        "kendall.p": own["p"],
    }
    for name, value in expected.items():
        told = chapter.results[f"{region}.{name}"]
        assert told == pytest.approx(value, rel=1e-6), name


def test_the_models_of_the_region_in_detail_are_those_of_all_regions(
    chapter: Chapter,
) -> None:
    slopes = chapter.namespace["slopes"].loc["amur"]
    for name, row in {
        "growth": "log_ols",
        "poisson": "quasi_poisson",
        "nb2": "negative_binomial",
    }.items():
        fit = chapter.namespace[name]
        assert fit.params.iloc[1] == pytest.approx(slopes.loc[row, "slope"], rel=1e-6)
        assert fit.bse.iloc[1] == pytest.approx(slopes.loc[row, "se"], rel=1e-5)
    assert chapter.namespace["simulated"].p == chapter.results["amur.log_ols.ar1_p"]


@pytest.mark.grid(**GRID)
def test_rises_and_falls_are_counted_on_the_printed_page(chapter: Chapter) -> None:
    rows = {region: printed(region, chapter) for region in REGIONS}
    for region, row in rows.items():
        falls = sum(b < a for a, b in itertools.pairwise(row.values()))
        assert chapter.results[f"{region}.declines"] == falls
        assert chapter.results[f"{region}.steps"] == len(row) - 1
    shared = set.intersection(*map(set, rows.values()))
    total = {y: sum(row[y] for row in rows.values()) for y in sorted(shared)}
    fell = [y for y in total if y - 1 in total and total[y] < total[y - 1]]
    years = ", ".join(map(str, fell)) or "none"
    assert f"Years with a fall: {years}." in chapter.text
    assert f"fell in {len(fell)} of {len(total) - 1} steps" in chapter.text


@pytest.mark.grid(**GRID)
def test_the_growth_in_per_cent_is_that_of_the_printed_numbers(
    chapter: Chapter,
) -> None:
    for region in REGIONS:
        row = printed(region, chapter)
        slope = stats.linregress([*row], np.log([*row.values()])).slope
        told = chapter.results[f"{region}.log_ols.percent"]
        assert told == pytest.approx(100 * np.expm1(slope), rel=1e-9)
        assert f"{told:+.1f}".replace("-", "−") in chapter.text


@pytest.mark.grid(**GRID)
def test_the_title_and_the_main_result_count_what_the_calibrated_intervals_leave_out(
    chapter: Chapter,
) -> None:
    percent = chapter.namespace["percent"]
    assert (percent["lower"] <= percent["slope"]).all()
    assert (percent["slope"] <= percent["upper"]).all()
    clear = []
    for region in REGIONS:
        own = f"{region}.log_ols"
        lower, upper = (
            chapter.results[f"{own}.ar1_percent_{it}"] for it in ("lower", "upper")
        )
        leaves_out_zero = lower > 0 or upper < 0
        assert leaves_out_zero == (chapter.results[f"{own}.ar1_p"] <= 0.05)
        clear += [NAMES[region]] if leaves_out_zero else []
        told = f"({lower:+.1f} to {upper:+.1f})".replace("-", "−")
        assert chapter.text.count(told) == 2  # in the main result and in the summary
    assert chapter.namespace["clear"].sum() == len(clear)
    told = " and ".join(clear) or "none of the three regions"
    assert chapter.text.count(f"a trend is clear in {told}. The fitted") == 2


@pytest.mark.grid(**GRID)
def test_the_titles_of_the_figures_agree_with_the_intervals(chapter: Chapter) -> None:
    own, region = chapter.results, chapter.parameters["region"]
    ends = [own[f"{region}.log_ols.ar1_percent_{it}"] for it in ("lower", "upper")]
    span = "{:+.1f} to {:+.1f}".format(*ends).replace("-", "−")
    told = f"{NAMES[region]}: growth of {span} per cent a year. "
    assert any(alt.startswith(told) for alt in chapter.alts)
    fan, power = chapter.namespace["fan"], len(chapter.namespace["one"]) - 1
    for end, percent in zip(("lower", "upper"), ends, strict=True):
        times = fan[end].iloc[-1] / fan[end].iloc[0]
        assert times == pytest.approx((1 + percent / 100) ** power)

    calibrated = sum(own[f"{it}.log_ols.ar1_p"] <= 0.05 for it in REGIONS)
    told = f"between years, a trend is clear in {calibrated} of 3 regions. "
    assert any(told in alt for alt in chapter.alts)


@pytest.mark.grid(**GRID)
def test_the_calibrated_interval_inverts_the_test_of_each_region(
    chapter: Chapter,
) -> None:
    """The slope at an end of the interval, taken away, leaves a p-value near 5 %."""
    for region in REGIONS:
        row = printed(region, chapter)
        years, logs = np.array([*row], dtype=float), np.log([*row.values()])
        for end in ("lower", "upper"):
            slope = chapter.results[f"{region}.log_ols.ar1_{end}"]
            fit = sm.OLS(logs - slope * years, sm.add_constant(years - 2000)).fit()
            rng = np.random.default_rng(chapter.parameters["seed"])
            p = inference.ar1_monte_carlo(fit, rng, QUICK["replications"]).p
            assert p == pytest.approx(0.06, abs=0.0101)  # 5 or 6 or 7 of 100


@pytest.mark.grid(**GRID)
def test_a_correlation_set_to_zero_is_noted(chapter: Chapter) -> None:
    lead = chapter.namespace["lead"]
    for region in REGIONS:
        row = printed(region, chapter)
        fit = stats.linregress([*row], [*np.log([*row.values()])])
        errors = np.log([*row.values()]) - fit.intercept - fit.slope * np.array([*row])
        n = len(row)
        measured = (errors[1:] @ errors[:-1]) / (errors @ errors)
        floored = n * measured + 2 <= 0
        assert (lead.loc[region, "note"] == "ρ set to 0") == floored
        if region == chapter.parameters["region"]:
            assert ("set to 0, so that only the number" in chapter.text) == floored
            assert ("$\\rho$ came out above 0." in chapter.text) == (not floored)


@pytest.mark.grid(**GRID)
def test_the_main_table_holds_the_interval_and_four_p_values(chapter: Chapter) -> None:
    own, table = chapter.results, chapter.namespace["beside"]
    rows = {
        "p, calibrated": "log_ols.ar1_p",
        "p, EWC": "log_ols.ewc_p",
        "p, HC3": "log_ols.hc3_p",
        "p, Mann–Kendall": "kendall.p",
    }
    for region, name in NAMES.items():
        for row, key in rows.items():
            p = own[f"{region}.{key}"]
            assert table.loc[row, name] == (f"{p:.3f}" if p >= 0.001 else "< 0.001")
        ends = [own[f"{region}.log_ols.ar1_percent_{it}"] for it in ("lower", "upper")]
        told = "{:+.1f} to {:+.1f}".format(*ends).replace("-", "−")
        assert table.loc["interval", name] == told


@pytest.mark.grid(**GRID)
def test_the_profile_is_small_just_where_the_page_says(chapter: Chapter) -> None:
    profile = chapter.namespace["profile"]
    told = []
    for region in REGIONS:
        part = profile[profile["region"] == region]
        assert part["rho"].tolist() == [it / 20 for it in range(20)]
        small = [place / 20 for place, p in enumerate(part["p"]) if p <= 0.05]
        told += [f"at no ρ above {small[-1]:.2f}" if small else "at no ρ"]
        told[-1] = "even at ρ = 0.95" if small and small[-1] == 0.95 else told[-1]
        assert (part["p"] <= 0.05).equals((part["lower"] > 0) | (part["upper"] < 0))
        heading = f"clear up to ρ = {small[-1]:.2f}" if small else "no clear trend at"
        assert heading in chapter.namespace["headings"][region]
    assert (
        f"at most 5 per cent {told[0]} in Primorye, {told[1]} in Khabarovskiy Krai "
        f"and {told[2]} in Amurskaya oblast."
    ) in chapter.text


@pytest.mark.parametrize(
    ("region", "own", "corrected"),
    [("primorye", 13, 16), ("khabarovsk", 17, 21), ("amur", 10, 12)],
)
def test_the_growth_that_could_be_noticed_is_that_of_a_referee(
    chapter: Chapter, region: str, own: int, corrected: int
) -> None:
    """Per cent a year, with the residuals' own correlation and with the corrected."""
    for which, expected in (("residual", own), ("ar1", corrected)):
        name = f"{region}.detectable.{which}_percent"
        assert round(chapter.results[name]) == expected


def test_one_year_can_move_the_median_slope_far(chapter: Chapter) -> None:
    row = by_year(*WORKERS["table1"])
    workers = {year: int(cell.replace(",", "")) for year, cell in row.items()}
    without = {year: n for year, n in workers.items() if year != 2005}
    whole, rest = (
        stats.theilslopes([*it.values()], [*it]).slope for it in (workers, without)
    )
    assert [whole, rest] == pytest.approx([83.9, 26.4], abs=0.05)  # a referee's
    told = f"Primorye is {whole:.1f} workers a year; without one single year it lies"
    assert f"{told} between {rest:.1f} (without 2005) and" in chapter.text


@pytest.mark.grid(**GRID)
def test_the_longest_run_on_one_side_is_that_of_the_printed_numbers(
    chapter: Chapter,
) -> None:
    row = printed(chapter.parameters["region"], chapter)
    years, logs = [*row], np.log([*row.values()])
    fit = stats.linregress(years, logs)
    above = logs > fit.intercept + fit.slope * np.array(years)
    runs = [len([*run]) for _, run in itertools.groupby(above)]
    first, last = (
        chapter.results[f"detail.run.{end}_year"] for end in ("first", "last")
    )
    assert chapter.results["detail.run.years"] == max(runs) == last - first + 1
    assert f"{max(runs)} years from {first} to {last} lie on one side" in chapter.text


@pytest.mark.grid(**GRID)
def test_the_two_intervals_are_told_apart_by_closed_forms(chapter: Chapter) -> None:
    own, n = chapter.results, len(printed(chapter.parameters["region"], chapter))
    assert own["detail.df_hc3"] == n - 2
    assert own["detail.df_ewc"] == max(1, round(0.4 * n ** (2 / 3)))
    if own["detail.df_ewc"] == 1:  # the quantile of Cauchy's distribution
        assert own["detail.t_ewc"] == pytest.approx(np.tan(np.pi * 0.475))
    if own["detail.df_ewc"] == 2:
        assert own["detail.t_ewc"] == pytest.approx(0.95 * np.sqrt(2 / (1 - 0.95**2)))
    region = chapter.parameters["region"]
    errors = [own[f"{region}.log_ols.{it}_se"] for it in ("ewc", "hc3")]
    word = "smaller" if errors[0] < errors[1] else "no smaller"
    assert f"standard error of EWC is {word} than that of HC3 here" in chapter.text


@pytest.mark.grid(**GRID)
def test_the_summary_answers_both_questions_by_the_numbers(chapter: Chapter) -> None:
    own = chapter.results
    told = "No" if own["together.declines"] else "The sum did"
    assert f"at every step?** {told}. The sum" in chapter.text
    rising = sum(own[f"{region}.log_ols.slope"] > 0 for region in REGIONS)
    found = [
        sum(own[f"{region}.{test}"] <= 0.05 for region in REGIONS)
        for test in ("kendall.p", "log_ols.hc3_p", "log_ols.ewc_p", "log_ols.ar1_p")
    ]
    assert f"Of the three slopes, {rising} point upwards." in chapter.text
    told = (
        f"A clear trend is found in {found[0]} of the three regions by Mann–Kendall "
        f"and in {found[1]} by HC3, which take the years to be independent, in "
        f"{found[2]} by EWC and in {found[3]} by the calibrated test."
    )
    assert told in chapter.text


@pytest.mark.grid(**GRID)
def test_intervals_that_leave_out_zero_are_counted_by_region(chapter: Chapter) -> None:
    slopes = chapter.namespace["slopes"]
    assert chapter.results["intervals"] == 7
    assert chapter.results["intervals_naive"] == 5
    for region, own in slopes.groupby("region"):
        clear = {
            method
            for (_, method), row in own.iterrows()
            if row["lower"] * row["upper"] > 0
        }
        assert chapter.results[f"{region}.clear"] == len(clear)
        naive = clear - {"ar1", "ewc"}
        assert chapter.results[f"{region}.clear_naive"] == len(naive)


def test_intervals_leave_out_zero_as_often_as_a_referee_counted(
    chapter: Chapter,
) -> None:
    for region, clear in {"primorye": 0, "khabarovsk": 5, "amur": 3}.items():
        assert chapter.results[f"{region}.clear"] == clear
    assert chapter.results["khabarovsk.clear_naive"] == 5


@pytest.mark.grid(**GRID)
def test_the_total_is_that_of_the_printed_numbers(chapter: Chapter) -> None:
    rows = [printed(region, chapter) for region in REGIONS]
    years = sorted(set.intersection(*map(set, rows)))
    total = np.array([sum(row[year] for row in rows) for year in years])
    own = chapter.results
    for key, last in {"together": len(years), "ten": 10}.items():
        part, its = total[-last:], years[-last:]
        slope = 100 * np.expm1(stats.linregress(its, np.log(part)).slope)
        assert own[f"{key}.trend.percent"] == pytest.approx(slope)
        assert own[f"{key}.trend.first"] == its[0]
        ranked = stats.kendalltau(its, part, method="exact").pvalue
        assert own[f"{key}.trend.kendall_p"] == pytest.approx(ranked)
    change = 100 * (total[-1] / total[0] - 1)
    verb = "rose" if change > 0 else "fell"
    assert f"The total of the three {verb} by {abs(change):.0f} per" in chapter.text
    told = f"the total changed by {change:+.0f} per cent, from {total[0]:,} in"
    assert told.replace("-", "−") in chapter.text
    clear = own["together.trend.ar1.p"] <= 0.05
    assert clear == (
        own["together.trend.ar1.percent_lower"] > 0
        or own["together.trend.ar1.percent_upper"] < 0
    )
    word = "a" if clear else "no"
    assert chapter.text.count(f"and {word} trend is clear") == 2
    assert f"Here {word} trend is clear if a corrected" in chapter.text
    falls = {
        before - after: f"from {before:,} to {after:,} in {year}"
        for before, after, year in zip(total, total[1:], years[1:], strict=False)
        if after < before
    }
    told = falls[min(falls)] if falls else "none"
    assert chapter.text.count(f"(the smallest fall: {told})") == 2


def test_the_total_is_judged_as_by_a_referee() -> None:
    """Per cent a year in the whole period and in the last ten years, and p-values."""
    own = run(CHAPTER, {"replications": 1999}).results
    expected = {
        "together.change_percent": (57, 0.5),
        "together.trend.percent": (5.0, 0.05),
        "together.trend.ar1.percent_lower": (-6.8, 0.8),
        "together.trend.ar1.percent_upper": (18.4, 1.0),
        "together.trend.ar1.p": (0.35, 0.04),
        "together.trend.rho": (0.63, 0.005),
        "together.trend.ewc.percent_lower": (-5.8, 0.05),
        "together.trend.ewc.percent_upper": (17.1, 0.05),
        "together.trend.log_ols.percent_lower": (-1.5, 0.05),
        "together.trend.log_ols.percent_upper": (12.0, 0.05),
        "together.trend.kendall_p": (0.026, 0.0005),
        "ten.trend.percent": (7.2, 0.05),
        "ten.trend.ar1.percent_lower": (-1.0, 0.6),
        "ten.trend.ar1.percent_upper": (16.2, 0.7),
        "ten.trend.ar1.p": (0.075, 0.02),
        "ten.trend.log_ols.percent_lower": (1.2, 0.05),
        "ten.trend.log_ols.percent_upper": (13.6, 0.05),
        "ten.trend.kendall_p": (0.005, 0.0005),
        # The correction of the correlation decides in Khabarovskiy Krai.
        "khabarovsk.uncorrected.p": (0.033, 0.013),
        "khabarovsk.uncorrected.rho": (0.32, 0.005),
        "khabarovsk.uncorrected.percent.lower": (1.9, 1.5),
        "khabarovsk.uncorrected.percent.upper": (38.0, 2.0),
        # Counted from its first years on.
        "khabarovsk.starts.times_1": (6.3, 0.05),
        "khabarovsk.starts.times_2": (6.8, 0.05),
        "khabarovsk.starts.times_3": (1.9, 0.05),
        "khabarovsk.starts.times_5": (1.0, 0.05),
        "khabarovsk.third.growth": (7.3, 0.05),
        "khabarovsk.third.rho": (0, 0),
    }
    for name, (value, error) in expected.items():
        assert own[name] == pytest.approx(value, abs=error), name
    assert own["khabarovsk.uncorrected.verdict"] == "depends"
    assert own["khabarovsk.starts.leans"] == "depends strongly on the first year"


@pytest.mark.grid(**GRID)
def test_the_growth_of_khabarovsk_is_told_for_its_first_years(
    chapter: Chapter,
) -> None:
    row = printed("khabarovsk", chapter)
    years = [*row][: min(5, len(row) - 4)]
    times = [row[max(row)] / row[year] for year in years]
    told = ", ".join(
        f"{it:.1f} times that of {year}" for it, year in zip(times, years, strict=True)
    )
    word = "strongly" if max(times) > 2 * min(times) else "little"
    leans = f"depends {word} on the first year"
    if len(years) == 1:
        leans = "is counted from one first year only"
    assert f"Krai {leans}. The last number of workers is {told}." in chapter.text
    third = {year: row[year] for year in row if year >= years[min(2, len(years) - 1)]}
    slope = stats.linregress([*third], np.log([*third.values()])).slope
    own = chapter.results["khabarovsk.third.growth"]
    assert own == pytest.approx(100 * np.expm1(slope))
    assert chapter.results["khabarovsk.third.year"] == min(third)


@pytest.mark.grid(**GRID)
def test_the_smallest_p_value_of_the_summary_is_in_the_table(chapter: Chapter) -> None:
    p = [chapter.results[f"{region}.log_ols.ar1_p"] for region in REGIONS]
    assert chapter.results["smallest_ar1_p"] == min(p)
    assert f"the three regions is {min(p):.2f}" in chapter.text


@pytest.mark.grid(**GRID)
def test_counts_of_workers_vary_more_than_poisson_counts(chapter: Chapter) -> None:
    # The chapter fits the negative binomial with its alpha, which must be above 0.
    assert chapter.results["detail.dispersion"] > 1
    assert chapter.results["detail.alpha"] > 0


@pytest.mark.grid(**GRID)
def test_leaving_out_the_named_years_gives_the_ends_of_the_range(
    chapter: Chapter,
) -> None:
    row = printed(chapter.parameters["region"], chapter)
    for end in ("lower", "upper"):
        told = chapter.results[f"detail.percent.leave_one_out.{end}"]
        year = chapter.results[f"detail.percent.leave_one_out.{end}_year"]
        rest = {y: n for y, n in row.items() if y != year}
        slope = stats.linregress([*rest], np.log([*rest.values()])).slope
        assert told == pytest.approx(100 * np.expm1(slope))


def test_one_region_and_window_has_the_same_p_value_on_every_page() -> None:
    window = {"first_year": 1996, "last_year": 2004, **QUICK}
    here = run(CHAPTER, window)
    for region, table in REGIONS.items():
        there = run("book/models/trend_window.ipynb", {"table": table, **window})
        for test in ("hc3", "ewc", "ar1"):
            assert (
                here.results[f"{region}.log_ols.{test}_p"] == there.results[f"{test}_p"]
            )
        told = here.results[f"{region}.log_ols.ewc_percent_upper"]
        assert told == there.results["ewc_upper"]


@pytest.mark.try_it(1)
def test_khabarovsk_has_a_small_p_value_only_if_dependence_is_ignored(
    after: Chapter,
) -> None:
    assert after.parameters["region"] == "khabarovsk"
    ignored, simulated = (
        after.results[f"khabarovsk.log_ols.{it}_p"] for it in ("hc3", "ar1")
    )
    assert ignored < 0.05 < simulated
    assert ignored == pytest.approx(R["khabarovsk"]["log_ols"]["hc3_p"], rel=1e-6)
    steepest = after.results["detail.percent.leave_one_out.upper_year"]
    table = tables.regional_table(data.load("table3"))["workers"]
    slopes = {
        year: np.polyfit(rest.index, np.log(rest), 1)[0]
        for year in table.index
        if len(rest := table.drop(year))
    }
    assert steepest == max(slopes, key=lambda year: slopes[year])


@pytest.mark.try_it(2)
def test_the_usual_errors_change_one_interval_of_three(
    before: Chapter, after: Chapter
) -> None:
    hc3, usual = before.namespace["growth"], after.namespace["growth"]
    assert usual.params.iloc[1] == hc3.params.iloc[1]
    assert usual.bse.iloc[1] == pytest.approx(R["amur"]["log_ols"]["se"], rel=1e-6)
    assert usual.bse.iloc[1] != pytest.approx(hc3.bse.iloc[1], rel=0.01)
    rows = [page.namespace["in_percent"] for page in (before, after)]
    changed = (rows[0]["lower"] - rows[1]["lower"]).abs() > 0.1
    assert changed.index[changed].tolist() == ["log_ols"]


@pytest.mark.try_it(3)
def test_more_waves_give_more_degrees_of_freedom(after: Chapter) -> None:
    lower, upper = after.cells[-1].value.iloc[1]
    growth = after.namespace["growth"]
    se = float(inference.ewc_se(growth.model.endog, growth.model.exog[:, 1], 4))
    assert (upper - lower) / 2 == pytest.approx(stats.t.ppf(0.975, 4) * se)


def test_every_method_has_a_name_in_prose(chapter: Chapter) -> None:
    assert set(chapter.namespace["slopes"].index.get_level_values("method")) == set(
        trends.METHODS
    )
