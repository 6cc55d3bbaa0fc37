"""Read the transcription in data/, and refuse every cell that is not as recorded.

Two guards watch every file, both kept in its own entry of ``datapackage.json``:

- hashes of the file, of each row and of each column, written by
  ``python -m rfe_labour.data record``; a changed cell is where a changed row meets a
  changed column;
- control totals, typed by hand from the printed page and never written by a
  program. ``total`` is the sum of a group of cells and ``weighted`` the sum of each
  cell times its place in the group. One cell that is off by d shifts the first by d
  and the second by d times its place, which names the cell and its right value.
  ``decimals`` is the number of printed decimals, since they decide the rounding.
  Missing cells do not count, nor have they a place.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from rfe_labour import rounding

DESCRIPTOR = "datapackage.json"
DIRECTORY_VARIABLE = "RFE_LABOUR_DATA"

_DTYPES = {
    ("string", True): "str",
    ("string", False): "str",
    ("integer", True): "int64",
    ("integer", False): "Int64",
    ("number", True): "float64",
    ("number", False): "Float64",
    ("boolean", True): "bool",
    ("boolean", False): "boolean",
}
_PATTERNS = {
    "string": r"(?s:.*)",
    "integer": r"-?[0-9]+",
    "number": r"-?[0-9]+(?:\.[0-9]+)?",
    "boolean": "true|false",
}
_SHOWN_PLACES = 5


class DataError(ValueError):
    """The transcription is not as recorded; the message says where and what to do."""


def load(resource: str, directory: Path | None = None) -> pd.DataFrame:
    """Read one file of the transcription, checked against every guard.

    Parameters
    ----------
    resource : str
        Name of the file without its suffix, for example ``"table1"``.
    directory : pathlib.Path or None
        Folder with ``datapackage.json``; None stands for `data_directory`.

    Returns
    -------
    pandas.DataFrame, shape (rows, columns)
        Columns as the descriptor's schema names and types them: ``str`` (also every
        cell as printed), ``int64``, ``float64`` and ``bool``, or ``Int64``,
        ``Float64`` and ``boolean`` where a cell may be missing. A missing cell is NA;
        the descriptor's ``missingValues`` of that column say why it can be.

    Raises
    ------
    DataError
        If a file, column, row or cell is missing, added or changed, breaks its
        schema, or does not add up to the control totals.
    """
    sheet = _checked_sheet(resource, _directory(directory))
    return pd.DataFrame({field["name"]: _typed(field, sheet) for field in sheet.fields})


def data_directory() -> Path:
    """Find the folder of the transcription.

    Returns
    -------
    pathlib.Path
        What the environment variable ``RFE_LABOUR_DATA`` names, or else ``data/`` of
        the repository that this package is installed from, or else the copy that was
        installed with it.

    Raises
    ------
    DataError
        If there is no ``datapackage.json`` in it.
    """
    named = os.environ.get(DIRECTORY_VARIABLE)
    here = Path(__file__).resolve()
    installed, cloned = here.parents[1] / "transcription", here.parents[3] / "data"
    directory = Path(named) if named else installed if installed.is_dir() else cloned
    if not (directory / DESCRIPTOR).is_file():
        msg = (
            f"There is no {DESCRIPTOR} in {directory}. Install the package from a "
            "clone of the repository with `pip install .`, or let the environment "
            f"variable {DIRECTORY_VARIABLE} name the folder that has it."
        )
        raise DataError(msg)
    return directory


def read_descriptor(directory: Path | None = None) -> dict[str, Any]:
    """Read ``datapackage.json`` as plain data.

    Parameters
    ----------
    directory : pathlib.Path or None
        Folder with ``datapackage.json``; None stands for `data_directory`.

    Returns
    -------
    dict
        The Data Package descriptor.

    Raises
    ------
    DataError
        If the file is missing, is not JSON, or lists no resources with name, path
        and schema.
    """
    path = _directory(directory) / DESCRIPTOR
    try:
        descriptor = json.loads(_read_text(path))
    except json.JSONDecodeError as error:
        msg = (
            f"{path} is not valid JSON: line {error.lineno}, column {error.colno}: "
            f"{error.msg}. {_restore(path)}"
        )
        raise DataError(msg) from None
    if not _lists_resources(descriptor):
        msg = (
            f"{path} does not list resources with name, path and schema fields. "
            f"{_restore(path)}"
        )
        raise DataError(msg)
    return dict(descriptor)


def labels(resource: str, column: str, directory: Path | None = None) -> dict[str, str]:
    """Give the meaning of each code of a column.

    Parameters
    ----------
    resource : str
        Name of a resource, for example ``"table4"``.
    column : str
        Name of one of its columns, for example ``"doubt"``.
    directory : pathlib.Path or None
        As for `load`.

    Returns
    -------
    dict of str to str
        The label of each category; empty if the column has no codes.

    Raises
    ------
    DataError
        If there is no such resource or column.
    """
    entry = _find_resource(resource, _directory(directory))
    for field in entry["schema"]["fields"]:
        if field["name"] == column:
            return {
                code["value"]: code["label"] for code in field.get("categories", [])
            }
    msg = f"{entry['path']} has no column {column!r}."
    raise DataError(msg)


def check(directory: Path | None = None) -> dict[str, str]:
    """Check every file of the transcription.

    Parameters
    ----------
    directory : pathlib.Path or None
        Folder with ``datapackage.json``; None stands for `data_directory`.

    Returns
    -------
    dict of str to str
        For each resource what is wrong with it; an empty text where nothing is.

    Raises
    ------
    DataError
        If the descriptor itself cannot be read.
    """
    folder = _directory(directory)
    return {
        resource["name"]: _problem(resource["name"], folder)
        for resource in read_descriptor(folder)["resources"]
    }


def record(directory: Path | None = None) -> None:
    """Write the hashes of the files as they are now into ``datapackage.json``.

    Control totals stay as they are: they come from the printed page. The descriptor
    is replaced in one step, so that a killed process leaves the old or the new one.

    Parameters
    ----------
    directory : pathlib.Path or None
        Folder with ``datapackage.json``; None stands for `data_directory`.

    Raises
    ------
    DataError
        If a file cannot be read as the table that its schema describes. Nothing is
        written then.
    """
    folder = _directory(directory)
    descriptor = read_descriptor(folder)
    for resource in descriptor["resources"]:
        resource.update(_hashes(_read_sheet(resource, folder)))
    path = folder / DESCRIPTOR
    temporary = path.with_name(f".{DESCRIPTOR}.{os.getpid()}")
    text = json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m rfe_labour.data``.

    Parameters
    ----------
    arguments : sequence of str or None
        The command line without the program; None stands for the real one.

    Returns
    -------
    int
        Exit code: 0 if every file is as it should be, otherwise 1.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command == "record":
            record(options.directory)
        problems = check(options.directory)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    for resource, problem in problems.items():
        print(f"{resource}: {problem or 'as recorded'}")
    return 1 if any(problems.values()) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rfe_labour.data",
        description="Check the transcription in data/, or record a meant change.",
    )
    parser.add_argument(
        "command",
        choices=["check", "record"],
        help="check: compare every file with its hashes, schema and control totals. "
        "record: first write the hashes of the files as they are now. Control totals "
        "are never written; retype them from the printed page.",
    )
    parser.add_argument(
        "--directory",
        type=Path,
        help=f"folder with {DESCRIPTOR} (default: the repository's data/, or what "
        f"{DIRECTORY_VARIABLE} names)",
    )
    return parser


def _directory(directory: Path | None) -> Path:
    return data_directory() if directory is None else Path(directory)


def _problem(resource: str, directory: Path) -> str:
    try:
        _checked_sheet(resource, directory)
    except DataError as error:
        return str(error)
    return ""


# One file as text ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Sheet:
    """One CSV file as text, with its entry in the descriptor: nothing typed yet."""

    resource: Mapping[str, Any]
    path: Path
    content: bytes
    rows: tuple[tuple[str, ...], ...]

    @property
    def fields(self) -> list[dict[str, Any]]:
        return list(self.resource["schema"]["fields"])

    @property
    def names(self) -> list[str]:
        return [field["name"] for field in self.fields]

    def column(self, name: str) -> tuple[str, ...]:
        place = self.names.index(name)
        return tuple(row[place] for row in self.rows)

    def cell(self, row: int, column: str) -> str:
        return self.rows[row][self.names.index(column)]

    def row_place(self, row: int) -> str:
        """Name a data row by its number from 1 and its key."""
        keys = self.resource["schema"].get("primaryKey", [])
        key = ", ".join(f"{name} {self.cell(row, name)}" for name in keys)
        return f"row {row + 1} ({key})" if key else f"row {row + 1}"

    def place(self, row: int, column: str) -> str:
        return f"{self.path}, {self.row_place(row)}, column {column}"


def _checked_sheet(name: str, directory: Path) -> _Sheet:
    """Read one file and put it to every guard."""
    sheet = _read_sheet(_find_resource(name, directory), directory)
    _check_hashes(sheet)
    _check_schema(sheet)
    _check_control_totals(sheet)
    _check_key(sheet)
    _check_bytes(sheet)
    return sheet


def _find_resource(name: str, directory: Path) -> dict[str, Any]:
    resources = {
        resource["name"]: resource
        for resource in read_descriptor(directory)["resources"]
    }
    if name not in resources:
        nearest = get_close_matches(name, resources, n=1, cutoff=0)
        meant = f'; did you mean "{nearest[0]}"?' if nearest else "."
        msg = (
            f'{directory / DESCRIPTOR} has no resource "{name}"{meant} '
            f"It has {', '.join(resources)}."
        )
        raise DataError(msg)
    return dict(resources[name])


def _read_sheet(resource: Mapping[str, Any], directory: Path) -> _Sheet:
    path = directory / resource["path"]
    text = _read_text(path)
    try:
        header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    except (csv.Error, ValueError) as error:
        msg = f"{path} is not a CSV table with a header ({error}). {_restore(path)}"
        raise DataError(msg) from None
    sheet = _Sheet(resource, path, text.encode(), tuple(map(tuple, rows)))
    _check_header(sheet, header)
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            msg = (
                f"{path}, row {number} has {len(row)} cells, expected {len(header)}: "
                f"{', '.join(header)}. {_restore(path)}"
            )
            raise DataError(msg)
    return sheet


def _read_text(path: Path) -> str:
    """Read UTF-8 without touching line ends, so that the bytes can be hashed."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror}). {_restore(path)}"
        raise DataError(msg) from None
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8 text: byte {error.start}. {_restore(path)}"
        raise DataError(msg) from None


