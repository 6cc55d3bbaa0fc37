"""What the tests of the guard share: a copy of its example."""

from __future__ import annotations

from pathlib import Path

import pytest

from .damage import Copy


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy.to(tmp_path / "example")
