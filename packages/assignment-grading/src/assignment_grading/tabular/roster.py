"""The students of a class, from the file that a teacher has, and their files' names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from assignment_grading.errors import AssignmentError
from assignment_grading.tabular.csv_files import SAVE_AS, UNKNOWN
from assignment_grading.tabular.grid import Cell, Row, Table, normal, shown
from assignment_grading.tabular.tables import read_table

ID_COLUMNS = (
    "id",
    "Student ID",
    "SID",
    "Student number",
    "Student no",
    "Matriculation number",
    "Matrikelnummer",
    "Matrikelnr",
    "Matr.-Nr.",
    "SIS User ID",
    "SIS ID",
    "OrgDefinedId",
    "ID number",
    "ID-Nummer",
    "SIS Login ID",
    "Username",
    "Benutzername",
    "User ID",
    "Login ID",
    "Login",
)
"""Columns that hold ids; of several in a file, the first in this list counts."""

NAME_COLUMNS = (
    "Full name",
    "Student name",
    "Display name",
    "Name",
    "Student",
    "Name, Vorname",
    "Last name, First name",
)
FIRST_NAMES = ("First name", "Given name", "Firstname", "Forename", "Vorname")
LAST_NAMES = ("Last name", "Surname", "Family name", "Nachname", "Familienname")

_LONGEST = 100
_LONGEST_NAME = 200
# What English and German Excel make of “3-12”.
_MONTHS = "jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez"
_DATE = re.compile(
    r"\d{1,2}([./-])\d{1,2}\1(\d{2}|\d{4})|\d{4}-\d{2}-\d{2}( 00:00(:00)?)?"
    rf"|\d{{1,2}}[-. ]{{1,2}}({_MONTHS})[a-zä]*\.?([-. ]{{1,2}}\d+)?"
    rf"|({_MONTHS})[a-zä]*\.?[-. ]{{1,2}}\d+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Student:
    """A student of the class."""

    id: str
    name: str = ""


def read_roster(
    path: Path, report: Callable[[str], None] = lambda _: None
) -> list[Student]:
    """Read the ids and names of the students.

    Parameters
    ----------
    path : Path
        A table with a column of `ID_COLUMNS`, in any form that `read_table` takes.
        Names are in a column of `NAME_COLUMNS`, or in one of `FIRST_NAMES` and one of
        `LAST_NAMES`; other columns are ignored.
    report : callable
        Is told which column counts, if several hold ids.

    Returns
    -------
    list of Student
        In the order of the file; ids and names are composed (NFC) and without space
        around them. A student without a name has an empty one.

    Raises
    ------
    AssignmentError
        With all that is wrong in the file: no such file, no table, no column of ids, no
        student, an id that is empty, too long, holds a control character or is not
        what was meant, and ids that are the same but for capital letters, since their
        files would be one on some systems.
    """
    table = read_table(path, lambda header: bool(_known(header)))
    column, others = _id_column(table)
    named = _name_columns(table)
    problems = list[str]()
    lines: dict[str, str] = {}
    students = list[Student]()
    for row in table.rows:
        if _is_of_canvas(table, row, column):
            continue
        student = _id(table, row[column], column)
        name, wrong = _name([row[it] for it in named])
        problem = _problem(table, row[column], student, lines)
        if problem := problem or wrong or table.beyond(row):
            problems.append(f"{table.place(row)}: {problem}")
        else:
            lines[student.casefold()] = table.place(row)
            students.append(Student(student, name))
    if not students and not problems:
        problems.append("there is no student in it")
    if problems:
        head, end = f"{path} cannot be used:", "Nothing was written."
        if table.form and table.form.encoding == UNKNOWN:
            end = f"{SAVE_AS} {end}"
        raise AssignmentError.listing(head, problems, end)
    if others:
        title = table.header[column].text
        report(f"{path}: the ids are those of “{title}”, not of {', '.join(others)}.")
    return students


def _known(header: Sequence[str]) -> list[str]:
    """List the columns of ids that are there, those that count before others first."""
    names = set(map(normal, header))
    return [name for name in ID_COLUMNS if normal(name) in names]


def _id_column(table: Table) -> tuple[int, list[str]]:
    """Choose the column of the ids, and name the others that hold some."""
    known = _known(table.header.texts)
    for title in table.header.cells if table.form else ():
        if title.doubt:
            raise AssignmentError(
                f"{table.path}: the column {shown(title.text)!r} {title.doubt}. "
                f"{SAVE_AS}"
            )
    if not known:
        titles = ", ".join(map(repr, map(shown, table.header.texts))) or "nothing"
        raise AssignmentError(
            f"{table.path}: the first line must name a column 'id'; it holds {titles}. "
            f"These are taken for ids, too: {', '.join(ID_COLUMNS[1:])}."
        )
    columns = [_only(table, name) for name in known]
    # Moodle and Canvas export columns that a school does not use.
    used = [column for column in columns if any(row[column] for row in table.rows)]
    others = [f"“{table.header[column].text}”" for column in used[1:]]
    return (used or columns)[0], others


def _only(table: Table, name: str) -> int:
    """Say where the one column of a name is."""
    columns = table.columns(name)
    if len(columns) > 1:
        raise AssignmentError(
            f"{table.path}: there are {len(columns)} columns “{name}”. Leave the one "
            "that counts."
        )
    return columns[0]


def _is_of_canvas(table: Table, row: Row, column: int) -> bool:
    """Tell the rows that a gradebook of Canvas has above those of the students."""
    if row[column] or not (table.columns("Section") and table.columns("Student")):
        return False
    student = normal(row[table.columns("Student")[0]].text)
    return student in ("", "pointspossible", "manualposting")


def _id(table: Table, cell: Cell, column: int) -> str:
    """Take an id out of a cell, without the mark by which a platform keeps it text."""
    if normal(table.header[column].text) == normal("OrgDefinedId"):
        return cell.text.removeprefix("#")
    if re.fullmatch(r"'\d+", cell.text):
        return cell.text[1:]
    return cell.text


def _name(cells: Sequence[Cell]) -> tuple[str, str]:
    """Read a student's name, and say what is wrong with it."""
    doubt = next((cell.doubt for cell in cells if cell.doubt), "")
    name = " ".join(" ".join(cell.text for cell in cells).split())
    what = f"the name {shown(name)!r}"
    if doubt:
        return name, f"{what} {doubt}"
    if lost := _lost_letters(name):
        return name, f"{what} {lost}"
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        return name, f"{what} holds a character that cannot be printed"
    if len(name) > _LONGEST_NAME:
        return name, f"{what} is longer than {_LONGEST_NAME} letters"
    return name, ""


