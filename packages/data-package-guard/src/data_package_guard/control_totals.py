"""The guard of control totals, which a person adds up and no program writes.

``total`` is the sum of a group of cells and ``weighted`` the sum of each cell times its
place in the group, from 1. One cell that is off by d shifts the first by d and the
second by d times its place, which names the cell and its right value. ``decimals`` is
the number of printed decimals, since 14.0 and 14 are rounded differently. Missing cells
do not count, nor have they a place. In running text each number counts, one after
another, and ``cells`` is how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from data_package_guard.descriptor import DESCRIPTOR
from data_package_guard.files import DataError, how_to_restore
from data_package_guard.numbers import decimals, numbers_in, parse_number
from data_package_guard.schema import missing_values
from data_package_guard.sheet import Sheet

SUMS = ("cells", "total", "weighted", "decimals")
_LEAVE_OUT = (
    f"declare the cell a missing value in {DESCRIPTOR}, since a control total adds up "
    "this column"
)
_WORDS = "{cells} cells, total {total}, weighted {weighted}, decimals {decimals}"


@dataclass(frozen=True)
class ControlTotal:
    """One control total beside the cells that it controls.

    Attributes
    ----------
    file : pathlib.Path
        Where it stands: the descriptor, or the demands.
    entry : mapping
        As it stands there.
    rows : tuple of int
        The place of the row of each value, from 0.
    values : tuple of decimal.Decimal
        What is added up.
    """

    file: Path
    entry: Mapping[str, Any]
    rows: tuple[int, ...]
    values: tuple[Decimal, ...]

    @property
    def column(self) -> str:
        """The column that is added up."""
        return str(self.entry["column"])

    @property
    def group(self) -> str:
        """The rows that are added up, in words."""
        where = self.entry["where"].items()
        return " and ".join(f"{name} {cell}" for name, cell in where) or "all rows"

    @property
    def expected(self) -> dict[str, Decimal]:
        """The sums that it states."""
        return {name: Decimal(str(self.entry[name])) for name in SUMS}

    @property
    def sums(self) -> dict[str, Decimal]:
        """The sums of the cells as they are now."""
        return {
            "cells": Decimal(len(self.values)),
            "total": sum(self.values, Decimal(0)),
            "weighted": sum((i * x for i, x in enumerate(self.values, 1)), Decimal(0)),
            "decimals": Decimal(sum(map(decimals, self.values))),
        }

    @property
    def correction(self) -> tuple[int, Decimal] | None:
        """The row, and its right value, where one wrong cell explains both sums."""
        sums, expected = self.sums, self.expected
        shift = sums["total"] - expected["total"]
        if sums["cells"] != expected["cells"] or not shift:
            return None
        place = (sums["weighted"] - expected["weighted"]) / shift
        if place not in range(1, len(self.rows) + 1):
            return None
        position = int(place) - 1
        return self.rows[position], (self.values[position] - shift).normalize()


def check_control_totals(sheet: Sheet) -> None:
    """Raise a `DataError` for the first group that does not add up.

    Where one wrong cell explains both sums, the message has it and its right value.
    """
    for control in unbalanced(sheet):
        column = control.column
        problem = f"{sheet.path}, column {column}: the control totals do not add up"
        if control.correction:
            row, right = control.correction
            problem = (
                f'{sheet.place(row, column)}: holds "{sheet.columns[column][row]}", '
                f"the control totals expect {right:f}"
            )
        sums, expected = map(_WORDS.format_map, (control.sums, control.expected))
        raise sheet.changed(
            f"{problem} ({control.group}: found {sums}; {control.file} expects "
            f"{expected}).",
            how_to_retype(sheet),
        )


def unbalanced(sheet: Sheet) -> list[ControlTotal]:
    """List the control totals to which the cells do not add up.

    Raises
    ------
    DataError
        If a cell that is to be added up is no number.
    """
    return [it for it in _controls(sheet) if it.sums != it.expected]


def how_to_retype(sheet: Sheet) -> str:
    """Say which control totals a meant change makes wrong; nothing if it makes none."""
    try:
        wrong = [it.file for it in unbalanced(sheet)]
    except DataError:
        return ""  # a cell that is no number is to be mended first
    files = dict.fromkeys(map(str, wrong))
    if not files:
        return ""
    return f"retype the control totals in {' and '.join(files)} from your source"


def expected_values(sheet: Sheet) -> dict[tuple[int, str], Decimal]:
    """Give the right value of each cell that the control totals alone can correct."""
    try:
        controls = unbalanced(sheet)
    except DataError:
        return {}
    return {
        (control.correction[0], control.column): control.correction[1]
        for control in controls
        if control.correction is not None
    }


def _controls(sheet: Sheet) -> Iterator[ControlTotal]:
    columns = sheet.columns
    for number, (file, entry) in enumerate(sheet.control_totals, start=1):
        where, column = entry["where"], entry["column"]
        unknown = [name for name in (*where, column) if name not in columns]
        if unknown:
            raise DataError(
                f"{file}: control total {number} of {sheet.resource['name']} names "
                f"the column {unknown[0]}, which the schema has not. "
                f"{how_to_restore(file)}"
            )
        missing = missing_values(sheet, column)
        in_text = "numbers" in entry
        numbers = [
            (row, value)
            for row in range(len(sheet.rows))
            if all(columns[name][row] == cell for name, cell in where.items())
            and columns[column][row] not in missing
            for value in _numbers(sheet, row, column, in_text=in_text)
        ]
        rows = tuple(row for row, _ in numbers)
        yield ControlTotal(file, entry, rows, tuple(value for _, value in numbers))


def _numbers(sheet: Sheet, row: int, column: str, *, in_text: bool) -> list[Decimal]:
    cell = sheet.columns[column][row]
    if in_text:
        return numbers_in(cell)
    try:
        return [parse_number(cell)]
    except ValueError as error:
        raise sheet.changed(
            f"{sheet.place(row, column)}: {error}", _LEAVE_OUT
        ) from None
