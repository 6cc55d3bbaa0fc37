"""The descriptor of a Data Package: reading it, and finding in it what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from data_package_guard import plain_json, shape
from data_package_guard.files import DataError, how_to_restore, read_text, refuse_links
from data_package_guard.plain_json import JSONProblem

DESCRIPTOR = "datapackage.json"


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
    demands : pathlib.Path or None
        A JSON file, kept apart from the package, of what the descriptor must say
        whatever happens to it: resources, columns, codes, control totals. None if
        nothing is demanded.
    """

    folder: Path
    record_command: str = ""
    demands: Path | None = None

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
            If the file is missing, is not JSON that can be read in one way only, or is
            not of the shape that a descriptor has.
        """
        return deepcopy(self._descriptor())

    def demanded(self) -> Mapping[str, Mapping[str, Any]]:
        """Read what is demanded of each resource, by its name, not to be changed.

        Raises
        ------
        DataError
            As `descriptor`, of the file of the demands.
        """
        if self.demands is None:
            return {}
        entries = _read(self.demands, _parse_demands).get("resources", [])
        return {entry["name"]: entry for entry in entries}

    def resource(self, name: str) -> dict[str, Any]:
        """Give the entry of one resource.

        Raises
        ------
        DataError
            If there is none of this name; the message has the nearest one.
        """
        resources = {entry["name"]: entry for entry in self._descriptor()["resources"]}
        if name in resources:
            return deepcopy(resources[name])
        if name in self.demanded():
            raise DataError(
                f'{self.path} has no resource "{name}", which {self.demands} demands. '
                f"{how_to_restore(self.path)}"
            )
        # Where only the end was left out, letters alone might lead to another name.
        longer = [known for known in resources if known.startswith(name)]
        nearest = longer or get_close_matches(name, resources, n=1, cutoff=0)
        meant = f'; did you mean "{nearest[0]}"?' if nearest else "."
        raise DataError(
            f'{self.path} has no resource "{name}"{meant} '
            f"It has {', '.join(resources)}."
        )

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

    def _descriptor(self) -> dict[str, Any]:
        """Read the descriptor; what has the same text is the same object."""
        refuse_links(self.folder, self.path)
        return _read(self.path, _parse_descriptor)


def coded(entries: Iterable[Any]) -> dict[str, str]:
    """Read a list of codes as the standard has it: texts, or values with labels."""
    labelled = [
        entry if isinstance(entry, Mapping) else {"value": entry} for entry in entries
    ]
    return {entry["value"]: entry.get("label", "") for entry in labelled}


def _read(path: Path, parse: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    try:
        return parse(read_text(path))
    except JSONProblem as error:
        where = f"{path}, {error.place}:" if error.place else f"{path}"
        msg = f"{where} {error.problem}. {how_to_restore(path)}"
        raise DataError(msg) from None


# Each reading of a table reads them anew, and nearly always they are the same.
@lru_cache(maxsize=4)
def _parse_descriptor(text: str) -> dict[str, Any]:
    content = plain_json.parse(text)
    for problem in shape.problems(content, shape.DESCRIPTOR_SHAPE):
        raise JSONProblem(*problem)
    for problem in shape.contradictions(content):
        raise JSONProblem(*problem)
    return dict(content)


@lru_cache(maxsize=4)
def _parse_demands(text: str) -> dict[str, Any]:
    content = plain_json.parse(text)
    for problem in shape.problems(content, shape.DEMANDS_SHAPE):
        raise JSONProblem(*problem)
    return dict(content)
