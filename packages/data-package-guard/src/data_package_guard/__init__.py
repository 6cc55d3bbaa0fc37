"""Refuses a cell of a Data Package that is not as recorded.

Hashes, a schema and control totals guard each CSV file, all kept in its entry of
``datapackage.json``; that no guard is taken away from there is known to a file apart
from it, the demands. `data_package_guard.frames` gives files as pandas frames; all else
needs the standard library alone.
"""

from data_package_guard.descriptor import DESCRIPTOR, DataPackage
from data_package_guard.files import DataError
from data_package_guard.guard import check, checked_sheet, read_rows, record

__all__ = [
    "DESCRIPTOR",
    "DataError",
    "DataPackage",
    "check",
    "checked_sheet",
    "read_rows",
    "record",
]
