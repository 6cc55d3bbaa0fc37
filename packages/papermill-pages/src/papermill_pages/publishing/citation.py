"""What a book says about itself in its ``CITATION.cff``."""

from __future__ import annotations

from collections.abc import Mapping
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


def read_citation(root: Path) -> Citation:
    """Read ``CITATION.cff``.

    Raises
    ------
    PackagingError
        If it is missing, not readable, or lacks what a package says about itself.
    """
    path = root / "CITATION.cff"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Citation(
            title=content["title"],
            abstract=" ".join(content["abstract"].split()),
            version=str(content["version"]),
            keywords=tuple(content.get("keywords", ())),
            authors=tuple(content["authors"]),
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise PackagingError(
            f"{path}: a package needs its title, abstract, version and authors "
            f"({type(error).__name__}: {error})."
        ) from None
