"""Scores on their way back into a learning management system's own table of grades.

Canvas exports a gradebook, and imports it with changed grades:
`lib/gradebook_exporter.rb` of `canvas-lms <https://github.com/instructure/canvas-lms>`__
says how. Its columns are ``Student`` (or ``LastName`` and ``FirstName``), ``ID``, ``SIS
User ID``, ``SIS Login ID``, ``Section``, and one for each assignment, named ``<title>
(<number>)``; above the students stands a line “Points Possible”, and one of remarks if
an assignment is hidden.

Moodle exports a grading worksheet of one assignment, which
`mod/assign/feedback/offline/importgradeslib.php` of `moodle
<https://github.com/moodle/moodle>`__ reads. Its columns are ``Identifier``
(“Participant 123”), ``Full name``, ``ID number`` and ``Email address`` as the site
shows them, ``Status``, ``Grade``, ``Maximum grade`` and others, in the teacher's
language.

Only the cells of the grades change. All else stays as it was, byte for byte:
separators, quotes, ends of lines and a byte-order mark.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assignment_grading.errors import AssignmentError

SYSTEMS = ("canvas", "moodle")

_LARGEST = 64 * 2**20
_MOST_NAMES = 40
_CANVAS_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<number>\d+)\)", re.DOTALL)
_CANVAS_WHO = ("sis user id", "sis login id", "integration id", "id", "student")
# Moodle's words in the languages of which its own translations were looked up.
_MOODLE_GRADE = ("grade", "bewertung", "calificación", "note", "valutazione")
_MOODLE_MOST = ("maximum grade", "bestwertung", "calificación máxima", "note maximale")
_MOODLE_STATUS = ("status", "estado", "statut", "stato")
_MOODLE_TIME = ("last modified (submission)", "zuletzt geändert (abgabe)")
# Moodle's `strftimedaydatetime` in English, in American English, and with 24 hours.
_MOODLE_TIMES = (
    "%A, %d %B %Y, %I:%M %p",
    "%A, %B %d, %Y, %I:%M %p",
    "%A, %d %B %Y, %H:%M",
)
_KEPT = ("EX", "N/A")  # Canvas: excused, and not assigned to this student
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")


@dataclass(frozen=True)
class Gradebook:
    """A table of grades, and where in it each student's grade stands."""

    path: Path
    text: str
    encoding: str
    mark: bytes  # the byte-order mark
    rows: tuple[tuple[_Field, ...], ...]
    column: int  # that of the assignment
    lines: dict[str, int]  # the row of each student
    calls: dict[str, tuple[str, ...]]  # what the table calls each student
    most: float | None  # points of the assignment in the table
    times: dict[str, datetime]  # when each student handed in, if the table says so


@dataclass(frozen=True)
class _Field:
    start: int  # the first character, quotes included
    end: int
    value: str


def read_gradebook(
    system: str,
    path: Path,
    students: Sequence[str],
    assignment: str,
    column: str = "",
    names: Mapping[str, str] | None = None,
) -> Gradebook:
    """Read an export, and find the assignment and the students in it.

    Parameters
    ----------
    system : {"canvas", "moodle"}
        Whose export it is.
    path : Path
        The file.
    students : sequence of str
        The ids of the class.
    assignment : str
        The name of the assignment, by which its column is found.
    column : str
        The column's own name, title or number, if that does not tell.
    names : mapping of str to str, optional
        Full names by id, for students whose ids are not in the table.

    Raises
    ------
    AssignmentError
        If it is no such export, or the column or a student is not certain.
    """
    content = _content(path)
    text, encoding, mark = _decoded(content, path)
    rows = _rows(text, path, system)
    header = [field.value.strip() for field in rows[0]]
    find = _canvas_column if system == "canvas" else _moodle_column
    at = find(path, header, assignment, column)
    who = _who(system, header, at)
    if not who:
        raise AssignmentError(_is_none(path, system))
    first = 1
    most = None
    if system == "canvas":
        first, most = _canvas_points(rows, at)
    else:
        most = _moodle_most(rows, header)
    wanted = _wanted(students, names or {})
    lines = _lines(path, text, rows, first, who, wanted)
    if students and not lines:
        raise AssignmentError(
            f"{path} names no student of the class, neither by id nor by login, name "
            "or e-mail address. Is it the export of another course? If grading is "
            "anonymous, reveal the names and export it again. Nothing was graded."
        )
    calls = {
        student: tuple(_calls(system, header, [it.value for it in rows[row]], who))
        for student, row in lines.items()
    }
    times = _times(rows, header, lines) if system == "moodle" else {}
    return Gradebook(path, text, encoding, mark, rows, at, lines, calls, most, times)


