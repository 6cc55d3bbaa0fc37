"""What the tests of the engine share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from forked_builds import Builder
from small_book import Book, copy_of_example, make_book


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return make_book(tmp_path)


@pytest.fixture(scope="module")
def builder() -> Iterator[Builder]:
    builder = Builder()
    yield builder
    builder.close()


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The example of the package, built as its README says."""
    book = copy_of_example(tmp_path_factory.mktemp("example") / "book")
    ended = book.build("--warningiserror", "--nitpick")
    assert ended.returncode == 0, ended.stdout
    assert "unknown to this version" not in ended.stdout
    return book
