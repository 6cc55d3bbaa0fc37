"""The command line: ``python -m papermill_pages check`` and ``accept``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from papermill_pages.errors import ExpectedError, PlanError, ResultsError
from papermill_pages.expected import Comparison, compare_book, record, table_of_moves

AS_EXPECTED, MOVED, NOT_COMPARED = 0, 1, 2

_DESCRIPTION = """\
Guard the numbers that a book states.

  check   execute every page again and compare each result with the expected one
  accept  execute every page again and record its results as the expected ones

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

_EXIT_CODES = """\
exit codes:
  0  check: all is as expected; accept: the results are recorded
  1  check: something moved
  2  nothing was compared or recorded: a page failed, or the book has a mistake

The report goes to the standard output, progress and errors to the standard error.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    options = _parser().parse_args(arguments)
    command = check if options.command == "check" else accept
    try:
        return command(options.book.resolve())
    except (PlanError, ExpectedError, ResultsError, OSError) as error:
        print(error, file=sys.stderr)
        return NOT_COMPARED


def check(root: Path) -> int:
    """Print what moved, or in one line that nothing did."""
    comparison = compare_book(root, _report_progress)
    if not comparison.moves:
        print(f"All as expected: {comparison.summary} agree with {comparison.name}.")
        return AS_EXPECTED
    print(f"Not as expected in {comparison.name}: {_count(comparison)}.\n")
    print(table_of_moves(comparison.moves))
    print("\nIf this is meant, 'python -m papermill_pages accept' records it.")
    return MOVED


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
    return AS_EXPECTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m papermill_pages",
        description=_DESCRIPTION,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("check", "accept"), help="what to do")
    parser.add_argument(
        "book",
        nargs="?",
        type=Path,
        default=Path(),
        help="the folder of _config.yml and _toc.yml; by default the current one",
    )
    return parser


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
