"""The figures of the front page tell what the printed page holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rfe_labour import tables
from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.data import load
from rfe_labour.shown import front_page
from rfe_labour.tables import changes

REGIONS = {about.region: about for about in REGIONAL_TABLES.values()}


def _regional() -> dict[str, pd.DataFrame]:
    return {
        about.region: tables.regional_table(load(name))
        for name, about in REGIONAL_TABLES.items()
    }


def _together() -> pd.DataFrame:
    workers = changes.regional_sum(_regional())
    return changes.regional_share(_regional()).assign(workers=workers)


def test_each_region_has_its_printed_numbers_and_all_have_their_sum() -> None:
    picture = front_page.workers_and_shares(_regional(), _together(), REGIONS)
    workers, share = picture.figure.axes
    amur = np.asarray(share.lines[2].get_xydata())
    assert amur[[0, 1, -1]].tolist() == [[1995, 72], [1996, 35], [2005, 33.6]]
    together = np.asarray(workers.lines[3].get_ydata()).tolist()
    # By hand from Tables 1, 3 and 4.
    assert together[:4] == [7075, 5790, 5729, 4599]
    assert together[4:] == [6063, 5430, 6297, 7274, 7271, 8369, 11126]
    assert "Amurskaya oblast: 72 in 1995" in picture.alt
    ends = {text.get_text() for text in share.texts}
    assert "Khabarovskiy Krai 25.5" in ends


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (9000.0, "more workers in 2005 than"),
        (7075.0, "as many workers in 2005 as"),
        (20.0, "fewer workers in 2005 than"),
    ],
)
def test_the_titles_say_where_the_sum_went(last: float, words: str) -> None:
    together = _together()
    together.loc[2005, "workers"] = last
    picture = front_page.workers_and_shares(_regional(), together, REGIONS)
    said = picture.figure.axes[0].get_title(loc="left")
    assert said == f"Together: {words} in 1995"


def test_names_at_the_ends_of_lines_do_not_overlap() -> None:
    regional = {name: table.assign(workers=2000) for name, table in _regional().items()}
    picture = front_page.workers_and_shares(regional, _together(), REGIONS)
    axes = picture.figure.axes[0]
    picture.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not any(
        box.overlaps(other)
        for place, box in enumerate(boxes)
        for other in boxes[:place]
    )


@pytest.mark.parametrize(
    ("lowest", "title"),
    [(-5, "No trend is clear"), (5, "A trend is clear in 1 of 4")],
)
def test_the_title_of_the_growth_is_decided_by_the_leading_interval(
    lowest: float, title: str
) -> None:
    series = [about.region_name for about in REGIONS.values()] + ["all three"]
    names = pd.MultiIndex.from_product([series, ["calibrated", "HC3"]])
    rows = pd.DataFrame({"slope": 8.0, "lower": 2.0, "upper": 20.0}, index=names)
    rows.loc[(slice(None), "calibrated"), "lower"] = -5.0
    rows.loc[("all three", "calibrated"), "lower"] = lowest
    picture = front_page.growth(rows)
    assert picture.figure.axes[0].get_title(loc="left").startswith(title)
    assert "Primorye, calibrated: slope 8" in picture.alt
