"""Questions that the teacher marks: the marks of the teacher, and how they are kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from papermill_pages.errors import OutputError
from papermill_pages.outputs import write_atomically

from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out.handout import Key, Written
from assignment_grading.tabular.csv_files import (
    LEGACY,
    SAVE_AS,
    UNKNOWN,
    csv_text,
    with_rows,
)
from assignment_grading.tabular.grid import Cell, Row, Table, clean, normal, shown
from assignment_grading.tabular.roster import mended
from assignment_grading.tabular.tables import content, table_of

_COLUMNS = ("id", "name", "question", "points", "comment")
_CRITERION = re.compile(r"c([1-9]\d?)")
_NUMBER = re.compile(r"\d+([.,]\d*)?|[.,]\d+", re.ASCII)
_NO_TEXT = ("Cc", "Cn", "Co")
_MIXED = re.compile("[A-Za-z][\u0600-\u06ff]|[\u0600-\u06ff][A-Za-z]")
_NEARLY = 1e-9
# What Excel saves as text and as “Unicode text”, and what else a table may be in.
_SUFFIXES = (".csv", ".xlsx", ".txt", ".tsv")
_OTHER_SUFFIXES = (".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
_END = "Nothing was graded, and the file is as it was."


@dataclass(frozen=True)
class Mark:
    """A teacher's mark; `points` is None as long as there is none."""

    points: float | None
    comment: str
    criteria: tuple[float | None, ...] = ()  # points of each criterion of the rubric


Marks = dict[tuple[str, str], Mark]


def read_marks(
    path: Path, keys: Mapping[str, Key], names: Mapping[str, str] | None = None
) -> Marks:
    """Read the teacher's marks from a table, which need not exist.

    It has the columns ``id``, ``question`` and ``points``, and may have ``name``,
    ``comment``, and ``c1``, ``c2`` and so on with the points of each criterion; these
    add up to the points. A workbook, with the suffix ``.xlsx``, or text with ``.txt``
    may take its place.

    Parameters
    ----------
    path : Path
        The file, ``written.csv``.
    keys : mapping of str to Key
        The key of each student who has one, by id.
    names : mapping of str to str
        The names of students, by id. They tell in which encoding Excel saved the file.

    Raises
    ------
    AssignmentError
        With every line that cannot be right.
    """
    file = _file(path)
    if file is None:
        return {}
    table, _ = _table(file, content(file), keys, names or {})
    marks: Marks = {}
    problems = []
    places: dict[tuple[str, str], str] = {}
    for row in table.rows:
        try:
            pair, mark = _mark(table, row, keys, names or {})
            if pair in places:
                msg = f"{pair[0]}, {pair[1]} is in {places[pair]} already"
                raise _LineError(msg)
        except _LineError as error:
            problems.append(f"{table.place(row)}: {error}")
        else:
            places[pair] = table.place(row)
            marks[pair] = mark
    if problems:
        head, end = f"{file} cannot be used:", _END
        if table.form and table.form.encoding == UNKNOWN:
            end = f"{SAVE_AS} {end}"
        raise AssignmentError.listing(head, problems, end)
    return marks


def add_lines(
    path: Path, keys: Mapping[str, Key], names: Mapping[str, str] | None = None
) -> list[str]:
    """Add a line for each answer that has none; what is there stays byte for byte.

    The lines are in the form that the file has, with its encoding, delimiter, line ends
    and columns. A new file is in UTF-8 with the mark by which Excel knows it.

    Returns
    -------
    list of str
        Sentences on what could not be added, and why.
    """
    names = names or {}
    wanted = [
        (student, written.question)
        for student, key in keys.items()
        for written in key.written
    ]
    try:
        file = _file(path)
        data = content(file) if file else b""
        if file is None or not data.strip(b"\0\t\n\r \xef\xbb\xbf\xff\xfe"):
            if wanted:
                rows = [_header(keys, names)]
                rows += _lines(rows[0], wanted, names)
                text = csv_text(rows).encode()
                write_atomically(file or path, b"\xef\xbb\xbf" + text)
            return []
        table, encodings = _table(file, data, keys, names)
        there = {_pair(table, row) for row in table.rows}
        new = [pair for pair in wanted if pair not in there]
        if not new:
            return []
        if table.form is None:
            listed = ", ".join(f"{student} {question}" for student, question in new)
            return [f"{file} has no line for {listed}: add what you want to mark."]
        lines = _lines(table.header.texts, new, names)
        longer = _longer(file, data, table, encodings, lines, keys, names)
        if longer is None:
            return [
                f"Lines for {len(new)} answers could not be added to {file}: its "
                f"encoding is not known. {SAVE_AS} Then grade again."
            ]
        write_atomically(file, longer)
    except (AssignmentError, OutputError, OSError) as error:
        return [f"No line was added to {path.name}: {error}"]
    return []


