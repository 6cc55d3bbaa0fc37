"""The students of a class, from a CSV file."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from assignment_grading.errors import AssignmentError

COLUMN = "id"
_LONGEST = 100


def read_roster(path: Path) -> list[str]:
    """Read the ids of the students.

    Parameters
    ----------
    path : Path
        A CSV file in UTF-8 with a header; its column ``id`` counts, others are ignored.

    Returns
    -------
    list of str
        The ids in the order of the file, composed (NFC) and without space around them.

    Raises
    ------
    AssignmentError
        With all that is wrong in the file: no such file, not text, no column ``id``, no
        student, an id that is empty, too long or holds a control character, and ids
        that are the same but for capital letters, since their files would be one on
        some systems.
    """
    rows = _rows(path)
    header = [name.strip() for name in rows[0]] if rows else []
    if COLUMN not in header:
        found = ", ".join(repr(name) for name in header) or "nothing"
        msg = (
            f"{path}: the first line must name a column 'id'; it holds {found}. Write "
            "the columns' names in the first line, divided by commas."
        )
        raise AssignmentError(msg)
    place = header.index(COLUMN)
    students, problems = list[str](), list[str]()
    lines: dict[str, int] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        text = row[place] if len(row) > place else ""
        student = unicodedata.normalize("NFC", text.strip())
        problem = _problem(student, lines)
        if problem:
            problems.append(f"line {line}: {problem}")
        else:
            lines[student.casefold()] = line
            students.append(student)
    if not students and not problems:
        problems.append("there is no student in it")
    if problems:
        msg = f"{path} cannot be used:\n" + "\n".join(f"  {one}" for one in problems)
        raise AssignmentError(f"{msg}\nNothing was written.")
    return students


def _rows(path: Path) -> Sequence[list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        msg = (
            f"{path} is not text in UTF-8 (byte {error.start} is not). If it is from "
            "a spreadsheet, save it again as “CSV UTF-8”."
        )
        raise AssignmentError(msg) from None
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}."
        raise AssignmentError(msg) from None
    try:
        return list(csv.reader(text.splitlines(keepends=True), strict=True))
    except csv.Error as error:
        msg = f"{path} is not a CSV file: {error}."
        raise AssignmentError(msg) from None


def _problem(student: str, lines: dict[str, int]) -> str:
    if not student:
        return "the id is empty"
    if len(student.encode()) > _LONGEST:
        return f"the id {student[:20]!r}… is longer than {_LONGEST} bytes"
    if any(unicodedata.category(letter).startswith("C") for letter in student):
        return f"the id {student!r} holds a character that cannot be printed"
    earlier = lines.get(student.casefold())
    if earlier:
        return f"the id {student!r} is in line {earlier} already"
    return ""
