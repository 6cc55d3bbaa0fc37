"""Makes an executed notebook the same bytes wherever and whenever it is executed."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from math import inf
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_runtime_dir
from nbformat import NotebookNode

from papermill_pages.notebooks import read_notebook
from papermill_pages.pages import Run

_CHARACTERS_AT_ONCE = 1_000_000  # some tenth of a second


def stabilise(notebook: NotebookNode, run: Run, seconds: float = inf) -> None:
    """Take out of an executed notebook all that another machine would not repeat.

    It is changed in place, as papermill has executed it.

    Raises
    ------
    TimeoutError
        If the outputs of one cell take longer than these `seconds`.
    """
    notebook.metadata["papermill"] = {"parameters": dict(run.parameters)}
    notebook.metadata.get("language_info", {}).pop("version", None)
    known = {cell.get("id") for cell in read_notebook(run.notebook).cells}
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
            end = time.monotonic() + seconds
            try:
                cell["outputs"] = stable_outputs(cell.outputs, run.root, end)
            except TimeoutError:
                raise TimeoutError(f"cell [{cell.execution_count}]") from None


def stable_outputs(
    outputs: list[NotebookNode], root: Path, end: float = inf
) -> list[NotebookNode]:
    """Return a cell's outputs as another machine would repeat them.

    They are changed in place, and pieces of a stream are joined.

    Raises
    ------
    TimeoutError
        If that is not done at the `end`, a time of the monotonic clock.
    """
    ordered = _in_order(outputs)
    for output in ordered:
        _stabilise_output(output, root, end)
    return ordered


def stable_text(text: str, root: Path, end: float = inf) -> str:
    """Replace in what a kernel says of itself what another machine would not repeat.

    These are the paths of its cells and of its connection file, the addresses in the
    default reprs of objects, and the folder where a traceback or a warning says where
    code is. A path or an address in any other text means itself.
    """
    places, name = _places_of_code(root), _named(root)
    return "".join(
        _without_addresses(places.sub(name, _without_own_files(lines)))
        for lines in _until(end, text)
    )


def _until(end: float, text: str) -> Iterator[str]:
    """Go through a text, some whole lines at a time, until the clock says `end`."""
    start = 0
    while start < len(text):
        if time.monotonic() > end:
            raise TimeoutError
        after = text.find("\n", start + _CHARACTERS_AT_ONCE) + 1 or len(text)
        yield text[start:after]
        start = after


def _without_own_files(text: str) -> str:
    return _own_files().sub(lambda found: f"<{found.lastgroup}>", text)


def _own_files() -> re.Pattern[str]:
    """Find the paths of a kernel's files, as ipykernel and Jupyter name them."""
    cell = re.escape(str(Path(tempfile.gettempdir(), "ipykernel_")))
    connection = re.escape(str(Path(jupyter_runtime_dir(), "kernel-")))
    # As whole paths: neither the end of a longer one nor the beginning of a name.
    return re.compile(
        rf"(?<![\w/\\.~-])(?:(?P<cell>{cell}\d+[/\\]\d+\.py)"
        rf"|(?P<connection>{connection}[\w-]+\.json))(?![\w-])"
    )


_COLOURS = r"(?:\x1b\[[\d;]*m)*"


def _places(root: Path) -> dict[str, str]:
    """Name the folders that code comes from, also as IPython shortens them."""
    places = {str(root): "", sys.prefix: "<environment>/", sys.base_prefix: "<python>/"}
    home = str(Path.home())
    short = {
        "~" + place.removeprefix(home): name
        for place, name in places.items()
        if place.startswith(home + os.sep)
    }
    return {place + os.sep: name for place, name in (places | short).items()}


