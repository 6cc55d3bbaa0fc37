"""The resources of Data Packages that pages name as ``datapackage.json#resource``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from papermill_pages.plan import Page


def data_files(page: Page) -> list[Path]:
    """Return the files of the Data Packages that a page names, descriptors first."""
    descriptors: dict[Path, None] = {}
    files: dict[Path, None] = {}
    for declared in page.depends_on:
        path, _, resource = declared.partition("#")
        entry = resource_entry(page.root / path, resource) if resource else None
        if entry is not None:
            descriptors[page.root / path] = None
            files |= dict.fromkeys(resource_files(page.root / path, entry))
    return [*descriptors, *files]


def resource_entry(descriptor: Path, resource: str) -> dict[str, Any] | None:
    """Return what a descriptor says of a resource; None if it says nothing."""
    try:
        content = json.loads(descriptor.read_text(encoding="utf-8"))
        entries = {entry["name"]: entry for entry in content["resources"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return entries.get(resource)


def resource_files(descriptor: Path, entry: dict[str, Any]) -> list[Path]:
    """Return the files of a resource."""
    paths = entry["path"] if isinstance(entry["path"], list) else [entry["path"]]
    return [descriptor.parent / path for path in paths]
