"""Tables from workbooks of Excel, with what Excel has made of their cells."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from assignment_grading.errors import AssignmentError
from assignment_grading.tabular.csv_files import SAVE_AS
from assignment_grading.tabular.grid import Cell, Named, Row, Table, clean, table

_LARGEST = 300 * 2**20
_DIGITS = 15  # that Excel keeps of a number
_NEVER_COMPUTED = "is a formula without a value: open the file in Excel and save it"


def read_workbook(path: Path, data: bytes, named: Named) -> Table:
    """Read the first sheet that is shown and has the columns that are looked for.

    Of a formula, the value counts that was last computed.

    Raises
    ------
    AssignmentError
        If it is no workbook, or a damaged one.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
            known = "xl/workbook.xml" in archive.namelist()
        if not known or size > _LARGEST:
            raise AssignmentError(f"{path} is no workbook of Excel. {SAVE_AS}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _first_table(path, data, named)
    except AssignmentError:
        raise
    except Exception as error:
        # A damaged file raises what it likes in the library that reads it.
        msg = f"{path} cannot be read as a workbook ({error}). {SAVE_AS}"
        raise AssignmentError(msg) from None


def _first_table(path: Path, data: bytes, named: Named) -> Table:
    # It takes longer to import than most commands to read their tables.
    import openpyxl

    values, formulas = (
        openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=computed)
        for computed in (True, False)
    )
    first = None
    for sheet in values.worksheets:
        if sheet.sheet_state != "visible":
            continue
        rows = _rows(sheet, formulas[sheet.title])
        one, good = table(path, rows, named, sheet.title)
        if good:
            return one
        first = first or one
    return first or table(path, (), named)[0]


def _rows(values: Any, formulas: Any) -> Iterator[Row]:
    # The size that a file states of a sheet is wrong in those of some programs.
    values.reset_dimensions()
    formulas.reset_dimensions()
    pairs = zip(values.iter_rows(), formulas.iter_rows(), strict=True)
    for line, (row, sources) in enumerate(pairs, start=1):
        cells = map(_cell, row, sources)
        yield Row(line, tuple(cells))


def _cell(cell: Any, source: Any) -> Cell:
    value = cell.value
    if value is None:
        return Cell("", _NEVER_COMPUTED if source.data_type == "f" else "")
    if isinstance(value, bool):
        return Cell(str(value).upper(), "is a truth value")
    if isinstance(value, (datetime, date, time, timedelta)):
        return Cell(str(value), "is a date or a time: Excel may have made it of a text")
    if isinstance(value, (int, float)):
        return _number(value, cell.number_format)
    doubt = "is an error of a formula" if cell.data_type == "e" else ""
    return Cell(clean(str(value)), doubt)


def _number(value: float, shown: str) -> Cell:
    """Write a number as the sheet shows it, as far as that is certain."""
    whole = value == int(value)
    text = str(int(value)) if whole else f"{value:.{_DIGITS}g}"
    shown = shown.partition(";")[0]
    if abs(value) >= 10**_DIGITS:
        return Cell(text, f"is a number of which Excel keeps {_DIGITS} digits", True)
    if whole and value >= 0 and re.fullmatch("00+", shown):
        return Cell(text.zfill(len(shown)), number=True)
    if not re.fullmatch(r"General|@|[#0?,.]+(E[+-]0+)?[_() -]*", shown):
        return Cell(text, f"is a number that is shown in the form {shown}", True)
    return Cell(text, number=True)
