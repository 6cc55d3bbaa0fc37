"""A regional table beyond its print: intervals, a rebuilt copy, steps and defects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN as HALF_EVEN
from decimal import Decimal

import numpy as np
import pandas as pd

from rfe_labour import rounding
from rfe_labour.rounding import Intervals

JUMP_RATIO = 1.5
"""A step up or down by more than this ratio, all rounding allowed for, is a jump."""

MEASURES = {
    "workers": "the number of workers",
    "share": "the share",
    "foreign": "the number of all foreign workers",
}
"""The columns of a table that can change from year to year, and what they hold."""


def regional_table(
    cells: pd.DataFrame,
    first_year: int | None = None,
    last_year: int | None = None,
) -> pd.DataFrame:
    r"""Turn the printed cells of one table into numbers with their intervals.

    Parameters
    ----------
    cells : pandas.DataFrame, shape (cells, 5)
        One row per printed cell, as ``rfe_labour.data.load("table1")`` gives it:
        needs ``measure`` (workers or share), ``year`` and ``printed``.
    first_year, last_year : int or None
        Ends of the window, both included. None stands for the table's own end.

    Returns
    -------
    pandas.DataFrame, shape (years, 8)
        Indexed by ``year``, in order. ``workers`` (persons, int64); ``share`` with
        ``share_lower`` and ``share_upper`` (per cent); ``share_decimals`` (as
        printed); ``foreign`` with ``foreign_lower`` and ``foreign_upper`` (all
        foreign workers that workers and share imply, persons).

    Raises
    ------
    ValueError
        If a year lacks one of its two cells or has one twice, an end of the window
        is not a printed year, a count is not a positive whole number, or a share is
        not above 0 (rounding included) and at most 100.

    Notes
    -----
    A count is exact, since persons are whole. A share s with d printed decimals
    stands for :math:`[s - \tfrac12 10^{-d}, s + \tfrac12 10^{-d}]`, so the foreign
    workers :math:`F = 100 \cdot workers / share` are an interval too.
    """
    printed = _printed_by_year(cells)
    _check_years(printed.index, first_year, last_year)
    printed = printed.loc[first_year:last_year]

    workers = printed["workers"].map(_whole_persons).astype("int64")
    rounded = rounding.intervals(printed["share"])
    share = printed["share"].map(rounding.parse_number).astype("float64")
    _check_shares(share, rounded)
    foreign = Intervals.exact(np.asarray(100 * workers, dtype=np.float64)) / rounded
    return pd.DataFrame(
        {
            "workers": workers,
            "share": share,
            "share_decimals": printed["share"].map(rounding.decimals).astype("int64"),
            **rounded.columns("share"),
            "foreign": 100 * workers / share,
            **foreign.columns("foreign"),
        }
    )


def _printed_by_year(cells: pd.DataFrame) -> pd.DataFrame:
    """Set the two measures side by side, and refuse a year that lacks one."""
    twice = cells[cells.duplicated(["measure", "year"])]
    if not twice.empty:
        cell = twice.iloc[0]
        msg = f"The table has more than one {cell['measure']} cell for {cell['year']}."
        raise ValueError(msg)
    of = {
        measure: cells[cells["measure"] == measure] for measure in ("workers", "share")
    }
    columns = {name: part.set_index("year")["printed"] for name, part in of.items()}
    printed = pd.DataFrame(columns).sort_index()
    for measure, column in printed.items():
        absent = printed.index[column.isna()]
        if len(absent):
            msg = f"The table has no {measure} cell for {year_runs(absent)}."
            raise ValueError(msg)
    return printed


def _check_years(
    years: pd.Index, first_year: int | None, last_year: int | None
) -> None:
    for year in (first_year, last_year):
        if year is not None and year not in years:
            msg = f"{year} is not a year of the table, which has {year_runs(years)}."
            raise ValueError(msg)
    if first_year is not None and last_year is not None and first_year > last_year:
        msg = f"The window runs backwards, from {first_year} to {last_year}."
        raise ValueError(msg)


def _whole_persons(printed: str) -> int:
    value = rounding.parse_number(printed)
    if value <= 0 or rounding.decimals(printed):
        msg = f"A count of workers must be a positive whole number, not {printed!r}."
        raise ValueError(msg)
    return int(value)


def _check_shares(share: pd.Series, rounded: Intervals) -> None:
    impossible = share.index[(rounded.lower <= 0) | (share > 100)]
    if len(impossible):
        year = impossible[0]
        msg = (
            f"The share of {year} is printed as {share[year]:g} per cent. It must be "
            "above 0 by more than its rounding, and at most 100: otherwise it implies "
            "no finite number of foreign workers."
        )
        raise ValueError(msg)


def rebuild(table: pd.DataFrame) -> pd.DataFrame:
    """Print the table again from numbers of persons alone.

    Parameters
    ----------
    table : pandas.DataFrame, shape (years, 8)
        As `regional_table` returns it.

    Returns
    -------
    pandas.DataFrame of str, shape (years, 2)
        Indexed by ``year``: ``workers`` with thousands commas, and ``share`` in per
        cent with as many decimals as the printed cell.

    Notes
    -----
    The share is computed as 100 * workers / F, where F is the whole number nearest
    to the centre of the implied interval of foreign workers. F comes from the share,
    so agreement is no independent proof of the share; what it shows is that whole
    persons can produce the printed pair at all. Where none can (1 worker at 40.0 per
    cent would need 2.5 foreign workers), the rebuilt cell differs.

    Rounding half to even or half up makes no difference: a tie means that F lies on
    an end of its interval, and the whole number nearest to the centre can do so only
    where the interval is at most one person wide. Those of the article are wider.
    """
    centre = Intervals.of(table, "foreign").centre
    foreign = centre.round().clip(min=1).astype(np.int64)
    workers, places = table["workers"].tolist(), table["share_decimals"].tolist()
    shares = [
        (Decimal(100 * count) / whole).quantize(Decimal(10) ** -decimals, HALF_EVEN)
        for count, whole, decimals in zip(
            workers, foreign.tolist(), places, strict=True
        )
    ]
    rebuilt = {"workers": map("{:,}".format, workers), "share": map(str, shares)}
    return pd.DataFrame(rebuilt, index=table.index, dtype="str")


def agreement(cells: pd.DataFrame, rebuilt: pd.DataFrame) -> pd.DataFrame:
    """Compare every printed cell with its rebuilt counterpart.

    Parameters
    ----------
    cells : pandas.DataFrame
        Printed cells with ``measure``, ``year``, ``printed``, ``locator``, ``doubt``.
    rebuilt : pandas.DataFrame of str, shape (years, 2)
        As `rebuild` returns it. Cells of other years are left out.

    Returns
    -------
    pandas.DataFrame, shape (2 * years, 7)
        Columns ``measure``, ``year``, ``printed``, ``rebuilt``, ``agrees`` (bool: the
        two texts are the same), ``locator``, ``doubt``; in the order of `cells`.
    """
    again = rebuilt.reset_index().melt("year", var_name="measure", value_name="rebuilt")
    compared = cells.merge(again, on=["measure", "year"], how="inner")
    compared["agrees"] = compared["printed"] == compared["rebuilt"]
    columns = ["measure", "year", "printed", "rebuilt", "agrees", "locator", "doubt"]
    return compared[columns]


def decomposition(table: pd.DataFrame) -> pd.DataFrame:
    r"""Split each change of workers into share and number of foreign workers.

    Parameters
    ----------
    table : pandas.DataFrame, shape (years, 8)
        As `regional_table` returns it, with at least two years.

    Returns
    -------
    pandas.DataFrame, shape (years - 1, 7)
        One row per step between consecutive printed years (more than one calendar
        year apart where a year is missing): ``from_year``, ``to_year``, then in log
        points ``dln_workers``, ``dln_share``, ``dln_foreign``, and
        ``dln_foreign_lower`` and ``dln_foreign_upper``, the ends that the rounding of
        both shares allows.

    Raises
    ------
    ValueError
        If there are fewer than two years, or a value that has no logarithm.

    Notes
    -----
    :math:`\Delta\ln workers = \Delta\ln share + \Delta\ln foreign`, exactly, because
    :math:`workers = share \cdot foreign / 100` in every year.
    """
    if len(table) < 2:
        msg = f"A change needs two years; the table has {len(table)}."
        raise ValueError(msg)
    levels = table[["workers", "share", "foreign", "foreign_lower", "foreign_upper"]]
    if not (levels > 0).all(axis=None):
        year = levels.index[~(levels > 0).all(axis=1)][0]
        msg = f"The table has a value of 0 or less in {year}, which has no logarithm."
        raise ValueError(msg)
    steps = levels.apply(np.log).diff().iloc[1:]
    foreign = Intervals.of(levels, "foreign").map(np.log)
    return pd.DataFrame(
        {
            "from_year": levels.index[:-1],
            "to_year": levels.index[1:],
            "dln_workers": steps["workers"].to_numpy(),
            "dln_share": steps["share"].to_numpy(),
            "dln_foreign": steps["foreign"].to_numpy(),
            **(foreign[1:] - foreign[:-1]).columns("dln_foreign"),
        }
    )


def step_ratios(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Give the factor by which one measure changes in each step.

    Parameters
    ----------
    table : pandas.DataFrame, shape (years, 8)
        As `regional_table` returns it.
    measure : str
        ``workers``, ``share`` or ``foreign``.

    Returns
    -------
    pandas.DataFrame, shape (years - 1, 6)
        ``from_year``, ``to_year``; ``ratio`` with ``ratio_lower`` and ``ratio_upper``,
        the ends that the rounding of both years allows; ``jump`` (bool: more than
        `JUMP_RATIO` up or down, all rounding allowed for). In order of year.

    Notes
    -----
    A count is exact, so the ends of its ratios are the ratios themselves.
    """
    value = table[measure].to_numpy(np.float64)
    rounded = f"{measure}_lower" in table.columns
    bounds = Intervals.of(table, measure) if rounded else Intervals.exact(value)
    ratio = bounds[1:] / bounds[:-1]
    return pd.DataFrame(
        {
            "from_year": table.index[:-1],
            "to_year": table.index[1:],
            "ratio": value[1:] / value[:-1],
            **ratio.columns("ratio"),
            "jump": (ratio.lower > JUMP_RATIO) | (ratio.upper < 1 / JUMP_RATIO),
        }
    )