def _check_header(sheet: _Sheet, header: Sequence[str]) -> None:
    if list(header) == sheet.names:
        return
    missing = [name for name in sheet.names if name not in header]
    extra = [name for name in header if name not in sheet.names]
    wrong = "; ".join(
        [f"column {name} is missing" for name in missing]
        + [f"column {name!r} is not in the schema" for name in extra]
    )
    msg = (
        f"{sheet.path}: {wrong or 'the columns are out of order or repeated'}. "
        f"Expected the columns {', '.join(sheet.names)}. {_restore(sheet.path)}"
    )
    raise DataError(msg)


def _lists_resources(descriptor: object) -> bool:
    match descriptor:
        case {"resources": [*resources]}:
            return all(_is_resource(resource) for resource in resources)
    return False


def _is_resource(resource: object) -> bool:
    match resource:
        case {"name": str(), "path": str(), "schema": {"fields": [*fields]}}:
            return all(
                isinstance(field, dict) and {"name", "type"} <= field.keys()
                for field in fields
            )
    return False


def _restore(path: Path) -> str:
    return f"Restore it with `git restore {path}`."


def _remedy(path: Path) -> str:
    return (
        f"{_restore(path)} If the change is meant, run `python -m rfe_labour.data "
        f"record` and retype the control totals in {DESCRIPTOR} from the printed page."
    )


