"""What the cited sources of each table can hold, and what its print gives away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from scipy import stats

from rfe_labour import rounding, tables
from rfe_labour.parameters import MOST_EXTRA_YEARS
from rfe_labour.rounding import Intervals
from rfe_labour.tables import regional

TITLE_YEARS = (1992, 2005)
"""The years that the title of Table 2 promises: one column each, thirteen labelled."""


def reach(
    cells: Mapping[str, pd.DataFrame], sources: pd.DataFrame, extra_years: int = 0
) -> pd.DataFrame:
    """Count, for each table, the cells that no cited source can hold.

    Parameters
    ----------
    cells : mapping of str to pandas.DataFrame
        For each table its printed cells. A table whose cells have lost their columns
        has ``row`` (year, count or share) instead of ``measure``, as
        ``rfe_labour.data.load("table2_tokens")`` gives it.
    sources : pandas.DataFrame
        Cited sources of all tables: ``table``, ``published`` and ``latest_year``.
    extra_years : int
        Years that every source is taken to reach beyond its recorded ``latest_year``.
        With 1 a publication can hold its own year of publication.

    Returns
    -------
    pandas.DataFrame, shape (tables, 8)
        Indexed by ``table``: ``cited`` (number of sources), ``published`` (the newest
        one's year), ``newest_year`` (the last year a source can hold), ``last_year``
        (the last column), ``cells``, ``cells_beyond_sources`` and
        ``cells_beyond_at_most`` (equal unless the columns are lost), and
        ``years_beyond`` (number of columns later than every source).

    Raises
    ------
    ValueError
        If no source is cited for a table.

    Notes
    -----
    Where columns are lost, each of the h columns that a source can hold takes at most
    one cell of a row. Of n cells of the row at least n - h therefore stand in later
    columns, and at most as many as there are later columns.
    """
    wider = sources.assign(latest_year=sources["latest_year"] + extra_years)
    rows = {table: _reach_of(table, part, wider) for table, part in cells.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("table")


def _reach_of(table: str, cells: pd.DataFrame, sources: pd.DataFrame) -> dict[str, int]:
    newest = tables.newest_year(table, sources)
    columns = years_of(cells)
    held = int((columns["year"] <= newest).sum())
    later = len(columns) - held
    if _columns_lost(cells):
        counts = cells.loc[cells["row"] != "year", "row"].value_counts()
        whole = int(counts.sum())
        fewest = int((counts - held).clip(lower=0).sum())
        most = int(counts.clip(upper=later).sum())
    else:
        whole = len(cells)
        fewest = most = len(tables.cells_beyond_sources(table, cells, sources))
    cited = sources[sources["table"] == table]
    return {
        "cited": len(cited),
        "published": int(cited["published"].max()),
        "newest_year": newest,
        "last_year": int(columns["year"].max()),
        "cells": whole,
        "cells_beyond_sources": fewest,
        "cells_beyond_at_most": most,
        "years_beyond": later,
    }


def years_of(cells: pd.DataFrame) -> pd.DataFrame:
    """List the columns of a table, as `reach` takes it, by year.

    Returns
    -------
    pandas.DataFrame, shape (columns, 3)
        ``year``; ``labelled`` (bool: the scan shows the year); ``placed`` (bool: it
        is known which cells stand in the column).
    """
    printed = {int(year) for year in cells["year"].dropna()}
    lost = _columns_lost(cells)
    promised = range(TITLE_YEARS[0], TITLE_YEARS[1] + 1) if lost else ()
    years = sorted(printed | set(promised))
    labelled = [year in printed for year in years]
    return pd.DataFrame({"year": years, "labelled": labelled, "placed": not lost})


def _columns_lost(cells: pd.DataFrame) -> bool:
    return "row" in cells.columns


def by_extra_years(
    cells: Mapping[str, pd.DataFrame], sources: pd.DataFrame
) -> pd.DataFrame:
    """Count the cells beyond the sources again, for sources that reach further.

    Parameters
    ----------
    cells, sources : mapping of str to pandas.DataFrame, pandas.DataFrame
        As `reach` takes them.

    Returns
    -------
    pandas.DataFrame, shape (7 * tables, 4)
        ``extra_years`` (0 to
        `rfe_labour.parameters.MOST_EXTRA_YEARS`), ``table``,
        ``cells_beyond_sources`` and ``cells_beyond_at_most``.
    """
    columns = ["cells_beyond_sources", "cells_beyond_at_most"]
    counts = {
        extra: reach(cells, sources, extra)[columns]
        for extra in range(MOST_EXTRA_YEARS + 1)
    }
    return pd.concat(counts, names=["extra_years"]).reset_index()


def shared_pages(sources: pd.DataFrame) -> pd.DataFrame:
    """Find pages of one source that more than one table cites.

    Parameters
    ----------
    sources : pandas.DataFrame
        Cited sources of all tables: ``table``, ``source``, ``title`` and ``page``.

    Returns
    -------
    pandas.DataFrame, shape (pages, 4)
        ``source``, ``title``, ``page`` and ``tables`` (tuple of names), in the order
        of `sources`.
    """
    pages = sources.groupby(["source", "title", "page"], sort=False)["table"]
    citing = pages.agg(tuple).rename("tables").reset_index()
    return citing[citing["tables"].map(len) > 1].reset_index(drop=True)


def pages_cited(page: str) -> int:
    """Count the pages of a citation.

    Parameters
    ----------
    page : str
        One page, ``"188"``, or a range with both ends included, ``"30-81"``.

    Returns
    -------
    int
        Number of pages: 1 for ``"188"``, 52 for ``"30-81"``.

    Raises
    ------
    ValueError
        If the text is neither, or the range runs backwards.
    """
    first, _, last = page.partition("-")
    count = int(last or first) - int(first) + 1
    if count < 1:
        msg = f"The pages {page} run backwards."
        raise ValueError(msg)
    return count


def rounding_runs(cells: pd.DataFrame) -> pd.DataFrame:
    """Divide a table into runs of years whose shares are printed alike.

    Parameters
    ----------
    cells : pandas.DataFrame
        Printed cells of a regional table: ``measure``, ``year`` and ``printed``.

    Returns
    -------
    pandas.DataFrame, shape (runs, 5)
        In order: ``first_year``, ``last_year``, ``decimals`` (of every share of the
        run), ``years`` (how many) and ``round_counts`` (how many of the run's numbers
        of workers end in nought).
    """
    workers, shares = (
        cells[cells["measure"] == measure].set_index("year")["printed"].sort_index()
        for measure in ("workers", "share")
    )
    years = pd.DataFrame(
        {
            "decimals": shares.map(rounding.decimals),
            "round_count": workers.str.endswith("0"),
        }
    ).reset_index()
    run = (years["decimals"] != years["decimals"].shift()).cumsum()
    return (
        years.groupby(run)
        .agg(
            first_year=("year", "min"),
            last_year=("year", "max"),
            decimals=("decimals", "first"),
            years=("year", "size"),
            round_counts=("round_count", "sum"),
        )
        .reset_index(drop=True)
    )


def chance_of_noughts(noughts: int, numbers: int) -> float:
    r"""Give the chance that so many last digits, or more, are nought by accident.

    :math:`\sum_{k \ge noughts} \binom{numbers}{k} 0.1^k\, 0.9^{numbers - k}`: every
    last digit equally likely and each number by itself.
    """
    return float(stats.binom.sf(noughts - 1, numbers, 0.1))


def foreign_steps(numbers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Give the factor by which the implied foreign workers change in each step.

    Parameters
    ----------
    numbers : mapping of str to pandas.DataFrame
        For each region its table, as `rfe_labour.tables.regional_table` returns it.

    Returns
    -------
    pandas.DataFrame, shape (steps, 7)
        ``region`` and the columns of `rfe_labour.tables.regional.foreign_steps`, in
        order of region and year.
    """
    steps = {region: regional.foreign_steps(table) for region, table in numbers.items()}
    return pd.concat(steps, names=["region"]).droplevel(1).reset_index()


def one_digit_slips(cells: pd.DataFrame, to_year: int) -> pd.DataFrame:
    """Try every print that differs in one digit, in the four cells of a step.

    Parameters
    ----------
    cells : pandas.DataFrame
        Printed cells of a regional table: ``measure``, ``year`` and ``printed``.
    to_year : int
        Last year of the step; the year before must be printed too.

    Returns
    -------
    pandas.DataFrame, shape (changed prints, 6)
        ``measure``, ``year``, ``printed``, ``instead``, ``ratio`` (by which the
        implied foreign workers would then change in the step) and ``usual`` (bool:
        that ratio lies within those of the table's other steps, jumps left out).

    Raises
    ------
    ValueError
        If the table lacks one of the two years, or as
        `rfe_labour.tables.regional_table`.

    Notes
    -----
    A leading digit never becomes nought, since nobody prints 0,693.
    """
    whole = tables.regional_table(cells)
    step = tables.regional_table(cells, to_year - 1, to_year)
    steps = regional.foreign_steps(whole)
    others = steps.loc[(steps["to_year"] != to_year) & ~steps["jump"], "ratio"]
    rows = []
    for cell in cells[cells["year"].isin(step.index)].to_dict("records"):
        for instead in _one_digit_changed(cell["printed"]):
            values = step[["workers", "share"]].astype("float64")
            changed = float(rounding.parse_number(instead))
            values.loc[cell["year"], cell["measure"]] = changed
            foreign = (values["workers"] / values["share"]).to_numpy()
            ratio = float(foreign[1] / foreign[0])
            usual = bool(others.min() <= ratio <= others.max())
            place = (cell["measure"], cell["year"], cell["printed"])
            rows.append((*place, instead, ratio, usual))
    names = ["measure", "year", "printed", "instead", "ratio", "usual"]
    return pd.DataFrame(rows, columns=names)


def _one_digit_changed(printed: str) -> Iterator[str]:
    for place, digit in enumerate(printed):
        if digit.isdigit():
            lowest = 1 if place == 0 else 0
            for other in range(lowest, 10):
                if str(other) != digit:
                    yield f"{printed[:place]}{other}{printed[place + 1 :]}"


def denominators(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Compare the foreign workers that two tables imply, year by year.

    Parameters
    ----------
    first, second : pandas.DataFrame
        As `rfe_labour.tables.regional_table` returns them.

    Returns
    -------
    pandas.DataFrame, shape (common years, 5)
        Indexed by ``year``: ``first_lower``, ``first_upper``, ``second_lower`` and
        ``second_upper`` (persons), and ``compatible`` (bool: the two intervals have a
        value in common, as they must if both shares are of the same workers).
    """
    years = first.index.intersection(second.index)
    one, other = (Intervals.of(it.loc[years], "foreign") for it in (first, second))
    return pd.DataFrame(
        {
            **one.columns("first"),
            **other.columns("second"),
            "compatible": one.overlaps(other),
        },
        index=years,
    )


def summary(
    cells: Mapping[str, pd.DataFrame], sources: pd.DataFrame, extra_years: int = 0
) -> dict[str, Any]:
    """Gather what the prose states of how far the sources reach, as in `reach`.

    After the name of each table every column of `reach`, how many columns it has, how
    many of them a source can hold, and where the columns are lost how many counts and
    shares there are. After ``regional.`` sums over the other tables.
    """
    reached = reach(cells, sources, extra_years)
    values: dict[str, Any] = {
        f"{table}.{name}": value
        for table, row in reached.to_dict("index").items()
        for name, value in row.items()
    }
    for table, part in cells.items():
        columns = len(years_of(part))
        values[f"{table}.columns"] = columns
        values[f"{table}.columns_held"] = columns - values[f"{table}.years_beyond"]
        for row in ("count", "share") if _columns_lost(part) else ():
            values[f"{table}.{row}_tokens"] = int((part["row"] == row).sum())
    placed = [table for table, part in cells.items() if not _columns_lost(part)]
    # With one year more, a source could hold its own year of publication.
    own_year = reach(cells, sources, 1)
    for name, of, column in (
        ("cells", reached, "cells"),
        ("cells_beyond_sources", reached, "cells_beyond_sources"),
        ("cells_beyond_own_year", own_year, "cells_beyond_sources"),
    ):
        values[f"regional.{name}"] = int(of.loc[placed, column].sum())
    return values


def rounding_summary(cells: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Gather what the prose states of the rounding of each regional table.

    An ``…_one_in`` says how rarely so many noughts or more would come by accident, a
    ``…_chance`` with what probability. Of each table, by its cells; all but the first
    three keys only where a share is whole.
    """
    values: dict[str, Any] = {}
    for table, part in cells.items():
        shares = part.loc[part["measure"] == "share", "printed"]
        runs = rounding_runs(part)
        whole = runs[runs["decimals"] == 0]
        values[f"{table}.shares"] = len(shares)
        values[f"{table}.whole_shares"] = int(whole["years"].sum())
        # Printed as 14.0, where another table has 5.
        values[f"{table}.noughts_kept"] = int(shares.str.endswith(".0").sum())
        if whole.empty:
            continue
        longest = whole.nlargest(1, "years").to_dict("records")[0]
        years, noughts = longest["years"], longest["round_counts"]
        later = runs[runs["first_year"] > longest["last_year"]]
        later_years = int(later["years"].sum())
        later_whole = int(later.loc[later["decimals"] == 0, "years"].sum())
        by_accident = chance_of_noughts(int(whole["years"].sum()), len(shares))
        of_run = {
            "whole_one_in": round(1 / by_accident),
            "run_years": years,
            "run_round_counts": noughts,
            "run_one_in": round(1 / chance_of_noughts(noughts, years)),
            "later_years": later_years,
            "later_whole": later_whole,
            "later_chance": chance_of_noughts(later_whole, later_years),
        }
        values |= {f"{table}.{name}": value for name, value in of_run.items()}
    return values


def jump_summary(
    regional: Mapping[str, pd.DataFrame], slips: pd.DataFrame, step: tuple[str, int]
) -> dict[str, Any]:
    """Gather what the prose states of one step of implied foreign workers.

    Parameters
    ----------
    regional : mapping of str to pandas.DataFrame
        For each region its table, as `rfe_labour.tables.regional_table` returns it.
    slips : pandas.DataFrame
        As `one_digit_slips` returns it for the step.
    step : tuple of (str, int)
        Region and last year of the step.

    Returns
    -------
    dict of str to int or float
        ``jump.`` of the step and ``largest.`` of the largest of its region. Rank 1 is
        the largest upward step.
    """
    region, to_year = step
    steps = foreign_steps(regional)
    regions_steps = steps[steps["region"] == region]
    rows = {
        "jump": regions_steps[regions_steps["to_year"] == to_year],
        "largest": regions_steps.nlargest(1, "ratio"),
    }
    names = ["from_year", "to_year", "ratio", "ratio_lower", "ratio_upper"]
    values: dict[str, Any] = {
        f"{which}.{name}": value
        for which, row in rows.items()
        for name, value in row[names].to_dict("records")[0].items()
    }
    for when, year in (("before", to_year - 1), ("after", to_year)):
        for end in ("lower", "upper"):
            foreign = regional[region][f"foreign_{end}"]
            values[f"foreign_{when}_{end}"] = float(foreign[year])
    ratio = values["jump.ratio"]
    return values | {
        "jump.rank": int((regions_steps["ratio"] >= ratio).sum()),
        "jump.rank_of_all": int((steps["ratio"] >= ratio).sum()),
        "slips.tried": len(slips),
        "slips.usual": int(slips["usual"].sum()),
    }
