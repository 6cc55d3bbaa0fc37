"""What the site uses of other libraries though they do not document it.

Where a markup or a function is not as expected, the pages are built without what hangs
on it, and one warning says so. `pyproject.toml` bounds the libraries above.
"""

from __future__ import annotations

import hashlib
import re
import sysconfig
from collections.abc import Iterator, Mapping
from html import escape, unescape
from importlib import import_module
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging, math
from sphinx.writers.html5 import HTML5Translator

SCROLLS = "pst-scrollable-table-container"
"""The theme's class for a frame that scrolls and that the keyboard can then reach."""

CODE = "cell_input"
"""MyST-NB's class for the code of a cell."""

USED_BY = {
    "clipboard.min.js": 'class="highlight',
    "copybutton.js": 'class="highlight',
}
"""For a script of sphinx-copybutton, what stands in the pages that use it."""

_AN_ICON = ".fa-zhihu"
_ICON_RULE = re.compile(r'(?:\.fa-[\w-]+::?before,?)+\{content:"[^"}]*"\}')
# docutils takes 12 for one number, and sets an index below a letter with an accent.
_MISREAD = re.compile(
    r"(\\[cdt]?(frac|binom)|\\sqrt|[_^])\s*\d\d"
    r"|\\(acute|bar|breve|check|d?dot|grave|hat|mathring|tilde|vec|wide(hat|tilde))"
    r"\s*(\{[^{}]*\}|\\?\w+?)\s*_"
)
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;|quot;|#)\w+;")
_BEFORE_ICONS = "<!-- So that users can add custom icons -->"

_logger = logging.getLogger(__name__)


def _say(message: str, location: Any = None) -> None:
    _logger.warning(
        message, location=location, type="book_site", subtype="insides", once=True
    )


def without_icon_rules(stylesheet: str) -> str:
    """Take some two thousand icons out of the theme's stylesheet, a fifth of its bytes.

    They name the letters of a font that no page loads: the book draws its own icons.
    """
    rules = _ICON_RULE.sub("", stylesheet)
    if _AN_ICON in rules:
        _say("the theme writes its icons in another way: its stylesheet stays as it is")
    if SCROLLS not in rules:
        _say(f"the theme has no class {SCROLLS}: a wide picture does not scroll")
    return rules


def without_icon_script(head: str) -> str:
    """Take the icons' script of 1.5 MB out of a page.

    It comes last in the theme's part of the head. The few icons that the pages use are
    drawn by a stylesheet.
    """
    before, mark, _ = head.partition(_BEFORE_ICONS)
    if not mark:
        _say("the theme loads its icons in another way: each page loads their script")
    return before


def cell_outputs(doctree: nodes.document) -> Iterator[nodes.container]:
    """Return what the cells of a page put out, which MyST-NB marks by a class."""
    for part in doctree.findall(nodes.container):
        inside = {
            name for it in part.findall(nodes.container) for name in it["classes"]
        }
        if "cell" in part["classes"] and part.children:
            if not inside & {"cell_input", "cell_output"}:
                msg = "MyST-NB marks outputs in another way: pictures have no frame"
                _say(msg, part)
        elif "cell_output" in part["classes"]:
            yield part


def remember_settings(app: Sphinx) -> None:
    """Let Sphinx remember a build's settings without the folders of this machine.

    It hashes them in ``.buildinfo``, which lies in the site and tells the next build
    whether all pages must be written again. Two of them are lists of folders, to which
    the theme and extensions add those where they are installed.
    """
    remembered: Any = getattr(app.builder, "build_info", None)
    if app.builder.name != "html":
        return
    if not hasattr(remembered, "config_hash"):
        _say("Sphinx remembers settings in another way: .buildinfo is of this machine")
        return
    settings = {
        setting.name: _as_text(setting.value) for setting in app.config.filter({"html"})
    }
    text = repr(sorted(settings.items()))
    for folder in (sysconfig.get_path("purelib"), str(app.confdir)):
        text = text.replace(folder, "")
    remembered.config_hash = hashlib.sha256(text.encode()).hexdigest()