# The guard of hashes ------------------------------------------------------------------


def _hashes(sheet: _Sheet) -> dict[str, Any]:
    return {
        "hash": f"sha256:{hashlib.sha256(sheet.content).hexdigest()}",
        "bytes": len(sheet.content),
        "rowHashes": [_short_hash(row) for row in sheet.rows],
        "columnHashes": {name: _short_hash(sheet.column(name)) for name in sheet.names},
    }


def _short_hash(cells: Iterable[str]) -> str:
    """Hash cells with a separator that no cell contains; 32 bits locate, not prove."""
    return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:8]


def _check_hashes(sheet: _Sheet) -> None:
    recorded, found = sheet.resource, _hashes(sheet)
    if not found.keys() <= recorded.keys():
        msg = (
            f"{sheet.path.parent / DESCRIPTOR} has no recorded hashes for "
            f"{sheet.resource['name']}. Run `python -m rfe_labour.data record`."
        )
        raise DataError(msg)
    rows = [
        number
        for number, (before, now) in enumerate(
            zip(recorded["rowHashes"], found["rowHashes"], strict=False)
        )
        if before != now
    ]
    expected = len(recorded["rowHashes"])
    if expected != len(sheet.rows):
        raise DataError(_wrong_length(sheet, expected, rows))
    columns = [
        name
        for name, now in found["columnHashes"].items()
        if recorded["columnHashes"].get(name) != now
    ]
    if rows or columns:
        raise DataError(_changed_cells(sheet, rows, columns))