def fill_in(
    gradebook: Gradebook, scores: Mapping[str, float | None]
) -> tuple[bytes, list[str]]:
    """Write the scores into a copy of the table.

    Returns
    -------
    tuple of (bytes, list of str)
        The table, and sentences on what the teacher should know. A student without a
        score keeps what the table says.
    """
    said, changes = list[str](), list[tuple[_Field, str]]()
    comma = _decimal_comma(gradebook)
    replaced, kept = list[str](), list[str]()
    for student, score in scores.items():
        row = gradebook.lines.get(student)
        if row is None or score is None:
            continue
        fields = gradebook.rows[row]
        field = fields[gradebook.column]
        before = field.value.strip()
        if before.upper() in _KEPT:
            kept.append(f"{student} ({before})")
            continue
        value = f"{round(score, 5):.10g}"
        if _as_number(before) is not None and _as_number(before) != float(value):
            replaced.append(f"{student} ({before})")
        changes.append((field, value.replace(".", ",") if comma else value))
    known = gradebook.lines
    for start, listed in (
        ("has no line for", [one for one in scores if one not in known]),
        (
            "is as it was where there is no score to enter",
            [one for one, score in scores.items() if score is None and one in known],
        ),
        ("is as it was for those excused or not assigned", kept),
        ("had other grades for", replaced),
    ):
        if listed:
            said.append(f"{gradebook.path.name} {start}: {_listed(listed)}.")
    return _spliced(gradebook, changes), said


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown


def _spliced(gradebook: Gradebook, changes: Iterable[tuple[_Field, str]]) -> bytes:
    text, pieces, at = gradebook.text, list[str](), 0
    for field, value in sorted(changes, key=lambda it: it[0].start):
        quoted = text[field.start : field.start + 1] == '"' or "," in value
        pieces += [text[at : field.start], f'"{value}"' if quoted else value]
        at = field.end
    pieces.append(text[at:])
    return gradebook.mark + "".join(pieces).encode(gradebook.encoding)


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else None
    except OSError as error:
        msg = f"The gradebook {path} cannot be read: {error.strerror or error}."
        raise AssignmentError(msg) from None
    if content is None:
        raise AssignmentError(f"The gradebook {path} is larger than 64 MiB.")
    if content.startswith(b"PK\x03\x04"):
        raise AssignmentError(
            f"The gradebook {path} is a workbook or a zip file. Name the CSV file that "
            "the learning management system gave you."
        )
    return content


def _decoded(content: bytes, path: Path) -> tuple[str, str, bytes]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "utf-8"),
    ):
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding), encoding, mark
            except UnicodeDecodeError as error:
                raise AssignmentError(
                    f"The gradebook {path} is not text in UTF-8 (byte {error.start} is "
                    "not). Take the file as the learning management system exports it, "
                    "or save it as “CSV UTF-8”."
                ) from None
    raise AssertionError  # every file starts with nothing


def _is_none(path: Path, system: str) -> str:
    needs = {
        "canvas": "the columns Student, ID and Section (Grades, Export)",
        "moodle": "the columns Identifier and Grade (View all submissions, Grading "
        "action, Download grading worksheet)",
    }
    return f"{path} is no export of {system.capitalize()}: it lacks {needs[system]}."


def _rows(text: str, path: Path, system: str) -> tuple[tuple[_Field, ...], ...]:
    """Divide the text by the separator that its first line uses."""
    start, separators = 0, [",", ";", "\t"]
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        start, separators = declared.end(), [declared[1]]
    if text.count("\x00"):
        raise AssignmentError(f"The gradebook {path} holds NUL characters.")
    divided = [_fields(text, start, separator) for separator in separators]
    rows = max(divided, key=lambda it: len(it[0]) if it else 0)
    if not rows or len(rows[0]) < 2:
        raise AssignmentError(_is_none(path, system))
    width = len(rows[0])
    wrong = [
        f"line {_line(text, row)}: it has {len(row)} fields, the first line {width}"
        for row in rows
        if len(row) != width and any(field.value for field in row)
    ]
    if wrong:
        head, end = f"{path} cannot be used:", "Nothing was written."
        raise AssignmentError.listing(head, wrong[:20], end)
    return tuple(row for row in rows if len(row) == width)