class _LineError(Exception):
    """What is wrong with a line."""


def _file(path: Path) -> Path | None:
    """Choose the file with the marks: there may be one, under its own name."""
    there = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    there = [it for it in there if it.is_file() and _may_have_marks(it, path.stem)]
    names = " and ".join(it.name for it in there)
    if len(there) > 1:
        raise AssignmentError(
            f"{path.parent} has {names}, and one of them has your marks. Keep that one "
            f"and delete the other. {_END}"
        )
    own = [path.with_suffix(suffix).name for suffix in _SUFFIXES]
    if there and there[0].name not in own:
        raise AssignmentError(
            f"{there[0]} may have your marks: save it as {own[0]} or {own[1]}. {_END}"
        )
    return there[0] if there else None


def _may_have_marks(file: Path, stem: str) -> bool:
    """Tell whether a file is a table that a program or a copy has named so."""
    name = file.stem.casefold().removesuffix(".csv")
    copied = re.fullmatch(rf"{re.escape(stem)}( ?\(\d+\)| - .+)?", name)
    return bool(copied) and file.suffix.casefold() in (*_SUFFIXES, *_OTHER_SUFFIXES)


def _table(
    file: Path, data: bytes, keys: Mapping[str, Key], names: Mapping[str, str]
) -> tuple[Table, tuple[str, ...]]:
    """Read the table, and list the encodings in which it may be."""
    if not data.strip(b"\0\t\n\r \xef\xbb\xbf\xff\xfe"):
        return Table(file, Row(1, ()), ()), ("utf-8",)
    table = table_of(file, data, _is_header)
    if not _is_header(table.header.texts):
        titles = ", ".join(map(repr, map(shown, table.header.texts))) or "nothing"
        raise AssignmentError(
            f"{file}: the first line must name the columns {', '.join(_COLUMNS)}; it "
            f"holds {titles}. {_END}"
        )
    for title in table.header.texts:
        if not title:
            continue
        if len(table.columns(title)) > 1:
            msg = f"{file} has two columns “{shown(title)}”. {_END}"
            raise AssignmentError(msg)
    if table.form is None or table.form.encoding != UNKNOWN:
        return table, (table.form.encoding if table.form else "",)
    return _settled(table, set(keys), names)


def _is_header(texts: Sequence[str]) -> bool:
    return {"id", "question"} <= set(map(normal, texts))


def _settled(
    table: Table, known: set[str], names: Mapping[str, str]
) -> tuple[Table, tuple[str, ...]]:
    """Read a file in an unknown encoding, as far as what is known settles it.

    The ids and names in it are known. So only the encodings are left in which these
    are what they are; a cell that is the same text in all of them is certain.
    """
    columns = [table.columns(it)[0] for it in ("id", "name") if table.columns(it)]

    def fits(encoding: str) -> bool:
        for row in table.rows:
            texts = [
                _in(encoding, cell.text) if cell.doubt else cell.text
                for cell in row.cells
            ]
            if None in texts:
                return False
            student, *name = (
                texts[at] or "" if at < len(texts) else "" for at in columns
            )
            if row[columns[0]].doubt and student not in known:
                return False
            own = names.get(student, "")
            if name and row[columns[1]].doubt and not _is_left_of(own, name[0]):
                return False
        return True

    encodings = tuple(encoding for encoding in LEGACY if fits(encoding))

    def settled(cell: Cell) -> Cell:
        texts = {_in(encoding, cell.text) for encoding in encodings}
        text = texts.pop() if len(texts) == 1 else None
        return cell if text is None or not cell.doubt else Cell(text)

    rows = tuple(Row(row.line, tuple(map(settled, row.cells))) for row in table.rows)
    return replace(table, rows=rows), encodings


