"""Figures and tables with a caption, a number and a name that belongs to their page.

MyST-NB gives a cell's output a caption and a name where the cell's metadata ask for a
figure. Here they may ask for a table in the same way,
``"mystnb": {"table": {"caption": "Rain by month", "name": "tab-rain"}}``, and pages
that are made of one notebook may all use its names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from papermill_pages.environment import read_pages
from papermill_pages.pages import Page

logger = logging.getLogger(__name__)

FIGURE, TABLE = "figure", "table"

_MARK = "papermill-pages-table-of-cell-"
"""How the class of a figure begins that MyST-NB makes and that is to be a table."""


def shares_notebook(page: Page, pages: Mapping[str, Page]) -> bool:
    """Tell whether other pages of the book are made of the same notebook."""
    return sum(other.notebook == page.notebook for other in pages.values()) > 1


def labels_of(notebook: Mapping[str, Any], docname: str) -> dict[str, str]:
    """Return what the book calls the figures and tables that a shared notebook names.

    Pages that are made of one notebook may not give one label twice. So a name stands
    behind that of its page, as in ``chapters/north.fig-rain``.
    """
    names = [_name(options) for _, _, options in described(notebook)]
    return {name: label_on_page(docname, name) for name in names if name}


def describe_tables(notebook: Mapping[str, Any], docname: str, *, shared: bool) -> None:
    """Put the names and captions of a page's tables where MyST-NB reads a figure's.

    `shared` tells that other pages are made of the same notebook.
    """
    for cell, kind, options in list(described(notebook)):
        name = _name(options)
        if shared and name:
            options["name"] = label_on_page(docname, name)
        if kind == FIGURE:
            continue
        del cell["metadata"]["mystnb"][TABLE]
        place = cell.get("execution_count")
        shown = [output for output in cell.get("outputs", ()) if _is_shown(output)]
        if not options.get("caption"):
            _warn(docname, place, f"the table {name!r} has no caption.")
        elif len(shown) != 1:
            _warn(docname, place, _not_one(name, f"{len(shown)} outputs"))
        else:
            marked = {"caption_before": True, "classes": f"{_MARK}{place}"}
            cell["metadata"]["mystnb"][FIGURE] = {**options, **marked}


class TablesOfCells(SphinxTransform):
    """Make tables of what MyST-NB took for figures, and let names lead to this page."""

    # Before Sphinx's standard domain takes note of names and captions, at 850.
    default_priority = 200

    def apply(self, **_: Any) -> None:
        """Change the page that was just parsed."""
        docname, pages = self.env.docname, read_pages(self.env).pages
        if docname not in pages:
            return
        for figure in list(self.document.findall(nodes.figure)):
            for mark in figure["classes"]:
                if mark.startswith(_MARK):
                    self._make_table(figure, mark.removeprefix(_MARK))
        if shares_notebook(pages[docname], pages):
            self._lead_to_own(docname)

    def _lead_to_own(self, docname: str) -> None:
        """Let the page's roles and links lead to what it names itself."""
        for link in self.document.findall(addnodes.pending_xref):
            label = label_on_page(docname, link.get("reftarget") or "")
            if label in self.document.nameids:
                link["reftarget"] = label
        for reference in self.document.findall(nodes.reference):
            page, sign, name = reference.get("refuri", "").partition("#")
            label = label_on_page(docname, name)
            if sign and not page and label in self.document.nameids:
                reference["refuri"] = f"#{label}"

    def _make_table(self, figure: nodes.figure, place: str) -> None:
        caption, legend = (
            [part for part in figure.children if isinstance(part, kind)]
            for kind in (nodes.caption, nodes.legend)
        )
        shown = [part for part in figure.children if part not in (*caption, *legend)]
        tables = [table for part in shown for table in part.findall(nodes.table)]
        shown += [
            nodes.container("", *part.children, classes=["legend"]) for part in legend
        ]
        figure.parent.replace(figure, shown)  # which does not hand on its id
        if len(tables) != 1 or not caption:
            name = "".join(figure["names"])
            _warn(self.env.docname, place, _not_one(name, f"{len(tables)} tables"))
            return
        table = tables[0]
        title = nodes.title("", "", *caption[0].children)
        title.source, title.line = caption[0].source, caption[0].line
        table.insert(0, title)
        for key in ("ids", "names"):
            table[key] += figure[key]
        self.document.ids |= dict.fromkeys(figure["ids"], table)


def described(
    notebook: Mapping[str, Any],
) -> Iterator[tuple[Any, str, dict[str, Any]]]:
    """Find the cells with a figure or a table, and what their metadata say of it."""
    for cell in notebook["cells"]:
        options = cell["metadata"].get("mystnb", {})
        for kind in (FIGURE, TABLE):
            if cell["cell_type"] == "code" and isinstance(options.get(kind), dict):
                yield cell, kind, options[kind]


def _name(options: Mapping[str, Any]) -> str:
    return str(nodes.fully_normalize_name(str(options.get("name", ""))))


def label_on_page(docname: str, name: str) -> str:
    """Return the label of a page's figure or table whose name other pages use too."""
    return f"{docname}.{name}".lower()


def _is_shown(output: Mapping[str, Any]) -> bool:
    """Tell whether a reader may see an output; printed text is no part of a figure."""
    kinds = ("display_data", "execute_result")
    hidden = output.get("metadata", {}).get("scrapbook", {}).get("mime_prefix")
    return output["output_type"] in kinds and not hidden


def _not_one(name: str, shown: str) -> str:
    return (
        f"its metadata describe the table {name!r}, and it shows {shown}. Let it show "
        "one table and nothing else."
    )


def _warn(docname: str, place: object, reason: str) -> None:
    logger.warning("cell [%s]: %s", place, reason, location=docname)
