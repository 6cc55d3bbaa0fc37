"""The notebook that a sweep executes for each window."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from papermill_pages.plan import plan_sweep
from papermill_pages.settings import Settings
from scipy import stats

from tests.book.published import ROOT
from tests.rfe_labour.printed_page import SHARES, WORKERS, by_year

from .running import Chapter

CHAPTER = "book/models/trend_window.ipynb"
QUICK = {"replications": 99}
R = json.loads((ROOT / "tests/reference/models.json").read_text())["trends"]


def ewc_terms(years: int) -> int:
    return round(0.4 * years ** (2 / 3))


@pytest.mark.grid(
    table=list(WORKERS)[:3], first_year=[None, 1997], last_year=[None, 2003]
)
def test_a_window_states_the_growth_of_the_printed_numbers(chapter: Chapter) -> None:
    row = by_year(*WORKERS[chapter.parameters["table"]])
    first = chapter.parameters["first_year"] or min(row)
    last = chapter.parameters["last_year"] or max(row)
    years = np.arange(first, last + 1)
    workers = [int(row[year].replace(",", "")) for year in years]
    slope = stats.linregress(years, np.log(workers)).slope
    own = chapter.results
    assert own["years"] == len(years)
    assert own["percent"] == pytest.approx(100 * np.expm1(slope))
    for test in ("ar1", "ewc", "hc3"):
        assert own[f"{test}_lower"] < own["percent"] < own[f"{test}_upper"]
    assert own["theil_sen"] == pytest.approx(stats.theilslopes(workers, years).slope)
    assert all(0 < own[f"{test}_p"] <= 1 for test in ("hc3", "ewc", "ar1"))
    # Measured below 0 by hand, the correlation is set to 0.
    errors = np.log(workers) - np.polyval(np.polyfit(years, np.log(workers), 1), years)
    measured = errors[1:] @ errors[:-1] / (errors @ errors)
    corrected = (len(years) * measured + 2) / (len(years) - 4)
    assert own["rho"] == pytest.approx(min(max(corrected, 0), 0.99), abs=1e-6)
    assert own["floored"] == (corrected <= 0)
    assert own["capped"] == (corrected >= 0.99)
    error = math.sqrt(own["ar1_p"] * (1 - own["ar1_p"]) / QUICK["replications"])
    assert own["ar1_error"] == pytest.approx(error)
    # The sentences and the table say the same.
    rises = "rises" if slope > 0 else "falls"
    percent = abs(100 * np.expm1(slope))
    assert f"workers {rises} by {percent:.1f} per cent a year." in chapter.text
    includes = "includes" if own["ar1_lower"] <= 0 <= own["ar1_upper"] else "excludes"
    assert f" per cent a year, {includes} zero (p = {own['ar1_p']:.3f}" in chapter.text
    short = f"{len(years)} years hardly determine it, and leave EWC one degree of"
    assert (short in chapter.text) == (len(years) < 8)
    ends = " | ".join(f"{own[f'ewc_{end}']:.1f}" for end in ("lower", "upper"))
    row = f"| EWC | {ewc_terms(len(years))} | {ends} | {own['ewc_p']:.3f} |"
    assert row.replace("-", "−") in chapter.text


@pytest.mark.grid(table=["table1", "table3"], first_year=[1997], last_year=[2001])
def test_the_figure_shows_the_window_in_the_whole_table(chapter: Chapter) -> None:
    row = by_year(*WORKERS[chapter.parameters["table"]])
    outside, fitted, inside = chapter.namespace["axes"].lines
    drawn = {
        year: count
        for line in (outside, inside)
        for year, count in zip(*line.get_data(), strict=True)
    }
    assert drawn == {year: int(count.replace(",", "")) for year, count in row.items()}
    assert [*inside.get_xdata()] == [*range(1997, 2002)]
    growth = fitted.get_ydata()[1:] / fitted.get_ydata()[:-1]
    assert 100 * (growth - 1) == pytest.approx(chapter.results["percent"])
    assert f"workers as printed: {row[1997]} in 1997, lowest" in chapter.alts[0]


@pytest.mark.grid(table=["table4"])
def test_the_whole_period_is_that_of_r(chapter: Chapter) -> None:
    own, expected = chapter.results, R["amur"]["log_ols"]
    assert own["hc3_p"] == pytest.approx(expected["hc3_p"], rel=1e-6)
    told = [own["hc3_lower"], own["hc3_upper"]]
    ends = [expected["hc3_lower"], expected["hc3_upper"]]
    assert told == pytest.approx(100 * np.expm1(ends), rel=1e-5)


@pytest.mark.try_it(1)
def test_without_its_first_year_amur_grows_faster(after: Chapter) -> None:
    # By np.polyfit over the ten printed numbers from 1996 to 2005.
    assert after.results["years"] == 10
    assert after.results["percent"] == pytest.approx(13.27, abs=0.01)
    assert after.results["hc3_p"] < 0.001


def test_the_sweep_has_every_span_of_at_least_five_years() -> None:
    file = ROOT / "book/models/trend_windows.sweep.yml"
    sweep, report = plan_sweep(ROOT, file, Settings())
    assert report is not None
    assert {*sweep.rows} == {
        (table, first, last)
        for table in ("table1", "table3", "table4")
        for first in by_year(*WORKERS[table])
        for last in by_year(*WORKERS[table])
        if last - first >= 4
    }
    assert len(sweep.rows) == 55 + 28 + 28


@pytest.mark.grid(
    table=["table1", "table3", "table4"], first_year=[1996], last_year=[2000, None]
)
def test_two_years_are_compared_as_they_are_printed(chapter: Chapter) -> None:
    table, first = chapter.parameters["table"], 1996
    last = chapter.parameters["last_year"] or 2005
    counts, shares = (by_year(*it[table]) for it in (WORKERS, SHARES))
    assert f" from {counts[first]} to {counts[last]}. Their share" in chapter.text
    assert f" from {shares[first]} to {shares[last]} per cent." in chapter.text
    workers = [int(counts[year].replace(",", "")) for year in (first, last)]
    change = {
        "workers": math.log(workers[1] / workers[0]),
        "share": math.log(float(shares[last]) / float(shares[first])),
    }
    change["foreign"] = change["workers"] - change["share"]
    for part, dln in change.items():
        assert chapter.results[f"dln_{part}"] == pytest.approx(dln)
