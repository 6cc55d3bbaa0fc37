"""The command that leads through a meant change of a figure, from data to changelog."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from data_package_guard.control_totals import ControlTotal, unbalanced
from data_package_guard.sheet import read_sheet
from papermill_pages import expected
from papermill_pages.errors import BookError
from papermill_pages.interruption import INTERRUPTED
from papermill_pages.outputs import write_atomically
from papermill_pages.publishing.exhibits import patterns
from papermill_pages.settings import settings_of_book

from rfe_labour import data
from rfe_labour.checks import claims
from rfe_labour.checks.claims.ledger import describe_changes

DONE, STOPPED = 0, 1

_DESCRIPTION = """\
Lead through a meant change of a figure in data/, after you have edited its file:

  1  each control total that no longer adds up: you type its sum from your source
  2  the hashes of the data are recorded
  3  the claims whose value or status is now another: you say whether that is right
  4  every page is executed again, and each number that moves is named with its page
  5  the numbers are accepted as the expected results: you say whether
  6  the changelog gets the reason, which you give, and the keys of the numbers

Each step that has nothing to do is passed over, so that the same command goes on where
it was stopped. Nothing is committed.
"""
_EXIT_CODES = """\
exit codes:
  0    the data, the expected results and the changelog fit together
  1    stopped: the message says by what; what was done until then is kept
  130  the keyboard interrupted it; what was done until then is kept
"""


class Stopped(Exception):
    """The change cannot or shall not go on; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m book_site.correction`` and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m book_site.correction",
        description=_DESCRIPTION,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--book",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="the folder of _config.yml and CHANGELOG.md; by default the current one",
    )
    parser.add_argument(
        "--reason", help="what was wrong, in a sentence for the changelog"
    )
    options = parser.parse_args(arguments)
    try:
        record_data()
        review_claims()
        accept_numbers(options.book.resolve(), options.reason)
    except (Stopped, BookError, OSError, ValueError) as error:
        print(f"\n{error}", file=sys.stderr)
        return STOPPED
    except KeyboardInterrupt:
        print("\nInterrupted. What was done until then is kept.", file=sys.stderr)
        return INTERRUPTED
    print(
        "\nDone. If a figure of the printed page was corrected, correct it in "
        "tests/rfe_labour/printed_page.py, too, which holds the page a second time. "
        "Then run `make test`, look at `git diff`, and commit all of it together."
    )
    return DONE


def record_data() -> None:
    """Show what has changed in the data, and record it once all sums are right.

    Raises
    ------
    DataError
        If a file breaks its schema, or lacks what is demanded.
    Stopped
        If a sum is not that of the source.
    """
    problems = [problem for problem in data.check().values() if problem]
    if not problems:
        print("The data are as recorded.")
        return
    print("This is not as recorded:", *problems, sep="\n- ")
    retype_totals()
    data.record()
    print("\nIt is recorded.")


def retype_totals() -> None:
    """Ask for the sum of each control total that no longer adds up, and write it.

    One that is typed from the source and is that of the cells is enough: what else the
    control total states follows from the cells.
    """
    package = data.package()
    for entry in package.descriptor()["resources"]:
        for control in unbalanced(read_sheet(package, entry)):
            found, was = control.sums["total"], control.expected["total"]
            what = f"{entry['path']}, column {control.column} ({control.group})"
            print(f"\n{what}: {len(control.values)} numbers no longer add up to {was}.")
            typed = _ask("Add them up in your source, and type the sum: ")
            try:
                right = Decimal(typed.replace(",", "")) == found
            except InvalidOperation:
                right = False
            if not right:
                raise Stopped(
                    f"{what}: you typed {typed!r}, but the cells add up to {found}. "
                    "Either a cell or your sum is wrong; nothing was written for it."
                )
            _write_total(control)


def review_claims() -> None:
    """Show the claims that are no longer as reviewed; record them if they are right.

    Raises
    ------
    Stopped
        If they are not.
    """
    audited = claims.audit(data.load("claims"), claims.results())
    lines = describe_changes(audited)
    if not lines:
        print("\nEvery claim is as reviewed.")
        return
    print(f"\n{len(lines)} claims are no longer as reviewed:", *lines, sep="\n")
    if not _agrees("Read their remarks in data/claims.csv. Are the claims right so?"):
        raise Stopped("The claims are left as they were reviewed.")
    claims.review()
    data.record()


