"""The command line: ``python -m papermill_pages COMMAND``, or ``papermill-pages``."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papermill_pages.errors import BookError, PlanError
from papermill_pages.interruption import INTERRUPTED
from papermill_pages.outputs import print_whatever
from papermill_pages.settings import Settings, settings_of_book

if TYPE_CHECKING:
    from papermill_pages.expected import Comparison

DONE, NOT_AS_WANTED, NOTHING_DONE = 0, 1, 2

_DESCRIPTION = """\
Guard the numbers that a book states, run sweeps of its notebooks, and package it.

To build its pages is left to 'jupyter-book build .'; 'pytask' executes them alone.
"""

_EXPECTED = """\
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
A sweep is a file such as windows.sweep.yml:

  notebook: trend_window.ipynb    # has a cell tagged 'parameters'
  grid:                           # all combinations; or a list of such grids
    region: [north, south]
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

_REPORT = """\
The report, _build/report.html, is one file for readers who look at nothing else: what
was run again, when and on what, and which results are as expected. It is written
whatever comes of it. What the book itself has to say there comes from the function that
_config.yml names, which is given all results by key and returns Markdown; what stands
before its first heading is shown below the verdict:

  papermill_pages:
    report: package.module:function
"""

_PACKAGE = """\
The archive _build/<name>-<version>.zip holds every file under version control, the
executed notebooks, all results, their hashes and a description as an RO-Crate. The same
revision gives the same bytes everywhere. The book needs a CITATION.cff and a
REUSE.toml; the command needs 'papermill-pages[package]'.
"""

_DESCRIBE = """\
codemeta.json, .zenodo.json and codecheck.yml at the root of the book say what it is:
for indexes of software, for Zenodo, and for whoever checks it by CODECHECK. They are
made of CITATION.cff, pyproject.toml and the list of pages, and are to be made again
when one of these has changed. What a codechecker wrote into codecheck.yml stays.
"""

_DURATIONS = """\
Each page runs in an ordinary kernel, one after another. What each took is written to a
JSON file, which the directive {executed-pages} shows. Run it on a machine that does
nothing else.
"""

