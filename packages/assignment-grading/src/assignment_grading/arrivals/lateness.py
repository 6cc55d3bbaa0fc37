"""When each student handed in, and what a late hand-in costs, as columns of the scores.

Points are never changed here. A time is used only if a learning management system wrote
it into its export, or, for want of one, if a file has it; a column says which.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from assignment_grading.arrivals.collection import Handed
from assignment_grading.reporting.feedback import Late
from assignment_grading.tabular.csv_files import csv_text

TOTAL, AFTER = "total", "total_after_penalty"
_DAY = timedelta(days=1)


def read_deadline(text: str) -> datetime:
    """Read a time such as ``2026-11-30T23:59+02:00``.

    Raises
    ------
    ValueError
        If it is no time, or one without a time zone.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        msg = f"{text} is no time with a time zone, as 2026-11-30T23:59+02:00 is"
        raise ValueError(msg)
    return time


def late_by(one: Handed, deadline: datetime) -> timedelta | None:
    """Tell how late something was handed in; None if nobody knows.

    A time without a time zone is taken in that of the deadline.
    """
    if one.when:
        when = one.when if one.when.tzinfo else one.when.replace(tzinfo=deadline.tzinfo)
        return max(when - deadline, timedelta())
    return timedelta() if one.late is False else None


def with_times(
    files: Mapping[str, Handed], times: Mapping[str, datetime], system: str
) -> dict[str, Handed]:
    """Add the times that a system's table has, where its export of files has none."""
    return {
        student: replace(one, when=times[student], clock=system)
        if student in times and not one.when
        else one
        for student, one in files.items()
    }


def penalty(late: timedelta, per_day: float) -> float:
    """Return the part of the points, in per cent, that is lost for each day begun."""
    return min(100.0, per_day * math.ceil(late / _DAY))


def add_columns(
    scores: str,
    students: Sequence[str],
    files: Mapping[str, Handed],
    deadline: datetime,
    per_day: float | None = None,
) -> str:
    """Add the columns to a table of scores.

    Parameters
    ----------
    scores : str
        The table as CSV, with one line a student, in their order.
    students : sequence of str
        The students of the lines.
    files : mapping of str to Handed
        What each handed in.
    deadline : datetime
        With a time zone.
    per_day : float, optional
        What each day begun costs, in per cent. Without it there is no penalty.

    Returns
    -------
    str
        The table with ``handed_in``, ``time_from``, ``late_by`` in hours and
        ``attempt``, and with ``penalty`` in per cent and ``total_after_penalty`` if
        `per_day` is given. A cell is empty where nothing is known.
    """
    header, *rows = csv.reader(scores.splitlines(keepends=True))
    head = ["handed_in", "time_from", "late_by", "attempt"]
    head += ["penalty", AFTER] if per_day is not None else []
    place = header.index("note") if "note" in header else len(header)
    table = [[*header[:place], *head, *header[place:]]]
    for student, row in zip(students, rows, strict=True):
        total = row[header.index(TOTAL)]
        cells = _cells(files.get(student), deadline, per_day, total)
        table.append([*row[:place], *cells, *row[place:]])
    return csv_text(table)


def _cells(
    one: Handed | None, deadline: datetime, per_day: float | None, total: str
) -> list[str]:
    if one is None:
        return [""] * (4 if per_day is None else 6)
    late = late_by(one, deadline)
    when, clock = "", one.clock
    if one.when:
        zoned = one.when.replace(tzinfo=one.when.tzinfo or deadline.tzinfo)
        when = zoned.astimezone(deadline.tzinfo).isoformat(timespec="seconds")
    elif one.late is not None:
        clock = "the system's mark: " + ("late" if one.late else "not late")
    hours = "" if late is None else f"{late / timedelta(hours=1):.2f}"
    cells = [when, clock, hours, str(one.attempt)]
    if per_day is not None:
        lost = None if late is None else penalty(late, per_day)
        after = "" if lost is None or not total else float(total) * (1 - lost / 100)
        cells += [
            "" if lost is None else f"{lost:g}",
            after if isinstance(after, str) else f"{after:g}",
        ]
    return cells


def totals(scores: str) -> list[float | None]:
    """Read what counts of each line: the total, after the penalty if there is one."""
    rows = csv.DictReader(scores.splitlines(keepends=True))
    cells = (row.get(AFTER, row[TOTAL]) for row in rows)
    return [float(cell) if cell else None for cell in cells]


def lateness(
    files: Mapping[str, Handed], deadline: datetime, per_day: float | None = None
) -> dict[str, Late]:
    """Say how late each hand-in was of which that is known."""
    known = {name: late_by(one, deadline) for name, one in files.items()}
    return {
        name: Late(
            late / timedelta(hours=1),
            None if per_day is None else penalty(late, per_day),
        )
        for name, late in known.items()
        if late is not None
    }


def unknown(files: Mapping[str, Handed], deadline: datetime) -> list[str]:
    """List the students of whom nobody knows how late they were."""
    return [name for name, one in files.items() if late_by(one, deadline) is None]
