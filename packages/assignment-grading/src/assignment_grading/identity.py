"""Whose a notebook is: written into it at handing out, read when it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

KEY = "assignment_grading"
"""Where it stands in the metadata of a notebook, which editors save as they are."""


@dataclass(frozen=True)
class Identity:
    """What a notebook says of itself."""

    assignment: str
    variant: str
    student: str  # the id as the roster has it; empty if all have the same notebook


def write(notebook: dict[str, Any], identity: Identity) -> None:
    """Say in a notebook whose it is."""
    said = {name: value for name, value in asdict(identity).items() if value}
    notebook["metadata"][KEY] = said


def read(notebook: Any) -> Identity | None:
    """Read whose a notebook is; None if it does not say so in a form that can be right.

    The notebook may be anything that a JSON file can hold.
    """
    said = notebook
    for name in ("metadata", KEY):
        said = said.get(name) if isinstance(said, Mapping) else None
    if not isinstance(said, Mapping):
        return None
    values = [said.get(name, "") for name in ("assignment", "variant", "student")]
    if not all(isinstance(value, str) for value in values) or not values[0]:
        return None
    return Identity(*values)
