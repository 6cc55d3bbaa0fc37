"""Formulas as MathML, which browsers show by themselves: no script, no other host."""

from __future__ import annotations

from docutils import nodes
from sphinx.writers.html5 import HTML5Translator

from book_site.insides import mathml, number_equation


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula that stands in a line."""
    translator.body.append(mathml(node.astext(), as_block=False, location=node))
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula that stands alone, with its number if it has one."""
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number_equation(translator, node)
    formula = mathml(node.astext(), as_block=True, location=node)
    translator.body.append(f"{formula}</div>\n")
    raise nodes.SkipNode
