"""Checked files as pandas frames; the one module that needs pandas."""

from __future__ import annotations

import pandas as pd

from data_package_guard.descriptor import DataPackage
from data_package_guard.guard import checked_sheet
from data_package_guard.schema import values

_DTYPES = {
    "string": ("str", "str"),
    "integer": ("Int64", "int64"),
    "number": ("Float64", "float64"),
    "boolean": ("boolean", "bool"),
}
"""By the type of a column: where a cell may be missing, and where none may."""


def read_frame(package: DataPackage, resource: str) -> pd.DataFrame:
    """Read the file of a resource, checked against every guard.

    Returns
    -------
    pandas.DataFrame, shape (rows, columns)
        Columns as the schema names and types them: ``str``, ``int64``, ``float64`` and
        ``bool``, or ``Int64``, ``Float64`` and ``boolean`` where a cell may be missing.
        A missing cell is NA.

    Raises
    ------
    DataError
        As `data_package_guard.checked_sheet`.
    """
    sheet = checked_sheet(package, resource)
    columns = {}
    for name, field in sheet.fields.items():
        required = bool(field.get("constraints", {}).get("required"))
        dtype = _DTYPES[field["type"]][required]
        columns[name] = pd.Series(values(sheet, name), dtype=dtype)
    return pd.DataFrame(columns)
