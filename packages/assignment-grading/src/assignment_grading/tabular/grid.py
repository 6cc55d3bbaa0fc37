"""The cells of a table, whatever kind of file they were read from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Named = Callable[[Sequence[str]], bool]
"""Tells whether a row of texts names the columns that somebody looks for."""

_HEADER_WITHIN = 20
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060"


@dataclass(frozen=True)
class Cell:
    """A cell: its text, and why that may not be what was meant."""

    text: str
    doubt: str = ""
    number: bool = False  # a workbook says so; in text, digits may be anything

    def __bool__(self) -> bool:
        return bool(self.text or self.doubt)


@dataclass(frozen=True)
class Row:
    """A row that is not empty, with the line of the file in which it begins."""

    line: int
    cells: tuple[Cell, ...]

    def __getitem__(self, column: int) -> Cell:
        return self.cells[column] if column < len(self.cells) else Cell("")

    @property
    def texts(self) -> list[str]:
        """The texts of all cells."""
        return [cell.text for cell in self.cells]


@dataclass(frozen=True)
class Form:
    """How a text file writes a table, so that lines can be added in the same way."""

    encoding: str
    delimiter: str
    newline: str


@dataclass(frozen=True)
class Table:
    """A table of a file: the row that names the columns, and the rows below it."""

    path: Path
    header: Row
    rows: tuple[Row, ...]
    sheet: str = ""
    form: Form | None = None  # None of a workbook
    _columns: dict[str, list[int]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        for column, cell in enumerate(self.header.cells):
            self._columns.setdefault(normal(cell.text), []).append(column)

    def columns(self, name: str) -> list[int]:
        """Say where the columns of a name are, whatever its capitals and spaces."""
        return self._columns.get(normal(name), [])

    def records(self) -> list[dict[str, str]]:
        """Read each row by the titles of the columns, of which none may be twice."""
        titles = self.header.texts
        return [
            {title: row[at].text for at, title in enumerate(titles)}
            for row in self.rows
        ]

    def place(self, row: Row) -> str:
        """Say where a row is."""
        if self.sheet:
            return f"row {row.line} of the sheet “{self.sheet}”"
        return f"line {row.line}"

    def beyond(self, row: Row) -> str:
        """Say what is wrong with a row that goes beyond the header, or nothing."""
        more = [cell.text for cell in row.cells[len(self.header.cells) :] if cell]
        if not more:
            return ""
        return (
            f"{', '.join(map(repr, map(shown, more)))} stands in no column; put "
            "quotation marks around a cell that holds what divides the cells"
        )


def table(
    path: Path, rows: Iterable[Row], named: Named, sheet: str = ""
) -> tuple[Table, bool]:
    """Make a table of rows, and say whether it has the columns that are looked for.

    The first row that names them is the header: exports often begin with a title. If
    there is none, it is the first row.
    """
    filled = [row for row in rows if any(row.cells)]
    for place, row in enumerate(filled[:_HEADER_WITHIN]):
        if named(row.texts):
            return _table(path, row, filled[place + 1 :], sheet), True
    header = filled[0] if filled else Row(1, ())
    return _table(path, header, filled[1:], sheet), False


def _table(path: Path, header: Row, rows: Sequence[Row], sheet: str) -> Table:
    width = max((at + 1 for at, cell in enumerate(header.cells) if cell), default=0)
    return Table(path, Row(header.line, header.cells[:width]), tuple(rows), sheet)


def clean(text: str) -> str:
    """Take off what a cell holds beside its text.

    That is space of all kinds around it, no-break spaces, marks that nobody sees, and
    the form ``="0102"`` by which programs make Excel keep noughts.
    """
    text = unicodedata.normalize("NFC", text)
    text = text.replace("\u00a0", " ").replace("\u202f", " ")
    while text != (text := text.strip().strip(_INVISIBLE)):
        pass
    kept = re.fullmatch(r'="([^"]*)"', text)
    return clean(kept[1]) if kept else text


def normal(name: str) -> str:
    """Write the name of a column without capitals, spaces and punctuation.

    Examples
    --------
    >>> normal("SIS User ID"), normal("ID-Nummer")
    ('sisuserid', 'idnummer')
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def shown(text: str) -> str:
    """Write text for a message: bytes of an unknown encoding become ``�``."""
    short = text if len(text) <= 60 else f"{text[:60]}…"
    return short.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
