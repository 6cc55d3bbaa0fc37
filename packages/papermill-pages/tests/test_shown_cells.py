"""What a reader sees of a notebook's cells: its parameters, and where numbers lead."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from small_book import Book, make_book

TITLE = "What a reader may change"


def soup(book: Book, page: str) -> BeautifulSoup:
    return BeautifulSoup(book.page(page), "html.parser")


def parameters(book: Book, page: str) -> list[list[str]]:
    """The rows of the table of parameters; none if there is no such table."""
    title = soup(book, page).find("p", class_="rubric", string=TITLE)
    if title is None:
        return []
    table = title.find_next("table")
    assert isinstance(table, Tag)
    return [
        [" ".join(cell.get_text().split()) for cell in row(["th", "td"])]
        for row in table("tr")
    ]


def write_cells(
    book: Book, path: str, *cells: tuple[str, str], head: str = "", **declared: str
) -> None:
    """Write a notebook of code cells, each with its tags in one text."""
    new = nbformat.v4
    made = [new.new_markdown_cell(f"# A notebook\n\n{head}", id="head")]
    made += [
        new.new_code_cell(source, id=f"c{i}", metadata={"tags": tags.split()})
        for i, (tags, source) in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "papermill_pages": declared}
    text = nbformat.writes(new.new_notebook(cells=made, metadata=metadata))
    book.write(path, text)


# Parameters


def test_a_page_and_a_run_show_their_own_parameters_with_help_and_what_is_allowed(
    example: Book,
) -> None:
    for page, station in (("station", "'harbour'"), ("hill", "'hill'")):
        assert parameters(example, page) == [
            ["parameter", "value", "meaning", "allowed"],
            ["station", station, "where it rained", "harbour, hill"],
            ["wet", "1.0", "mm that make a day wet", "number"],
        ]


def test_a_line_says_how_to_change_a_value_and_in_which_cell(example: Book) -> None:
    for page, cell in (
        ("station", "edit the cell of these parameters and run all cells."),
        ("hill", "edit the cell that begins with # Parameters and run all cells."),
    ):
        (line,) = soup(example, page).select("p.parameters-how")
        assert line.get_text() == (
            "To change a value, download the notebook (the arrow at the top of the "
            f"page), {cell}"
        )
        assert line.find_previous("table") == soup(example, page).select_one("table")
    assert soup(example, "thresholds").select("p.parameters-how") == []


def test_where_nothing_is_offered_no_line_says_how_to_download_it(
    tmp_path: Path,
) -> None:
    book = make_book(tmp_path)
    book.replace(
        "_config.yml",
        "papermill_pages:\n",
        "html_theme_options: {use_download_button: false}\n    papermill_pages:\n",
    )
    assert book.build().returncode == 0
    assert parameters(book, "chapter")
    assert "To change a value" not in book.page("chapter")


def test_the_code_of_the_parameters_is_one_toggle_away(example: Book) -> None:
    page = soup(example, "hill")
    (folded,) = page.select("article details")
    code = [block.get_text() for block in folded.select("pre")]
    assert code[0].startswith('station: str = "harbour"  # where it rained')
    assert code[1] == '# Parameters\nstation = "hill"\n'
    assert page.get_text().count('station = "hill"') == 1
    assert folded.find_previous("table") == page.select_one("article table")


def test_the_table_that_a_sweep_hands_to_its_report_is_not_the_readers_to_change(
    example: Book,
) -> None:
    assert parameters(example, "thresholds") == []
    assert "# the table of the sweep" in soup(example, "thresholds").get_text()


def test_any_types_and_defaults_are_shown_as_a_notebook_writes_them(
    book: Book,
) -> None:
    declared = (
        "from typing import Optional\n"
        "names: list[str] = [\n    'one',\n    'two|three',\n]\n"
        'text: str = ""\n'
        "less: int = -3\n"
        "rates: Optional[list[float]] = None\n"
        "flags: list[bool] = [True]\n"
        'more: dict = {"a": [1, {"b": None}]}\n'
        "small: float = 1e-300"
    )
    write_cells(book, "chapter.ipynb", ("parameters", declared))
    write_cells(book, "plain.ipynb", ("", "print(1)"))
    write_cells(book, "empty.ipynb", ("parameters", "# none yet"))
    write_cells(book, "removed.ipynb", ("parameters remove-cell", "n: int = 1"))
    book.list_pages("chapter", "plain", "empty", "removed")
    book.write("index.md", "# Home\n")
    ended = book.build("--warningiserror", "--nitpick")
    assert ended.returncode == 0, ended.stdout
    # No parameter has a comment, so there is no column for what they mean.
    assert parameters(book, "chapter") == [
        ["parameter", "value", "allowed"],
        ["names", "['one', 'two|three']", "list of texts"],
        ["text", "''", "text"],
        ["less", "-3", "whole number"],
        ["rates", "None", "list of numbers, or None"],
        ["flags", "[True]", "list of True or False"],
        ["more", "{'a': [1, {'b': None}]}", "mapping"],
        ["small", "1e-300", "number"],
    ]
    for page in ("plain", "empty", "removed"):
        assert parameters(book, page) == []
    assert "# none yet" in soup(book, "empty").get_text()


def test_an_author_can_switch_the_table_off_and_on_again(book: Book) -> None:
    for shown in (True, False, True):
        book.configure(depends_on=["lock.txt"], show_parameters=shown)
        ended = book.build()
        assert ended.returncode == 0, ended.stdout
        page = soup(book, "other")
        assert bool(parameters(book, "other")) == shown
        assert bool(page.select("article details")) == shown
        assert 'region = "south"' in page.get_text()


# Where numbers lead


def leads_to(book: Book, page: str, name: str) -> str:
    """The code of the cell to which a result's own link leads."""
    link = soup(book, "index").find("a", string=re.compile(rf"^{name}$"))
    assert isinstance(link, Tag)
    file, _, node_id = str(link["href"]).partition("#")
    assert file == f"{page}.html"
    target = soup(book, page).find(id=node_id)
    assert target is not None, node_id
    cell = target if "cell" in (target.get("class") or ()) else target.parent
    assert isinstance(cell, Tag)
    code = cell.select_one(".cell_input pre")
    return code.get_text().strip() if code else str(cell.name)


