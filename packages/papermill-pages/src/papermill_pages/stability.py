"""Makes an executed notebook the same bytes wherever and whenever it is executed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from papermill_pages.pages import Run


def stabilise(notebook: NotebookNode, run: Run) -> None:
    """Take out of an executed notebook all that another machine would not repeat.

    It is changed in place, as papermill has executed it.
    """
    notebook.metadata["papermill"] = {"parameters": dict(run.parameters)}
    notebook.metadata.get("language_info", {}).pop("version", None)
    sources = nbformat.read(run.notebook, as_version=nbformat.NO_CONVERT)
    known = {cell.get("id") for cell in sources.cells}
    declared: list[str] = []
    for number, cell in enumerate(notebook.cells):
        if cell.id not in known:
            cell["id"] = f"cell-{number}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        tags = cell.metadata.get("tags", [])
        if "parameters" in tags:
            declared = [tag for tag in tags if tag != "parameters"]
        elif "injected-parameters" in tags:
            # Given values are shown or hidden as the declared ones are.
            cell.metadata["tags"] = [*tags, *declared]
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
        if cell.cell_type == "code":
            cell["outputs"] = _in_order(cell.outputs)
            for output in cell.outputs:
                _stabilise_output(output, run.root)


def stable_text(text: str, root: Path) -> str:
    """Replace paths of this machine, of the kernel's cells, and memory addresses."""
    places = {str(root): "", sys.prefix: "<environment>/", sys.base_prefix: "<python>/"}
    for place, name in places.items():
        whole = rf"(?<![\w/.-]){re.escape(place + os.sep)}"
        text = re.sub(whole, name, text)
    # It begins where a word does: to look for it from each letter takes for ever.
    file = r"(?<![^\s\"'])[^\s\"']*ipykernel_\d+[/\\]\d+\.py"
    text = re.sub(file, "<cell>", text)
    return _without_addresses(text)


def _in_order(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join the pieces of each stream between two other outputs, standard output first.

    A kernel sends its two streams in pieces, whose borders and mutual order are a
    matter of timing.
    """
    ordered: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in [*outputs, None]:
        if output is not None and output.output_type == "stream":
            if output.name in streams:
                streams[output.name]["text"] += output.text
            else:
                streams[output.name] = output
            continue
        ordered += [streams[name] for name in sorted(streams, reverse=True)]
        streams = {}
        ordered += [output] if output is not None else []
    return ordered


def _stabilise_output(output: NotebookNode, root: Path) -> None:
    if "text" in output:
        output["text"] = stable_text(output.text, root)
    if "traceback" in output:
        output["traceback"] = [stable_text(line, root) for line in output.traceback]
    data: Mapping[str, Any] = output.get("data", {})
    for mime in ("text/plain", "text/html", "text/markdown"):
        if mime in data:
            # What a cell shows is its own text, in which a path means itself.
            output.data[mime] = _without_addresses(data[mime])


def _without_addresses(text: str) -> str:
    return re.sub(r"\bat 0x[0-9a-fA-F]{6,}", "at 0x…", text)
