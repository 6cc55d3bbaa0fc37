"""The masters hold the solutions: who publishes the book keeps them elsewhere."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from papermill_pages.dependencies import dependency_files
from papermill_pages.plan import plan_book
from papermill_pages.settings import settings_of_book

ROOT = Path(__file__).resolve().parents[2]


def test_no_page_of_the_book_depends_on_a_master() -> None:
    """`make environment` builds the book where there is none."""
    settings = settings_of_book(ROOT)
    assert settings is not None
    plan = plan_book(ROOT, settings)
    used = {
        path.resolve()
        for page in plan.pages
        for run in page.runs
        for path in dependency_files(run)
    }
    assert len(used) > 50
    assert [path for path in used if (ROOT / "assignments") in path.parents] == []


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("assignments",), 'assign "own/masters"/*.ipynb'),
        (
            ("regrade", "ASSIGNMENT=rain", "SUBMISSIONS=in"),
            'regrade "own/masters/rain.ipynb" "in"',
        ),
    ],
)
def test_make_takes_masters_from_another_folder(
    arguments: tuple[str, ...], command: str
) -> None:
    dry = ("make", "--dry-run", "--old-file=.venv/teaching", "MASTERS=own/masters")
    said = subprocess.run(
        [*dry, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert command in " ".join(said.replace("\\\n", " ").split())
