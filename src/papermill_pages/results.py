"""The glued values of all pages, gathered in one file."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from papermill_pages.errors import ResultsError
from papermill_pages.execution import write_atomically
from papermill_pages.plan import Page, build_folder

_GLUE_PREFIX = "application/papermill.record/"


def results_file(root: Path) -> Path:
    """Return the path of the file that holds every glued value."""
    return build_folder(root) / "results.json"


def write_results(pages: Iterable[Page], root: Path) -> None:
    """Gather the glued values of executed pages into ``_build/results.json``.

    The file maps ``<the page's results prefix>.<name given to glue>`` to the value,
    with full precision, sorted by key.

    Raises
    ------
    ResultsError
        If two pages glue under the same key, or a value is not a plain number, text
        or truth value.
    """
    __tracebackhide__ = True
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for page in pages:
        for key, value in glued_values(page).items():
            if key in origin:
                msg = (
                    f"The result {key!r} is glued by {origin[key]} and by "
                    f"{page.docname}. Give one of the runs another prefix with "
                    "'results: <prefix>' in its run file."
                )
                raise ResultsError(msg)
            values[key], origin[key] = value, page.docname
    text = json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False)
    write_atomically(results_file(root), text + "\n")


def glued_values(page: Page) -> dict[str, Any]:
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


def _plain_value(text: str, key: str, page: Page) -> Any:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = object()
    finite = not isinstance(value, float) or math.isfinite(value)
    if finite and isinstance(value, (bool, int, float, str, type(None))):
        return value
    msg = (
        f"{page.docname} glues {key!r} as {text}, which cannot be printed in prose or "
        "kept in results.json. Glue a plain int, float, str, bool or None."
    )
    raise ResultsError(msg)
