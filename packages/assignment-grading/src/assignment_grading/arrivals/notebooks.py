"""What a file holds: a notebook in the one form that grading reads, or why it is none.

Students save notebooks with Jupyter, VS Code, Colab and text editors, in several
versions of the `format
<https://nbformat.readthedocs.io/en/latest/format_description.html>`__ and in several
encodings. Whatever a file holds, `read_notebook` returns a valid notebook of version
4.5 or raises one error with a sentence. Outputs are left out: grading makes its own,
and they are what makes files large.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from assignment_grading import insides

LARGEST = 32 * 2**20
"""Bytes of the largest file that is read."""

MOST_CELLS = 5_000
_DEEPEST = 100  # nested lists and objects; the deepest charts have about 30
_LONGEST_NAME = 200

_METADATA = {
    "assignment_grading": ("assignment", "variant", "student"),
    "kernelspec": ("name", "display_name"),
    "language_info": ("name",),
    "otter": ("assignment_name",),
}
_CELL_METADATA = {"deletable": bool, "editable": bool}
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_COMMENT = re.compile(
    r"^# assignment_grading: (?P<said>\{.{1,1000}\})\s*$", re.MULTILINE
)
_OWN_FILE = re.compile(r"""otter\.Notebook\(\s*(["'])(?P<file>[^"'\n]{1,300})\1""")


class NotANotebookError(Exception):
    """What is wrong with a file, as the end of the sentence “The file …”."""


@dataclass(frozen=True)
class Notebook:
    """A notebook, and what it says of itself."""

    text: str  # in version 4.5 of the format, without outputs
    assignment: str  # name of the assignment, then that of the variant; may be empty
    students: tuple[
        str, ...
    ]  # the ids to whom it says that it was given, in each place
    file: str  # the name under which it was handed out; may be empty


def read_notebook(content: bytes) -> Notebook:
    """Read what a file holds.

    Raises
    ------
    NotANotebookError
        If it is no notebook, or one that cannot be read safely.
    """
    try:
        data = _parsed(content)
        metadata, cells = _metadata(data), _cells(data)
        own = [metadata.get("assignment_grading", {}), *_comments(cells)]
        _restore(metadata, own)
        notebook = {
            "cells": cells,
            "metadata": metadata,
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        _check_depth(notebook)
        text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        text.encode("utf-8")
    except UnicodeEncodeError:
        msg = "holds half a character (a lone surrogate), which no file can hold"
        raise NotANotebookError(msg) from None
    except (RecursionError, MemoryError):
        msg = "is nested too deeply to be a notebook"
        raise NotANotebookError(msg) from None
    assignments = [_name(said.get("assignment")) for said in own]
    assignments.append(_name(insides.assignment_name(notebook)))
    students = [_name(said.get("student")) for said in own]
    return Notebook(
        text,
        next(filter(None, assignments), ""),
        tuple(dict.fromkeys(filter(None, students))),
        _own_file(cells),
    )


def looks_like_one(content: bytes) -> bool:
    """Tell whether a file of any name may be a notebook."""
    start = content[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    return start.startswith(b"{") and b"cells" in content.replace(b"\x00", b"")


def _parsed(content: bytes) -> dict[str, Any]:
    if not content.strip():
        raise NotANotebookError("is empty")
    if len(content) > LARGEST:
        raise NotANotebookError(f"is larger than {LARGEST // 2**20} MiB")
    if content.startswith(b"PK\x03\x04"):
        raise NotANotebookError("is a zip file under another name")
    try:
        # JSON is in UTF-8, -16 or -32, with a byte-order mark or without.
        text = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError:
        msg = "is not text in UTF-8, as a notebook is"
        raise NotANotebookError(msg) from None
    try:
        # JSON has no NaN; some programs write it all the same.
        data = json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        start = text.lstrip()[:1]
        where = f" (line {error.lineno}: {error.msg})" if start == "{" else ""
        raise NotANotebookError(f"is no notebook: it is not JSON{where}") from None
    except ValueError:
        msg = "holds a number of too many digits"
        raise NotANotebookError(msg) from None
    if not isinstance(data, dict):
        raise NotANotebookError("is JSON, but no notebook")
    return data


def _metadata(data: dict[str, Any]) -> dict[str, Any]:
    """Keep what grading uses, if it is a text of a size that such texts have."""
    given = data.get("metadata")
    if not isinstance(given, dict):
        return {}
    kept = {}
    for name, keys in _METADATA.items():
        own = given.get(name)
        if isinstance(own, dict):
            texts = {key: _name(own.get(key)) for key in keys}
            kept[name] = {key: text for key, text in texts.items() if text}
    for name in ("kernelspec", "language_info"):
        if kept.get(name, {}).keys() != set(_METADATA[name]):
            kept.pop(name, None)  # the format asks for all of them
    return kept


def _cells(data: dict[str, Any]) -> list[dict[str, Any]]:
    version = data.get("nbformat")
    if isinstance(version, bool) or version not in (2, 3, 4):
        if not isinstance(version, int) or isinstance(version, bool):
            msg = "is JSON, but no notebook: it names no version of the format"
            raise NotANotebookError(msg)
        msg = f"has version {version} of the notebook format; save it in version 4"
        raise NotANotebookError(msg)
    given = data.get("cells") if version == 4 else _of_worksheets(data)
    if not isinstance(given, list):
        raise NotANotebookError("is JSON, but no notebook: it has no list of cells")
    if len(given) > MOST_CELLS:
        raise NotANotebookError(f"has more than {MOST_CELLS} cells")
    taken = set[str]()
    return [_cell(cell, place, taken) for place, cell in enumerate(given, start=1)]


def _of_worksheets(data: dict[str, Any]) -> list[Any] | None:
    """Collect the cells of a notebook of the years before 2015."""
    sheets = data.get("worksheets")
    if not isinstance(sheets, list):
        return None
    cells = list[Any]()
    for sheet in sheets:
        inside = sheet.get("cells") if isinstance(sheet, dict) else None
        if not isinstance(inside, list):
            return None
        cells += inside
    return cells


def _cell(cell: Any, place: int, taken: set[str]) -> dict[str, Any]:
    kind = cell.get("cell_type") if isinstance(cell, dict) else None
    if kind not in ("code", "markdown", "raw", "heading", "html"):
        raise NotANotebookError(f"has a cell of no known kind, number {place}")
    source = _source(cell.get("source", cell.get("input", "")), place)
    if kind == "heading":
        level = cell.get("level")
        depth = level if isinstance(level, int) and 1 <= level <= 6 else 1
        kind, source = "markdown", f"{'#' * depth} {source}"
    elif kind == "html":
        kind = "markdown"
    given = cell.get("metadata")
    given = given if isinstance(given, dict) else {}
    metadata: dict[str, Any] = {
        name: given[name]
        for name, form in _CELL_METADATA.items()
        if isinstance(given.get(name), form)
    }
    if isinstance(given.get("tags"), list):
        tags = [tag for tag in given["tags"] if isinstance(tag, str) and tag]
        metadata["tags"] = list(dict.fromkeys(tags))
    normal: dict[str, Any] = {
        "cell_type": kind,
        "id": _id(cell.get("id"), place, taken),
        "metadata": metadata,
        "source": source,
    }
    if kind == "code":
        normal |= {"execution_count": None, "outputs": []}
    return normal


def _source(given: Any, place: int) -> str:
    lines = [given] if isinstance(given, str) else given
    if not isinstance(lines, list) or not all(isinstance(it, str) for it in lines):
        raise NotANotebookError(f"has a cell without text, number {place}")
    source = "".join(lines)
    if "\x00" in source:
        raise NotANotebookError(f"holds a NUL character in its cell {place}")
    return source


def _id(given: Any, place: int, taken: set[str]) -> str:
    """Keep a cell's id, or make one that no handed-out cell has.

    Versions before 4.5 of the format have none, and some editors copy a cell with it.
    """
    name = given if isinstance(given, str) and _CELL_ID.fullmatch(given) else ""
    if not name or name in taken:
        name = f"cell-{place}"
        while name in taken:
            name += "-"
    taken.add(name)
    return name


def _restore(metadata: dict[str, Any], own: Iterable[dict[str, Any]]) -> None:
    """Put back the name by which otter knows the variant, if an editor dropped it."""
    otter = metadata.setdefault("otter", {})
    for said in own:
        names = _name(said.get("assignment")), _name(said.get("variant"))
        if all(names):
            otter.setdefault("assignment_name", " ".join(names))


def _comments(cells: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Read what cells say of whose they are: they are copied without their notebook."""
    for cell in cells:
        for found in _COMMENT.finditer(cell["source"]):
            with suppress(ValueError, RecursionError):
                said = json.loads(found["said"])
                if isinstance(said, dict):
                    yield said


def _own_file(cells: Iterable[dict[str, Any]]) -> str:
    for cell in cells:
        if cell["cell_type"] == "code":
            found = _OWN_FILE.search(cell["source"])
            if found:
                return _name(found["file"])
    return ""


def _name(given: Any) -> str:
    """Return a name that a file says, or nothing if it cannot be one."""
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) < 10**18:
        given = str(given)
    if not isinstance(given, str) or not 0 < len(given.strip()) <= _LONGEST_NAME:
        return ""
    name = unicodedata.normalize("NFC", given.strip())
    return name if name.isprintable() else ""


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise NotANotebookError("is nested too deeply to be a notebook")


def _inside(data: Any) -> Iterator[Any]:
    if isinstance(data, dict):
        yield from data.values()
    elif isinstance(data, list):
        yield from data
