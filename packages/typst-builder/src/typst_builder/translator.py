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
from sphinx import addnodes
from sphinx.locale import admonitionlabels

from typst_builder.insides import FormulaError, box, box_title, is_left_out, mathml
from typst_builder.places import warn
from typst_builder.tex import definitions, readable, words_and_formulas

_NOT_SHOWN = (
    nodes.comment,
    nodes.colspec,
    nodes.decoration,
    nodes.label,
    nodes.meta,
    nodes.pending,
    nodes.raw,
    nodes.substitution_definition,
    nodes.system_message,
    addnodes.index,
    addnodes.highlightlang,
    addnodes.tabular_col_spec,
    addnodes.toctree,
)
"""What a site does not show either, or says elsewhere; HTML was read before."""

_CALLS = {
    "emphasis": "emph",
    "title_reference": "emph",
    "literal_emphasis": "emph",
    "strong": "strong",
    "literal_strong": "strong",
    "subscript": "sub",
    "superscript": "super",
    "rubric": "rubric",
    "subtitle": "rubric",
    "centered": "rubric",
    "block_quote": "quote.with(block: true)",
    "attribution": "attribution",
    "topic": "framed",
    "sidebar": "framed",
    "desc_content": "pad.with(left: 1.6em)",
}
"""The function of Typst or of the template that sets what such a node holds."""
_PASSED_ON = (
    *("abbreviation", "acks", "acronym", "compact_paragraph", "compound", "definition"),
    *("desc", "description", "field_body", "generated", "glossary", "header"),
    *("hlistcol", "legend", "line_block", "manpage", "only", "option", "option_string"),
    *("pending_xref", "problematic", "target", "versionmodified"),
    # Of sphinx-design and of sphinx-exercise.
    *("passthroughtextelement", "hiddencellnode"),
)
"""What has no looks of its own."""
_LANGUAGES = {"ipython": "python", "ipython3": "python"} | dict.fromkeys(
    ("default", "ipythontb", "myst-ansi", "none", "text"), ""
)
"""What Typst calls a language that Sphinx calls otherwise; empty for no language."""
_ENUMERATIONS = {
    "loweralpha": "a",
    "upperalpha": "A",
    "lowerroman": "i",
    "upperroman": "I",
}
"""How Typst is told of the ways in which docutils counts a list, beside 1, 2, 3."""
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
    # The file of an image, by its address in the page; empty if there is none.
    image_file: Callable[[str], str]
    # What the book calls what it numbers, sections apart, by the ids on the page.
    called: Mapping[str, str] = field(default_factory=dict)
    # The numbers of sections, by their ids; the page's own has none.
    section_numbers: Mapping[str, str] = field(default_factory=dict)
    cited: Iterable[str] = ()  # the labels by which the book's text refers to works
    # The book's own commands of TeX, with how many arguments each has.
    macros: dict[str, tuple[int, str]] = field(default_factory=dict)
    anchored: set[str] = field(default_factory=set)  # the labels that were written
    blocks: list[tuple[str, nodes.Node]] = field(default_factory=list)  # of the book
    plain: Iterable[int] = ()  # the blocks that are written as their text alone
    told: set[object] | None = None  # of what was warned; None where nobody is told
    _level: int = 0
    _footnotes: dict[str, nodes.footnote] = field(default_factory=dict)
    _noted: set[str] = field(default_factory=set)

    def write(self, doctree: nodes.document) -> str:
        """Return the page as Typst code."""
        self._footnotes = {
            node_id: note
            for note in doctree.findall(nodes.footnote)
            for node_id in note["ids"]
        }
        referred = {
            reference.get("refid")
            for reference in doctree.findall(nodes.footnote_reference)
        }
        for node_id in self._footnotes.keys() - referred:
            del self._footnotes[node_id]
        heading = "" if _has_title(doctree) else self._untitled()
        return _lines(heading, self._blocks(doctree.children))

    def _blocks(self, children: Iterable[nodes.Node]) -> str:
        """Write what stands by itself in the book, each after a line that counts it."""
        written = []
        for node in children:
            if isinstance(node, nodes.section):
                written.append(self._write_section(node))
                continue
            number = len(self.blocks)
            self.blocks.append((self.docname, node))
            if number in self.plain:
                code = f"raw(block: true, {string(node.astext())})"
                if isinstance(node, nodes.title):
                    code = self._write_plain_title(node)
            else:
                code = self._one(node)
            written.append(f"{BLOCK}{number}\n{code}" if code else "")
        return _lines(*written)

    def _untitled(self) -> str:
        """Begin the chapter of a page that has no heading."""
        self._warn(None, "this page has no title; the PDF shows its file's name")
        return self._chapter(string(self.heading or self.docname.rsplit("/", 1)[-1]))

    def _chapter(self, title: str) -> str:
        name = label(self.docname)
        first = name not in self.anchored
        self.anchored.add(name)
        named = string(name) if first else "none"
        return f"chapter({string(self.part)}, {named}, {title})"

    def _warn(self, node: nodes.Node | None, message: str, *values: object) -> None:
        """Warn of a node once, however often its page is written."""
        said = (id(node) if node else self.docname, message)
        if self.told is not None and said not in self.told:
            self.told.add(said)
            warn(self.docname, node, message, *values)

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
        if isinstance(node, nodes.topic) and "contents" in node["classes"]:
            return ""  # as a site has it beside the page
        for kind in type(node).__mro__:
            name = kind.__name__.lower()
            if name in _PASSED_ON:
                return self._all(node.children)
            if name in _CALLS:
                return f"{_CALLS[name]}({self._content(node.children)})"
            write: Callable[[Any], str] | None = getattr(self, f"_write_{name}", None)
            if write:
                return write(node)
        msg = "the Typst builder does not know a %r: the PDF has what stands in it"
        self._warn(node, msg, type(node).__name__)
        said = string(f"What stands here cannot be typeset: {type(node).__name__}.")
        return self._all(node.children) or f"emph({said})"

    def _anchors(self, ids: Iterable[str]) -> str:
        labels = dict.fromkeys(label(self.docname, node_id) for node_id in ids)
        new = [it for it in labels if it in self.targets and it not in self.anchored]
        self.anchored.update(new)
        return _lines(*(f"anchor({string(name)})" for name in new))

    # Text

    def _write_text(self, node: nodes.Text) -> str:
        return string(re.sub(r"\s+", " ", node.astext()))

    def _write_inline(self, node: nodes.Element) -> str:
        return self._all(node.children)

    def _write_option_argument(self, node: nodes.option_argument) -> str:
        return string(f"{node.get('delimiter', ' ')}{node.astext()}")

    def _write_download_reference(self, node: nodes.Element) -> str:
        file = node.get("reftarget", node.get("filename", ""))
        if re.match(r"https?://", file):
            return f"link({string(file)}, {self._content(node.children)})"
        self._warn(node, "the PDF does not have the file %r that is offered here", file)
        return self._all(node.children)

    def _write_line_break(self, _: nodes.Element) -> str:
        return "linebreak()"

    def _write_line(self, node: nodes.line) -> str:
        indent = 0
        above = node.parent.parent
        while isinstance(above, nodes.line_block):
            indent, above = indent + 1, above.parent
        return f"h({indent}em)\n{self._all(node.children)}\nlinebreak()"

    def _write_container(self, node: nodes.container) -> str:
        """Write what a container holds; what it calls itself stands above."""
        if "literal-block-wrapper" in node["classes"]:
            return self._write_code_with_caption(node)
        written = self._all(node.children)
        if box_title(node):
            return f"strong({self._content(node.children)})"
        return f"framed({{\n{written}\n}})" if written and box(node) else written

    def _write_code_with_caption(self, node: nodes.container) -> str:
        """Write the caption of code, with the number that the book gives it."""
        written = []
        for child in node.children:
            if isinstance(child, nodes.caption):
                name = self._called(node)
                number = f"string-before({string(name)})\n" if name else ""
                content = f"{{\n{number}{self._all(child.children)}\n}}"
                written.append(f"code-caption({content})")
            else:
                written.append(self._one(child))
        return _lines(*written)

    def _write_caption(self, node: nodes.caption) -> str:
        return f"code-caption({self._content(node.children)})"

    def _write_math(self, node: nodes.Element) -> str:
        tex, block = node.astext(), isinstance(node, nodes.math_block)
        parts = words_and_formulas(tex)
        if len(parts) > 1:
            shown = (
                nodes.math(text=it) if is_formula else nodes.Text(it)
                for it, is_formula in parts
            )
            return f"par({self._content(shown)})" if block else self._all(shown)
        looks = f"block: {str(block).lower()}"
        written, own = definitions(tex)
        self.macros.update(own)
        if not written:  # PDF/UA has no formula without words
            return ""
        try:
            read = mathml(readable(written, self.macros), block=block)
        except FormulaError as error:
            msg = "the formula %r stands in the PDF as it was written: %s"
            self._warn(node, msg, tex, error)
            return f"raw({looks}, {string(tex)})"
        number = self._called(node) or node.get("number")
        if number:
            looks += f", number: {string(f'({number})')}"
        return f"formula({looks}, {string(tex)}, {string(read)})"

    _write_math_block = _write_math

    def _write_literal(self, node: nodes.literal) -> str:
        return f"raw({string(node.astext())})"

    def _write_reference(self, node: nodes.reference) -> str:
        content = self._content(node.children)
        internal = _internal(node, self.docname)
        if internal:
            if internal in self.targets:
                return f"link(label({string(internal)}), {content})"
            self._warn(node, "the PDF has no place %r for this link", internal[1:])
            return content
        uri = node.get("refuri", "")
        if re.match(r"https?:|mailto:", uri):
            return f"link({string(uri)}, {content})"
        if uri:
            self._warn(node, "%r leads nowhere in a PDF", uri)
        return content

    def _write_footnote_reference(self, node: nodes.footnote_reference) -> str:
        """Write a footnote where it is first referred to, and its number elsewhere."""
        node_id = node.get("refid", "")
        note = self._footnotes.get(node_id)
        if note is None:
            return f"super({string(node.astext())})"
        name = f"{label(self.docname, node_id)}!"
        if node_id in self._noted:
            return f"footnote(label({string(name)}))"
        self._noted.add(node_id)
        blocks = [it for it in note.children if not isinstance(it, nodes.label)]
        text = bool(blocks) and isinstance(blocks[0], nodes.paragraph)
        first, rest = (blocks[0].children, blocks[1:]) if text else ([], blocks)
        written = _lines(self._all(first), self._all(rest))
        return f"[#footnote({{\n{written}\n}})#label({string(name)})]"

    def _write_footnote(self, node: nodes.footnote) -> str:
        """Write a footnote that nothing refers to where it stands."""
        if any(node_id in self._footnotes for node_id in node["ids"]):
            return ""
        return f"cited-work({self._labelled(node)})"

    def _write_citation(self, node: nodes.citation) -> str:
        """Write a cited work, with its label if the text refers to it by that."""
        shown = [it for it in node.children if not isinstance(it, nodes.label)]
        named = any(
            isinstance(it, nodes.label) and it.astext() in self.cited
            for it in node.children
        )
        content = self._labelled(node) if named else self._content(shown)
        return f"cited-work({content})"

    def _labelled(self, node: nodes.Element) -> str:
        """Write a note after its label, in the same paragraph."""
        label_, *blocks = node.children
        first, *rest = blocks or [nodes.paragraph()]
        before = string(f"[{label_.astext()}] ")
        opening = f"par({{\n{before}\n{self._all(first.children)}\n}})"
        return f"{{\n{_lines(opening, self._all(rest))}\n}}"

    # Blocks

    def _write_section(self, node: nodes.section) -> str:
        self._level += 1
        written = self._blocks(node.children)
        self._level -= 1
        return written

    def _write_title(self, node: nodes.title) -> str:
        """Write a heading; the first of a page begins a chapter."""
        content = self._content(node.children)
        return self._heading(node, content)

    def _write_plain_title(self, node: nodes.title) -> str:
        return self._heading(node, string(node.astext()))

    def _heading(self, node: nodes.title, content: str) -> str:
        if not isinstance(node.parent, nodes.section):
            return f"rubric({content})"
        ids = node.parent["ids"]
        top = self._level == 1
        if top and self.heading:
            content = string(self.heading)
        number = self.section_numbers.get("" if top else ids[0] if ids else "")
        if number:
            content = f"{{\n{string(f'{number} ')}\n{content}\n}}"
        if top:
            heading = self._chapter(content)
        else:
            heading = f"section({max(self._level, 2)}, {content})"
        return _lines(heading, self._anchors(ids))

    def _called(self, node: nodes.Element) -> str:
        """Return what the book calls what it numbers; empty if it does not."""
        return next((self.called[it] for it in node["ids"] if it in self.called), "")

    def _write_paragraph(self, node: nodes.paragraph) -> str:
        written = self._content(node.children)
        if all(isinstance(child, nodes.image) for child in node.children):
            return written  # which is blocks
        alone = len(node.parent.children) == 1
        if alone and isinstance(node.parent, (nodes.entry, nodes.list_item)):
            return written
        return f"par({written})"

    def _write_literal_block(self, node: nodes.literal_block) -> str:
        language = _LANGUAGES.get(node.get("language", ""), node.get("language", ""))
        named = f"lang: {string(language)}, " if language else ""
        code = _at_last(node.astext())
        if "\x1b[" in code:
            return f"coloured({array(_coloured(code))})"
        if node.get("linenos"):
            given: dict[str, int] = node.get("highlight_args") or {}
            start = given.get("linenostart", 1)
            return f"numbered(raw(block: true, {named}{string(code)}), {start})"
        return f"raw(block: true, {named}{string(code)})"

    _write_doctest_block = _write_literal_block

    def _write_productionlist(self, node: nodes.Element) -> str:
        lines = (
            f"{it.get('tokenname', '')} ::= {it.astext()}" for it in _elements(node)
        )
        return f"raw(block: true, {string(chr(10).join(lines))})"

    def _write_transition(self, node: nodes.transition) -> str:
        """Write a line, but none before what stands elsewhere, such as footnotes."""
        below = node.parent.children[node.parent.index(node) + 1 :]
        notes = (*_NOT_SHOWN, nodes.footnote)
        seen = any(not isinstance(other, notes) for other in below)
        return "transition" if seen else ""

    def _write_admonition(self, node: nodes.Element) -> str:
        kind = type(node).__name__.lower().removesuffix("_node")
        title = string(admonitionlabels.get(kind) or kind.capitalize())
        children = list(node.children)
        if children and isinstance(children[0], nodes.title):
            heading = children.pop(0)
            content = self._content(heading.children)
            name = self._called(node)
            # A theorem's title is beside its number; others' stand for themselves.
            if kind not in ("admonition", *admonitionlabels) and (
                name or heading.astext().startswith("(")
            ):
                name = name or kind
                before = string(f"{name[0].upper()}{name[1:]} ")
                content = f"{{\n{before}\n{content}\n}}"
            title = content if heading.astext().strip() or name else title
        return f"admonition({title}, {self._content(children)})"

    # Lists

    def _write_bullet_list(self, node: nodes.bullet_list) -> str:
        return f"list({self._items(node)})" if node.children else ""

    def _write_hlist(self, node: nodes.Element) -> str:
        return self._all(child for column in node.children for child in column.children)

    def _write_enumerated_list(self, node: nodes.enumerated_list) -> str:
        if not node.children:
            return ""
        sign = _ENUMERATIONS.get(node.get("enumtype", ""), "1")
        pattern = f"{node.get('prefix', '')}{sign}{node.get('suffix') or '.'}"
        looks = f"numbering: {string(pattern)}, start: {int(node.get('start', 1))}"
        return f"enum({looks}, {self._items(node)})"

    def _items(self, node: nodes.Element) -> str:
        items = [
            f"{{\n{_lines(self._anchors(item['ids']), self._all(item.children))}\n}}"
            for item in _elements(node)
        ]
        tight = all(len(item.children) == 1 for item in node.children)
        return f"tight: {str(tight).lower()}, {', '.join(items)}"

    def _write_definition_list(self, node: nodes.Element) -> str:
        """Write terms, or names of other kinds, each above what is said of it."""
        items = []
        for item in _elements(node):
            names = [child for child in _elements(item) if isinstance(child, _NAMES)]
            rest = [child for child in item.children if child not in names]
            anchors = [self._anchors(it["ids"]) for it in (item, *names)]
            options = [
                part
                for name in names
                for part in (
                    name.children if isinstance(name, nodes.option_group) else [name]
                )
            ]
            parts = [self._all(part.children) for part in options]
            called = _lines(*_between(parts, string(", ")))
            described = _lines(*anchors, self._content(rest))
            items.append(f"terms.item({{\n{called}\n}}, {{\n{described}\n}})")
        return f"terms({', '.join(items)})" if items else ""

    _write_field_list = _write_docinfo = _write_option_list = _write_definition_list

    def _write_docinfo_item(self, node: nodes.Element) -> str:
        return f"par({self._content(node.children)})"

    def _write_desc_signature(self, node: nodes.Element) -> str:
        """Write what a function or a class is called with."""
        return f"signature({string(node.astext())})"

    # Figures and tables

    def _write_image(self, node: nodes.image) -> str:
        beside = [child for child in node.parent.children if child is not node]
        in_text = isinstance(node.parent, nodes.TextElement) and (
            not isinstance(node.parent, nodes.paragraph)
            or any(not isinstance(child, nodes.image) for child in beside)
        )
        file = self.image_file(node["uri"])
        alternative = node.get("alt", "").strip()
        if not file:
            address = node["uri"] if len(node["uri"]) < 200 else ""
            shown = alternative or address.rsplit("/", 1)[-1]
            msg = "this picture cannot be read, so the PDF does not have it: %s"
            self._warn(node, msg, address)
            if re.fullmatch(r"[0-9a-f]{32,}\.\w+", shown):
                shown = ""  # MyST-NB's name of it
            said = f"A picture is missing{': ' if shown else ''}{shown}"
            return f"no-picture({string(said)}, in-text: {str(in_text).lower()})"
        if not alternative:
            msg = "this picture has no alternative text (alt) that could be read aloud"
            self._warn(node, msg)
            alternative = self._instead_of_alternative(node)
        kind = "picture-in-text" if in_text else "picture"
        size = _size(node)
        return f"{kind}({string(file)}, {string(alternative)}{size})"

    def _instead_of_alternative(self, node: nodes.image) -> str:
        """Return the words that come nearest to what a picture shows."""
        above = node.parent
        while above is not None and not isinstance(above, nodes.figure):
            above = above.parent
        captions = above.findall(nodes.caption) if above is not None else ()
        return next((it.astext() for it in captions), "") or "a picture without words"

    def _write_figure(self, node: nodes.figure) -> str:
        described = (nodes.caption, nodes.legend)
        caption = [child for child in node.children if isinstance(child, described)]
        pictures = [child for child in node.children if child not in caption]
        inside = [
            child
            for part in caption
            for child in (part.children if isinstance(part, nodes.caption) else [part])
        ]
        shown = self._content(inside) if inside else "none"
        name = self._called(node)
        number = f", called: {string(name)}" if name else ""
        drawn = any(self.image_file(it["uri"]) for it in node.findall(nodes.image))
        # Words say themselves what they say, but PDF/UA asks this of every figure.
        words = "" if drawn else f", alt: {string(node.astext().strip() or 'empty')}"
        figure = f"plate({self._content(pictures)}, caption: {shown}{number}{words})"
        return _lines(figure, self._anchors(node["ids"]))

    def _write_table(self, node: nodes.table) -> str:
        header, body = (
            [row for part in _parts(node, kind) for row in part.children]
            for kind in (nodes.thead, nodes.tbody)
        )
        if not header and not body:
            return ""
        title = next((it for it in node.children if isinstance(it, nodes.title)), None)
        name = self._called(node)
        caption = self._content(title.children) if title else "none"
        called = string(name) if name else "none"
        head, rows = ([_entries(row) for row in part] for part in (header, body))
        written = []
        for columns in _bands([*head, *rows]):
            above, below = (
                [[row[i] for i in columns] for row in part] for part in (head, rows)
            )
            written.append(self._band(above, below, caption, called))
            caption = called = "none"
        return _lines(*written) or self._band(head, rows, caption, called)

    def _band(
        self, header: list[_Row], body: list[_Row], caption: str, called: str
    ) -> str:
        """Write a table, or as many columns of one as stand on a page."""
        arguments = [
            f"columns: {array(_widths([*header, *body]))}",
            f"align: {array(_sides((body or header)[0]))}",
            f"caption: {caption}",
            f"called: {called}",
            f"header: {array(self._cells(header))}",
            f"header-rows: {len(header)}",
            *self._cells(body),
        ]
        return f"data-table({', '.join(arguments)})"

    def _cells(self, rows: Iterable[_Row]) -> list[str]:
        cells = []
        for entry in (entry for row in rows for entry in row):
            span = {
                "colspan": entry.get("morecols", 0) + 1,
                "rowspan": entry.get("morerows", 0) + 1,
            }
            named = "".join(f"{key}: {n}, " for key, n in span.items() if n > 1)
            if len(entry.astext()) > _TALL or any(
                True for _ in entry.findall(nodes.table)
            ):
                named += "breakable: true, "
            cells.append(f"table.cell({named}{self._content(entry.children)})")
        return cells


