"""The specification curve tells the signs of what it draws."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from rfe_labour.article import RegionalTable
from rfe_labour.shown import multiverse as shown
from tests.rfe_labour.shown.reading import svg

SERIES = [
    (region, outcome)
    for region in ("primorye", "khabarovsk", "amur")
    for outcome in ("workers", "share", "foreign")
]


@pytest.fixture(params=SERIES, ids="-".join)
def series(
    request: pytest.FixtureRequest,
    specs: pd.DataFrame,
    regions: dict[str, RegionalTable],
) -> tuple[pd.DataFrame, RegionalTable]:
    """Give all specifications of one region and outcome, and the region's table."""
    region, outcome = request.param
    is_chosen = (specs["region"] == region) & (specs["outcome"] == outcome)
    return specs[is_chosen], regions[region]


def test_the_curve_tells_how_many_slopes_rise_and_draws_the_same_each_time(
    specs: pd.DataFrame, regions: dict[str, RegionalTable]
) -> None:
    chosen = specs.query("region == 'amur' and outcome == 'share'")
    picture = shown.specification_curve(chosen, -5.86, regions["amur"])
    # The mean of the 28 windows' own fractions: see the chapter's tests.
    told = "40% of 1,323 slopes are positive (43% if each window counts once)."
    assert told in picture.alt
    assert "headline, −5.9." in picture.alt
    again = shown.specification_curve(chosen, -5.86, regions["amur"])
    assert svg(picture) == svg(again)


def test_each_row_tells_how_many_have_the_option_and_a_line_where_signs_change(
    series: tuple[pd.DataFrame, RegionalTable],
) -> None:
    chosen, facts = series
    picture = shown.specification_curve(chosen, 1.0, facts)
    panel = picture.figure.axes[1]
    told = [it.get_text() for it in panel.texts if it.get_ha() == "right"]
    assert told.pop(0) == "number"
    beside = dict(zip(told[::2], told[1::2], strict=True))
    counts = Counter(chosen["estimator"].map(shown.WORDS))
    counts |= Counter(chosen["left_out"].dropna().astype(int).astype(str))
    assert counts
    # A year can be left out and be the first one: its rows come last.
    assert {it: beside[it] for it in counts} == {
        it: f"{number:,}" for it, number in counts.items()
    }
    (line,) = panel.lines
    assert line.get_xdata()[0] == (chosen["percent"] < 0).sum()
    picture.figure.canvas.draw()
    whole = picture.figure.bbox
    boxes = [it.get_window_extent() for it in panel.texts]
    assert all(whole.x0 <= it.x0 and it.x1 <= whole.x1 for it in boxes)


def test_the_label_of_the_headline_never_lies_on_the_curve(
    series: tuple[pd.DataFrame, RegionalTable],
) -> None:
    chosen, facts = series
    for headline in chosen["percent"].quantile([0.01, 0.1, 0.27, 0.5, 0.75, 0.99]):
        picture = shown.specification_curve(chosen, headline, facts)
        panel = picture.figure.axes[0]
        (label,) = panel.texts
        (curve,) = (line for line in panel.lines if line.get_linewidth() == 2)
        picture.figure.canvas.draw()
        box = label.get_window_extent()
        path = curve.get_path().transformed(curve.get_transform())
        assert not path.intersects_bbox(box, filled=False), headline


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