def foreign_steps(table: pd.DataFrame) -> pd.DataFrame:
    """Give `step_ratios` of the implied number of all foreign workers."""
    return step_ratios(table, "foreign")


def defects(
    table: str, cells: pd.DataFrame, sources: pd.DataFrame, notes: pd.DataFrame
) -> pd.DataFrame:
    """List what a reader should know before trusting a table.

    Parameters
    ----------
    table : str
        Name of the table, for example ``"table4"``.
    cells : pandas.DataFrame
        Printed cells of that table, as `regional_table` takes them.
    sources : pandas.DataFrame
        Cited sources of all tables: needs ``table`` and ``latest_year``.
    notes : pandas.DataFrame
        Remarks on all tables: ``table``, ``note``, ``locator`` and ``what``.

    Returns
    -------
    pandas.DataFrame of str, shape (defects, 3)
        ``defect`` (a code), ``where`` and ``what`` (a sentence whose numbers are
        computed here). First the recorded notes in the order given, then
        ``no-source`` or ``beyond-sources``, ``rounding-regimes``, and one ``jump``
        per step in which any of `MEASURES` jumps, in order of years. No row where a
        table has no such defect.

    Raises
    ------
    ValueError
        As `regional_table`.
    """
    recorded = notes[notes["table"] == table]
    rows = [
        *zip(recorded["note"], recorded["locator"], recorded["what"], strict=True),
        *_beyond_sources(table, cells, sources),
        *_rounding_regimes(cells),
        *_jumps(regional_table(cells)),
    ]
    return pd.DataFrame(rows, columns=["defect", "where", "what"], dtype="str")


