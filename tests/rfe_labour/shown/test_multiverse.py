"""The specification curve tells the signs of what it draws."""

from __future__ import annotations

import pandas as pd
import pytest

from rfe_labour.article import RegionalTable
from rfe_labour.shown import multiverse as shown
from tests.rfe_labour.shown.reading import svg


def test_the_curve_tells_how_many_slopes_rise_and_draws_the_same_each_time(
    specs: pd.DataFrame, regions: dict[str, RegionalTable]
) -> None:
    chosen = specs.query("region == 'amur' and outcome == 'share'")
    picture = shown.specification_curve(chosen, -5.86, regions["amur"])
    # The mean of the 28 windows' own fractions: see the chapter's tests.
    told = "40% of 1,323 specifications rise (43% if each window counts once)."
    assert told in picture.alt
    assert "headline, −5.9." in picture.alt
    again = shown.specification_curve(chosen, -5.86, regions["amur"])
    assert svg(picture) == svg(again)


@pytest.mark.parametrize(
    "query",
    ["region == 'amur'", "outcome == 'share'", "outcome == 'wages'"],
    ids=["all outcomes", "all regions", "none"],
)
def test_a_curve_of_more_or_less_than_one_series_is_refused(
    query: str, specs: pd.DataFrame, regions: dict[str, RegionalTable]
) -> None:
    with pytest.raises(ValueError, match="of one outcome in Amurskaya oblast"):
        shown.specification_curve(specs.query(query), 0.0, regions["amur"])
