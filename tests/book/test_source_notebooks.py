"""The source notebooks: what a reviewer opens holds the analysis and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .published import ROOT

SOURCES = sorted(
    path
    for path in (ROOT / "book").rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
LINES_OF_A_CELL = 10

pytestmark = pytest.mark.parametrize(
    "source", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES]
)


def read(source: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return notebook


def code_cells(source: Path) -> list[dict[str, Any]]:
    return [cell for cell in read(source)["cells"] if cell["cell_type"] == "code"]


def test_a_source_notebook_carries_no_outputs_and_no_execution_counts(
    source: Path,
) -> None:
    assert code_cells(source)
    for cell in code_cells(source):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


def test_a_source_notebook_carries_only_the_metadata_that_the_book_uses(
    source: Path,
) -> None:
    metadata = read(source)["metadata"]
    assert set(metadata) == {"kernelspec", "language_info", "papermill_pages"}
    assert metadata["kernelspec"]["name"] == "python3"
    assert metadata["language_info"] == {"name": "python"}
    for cell in read(source)["cells"]:
        assert set(cell["metadata"]) <= {"tags", "mystnb"}


def test_a_code_cell_has_at_most_ten_lines(source: Path) -> None:
    for cell in code_cells(source):
        lines = "".join(cell["source"]).splitlines()
        assert len(lines) <= LINES_OF_A_CELL, "\n".join(lines)
