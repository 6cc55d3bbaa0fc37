"""The chapter on the choices we tried says what its frames hold."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.rfe_labour.printed_page import WORKERS, by_year

from .running import Chapter

CHAPTER = "book/checks/multiverse.ipynb"
EVERY_SERIES = {
    "region": ["primorye", "khabarovsk", "amur"],
    "outcome": ["workers", "share", "foreign"],
}

# A table of fourteen years and one of eleven, with and without ends of rounding; the
# defaults are of a share.
DRAWN = {"region": ["primorye", "amur"], "outcome": ["workers", "foreign"]}


@pytest.mark.grid(**DRAWN)
def test_the_series_in_detail_is_the_one_that_was_asked_for(chapter: Chapter) -> None:
    chosen = chapter.namespace["chosen"]
    for name in ("region", "outcome"):
        assert {*chosen[name]} == {chapter.parameters[name]}
    # Three estimators, and three ends of rounding where the outcome has them, of 147
    # sets of years in a table of eleven years and 355 in one of fourteen.
    sets = 355 if chapter.parameters["region"] == "primorye" else 147
    ends = 1 if chapter.parameters["outcome"] == "workers" else 3
    assert len(chosen) == 3 * ends * sets


@pytest.mark.grid(
    region=["khabarovsk"],
    first_year=[None, 1999, 2001],
    last_year=[None, 1999, 2003],
)
def test_what_the_prose_says_holds_in_every_period(chapter: Chapter) -> None:
    specs, signs = chapter.namespace["specs"], chapter.namespace["signs"]
    assert chapter.results["specifications"] == len(specs)
    # "Workers have a third as many as each of the other outcomes."
    counts = signs["specifications"]
    for region in ("primorye", "khabarovsk", "amur"):
        assert 3 * counts[region, "workers"] == counts[region, "share"]
        assert counts[region, "foreign"] == counts[region, "share"]
    for (region, outcome), row in signs.iterrows():
        slope = specs.query("region == @region and outcome == @outcome")["slope"]
        positive = sum(value > 0 for value in slope)
        assert row["rising"] * len(slope) == pytest.approx(positive)
        # "What fraction has the sign of the headline?"
        same = np.sign(slope) == np.sign(chapter.namespace["headline"][region, outcome])
        assert row["agreement"] * len(slope) == pytest.approx(same.sum())
        assert f"{region}.{outcome}.rising" in chapter.results


CELLS = {
    ("amur", "share"): 0.095,
    ("khabarovsk", "share"): 0.184,
    ("primorye", "workers"): 0.180,
}
"""How often the estimators disagree where all else is fixed, by a referee's code."""


@pytest.mark.grid(**DRAWN)
def test_the_choice_that_is_drawn_is_the_one_whose_options_disagree_in_most_cells(
    chapter: Chapter,
) -> None:
    check_cells(chapter)


@pytest.mark.grid(region=["khabarovsk"], first_year=[None], last_year=[None])
def test_the_estimators_disagree_over_a_share_in_khabarovsk(chapter: Chapter) -> None:
    check_cells(chapter)


def test_the_estimators_disagree_over_the_share_in_amur(chapter: Chapter) -> None:
    check_cells(chapter)


def check_cells(chapter: Chapter) -> None:
    """Count cell by cell, in a loop over the list of all slopes."""
    choices = chapter.namespace["choices"]
    found = {}
    for choice in choices:
        cells: dict[tuple[object, ...], list[bool]] = {}
        for row in chapter.namespace["chosen"].to_dict("records"):
            fixed = tuple(row[other] for other in choices if other != choice)
            cells.setdefault(fixed, []).append(row["slope"] > 0)
        several = [signs for signs in cells.values() if len(signs) > 1]
        if several:
            found[choice] = statistics.fmean(len({*signs}) > 1 for signs in several)
    told = chapter.namespace["moved"]["disagree"].to_dict()
    assert told == pytest.approx(found)
    assert found[chapter.namespace["most"]] == max(found.values())
    text = " ".join(chapter.text.split())
    assert f"disagree about the direction in {found['estimator']:.1%} of" in text
    series = chapter.parameters["region"], chapter.parameters["outcome"]
    if series in CELLS:
        assert found["estimator"] == pytest.approx(CELLS[series], abs=0.0005)


def test_the_counts_of_the_first_five_years_of_table_4_end_in_zero() -> None:
    counts = by_year(*WORKERS["table4"])
    zeros = {year for year in counts if counts[year].endswith("0")}
    # "All counts of Table 4 from 1995 to 1999", and two later ones.
    assert zeros == {1995, 1996, 1997, 1998, 1999, 2002, 2004}


def test_each_choice_divides_all_specifications(chapter: Chapter) -> None:
    by_choice = chapter.namespace["by_choice"]
    of_choice = by_choice["specifications"].groupby("choice").sum()
    assert (of_choice == len(chapter.namespace["chosen"])).all()


def test_the_headline_is_the_whole_period_as_printed(chapter: Chapter) -> None:
    whole: pd.DataFrame = chapter.namespace["whole"]
    assert len(whole) == 9
    assert set(whole["estimator"]) == {"log_ols", "fractional_logit"}
    assert (whole["left_out"] == "none").all()
    assert whole.groupby("region")["first_year"].unique().map(list).to_dict() == {
        "primorye": [1992],
        "khabarovsk": [1995],
        "amur": [1995],
    }
    assert set(whole["last_year"]) == {2005}


