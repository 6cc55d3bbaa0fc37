"""Whose a notebook is: written into it at handing out, read when it comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

KEY = "assignment_grading"
"""Where it stands in the metadata of a notebook, which editors save as they are."""

_COMMENT = f"# {KEY}: "
_LONGEST = 1000


@dataclass(frozen=True)
class Identity:
    """What a notebook says of itself."""

    assignment: str
    variant: str
    student: str  # the id as the roster has it; empty if all have the same notebook


def write(notebook: dict[str, Any], identity: Identity) -> None:
    """Say in the metadata of a notebook whose it is."""
    notebook["metadata"][KEY] = _said(identity)


def comment(identity: Identity) -> str:
    """Say it in a line of code, too: a cell may be copied without its notebook."""
    return _COMMENT + json.dumps(_said(identity), ensure_ascii=False)


def read(notebook: Any) -> Identity | None:
    """Read whose a notebook is; None if it does not say so in a form that can be right.

    The notebook may be anything that a JSON file can hold. The metadata come before a
    comment in a cell.
    """
    in_metadata = _entry(_entry(notebook, "metadata"), KEY)
    for said in (in_metadata, *_comments(notebook)):
        values = {name: _entry(said, name) for name in Identity.__annotations__}
        values = {name: "" if it is None else it for name, it in values.items()}
        if values["assignment"] and all(isinstance(it, str) for it in values.values()):
            return Identity(**values)
    return None


def _said(identity: Identity) -> dict[str, str]:
    return {name: value for name, value in asdict(identity).items() if value}


def _comments(notebook: Any) -> Iterator[Any]:
    cells = _entry(notebook, "cells")
    for cell in cells if isinstance(cells, list) else ():
        source = _entry(cell, "source")
        lines = source.split("\n") if isinstance(source, str) else source
        for line in lines if isinstance(lines, list) else ():
            if isinstance(line, str) and line.startswith(_COMMENT):
                try:
                    yield json.loads(line[len(_COMMENT) :][:_LONGEST])
                except (ValueError, RecursionError):
                    continue


def _entry(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None
