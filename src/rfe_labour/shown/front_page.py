"""The figures of the front page: what was printed, and how sure its growth is."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from rfe_labour.shown import charts
from rfe_labour.shown.charts import COLOURS, INK, PALE, Picture, Regions

_TOGETHER = "all three"


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
            moved = "as high in {} as" if change == 0 else "higher in {} than"
            moved = "lower in {} than" if change < 0 else moved
            for name, table in lines.items():
                (line,) = axes.plot(table[measure], markersize=5)
                if name == _TOGETHER:
                    line.set(color=INK, linestyle=charts.DASHES)
                else:
                    line.set(**charts.look(name))
                told.append(f"{unit}, {name}: {charts.tell(table[measure].round(1))}")
            axes.set_ylim(bottom=0)
            noun = "Their number" if measure == "workers" else "Their share"
            charts.label(axes, f"{noun} was {moved.format(last)} in {first}", unit)
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


def growth(intervals: pd.DataFrame, regions: Regions) -> Picture:
    """Draw the growth of each region with the intervals of three methods.

    `intervals` has per cent a year by ``region`` and ``method``: ``slope``, ``lower``
    and ``upper``. The first method leads: it is drawn in the colour of the region.
    """
    methods = intervals.index.unique("method")
    ends = intervals[["slope", "lower", "upper"]]
    names = [facts.region_name for facts in regions.values()]
    leading = intervals.xs(methods[0], level="method")
    sure = sum((leading["lower"] > 0) | (leading["upper"] < 0))
    with charts.open_panels(rows=1, height=3.6) as (figure, (axes,)):
        for row, region in enumerate(regions):
            for place, method in enumerate(methods):
                slope, lower, upper = ends.loc[(region, method)].to_numpy()
                height = row + 0.24 * (place - 1)
                colour = PALE if place else COLOURS[region]
                axes.plot(
                    [lower, upper],
                    [height] * 2,
                    color=colour,
                    linewidth=2 + 3 * (not place),
                )
                axes.plot(slope, height, charts.MARKERS[region], color=INK)
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
            f"Growth or decline is certain in {sure} of {len(names)} regions"
            if sure
            else "In no region is growth certain"
        )
    return Picture(figure, charts.tell(intervals))
