"""Which numbers of the book's prose are typed, and not glued from what was computed.

A number in prose is a claim, and a typed one stays as it is when its computation moves.
So the text is parsed as MyST, as the book is, and what a reader would see as prose may
hold no numerals but these, which name something and are not results:

- years, spans of years and decades, and dates;
- the numbers of the article's tables;
- references: volumes, numbers, pages, lines, notes and versions, DOIs and addresses,
  and on the page of references a whole citation, which ends with its year;
- names: HC3, AR(1), v2, CC BY 4.0, Python 3.11.

The other rules, with their reasons:

- What a glue role shows is computed. A literal handed to `glue` is typed all the same.
- Code is quoted and not claimed, unless all of it is a number.
- A constant inside a formula belongs to the formula. A formula that is a number, or
  sets something equal to one, states a value; nought and one may stand, which are the
  usual bounds and null hypotheses. A formula that begins or ends with a blank is none:
  it is what stands between two dollar signs of money.
- The numerals of a list that starts with one are drawn by the page. A list that starts
  with another number is a sentence that begins with a numeral.
- Headings, captions, alternative texts and titles of runs are prose.

Numbers in words are left to the reader of a change. So is a quantity that looks like a
year, unless its unit follows.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

REFERENCES = "references.md"
"""The name of the page that holds citations."""

TYPED = (
    "is typed. Compute it in a cell, glue it there and write {glue:text}`key:format`; "
    "only years, dates, table numbers and references are typed"
)
IN_CODE = "is a number and no code. Glue it and write {glue:text}`key:format`"
IN_MATH = (
    "states a value. Take it out of the formula, glue it and write "
    "{glue:text}`key:format`"
)
MONEY = "is read as a formula. Write \\$ before an amount of money, and glue the amount"
LIST_START = (
    "is read as the start of a list. Begin the sentence otherwise, or the list with 1"
)
LITERAL = "is typed into glue. Glue what the analysis computed or a parameter"


@dataclass(frozen=True)
class Typed:
    """A number that was typed where a reader sees it.

    Attributes
    ----------
    where : str
        The file, and in a notebook the cell's id.
    line : int
        The line of the file or cell, from 1.
    number : str
        As it was typed.
    advice : str
        The end of a sentence that the number begins.
    """

    where: str
    line: int
    number: str
    advice: str = TYPED

    def __str__(self) -> str:
        return f"{self.where}, line {self.line}: {self.number!r} {self.advice}."


def typed_in_book(root: Path) -> list[Typed]:
    """Find the typed numbers of every page under ``book/``."""
    files = [
        file
        for file in sorted((root / "book").rglob("*"))
        if file.name.endswith((".ipynb", ".md", ".run.yml", ".sweep.yml"))
        and ".ipynb_checkpoints" not in file.parts
    ]
    return [found for file in files for found in typed_in_file(file, root)]


def typed_in_file(file: Path, root: Path) -> list[Typed]:
    """Find the typed numbers of a notebook, a Markdown page or a run."""
    name, text = file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")
    if file.suffix == ".ipynb":
        return list(_in_notebook(json.loads(text), name))
    if file.suffix == ".yml":
        return _in_text(str(yaml.safe_load(text).get("title", "")), f"{name}, title")
    return _in_text(text, name, citations=file.name == REFERENCES)


def typed_in_text(text: str, *, citations: bool = False) -> list[Typed]:
    """Find the typed numbers of MyST Markdown.

    Parameters
    ----------
    text : str
        The source.
    citations : bool
        Whether paragraphs may be citations.
    """
    return _in_text(text, "text", citations=citations)


def typed_in_code(source: str) -> list[Typed]:
    """Find the calls of `glue` that are handed a number."""
    return list(_in_code(source, "code"))


def _in_notebook(notebook: dict[str, Any], name: str) -> Iterator[Typed]:
    for cell in notebook["cells"]:
        source, where = "".join(cell["source"]), f"{name}, cell {cell['id']}"
        if cell["cell_type"] == "markdown":
            yield from _in_text(source, where)
        elif cell["cell_type"] == "code":
            yield from _in_code(source, where)
            for option in _prose_options(cell["metadata"]):
                yield from _in_text(option, f"{where}, caption")


def _in_text(text: str, where: str, *, citations: bool = False) -> list[Typed]:
    found = _in_blocks(_parser().parse(text), citations)
    return [Typed(where, *one) for one in sorted(found, key=lambda one: one[0])]


def _in_code(source: str, where: str) -> Iterator[Typed]:
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "glue":
            for given in call.args[1:2]:
                number = ast.unparse(given)
                if re.fullmatch(r"-?\d[\d.e+-]*", number):
                    yield Typed(where, given.lineno, number, LITERAL)


def _prose_options(metadata: Any) -> Iterator[str]:
    """Yield the captions and alternative texts of a cell's options."""
    if isinstance(metadata, dict):
        for key, value in metadata.items():
            if key in ("caption", "alt") and isinstance(value, str):
                yield value
            else:
                yield from _prose_options(value)


