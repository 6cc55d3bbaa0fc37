"""The book's picture where people share a link to it."""

from __future__ import annotations

from matplotlib.figure import Figure

from rfe_labour import article, data, tables
from rfe_labour.shown.charts import COLOURS, INK, MARKERS, style

_SIZE = (12.0, 6.3)


def draw() -> Figure:
    """Draw the workers of the three tables as printed, under the book's question.

    The figure is 12 by 6.3 inches, the shape that sites show beside a link.
    """
    with style():
        figure = Figure(figsize=_SIZE)
        figure.set_layout_engine("constrained", rect=(0.03, 0.11, 0.94, 0.74))
        figure.suptitle(
            "North Korean workers in the Russian Far East",
            x=0.04,
            y=0.95,
            ha="left",
            size=30,
            weight="bold",
        )
        panels = figure.subplots(1, 3, sharex=True, sharey=True)
        for axes, facts in zip(panels, article.REGIONAL_TABLES.values(), strict=True):
            table = tables.regional_table(data.load(facts.table))
            axes.plot(
                table.index,
                table["workers"],
                color=COLOURS[facts.region],
                marker=MARKERS[facts.region],
                markersize=9,
                linewidth=3,
            )
            axes.set_title(facts.region_name, size=20, color=COLOURS[facts.region])
            axes.set_xticks([1992, 1998, 2004])
            axes.tick_params(labelsize=17)
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter("{x:,.0f}")
            axes.grid(axis="y")
        figure.supxlabel(
            "Official figures for 1992–2005, recomputed number by number",
            x=0.04,
            y=0.03,
            ha="left",
            size=19,
            color=INK,
        )
    return figure
