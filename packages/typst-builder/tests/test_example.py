"""The example book, typeset and read back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pypdf
import pytest

from .conftest import Book, alternatives

EXAMPLE = Path(__file__).parents[1] / "example"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Book:
    root = tmp_path_factory.mktemp("example") / "book"
    shutil.copytree(EXAMPLE, root)
    book = Book(root)
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    return book


def test_title_contents_and_chapters_come_in_the_order_of_the_book(
    example: Book,
) -> None:
    title, contents, first, second = example.pages()
    assert title == (
        "The pendulum on the kitchen door How to weigh the Earth with a string "
        "A. Reader Text and data CC0."
    )
    assert contents.index("What a string can tell") < contents.index("Three strings")
    assert first.startswith("What a string can tell A weight on a string swings")
    assert second.startswith("At home Three strings Each pendulum")
    bookmarks = [mark.title for mark in pypdf.PdfReader(example.pdf).outline]
    assert bookmarks == ["What a string can tell", "Three strings"]


def test_the_figure_the_table_and_the_footnote_are_there(example: Book) -> None:
    _, _, first, second = example.pages()
    assert "Figure 1. The pendulum." in first
    assert "1Christiaan Huygens did so in 1659." in first
    table = "length, m time, s 0.25 10.0 0.50 14.2 1.00 20.1"
    assert f"Table 1. Ten swings of three strings {table}" in second


def test_a_cell_shows_its_code_and_what_it_put_out(example: Book) -> None:
    second = example.pages()[3]
    # 4 pi^2 times the mean of 0.25, 0.5 / 1.42^2 and 1 / 2.01^2, which is 0.24848.
    assert "g = 9.81 metres per second squared" in second
    assert second.index("from statistics import mean") < second.index("g = 9.81")


def test_figures_and_formulas_can_be_read_aloud(example: Book) -> None:
    said = set(alternatives(pypdf.PdfReader(example.pdf)))
    assert said == {
        "A weight hangs on a string of length L and is pulled aside by a small angle.",
        r"T = 2\pi\sqrt{\frac{L}{g}}",
        "L",
        "g",
    }


def test_a_formula_has_its_number_and_is_linked_to(example: Book) -> None:
    first = example.pages()[2]
    assert "(1) where" in first
    assert "turn equation (1) around" in first
    notes = [
        note.get_object()
        for page in pypdf.PdfReader(example.pdf).pages
        for note in page.annotations or ()
    ]
    inside = [note for note in notes if note["/Subtype"] == "/Link"]
    # Two lines of the contents, the measurements, the formula, and the drawing.
    assert len(inside) >= 5


def test_the_site_of_the_same_pages_has_the_code(example: Book) -> None:
    ended = example.build("html")
    assert ended.returncode == 0, ended.stdout
    html = (example.root / "_build/html/measurements.html").read_text(encoding="utf-8")
    assert "statistics" in html
