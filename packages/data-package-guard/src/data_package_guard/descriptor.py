"""The descriptor of a Data Package: reading it, and finding in it what is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

DESCRIPTOR = "datapackage.json"


class DataError(ValueError):
    """A Data Package is not as recorded; the message says where and what to do."""


@dataclass(frozen=True)
class DataPackage:
    """A Data Package in a folder.

    Attributes
    ----------
    folder : pathlib.Path
        Where its ``datapackage.json`` is.
    record_command : str
        What its users run after a meant change, as messages name it; empty for
        ``data-package-guard record FOLDER``.
    """

    folder: Path
    record_command: str = ""

    @property
    def path(self) -> Path:
        """The descriptor itself."""
        return self.folder / DESCRIPTOR

    @property
    def how_to_record(self) -> str:
        """The command for a meant change, as a message has it."""
        return f"`{self.record_command or f'data-package-guard record {self.folder}'}`"

    def descriptor(self) -> dict[str, Any]:
        """Read the descriptor as plain data.

        Raises
        ------
        DataError
            If the file is missing, is not JSON, or lists no resources with name, path
            and schema.
        """
        try:
            content = json.loads(read_text(self.path))
        except json.JSONDecodeError as error:
            problem = (
                f"is not valid JSON: line {error.lineno}, column {error.colno}: "
                f"{error.msg}"
            )
        else:
            if _lists_resources(content):
                return dict(content)
            problem = "does not list resources with name, path and schema fields"
        raise DataError(f"{self.path} {problem}. {how_to_restore(self.path)}")

    def resource(self, name: str) -> dict[str, Any]:
        """Give the entry of one resource.

        Raises
        ------
        DataError
            If there is none of this name; the message has the nearest one.
        """
        resources = {entry["name"]: entry for entry in self.descriptor()["resources"]}
        if name not in resources:
            nearest = get_close_matches(name, resources, n=1, cutoff=0)
            meant = f'; did you mean "{nearest[0]}"?' if nearest else "."
            raise DataError(
                f'{self.path} has no resource "{name}"{meant} '
                f"It has {', '.join(resources)}."
            )
        return dict(resources[name])

    def labels(self, resource: str, column: str) -> dict[str, str]:
        """Give the label of each category of a column; none if it has no categories.

        Raises
        ------
        DataError
            If there is no such resource or column.
        """
        entry = self.resource(resource)
        fields = {field["name"]: field for field in entry["schema"]["fields"]}
        if column not in fields:
            raise DataError(f"{entry['path']} has no column {column!r}.")
        return coded(fields[column].get("categories", ()))


def coded(entries: Iterable[Any]) -> dict[str, str]:
    """Read a list of codes as the standard has it: texts, or values with labels."""
    labelled = [
        entry if isinstance(entry, Mapping) else {"value": entry} for entry in entries
    ]
    return {entry["value"]: entry.get("label", "") for entry in labelled}


def read_text(path: Path) -> str:
    """Read UTF-8 without touching line ends, so that the bytes can be hashed."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text: byte {error.start}"
    raise DataError(f"{path} {problem}. {how_to_restore(path)}")


def how_to_restore(path: Path) -> str:
    """Say how a file is put back, which git can do inside its own folders."""
    if any((folder / ".git").exists() for folder in path.absolute().parents):
        return f"Restore it with `git restore {path}`."
    return "Restore it from an unchanged copy."


def _lists_resources(content: Any) -> bool:
    try:
        return all(
            isinstance(resource["name"], str)
            and isinstance(resource["path"], str)
            and all({"name", "type"} <= dict(field).keys() for field in fields)
            for resource in content["resources"]
            for fields in [resource["schema"]["fields"]]
        )
    except (KeyError, TypeError, ValueError):
        return False
