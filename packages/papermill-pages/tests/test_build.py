"""A real Jupyter Book build: what is executed, shown, and not done again."""

from __future__ import annotations

import json
import shutil

import pytest
from bs4 import BeautifulSoup
from small_book import Book, executed_pages, make_book


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A book built once; tests that change it leave it built."""
    book = make_book(tmp_path_factory.mktemp("built"))
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    assert executed_pages(ended.stdout) == ["chapter", "other"]
    return book


def _text(book: Book, page: str) -> str:
    article = BeautifulSoup(book.page(page), "html.parser").find("article")
    assert article is not None
    return " ".join(article.get_text(" ").split())


def test_a_page_runs_with_its_defaults_and_a_run_with_its_parameters(
    built: Book,
) -> None:
    results = json.loads((built.root / "_build/results.json").read_text())
    assert results == {"small.north.x": 10 / 7, "small.south.x": 20 / 7}
    assert "See 1.429" in _text(built, "chapter")
    assert "See 2.857" in _text(built, "other")


def test_a_run_has_its_own_title(built: Book) -> None:
    heading = BeautifulSoup(built.page("other"), "html.parser").h1
    assert heading is not None
    assert heading.get_text().startswith("The other chapter")


def test_a_pasted_number_leads_to_the_cell_that_computed_it(built: Book) -> None:
    link = BeautifulSoup(built.page("index"), "html.parser").find("a", string="2.86")
    assert link is not None
    page, target = str(link["href"]).split("#")
    assert page == "other.html"
    other = BeautifulSoup(built.page("other"), "html.parser")
    found = other.find(id=target)
    assert found is not None
    # It arrives where its page states the number, which leads on to the code.
    assert found.get_text() == "2.857"
    way = found.find_parent("a", class_="computed")
    assert way is not None
    cell = other.find(id=str(way["href"]).removeprefix("#"))
    assert cell is not None
    assert 'glue("x", x, display=False)' in cell.get_text()


def test_nothing_is_executed_or_read_again_when_nothing_changed(built: Book) -> None:
    before = built.executed()
    ended = built.build()
    assert executed_pages(ended.stdout) == []
    assert "nothing changed, all 2 pages are up to date" in ended.stdout
    assert "0 added, 0 changed, 0 removed" in ended.stdout
    assert built.executed() == before


def test_only_the_page_that_sees_a_changed_file_is_executed(built: Book) -> None:
    chapter = built.page("chapter")
    built.write("south.csv", "21\n")
    explained = built.run("pytask", "--explain").stdout
    assert "south.csv: Changed" in explained
    assert "chapter.ipynb::page" not in explained.split("Explanation")[1]
    ended = built.build()
    assert ended.returncode == 0, ended.stdout
    assert executed_pages(ended.stdout) == ["other"]
    assert "See 3.000" in _text(built, "other")
    assert built.page("chapter") == chapter


def test_a_page_that_pastes_another_pages_number_is_written_again(built: Book) -> None:
    built.write("south.csv", "35\n")
    built.build()
    assert "The other: 5.00" in _text(built, "index")


def test_a_file_of_the_settings_makes_every_page_stale(built: Book) -> None:
    built.write("lock.txt", "2\n")
    explained = built.run("pytask", "--explain").stdout
    assert explained.count("lock.txt: Changed") == 2
    ended = built.run("pytask")
    assert ended.returncode == 0
    assert executed_pages(ended.stdout) == ["chapter", "other"]
    assert executed_pages(built.build().stdout) == []


def test_explaining_executes_nothing(built: Book) -> None:
    before = built.executed()
    built.write("lock.txt", "3\n")
    ended = built.run("pytask", "--explain")
    assert ended.returncode == 0
    assert built.executed() == before
    built.build()


def test_a_lost_product_is_made_again(built: Book) -> None:
    before = built.executed()
    (built.root / "_build/executed/other.ipynb").unlink()
    assert executed_pages(built.build().stdout) == ["other"]
    assert built.executed() == before


def test_what_a_build_remembers_can_be_deleted(built: Book) -> None:
    before = built.executed()
    (built.root / "pytask.lock").unlink()
    assert executed_pages(built.build().stdout) == ["chapter", "other"]
    assert built.executed() == before


def test_a_deleted_site_is_made_again_with_its_downloads(built: Book) -> None:
    before = built.site()
    shutil.rmtree(built.root / "_build/html")
    assert executed_pages(built.build().stdout) == []
    assert built.site() == before


def test_a_lost_or_damaged_download_is_made_again(built: Book) -> None:
    before = built.site()
    (built.root / "_build/html/other.ipynb").unlink()
    built.write("_build/html/chapter.ipynb", "{}")
    built.build()
    assert built.site() == before


def test_another_builder_in_between_does_not_leave_the_site_behind(built: Book) -> None:
    built.write("south.csv", "42\n")
    text = ("--builder", "custom", "--custom-builder", "text")
    assert executed_pages(built.build(*text).stdout) == ["other"]
    assert executed_pages(built.build().stdout) == []
    assert "See 6.000" in _text(built, "other")
    assert "The other: 6.00" in _text(built, "index")
    assert "6.0" in (built.root / "_build/html/other.ipynb").read_text()


def test_papermill_alone_gives_the_same_values(built: Book) -> None:
    ended = built.run(
        "papermill", "chapter.ipynb", "plain.ipynb", "-p", "region", "south"
    )
    assert ended.returncode == 0, ended.stdout
    plain = (built.root / "plain.ipynb").read_text()
    expected = json.loads((built.root / "_build/results.json").read_text())
    assert f'"{expected["small.south.x"]}"' in plain


EDITS = {
    "a file": "open('lock.txt', 'w').write('2\\n')",
    "one more file of a pattern": "open('more/b.txt', 'w').write('')",
    "its own run file": "text = open('chapter.run.yml').read()\n"
    "open('chapter.run.yml', 'w').write(text.replace('number: 1', 'number: 2'))",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize(
    "first",
    [("jupyter-book", "build", "."), ("python", "-m", "papermill_pages", "accept")],
)
def test_what_is_edited_while_pages_run_is_found_by_the_next_build(
    book: Book, edit: str, first: tuple[str, ...]
) -> None:
    """A page's own cell is the editor, so that the edit falls between two states."""
    book.list_pages("chapter")
    book.write("index.md", "# Home\n")
    book.write("more/a.txt", "")
    (book.root / "chapter.ipynb").unlink()
    book.write_notebook("notebook.ipynb", edit, depends_on=["more/*.txt"])
    book.write_run(
        "chapter.run.yml", notebook="notebook.ipynb", parameters={"number": 1}
    )
    assert executed_pages(book.run(*first).stdout) == ["chapter"]
    assert executed_pages(book.build().stdout) == ["chapter"]
    assert executed_pages(book.build().stdout) == []
