"""Where a link to a result arrives on its page, and which ways lead on from there.

A reader who follows a number wants to see what states it: a sentence of the page, the
cell of a table, or a figure. From there she may go on to the code that computed it, and
to what it rests on.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.util import logging

from papermill_pages import insides
from papermill_pages.builders import makes_site
from papermill_pages.environment import read_pages
from papermill_pages.numbering import labels_of, shares_notebook
from papermill_pages.pages import Page
from papermill_pages.publishing.listings import cell_label
from papermill_pages.results import glued_values_by_cell, result_key

logger = logging.getLogger(__name__)

TO_CODE = "To the code that computed this value"

_WAYS = "papermill_pages_ways"
"""The attribute of a node in which the ways on from it are kept until it is written."""
_NEAR = 6
"""How many cells before or after the one that glued a value a table may state it."""
_NUMBER = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d+)?(?!\w)")
_ENOUGH = 3
"""So many digits make it unlikely that a number of a table is another result; in the
table that its own cell shows, one less does."""
_YEARS = range(1900, 2100)
"""Tables hold many years, of which each may be another result."""


def add_targets(app: Sphinx, doctree: nodes.document) -> None:
    """Let `cell.<page>.<number>` and `result.<key>` be references to places of a page.

    A cell that shows nothing is referred to at one that does: see `_places`. A result
    is referred to at the first sentence of the page that pastes it, or else at an
    output that states it (`Outputs`), or at its cell.
    """
    docname, pages = app.env.docname, read_pages(app.env).pages
    page = pages.get(docname)
    if page is None:
        return
    domain = cast(StandardDomain, app.env.get_domain("std"))
    notebook = json.loads(page.executed.read_text(encoding="utf-8"))
    by_cell = glued_values_by_cell(page)
    cells = dict(insides.code_cells(doctree, expected=_shows_cells(notebook)))
    for number, shown in cells.items():
        shown["ids"].append(f"cell-{number}")
    code_of: dict[int, nodes.Element] = {}
    for number, cell in _places(cells, by_cell, doctree).items():
        # A label without a title, so that it stays out of the inventory.
        label = cell_label(docname, number)
        insides.add_target(domain, label, docname, cell["ids"][0])
        code_of[number] = cell
    shared = labels_of(notebook, docname) if shares_notebook(page, pages) else {}
    pasted, outputs = _pasted(page, doctree), Outputs(cells)
    glued_in = {key: n for n, values in enumerate(by_cell) for key in values}
    for key, number in glued_in.items():
        if number not in code_of:
            continue
        rests_on = _rests_on(page, notebook["cells"][number])
        ways = {
            "code": code_of[number]["ids"][0],
            "rests_on": {shared.get(it, it): words for it, words in rests_on.items()},
        }
        for value in pasted.get(key, ()):
            value[_WAYS] = {**ways, "rests_on": {}}
        place: nodes.Element = (
            _first_in_text(pasted.get(key, ()))
            or outputs.stating(by_cell[number][key], number)
            or code_of[number]
        )
        if isinstance(place, nodes.inline):
            place[_WAYS] = ways
        node_id = nodes.make_id(f"result.{key}")
        place["ids"].append(node_id)
        insides.add_target(domain, f"result.{key}".lower(), docname, node_id, key)


def show_ways_on(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make a computed value a link to its code, and add the ways on where one arrives.

    The ways on are shown where a link has arrived, so they hold no text of the page:
    the stylesheet of this package writes the words.
    """
    if not makes_site(app):
        return
    for value in [node for node in doctree.findall(nodes.inline) if _WAYS in node]:
        ways = value[_WAYS]
        del value[_WAYS]
        added = [_way(f"#{ways['code']}", "code", TO_CODE)] if value["ids"] else []
        for label, words in ways["rests_on"].items() if value["ids"] else ():
            address = _address(app, docname, label)
            if address:
                added.append(_way(address, words, f"To {words}"))
        # A value may stand in a link of the author's.
        outer = [it for it in parents(value) if isinstance(it, nodes.reference)]
        shown: nodes.Element = outer[-1] if outer else value
        if insides.is_pasted(value) and not outer:
            shown = nodes.reference(
                "", "", refid=ways["code"], internal=True, classes=["computed"]
            )
            shown["reftitle"] = TO_CODE
            value.parent.replace(value, shown)  # which keeps its id
            shown += value
        shown.parent.insert(shown.parent.index(shown) + 1, added)


