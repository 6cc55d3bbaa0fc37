"""The small figures of the front page, one for each finding."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rfe_labour.article import RegionalTable
from rfe_labour.checks.claims import VERDICTS
from rfe_labour.shown.claim_figures import LOOKS
from rfe_labour.shown.figures import (
    COLOURS,
    INK,
    PALE,
    Picture,
    label,
    label_years,
    open_panels,
)
from rfe_labour.shown.present import signed

_HEIGHT = 2.3


def cells_reproduced(
    agreements: Mapping[str, pd.DataFrame], tables: Mapping[str, RegionalTable]
) -> Picture:
    """Draw one square per printed cell, filled where it is reproduced.

    Parameters
    ----------
    agreements : mapping of str to pandas.DataFrame
        For each table, as `rfe_labour.tables.agreement` returns it.
    tables : mapping of str to RegionalTable
        The same tables.
    """
    total = sum(map(len, agreements.values()))
    agreeing = sum(int(own["agrees"].sum()) for own in agreements.values())
    with open_panels(rows=1, height=_HEIGHT) as (figure, (axes,)):
        lines: list[str] = []
        for name, own in agreements.items():
            about = tables[name]
            for measure, cells in own.groupby("measure", sort=False):
                axes.scatter(
                    cells["year"],
                    np.full(len(cells), len(lines)),
                    marker="s",
                    s=90,
                    facecolor=np.where(cells["agrees"], COLOURS[about.region], "white"),
                    edgecolor=COLOURS[about.region],
                )
                lines.append(f"Table {about.number}, {measure}")
        axes.set_yticks(range(len(lines)), lines)
        axes.invert_yaxis()
        axes.set_title(f"{agreeing} of {total} printed cells are reproduced")
        axes.tick_params(left=False)
        axes.spines["left"].set_visible(False)
        first = min(int(own["year"].min()) for own in agreements.values())
        last = max(int(own["year"].max()) for own in agreements.values())
        label_years(axes, pd.RangeIndex(first, last + 1))
    alt = (
        "One square for each printed cell, by table and year, filled where the cell is "
        f"reproduced: {agreeing} of {total} are filled."
    )
    return Picture(figure, alt)


def rises_and_falls(workers: pd.Series) -> Picture:
    """Draw the workers of the three tables together, falls hatched.

    Parameters
    ----------
    workers : pandas.Series
        As `rfe_labour.tables.changes.regional_sum` returns it, indexed by year.
    """
    change = workers.diff()
    falls = change < 0
    with open_panels(rows=1, height=_HEIGHT) as (figure, (axes,)):
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
        label(axes, f"{title} steps (hatched)", "workers")
        label_years(axes, workers.index)
    alt = (
        "Bars of the workers in the three tables together, by year; years with fewer "
        "than the year before are hatched: "
        f"{', '.join(map(str, workers.index[falls]))}."
    )
    return Picture(figure, alt)


def rising(agreement: pd.DataFrame, regions: Mapping[str, RegionalTable]) -> Picture:
    """Draw in which part of all specifications the workers have a rising trend.

    Parameters
    ----------
    agreement : pandas.DataFrame
        As `rfe_labour.checks.multiverse.sign_agreement` returns it.
    regions : mapping of str to RegionalTable
        The regions, in the order in which they are drawn.
    """
    workers = agreement[agreement["outcome"] == "workers"].set_index("region")
    parts = {regions[name].region_name: workers["rising"][name] for name in regions}
    with open_panels(rows=1, height=_HEIGHT) as (figure, (axes,)):
        axes.barh(list(parts), 100, color="white", edgecolor=PALE, linewidth=0.8)
        bars = axes.barh(
            list(parts),
            [100 * part for part in parts.values()],
            color=[COLOURS[name] for name in regions],
        )
        axes.bar_label(
            bars,
            [f"{part:.0%}" for part in parts.values()],
            label_type="center",
            color="white",
            weight="bold",
        )
        axes.invert_yaxis()
        axes.set_title("How often the slope of the workers is above zero")
        axes.set_xlabel("% of all specifications")
    alt = "Bars of the part of all specifications with a rising slope of workers: " + (
        ", ".join(f"{name} {part:.0%}" for name, part in parts.items()) + "."
    )
    return Picture(figure, alt)


def split_of_a_change(total: pd.DataFrame, about: RegionalTable) -> Picture:
    """Draw the change of workers over all years as the sum of its two parts.

    Parameters
    ----------
    total : pandas.DataFrame, one row
        As `rfe_labour.tables.decomposition_total` returns it.
    about : RegionalTable
        Which table of the article it is.
    """
    row = total.iloc[0]
    parts = {
        "all foreign workers": row["dln_foreign"],
        "their share": row["dln_share"],
        "North Korean workers": row["dln_workers"],
    }
    with open_panels(rows=1, height=_HEIGHT) as (figure, (axes,)):
        bars = axes.barh(
            list(parts),
            list(parts.values()),
            color=["#d0d0d0", "white", COLOURS[about.region]],
            edgecolor=INK,
            linewidth=0.8,
        )
        bars[1].set_hatch("////")
        axes.bar_label(
            bars, [signed(value, 2) for value in parts.values()], padding=3, fontsize=10
        )
        axes.margins(x=0.15)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.invert_yaxis()
        axes.set_title(f"{about.region_name}: more workers, a smaller share")
        axes.set_xlabel(
            f"change of the logarithm, {row['from_year']:.0f} to {row['to_year']:.0f}"
        )
    alt = f"Three bars for {about.region_name}, change of the logarithm: " + (
        ", ".join(f"{name} {signed(value, 2)}" for name, value in parts.items()) + "."
    )
    return Picture(figure, alt)


def coverage(comparison: pd.DataFrame) -> Picture:
    """Draw which part of the stated totals the three tables hold.

    Parameters
    ----------
    comparison : pandas.DataFrame
        As `rfe_labour.checks.totals.compare` returns it.
    """
    years = comparison.index.astype(int)
    with open_panels(rows=1, height=_HEIGHT) as (figure, (axes,)):
        axes.bar(years, 100, color="white", edgecolor=PALE, linewidth=0.8)
        bars = axes.bar(years, 100 * comparison["coverage"], color=INK)
        axes.bar_label(
            bars, [f"{part:.0%}" for part in comparison["coverage"]], fontsize=9
        )
        low, high = comparison["coverage"].min(), comparison["coverage"].max()
        title = f"The three tables hold {low:.0%} to {high:.0%} of the stated totals"
        label(axes, title, "% of stated total")
        label_years(axes, comparison.index)
    alt = "Bars of the part of each stated total that the three tables hold: " + (
        ", ".join(
            f"{year} {part:.0%}"
            for year, part in zip(years, comparison["coverage"], strict=True)
        )
        + "."
    )
    return Picture(figure, alt)


def beyond_sources(
    counts: Mapping[str, tuple[int, int]], tables: Mapping[str, RegionalTable]
) -> Picture:
    """Draw how many cells of each table no cited source can hold.

    Parameters
    ----------
    counts : mapping of str to (int, int)
        For each table, the cells that no cited source can hold, and all its cells.
    tables : mapping of str to RegionalTable
        The same tables.
    """
    names = [f"Table {tables[table].number}" for table in counts]
    beyond = [own for own, _ in counts.values()]
    with open_panels(rows=1, height=_HEIGHT) as (figure, (axes,)):
        axes.barh(
            names, [cells for _, cells in counts.values()], color="white", edgecolor=INK
        )
        bars = axes.barh(
            names, beyond, color="white", edgecolor=INK, hatch="////", linewidth=0.8
        )
        axes.bar_label(bars, padding=3, fontsize=10)
        axes.invert_yaxis()
        total = sum(cells for _, cells in counts.values())
        axes.set_title(
            f"{sum(beyond)} of {total} cells (hatched) are later than a source allows"
        )
        axes.set_xlabel("cells of the table")
    alt = "Bars of the cells of each table, hatched where no cited source can hold " + (
        "them: "
        + ", ".join(
            f"{name} {own} of {cells}"
            for name, (own, cells) in zip(names, counts.values(), strict=True)
        )
        + "."
    )
    return Picture(figure, alt)


def verdicts(audited: pd.DataFrame) -> Picture:
    """Draw in one bar how many claims hold, differ, or cannot be checked.

    Parameters
    ----------
    audited : pandas.DataFrame, shape (claims, ...)
        As `rfe_labour.checks.claims.audit` returns it.
    """
    counts = {
        words: int(audited["status_now"].isin(VERDICTS[verdict]).sum())
        for verdict, (words, _, _) in LOOKS.items()
    }
    with open_panels(rows=1, height=1.5) as (figure, (axes,)):
        left = 0
        for (words, count), (_, colour, hatch) in zip(
            counts.items(), LOOKS.values(), strict=True
        ):
            axes.barh(0, count, left=left, color=colour, edgecolor=INK, hatch=hatch)
            axes.text(left + count / 2, 0.62, f"{count} {words}", ha="center")
            left += count
        axes.set_ylim(-0.5, 1)
        axes.set_axis_off()
        axes.set_title(f"{len(audited)} claims of both authors")
    alt = "One bar of all claims in three parts: " + (
        ", ".join(f"{count} {words}" for words, count in counts.items()) + "."
    )
    return Picture(figure, alt)