def _as_text(setting: Any) -> str:
    """Write a setting so that equal ones have the same text in every process."""
    if isinstance(setting, Mapping):
        return repr(sorted((_as_text(k), _as_text(v)) for k, v in setting.items()))
    if isinstance(setting, list | tuple):
        return repr([_as_text(one) for one in setting])
    if isinstance(setting, set | frozenset):
        return repr(sorted(map(_as_text, setting)))
    return str(setting)


def write_valid_labels(app: Sphinx, _config: Any) -> None:
    """Write the two labels of a folded cell as HTML allows it.

    MyST-NB writes paragraphs, which cannot stand in a ``summary``. The styles of its
    paragraphs are in `code_switch.css` for these.
    """
    try:
        from myst_nb.sphinx_ import HideCodeCellNode
    except ImportError:
        _say("MyST-NB folds cells by another node: its labels are no valid HTML")
        return
    app.add_node(HideCodeCellNode, override=True, html=(_visit_folded, _depart_folded))


def _visit_folded(translator: HTML5Translator, node: nodes.Element) -> None:
    shown, hidden = (escape(node[f"prompt_{it}"]) for it in ("show", "hide"))
    translator.body.append(
        f'<details class="admonition hide {" ".join(node["classes"])}">\n'
        '<summary aria-label="Toggle hidden content">\n'
        f'<span class="collapsed">{shown}</span>\n'
        f'<span class="expanded">{hidden}</span>\n'
        "</summary>\n"
    )


def _depart_folded(translator: HTML5Translator, _node: nodes.Element) -> None:
    translator.body.append("</details>\n")


def script_name(script: Any) -> str:
    """Return the name of a script's file, by which a page that needs it is known."""
    if not hasattr(script, "filename"):
        _say("Sphinx names scripts in another way: each page loads all")
        return ""
    return str(script.filename).rpartition("/")[2]


def download_buttons(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the buttons of the theme's menu of downloads, none if a page has none.

    The last of them prints the page, and the theme calls it ".pdf".
    """
    for menu in context.get("header_buttons") or ():
        if menu.get("label") == "download-buttons":
            if not any(one.get("text") == ".pdf" for one in menu["buttons"]):
                _say("the theme prints by another button, which keeps its name")
            buttons: list[dict[str, Any]] = menu["buttons"]
            return buttons
    return []


def files_read(env: BuildEnvironment, docname: str) -> list[str]:
    """Return the files that a page includes, which Sphinx knows."""
    if not hasattr(env, "dependencies"):
        _say(
            "Sphinx lists what a page includes elsewhere: its date is of the page alone"
        )
        return []
    return sorted(env.dependencies.get(docname, ()))


def mathml(tex: str, *, as_block: bool, location: nodes.Node) -> str:
    """Have docutils write a formula as MathML, which browsers show by themselves.

    The module calls itself provisional. Without it, or where it does not understand a
    formula, the page shows the formula as it was written.
    """
    try:
        convert = import_module("docutils.utils.math.latex2mathml").tex2mathml
        misread = _MISREAD.search(tex)
        if misread:
            raise ValueError(f"write braces around each part of {misread[0]}")
        # By number, since XHTML does not know the names of HTML's entities.
        return _ENTITY.sub(
            lambda entity: f"&#{ord(unescape(entity[0]))};",
            str(convert(tex, as_block=as_block)),
        )
    except Exception as error:  # which docutils may raise is not documented either
        _logger.warning("%s: %s", tex, error, location=location)
        return f"<code>{escape(tex)}</code>"


def number_equation(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write the number of a formula with a link to it, as Sphinx's own renderers do."""
    number_of = getattr(math, "get_node_equation_number", None)
    number = number_of(translator, node) if number_of else node["number"]
    translator.body.append(f'<span class="eqno">({number})')
    if number_of and hasattr(translator, "add_permalink_ref"):
        translator.add_permalink_ref(node, "Link to this equation")
    else:
        _say("Sphinx numbers formulas in another way: their numbers have no link", node)
    translator.body.append("</span>")
