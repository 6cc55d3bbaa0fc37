"""The stated totals beside the sum of the regions, drawn and listed."""

from __future__ import annotations

import pandas as pd

from rfe_labour import data
from rfe_labour.article import RegionalTable
from rfe_labour.checks import totals
from rfe_labour.shown import totals as shown
from tests.rfe_labour.shown.reading import rows


def test_the_text_of_the_totals_tells_every_stated_year(
    comparison: pd.DataFrame, regions: dict[str, RegionalTable]
) -> None:
    alt = shown.stated_and_summed(comparison, regions).alt
    assert "1998: stated 11,862, regions together 4,599" in alt
    assert "2005: stated 13,806, regions together 11,126" in alt


def test_a_stated_total_is_a_target_beside_the_regions_and_the_gap(
    comparison: pd.DataFrame, regions: dict[str, RegionalTable]
) -> None:
    last = rows(shown.totals_table(comparison, regions))[-1]
    stated = "[13,806]{#printed-stated_totals-2005}"
    parts = ["5,693", "2,010", "3,423", "11,126"]
    assert last == ["2005", *parts, stated, "2,680", "80.6%"]


def test_negative_changes_are_written_with_a_minus_sign(
    comparison: pd.DataFrame,
) -> None:
    by_step = {row[0]: row[1:] for row in rows(shown.directions_table(comparison))}
    assert by_step["1998–1999"] == ["−1,879", "+1,464", "no"]
    assert by_step["2004–2005"] == ["+512", "+2,757", "yes"]


def test_a_step_without_direction_says_so() -> None:
    comparison = pd.DataFrame(
        {
            "stated_change": pd.array([None, 0], dtype="Int64"),
            "sum_change": pd.array([None, 5], dtype="Int64"),
            "same_direction": pd.array([None, None], dtype="boolean"),
        },
        index=pd.Index([2000, 2001], name="year"),
    )
    assert rows(shown.directions_table(comparison))[-1][-1] == "no direction"


def test_what_remains_after_other_figures_stands_in_two_columns_for_each(
    comparison: pd.DataFrame,
) -> None:
    gaps = totals.fill(comparison, data.load("text_figures"))
    last = rows(shown.gaps_table(gaps, {"sakhalin": "Sakhalin"}))[-1]
    # "about 200" on Sakhalin, which stands for 150 to 250
    assert last == ["2005", "2,430 to 2,530", "incompatible"]
