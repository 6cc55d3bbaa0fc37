"""Every guard of a Data Package together: read, check and record its files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from data_package_guard.control_totals import check_control_totals
from data_package_guard.demands import check_demands
from data_package_guard.descriptor import DESCRIPTOR, DataPackage
from data_package_guard.files import DataError, how_to_restore
from data_package_guard.hashes import (
    check_hashes,
    check_keys,
    check_keys_of_package,
    hashes,
    hashes_of_package,
)
from data_package_guard.schema import check_key, check_rows, check_schema, values
from data_package_guard.sheet import Sheet, read_sheet


def checked_sheet(package: DataPackage, resource: str) -> Sheet:
    """Read the file of a resource and put it to every guard.

    Raises
    ------
    DataError
        If the descriptor says of the resource less than is demanded or other than was
        recorded; or if a file, column, row or cell is missing, added or changed, breaks
        its schema, or does not add up to the control totals.
    """
    entry = package.resource(resource)
    check_demands(package, entry)
    check_keys(package, entry)
    sheet = read_sheet(package, entry)
    check_hashes(sheet)
    _check_content(sheet)
    return sheet


def recordable_sheet(package: DataPackage, resource: str) -> Sheet:
    """Read the file of a resource and put it to the guards that no record moves.

    Raises
    ------
    DataError
        As `checked_sheet`, but for what only the recorded hashes can tell.
    """
    entry = package.resource(resource)
    check_demands(package, entry)
    sheet = read_sheet(package, entry)
    _check_content(sheet)
    return sheet


def read_rows(package: DataPackage, resource: str) -> list[dict[str, Any]]:
    """Read the rows of a checked resource, typed by its schema, None where missing."""
    sheet = checked_sheet(package, resource)
    columns = [values(sheet, name) for name in sheet.fields]
    return [
        dict(zip(sheet.fields, row, strict=True)) for row in zip(*columns, strict=True)
    ]


def check(package: DataPackage) -> dict[str, str]:
    """Say for each resource what is wrong with it; an empty text where nothing is.

    Demanded resources are among them, whether the descriptor has them or not. What is
    wrong with the package as a whole stands under ``datapackage.json``.

    Raises
    ------
    DataError
        If the descriptor cannot be read as one.
    """
    entries = package.descriptor()["resources"]
    names = dict.fromkeys([*(it["name"] for it in entries), *package.demanded()])
    problems = dict.fromkeys(names, "")
    for name in names:
        try:
            checked_sheet(package, name)
        except DataError as error:
            problems[name] = str(error)
    try:
        _check_whole(package)
        check_keys_of_package(package)
    except DataError as error:
        problems[DESCRIPTOR] = str(error)
    return problems


def record(package: DataPackage) -> None:
    """Write the hashes of the files as they are now into the descriptor.

    Control totals stay as they are, for a person takes them from the source. The
    descriptor is replaced in one step, so that a killed process leaves the old or the
    new one.

    Raises
    ------
    DataError
        If the descriptor lacks what is demanded, or a file breaks its schema or does
        not add up to its control totals; all of it is named. Nothing is written then.
    """
    descriptor = package.descriptor()
    entries = {entry["name"]: entry for entry in descriptor["resources"]}
    problems = []
    for name in dict.fromkeys([*entries, *package.demanded()]):
        try:
            written = hashes(recordable_sheet(package, name))
            entries[name].update(written)
        except DataError as error:
            problems.append(str(error))
    try:
        _check_whole(package)
    except DataError as error:
        problems.append(str(error))
    if problems:
        raise DataError("\n".join([*problems, "Nothing was recorded."]))
    descriptor["keyHashes"] = hashes_of_package(descriptor)
    temporary = package.folder / f".{DESCRIPTOR}.{os.getpid()}"
    text = json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(package.path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise DataError(
            f"{package.path} cannot be written ({error.strerror}); it is as it was."
        ) from None


def _check_content(sheet: Sheet) -> None:
    check_schema(sheet)
    check_control_totals(sheet)
    check_key(sheet)
    check_rows(sheet)


def _check_whole(package: DataPackage) -> None:
    """Raise a `DataError` if nothing is guarded, or a table is left out."""
    entries = package.descriptor()["resources"]
    if not entries:
        raise DataError(
            f"{package.path}, resources: is empty, so that no file is guarded. "
            f"{how_to_restore(package.path)}"
        )
    guarded = [Path(package.folder, entry["path"]) for entry in entries]
    for folder in dict.fromkeys(path.parent for path in guarded):
        for path in sorted(folder.glob("*")):
            is_table = path.suffix.lower() == ".csv" and not path.name.startswith(".")
            if is_table and path not in guarded:
                raise DataError(
                    f"{path} is no resource of {package.path}, so that nothing guards "
                    "it. Describe it there, or move it elsewhere."
                )
