"""Whose points moved since the last grading: nobody's may move unseen."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from papermill_pages.outputs import write_atomically

from assignment_grading.errors import AssignmentError
from assignment_grading.running.outcome import MISSING
from assignment_grading.tabular.csv_files import csv_text
from assignment_grading.tabular.tables import read_table

CHANGES = "changes.csv"
"""One line for each student at each grading that moved something; lines are added."""

_HEADER = ("when", "id", "tested before", "tested", "total before", "total", "what")
_SUMS = ("tested", "total")
_GONE = "no longer among the scores"

Scores = dict[str, dict[str, str]]
"""The lines of ``scores.csv`` by student."""


def read_scores(path: Path) -> Scores:
    """Read the scores of an earlier grading; there are none if there is no such file.

    Raises
    ------
    AssignmentError
        If the file is no table of scores: what moved could not be told.
    """
    if not path.is_file():
        return {}
    table = read_table(path)
    header, rows = table.header.texts, table.records()
    if not {"id", "status", *_SUMS} <= set(header):
        raise AssignmentError(
            f"{path} is no longer a table of scores: it has no columns id, status, "
            "tested and total. Put it back, or give it another name: which points move "
            "is told from it. Nothing was graded."
        )
    return {row["id"]: row for row in rows}


def record(folder: Path, before: Scores, scores: str) -> list[str]:
    """Compare two gradings, and add what moved to the table of changes in a folder.

    A point counts as moved if there was one: neither a first mark for a written answer
    nor a notebook that came later moves anything.

    Parameters
    ----------
    folder : Path
        Where the table is.
    before : dict of str to dict of str to str
        The scores of the earlier grading.
    scores : str
        What ``scores.csv`` is to hold.

    Returns
    -------
    list of str
        A sentence for each student whose points moved.
    """
    reader = csv.DictReader(io.StringIO(scores))
    columns = [it for it in reader.fieldnames or () if it not in ("id", "possible")]
    now = {row["id"]: row for row in reader}
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    rows, told = list[list[str]](), list[str]()
    for student, old in before.items():
        new = now.get(student)
        moved = [_GONE] if new is None else list(_moved(old, new, columns))
        if moved and old["status"] != MISSING:
            sums = [it.get(name, "") for name in _SUMS for it in (old, new or {})]
            rows.append([when, student, *sums, "; ".join(moved)])
            told.append(f"{student}: {', '.join(moved)}")
    if rows:
        _add_lines(folder / CHANGES, rows)
    return told


def _add_lines(path: Path, rows: list[list[str]]) -> None:
    """Add rows to the table, whatever a spreadsheet has made of what is there."""
    earlier = path.read_bytes() if path.is_file() else b""
    earlier = earlier or csv_text([_HEADER]).encode()
    if not earlier.endswith(b"\n"):
        earlier += b"\n"
    write_atomically(path, earlier + csv_text(rows).encode())


def _moved(
    old: Mapping[str, str], new: Mapping[str, str], columns: Iterable[str]
) -> Iterator[str]:
    """Say what became of the status and of each number that there was."""
    for column in columns:
        before, after = old.get(column) or "", new.get(column) or ""
        counts = column == "status" or isinstance(_value(before), float)
        if counts and _value(before) != _value(after):
            yield f"{column} {before} → {after or 'nothing'}"


def _value(text: str) -> float | str:
    """Read points, which a spreadsheet may have written with a comma."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text
