"""The totals that the article states for the Far East, beside the regional tables."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rfe_labour import rounding
from rfe_labour.rounding import Interval, Intervals
from rfe_labour.tables import changes


def stated_totals(cells: pd.DataFrame) -> pd.DataFrame:
    """Turn the printed totals into numbers with the intervals they stand for.

    Parameters
    ----------
    cells : pandas.DataFrame, shape (years, 3)
        ``year``, ``printed`` and ``doubt``, as
        ``rfe_labour.data.load("stated_totals")`` gives them.

    Returns
    -------
    pandas.DataFrame, shape (years, 3)
        Indexed by ``year``, in order. In persons: ``stated`` (int64), and
        ``stated_lower`` and ``stated_upper``.

    Raises
    ------
    ValueError
        If a year is stated twice.

    Notes
    -----
    Counts are exact, with one exception: a total marked ``round-number`` (12,500)
    may stand for anything within half a unit of its last significant digit.
    """
    if cells["year"].duplicated().any():
        msg = "A year has more than one stated total."
        raise ValueError(msg)
    cells = cells.set_index("year").sort_index()
    ends = Intervals.each(map(_stated_interval, cells["printed"], cells["doubt"]))
    stated = cells["printed"].map(rounding.parse_number).astype("int64")
    return stated.to_frame("stated").assign(**ends.columns("stated"))


def _stated_interval(printed: str, doubt: object) -> Interval:
    if doubt == "round-number":
        return rounding.approximate_interval(printed)
    return Interval.exact(float(rounding.parse_number(printed)))


def compare(cells: pd.DataFrame, regional: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Set each stated total beside what the regional tables add up to.

    The chapter on the totals takes these steps one by one; other pages and the ledger
    of claims take them here.

    Parameters
    ----------
    cells : pandas.DataFrame, shape (years, 3)
        As for `stated_totals`.
    regional : mapping of str to pandas.DataFrame
        For each region, its table as `rfe_labour.tables.regional_table` returns it.

    Returns
    -------
    pandas.DataFrame, shape (years, 8)
        The columns of `stated_totals` and, in persons, ``regional_sum`` and
        ``residual`` (stated less sum) with ``residual_lower`` and ``residual_upper``;
        ``coverage`` is the sum as a fraction of the stated total.

    Raises
    ------
    ValueError
        As `stated_totals`, and if there is no region or one lacks a stated year.
    """
    stated = stated_totals(cells)
    together = changes.regional_sum(regional)
    absent = stated.index.difference(together.index)
    if len(absent):
        msg = f"The regional tables have not all the year {absent[0]} of the totals."
        raise ValueError(msg)
    together = together.loc[stated.index]
    return stated.assign(
        regional_sum=together,
        residual=stated["stated"] - together,
        residual_lower=stated["stated_lower"] - together,
        residual_upper=stated["stated_upper"] - together,
        coverage=together / stated["stated"],
    )
