"""The students of a class, from a CSV file, and the names of their files."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from urllib.parse import quote

from assignment_grading.csv_files import read_table
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
    header, rows = read_table(path)
    if COLUMN not in header:
        columns = ", ".join(repr(name) for name in header) or "nothing"
        raise AssignmentError(
            f"{path}: the first line must name a column 'id'; it holds {columns}. "
            "Write the columns' names in the first line, divided by commas."
        )
    problems = list[str]()
    lines: dict[str, int] = {}
    students = list[str]()
    for line, row in enumerate(rows, start=2):
        if not any(row.values()):
            continue
        student = unicodedata.normalize("NFC", row[COLUMN])
        problem = _problem(student, lines)
        if problem:
            problems.append(f"line {line}: {problem}")
        else:
            lines[student.casefold()] = line
            students.append(student)
    if not students and not problems:
        problems.append("there is no student in it")
    if problems:
        head, end = f"{path} cannot be used:", "Nothing was written."
        raise AssignmentError.listing(head, problems, end)
    return students


def file_name(student: str) -> str:
    """Turn a student's id into a name that every file system takes.

    Letters and digits of all scripts stay as they are, in their composed form, as do
    ``-``, ``_``, ``@``, ``+`` and a full stop inside; every other character is written
    as in a web address, so that two ids never have one name.

    Examples
    --------
    >>> file_name("a/b"), file_name("Łucja Müller"), file_name("..")
    ('a%2Fb', 'Łucja%20Müller', '%2E%2E')
    """
    normal = unicodedata.normalize("NFC", student)
    name = "".join(
        letter if letter.isalnum() or letter in "-_@+." else quote(letter, safe="")
        for letter in normal
    )
    start = len(name) - len(name.lstrip("."))
    end = len(name.rstrip("."))
    return "%2E" * start + name[start:end] + "%2E" * (len(name) - max(end, start))


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
