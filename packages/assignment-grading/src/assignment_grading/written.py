"""Questions that the teacher marks: the answers to read, and the marks."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat

from assignment_grading.errors import AssignmentError
from assignment_grading.files import write_atomically
from assignment_grading.handout import Key

_HEADER = ("id", "question", "points", "comment")


@dataclass(frozen=True)
class Mark:
    """A teacher's mark; `points` is None as long as there is none."""

    points: float | None
    comment: str


Marks = dict[tuple[str, str], Mark]


def read_marks(path: Path, keys: Mapping[str, Key]) -> Marks:
    """Read the teacher's marks.

    Parameters
    ----------
    path : Path
        A CSV file with ``id``, ``question``, ``points`` and ``comment``; it need not
        exist.
    keys : mapping of str to Key
        The key of each student who has one.

    Raises
    ------
    AssignmentError
        With every line that cannot be right.
    """
    if not path.is_file():
        return {}
    marks: Marks = {}
    problems = []
    try:
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"{path} is not a CSV file in UTF-8: {error}."
        raise AssignmentError(msg) from None
    for line, row in enumerate(rows, start=2):
        student, question = row.get("id") or "", row.get("question") or ""
        worth = _worth(keys.get(student), question)
        text = (row.get("points") or "").strip()
        try:
            points = float(text.replace(",", ".")) if text else None
        except ValueError:
            points = -1
        if points is not None and worth is not None and not 0 <= points <= worth:
            problems.append(f"line {line}: {text} is not from 0 to {worth:g}")
        marks[student, question] = Mark(points, (row.get("comment") or "").strip())
    if problems:
        told = "\n".join(f"  {one}" for one in problems)
        msg = f"{path} cannot be used:\n{told}\nNothing was graded."
        raise AssignmentError(msg)
    return marks


def add_lines(path: Path, marks: Marks, keys: Mapping[str, Key]) -> None:
    """Add a line for each answer that has none; what is there stays as it is."""
    new = [
        (student, written.question)
        for student, key in keys.items()
        for written in key.written
        if (student, written.question) not in marks
    ]
    if not new:
        return
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if not path.is_file():
        writer.writerow(_HEADER)
    for student, question in new:
        writer.writerow([student, question, "", ""])
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    write_atomically(path, before + out.getvalue())


def answers(path: Path, key: Key) -> dict[str, str]:
    """Take the written answers out of a notebook.

    Parameters
    ----------
    path : Path
        What a student handed in.
    key : Key
        The key of the student's variant.

    Returns
    -------
    dict of str to str
        By question; a sentence in brackets where there is no such cell.
    """
    lost = "[The cell of the answer is gone: see the notebook.]"
    try:
        notebook = nbformat.read(path, as_version=4)
        cells: Iterable[nbformat.NotebookNode] = notebook.cells
        sources = {cell.get("id"): cell.source for cell in cells}
    except Exception:
        return {
            written.question: "[See the file that was handed in.]"
            for written in key.written
        }
    return {
        written.question: sources.get(written.cell, lost) for written in key.written
    }


def _worth(key: Key | None, question: str) -> float | None:
    if key is None:
        return None
    return next((it.points for it in key.written if it.question == question), None)