def _line(text: str, row: Sequence[_Field]) -> int:
    return text.count("\n", 0, row[0].start) + 1


def _fields(text: str, at: int, separator: str) -> list[tuple[_Field, ...]]:
    """Divide CSV, and remember where each field stands."""
    rows, row = list[tuple[_Field, ...]](), list[_Field]()
    plain = re.compile(rf"[^{re.escape(separator)}\r\n]*")
    quoted = re.compile(r'"((?:[^"]|"")*)"')
    end = len(text)
    while at < end or row:
        found = quoted.match(text, at)
        after = found.end() if found else 0
        if found and (after == end or text[after] in f"{separator}\r\n"):
            row.append(_Field(at, after, found[1].replace('""', '"')))
        else:
            found = plain.match(text, at)
            after = found.end() if found else at
            row.append(_Field(at, after, text[at:after]))
        if text[after : after + 1] == separator:
            at = after + 1
            continue
        rows.append(tuple(row))
        row = []
        at = after + (2 if text[after : after + 2] == "\r\n" else 1)
    return rows


def _canvas_column(path: Path, header: list[str], assignment: str, column: str) -> int:
    columns = {
        at: found
        for at, name in enumerate(header)
        if (found := _CANVAS_ASSIGNMENT.fullmatch(name))
    }
    names = {at: (header[at], it["title"], it["number"]) for at, it in columns.items()}
    if not names or "ID" not in header:
        raise AssignmentError(_is_none(path, "canvas"))
    return _one_column(path, header, names, assignment, column)


def _moodle_column(path: Path, header: list[str], assignment: str, column: str) -> int:  # noqa: ARG001
    wanted = (column.casefold(),) if column else _MOODLE_GRADE
    names = [at for at, name in enumerate(header) if name.casefold() in wanted]
    if len(names) == 1:
        return names[0]
    if column:
        raise _no_column(path, header, column)
    raise AssignmentError(
        f"{_is_none(path, 'moodle')} If it is in another language, name the column of "
        "the grades: --gradebook-column NAME."
    )


def _one_column(
    path: Path,
    header: list[str],
    names: Mapping[int, tuple[str, ...]],
    assignment: str,
    column: str,
) -> int:
    wanted = _plain(column or assignment)
    chosen = [at for at, own in names.items() if wanted in map(_plain, own)]
    exact = [at for at in chosen if column in names[at]]
    if column and len(exact) == 1:
        return exact[0]
    if len(chosen) == 1:
        return chosen[0]
    if not column and not chosen and len(names) == 1:
        return next(iter(names))
    if column and not chosen:
        raise _no_column(path, [header[at] for at in names], column)
    listed = ", ".join(repr(header[at]) for at in (chosen or names))
    raise AssignmentError(
        f"{path} has several assignments: {listed}. Name the one that the scores are "
        "for: --gradebook-column NAME. Nothing was graded."
    )


def _no_column(path: Path, columns: Iterable[str], column: str) -> AssignmentError:
    listed = ", ".join(map(repr, columns))
    return AssignmentError(f"{path} has no column {column!r}; it has {listed}.")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).strip().casefold()


def _canvas_points(
    rows: Sequence[Sequence[_Field]], column: int
) -> tuple[int, float | None]:
    """Find the first student's row, and the points of an assignment."""
    for at, row in enumerate(rows[:4]):
        if row[0].value.strip().casefold() == "points possible":
            return at + 1, _as_number(row[column].value)
    # In other languages the line has other words: it has points, but no student's id.
    number = [field.value.strip() for field in rows[0]].index("ID")
    for at, row in enumerate(rows[1:4], start=1):
        if row[number].value.strip():
            return at, _as_number(rows[at - 1][column].value) if at > 1 else None
    return 1, None


def _moodle_most(
    rows: Sequence[Sequence[_Field]], header: Sequence[str]
) -> float | None:
    for at, name in enumerate(header):
        if name.casefold() in _MOODLE_MOST:
            values = {_as_number(row[at].value) for row in rows[1:]} - {None}
            return values.pop() if len(values) == 1 else None
    return None


def _times(
    rows: Sequence[Sequence[_Field]], header: Sequence[str], lines: Mapping[str, int]
) -> dict[str, datetime]:
    """Read when each student handed in, in the teacher's time zone."""
    columns = [at for at, it in enumerate(header) if it.casefold() in _MOODLE_TIME]
    times = dict[str, datetime]()
    for student, row in lines.items() if columns else ():
        text = " ".join(rows[row][columns[0]].value.split())
        for form in _MOODLE_TIMES:
            with suppress(ValueError):
                times[student] = datetime.strptime(text, form)
    return times


