"""Copies of data/ that tests may damage, and the rows of their files."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

ORIGINAL = Path(__file__).parents[3] / "data"


def copy_of_data(folder: Path) -> Path:
    """Give a copy of data/ in a folder."""
    return Path(shutil.copytree(ORIGINAL, folder / "data"))


def read_rows(path: Path) -> list[list[str]]:
    """Read the cells of a file, its header too."""
    return list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))


def write_rows(path: Path, rows: list[list[str]]) -> None:
    """Write the cells of a file as data/ has them."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), "utf-8", newline="")