def _wrong_length(sheet: _Sheet, expected: int, changed: Sequence[int]) -> str:
    first = (
        f"{sheet.row_place(changed[0])} is the first that differs"
        if changed
        else f"the rows up to {min(expected, len(sheet.rows))} are as recorded"
    )
    return (
        f"{sheet.path} has {len(sheet.rows)} data rows, expected {expected}; {first}. "
        f"{_remedy(sheet.path)}"
    )


def _changed_cells(sheet: _Sheet, rows: Sequence[int], columns: Sequence[str]) -> str:
    if not rows or not columns:
        return (
            f"The row and column hashes of {sheet.resource['name']} in "
            f"{sheet.path.parent / DESCRIPTOR} contradict each other. "
            f"{_restore(sheet.path.parent / DESCRIPTOR)}"
        )
    if len(rows) == len(columns) == 1:
        row, column = rows[0], columns[0]
        where = sheet.place(row, column)
        what = f'holds "{sheet.cell(row, column)}", which is not what was recorded'
        expected = _expected_values(sheet).get((row, column))
        if expected is not None:
            what += f"; the control totals expect {expected:f}"
    else:
        shown = [sheet.row_place(row) for row in rows[:_SHOWN_PLACES]]
        more = len(rows) - len(shown)
        where = f"{sheet.path}, {', '.join(shown)}" + (f" and {more} more" * (more > 0))
        where += f", column {', '.join(columns)}"
        what = "more than one cell is not as recorded"
    return f"{where}: {what}. {_remedy(sheet.path)}"


def _check_bytes(sheet: _Sheet) -> None:
    found = _hashes(sheet)
    if any(found[guard] != sheet.resource[guard] for guard in ("hash", "bytes")):
        msg = (
            f"{sheet.path}: every cell is as recorded, but the bytes are not "
            f"({found['bytes']}, expected {sheet.resource['bytes']}): line ends or "
            f"quotes were changed. {_restore(sheet.path)}"
        )
        raise DataError(msg)


# The schema ---------------------------------------------------------------------------


def _check_schema(sheet: _Sheet) -> None:
    for field in sheet.fields:
        for row, cell in enumerate(sheet.column(field["name"])):
            problem = _cell_problem(cell, field)
            if problem:
                where = sheet.place(row, field["name"])
                msg = f'{where}: holds "{cell}", {problem}. {_remedy(sheet.path)}'
                raise DataError(msg)


def _cell_problem(cell: str, field: Mapping[str, Any]) -> str:
    """Say what a cell should be, or nothing if it is that."""
    rules = field.get("constraints", {})
    if cell in _missing_values(field):
        return "expected a value" if rules.get("required") else ""
    kind = field["type"]
    if kind not in _PATTERNS:
        return f"of type {kind}, but only {', '.join(_PATTERNS)} are read"
    if not re.fullmatch(_PATTERNS[kind], cell):
        return f"expected {kind}"
    if not re.fullmatch(rules.get("pattern", "(?s:.*)"), cell):
        return f"expected the pattern {rules['pattern']}"
    allowed = rules.get("enum") or [
        category["value"] for category in field.get("categories", [])
    ]
    if allowed and cell not in allowed:
        return f"expected one of {', '.join(allowed)}"
    if "minimum" in rules and Decimal(cell) < rules["minimum"]:
        return f"expected at least {rules['minimum']}"
    if "maximum" in rules and Decimal(cell) > rules["maximum"]:
        return f"expected at most {rules['maximum']}"
    return ""


def _missing_values(field: Mapping[str, Any]) -> dict[str, str]:
    """Give the labels of a column's missing values; the standard's default is ""."""
    entries = field.get("missingValues", [{"value": ""}])
    return {entry["value"]: entry.get("label", "") for entry in entries}


def _check_key(sheet: _Sheet) -> None:
    columns = sheet.resource["schema"].get("primaryKey", [])
    if not columns:
        return
    first_with: dict[tuple[str, ...], int] = {}
    for row in range(len(sheet.rows)):
        key = tuple(sheet.cell(row, name) for name in columns)
        if key in first_with:
            msg = (
                f"{sheet.path}, {sheet.row_place(row)}, column {', '.join(columns)}: "
                f"the same as in row {first_with[key] + 1}, expected only once. "
                f"{_remedy(sheet.path)}"
            )
            raise DataError(msg)
        first_with[key] = row


