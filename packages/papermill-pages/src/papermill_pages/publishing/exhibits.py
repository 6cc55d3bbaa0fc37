"""What an executed page shows, and which function made it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from papermill_pages.pages import Page
from papermill_pages.results import glued_values_by_cell

FIGURE, TABLE, NUMBERS = "figure", "table", "numbers"

_TABLE = r"(?m)^\s*\|.*\n\s*\|[ :|-]+\|"  # in Markdown


@dataclass(frozen=True)
class Exhibit:
    """A figure, a table or the numbers that one cell of a page shows."""

    kind: str  # `FIGURE`, `TABLE` or `NUMBERS`
    title: str  # a figure's caption, or the heading that the cell stands under
    cell: int  # the cell's place in the executed notebook, from 0
    # The dotted keys of the numbers, in the order in which they are glued.
    keys: tuple[str, ...]
    # The functions of the book's own packages that the cell calls, by their full names.
    # Empty if the cell computes with its own lines alone.
    programs: tuple[str, ...]


def exhibits_of(page: Page) -> list[Exhibit]:
    """List what an executed page shows, in the order of the page."""
    notebook = nbformat.read(page.executed, as_version=4)
    glued = glued_values_by_cell(page)
    modules: dict[str, str] = {}
    heading, exhibits = "", []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            for line in re.finditer(r"(?m)^#{1,6} +(.+?)\s*$", cell.source):
                heading = line[1]
        if cell.cell_type != "code":
            continue
        # Without magics, which are no Python.
        tree = ast.parse(re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", cell.source))
        modules |= _imported(tree)
        programs = tuple(dict.fromkeys(_programs(tree, modules, page.root)))
        for kind in _kinds(cell):
            title = _caption(cell) if kind == FIGURE else ""
            exhibits.append(Exhibit(kind, title or heading, number, (), programs))
        if glued[number]:
            keys = tuple(glued[number])
            exhibits.append(Exhibit(NUMBERS, heading, number, keys, programs))
    return exhibits


def patterns(keys: Collection[str], others: Collection[str]) -> list[str]:
    """Write keys shortly: ``region.*`` for all that begin so, if no other one does.

    Returns the shortest patterns that match none of the others, and keys where there is
    none, in the order of the keys.
    """
    taken = {part for key in others for part in _beginnings(key)}
    shortened = (
        next((f"{part}.*" for part in _beginnings(key) if part not in taken), key)
        for key in keys
    )
    return list(dict.fromkeys(shortened))


def _beginnings(key: str) -> list[str]:
    """Return all that stands before a dot, the shortest first."""
    parts = key.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _caption(cell: NotebookNode) -> str:
    figure = cell.metadata.get("mystnb", {}).get("figure", {})
    return " ".join(str(figure.get("caption", "")).split())


def _kinds(cell: NotebookNode) -> list[str]:
    """Say what a reader sees of a cell's outputs; glued values are not shown there."""
    kinds = {}
    for output in cell.outputs:
        data: Mapping[str, str] = output.get("data", {})
        markdown = data.get("text/markdown", "")
        if any(mime.startswith("image/") for mime in data):
            kinds[FIGURE] = True
        elif "<table" in data.get("text/html", "") or re.search(_TABLE, markdown):
            kinds[TABLE] = True
    return list(kinds)


def _imported(tree: ast.Module) -> dict[str, str]:
    """Map each name that a cell imports to what it stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _programs(
    tree: ast.Module, modules: Mapping[str, str], root: Path
) -> Iterator[str]:
    """Name what a cell calls of packages whose source is the book's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, _, rest = ast.unparse(node.func).partition(".")
            if first in modules and re.fullmatch(r"[\w.]*", rest):
                name = f"{modules[first]}.{rest}".rstrip(".")
                package = name.partition(".")[0]
                if any((root / at / package).is_dir() for at in (".", "src")):
                    yield name
