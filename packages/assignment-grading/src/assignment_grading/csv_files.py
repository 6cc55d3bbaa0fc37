"""Tables as CSV files: what a teacher wrote, and what a teacher is to open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from assignment_grading.errors import AssignmentError


def read_table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Read a CSV file in UTF-8 whose first line names the columns.

    Returns
    -------
    tuple of (list of str, list of dict of str to str)
        The columns, and each further line by column. A line that is too short has
        empty texts, and an empty line has nothing else.

    Raises
    ------
    AssignmentError
        If the file cannot be read, is not text in UTF-8 or not in the CSV format.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    except UnicodeDecodeError as error:
        raise AssignmentError(
            f"{path} is not text in UTF-8 (byte {error.start} is not). If it is from "
            "a spreadsheet, save it again as “CSV UTF-8”."
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise AssignmentError(f"{path} cannot be read: {reason}.") from None
    except csv.Error as error:
        raise AssignmentError(f"{path} is not a CSV file: {error}.") from None
    header = [name.strip() for name in rows[0]] if rows else []
    empty = dict.fromkeys(header, "")
    lines = (zip(header, map(str.strip, row), strict=False) for row in rows[1:])
    return header, [{**empty, **dict(line)} for line in lines]


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Write rows in the CSV format."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
