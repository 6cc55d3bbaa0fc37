"""The pages of a book, as Sphinx resolved them, written as Typst code.

Everything is written in Typst's code mode, in which text is a string literal, so that
no character of a page can be taken for markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from operator import truediv
from typing import Any

from docutils import nodes
from sphinx.util import logging

from typst_builder.insides import FormulaError, is_left_out, mathml

logger = logging.getLogger(__name__)

_NOT_SHOWN = (
    nodes.comment,
    nodes.Invisible,
    nodes.colspec,
    nodes.footnote,
    nodes.label,
    nodes.raw,
    nodes.system_message,
)
"""What a PDF leaves out: footnotes stand where they are referred to."""

_CALLS = {
    "emphasis": "emph",
    "title_reference": "emph",
    "strong": "strong",
    "subscript": "sub",
    "superscript": "super",
    "rubric": "rubric",
    "caption": "code-caption",
    "citation": "cited-work",
    "block_quote": "quote.with(block: true)",
}
"""The function of Typst or of the template that sets what such a node holds."""
_LANGUAGES = {"ipython": "python", "ipython3": "python"} | dict.fromkeys(
    ("default", "ipythontb", "myst-ansi", "none", "text"), ""
)
"""What Typst calls a language that Sphinx calls otherwise; empty for no language."""
_PLACED = (nodes.section, nodes.figure)
"""What says itself where a link to it leads; all else is led to where it begins."""
_LINE, _GAP = 112, 4
"""How many letters of a table stand on a line, and fill the space between columns."""
_LONG, _FINE_LINE = 100, 134
"""A table of so many rows has finer letters, of which more stand on a line."""
_TALL = 1000
"""From how many letters on a cell may be taller than a page."""


def string(text: str) -> str:
    """Write a string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def array(items: Iterable[str]) -> str:
    """Write an array of what is Typst code already."""
    return f"({''.join(f'{item}, ' for item in items)})"


def label(docname: str, node_id: str = "") -> str:
    """Name a page or a place on it, once for the whole book."""
    return f"%{docname}#{node_id}" if node_id else f"%{docname}"


def references(doctree: nodes.document, docname: str) -> set[str]:
    """Gather the labels that a page links to."""
    labels = (_internal(node, docname) for node in doctree.findall(nodes.reference))
    return {*filter(None, labels)}


def _internal(reference: nodes.reference, docname: str) -> str:
    """Return the label that a reference leads to; empty if it leads out of the book."""
    if "refid" in reference:
        return label(docname, reference["refid"])
    uri: str = reference.get("refuri", "")
    return uri.rstrip("#") if uri.startswith("%") else ""


