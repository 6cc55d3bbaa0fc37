"""A copy of the example that a test may damage."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_package_guard import DataPackage, checked_sheet, record

EXAMPLE = Path(__file__).parents[1] / "example"
RESOURCES = ["streets", "trees"]


@dataclass(frozen=True)
class Copy:
    """The example in a folder of its own."""

    folder: Path

    @classmethod
    def to(cls, folder: Path) -> Copy:
        return cls(Path(shutil.copytree(EXAMPLE, folder)))

    @property
    def package(self) -> DataPackage:
        return DataPackage(self.folder)

    def file(self, resource: str) -> Path:
        return self.folder / f"{resource}.csv"

    def rows(self, resource: str) -> list[list[str]]:
        """All rows of a file, its header first."""
        text = self.file(resource).read_text("utf-8")
        return list(csv.reader(io.StringIO(text, newline="")))

    def write(self, resource: str, rows: list[list[str]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        self.file(resource).write_text(text.getvalue(), "utf-8", newline="")

    def set_cell(self, resource: str, row: int, column: str, cell: str) -> None:
        """Change one cell of a data row, which are counted from 1."""
        rows = self.rows(resource)
        rows[row][rows[0].index(column)] = cell
        self.write(resource, rows)

    def check(self, resource: str) -> None:
        checked_sheet(self.package, resource)

    def record(self) -> None:
        record(self.package)

    def entry(self, resource: str) -> dict[str, Any]:
        return self.package.resource(resource)

    def edit(self, resource: str, **changes: Any) -> None:
        """Change the entry of a resource in the descriptor."""
        path = self.folder / "datapackage.json"
        descriptor = json.loads(path.read_text("utf-8"))
        for entry in descriptor["resources"]:
            if entry["name"] == resource:
                entry.update(changes)
        path.write_text(json.dumps(descriptor), "utf-8")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, check=True)

    def commit(self) -> None:
        """Commit the files as they are now, in a repository of their own."""
        self.git("init", "--quiet")
        self.git("add", ".")
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        self.git(*who, "commit", "--quiet", "--message=.")

    def one_digit_changes(
        self, resource: str, columns: Collection[str] | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """Change every digit of every cell in turn, in the file itself.

        Only of some columns if they are given. Yields the number of the data row, the
        column and the cell before the change; the file is put right afterwards.
        """
        original = self.file(resource).read_bytes()
        header, *rows = self.rows(resource)
        for number, row in enumerate(rows, start=1):
            for column, cell in zip(header, list(row), strict=True):
                if columns is not None and column not in columns:
                    continue
                for at, digit in enumerate(cell):
                    if digit.isdigit():
                        other = str((int(digit) + 1 + (number + at) % 9) % 10)
                        changed = cell[:at] + other + cell[at + 1 :]
                        self.set_cell(resource, number, column, changed)
                        yield number, column, cell
                        self.file(resource).write_bytes(original)
