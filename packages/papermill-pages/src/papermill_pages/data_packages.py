"""Data Packages, and their resources that pages name ``datapackage.json#resource``."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from papermill_pages.pages import Run

DESCRIPTOR = "datapackage.json"


def descriptors(run: Run) -> list[Path]:
    """Return the descriptors of the Data Packages from which a run reads."""
    named = [descriptor for descriptor, _ in _named_resources(run)]
    return list(dict.fromkeys([*named, *_whole_data_packages(run)]))


def data_files(run: Run) -> list[Path]:
    """Return the files of the resources that a run names.

    A run that depends on a descriptor itself may read all of its resources.
    """
    files = [file for named in _named_resources(run) for file in resource_files(*named)]
    for descriptor in _whole_data_packages(run):
        files += all_files(descriptor)
    return list(dict.fromkeys(files))


def all_files(descriptor: Path) -> list[Path]:
    """Return the files of all resources of a Data Package."""
    return [
        file
        for name in _resources(descriptor)
        for file in resource_files(descriptor, name)
    ]


def resource_entry(descriptor: Path, resource: str) -> dict[str, Any] | None:
    """Return what a descriptor says of a resource; None if it says nothing."""
    return _resources(descriptor).get(resource)


def fault_of(descriptor: Path, resource: str) -> str:
    """Say why a descriptor says nothing of a resource."""
    try:
        names = _parsed(descriptor.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "does not exist"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except (ValueError, KeyError, TypeError) as error:
        why = f" ({error})" if isinstance(error, ValueError) else ""
        return f"is not a Data Package in JSON whose resources have names{why}"
    others = ", ".join(map(repr, names)) or "none"
    return f"has no resource {resource!r}; it has {others}"


def resource_files(descriptor: Path, resource: str) -> list[Path]:
    """Return the files of a resource, whether they exist or not."""
    entry = resource_entry(descriptor, resource)
    if entry is None:
        return []
    paths = entry.get("path", [])  # its data may stand in the descriptor
    paths = paths if isinstance(paths, list) else [paths]
    return [descriptor.parent / path for path in paths]


def _named_resources(run: Run) -> list[tuple[Path, str]]:
    named = (declared.partition("#") for declared in run.depends_on)
    return [(run.root / path, resource) for path, _, resource in named if resource]


def _whole_data_packages(run: Run) -> list[Path]:
    return [
        file
        for declared in run.depends_on
        # Other patterns would have every file of a folder looked at.
        if "#" not in declared and fnmatchcase(DESCRIPTOR, PurePosixPath(declared).name)
        for file in sorted(run.root.glob(declared))
        if file.name == DESCRIPTOR
    ]


def _resources(descriptor: Path) -> dict[str, dict[str, Any]]:
    try:
        return _parsed(descriptor.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return {}


@lru_cache(maxsize=16)  # for each run asks several times
def _parsed(text: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in json.loads(text)["resources"]}