_Row = list[nodes.entry]

BLOCK = "//% "
"""What stands before the number of a block, in a line of its own."""

_NAMES = (nodes.term, nodes.classifier, nodes.field_name, nodes.option_group)
"""What the items of a list are called."""

_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def _coloured(text: str) -> list[str]:
    """Cut the output of a terminal where its colour changes."""
    parts = []
    colour, bold = "", False
    pieces = re.findall(r"(?:\x1b\[([\d;]*)m|^)([^\x1b]*)", _uncontrolled(text))
    for code, part in pieces:
        for number in map(int, filter(None, code.split(";"))) if code else [0]:
            if number in (0, 39):
                colour = ""
            if number in (0, 1, 22):
                bold = number == 1
            if number // 10 in (3, 9) and number % 10 < len(_COLOURS):
                colour = _COLOURS[number % 10]
        if part:
            parts.append(f"({string(colour)}, {str(bold).lower()}, {string(part)})")
    return parts


def _at_last(text: str) -> str:
    """Return what a terminal shows in the end where lines were written over."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def _uncontrolled(text: str) -> str:
    """Leave out what a terminal is told beside colours."""
    return re.sub(r"\x1b(?!\[[\d;]*m)(\[[\d;?]*[A-Za-z]|\][^\x07]*\x07|.?)", "", text)


def _has_title(doctree: nodes.document) -> bool:
    return any(
        isinstance(child, nodes.title)
        for section in doctree.children
        if isinstance(section, nodes.section)
        for child in section.children
    )


def _size(node: nodes.image) -> str:
    """Write the width that a page gives a picture, if it means something here."""
    width = str(node.get("width", ""))
    given = re.fullmatch(r"([\d.]+)\s*(%|px|pt|cm|mm|in|em|)", width)
    if given and float(given[1]):
        number, unit = float(given[1]), given[2] or "px"
        # A pixel of a site is 1/96 of an inch.
        size = f"{number * 0.75:g}pt" if unit == "px" else f"{number:g}{unit}"
        return f", width: {size}"
    return f", scale: {node['scale']}%" if node.get("scale") else ""


def _between(parts: Iterable[str], mark: str) -> list[str]:
    written = [part for part in parts if part]
    return [it for part in written for it in (mark, part)][1:]


def _parts(table: nodes.table, kind: type[nodes.Element]) -> list[nodes.Element]:
    """Return the head or the body of a table, and of no table inside it."""
    return [
        part
        for group in table.children
        if isinstance(group, nodes.tgroup)
        for part in group.children
        if isinstance(part, kind)
    ]


def _elements(node: nodes.Element) -> list[nodes.Element]:
    return [child for child in node.children if isinstance(child, nodes.Element)]


def _entries(row: nodes.Node) -> list[nodes.entry]:
    return [child for child in row.children if isinstance(child, nodes.entry)]


def _lines(*written: str) -> str:
    return "\n".join(filter(None, written))


def _bands(rows: list[_Row]) -> list[list[int]]:
    """Return which columns stand together of a table that is too wide for a page.

    The first column stands before each part. There are none if the words of all columns
    have room, or if cells go through several.
    """
    count = max(map(len, rows))
    cells = [cell for row in rows for cell in row]
    if len(cells) < count * len(rows) or any("morecols" in cell for cell in cells):
        return []
    least = [
        max(map(len, _words(row[i].astext() for row in rows)), default=1) + _GAP
        for i in range(count)
    ]
    if sum(least) <= _FINE_LINE:
        return []
    bands: list[list[int]] = [[0]]
    for column in range(1, count):
        room = _FINE_LINE - sum(least[i] for i in bands[-1])
        if least[column] > room and len(bands[-1]) > 1:
            bands.append([0])
        bands[-1].append(column)
    return bands


def _widths(rows: list[_Row]) -> list[str]:
    """Return how wide each column is.

    A column is as wide as its longest cell. Where that is too much for the page, each
    has room for its longest word, and what is left goes where it saves most lines.
    """
    lines = (_texts(row) for row in rows)
    columns = list(zip_longest(*lines, fillvalue=""))
    longest = [max(map(len, cells)) for cells in columns]
    if sum(longest) + _GAP * len(columns) <= _LINE:
        return ["auto"] * len(columns)
    words = [max(map(len, _words(cells)), default=1) for cells in columns]
    texts = [[len(cell) for cell in row] for row in zip(*columns, strict=True)]
    # A sample is enough to tell the columns apart.
    texts = texts[:: len(texts) // _LONG + 1]
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


def _texts(row: _Row) -> list[str]:
    """Return what a row has in each column, where a cell of several counts in none."""
    texts = []
    for entry in row:
        more = entry.get("morecols", 0)
        texts += ["" if more else entry.astext(), *[""] * more]
    return texts


def _words(cells: Iterable[str]) -> list[str]:
    """Return what is not broken at the end of a line, as the template breaks hashes."""
    text = re.sub(r"[0-9a-f]{64}", "f" * 32, " ".join(cells))
    return re.sub(r"\S{70}", r"\g<0> ", text).split()


def _sides(row: _Row) -> list[str]:
    """Return on which side the cells of each column stand."""
    sides = ("left", "right", "center")
    return [
        next((side for side in sides if f"text-{side}" in entry["classes"]), "left")
        for entry in row
        for _ in range(entry.get("morecols", 0) + 1)
    ]
