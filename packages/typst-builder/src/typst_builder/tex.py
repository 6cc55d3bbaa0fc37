"""Formulas as people write them, in the TeX that docutils reads."""

from __future__ import annotations

import re
from collections.abc import Mapping

Macros = Mapping[str, tuple[int, str]]
"""How many arguments a command takes, and what it stands for, by its name."""

_LINES = r"align(?:ed)?(?:at)?|flalign|eqnarray|gather(?:ed)?|multlined?|split"
_END = r"(?![A-Za-z])"  # of a command
_REWRITTEN = (
    (r"(?<!\\)%.*", ""),  # comments
    (rf"\\(?:nonumber|notag|(?:display|text|script)style|(?:no)?limits){_END}", ""),
    (r"\\label\s*\{[^{}]*\}", ""),
    (r"\\tag\*?\s*\{([^{}]*)\}", r"\\qquad \\text{(\1)}"),
    (rf"\\begin\{{(?:{_LINES})\*?\}}(?:\{{\d+\}})?", r"\\begin{aligned}"),
    (rf"\\end\{{(?:{_LINES})\*?\}}", r"\\end{aligned}"),
    (r"\\(?:begin|end)\{(?:equation|displaymath|math)\*?\}", ""),
    (r"\\begin\{array\}\s*(?:\[\w\])?\s*\{[^{}]*\}", r"\\begin{matrix}"),
    (r"\\end\{array\}", r"\\end{matrix}"),
    (r"\\(begin|end)\{(?:small)?([bpvBV]?matrix)\*?\}(?:\[\w\])?", r"\\\1{\2}"),
    (r"\\(begin|end)\{dcases\}", r"\\\1{cases}"),
    (
        r"\\substack\s*\{((?:[^{}]|\{[^{}]*\})*)\}",
        r"\\begin{matrix}\1\\end{matrix}",
    ),
    (rf"\\hline{_END}", ""),
    (rf"\\(?:cr|newline){_END}", r"\\\\"),
    (r"\\\\\s*\[[^\]\\]*\]", r"\\\\"),
    (rf"\\dots[co]?{_END}", r"\\ldots"),
    (rf"\\dots[bmi]{_END}", r"\\cdots"),
    (rf"\\[bB]igg?[lrm]?{_END}", ""),
    (r"\\(?:textcolor|color)\s*\{[^{}]*\}", ""),
    (r"\\(?:mathop|mathbin|mathrel|mathord|boxed|fbox)\s*(?=\{)", ""),
    (r"\\(?:mbox|emph|text(?:rm|normal|up|sf|tt|it|bf))\s*(?=\{)", r"\\text"),
    (rf"\\bm{_END}", r"\\boldsymbol"),
    (rf"\\iff{_END}", r"\\Longleftrightarrow"),
    (rf"\\stackrel{_END}", r"\\overset"),
    (rf"\^?\\degree{_END}", r"^{\\circ}"),
    (rf"\\((?:La)?TeX){_END}", r"\\text{\1}"),
    (r"\\(?:hspace|hskip|vspace)\*?\s*\{[^{}]*\}", r"\\quad "),
    (r"\{\s*\\(rm|bf|it|cal|sf|tt)(?![A-Za-z])\s*([^{}]*)\}", r"{\\math\1{\2}}"),
    (rf"\\(rm|bf|it|cal|sf|tt){_END}", ""),
    # Two digits are two arguments, which docutils reads as one number.
    (r"(\\[cdt]?(?:frac|binom))\s*(\d)\s*(\d)", r"\1{\2}{\3}"),
    (r"(\\[cdt]?(?:frac|binom))\s*(\d)(?=\s*\{)", r"\1{\2}"),
    (r"(\\sqrt|[_^])\s*(\d)(?=\d)", r"\1{\2}"),
    (r"^\s*(?=[_^])", "{}"),  # what stands above nothing
)


STAND_INS = str.maketrans("\ue000\ue001\ue002", "{}$")
"""Of signs in a text that docutils would take for TeX; they come back in its MathML."""
_SIGNS = {chr(sign): chr(stand_in) for stand_in, sign in STAND_INS.items()}


