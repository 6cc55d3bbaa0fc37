"""HTML that a page or a cell holds, read as the elements of a page.

What has no place on paper (scripts, frames, films) is named, so that whoever builds the
book can be told.
"""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

from docutils import nodes

_INLINE = {
    "a": nodes.reference,
    "b": nodes.strong,
    "strong": nodes.strong,
    "i": nodes.emphasis,
    "em": nodes.emphasis,
    "cite": nodes.emphasis,
    "var": nodes.emphasis,
    "code": nodes.literal,
    "kbd": nodes.literal,
    "samp": nodes.literal,
    "tt": nodes.literal,
    "sub": nodes.subscript,
    "sup": nodes.superscript,
    "summary": nodes.strong,
}
_BLOCKS = {
    "p": nodes.paragraph,
    "ul": nodes.bullet_list,
    "ol": nodes.enumerated_list,
    "blockquote": nodes.block_quote,
    "pre": nodes.literal_block,
    **{f"h{level}": nodes.rubric for level in range(1, 7)},
}
_DIVISIONS = (
    *("article", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "section"),
)
_UNSEEN = ("script", "style", "template", "head")
_ON_SCREEN = (
    "audio", "button", "canvas", "embed", "form", "iframe", "object", "select", "video"
)  # fmt: skip
_NUMBER = re.compile(r"[-−+]?[\d.,]+(e[-+]?\d+)?%?")
_NO_END = ("br", "hr", "img", "input", "embed", "link", "meta", "source", "wbr", "col")


class line_break(nodes.inline):  # noqa: N801 (as docutils names its nodes)
    """The end of a line inside a paragraph."""


def read(html: str) -> tuple[list[nodes.Element], list[str]]:
    """Read HTML that stands by itself.

    Returns
    -------
    list of Element
        The blocks that it holds.
    list of str
        What it has that is seen on a screen only.
    """
    reader = _Reader()
    reader.feed(_draw(html))
    reader.close()
    return reader.blocks(), reader.lost


def read_inline(html: str) -> tuple[list[nodes.Node], list[str]]:
    """Read HTML that stands in a line of text, as `read` does."""
    blocks, lost = read(html)
    return [child for block in blocks for child in block.children], lost


def inline_element(tag: str) -> nodes.Element | None:
    """Return the element that an opening tag such as `<sub>` begins, if it has one."""
    opened = re.fullmatch(r"\s*<(\w+)([^>]*)>\s*", tag)
    kind = _INLINE.get(opened[1].lower()) if opened else None
    if opened is None or kind is None:
        return None
    if kind is not nodes.reference:
        return kind()
    address = re.search(r"href\s*=\s*[\"']?([^\"'\s>]+)", opened[2])
    offered = re.search(r"\bdownload\b", opened[2]) is not None
    return _link(address[1] if address else "", offered=offered)


def _link(address: str, *, offered: bool) -> nodes.Element:
    """Return a link; of a file that the site offers, paper has the words alone."""
    if not address or (offered and "://" not in address):
        return nodes.inline()
    return nodes.reference(refuri=address)


def _draw(html: str) -> str:
    """Let drawings inside HTML stand as pictures, but for icons beside their text."""

    def picture(found: re.Match[str]) -> str:
        svg = found[0]
        if re.search(r"aria-hidden=.true|<svg[^>]*\bclass=.[^'\"]*icon|<use\b", svg):
            return ""
        if "xmlns=" not in svg:
            svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
        named = re.search(r"<title>([^<]*)</title>", svg)
        alt = re.sub(r"[\"<>]", "", named[1]) if named else ""
        data = base64.b64encode(svg.encode()).decode()
        return f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}">'

    return re.sub(r"<svg\b(?:(?!</svg>)[\s\S])*</svg>", picture, html)


_KEPT = (
    *(line_break, nodes.transition, nodes.table, nodes.tgroup, nodes.thead),
    *(nodes.tbody, nodes.row, nodes.entry),
)
"""What says something though it holds no text, or keeps the place of a cell."""


