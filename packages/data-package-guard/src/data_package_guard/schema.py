"""The schema of a table: which cells it allows, and the values that they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from data_package_guard.demands import demanded_rows
from data_package_guard.descriptor import DESCRIPTOR, coded
from data_package_guard.files import DataError, how_to_restore
from data_package_guard.sheet import Sheet

_TYPES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "string": (r"(?s:.*)", str),
    "integer": (r"-?[0-9]+", int),
    "number": (r"-?[0-9]+(?:\.[0-9]+)?", float),
    "boolean": ("true|false", "true".__eq__),
}
"""How the cells of each type are written and read."""

_ALLOW_IT = f"change the schema in {DESCRIPTOR}, which does not allow it"


def check_schema(sheet: Sheet) -> None:
    """Raise a `DataError` for the first cell that its column does not allow."""
    for name, cells in sheet.columns.items():
        field, missing = sheet.fields[name], missing_values(sheet, name)
        rules = field.get("constraints", {})
        allowed = rules.get("enum") or list(coded(field.get("categories", ())))
        for row, cell in enumerate(cells):
            problem = _cell_problem(cell, field, missing, allowed)
            if problem:
                where = sheet.place(row, name)
                raise sheet.changed(f'{where}: holds "{cell}", {problem}.', _ALLOW_IT)


def check_key(sheet: Sheet) -> None:
    """Raise a `DataError` for a row whose primary key an earlier one has."""
    names = sheet.resource["schema"].get("primaryKey", [])
    first_with: dict[tuple[str, ...], int] = {}
    keys = zip(*(sheet.columns[name] for name in names), strict=True)
    for row, key in enumerate(keys):
        first = first_with.setdefault(key, row)
        if first != row:
            raise sheet.changed(
                f"{sheet.path}, {sheet.row_place(row)}, column {', '.join(names)}: "
                f"the same as in row {first + 1}, expected only once.",
                _ALLOW_IT,
            )


def check_rows(sheet: Sheet) -> None:
    """Raise a `DataError` if a row that is demanded is not there."""
    for demanded in demanded_rows(sheet.package, sheet.resource["name"]):
        cells = demanded["cells"]
        columns = [sheet.columns.get(name, ()) for name in cells]
        if tuple(cells.values()) not in zip(*columns, strict=False):
            because = demanded.get("because", "")
            raise DataError(
                f"{sheet.path}, columns {', '.join(cells)}: no row has "
                f"{', '.join(cells.values())}, which {sheet.package.demands} demands"
                f"{f', because {because}' * bool(because)}. "
                f"{how_to_restore(sheet.path)} If the change is meant, change what "
                f"rests on it and {sheet.package.demands} first."
            )


def missing_values(sheet: Sheet, column: str) -> dict[str, str]:
    """Give the labels of a column's missing values; the standard's default is ""."""
    of_all = sheet.resource["schema"].get("missingValues", [""])
    return coded(sheet.fields[column].get("missingValues", of_all))


def values(sheet: Sheet, column: str) -> list[Any]:
    """Give the cells of a checked column as its type has them, None where missing."""
    missing = missing_values(sheet, column)
    _, read = _TYPES[sheet.fields[column]["type"]]
    return [None if cell in missing else read(cell) for cell in sheet.columns[column]]


def _cell_problem(
    cell: str,
    field: Mapping[str, Any],
    missing: Mapping[str, str],
    allowed: Sequence[str],
) -> str:
    """Say what a cell should be, or nothing if it is that."""
    rules = field.get("constraints", {})
    if cell in missing:
        return "expected a value" if rules.get("required") else ""
    kind = field["type"]
    if not re.fullmatch(_TYPES[kind][0], cell):
        return f"expected {kind}"
    if not re.fullmatch(rules.get("pattern", "(?s:.*)"), cell):
        return f"expected the pattern {rules['pattern']}"
    if allowed and cell not in allowed:
        return f"expected one of {', '.join(allowed)}"
    if "minimum" in rules and Decimal(cell) < rules["minimum"]:
        return f"expected at least {rules['minimum']}"
    if "maximum" in rules and Decimal(cell) > rules["maximum"]:
        return f"expected at most {rules['maximum']}"
    return ""
