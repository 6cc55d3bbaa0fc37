"""Tables as text, with commas, semicolons or tabs, in what encoding Excel likes."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from assignment_grading.errors import AssignmentError
from assignment_grading.tabular.grid import Cell, Form, Named, Row, Table, clean, table

UNKNOWN = "unknown"
"""The encoding of a file that is not in Unicode and does not say in which it is.

Its bytes above 127 are read as single surrogates, so that nothing of them is lost.
"""

LEGACY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "cp1258", "cp874", "cp932", "cp936", "cp949", "cp950", "mac_roman", "mac_latin2",
    "mac_cyrillic", "mac_greek", "mac_turkish", "mac_iceland", "mac_croatian", "cp437",
    "cp850", "cp852", "cp858", "cp866", "latin_1", "iso8859_2", "iso8859_5",
    "iso8859_7", "iso8859_9", "iso8859_13", "iso8859_15", "iso8859_16", "koi8_r",
    "koi8_u",
)  # fmt: skip
"""What Excel, LibreOffice and older programs write on Windows, macOS and DOS."""

SAVE_AS = (
    "In Excel take File, Save as, “CSV UTF-8 (comma delimited)”, or save it as .xlsx."
)

_MARKS = (
    # The mark of UTF-32 begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DELIMITERS = ",;\t"


def read_csv(path: Path, data: bytes, named: Named) -> Table:
    """Read a table from text.

    The bytes say the encoding: a byte-order mark, the noughts of UTF-16, or that they
    are UTF-8, which no text in another encoding is by chance. The delimiter is what
    Excel's line ``sep=`` says, or that which gives the columns that are looked for.

    Raises
    ------
    AssignmentError
        If it is not text, or not in the CSV format.
    """
    text, encoding = _decoded(path, data)
    told = re.match(r'"?sep=([^\r\n"])"?[ ,;\t]*(\r\n|\r|\n|$)', text, re.IGNORECASE)
    found: list[tuple[tuple[bool, bool, int], Table, str]] = []
    for delimiter in told[1] if told else _DELIMITERS:
        rows, problem = _rows(text, delimiter, encoding)
        one, good = table(path, rows[1:] if told else rows, named)
        newline = re.search(r"\r\n|\r|\n", text)
        form = Form(encoding, delimiter, newline[0] if newline else "\n")
        cells = sum(len(row.cells) for row in rows)
        found.append(((good, not problem, cells), replace(one, form=form), problem))
    _, best, problem = max(found, key=lambda one: one[0])
    if problem:
        raise AssignmentError(f"{path} is not a CSV file: {problem}.")
    return best


MARK = "\ufeff"
"""Begins a table, so that spreadsheets read its letters as what they are."""


def csv_text(
    rows: Iterable[Iterable[object]], delimiter: str = ",", newline: str = "\n"
) -> str:
    """Write rows in the CSV format."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return text.getvalue()


def with_rows(data: bytes, form: Form, rows: Sequence[Sequence[str]]) -> bytes:
    """Add rows to the bytes of a file in its own form; what is there stays.

    Raises
    ------
    UnicodeEncodeError
        If the encoding of the file lacks a letter.
    """
    # Of an unknown encoding only this is known: its first 128 characters are ASCII.
    encoding = "ascii" if form.encoding == UNKNOWN else form.encoding
    newline = form.newline.encode(encoding)
    start = b"" if data.endswith((newline, "\n".encode(encoding))) else newline
    return data + start + csv_text(rows, form.delimiter, form.newline).encode(encoding)


def _decoded(path: Path, data: bytes) -> tuple[str, str]:
    marked = [one for one in _MARKS if data.startswith(one[0])]
    mark, encoding = marked[0] if marked else (b"", _without_mark(path, data))
    data = data[len(mark) :]
    if encoding == UNKNOWN:
        return data.decode("ascii", "surrogateescape"), encoding
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        line = data[: error.start].count("\n".encode(encoding)) + 1
        raise AssignmentError(
            f"{path} begins like text in {encoding.upper()}, and line {line} is not "
            f"text in UTF-8 or UTF-16. {SAVE_AS}"
        ) from None


def _without_mark(path: Path, data: bytes) -> str:
    if b"\0" in data[:2]:
        return "utf-16-be" if data[0] == 0 else "utf-16-le"
    if b"\0" in data:
        raise AssignmentError(f"{path} is not text. {SAVE_AS}")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return UNKNOWN
    return "utf-8"


def _rows(text: str, delimiter: str, encoding: str) -> tuple[list[Row], str]:
    """Read all rows, or those before a mistake, and say what it is."""
    # Unlike `splitlines`, this divides at line ends alone, and keeps those in cells.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    line = 1
    try:
        for cells in reader:
            rows.append(Row(line, tuple(_cells(cells, encoding))))
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"line {line}: {error}"
        if "unexpected end" in str(error):
            problem = f"line {line}: a quotation mark opens a cell and nothing ends it"
        return rows, problem
    return rows, ""


def _cells(texts: Iterable[str], encoding: str) -> Iterator[Cell]:
    for text in map(clean, texts):
        if encoding == UNKNOWN and not text.isascii():
            yield Cell(text, "is not text in UTF-8, and nothing says in what else")
        else:
            yield Cell(text)
