"""Charts and tables of the trends of the workers tell the fits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rfe_labour.article import RegionalTable
from rfe_labour.models import trends
from rfe_labour.models.trends import Trend
from rfe_labour.shown import trends as shown
from tests.rfe_labour.shown.reading import is_complete, rows, svg

Trends = dict[str, Trend]
Regions = dict[str, RegionalTable]


def test_the_same_fit_draws_the_same_bytes(
    trend_fits: Trends, regions: Regions
) -> None:
    for draw in (
        lambda: shown.workers_trend(trend_fits["amur"], regions["amur"]),
        lambda: shown.estimators(trend_fits, regions),
    ):
        assert svg(draw()) == svg(draw())


def test_each_text_tells_the_numbers(trend_fits: Trends, regions: Regions) -> None:
    amur = trend_fits["amur"], regions["amur"]
    values = {region: trend.p_values for region, trend in trend_fits.items()}
    pictures = {
        "+8.9% per year (95% HC3 interval −1.0": shown.workers_trend(*amur),
        "+13.3 (1995)": shown.sensitivity(*amur),
        "Khabarovskiy Krai: log-OLS, HC3 +18.6 (+5.4 to +33.4)": shown.estimators(
            trend_fits, regions
        ),
        "Mann–Kendall, exact 0.00311": shown.p_values(values, regions),
    }
    for text, picture in pictures.items():
        assert text in picture.alt
        assert "nan" not in picture.alt


def test_every_table_has_a_cell_for_each_heading(
    trend_fits: Trends, regions: Regions
) -> None:
    amur = trend_fits["amur"]
    values = {region: trend.p_values for region, trend in trend_fits.items()}
    rng = np.random.default_rng(1)
    for table in (
        shown.estimates_table(amur),
        shown.p_values_table(trends.holm(values), regions),
        shown.ar1_profile_table(trends.ar1_profile(np.log(amur.workers), rng, 99)),
        shown.sensitivity_table(amur),
        shown.steps_table(amur),
    ):
        assert is_complete(table)


def test_the_falls_stand_out_in_the_list_of_steps(trend_fits: Trends) -> None:
    text = shown.steps_table(trend_fits["amur"]).text
    assert "| 1995–1996 | **−1,450** |" in text
    assert text.count("**") == 2 * 4


def test_a_p_value_stands_before_its_value_adjusted_by_holm(regions: Regions) -> None:
    adjusted = pd.DataFrame(
        [("amur", method, 0.0004, 0.0012) for method in shown.METHODS],
        columns=["region", "method", "p", "holm_p"],
    )
    (row,) = rows(shown.p_values_table(adjusted, {"amur": regions["amur"]}))
    assert row == ["Amurskaya oblast", *4 * ["< 0.001 (0.001)"]]
