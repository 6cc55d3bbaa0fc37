"""The front page: a small figure for each finding.

`comparison` comes from ``totals.compare`` and `audited` from ``claims.audit`` of
`rfe_labour.checks`. `tables` are the facts of the tables by name.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rfe_labour.article import RegionalTable
from rfe_labour.checks.claims import STATUSES
from rfe_labour.shown import charts
from rfe_labour.shown.charts import COLOURS, INK, PALE, Picture, Regions, sentence

_HEIGHT = 2.3

_KINDS = {
    "figures": ("with other figures", INK, ""),
    "own words": ("of a text with itself", "white", "////"),
    "nothing": ("no test", "white", ""),
}
"""What a claim is compared with: words, colour and hatch."""


def rises_and_falls(workers: pd.Series) -> Picture:
    """Draw the workers of the three tables together by year, falls hatched."""
    change = workers.diff()
    falls = change < 0
    with charts.open_panels(rows=1, height=_HEIGHT) as (figure, (axes,)):
        bars = axes.bar(
            workers.index,
            workers,
            color=np.where(falls, "white", PALE),
            edgecolor=INK,
            linewidth=0.8,
        )
        for bar, fell in zip(bars, falls, strict=True):
            bar.set_hatch("////" if fell else "")
        title = f"The three tables together fell in {falls.sum()} of {change.count()}"
        charts.label(axes, f"{title} steps (hatched)", "workers")
        charts.label_years(axes, workers.index)
    alt = (
        "Bars of the workers in the three tables together, by year; years with fewer "
        "than the year before are hatched: "
    ) + sentence(map(str, workers.index[falls]), ", ")
    return Picture(figure, alt)


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
    with charts.open_panels(rows=1, height=3.4) as (figure, (axes,)):
        for row, region in enumerate(regions):
            for place, method in enumerate(methods):
                slope, lower, upper = ends.loc[(region, method)].to_numpy()
                height = row + 0.22 * (place - 1)
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
                    fontsize=8,
                )
        axes.axvline(0, color=INK, linewidth=0.8)
        charts.label_rows(axes, names)
        axes.margins(x=0.2)
        axes.set_xlabel("growth, % a year")
        axes.set_title(
            f"Growth is sure in {sure} of {len(names)} regions"
            if sure
            else "In no region is growth or decline sure"
        )
    return Picture(figure, charts.tell(intervals))


def changes_by_first_year(
    regional: Mapping[str, pd.DataFrame], regions: Regions
) -> Picture:
    """Draw the factors of workers and share up to the last year, by first year.

    `regional` has for each region its table, as `rfe_labour.tables.regions` gives it,
    by year.
    """
    told = []
    with charts.open_panels(rows=2, height=4.4) as (figure, panels):
        for axes, (measure, words) in zip(
            panels, {"workers": "workers", "share": "their share"}.items(), strict=True
        ):
            for region, facts in regions.items():
                values = regional[region][measure]
                factors = (values.iloc[-1] / values).iloc[:-1]
                (line,) = axes.plot(factors, label=facts.region_name)
                line.set(**charts.look(region))
                told.append(
                    f"{facts.region_name}, {words}: {charts.tell(factors.round(2))}"
                )
            axes.axhline(1, color=INK, linewidth=0.8)
            axes.set_yscale("log")
            axes.set_yticks([0.5, 1, 2, 4], ["×0.5", "×1", "×2", "×4"])
            axes.minorticks_off()
            last = max(table.index[-1] for table in regional.values())
            axes.set_title(f"Change of {words} up to {last}, by first year")
        charts.legend_below(figure, panels[0], columns=3)
    return Picture(figure, " ".join(told))


def coverage(comparison: pd.DataFrame) -> Picture:
    """Draw which part of the stated totals the three tables hold."""
    years = comparison.index.astype(int)
    parts = [f"{part:.0%}" for part in comparison["coverage"]]
    low, high = comparison["coverage"].min(), comparison["coverage"].max()
    title = f"The three tables hold {low:.0%} to {high:.0%} of the stated totals"
    with charts.open_panels(rows=1, height=_HEIGHT) as (figure, (axes,)):
        axes.bar(years, 100, color="white", edgecolor=PALE, linewidth=0.8)
        bars = axes.bar(years, 100 * comparison["coverage"], color=INK)
        axes.bar_label(bars, parts, fontsize=9)
        charts.label(axes, title, "% of stated total")
        charts.label_years(axes, comparison.index)
    alt = "Bars of the part of each stated total that the three tables hold: "
    by_year = (f"{year} {part}" for year, part in zip(years, parts, strict=True))
    return Picture(figure, alt + sentence(by_year, ", "))


def beyond_sources(
    counts: Mapping[str, tuple[int, int]], tables: Mapping[str, RegionalTable]
) -> Picture:
    """Draw how many cells of each table no cited source can hold.

    `counts` has for each table the cells that no cited source can hold, and all cells.
    """
    names = [f"Table {tables[table].number}" for table in counts]
    beyond, cells = zip(*counts.values(), strict=True)
    with charts.open_panels(rows=1, height=_HEIGHT) as (figure, (axes,)):
        axes.barh(names, cells, color="white", edgecolor=INK)
        bars = axes.barh(
            names, beyond, color="white", edgecolor=INK, hatch="////", linewidth=0.8
        )
        axes.bar_label(bars, padding=3, fontsize=10)
        axes.invert_yaxis()
        axes.set_title(
            f"{sum(beyond)} of {sum(cells)} cells (hatched) are later than a source "
            "allows"
        )
        axes.set_xlabel("cells of the table")
    by_table = (
        f"{name} {later} of {all_cells}"
        for name, (later, all_cells) in zip(names, counts.values(), strict=True)
    )
    alt = "Bars of the cells of each table, hatched where no cited source can hold "
    return Picture(figure, f"{alt}them: {sentence(by_table, ', ')}")


def statuses(audited: pd.DataFrame) -> Picture:
    """Draw how many claims have each status, by what they are compared with."""
    kinds = audited["compares"].where(audited["compares"].isin([*_KINDS]), "nothing")
    counts = pd.crosstab(audited["status_now"], kinds)
    counts = counts.reindex(STATUSES, fill_value=0)
    ends = counts.sum(axis="columns")
    with charts.open_panels(rows=1, height=3.4) as (figure, (axes,)):
        left = np.zeros(len(counts))
        for kind, (words, colour, hatch) in _KINDS.items():
            width = counts.get(kind, 0 * ends)
            bars = axes.barh(
                counts.index,
                width,
                left=left,
                label=words,
                color=colour,
                edgecolor=INK,
                hatch=hatch,
            )
            left = left + width.to_numpy()
        axes.bar_label(bars, [str(end) for end in ends], padding=3)
        axes.invert_yaxis()
        none = ends["cannot be tested"]
        axes.set_title(f"{none} of {len(audited)} claims cannot be tested")
        axes.set_xlabel("claims")
        charts.legend_below(figure, axes, columns=3)
    return Picture(figure, charts.tell(counts.assign(all=ends)))
