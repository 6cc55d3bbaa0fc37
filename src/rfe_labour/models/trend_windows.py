"""The trends of many windows of years, as a sweep leaves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from rfe_labour.article import REGIONAL_TABLES

FEWEST_YEARS = 8
"""The windows that are counted have at least so many years.

With fewer, EWC has a single degree of freedom, and the correlation between years can
hardly be estimated.
"""


def near_limit(p: Any, error: Any, level: Any) -> Any:
    """Tell which simulated p-values other random draws could move across the limit.

    Those are within two simulation errors of 1 - `level`. The arguments are numbers, or
    columns of them.
    """
    return abs(p - (1 - level)) <= 2 * error


def read(path: str | Path) -> pd.DataFrame:
    """Read the table of a sweep over windows.

    Parameters
    ----------
    path : str or Path
        A CSV file with the columns ``table``, ``first_year`` and ``last_year`` and
        those that the swept notebook glues: ``years`` (number), ``level``;
        ``percent`` (the log-linear slope in per cent a year); for each of ``ar1``,
        ``ewc`` and ``hc3`` its ``…_lower``, ``…_upper`` and ``…_p``; ``rho`` (the
        AR(1) coefficient of the simulated series), ``floored`` and ``capped`` (whether
        it was estimated beyond 0 or `inference.LARGEST_RHO` and set to that);
        ``ar1_error`` (the simulation error of ``ar1_p``); and ``theil_sen`` (workers a
        year).

    Returns
    -------
    pandas.DataFrame
        One row for each window of the article's tables, in the order of the file and
        with all its digits; ``region``, the short name of the table's, stands first.

    Raises
    ------
    ValueError
        If a table's longest window does not span all others, so that there is no whole
        period to set beside them.
    """
    windows = pd.read_csv(path)
    windows = windows[windows["table"].isin(REGIONAL_TABLES)].reset_index(drop=True)
    regions = [REGIONAL_TABLES[table].region for table in windows["table"]]
    windows.insert(0, "region", regions)
    for table, of_table in windows.groupby("table", sort=False):
        whole = of_table.sort_values("years").iloc[-1]
        ends = of_table["first_year"].min(), of_table["last_year"].max()
        if (whole["first_year"], whole["last_year"]) != ends:
            msg = f"No window of {table} is the whole period, {ends[0]} to {ends[1]}."
            raise ValueError(msg)
    return windows
