"""What changed between two years of a regional table: sentences and a small table.

`ends` are the two years in order, as `rfe_labour.tables.regional_table` returns them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from rfe_labour import tables
from rfe_labour.rounding import Floats
from rfe_labour.shown.markdown import Markdown, signed, write_table
from rfe_labour.shown.regional_table import direction

_ROWS = {
    "workers": "workers",
    "share": "their share, %",
    "foreign": "all foreign workers",
}


def sentences(name: str, ends: pd.DataFrame, printed: pd.DataFrame) -> Markdown:
    """Say how workers, share and all foreign workers changed, and split the change.

    Parameters
    ----------
    name : str
        The region, in prose.
    ends : pandas.DataFrame, shape (2, ...)
        See the head of this module.
    printed : pandas.DataFrame of str, shape (2, ...)
        The printed cells of the two years, ``workers`` and ``share``.
    """
    first, last = ends.index
    workers = _course(ends, "workers", printed["workers"])
    share = _course(ends, "share", printed["share"], " per cent")
    step = 100 * tables.decomposition(ends).iloc[0]
    split = {part: signed(step[f"dln_{part}"]) for part in _ROWS}
    return Markdown(
        f"**{name}, {first} to {last}.** The number of North Korean workers {workers}. "
        f"Their share of all foreign workers {share}. Allowing for rounding, the two "
        "rows imply that the number of all foreign workers "
        f"{_course(ends, 'foreign', _implied(ends))}. The change in the workers, "
        f"{split['workers']} log points, is the sum of {split['share']} from their "
        f"share and {split['foreign']} from the number of all foreign workers, before "
        "rounding."
    )


def _course(
    ends: pd.DataFrame, measure: str, texts: Iterable[str], unit: str = ""
) -> str:
    """Say which way a measure went, if no rounding can undo that."""
    then, now = texts
    way = direction(ends, measure)
    if way == "did not change":
        return f"was the same in both years, {now}{unit}"
    if way == "may have risen or fallen":
        open_to = "rounding leaves open whether it rose or fell"
        return f"was {then}, then {now}{unit}; {open_to}"
    return f"{way} from {then} to {now}{unit}"


def _implied(ends: pd.DataFrame) -> list[str]:
    return [_span(pair, "{:,.0f}".format) for pair in _bounds(ends, "foreign")]


def changes_table(ends: pd.DataFrame) -> Markdown:
    """Set the two years side by side, with what rounding leaves of each change."""
    header = ["", *map(str, ends.index), "factor", "log points"]
    rows = []
    for measure, name in _ROWS.items():
        style = ("{:g}" if measure == "share" else "{:,.0f}").format
        values = [_span(pair, style) for pair in _bounds(ends, measure)]
        ratios = tables.step_ratios(ends, measure)
        factors = ratios[["ratio_lower", "ratio_upper"]].to_numpy()[0]
        change = _span(100 * np.log(factors), signed, " to ")
        rows.append([name, *values, _span(factors, "{:.2f}".format), change])
    return write_table(header, rows, "lrrrr")


def _bounds(ends: pd.DataFrame, measure: str) -> Floats:
    """Take the two ends of a measure in each year; a count is exact."""
    names = [f"{measure}_{end}" for end in ("lower", "upper")]
    return ends[names if names[0] in ends else [measure, measure]].to_numpy()


def _span(ends: Iterable[float], style: Callable[[float], str], to: str = "–") -> str:
    """Write two ends, or one text where both are written alike."""
    return to.join(dict.fromkeys(map(style, ends)))
