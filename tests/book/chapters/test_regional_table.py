"""The chapter on one regional table, at every table and window that it allows."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction
from math import log

import pandas as pd
import pytest

from rfe_labour import tables
from rfe_labour.data import load
from tests.rfe_labour.printed_page import SHARES, WORKERS, by_year

from .running import Chapter, carry_out, run

CHAPTER = "book/tables/regional_table.ipynb"

Ends = tuple[Fraction, Fraction]

WINDOWS = {
    "table": list(WORKERS),
    "first_year": [None, 1998, 2004],
    "last_year": [None, 1999],
}


def printed(chapter: Chapter, rows: dict[str, tuple[int, str]]) -> list[str]:
    """One printed row inside the window of a run."""
    row = by_year(*rows[chapter.parameters["table"]])
    first = chapter.parameters["first_year"] or min(row)
    last = chapter.parameters["last_year"] or max(row)
    return [row[year] for year in range(first, last + 1)]


def persons(chapter: Chapter) -> list[int]:
    return [int(cell.replace(",", "")) for cell in printed(chapter, WORKERS)]


@pytest.mark.grid(**WINDOWS)
def test_the_ends_of_the_window_are_stated_as_printed(chapter: Chapter) -> None:
    first, *_, last = printed(chapter, WORKERS)
    assert f"there were {first} North Korean workers in " in chapter.text
    assert f" from {first} to {last}. Their share " in chapter.text
    first, *_, last = printed(chapter, SHARES)
    assert f" from {first} to {last} per cent. Together " in chapter.text


@pytest.mark.grid(**WINDOWS)
def test_rises_and_falls_are_counted_on_the_printed_row(chapter: Chapter) -> None:
    row = persons(chapter)
    rises = sum(after > before for before, after in itertools.pairwise(row))
    falls = len(row) - 1 - rises
    answer = "No" if falls else "Yes"
    told = f"{answer}: from one printed year to the next, the number of workers rose "
    assert f"{told}{rises} times and fell {falls} times." in chapter.text


@pytest.mark.grid(**WINDOWS)
def test_the_split_of_the_whole_change_is_that_of_the_printed_ends(
    chapter: Chapter,
) -> None:
    first, *_, last = persons(chapter)
    before, *_, after = map(float, printed(chapter, SHARES))
    told = {
        "workers": last / first,
        "share": after / before,
        "foreign": (last / first) / (after / before),
    }
    for part, factor in told.items():
        assert chapter.results[f"factor_{part}"] == pytest.approx(factor)
        assert chapter.results[f"dln_{part}"] == pytest.approx(log(factor))
    said = re.findall(
        r"was multiplied by ([\d.]+)[.,] [Tt]heir share (?:was multiplied )?by "
        r"([\d.]+), and the number of all foreign workers by ([\d.]+)\.",
        chapter.text,
    )
    assert len(said) == 2  # in the section and in the summary
    for factors in said:
        assert [*map(float, factors)] == pytest.approx([*told.values()], abs=0.006)


NAMES = {
    "workers": "the number of workers",
    "share": "the share",
    "foreign": "the number of all foreign workers",
}


@pytest.mark.grid(**WINDOWS)
def test_the_factors_without_an_end_year_are_those_of_the_printed_cells(
    chapter: Chapter,
) -> None:
    whole, later, earlier = (
        factors(chapter, *years) for years in ((0, -1), (1, -1), (0, -2))
    )
    first, last = chapter.results["first_year"], chapter.results["last_year"]
    said = re.search(
        rf"Counted from {first + 1}, the factors are (\S+) for the workers, (\S+) for "
        rf"their share and (\S+) for all foreign workers. Counted up to {last - 1}, "
        r"they are (\S+), (\S+) and (\S+)\. ",
        chapter.text,
    )
    assert said
    assert [*map(float, said.groups())] == pytest.approx(
        [*later.values(), *earlier.values()], abs=0.006
    )
    for name, factor in later.items():
        assert chapter.results[f"factor_later_{name}"] == pytest.approx(factor)
    for name, factor in earlier.items():
        assert chapter.results[f"factor_earlier_{name}"] == pytest.approx(factor)
    turned = {
        f"f {year} is left out, {' and '.join(ways)}"
        for year, left in ((first, later), (last, earlier))
        for ways in [
            [
                f"{NAMES[name]} {'rose' if factor > 1 else 'fell'}"
                for name, factor in left.items()
                if log(factor) * log(whole[name]) < 0
            ]
        ]
        if ways
    }
    for told in turned:
        assert chapter.text.count(told) == 2  # in the section and in the summary
    none = f"If {first} or {last} is left out, none of the three changes direction."
    assert chapter.text.count(none) == 2 * (not turned and last > first + 1)
    neither = "No year lies between the two, so neither can be left out."
    assert chapter.text.count(neither) == 2 * (last == first + 1)


def factors(chapter: Chapter, start: int, end: int = -1) -> dict[str, float]:
    """From one printed year, counted from the first, to another."""
    workers, shares = persons(chapter), [*map(float, printed(chapter, SHARES))]
    whole, share = workers[end] / workers[start], shares[end] / shares[start]
    return {"workers": whole, "share": share, "foreign": whole / share}


def test_the_first_year_decides_whether_the_share_in_primorye_fell() -> None:
    text = run(CHAPTER, {"table": "table1"}).text
    told = (
        "If 1992 is left out, the share rose; if 2005 is left out, none of the three "
    )
    assert told in text


def ends(chapter: Chapter, row: dict[str, tuple[int, str]]) -> list[Ends]:
    """What each printed cell of a row stands for, in fractions."""
    cells = [Fraction(cell.replace(",", "")) for cell in printed(chapter, row)]
    if row is WORKERS:
        return [(cell, cell) for cell in cells]
    decimals = [len(cell.partition(".")[2]) for cell in printed(chapter, row)]
    halves = [Fraction(1, 2 * 10**places) for places in decimals]
    return [
        (cell - half, cell + half) for cell, half in zip(cells, halves, strict=True)
    ]


def ends_of_all(chapter: Chapter) -> dict[str, list[Ends]]:
    """The ends of the workers, of the share and of all foreign workers."""
    workers, shares = ends(chapter, WORKERS), ends(chapter, SHARES)
    foreign = [
        (100 * count / upper, 100 * count / lower)
        for (count, _), (lower, upper) in zip(workers, shares, strict=True)
    ]
    return {"workers": workers, "share": shares, "foreign": foreign}


@pytest.mark.grid(**WINDOWS)
def test_each_earlier_year_is_a_first_year_with_the_factors_that_rounding_allows(
    chapter: Chapter,
) -> None:
    shown = chapter.namespace["factors"]
    for name, row in ends_of_all(chapter).items():
        *before, (lower, upper) = row
        least = [float(lower / top) for _, top in before]
        most = [float(upper / bottom) for bottom, _ in before]
        exact = name == "workers"
        for column, value in (("_lower", least), ("_upper", most)):
            assert shown[name if exact else name + column].tolist() == pytest.approx(
                value
            )
    years = range(chapter.results["first_year"], chapter.results["last_year"])
    for place, year in enumerate(years):
        told = chapter.results[f"share_from.{year}"]
        assert told == pytest.approx(factors(chapter, place)["share"])
        assert shown["foreign"][year] == pytest.approx(
            factors(chapter, place)["foreign"]
        )


@pytest.mark.grid(**WINDOWS)
def test_the_years_that_turn_a_change_are_those_on_either_side_of_the_last(
    chapter: Chapter,
) -> None:
    first = chapter.results["first_year"]
    told = []
    for name, row in ends_of_all(chapter).items():
        *before, (lower, upper) = row
        years = [*enumerate(before, first)]
        below = [year for year, (_, most) in years if most < lower]
        above = [year for year, (least, _) in years if least > upper]
        than = chapter.namespace["than"].loc[name]
        assert than["higher_than_in"].replace(" to ", "–") == written(below, ", ")
        assert than["lower_than_in"].replace(" to ", "–") == written(above, ", ")
        for side, which in (("higher", below), ("lower", above)):
            said = chapter.results[f"{side}_than_in.{name}"]
            assert said == (written(which) or "no other year")
        if below and above:
            told.append(NAMES[name])
    decided = ", ".join(told[:-1]) + " and " * (len(told) > 1) + "".join(told[-1:])
    sentence = f"decides the direction of {decided or 'none of the three'}."
    assert sentence in chapter.text


def written(years: list[int], last_but_one: str = " and ") -> str:
    """Write years in a sentence: 1995–1999 and 2004."""
    groups = itertools.groupby(enumerate(years), lambda pair: pair[1] - pair[0])
    runs = [[year for _, year in group] for _, group in groups]
    texts = [f"{run[0]}–{run[-1]}" if run[1:] else f"{run[0]}" for run in runs]
    return (
        last_but_one.join([", ".join(texts[:-1]), *texts[-1:]])
        if texts[1:]
        else ("".join(texts))
    )


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("table3", "at least twice as high as in 1995–1996, and 0.55 to 1.34 times"),
        ("table4", "at most half as high as in 1995 and 2000–2001, and 0.63 to 0.99"),
    ],
)
def test_the_share_is_told_from_every_first_year(table: str, told: str) -> None:
    """Amur: from 1995, 2000 or 2001 it fell by half, from 1996 to 1999 by 4 to 27 %."""
    chapter = run(CHAPTER, {"table": table})
    assert chapter.text.count(f"In 2005 the share was {told}") == 1
    if table == "table4":
        fall = [1 - chapter.results[f"share_from.{year}"] for year in range(1995, 2005)]
        assert [round(fall[year - 1995], 1) for year in (1995, 2000, 2001)] == [0.5] * 3
        assert round(min(fall[1:5]), 2) == 0.04
        assert round(max(fall[1:5]), 2) == 0.27


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("table1", "From 2004 to 2005 the printed share fell."),
        (
            "table3",
            "From 2000 to 2005 the printed share rose in each of 5 steps (rounding ",
        ),
        (
            "table4",
            "From 2000 to 2005 the printed share fell in each of 5 steps (rounding ",
        ),
    ],
)
def test_the_last_steps_of_the_share_in_one_direction_are_told(
    table: str, told: str
) -> None:
    text = run(CHAPTER, {"table": table}).text
    assert told in text


def test_without_its_largest_step_the_share_in_khabarovsk_fell() -> None:
    """And from 1997 on, so that all foreign workers account for the whole rise."""
    chapter = run(CHAPTER, {"table": "table3"})
    rest = (25.5 / 6.9) / (27 / 5)
    told = (
        "The step from 1996 to 1997 multiplied the share by 5.40, and all other steps "
        f"together multiplied it by {rest:.2f}."
    )
    assert told in chapter.text
    later = chapter.namespace["factors"].loc[1997]
    assert later["share_lower"].round(2) == 0.93
    assert later["share_upper"].round(2) == 0.96
    assert later["workers"] < later["foreign_lower"]


@pytest.mark.grid(**WINDOWS)
def test_the_largest_step_and_the_rest_make_the_whole_change_of_the_share(
    chapter: Chapter,
) -> None:
    shares = [*map(float, printed(chapter, SHARES))]
    largest = max(
        (after / before for before, after in itertools.pairwise(shares)),
        key=lambda factor: abs(log(factor)),
    )
    assert chapter.results["largest_step"] == pytest.approx(largest)
    rest = shares[-1] / shares[0] / largest
    assert chapter.results["other_steps"] == pytest.approx(rest)
    place = chapter.results["largest_to"] - chapter.results["first_year"]
    assert shares[place] / shares[place - 1] == pytest.approx(largest)
    assert chapter.results["largest_from"] == chapter.results["largest_to"] - 1


def test_without_2005_the_workers_of_primorye_grew_less() -> None:
    total = run(CHAPTER, {"table": "table1"}).namespace["total"].loc["workers"]
    assert total["factor"].round(2) == 3.20
    assert total["without_last"].round(2) == 1.76


@pytest.mark.grid(**WINDOWS)
def test_the_other_foreign_workers_are_all_less_the_north_koreans(
    chapter: Chapter,
) -> None:
    foreign, counts = ends_of_all(chapter)["foreign"], persons(chapter)
    for end, place in (("first", 0), ("last", -1)):
        for side, all_of_them in zip(("lower", "upper"), foreign[place], strict=True):
            told = chapter.results[f"others_{end}_{side}"]
            assert told == pytest.approx(float(all_of_them) - counts[place])
    # With the same others, all of them change by what the North Koreans change.
    before = 100 * counts[0] / float(printed(chapter, SHARES)[0])
    alone = (before + counts[-1] - counts[0]) / before
    assert chapter.results["foreign_had_others_stayed"] == pytest.approx(alone)


@pytest.mark.parametrize("table", WORKERS)
def test_the_overview_begins_with_region_and_table(table: str) -> None:
    chapter = run(CHAPTER, {"table": table})
    opening = (
        "**Overview.** How many North Korean workers were in "
        f"{chapter.results['region_name']} each year, and what share of all its "
        f"foreign workers were they? Table {table[-1]}, which comes from "
    )
    assert opening in chapter.text


@pytest.mark.parametrize("table", WORKERS)
def test_a_figure_from_outside_stands_beside_the_table_that_counts_the_same(
    table: str,
) -> None:
    text = run(CHAPTER, {"table": table}).text
    told = (
        "gives about 4,000 for 2000 (3,500 to 4,500, allowing for rounding). The table "
        "prints 1,369."
    )
    none = "None of them counts exactly these workers in any of these years."
    assert (told in text, none in text) == (table == "table1", table != "table1")


@pytest.mark.grid(**WINDOWS)
def test_no_printed_share_could_have_failed_the_check(chapter: Chapter) -> None:
    """Worked out in fractions, from the printed cells."""
    widths = []
    for count, share in zip(persons(chapter), printed(chapter, SHARES), strict=True):
        half = Fraction(1, 2 * 10 ** len(share.partition(".")[2]))
        lower, upper = (100 * count / (Fraction(share) + it) for it in (half, -half))
        widths.append(upper - lower)
    assert min(widths) >= 1
    assert f"narrowest interval is {float(min(widths)):.1f} persons" in chapter.text
    told = "no share of this table could have failed the check"
    assert chapter.text.count(told) == 2  # in the section and in the summary


def test_a_share_could_fail_where_an_interval_is_narrower_than_a_person() -> None:
    narrow = (
        'width = numbers["foreign_upper"]',
        'width = 0.01 * numbers["foreign_upper"]',
    )
    text = run(CHAPTER, edits=[narrow]).text
    assert text.count("a share of this table could have failed the check") == 2


@pytest.mark.grid(**WINDOWS)
def test_what_the_page_does_by_hand_is_what_the_package_does(chapter: Chapter) -> None:
    cells = load(chapter.parameters["table"])
    years = chapter.results["first_year"], chapter.results["last_year"]
    table = tables.regional_table(cells, *years)
    pd.testing.assert_frame_equal(
        chapter.namespace["rebuilt"], tables.rebuild(table), check_names=False
    )
    agreement = tables.agreement(cells, tables.rebuild(table))
    assert chapter.results["cells"] == len(agreement) == 2 * len(table)
    assert chapter.results["cells_reproduced"] == agreement["agrees"].sum()
    steps = tables.decomposition(table).set_index("to_year").drop(columns="from_year")
    by_hand = chapter.namespace["steps"].add_prefix("dln_")
    pd.testing.assert_frame_equal(by_hand, steps, check_names=False)
    (total,) = tables.decomposition(table.iloc[[0, -1]]).to_dict("records")
    for end in ("lower", "upper"):
        name = f"dln_foreign_{end}"
        assert chapter.results[name] == pytest.approx(total[name])


@pytest.mark.grid(**WINDOWS)
def test_every_figure_names_the_region_and_the_years(chapter: Chapter) -> None:
    assert len(chapter.alts) == 3
    last = chapter.results["last_year"]
    for alt in chapter.alts:
        assert alt.startswith(chapter.results["region_name"])
        assert str(last) in alt


@pytest.mark.parametrize("table", WORKERS)
@pytest.mark.try_it(1)
def test_years_change_sides_when_the_last_year_is_left_out(table: str) -> None:
    before, after = (
        {
            (name, side): text
            for name, row in chapter.namespace["than"].iterrows()
            for side, text in row.items()
        }
        for chapter in carry_out(CHAPTER, 1, {"table": table})
    )
    counts = by_year(*WORKERS[table])
    *earlier, last = (int(cell.replace(",", "")) for cell in counts.values())
    moved = [
        year
        for year, count in zip(counts, earlier[:-1], strict=False)
        if (count < last) != (count < earlier[-1])
    ]
    assert moved
    side = ("workers", "higher_than_in")
    assert before[side] != after[side]


@pytest.mark.parametrize("table", WORKERS)
@pytest.mark.try_it(2)
def test_hundreds_of_foreign_workers_give_shares_that_were_not_printed(
    table: str,
) -> None:
    before, after = carry_out(CHAPTER, 2, {"table": table})
    assert before.namespace["compared"]["agrees"].all()
    assert not after.namespace["compared"]["agrees"].all()
    assert re.search(r"\| no \|", after.text)


@pytest.mark.parametrize("table", WORKERS)
@pytest.mark.try_it(3)
def test_the_largest_change_in_per_cent_is_that_of_the_highest_bar(table: str) -> None:
    _, after = carry_out(CHAPTER, 3, {"table": table})
    added = after.cells[-1].value
    foreign = factors(after, -2)["foreign"]
    assert added.iloc[-1] == pytest.approx(100 * (foreign - 1))
    assert added.idxmax() == after.namespace["steps"]["foreign"].idxmax()
