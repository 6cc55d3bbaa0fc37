"""The results of a sweep as one tidy table: a row for each point, in CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from papermill_pages.errors import ResultsError
from papermill_pages.outputs import write_atomically
from papermill_pages.pages import Sweep
from papermill_pages.results import glued_values


def write_table(sweep: Sweep) -> None:
    """Gather the glued values of a sweep's executed points into its table.

    The first columns are the parameters that the grid names, the others the plain
    values that the notebook glues, in its order and with full precision. Rows have the
    order of the grid. A value glued as None is an empty cell, and a parameter that is a
    list or a mapping is written as JSON.

    Raises
    ------
    ResultsError
        If a point does not glue what the others do, which would leave a hole, or glues
        a value under the name of a parameter.
    """
    __tracebackhide__ = True
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names: list[str] = []
    for point, row in zip(sweep.points, sweep.rows, strict=True):
        values = glued_values(point)
        if not names:
            names = list(values)
            _check_names(names, sweep)
            writer.writerow([*sweep.varied, *names])
        different = sorted(set(values) ^ set(names))
        if different:
            raise ResultsError(
                f"{sweep.source.relative_to(sweep.root)}: the points "
                f"({sweep.points[0].label}) and ({point.label}) do not both glue "
                f"{different[0]!r}, so the table would have a hole. Let the notebook "
                "glue it at every point, as None where there is no value."
            )
        writer.writerow(map(_cell, (*row, *(values[name] for name in names))))
    write_atomically(sweep.table, text.getvalue())


def _check_names(names: list[str], sweep: Sweep) -> None:
    for name in names:
        if name in sweep.varied:
            raise ResultsError(
                f"{sweep.source.relative_to(sweep.root)}: {name!r} is a parameter of "
                "the grid and the name of a glued value. Glue it under another name."
            )


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, dict)) else value
