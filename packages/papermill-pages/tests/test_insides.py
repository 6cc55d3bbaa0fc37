"""What other libraries do not document: that it is there, and a build without it."""

from __future__ import annotations

import logging
import pickle
import re
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jupyter_book
import nbformat
import pytask
import pytask_parallel.execute
import pytest
import sphinx_book_theme
import yaml
from docutils import nodes
from docutils.core import publish_doctree
from myst_nb.core.variables import format_plain_text
from myst_nb.docutils_ import Parser
from papermill_pages import insides, sphinx_ext
from papermill_pages.environment import ReadPages, read_pages
from papermill_pages.pages import Page
from small_book import Book
from sphinx.application import Sphinx

UNKNOWN = "unknown to this version of papermill-pages"
BOUNDED = ("myst-nb", "pytask", "pytask-parallel", "sphinx", "sphinx-book-theme")


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What was said once of what a library lacks."""
    insides.say_once.cache_clear()
    messages: list[str] = []
    caplog.set_level(logging.WARNING, logger="papermill_pages")
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    insides.logger.addHandler(handler)
    yield messages
    insides.logger.removeHandler(handler)
    insides.say_once.cache_clear()


@pytest.fixture
def app(tmp_path: Path) -> Sphinx:
    """A site of one page, whose name stands for Sphinx alone."""
    (tmp_path / "index.rst").write_text("Zebra\n=====\n")
    (tmp_path / "conf.py").write_text("")
    places = (tmp_path, tmp_path, tmp_path / "out", tmp_path / "trees")
    return Sphinx(*places, "html", status=None, warning=None)


def doctree(example: Book, page: str) -> nodes.document:
    path = example.root / f"_build/.doctrees/{page}.doctree"
    document: nodes.document = pickle.loads(path.read_bytes())  # noqa: S301
    return document


def test_each_library_with_used_insides_is_bounded_above() -> None:
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras = project["optional-dependencies"].values()
    needed = [*project["dependencies"], *(name for extra in extras for name in extra)]
    bounded = {re.split(r"[^\w-]", one)[0] for one in needed if "<" in one}
    assert set(BOUNDED) <= bounded


# pytask and pytask-parallel


def test_pytask_has_the_database_that_is_left_out(said: list[str]) -> None:
    plugins = pytask.get_plugin_manager()
    insides.leave_out_database(plugins)
    assert said == []
    insides.leave_out_database(plugins)
    assert said == [f"pytask's database: {UNKNOWN}. A build may take a little longer."]


def test_a_build_has_no_database(example: Book) -> None:
    assert not list((example.root / ".pytask").glob("*.sqlite3"))


def test_pytask_parallel_is_made_to_look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = pytask_parallel.execute._Sleeper
    monkeypatch.setattr(sleeper, "sleep", sleeper.sleep)
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    insides.look_often()
    sleeper().sleep()
    assert slept == [0.05]


def test_without_its_sleep_pytask_parallel_is_left_alone(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(pytask_parallel.execute, "_Sleeper")
    insides.look_often()
    assert said == [
        f"pytask-parallel's sleep: {UNKNOWN}. A build may take a few seconds longer."
    ]


def test_pytask_writes_its_lock_beside_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced: list[Path] = []
    replace = Path.replace

    def noted(self: Path, target: Path) -> Path:
        replaced.append(self)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", noted)
    (tmp_path / "task_one.py").write_text("def task_one(): pass\n")
    pytask.build(paths=[tmp_path])
    assert insides.half_written(tmp_path / "pytask.lock") in replaced


# Sphinx


def test_sphinx_tells_its_logger_the_error_of_a_page_that_it_cannot_write(
    app: Sphinx,
) -> None:
    heard: list[OSError] = []
    watch = insides.FailuresToWrite(heard.append)
    logging.getLogger("sphinx").addHandler(watch)
    (Path(app.outdir) / "index.html").mkdir(parents=True)  # where a file is to be
    app.build()
    logging.getLogger("sphinx").removeHandler(watch)
    assert {type(error) for error in heard} == {IsADirectoryError}


def test_sphinx_has_labels_with_and_without_a_title(
    app: Sphinx, said: list[str]
) -> None:
    domain = app.env.get_domain("std")
    insides.add_target(domain, "result.x", "index", "result-x", "x")  # type: ignore[arg-type]
    insides.add_target(domain, "cell.index.1", "index", "cell-1")  # type: ignore[arg-type]
    named = {name: place for name, _, kind, *place, _ in domain.get_objects()}
    assert named["result.x"] == ["index", "result-x"]
    assert said == []
    insides.add_target(None, "result.x", "index", "result-x")  # type: ignore[arg-type]
    assert said == [
        f"Sphinx's labels: {UNKNOWN}. Pasted values do not lead to their cells."
    ]


def test_sphinx_keeps_words_in_its_index_after_their_last_page(
    app: Sphinx, said: list[str]
) -> None:
    app.build()
    indexer: Any = app.builder.indexer  # type: ignore[attr-defined]
    indexer.prune([])
    assert "zebra" in str(indexer._title_mapping)
    insides.forget_words_of_no_page(app)
    assert "zebra" not in str(indexer._title_mapping)
    assert said == []


def test_without_sphinxs_search_index_a_warning_says_so(said: list[str]) -> None:
    for indexer in (object(), SimpleNamespace(_mapping=[], _title_mapping=[])):
        builder = SimpleNamespace(indexer=indexer)
        insides.forget_words_of_no_page(SimpleNamespace(builder=builder))  # type: ignore[arg-type]
    assert len(said) == 1
    assert said[0].startswith(f"Sphinx's search index: {UNKNOWN}. ")


def test_sphinx_keeps_what_a_page_depends_on(app: Sphinx, said: list[str]) -> None:
    (Path(app.srcdir) / "words.txt").write_text("rain")
    (Path(app.srcdir) / "index.rst").write_text(
        "Zebra\n=====\n\n.. include:: words.txt"
    )
    app.build()
    expected = Path(app.srcdir) / "words.txt"
    assert insides.dependencies(app.env, "index") == [expected]
    assert said == []


def test_without_sphinxs_dependencies_a_warning_says_so(said: list[str]) -> None:
    env: Any = SimpleNamespace()
    assert insides.dependencies(env, "index") == []
    assert said == [
        f"Sphinx's dependencies of pages: {UNKNOWN}. A page may be old if a file that "
        "it shows has an older time."
    ]


# MyST-NB


def test_myst_nb_keeps_in_a_notebook_what_a_page_glued(example: Book) -> None:
    path = example.root / "_build/executed/station.ipynb"
    glued = dict(
        insides.glued_output(output)
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
    )
    assert glued.pop("") == {}  # what was printed
    assert set(glued) == {"days", "threshold", "wet_days", "mean", "total"}
    assert glued["wet_days"] == {"text/plain": "5"}


def test_myst_nb_marks_the_code_cells_of_a_notebook(
    example: Book, said: list[str]
) -> None:
    cells = insides.code_cells(doctree(example, "station"), expected=True)
    assert [number for number, _ in cells] == [1, 2, 4, 5]
    assert insides.code_cells(doctree(example, "index"), expected=False) == []
    assert said == []
    assert insides.code_cells(doctree(example, "index"), expected=True) == []
    assert said == [
        f"MyST-NB's code cells: {UNKNOWN}. Pasted values do not lead to their cells."
    ]


def read_cell(folder: Path, *tags: str) -> nodes.container:
    new = nbformat.v4
    outputs = [new.new_output("stream", text="put out")]
    cell = new.new_code_cell("1 + 1", outputs=outputs, metadata={"tags": tags})
    document = publish_doctree(
        nbformat.writes(new.new_notebook(cells=[cell])),
        parser=Parser(),
        settings_overrides={
            "nb_execution_mode": "off",
            "nb_output_folder": str(folder),
        },
    )
    ((_, found),) = insides.code_cells(document, expected=True)
    return found


@pytest.mark.parametrize(
    ("tags", "code", "folded", "output"),
    [
        ((), True, True, True),
        (("hide-input",), False, True, True),
        (("hide-output",), True, True, False),
        (("hide-input", "hide-output"), False, True, False),
        (("hide-cell",), False, True, False),
        (("remove-input",), False, False, True),
        (("remove-output",), True, True, False),
    ],
)
def test_myst_nb_keeps_in_a_cell_what_its_tags_hide(
    tmp_path: Path, tags: tuple[str, ...], code: bool, folded: bool, output: bool
) -> None:
    cell = read_cell(tmp_path, *tags)
    assert insides.code_is_shown(cell) == code
    assert insides.code_is_shown(cell, folded=True) == folded
    assert insides.output_is_shown(cell) == output
    insides.fold_code(cell)
    assert not insides.code_is_shown(cell)
    assert insides.output_is_shown(cell) == output


def test_without_myst_nbs_marks_figures_offer_nothing(said: list[str]) -> None:
    output = nodes.container("", nb_element="mime_bundle")
    document = publish_doctree("A page.")
    assert insides.bundles(document, expected=False) == []
    assert said == []
    assert insides.bundles(document, expected=True) == []
    assert len(said) == 1
    assert UNKNOWN in said[0]
    document += output
    assert insides.bundles(document, expected=True) == [output]


def test_without_the_marks_of_its_parts_a_cell_shows_nothing(said: list[str]) -> None:
    cell = nodes.container("", nodes.container(classes=["cell_input"]))
    assert not insides.code_is_shown(cell, folded=True)
    assert not insides.output_is_shown(cell)
    assert said == [
        f"the parts of MyST-NB's code cells: {UNKNOWN}. A result may lead to a cell "
        "that shows nothing."
    ]


def test_myst_nb_marks_what_a_page_pastes_from_others(
    example: Book, said: list[str]
) -> None:
    values = insides.pasted_values(doctree(example, "index"))
    assert values is not None
    assert {(value.refdoc, value.key, value.gtype) for value in values} == {
        ("hill", "wet_days", "text"),
        ("station", "wet_days", "text"),
        ("thresholds", "points", "text"),
    }
    assert said == []


def test_a_value_of_the_page_itself_keeps_its_name(
    example: Book, said: list[str]
) -> None:
    values = insides.own_pasted_values(doctree(example, "station"))
    assert "wet_days" in {name for _, name in values}
    assert all(insides.is_pasted(value) for value, _ in values)
    assert said == []


def test_without_myst_nbs_role_values_of_the_page_have_no_names(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "myst_nb.ext.glue.roles", None)
    insides.keep_names_of_pasted_values()
    assert said == [
        f"MyST-NB's role of values: {UNKNOWN}. Results do not lead to sentences."
    ]


def test_without_myst_nbs_mark_a_page_pastes_from_all_others(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "myst_nb.ext.glue.utils", None)
    env: Any = SimpleNamespace(docname="index")
    page = Page("hill", Path("hill.run.yml"), Path("station.ipynb"), Path())
    read_pages(env).pages = {"hill": page}
    document = nodes.document(None, None)  # type: ignore[arg-type]
    sphinx_ext.link_pasted_values(SimpleNamespace(env=env), document)  # type: ignore[arg-type]
    assert env.papermill_pages == ReadPages({"hill": page}, {}, {"index": {"hill"}})
    assert said == [
        f"MyST-NB's pasted values: {UNKNOWN}. Pages that paste values are always "
        "written again, without links."
    ]


@pytest.mark.parametrize(
    ("value", "spec", "pasted"),
    [
        (-5.94, "+.1f", "−5.9"),
        (5.94, "+.1f", "+5.9"),
        (-12345, ",d", "−12,345"),
        (-3, "s", "−3"),
        (-0.125, ".1%", "−12.5%"),
        (-0.5, "6.1f", "  −0.5"),
        ("-5.9", "s", "-5.9"),
        ("1992-05-01", "s", "1992-05-01"),
        ("fractional-logit", "s", "fractional-logit"),
        (True, "s", "True"),
    ],
)
def test_a_negative_number_is_pasted_with_a_minus_sign_and_a_text_as_it_is(
    value: object, spec: str, pasted: str
) -> None:
    assert insides.format_pasted(repr(value), spec) == pasted


def test_without_myst_nbs_format_numbers_are_pasted_with_hyphens(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from myst_nb.ext.glue import crossref, roles

    for place in (crossref, roles):
        monkeypatch.setattr(place, "format_plain_text", format_plain_text)
    insides.paste_minus_signs()
    assert said == []
    monkeypatch.setattr(crossref, "format_plain_text", format_plain_text)
    monkeypatch.delattr(roles, "format_plain_text")
    insides.paste_minus_signs()
    assert crossref.format_plain_text is format_plain_text
    assert said == [
        f"MyST-NB's format of pasted values: {UNKNOWN}. A negative number has a hyphen "
        "for its minus sign."
    ]


def test_the_pages_of_a_first_build_state_the_checksum_of_myst_nbs_stylesheet(
    example: Book,
) -> None:
    assert re.search(r'mystnb\.[0-9a-f]+\.css\?v=[0-9a-f]+"', example.page("station"))


def test_without_myst_nbs_stylesheet_a_warning_says_so(
    app: Sphinx, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "myst_nb.sphinx_ext", None)
    insides.write_stylesheet_of_notebooks(app, app.env)
    assert said == [
        f"MyST-NB's stylesheet: {UNKNOWN}. Pages of a first build do not state its "
        "checksum."
    ]


# The theme of Jupyter Book


def test_the_theme_has_menus_of_downloads(example: Book) -> None:
    assert 'href="station.ipynb"' in example.page("station")
    assert "Notebook with results (.ipynb)" in example.page("station")
    assert 'href="thresholds.csv"' in example.page("thresholds")


def test_without_the_themes_menus_a_warning_says_so(said: list[str]) -> None:
    assert insides.header_buttons({}, "alabaster") == {}
    assert insides.header_buttons({"header_buttons": [{}]}, "sphinx_book_theme") == {}
    assert said == []
    assert insides.header_buttons({}, "sphinx_book_theme") == {}
    assert said == [
        f"the menus of sphinx-book-theme: {UNKNOWN}. Pages offer no download."
    ]


def test_the_theme_takes_titles_for_html() -> None:
    """If it no longer does, `escape_titles` must go."""
    folder = Path(sphinx_book_theme.__file__).parent / "theme/sphinx_book_theme"
    layout = (folder / "layout.html").read_text("utf-8")
    navigation = (folder / "components/sbt-sidebar-nav.html").read_text("utf-8")
    assert "{{ pagetitle }}" in layout
    assert "{{ root_title }}" in navigation
    context = {"pagetitle": "a < b", "title": "a < b"}
    insides.escape_titles(context, "alabaster")
    assert context["pagetitle"] == "a < b"
    insides.escape_titles(context, "sphinx_book_theme")
    assert context == {"pagetitle": "a &lt; b", "title": "a < b"}


def test_a_book_without_a_repository_is_not_given_jupyter_books() -> None:
    folder = Path(jupyter_book.__file__).parent
    written = yaml.safe_load((folder / "default_config.yml").read_text("utf-8"))
    default = {"repository_url": written["repository"]["url"]}
    assert insides.repository({**default, "repository_branch": "master"}) == ("", "")
    assert insides.repository({}) == ("", "")
    named = {"repository_url": "https://example.org/tea", "repository_branch": "v1"}
    assert insides.repository(named) == ("https://example.org/tea", "v1")