def accept_numbers(root: Path, reason: str | None) -> None:
    """Execute every page; record what moves as expected, and say why in the changelog.

    Raises
    ------
    Stopped
        If the numbers are not accepted, or no reason is given.
    BookError
        If a page fails.
    """
    settings = settings_of_book(root)
    if settings is None:
        raise Stopped(f"{root} is not the folder of a book: it has no _config.yml.")
    print("\nExecuting every page again, which takes a minute or more.", flush=True)
    comparison = expected.compare_book(root, settings, _report)
    moves = comparison.moves
    if not moves:
        print(f"\nNo number moves: {comparison.summary} agree with {comparison.name}.")
        return
    print(f"\n{expected.table_of_moves(moves)}\n")
    if not _agrees(f"Accept these {len(moves)} as the numbers that the book states?"):
        raise Stopped(f"{comparison.name} is as it was.")
    why = reason or _ask("What was wrong? A sentence for the changelog: ")
    if not why:
        raise Stopped(f"{comparison.name} is as it was: numbers move for a reason.")
    moved = [move.key for move in moves]
    keys = patterns(moved, comparison.results.keys() - {*moved})
    entry = note_change(root / "CHANGELOG.md", why, keys)
    expected.record(comparison)
    print(f"\nRecorded in {comparison.name}. CHANGELOG.md has:\n\n{entry}")


def note_change(changelog: Path, why: str, keys: Sequence[str]) -> str:
    """Write the reason and what moved, under *Changed* of what is not yet released."""
    text = changelog.read_text(encoding="utf-8")
    start = _place(r"(?m)^## Unreleased\n", text, 0, after=True)
    if not start:
        raise Stopped(f'{changelog} has no heading "## Unreleased".')
    end = _place(r"(?m)^## ", text, start) or len(text)
    changed = _place(r"(?m)^### Changed\n\n?", text, start, end, after=True)
    named = ", ".join(f"`{key}`" for key in keys)
    entry = _wrapped(f"{why.rstrip('.')} ({named}).")
    if changed:
        text = f"{text[:changed]}{entry}{text[changed:]}"
    else:
        rest = f"\n{text[end:]}" if text[end:] else ""
        text = f"{text[:end].rstrip()}\n\n### Changed\n\n{entry}{rest}"
    write_atomically(changelog, text)
    return entry


def _write_total(control: ControlTotal) -> None:
    """Put the sums of the cells in the place of those that a control total states."""
    as_text = {"total", "weighted"}
    sums = {
        name: str(value) if name in as_text else int(value)
        for name, value in control.sums.items()
    }
    text = control.file.read_text(encoding="utf-8")
    if control.file.name == data.DESCRIPTOR:
        content = json.loads(text)
        for entry in content["resources"]:
            for total in entry.get("controlTotals", []):
                if total == control.entry:
                    total.update(sums)
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    else:
        # Each control total of the demands is one line, which a person can read.
        old, new = map(_line, (control.entry, {**control.entry, **sums}))
        if text.count(old) != 1:
            raise Stopped(
                f"{control.file} does not hold {old} in one line: write {new} in its "
                "place."
            )
        text = text.replace(old, new)
    write_atomically(control.file, text)


def _line(total: Any) -> str:
    return json.dumps(total, ensure_ascii=False)


def _wrapped(words: str) -> str:
    """Write an item of a list in lines of at most 88 characters."""
    lines, line = [], "-"
    for word in words.split():
        if len(line) + 1 + len(word) > 88:
            lines.append(line)
            line = " "
        line = f"{line} {word}"
    return "\n".join([*lines, line]) + "\n"


def _place(
    pattern: str, text: str, start: int, end: int | None = None, *, after: bool = False
) -> int:
    """Find where a pattern begins, or ends; 0 if it is nowhere."""
    found = re.compile(pattern).search(text, start, len(text) if end is None else end)
    return 0 if found is None else found.end() if after else found.start()


def _agrees(question: str) -> bool:
    return _ask(f"{question} [y/N] ").lower() in ("y", "yes")


def _ask(question: str) -> str:
    """Ask a person, who may be a pipe; the end of the input stops all.

    Raises
    ------
    Stopped
        If nobody answers.
    """
    try:
        return input(question).strip()
    except EOFError:
        raise Stopped(
            "Nobody answered. Call it again in a terminal; it goes on here."
        ) from None


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