# The guard of control totals ----------------------------------------------------------


@dataclass(frozen=True)
class _Sums:
    """What a group of printed numbers adds up to."""

    cells: int
    total: Decimal
    weighted: Decimal
    decimals: int

    def __str__(self) -> str:
        return (
            f"{self.cells} cells, total {self.total}, weighted {self.weighted}, "
            f"decimals {self.decimals}"
        )


@dataclass(frozen=True)
class _Control:
    """One control total beside the cells that it controls."""

    column: str
    group: str
    rows: tuple[int, ...]
    values: tuple[Decimal, ...]
    expected: _Sums

    @property
    def found(self) -> _Sums:
        return _Sums(
            cells=len(self.values),
            total=sum(self.values, Decimal(0)),
            weighted=sum((i * x for i, x in enumerate(self.values, 1)), Decimal(0)),
            decimals=sum(-int(x.as_tuple().exponent) for x in self.values),
        )

    @property
    def correction(self) -> tuple[int, Decimal] | None:
        """The row, and its right value, where one wrong cell explains both sums."""
        shift = self.found.total - self.expected.total
        if self.found.cells != self.expected.cells or not shift:
            return None
        place = (self.found.weighted - self.expected.weighted) / shift
        if place not in range(1, len(self.rows) + 1):
            return None
        position = int(place) - 1
        return self.rows[position], (self.values[position] - shift).normalize()


def _check_control_totals(sheet: _Sheet) -> None:
    for control in _controls(sheet):
        if control.found == control.expected:
            continue
        sums = f"{control.group}: found {control.found}; expected {control.expected}"
        if control.correction is None:
            where = f"{sheet.path}, column {control.column}"
            msg = f"{where}: the control totals do not add up ({sums})."
        else:
            row, right = control.correction
            where = sheet.place(row, control.column)
            cell = sheet.cell(row, control.column)
            wrong = f'holds "{cell}", the control totals expect {right:f}'
            msg = f"{where}: {wrong} ({sums})."
        raise DataError(f"{msg} {_remedy(sheet.path)}")


def _expected_values(sheet: _Sheet) -> dict[tuple[int, str], Decimal]:
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


def _controls(sheet: _Sheet) -> Iterator[_Control]:
    missing = {field["name"]: _missing_values(field) for field in sheet.fields}
    for number, entry in enumerate(sheet.resource.get("controlTotals", []), start=1):
        try:
            where, column = dict(entry["where"]), entry["column"]
            expected = _Sums(
                int(entry["cells"]),
                Decimal(entry["total"]),
                Decimal(entry["weighted"]),
                int(entry["decimals"]),
            )
            groups = {name: sheet.column(name) for name in (*where, column)}
        except (KeyError, TypeError, ValueError, InvalidOperation):
            msg = (
                f"{sheet.path.parent / DESCRIPTOR}: control total {number} of "
                f"{sheet.resource['name']} must have where (column: value), column, "
                "cells, total, weighted and decimals, with columns of the schema."
            )
            raise DataError(msg) from None
        rows = tuple(
            row
            for row in range(len(sheet.rows))
            if all(groups[name][row] == value for name, value in where.items())
            and groups[column][row] not in missing[column]
        )
        group = " and ".join(f"{name} {value}" for name, value in where.items())
        values = tuple(_number(sheet, row, column) for row in rows)
        yield _Control(column, group or "all rows", rows, values, expected)


def _number(sheet: _Sheet, row: int, column: str) -> Decimal:
    try:
        return rounding.parse_number(sheet.cell(row, column))
    except ValueError as error:
        msg = f"{sheet.place(row, column)}: {error} {_remedy(sheet.path)}"
        raise DataError(msg) from None


# Typed columns ------------------------------------------------------------------------


def _typed(field: Mapping[str, Any], sheet: _Sheet) -> pd.Series:
    missing = _missing_values(field)
    values = [
        None if cell in missing else _value(cell, field["type"])
        for cell in sheet.column(field["name"])
    ]
    required = bool(field.get("constraints", {}).get("required"))
    return pd.Series(values, dtype=_DTYPES[field["type"], required])


def _value(cell: str, kind: str) -> str | int | float | bool:
    if kind == "integer":
        return int(cell)
    if kind == "number":
        return float(cell)
    return cell == "true" if kind == "boolean" else cell
