"""One CSV file of a Data Package as text, and how messages name its cells."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from data_package_guard import spreadsheets
from data_package_guard.demands import own_totals
from data_package_guard.descriptor import DataPackage
from data_package_guard.files import DataError, how_to_restore, read_text, refuse_links


@dataclass(frozen=True)
class Sheet:
    """One CSV file as text, with its entry in the descriptor: nothing typed yet."""

    package: DataPackage
    resource: Mapping[str, Any]
    path: Path
    content: bytes
    rows: tuple[tuple[str, ...], ...]

    @cached_property
    def fields(self) -> dict[str, dict[str, Any]]:
        """What the schema says of each column."""
        return {field["name"]: field for field in self.resource["schema"]["fields"]}

    @cached_property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The cells of each column."""
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.fields)
        return dict(zip(self.fields, columns, strict=True))

    def row_place(self, row: int) -> str:
        """Name a data row by its number from 1 and its key."""
        cells = dict(zip(self.fields, self.rows[row], strict=True))
        keys = self.resource["schema"].get("primaryKey", [])
        key = ", ".join(f"{name} {cells[name]}" for name in keys)
        return f"row {row + 1} ({key})" if key else f"row {row + 1}"

    def place(self, row: int, column: str) -> str:
        """Name a cell by its file, row and column."""
        return f"{self.path}, {self.row_place(row)}, column {column}"

    @cached_property
    def control_totals(self) -> tuple[tuple[Path, Mapping[str, Any]], ...]:
        """The control totals of the resource, each with the file in which it stands.

        First those of the descriptor, then those that the demands themselves hold.
        """
        described = self.resource.get("controlTotals", [])
        demanded = own_totals(self.package, self.resource["name"])
        demands = self.package.demands or self.package.path
        return (
            *((self.package.path, total) for total in described),
            *((demands, total) for total in demanded),
        )

    def changed(self, problem: str, first: str = "") -> DataError:
        """Give the error for a change, which may be meant; the message says both.

        `first` is what is to be done before a meant change can be recorded.
        """
        before = f"{first}, and then " if first else ""
        # Where every byte is as recorded, it is the descriptor that has changed.
        recorded = f"sha256:{hashlib.sha256(self.content).hexdigest()}"
        unchanged = self.resource.get("hash") == recorded
        changed = self.package.path if unchanged else self.path
        return DataError(
            f"{problem} {how_to_restore(changed)} If the change is meant, {before}"
            f"run {self.package.how_to_record}."
        )


def read_sheet(package: DataPackage, resource: Mapping[str, Any]) -> Sheet:
    """Read the file of a resource; a `DataError` if it is not the schema's table."""
    path = Path(package.folder, resource["path"])
    refuse_links(package.folder, path)
    text = read_text(path)
    names = [field["name"] for field in resource["schema"]["fields"]]
    try:
        header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    except (csv.Error, ValueError) as error:
        reason = "it is empty" if not text else str(error)
        problem = f" is not a CSV table with a header ({reason})"
    else:
        habit = spreadsheets.habit_of_file(names, header, rows)
        problem = habit or _wrong_shape(names, header, rows)
        if not problem:
            return Sheet(
                package, resource, path, text.encode(), tuple(map(tuple, rows))
            )
    raise DataError(f"{path}{problem}. {how_to_restore(path)}")


def _wrong_shape(
    names: Sequence[str], header: Sequence[str], rows: Sequence[Sequence[str]]
) -> str:
    """Say what is wrong with the columns or with the length of a row."""
    if header != names:
        missing = [f"column {name} is missing" for name in names if name not in header]
        extra = [
            f"column {name!r} is not in the schema"
            for name in header
            if name not in names
        ]
        wrong = "; ".join(missing + extra) or "the columns are out of order or repeated"
        return f": {wrong}. Expected the columns {', '.join(names)}"
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            return (
                f", row {number} has {len(row)} cells, expected {len(header)}: "
                f"{', '.join(header)}"
            )
    return ""
