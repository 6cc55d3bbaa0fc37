"""The chapter on jumps and odd years, on every region and margin that it allows."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import logit

from tests.book.published import ROOT
from tests.rfe_labour.printed_page import SHARES, WORKERS, by_year

from .running import Chapter

CHAPTER = "book/models/breaks.ipynb"
QUICK = {"replications": 199}
R = json.loads((ROOT / "tests/reference/models.json").read_text())["trends"]
TABLES = {"primorye": "table1", "khabarovsk": "table3", "amur": "table4"}
GRID = {"region": ["khabarovsk", "amur"], "fewest": [2, 4]}
NAMES = {
    "primorye": "Primorye",
    "khabarovsk": "Khabarovskiy Krai",
    "amur": "Amurskaya oblast",
}


def printed(region: str, outcome: str) -> dict[int, float]:
    """Take a series from the printed page, on the scale of its line."""
    row = by_year(*(WORKERS if outcome == "workers" else SHARES)[TABLES[region]])
    values = {year: float(cell.replace(",", "")) for year, cell in row.items()}
    scale = np.log if outcome == "workers" else lambda share: logit(share / 100)
    return {year: float(scale(value)) for year, value in values.items()}


def slope(values: dict[int, float]) -> float:
    """Fit a line by NumPy, in per cent a year."""
    years = np.array([*values]) - 2000
    return float(100 * np.expm1(np.polyfit(years, [*values.values()], 1)[0]))


def best_jump(values: dict[int, float], fewest: int) -> tuple[int, float, float]:
    """Find year, size and slope (per cent) of the jump that leaves least squares."""
    years, y = np.array([*values]), np.array([*values.values()])
    left = {}
    for year in years[fewest : len(years) - fewest + 1]:
        design = np.column_stack([np.ones(len(y)), years - 2000.0, years >= year])
        coefficients, squares = np.linalg.lstsq(design, y, rcond=None)[:2]
        left[float(squares[0])] = int(year), *100 * np.expm1(coefficients[[2, 1]])
    year, jump, beside = left[min(left)]
    return year, float(jump), float(beside)


@pytest.mark.grid(**GRID)
def test_the_best_jump_of_each_series_leaves_the_least_squares(
    chapter: Chapter,
) -> None:
    fewest, shown = chapter.parameters["fewest"], chapter.parameters["region"]
    own, text = chapter.results, " ".join(chapter.text.split())
    for region in TABLES:
        for outcome in ("workers", "share"):
            values = printed(region, outcome)
            year, jump, beside = best_jump(values, fewest)
            key = f"{region}.{outcome}.jump"
            assert own[f"{key}.year"] == year
            assert own[f"{key}.jump"] == pytest.approx(jump)
            assert own[f"{key}.beside"] == pytest.approx(beside)
            assert own[f"{key}.growth"] == pytest.approx(slope(values))
            if region == shown:
                assert own[f"detail.{outcome}.year"] == year
                assert f"in {year} and changes" in text
                assert f"{outcome}: year {year}, jump" in chapter.alts[0]


@pytest.mark.grid(**GRID)
def test_the_overview_and_the_summary_count_the_small_p_values(
    chapter: Chapter,
) -> None:
    p = [chapter.results[f"{it}.jump.p"] for it in series()]
    clear, text = sum(it <= 0.05 for it in p), " ".join(chapter.text.split())
    # Holm's first step decides whether there is any.
    assert (chapter.results["clear_holm"] > 0) == (min(p) <= 0.05 / len(p))
    assert f"{clear} of 6 best jumps have a small p-value, or" in text
    two, three, four = (
        sum(
            chapter.results[f"{it}.jump.from_{years}_years_p"] <= 0.05
            for it in series()
        )
        for years in (2, 3, 4)
    )
    assert f"{two}, {three} and {four} of 6 series have a jump that chance" in text
    assert f"With two years required it is {two}." in text
    # The p-values at the chosen margin are those of its column.
    column = f"jump.from_{chapter.parameters['fewest']}_years_p"
    assert p == [chapter.results[f"{it}.{column}"] for it in series()]


def series() -> list[str]:
    return [f"{region}.{name}" for region in TABLES for name in ("workers", "share")]


@pytest.mark.grid(**GRID)
def test_the_smallest_of_all_p_values_is_told_with_its_series(
    chapter: Chapter,
) -> None:
    own = chapter.results
    of_all = {
        own[f"{it}.jump.from_{years}_years_p"]: (it, years)
        for it in reversed(series())
        for years in (4, 3, 2)
    }
    name, years = of_all[min(of_all)]
    region, outcome = name.split(".")
    year, jump, _ = best_jump(printed(region, outcome), years)
    assert (
        f"for the {outcome} of {NAMES[region]} with at least {years} years on each "
        f"side: a jump of {jump:+.0f} per cent in {year}. The Holm correction for the "
        f"six series of its column raises it to {min(1, 6 * min(of_all)):.3f}. As the "
        "smallest of 18 p-values it is"
    ).replace("-", "−") in " ".join(chapter.text.split()).replace("-", "−")


def test_for_primorye_the_referee_s_p_values_stand_in_the_profile(
    chapter: Chapter,
) -> None:
    own = chapter.results
    assert (own["detail.workers.year"], own["detail.share.year"]) == (1998, 2000)
    told = [own[f"detail.{it}.p_{rho}"] for it in ("workers", "share") for rho in "08"]
    for p, expected in zip(told, (0.20, 0.69, 0.03, 0.29), strict=True):
        # 199 series here; test_breaks of the inference draws more.
        assert abs(p - expected) < 0.005 + 4 * np.sqrt(p * (1 - p) / 200)


def test_each_line_is_fitted_again_to_the_numbers_that_its_name_says(
    chapter: Chapter,
) -> None:
    for region in TABLES:
        for outcome in ("workers", "share"):
            whole = printed(region, outcome)
            first, last = min(whole), max(whole)
            changed = {
                "as_printed": whole,
                "without_first": {it: whole[it] for it in whole if it != first},
                "first_as_second": whole | {first: whole[first + 1]},
                "without_last": {it: whole[it] for it in whole if it != last},
            }
            for name, values in changed.items():
                key = f"{region}.{outcome}.{name}"
                assert chapter.results[f"{key}.growth"] == pytest.approx(slope(values))
    reported = printed("primorye", "workers") | {2000: np.log(4000)}
    elsewhere = chapter.results["primorye.workers.elsewhere.growth"]
    assert elsewhere == pytest.approx(slope(reported))


def test_the_slopes_as_printed_are_those_of_r(chapter: Chapter) -> None:
    for region in TABLES:
        own = chapter.results[f"{region}.workers.as_printed.growth"]
        assert own == pytest.approx(100 * np.expm1(R[region]["log_ols"]["slope"]))


def test_what_the_prose_says_of_the_odd_years_is_on_the_printed_page() -> None:
    amur, primorye = printed("amur", "workers"), printed("primorye", "workers")
    assert np.exp(amur[1995] - amur[1996]) == pytest.approx(2, abs=0.1)
    assert 1.8 < np.exp(primorye[2005] - primorye[2004]) < 2
    share = printed("amur", "share")
    later = {year: value for year, value in share.items() if year > 1995}
    assert slope(share | {1995: share[1996]}) > 0
    assert slope({it: amur[it] for it in later}) > slope(amur) > 0


def test_the_share_of_amur_is_told_by_its_printed_numbers(chapter: Chapter) -> None:
    cells = by_year(*SHARES["table4"])
    high = [f"{float(cells[year]):.0f}" for year in (1995, 2000, 2001)]
    low, late = (
        [float(cells[year]) for year in years]
        for years in (range(1996, 2000), range(2003, 2006))
    )
    share = printed("amur", "share")
    slopes = [
        slope({year: share[year] for year in share if year >= start})
        for start in range(1995, 2002)
    ]
    assert max(slopes) < 0
    assert (
        f"it was {high[0]} per cent in 1995, {high[1]} in 2000 and {high[2]} in 2001, "
        f"but {min(low):.0f} to {max(low):.0f} in 1996–99 and {min(late):.0f} to "
        f"{max(late):.0f} from 2003. Lines that begin in 1995 to 2001 change the odds "
        f"by {min(slopes):+.1f} to {max(slopes):+.1f} per cent a year."
    ).replace("-", "−") in " ".join(chapter.text.split()).replace("-", "−")


def test_the_lines_whose_correlation_was_set_to_its_ceiling_are_counted(
    chapter: Chapter,
) -> None:
    above = 0
    for region in TABLES:
        for outcome in ("workers", "share"):
            whole = printed(region, outcome)
            first, last = min(whole), max(whole)
            for values in (
                whole,
                {it: whole[it] for it in whole if it != first},
                whole | {first: whole[first + 1]},
                {it: whole[it] for it in whole if it != last},
            ):
                y, n = np.array([*values.values()]), len(values)
                error = y - np.polyval(np.polyfit([*values], y, 1), [*values])
                lag = error[1:] @ error[:-1] / (error @ error)
                above += (n * lag + 2) / (n - 4) >= 0.99
    assert chapter.results["rho.capped"] == above == 2
    assert "For 2 of the lines $\\rho$ was estimated above 0.99" in chapter.text


def test_a_best_jump_in_2000_comes_with_a_change_of_the_printed_numbers(
    chapter: Chapter,
) -> None:
    told = "Primorye (share); Amurskaya oblast (workers); Amurskaya oblast (share)"
    assert chapter.results["in_2000"] == told
    counts = by_year(*WORKERS["table4"])
    assert all(counts[year].endswith("0") for year in range(1995, 2000))
    with (ROOT / "data/sources.csv").open() as file:
        cited = [row for row in csv.DictReader(file) if row["table"] == "table1"]
    assert max(int(row["latest_year"]) for row in cited) == 1999


# Computed by an independent referee, for the best jumps of three years and more.
POWER = (0.10, 0.32, 0.08, 0.06, 0.13, 0.31)


def test_the_power_against_the_best_jumps_is_that_of_the_referee(
    chapter: Chapter,
) -> None:
    for name, expected in zip(series(), POWER, strict=True):
        power = chapter.results[f"{name}.jump.power"]
        # The critical values come from as few series as the rejections.
        assert abs(power - expected) < 0.005 + 6 * np.sqrt(power * (1 - power) / 199)


@pytest.mark.grid(**GRID)
def test_the_verdict_on_the_size_of_the_test_fits_its_numbers(
    chapter: Chapter,
) -> None:
    sizes = chapter.namespace["rates"]
    none = sizes[["none_in_11_years", "none_in_14_years"]].to_numpy()
    assert chapter.results["size_lowest"] == none.min()
    assert chapter.results["size_highest"] == none.max()
    often = "too often in places"
    told = "about as rarely as promised" if none.max() <= 0.0625 else often
    assert f"So false alarms come {told}" in chapter.text


@pytest.mark.grid(level=[0.8])
def test_the_intervals_without_zero_are_counted_and_named(chapter: Chapter) -> None:
    intervals = {
        key.removesuffix(".lower"): (value, chapter.results[f"{key[:-6]}.upper"])
        for key, value in chapter.results.items()
        if key.endswith(".lower")
    }
    assert len(intervals) == 25
    away = [it for it, (low, high) in intervals.items() if low > 0 or high < 0]
    assert chapter.results["trends_clear"] == len(away)
    listed = chapter.results["trends_clear_list"]
    assert listed.count(";") + 1 == max(1, len(away))
    assert (listed == "none") == (not away)
    for name in away:
        region, outcome = name.split(".")[:2]
        assert NAMES[region] in listed
        assert f"({outcome})" in listed
    # Where the p-value is small, and only there, zero is outside.
    for name, (low, high) in intervals.items():
        small = chapter.results[f"{name}.p"] <= 1 - chapter.parameters["level"]
        assert small == (low > 0 or high < 0)


@pytest.mark.grid(**GRID)
def test_no_region_makes_a_library_warn(chapter: Chapter) -> None:
    said = [out for cell in chapter.cells for out in cell.outputs]
    assert not [out for out in said if out["output_type"] == "stream"]


@pytest.mark.try_it(1)
def test_two_years_on_each_side_show_a_jump_in_khabarovsk(after: Chapter) -> None:
    assert after.results["detail.workers.year"] == 1997
    # 319 and 296 workers in the first two years, 1,050 in the third.
    assert after.namespace["profile"]["workers_p"].max() < 0.05


@pytest.mark.try_it(2)
def test_without_two_years_the_growth_in_khabarovsk_falls(
    before: Chapter, after: Chapter
) -> None:
    whole = printed("khabarovsk", "workers")
    later = {year: value for year, value in whole.items() if year >= 1997}
    key = "khabarovsk.workers.without_first.growth"
    assert after.results[key] == pytest.approx(slope(later))
    assert after.results[key] < before.results[key] < slope(whole)


@pytest.mark.try_it(3)
def test_less_correlation_is_left_beside_the_jump_than_around_the_line(
    after: Chapter,
) -> None:
    values = printed("primorye", "share")
    years = np.array([*values], dtype=float)
    design = np.column_stack([np.ones(14), years - 2000, years >= 2000])
    errors = sm.OLS([*values.values()], design).fit().resid
    expected = (14 * (errors[1:] @ errors[:-1]) / (errors @ errors) + 2) / 10
    assert after.cells[-1].value == pytest.approx(expected)
    assert expected < after.results["detail.share.rho"]