def test_five_years_are_the_fewest_that_can_speak_against_chance(
    chapter: Chapter,
) -> None:
    chance = {
        years: stats.kendalltau(range(years), range(years), method="exact").pvalue
        for years in (4, 5)
    }
    assert chance == pytest.approx({4: 1 / 12, 5: 1 / 60})
    assert "$2/5! = 1/60$" in chapter.text
    assert "$2/4! = 1/12$" in chapter.text
    assert chapter.namespace["specs"]["years"].min() == 5


@pytest.mark.grid(
    region=["primorye"], first_year=[None, 1999], outcome=["share", "workers"]
)
def test_the_summary_tells_the_fractions_that_rise_and_fall(chapter: Chapter) -> None:
    specs = chapter.namespace["specs"]
    slopes = specs.set_index(["outcome", "region"]).sort_index()["slope"]
    primorye, khabarovsk, amur, *shares = [
        f"{(sign * slopes[outcome, region] > 0).mean():.0%}"
        for outcome, sign in (("workers", 1), ("share", -1))
        for region in ("primorye", "khabarovsk", "amur")
    ]
    text = " ".join(chapter.text.split())
    assert (
        "With each specification counted once, the number of workers rises in "
        f"{primorye}, {khabarovsk} and {amur}, and the odds fall in "
        f"{shares[0]}, {shares[1]} and {shares[2]}." in text
    )


@pytest.mark.grid(
    region=["primorye"], first_year=[None, 1999], outcome=["share", "workers"]
)
def test_each_window_counts_the_same_whatever_is_left_out_of_it(
    chapter: Chapter,
) -> None:
    """Window by window, in a loop over the list of all slopes."""
    signs: dict[tuple[str, str, float], dict[tuple[int, int], list[bool]]] = {}
    for row in chapter.namespace["specs"].itertuples():
        for sign in (1, -1):
            windows = signs.setdefault((row.region, row.outcome, sign), {})
            window = windows.setdefault((row.first_year, row.last_year), [])
            window.append(sign * row.slope > 0)
    weighted = {
        series: statistics.fmean(map(statistics.fmean, windows.values()))
        for series, windows in signs.items()
    }
    own, text = chapter.results, " ".join(chapter.text.split())
    for (region, outcome, sign), fraction in weighted.items():
        name = "rising" if sign > 0 else "falling"
        told = own[f"{region}.{outcome}.{name}_by_window"]
        assert told == pytest.approx(fraction)
    rises, falls = (
        [f"{weighted[region, *which]:.0%}" for region in EVERY_SERIES["region"]]
        for which in (("workers", 1), ("share", -1))
    )
    assert (
        f"With each window counted once, the number of workers rises in {rises[0]} of "
        f"the specifications for Primorye, in {rises[1]} for Khabarovskiy Krai and in "
        f"{rises[2]} for Amurskaya oblast. The odds fall in {falls[0]}, "
        f"{falls[1]} and {falls[2]}." in text
    )


def test_there_is_a_window_for_each_pair_of_years_five_or_more_apart(
    chapter: Chapter,
) -> None:
    # Of n years, those of length 5, …, n: 10 + 9 + … + 1, and 7 + 6 + … + 1.
    own = chapter.results
    for region, windows in (("primorye", 55), ("khabarovsk", 28), ("amur", 28)):
        for outcome in EVERY_SERIES["outcome"]:
            assert own[f"{region}.{outcome}.windows"] == windows


@pytest.mark.grid(**DRAWN)
def test_the_medians_of_the_options_are_in_per_cent_like_the_boxes(
    chapter: Chapter,
) -> None:
    medians = chapter.namespace["by_choice"]["median_percent"]["estimator"]
    slopes = chapter.namespace["chosen"].set_index("estimator")["slope"]
    for estimator, median in medians.items():
        middle = statistics.median(100 * math.expm1(it) for it in slopes[estimator])
        assert median == pytest.approx(middle)


@pytest.mark.try_it(1)
def test_in_primorye_the_sign_follows_the_first_year(after: Chapter) -> None:
    rising = after.namespace["by_choice"]["rising"]["first_year"]
    assert rising.idxmin() == 1995
    assert rising[2001] == rising.max() == 1


@pytest.mark.try_it(2)
def test_another_covariance_leaves_the_slopes_and_moves_the_errors(
    before: Chapter, after: Chapter
) -> None:
    pd.testing.assert_series_equal(
        before.namespace["fitted"], after.namespace["fitted"]
    )
    errors = [it.namespace["growth"].bse["center(year)"] for it in (before, after)]
    assert errors[0] != pytest.approx(errors[1], rel=0.01)


@pytest.mark.try_it(3)
def test_the_end_of_rounding_moves_the_slopes_less_than_all_else(
    after: Chapter,
) -> None:
    by_end = after.namespace["chosen"].groupby("rounding")["percent"]
    medians = by_end.median()
    assert np.ptp(medians) < 0.1 * (by_end.max() - by_end.min()).min()


def test_there_are_thousands_of_specifications_and_each_is_of_one_series(
    chapter: Chapter,
) -> None:
    total = chapter.results["specifications"]
    assert total >= 5000
    parts = [
        chapter.results[f"{region}.{outcome}.specifications"]
        for region in EVERY_SERIES["region"]
        for outcome in EVERY_SERIES["outcome"]
    ]
    assert sum(parts) == total
