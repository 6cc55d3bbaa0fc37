"""How a chapter shows a frame, and glues its numbers for the prose."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from IPython.core.getipython import get_ipython
from myst_nb import glue
from pandas.api import types

from rfe_labour.shown.markdown import Markdown, p_value, printed_cell, write_table

MOST_DECIMALS = 4
DIGITS = 3
"""Significant digits of the median of a column, when its values have more."""


def show_as_markdown() -> None:
    """Let this notebook show frames and series as Markdown tables.

    The page and the PDF then typeset the same table, with aligned numbers, no ``NaN``
    and a true minus sign. Outside IPython nothing happens.

    Every chapter calls it after its parameters. So it also refuses one that papermill
    was given and the chapter does not have: papermill itself warns and goes on.

    Raises
    ------
    ValueError
        As `refuse_unknown_parameters`.
    """
    shell = get_ipython()
    if shell is None or shell.display_formatter is None:
        return
    refuse_unknown_parameters(shell.user_ns.get("In", []))
    # pandas chooses the number of columns by where it is imported: a forked kernel's
    # plain text would differ from an ordinary one's.
    pd.set_option("display.notebook_repr_html", False, "display.max_columns", 20)
    formatter = shell.display_formatter.formatters["text/markdown"]
    for kind in (pd.DataFrame, pd.Series):
        formatter.for_type(kind, lambda data: as_markdown(data).text)


def refuse_unknown_parameters(cells: Sequence[str]) -> None:
    """Refuse names that papermill injected and the cell before it does not declare.

    Parameters
    ----------
    cells : sequence of str
        The source of the cells that were executed, as IPython's ``In`` has them.

    Raises
    ------
    ValueError
        If there is such a name; the message has the nearest one.
    """
    for before, cell in pairwise(cells):
        if not cell.startswith("# Parameters\n"):  # as papermill begins its cell
            continue
        declared = _assigned(before)
        for name in _assigned(cell):
            if name not in declared:
                nearest = get_close_matches(name, declared, n=1, cutoff=0)
                meant = f'; did you mean "{nearest[0]}"?' if nearest else "."
                known = f"The parameters are {', '.join(declared)}."
                msg = (
                    f'There is no parameter "{name}"{meant} '
                    f"{known if declared else 'This notebook has none.'}"
                )
                raise ValueError(msg)


def _assigned(cell: str) -> list[str]:
    """List the names that a cell assigns."""
    targets: list[ast.expr] = []
    for statement in ast.parse(cell).body:
        if isinstance(statement, ast.AnnAssign):
            targets.append(statement.target)
        elif isinstance(statement, ast.Assign):
            targets += statement.targets
    return [target.id for target in targets if isinstance(target, ast.Name)]


def as_markdown(data: pd.DataFrame | pd.Series) -> Markdown:
    """Write a frame as a Markdown table.

    Parameters
    ----------
    data : pandas.DataFrame or pandas.Series
        The index is shown, unless it is of whole numbers without a name. Beyond the
        rows that the option ``display.max_rows`` of pandas allows, the middle is left
        out.

    Returns
    -------
    Markdown
        Numbers stand on the right, with the decimals to which all of a column are
        rounded, and otherwise with some three significant digits; whole numbers have
        thousands separators, but years have none; columns of p-values (``p``,
        ``…_p`` and ``… p``) have three decimals. A missing value is blank.
    """
    frame = data.to_frame(data.name or "value") if isinstance(data, pd.Series) else data
    if frame.index.name is not None or not types.is_integer_dtype(frame.index):
        frame = frame.reset_index(names=[name or "" for name in frame.index.names])
    names = [_heading(column) for column in frame.columns]
    columns = [frame.iloc[:, place] for place in range(len(names))]
    rows = list(zip(*map(_texts, columns, names), strict=True))
    most = pd.get_option("display.max_rows")
    if most and len(rows) > most:
        rows = [*rows[:5], ("…",) * len(names), *rows[-5:]]
    alignment = "".join("r" if _is_number(column) else "l" for column in columns)
    return write_table(names, rows, alignment)


def _heading(column: object) -> str:
    parts = column if isinstance(column, tuple) else (column,)
    return ", ".join(str(part) for part in parts if str(part))


def _is_number(column: pd.Series) -> bool:
    return types.is_numeric_dtype(column) and not types.is_bool_dtype(column)


def _texts(column: pd.Series, name: str) -> list[str]:
    missing = column.isna()
    there = column[~missing] if missing.any() else column
    write: Callable[[Any], str]
    if types.is_bool_dtype(there):
        write = {True: "yes", False: "no"}.__getitem__
    elif not _is_number(there):
        write = _plain
    elif types.is_float_dtype(there) and (name == "p" or name.endswith(("_p", " p"))):
        write = p_value
    elif types.is_integer_dtype(there) and _are_years(name, there):
        write = str
    else:
        write = partial(_number, places=_decimals(there.to_numpy(dtype=np.float64)))
    texts = map(write, there.tolist())
    return ["" if blank else next(texts) for blank in missing.tolist()]


def _plain(value: object) -> str:
    return str(value).replace("$", r"\$").replace("\n", " ")


def _are_years(name: str, values: pd.Series) -> bool:
    return "year" in name and bool(values.between(1000, 2999).all())


def _decimals(values: np.ndarray) -> int:
    """Choose the decimals of a column: those it is rounded to, or `DIGITS` digits."""
    finite = values[np.isfinite(values)]
    sizes = np.abs(finite[finite != 0])
    if not sizes.size:
        return 0
    order = int(np.floor(np.log10(np.median(sizes))))
    for places in range(MOST_DECIMALS):
        if np.allclose(finite, finite.round(places), rtol=1e-12, atol=0):
            return places
    return min(max(DIGITS - 1 - order, 0), MOST_DECIMALS)


def _number(value: float, places: int) -> str:
    text = f"{value:,.{places}f}".replace("inf", "∞")
    return text.replace(
        "-", "−" if float(text.replace(",", "").replace("∞", "inf")) else ""
    )


def with_targets(cells: pd.DataFrame, resource: str, key: str) -> pd.DataFrame:
    """Let each printed cell be a target that other pages can link to.

    Parameters
    ----------
    cells : pandas.DataFrame, shape (cells, ...)
        Cells with ``printed``, as ``rfe_labour.data.load(resource)`` gives them.
    resource, key : str
        What the targets are named by, ``printed-<resource>-<value of the key>``.

    Returns
    -------
    pandas.DataFrame, shape (cells, ...)
        The same cells, whose ``printed`` is a target on a page.
    """
    names = zip(cells["printed"], cells[key].astype(str), strict=True)
    targets = [printed_cell(text, resource, name) for text, name in names]
    return cells.assign(printed=targets)


def glue_results(
    values: pd.DataFrame | pd.Series | Mapping[str, Any], prefix: str = ""
) -> None:
    """Glue every number of a frame, so that the prose can state it.

    Parameters
    ----------
    values : pandas.DataFrame, pandas.Series or mapping
        A number of a frame is named ``<row>.<column>``, where a row of several index
        levels is ``<level>.<level>``; a missing one is left out.
    prefix : str
        What the names begin with, before a dot.
    """
    for name, value in _named(values):
        glue(f"{prefix}.{name}" if prefix else name, value, display=False)


def _named(values: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(values, pd.DataFrame):
        rows = dict(zip(values.index, values.to_dict("records"), strict=True))
        values = {
            (*(row if isinstance(row, tuple) else (row,)), column): value
            for row, columns in rows.items()
            for column, value in columns.items()
        }
    for key, value in values.items():
        parts = key if isinstance(key, tuple) else (key,)
        plain = value.item() if isinstance(value, np.generic) else value
        if not pd.isna(plain):
            yield ".".join(map(str, parts)), plain
