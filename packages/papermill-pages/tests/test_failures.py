"""A page that fails or changes: nothing is lost, and nothing else shows."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import nbformat
import pytest
from papermill_pages.build import KEY, Build
from papermill_pages.hooks import tell_unwritable
from papermill_pages.settings import Settings
from small_book import Book, executed_pages, make_book

FAILING = (
    'glue("x", 1.0, display=False)',
    "def divide(number):\n    return number / 0",
    'if region == "south":\n    divide(number)',
    "print('after')",
)


def test_a_failing_cell_fails_the_build_after_all_other_pages_ran(
    tmp_path: Path,
) -> None:
    book = make_book(tmp_path)
    book.write_notebook("chapter.ipynb", *FAILING, results="small.{region}")
    ended = book.build()
    assert ended.returncode != 0
    assert executed_pages(ended.stdout) == ["chapter"]
    error = ended.stdout.split("ERROR: ")[1]
    assert "other.run.yml: chapter.ipynb failed in cell [6]" in error
    assert "ZeroDivisionError: division by zero" in error
    assert "return number / 0" in error
    assert "papermill_pages" not in error
    kept = tmp_path / "_build/unfinished/other.ipynb"
    assert "_build/unfinished/other.ipynb" in error
    sources = [cell.source for cell in nbformat.read(kept, as_version=4).cells]
    assert any("number = 5" in source for source in sources)
    assert FAILING[2] in sources
    assert not (tmp_path / "_build/executed/other.ipynb").exists()

    book.write_notebook("chapter.ipynb", FAILING[0], results="small.{region}")
    mended = book.build()
    assert mended.returncode == 0, mended.stdout
    assert not kept.exists()


def test_an_earlier_execution_survives_a_later_failure(tmp_path: Path) -> None:
    book = make_book(tmp_path, pages=["chapter"])
    book.write("index.md", "# Home\n")
    assert book.run("pytask").returncode == 0
    before = book.executed()
    book.write_notebook("chapter.ipynb", "raise RuntimeError('later')")
    assert book.run("pytask").returncode != 0
    assert book.executed() == before


def test_two_folders_zones_locales_and_hash_seeds_give_the_same_bytes(
    tmp_path: Path,
) -> None:
    """The page prints what commonly differs between two machines or two runs."""
    code = (
        "import sys, time, warnings\n"
        "print(set('abcdefgh'), object(), time.strftime('%Z'))\n"
        "warnings.warn('beware', stacklevel=1)\n"
        "print('to the error stream', file=sys.stderr)\n"
        "print('and back')",
        "def here():\n    pass\nhere",
        'glue("x", hash("text") % 1000 / 7, display=False)',
    )
    seen = []
    elsewhere = {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    for folder, env in (("first", {"TZ": "UTC"}), ("a longer name", elsewhere)):
        root = tmp_path / folder
        root.mkdir()
        book = make_book(root, pages=["chapter"])
        book.write_notebook("chapter.ipynb", *code, results="small.{region}")
        ended = book.run("pytask", env=env)
        assert ended.returncode == 0, ended.stdout
        seen.append(book.executed())
    assert len(seen[0]) == 2
    assert seen[0] == seen[1]
    text = seen[0]["executed/chapter.ipynb"].decode()
    assert str(tmp_path) not in text
    assert "beware" in text


def test_a_page_changed_and_changed_back_leaves_no_trace_in_the_site(
    book: Book,
) -> None:
    book.write("_toc.yml", "format: jb-book\nroot: index\n")
    book.write("index.md", "# Home\n\nAs it was.\n")
    assert book.build().returncode == 0
    site = book.site()
    book.write("index.md", "# Home, with a passing word\n\nAnother.\n")
    assert book.build().returncode == 0
    assert book.site() != site
    book.write("index.md", "# Home\n\nAs it was.\n")
    assert book.build().returncode == 0
    assert book.site() == site


def test_a_broken_lock_is_told_with_its_remedy(book: Book) -> None:
    book.write("pytask.lock", 'lock-version = "1')
    ended = book.build()
    assert ended.returncode != 0
    assert "Lockfile has invalid format" in ended.stdout
    assert "delete pytask.lock" in ended.stdout


def test_a_disk_that_is_full_before_pytask_begins_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = {KEY: Build(Settings()), "root": tmp_path}
    with pytest.raises(SystemExit, match="1"):
        tell_unwritable(config, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert capsys.readouterr().out == (
        f"{tmp_path}/.pytask cannot be written: No space left on device. Make room and "
        "build again; what was complete is kept.\n"
    )
