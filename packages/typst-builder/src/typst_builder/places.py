"""Where something stands, as whoever reads a warning looks for it."""

from __future__ import annotations

from docutils import nodes
from sphinx.util import logging

from typst_builder.insides import cell_number

logger = logging.getLogger(__name__)


def warn(docname: str, node: nodes.Node | None, message: str, *values: object) -> None:
    """Warn of something on a page; name the cell, or else the line, if it has one."""
    cell = cell_number(node)
    if cell:
        message = f"cell {cell}: {message}"
    logger.warning(message, *values, location=(docname, None if cell else _line(node)))


def _line(node: nodes.Node | None) -> int | None:
    while node is not None and node.line is None:
        node = node.parent
    return node.line if node is not None else None
