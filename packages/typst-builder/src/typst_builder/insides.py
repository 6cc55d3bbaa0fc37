"""What this builder uses of other libraries though they do not document it.

Each function says why, and what the builder does without it. `pyproject.toml` bounds
the libraries above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from docutils import nodes
from sphinx import addnodes, application
from sphinx.util import logging

from typst_builder.tex import STAND_INS

logger = logging.getLogger(__name__)

# Elements that formulas.typ does not set, and commands that docutils passed on.
_UNKNOWN = re.compile(
    r"<(?!/|math\b|m([ino]|text|space|frac|root|sqrt|(sub|under)?(sup|over)|sub|under|"
    r"table|tr|td|phantom|row|style|padded)\b)\w+|\\\w*"
)


_SIGNS = {"−": "-", "–": "-", "·": r"\cdot ", "’": "'", "′": "'", "°": r"^{\circ}"}
"""What is written in formulas as a sign for which docutils has no command."""


class FormulaError(Exception):
    """A formula cannot be typeset; the message says why."""


def mathml(tex: str, *, block: bool) -> str:
    """Have docutils read a formula, which saves a parser of TeX.

    The module calls itself provisional. Without it, a formula stands in the PDF as it
    was written, with a warning. A block stands by itself, and may have several lines.
    The MathML has only elements that the template can set.

    Raises
    ------
    FormulaError
        If docutils does not understand the formula, or has no such module.
    """
    try:
        convert = import_module("docutils.utils.math.latex2mathml").tex2mathml
        read = str(convert(_with_commands(tex), as_block=block))
        read = read.replace("&ApplyFunction;", "")
    except Exception as error:  # which it may raise is not documented either
        raise FormulaError(f"docutils cannot read it ({error})") from None
    unknown = _UNKNOWN.search(read)
    if unknown:
        raise FormulaError(f"it has {unknown[0]}, which cannot be typeset")
    return read.translate(STAND_INS)


def _with_commands(tex: str) -> str:
    """Write signs such as ≤ as the commands of TeX for them, but in texts.

    docutils has a table of commands, which is not documented either.
    """
    if tex.isascii():
        return tex
    tables = import_module("docutils.utils.math.tex2unichar")
    known = {
        sign: rf"\{command} "
        for kind in ("mathbin", "mathop", "mathord", "mathrel")
        for command, sign in reversed(getattr(tables, kind).items())
    }
    known |= _SIGNS

    def written(found: re.Match[str]) -> str:
        return known.get(found[0], found[0])

    return re.sub(r"\\text\{(?:[^{}]|\{[^{}]*\})*\}|[^\x00-\x7f]", written, tex)


def forget_environment(folder: Path) -> None:
    """Have the next build read again the pages that Sphinx has read into this folder.

    Sphinx remembers that a page was read and written, but not by which builder: the
    site's builder would leave out what was changed and read for the PDF. The file of
    this memory has no documented name. Without it, a warning says what to delete.
    """
    name = getattr(application, "ENV_PICKLE_FILENAME", None)
    if name:
        (folder / name).unlink(missing_ok=True)
    else:
        logger.warning("delete %s before you build the site", folder)


def is_left_out(node: nodes.Node) -> bool:
    """Tell whether a node is a list of contents, code that is folded away, or an icon.

    The book has contents of its own, and nothing unfolds on paper. Sphinx marks such
    lists by a class; MyST-NB marks code by a class, and keeps in the cell around it
    what the cell's tags hide. Without the classes, the PDF shows both, and a warning
    says so; without the rest, it shows all code. The nodes of sphinx-thebe's button and
    of sphinx-design's icons have no documented name; by others, a warning names them.
    """
    if type(node).__name__ in ("ThebeButtonNode", "fontawesome"):
        return True
    classes = _classes(node)
    if (
        "cell" in classes
        and not any(
            _classes(part) & {"cell_input", "cell_output"} for part in node.findall()
        )
        and node.children
    ):
        msg = "MyST-NB marks the code of cells in another way, so the PDF shows it"
        logger.warning(msg, location=node, once=True)
    if "cell_input" in classes:
        return node.parent.get("hide_mode") in ("all", "input", "input+output")
    return "toctree-wrapper" in classes


def toctrees(doctree: nodes.document) -> Iterator[addnodes.toctree]:
    """Return the lists of contents of a page before they were resolved."""
    for toctree in doctree.findall(addnodes.toctree):
        if "toctree-wrapper" not in _classes(toctree.parent):
            msg = "Sphinx marks lists of contents in another way, so the PDF shows them"
            logger.warning(msg, location=toctree, once=True)
        yield toctree


def cell_number(node: nodes.Node | None) -> int:
    """Return which cell of its notebook a node comes from, counted from 1; else 0.

    MyST-NB keeps the number of a code cell in it, and counts ten thousand lines for
    each cell of a file of Jupyter. Without these, a warning names the page alone.
    """
    line = None
    while isinstance(node, nodes.Node):
        if isinstance(node, nodes.Element) and isinstance(node.get("cell_index"), int):
            return int(node["cell_index"]) + 1
        line = line or node.line
        if isinstance(node, nodes.document) and str(node.source).endswith(".ipynb"):
            return (line or 0) // 10_000
        node = node.parent
    return 0


def outputs(doctree: nodes.document) -> Iterator[dict[str, nodes.Element]]:
    """Return the forms that each output of a cell has, by their media types.

    MyST-NB keeps them in a container until it has chosen one. Without it, the choice
    is by the media type alone.
    """
    for node in list(doctree.findall(nodes.container)):
        if node.get("nb_element") == "mime_bundle":
            yield {
                form["mime_type"]: form
                for form in node.children
                if isinstance(form, nodes.Element)
                and "mime_type" in form
                # What is glued has forms under other names, and is shown elsewhere.
                and not form["mime_type"].startswith("application/papermill.record/")
            }


def box(node: nodes.Element) -> bool:
    """Tell whether sphinx-design frames a container, as it does cards and what unfolds.

    It keeps the component's name. Without it, nothing is framed.
    """
    return node.get("design_component") in ("card", "dropdown", "tab-item")


def box_title(node: nodes.Element) -> bool:
    """Tell whether a container is the title of a card, which sphinx-design marks so."""
    return bool(node.get("design_component") == "card-title")


def undrawable(diagnostic: str) -> set[str]:
    """Return the letters of which the compiler says that no font has them.

    It says so in a sentence for each text. Without the sentence, a book of which a
    letter is in no font is typeset as a PDF that cannot be read aloud, with a warning.
    """
    texts = re.findall(r'the text `"(.*?)"` could not be displayed', diagnostic)
    unescaped = (
        re.sub(r"\\u\{(\w+)\}", lambda code: chr(int(code[1], 16)), text)
        for text in texts
    )
    return {letter for text in unescaped for letter in text}


def _classes(node: nodes.Node) -> set[str]:
    return {*node["classes"]} if isinstance(node, nodes.Element) else set()
