"""Chart and table of the test sizes tell how often a trend is found."""

from __future__ import annotations

import pandas as pd
import pytest

from rfe_labour.models.small_samples import METHODS
from rfe_labour.shown import small_samples
from tests.rfe_labour.shown.reading import rows


@pytest.fixture
def sizes() -> pd.DataFrame:
    """Sizes that say where they belong: the method's place, n and rho."""
    return pd.DataFrame(
        [
            (method.name, n, rho, place / 100 + n / 1000 + rho / 10)
            for n in (11, 14)
            for rho in (0.0, 0.4, 0.7)
            for place, method in enumerate(METHODS.values())
        ],
        columns=["method", "n", "rho", "size"],
    )


def test_the_panels_tell_each_method_under_each_correlation(
    sizes: pd.DataFrame,
) -> None:
    picture = small_samples.test_sizes(sizes, 0.05)
    told = "11 years: HAC(2), normal 0.01 at ρ = 0, 0.05 at ρ = 0.4, 0.08 at ρ = 0.7;"
    assert told in picture.alt
    titles = [axes.get_title(loc="left") for axes in picture.figure.axes]
    assert titles[1] == "14 years: at ρ = 0.7, from 8% to 15% instead of 5%"


def test_what_the_methods_were_planned_by_stands_beside_its_own_level_only(
    sizes: pd.DataFrame,
) -> None:
    table = small_samples.test_sizes_table(sizes, 0.05)
    header = "| method | ρ = 0, n = 11 | ρ = 0, n = 14 | ρ = 0.4, n = 11 |"
    assert table.text.startswith(header)
    first, *_ = rows(table)
    assert first[:3] == ["HAC(2), normal", "0.011 (0.23)", "0.014 (0.20)"]
    other, *_ = rows(small_samples.test_sizes_table(sizes, 0.1))
    assert other[1:3] == ["0.011", "0.014"]