def _way(address: str, words: str, label: str) -> nodes.raw:
    """Return a link whose words the stylesheet writes."""
    html = (
        f'<a class="way-on" href="{escape(address)}" data-words="{escape(words)}" '
        f'aria-label="{escape(label)}"></a>'
    )
    return nodes.raw("", html, format="html")


def _address(app: Sphinx, docname: str, label: str) -> str:
    domain = cast(StandardDomain, app.env.get_domain("std"))
    page, node_id = domain.anonlabels.get(label.lower(), ("", ""))
    if not page:
        logger.warning(
            "a result rests on %r, which is no label", label, location=docname
        )
        return ""
    way = "" if page == docname else app.builder.get_relative_uri(docname, page)
    return f"{way}#{node_id}"


def _rests_on(page: Page, cell: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the labels of what a cell's results rest on, with words for each."""
    own = cell["metadata"].get("papermill_pages", {}).get("rests_on")
    return page.rests_on if own is None else own


# Sentences that state a value


def _pasted(page: Page, doctree: nodes.document) -> dict[str, list[nodes.inline]]:
    """Find the values that a page pastes of its own, by their keys."""
    found: dict[str, list[nodes.inline]] = {}
    for value, name in insides.own_pasted_values(doctree):
        if not _is_heading(value):
            found.setdefault(result_key(page, name), []).append(value)
    return found


def _first_in_text(values: Sequence[nodes.inline]) -> nodes.inline | None:
    """Return the first of some places, one in running text before a caption."""
    captions = (nodes.caption, nodes.title)
    return min(values, key=lambda it: _is_in(it, captions), default=None)


def _is_heading(node: nodes.Node) -> bool:
    return any(
        isinstance(it, nodes.title) and isinstance(it.parent, nodes.section)
        for it in parents(node)
    )


def is_in_link(node: nodes.Node) -> bool:
    """Tell whether a node stands in a link of the author's, resolved or not."""
    return _is_in(node, (nodes.reference, addnodes.pending_xref))


def _is_in(node: nodes.Node, kinds: type | tuple[type, ...]) -> bool:
    return any(isinstance(parent, kinds) for parent in parents(node))


def parents(node: nodes.Node) -> Iterator[nodes.Element]:
    """Go from a node through all that it stands in, the nearest first."""
    while node.parent is not None:
        node = node.parent
        yield node


# Outputs that state a value


class Outputs:
    """What the cells of a page put out, and which of it states a value."""

    def __init__(self, cells: Mapping[int, nodes.container]) -> None:
        self.cells = cells
        self.shown = {it for it in cells if insides.output_is_shown(cells[it])}
        self.entries = {number: _entries(cell) for number, cell in cells.items()}

    def stating(self, value: Any, number: int) -> nodes.Element | None:
        """Return the place of an output that states a value that a cell has glued.

        That is the row of a table that alone shows the value, in the output of the cell
        that glued it or of one near it, a folded output being last; else the whole
        figure or table that this cell shows.
        """
        near = [it for it in self.cells if abs(it - number) <= _NEAR]
        near.sort(key=lambda it: (it not in self.shown, abs(it - number), it < number))
        for other in near:
            digits = _ENOUGH - (other == number)
            stating = [it for it in self.entries[other] if it.states(value, digits)]
            if len({id(it.node.parent) for it in stating}) == 1:
                return _inline(stating[0].node)
        return _whole(self.cells[number]) if number in self.shown else None


@dataclass(frozen=True)
class Entry:
    """A cell of a table, and the numbers that it shows."""

    node: nodes.entry
    text: str
    numbers: tuple[tuple[float, int, int], ...]  # with their decimals and digits

    def states(self, value: Any, least: int) -> bool:
        """Tell whether it shows a value, rounded as it may be, by that many digits."""
        if isinstance(value, str):
            return len(value) >= _ENOUGH and self.text == value
        if isinstance(value, bool) or value is None or value in _YEARS:
            return False
        if isinstance(value, int) and abs(value) > sys.float_info.max:
            return False
        return any(
            digits >= (least if decimals or isinstance(value, int) else _ENOUGH)
            and not (decimals and isinstance(value, int))
            and abs(shown - value) <= 0.5000001 * 10.0**-decimals
            for shown, decimals, digits in self.numbers
        )


def _entries(cell: nodes.container) -> list[Entry]:
    found = []
    for output in insides.outputs(cell):
        for body in output.findall(nodes.tbody):
            for node in body.findall(nodes.entry):
                text = node.astext().strip()
                plain = _NUMBER.findall(text.replace("−", "-").replace(",", ""))
                numbers = [
                    (float(it), len(it.partition(".")[2]), _digits(it)) for it in plain
                ]
                found.append(Entry(node, text, tuple(numbers)))
    return found


def _digits(number: str) -> int:
    """Count the digits that say something."""
    return len(re.sub(r"\D", "", number).lstrip("0"))


def _inline(entry: nodes.entry) -> nodes.inline:
    """Return what holds the text of a cell of a table, to be a target."""
    paragraph = next(iter(entry.findall(nodes.paragraph)), None)
    if paragraph is None:
        paragraph = nodes.paragraph("", "", *entry.children)
        entry.children = []
        entry += paragraph
    first = paragraph.children[0] if len(paragraph.children) == 1 else None
    if isinstance(first, nodes.inline) and _WAYS in first:
        return first
    made = nodes.inline("", "", *paragraph.children, classes=["stated"])
    paragraph.children = []
    paragraph += made
    return made


def _whole(cell: nodes.container) -> nodes.Element:
    """Return the figure that a cell shows, or else all that it put out."""
    outputs = insides.outputs(cell)
    figures = [it for output in outputs for it in output.findall(nodes.figure)]
    return cast(nodes.Element, figures[0]) if len(figures) == 1 else outputs[0]


# Cells


def _shows_cells(notebook: Mapping[str, Any]) -> bool:
    """Tell whether a page has code cells that its author did not remove from it."""
    return any(
        cell["cell_type"] == "code" and not insides.is_removed(cell)
        for cell in notebook["cells"]
    )


def _places(
    cells: Mapping[int, nodes.container],
    by_cell: Sequence[Mapping[str, Any]],
    doctree: nodes.document,
) -> dict[int, nodes.Element]:
    """Return where a reader finds each cell that is shown, or that glues a value.

    That is the cell itself if it shows its code or an output. Else it is the nearest
    cell before it that shows its code, or the first if none is before. On a page that
    shows no code it is the cell itself, or the nearest of those that can be unfolded,
    and without any the section at its head.
    """
    open_cells = [it for it, cell in cells.items() if insides.code_is_shown(cell)]
    known = open_cells or list(cells)
    places: dict[int, nodes.Element] = {}
    for number, values in enumerate(by_cell):
        cell = cells.get(number)
        if cell is not None and (
            insides.code_is_shown(cell) or insides.output_is_shown(cell)
        ):
            places[number] = cell
        elif cell is not None or values:
            before = [other for other in known if other <= number]
            nearest = max(before) if before else min(known, default=None)
            head = doctree.next_node(nodes.section)
            place = head if nearest is None else cells[nearest]
            if place is not None:
                places[number] = place
    return places
