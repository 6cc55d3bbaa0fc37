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
    assert f"the workers went from {first} in " in chapter.text
    assert f" to {last} in " in chapter.text
    first, *_, last = printed(chapter, SHARES)
    assert f"share went from {first} per cent to {last} per cent" in chapter.text


@pytest.mark.grid(**WINDOWS)
def test_rises_and_falls_are_counted_on_the_printed_row(chapter: Chapter) -> None:
    row = persons(chapter)
    rises = sum(after > before for before, after in itertools.pairwise(row))
    falls = len(row) - 1 - rises
    answer = "No" if falls else "Yes"
    told = f"{answer}: from one printed year to the next the number of workers rose "
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
    said = re.findall(r"multiplied by ([^:]+): by (\S+) through", chapter.text)
    assert len(said) == 2  # in the section and in the summary
    for factors in said:
        assert [*map(float, factors)] == pytest.approx(
            [told["workers"], told["share"]], abs=0.006
        )


@pytest.mark.grid(**WINDOWS)
def test_the_factors_without_the_first_year_are_those_of_the_printed_cells(
    chapter: Chapter,
) -> None:
    whole, later = (factors(chapter, start) for start in (0, 1))
    said = re.findall(
        r"factors are (\S+)(?: for the workers)?, (\S+)(?: for their share)? and (\S+?)"
        r"(?: for all foreign workers)?\. ",
        chapter.text,
    )
    assert len(said) == 2  # in the section and in the summary
    for told in said:
        assert [*map(float, told)] == pytest.approx([*later.values()], abs=0.006)
    turned = [name for name in whole if log(whole[name]) * log(later[name]) < 0]
    first, last = chapter.results["first_year"], chapter.results["last_year"]
    for name, factor in whole.items():
        was, then = ("fell", "rose") if factor < 1 else ("rose", "fell")
        told = f"The {name} {was} from {first} to {last}, but {then} from {first + 1}."
        assert chapter.text.count(told[:-1]) == 2 * (name in turned)
    none = chapter.text.count("None of the three changes direction.")
    assert none == (0 if turned else 2)


def factors(chapter: Chapter, start: int) -> dict[str, float]:
    """From the first or the second printed year to the last."""
    workers, shares = persons(chapter), [*map(float, printed(chapter, SHARES))]
    whole, share = workers[-1] / workers[start], shares[-1] / shares[start]
    return {
        "number of workers": whole,
        "share": share,
        "number of all foreign workers": whole / share,
    }


def test_the_first_year_decides_whether_the_share_in_primorye_fell() -> None:
    text = run(CHAPTER, {"table": "table1"}).text
    assert "The share fell from 1992 to 2005, but rose from 1993." in text


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
    (total,) = tables.decomposition_total(table).to_dict("records")
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
def test_the_factor_of_the_share_hangs_on_the_first_year(table: str) -> None:
    """What a reader may conclude from the first item of the box."""
    runs = [run(CHAPTER, {"table": table, "first_year": year}) for year in (1996, 1997)]
    first, then = (run.namespace["total"]["factor"]["share"] for run in runs)
    assert abs(log(first / then)) > 0.1


@pytest.mark.parametrize("table", WORKERS)
@pytest.mark.try_it(1)
def test_another_first_year_changes_every_factor_and_keeps_the_product(
    table: str,
) -> None:
    before, after = (
        chapter.namespace["total"]["factor"]
        for chapter in carry_out(CHAPTER, 1, {"table": table})
    )
    assert (abs(after - before) > 0.005).all()
    assert after["workers"] == pytest.approx(after["share"] * after["foreign"])
    printed_workers = by_year(*WORKERS[table])
    first, last = (int(printed_workers[year].replace(",", "")) for year in (1996, 2005))
    assert after["workers"] == pytest.approx(last / first)


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
    foreign = factors(after, -2)["number of all foreign workers"]
    assert added.iloc[-1] == pytest.approx(100 * (foreign - 1))
    assert added.idxmax() == after.namespace["steps"]["foreign"].idxmax()
