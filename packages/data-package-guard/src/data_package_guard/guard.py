"""Every guard of a Data Package together: read, check and record its files."""

from __future__ import annotations

import json
import os
from typing import Any

from data_package_guard.control_totals import check_control_totals
from data_package_guard.descriptor import DESCRIPTOR, DataError, DataPackage
from data_package_guard.hashes import check_hashes, hashes
from data_package_guard.schema import check_key, check_schema, values
from data_package_guard.sheet import Sheet, read_sheet


def checked_sheet(package: DataPackage, resource: str) -> Sheet:
    """Read the file of a resource and put it to every guard.

    Raises
    ------
    DataError
        If a file, column, row or cell is missing, added or changed, breaks its
        schema, or does not add up to the control totals.
    """
    sheet = read_sheet(package, package.resource(resource))
    check_hashes(sheet)
    check_schema(sheet)
    check_control_totals(sheet)
    check_key(sheet)
    return sheet


def read_rows(package: DataPackage, resource: str) -> list[dict[str, Any]]:
    """Read the rows of a checked resource, typed by its schema, None where missing."""
    sheet = checked_sheet(package, resource)
    columns = [values(sheet, name) for name in sheet.fields]
    return [
        dict(zip(sheet.fields, row, strict=True)) for row in zip(*columns, strict=True)
    ]


def check(package: DataPackage) -> dict[str, str]:
    """Say for each resource what is wrong with it; an empty text where nothing is."""
    problems = {entry["name"]: "" for entry in package.descriptor()["resources"]}
    for name in problems:
        try:
            checked_sheet(package, name)
        except DataError as error:
            problems[name] = str(error)
    return problems


def record(package: DataPackage) -> None:
    """Write the hashes of the files as they are now into the descriptor.

    Control totals stay as they are, for a person takes them from the source. The
    descriptor is replaced in one step, so that a killed process leaves the old or the
    new one.

    Raises
    ------
    DataError
        If a file cannot be read as the table that its schema describes. Nothing is
        written then.
    """
    descriptor = package.descriptor()
    for resource in descriptor["resources"]:
        resource.update(hashes(read_sheet(package, resource)))
    temporary = package.folder / f".{DESCRIPTOR}.{os.getpid()}"
    text = json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(package.path)