def cells_beyond_sources(
    table: str, cells: pd.DataFrame, sources: pd.DataFrame
) -> pd.DataFrame:
    """Select the printed cells that no cited source can hold.

    Returns
    -------
    pandas.DataFrame
        The rows of `cells` later than the newest source of the table reaches.

    Raises
    ------
    ValueError
        If no source is cited for the table.
    """
    return cells[cells["year"] > newest_year(table, sources)]


def newest_year(table: str, sources: pd.DataFrame) -> int:
    """Give the last year that a cited source of a table can hold.

    Raises
    ------
    ValueError
        If no source is cited for the table.
    """
    latest = sources.loc[sources["table"] == table, "latest_year"]
    if latest.empty:
        msg = f'No source is cited for "{table}".'
        raise ValueError(msg)
    return int(latest.max())


def _beyond_sources(
    table: str, cells: pd.DataFrame, sources: pd.DataFrame
) -> list[tuple[str, str, str]]:
    if not (sources["table"] == table).any():
        return [("no-source", "sources", "No source is recorded for this table.")]
    beyond = cells_beyond_sources(table, cells, sources)
    if beyond.empty:
        return []
    what = (
        f"{len(beyond)} of the {len(cells)} cells are later than "
        f"{newest_year(table, sources)}, the last year that a cited source can cover: "
        f"those of {year_runs(beyond['year'])}."
    )
    return [("beyond-sources", year_runs(beyond["year"]), what)]


