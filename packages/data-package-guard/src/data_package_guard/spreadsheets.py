"""What spreadsheet programs do to a CSV file that they save, by name.

They separate by semicolons where the comma is the decimal sign, drop noughts and
thousands commas, and take ``1-2`` for a date. A reader who is told so need not search.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

_MOST_TRIED = 500
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar",
            "feb february februar",
            "mar march mär märz mrz",
            "apr april",
            "may mai",
            "jun june juni",
            "jul july juli",
            "aug august",
            "sep sept september",
            "oct october okt oktober",
            "nov november",
            "dec december dez dezember",
        ),
        start=1,
    )
    for name in names.split()
}
_TRUTHS = {"true": "true", "wahr": "true", "vrai": "true"} | {
    "false": "false",
    "falsch": "false",
    "faux": "false",
}


def habit_of_file(
    names: Sequence[str], header: Sequence[str], rows: Sequence[Sequence[str]]
) -> str:
    """Name what was done to a whole file, by its header and rows; else nothing."""
    for sign, words in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) > 1 and ",".join(header).split(sign) == list(names):
            return (
                f", line 1: the columns are separated by {words}, as Excel saves CSV "
                "under some settings, and not by commas"
            )
    if header and re.fullmatch("sep=.?", header[0].lower()):
        return (
            f', line 1: holds "{",".join(header)}", which Excel wrote, and no columns'
        )
    empty = len(header) - len(names)
    if empty > 0 and list(header) == [*names, *[""] * empty]:
        return (
            f", line 1: {empty} empty column{'s' * (empty > 1)} after the last, as "
            "spreadsheet programs leave behind"
        )
    for number, row in enumerate(rows, start=1):
        if not any(row):
            return (
                f", row {number}: the row is empty, as spreadsheet programs and "
                "editors leave behind"
            )
    return ""


def habit_of_bytes(content: bytes) -> str:
    """Name why the bytes of a file differ whose cells are all as recorded."""
    lines = content.count(b"\n")
    if lines and content.count(b"\r\n") == lines:
        return "the line ends were changed to those of Windows (CRLF), as Excel saves"
    if b"\r" in content:
        return "line ends were changed, some of them to CR"
    if not content.endswith(b"\n"):
        return "the end of the last line is missing"
    return "line ends or quotes were changed"


def undone(
    row: Sequence[str], places: Sequence[int]
) -> Iterator[tuple[list[str], str]]:
    """Undo in some cells of a row what a spreadsheet program may have done.

    Yields the whole row as it may have been, and what was done then.
    """
    choices = [[(row[place], ""), *_meant(row[place])] for place in places]
    for tried in itertools.islice(itertools.product(*choices), _MOST_TRIED):
        cells = list(row)
        for place, (cell, _) in zip(places, tried, strict=True):
            cells[place] = cell
        words = [
            f'"{cell}" {what}: spreadsheet programs save it as "{row[place]}"'
            for place, (cell, what) in zip(places, tried, strict=True)
            if what
        ]
        yield cells, "; ".join(words)


def _meant(cell: str) -> Iterator[tuple[str, str]]:
    """List what a cell may have been, and what was done to it."""
    bare = cell.strip("' \u00a0\u202f")
    if bare != cell:
        yield bare, "got signs around it"
    if cell.lower() in _TRUTHS:
        yield _TRUTHS[cell.lower()], "was taken for a truth value"
    yield from _numbers(cell)
    for date in _dates(cell):
        yield date, "was taken for a date"


def _numbers(cell: str) -> Iterator[tuple[str, str]]:
    lost = "lost or got thousands separators"
    if re.fullmatch(r"[0-9]{1,3}([,.'\u2019 \u00a0\u202f][0-9]{3})+", cell):
        digits = re.sub("[^0-9]", "", cell)
        yield digits, lost
        yield f"{int(digits):,}", lost
    elif re.fullmatch(r"[0-9]{4,15}", cell):
        yield f"{int(cell):,}", lost
    decimal = "has another decimal sign"
    if re.fullmatch(r"[0-9]+,[0-9]+", cell):
        yield cell.replace(",", "."), decimal
        yield f"{cell.replace(',', '.')}0", decimal
    if re.fullmatch(r"[0-9]+", cell):
        for noughts in (".0", ".00"):
            yield cell + noughts, "lost its last noughts"
        for noughts in ("0", "00"):
            yield noughts + cell, "lost its first noughts"
    elif re.fullmatch(r"[0-9]+\.[0-9]+", cell):
        yield f"{cell}0", "lost its last nought"
        yield cell.rstrip("0").rstrip("."), "got noughts at its end"
    power = re.fullmatch(r"([0-9](?:[.,][0-9]+)?)E\+([0-9]{1,2})", cell)
    if power and int(power[2]) <= 15:
        value = round(float(power[1].replace(",", ".")) * 10 ** int(power[2]))
        yield str(value), "was written as a power of ten"
        yield f"{value:,}", "was written as a power of ten"


def _dates(cell: str) -> Iterator[str]:
    """List the ranges, months and days that a date may have been made of."""
    lower = cell.lower()
    whole = re.fullmatch(r"([0-9]{1,4})[-./]([0-9]{1,2})[-./]([0-9]{1,4})", lower)
    if whole:
        first, second, third = map(int, whole.groups())
        year, day = (first, third) if first > 31 else (third, first)
        for month, other in ((second, day), (day, second)):
            yield f"{year:04}-{month:02}-{other:02}"
            yield from _pairs(month, other)
        return
    words = re.findall(r"[0-9]+|[^\W0-9_]+", lower)
    months = [_MONTHS[word] for word in words if word in _MONTHS]
    numbers = [int(word) for word in words if word.isdigit() and word.isascii()]
    if len(words) == 2 and len(months) == len(numbers) == 1:
        yield from _pairs(months[0], numbers[0])
        years = (
            [numbers[0]] if numbers[0] > 99 else [1900 + numbers[0], 2000 + numbers[0]]
        )
        yield from (f"{year}-{months[0]:02}" for year in years)


def _pairs(month: int, other: int) -> Iterator[str]:
    for one, two in ((month, other), (other, month)):
        yield from (f"{one}-{two}", f"{one}/{two}", f"{one}.{two}")
        yield f"{one:02}-{two:02}"
