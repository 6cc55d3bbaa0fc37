"""What the page of a regional table shows beside its frames."""

from __future__ import annotations

import pandas as pd
import pytest

from rfe_labour import data
from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.shown import regional_table
from tests.rfe_labour.shown.reading import rows


def test_every_cell_is_listed_with_its_place_and_the_meaning_of_its_doubt() -> None:
    meanings = data.labels("table4", "doubt")
    facts = REGIONAL_TABLES["table4"]
    shown = rows(regional_table.cells_table(data.load("table4"), meanings, facts))
    assert len(shown) == 22
    place = "[Table 4, %, 1995]{#printed-table4-share-1995}"
    assert [place, "72", meanings["whole-number"]] in shown
    assert ["[Table 4, %, 2005]{#printed-table4-share-2005}", "33.6", ""] in shown


@pytest.mark.parametrize(
    ("factors", "told"),
    [
        # from 2000, without 2000, without 2003
        ([2, 0.5, 0.4], "Without 2000 {} fell; without 2003 {} fell"),
        (
            [0.5, 2, 0.4],
            "Without 2000 {} rose; without 2003 none of the three changes ",
        ),
        ([0.5, 1, 1], "Without 2000, or without 2003, none of the three changes "),
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
    assert said.startswith(told.format("the share", "the share"))
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
        ([10, 12, 14], 0.5, "rose at each of 2 steps"),
        ([10, 11, 14], 0.5, "rose at each of 2 steps (its rounding leaves 1 of them "),
        ([14, 10], 0.5, "fell"),
        ([14, 13.5], 0.5, "fell, within its rounding"),
        ([14, 14], 0.05, "stayed the same, within its rounding"),
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
