"""How the trend of the workers depends on the window of years in which one looks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.models import trends
from rfe_labour.models.trends import Trend


def results(trend: Trend) -> dict[str, int | float]:
    """Gather what one window says of the trend.

    Parameters
    ----------
    trend : Trend
        As `rfe_labour.models.trends.fit` returns it for the years of the window.

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
        whole = whole_period(own)
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
        region, whole = REGIONAL_TABLES[str(table)].region, whole_period(own)
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


def whole_period(own: pd.DataFrame) -> pd.Series:
    """Return the longest window of one table.

    Parameters
    ----------
    own : pandas.DataFrame
        The windows of one table.

    Returns
    -------
    pandas.Series
        The row of the window with the most years.
    """
    return own.sort_values("years").iloc[-1]
