"""The ledger of the book, and what its claims are compared with, computed once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from rfe_labour import data
from rfe_labour.checks import claims


@pytest.fixture(scope="session")
def ledger() -> pd.DataFrame:
    return data.load("claims")


@pytest.fixture(scope="session")
def now() -> dict[str, int | float | str]:
    return claims.results()


@pytest.fixture(scope="session")
def original() -> Path:
    return Path(__file__).parents[4] / "data"


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "data"))
