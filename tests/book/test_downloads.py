"""What a reader can take away: executed notebooks that run elsewhere, and the data."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

from .commands import BIN, run
from .published import PAGES, ROOT

EXECUTED = [
    page
    for page in PAGES
    if any(
        (ROOT / f"{page}{suffix}").is_file()
        for suffix in (".ipynb", ".run.yml", ".sweep.yml")
    )
]


def download_menu(built_book: Path, page: str) -> dict[str, Path]:
    path = built_book / f"{page}.html"
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    return {
        link.get_text(strip=True): (path.parent / str(link["href"])).resolve()
        for link in soup.select(".dropdown-download-buttons a")
    }


@pytest.mark.parametrize("page", EXECUTED)
def test_a_page_offers_its_executed_notebook(built_book: Path, page: str) -> None:
    offered = download_menu(built_book, page)["Notebook with results (.ipynb)"]
    assert offered == built_book / f"{page}.ipynb"
    notebook = nbformat.read(offered, as_version=4)
    nbformat.validate(notebook)
    note, *cells = notebook.cells
    assert f"is the page [{title_of(built_book, page)}](" in note.source
    assert "install `data-package-guard` and `rfe-labour`" in note.source
    executed = nbformat.read(built_book.parent / f"executed/{page}.ipynb", as_version=4)
    if (ROOT / f"{page}.sweep.yml").is_file():
        table = offered.with_suffix(".csv")
        assert table in download_menu(built_book, page).values()
        # It reads the table beside it, and there is nothing else that differs.
        tags = [cell.metadata.get("tags", ()) for cell in cells]
        place = ["injected-parameters" in own for own in tags].index(True)
        assert f'table = "{table.name}"' in cells[place].source
        executed.cells[place] = cells[place]
    for cell, source in zip(cells, executed.cells, strict=True):
        assert without_text(cell) == without_text(source)
    assert any(cell.get("outputs") for cell in cells)


def without_text(cell: NotebookNode) -> NotebookNode:
    """Take the Markdown out of a cell, of which a download's has no MyST."""
    if cell.cell_type == "markdown":
        del cell["source"]
    for output in cell.get("outputs", ()):
        output.get("data", {}).pop("text/markdown", None)
    return cell


@pytest.mark.parametrize("page", EXECUTED)
def test_the_text_of_a_download_reads_as_its_page_does(
    built_book: Path, page: str
) -> None:
    """No role, directive or empty link is left, and each number is that of the page."""
    path = built_book / f"{page}.html"
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    for formula in soup.select("math, .math"):
        formula.decompose()
    shown = words(soup.select_one("article"))
    markdown = MarkdownIt().enable("table").use(dollarmath_plugin)
    markdown.add_render_rule("math_inline", lambda *_: "")
    markdown.add_render_rule("math_block", lambda *_: "")
    _, *cells = nbformat.read(built_book / f"{page}.ipynb", as_version=4).cells
    for cell in cells:
        texts = [
            output.data["text/markdown"]
            for output in cell.get("outputs", ())
            if "text/markdown" in output.get("data", {})
            and "remove-cell" not in cell.metadata.get("tags", ())
        ]
        texts += [cell.source] if cell.cell_type == "markdown" else []
        for text in texts:
            assert "{glue:" not in text
            rendered = BeautifulSoup(markdown.render(text), "html.parser")
            assert all(link.get_text(strip=True) for link in rendered("a"))
            for block in rendered(["p", "li", "h1", "h2", "h3", "td", "th"]):
                if "On the page of the site," in block.get_text():
                    assert soup.select(".explorer")  # of which a line says that
                    continue
                assert words(block) in shown


def words(element: Tag | None) -> str:
    """Return what an element says, without spaces, shapes of quotes and dashes."""
    assert element is not None
    text = element.get_text().translate(str.maketrans("‘’“”", "''\"\""))
    return re.sub(r"[\s#]+", "", text).replace("…", "...")


def title_of(built_book: Path, page: str) -> str:
    path = built_book / f"{page}.html"
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    heading = soup.select_one("article h1")
    assert heading is not None
    return heading.get_text().removesuffix("#").strip()


@pytest.mark.parametrize("page", EXECUTED)
def test_the_links_of_a_download_lead_to_pages_and_places_of_the_book(
    built_book: Path, page: str
) -> None:
    for cell in nbformat.read(built_book / f"{page}.ipynb", as_version=4).cells:
        if cell.cell_type == "markdown":
            rendered = BeautifulSoup(MarkdownIt().render(cell.source), "html.parser")
            for link in rendered("a"):
                url, _, place = str(link["href"]).partition("#")
                if "://" not in url:
                    file = built_book / Path(page).parent / url
                    assert file.suffix == ".html"
                    html = file.read_text(encoding="utf-8")
                    assert not place or f'id="{place}"' in html


def test_a_page_offers_the_data_that_it_reads(built_book: Path) -> None:
    offered = download_menu(built_book, "book/tables/khabarovsk")
    assert (
        offered["Data: table3.csv"].read_bytes()
        == (ROOT / "data/table3.csv").read_bytes()
    )
    assert "Data: table1.csv" not in offered


def test_the_site_holds_the_whole_data_package(built_book: Path) -> None:
    for file in (ROOT / "data").iterdir():
        assert (built_book / "data" / file.name).read_bytes() == file.read_bytes()


def test_the_data_dictionary_links_to_each_file(built_book: Path) -> None:
    path = built_book / "book/appendix/data_dictionary.html"
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    linked = {
        (path.parent / str(link["href"])).resolve()
        for link in soup.select("article a[download]")
    }
    assert linked == set((built_book / "data").glob("*.csv"))


def test_a_downloaded_notebook_runs_elsewhere(built_book: Path, tmp_path: Path) -> None:
    """Install what its note says, and run the notebook far from the book.

    The packages of others that it needs are taken from the environment of the tests.
    """
    downloaded = nbformat.read(built_book / "book/tables/khabarovsk.ipynb", 4)
    (command,) = re.findall(r"(?m)^pip install (.*)$", downloaded.cells[0].source)
    assert shlex.split(command) == ["./packages/data-package-guard", ".[chapters]"]
    package = tmp_path / "package"
    install = ["uv", "pip", "install", "--quiet", "--no-deps", "--target", package]
    run(ROOT, BIN / install[0], *install[1:], *shlex.split(command))
    downloaded = tmp_path / "khabarovsk.ipynb"
    downloaded.write_bytes((built_book / "book/tables/khabarovsk.ipynb").read_bytes())
    again = tmp_path / "again.ipynb"
    run(
        tmp_path,
        BIN / "papermill",
        "--log-level=ERROR",
        "--no-progress-bar",
        downloaded,
        again,
        PYTHONPATH=str(package),
        MPLBACKEND="module://matplotlib_inline.backend_inline",
    )
    executed = built_book.parent / "executed/book/tables/khabarovsk.ipynb"
    assert outputs_of(again) == outputs_of(executed)
    before = "import rfe_labour; print(rfe_labour.__file__)"
    used = run(tmp_path, sys.executable, "-c", before, PYTHONPATH=str(package))
    assert Path(used.strip()).is_relative_to(package)


def outputs_of(path: Path) -> list[object]:
    """Return what the cells showed; glued values are outputs, too."""
    notebook = nbformat.read(path, as_version=4)
    return [
        (output.output_type, output.get("data"), output.get("text"))
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
