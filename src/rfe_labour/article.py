"""The regional tables as plain facts: which exist, for which region and years.

Light on purpose: the build imports this module to check parameters before any
kernel starts, so it needs nothing but the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from difflib import SequenceMatcher


@dataclass(frozen=True)
class RegionalTable:
    """One printed table of workers and their share, for one region.

    Attributes
    ----------
    table : str
        Name of the table everywhere in the project, for example ``"table1"``.
    number : int
        Number of the table in the article.
    region : str
        Short name of the region in keys, columns and file names.
    region_name : str
        Name of the region in prose.
    first_year, last_year : int
        First and last year printed; every year between is printed too.
    """

    table: str
    number: int
    region: str
    region_name: str
    first_year: int
    last_year: int


REGIONAL_TABLES: dict[str, RegionalTable] = {
    facts.table: facts
    for facts in (
        RegionalTable("table1", 1, "primorye", "Primorye", 1992, 2005),
        RegionalTable("table3", 3, "khabarovsk", "Khabarovskiy Krai", 1995, 2005),
        RegionalTable("table4", 4, "amur", "Amurskaya oblast", 1995, 2005),
    )
}

TABLE_OF_REGION: dict[str, str] = {
    facts.region: facts.table for facts in REGIONAL_TABLES.values()
}

STATED_YEARS = (1998, 2005)
"""First and last year for which the article states a total for the Far East."""


def check_window(
    table: str, first_year: int | None = None, last_year: int | None = None
) -> tuple[RegionalTable, int, int]:
    """Check that a table exists and that it has the years asked for.

    Parameters
    ----------
    table : str
        Name of a regional table: a key of `REGIONAL_TABLES`, or a resource of the
        descriptor whose entry has ``regionalTable``, with the other attributes of
        `RegionalTable`. Such a table has a page; the models and checks, which are of
        the article, leave it out.
    first_year, last_year : int or None
        Ends of the window, both included. None stands for the table's own end.

    Returns
    -------
    tuple of (RegionalTable, int, int)
        The table, the first and the last year of the window.

    Raises
    ------
    ValueError
        If the table is unknown or its entry incomplete, a year is not one of the
        table's, the window runs backwards or holds fewer than two years. The message
        is written for the person who typed the values.
    """
    facts = REGIONAL_TABLES.get(table) or _added_table(table)
    if facts is None:
        raise ValueError(_unknown_table(table))
    first = facts.first_year if first_year is None else first_year
    last = facts.last_year if last_year is None else last_year
    whole = (facts.first_year, facts.last_year)
    _check_years((first, last), whole, f"{table} ({facts.region_name})")
    return facts, first, last


def check_totals_window(
    first_year: int | None = None, last_year: int | None = None
) -> tuple[int, int]:
    """Check that the article states totals for the years asked for.

    Parameters
    ----------
    first_year, last_year : int or None
        Ends of the window, both included. None stands for the end of `STATED_YEARS`.

    Returns
    -------
    tuple of (int, int)
        The first and the last year of the window.

    Raises
    ------
    ValueError
        As `check_window`.
    """
    first = STATED_YEARS[0] if first_year is None else first_year
    last = STATED_YEARS[1] if last_year is None else last_year
    _check_years((first, last), STATED_YEARS, "the totals for the Far East")
    return first, last


def _check_years(years: tuple[int, int], whole: tuple[int, int], what: str) -> None:
    for name, year in zip(("first_year", "last_year"), years, strict=True):
        if not whole[0] <= year <= whole[1]:
            msg = (
                f"{name} {year} is not a year of {what}: the years are "
                f"{whole[0]} to {whole[1]}."
            )
            raise ValueError(msg)
    if years[0] > years[1]:
        msg = (
            f"first_year {years[0]} comes after last_year {years[1]}. "
            "Give the earlier year first."
        )
        raise ValueError(msg)
    if years[0] == years[1]:
        msg = (
            f"first_year and last_year are both {years[0]}. "
            "At least two years are needed, so that there is a change to show."
        )
        raise ValueError(msg)


def _added_table(table: str) -> RegionalTable | None:
    """Find a table that a reader added to the data."""
    from rfe_labour import data  # heavy, and needed for no table of the article

    for entry in data.read_descriptor()["resources"]:
        if entry["name"] == table and "regionalTable" in entry:
            try:
                return RegionalTable(table=table, **entry["regionalTable"])
            except TypeError as error:
                names = ", ".join(field.name for field in fields(RegionalTable)[1:])
                msg = (
                    f"The entry of {table} in {data.DESCRIPTOR} has an unfit "
                    f"regionalTable ({error}). It has {names}."
                )
                raise ValueError(msg) from None
    return None


def _unknown_table(table: str) -> str:
    """Say which tables there are, and which one was probably meant."""
    names = {name: name for name in REGIONAL_TABLES} | TABLE_OF_REGION
    nearest = max(names, key=lambda name: SequenceMatcher(None, table, name).ratio())
    known = ", ".join(
        f"{facts.table} ({facts.region_name})" for facts in REGIONAL_TABLES.values()
    )
    return (
        f'There is no regional table "{table}"; did you mean "{names[nearest]}"? '
        f"The regional tables are {known}."
    )
