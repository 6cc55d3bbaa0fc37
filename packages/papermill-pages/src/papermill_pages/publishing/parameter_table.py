"""The cell tagged ``parameters`` as a reader sees it: what may be changed, and how."""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes

from papermill_pages import insides
from papermill_pages.pages import Page
from papermill_pages.parameters import (
    Parameter,
    allowed_values,
    declared_parameters,
    with_defaults,
)
from papermill_pages.publishing.tables import Cell, joined, literal, table, text

TITLE = "What a reader may change"


def show_parameters(page: Page, doctree: nodes.document, *, offered: bool) -> None:
    """Put a table before the cell of a page's parameters, and fold its code.

    The values are those of this page. If its site offers the notebook, a line below
    the table says how a reader changes one. Of a run, the cell that papermill injects
    is folded into the same one. A parameter that the engine gives, which is the table
    of a sweep, is not listed. Where no parameter is left, or the author has removed the
    cell from the page, nothing changes.
    """
    cells = [cell for _, cell in insides.code_cells(doctree, expected=False)]
    (declared, *_), (injected, *_) = (
        [*(cell for cell in cells if f"tag_{tag}" in cell["classes"]), None]
        for tag in ("parameters", "injected-parameters")
    )
    parameters = declared_parameters(page.notebook)
    if page.sweep:
        parameters.pop("table", None)
    if declared is None or not insides.code_is_shown(declared, folded=True):
        return
    if injected is not None and insides.code_is_shown(injected, folded=True):
        insides.join_code(declared, injected)
    if parameters:
        insides.fold_code(declared)
        values = with_defaults(page.parameters, parameters)
        at = declared.parent.index(declared)
        shown = [
            nodes.rubric("", TITLE),
            _table([(it, values[it.name]) for it in parameters.values()]),
        ]
        if offered:
            shown.append(_how_to_change(injected=injected is not None))
        declared.parent.insert(at, shown)


def _how_to_change(*, injected: bool) -> addnodes.only:
    """Say how a reader changes a value; a PDF or EPUB has nothing to download."""
    line = nodes.paragraph("", "", classes=["parameters-how"])
    line += text(
        "To change a value, download the notebook (the arrow at the top of the page), "
    )
    # The cell that papermill injects has the last word.
    if injected:
        line += [*text("edit the cell that begins with "), literal("# Parameters")]
    else:
        line += text("edit the cell of these parameters")
    line += text(" and run all cells.")
    return addnodes.only("", line, expr="html and not epub")


def _table(parameters: list[tuple[Parameter, object]]) -> nodes.table:
    explained = any(parameter.help for parameter, _ in parameters)
    rows = []
    for parameter, value in parameters:
        allowed: Cell = joined(literal(choice) for choice in parameter.choices)
        row: list[Cell] = [[literal(parameter.name)], [literal(repr(value))]]
        row += [text(parameter.help)] if explained else []
        rows.append([*row, allowed or text(allowed_values(parameter))])
    meaning = ["meaning"] if explained else []
    made = table(["parameter", "value", *meaning, "allowed"], rows)
    made["classes"].append("parameters")
    return made
