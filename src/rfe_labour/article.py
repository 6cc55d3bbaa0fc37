"""The regional tables as plain facts: which exist, for which region and years.

Light on purpose: the build imports this module to check parameters before any
kernel starts, so it needs nothing but the standard library. What it knows stands in
``data/`` and is read when it is asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

from data_package_guard.descriptor import DESCRIPTOR
from data_package_guard.files import read_text

from rfe_labour import data


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
    of_article : bool
        Whether it is a table of the article and no reader's own.
    """

    table: str
    number: int
    region: str
    region_name: str
    first_year: int
    last_year: int
    of_article: bool


class _TablesOfArticle(Mapping[str, RegionalTable]):
    """The tables of the article by name, read anew each time they are asked for."""

    def __getitem__(self, table: str) -> RegionalTable:
        return _tables_of_article()[table]

    def __iter__(self) -> Iterator[str]:
        return iter(_tables_of_article())

    def __len__(self) -> int:
        return len(_tables_of_article())


REGIONAL_TABLES: Mapping[str, RegionalTable] = _TablesOfArticle()
"""The tables of the article by name, read from data/ when they are asked for."""


def region_names() -> dict[str, str]:
    """Give the names of the regions in prose, by their short names."""
    return {facts.region: facts.region_name for facts in REGIONAL_TABLES.values()}


def stated_years() -> tuple[int, int]:
    """Give the first and last year for which the article states a Far East total."""
    years = [row["year"] for row in data.rows("stated_totals")]
    return min(years), max(years)


def check_window(
    table: str, first_year: int | None = None, last_year: int | None = None
) -> tuple[RegionalTable, int, int]:
    """Check that a table exists and that it has the years asked for.

    Parameters
    ----------
    table : str
        Name of a regional table, of the article or of a reader's own: any row of
        ``data/regional_tables.csv``.
    first_year, last_year : int or None
        Ends of the window, both included. None stands for the table's own end.

    Returns
    -------
    tuple of (RegionalTable, int, int)
        The table, the first and the last year of the window.

    Raises
    ------
    ValueError
        If the table is unknown, a year is not one of the table's, the window runs
        backwards or holds fewer than two years. The message is written for the person
        who typed the values.
    """
    tables = _tables()
    if table not in tables:
        raise ValueError(_unknown_table(table, tables.values()))
    facts = tables[table]
    whole = (facts.first_year, facts.last_year)
    what = f"{table} ({facts.region_name})"
    return facts, *_checked_years(first_year, last_year, whole, what)


def check_totals_window(
    first_year: int | None = None, last_year: int | None = None
) -> tuple[int, int]:
    """Check that the article states totals for the years asked for.

    Takes and returns the ends of a window as `check_window` does, of `stated_years`.
    """
    what = "the totals for the Far East"
    return _checked_years(first_year, last_year, stated_years(), what)


def _tables() -> dict[str, RegionalTable]:
    """Read all regional tables, those of the article and those that a reader added.

    The build asks for each page and point, so what has the same text is parsed once.
    """
    folder = data.data_directory()
    texts = [read_text(folder / name) for name in (DESCRIPTOR, "regional_tables.csv")]
    return _parse_tables(folder, *texts)


@lru_cache(maxsize=1)
def _parse_tables(folder: Path, *_texts: str) -> dict[str, RegionalTable]:
    rows = data.rows("regional_tables", folder)
    return {row["table"]: RegionalTable(**row) for row in rows}


def _tables_of_article() -> dict[str, RegionalTable]:
    return {name: facts for name, facts in _tables().items() if facts.of_article}


def _checked_years(
    first_year: int | None, last_year: int | None, whole: tuple[int, int], what: str
) -> tuple[int, int]:
    first = whole[0] if first_year is None else first_year
    last = whole[1] if last_year is None else last_year
    for name, year in (("first_year", first), ("last_year", last)):
        if not whole[0] <= year <= whole[1]:
            msg = (
                f"{name} {year} is not a year of {what}: the years are "
                f"{whole[0]} to {whole[1]}."
            )
            raise ValueError(msg)
    if first > last:
        msg = (
            f"first_year {first} comes after last_year {last}. "
            "Give the earlier year first."
        )
        raise ValueError(msg)
    if first == last:
        msg = (
            f"first_year and last_year are both {first}. "
            "At least two years are needed, so that there is a change to show."
        )
        raise ValueError(msg)
    return first, last


def _unknown_table(table: str, tables: Collection[RegionalTable]) -> str:
    """Say which tables there are, and which one was probably meant."""
    names = {
        name: facts.table for facts in tables for name in (facts.table, facts.region)
    }
    nearest = max(names, key=lambda name: SequenceMatcher(None, table, name).ratio())
    known = ", ".join(f"{facts.table} ({facts.region_name})" for facts in tables)
    return (
        f'There is no regional table "{table}"; did you mean "{names[nearest]}"? '
        f"The regional tables are {known}."
    )
