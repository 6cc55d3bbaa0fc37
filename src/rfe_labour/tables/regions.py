"""The three regional tables of the article together."""

from __future__ import annotations

import pandas as pd

from rfe_labour import data
from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.tables.regional import regional_table


def regions(
    first_year: int | None = None, last_year: int | None = None
) -> dict[str, pd.DataFrame]:
    """Read the table of each region.

    Parameters
    ----------
    first_year, last_year : int or None
        First and last year that are read; None leaves each table its own.

    Returns
    -------
    dict of str to pandas.DataFrame, each of shape (years, 9)
        By the short name of the region, what `regional_table` makes of the printed
        cells, with ``year`` as the first column: for example
        ``tables.regional_table(data.load("table4")).reset_index()``.
    """
    whole = {
        facts.region: regional_table(data.load(facts.table))
        for facts in REGIONAL_TABLES.values()
    }
    return {
        region: table.loc[first_year:last_year].reset_index()
        for region, table in whole.items()
    }
