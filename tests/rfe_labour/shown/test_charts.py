"""What all charts share: their style, their colours, and the same bytes every time."""

from __future__ import annotations

import matplotlib as mpl
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from rfe_labour import article
from rfe_labour.article import RegionalTable
from rfe_labour.shown import charts


def test_a_figure_is_the_same_bytes_whatever_the_readers_settings() -> None:
    def draw() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        with capture_output() as shown, charts.figure("A rising line.") as axes:
            axes.plot([1995, 2005], [319, 2010])
        (output,) = shown.outputs
        return output.data, output.metadata

    InteractiveShell.instance()
    first = draw()
    with mpl.rc_context({"axes.facecolor": "black", "font.size": 30, "svg.id": "mine"}):
        assert draw() == first
    drawing, metadata = first
    assert "<dc:date>" not in drawing["image/svg+xml"]
    assert metadata["image/svg+xml"]["alt"] == "A rising line."


def test_the_three_regions_differ_in_colour_and_marker(
    regions: dict[str, RegionalTable],
) -> None:
    assert len({charts.COLOURS[region] for region in regions}) == 3
    assert len({charts.MARKERS[region] for region in regions}) == 3


def test_a_region_that_a_reader_added_has_a_colour_and_a_marker_of_its_own(
    regions: dict[str, RegionalTable],
) -> None:
    for looks in (charts.COLOURS, charts.MARKERS):
        assert looks["chita"] not in {looks[region] for region in regions}


def test_the_colours_survive_grey_print(regions: dict[str, RegionalTable]) -> None:
    """Grey by the luminance of ITU-R BT.601; markers and hatches tell the rest."""
    greys = []
    for region in regions:
        red, green, blue = mpl.colors.to_rgb(charts.COLOURS[region])
        greys.append(0.299 * red + 0.587 * green + 0.114 * blue)
    assert all(grey < 0.6 for grey in greys)


def test_the_course_of_a_series_tells_its_ends_and_its_extremes() -> None:
    values = pd.Series([5, 1200, 3, 7], index=[1992, 1993, 1994, 1995])
    assert charts.course(values) == (
        "5 in 1992, lowest 3 in 1994, highest 1,200 in 1993, 7 in 1995"
    )


def test_a_region_looks_the_same_by_its_short_and_by_its_full_name() -> None:
    for facts in article.REGIONAL_TABLES.values():
        assert charts.COLOURS[facts.region_name] == charts.COLOURS[facts.region]
        assert charts.MARKERS[facts.region_name] == charts.MARKERS[facts.region]
