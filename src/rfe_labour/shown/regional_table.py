"""What the page of a regional table shows beside its frames: cells and sentences."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

import pandas as pd

from rfe_labour.shown.markdown import Markdown, printed_cell, write_table
from rfe_labour.tables import MEASURES, year_runs

_NO_BREAK = "\u00a0"

_MARKS = "†‡§¶"

_SEEN = 0.05
"""What stands out behind a marker, as a part of the axis, which starts at 0."""

_TITLE = 46
"""So many characters of a title a figure shows in one line."""


def cells_table(cells: pd.DataFrame, table: str) -> Markdown:
    """Show the two printed rows of a table side by side, one row a year.

    Each cell is a target that other pages can link to, for example
    ``printed-table1-workers-1992``. A mark follows a cell that has a doubt; `doubts`
    says what it stands for. The headings name the printed rows.
    """
    marks = _marks(cells)
    texts: dict[str, dict[int, str]] = {"workers": {}, "share": {}}
    places: dict[str, set[str]] = {measure: set() for measure in texts}
    for cell in cells.to_dict("records"):
        measure, year = cell["measure"], cell["year"]
        target = printed_cell(cell["printed"], table, measure, str(year))
        texts[measure][year] = target + marks.get(cell["doubt"], "")
        places[measure].add(cell["locator"].removesuffix(f", {year}"))
    names = {"workers": "workers", "share": "share, %"}
    heads = [
        f"{name} ({', '.join(places[measure])})" if len(places[measure]) == 1 else name
        for measure, name in names.items()
    ]
    rows = [
        [str(year), text, texts["share"].get(year, "")]
        for year, text in texts["workers"].items()
    ]
    return write_table(["year", *heads], rows, "lrr")


def doubts(cells: pd.DataFrame, meanings: Mapping[str, str]) -> Markdown:
    """Say what each mark of `cells_table` stands for, in the words of the data."""
    told = [f"{mark} {meanings[doubt]}." for doubt, mark in _marks(cells).items()]
    return Markdown(" ".join(told) or "No cell of this table is marked as doubtful.")


def _marks(cells: pd.DataFrame) -> dict[str, str]:
    return dict(zip(sorted(cells["doubt"].dropna().unique()), _MARKS, strict=False))


def printed_at(table: str, years: Mapping[str, Iterable[int]]) -> Markdown:
    """Lead to printed cells on this page: for each measure, the cells of some years."""
    links = [
        f"{measure} "
        + in_words(
            ", ".join(
                f"[{year}](#printed-{table}-{measure}-{year})"
                for year in dict.fromkeys(which)
            )
        )
        for measure, which in years.items()
    ]
    return Markdown(f"Printed cells: {'; '.join(links)}.")


def direction(numbers: pd.DataFrame, measure: str) -> str:
    """Say which way a measure went from the first to the last year of a table.

    Parameters
    ----------
    numbers : pandas.DataFrame, shape (years, ...)
        As `rfe_labour.tables.regional_table` returns it. Where a measure has an
        interval, it rose or fell only if no rounding can undo that.
    measure : str
        ``"workers"``, ``"share"`` or ``"foreign"``.
    """
    ends = [
        f"{measure}{end}" if f"{measure}{end}" in numbers else measure
        for end in ("_lower", "_upper")
    ]
    (low, high), (last_low, last_high) = numbers[ends].to_numpy()[[0, -1]]
    if last_low > high:
        return "rose"
    if last_high < low:
        return "fell"
    return "did not change" if low == high else "may have risen or fallen"


def title(name: str, numbers: pd.DataFrame, measure: str, ends: str) -> str:
    """Title a panel: which way a measure went, and between which ends."""
    text = f"{name} {direction(numbers, measure)}: {ends.replace(' ', _NO_BREAK)}"
    return textwrap.fill(text, _TITLE)


def rounding_seen(numbers: pd.DataFrame, measure: str, unit: str) -> str:
    """Say where a figure shows the intervals of a measure, which its markers may cover.

    Parameters
    ----------
    numbers : pandas.DataFrame, shape (years, ...)
        The measure with its ends, for example ``share``, ``share_lower`` and
        ``share_upper``.
    measure : str
        ``"share"`` or ``"foreign"``.
    unit : str
        What the width of an interval is counted in.
    """
    lower, upper = numbers[f"{measure}_lower"], numbers[f"{measure}_upper"]
    width = upper - lower
    seen = width.index[width > _SEEN * upper.max()]
    if seen.empty:
        widest = width.max()
        told = f"{widest:,.0f}" if widest >= 10 else f"{widest:.2g}"
        return (
            "The rounding intervals are too narrow to be seen at this scale: the "
            f"widest is {told} {unit.removesuffix('s') if told == '1' else unit}"
        )
    rest = "" if len(seen) == len(width) else ". Elsewhere the marker hides most of it"
    return (
        "Vertical lines show the rounding interval where it is clearly taller than its "
        f"marker: in {in_words(year_runs(seen))}{rest}"
    )


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
    told = []
    for end, year in (("first", first_year), ("last", last_year)):
        left = total[f"without_{end}"]
        turned = [
            f"{name} {'rose' if left[measure] > 1 else 'fell'}"
            for measure, name in MEASURES.items()
            if (left[measure] - 1) * (total["factor"][measure] - 1) < 0
        ]
        what = " and ".join(turned) or "none of the three changes direction"
        told.append((year, what))
    (first, one), (last, other) = told
    if one == other:
        return f"If {first} or {last} is left out, {one}"
    return f"If {first} is left out, {one}; if {last} is left out, {other}"


def split_title(total: pd.DataFrame) -> str:
    """Title the split: the change of workers, their share and all foreign workers.

    `total` is indexed by these three, with ``per_cent``, the change in per cent.
    """
    workers, share, foreign = (
        _change(round(total["per_cent"][measure])) for measure in MEASURES
    )
    return f"Workers {workers}: their share {share},\nall foreign workers {foreign}"


def _change(per_cent: int) -> str:
    """Say in words and per cent which way a number went."""
    if not per_cent:
        return "unchanged"
    return f"{'up' if per_cent > 0 else 'down'} {abs(per_cent)}%"


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
        return f"{way}, but only within its rounding" if open_steps else way
    within = f" (rounding leaves the direction of {open_steps} of them open)"
    return f"{way} in each of {steps} steps{within if open_steps else ''}"


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
        f"*{it['outlet']}* gives {it['qualifier']} {it['printed']} for {it['year']} "
        f"({it['lower']:,} to {it['upper']:,}, allowing for rounding). The table "
        f"prints {printed[it['year']]}. {it['note']}"
        for it in figures.to_dict("records")
    ]
    none = "None of them counts exactly these workers in any of these years."
    return Markdown(" ".join(told) or none)


def in_words(parts: str, empty: str = "none") -> str:
    """Write a list as in a sentence, with runs of years: 1995–1999 and 2004."""
    return " and ".join(parts.replace(" to ", "–").rsplit(", ", 1)) or empty
