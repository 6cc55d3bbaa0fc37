"""The guard of control totals, which a person adds up and no program writes.

``total`` is the sum of a group of cells and ``weighted`` the sum of each cell times its
place in the group, from 1. One cell that is off by d shifts the first by d and the
second by d times its place, which names the cell and its right value. ``decimals`` is
the number of printed decimals, since 14.0 and 14 are rounded differently. Missing cells
do not count, nor have they a place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from data_package_guard.descriptor import DataError
from data_package_guard.numbers import decimals, parse_number
from data_package_guard.schema import missing_values
from data_package_guard.sheet import Sheet

_SUMS = "{cells} cells, total {total}, weighted {weighted}, decimals {decimals}"


@dataclass(frozen=True)
class _Control:
    """One control total beside the cells that it controls."""

    column: str
    group: str
    rows: tuple[int, ...]
    values: tuple[Decimal, ...]
    expected: dict[str, Decimal]

    @property
    def sums(self) -> dict[str, Decimal]:
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
    for control in _controls(sheet):
        if control.sums == control.expected:
            continue
        column = control.column
        problem = f"{sheet.path}, column {column}: the control totals do not add up"
        if control.correction:
            row, right = control.correction
            problem = (
                f'{sheet.place(row, column)}: holds "{sheet.columns[column][row]}", '
                f"the control totals expect {right:f}"
            )
        sums, expected = map(_SUMS.format_map, (control.sums, control.expected))
        raise sheet.changed(
            f"{problem} ({control.group}: found {sums}; expected {expected})."
        )


def expected_values(sheet: Sheet) -> dict[tuple[int, str], Decimal]:
    """Give the right value of each cell that the control totals alone can correct."""
    try:
        controls = list(_controls(sheet))
    except DataError:
        return {}
    return {
        (control.correction[0], control.column): control.correction[1]
        for control in controls
        if control.correction is not None
    }


def _controls(sheet: Sheet) -> Iterator[_Control]:
    columns = sheet.columns
    for number, entry in enumerate(sheet.resource.get("controlTotals", []), start=1):
        try:
            where, column = dict(entry["where"]), entry["column"]
            expected = {
                name: Decimal(str(entry[name]))
                for name in ("cells", "total", "weighted", "decimals")
            }
            groups = {name: columns[name] for name in (*where, column)}
        except (KeyError, TypeError, ValueError, InvalidOperation):
            raise DataError(
                f"{sheet.package.path}: control total {number} of "
                f"{sheet.resource['name']} must have where (column: value), column, "
                "cells, total, weighted and decimals, with columns of the schema."
            ) from None
        missing = missing_values(sheet, column)
        rows = tuple(
            row
            for row in range(len(sheet.rows))
            if all(groups[name][row] == value for name, value in where.items())
            and groups[column][row] not in missing
        )
        group = " and ".join(f"{name} {value}" for name, value in where.items())
        values = tuple(_number(sheet, row, column) for row in rows)
        yield _Control(column, group or "all rows", rows, values, expected)


def _number(sheet: Sheet, row: int, column: str) -> Decimal:
    try:
        return parse_number(sheet.columns[column][row])
    except ValueError as error:
        raise sheet.changed(f"{sheet.place(row, column)}: {error}") from None
