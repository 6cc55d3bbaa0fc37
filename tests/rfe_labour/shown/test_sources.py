"""Charts and tables of the chapter on the sources tell the counts."""

from __future__ import annotations

import pandas as pd
import pytest

from rfe_labour.article import RegionalTable
from rfe_labour.checks import sources
from rfe_labour.data import load
from rfe_labour.shown import sources as shown
from tests.rfe_labour.shown.reading import rows


@pytest.fixture(scope="module")
def cells() -> dict[str, pd.DataFrame]:
    names = ("table1", "table2_tokens", "table3", "table4")
    return {name.removesuffix("_tokens"): load(name) for name in names}


@pytest.fixture(scope="module")
def steps(numbers: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return sources.foreign_steps(numbers)


def test_the_grid_and_the_list_tell_the_cells_beyond_the_sources(
    cells: dict[str, pd.DataFrame],
) -> None:
    reach = sources.reach(cells, load("sources"))
    grid = shown.source_grid(cells, reach, dict.fromkeys(cells, "a region"))
    assert "Table 1, a region: printed 1992 to 2005, sources reach 1999" in grid.alt
    assert "cells beyond 4 to 12 of 19" in grid.alt
    assert "22 of the 72 cells" in grid.figure.axes[0].get_title(loc="left")
    hatched = [patch for patch in grid.figure.axes[0].patches if patch.get_hatch()]
    assert len(hatched) == 6 + 6 + 3 + 2
    assert "| 4 to 12 of 19 |" in shown.reach_table(reach).text


def test_sources_that_reach_further_stand_one_line_for_each_year(
    cells: dict[str, pd.DataFrame],
) -> None:
    counts = sources.by_extra_years(cells, load("sources"))
    lines = rows(shown.by_extra_years_table(counts))
    assert lines[0] == ["0", "12", "4 to 12", "6", "4"]
    assert [line[0] for line in lines] == [str(extra) for extra in range(7)]


def test_the_jumps_are_told_with_their_rounding(
    steps: pd.DataFrame, regions: dict[str, RegionalTable]
) -> None:
    picture = shown.foreign_steps(steps, regions)
    assert "Primorye 2004 to 2005, ×1.91 to ×1.93" in picture.alt
    assert shown.foreign_jumps_table(steps).text.count("Primorye") == 2


def test_runs_of_whole_numbers_are_told_apart_from_decimals(
    cells: dict[str, pd.DataFrame],
) -> None:
    runs = {"table4": sources.rounding_runs(cells["table4"])}
    (first, *_) = rows(shown.rounding_runs_table(runs))
    # 1995 to 1999 are printed as 72, 35, 42, 40 and 46; all five counts end in 0.
    assert first == ["Table 4", "1995–1999", "whole", "5", "5 of 5"]


def test_two_denominators_stand_side_by_side(
    numbers: dict[str, pd.DataFrame],
) -> None:
    compared = sources.denominators(numbers["khabarovsk"], numbers["amur"])
    (first, *_) = rows(shown.denominators_table(compared, ("table3", "table4")))
    # 319 of 6.85 to 6.95%, and 2,800 of 71.5 to 72.5%
    assert first == ["1995", "4,590 to 4,657", "3,862 to 3,916", "no"]


def test_a_slip_is_listed_with_what_the_cell_would_hold(
    cells: dict[str, pd.DataFrame],
) -> None:
    slips = sources.one_digit_slips(cells["table1"], 2005)
    listed = rows(shown.one_digit_slips_table(slips))
    assert len(listed) == slips["usual"].sum()
    # (5,693 / 16.7) / (5,126 / 17.6), where 3,126 is printed for 2004
    assert ["workers, 2004", "3,126", "5,126", "×1.17"] in listed
