"""What the page of a regional table shows beside its frames: each printed cell."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rfe_labour.article import RegionalTable
from rfe_labour.shown.markdown import Markdown, printed_cell, write_table


def cells_table(
    cells: pd.DataFrame, doubts: Mapping[str, str], facts: RegionalTable
) -> Markdown:
    """List where each cell is printed, and every doubt about it.

    Each row is a target that other pages can link to, for example
    ``printed-table1-workers-1992``. `doubts` says what each code of the column
    ``doubt`` stands for.
    """
    rows = [
        [
            printed_cell(
                cell["locator"], facts.table, cell["measure"], str(cell["year"])
            ),
            cell["printed"],
            "" if pd.isna(cell["doubt"]) else doubts[cell["doubt"]],
        ]
        for cell in cells.to_dict("records")
    ]
    return write_table(["printed at", "printed", "doubt"], rows, "lrl")