@dataclass
class Chapter:
    """One page of the book on its way to Typst."""

    docname: str  # the page's name in Sphinx
    part: str  # the part of the book that it stands in
    heading: str  # what the chapter is called if not by its own title
    targets: set[str]  # the labels that the book links to; no other is written
    image_file: Callable[[str], str]  # the file of an image, by its address in the page
    # What the book calls each table that it numbers, by the table's id on the page.
    table_labels: Mapping[str, str] = field(default_factory=dict)
    _level: int = 0
    _footnotes: dict[str, nodes.footnote] = field(default_factory=dict)

    def write(self, doctree: nodes.document) -> str:
        """Return the page as Typst code."""
        self._footnotes = {
            node_id: note
            for note in doctree.findall(nodes.footnote)
            for node_id in note["ids"]
        }
        return self._all(doctree.children)

    def _all(self, children: Iterable[nodes.Node]) -> str:
        return _lines(*map(self._one, children))

    def _content(self, children: Iterable[nodes.Node]) -> str:
        """Write nodes as one argument of a function."""
        written = self._all(children)
        return f"{{\n{written}\n}}" if written else "[]"

    def _one(self, node: nodes.Node) -> str:
        """Write a node, and before it the places on it that the book links to."""
        ids = node["ids"] if isinstance(node, nodes.Element) else ()
        anchors = "" if isinstance(node, _PLACED) else self._anchors(ids)
        return _lines(anchors, self._shown(node))

    def _shown(self, node: Any) -> str:
        """Write a node as its class, or else the nearest base class, is written."""
        if isinstance(node, _NOT_SHOWN) or is_left_out(node):
            return ""
        for kind in type(node).__mro__:
            name = kind.__name__.lower()
            if name in _CALLS:
                return f"{_CALLS[name]}({self._content(node.children)})"
            write: Callable[[Any], str] | None = getattr(self, f"_write_{name}", None)
            if write:
                return write(node)
        logger.warning(
            "the Typst builder cannot write a %r", type(node).__name__, location=node
        )
        return ""

    def _anchors(self, ids: Iterable[str]) -> str:
        labels = [label(self.docname, node_id) for node_id in ids]
        named = (string(name) for name in labels if name in self.targets)
        return _lines(*(f"anchor({name})" for name in named))

    # Text

    def _write_text(self, node: nodes.Text) -> str:
        return string(re.sub(r"\s+", " ", node.astext()))

    def _write_inline(self, node: nodes.Element) -> str:
        return self._all(node.children)

    # What holds blocks, and has no looks of its own.
    _write_compound = _write_container = _write_inline
    _write_definition = _write_glossary = _write_inline

    def _write_math(self, node: nodes.Element) -> str:
        tex, block = node.astext(), isinstance(node, nodes.math_block)
        looks = f"block: {str(block).lower()}"
        try:
            read = mathml(tex, block=block)
        except FormulaError as error:
            msg = "the formula %r stands in the PDF as it was written: %s"
            logger.warning(msg, tex, error, location=node)
            return f"raw({looks}, {string(tex)})"
        if node.get("number"):
            looks += f', number: "({node["number"]})"'
        return f"formula({looks}, {string(tex)}, {string(read)})"

    _write_math_block = _write_math

    def _write_literal(self, node: nodes.literal) -> str:
        return f"raw({string(node.astext())})"

    def _write_reference(self, node: nodes.reference) -> str:
        content = self._content(node.children)
        internal = _internal(node, self.docname)
        if internal:
            return f"link(label({string(internal)}), {content})"
        uri = node.get("refuri", "")
        if re.match(r"https?:|mailto:", uri):
            return f"link({string(uri)}, {content})"
        if uri:
            logger.warning("%r leads nowhere in a PDF", uri, location=node)
        return content

    def _write_footnote_reference(self, node: nodes.footnote_reference) -> str:
        _number, *blocks = self._footnotes[node["refid"]].children
        shown = blocks[0].children if len(blocks) == 1 else blocks
        return f"footnote({self._content(shown)})"

    # Blocks

    def _write_section(self, node: nodes.section) -> str:
        self._level += 1
        written = self._all(node.children)
        self._level -= 1
        return written

    def _write_title(self, node: nodes.title) -> str:
        """Write a heading; the first of a page begins a chapter."""
        content = self._content(node.children)
        if self._level == 1:
            name, part = string(label(self.docname)), string(self.part)
            content = string(self.heading) if self.heading else content
            heading = f"chapter({part}, {name}, {content})"
        else:
            heading = f"section({self._level}, {content})"
        return _lines(heading, self._anchors(node.parent["ids"]))

    def _write_paragraph(self, node: nodes.paragraph) -> str:
        written = self._content(node.children)
        if all(isinstance(child, nodes.image) for child in node.children):
            return written  # which is blocks
        alone = len(node.parent.children) == 1 or isinstance(node.parent, nodes.entry)
        if alone and isinstance(node.parent, (nodes.entry, nodes.list_item)):
            return written
        return f"par({written})"

    def _write_literal_block(self, node: nodes.literal_block) -> str:
        language = _LANGUAGES.get(node.get("language", ""), node.get("language", ""))
        named = f"lang: {string(language)}, " if language else ""
        return f"raw(block: true, {named}{string(node.astext())})"

    def _write_transition(self, node: nodes.transition) -> str:
        """Write a line, but none before what stands elsewhere, such as footnotes."""
        below = node.parent.children[node.parent.index(node) + 1 :]
        seen = any(not isinstance(other, _NOT_SHOWN) for other in below)
        return "transition" if seen else ""

    def _write_admonition(self, node: nodes.Element) -> str:
        title = type(node).__name__.capitalize()
        children = list(node.children)
        if children and isinstance(children[0], nodes.title):
            title = children.pop(0).astext()
        return f"admonition({string(title)}, {self._content(children)})"

    # Lists

    def _write_bullet_list(self, node: nodes.bullet_list) -> str:
        return f"list({self._items(node)})"

    def _write_enumerated_list(self, node: nodes.enumerated_list) -> str:
        return f"enum(start: {node.get('start', 1)}, {self._items(node)})"

    def _items(self, node: nodes.Element) -> str:
        items = [self._content(item.children) for item in node.children]
        tight = all(len(item.children) == 1 for item in node.children)
        return f"tight: {str(tight).lower()}, {', '.join(items)}"

    def _write_definition_list(self, node: nodes.definition_list) -> str:
        items = []
        for item in node.children:
            terms = [child for child in item.children if isinstance(child, nodes.term)]
            rest = [child for child in item.children if child not in terms]
            anchors = [self._anchors(term["ids"]) for term in terms]
            name = self._content([child for term in terms for child in term.children])
            described = _lines(*anchors, self._content(rest))
            items.append(f"terms.item({name}, {{\n{described}\n}})")
        return f"terms({', '.join(items)})"

    # Figures and tables

    def _write_image(self, node: nodes.image) -> str:
        file = string(self.image_file(node["uri"]))
        beside = [child for child in node.parent.children if child is not node]
        in_text = isinstance(node.parent, nodes.TextElement) and (
            not isinstance(node.parent, nodes.paragraph)
            or any(not isinstance(child, nodes.image) for child in beside)
        )
        kind = "picture-in-text" if in_text else "picture"
        return f"{kind}({file}, {string(node.get('alt', ''))})"

    def _write_figure(self, node: nodes.figure) -> str:
        described = (nodes.caption, nodes.legend)
        caption = [child for child in node.children if isinstance(child, described)]
        pictures = [child for child in node.children if child not in caption]
        inside = [child for part in caption for child in part.children]
        figure = f"figure({self._content(pictures)}, caption: {self._content(inside)})"
        return _lines(figure, self._anchors(node["ids"]))

    def _write_table(self, node: nodes.table) -> str:
        header, body = (
            [row for part in node.findall(kind) for row in part.findall(nodes.row)]
            for kind in (nodes.thead, nodes.tbody)
        )
        title = next(iter(node.findall(nodes.title)), None)
        called = [
            self.table_labels[it] for it in node["ids"] if it in self.table_labels
        ]
        arguments = [
            f"columns: {array(_widths([*header, *body]))}",
            f"align: {array(_sides((header or body)[0]))}",
            f"caption: {self._content(title.children) if title else 'none'}",
            f"called: {string(called[0]) if called else 'none'}",
            f"header: {array(self._cells(header))}",
            *self._cells(body),
        ]
        return f"data-table({', '.join(arguments)})"

    def _cells(self, rows: Iterable[nodes.row]) -> list[str]:
        cells = []
        for entry in (entry for row in rows for entry in row.findall(nodes.entry)):
            span = {
                "colspan": entry.get("morecols", 0) + 1,
                "rowspan": entry.get("morerows", 0) + 1,
            }
            named = "".join(f"{key}: {n}, " for key, n in span.items() if n > 1)
            if len(entry.astext()) > _TALL:
                named += "breakable: true, "
            cells.append(f"table.cell({named}{self._content(entry.children)})")
        return cells


