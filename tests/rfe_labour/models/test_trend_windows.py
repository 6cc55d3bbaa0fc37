"""Trends in many windows: what is read from their table, and which there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rfe_labour import parameters
from rfe_labour.models import trend_windows

HEADER = (
    "table,first_year,last_year,years,level,percent,ar1_lower,ar1_upper,ar1_p,"
    "rho,floored\n"
)
ROWS = (
    "table1,1992,2000,9,0.95,1.5,-2.0,4.0,0.3,0.5,False\n"
    "table1,1992,1999,8,0.95,-3.0,-9.0,9.0,0.05,0.0,True\n"
    "table1,1993,2000,8,0.95,0.1234567890123456,-9.0,9.0,0.9,0.5,False\n"
)


def _written(folder: Path, rows: str) -> Path:
    path = folder / "windows.csv"
    path.write_text(HEADER + rows)
    return path


def test_each_window_is_read_with_its_region_and_all_its_digits(tmp_path: Path) -> None:
    windows = trend_windows.read(_written(tmp_path, ROWS))
    assert windows["region"].tolist() == ["primorye"] * 3
    assert windows["percent"].tolist() == [1.5, -3.0, 0.1234567890123456]
    assert windows["floored"].tolist() == [False, True, False]


def test_windows_without_the_whole_period_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="whole period, 1992 to 2000"):
        trend_windows.read(_written(tmp_path, "\n".join(ROWS.split("\n")[1:])))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"last_year": 1995}, "at least 5"),
        ({"last_year": 2006}, "2005"),
        ({"table": "table9"}, "table9"),
        ({"level": 1.0}, "not a confidence level"),
        ({"level": 0.999, "last_year": 1996}, "out of reach of 5 years"),
        ({"seed": -1}, "negative"),
        ({"replications": 1}, "replications"),
    ],
)
def test_an_impossible_window_is_refused(
    change: dict[str, object], message: str
) -> None:
    given: dict[str, object] = {
        "table": "table1",
        "first_year": 1992,
        "last_year": None,
        "level": 0.95,
        "seed": 1,
        "replications": 199,
    }
    parameters.trend_window(**given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        parameters.trend_window(**{**given, **change})  # type: ignore[arg-type]


def test_the_book_sweeps_over_every_window_of_five_years() -> None:
    """Spelled out by counting, apart from the grid in the sweep file."""
    from papermill_pages.plan import plan_sweep
    from papermill_pages.settings import Settings

    root = Path(__file__).parents[3]
    sweep, report = plan_sweep(
        root, root / "book/models/trend_windows.sweep.yml", Settings()
    )
    assert report is not None
    whole = {"table1": (1992, 2005), "table3": (1995, 2005), "table4": (1995, 2005)}
    assert set(sweep.rows) == {
        (table, first, last)
        for table, (start, end) in whole.items()
        for first in range(start, end + 1)
        for last in range(first + 4, end + 1)
    }
    assert len(sweep.rows) == 55 + 28 + 28


def test_a_p_value_within_two_errors_of_the_limit_is_near_it() -> None:
    near = trend_windows.near_limit(
        np.array([0.041, 0.039, 0.06, 0.061]), 0.005, np.array([0.95] * 4)
    )
    assert near.tolist() == [True, False, True, False]
