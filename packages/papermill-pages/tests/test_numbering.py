"""Tables with a number and a caption, and names that pages of one notebook share."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from small_book import Book, make_book

FRAME = 'from IPython.display import Markdown, display\nmade = Markdown("{}")\n'
ROWS = r"| year | mm |\n|---|---|\n| 1999 | 7 |"
CAPTION = "Rain in the year {glue:text}`year`; see {numref}`fig-rain`."
DRAWN = "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1))\nplt.plot([1, 2]);"
HEAD = "{numref}`tab-rain` and {numref}`fig-rain`, or [here](#fig-rain)."


def cell(source: str, **options: object) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata={"mystnb": options})


def write(book: Book, path: str, *cells: nbformat.NotebookNode, head: str) -> None:
    parameters = nbformat.v4.new_code_cell(
        'region: str = "north"', metadata={"tags": ["parameters"]}
    )
    for i, made in enumerate(cells):
        made["id"] = f"c{i}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {
        "kernelspec": kernel,
        "language_info": {"name": "python"},
        "papermill_pages": {"results": "{region}"},
    }
    text = nbformat.v4.new_markdown_cell(f"# A notebook\n\n{head}", id="head")
    notebook = nbformat.v4.new_notebook(
        cells=[text, parameters, *cells], metadata=metadata
    )
    book.write(path, nbformat.writes(notebook))


def configure(book: Book) -> None:
    book.configure()
    config = (book.root / "_config.yml").read_text()
    own = (
        "    numfig_format: {table: 'Table B%s'}\n    nb_render_markdown_format: myst\n"
    )
    book.write("_config.yml", config.replace("  config:\n", f"  config:\n{own}"))


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """One notebook that is two pages, and one that is a page of its own."""
    book = make_book(tmp_path_factory.mktemp("numbered"), ["north", "south", "alone"])
    configure(book)
    table = cell(
        f"from myst_nb import glue\nglue('year', 1999, display=False)\n"
        f"{FRAME.format(ROWS)}display(made)",
        table={"name": "tab-rain", "caption": CAPTION},
    )
    figure = cell(DRAWN, figure={"name": "fig-rain", "caption": "Rain"})
    write(book, "north.ipynb", table, figure, head=HEAD)
    parameters = {"region": "south"}
    book.write_run("south.run.yml", notebook="north.ipynb", parameters=parameters)
    table = cell(
        FRAME.format(ROWS) + "made",
        table={"name": "tab-alone", "caption": "Alone"},
    )
    write(book, "alone.ipynb", table, head="{numref}`tab-alone`")
    book.write(
        "index.md",
        "# Home\n\n{numref}`south.tab-rain`, {numref}`tab-alone` and "
        "{numref}`fig. %s <north.fig-rain>`.\n",
    )
    ended = book.build("--warningiserror", "--nitpick")
    assert ended.returncode == 0, ended.stdout
    return book


def soup(book: Book, page: str) -> BeautifulSoup:
    return BeautifulSoup(book.page(page), "html.parser")


def links(book: Book, page: str) -> dict[str, str]:
    paragraph = soup(book, page).select_one("article h1 + p")
    assert isinstance(paragraph, Tag)
    return {a.get_text(): str(a["href"]) for a in paragraph("a")}


def led_to(book: Book, page: str, link: str) -> Tag:
    path, _, node_id = link.partition("#")
    found = soup(book, path.removesuffix(".html") or page).find(id=node_id)
    assert isinstance(found, Tag)
    return found


def test_a_table_has_a_number_and_its_caption_in_the_place_for_captions(
    numbered: Book,
) -> None:
    for page, number in (("north", 1), ("south", 2)):
        (caption,) = soup(numbered, page).select(".cell_output table > caption")
        for link in caption.select(".headerlink"):
            link.decompose()
        assert caption.get_text() == (
            f"Table B{number} Rain in the year 1999; see Fig. {number}."
        )


def test_pages_of_one_notebook_lead_each_to_its_own_table_and_figure(
    numbered: Book,
) -> None:
    for page, number in (("north", 1), ("south", 2)):
        found = links(numbered, page)
        assert list(found) == [f"Table B{number}", f"Fig. {number}", "here"]
        table, figure, here = (led_to(numbered, page, it) for it in found.values())
        assert table.name == "table"
        assert figure == here
        assert figure.name == "figure"
        assert numbered.page(page).count(f'id="{table["id"]}"') == 1
        assert "table-of-cell" not in numbered.page(page)
    assert list(links(numbered, "alone").values()) == ["#tab-alone"]


def test_another_page_names_the_page_whose_table_it_means(numbered: Book) -> None:
    found = links(numbered, "index")
    assert list(found) == ["Table B2", "Table B3", "fig. 1"]
    assert [link.partition("#")[0] for link in found.values()] == [
        "south.html",
        "alone.html",
        "north.html",
    ]


def test_a_download_shows_the_number_and_the_caption(numbered: Book) -> None:
    notebook = nbformat.read(numbered.root / "_build/html/south.ipynb", as_version=4)
    texts = [
        output.data["text/markdown"]
        for it in notebook.cells
        for output in it.get("outputs", ())
        if "text/markdown" in output.get("data", {})
    ]
    assert len(texts) == 1
    assert texts[0].startswith("**Table B2** Rain in the year 1999; see [Fig. 2](")
    head = notebook.cells[1].source
    assert "[Table B2](" in head
    assert "[here](" in head


def test_what_shows_no_table_or_more_than_one_is_told_with_its_page_and_cell(
    tmp_path: Path,
) -> None:
    book = make_book(tmp_path, ["alone"])
    configure(book)
    table = {"name": "tab-x", "caption": "X"}
    twice = cell(f"{FRAME.format(ROWS)}display(made)\nmade", table=table)
    two = FRAME.format(rf"{ROWS}\n\nand\n\n{ROWS}") + "made"
    none = cell(FRAME.format("no table") + "made", table=table)
    bare = cell(FRAME.format(ROWS) + "made", table={"name": "tab-x"})
    other = cell(two, table={"caption": "X"})
    write(book, "alone.ipynb", twice, other, none, bare, head="")
    text = re.sub(r"\x1b\[[0-9;]*m", "", book.build().stdout)
    said = [line.partition(": WARNING: cell ") for line in text.splitlines()]
    warnings = [(place, told) for place, mark, told in said if mark]
    assert {place.rpartition("/")[2] for place, _ in warnings} == {"alone.ipynb"}
    assert sorted(told.partition(". ")[0] for _, told in warnings) == [
        "[2]: its metadata describe the table 'tab-x', and it shows 2 outputs",
        "[3]: its metadata describe the table '', and it shows 2 tables",
        "[4]: its metadata describe the table 'tab-x', and it shows 0 tables",
        "[5]: the table 'tab-x' has no caption.",
    ]
