"""Tables of a page as docutils has them, and what stands in their cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TypeAlias

from docutils import nodes

Cell: TypeAlias = Sequence[nodes.Node]

_LETTERS = 24
"""The width of a column whose width nobody set."""


def literal(code: str) -> nodes.Node:
    """Return a text as it stands in code."""
    return nodes.literal("", code)


def text(words: str) -> Cell:
    """Return a text as a cell, which may be empty."""
    return [nodes.Text(words)] if words else []


def joined(parts: Iterable[nodes.Node]) -> list[nodes.Node]:
    """Put a comma between parts."""
    made: list[nodes.Node] = []
    for part in parts:
        made += [nodes.Text(", "), part] if made else [part]
    return made


def folded(summary: str, *parts: nodes.Node) -> list[nodes.Node]:
    """Let a page show a summary, behind which something unfolds.

    Where nothing can be unfolded, as on paper, what is behind it stands there.
    """
    head = f"<details><summary>{escape(summary)}</summary>"
    return [
        nodes.raw("", head, format="html"),
        *parts,
        nodes.raw("", "</details>", format="html"),
    ]


def table(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], widths: Sequence[int] = ()
) -> nodes.table:
    """Return a table.

    Columns have the given widths, in proportion to each other, or those of their texts.
    """
    group = nodes.tgroup("", cols=len(header))
    # A builder of plain text wraps to so many letters, and takes minutes over one.
    spread = widths or [_LETTERS] * len(header)
    group += [nodes.colspec(colwidth=width) for width in spread]
    group += nodes.thead("", _row([text(name) for name in header]))
    group += nodes.tbody("", *(_row(row) for row in rows))
    classes = ["papermill-pages", "colwidths-given" if widths else "colwidths-auto"]
    return nodes.table("", group, classes=classes)


def _row(cells: Sequence[Cell]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", *_blocks(cell)) for cell in cells))


def _blocks(cell: Cell) -> Sequence[nodes.Node]:
    """Put the words of a cell in a paragraph, unless it has paragraphs already."""
    if any(isinstance(node, nodes.paragraph) for node in cell):
        return cell
    return [nodes.paragraph("", "", *cell)]