def _places_of_code(root: Path) -> re.Pattern[str]:
    """Find a folder at the start of a line that says where code is.

    A line is read once: whatever is looked for begins where it does.
    """
    place = "|".join(map(re.escape, sorted(_places(root), key=len, reverse=True)))
    of_python = r'[^"\n]*", line \d+(?:, in |$)'
    of_ipython = rf"[^:\n]*:\d+{_COLOURS}(?:, in |$)"
    start = rf"^{_COLOURS}[ |]*File {_COLOURS}(?P<quote>\")?"
    frame = rf"{start}(?P<frame>{place})(?=(?(quote){of_python}|{of_ipython}))"
    warning = rf"^(?P<warning>{place})(?=[^:\n]*:\d+: \w*Warning: )"
    return re.compile(f"{frame}|{warning}", re.MULTILINE)


def _named(root: Path) -> Callable[[re.Match[str]], str]:
    places = _places(root)

    def name(found: re.Match[str]) -> str:
        place = found["frame"] or found["warning"]
        return found[0].removesuffix(place) + places[place]

    return name


def _in_order(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join the pieces of each stream between two other outputs, standard output first.

    A kernel sends its two streams in pieces, whose borders and mutual order are a
    matter of timing.
    """
    ordered: list[NotebookNode] = []
    streams: dict[str, list[NotebookNode]] = {}
    for output in [*outputs, None]:
        if output is not None and output.output_type == "stream":
            streams.setdefault(output.name, []).append(output)
            continue
        for _, (whole, *others) in sorted(streams.items(), reverse=True):
            whole["text"] = "".join([whole.text, *(it.text for it in others)])
            ordered.append(whole)
        streams = {}
        ordered += [output] if output is not None else []
    return ordered


def _stabilise_output(output: NotebookNode, root: Path, end: float) -> None:
    if "text" in output:
        output["text"] = stable_text(output.text, root, end)
    if "traceback" in output:
        output["evalue"] = stable_text(output.evalue, root, end)
        lines = [stable_text(line, root, end) for line in output.traceback]
        output["traceback"] = lines
    data: Mapping[str, Any] = output.get("data", {})
    for mime in ("text/plain", "text/html", "text/markdown"):
        if mime in data:
            # What a cell shows is its own text, in which a path means itself.
            within = _IN_REPR_OF_HTML if mime == "text/html" else _IN_REPR
            lines = [_without_addresses(it, within) for it in _until(end, data[mime])]
            output.data[mime] = "".join(lines)
    if "text/plain" in data:  # as the repr of code shows it
        output.data["text/plain"] = _without_own_files(output.data["text/plain"])


# As C writes a pointer: in small letters without leading zeros, or all 16 digits.
_ADDRESS = (
    r"\bat 0x(?P<address>[1-9a-f][0-9a-f]{5,15}|[0-9A-F]{16})(?=[>,;:]|&gt;| \w+=)"
)

_IN_REPR = re.compile(
    rf"(?P<opens><(?=[\w.])|&lt;(?=[\w.]))|(?P<closes>>|&gt;|\n)|{_ADDRESS}"
)

_IN_REPR_OF_HTML = re.compile(
    rf"(?P<opens>&lt;(?=[\w.]))|(?P<closes>&gt;|\n)|{_ADDRESS}"
)
"""In HTML a sign that is not escaped begins or ends a tag."""


def _without_addresses(text: str, within: re.Pattern[str] = _IN_REPR) -> str:
    """Replace the addresses that stand in default reprs: ``<… at 0x7f…>``.

    What has no end on its line is no repr.
    """
    if " at 0x" not in text:
        return text
    opened: list[list[tuple[int, int]]] = []  # with the addresses in each
    certain: list[tuple[int, int]] = []
    for found in within.finditer(text):
        if found["opens"]:
            opened.append([])
        elif found[0] == "\n":
            opened.clear()
        elif found["closes"] and opened:
            certain += opened.pop()
        elif found["address"] and opened:
            opened[-1].append(found.span("address"))
    parts, done = [], 0
    for start, end in sorted(certain):
        parts += [text[done:start], "…"]
        done = end
    return "".join([*parts, text[done:]])
