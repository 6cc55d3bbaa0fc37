"""The guard of hashes, which finds any changed cell by its row and its column."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from data_package_guard import spreadsheets
from data_package_guard.control_totals import expected_values, how_to_retype
from data_package_guard.descriptor import DataPackage
from data_package_guard.files import DataError, how_to_restore
from data_package_guard.plain_json import parts
from data_package_guard.sheet import Sheet

_SHOWN_PLACES = 5
_OF_THE_FILE = ("hash", "bytes", "rowHashes", "columnHashes")
_WRITTEN = {*_OF_THE_FILE, "keyHashes"}
"""The keys that are written by ``record``, and so guard the others."""


def hashes(sheet: Sheet) -> dict[str, Any]:
    """Hash the file, each row and each column, and what the descriptor says of them."""
    return {
        "hash": f"sha256:{hashlib.sha256(sheet.content).hexdigest()}",
        "bytes": len(sheet.content),
        "rowHashes": [short_hash(row) for row in sheet.rows],
        "columnHashes": {
            name: short_hash(cells) for name, cells in sheet.columns.items()
        },
        "keyHashes": _key_hashes(sheet.resource),
    }


def hashes_of_package(descriptor: Mapping[str, Any]) -> dict[str, str]:
    """Hash what a descriptor says of the package: its keys, and which resources."""
    names = [entry["name"] for entry in descriptor["resources"]]
    return _key_hashes({**descriptor, "resources": names})


def check_keys(package: DataPackage, entry: Mapping[str, Any]) -> None:
    """Raise a `DataError` if the entry of a resource is not as recorded."""
    place = f"resources.{entry['name']}"
    _check_keys(package, f"{place}.", entry, _key_hashes(entry))
    for guard in _OF_THE_FILE:
        if guard not in entry:
            raise _unrecorded(package, place, guard)


def check_keys_of_package(package: DataPackage) -> None:
    """Raise a `DataError` if a descriptor does not speak of the package as recorded."""
    descriptor = package.descriptor()
    _check_keys(package, "", descriptor, hashes_of_package(descriptor))


def check_hashes(sheet: Sheet) -> None:
    """Raise a `DataError` for any row, cell or byte that is not as recorded.

    Recorded hashes that contradict each other are refused, too.
    """
    recorded, current = sheet.resource, hashes(sheet)
    pairs = zip(recorded["rowHashes"], current["rowHashes"], strict=False)
    rows = [row for row, (before, now) in enumerate(pairs) if before != now]
    columns = [
        name
        for name, now in current["columnHashes"].items()
        if recorded["columnHashes"].get(name) != now
    ]
    expected = len(recorded["rowHashes"])
    whole = (current["hash"], current["bytes"]) == (recorded["hash"], recorded["bytes"])
    other_length = expected != len(sheet.rows)
    if whole and not other_length and not rows and not columns:
        return
    if whole or (bool(rows) != bool(columns) and not other_length):
        raise DataError(
            f"{sheet.package.path}, resources.{recorded['name']}: the hashes of the "
            "file, of its rows and of its columns contradict each other. "
            f"{how_to_restore(sheet.package.path)}"
        )
    if other_length:
        first = (
            f"{sheet.row_place(rows[0])} is the first that differs"
            if rows
            else f"the rows up to {min(expected, len(sheet.rows))} are as recorded"
        )
        lengths = f"has {len(sheet.rows)} data rows, expected {expected}"
        raise sheet.changed(f"{sheet.path} {lengths}; {first}.", how_to_retype(sheet))
    if rows:
        changed = _changed_cells(sheet, rows, columns)
        raise sheet.changed(changed, how_to_retype(sheet))
    raise DataError(
        f"{sheet.path}: every cell is as recorded, but the bytes are not "
        f"({current['bytes']}, expected {recorded['bytes']}): "
        f"{spreadsheets.habit_of_bytes(sheet.content)}. {how_to_restore(sheet.path)}"
    )


def short_hash(cells: Iterable[str]) -> str:
    """Hash cells with a separator that no cell contains; 32 bits locate, not prove."""
    return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:8]


def _key_hashes(entry: Mapping[str, Any]) -> dict[str, str]:
    return {
        place: short_hash([json.dumps(value, sort_keys=True, ensure_ascii=False)])
        for place, value in _keys(entry)
    }


def _keys(entry: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """List what a person wrote: each key, column and control total with its place."""
    for key, value in entry.items():
        if key == "schema":
            for name, part in value.items():
                columns = parts(part) if name == "fields" else []
                yield from ((f"schema.fields.{column}", it) for column, it in columns)
                if name != "fields":
                    yield f"schema.{name}", part
        elif key == "controlTotals":
            yield from ((f"controlTotals.{number}", it) for number, it in parts(value))
        elif key not in _WRITTEN:
            yield key, value


def _check_keys(
    package: DataPackage,
    start: str,
    entry: Mapping[str, Any],
    current: Mapping[str, str],
) -> None:
    if "keyHashes" not in entry:
        raise _unrecorded(package, start.rstrip("."), "keyHashes")
    recorded = entry["keyHashes"]
    for place in (*recorded, *current):
        before, now = recorded.get(place), current.get(place)
        if before == now:
            continue
        what = "is not as recorded"
        if now is None:
            what = "was recorded and is gone"
        elif before is None:
            what = "is not among what was recorded"
        raise DataError(
            f"{package.path}, {start}{place}: {what}. {how_to_restore(package.path)} "
            f"If the change is meant, run {package.how_to_record}."
        )


def _unrecorded(package: DataPackage, place: str, guard: str) -> DataError:
    where = f", {place}:" if place else ""
    return DataError(
        f'{package.path}{where} has no "{guard}", so that it was never recorded or is '
        f"damaged. {how_to_restore(package.path)} If it is new, run "
        f"{package.how_to_record}."
    )


def _changed_cells(sheet: Sheet, rows: Sequence[int], columns: Sequence[str]) -> str:
    made = _habit(sheet, rows, columns)
    if len(rows) == len(columns) == 1:
        row, column = rows[0], columns[0]
        cell = sheet.columns[column][row]
        what = f'holds "{cell}", which is not what was recorded'
        expected = expected_values(sheet).get((row, column))
        if expected is not None:
            what += f"; the control totals expect {expected:f}"
        return f"{sheet.place(row, column)}: {what}{made}."
    places = ", ".join(map(sheet.row_place, rows[:_SHOWN_PLACES]))
    more = max(0, len(rows) - _SHOWN_PLACES)
    return (
        f"{sheet.path}, {places}{f' and {more} more' * (more > 0)}, column "
        f"{', '.join(columns)}: more than one cell is not as recorded{made}."
    )


def _habit(sheet: Sheet, rows: Collection[int], columns: Collection[str]) -> str:
    """Name what a spreadsheet program did, if that explains a changed row in full."""
    places = [place for place, name in enumerate(sheet.fields) if name in columns]
    for row in rows:
        recorded = sheet.resource["rowHashes"][row]
        for cells, words in spreadsheets.undone(sheet.rows[row], places):
            if short_hash(cells) == recorded:
                return f"; in row {row + 1}, {words}"
    return ""
