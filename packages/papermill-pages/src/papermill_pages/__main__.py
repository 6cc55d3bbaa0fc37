"""The command line: ``python -m papermill_pages`` with check, accept or sweep."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from papermill_pages.errors import (
    INTERRUPTED,
    ExpectedError,
    OutputError,
    PlanError,
    ResultsError,
)
from papermill_pages.expected import Comparison, compare_book, record, table_of_moves
from papermill_pages.plan import plan_sweep
from papermill_pages.settings import Settings, settings_of_book
from papermill_pages.workflow import run_sweep

DONE, NOT_AS_WANTED, NOTHING_DONE = 0, 1, 2

_DESCRIPTION = "Guard the numbers that a book states, and run sweeps of its notebooks."

_EXPECTED = """\
{}

The expected results are a file of the book, expected/results.json unless _config.yml
says otherwise, and belong under version control. Whole numbers, texts and truth values
must be equal, other numbers within a tolerance:

  papermill_pages:
    expected:
      file: expected/results.json
      tolerance: 1.0e-9       # of the larger of the two numbers
      tolerances:             # for keys that match a pattern; the last match counts
        "trends.*.slope": 1.0e-6
"""

_SWEEP = """\
Execute a notebook at every point of a grid of parameters, and write one table.

A sweep is a file such as windows.sweep.yml:

  notebook: trend_window.ipynb    # has a cell tagged 'parameters'
  grid:                           # all combinations; or a list of such grids
    region: [primorye, amur]
    last_year: [2003, 2004, 2005]
  parameters:                     # the same at every point; optional
    level: 0.9
  report: windows_report.ipynb    # optional: is given the table's path as 'table'

The executed notebooks are kept in _build/executed/, the table, with one row for each
point, in _build/sweeps/. Only what is stale is executed: interrupt it when you like,
and the same command goes on. With DASK_SCHEDULER_ADDRESS=tcp://host:8786 in the
environment, the workers of that Dask cluster execute the points; they need the same
folder and the same packages.
"""

_EXIT_CODES = """\
exit codes:
  0  check: all is as expected; accept: the results are recorded; sweep: the table is
     written
  1  check: something moved; sweep: a point failed, or not all have run
  2  nothing was compared, recorded or swept: a mistake in the book or in the sweep, or
     (check and accept) a page that failed
  130  the keyboard interrupted it; what has run is kept

The report goes to the standard output, progress and errors to the standard error.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    options = _parser().parse_args(arguments)
    root = options.book.resolve()
    try:
        if options.command == "sweep":
            return sweep(options.file, root)
        return check(root) if options.command == "check" else accept(root)
    except (ExpectedError, OutputError, PlanError, ResultsError, OSError) as error:
        print(error, file=sys.stderr)
        return NOTHING_DONE
    except KeyboardInterrupt:
        print("Interrupted. What has run is kept.", file=sys.stderr)
        return INTERRUPTED


def sweep(files: Sequence[Path], root: Path) -> int:
    """Run sweeps one after another and say where their tables are."""
    settings = settings_of_book(root) or Settings()
    plans = [plan_sweep(root, file.resolve(), settings) for file in files]
    ended = DONE
    for plan, page in plans:
        failures = run_sweep(plan, page, settings, _report_progress)
        for failure in failures:
            print(f"\n{failure}", file=sys.stderr)
        if failures:
            ended = NOT_AS_WANTED
        else:
            print(f"{len(plan.points)} points: {plan.table.relative_to(root)}")
    return ended


def check(root: Path) -> int:
    """Print what moved, or in one line that nothing did."""
    comparison = compare_book(root, _report_progress)
    if not comparison.moves:
        print(f"All as expected: {comparison.summary} agree with {comparison.name}.")
        return DONE
    print(f"Not as expected in {comparison.name}: {_count(comparison)}.\n")
    print(table_of_moves(comparison.moves))
    print("\nIf this is meant, 'python -m papermill_pages accept' records it.")
    return NOT_AS_WANTED


def accept(root: Path) -> int:
    """Print what moves and record it."""
    comparison = compare_book(root, _report_progress, may_be_first=True)
    if comparison.expected is None:
        record(comparison)
        print(
            f"Recorded in {comparison.name} for the first time: {comparison.summary}."
        )
    elif comparison.moves:
        print(table_of_moves(comparison.moves))
        record(comparison)
        print(f"\nRecorded in {comparison.name}: {_count(comparison)}.")
    else:
        print(f"Nothing to record: {comparison.summary} agree with {comparison.name}.")
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m papermill_pages",
        description=_DESCRIPTION,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    folder = "the folder of _config.yml and _toc.yml; by default the current one"
    for name, does in (
        ("check", "execute every page again and compare each result with the expected"),
        ("accept", "execute every page again and record its results as the expected"),
    ):
        command = _add(commands, name, does, _EXPECTED.format(f"{does.capitalize()}."))
        command.add_argument("book", nargs="?", type=Path, default=Path(), help=folder)
    does = "execute a notebook at every point of a grid of parameters"
    command = _add(commands, "sweep", does, _SWEEP)
    command.add_argument(
        "file", nargs="+", type=Path, help="a sweep: a file *.sweep.yml below the book"
    )
    command.add_argument("--book", type=Path, default=Path(), help=folder)
    return parser


def _add(commands: Any, name: str, does: str, description: str) -> Any:
    return commands.add_parser(
        name,
        help=does,
        description=description,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _report_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _count(comparison: Comparison) -> str:
    """Say how many values moved, are new and are gone."""
    expected = comparison.expected or {}
    new = sum(move.key not in expected for move in comparison.moves)
    gone = sum(move.key not in comparison.results for move in comparison.moves)
    changed = len(comparison.moves) - new - gone
    values = "value" if changed == 1 else "values"
    return f"{changed} {values} moved, {new} new, {gone} gone, of {comparison.summary}"


if __name__ == "__main__":
    sys.exit(main())