@cache
def _parser() -> MarkdownIt:
    """Return a parser that reads what Jupyter Book's own reads."""
    extensions = {"colon_fence", "dollarmath", "linkify", "substitution", "tasklist"}
    config = MdParserConfig(enable_extensions=extensions)
    return create_md_parser(config, RendererHTML)


# Blocks: each yields the line, the number and the advice.

Found = tuple[int, str, str]

_DIRECTIVE = re.compile(r"\{([\w:+-]+)\}\s*(.*)")
_OPTION = re.compile(r":([\w-]+):\s*(.*)")
_WITHOUT_PROSE = {
    *("code", "code-block", "code-cell", "sourcecode", "literalinclude", "include"),
    *("toctree", "tableofcontents", "contents", "bibliography"),
}
_NAMING_A_FILE = {"figure", "image"}


def _in_blocks(tokens: list[Token], citations: bool) -> Iterator[Found]:
    for token in tokens:
        line = token.map[0] + 1 if token.map else 1
        if token.type == "inline":
            yield from _in_inline(token.children or [], line, citations)
        elif token.type == "ordered_list_open" and token.attrGet("start") is not None:
            yield line, f"{token.attrGet('start')}.", LIST_START
        elif token.type in ("fence", "colon_fence"):
            directive = _DIRECTIVE.match(token.info.strip())
            if directive:
                name, argument = directive.groups()
                yield from _in_directive(name, argument, token.content, line)
        elif token.type.startswith("math_block"):
            yield from ((line, *found) for found in _in_math(token.content))
        elif token.type == "html_block":
            yield from _in_html(token.content, line)


def _in_directive(name: str, argument: str, body: str, line: int) -> Iterator[Found]:
    if name in _WITHOUT_PROSE:
        return
    lines = body.splitlines()
    prose = [] if name in _NAMING_A_FILE or name.startswith("glue") else [argument]
    first = 0
    while first < len(lines) and (option := _OPTION.fullmatch(lines[first].strip())):
        prose += [option[2]] if option[1] in ("alt", "caption") else []
        first += 1
    text = "\n".join(lines[first:])
    if name == "math":
        yield from ((line, *found) for found in _in_math(text))
    elif name == "raw":
        yield from _in_html(text, line + 1)
    else:
        for shown in prose:
            yield from ((line, number, TYPED) for _, number in _numbers(shown))
        for inner, number, advice in _in_blocks(_parser().parse(text), False):
            yield line + first + inner, number, advice


def _in_html(text: str, line: int) -> Iterator[Found]:
    seen: list[tuple[int, str]] = []

    class Reader(HTMLParser):
        hidden = False

        def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
            self.hidden = tag in ("script", "style")

        def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
            self.hidden = False

        def handle_data(self, data: str) -> None:
            if not self.hidden:
                seen.append((self.getpos()[0], data))

    Reader().feed(text)
    for start, data in seen:
        for offset, number in _numbers(data):
            yield line + start - 1 + offset, number, TYPED


# Inside a paragraph

_UNSEEN, _EMPHASIS, _PLAIN = "\ufffc", "\ue000", "\ue001"
"""What stands for something that is no prose, and around an emphasised text."""


def _in_inline(tokens: list[Token], line: int, citations: bool) -> Iterator[Found]:
    text, link = "", False
    for token in tokens:
        here = line + text.count("\n")
        if token.type in ("softbreak", "hardbreak"):
            text += "\n"
        elif token.type == "text" and not link:
            text += token.content
        elif token.type == "image":
            text += f" {token.content}"
        elif token.type in ("em_open", "em_close"):
            text += _EMPHASIS if token.type == "em_open" else _PLAIN
        elif token.type.startswith("link_"):
            # The text of a bare address is the address.
            link = token.type == "link_open" and token.info == "auto"
        elif token.type == "code_inline":
            text += _UNSEEN
            if _is_number(token.content):
                yield here, token.content, IN_CODE
        elif token.type.startswith("math_inline"):
            text += _UNSEEN
            yield from ((here, *found) for found in _in_math(token.content))
        elif token.type == "myst_role":
            text += _UNSEEN
            yield from (
                (here, *found) for found in _in_role(token.meta["name"], token.content)
            )
        elif token.type in ("html_inline", "substitution_inline"):
            text += _UNSEEN
    for offset, number in _numbers(text, citations):
        yield line + offset, number, TYPED


