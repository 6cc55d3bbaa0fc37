"""What the page of a regional table shows beside its frames: cells and sentences."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rfe_labour.article import RegionalTable
from rfe_labour.shown.markdown import Markdown, printed_cell, write_table
from rfe_labour.tables import MEASURES, year_runs


def cells_table(
    cells: pd.DataFrame, doubts: Mapping[str, str], facts: RegionalTable
) -> Markdown:
    """List where each cell is printed, and every doubt about it.

    Each row is a target that other pages can link to, for example
    ``printed-table1-workers-1992``. `doubts` says what each code of the column
    ``doubt`` stands for.
    """
    rows = [
        [
            printed_cell(
                cell["locator"], facts.table, cell["measure"], str(cell["year"])
            ),
            cell["printed"],
            "" if pd.isna(cell["doubt"]) else doubts[cell["doubt"]],
        ]
        for cell in cells.to_dict("records")
    ]
    return write_table(["printed at", "printed", "doubt"], rows, "lrl")


def without_an_end(total: pd.DataFrame, first_year: int, last_year: int) -> str:
    """Say which changes turn round if the first or the last year is left out.

    Parameters
    ----------
    total : pandas.DataFrame, shape (3, ...)
        Indexed by ``workers``, ``share`` and ``foreign``, with ``factor``,
        ``without_first`` and ``without_last``, the factors of shorter periods.
    first_year, last_year : int
        The years that are left out; with none between them no change is left.
    """
    if last_year - first_year < 2:
        return "No year lies between the two, so neither can be left out"
    none = "none of the three changes direction"
    told = []
    for end, year in (("first", first_year), ("last", last_year)):
        left = total[f"without_{end}"]
        turned = [
            f"{name} {'rose' if left[measure] > 1 else 'fell'}"
            for measure, name in MEASURES.items()
            if (left[measure] - 1) * (total["factor"][measure] - 1) < 0
        ]
        told.append(f"ithout {year} {' and '.join(turned) or none}")
    if all(part.endswith(none) for part in told):
        return f"Without {first_year}, or without {last_year}, {none}"
    return f"W{'; w'.join(told)}"


def share_against_earlier_years(factors: pd.DataFrame) -> str:
    """Say from which first years a share halved or doubled, and the rest as a range.

    Parameters
    ----------
    factors : pandas.DataFrame, shape (years, ...)
        Indexed by first year: ``share``, the share of the last year as a multiple of
        that of the first, with ``share_lower`` and ``share_upper``.
    """
    halved, doubled = factors["share_upper"] <= 0.5, factors["share_lower"] >= 2
    told = [
        f"{what} as in {in_words(year_runs(factors.index[which]))}"
        for what, which in (
            ("at most half as high", halved),
            ("at least twice as high", doubled),
        )
        if which.any()
    ]
    others = factors.loc[~(halved | doubled), "share"]
    if len(others):
        ends = dict.fromkeys(f"{end:.2f}" for end in (others.min(), others.max()))
        of = in_words(year_runs(others.index))
        told.append(f"{' to '.join(ends)} times that of {of}")
    return ", and ".join(told)


def course_of_last_run(run: pd.DataFrame) -> str:
    """Say which way a share went in its last steps, and what rounding leaves of it.

    Parameters
    ----------
    run : pandas.DataFrame, shape (years, ...)
        ``share`` with ``share_lower`` and ``share_upper`` in the years of steps of one
        direction, that before the first step included.
    """
    lower, upper = run["share_lower"], run["share_upper"]
    open_steps = int(((lower <= upper.shift()) & (upper >= lower.shift())).sum())
    steps = len(run) - 1
    change = run["share"].iloc[1] - run["share"].iloc[0]
    way = "rose" if change > 0 else "fell" if change < 0 else "stayed the same"
    if steps == 1:
        return f"{way}, within its rounding" if open_steps else way
    within = f" (its rounding leaves {open_steps} of them open)"
    return f"{way} at each of {steps} steps{within if open_steps else ''}"


def outside_figures(figures: pd.DataFrame, printed: pd.Series) -> Markdown:
    """Set what others published of the same workers beside the printed counts.

    Parameters
    ----------
    figures : pandas.DataFrame
        Rows of ``rfe_labour.data.load("external_figures")`` that count the same.
    printed : pandas.Series of str
        The printed counts of workers by year, which has the years of `figures`.
    """
    told = [
        f"For {it['year']} *{it['outlet']}* has {it['qualifier']} {it['printed']} "
        f"({it['lower']:,} to {it['upper']:,}, rounding allowed for); the table prints "
        f"{printed[it['year']]}. {it['note']}"
        for it in figures.to_dict("records")
    ]
    none = "None of them counts just these workers in one of these years."
    return Markdown(" ".join(told) or none)


def in_words(parts: str, empty: str = "none") -> str:
    """Write what commas part as in a sentence, runs of years: 1995–1999 and 2004."""
    return " and ".join(parts.replace(" to ", "–").rsplit(", ", 1)) or empty
