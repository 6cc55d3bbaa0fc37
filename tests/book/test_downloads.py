"""What a reader can take away: executed notebooks that run elsewhere, and the data."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

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
    assert cells == executed.cells
    assert any(cell.get("outputs") for cell in cells)


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
    assert outputs_of(again) == outputs_of(downloaded)
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