def _in_role(name: str, content: str) -> Iterator[tuple[str, str]]:
    if name.startswith("glue:"):
        return
    if name == "math":
        yield from _in_math(content)
    elif name == "code":
        if _is_number(content):
            yield content, IN_CODE
    else:
        shown, target, _ = content.partition("<")
        refers = name in ("doc", "ref", "numref", "eq", "download") or "cite" in name
        if target or not refers:
            yield from ((number, TYPED) for _, number in _numbers(shown))


def _in_math(content: str) -> Iterator[tuple[str, str]]:
    formula = content.strip()
    value = re.fullmatch(
        r"(?:.*(?:[=≈<>≤≥]|\\(?:approx|leq?|geq?|sim|pm)\b))?"
        r"[\s{]*([-+]?\d[\d.,]*)[\s}]*(?:\\?%)?",
        formula,
        re.DOTALL,
    )
    if "\n" not in content and content != formula and re.search(r"\d", content):
        yield content, MONEY
    elif value and value[1] not in ("0", "1"):
        yield formula, IN_MATH


# Numerals

_YEAR = r"(?:18[5-9]|19\d|20[0-4])\d"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December)"
)
_ENDS = r"(?![\w%‰°]|[.,]\d)"
"""A numeral ends here and has no unit."""
_COUNTED = (
    r"(?!\s+(?:per\s?cent|percent|points|times|dollars|rubles|roubles|won|euros|tons"
    r"|tonnes|km|kilomet|met(?:re|er)s|cells|series|specifications|workers|loggers"
    r"|labourers|people|persons|men|women|visas|permits|defectors|deserters|Chinese)\b)"
)
_LIST = r"\d{1,2}(?:,\s\d{1,2})*,?\s(?:and|or|to)\s\d{1,2}"

_NAMES = [
    # Dates
    rf"\b\d{{1,2}}\s{_MONTH}(?:\s{_YEAR})?\b",
    rf"\b{_MONTH}\s\d{{1,2}}(?:,\s{_YEAR})?{_ENDS}",
    rf"\b{_YEAR}-\d\d-\d\d\b",
    # References
    r"\b(?:doi:\s?)?10\.\d{4,9}/\S+",
    r"\b(?:[Vv]ol|[Nn]os?|pp?)\.\s?\d+(?:[–-]\d+)?" + _ENDS,
    r"\b(?:[Vv]olume|[Pp]age|[Ll]ine|[Nn]ote|[Ff]ootnote|[Pp]aragraph|[Ii]ssue)s?\s\d+"
    rf"(?:[–-]\d+)?{_ENDS}",
    r"\b[Vv]ersion\s\d+(?:\.\d+)*" + _ENDS,
    rf"(?<={_PLAIN})\s\d+(?:[–-]\d+)?(?:\(\d+\))?(?=,\s{_YEAR}\b)",
    # Tables of the article
    rf"\b[Tt]ables\s(?:{_LIST}|\d{{1,2}}[–-]\d{{1,2}}){_ENDS}",
    rf"\b[Tt]able\s\d{{1,2}}{_ENDS}",
    # Years
    rf"(?<![\w$€£.,+−])(?<!\s-){_YEAR}(?:[–-](?:{_YEAR}|\d\d)|/\d\d)?s?{_ENDS}{_COUNTED}",
    # Names
    r"\b[A-Z]{2,}\(\d(?:,\s?\d)*\)",
    r"\bCC BY \d\.\d\b",
    r"\bPython \d(?:\.\d+)+\b",
    r"\bv\d+(?:\.\d+)*\b",
    rf"(?<=[^\W\d_])\d{{1,2}}(?:{_ENDS}|(?=[A-Z]))",
]
_NUMBER = re.compile(
    r"[-+−±]?(?:[$€£¥]\s?)?\d+(?:[.,\u00a0\u202f]\d+)*(?:\s?[%‰°])?|[¼½¾⅐-⅞]"
)
_CITATION = re.compile(
    rf"\A[^\W\d_].*[{_EMPHASIS}“].*\b{_YEAR}\b\)?(?::\s\d+(?:[–-]\d+)?)?", re.DOTALL
)


def _numbers(text: str, citations: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the typed numbers of plain text, each with the line breaks before it."""
    if citations:
        text = _CITATION.sub(_unseen, text)
    for name in _NAMES:
        text = re.sub(name, _unseen, text)
    for number in _NUMBER.finditer(text):
        yield text.count("\n", 0, number.start()), number[0]


def _unseen(found: re.Match[str]) -> str:
    """Take a name out of a text whose lines keep their numbers."""
    return re.sub(r"[^\n]", _UNSEEN, found[0])


def _is_number(code: str) -> bool:
    return any(number == code.strip() for _, number in _numbers(code.strip()))
