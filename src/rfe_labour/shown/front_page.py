"""The figures of the front page: what was printed, and how sure its growth is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rfe_labour.shown import charts
from rfe_labour.shown.charts import COLOURS, INK, PALE, Picture, Regions

_TOGETHER = "all three"
_CHANGES = {
    "workers": {
        1: "more workers in {} than",
        0: "as many workers in {} as",
        -1: "fewer workers in {} than",
    },
    "share": {
        1: "a higher share in {} than",
        0: "the same share in {} as",
        -1: "a lower share in {} than",
    },
}
"""What the sum did, by the sign of its change; in braces stands the last year."""


def workers_and_shares(
    regional: Mapping[str, pd.DataFrame],
    together: pd.DataFrame,
    regions: Regions,
) -> Picture:
    """Draw workers and shares by year, a line for each region and one for their sum.

    `regional` has for each region its table by year, as `rfe_labour.tables.regions`
    gives it; `together` has ``workers`` and ``share`` of all regions by year.
    """
    lines = {facts.region_name: regional[name] for name, facts in regions.items()}
    lines[_TOGETHER] = together
    first, last = together.index[[0, -1]]
    words = {"workers": "workers", "share": "% of all foreign workers"}
    told = []
    with charts.open_panels(rows=2, height=5.4) as (figure, panels):
        for axes, (measure, unit) in zip(panels, words.items(), strict=True):
            change = together[measure][last] - together[measure][first]
            moved = _CHANGES[measure][int(np.sign(change))]
            for name, table in lines.items():
                (line,) = axes.plot(table[measure], markersize=5, label=name)
                if name == _TOGETHER:
                    line.set(color=INK, linestyle=charts.DASHES)
                else:
                    line.set(**charts.look(name))
                told.append(f"{unit}, {name}: {charts.tell(table[measure].round(1))}")
            axes.set_ylim(bottom=0)
            charts.label(axes, f"Together: {moved.format(last)} in {first}", unit)
            _name_at_the_end(axes, {name: own[measure] for name, own in lines.items()})
        years = [year for table in lines.values() for year in table.index]
        charts.label_years(panels[-1], pd.Index(sorted({*years})), step=5)
    return Picture(figure, " ".join(told))


def _name_at_the_end(axes: Axes, lines: Mapping[str, pd.Series]) -> None:
    """Write each line's name and last value beside its end, so that none overlap."""
    lowest, highest = axes.get_ylim()
    room = (highest - lowest) * 0.09
    before = lowest - room
    for name, values in sorted(lines.items(), key=lambda line: line[1].iloc[-1]):
        height = max(values.iloc[-1], before + room)
        before = height
        axes.annotate(
            f"{name} {values.iloc[-1]:,.{0 if values.iloc[-1] > 100 else 1}f}",
            (values.index[-1], height),
            (8, 0),
            textcoords="offset points",
            va="center",
            color=INK if name == _TOGETHER else COLOURS[name],
            fontsize=10,
            annotation_clip=False,
        )


def growth(intervals: pd.DataFrame) -> Picture:
    """Draw the growth of each series with the intervals of three methods.

    `intervals` has per cent a year by name of the series and method: ``slope``,
    ``lower`` and ``upper``. The first method leads: it is drawn thick, in the colour of
    the region.
    """
    names, methods = (intervals.index.unique(level) for level in (0, 1))
    leading = intervals.xs(methods[0], level=1)
    clear = int(((leading["lower"] > 0) | (leading["upper"] < 0)).sum())
    with charts.open_panels(rows=1, height=4.4) as (figure, (axes,)):
        for row, name in enumerate(names):
            colour, marker = (
                (INK, "D") if name == _TOGETHER else charts.look(name).values()
            )
            for place, method in enumerate(methods):
                slope, lower, upper = intervals.loc[(name, method)].to_numpy()
                height = row + 0.24 * (place - 1)
                axes.plot(
                    [lower, upper],
                    [height] * 2,
                    color=PALE if place else colour,
                    linewidth=2 + 3 * (not place),
                )
                axes.plot(slope, height, marker, color=INK, label=method)
                axes.annotate(
                    method,
                    (upper, height),
                    (5, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=9,
                )
        axes.axvline(0, color=INK, linewidth=0.8)
        charts.label_rows(axes, [name.replace(" ", "\n") for name in names])
        axes.margins(x=0.2)
        axes.set_xlabel("growth of the number of workers, % a year")
        axes.set_title(
            f"A trend is clear in {clear} of {len(names)} series"
            if clear
            else "No trend is clear, one by one or together"
        )
    return Picture(figure, charts.tell(intervals))
