"""Formulas in TeX against the same formulas in Typst's own notation."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import typst
import typst_builder
from typst_builder.insides import FormulaError, mathml
from typst_builder.tex import definitions, expand, readable
from typst_builder.translator import string

SAME = {
    r"T = 2\pi\sqrt{\frac{L}{g}}": "T = 2 pi sqrt(L/g)",
    r"\hat\beta_1 \pm t_{n-2}": "hat(beta)_1 plus.minus t_(n-2)",
    r"\bar{x} - \tilde{y}": "macron(x) - tilde(y)",
    r"\sum_{i=1}^{n} x_i^2": "sum_(i=1)^n x_i^2",
    r"\max_x f(x) \le \exp(-x)": 'op("max", limits: #true)_x f(x) <= exp(-x)',
    r"\left(\frac{1}{2}\right)^3": "(1/2)^3",
    r"s \pm \tfrac{1}{2} \cdot 10^{-d}": "s plus.minus 1/2 dot 10^(-d)",
    r"\binom{n}{k}": "binom(n, k)",
    r"\overline{xy} \ne \underline{z}": "overline(x y) != underline(z)",
    r"\underbrace{a + b}_{c}": "underbrace(a + b, c)",
    r"\boldsymbol{\beta} \in \mathbb{R}": "bold(beta) in RR",
    r"\sqrt[3]{x} \text{ if } x > 0": 'root(3, x)" if "x > 0',
    r"\operatorname{Var}(X)": 'op("Var")(X)',
    r"f'(x)": "f'(x)",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}": "mat(1, 2; 3, 4)",
    r"a + b &= c \\ &= d": "a + b &= c \\ &= d",
    r"\frac12 + x^12": "1/2 + x^1 2",
    r"\begin{align*} a + b &= c \nonumber \\ &= d \end{align*}": "a + b &= c \\ &= d",
    r"\begin{eqnarray} a &=& b \cr c &=& d \end{eqnarray}": "a &= b \\ c &= d",
    r"\left[\begin{array}{c} u_1 \\ u_2 \end{array}\right]": (
        'mat(delim: "[", u_1; u_2)'
    ),
    r"g_{\rm max} \in {\bf R}^2": "g_upright(max) in bold(upright(R))^2",
    r"t = 1, \dots, T % a comment": "t = 1, dots.h, T",
    r"\operatorname{arg\,max}": 'op("arg max")',
    r"\boxed{x} \iff y": "x <==> y",
    r"x \text{ R\&D, 5\%, a\_b, \#1}": 'x" R&D, 5%, a_b, #1"',
    "E[Y_1−Y_0] × y′ ≤ ∞": "E[Y_1 - Y_0] times y' <= infinity",
    r"x ≠ \text{a − b}": 'x != "a − b"',
    r"x \text{ in \{1, 2\} for \$5}": 'x" in {1, 2} for $5"',
}


def drawn(code: str, folder: Path) -> str:
    package = Path(typst_builder.__file__).parent
    shutil.copyfile(package / "formulas.typ", folder / "formulas.typ")
    source = folder / "formula.typ"
    source.write_text(
        '#import "formulas.typ": formula\n'
        f"#set page(width: 8cm, height: 3cm)\n{code}\n",
        encoding="utf-8",
    )
    return typst.compile(source, format="svg", ignore_system_fonts=True).decode()


def ours(tex: str, *, block: bool) -> str:
    read = mathml(readable(tex, {}), block=block)
    return f"#formula(block: {str(block).lower()}, {string(tex)}, {string(read)})"


@pytest.mark.parametrize("tex", SAME)
def test_a_formula_looks_as_typst_itself_writes_it(tex: str, tmp_path: Path) -> None:
    expected = drawn(f"$ {SAME[tex]} $", tmp_path)
    assert drawn(ours(tex, block=True), tmp_path) == expected


def test_lines_below_a_sum_stand_below_each_other(tmp_path: Path) -> None:
    tex = r"\sum_{\substack{i < \text{a} \\ j}} x"
    assert "<mtable" in mathml(readable(tex, {}), block=True)
    assert drawn(ours(tex, block=True), tmp_path)


def test_a_formula_in_a_line_is_one(tmp_path: Path) -> None:
    half = ours(r"\frac{1}{2}", block=False)
    assert drawn(f"Half is {half}.", tmp_path) == drawn("Half is $1/2$.", tmp_path)


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"\unknown{x}", "docutils cannot read it"),
        (r"\operatorname{arg\,max}", r"it has \\, which cannot be typeset"),
        (r"\ce{H2O}", "docutils cannot read it"),
    ],
)
def test_what_would_be_another_formula_is_refused(tex: str, said: str) -> None:
    with pytest.raises(FormulaError, match=said):
        mathml(tex, block=True)


def test_the_books_own_commands_are_expanded_as_tex_does() -> None:
    tex = r"\newcommand{\R}{\mathbb{R}} \def\ev#1{E[#1]} x \in \R"
    left, found = definitions(tex)
    assert left == r"x \in \R"
    assert found == {"R": (0, r"\mathbb{R}"), "ev": (1, "E[#1]")}
    assert expand(r"\ev{a \R} + \ev b + \Re", found) == (
        r"{E[a {\mathbb{R}}]} + {E[b]} + \Re"
    )


def test_a_command_that_stands_for_itself_comes_to_an_end() -> None:
    assert len(expand(r"\x", {"x": (0, r"\x\x")})) < 1_000_000
