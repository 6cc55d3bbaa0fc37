"""How the trend of the workers depends on the window of years in which one looks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rfe_labour import trends
from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.figures import COLOURS, INK, MARKERS, Picture, label_years, open_panels
from rfe_labour.model_figures import legend_below
from rfe_labour.present import Markdown, records, signed, write_table
from rfe_labour.trends import Trend


def results(trend: Trend) -> dict[str, int | float]:
    """Gather what one window says of the trend.

    Parameters
    ----------
    trend : Trend
        As `rfe_labour.trends.fit` returns it for the years of the window.

    Returns
    -------
    dict of str to int or float
        ``years``; ``level``, the confidence level; ``percent``, the log-linear slope in
        per cent per year, with ``percent_lower`` and ``percent_upper`` (HC3 interval)
        and ``ewc_lower`` and ``ewc_upper`` (EWC interval); ``hc3_p``, ``ewc_p`` and
        ``ar1_p``; ``theil_sen`` (workers per year).
    """
    own = trends.results(trend)
    names = {
        "years": "years",
        "level": "level",
        "percent": "log_ols.percent",
        "percent_lower": "log_ols.percent_lower",
        "percent_upper": "log_ols.percent_upper",
        "ewc_lower": "log_ols.ewc_percent_lower",
        "ewc_upper": "log_ols.ewc_percent_upper",
        "hc3_p": "log_ols.hc3_p",
        "ewc_p": "log_ols.ewc_p",
        "ar1_p": "log_ols.ar1_p",
        "theil_sen": "theil_sen.slope",
    }
    return {name: own[key] for name, key in names.items()}


def read(path: str | Path) -> pd.DataFrame:
    """Read the table of a sweep over windows.

    Parameters
    ----------
    path : str or Path
        A CSV file with the columns ``table``, ``first_year``, ``last_year`` and those
        of `results`.

    Returns
    -------
    pandas.DataFrame
        One row for each window, in the order of the file and with all its digits.

    Raises
    ------
    ValueError
        If a table's longest window does not span all others, so that there is no whole
        period to set beside them.
    """
    windows = pd.read_csv(path)
    for table, own in windows.groupby("table", sort=False):
        whole = _whole(own)
        ends = own["first_year"].min(), own["last_year"].max()
        if (whole["first_year"], whole["last_year"]) != ends:
            msg = f"No window of {table} is the whole period, {ends[0]} to {ends[1]}."
            raise ValueError(msg)
    return windows


def summary(windows: pd.DataFrame) -> dict[str, int | float]:
    """Gather the numbers that the prose about the windows states.

    Parameters
    ----------
    windows : pandas.DataFrame
        As `read` returns it.

    Returns
    -------
    dict of str to int or float
        For each region ``<region>.windows``; ``lower`` and ``upper``, the lowest and
        the highest slope in per cent per year, each with ``_first_year`` and
        ``_last_year``; ``whole``, ``whole_lower`` and ``whole_upper``, the slope of the
        whole period and its EWC interval; ``rising``, the windows with a slope above 0;
        ``inside``, those with a slope inside that interval; ``small_p``, those whose
        AR(1)-calibrated p is at most one minus the level, and ``smallest_p``, the
        smallest of these; ``whole_p``, that of the whole period; ``apart``, how many
        windows of the shortest length fit into the period without sharing a year;
        ``shared``, the years in every window.

        ``windows``, ``shortest`` (years) and ``level``, of all tables together.
    """
    values: dict[str, int | float] = {
        "windows": len(windows),
        "shortest": int(windows["years"].min()),
        "level": float(windows["level"].iloc[0]),
    }
    for table, own in windows.groupby("table", sort=False):
        region, whole = REGIONAL_TABLES[str(table)].region, _whole(own)
        in_order = own.sort_values("percent")
        ends = {"lower": in_order.iloc[0], "upper": in_order.iloc[-1]}
        inside = own["percent"].between(whole["ewc_lower"], whole["ewc_upper"])
        shared = own["last_year"].min() - own["first_year"].max() + 1
        found = {
            "windows": len(own),
            **{name: float(row["percent"]) for name, row in ends.items()},
            **{
                f"{name}_{year}": int(row[year])
                for name, row in ends.items()
                for year in ("first_year", "last_year")
            },
            "whole": float(whole["percent"]),
            "whole_lower": float(whole["ewc_lower"]),
            "whole_upper": float(whole["ewc_upper"]),
            "whole_p": float(whole["ar1_p"]),
            "rising": int((own["percent"] > 0).sum()),
            "inside": int(inside.sum()),
            "small_p": int((own["ar1_p"] <= 1 - own["level"]).sum()),
            "smallest_p": float(own["ar1_p"].min()),
            "apart": int(own["years"].max() // own["years"].min()),
            "shared": max(0, int(shared)),
        }
        values |= {f"{region}.{name}": value for name, value in found.items()}
    return values


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
            about, whole = REGIONAL_TABLES[str(table)], _whole(own)
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


def _whole(own: pd.DataFrame) -> pd.Series:
    """Return the longest window of one table."""
    return own.sort_values("years").iloc[-1]
