"""The example: built as a reader would, its pages state what its data say."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from small_book import EXAMPLE, Book, copy_of_example, executed_pages

# Counted and added by hand from the twelve lines of rain.csv.
WET_DAYS = {
    ("harbour", 0.1): 7,
    ("harbour", 1.0): 5,
    ("harbour", 5.0): 1,
    ("hill", 0.1): 9,
    ("hill", 1.0): 7,
    ("hill", 5.0): 4,
}
TOTALS = {"harbour": 20.2, "hill": 39.0}


def text(book: Book, page: str) -> str:
    article = BeautifulSoup(book.page(page), "html.parser").article
    assert article is not None
    return " ".join(article.get_text(" ").split())


def test_a_page_and_a_run_state_what_fell_at_their_stations(example: Book) -> None:
    harbour = text(example, "station")
    assert harbour.startswith("Rain at the harbour")
    assert "Of 12 days, 5 were wet: at least 1.0 mm fell." in harbour
    assert "On a wet day, 3.82 mm fell on average." in harbour  # 19.1 / 5
    hill = text(example, "hill")
    assert hill.startswith("Rain on the hill")
    assert "Of 12 days, 7 were wet: at least 1.0 mm fell." in hill
    assert "On a wet day, 5.43 mm fell on average." in hill  # 38.0 / 7


def test_the_first_page_states_what_the_others_computed(example: Book) -> None:
    first = text(example, "index")
    assert "It found 7 wet days, where the harbour had 5 ." in first
    assert "reports on all 6 of them" in first


def test_the_report_shows_every_point_of_the_sweep(example: Book) -> None:
    page = BeautifulSoup(example.page("thresholds"), "html.parser")
    rows = [
        [cell.get_text(strip=True) for cell in row("td")]
        for row in page.select("article .cell_output table tr")
    ]
    shown = {
        (station, float(wet.removesuffix(" mm"))): int(days)
        for station, wet, days, _ in rows[1:]
    }
    assert shown == WET_DAYS
    with (example.root / "_build/sweeps/thresholds.csv").open(newline="") as file:
        points = list(csv.DictReader(file))
    assert {point["station"]: float(point["total"]) for point in points} == TOTALS


def test_the_expected_results_are_those_of_the_pages(example: Book) -> None:
    assert executed_pages(example.build().stdout) == []
    ended = example.run("python", "-m", "papermill_pages", "check")
    assert ended.returncode == 0, ended.stdout
    assert "All as expected: 13 values of 3 pages" in ended.stdout


def test_the_sources_have_no_outputs_and_need_no_library() -> None:
    allowed = {"csv", "math", "statistics", "IPython.display", "myst_nb"}
    for path in EXAMPLE.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None
            for line in cell.source.splitlines():
                if cell.cell_type == "code" and line.startswith(("import ", "from ")):
                    assert line.split()[1] in allowed


@pytest.mark.parametrize(
    ("command", "settings"),
    [(("jupyter-book", "build", "."), 'paths = "src"'), (("pytask",), "")],
)
def test_a_book_may_lie_in_another_project_of_pytask(
    tmp_path: Path, command: tuple[str, ...], settings: str
) -> None:
    section = f'[tool.pytask.ini_options]\nignore = ["docs"]\n{settings}\n'
    Book(tmp_path).write("pyproject.toml", section)
    book = copy_of_example(tmp_path / "docs")
    ended = book.run(*command)
    assert ended.returncode == 0, ended.stdout
    results = json.loads((book.root / "_build/results.json").read_text())
    assert results["rain.hill.total"] == TOTALS["hill"]
    assert not (tmp_path / "pytask.lock").exists()


def test_durations_of_a_book_that_was_never_built_count_the_points_of_its_sweep(
    tmp_path: Path,
) -> None:
    book = copy_of_example(tmp_path / "book")
    # Each kernel starts anew, with all that it imports.
    book.list_pages("station", "thresholds")
    book.replace("thresholds.sweep.yml", "[0.1, 1.0, 5.0]", "[1.0]")
    ended = book.run("python", "-m", "papermill_pages", "durations", "durations.json")
    assert ended.returncode == 0, ended.stdout
    pages = json.loads((book.root / "durations.json").read_text())["pages"]
    assert set(pages) == {"station", "thresholds"}
    # Two points and the report, where the other starts one kernel.
    assert pages["thresholds"]["seconds"] > pages["station"]["seconds"]
    # A kernel holds Python, IPython and ZeroMQ, and less than a computer does.
    assert all(20 < page["megabytes"] < 5000 for page in pages.values())
    with (book.root / "_build/sweeps/thresholds.csv").open(newline="") as file:
        days = [int(point["wet_days"]) for point in csv.DictReader(file)]
    assert days == [WET_DAYS["harbour", 1.0], WET_DAYS["hill", 1.0]]


def test_sphinx_alone_renders_the_bytes_of_jupyter_book(
    example: Book, tmp_path: Path
) -> None:
    left = shutil.ignore_patterns("html", ".doctrees")
    book = Book(tmp_path / "book")
    shutil.copytree(example.root, book.root, ignore=left)
    assert book.run("jupyter-book", "config", "sphinx", ".").returncode == 0
    options = ("-W", "-d", "_build/doctrees")
    ended = book.run("sphinx-build", *options, ".", "_build/html")
    assert ended.returncode == 0, ended.stdout
    assert executed_pages(ended.stdout) == []
    assert book.site() == example.site()
