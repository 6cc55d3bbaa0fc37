"""Formulas, which pages write in TeX and docutils reads, as Typst code."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from typst_builder.insides import FormulaError, mathml
from typst_builder.literals import array, string

# What MathML sets above a letter, and the accent that Typst knows for it.
_ACCENTS = dict(
    zip(
        "´ˉ˘ˇ˙¨`ˆ^˚~→",
        "\u0301\u0304\u0306\u030c\u0307\u0308\u0300\u0302\u0302\u030a\u0303\u20d7",
        strict=True,
    )
)
_LINES = {
    ("t", "_"): "overline",
    ("t", "⏞"): "overbrace",
    ("b", "_"): "underline",
    ("b", "⏟"): "underbrace",
}
_PLACES = {
    "msub": "b",
    "msup": "t",
    "msubsup": "bt",
    "munder": "b",
    "mover": "t",
    "munderover": "bt",
}
"""Where the children of an element stand, but for the first: bottom or top."""
_FENCES = frozenset("()[]{}|‖⌈⌉⌊⌋⟨⟩")
_WITH_LIMITS = ("lim", "sup", "inf", "max", "min")


def formula(tex: str, *, block: bool, number: str = "") -> str:
    """Write a formula.

    Parameters
    ----------
    tex : str
        The formula in TeX, which is also what is read aloud.
    block : bool
        Whether it stands by itself.
    number : str, optional
        What stands beside it.

    Raises
    ------
    FormulaError
        If it cannot be read, or holds what cannot be typeset.
    """
    numbering = f"numbering: _ => {string(number)}, " if number else ""
    start = f"math.equation(block: {str(block).lower()}, {numbering}alt: {string(tex)}"
    return f"{start}, {_row(mathml(tex, block=block))})"


def _row(nodes: Iterable[Element]) -> str:
    """Write elements that stand side by side."""
    written = "; ".join(filter(None, map(_one, nodes)))
    return f"{{{written}}}" if written else "[]"


def _one(node: Element) -> str:
    """Write an element as an expression; empty if there is nothing to see."""
    match node.tag, *node:
        case ["mn" | "mtext"]:
            return string((node.text or "").replace("\xa0", " "))
        case ["mi" | "mo"]:
            return _symbol(node)
        case ["mspace"]:
            return f"h({node.get('width')})"
        case ["mfrac", above, below]:
            return f"math.frac({_one(above)}, {_one(below)})"
        case ["mroot", radicand, index]:
            return f"math.root({_one(index)}, {_one(radicand)})"
        case [tag, base, *scripts] if tag in _PLACES:
            return _scripts(tag, base, dict(zip(_PLACES[tag], scripts, strict=True)))
        case ["mtable", *_]:
            return _table(node)
        case ["msqrt", *nodes]:
            return f"math.sqrt({_row(nodes)})"
        case ["mphantom", *nodes]:
            return f"hide({_row(nodes)})"
        case ["mrow", *nodes] if node.get("class") == "boldsymbol":
            return f"math.bold({_row(nodes)})"
        case ["mrow", _, fraction, _] if node.get("class") == "binom":
            return f"math.binom({', '.join(map(_one, fraction))})"
        case ["mrow", first, table, last] if table.tag == "mtable":
            fences = f"({string(first.text or '')}, {string(last.text or '')})"
            return _table(table, fences)
        case ["mrow", first, *_, last] if _is_fence(first) or _is_fence(last):
            return f"math.lr({_row(node)})"
        case ["mrow" | "mtd" | "mstyle" | "mpadded", *nodes]:
            return _row(nodes)
    msg = f"there is no {node.tag} in Typst"
    raise FormulaError(msg)


def _symbol(node: Element) -> str:
    text = node.text or ""
    if "\\" in text:
        msg = f"docutils does not read {text}"
        raise FormulaError(msg)
    if len(text) > 1 and text[0].isalpha():
        limits = str(text in _WITH_LIMITS).lower()
        return f"math.op({string(text)}, limits: {limits})"
    if text == "'":
        return 'math.attach([], t: symbol("′"))'
    # As a formula of its own: Typst would take symbols that are joined for a word.
    codes = "".join(f"\\u{{{ord(letter):x}}}" for letter in text)
    written = f"${codes}$.body" if text else ""
    return f"math.upright({written})" if node.get("mathvariant") else written


def _is_fence(node: Element) -> bool:
    """Tell whether an element grows with what it encloses."""
    return node.text in _FENCES and node.get("stretchy") != "false"


def _scripts(tag: str, base: Element, scripts: dict[str, Element]) -> str:
    """Write what stands above and below an element: lines, accents, indices, limits."""
    written = _one(base) or "[]"
    apart = tag in ("munder", "mover", "munderover")
    for place, node in list(scripts.items()) if apart else ():
        mark = node.text or ""
        if (place, mark) in _LINES:
            return f"math.{_LINES[place, mark]}({written})"
        if place == "t" and mark in _ACCENTS:
            written = f"math.accent({written}, {string(_ACCENTS[mark])})"
            del scripts[place]
            # To docutils, the index of a letter with an accent stands under the letter.
            apart = False
    if written.startswith(("math.underbrace", "math.overbrace")):
        apart = True
    if apart and not base.get("movablelimits"):
        written = f"math.limits({written})"
    named = "".join(f", {place}: {_one(node)}" for place, node in scripts.items())
    return f"math.attach({written}{named})"


def _table(table: Element, fences: str = "none") -> str:
    cells = [[_row(cell) for cell in row] for row in table]
    if table.get("class") == "ams-align":
        lines = "; linebreak(); ".join("; align-point; ".join(row) for row in cells)
        return f"{{{lines}}}"
    side = table.get("columnalign", "center")
    rows = ", ".join(map(array, cells))
    return f"math.mat(delim: {fences}, align: {side}, {rows})"
