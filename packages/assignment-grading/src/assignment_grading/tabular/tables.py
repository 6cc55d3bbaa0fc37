"""Tables that a teacher has: text in all forms of Excel's, or a workbook."""

from __future__ import annotations

from pathlib import Path

from assignment_grading.errors import AssignmentError
from assignment_grading.tabular.csv_files import SAVE_AS, read_csv
from assignment_grading.tabular.grid import Named, Table
from assignment_grading.tabular.workbooks import read_workbook

_LARGEST = 50 * 2**20
_OTHERS = (
    (b"\xd0\xcf\x11\xe0", "an old workbook (.xls) or one with a password"),
    (b"%PDF", "a PDF"),
    (b"<", "a web page or XML, whatever its name says"),
)


def read_table(path: Path, named: Named = bool) -> Table:
    """Read a table whose kind the content says; the name of the file does not count.

    Parameters
    ----------
    path : Path
        Text with commas, semicolons or tabs, in UTF-8, UTF-16 or an unknown encoding,
        or a workbook (``.xlsx``).
    named : callable
        Whether a row of texts is the header. Without it, the first row is.

    Raises
    ------
    AssignmentError
        If the file cannot be read or is of another kind.
    """
    return table_of(path, content(path), named)


def content(path: Path) -> bytes:
    """Read a file that is not too large for a table.

    Raises
    ------
    AssignmentError
        If it cannot be read.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise AssignmentError(f"{path} is larger than {_LARGEST >> 20} MiB.")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise AssignmentError(f"{path} cannot be read: {reason}.") from None


def table_of(path: Path, data: bytes, named: Named = bool) -> Table:
    """Do what `read_table` does, of bytes that were read already."""
    for start, kind in _OTHERS:
        if data.startswith(start):
            raise AssignmentError(f"{path} is {kind}. {SAVE_AS}")
    if data.startswith(b"PK\x03\x04"):
        return read_workbook(path, data, named)
    return read_csv(path, data, named)
