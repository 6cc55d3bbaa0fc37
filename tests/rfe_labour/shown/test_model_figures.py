"""The figures and tables of the chapters on models."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from rfe_labour import article, tables
from rfe_labour.checks import multiverse
from rfe_labour.data import load
from rfe_labour.models import shares, trends
from rfe_labour.shown import model_figures, model_tables, present
from rfe_labour.shown.figures import Picture

REGIONS = {facts.region: facts for facts in article.REGIONAL_TABLES.values()}
AMUR = REGIONS["amur"]


@pytest.fixture(scope="module")
def numbers() -> dict[str, pd.DataFrame]:
    return {
        region: tables.regional_table(load(facts.table))
        for region, facts in REGIONS.items()
    }


@pytest.fixture(scope="module")
def workers(numbers: dict[str, pd.DataFrame]) -> dict[str, trends.Trend]:
    return {
        region: trends.fit(table, 0.95, np.random.default_rng(1), 199)
        for region, table in numbers.items()
    }


@pytest.fixture(scope="module")
def fractions(numbers: dict[str, pd.DataFrame]) -> dict[str, shares.ShareTrend]:
    return {
        region: shares.fit(table, 0.95, np.random.default_rng(1), 199)
        for region, table in numbers.items()
    }


@pytest.fixture(scope="module")
def found(numbers: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return multiverse.specifications(numbers)


def svg(picture: Picture) -> str:
    return picture._repr_mimebundle_()[0]["image/svg+xml"]


def test_the_same_fit_draws_the_same_bytes(
    workers: dict[str, trends.Trend],
    fractions: dict[str, shares.ShareTrend],
    found: pd.DataFrame,
) -> None:
    drawings: list[Callable[[], Picture]] = [
        lambda: model_figures.workers_trend(workers["amur"], AMUR),
        lambda: model_figures.share_trend(fractions["amur"], AMUR),
        lambda: model_figures.estimators(workers, REGIONS),
        lambda: model_figures.specification_curve(found, AMUR, "share"),
    ]
    for draw in drawings:
        assert svg(draw()) == svg(draw())


def test_each_title_and_text_tells_the_numbers(
    numbers: dict[str, pd.DataFrame],
    workers: dict[str, trends.Trend],
    fractions: dict[str, shares.ShareTrend],
    found: pd.DataFrame,
) -> None:
    pictures = {
        "+8.9% per year (95% HC3 interval −1.0": model_figures.workers_trend(
            workers["amur"], AMUR
        ),
        "72 in 1995": model_figures.share_trend(fractions["amur"], AMUR),
        "+13.3 (1995)": model_figures.trend_sensitivity(workers["amur"], AMUR),
        "+10.7 (2001)": model_figures.share_sensitivity(fractions["amur"], AMUR),
        "Khabarovskiy Krai: log-OLS, HC3 +18.6 (+5.4 to +33.4)": (
            model_figures.estimators(workers, REGIONS)
        ),
        "Mann–Kendall, exact 0.00311": model_figures.p_values(
            {region: trend.p_values for region, trend in workers.items()}, REGIONS
        ),
        "Amurskaya oblast: workers +0.20, share −0.76": model_figures.decompositions(
            shares.decompositions(numbers), REGIONS
        ),
        "Amurskaya oblast −5.9 (−19.2 to +9.6)": model_figures.pooled(
            shares.pool(numbers), REGIONS
        ),
        "the choice that moves the direction most is the last year": (
            model_figures.specification_curve(found, AMUR, "share")
        ),
    }
    for text, picture in pictures.items():
        assert text in picture.alt
        assert "nan" not in picture.alt


def test_an_unknown_outcome_is_refused(found: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match='no specification of "wages" in Amurskaya'):
        model_figures.specification_curve(found, AMUR, "wages")


def test_nearly_all_is_not_written_as_all() -> None:
    parts = [0.0, 0.0004, 0.5, 0.9996, 1.0]
    written = [present.as_part(part) for part in parts]
    assert written == ["0%", "1%", "50%", "99%", "100%"]


def test_signs_are_written_with_a_true_minus_and_zero_without_one() -> None:
    signed = model_figures.signed
    assert [signed(-1234.56), signed(0.04), signed(-0.04), signed(2, 0)] == [
        *("−1,234.6", "0.0", "0.0", "+2")
    ]


def test_every_table_has_a_cell_for_each_heading(
    numbers: dict[str, pd.DataFrame],
    workers: dict[str, trends.Trend],
    fractions: dict[str, shares.ShareTrend],
    found: pd.DataFrame,
) -> None:
    p_values = {region: trend.p_values for region, trend in workers.items()}
    written = [
        model_tables.trend_estimates(workers["amur"]),
        model_tables.share_estimates(fractions["amur"]),
        model_tables.p_values(trends.holm(p_values), REGIONS),
        model_tables.sensitivity(workers["amur"]),
        model_tables.sensitivity(fractions["amur"]),
        model_tables.steps(workers["amur"]),
        model_tables.rounding(fractions["amur"].rounding),
        model_tables.decompositions(shares.decompositions(numbers), REGIONS),
        model_tables.pooled(shares.pool(numbers), REGIONS),
        model_tables.sign_agreement(multiverse.sign_agreement(found), REGIONS),
        model_tables.by_choice(multiverse.by_choice(found), AMUR, "share"),
    ]
    for table in written:
        widths = {line.count("|") for line in table.text.splitlines()}
        assert len(widths) == 1
        assert "nan" not in table.text


def test_the_falls_stand_out_in_the_list_of_steps(
    workers: dict[str, trends.Trend],
) -> None:
    text = model_tables.steps(workers["amur"]).text
    assert "| 1995–1996 | **−1,450** |" in text
    assert text.count("**") == 2 * 4
