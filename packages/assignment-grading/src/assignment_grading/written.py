"""Questions that the teacher marks: the answers to read, and the marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from papermill_pages.outputs import write_atomically

from assignment_grading.csv_files import csv_text, read_table
from assignment_grading.errors import AssignmentError
from assignment_grading.handout import Key

_HEADER = ("id", "question", "points", "comment")


@dataclass(frozen=True)
class Mark:
    """A teacher's mark; `points` is None as long as there is none."""

    points: float | None
    comment: str
    criteria: tuple[float | None, ...] = ()  # points of each criterion of the rubric


Marks = dict[tuple[str, str], Mark]


def read_marks(path: Path, keys: Mapping[str, Key]) -> Marks:
    """Read the teacher's marks from a CSV file, which need not exist.

    It has ``id``, ``question``, ``points`` and ``comment``. The `keys` are those of the
    students who have one.

    Raises
    ------
    AssignmentError
        With every line that cannot be right.
    """
    if not path.is_file():
        return {}
    worths = {
        (student, written.question): written.points
        for student, key in keys.items()
        for written in key.written
    }
    marks: Marks = {}
    problems = []
    _, rows = read_table(path)
    for line, row in enumerate(rows, start=2):
        student, question, text, comment = (row.get(name, "") for name in _HEADER)
        worth = worths.get((student, question))
        try:
            points = float(text.replace(",", ".")) if text else None
        except ValueError:
            points = -1
        if points is not None and worth is not None and not 0 <= points <= worth:
            problems.append(f"line {line}: {text} is not from 0 to {worth:g}")
        marks[student, question] = Mark(points, comment)
    if problems:
        head, end = f"{path} cannot be used:", "Nothing was graded."
        raise AssignmentError.listing(head, problems, end)
    return marks


def add_lines(path: Path, marks: Marks, keys: Mapping[str, Key]) -> None:
    """Add a line for each answer that has none; what is there stays as it is."""
    new = [
        (student, written.question, "", "")
        for student, key in keys.items()
        for written in key.written
        if (student, written.question) not in marks
    ]
    if not new:
        return
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    before = before or csv_text([_HEADER])
    if not before.endswith("\n"):
        before += "\n"
    write_atomically(path, before + csv_text(new))


def answers(path: Path, key: Key) -> dict[str, str]:
    """Take the written answers, by question, out of what a student handed in.

    Where there is no such cell, a sentence in brackets says so.
    """
    lost = "[The cell of the answer is gone: see the notebook.]"
    try:
        cells = nbformat.read(path, as_version=4).cells
        sources = {cell.get("id"): cell.source for cell in cells}
    except Exception:
        sources, lost = {}, "[See the file that was handed in.]"
    return {one.question: sources.get(one.cell, lost) for one in key.written}
