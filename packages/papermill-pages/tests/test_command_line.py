"""The one command line: its help, its errors and its exit codes."""

from __future__ import annotations

import io
import re
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from papermill_pages.outputs import print_whatever
from small_book import Book, without

COMMANDS = ("check", "accept", "report", "sweep", "package", "durations")
ENGINE = ("python", "-m", "papermill_pages")


@pytest.mark.parametrize("program", [("papermill-pages",), ENGINE])
def test_help_lists_every_command(book: Book, program: tuple[str, ...]) -> None:
    ended = book.run(*program, "--help")
    assert ended.returncode == 0
    lines = [line.split() for line in ended.stdout.splitlines()]
    listed = [words[0] for words in lines if words and words[0] in COMMANDS]
    assert listed == list(COMMANDS)
    assert "exit codes:" in ended.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_help_of_its_own(book: Book, command: str) -> None:
    ended = book.run(*ENGINE, command, "--help")
    assert ended.returncode == 0
    assert ended.stdout.startswith(f"usage: python -m papermill_pages {command}")
    assert "--book FOLDER" in ended.stdout
    assert not book.kernels_started()


@pytest.mark.parametrize(
    "arguments",
    [("check",), ("accept",), ("report",), ("package",), ("durations", "file.json")],
)
def test_a_folder_that_is_no_book_is_told(
    book: Book, arguments: tuple[str, ...]
) -> None:
    (book.root / "_config.yml").unlink()
    ended = book.run(*ENGINE, *arguments)
    assert ended.returncode == 2
    assert f"{book.root} is not a book of papermill_pages" in ended.stdout
    assert "Traceback" not in ended.stdout


def test_a_folder_of_sweeps_needs_no_settings(book: Book) -> None:
    (book.root / "_config.yml").unlink()
    book.write("grid.sweep.yml", "notebook: chapter.ipynb\ngrid: {number: [1]}\n")
    ended = book.run(*ENGINE, "sweep", "grid.sweep.yml")
    assert ended.returncode == 0, ended.stdout
    assert "1 points: _build/sweeps/grid.csv" in ended.stdout


def test_a_command_runs_on_another_folder(book: Book, tmp_path: Path) -> None:
    elsewhere = Book(tmp_path / "elsewhere")
    elsewhere.write("here", "")
    ended = elsewhere.run(*ENGINE, "durations", "file.json", "--book", str(book.root))
    assert ended.returncode == 0, ended.stdout
    assert re.search(r"^other: [\d.]+ s, \d+ MB$", ended.stdout, re.MULTILINE)
    assert '"chapter"' in (elsewhere.root / "file.json").read_text()


def test_a_page_that_fails_is_told_with_its_cell(book: Book) -> None:
    book.write_notebook("chapter.ipynb", "1 / 0")
    ended = book.run(*ENGINE, "durations", "file.json")
    assert ended.returncode == 2
    assert "chapter.ipynb: failed in cell [3]: ZeroDivisionError" in ended.stdout
    assert not (book.root / "file.json").exists()


def test_help_needs_none_of_the_packages_that_take_long_to_import(
    book: Book, tmp_path: Path
) -> None:
    slow = without(tmp_path / "hidden", "papermill", "pytask", "sphinx", "rocrate")
    ended = book.run(sys.executable, *ENGINE[1:], "--help", env=slow)
    assert ended.returncode == 0, ended.stdout


def test_the_package_needs_no_library_of_data_analysis() -> None:
    names = {one.split(";")[0].lower() for one in requires("papermill-pages") or ()}
    for library in ("pandas", "statsmodels", "seaborn", "matplotlib", "numpy"):
        assert not any(name.startswith(library) for name in names)


def test_what_a_terminal_cannot_show_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    terminal = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    print_whatever()
    print("−1…")
    terminal.flush()
    assert written.getvalue() == rb"\u22121\u2026" + b"\n"
