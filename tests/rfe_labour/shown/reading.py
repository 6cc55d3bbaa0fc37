"""What a reader sees of a chart and of a table, for the tests."""

from __future__ import annotations

from rfe_labour.shown.charts import Picture
from rfe_labour.shown.markdown import Markdown


def svg(picture: Picture) -> str:
    """Give the drawing that Jupyter shows."""
    return picture._repr_mimebundle_()[0]["image/svg+xml"]


def rows(table: Markdown) -> list[list[str]]:
    """Give the cells of each row, without the header."""
    lines = table.text.splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def is_complete(table: Markdown) -> bool:
    """Tell whether each row has a cell for each heading, and all have a value."""
    widths = {line.count("|") for line in table.text.splitlines()}
    return len(widths) == 1 and "nan" not in table.text
