"""The author of an existing book goes the README's way in, and back out again.

The book is the one that `jupyter-book create` makes.
"""

from __future__ import annotations

import re
import shutil
from typing import Any

import nbformat
import pytest
import yaml
from small_book import Book, executed_pages
from test_readme import blocks

CHAPTERS = ("notebooks", "markdown-notebooks")


def outputs(book: Book, folder: str) -> dict[str, list[Any]]:
    """What the cells of each chapter show, but for the addresses of objects."""
    shown = {}
    for name in CHAPTERS:
        text = (book.root / "_build" / folder / f"{name}.ipynb").read_text("utf-8")
        notebook = nbformat.reads(re.sub(r"(?<= at 0x)[0-9a-f]+", "…", text), 4)
        shown[name] = [
            output.get("data", output.get("text"))
            for cell in notebook.cells
            for output in cell.get("outputs", ())
        ]
    return shown


def sources(book: Book) -> dict[str, bytes]:
    return {it.name: it.read_bytes() for it in book.root.iterdir() if it.is_file()}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder = tmp_path_factory.mktemp("author")
    made = Book(folder).run("jupyter-book", "create", "book")
    assert made.returncode == 0, made.stdout
    return Book(folder / "book")


def test_an_author_goes_in_and_back(book: Book) -> None:
    before = sources(book)
    assert book.build().returncode == 0
    forced = outputs(book, "jupyter_execute")
    assert all(forced.values())
    book.run("jupyter-book", "clean", ".", "--all")

    # In: a few lines of configuration, and nothing else.
    config, run = blocks("First use", "yaml")
    book.write("_config.yml", before["_config.yml"].decode() + config)
    first = book.build()
    assert first.returncode == 0, first.stdout
    assert outputs(book, "executed") == forced
    assert executed_pages(first.stdout) == sorted(CHAPTERS)
    again = book.build()
    assert again.returncode == 0, again.stdout
    assert executed_pages(again.stdout) == []

    # Then one notebook makes two pages.
    book.write_notebook(
        "region.ipynb", "print(region)", parameters='region: str = "south"'
    )
    book.write("north.run.yml", run)
    contents = yaml.safe_load(before["_toc.yml"])
    contents["chapters"] += [{"file": "region"}, {"file": "north"}]
    book.write("_toc.yml", yaml.safe_dump(contents))
    both = book.build()
    assert both.returncode == 0, both.stdout
    assert ">south\n<" in book.page("region")
    assert ">north\n<" in book.page("north")

    # And back: out of the two files, and three names deleted.
    for name in ("_config.yml", "_toc.yml"):
        book.write(name, before[name].decode())
    for name in ("region.ipynb", "north.run.yml", "pytask.lock"):
        (book.root / name).unlink()
    for folder in ("_build", ".pytask"):
        shutil.rmtree(book.root / folder)
    assert sources(book) == before
    assert book.build().returncode == 0
    assert outputs(book, "jupyter_execute") == forced
