"""The tables of the chapters that audit the sources and compare the authors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.shown.present import Markdown, records, write_table


def reach(found: pd.DataFrame) -> Markdown:
    """List, for each table, how far its sources reach and what lies beyond.

    Parameters
    ----------
    found : pandas.DataFrame
        As `rfe_labour.checks.sources.reach` returns it.
    """
    rows = [
        [
            table_name(str(row["table"])),
            str(row["cited"]),
            str(row["published"]),
            str(row["newest_year"]),
            str(row["last_year"]),
            f"{span(row['cells_beyond_sources'], row['cells_beyond_at_most'])}"
            f" of {row['cells']}",
        ]
        for row in records(found.reset_index())
    ]
    header = [
        "table",
        "sources cited",
        "newest published",
        "can hold years to",
        "table goes to",
        "cells beyond",
    ]
    return write_table(header, rows, "lrrrrr")


def by_extra_years(found: pd.DataFrame) -> Markdown:
    """List the cells beyond the sources again, for sources that reach further.

    Parameters
    ----------
    found : pandas.DataFrame
        As `rfe_labour.checks.sources.by_extra_years` returns it.
    """
    names = list(dict.fromkeys(found["table"]))
    cells = found.set_index(["extra_years", "table"])
    rows = []
    for extra in dict.fromkeys(found["extra_years"]):
        own = [cells.loc[(extra, name)] for name in names]
        texts = [
            span(row["cells_beyond_sources"], row["cells_beyond_at_most"])
            for row in own
        ]
        rows.append([str(extra), *texts])
    header = ["years further", *map(table_name, names)]
    return write_table(header, rows, "r" * len(header))


def rounding_runs(runs: Mapping[str, pd.DataFrame]) -> Markdown:
    """List the runs of years whose shares are printed alike.

    Parameters
    ----------
    runs : mapping of str to pandas.DataFrame
        For each table, what `rfe_labour.checks.sources.rounding_runs` returns.
    """
    rows = [
        [
            table_name(table),
            _years(row["first_year"], row["last_year"]),
            "whole" if not row["decimals"] else f"{row['decimals']} decimal",
            f"{row['years']}",
            f"{row['round_counts']} of {row['years']}",
        ]
        for table, own in runs.items()
        for row in records(own)
    ]
    header = ["table", "years", "shares", "how many", "counts that end in nought"]
    return write_table(header, rows, "lllrr")


def foreign_jumps(steps: pd.DataFrame) -> Markdown:
    """List the jumps of implied foreign workers, the largest first.

    Parameters
    ----------
    steps : pandas.DataFrame
        As `rfe_labour.checks.sources.foreign_steps` returns it.
    """
    regions = {about.region: about for about in REGIONAL_TABLES.values()}
    jumps = steps[steps["jump"]].sort_values("ratio", ascending=False)
    rows = [
        [
            regions[row["region"]].region_name,
            _years(row["from_year"], row["to_year"]),
            f"×{row['ratio']:.2f}",
            f"×{row['ratio_lower']:.2f} to ×{row['ratio_upper']:.2f}",
        ]
        for row in records(jumps)
    ]
    return write_table(["region", "step", "factor", "within rounding"], rows, "llrr")


def one_digit_slips(slips: pd.DataFrame) -> Markdown:
    """List the changed prints with which a step would be no jump.

    Parameters
    ----------
    slips : pandas.DataFrame
        As `rfe_labour.checks.sources.one_digit_slips` returns it.
    """
    rows = [
        [
            f"{row['measure']}, {row['year']}",
            row["printed"],
            row["instead"],
            f"×{row['ratio']:.2f}",
        ]
        for row in records(slips[slips["usual"]])
    ]
    return write_table(["cell", "printed", "if it were", "factor"], rows, "lrrr")


def denominators(compared: pd.DataFrame, names: tuple[str, str]) -> Markdown:
    """List the foreign workers that two tables imply, side by side.

    Parameters
    ----------
    compared : pandas.DataFrame
        As `rfe_labour.checks.sources.denominators` returns it.
    names : tuple of (str, str)
        The two tables.
    """
    rows = [
        [
            str(row["year"]),
            f"{row['first_lower']:,.0f} to {row['first_upper']:,.0f}",
            f"{row['second_lower']:,.0f} to {row['second_upper']:,.0f}",
            "yes" if row["compatible"] else "no",
        ]
        for row in records(compared.reset_index())
    ]
    first, second = map(table_name, names)
    header = ["year", f"implied by {first}", f"implied by {second}", "could be equal"]
    return write_table(header, rows, "lrrl")


def pairs(compared: pd.DataFrame) -> Markdown:
    """List what each author says of a subject, and whether both can be true.

    Parameters
    ----------
    compared : pandas.DataFrame
        As `rfe_labour.checks.two_authors.compare` returns it.
    """
    rows = [
        [
            row["subject"],
            _said(row, "zabrovskaya"),
            _said(row, "weitz"),
            multiple(row["ratio_lower"], row["ratio_upper"]),
            f"**{row['verdict']}**{':' * row['meets']} {row['reason']}",
        ]
        for row in records(compared)
    ]
    header = ["subject", "Zabrovskaya", "Weitz", "Weitz's as a multiple", "verdict"]
    return write_table(header, rows, "lllll")


def _said(row: Mapping[Any, Any], author: str) -> str:
    """Write what is stated, the interval read from it, and the time it speaks of."""
    stated, unit = row[f"{author}_stated"], row[f"{author}_unit"]
    lower, upper = row[f"{author}_lower"], row[f"{author}_upper"]
    ends = f"at least {lower:,g}" if math.isinf(upper) else f"{lower:,g} to {upper:,g}"
    if lower == upper:
        ends = f"{lower:,g}"
    reading = f"{ends} {unit}" if unit else ""
    said = reading if stated == ends else f"“{stated}”" + f" ({reading})" * bool(unit)
    return f"{said}; {row[f'{author}_period']}"


def beside(placed: pd.DataFrame, labels: Mapping[str, Mapping[str, str]]) -> Markdown:
    """List external figures, what they rest on, and the article's figure beside them.

    Parameters
    ----------
    placed : pandas.DataFrame
        As `rfe_labour.checks.two_authors.beside` returns it.
    labels : mapping of str to mapping of str to str
        For the columns ``place``, ``people`` and ``reliability``, what each code
        stands for.
    """
    rows = []
    for row in records(placed):
        own, times = "none", ""
        if not pd.isna(row["article_year"]):
            ends = (round(row["article_lower"]), round(row["article_upper"]))
            own = f"{span(*ends)} ({row['article_year']:.0f})"
            times = multiple(row["ratio_lower"], row["ratio_upper"])
        rows.append(
            [
                f"{labels['people'][row['people']]}, {labels['place'][row['place']]}, "
                f"{row['year']}",
                span(row["lower"], row["upper"]),
                f"{row['outlet']}. {labels['reliability'][row['reliability']]}",
                own,
                times,
                row["verdict"],
            ]
        )
    header = ["who, where, when", "published", "source", "the article's", "multiple"]
    return write_table([*header, "verdict"], rows, "lrlrrl")


def multiple(lower: float, upper: float) -> str:
    """Write a multiple, which may be open at one end, or that there is none."""
    if math.isnan(lower):
        return "other things"
    low, high = (f"{end:,.2g}" if end < 10 else f"{end:,.0f}" for end in (lower, upper))
    if math.isinf(upper):
        return f"at least ×{low}"
    if lower == 0:
        return f"at most ×{high}"
    return f"×{low}" if low == high else f"×{low} to ×{high}"


def table_name(table: str) -> str:
    """Name a table as the article does."""
    return f"Table {table.removeprefix('table')}"


def span(lower: int, upper: int) -> str:
    """Write one number, or the two ends of what is possible."""
    return f"{lower:,}" if lower == upper else f"{lower:,} to {upper:,}"


def _years(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}–{last}"