def _lines(*written: str) -> str:
    return "\n".join(filter(None, written))


def _widths(rows: list[nodes.row]) -> list[str]:
    """Return how wide each column is.

    A column is as wide as its longest cell. Where that is too much for the page, each
    has room for its longest word, and what is left goes where it saves most lines.
    """
    lines = ([entry.astext() for entry in row.findall(nodes.entry)] for row in rows)
    columns = list(zip_longest(*lines, fillvalue=""))
    longest = [max(map(len, cells)) for cells in columns]
    if sum(longest) + _GAP * len(columns) <= _LINE:
        return ["auto"] * len(columns)
    words = [max(map(len, _words(cells)), default=1) for cells in columns]
    texts = [[len(cell) for cell in row] for row in zip(*columns, strict=True)]
    line = _FINE_LINE if len(rows) > _LONG else _LINE
    widths = _lowest(texts, words, line - _GAP * len(columns))
    return [f"{width + _GAP}fr" for width in widths]


def _lowest(texts: list[list[int]], least: list[int], room: int) -> list[int]:
    """Return the widths at which rows are lowest, each given by its texts' lengths.

    A row is as high as its highest cell. Letter by letter, the room goes to the column
    that makes the rows lowest.
    """

    def height(widths: list[int]) -> float:
        heights: list[float] = [max(map(truediv, row, widths)) for row in texts]
        return sum(heights)

    widths = list(least)
    for _ in range(room - sum(widths)):
        wider = [
            [width + (i == chosen) for i, width in enumerate(widths)]
            for chosen in range(len(widths))
        ]
        widths = min(wider, key=height)
    return widths


def _words(cells: Iterable[str]) -> list[str]:
    """Return what is not broken at the end of a line; the template breaks hashes."""
    return re.sub(r"[0-9a-f]{64}", "f" * 32, " ".join(cells)).split()


def _sides(row: nodes.row) -> list[str]:
    """Return on which side the cells of each column stand."""
    sides = ("left", "right", "center")
    return [
        next((side for side in sides if f"text-{side}" in entry["classes"]), "left")
        for entry in row.findall(nodes.entry)
    ]