def readable(tex: str, macros: Macros) -> str:
    """Rewrite a formula so that docutils reads it as TeX does.

    Sizes of brackets and colours are lost; what the formula says is not.

    Parameters
    ----------
    tex : str
        The formula.
    macros : mapping
        The book's own commands.

    Returns
    -------
    str
        The formula, in which `STAND_INS` may stand for signs.
    """
    tex = expand(tex, macros)
    for pattern, replacement in _REWRITTEN:
        tex = re.sub(pattern, replacement, tex)
    tex = re.sub(r"\\text\s*\{((?:[^{}\\]|\\.)*)\}", _text, tex)
    tex = re.sub(r"&\s*([=<>]|\\[lg]eq?|\\equiv|\\approx|\\sim)\s*&", r"&\1", tex)
    return re.sub(
        r"\\operatorname\s*(\*?)\s*\{([^{}]*)\}",
        lambda named: rf"\operatorname{named[1]}{{{_name(named[2])}}}",
        tex,
    ).strip()


def _text(found: re.Match[str]) -> str:
    """Write a text without TeX's escapes, for docutils takes it as it stands."""
    text = re.sub(r"\\([&%_#{}$])", lambda it: _SIGNS.get(it[1], it[1]), found[1])
    return rf"\text{{{text}}}"


def _name(text: str) -> str:
    """Write the name of an operator, in which a space is none of TeX's."""
    return re.sub(r"\\[,;:! ]|~|\\(?:math|text)\w*|[{}]", " ", text).strip()


def definitions(tex: str) -> tuple[str, dict[str, tuple[int, str]]]:
    """Take the definitions of commands out of a formula.

    Returns
    -------
    str
        What is left of the formula.
    dict
        The commands that it defines.
    """
    found: dict[str, tuple[int, str]] = {}
    opening = re.compile(
        r"\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator)\*?\s*\{?\\(\w+)\}?"
        r"\s*(?:\[(\d)\])?\s*(?=\{)|\\def\s*\\(\w+)\s*((?:#\d)*)\s*(?=\{)"
    )
    while True:
        match = opening.search(tex)
        if match is None:
            return tex.strip(), found
        body, end = _group(tex, match.end())
        if "DeclareMathOperator" in match[0]:
            body = rf"\operatorname{{{body}}}"
        arguments = int(match[2] or 0) if match[1] else len(match[4]) // 2
        found[match[1] or match[3]] = arguments, body
        tex = tex[: match.start()] + tex[end:]


def words_and_formulas(tex: str) -> list[tuple[str, bool]]:
    """Cut apart words and the formulas between dollars in them.

    MyST-NB takes the dollars off the ends of what a cell shows as LaTeX, even if they
    belong to two formulas.

    Returns
    -------
    list of (str, bool)
        Each part, and whether it is a formula; a single one if there are no dollars
        outside braces.
    """
    parts, depth, start = [""], 0, 0
    for found in re.finditer(r"\\.|[{}]|\$\$?", tex, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if found[0].startswith("$") and depth == 0:
            parts[-1] = tex[start : found.start()]
            parts.append("")
            start = found.end()
    parts[-1] = tex[start:]
    # A space stands between a word and the formula beside it.
    is_word = parts[0] != parts[0].rstrip() or parts[-1] != parts[-1].lstrip()
    formulas = (bool(place % 2) == is_word for place in range(len(parts)))
    return [it for it in zip(parts, formulas, strict=True) if it[0]]


def expand(tex: str, macros: Macros) -> str:
    """Replace commands by what they stand for."""
    if not macros:
        return tex
    names = "|".join(sorted(map(re.escape, macros), key=len, reverse=True))
    command = re.compile(rf"\\({names})(?![A-Za-z])")
    for _ in range(200):  # a command may stand for itself
        match = command.search(tex)
        if match is None or len(tex) > 100_000:
            break
        count, body = macros[match[1]]
        end = match.end()
        for number in range(1, count + 1):
            given, end = _group(tex, end)
            body = body.replace(f"#{number}", given)
        tex = f"{tex[: match.start()]}{{{body}}}{tex[end:]}"
    return tex


def _group(tex: str, start: int) -> tuple[str, int]:
    """Return the argument that begins here, and where it ends."""
    while start < len(tex) and tex[start].isspace():
        start += 1
    if start >= len(tex) or tex[start] != "{":
        one = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL).match(tex, start)
        return (one[0], one.end()) if one else ("", start)
    depth = 0
    for place in range(start, len(tex)):
        if tex[place] in "{}" and (place == 0 or tex[place - 1] != "\\"):
            depth += 1 if tex[place] == "{" else -1
            if depth == 0:
                return tex[start + 1 : place], place + 1
    return tex[start + 1 :], len(tex)
