"""The chapter on Table 2, under choices that change what its sentences say."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from math import comb
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from rfe_labour.tables import joint_ventures
from tests.rfe_labour.printed_page import TABLE2_COUNTS, TABLE2_SHARES, TABLE2_YEARS

from .running import Chapter, run

CHAPTER = "book/tables/joint_ventures.ipynb"
QUICK = {"last_year": 2004}  # a tenth of the placements

OTHER_CHOICES: dict[str, dict[str, Any]] = {
    "default": {"last_year": 2005},
    "quick": {},
    "printed": {"lost_points": "printed", "few": 20.0},
    "strict": {"few": 0.5, "yearly_factor": 1.0, "fewest": 300, "most": 400},
    "empty": {"fewest": 1, "most": 2},
}


@pytest.fixture(params=OTHER_CHOICES.values(), ids=OTHER_CHOICES)
def under_choices(request: pytest.FixtureRequest) -> Chapter:
    return run(CHAPTER, QUICK | request.param)


def test_what_survives_is_shown_as_printed(chapter: Chapter) -> None:
    shown = chapter.cells[_place(chapter, 'tokens = data.load("table2_tokens")')].value
    plain = shown["scanned"].str.replace("[†*]", "", regex=True)
    assert plain.to_dict() == {
        "year": TABLE2_YEARS,
        "count": TABLE2_COUNTS,
        "share": TABLE2_SHARES,
    }
    runs = [[int(year) for year in run.split()] for run in chapter.namespace["runs"]]
    assert all(run == sorted(run) for run in runs)
    assert sorted(itertools.chain(*runs)) == list(range(1992, 2005))
    assert "only 2005, which the title promises, is missing" in chapter.text
    in_scan = [int(year) for year in TABLE2_YEARS.split()]
    assert in_scan != sorted(in_scan)
    assert "lost the order of the row as a whole." in chapter.text
    breaks = sum(after < before for before, after in itertools.pairwise(in_scan))
    assert f"kept its order only within {breaks + 1} runs" in chapter.text


def test_the_closed_form_counts_as_many_placements_as_were_examined(
    under_choices: Chapter,
) -> None:
    placed, bounds = (
        under_choices.namespace["placed"],
        under_choices.namespace["bounds"],
    )
    by_hand = placed["counts"] * placed["shares"]
    assert by_hand.to_dict() == bounds["placements"][["none", "order"]].to_dict()


def test_the_pairs_worked_out_on_the_page_are_those_of_the_package(
    under_choices: Chapter,
) -> None:
    evaluation = under_choices.namespace["evaluation"]
    pairs = under_choices.namespace["pairs"].set_index(["share", "count"])
    lows, highs = (pd.DataFrame(ends) for ends in evaluation.ranges)
    for of_package, end in ((lows, "lower"), (highs, "upper")):
        of_package.index = pd.Index(evaluation.surviving.shares)
        of_package.columns = pd.Index(evaluation.surviving.different)
        for (share, count), value in pairs[end].items():
            assert set(of_package.loc[[share], count]) == {value}


def test_no_whole_number_is_ever_lacking(under_choices: Chapter) -> None:
    """The page says so of counts this small."""
    assert under_choices.namespace["ruled_out"]["no_whole_number"] == 0


def test_fewer_years_are_open_to_the_highest_share_than_to_the_highest_count(
    under_choices: Chapter,
) -> None:
    order = under_choices.namespace["sets"]["order"]
    assert (order.highest_share > 0).sum() < (order.highest > 0).sum()


def test_very_few_is_all_of_a_set_or_nothing_and_follows_the_reading(
    under_choices: Chapter,
) -> None:
    few = under_choices.parameters["few"]
    readings = under_choices.namespace["by_reading"]
    assert readings["largest_share"].to_dict() == {"restored": 1.35, "printed": 11.5}
    assert readings["very_few"].tolist() == [few > 1.35, few > 11.5]
    own = readings["very_few"][under_choices.parameters["lost_points"]]
    parts = under_choices.namespace["bounds"]["very_few"].dropna()
    assert {*parts} == {float(own)}
    words = ["all" if few > most else "none" for most in (1.35, 11.5)]
    told = (
        f"holds in {words[0]} of the ways with the order kept if the lost decimal "
        f"points are restored, and in {words[1]} if the shares are read as printed."
    )
    assert told in under_choices.text


def test_an_empty_set_is_said_to_be_empty() -> None:
    chapter = run(CHAPTER, QUICK | OTHER_CHOICES["empty"])
    left = chapter.cells[_place(chapter, "evaluation = ")].value.loc["steady totals"]
    assert left.tolist()[:2] == ["none", "none"]
    assert left["placements"] == 0
    answers = chapter.namespace["answers"]
    assert answers[["whole", "consistent"]].isna().all(axis=None)
    assert answers[["none", "order"]].notna().all(axis=None)
    assert "nan" not in chapter.text.replace("`nan`", "").replace("\nnan", "")
    assert "with steady totals, 0." in chapter.text


def test_what_is_said_of_the_alternatives_is_counted_in_their_table(
    under_choices: Chapter,
) -> None:
    others = under_choices.namespace["others"]
    chosen, *rest = others["highest_years"]
    same = sum(years == chosen for years in rest)
    told = re.search(
        r"Of the (\d+) alternatives, (\d+) leave the highest count", under_choices.text
    )
    assert told
    assert (int(told[1]), int(told[2])) == (len(rest), same)


def test_the_rows_are_parted_at_their_words(chapter: Chapter) -> None:
    """As the scan has them, around "Year" and "Total", and after "%"."""
    halves = chapter.cells[_place(chapter, 'flagged = tokens["doubt"]')].value
    assert halves["scanned"].to_dict() == {
        ("year", "before label"): "1992 1993 1994 1995 2000 2002 2003 2004",
        ("year", "after label"): "1996 1997 1998 1999 2001",
        ("count", "before label"): "3 3",
        ("count", "after label"): "2 3 2 7 6",
        ("share", "after label"): TABLE2_SHARES,
    }
    assert "As many years follow “Year”, 5, as counts follow “Total”." in chapter.text
    assert "5 follow their row label, and 2 come before it in the scan" in chapter.text
    assert "may stand in any 2 of the other 8 columns" in chapter.text


def test_the_tear_gives_five_years_their_counts_whatever_is_held_plausible(
    under_choices: Chapter,
) -> None:
    told = "2 in 1996, 3 in 1997, 2 in 1998, 7 in 1999 and 6 in 2001"
    assert f"their counts: {told}. So" in under_choices.text
    # Twelve shares in all columns, and two counts in those without a label beside.
    torn = under_choices.namespace["torn"]["tear"]
    shares = comb(len(torn.stands), 12)
    assert torn.placements == comb(len(torn.stands) - 5, 2) * shares
    # Of the two that stand apart one is before 1996, one after 2001.
    later = len(torn.stands) - 10
    level = 4 * later / comb(len(torn.stands) - 5, 2)
    assert torn.parts["level"] == pytest.approx(level)
    assert torn.parts["rises"] == pytest.approx(1 - level)
    assert torn.parts["rises"] < under_choices.namespace["sets"]["order"].parts["rises"]
    of_both = f"{4 * later} of the {comb(len(torn.stands) - 5, 2)} placements"
    assert of_both in under_choices.text


def test_the_year_of_the_highest_count_hangs_on_where_the_lost_label_stood(
    under_choices: Chapter,
) -> None:
    """Five counts in order take five of the columns beside, and 7 is the fourth."""
    text = under_choices.text
    if under_choices.parameters["last_year"] == 2004:  # no column without a label
        assert "So one tear puts the highest count in 1999." in text
        assert "highest count stands in 1999. No other assumption" in text
        return
    beside = itertools.combinations((1996, 1997, 1998, 1999, 2001, 2005), 5)
    fourth = Counter(columns[3] for columns in beside)
    # The two that stand apart have the other eight columns.
    placed = {year: number * comb(8, 2) for year, number in fourth.items()}
    cell = under_choices.cells[_place(under_choices, "lost = {*surviving.years}")]
    assert cell.value.to_dict() == placed == {1999: 56, 2001: 112}
    told = "1999, or 2001 if the lost label 2005 also followed “Year”"
    assert under_choices.results["tear.or_years"] == told
    assert f"So one tear puts the highest count in {told}." in text
    assert f"highest count stands in {told}. No other assumption" in text


def test_no_order_without_the_tear_leaves_the_highest_count_so_few_years(
    under_choices: Chapter,
) -> None:
    order = under_choices.namespace["sets"]["order"]
    assert (order.highest > 0).sum() > 2


def test_a_loss_that_ignored_the_tear_would_seldom_spare_the_columns_beside(
    under_choices: Chapter,
) -> None:
    """All five of seven counts drawn at random from the columns (hypergeometric)."""
    columns = len(under_choices.namespace["surviving"].years)
    chance = stats.hypergeom(columns, 5, 7).pmf(5)
    assert under_choices.results["tear.loss.chance"] == pytest.approx(chance)
    told = re.search(
        r"had ([\d,]+) choices of columns, and (\d+) of them look like this: "
        r"([\d.]+)%\.",
        under_choices.text,
    )
    assert told
    ways = {2005: ("3,432", "36", "1.0"), 2004: ("1,716", "28", "1.6")}
    assert told.groups() == ways[under_choices.parameters["last_year"]]
    assert float(told[3]) == pytest.approx(100 * chance, abs=0.05)
    # Of twelve shares only five fit in the columns beside; eight labels stand apart.
    kept = "kept 8 labels and at least 7 shares"
    assert kept in under_choices.text
    # None to all of seven counts before the word.
    assert "about once in 8 times" in under_choices.text


def test_the_rank_correlation_is_as_large_as_in_every_order_tried_by_hand(
    under_choices: Chapter,
) -> None:
    in_row, final = (2, 3, 2, 7, 6), under_choices.parameters["last_year"]
    beside = dict(zip((1996, 1997, 1998, 1999, 2001), in_row, strict=True))
    others = sorted({*range(1992, final + 1)} - {*beside})
    found = {
        "order": [with_threes_at(places, in_row) for places in two_of(range(7))],
        "tear": [
            [count for _, count in sorted((beside | dict.fromkeys(apart, 3)).items())]
            for apart in two_of(others)
        ],
    }
    results, extremes = under_choices.results, {}
    for name, rows in found.items():
        balances = [
            sum((b > a) - (b < a) for a, b in itertools.combinations(row, 2))
            for row in rows
        ]
        taus = [stats.kendalltau(range(7), row).statistic for row in rows]
        for end, extreme in {"min": min, "max": max}.items():
            assert results[f"{name}.ranks.{end}.s"] == extreme(balances)
            assert results[f"{name}.ranks.{end}.tau_b"] == pytest.approx(extreme(taus))
        extremes[name] = (min(balances), max(balances))
        # What the order alone settles.
        assert all(row[-1] >= row[0] and row != sorted(row) for row in rows)
    assert extremes == {"order": (5, 13), "tear": (5, 7)}
    text = under_choices.text
    assert "5 to 13 more rise than fall" in text
    assert "lies between 0.26 and 0.69" in text
    assert "`S` is 5 to 7, and `tau_b` 0.26 to 0.37" in text


def two_of(places: Iterable[int]) -> Iterator[tuple[int, ...]]:
    return itertools.combinations(places, 2)


def with_threes_at(places: tuple[int, ...], in_row: tuple[int, ...]) -> list[int]:
    row = iter(in_row)
    return [3 if place in places else next(row) for place in range(7)]


def test_eleven_per_cent_asks_for_a_count_larger_than_any_that_survives(
    under_choices: Chapter,
) -> None:
    """Tried with every number of joint ventures, as the share would be printed."""
    fewest = under_choices.parameters["fewest"]
    prints_11 = [
        (number, count)
        for number in range(1, 501)
        for count in range(1, 60)
        if 10.5 * number <= 100 * count <= 11.5 * number
    ]
    most = max(number for number, count in prints_11 if count == 7)
    least = min(count for number, count in prints_11 if number >= fewest)
    text = under_choices.text
    told = "per cent, beside 7 joint ventures, would mean at most"
    assert f"a share of 11 {told} {most} in all." in text
    assert (
        f"at least {fewest:,}, our minimum, such a share requires {least} or more"
        in text
    )
    credible = "hardly credible" if least > 7 else "possible"
    assert f"reading the shares as printed is {credible}." in text
    assert (least > 7) == (most < fewest)
    assert f"11 per cent beside 7 joint ventures would mean at most {most}" in text
    claim = "holds" if under_choices.parameters["few"] > 11.5 else "fails"
    assert f"If the shares are read as printed, the claim {claim}." in text


def test_the_tear_survives_through_a_missing_share_or_not_at_all_or_anyway(
    under_choices: Chapter,
) -> None:
    torn, shares = under_choices.namespace["tear"], {1998: 6, 1999: 7}
    left = {True: 0, False: 0}
    for row, admitted in zip(torn.placements.shares, torn.consistent(), strict=True):
        left[all(row[at] >= 0 for at in shares.values())] += int(admitted.sum())
    by_default = asdict(joint_ventures.Choices())
    if {**under_choices.parameters} == by_default:
        # 1,077 is more than twice 363, and a referee counted 689.
        assert left == {True: 0, False: 689}
    columns = len(torn.surviving.years)
    only = (
        "It is enough only where 1998 or 1999 has no share "
        f"({columns - 12} of the {columns} shares are missing)."
    )
    told = {
        (False, True): only,
        (False, False): "It is not enough for any placement.",
        (True, True): "It is enough even where 1998 and 1999 have shares.",
    }[bool(left[True]), bool(left[False])]
    assert under_choices.text.count(told) == 1
    with_both = comb(columns - 2, 10)
    without = comb(columns, 12) - with_both
    assert (
        f"{with_both} have shares in both years. They allow {left[True]:,} placements "
        f"with one tear and steady totals. The other {without} allow {left[False]:,}."
    ) in under_choices.text


def test_the_factor_that_the_tear_needs_is_rounded_up(under_choices: Chapter) -> None:
    torn = under_choices.namespace["tear"]
    told = re.findall(
        r"the steadiest placement needs a yearly factor of ([\d.]+) \(rounded up\)",
        under_choices.text,
    )
    if not torn.whole.any():
        assert not told
        return
    factor = float(told[0])
    for limit, some in ((factor, True), (factor - 0.01, False)):
        choices = replace(torn.choices, yearly_factor=limit)
        assert replace(torn, choices=choices).consistent().any() == some


def test_a_lost_label_beside_the_others_lowers_the_factor_that_is_needed(
    under_choices: Chapter,
) -> None:
    told = re.search(
        r"a lost label followed “Year” too, the yearly factor needed is "
        r"(not defined|[\d.]+); if none did, it is (not defined|[\d.]+)\.",
        under_choices.text,
    )
    assert told
    torn = under_choices.namespace["tear"]
    assert (told[2] == "not defined") == (not torn.whole.any())
    if {**under_choices.parameters} != asdict(joint_ventures.Choices()):
        return
    beside = (*torn.surviving.beside, 2005)
    placements = joint_ventures.place(replace(torn.surviving, beside=beside), "tear")
    for factor, some in ((float(told[1]), True), (float(told[1]) - 0.01, False)):
        choices = replace(torn.choices, yearly_factor=factor)
        wider = joint_ventures.evaluate(torn.surviving, choices, placements)
        assert wider.consistent().any() == some


def test_the_tear_is_said_to_hang_on_the_yearly_factors_that_empty_it(
    under_choices: Chapter,
) -> None:
    own = under_choices.parameters["yearly_factor"]
    surviving = under_choices.namespace["surviving"]
    placements = joint_ventures.place(surviving, counts="tear")
    choices = under_choices.namespace["choices"]
    left = {}
    for factor in (1.1, 1.5, 3.0, own):
        tried = replace(choices, yearly_factor=factor)
        torn = joint_ventures.evaluate(surviving, tried, placements)
        left[factor] = int(torn.consistent().sum())
    dead = [f"{factor:g}" for factor in (1.1, 1.5, 3.0) if not left[factor]]
    emptied = f"{' and '.join(dead)} leave{'s' * (len(dead) == 1)}"
    emptied = emptied if dead else "none of the others leaves"
    assert under_choices.text.count(f"{emptied} nothing of it") == 1
    assert f"our own, {own:g}, leaves {left[own]:,} placements." in under_choices.text


def test_the_counts_that_leap_are_judged_by_the_shares_of_their_years(
    under_choices: Chapter,
) -> None:
    """700/0.65 is 1,077 and 200/0.55 is 363; with 4% for 0.4, 700/4.5 is 156."""
    restored = under_choices.parameters["lost_points"] == "restored"
    least, told = (
        ("1,077", "at least 2.9 times as many")
        if restored
        else ("156", "the two ranges overlap")
    )
    text = under_choices.text
    assert re.search(
        rf"to 363 joint ventures in 1998, and {least} to [\d,]+ in 1999: {told}\.", text
    )
    needs = "the steadiest placement needs a yearly factor of"
    any_whole = under_choices.namespace["torn"]["tear_whole"].placements > 0
    assert text.count(needs) == 2 * any_whole
    empty = "none of these placements has plausible totals"
    assert text.count(empty) == 2 * (not any_whole)


def test_a_row_of_shares_torn_anywhere_opens_every_year_to_the_highest() -> None:
    """Of two runs that merge freely, a token waits for those of its own run alone."""
    for highest in (10, 1, 11):  # 1.3 if the points are restored, else either 11
        columns: set[int] = set()
        for cut in range(1, 12):
            first, last = (0, cut) if highest < cut else (cut, 12)
            columns |= {*range(highest - first, 14 - (last - 1 - highest))}
        assert columns == {*range(14)}


def test_at_one_per_cent_very_few_fails_in_every_placement(
    under_choices: Chapter,
) -> None:
    others = under_choices.namespace["others"]
    at_one = others[(others["choice"] == "few") & (others["value"] == 1.0)]
    assert at_one["very_few"].tolist() == [0]
    most = {"restored": 1.35, "printed": 11.5}[under_choices.parameters["lost_points"]]
    assert f"holds for every limit above {most:g} per cent" in under_choices.text


def _place(chapter: Chapter, start: str) -> int:
    (place,) = (
        place
        for place, cell in enumerate(chapter.cells)
        if cell.kind == "code" and cell.source.startswith(start)
    )
    return place


@pytest.mark.try_it(1)
def test_without_restored_points_other_years_are_open_to_the_highest_share(
    before: Chapter, after: Chapter
) -> None:
    name = "order.highest_share_years"
    assert before.results[name] == "2002 to 2003"
    assert after.results[name] == "1993 to 1994, 2003 to 2004"
    assert after.results["largest_share"] == "11"


@pytest.mark.try_it(2)
def test_a_seven_before_the_two_is_never_last(before: Chapter, after: Chapter) -> None:
    start = "(ways == 7).any()"
    assert before.cells[_place(before, start)].value.tolist() == [False, True, True]
    assert after.cells[_place(after, start)].value.tolist() == [True, True, False]


@pytest.mark.try_it(3)
def test_a_count_waits_for_those_that_stand_before_it(after: Chapter) -> None:
    """Those in the row, of which a value appears first where its first token does."""
    apart, in_row = TABLE2_COUNTS.split()[:2], TABLE2_COUNTS.split()[2:]
    before = {int(count): in_row.index(count) for count in set(in_row)}
    before |= {int(count): 0 for count in set(apart)}
    first = {count: 1992 + waits for count, waits in before.items()}
    assert after.cells[-1].value.to_dict() == first


def test_what_whole_rules_out_has_numbers_beyond_its_limits(
    under_choices: Chapter,
) -> None:
    """As the page says: each such placement has a pair beyond `fewest` or `most`."""
    evaluation, ruled = (
        under_choices.namespace["evaluation"],
        under_choices.namespace["ruled_out"],
    )
    gone = int((~evaluation.whole).sum())
    by_limits = ruled["below_fewest"], ruled["above_most"]
    assert max(by_limits) <= gone <= sum(by_limits)


def test_the_bounds_of_whole_lie_between_those_of_its_neighbours(
    under_choices: Chapter,
) -> None:
    sets = under_choices.namespace["sets"]
    for outer, inner in itertools.pairwise(["none", "order", "whole", "consistent"]):
        wide, narrow = (sets[name].implied.dropna() for name in (outer, inner))
        assert {*narrow.index} <= {*wide.index}
        wide = wide.loc[narrow.index]
        assert (wide["lower"] <= narrow["lower"]).all()
        assert (narrow["upper"] <= wide["upper"]).all()


def test_the_largest_lost_count_is_worked_out_from_the_largest_share(
    under_choices: Chapter,
) -> None:
    most = under_choices.parameters["most"]
    share = {"restored": 1.35, "printed": 11.5}[under_choices.parameters["lost_points"]]
    lost = int(share * most // 100)
    told = (
        f"at most {lost} Russian–North Korean ones ({share:g} per cent of {most:,}, "
        "rounded down)."
    )
    assert told in under_choices.text


def test_the_ranks_weigh_the_pairs_that_rise_against_those_that_fall(
    chapter: Chapter,
) -> None:
    """Under `order` each placement of the counts meets as many of the shares."""
    rows = chapter.namespace["evaluation"].placements.left_to_right.tolist()
    balance = [
        sum((b > a) - (b < a) for a, b in itertools.combinations(row, 2))
        for row in rows
    ]
    rises = sum(it > 0 for it in balance) / len(balance)
    level = sum(it == 0 for it in balance) / len(balance)
    assert chapter.results["order.rank_rises"] == pytest.approx(rises)
    assert chapter.results["order.rank_level"] == pytest.approx(level)


def test_the_summary_says_what_whole_and_consistent_leave_before_the_tear(
    under_choices: Chapter,
) -> None:
    summary = under_choices.text.split("## Summary")[1]
    bounds = under_choices.namespace["bounds"]["highest_years_number"]
    told = (
        f"With plausible and steady totals added, {bounds['consistent']} of these "
        f"{bounds['order']} years stay open."
    )
    assert summary.index(told) < summary.index("one tear split the years")
