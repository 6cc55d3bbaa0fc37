"""What the page of a regional table shows beside its frames."""

from __future__ import annotations

import pandas as pd
import pytest

from rfe_labour import data
from rfe_labour.shown import regional_table
from tests.rfe_labour.shown.reading import rows


def test_every_printed_cell_is_a_target_and_a_mark_follows_a_doubtful_one() -> None:
    cells = data.load("table4")
    shown = regional_table.cells_table(cells, "table4")
    assert shown.text.startswith(
        "| year | workers (Table 4, Total) | share, % (Table 4,"
    )
    listed = rows(shown)
    assert len(listed) == 11
    workers = "[2,800]{#printed-table4-workers-1995}"
    assert ["1995", workers, "[72]{#printed-table4-share-1995}†"] in listed
    assert listed[-1][-1] == "[33.6]{#printed-table4-share-2005}"
    meanings = data.labels("table4", "doubt")
    told = regional_table.doubts(cells, meanings).text
    assert told == f"† {meanings['whole-number']}."
    none = regional_table.doubts(data.load("table1"), meanings).text
    assert none == "No cell of this table is marked as doubtful."


def test_printed_cells_are_linked_once_each() -> None:
    told = regional_table.printed_at("table1", {"share": [1999, 2000, 1999]}).text
    links = "[1999](#printed-table1-share-1999) and [2000](#printed-table1-share-2000)"
    assert told == f"Printed cells: share {links}."


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ((1, 2), (2.1, 3), "rose"),
        ((2, 3), (1, 1.9), "fell"),
        ((1, 2), (2, 3), "may have risen or fallen"),
        ((2, 2), (2, 2), "did not change"),
    ],
)
def test_a_share_rose_or_fell_only_if_no_rounding_can_undo_it(
    first: tuple[float, float], last: tuple[float, float], told: str
) -> None:
    ends = pd.DataFrame([first, (0, 9), last], columns=["share_lower", "share_upper"])
    assert regional_table.direction(ends, "share") == told
    numbers = pd.DataFrame({"workers": [upper for _, upper in (first, last)]})
    exact = {"may have risen or fallen": "rose"}.get(told, told)
    assert regional_table.direction(numbers, "workers") == exact


def test_the_intervals_that_a_figure_shows_are_named() -> None:
    """Of an axis up to 100, as high as a marker and a little more."""
    numbers = pd.DataFrame(
        {"share_lower": [9.0, 40.0, 99.9], "share_upper": [20.0, 40.1, 100.0]},
        pd.Index([2000, 2001, 2002], name="year"),
    )
    told = regional_table.rounding_seen(numbers, "share", "percentage points")
    assert "marker: in 2000. Elsewhere" in told
    told = regional_table.rounding_seen(numbers.iloc[1:], "share", "percentage points")
    assert told.endswith("the widest is 0.1 percentage points")


@pytest.mark.parametrize(
    ("factors", "told"),
    [
        # from 2000, without 2000, without 2003
        ([2, 0.5, 0.4], "If 2000 or 2003 is left out, {} fell"),
        (
            [0.5, 2, 0.4],
            "If 2000 is left out, {} rose; if 2003 is left out, none of the three ",
        ),
        ([0.5, 1, 1], "If 2000 or 2003 is left out, none of the three changes "),
    ],
)
def test_a_change_that_turns_without_an_end_year_is_named(
    factors: list[float], told: str
) -> None:
    columns = ["factor", "without_first", "without_last"]
    still = [1.5, 1.5, 1.5]
    total = pd.DataFrame(
        [still, factors, still], ["workers", "share", "foreign"], columns
    )
    said = regional_table.without_an_end(total, 2000, 2003)
    assert said.startswith(told.format("the share"))
    assert said.count("direction") == told.count("none")


def factors_of_share(*ends: tuple[float, float, float]) -> pd.DataFrame:
    columns = ["share_lower", "share", "share_upper"]
    years = pd.Index(range(2000, 2000 + len(ends)), name="year")
    return pd.DataFrame(ends, years, columns)


@pytest.mark.parametrize(
    ("factors", "told"),
    [
        ([(0.4, 0.45, 0.5), (2, 2.1, 2.2)], "at most half as high as in 2000, and at "),
        ([(0.4, 0.49, 0.51), (1, 1.1, 1.2)], "0.49 to 1.10 times that of 2000–2001"),
        ([(1.9, 2.1, 2.2)], "2.10 times that of 2000"),
        ([(2, 2.1, 2.2)], "at least twice as high as in 2000"),
    ],
)
def test_a_share_halved_or_doubled_only_if_no_rounding_can_undo_it(
    factors: list[tuple[float, float, float]], told: str
) -> None:
    said = regional_table.share_against_earlier_years(factors_of_share(*factors))
    assert said.startswith(told)


@pytest.mark.parametrize(
    ("shares", "half", "told"),
    [
        ([10, 12, 14], 0.5, "rose in each of 2 steps"),
        (
            [10, 11, 14],
            0.5,
            "rose in each of 2 steps (rounding leaves the direction of 1 of them ",
        ),
        ([14, 10], 0.5, "fell"),
        ([14, 13.5], 0.5, "fell, but only within its rounding"),
        ([14, 14], 0.05, "stayed the same, but only within its rounding"),
    ],
)
def test_the_last_run_of_a_share_is_told_with_what_rounding_leaves_open(
    shares: list[float], half: float, told: str
) -> None:
    share = pd.Series(shares)
    run = pd.DataFrame(
        {"share": share, "share_lower": share - half, "share_upper": share + half}
    )
    said = regional_table.course_of_last_run(run)
    assert said.startswith(told)
    assert ("rounding" in said) == ("rounding" in told)
