"""Data Packages, and their resources that pages name ``datapackage.json#resource``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from papermill_pages.plan import Page

DESCRIPTOR = "datapackage.json"


def data_packages(page: Page) -> list[Path]:
    """Return the descriptors of the Data Packages from which a page reads."""
    found = [
        page.root / path
        for path, _, resource in map(_parted, page.depends_on)
        if resource
    ]
    return list(dict.fromkeys([*found, *_whole_packages(page)]))


def data_files(page: Page) -> list[Path]:
    """Return the files of the resources that a page names.

    A page that depends on a descriptor itself may read all of its resources.
    """
    files = [
        file
        for path, _, resource in map(_parted, page.depends_on)
        if resource
        for file in resource_files(page.root / path, resource)
    ]
    for descriptor in _whole_packages(page):
        files += package_files(descriptor)
    return list(dict.fromkeys(files))


def package_files(descriptor: Path) -> list[Path]:
    """Return the files of all resources of a Data Package."""
    return [
        file
        for name in _entries(descriptor)
        for file in resource_files(descriptor, name)
    ]


def resource_entry(descriptor: Path, resource: str) -> dict[str, Any] | None:
    """Return what a descriptor says of a resource; None if it says nothing."""
    return _entries(descriptor).get(resource)


def resource_files(descriptor: Path, resource: str) -> list[Path]:
    """Return the files of a resource, whether they exist or not."""
    entry = resource_entry(descriptor, resource)
    if entry is None:
        return []
    paths = entry.get("path", [])  # its data may stand in the descriptor
    paths = paths if isinstance(paths, list) else [paths]
    return [descriptor.parent / path for path in paths]


def _parted(declared: str) -> tuple[str, str, str]:
    return declared.partition("#")


def _whole_packages(page: Page) -> list[Path]:
    return [
        file
        for declared in page.depends_on
        if "#" not in declared
        for file in sorted(page.root.glob(declared))
        if file.name == DESCRIPTOR
    ]


def _entries(descriptor: Path) -> dict[str, dict[str, Any]]:
    try:
        content = json.loads(descriptor.read_text(encoding="utf-8"))
        return {entry["name"]: entry for entry in content["resources"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
