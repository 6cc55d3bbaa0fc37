"""What other libraries do not document: that it is there, and what happens without."""

from __future__ import annotations

import importlib.resources
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import nbformat
import pytest
from docutils import nodes
from docutils.core import publish_doctree
from docutils.utils.math import latex2mathml
from myst_nb.docutils_ import Parser
from myst_nb.sphinx_ import HideCodeCellNode, visit_HideCellInput
from sphinx.builders.html import BuildInfo
from sphinx.util import math
from sphinx.writers.html5 import HTML5Translator

from book_site import insides

THEME = "pydata_sphinx_theme/theme/pydata_sphinx_theme"
STYLESHEET = f"{THEME}/static/styles/pydata-sphinx-theme.css"
HEAD = f"{THEME}/static/webpack-macros.html"
SEARCH = "sphinx/themes/basic/static/searchtools.js"
LAYOUT = "sphinx/themes/basic/layout.html"
TAIL = f"{THEME}/layout.html"
HERE = nodes.paragraph()
OTHER_ICON = '.fa-zhihu{--fa:"z"}'


def file_of(path: str) -> str:
    package, _, rest = path.partition("/")
    return (importlib.resources.files(package) / rest).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "markup"),
    [
        pytest.param(HEAD, "<!-- So that users can add custom icons -->", id="icons"),
        pytest.param(STYLESHEET, insides.SCROLLS, id="a frame that scrolls"),
        pytest.param(LAYOUT, "{%- macro script() %}", id="scripts"),
        pytest.param(LAYOUT, "{%- block scripts %}", id="place of scripts"),
        pytest.param(TAIL, "{%- block scripts_end %}", id="end of a page"),
        pytest.param(TAIL, "{%- block extrahead %}", id="search index"),
        pytest.param(SEARCH, "SHOW_SEARCH_SUMMARY", id="summaries of a search"),
        *(
            pytest.param("sphinx_copybutton/__init__.py", name, id=name)
            for name in insides.USED_BY
        ),
    ],
)
def test_the_installed_versions_have_the_markup(path: str, markup: str) -> None:
    assert markup in file_of(path), f"{path} no longer has {markup}"


def test_the_themes_icons_are_a_fifth_of_its_stylesheet() -> None:
    whole = file_of(STYLESHEET)
    less = insides.without_icon_rules(whole)
    assert len(less) < 0.85 * len(whole), f"{STYLESHEET} writes icons in another way"
    assert less.count("{") == less.count("}")


def test_a_stylesheet_without_icons_stays_as_it_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    less = insides.without_icon_rules(file_of(STYLESHEET))
    assert insides.without_icon_rules(less) == less
    assert caplog.messages == []


def test_myst_nb_marks_what_a_cell_puts_out(tmp_path: Path) -> None:
    new = nbformat.v4
    output = new.new_output("stream", text="it is put out")
    cells = [new.new_code_cell("print()", outputs=[output])]
    read = publish_doctree(
        json.dumps(new.new_notebook(cells=cells)),
        parser=Parser(),
        settings_overrides={
            "nb_execution_mode": "off",
            "nb_output_folder": str(tmp_path),
        },
    )
    found = [it.astext() for it in insides.cell_outputs(read)]
    assert found == ["it is put out"], "no container has the class cell_output"


