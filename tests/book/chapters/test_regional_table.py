"""The chapter on one regional table, at every table and window that it allows."""

from __future__ import annotations

import itertools
import re
from math import log

import pandas as pd
import pytest

from rfe_labour import tables
from rfe_labour.data import load
from tests.rfe_labour.printed_page import SHARES, WORKERS, by_year

from .running import Chapter, carry_out

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
    told = f"the next: {rises}; falls: {len(row) - 1 - rises}."
    assert told in chapter.text


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
@pytest.mark.try_it(1)
def test_a_later_first_year_gives_the_factors_of_the_last_column(table: str) -> None:
    given = {"table": table, "first_year": 1995}
    before, after = carry_out(CHAPTER, 1, given)
    pd.testing.assert_series_equal(
        after.namespace["total"]["factor"],
        before.namespace["total"]["factor_without_first_year"],
        check_names=False,
    )


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
    assert added.idxmax() == after.namespace["steps"]["foreign"].idxmax()