def _in(encoding: str, text: str) -> str | None:
    """Decode a text; None if in this encoding it is none that people write.

    That is one with control characters, or with Latin and Arabic letters in a word:
    Windows-1256 has the accented letters of French among the Arabic ones.
    """
    try:
        decoded = text.encode("ascii", "surrogateescape").decode(encoding)
    except UnicodeError:
        return None
    for letter in decoded:
        if letter not in "\t\r\n" and unicodedata.category(letter) in _NO_TEXT:
            return None
    return None if _MIXED.search(decoded) else clean(decoded)


def _is_left_of(text: str, saved: str) -> bool:
    """Tell whether a text was saved so, in an encoding that may lack letters of it."""
    return len(text) == len(saved) and all(
        it == left or (left in "?_" and not it.isascii())
        for it, left in zip(text, saved, strict=True)
    )


def _pair(table: Table, row: Row) -> tuple[str, str]:
    return row[table.columns("id")[0]].text, row[table.columns("question")[0]].text


def _mark(
    table: Table, row: Row, keys: Mapping[str, Key], names: Mapping[str, str]
) -> tuple[tuple[str, str], Mark]:
    """Read a line."""
    student, question = pair = _pair(table, row)
    if beyond := table.beyond(row):
        raise _LineError(beyond)
    cells = dict[str, Cell]()
    for title, cell in zip(table.header.texts, row.cells, strict=False):
        name = normal(title)
        if not cell:
            continue
        if cell.doubt:
            raise _LineError(f"{shown(cell.text)!r} {cell.doubt}")
        if name not in _COLUMNS and not _CRITERION.fullmatch(name):
            column = f"a column “{shown(title)}” that nobody reads"
            raise _LineError(f"{shown(cell.text)!r} is in {column}")
        cells[name] = cell
    if student not in keys:
        raise _LineError(_unknown(student, keys))
    one = next((it for it in keys[student].written if it.question == question), None)
    if one is None:
        asked = ", ".join(it.question for it in keys[student].written) or "no question"
        what = f"{student} has no question {shown(question)!r} that you mark"
        raise _LineError(f"{what}, but {asked}")
    _check_name(student, cells, names)
    points = _points(cells.get("points"), one.points)
    criteria = _criteria(cells, one, points)
    comment = cells.get("comment", Cell("")).text
    commas = table.form is not None and table.form.delimiter == ","
    if points is not None and commas and comment.isdecimal():
        raise _LineError(
            f"are these {points:g} points and the comment {comment}, or "
            f"{points:g}.{comment} points? Write such numbers with a full stop, and a "
            "comment in words"
        )
    if points is None and criteria:
        points = sum(it for it in criteria if it is not None)
        if points > one.points + _NEARLY:
            msg = f"the criteria add up to {points:g}, which is not from 0 to"
            raise _LineError(f"{msg} {one.points:g}")
    return pair, Mark(points, comment, criteria)


def _unknown(student: str, keys: Mapping[str, Key]) -> str:
    """Say that an id is not known, and which was probably meant."""
    if not student:
        return "the id is empty"
    meant = [it for it in keys if _is_spoiled(it, student)]
    guess = f"; probably {' or '.join(map(repr, meant))} was meant" if meant else ""
    return f"there is no student {shown(student)!r}{guess}"


def _is_spoiled(known: str, written: str) -> bool:
    """Tell whether a spreadsheet may have made an id of another."""
    if written.casefold() == known.casefold() or mended(written) == known:
        return True
    if not known.isascii() or not known.isdecimal():
        return False
    number = re.fullmatch(r"(\d+)([.,]\d+)?(E[+-]?\d+)?", written, re.IGNORECASE)
    if not number:
        return False
    digits = len(number[2] or ".") - 1
    short = f"{int(known):.{digits}E}" if number[3] else f"{int(known)}"
    return float(short) == float(written.replace(",", "."))


