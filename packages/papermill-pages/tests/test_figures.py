"""What a figure offers on its page: its data, its drawing, and words for its marks."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from papermill_pages.figures import FigureRenderer
from small_book import Book, make_book

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)
DATA = 'month,"rain, mm"\nMay,81.25\n'
NO_CODE = {"tags": ["remove-input"]}
MARKS = [[0.25, 0.4, 'May: "81" mm']]


def shows(bundle: dict[str, str], **metadata: object) -> str:
    picture = next(mime for mime in bundle if mime.startswith("image/"))
    described = {picture: metadata}
    return (
        "from IPython.display import display\n"
        f"display({bundle!r}, raw=True, metadata={described!r})"
    )


def write(book: Book, data: str) -> None:
    cells = [
        nbformat.v4.new_markdown_cell("# Rain", id="head"),
        nbformat.v4.new_code_cell(
            shows({"image/svg+xml": SVG, "text/csv": data}, marks=MARKS),
            id="drawn",
            metadata={
                "mystnb": {"figure": {"name": "fig-rain", "caption": "Rain fell."}},
                **NO_CODE,
            },
        ),
        nbformat.v4.new_code_cell(
            shows({"image/png": PNG, "text/csv": "a,b\n1,2\n"}),
            id="photo",
            metadata=NO_CODE,
        ),
        nbformat.v4.new_code_cell(
            shows({"image/png": PNG}), id="bare", metadata=NO_CODE
        ),
    ]
    kernel = {"name": "python3", "display_name": "P", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    book.write("chapter.ipynb", nbformat.writes(notebook))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    book = make_book(tmp_path_factory.mktemp("figures"), pages=["chapter"])
    book.configure()
    book.write("index.md", "# Home\n")
    write(book, DATA)
    built = book.build("--warningiserror")
    assert built.returncode == 0, built.stdout
    return book


def offers(book: Book) -> list[Tag]:
    page = BeautifulSoup(book.page("chapter"), "html.parser")
    return page.select("article .figure-files")


def file_behind(book: Book, link: Tag) -> Path:
    return book.root / "_build/html" / urljoin("chapter.html", str(link["href"]))


def test_below_its_caption_a_figure_offers_its_data_and_its_drawing(book: Book) -> None:
    drawn, photo = offers(book)
    above = drawn.find_previous_sibling()
    assert isinstance(above, Tag)
    assert above.name == "figure"
    data, drawing = drawn("a")
    assert [data.text, drawing.text] == ["Data (CSV)", "SVG"]
    assert file_behind(book, data).read_text(encoding="utf-8") == DATA
    assert file_behind(book, drawing).read_text(encoding="utf-8") == SVG
    assert [it["download"] for it in (data, drawing)] == [
        "chapter.fig-rain.csv",
        "chapter.fig-rain.svg",
    ]
    # A photograph is no drawing, and what brings no data offers nothing.
    assert [it.text for it in photo("a")] == ["Data (CSV)"]


def test_a_page_carries_the_marks_and_what_shows_them(book: Book) -> None:
    (marked,) = [it for it in offers(book) if it.has_attr("data-marks")]
    assert marked["data-marks"] == '250 400 May: "81" mm'
    for loaded in ("figures.js", "figures.css"):
        assert f"_static/{loaded}" in book.page("chapter")
        assert f"_static/{loaded}" not in book.page("index")


def test_what_a_figure_offers_is_no_text_of_the_page(book: Book) -> None:
    index = (book.root / "_build/html/searchindex.js").read_text(encoding="utf-8")
    assert '"fell"' in index
    assert not [it for it in ('"csv"', '"svg"', '"81"') if it in index]
    told = book.build("--builder", "custom", "--custom-builder", "text")
    assert told.returncode == 0, told.stdout
    text = (book.root / "_build/text/chapter.txt").read_text(encoding="utf-8")
    assert "Rain fell." in text
    assert not {"CSV", "81"} & {*text.split()}


def test_old_data_leave_the_site_with_their_figure(book: Book) -> None:
    old = file_behind(book, offers(book)[0].a or pytest.fail("no link"))
    write(book, DATA.replace("81.25", "80"))
    assert book.build().returncode == 0
    new = file_behind(book, offers(book)[0].a or pytest.fail("no link"))
    assert "80" in new.read_text(encoding="utf-8")
    assert not old.parent.exists()


def test_the_plug_in_leaves_other_outputs_to_myst_nb() -> None:
    from myst_nb.core.render import MimeData, load_mime_renders

    assert FigureRenderer in load_mime_renders()
    renderer: object = None
    other = MimeData("text/html", "<p>A table</p>")
    assert FigureRenderer.handle_mime(renderer, other, False) is None  # type: ignore[arg-type]