class _Reader(HTMLParser):
    """A reader of HTML that is forgiving, as browsers are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._root = nodes.container()
        self._open: list[tuple[str, nodes.Element]] = [("", self._root)]
        self._unseen: list[str] = []
        self.lost: list[str] = []

    def blocks(self) -> list[nodes.Element]:
        """Return what was read, without what is empty."""
        for table in list(self._root.findall(nodes.table)):
            _complete(table)
        for node in reversed(list(self._root.findall(nodes.Element))):
            seen = any(True for _ in node.findall(nodes.image)) or node.astext().strip()
            if not seen and not isinstance(node, _KEPT) and node.parent is not None:
                node.parent.remove(node)
        return [it for it in self._root.children if isinstance(it, nodes.Element)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._unseen or tag in _UNSEEN:
            if tag not in _NO_END:
                self._unseen.append(tag)
            return
        if tag in _ON_SCREEN:
            address = given.get("src") or given.get("data", "")
            self.lost.append(f"<{tag}>{f' ({address})' if address else ''}")
            if re.match("https?:", address):
                shown = nodes.Text(address)
                self._inline(nodes.reference("", "", shown, refuri=address))
        if tag == "img" and given.get("src"):
            size = {k: given[k] for k in ("width", "height") if given.get(k)}
            picture = nodes.image(uri=given["src"], alt=given.get("alt", ""), **size)
            self._inline(picture)
        elif tag == "br":
            self._inline(line_break())
        elif tag == "input" and given.get("type") == "checkbox":
            self._inline(nodes.Text("☑ " if "checked" in given else "☐ "))
        elif tag == "hr":
            self._block(nodes.transition())
        elif tag in _INLINE:
            if tag == "a":
                href = given.get("href", "")
                element = _link(href, offered="download" in given)
            else:
                element = _INLINE[tag]()
            self._inline(element)
            self._open.append((tag, element))
        elif tag in _BLOCKS:
            element = _BLOCKS[tag]()
            self._block(element)
            self._open.append((tag, element))
        elif tag == "li":
            self._close("li", within=("ul", "ol"))
            if not self._within(nodes.bullet_list, nodes.enumerated_list):
                self.handle_starttag("ul", [])
            self._add(("li", nodes.list_item()))
        elif tag == "table":
            self._block(nodes.table())
            table = self._here.children[-1]
            assert isinstance(table, nodes.table)
            self._open.append(("table", table))
        elif tag == "tr" and self._within(nodes.table):
            self._close("tr", within=("table",))
            row = nodes.row()
            if any(name == "thead" for name, _ in self._open):
                row["head"] = True
            self._add(("tr", row))
        elif tag in ("td", "th") and self._within(nodes.row):
            self._close("td", within=("tr", "table"))
            entry = nodes.entry()
            for name, key in (("colspan", "morecols"), ("rowspan", "morerows")):
                if given.get(name, "").isdigit() and 1 < int(given[name]) < 1000:
                    entry[key] = int(given[name]) - 1
            entry["head"] = tag == "th"
            style = given.get("style", "")
            side = re.search(r"text-align:\s*(left|right|center)", style)
            if side:
                entry["classes"].append(f"text-{side[1]}")
            self._add(("td", entry))
        elif tag == "caption" and self._within(nodes.table):
            self._add(("caption", nodes.title()))
        elif tag in ("thead", "tbody", "tfoot"):
            self._open.append((tag, self._here))
        elif tag in _DIVISIONS:
            self._close_paragraph()

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            if tag in self._unseen:
                del self._unseen[self._unseen.index(tag) :]
        elif tag in _DIVISIONS:
            self._close_paragraph()
        else:
            self._close("td" if tag == "th" else tag)
            if tag == "summary":
                self._close_paragraph()

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._within(nodes.literal_block):
            self._here.append(nodes.Text(data))
        elif data.strip() or self._is_in_text():
            self._inline(nodes.Text(re.sub(r"\s+", " ", data)))

    @property
    def _here(self) -> nodes.Element:
        return self._open[-1][1]

    def _is_in_text(self) -> bool:
        last = self._here.children[-1] if self._here.children else None
        begun = isinstance(last, nodes.paragraph) and bool(last.get("implicit"))
        return begun or isinstance(self._here, nodes.TextElement)

    def _within(self, *kinds: type[nodes.Element]) -> bool:
        return any(isinstance(element, kinds) for _, element in self._open)

    def _add(self, opened: tuple[str, nodes.Element]) -> None:
        self._here.append(opened[1])
        self._open.append(opened)

    def _inline(self, node: nodes.Node) -> None:
        """Add to the text that stands here, or begin one."""
        here = self._here
        if isinstance(here, (nodes.table, nodes.row, nodes.bullet_list)):
            here = self._root  # browsers, too, put such a text outside
        if not isinstance(here, nodes.TextElement):
            last = here.children[-1] if here.children else None
            if not (isinstance(last, nodes.paragraph) and last.get("implicit")):
                last = nodes.paragraph(implicit=True)
                here.append(last)
            here = last
        here.append(node)

    def _block(self, node: nodes.Element) -> None:
        self._close_paragraph()
        while isinstance(self._here, nodes.TextElement):
            self._open.pop()
        here = self._here
        outside = isinstance(here, (nodes.table, nodes.row, nodes.bullet_list))
        (self._root if outside else here).append(node)

    def _close_paragraph(self) -> None:
        self._close("p", within=("td", "li"))
        last = self._here.children[-1] if self._here.children else None
        if isinstance(last, nodes.paragraph):
            last["implicit"] = False

    def _close(self, tag: str, within: tuple[str, ...] = ()) -> None:
        """Close the innermost element of this name, and what was left open in it."""
        for place in range(len(self._open) - 1, 0, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return
            if self._open[place][0] in within:
                return


def _complete(table: nodes.table) -> None:
    """Give a table the parts that docutils' tables have."""
    rows = [child for child in table.children if isinstance(child, nodes.row)]
    titles = [child for child in table.children if isinstance(child, nodes.title)]
    cells = {
        row: [child for child in row.children if isinstance(child, nodes.entry)]
        for row in rows
    }
    heads = [
        "head" in row or (bool(cells[row]) and all(it["head"] for it in cells[row]))
        for row in rows
    ]
    above = len(rows) if all(heads) else heads.index(False)
    above = above if above < len(rows) else 0
    head, body = rows[:above], rows[above:]
    for cell in (cell for row in rows for cell in cells[row]):
        if not cell["classes"] and _NUMBER.fullmatch(cell.astext().strip()):
            cell["classes"].append("text-right")
    columns = _fill(rows, above)
    group = nodes.tgroup(cols=columns)
    if head:
        group.append(nodes.thead("", *head))
    group.append(nodes.tbody("", *body))
    table.children = []
    table.extend([*titles, group])