def _name_columns(table: Table) -> list[int]:
    """Where the names are: in one column, or in two.

    In German tables “Name” beside “Vorname” is the last name.
    """

    def first(names: Sequence[str]) -> list[int]:
        there = next((it for it in names if table.columns(it)), "")
        return [_only(table, there)] if there else []

    whole, given, family = map(first, (NAME_COLUMNS, FIRST_NAMES, LAST_NAMES))
    if given and family:
        return given + family
    return given + whole if given and whole else whole or given + family


def _lost_letters(text: str) -> str:
    """Say why letters of a text are not those that were written, if so."""
    if "�" in text or "?" in text:
        return "has lost a letter: another program wrote a question mark in its place"
    if "#N/A" in text or re.fullmatch("#+|#[A-Z]+[/0]*[!?]", text):
        return "is not what stood there, but what Excel shows in its place"
    if was := mended(text):
        return f"should be {was!r}: a program read the file in another encoding"
    return ""


def mended(text: str) -> str:
    """Undo that text in UTF-8 was read as Windows text; empty if it was not.

    Only what becomes Latin letters is undone: no name has their bytes as signs.

    Examples
    --------
    >>> mended("MÃ¼ller"), mended("Müller")
    ('Müller', '')
    """
    for encoding in ("cp1252", "latin_1"):
        try:
            was = text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        strange = [letter for letter in was if not letter.isascii()]
        latin = all(letter.isalpha() and letter < "\u0250" for letter in strange)
        return was if strange and latin else ""
    return ""


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


def _problem(table: Table, cell: Cell, student: str, lines: dict[str, str]) -> str:
    what = f"the id {shown(student)!r}"
    if cell.doubt:
        return f"{what} {cell.doubt}"
    if not student:
        return "the id is empty"
    if len(student.encode()) > _LONGEST:
        return f"the id {student[:20]!r}… is longer than {_LONGEST} bytes"
    if any(unicodedata.category(letter).startswith("C") for letter in student):
        return f"the id {student!r} holds a character that cannot be printed"
    if spoiled := _spoiled(student, cell, table.form is not None):
        return f"{what} {spoiled}"
    earlier = lines.get(student.casefold())
    if earlier:
        return f"{what} is in {earlier} already"
    return ""


def _spoiled(student: str, cell: Cell, in_text: bool) -> str:
    """Say what Excel has made of an id, if so."""
    way = "give the column the format Text in Excel and enter the id again"
    if re.fullmatch(r"\d+([.,]\d+)?E[+-]\d+", student):
        return f"is a number that Excel has shortened: {way}"
    if in_text and _DATE.fullmatch(student):
        return f"is a date that Excel has made of it: {way}, and save it as .xlsx"
    if re.fullmatch(r"\d+[.,]0+", student) and (in_text or cell.number):
        return f"is a number with decimals, where {student.rstrip('0')[:-1]} was meant"
    if cell.number and not student.isdecimal():
        return f"is a number and no id: {way}"
    return _lost_letters(student)
