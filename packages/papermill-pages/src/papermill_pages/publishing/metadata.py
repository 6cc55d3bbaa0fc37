"""What a book says about itself: in its citation, licences and project file."""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from papermill_pages.errors import PackagingError

_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_OBJECTS = {"type": "array", "items": {"type": "object"}}
_CITATION = {
    "type": "object",
    "required": ["title", "abstract", "version", "authors"],
    "properties": {
        **dict.fromkeys(("title", "abstract", "doi", "repository-code"), _TEXT),
        "version": {"type": ["string", "number"]},
        "keywords": {"type": "array", "items": {"type": "string"}},
        "authors": {**_OBJECTS, "minItems": 1},
        "license": _TEXTS,
        "references": _OBJECTS,
    },
}
_ANNOTATION = {
    "type": "object",
    "required": ["path", "SPDX-License-Identifier"],
    "properties": {"path": _TEXTS, "SPDX-License-Identifier": _TEXTS},
}
_LICENCES = {
    "type": "object",
    "required": ["annotations"],
    "properties": {"annotations": {"type": "array", "items": _ANNOTATION}},
}


@dataclass(frozen=True)
class Citation:
    """What ``CITATION.cff`` says about a book."""

    title: str
    abstract: str
    version: str
    keywords: tuple[str, ...]
    # Persons and entities, with the keys of the Citation File Format.
    authors: tuple[Mapping[str, Any], ...]
    licences: tuple[str, ...] = ()  # SPDX identifiers
    doi: str = ""
    repository: str = ""  # the address of its source
    references: tuple[Mapping[str, Any], ...] = ()  # with the same keys


def read_citation(root: Path) -> Citation:
    """Read ``CITATION.cff``.

    Raises
    ------
    PackagingError
        If it is missing, not readable, or lacks what a package says about itself.
    """
    needed = "A package needs the title, abstract, version and authors from it."
    content = _read(root / "CITATION.cff", yaml.safe_load, _CITATION, needed)
    return Citation(
        title=content["title"],
        abstract=" ".join(content["abstract"].split()),
        version=str(content["version"]),
        keywords=tuple(content.get("keywords", ())),
        authors=tuple(content["authors"]),
        licences=_listed(content.get("license", ())),
        doi=content.get("doi", ""),
        repository=content.get("repository-code", ""),
        references=tuple(content.get("references", ())),
    )


def read_project(root: Path) -> dict[str, Any]:
    """Read the table ``project`` of ``pyproject.toml``; empty if there is none.

    Raises
    ------
    PackagingError
        If the file is not readable.
    """
    path = root / "pyproject.toml"
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        project: dict[str, Any] = tomllib.loads(text).get("project", {})
    except (OSError, ValueError) as error:
        raise PackagingError(f"{path}: {error}") from None
    return project


def name_of(author: Mapping[str, Any]) -> str:
    """Return the name of a person or of an entity as it is spoken."""
    parts = ("given-names", "name-particle", "family-names", "name-suffix")
    spoken = " ".join(str(author[part]) for part in parts if author.get(part))
    return str(author.get("name") or spoken)


@dataclass(frozen=True)
class Licences:
    """The annotations of a ``REUSE.toml``, https://reuse.software/spec-3.3/."""

    # Path patterns, and the SPDX identifiers of the files that match one of them.
    annotations: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()

    def of(self, path: str) -> tuple[str, ...]:
        """Return the SPDX identifiers of a file; of several patterns the last counts.

        Its path is from the book's root, with slashes.
        """
        for patterns, licences in reversed(self.annotations):
            if any(_matches(path, pattern) for pattern in patterns):
                return licences
        return ()

    @property
    def all(self) -> tuple[str, ...]:
        """All SPDX identifiers, in the order in which they are first named."""
        named = (licence for _, licences in self.annotations for licence in licences)
        return tuple(dict.fromkeys(named))


def read_licences(root: Path) -> Licences:
    """Read ``REUSE.toml``.

    Raises
    ------
    PackagingError
        If it is missing or not readable.
    """
    needed = "A package tells from it which licence each file is under."
    content = _read(root / "REUSE.toml", tomllib.loads, _LICENCES, needed)
    annotations = tuple(
        (_listed(entry["path"]), _identifiers(entry["SPDX-License-Identifier"]))
        for entry in content["annotations"]
    )
    return Licences(annotations)


def _read(
    path: Path, parse: Callable[[str], Any], schema: Mapping[str, Any], needed: str
) -> dict[str, Any]:
    """Read a file that has at least the keys of a schema, with their types."""
    try:
        content = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PackagingError(f"{path} does not exist. {needed}") from None
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise PackagingError(f"{path} cannot be read: {error}\n{needed}") from None
    wrong = best_match(Draft202012Validator(schema).iter_errors(content))
    if wrong:
        place = "".join(f"{key!r}: " for key in wrong.absolute_path)
        told = textwrap.shorten(wrong.message, 200, placeholder=" …")
        raise PackagingError(f"{path}: {place}{told}. {needed}")
    read: dict[str, Any] = content
    return read


def _listed(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _identifiers(value: str | Iterable[str]) -> tuple[str, ...]:
    """Return the licences that an SPDX expression or a list of them names."""
    words = re.split(r"\s+(?:AND|OR)\s+|[()\s]+", " ".join(_listed(value)))
    return tuple(dict.fromkeys(filter(None, words)))


def _matches(path: str, pattern: str) -> bool:
    """Match as REUSE does: ``*`` stays inside a folder, ``**`` does not."""
    parts = re.split(r"(\*\*|\*)", pattern)
    wild = {"**": ".*", "*": "[^/]*"}
    regular = "".join(wild.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(regular, path) is not None
