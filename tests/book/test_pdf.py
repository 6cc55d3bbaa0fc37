"""The book as one PDF: what a referee reads, prints and clicks."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pypdf
import pypdfium2 as pdfium
import pytest
from bs4 import BeautifulSoup

from tests.conftest import BUILD
from tests.rfe_labour.printed_page import WORKERS, by_year

from .commands import BIN, run
from .published import PAGE_OF_TABLE, PAGES, ROOT

COMMITTED = "1700000000"  # 14 November 2023
MARGIN = 20  # millimetres in which nothing may stand but the page's number and title
POINT = 25.4 / 72


@pytest.fixture(scope="module")
def made(built_book: Path) -> bytes:
    """The PDF of the pages that `built_book` executed."""
    typeset = ("--builder", "custom", "--custom-builder", "typst")
    program, *arguments = (*BUILD, *typeset)
    said = run(ROOT, BIN / program, *arguments, SOURCE_DATE_EPOCH=COMMITTED)
    assert ": executed in" not in said
    return (built_book.parent / "typst" / "book.pdf").read_bytes()


@pytest.fixture(scope="module")
def pdf(made: bytes, tmp_path_factory: pytest.TempPathFactory) -> pypdf.PdfReader:
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    path.write_bytes(made)
    return pypdf.PdfReader(path)


@pytest.fixture(scope="module")
def texts(made: bytes) -> list[str]:
    """What stands on each page."""
    pages = (page.get_textpage() for page in pdfium.PdfDocument(made))
    return [" ".join(page.get_text_range().split()) for page in pages]


def article(built_book: Path, page: str) -> BeautifulSoup:
    html = (built_book / f"{page}.html").read_text(encoding="utf-8")
    return BeautifulSoup(html, "html.parser").select_one("article") or pytest.fail(page)


def headings(built_book: Path, page: str, level: int) -> list[str]:
    found = article(built_book, page).select(f"section > h{level}")
    return [heading.get_text().removesuffix("#").strip() for heading in found]


def test_its_bookmarks_are_the_chapters_and_their_sections(
    pdf: pypdf.PdfReader, built_book: Path
) -> None:
    bookmarks = list(pdf.outline)
    chapters = [mark.title for mark in bookmarks if not isinstance(mark, list)]
    sections = [
        [mark.title for mark in marks if not isinstance(mark, list)]
        for marks in bookmarks
        if isinstance(marks, list)
    ]
    titles = [headings(built_book, page, 1)[0] for page in PAGES]
    assert chapters == ["Introduction", *titles[1:]]
    expected = [headings(built_book, page, 2) for page in PAGES]
    assert sections == [names for names in expected if names]


def test_its_first_pages_name_the_book_its_date_and_the_page_of_each_chapter(
    pdf: pypdf.PdfReader, texts: list[str], built_book: Path
) -> None:
    title = headings(built_book, PAGES[0], 1)[0]
    assert texts[0].startswith(title)
    assert "14 November 2023" in texts[0]
    assert pdf.metadata is not None
    assert pdf.metadata.title == title
    opening = next(i for i, text in enumerate(texts) if text.startswith("Introduction"))
    contents = " ".join(texts[1:opening])
    for mark in pdf.outline:
        if not isinstance(mark, list):
            number = pdf.get_destination_page_number(mark)
            assert number is not None
            assert re.search(
                rf"{re.escape(mark.title)}[ .]*{number + 1}\b", contents
            ), mark.title


def test_its_contents_are_the_chapters_on_one_page_and_machine_lists_are_not_in_it(
    pdf: pypdf.PdfReader, texts: list[str]
) -> None:
    opening = next(i for i, text in enumerate(texts) if text.startswith("Introduction"))
    assert opening == len(["the title", "the contents"])
    names = [mark.title for mark in pdf.outline if not isinstance(mark, list)]
    starts = {
        mark.title: pdf.get_destination_page_number(mark) or 0
        for mark in pdf.outline
        if not isinstance(mark, list)
    }

    def sheets(chapter: str) -> int:
        return starts[names[names.index(chapter) + 1]] - starts[chapter]

    programs, ledger = "Programs and outputs", "The ledger of claims"
    assert sheets(programs) <= 2
    assert "in the web edition" in texts[starts[programs]]
    assert sheets(ledger) < 35


@pytest.mark.parametrize("table", PAGE_OF_TABLE)
def test_the_printed_workers_stand_in_it(texts: list[str], table: str) -> None:
    for number in by_year(*WORKERS[table]).values():
        assert number in " ".join(texts)


def test_it_holds_the_figures_of_the_site_as_drawings_with_their_words(
    pdf: pypdf.PdfReader, made: bytes, built_book: Path
) -> None:
    expected = [
        str(image["alt"])
        for page in PAGES
        for image in article(built_book, page)("img")
    ]
    found = [
        str(part["/Alt"])
        for part in map(pypdf.generic.IndirectObject.get_object, objects(pdf))
        if isinstance(part, pypdf.generic.DictionaryObject)
        and part.get("/S") == "/Figure"
        and "/Alt" in part
    ]
    assert sorted(found) == sorted(expected)
    shown = {
        Path(str(image["src"])).name
        for page in PAGES
        for image in article(built_book, page)("img")
    }
    drawings = ((built_book / "_images" / name).read_text() for name in shown)
    pixels = [
        picture
        for page in pdfium.PdfDocument(made)
        for picture in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE])
    ]
    assert len(pixels) == sum(drawing.count("<image") for drawing in drawings)


def objects(pdf: pypdf.PdfReader) -> list[pypdf.generic.IndirectObject]:
    return [
        pypdf.generic.IndirectObject(number, 0, pdf)
        for number in range(1, int(pdf.trailer["/Size"]))
    ]


def test_links_out_of_the_book_are_those_of_the_site(
    pdf: pypdf.PdfReader, built_book: Path
) -> None:
    expected = {
        str(link["href"])
        for page in PAGES
        for link in article(built_book, page).select("a[href^=http]")
    }
    followed = [action_of(link) for link in links(pdf)]
    assert expected <= {str(action["/URI"]) for action in followed if "/URI" in action}


def test_links_inside_the_book_lead_to_a_page(pdf: pypdf.PdfReader) -> None:
    inside = [link for link in links(pdf) if "/URI" not in action_of(link)]
    known = set(pdf.named_destinations)
    assert len(inside) > 100
    for link in inside:
        target = link.get("/Dest", action_of(link).get("/D")).get_object()
        assert isinstance(target, list) or str(target) in known


def links(pdf: pypdf.PdfReader) -> list[pypdf.generic.DictionaryObject]:
    notes = (note.get_object() for page in pdf.pages for note in page.annotations or ())
    return [note for note in notes if note["/Subtype"] == "/Link"]


def action_of(
    link: pypdf.generic.DictionaryObject,
) -> pypdf.generic.DictionaryObject:
    action = link.get("/A", pypdf.generic.DictionaryObject()).get_object()
    assert isinstance(action, pypdf.generic.DictionaryObject)
    return action


def test_nothing_is_cut_off_at_the_side_of_a_page(made: bytes) -> None:
    for number, page in enumerate(pdfium.PdfDocument(made), start=1):
        ink = page.render(scale=1, grayscale=True).to_numpy() < 250
        side = round(MARGIN / POINT)
        assert not ink[:, :side].any(), f"page {number}, left"
        assert not ink[:, -side:].any(), f"page {number}, right"
        assert np.mean(ink) < 0.4, f"page {number}"


def test_it_can_be_read_aloud_and_archived(pdf: pypdf.PdfReader) -> None:
    said = pdf.xmp_metadata
    assert said is not None
    packet = said.stream.get_data().decode()
    assert re.search(r"pdfuaid:part(>|=\")1", packet)
    assert re.search(r"pdfaid:part(>|=\")2", packet)
    assert re.search(r"pdfaid:conformance(>|=\")A", packet)
