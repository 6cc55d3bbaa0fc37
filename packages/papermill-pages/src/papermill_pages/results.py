"""The glued values of all pages in one file, and of a sweep's points in one table."""

from __future__ import annotations

import ast
import csv
import io
import json
import logging
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import nbformat

from papermill_pages.errors import ResultsError
from papermill_pages.insides import glued_output
from papermill_pages.outputs import write_atomically
from papermill_pages.pages import Point, Run, Sweep, build_folder

logger = logging.getLogger("papermill_pages")

Value: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True)
class Result:
    """One glued value."""

    value: Value  # with full precision
    page: str  # the one that glued it, by its name in Sphinx


def results_file(root: Path) -> Path:
    """Return the path of the file that holds every glued value."""
    return build_folder(root) / "results.json"


def write_results(pages: Iterable[Run], root: Path) -> None:
    """Gather the glued values of executed pages into ``_build/results.json``.

    Figures and tables are left out. So is any other value that is not plain, but a line
    says so.

    Raises
    ------
    ResultsError
        As `gather_results`.
    """
    __tracebackhide__ = True
    pages = list(pages)
    results = gather_results(pages)
    values = {key: result.value for key, result in results.items()}
    left_out = [it for page in pages for it in _not_plain(page)]
    if left_out:
        more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
        logger.warning(
            "not in results.json, for only a finite number, a text, True, False or None"
            " can be: %s%s",
            ", ".join(left_out[:5]),
            more,
        )
    write_atomically(results_file(root), as_json(values))


def gather_results(pages: Iterable[Run]) -> dict[str, Result]:
    """Read the glued values of executed pages.

    Their keys are ``<the page's results prefix>.<name given to glue>``.

    Raises
    ------
    ResultsError
        If two pages glue under the same key.
    """
    __tracebackhide__ = True
    results: dict[str, Result] = {}
    for page in pages:
        for key, value in glued_values(page).items():
            if key in results:
                raise ResultsError(
                    f"The result {key!r} is glued by {results[key].page} and by "
                    f"{page.docname}. Give one of them another prefix with 'results: "
                    "<prefix>' in its run file or its notebook's metadata."
                )
            results[key] = Result(value, page.docname)
    return results


def write_table(sweep: Sweep) -> None:
    """Gather the glued values of a sweep's executed points into its table.

    The first columns are the parameters that the grid names, the others the plain
    values that the notebook glues, in its order and with full precision. Rows have the
    order of the grid. A value glued as None is an empty cell, and a parameter that is a
    list or a mapping is written as JSON.

    Raises
    ------
    ResultsError
        If a point does not glue what the others do, which would leave a hole.
    """
    __tracebackhide__ = True
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    source = sweep.source.relative_to(sweep.root)
    names: list[str] = []
    for point, row in zip(sweep.points, sweep.rows, strict=True):
        values = glued_values(point)
        if not names:
            names = list(values)
            writer.writerow([*sweep.varied, *names])
        different = sorted(set(values) ^ set(names))
        if different:
            raise ResultsError(
                f"{source}: the points ({sweep.points[0].label}) and ({point.label}) "
                f"do not both glue {different[0]!r}, so the table would have a hole. "
                "Let the notebook glue it at every point, as None where there is no "
                "value."
            )
        given = (json.dumps(it) if isinstance(it, (list, dict)) else it for it in row)
        writer.writerow([*given, *(values[name] for name in names)])
    write_atomically(sweep.table, text.getvalue())


def refuse_names_of_grid(point: Point, executed: Mapping[str, Any]) -> None:
    """Refuse a point that glues a value under the name of a parameter of its grid.

    Both would be a column of the sweep's table.

    Raises
    ------
    ResultsError
        With the same words for each point, since it is a mistake of the notebook.
    """
    outputs = (it for cell in executed["cells"] for it in cell.get("outputs", ()))
    for name, data in map(glued_output, outputs):
        if name not in point.varied or set(data) != {"text/plain"}:
            continue
        raise ResultsError(
            f"{point.source.relative_to(point.root)}: {name!r} is a parameter of the "
            f"grid, and {point.notebook.relative_to(point.root)} glues a value under "
            "this name. Glue it under another one."
        )


def as_json(values: Mapping[str, Value]) -> str:
    """Write values as the text of a file, one on a line, sorted by key."""
    text = json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False)
    return text + "\n"


def glued_values(run: Run) -> dict[str, Value]:
    """Read the plain values that a run glued, in its order; figures are left out."""
    return {
        key: value
        for values in glued_values_by_cell(run)
        for key, value in values.items()
    }


def glued_values_by_cell(run: Run) -> list[dict[str, Any]]:
    """Read what `glued_values` does, with one mapping for each cell of the notebook."""
    cells = []
    for cell in nbformat.read(run.executed, as_version=4).cells:
        values = {}
        for output in cell.get("outputs", ()):
            name, data = glued_output(output)
            if name and set(data) == {"text/plain"}:
                value = _literal(data["text/plain"])
                if is_plain(value):
                    values[result_key(run, name)] = value
        cells.append(values)
    return cells


def _not_plain(run: Run) -> Iterator[str]:
    """Name the values that a run glued as text, and that are not plain."""
    for cell in nbformat.read(run.executed, as_version=4).cells:
        for output in cell.get("outputs", ()):
            name, data = glued_output(output)
            if name and set(data) == {"text/plain"}:
                text = " ".join(data["text/plain"].split())
                if not is_plain(_literal(text)):
                    text = text if len(text) <= 40 else f"{text[:40]}…"
                    yield f"{result_key(run, name)} ({text})"


def result_key(run: Run, name: str) -> str:
    """Return the dotted key of a value that a run glues under a name."""
    return f"{run.results}.{name}" if run.results else name


def beginnings(key: str) -> list[str]:
    """Return all that stands before a dot of a key, the shortest first."""
    parts = key.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def is_plain(value: Any) -> bool:
    """Tell whether a value is a finite number, a text, a truth value or None.

    A text with a half of a character, which UTF-8 cannot hold, is none.
    """
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return value.isprintable() or not re.search("[\ud800-\udfff]", value)
    return value is None or isinstance(value, (bool, int, str))


def _literal(text: str) -> Any:
    """Evaluate the text of a value; an object that is not plain if it is no literal."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return object()
