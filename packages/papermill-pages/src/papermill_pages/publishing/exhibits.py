"""What an executed page shows, and which functions, models and data made it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from papermill_pages.insides import is_removed
from papermill_pages.numbering import FIGURE, TABLE
from papermill_pages.pages import Page
from papermill_pages.publishing.calls import Behind, Cells
from papermill_pages.results import beginnings, glued_values_by_cell

NUMBERS = "numbers"

_TABLE = r"(?m)^\s*\|.*\n\s*\|[ :|-]+\|"  # in Markdown


@dataclass(frozen=True)
class Exhibit:
    """A figure, a table or the numbers that one cell of a page shows."""

    kind: str  # `FIGURE`, `TABLE` or `NUMBERS`
    # The caption of a figure or a table, or the heading that the cell stands under.
    title: str
    cell: int  # the cell's place in the executed notebook, from 0
    # The dotted keys of the numbers, in the order in which they are glued.
    keys: tuple[str, ...]
    behind: Behind  # what made it


def exhibits_of(page: Page) -> list[Exhibit]:
    """List what an executed page shows, in the order of the page."""
    notebook = nbformat.read(page.executed, as_version=4)
    glued = glued_values_by_cell(page)
    cells, heading, exhibits = Cells(), "", []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            for line in re.finditer(r"(?m)^#{1,6} +(.+?)\s*$", cell.source):
                heading = line[1]
        if cell.cell_type != "code":
            continue
        behind = cells.read(cell.source)
        for kind in _kinds(cell):
            title = _caption(cell, kind)
            exhibits.append(Exhibit(kind, title or heading, number, (), behind))
        if glued[number]:
            keys = tuple(glued[number])
            exhibits.append(Exhibit(NUMBERS, heading, number, keys, behind))
    return exhibits


def patterns(keys: Collection[str], others: Collection[str]) -> list[str]:
    """Write keys shortly: ``region.*`` for all that begin so, if no other one does.

    Returns the shortest patterns that match none of the others, and keys where there is
    none, in the order of the keys.
    """
    taken = {part for key in others for part in beginnings(key)}
    shortened = (
        next((f"{part}.*" for part in beginnings(key) if part not in taken), key)
        for key in keys
    )
    return list(dict.fromkeys(shortened))


def _caption(cell: NotebookNode, kind: str) -> str:
    options = cell.metadata.get("mystnb", {}).get(kind, {})
    return " ".join(str(options.get("caption", "")).split())


def _kinds(cell: NotebookNode) -> list[str]:
    """Say what a reader sees of a cell's outputs; glued values are not shown there."""
    if is_removed(cell, "output"):
        return []
    kinds = {}
    for output in cell.outputs:
        data: Mapping[str, str] = output.get("data", {})
        markdown = data.get("text/markdown", "")
        if any(mime.startswith("image/") for mime in data):
            kinds[FIGURE] = True
        elif "<table" in data.get("text/html", "") or re.search(_TABLE, markdown):
            kinds[TABLE] = True
    return list(kinds)
