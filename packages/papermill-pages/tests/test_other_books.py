"""Books as their authors have them, with nothing set for this engine but its name."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from papermill_pages.sphinx_ext import execute_in_place_of_myst_nb
from small_book import Book, make_book
from sphinx.application import Sphinx
from sphinx.config import Config

TITLE = "<i>x</i> & {ref}`y` *z* [a](javascript:alert(1)) $b$ example.org"
GLUE = "from myst_nb import glue\nglue('n', {n}, display=False)\n"
COUNT = "open({file!r}, 'a').write('x');\n"


def text_notebook(header: str, *cells: str) -> str:
    code = "\n\n".join(f"```{{code-cell}}\n{cell}\n```" for cell in cells)
    return f"---\n{header}\n---\n\n# In Markdown\n\n{code}\n"


def outputs(book: Book, page: str) -> list[str]:
    shown = BeautifulSoup(book.page(page), "html.parser")
    return [it.get_text().strip() for it in shown.select(".cell_output")]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    book = Book(tmp_path_factory.mktemp("others") / "book")
    config = {
        "title": "Of others",
        "only_build_toc_files": True,
        "exclude_patterns": ["parts/old*"],
        "sphinx": {"extra_extensions": ["papermill_pages"]},
    }
    book.write("_config.yml", yaml.safe_dump(config))
    chapters = [
        {"file": "text"},
        {"file": "titled.run.yml"},
        {"file": "links/here.ipynb"},
        {"file": "left"},
        {"glob": "parts/*"},
    ]
    toc = {"format": "jb-book", "root": "index", "chapters": chapters}
    book.write("_toc.yml", yaml.safe_dump(toc))
    pasted = "{glue:text}`text.md::n:d`, {glue:text}`links/here.ipynb::n:.1f`"
    book.write("index.md", f"# Home\n\n{pasted}\n")
    header = "file_format: mystnb\ndate: 2026-05-01\n1: a number"
    book.write(
        "text.md",
        text_notebook(header, GLUE.format(n=1) + COUNT.format(file="count"), "6 * 7"),
    )
    header = "kernelspec: {name: python3, display_name: P}"
    cells = (":tags: [parameters]\nx: int = 1  # of them", "print('x', x)")
    book.write("plain.md", text_notebook(header, *cells))
    book.write_run(
        "titled.run.yml", notebook="plain.md", title=TITLE, parameters={"x": 2}
    )
    book.write_notebook(
        "shared/there.ipynb",
        "import numpy as np",
        GLUE.format(n="np.float64(2)") + "glue('x', 0.5, display=False)",
        "import os\nos.path.basename(os.getcwd())",
        parameters="untyped = 0.6  # no run sets it {here}",
        title="Linked",
    )
    (book.root / "links").mkdir()
    (book.root / "links/here.ipynb").symlink_to("../shared/there.ipynb")
    new = nbformat.v4
    titled = new.new_markdown_cell("# Bare")
    cells_of_json = [titled, new.new_code_cell("1 + 1"), new.new_code_cell("'two'")]
    for cell in cells_of_json:
        cell.pop("id")
    bare = {"cells": cells_of_json, "metadata": {}, "nbformat": 4, "nbformat_minor": 2}
    book.write("parts/bare.ipynb", f"\ufeff{json.dumps(bare)}")
    book.write("parts/old.ipynb", "no notebook")
    options = {
        "mystnb": {"execution_mode": "off"},
        "language_info": {"name": "python"},
    }
    saved = new.new_output("stream", text="as it was saved\n")
    cell = new.new_code_cell("1 / 0", outputs=[saved])
    titled = new.new_markdown_cell("# Left")
    left = new.new_notebook(cells=[titled, cell], metadata=options)
    book.write("left.ipynb", nbformat.writes(left))
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    assert "WARNING" not in ended.stdout, ended.stdout
    return book


def test_a_notebook_in_markdown_is_executed_once(book: Book) -> None:
    assert outputs(book, "text") == ["42"]
    assert (book.root / "count").read_text() == "x"
    assert outputs(book, "titled")[-1] == "x 2"


def test_a_linked_notebook_is_the_page_of_its_link(book: Book) -> None:
    assert outputs(book, "links/here") == ["'links'"]
    assert not (book.root / "_build/executed/shared").exists()


def test_a_glob_entry_lists_what_it_matches_and_is_not_excluded(book: Book) -> None:
    assert outputs(book, "parts/bare") == ["2", "'two'"]
    assert not (book.root / "_build/html/parts/old.html").exists()


def test_a_notebook_that_asks_for_it_is_not_executed(book: Book) -> None:
    assert outputs(book, "left") == ["as it was saved"]


def test_a_title_is_text_wherever_the_page_shows_it(book: Book) -> None:
    page = BeautifulSoup(book.page("titled"), "html.parser")
    heading = page.select_one("article h1")
    assert heading is not None
    assert heading.get_text().removesuffix("#") == TITLE
    assert not page.select("h1 i, h1 em, h1 a:not(.headerlink)")
    assert page.title is not None
    assert page.title.get_text().startswith(TITLE)


def test_glued_values_are_kept_apart_by_page(book: Book) -> None:
    results = json.loads((book.root / "_build/results.json").read_text())
    assert results == {
        "text.n": 1,
        "links.here.n": 2.0,
        "links.here.x": 0.5,
    }
    home = BeautifulSoup(book.page("index"), "html.parser")
    assert [it.get_text() for it in home.select("p > a.internal")] == ["1", "2.0"]


def test_an_unlisted_notebook_that_is_a_page_is_told(tmp_path: Path) -> None:
    book = make_book(tmp_path, pages=["chapter"])
    book.replace("_config.yml", "only_build_toc_files: true", "author: x")
    book.write("index.md", "# Home\n")
    header = "file_format: mystnb\norphan: true\nlanguage_info: {name: python}"
    book.write("aside.md", text_notebook(header, "6 * 7"))
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    assert "aside.md: WARNING: this notebook is a page, but _toc.yml" in ended.stdout
    assert ended.stdout.count("WARNING") == 1, ended.stdout
    assert not (book.root / "_build/html/other.html").exists()  # of an unlisted run


@pytest.mark.parametrize("mode", ["off", "auto", "force", "cache", "inline"])
def test_no_page_is_executed_by_myst_nb_as_well(
    mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config({}, {"nb_execution_mode": mode})
    config.add("nb_execution_mode", "auto", "env", str)
    config.add("nb_execution_cache_path", "", "env", str)
    with caplog.at_level("INFO", logger="sphinx.papermill_pages"):
        execute_in_place_of_myst_nb(Sphinx.__new__(Sphinx), config)
    assert config["nb_execution_mode"] == "off"
    levels = {"off": [], "inline": ["WARNING"]}.get(mode, ["INFO"])
    assert [record.levelname for record in caplog.records] == levels


def test_a_folder_may_be_named_like_a_pattern(tmp_path: Path) -> None:
    book = make_book(tmp_path / "book [1] *?", pages=["chapter"])
    assert book.run("pytask").returncode == 0
    assert list(book.executed()) == ["executed/chapter.ipynb", "results.json"]


def test_a_book_of_which_nothing_is_found_is_an_error(tmp_path: Path) -> None:
    ended = make_book(tmp_path).run("pytask", "index.md")
    assert ended.returncode == 1
    assert "No page was found" in ended.stdout


def test_a_source_that_nobody_executes_is_refused(tmp_path: Path) -> None:
    book = make_book(tmp_path, pages=["chapter", "script"])
    book.write("script.py", "# %%\n1 + 1\n")
    ended = book.run("pytask")
    assert ended.returncode != 0
    assert "'script' is script.py, which is not executed" in ended.stdout