def _who(system: str, header: Sequence[str], grade: int) -> list[int]:
    """List the columns that say who a student is, the surest first."""
    names = [name.casefold() for name in header]
    if system == "canvas":
        return [names.index(name) for name in _CANVAS_WHO if name in names]
    # All before the status or the grade: which there are, the site decides.
    stop = min([names.index(it) for it in _MOODLE_STATUS if it in names] + [grade])
    return list(range(1, stop)) + ([0] if stop else [])


def _lines(
    path: Path,
    text: str,
    rows: Sequence[Sequence[_Field]],
    first: int,
    who: Sequence[int],
    wanted: Mapping[str, set[str]],
) -> dict[str, int]:
    """Find the row of each student, who is wanted under some forms of id and name.

    One column calls most of them by their ids, and decides. The others help, but of two
    columns of numbers only the first counts: one number can mean two people there.
    """
    keyed = dict[int, dict[str, set[int]]]()
    for column in who:
        by_value = defaultdict[str, set[int]](set)
        for at in range(first, len(rows)):
            for form in _forms(rows[at][column].value, rows[0][column].value):
                by_value[form].add(at)
        keyed[column] = {
            student: set().union(*(by_value.get(form, set()) for form in forms))
            for student, forms in wanted.items()
        }
    ranked = sorted(who, key=lambda column: -sum(map(bool, keyed[column].values())))
    lines, taken, problems = dict[str, int](), set[int](), list[str]()
    for column in ranked:
        for student, them in keyed[column].items():
            free = them - taken
            if column != ranked[0] and student.isdecimal():
                free = {at for at in free if not rows[at][ranked[0]].value.isdecimal()}
            if student in lines or not free:
                continue
            if len(free) > 1:
                listed = " and ".join(str(_line(text, rows[at])) for at in sorted(free))
                problems.append(f"lines {listed}: each may be {student}")
            else:
                lines[student] = free.pop()
                taken.add(lines[student])
    if problems:
        head, end = f"{path} cannot be used:", "Nothing was graded."
        raise AssignmentError.listing(head, dict.fromkeys(problems), end)
    return lines


def _wanted(students: Sequence[str], names: Mapping[str, str]) -> dict[str, set[str]]:
    """Write ids, and the names that only one student has, as a table may have them."""
    forms = {one: _forms(names.get(one, ""), "student") for one in students}
    counted = Counter(form for own in forms.values() for form in own)
    wanted = {}
    for student, own in forms.items():
        alone = all(counted[form] == 1 for form in own)
        full = {form for form in own if alone and " " in form}
        wanted[student] = {_key(student), *full}
    return wanted


def _key(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def _forms(value: str, column: str) -> set[str]:
    """Write a cell in the forms in which a roster may have it."""
    key = _key(value)
    forms = {key}
    if "@" in key:
        forms.add(key.partition("@")[0])
    if "," in key and "student" in column.casefold():
        family, _, given = key.partition(",")
        family, given = family.strip(), given.strip()
        forms |= {f"{given} {family}", f"{family} {given}"}
    number = re.fullmatch(r"\D+?(\d+)", key)
    if number and column.casefold() in ("identifier", "id"):
        forms.add(number[1])
    return forms - {""}


def _calls(
    system: str, header: Sequence[str], values: Sequence[str], who: Sequence[int]
) -> Iterable[str]:
    """List what an export of files may call the student of a row."""
    for column in who:
        value = values[column].strip()
        if value:
            yield value
            yield from _forms(value, header[column])
    names = [name.casefold() for name in header]
    if system == "canvas" and {"lastname", "firstname"} <= set(names):
        family, given = (values[names.index(it)] for it in ("lastname", "firstname"))
        yield f"{family}, {given}"


def _as_number(text: str) -> float | None:
    text = text.strip()
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _decimal_comma(gradebook: Gradebook) -> bool:
    """Tell whether the table writes one half as 0,5."""
    cells = [field.value.strip() for row in gradebook.rows[1:] for field in row[1:]]
    commas = any(re.fullmatch(r"\d+,\d+", cell) for cell in cells)
    points = any(re.fullmatch(r"\d+\.\d+", cell) for cell in cells)
    header = gradebook.rows[0]
    semicolon = gradebook.text[header[0].end : header[0].end + 1] == ";"
    return commas or (semicolon and not points)
