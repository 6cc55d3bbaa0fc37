"""Rises and falls from year to year, counted without any model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd


def steps(workers: pd.Series) -> pd.DataFrame:
    """Take the change from each year to the next one printed.

    Parameters
    ----------
    workers : pandas.Series, shape (n,)
        Workers (persons) by year, in order of time.

    Returns
    -------
    pandas.DataFrame, shape (n - 1, 3)
        ``from_year``, ``to_year`` and ``change`` (persons). "Grew year by year" is
        the statement that no change is 0 or less: it is checked by looking, and no
        regression can stand in for that.
    """
    years = workers.index.to_numpy()
    return pd.DataFrame(
        {
            "from_year": years[:-1],
            "to_year": years[1:],
            "change": np.diff(workers.to_numpy()),
        }
    )


def regional_sum(numbers: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Add up the workers of all regions in the years that all of them have.

    Parameters
    ----------
    numbers : mapping of str to pandas.DataFrame
        For each region, its table as `rfe_labour.tables.regional_table` returns it.

    Returns
    -------
    pandas.Series, shape (shared years,)
        Workers (persons) by year.
    """
    workers = [table["workers"] for table in numbers.values()]
    shared = pd.concat(workers, axis="columns", join="inner")
    return shared.sum(axis="columns").rename("workers")


def regional_share(numbers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Take the share of all regions together in the years that all of them have.

    Parameters
    ----------
    numbers : mapping of str to pandas.DataFrame
        As for `regional_sum`.

    Returns
    -------
    pandas.DataFrame, shape (shared years, 3)
        ``share`` (per cent): all workers over the sum of the foreign workers that each
        table implies. ``lower`` and ``upper`` are its ends when every printed share
        lies at the same end of its rounding interval, beyond which no other choice
        leads, since the sum rises with each of its terms.
    """
    workers = regional_sum(numbers)
    columns = {"share": "foreign", "lower": "foreign_upper", "upper": "foreign_lower"}
    shares = {
        name: 100 * workers / sum(table[column] for table in numbers.values())
        for name, column in columns.items()
    }
    return pd.DataFrame(shares).loc[workers.index]


def regional_sum_results(workers: pd.Series) -> dict[str, int | str]:
    """Gather the numbers that the prose states of `regional_sum`."""
    change = steps(workers)
    falls = change.loc[change["change"] < 0, "to_year"].astype(str)
    return {
        "together.first_year": int(workers.index[0]),
        "together.last_year": int(workers.index[-1]),
        "together.steps": len(change),
        "together.declines": len(falls),
        "together.declining_years": ", ".join(falls) or "none",
    }
