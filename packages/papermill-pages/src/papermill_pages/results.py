"""The glued values of all pages, gathered in one file."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import nbformat
from nbformat import NotebookNode

from papermill_pages.errors import ResultsError
from papermill_pages.outputs import write_atomically
from papermill_pages.plan import Page, build_folder

Value: TypeAlias = bool | int | float | str | None

_GLUE_PREFIX = "application/papermill.record/"


@dataclass(frozen=True)
class Result:
    """One glued value.

    Attributes
    ----------
    value : bool, int, float, str or None
        The value, with full precision.
    page : str
        The name in Sphinx of the page that glued it.
    """

    value: Value
    page: str


def results_file(root: Path) -> Path:
    """Return the path of the file that holds every glued value."""
    return build_folder(root) / "results.json"


def write_results(pages: Iterable[Page], root: Path) -> None:
    """Gather the glued values of executed pages into ``_build/results.json``.

    Raises
    ------
    ResultsError
        As `gather_results`.
    """
    __tracebackhide__ = True
    results = gather_results(pages)
    values = {key: result.value for key, result in results.items()}
    write_atomically(results_file(root), as_json(values))


def gather_results(pages: Iterable[Page]) -> dict[str, Result]:
    """Read the glued values of executed pages.

    Returns
    -------
    dict of str to Result
        By ``<the page's results prefix>.<name given to glue>``.

    Raises
    ------
    ResultsError
        If two pages glue under the same key, or a value is not a plain number, text
        or truth value.
    """
    __tracebackhide__ = True
    results: dict[str, Result] = {}
    for page in pages:
        for key, value in glued_values(page).items():
            if key in results:
                msg = (
                    f"The result {key!r} is glued by {results[key].page} and by "
                    f"{page.docname}. Give one of the runs another prefix with "
                    "'results: <prefix>' in its run file."
                )
                raise ResultsError(msg)
            results[key] = Result(value, page.docname)
    return results


def as_json(values: Mapping[str, Value]) -> str:
    """Write values as the text of a file, one on a line, sorted by key."""
    text = json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False)
    return text + "\n"


def glued_values(page: Page) -> dict[str, Value]:
    """Read the plain values that an executed page glued; figures are left out.

    Returns
    -------
    dict of str to int, float, str, bool or None
        By dotted key, in the order in which they were glued.
    """
    return {
        key: value
        for values in glued_values_by_cell(page)
        for key, value in values.items()
    }


def glued_values_by_cell(page: Page) -> list[dict[str, Any]]:
    """Read what `glued_values` does, cell by cell.

    Returns
    -------
    list of dict
        One per cell of the executed notebook, empty for a cell that glues nothing.
    """
    notebook = nbformat.read(page.executed, as_version=4)
    return [_glued_by(cell, page) for cell in notebook.cells]


def result_key(page: Page, name: str) -> str:
    """Return the dotted key of a value that a page glues under a name."""
    return f"{page.results}.{name}" if page.results else name


def _glued_by(cell: NotebookNode, page: Page) -> dict[str, Any]:
    values = {}
    for output in cell.get("outputs", ()):
        name = output.get("metadata", {}).get("scrapbook", {}).get("name")
        data = {
            mime.removeprefix(_GLUE_PREFIX): content
            for mime, content in output.get("data", {}).items()
        }
        if name and set(data) == {"text/plain"}:
            key = result_key(page, name)
            values[key] = _plain_value(data["text/plain"], key, page)
    return values


def is_plain(value: Any) -> bool:
    """Tell whether a value is a finite number, a text, a truth value or None."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (bool, int, str))


def _plain_value(text: str, key: str, page: Page) -> Value:
    value: Any
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = object()
    if is_plain(value):
        plain: Value = value
        return plain
    msg = (
        f"{page.docname} glues {key!r} as {text}, which cannot be printed in prose or "
        "kept in results.json. Glue a plain int, float, str, bool or None."
    )
    raise ResultsError(msg)
