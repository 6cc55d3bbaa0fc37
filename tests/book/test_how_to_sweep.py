"""What the page on sweeps tells a reviewer to type is typed here."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from papermill_pages.plan import plan_sweep
from papermill_pages.settings import Settings

from .commands import run
from .published import ROOT

PAGE = (ROOT / "book/appendix/how_to_sweep.md").read_text(encoding="utf-8")
SWEEP = "book/models/my_windows.sweep.yml"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the notebook of the example needs."""
    root = tmp_path_factory.mktemp("book")
    notebook = "book/models/trend_window.ipynb"
    (root / notebook).parent.mkdir(parents=True)
    shutil.copy(ROOT / notebook, root / notebook)
    for name in ("_config.yml", "uv.lock", "data", "packages", "src"):
        (root / name).symlink_to(ROOT / name)
    return root


def test_the_first_sweep_runs_and_its_table_is_read_as_told(book: Path) -> None:
    (book / SWEEP).write_text(blocks("yaml")[0])
    python, *arguments = blocks("shell")[0].split()
    assert python == "python"
    told = run(book, sys.executable, *arguments)
    assert "4 points: _build/sweeps/book/models/my_windows.csv" in told
    (code,) = blocks("python")
    assert "ar1_upper" in run(book, sys.executable, "-c", code)
    table = pd.read_csv(book / "_build/sweeps/book/models/my_windows.csv")
    assert list(zip(table["table"], table["first_year"], strict=True)) == [
        ("table3", 1995),
        ("table3", 1996),
        ("table4", 1995),
        ("table4", 1996),
    ]
    assert set(table["level"]) == {0.9}


def test_the_second_sweep_has_the_points_told(book: Path) -> None:
    (book / SWEEP).write_text(blocks("yaml")[1])
    sweep, _ = plan_sweep(book, book / SWEEP, Settings())
    assert sweep.varied == ("table", "first_year", "last_year")
    assert sweep.rows == (
        ("table3", 1995, None),
        ("table3", 1996, None),
        ("table4", None, 2004),
        ("table4", None, 2005),
    )