def test_a_cell_of_which_nothing_is_shown_needs_no_mark(
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = cast(nodes.document, nodes.container())
    page += nodes.container(classes=["cell"])
    assert list(insides.cell_outputs(page)) == []
    assert caplog.messages == []


def test_sphinx_numbers_formulas_and_links_to_them() -> None:
    assert hasattr(math, "get_node_equation_number")
    assert hasattr(HTML5Translator, "add_permalink_ref")


def test_docutils_writes_a_formula_as_mathml() -> None:
    written = insides.mathml(r"\frac{1}{2}", as_block=False, location=HERE)
    assert "<mfrac>" in written


@pytest.mark.parametrize("tex", [r"\frac12", "x^12", r"\hat\beta_0", r"\bar{x}_i"])
def test_a_formula_that_docutils_misreads_is_shown_as_it_was_written(
    tex: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert insides.mathml(tex, as_block=False, location=HERE) == f"<code>{tex}</code>"
    [line] = caplog.messages
    assert "write braces around each part of" in line


def test_without_docutils_a_formula_is_shown_as_it_was_written(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(latex2mathml, "tex2mathml")
    assert insides.mathml("a < b", as_block=True, location=HERE) == (
        "<code>a &lt; b</code>"
    )
    [line] = caplog.messages
    assert "tex2mathml" in line


def unmarked_cell() -> nodes.document:
    document = cast(nodes.document, nodes.container())
    document += nodes.container("", nodes.container(classes=["out"]), classes=["cell"])
    return document


@pytest.mark.parametrize(
    ("use", "expected", "said"),
    [
        (
            lambda: insides.without_icon_rules(f"{OTHER_ICON} .{insides.SCROLLS}{{}}"),
            f"{OTHER_ICON} .{insides.SCROLLS}{{}}",
            "its stylesheet stays as it is",
        ),
        (
            lambda: insides.without_icon_rules('.fa-a:before{content:"a"}p{}'),
            "p{}",
            "a wide picture does not scroll",
        ),
        (
            lambda: insides.without_icon_script("<link />"),
            "<link />",
            "each page loads their script",
        ),
        (
            lambda: list(insides.cell_outputs(unmarked_cell())),
            [],
            "pictures have no frame",
        ),
        (lambda: insides.script_name("a.js"), "", "each page loads all"),
        (
            lambda: insides.files_read(cast(Any, SimpleNamespace()), "page"),
            [],
            "its date is of the page alone",
        ),
        (
            lambda: insides.remember_settings(
                cast(Any, SimpleNamespace(builder=SimpleNamespace(name="html")))
            ),
            None,
            ".buildinfo is of this machine",
        ),
    ],
)
def test_without_it_the_page_is_built_and_one_warning_says_so(
    use: Callable[[], object],
    expected: object,
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert use() == expected
    [line] = caplog.messages
    assert said in line


class Registering:
    """An application that notes which nodes it is to write how."""

    def __init__(self) -> None:
        self.written: dict[str, Any] = {}

    def add_node(self, node: type[nodes.Element], *, html: Any, override: bool) -> None:
        assert override
        self.written[node.__name__] = html


def test_the_labels_of_a_folded_cell_are_no_paragraphs() -> None:
    app = Registering()
    insides.write_valid_labels(cast(Any, app), None)
    visit, depart = app.written["HideCodeCellNode"]
    translator = cast(HTML5Translator, SimpleNamespace(body=[]))
    node = HideCodeCellNode(prompt_show="Show <it>", prompt_hide="Hide", classes=["a"])
    visit(translator, node)
    depart(translator, node)
    written = "".join(translator.body)
    assert '<span class="collapsed">Show &lt;it&gt;</span>' in written
    assert written.startswith('<details class="admonition hide a">')
    assert written.endswith("</summary>\n</details>\n")
    # The same classes as MyST-NB's, whose styles those of the site repeat.
    theirs = cast(HTML5Translator, SimpleNamespace(body=[]))
    visit_HideCellInput(theirs, node)
    for name in ("admonition hide a", "collapsed", "expanded"):
        assert name in "".join(theirs.body)


def test_without_it_labels_are_those_of_myst_nb(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "myst_nb.sphinx_", None)
    app = Registering()
    insides.write_valid_labels(cast(Any, app), None)
    assert app.written == {}
    [line] = caplog.messages
    assert "its labels are no valid HTML" in line


def test_a_formula_names_no_entity_that_xhtml_does_not_know() -> None:
    written = insides.mathml(r"\log x < \alpha", as_block=False, location=HERE)
    assert "&#8289;" in written  # applies a function
    assert set(re.findall(r"&(\w+);", written)) <= {"lt"}
    ElementTree.fromstring(written)  # noqa: S314 - it is well-formed


def remembered(
    root: str, libraries: str, title: str, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The hash that Sphinx would keep of a book in a folder, with its libraries."""
    monkeypatch.setattr(insides.sysconfig, "get_path", lambda _: libraries)
    settings = {
        "templates_path": [f"{libraries}/theme/components", f"{root}/src/templates"],
        "html_context": {"b": {3, 1, 2}, "a": title},
    }
    listed = [SimpleNamespace(name=name, value=it) for name, it in settings.items()]
    app = SimpleNamespace(
        builder=SimpleNamespace(name="html", build_info=BuildInfo()),
        config=SimpleNamespace(filter=lambda _: listed),
        confdir=Path(root),
    )
    insides.remember_settings(cast(Any, app))
    return str(app.builder.build_info.config_hash)


def test_the_hash_of_settings_is_the_same_in_any_folder_and_differs_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = remembered("/here/book", "/here/lib", "Title", monkeypatch)
    assert here == remembered("/there/book", "/my/.venv/lib", "Title", monkeypatch)
    assert here != remembered("/here/book", "/here/lib", "Another", monkeypatch)
    assert re.fullmatch("[0-9a-f]{64}", here)


def test_without_it_a_formula_has_its_number_but_no_link(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(math, "get_node_equation_number")
    translator = SimpleNamespace(body=[])
    formula = nodes.math_block(number=3)
    insides.number_equation(cast(HTML5Translator, translator), formula)
    assert translator.body == ['<span class="eqno">(3)', "</span>"]
    [line] = caplog.messages
    assert "their numbers have no link" in line
