"""The figures say in words what they show, and are the same bytes every time."""

from __future__ import annotations

import matplotlib as mpl
import pytest

from rfe_labour import data, tables
from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.checks import totals
from rfe_labour.shown import figures
from rfe_labour.shown.figures import Picture


def _pictures(table: str) -> dict[str, Picture]:
    about = REGIONAL_TABLES[table]
    numbers = tables.regional_table(data.load(table))
    return {
        "workers_and_share": figures.workers_and_share(numbers, about),
        "implied_foreign": figures.implied_foreign(numbers, about),
        "decomposition": figures.decomposition(tables.decomposition(numbers), about),
    }


def _totals() -> Picture:
    regions = {about.region: about for about in REGIONAL_TABLES.values()}
    regional = {
        region: tables.regional_table(data.load(about.table))
        for region, about in regions.items()
    }
    comparison = totals.compare(data.load("stated_totals"), regional)
    return figures.stated_and_summed(comparison, regions)


def test_the_text_of_a_figure_tells_its_printed_ends() -> None:
    alt = _pictures("table3")["workers_and_share"].alt
    for words in ("Khabarovskiy Krai", "319 in 1995", "lowest 296 in 1996"):
        assert words in alt
    assert "highest 46.1 in 1999" in alt
    assert "25.5 in 2005" in alt


def test_the_text_of_the_totals_tells_every_stated_year() -> None:
    alt = _totals().alt
    assert "1998: stated 11,862, regions together 4,599" in alt
    assert "2005: stated 13,806, regions together 11,126" in alt


def test_the_line_of_a_figure_passes_through_the_printed_workers() -> None:
    axes = _pictures("table4")["workers_and_share"].figure.axes[0]
    drawn = axes.lines[0].get_xydata()
    assert [1995, 2800] in drawn.tolist()
    assert [2005, 3423] in drawn.tolist()


@pytest.mark.parametrize("table", REGIONAL_TABLES)
def test_a_picture_is_the_same_bytes_whatever_the_readers_settings(table: str) -> None:
    first = {n: p._repr_mimebundle_() for n, p in _pictures(table).items()}
    with mpl.rc_context({"axes.facecolor": "black", "font.size": 30, "svg.id": "mine"}):
        again = {n: p._repr_mimebundle_() for n, p in _pictures(table).items()}
    assert again == first
    for data_of, metadata in first.values():
        assert "<dc:date>" not in data_of["image/svg+xml"]
        assert metadata["image/svg+xml"]["alt"].endswith(".")


def test_the_three_regions_differ_in_colour_and_marker() -> None:
    regions = [about.region for about in REGIONAL_TABLES.values()]
    assert len({figures.COLOURS[region] for region in regions}) == 3
    assert len({figures.MARKERS[region] for region in regions}) == 3


def test_the_colours_survive_grey_print() -> None:
    """Grey by the luminance of ITU-R BT.601; markers and hatches tell the rest."""
    greys = []
    for colour in figures.COLOURS.values():
        red, green, blue = mpl.colors.to_rgb(colour)
        greys.append(0.299 * red + 0.587 * green + 0.114 * blue)
    assert all(grey < 0.6 for grey in greys)
