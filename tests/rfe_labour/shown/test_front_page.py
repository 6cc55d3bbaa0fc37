"""The small figures of the front page tell what the printed page holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rfe_labour import tables
from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.checks import totals
from rfe_labour.data import load
from rfe_labour.shown import front_page
from rfe_labour.tables import changes

REGIONS = {about.region: about for about in REGIONAL_TABLES.values()}


def _numbers() -> dict[str, pd.DataFrame]:
    return {name: tables.regional_table(load(name)) for name in REGIONAL_TABLES}


def _regional() -> dict[str, pd.DataFrame]:
    return {REGIONAL_TABLES[name].region: own for name, own in _numbers().items()}


def test_the_years_with_fewer_workers_are_hatched_and_named() -> None:
    picture = front_page.rises_and_falls(changes.regional_sum(_regional()))
    # By hand: 7075 5790 5729 4599 6063 5430 6297 7274 7271 8369 11126.
    assert picture.alt.endswith("hatched: 1996, 1997, 1998, 2000, 2003.")
    bars = picture.figure.axes[0].patches
    assert [bar.get_height() for bar in bars][:3] == [7075, 5790, 5729]
    assert [bool(bar.get_hatch()) for bar in bars].count(True) == 5


def test_each_first_year_has_its_factor_up_to_the_last() -> None:
    picture = front_page.changes_by_first_year(_regional(), REGIONS)
    _, share = picture.figure.axes
    amur = next(line for line in share.lines if "Amurskaya" in str(line.get_label()))
    by_year = dict(np.asarray(amur.get_xydata()).tolist())
    # Printed for 1995, 1996 and 2000: 72, 35 and 71.7; for 2005: 33.6.
    printed = {1995: 72, 1996: 35, 2000: 71.7}
    for year, per_cent in printed.items():
        assert by_year[year] == pytest.approx(33.6 / per_cent)
    assert "Amurskaya oblast, their share: 0.47 in 1995" in picture.alt


@pytest.mark.parametrize(
    ("lowest", "title"), [(-5, "In no"), (5, "Growth is sure in 1")]
)
def test_the_title_of_the_growth_is_decided_by_the_leading_interval(
    lowest: float, title: str
) -> None:
    names = pd.MultiIndex.from_product(
        [REGIONS, ["calibrated", "HC3"]], names=["region", "method"]
    )
    rows = pd.DataFrame({"slope": 8.0, "lower": 2.0, "upper": 20.0}, index=names)
    rows.loc[(slice(None), "calibrated"), "lower"] = -5.0
    rows.loc[("amur", "calibrated"), "lower"] = lowest
    picture = front_page.growth(rows, REGIONS)
    assert picture.figure.axes[0].get_title(loc="left").startswith(title)
    assert "amur, calibrated: slope 8" in picture.alt


def test_coverage_is_the_sum_of_the_tables_over_the_stated_total() -> None:
    picture = front_page.coverage(totals.compare(load("stated_totals"), _regional()))
    assert "1998 39%" in picture.alt  # 4,599 of 11,862
    assert "2005 81%" in picture.alt  # 11,126 of 13,806


def test_cells_beyond_the_sources_are_counted_in_the_title() -> None:
    counts = {"table1": (12, 28), "table3": (6, 22), "table4": (4, 22)}
    picture = front_page.beyond_sources(counts, REGIONAL_TABLES)
    assert picture.figure.axes[0].get_title(loc="left").startswith("22 of 72 cells")
    assert "Table 3 6 of 22" in picture.alt


def test_every_claim_is_in_the_bar_of_its_status() -> None:
    told = {
        "status_now": ["differs", "cannot be tested", "differs", "cannot be tested"],
        "compares": ["figures", None, "own words", None],
    }
    picture = front_page.statuses(pd.DataFrame(told))
    axes = picture.figure.axes[0]
    filled, hatched, white = ([bar.get_width() for bar in c] for c in axes.containers)
    assert filled == hatched == [0, 0, 0, 1, 0, 0, 0]
    assert white == [0, 0, 0, 0, 0, 0, 2]
    assert axes.get_title(loc="left") == "2 of 4 claims cannot be tested"