def _fill(rows: list[nodes.row], above: int) -> int:
    """Give each cell the room that is free, and each row a cell in each column.

    Typst sets the cells one after the other, so that a row that is too short would
    take the first cells of the next.

    Parameters
    ----------
    rows : list of row
        The rows of the head and of the body.
    above : int
        How many of them are the head's, which no cell leaves.

    Returns
    -------
    int
        How many columns there are.
    """
    taken = set[tuple[int, int]]()
    for y, row in enumerate(rows):
        end = above if y < above else len(rows)
        x = 0
        for cell in row.children:
            if not isinstance(cell, nodes.entry):
                continue
            while (x, y) in taken:
                x += 1
            wide = range(x, x + cell.get("morecols", 0) + 1)
            free = next((i for i in wide if (i, y) in taken), wide.stop) - x
            tall = min(cell.get("morerows", 0) + 1, end - y)
            taken |= {(x + i, y + j) for i in range(free) for j in range(tall)}
            for more, count in (("morecols", free), ("morerows", tall)):
                if more in cell:
                    cell[more] = count - 1
            x += free
    columns = max((x for x, _ in taken), default=-1) + 1
    for y, row in enumerate(rows):
        row.extend(nodes.entry() for x in range(columns) if (x, y) not in taken)
    return columns