_EXIT_CODES = """\
exit codes:
  0    done: all is as expected, or what was asked for is written
  1    check, report: something moved; sweep: a point failed, or not all have run
  2    nothing was compared, recorded, swept or written: a mistake on the command line
       or in the book, or (except for sweep) a page that failed
  130  the keyboard interrupted it; what has run is kept

The report goes to the standard output, progress and errors to the standard error.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    print_whatever()
    options = _parser().parse_args(arguments)
    root: Path = options.book.resolve()
    command: Callable[[Path, Settings, argparse.Namespace], int] = options.run
    try:
        settings = settings_of_book(root)
        if settings is None and command is sweep:
            settings = Settings()  # a sweep is no page, and needs no book
        if settings is None:
            raise PlanError(
                f"{root} is not a book of papermill_pages: it has no _config.yml or "
                "conf.py that names papermill_pages among the extensions of Sphinx."
            )
        return command(root, settings, options)
    except (BookError, OSError) as error:
        print(error, file=sys.stderr)
        return NOTHING_DONE
    except KeyboardInterrupt:
        print("Interrupted. What has run is kept.", file=sys.stderr)
        return INTERRUPTED


# What pytask and papermill need is imported by the command that needs it: they take
# longer than to say what is wrong with a command line.


def check(root: Path, settings: Settings, _options: argparse.Namespace) -> int:
    """Execute every page again and compare each result with the expected."""
    from papermill_pages.expected import compare_book, table_of_moves

    comparison = compare_book(root, settings, _report_progress)
    if not comparison.moves:
        print(f"All as expected: {comparison.summary} agree with {comparison.name}.")
        return DONE
    print(f"Not as expected in {comparison.name}: {_count(comparison)}.\n")
    print(table_of_moves(comparison.moves))
    print("\nIf this is meant, 'python -m papermill_pages accept' records it.")
    return NOT_AS_WANTED


def accept(root: Path, settings: Settings, _options: argparse.Namespace) -> int:
    """Execute every page again and record its results as the expected."""
    from papermill_pages.expected import compare_book, record, table_of_moves

    comparison = compare_book(root, settings, _report_progress, may_be_first=True)
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


def report(root: Path, settings: Settings, options: argparse.Namespace) -> int:
    """Execute every page again, and write a page that says what is as expected."""
    from papermill_pages.expected import table_of_moves
    from papermill_pages.publishing.report import report_book, report_file

    rerun = report_book(root, settings, options.site, _report_progress)
    if rerun.comparison and rerun.comparison.moves:
        print(f"{table_of_moves(rerun.comparison.moves)}\n")
    if rerun.problem:
        print(f"{settings.report} failed: {rerun.problem}", file=sys.stderr)
    print(f"{rerun.outcome}: {report_file(root).relative_to(root)}")
    return DONE if rerun.outcome == "Reproduced" else NOT_AS_WANTED


def sweep(root: Path, settings: Settings, options: argparse.Namespace) -> int:
    """Execute a notebook at every point of a grid of parameters, write one table."""
    from papermill_pages.build import run_sweep
    from papermill_pages.plan import plan_sweep
    from papermill_pages.undeclared import warnings_of

    code = DONE
    plans = [plan_sweep(root, file.resolve(), settings) for file in options.file]
    for plan, page in plans:
        failures = run_sweep(plan, page, settings, _report_progress)
        for failure in failures:
            print(f"\n{failure}", file=sys.stderr)
        if failures:
            code = NOT_AS_WANTED
        else:
            print(f"{len(plan.points)} points: {plan.table.relative_to(root)}")
        runs = [*plan.points, *([page] if page else [])]
        for told in warnings_of(runs, settings, runs):
            print(f"\n{told}", file=sys.stderr)
    return code


def package(root: Path, settings: Settings, _options: argparse.Namespace) -> int:
    """Bring every page up to date and write the reproduction package."""
    from papermill_pages.publishing.reproduction_package import package_book

    archive = package_book(root, settings, _report_progress)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    print(f"{digest}  {archive.relative_to(root)}")
    return DONE


def describe(root: Path, settings: Settings, _options: argparse.Namespace) -> int:
    """Write what archives and reviewers read of the book."""
    from papermill_pages.plan import plan_pages
    from papermill_pages.publishing.descriptions import describe_book

    for path in describe_book(root, plan_pages(root, settings)):
        print(path.relative_to(root))
    return DONE


def durations(root: Path, settings: Settings, options: argparse.Namespace) -> int:
    """Execute every page again, one after another, and record what each took."""
    from papermill_pages.plan import plan_pages
    from papermill_pages.publishing.durations import record_durations

    pages = plan_pages(root, settings)
    record_durations(pages, settings, options.file, _report_progress)
    return DONE


def _parser() -> argparse.ArgumentParser:
    layout: dict[str, Any] = {
        "epilog": _EXIT_CODES,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
    }
    parser = argparse.ArgumentParser(
        prog="python -m papermill_pages", description=_DESCRIPTION, **layout
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def add(run: Callable[..., int], description: str) -> argparse.ArgumentParser:
        does = str(run.__doc__)
        command: argparse.ArgumentParser = commands.add_parser(
            run.__name__,
            help=does[0].lower() + does[1:].rstrip("."),
            description=f"{does}\n\n{description}",
            **layout,
        )
        command.add_argument(
            "--book",
            type=Path,
            default=Path(),
            metavar="FOLDER",
            help="the folder of _config.yml and _toc.yml; by default the current one",
        )
        command.set_defaults(run=run)
        return command

    add(check, _EXPECTED)
    add(accept, _EXPECTED)
    add(report, _REPORT).add_argument(
        "--site",
        default="html/",
        metavar="URL",
        help="where the links of the report find the site; by default html/, which is "
        "beside it after a build",
    )
    add(sweep, _SWEEP).add_argument(
        "file", nargs="+", type=Path, help="a sweep: a file *.sweep.yml below the book"
    )
    add(package, _PACKAGE)
    add(describe, _DESCRIBE)
    add(durations, _DURATIONS).add_argument(
        "file", type=Path, help="where to write the durations"
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
