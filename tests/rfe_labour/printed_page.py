"""The printed rows, typed again from the page and used by the tests alone.

Nothing here is read from ``data/``: two transcriptions made apart must agree.
"""

WORKERS = {
    "table1": (
        1992,
        "1,779 1,181 1,421 3,956 4,144 3,119 2,134 2,373 1,369 2,013 2,089 2,020 "
        "3,126 5,693",
    ),
    "table3": (
        1995,
        "319 296 1,050 1,065 2,020 1,363 1,383 1,735 1,982 1,723 2,010",
    ),
    "table4": (
        1995,
        "2,800 1,350 1,560 1,400 1,670 2,698 2,901 3,450 3,269 3,520 3,423",
    ),
}

SHARES = {
    "table1": (
        1992,
        "20.1 15.2 25.5 30.8 30.6 27.6 20.6 23.5 12.5 13.6 14.0 13.0 17.6 16.7",
    ),
    "table3": (1995, "6.9 5 27 29.6 46.1 19 20 20.9 22.1 23.6 25.5"),
    "table4": (1995, "72 35 42 40 46 71.7 69.6 53.6 35.4 34 33.6"),
}

WORKERS_TOTAL = {"table1": 36_417, "table3": 14_946, "table4": 28_041}

STATED_TOTALS = (1998, "11,862 9,983 13,219 12,500 11,164 11,290 13,294 13,806")

TABLE2_YEARS = "1992 1993 1994 1995 2000 2002 2003 2004 1996 1997 1998 1999 2001"
TABLE2_COUNTS = "3 3 2 3 2 7 6"
TABLE2_SHARES = "0.5 11 0.7 0.8 0.7 0.6 0.6 04 0.6 0.6 1.3 11"

NEWEST_SOURCE_YEAR = {"table1": 1999, "table2": 1999, "table3": 2002, "table4": 2003}


def by_year(first_year: int, row: str) -> dict[int, str]:
    """Give each cell of a printed row its year."""
    return dict(enumerate(row.split(), start=first_year))


def by_cell(table: str) -> dict[tuple[str, int], str]:
    """Give every cell of a regional table by measure and year."""
    return {
        (measure, year): cell
        for measure, rows in (("workers", WORKERS), ("share", SHARES))
        for year, cell in by_year(*rows[table]).items()
    }