def _rounding_regimes(cells: pd.DataFrame) -> list[tuple[str, str, str]]:
    shares = cells[cells["measure"] == "share"].sort_values("year")
    whole = shares["printed"].map(rounding.decimals) == 0
    if whole.all() or not whole.any():
        return []
    what = (
        f"{whole.sum()} of the {len(shares)} shares are printed as whole numbers "
        f"({year_runs(shares.loc[whole, 'year'])}), the others with decimals "
        f"({year_runs(shares.loc[~whole, 'year'])}): the table may mix two "
        "rounding rules or two sources, or final zeros may have been lost in print."
    )
    return [("rounding-regimes", year_runs(shares.loc[whole, "year"]), what)]


def _jumps(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    told = defaultdict(list)
    for measure, name in MEASURES.items():
        steps = step_ratios(table, measure)
        for step in steps[steps["jump"]].itertuples():
            ends = f"{step.ratio_lower:.2f}", f"{step.ratio_upper:.2f}"
            by = " to ".join(dict.fromkeys(ends))  # one number where both are the same
            told[step.from_year, step.to_year].append(f"{name} by {by}")
    return [
        ("jump", f"{first} to {last}", _as_sentence(parts))
        for (first, last), parts in sorted(told.items())
    ]


def _as_sentence(parts: list[str]) -> str:
    text = ", ".join(parts).replace(" by ", " was multiplied by ", 1)
    return f"{text[0].upper()}{text[1:]}."


def year_runs(years: Iterable[int]) -> str:
    """Write years, given in any order, as runs: 1995 to 1999, 2004."""
    in_order = pd.Series(sorted({int(year) for year in years}), dtype="int64")
    runs = in_order.groupby((in_order.diff() != 1).cumsum()).agg(["first", "last"])
    return ", ".join(
        f"{first}" if first == last else f"{first} to {last}"
        for first, last in runs.itertuples(index=False)
    )
