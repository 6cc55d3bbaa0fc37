"""A page's MyST as the Markdown that every notebook program shows."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from papermill_pages.explorers import DIRECTIVE


@dataclass(frozen=True)
class Link:
    """Where a reference leads, and the words that stand for it."""

    text: str
    url: str

    @property
    def markdown(self) -> str:
        """The link, with its words as they stand."""
        return f"[{literal(self.text)}]({self.url})"


class References(Protocol):
    """What a page refers to; None stands for what is not known."""

    def value(self, content: str) -> str | None:
        """Return a glued value as the page formats it."""

    def link(self, target: str) -> Link | None:
        """Return where a Markdown link to a page or to a label leads."""

    def role(self, name: str, target: str, text: str | None) -> Link | None:
        """Return where a role such as ``ref`` leads, whose text may be given."""


def to_plain(
    source: str, references: References, extensions: Collection[str] = ()
) -> str:
    """Turn MyST into Markdown that Jupyter, VS Code and Colab show.

    Glued values become text, references become links, and admonitions become
    quotations under a bold title; targets, comments and attributes vanish. For an
    explorer a line says where it is. Code and mathematics stay as they are, and so do
    roles and directives that are not known.

    Parameters
    ----------
    source : str
        The Markdown of one cell.
    references : References
        What the page refers to.
    extensions : collection of str
        The extensions of MyST that the book has enabled.
    """
    lines = source.split("\n")
    written: list[str] = []
    done = 0
    for token in _parser(frozenset(extensions)).parse(source):
        start, end = token.map or (0, 0)
        if start < done or end == start:
            continue
        block = lines[start:end]
        while len(block) > 1 and not block[-1].strip(" >"):
            block.pop()
        if token.type == "inline":
            shown = _inline("\n".join(block), references, extensions).split("\n")
        elif token.type in ("myst_block_break", "myst_line_comment", "myst_target"):
            shown = []
        elif token.type == "math_block_label":
            shown = [*block[:-1], re.sub(r"\s*\([^()]*\)$", "", block[-1])]
        elif token.type in ("colon_fence", "fence"):
            shown = _directive(token, block[0], references, extensions) or block
        elif token.type in ("amsmath", "code_block", "html_block", "math_block"):
            shown = block
        else:  # it holds others
            continue
        written += [*lines[done:start], *shown]
        done = start + len(block)
    text = "\n".join([*written, *lines[done:]])
    if "attrs_block" in extensions:
        text = re.sub(rf"(?m)^[ \t>]*{_ATTRIBUTES}[ \t]*(?:\n|\Z)", "", text)
    return text


@cache
def _parser(extensions: frozenset[str]) -> MarkdownIt:
    config = MdParserConfig(enable_extensions=set(extensions))
    parser = create_md_parser(config, RendererHTML)
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


# Directives

_DIRECTIVE = re.compile(r"\{([^}\s]+)\}\s*(.*)")
# The options of a directive, as lines or as a block.
_OPTIONS = re.compile(
    r"(?:[ \t]*:[\w-]+:[^\n]*(?:\n|\Z))+|---\n(?:.*?\n)?---(?:\n|\Z)", re.DOTALL
)
_TITLED = {"admonition", "dropdown", "margin", "sidebar", "topic"}
_ADMONITIONS = {"seealso": "See also"} | {
    name.lower(): name
    for name in (
        *("Attention", "Caution", "Danger", "Error", "Hint"),
        *("Important", "Note", "Tip", "Warning"),
    )
}
_CODE = {"code", "code-block", "sourcecode"}


def _directive(
    token: Token, first: str, references: References, extensions: Collection[str]
) -> list[str]:
    """Write a directive that is known; nothing stands for one that is not."""
    matched = _DIRECTIVE.fullmatch(token.info.strip())
    if matched is None:
        return []
    name, argument = matched.groups()
    options = _OPTIONS.match(token.content)
    body = token.content[options.end() :] if options else token.content
    if name in _CODE:
        written = [f"{'`' * max(3, len(token.markup))}{argument}"]
        written += [*body.strip("\n").split("\n"), written[0].rstrip(argument)]
    elif name == DIRECTIVE:
        chosen = f"On the page of the site, a reader can choose a point of `{argument}`"
        written = [f"> {chosen} here."]
    elif name == "math":
        written = ["$$", *f"{argument}\n{body}".strip().split("\n"), "$$"]
    elif name in _ADMONITIONS or name in (*_TITLED, "table"):
        title = _ADMONITIONS.get(name, argument)
        text = f"{argument}\n{body}" if name in _ADMONITIONS else body
        paragraphs = [f"**{_inline(title, references, extensions)}**"] if title else []
        paragraphs.append(to_plain(text.strip("\n"), references, extensions))
        text = "\n\n".join(part for part in paragraphs if part)
        mark = "" if name == "table" else "> "
        written = [f"{mark}{line}".rstrip() for line in text.split("\n")]
    else:
        return []
    # In a list or a quotation, the later lines stand as far in as the first.
    outer = first[: first.index(token.markup)]
    inner = re.sub(r"[^>\s]", " ", outer)
    return [f"{inner if i else outer}{line}" for i, line in enumerate(written)]


# Running text

_ATTRIBUTES = r"\{[#.\w%][^{}`\n]*\}(?!`)"
_INLINE = re.compile(
    rf"""
      \\.
    | \{{(?P<role>[\w:.+-]+)\}}(?P<tick>`++)(?P<content>.+?)(?<!`)(?P=tick)(?!`)
    | (?P<code>(?P<ticks>`++).+?(?<!`)(?P=ticks)(?!`))
      (?P<code_attributes>{_ATTRIBUTES})?
    | `+ # that nothing closes, so that each is looked at once
    | (?P<math>\$\$.+?\$\$|\$(?!\s)(?:[^$\\]|\\.)+(?<!\s)\$)
    | (?P<mark>!?)\[(?P<text>(?:[^][\\`]|\\.|`[^`]*`|\[[^][]*\])*)\]
      (?: \((?P<target><[^<>\n]*>|[^()\s]*)(?P<tooltip>\s+"[^"]*")?\)
          (?P<link_attributes>{_ATTRIBUTES})?
        | (?P<span_attributes>{_ATTRIBUTES}) )
    """,
    re.DOTALL | re.VERBOSE,
)
_EXPLICIT = re.compile(r"(.+?)\s*<([^<>]+)>", re.DOTALL)
_TYPOGRAPHY = {"math": "${}$", "sub": "<sub>{}</sub>", "sup": "<sup>{}</sup>"}


def _inline(source: str, references: References, extensions: Collection[str]) -> str:
    """Write a paragraph, a heading or a row of a table."""
    attributes = "attrs_inline" in extensions or "attrs_image" in extensions

    def write(found: re.Match[str]) -> str:
        whole = found[0]
        if found["role"]:
            written = _role(found["role"], found["content"], references)
            if written is None:
                return whole
            begins = not source[: found.start()].rpartition("\n")[2].strip(" >")
            if begins and written.isdigit() and source[found.end() :][:1] in (".", ")"):
                written += "\\"  # a number at the end of a sentence, not of a list
            return written
        if found["code"]:
            return found["code"] if attributes else whole
        if found["math"]:
            if "dollarmath" in extensions:
                return whole
            return "$" + _inline(whole[1:], references, extensions)
        if found["text"] is None:
            return whole
        text = _inline(found["text"], references, extensions)
        if found["span_attributes"]:
            return text if attributes else f"[{text}]{found['span_attributes']}"
        target = found["target"].removeprefix("<").removesuffix(">")
        link = None if found["mark"] else references.link(target)
        if link:
            written = f"[{text or literal(link.text)}]({link.url})"
        else:
            written = (
                f"{found['mark']}[{text}]({found['target']}{found['tooltip'] or ''})"
            )
        return written + ("" if attributes else found["link_attributes"] or "")

    return _INLINE.sub(write, source)


def _role(name: str, content: str, references: References) -> str | None:
    if name == "glue:text":
        value = references.value(content)
        return None if value is None else literal(value)
    if name in _TYPOGRAPHY:
        return _TYPOGRAPHY[name].format(content)
    explicit = _EXPLICIT.fullmatch(content)
    text, target = explicit.groups() if explicit else (None, content)
    link = references.role(name, target, text)
    return link.markdown if link else None


def literal(text: str) -> str:
    """Escape what Markdown would not show as it stands."""
    return re.sub(r"([\\`*_\[\]<|$])", r"\\\1", text)
