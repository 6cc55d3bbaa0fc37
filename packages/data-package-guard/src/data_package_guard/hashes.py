"""The guard of hashes, which finds any changed cell by its row and its column."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from data_package_guard.control_totals import expected_values
from data_package_guard.descriptor import DataError, how_to_restore
from data_package_guard.sheet import Sheet

_SHOWN_PLACES = 5


def hashes(sheet: Sheet) -> dict[str, Any]:
    """Hash the file, each row and each column, as the descriptor keeps them."""
    return {
        "hash": f"sha256:{hashlib.sha256(sheet.content).hexdigest()}",
        "bytes": len(sheet.content),
        "rowHashes": [_short_hash(row) for row in sheet.rows],
        "columnHashes": {
            name: _short_hash(cells) for name, cells in sheet.columns.items()
        },
    }


def check_hashes(sheet: Sheet) -> None:
    """Raise a `DataError` for any row, cell or byte that is not as recorded.

    Recorded hashes that are missing or contradict each other are refused, too.
    """
    recorded, current = sheet.resource, hashes(sheet)
    descriptor = sheet.package.path
    if not current.keys() <= recorded.keys():
        raise DataError(
            f"{descriptor} has no recorded hashes for {recorded['name']}. "
            f"Run {sheet.package.how_to_record}."
        )
    pairs = zip(recorded["rowHashes"], current["rowHashes"], strict=False)
    rows = [row for row, (before, now) in enumerate(pairs) if before != now]
    expected = len(recorded["rowHashes"])
    if expected != len(sheet.rows):
        first = (
            f"{sheet.row_place(rows[0])} is the first that differs"
            if rows
            else f"the rows up to {min(expected, len(sheet.rows))} are as recorded"
        )
        lengths = f"has {len(sheet.rows)} data rows, expected {expected}"
        raise sheet.changed(f"{sheet.path} {lengths}; {first}.")
    columns = [
        name
        for name, now in current["columnHashes"].items()
        if recorded["columnHashes"].get(name) != now
    ]
    if rows and columns:
        raise sheet.changed(_changed_cells(sheet, rows, columns))
    if rows or columns:
        raise DataError(
            f"The row and column hashes of {recorded['name']} in {descriptor} "
            f"contradict each other. {how_to_restore(descriptor)}"
        )
    if any(current[guard] != recorded[guard] for guard in ("hash", "bytes")):
        raise DataError(
            f"{sheet.path}: every cell is as recorded, but the bytes are not "
            f"({current['bytes']}, expected {recorded['bytes']}): line ends or "
            f"quotes were changed. {how_to_restore(sheet.path)}"
        )


def _short_hash(cells: Iterable[str]) -> str:
    """Hash cells with a separator that no cell contains; 32 bits locate, not prove."""
    return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:8]


def _changed_cells(sheet: Sheet, rows: Sequence[int], columns: Sequence[str]) -> str:
    if len(rows) == len(columns) == 1:
        row, column = rows[0], columns[0]
        cell = sheet.columns[column][row]
        what = f'holds "{cell}", which is not what was recorded'
        expected = expected_values(sheet).get((row, column))
        if expected is not None:
            what += f"; the control totals expect {expected:f}"
        return f"{sheet.place(row, column)}: {what}."
    places = ", ".join(map(sheet.row_place, rows[:_SHOWN_PLACES]))
    more = max(0, len(rows) - _SHOWN_PLACES)
    return (
        f"{sheet.path}, {places}{f' and {more} more' * (more > 0)}, column "
        f"{', '.join(columns)}: more than one cell is not as recorded."
    )
