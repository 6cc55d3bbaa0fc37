"""The engine's own rows before and after a change, measured by turns in one run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.jobs import SMALL, SWEPT, copy_book, write_sweep
from benchmarks.measure import Command, seconds

RUNS = 100


def compare(
    baseline: Path,
    here: Path,
    folder: Path,
    repeat: int,
    forget: Callable[[Path], None],
    progress: Callable[[str], None],
) -> str:
    """Time each row for two checkouts by turns.

    Parameters
    ----------
    baseline, here : Path
        Two checkouts of the book, each with its own environment in ``.venv``.
    folder : Path
        Where copies are made to measure in.
    repeat : int
        How often each row is timed for each.
    forget : callable
        Deletes all that a build in a copy knows of an earlier one.
    progress : callable
        Takes one line of progress.

    Returns
    -------
    str
        A Markdown table: medians in seconds, the range, and the ratio of the medians.
    """
    books = {"before": folder / "before", "after": folder / "after"}
    _copy_checkout(baseline, books["before"])
    copy_book(books["after"])
    shutil.copyfile(here / SMALL, books["before"] / SWEPT)
    checkouts = {"before": baseline.resolve(), "after": here}
    lines = ["|  | before | after | after / before |", "| --- | --- | --- | --- |"]
    for row, cold in (
        (f"sweep of {RUNS} runs", True),
        ("whole book, execution only, cold", True),
        ("whole book, execution only, nothing changed", False),
        ("site, cold", True),
        ("site, nothing changed", False),
    ):
        times: dict[str, list[float]] = {"before": [], "after": []}
        for _ in range(repeat):
            for side, book in books.items():
                if cold:
                    forget(book)
                command = _command(row, checkouts[side] / ".venv" / "bin", book)
                times[side].append(seconds(command, book))
                progress(f"{row}, {side}: {times[side][-1]:.2f} s")
        before, after = (median(times[side]) for side in ("before", "after"))
        lines.append(
            f"| {row} | {_range(times['before'])} | {_range(times['after'])} | "
            f"{after / before:.2f} × |"
        )
    return "\n".join(lines)


def _command(row: str, programs: Path, book: Path) -> Command:
    if row.startswith("sweep"):
        sweep = write_sweep(book, RUNS)
        return (programs / "python", "-m", "papermill_pages", "sweep", sweep)
    if row.startswith("site"):
        return (programs / "jupyter-book", "build", ".")
    return (programs / "pytask",)


def _copy_checkout(checkout: Path, folder: Path) -> None:
    """Copy what git tracks in a checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(checkout / name, folder / name)


def _range(times: list[float]) -> str:
    return f"{median(times):.2f} ({min(times):.2f}–{max(times):.2f})"
