"""How the trend of the workers depends on the window of years in which one looks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.models import trends
from rfe_labour.models.trends import Trend

OF_TREND = {
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
"""What a window says, by the keys of `rfe_labour.models.trends.results`."""


def results(trend: Trend) -> dict[str, int | float]:
    """Gather what one window says of its trend, slopes per cent or workers per year."""
    values = trends.results(trend)
    return {name: values[key] for name, key in OF_TREND.items()}


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
    for table, rows in windows.groupby("table", sort=False):
        whole = whole_period(rows)
        ends = rows["first_year"].min(), rows["last_year"].max()
        if (whole["first_year"], whole["last_year"]) != ends:
            msg = f"No window of {table} is the whole period, {ends[0]} to {ends[1]}."
            raise ValueError(msg)
    return windows


def summary(windows: pd.DataFrame) -> dict[str, int | float]:
    """Gather the numbers that the prose about the windows of `read` states.

    Of all tables together and, after the name of the region, of each. Slopes are in per
    cent per year: ``lower`` and ``upper`` the lowest and the highest, ``whole`` that of
    the whole period with its EWC interval. P-values are calibrated to AR(1) errors.
    """
    values: dict[str, int | float] = {
        "windows": len(windows),
        "shortest": int(windows["years"].min()),
        "level": float(windows["level"].iloc[0]),
    }
    for table, rows in windows.groupby("table", sort=False):
        region, whole = REGIONAL_TABLES[str(table)].region, whole_period(rows)
        slope, p = rows["percent"], rows["ar1_p"]
        shared = rows["last_year"].min() - rows["first_year"].max() + 1
        by_key = {
            "windows": len(rows),
            "whole": float(whole["percent"]),
            "whole_lower": float(whole["ewc_lower"]),
            "whole_upper": float(whole["ewc_upper"]),
            "whole_p": float(whole["ar1_p"]),
            "rising": int((slope > 0).sum()),
            # Windows whose slope the interval of the whole period holds.
            "inside": int(slope.between(whole["ewc_lower"], whole["ewc_upper"]).sum()),
            "small_p": int((p <= 1 - rows["level"]).sum()),
            "smallest_p": float(p.min()),
            # Windows of the shortest length that share no year.
            "apart": int(rows["years"].max() // rows["years"].min()),
            # Years that are in every window.
            "shared": max(0, int(shared)),
        }
        in_order = rows.sort_values("percent")
        for end, row in (("lower", in_order.iloc[0]), ("upper", in_order.iloc[-1])):
            by_key[end] = float(row["percent"])
            by_key[f"{end}_first_year"] = int(row["first_year"])
            by_key[f"{end}_last_year"] = int(row["last_year"])
        values |= {f"{region}.{name}": value for name, value in by_key.items()}
    return values


def whole_period(rows: pd.DataFrame) -> pd.Series:
    """Return the longest window of one table.

    Parameters
    ----------
    rows : pandas.DataFrame
        The windows of one table.

    Returns
    -------
    pandas.Series
        The row of the window with the most years.
    """
    return rows.sort_values("years").iloc[-1]
