"""The title that a run or a sweep gives its page, in place of the notebook's own."""

from __future__ import annotations

import re

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from nbformat import NotebookNode


def set_title(notebook: NotebookNode, title: str) -> None:
    """Put a title in place of the first heading of the first level, or before all."""
    heading = f"# {as_markdown(title)}"
    parser = MarkdownIt().use(myst_block_plugin).use(colon_fence_plugin)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for token in parser.parse(cell.source):
                if token.type == "heading_open" and token.tag == "h1" and token.map:
                    start, end = token.map
                    lines = cell.source.split("\n")
                    cell["source"] = "\n".join([*lines[:start], heading, *lines[end:]])
                    return
    first = nbformat.v4.new_markdown_cell(heading, id="title")
    notebook.cells.insert(0, first)


def as_markdown(title: str) -> str:
    """Write a title so that Markdown and MyST show it as it stands.

    It is a text: what looks like a link, a role or a tag is none.
    """
    marks = r"[\\`*_{}\[\]<>&$#~^|@]|:(?=//)|(?<=\w)\.(?=\w)"
    return re.sub(marks, r"\\\g<0>", " ".join(title.split()))
