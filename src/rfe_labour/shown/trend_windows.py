"""The figure and the table of the windows of years."""

from __future__ import annotations

import pandas as pd

from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.models.trend_windows import whole_period
from rfe_labour.shown.figures import (
    COLOURS,
    INK,
    MARKERS,
    Picture,
    label_years,
    open_panels,
)
from rfe_labour.shown.model_figures import legend_below
from rfe_labour.shown.present import Markdown, records, signed, write_table


def picture(windows: pd.DataFrame) -> Picture:
    """Draw each window as a line over its years, at the height of its slope.

    Parameters
    ----------
    windows : pandas.DataFrame
        As `read` returns it.
    """
    groups = list(windows.groupby("table", sort=False))
    told = []
    with open_panels(rows=len(groups), height=0.5 + 2.5 * len(groups)) as (
        figure,
        panels,
    ):
        for axes, (table, own) in zip(panels, groups, strict=True):
            about, whole = REGIONAL_TABLES[str(table)], whole_period(own)
            period = [whole["first_year"], whole["last_year"]]
            axes.fill_between(
                period,
                whole["ewc_lower"],
                whole["ewc_upper"],
                color="#ececec",
                linewidth=0,
                label="interval of the whole period",
            )
            axes.hlines(
                own["percent"],
                own["first_year"],
                own["last_year"],
                color=COLOURS[about.region],
                linewidth=1.3,
                label="a window",
            )
            for end in ("first_year", "last_year"):
                axes.plot(
                    own[end],
                    own["percent"],
                    linestyle="none",
                    marker=MARKERS[about.region],
                    markersize=3.5,
                    color=COLOURS[about.region],
                )
            axes.plot(
                period,
                [whole["percent"]] * 2,
                color=INK,
                linewidth=3,
                label="the whole period",
            )
            axes.axhline(0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
            span = f"{signed(own['percent'].min())} to {signed(own['percent'].max())}%"
            axes.set_title(f"{about.region_name}: {span} per year, by window")
            axes.set_ylabel("% per year")
            axes.grid(axis="y")
            axes.set_axisbelow(True)
            told.append(
                f"{about.region_name}: {len(own)} windows, from {span}; the whole "
                f"period {signed(whole['percent'])}%, interval "
                f"{signed(whole['ewc_lower'])} to {signed(whole['ewc_upper'])}%"
            )
        legend_below(panels[-1], figure, columns=3)
        first = int(windows["first_year"].min())
        label_years(panels[-1], pd.RangeIndex(first, windows["last_year"].max() + 1))
    alt = (
        "One panel for each region. A horizontal line for each window of years, from "
        "its first to its last year, at the height of its log-linear slope in per cent "
        "per year; a thick line for the whole period, on a grey band for its interval. "
        + "; ".join(told)
        + "."
    )
    return Picture(figure, alt)


def as_markdown(windows: pd.DataFrame) -> Markdown:
    """List every window with its slope, its intervals and its p-values.

    Parameters
    ----------
    windows : pandas.DataFrame
        As `read` returns it.
    """
    rows = [
        [
            REGIONAL_TABLES[row["table"]].region_name,
            f"{row['first_year']}–{row['last_year']}",
            signed(row["percent"]),
            f"{signed(row['percent_lower'])} to {signed(row['percent_upper'])}",
            f"{signed(row['ewc_lower'])} to {signed(row['ewc_upper'])}",
            f"{row['hc3_p']:.3f}",
            f"{row['ewc_p']:.3f}",
            f"{row['ar1_p']:.3f}",
        ]
        for row in records(windows)
    ]
    header = ["region", "window", "% per year", "HC3 interval", "EWC interval"]
    return write_table([*header, "p, HC3", "p, EWC", "p, AR(1)"], rows, "llrrrrrr")
