"""What the tests of the engine share."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_book import Book, make_book


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return make_book(tmp_path)
