"""Charts and tables of the trends of the share tell the fits."""

from __future__ import annotations

import pandas as pd

from rfe_labour.article import RegionalTable
from rfe_labour.models import shares
from rfe_labour.models.shares import ShareTrend
from rfe_labour.shown import shares as shown
from rfe_labour.shown.trends import sensitivity, sensitivity_table
from tests.rfe_labour.shown.reading import is_complete, svg

Trends = dict[str, ShareTrend]
Regions = dict[str, RegionalTable]


def test_the_same_fit_draws_the_same_bytes(
    share_fits: Trends, regions: Regions
) -> None:
    amur = share_fits["amur"], regions["amur"]
    assert svg(shown.share_trend(*amur)) == svg(shown.share_trend(*amur))


def test_each_text_tells_the_numbers(
    numbers: dict[str, pd.DataFrame], share_fits: Trends, regions: Regions
) -> None:
    amur = share_fits["amur"], regions["amur"]
    pictures = {
        "72 in 1995": shown.share_trend(*amur),
        "+10.7 (2001)": sensitivity(*amur),
        "Amurskaya oblast: workers +0.20, share −0.76": shown.decompositions(
            shares.decompositions(numbers), regions
        ),
        "Amurskaya oblast −5.9 (−19.2 to +9.6)": shown.pooled_slope(
            shares.pool(numbers), regions
        ),
    }
    for text, picture in pictures.items():
        assert text in picture.alt
        assert "nan" not in picture.alt


def test_every_table_has_a_cell_for_each_heading(
    numbers: dict[str, pd.DataFrame], share_fits: Trends, regions: Regions
) -> None:
    amur = share_fits["amur"]
    for table in (
        shown.estimates_table(amur),
        sensitivity_table(amur),
        shown.rounding_table(amur.rounding),
        shown.decompositions_table(shares.decompositions(numbers), regions),
        shown.pooled_table(shares.pool(numbers), regions),
    ):
        assert is_complete(table)
