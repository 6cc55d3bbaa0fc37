"""The command line: ``python -m assignment_grading assign`` and ``grade``."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from forked_kernels import PreloadError
from tqdm import tqdm

from assignment_grading import confinement, handout, masters, reports, written
from assignment_grading.collection import Collection, assignment_of, collect
from assignment_grading.errors import AssignmentError
from assignment_grading.files import file_name
from assignment_grading.grading import Limits, Submission, grade_all
from assignment_grading.handout import Key
from assignment_grading.roster import read_roster
from assignment_grading.submission import (
    GRADED,
    MISSING,
    UNREADABLE,
    Outcome,
    not_graded,
)

DONE, SOME_NOT_GRADED, REFUSED, INTERRUPTED = 0, 1, 2, 130

_DESCRIPTION = """\
Hand out assignments and grade a class.

  assign  write students' notebooks, autograder archives and solutions from masters
  grade   grade a folder of submissions with otter-grader, many at a time

Students' code is untrusted. On Linux it can write only in a folder of its own; it can
read what you can read and use the network. The teacher's guide says how to grade in a
container.
"""

_EXIT_CODES = """\
exit codes:
  0    all is written; all submissions are graded
  1    grade: some submissions could not be graded, the scores say which and why
  2    nothing was done: the message says what to change
  130  interrupted; the same command goes on where it stopped
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    options = _parser().parse_args(arguments)
    try:
        return assign(options) if options.command == "assign" else grade(options)
    except (AssignmentError, PreloadError, OSError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return INTERRUPTED


def assign(options: argparse.Namespace) -> int:
    """Write the sets of all masters."""
    environment = handout.Environment(
        tuple(_lines(options.requirements)) if options.requirements else (),
        options.wheel,
        f"{sys.version_info.major}.{sys.version_info.minor}",
    )
    students = read_roster(options.roster) if options.roster else []
    if students and options.parameter:
        msg = "With a roster the variant is decided by the id: leave out --parameter."
        raise AssignmentError(msg)
    plan = {}
    for master in map(masters.read_master, options.masters):
        plan[master] = {one: masters.variant_of(master, one) for one in students}
        if not students:
            plan[master] = {"": masters.variant_with(master, dict(options.parameter))}
    for folder in handout.assign(plan, options.output, environment, options.jobs, _say):
        print(folder)
    return DONE


def grade(options: argparse.Namespace) -> int:
    """Grade a folder and write the reports."""
    folder = options.set or options.sets / assignment_of(options.submissions)
    assigned, keys = handout.read_set(folder)
    collected = collect(options.submissions, assigned)
    own_keys = _keys_of(collected, assigned, keys)
    results = options.results or Path("grades") / folder.name
    marks = written.read_marks(results / "written.csv", own_keys)
    if not confinement.available().writing:
        _say(
            "This system cannot keep students' code from writing elsewhere. Grade in a "
            "container, as the teacher's guide shows."
        )
    submissions = [
        Submission(
            file_name(student),
            path,
            folder / handout.KEYS / own_keys[student].variant / handout.ARCHIVE,
        )
        for student, path in collected.files.items()
    ]
    limits = Limits(options.seconds, options.memory)
    with tqdm(total=len(submissions), unit="submission", file=sys.stderr) as progress:
        graded = grade_all(
            submissions,
            results / "outcomes",
            limits,
            options.jobs,
            lambda *_: progress.update(),
        )
    outcomes = _in_order(collected, assigned, graded)
    answers = {
        student: written.answers(path, own_keys[student])
        for student, path in collected.files.items()
    }
    found = reports.results(outcomes, own_keys, answers, marks)
    reports.write(found, collected.unknown, folder.name, results)
    handed_in = {student: own_keys[student] for student in collected.files}
    written.add_lines(results / "written.csv", marks, handed_in)
    return _close(outcomes, collected, results)


def _keys_of(
    collected: Collection, assigned: dict[str, str], keys: dict[str, Key]
) -> dict[str, Key]:
    if assigned:
        return {student: keys[variant] for student, variant in assigned.items()}
    if len(keys) > 1:
        msg = f"Without a roster one variant was expected, not {', '.join(keys)}."
        raise AssignmentError(msg)
    only = next(iter(keys.values()))
    return dict.fromkeys([*collected.files, *collected.refused], only)


def _in_order(
    collected: Collection, assigned: dict[str, str], graded: dict[str, Outcome]
) -> dict[str, Outcome]:
    """Put outcomes and reasons for having none in the order of the roster."""
    known = {student: graded[file_name(student)] for student in collected.files}
    known |= {
        student: not_graded(UNREADABLE, why)
        for student, why in collected.refused.items()
    }
    known |= {
        student: not_graded(MISSING, "Nothing was handed in.")
        for student in collected.missing
    }
    return {student: known[student] for student in assigned or sorted(known)}


def _close(outcomes: dict[str, Outcome], collected: Collection, results: Path) -> int:
    wrong = {
        student: outcome
        for student, outcome in outcomes.items()
        if outcome.status not in (GRADED, MISSING)
    }
    for student, outcome in wrong.items():
        _say(f"{student}: {outcome.status}. {outcome.note}")
    if collected.missing:
        _say(f"Nothing from {', '.join(collected.missing)}.")
    if collected.unknown:
        _say(f"Nobody's files: {', '.join(collected.unknown)}.")
    print(results / "summary.html")
    return SOME_NOT_GRADED if wrong or collected.unknown else DONE


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        msg = f"{text} is not a whole number above 0"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m assignment_grading",
        description=_DESCRIPTION,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    sets = Path("_build/assignments")

    one = commands.add_parser("assign", help="write what is handed out, and the keys")
    one.add_argument("masters", nargs="+", type=Path, help="master notebooks")
    one.add_argument(
        "--roster",
        type=Path,
        help="CSV file with a column id: each student gets a variant by the id",
    )
    one.add_argument(
        "--parameter",
        "-p",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="without a roster, a parameter that is not to have its default",
    )
    one.add_argument(
        "--output", type=Path, default=sets, help=f"folder of all sets ({sets})"
    )
    one.add_argument(
        "--requirements", type=Path, help="what an archive's environment is made of"
    )
    one.add_argument("--wheel", type=Path, help="package that the archives carry")

    two = commands.add_parser("grade", help="grade a folder of submissions")
    two.add_argument("submissions", type=Path, help="one file for each student")
    two.add_argument(
        "--set", type=Path, help="what was handed out; else the notebooks say it"
    )
    two.add_argument("--sets", type=Path, default=sets, help=argparse.SUPPRESS)
    two.add_argument("--results", type=Path, help="where to write (grades/<name>)")
    two.add_argument(
        "--seconds", type=_positive, default=120, help="limit for one submission (120)"
    )
    two.add_argument(
        "--memory", type=_positive, default=2048, help="MiB for one process (2048)"
    )
    for command in (one, two):
        command.add_argument(
            "--jobs",
            type=_positive,
            default=_cores(),
            help="at a time; by default all cores",
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