IMPORT = "from myst_nb import glue"
FORMATS = (
    "from IPython.display import Markdown\n"
    "glue('frame', Markdown('| n |\\n|---|\\n| 7 |'), display=False)\n"
)


def glues(name: str) -> str:
    return f"glue('{name}', 1.5, display=False)"


@pytest.fixture(scope="module")
def open_book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Pages whose values are glued where a reader does not see it."""
    book = Book(tmp_path_factory.mktemp("open"))
    book.configure()
    book.list_pages("shown", "folded", "removed")
    write_cells(
        book,
        "shown.ipynb",
        ("remove-cell", f"{IMPORT}\n{glues('first')}\n{FORMATS}"),
        ("hide-input", f"import math\n{glues('folded')}"),
        ("", "one = 1"),
        ("", "two = 2\n" + glues("visible")),
        ("hide-input", "print('drawn')\n" + glues("drawn")),
        ("remove-cell", glues("second") + "\n" + glues("third")),
        ("hide-cell", glues("away")),
        ("", "three = 3"),
        ("remove-input remove-output", glues("last")),
        head="It is {glue:text}`second:.2f`.\n\n```{glue:md} frame\n:format: myst\n```",
        results="shown",
    )
    write_cells(
        book,
        "folded.ipynb",
        ("remove-cell", f"{IMPORT}\n{glues('removed')}"),
        ("hide-input", "one = 1\n" + glues("folded")),
        results="folded",
    )
    write_cells(
        book,
        "removed.ipynb",
        ("remove-cell", f"{IMPORT}\n{glues('only')}"),
        results="removed",
    )
    results = [
        *(f"shown.{n}" for n in ("first", "folded", "visible", "drawn", "second")),
        *(f"shown.{n}" for n in ("third", "away", "last")),
        *("folded.removed", "folded.folded", "removed.only"),
    ]
    refs = "\n".join(f"- {{ref}}`result.{key}`" for key in results)
    pasted = "{glue:text}`shown.ipynb::third:.3f`"
    book.write(
        "index.md", f"# Home\n\nThird is {pasted}.\n\n{refs}\n\n```{{exhibits}}\n```\n"
    )
    ended = book.build("--warningiserror", "--nitpick")
    assert ended.returncode == 0, ended.stdout
    return book


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("first", "one = 1"),  # none is before it
        ("folded", "one = 1"),
        ("visible", "two = 2"),
        ("drawn", "print('drawn')"),  # folded, but its output is there
        ("third", "two = 2"),
        ("away", "two = 2"),
        ("last", "three = 3"),
    ],
)
def test_a_hidden_result_leads_to_the_nearest_code_that_is_shown(
    open_book: Book, key: str, code: str
) -> None:
    assert leads_to(open_book, "shown", f"shown.{key}").startswith(code)


def test_on_a_page_that_shows_no_code_a_result_leads_to_what_can_be_unfolded(
    open_book: Book,
) -> None:
    for key in ("removed", "folded"):
        assert leads_to(open_book, "folded", f"folded.{key}").startswith("one = 1")


def test_on_a_page_without_any_code_a_result_leads_to_its_head(open_book: Book) -> None:
    assert leads_to(open_book, "removed", "removed.only") == "section"


def test_a_value_or_a_table_glued_in_a_removed_cell_stands_in_prose(
    open_book: Book,
) -> None:
    page = soup(open_book, "shown")
    assert "It is 1.50." in page.get_text()
    assert page.select("article table td")[0].get_text(strip=True) == "7"
    pasted = soup(open_book, "index").find("a", string="1.500")
    assert isinstance(pasted, Tag)
    assert str(pasted["href"]) == "shown.html#result-shown-third"
    results = json.loads((open_book.root / "_build/results.json").read_text())
    assert results["shown.second"] == 1.5
    assert "shown.frame" not in results


def test_anchors_keep_their_order_and_are_never_given_twice(open_book: Book) -> None:
    found = re.findall(r'id="((?:cell|result)-[\w-]+)"', open_book.page("shown"))
    assert len(found) == len(set(found))
    expected = ["cell-2", "cell-3", "result-shown-first", "result-shown-folded"]
    expected += ["cell-4", "result-shown-visible", "result-shown-second"]
    expected += ["result-shown-third", "result-shown-away", "cell-5"]
    expected += ["result-shown-drawn", "cell-7", "cell-8", "result-shown-last"]
    assert sorted(found) == sorted(expected)


def test_every_link_of_the_list_of_exhibits_leads_to_a_cell(open_book: Book) -> None:
    index = soup(open_book, "index")
    links = [str(a["href"]) for a in index.select("table.papermill-pages a")]
    assert len(links) > 3
    for link in links:
        page, _, node_id = link.partition("#")
        assert soup(open_book, page.removesuffix(".html")).find(id=node_id), link
