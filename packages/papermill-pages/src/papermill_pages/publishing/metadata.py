"""What a book says about itself: in its citation, licences and project file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from papermill_pages.errors import PackagingError


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
    path = root / "CITATION.cff"
    needed = f"{path}: a package needs the title, abstract, version and authors from it"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
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
    except KeyError as error:
        raise PackagingError(f"{needed}, but it has no {error}.") from None
    except FileNotFoundError:
        raise PackagingError(f"{needed}, but it does not exist.") from None
    except (OSError, yaml.YAMLError, TypeError, AttributeError, ValueError) as error:
        raise PackagingError(f"{needed}, which cannot be read: {error}") from None


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
    path = root / "REUSE.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        annotations = tuple(
            (_listed(entry["path"]), _identifiers(entry["SPDX-License-Identifier"]))
            for entry in content["annotations"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackagingError(
            f"{path}: cannot tell which licence each file is under "
            f"({type(error).__name__}: {error})."
        ) from None
    return Licences(annotations)


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
