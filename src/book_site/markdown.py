"""A page of the site as Markdown, for programs that read: nothing is left to resolve.

It is written from what Sphinx has resolved, so that values, numbers of figures, terms
and works stand as words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from docutils import nodes
from sphinx import addnodes

_LEFT_OUT = (
    nodes.comment,
    nodes.Invisible,
    nodes.colspec,
    nodes.label,
    nodes.raw,
    nodes.system_message,
    addnodes.index,
)
_AROUND = {
    "emphasis": "*",
    "title_reference": "*",
    "strong": "**",
}
_LANGUAGES = {"ipython3": "python", "ipython": "python"} | dict.fromkeys(
    ("default", "myst-ansi", "none", "text", "ipythontb"), ""
)
_SPECIAL = re.compile(r"([\\`*_\[\]<|$])")


@dataclass
class Writer:
    """One page on its way to Markdown."""

    images: Mapping[str, str]  # the address of an image, by its address in the page
    numbers: Mapping[str, str]  # such as “Fig. 3”, by the name of a figure or table
    _level: int = 0
    _footnotes: list[tuple[str, str]] = field(default_factory=list)

    def write(self, doctree: nodes.document) -> str:
        """Return a page as Markdown that ends in a line break."""
        return re.sub(r"\n{3,}", "\n\n", self._blocks(doctree.children)).strip() + "\n"

    def _blocks(self, children: Iterable[nodes.Node]) -> str:
        """Write blocks with a blank line between them."""
        return "\n\n".join(filter(None, map(self._one, children)))

    def _line(self, children: Iterable[nodes.Node]) -> str:
        return "".join(map(self._one, children))

    def _one(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Text):
            return _SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", node.astext()))
        if isinstance(node, _LEFT_OUT) or not isinstance(node, nodes.Element):
            return ""
        if "toctree-wrapper" in node["classes"]:
            return ""
        for kind in type(node).__mro__:
            name = kind.__name__.lower()
            if name in _AROUND:
                inside = self._line(node.children)
                return f"{_AROUND[name]}{inside}{_AROUND[name]}" if inside else ""
            write = getattr(self, f"_write_{name}", None)
            if write is not None:
                return str(write(node))
        in_line = isinstance(node, (nodes.Inline, nodes.TextElement))
        return (self._line if in_line else self._blocks)(node.children)

    # Text

    def _write_literal(self, node: nodes.Element) -> str:
        text = " ".join(node.astext().split())
        ticks = "``" if "`" in text else "`"
        return f"{ticks}{text}{ticks}"

    def _write_math(self, node: nodes.Element) -> str:
        return f"${node.astext()}$"

    def _write_math_block(self, node: nodes.Element) -> str:
        return f"$$\n{node.astext().strip()}\n$$"

    def _write_subscript(self, node: nodes.Element) -> str:
        return f"<sub>{self._line(node.children)}</sub>"

    def _write_superscript(self, node: nodes.Element) -> str:
        return f"<sup>{self._line(node.children)}</sup>"

    def _write_reference(self, node: nodes.Element) -> str:
        text = self._line(node.children)
        url = node.get("refuri") or (f"#{node['refid']}" if "refid" in node else "")
        if not url or "![" in text:
            return text
        # Addresses that hold a parenthesis or a space would end the link.
        url = url.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
        return f"[{text}]({url})"

    def _write_image(self, node: nodes.Element) -> str:
        words = _SPECIAL.sub(r"\\\1", " ".join(node.get("alt", "").split()))
        return f"![{words}]({self.images.get(node['uri'], node['uri'])})"

    def _write_footnote_reference(self, node: nodes.Element) -> str:
        return f"[^{node.astext()}]"

    # Blocks

    def _write_section(self, node: nodes.Element) -> str:
        self._level += 1
        written = self._blocks(node.children)
        self._level -= 1
        return written

    def _write_title(self, node: nodes.Element) -> str:
        text = self._line(node.children)
        if isinstance(node.parent, nodes.section):
            return f"{'#' * self._level} {text}"
        return f"**{text}**"

    def _write_rubric(self, node: nodes.Element) -> str:
        return f"**{self._line(node.children)}**"

    def _write_transition(self, _node: nodes.Element) -> str:
        return "---"

    def _write_literal_block(self, node: nodes.Element) -> str:
        language = node.get("language", "")
        fence = "````" if "```" in node.astext() else "```"
        text = node.astext().rstrip("\n")
        return f"{fence}{_LANGUAGES.get(language, language)}\n{text}\n{fence}"

    def _write_block_quote(self, node: nodes.Element) -> str:
        return _each_line("> ", self._blocks(node.children))

    def _write_admonition(self, node: nodes.Element) -> str:
        children = list(node.children)
        title = type(node).__name__.capitalize()
        if children and isinstance(children[0], nodes.title):
            title = self._line(children.pop(0).children)
        inside = self._blocks(children)
        return _each_line("> ", f"**{title}**\n\n{inside}")

    def _write_footnote(self, node: nodes.Element) -> str:
        label = next(iter(node.findall(nodes.label)), None)
        text = _further_in(self._blocks(node.children), 4)
        return f"[^{label.astext() if label else ''}]: {text}"

    # Lists

    def _write_bullet_list(self, node: nodes.Element) -> str:
        return self._items(node, ["- "] * len(node.children))

    def _write_enumerated_list(self, node: nodes.Element) -> str:
        start = node.get("start", 1)
        return self._items(node, [f"{start + i}. " for i in range(len(node.children))])

    def _items(self, node: nodes.Element, marks: list[str]) -> str:
        written = []
        for mark, item in zip(marks, node.children, strict=True):
            text = self._blocks(item.children)
            written.append(mark + _further_in(text, len(mark)))
        loose = any("\n\n" in item for item in written)
        return ("\n\n" if loose else "\n").join(written)

    def _write_definition_list(self, node: nodes.Element) -> str:
        written = []
        for item in node.children:
            terms = [it for it in item.children if isinstance(it, nodes.term)]
            rest = [it for it in item.children if it not in terms]
            names = ", ".join(self._line(term.children) for term in terms)
            written.append(f"**{names}**\n\n{self._blocks(rest)}")
        return "\n\n".join(written)

    # Figures and tables

    def _write_figure(self, node: nodes.Element) -> str:
        described = (nodes.caption, nodes.legend)
        shown = [it for it in node.children if not isinstance(it, described)]
        rest = [it for it in node.children if isinstance(it, described)]
        caption = " ".join(self._one(it) for it in rest)
        return "\n\n".join(
            filter(None, (self._blocks(shown), self._named(node, caption)))
        )

    def _write_caption(self, node: nodes.Element) -> str:
        return self._line(node.children)

    def _write_table(self, node: nodes.Element) -> str:
        titles = [it for it in node.children if isinstance(it, nodes.title)]
        title = self._named(node, self._line(titles[0].children)) if titles else ""
        rows = [
            [self._cell(entry) for entry in row.findall(nodes.entry)]
            for row in node.findall(nodes.row)
        ]
        if not rows:
            return title
        width = max(map(len, rows))
        rows = [[*row, *[""] * (width - len(row))] for row in rows]
        if not list(node.findall(nodes.thead)):
            rows.insert(0, [""] * width)
        rows.insert(1, _rule(node, width))
        lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        return f"{title}\n\n{lines}" if title else lines

    def _cell(self, entry: nodes.Element) -> str:
        text = re.sub(r"\s*\n\s*", "<br>", self._blocks(entry.children).strip())
        return re.sub(r"(?<!\\)\|", r"\\|", text)

    def _named(self, node: nodes.Element, caption: str) -> str:
        names = [self.numbers[it] for it in node["ids"] if it in self.numbers]
        number = f"**{names[0]}** " if names else ""
        return f"{number}{caption}".strip()


def _rule(table: nodes.Element, width: int) -> list[str]:
    """Write the line below the head of a table, which says where numbers stand."""
    entries = list(next(iter(table.findall(nodes.row))).findall(nodes.entry))
    right = ["text-right" in entry["classes"] for entry in entries]
    right += [False] * (width - len(right))
    return ["---:" if it else "---" for it in right]


def front_matter(known: Mapping[str, str]) -> str:
    """Write what a page says about itself, as YAML between two lines of hyphens."""
    lines = [
        f'{name}: "{_quoted(value)}"' for name, value in known.items() if value != ""
    ]
    return "\n".join(["---", *lines, "---", "", ""])


def read_front_matter(text: str) -> dict[str, str]:
    """Read what `front_matter` wrote."""
    head = text.removeprefix("---\n").partition("\n---\n")[0]
    found = re.findall(r'(?m)^(\w+): "(.*)"$', head)
    return {name: re.sub(r"\\(.)", r"\1", value) for name, value in found}


def _quoted(text: Any) -> str:
    return " ".join(str(text).split()).replace("\\", "\\\\").replace('"', '\\"')


def _each_line(mark: str, text: str) -> str:
    return "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n"))


def _further_in(text: str, width: int) -> str:
    """Set all lines but the first further in."""
    return re.sub(r"\n(?=[^\n])", "\n" + " " * width, text)