def _check_name(
    student: str, cells: Mapping[str, Cell], names: Mapping[str, str]
) -> None:
    """Refuse a name that is another student's: the columns were sorted apart."""
    name = cells.get("name", Cell("")).text
    own = names.get(student)
    others = [other for other, it in names.items() if it == name]
    if name and own and name != own and others:
        raise _LineError(
            f"{student} is {own}, but the line has the name of {name} ({others[0]}). "
            "Was one column sorted without the others?"
        )


def _points(cell: Cell | None, worth: float, what: str = "") -> float | None:
    if cell is None:
        return None
    if not _NUMBER.fullmatch(cell.text):
        raise _LineError(f"{what}{shown(cell.text)!r} is no number of points")
    points = float(cell.text.replace(",", "."))
    if points > worth:
        raise _LineError(f"{what}{cell.text} is not from 0 to {worth:g}")
    return points


def _criteria(
    cells: Mapping[str, Cell], written: Written, points: float | None
) -> tuple[float | None, ...]:
    """Read the points of the criteria: of all of them, or of none."""
    given = {
        int(found[1]): cell
        for name, cell in cells.items()
        if (found := _CRITERION.fullmatch(name))
    }
    if not given:
        return ()
    rubric = getattr(written, "criteria", ())
    worths = [one.points for one in rubric] or [written.points] * max(given)
    values = []
    for number, worth in enumerate(worths, start=1):
        value = _points(given.pop(number, None), worth, f"c{number}: ")
        if value is None:
            raise _LineError(f"c{number} is empty: write 0 if it earns nothing")
        values.append(value)
    if given:
        more, most = f"c{min(given)} is filled", f"{len(worths)} criteria"
        raise _LineError(f"{more}, but {written.question} has {most}")
    if points is not None and abs(points - sum(values)) > _NEARLY:
        msg = f"the criteria add up to {sum(values):g}, but the points are {points:g}"
        raise _LineError(msg)
    return tuple(values)


def _header(keys: Mapping[str, Key], names: Mapping[str, str]) -> list[str]:
    """Name the columns of a new file."""
    named = any(names.get(student) for student in keys)
    rubrics = [
        len(getattr(one, "criteria", ()))
        for key in keys.values()
        for one in key.written
    ]
    criteria = [f"c{number}" for number in range(1, max(rubrics, default=0) + 1)]
    return [it for it in _COLUMNS if named or it != "name"] + criteria


def _lines(
    header: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    names: Mapping[str, str],
) -> list[list[str]]:
    """Write empty lines for answers, in the columns of a header."""
    lines = []
    for student, question in pairs:
        cells = {"id": student, "name": names.get(student, ""), "question": question}
        lines.append([cells.get(normal(title), "") for title in header])
    return lines


def _longer(
    file: Path,
    data: bytes,
    table: Table,
    encodings: Sequence[str],
    lines: Sequence[Sequence[str]],
    keys: Mapping[str, Key],
    names: Mapping[str, str],
) -> bytes | None:
    """Add lines to a file; None if their ids cannot be written in its encoding."""
    assert table.form is not None
    form = table.form
    if form.encoding == UNKNOWN:
        # In a file that may be in several encodings only that is certain which all
        # write in the same way. A name may be left out.
        form = replace(form, encoding=next(iter(encodings), UNKNOWN))
        ids = [line[table.columns("id")[0]] for line in lines]
        if not all(_is_certain(student, encodings) for student in ids):
            return None
        lines = [
            [text if _is_certain(text, encodings) else "" for text in line]
            for line in lines
        ]
    longer = with_rows(data, form, lines)
    again, _ = _table(file, longer, keys, names)
    wanted = [*(row.texts for row in table.rows), *lines]
    same = [_filled(row.texts) for row in again.rows] == list(map(_filled, wanted))
    return longer if same else None


def _is_certain(text: str, encodings: Sequence[str]) -> bool:
    if text.isascii():
        return True
    try:
        return len({text.encode(encoding) for encoding in encodings}) == 1
    except UnicodeEncodeError:
        return False


def _filled(texts: Sequence[str]) -> list[str]:
    """Leave out the empty cells at the end of a row."""
    last = max((at for at, text in enumerate(texts) if text), default=-1)
    return [clean(text) for text in texts[: last + 1]]
