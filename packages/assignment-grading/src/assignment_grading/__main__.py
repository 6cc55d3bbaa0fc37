"""The command line: ``assignment-grading assign``, ``grade`` and ``regrade``."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from papermill_pages.errors import OutputError
from papermill_pages.outputs import write_atomically
from tqdm import tqdm

from assignment_grading.arrivals import collection as collecting
from assignment_grading.arrivals import gradebook, lateness
from assignment_grading.arrivals.collection import Collection
from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out import handout, masters, renewal
from assignment_grading.handing_out.handout import Key
from assignment_grading.reporting import changes, reports, similarity
from assignment_grading.reporting.feedback import Late
from assignment_grading.reporting.pdf import Typesetter
from assignment_grading.reporting.results import gather
from assignment_grading.running import rooms
from assignment_grading.running.grading import Limits, Submission, grade_all
from assignment_grading.running.outcome import GRADED, MISSING, Outcome
from assignment_grading.tabular import marked_answers, written
from assignment_grading.tabular.csv_files import MARK
from assignment_grading.tabular.roster import file_name, read_roster
from assignment_grading.tabular.written_answers import read_answers

_MOST_MOVED = 30

GRADEBOOK = "gradebook.csv"
_MOST_LINES = 30

DONE, SOME_NOT_GRADED, REFUSED, INTERRUPTED = 0, 1, 2, 130

_DESCRIPTION = """\
Hand out assignments and grade a class.

  assign  write students' notebooks, autograder archives and solutions from masters
  grade   grade a folder of submissions with otter-grader, many at a time
  regrade the same after a test was mended, without handing out again

Students' code is untrusted. On Linux, best with bubblewrap installed, each submission
is isolated from your files, other submissions and the network; grading begins by saying
what this machine gives. The README says how to grade in a container.
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
        commands = {"assign": assign, "grade": grade, "regrade": regrade}
        return commands[options.command](options)
    except (AssignmentError, OutputError, OSError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return INTERRUPTED


def assign(options: argparse.Namespace) -> int:
    """Write the sets of all masters."""
    roster = read_roster(options.roster, _say) if options.roster else []
    names = {student.id: student.name for student in roster}
    students = list(names)
    if students and options.parameter:
        msg = "With a roster the variant is decided by the id: leave out --parameter."
        raise AssignmentError(msg)
    plan = {}
    for master in map(masters.read_master, options.masters):
        plan[master] = {one: masters.variant_of(master, one) for one in students}
        if not students:
            plan[master] = {"": masters.variant_with(master, dict(options.parameter))}
    environment = _environment(options)
    for folder in handout.assign(
        plan, options.output, environment, options.jobs, _say, names
    ):
        print(folder)
    return DONE


def regrade(options: argparse.Namespace) -> int:
    """Renew the keys from a mended master, and grade what there is to grade."""
    master = masters.read_master(options.master)
    options.set = options.set or options.sets / master.name
    environment = _environment(options)
    renewed = renewal.renew(master, options.set, environment, options.jobs, _say)
    if renewed:
        _say(f"New keys for {', '.join(renewed)}. The former ones are beside them.")
    else:
        _say("The keys are what the master makes: none is new.")
    return grade(options) if options.submissions else DONE


def grade(options: argparse.Namespace) -> int:
    """Grade a folder and write the reports."""
    if options.late_penalty is not None and options.deadline is None:
        raise AssignmentError("A late penalty needs the deadline: give --deadline.")
    typesetter = Typesetter() if options.pdf else None
    arrived = collecting.read(options.submissions, _not_submissions(options))
    folder = options.set or options.sets / collecting.assignment_of(
        arrived, options.submissions, collecting.names_of_sets(options.sets)
    )
    assigned, keys = handout.read_set(folder)
    results = options.results or Path("grades") / folder.name
    before = changes.read_scores(results / "scores.csv")  # refuses what is none
    protection = _protection(options.unprotected)
    names = handout.read_names(folder)
    book = _gradebook(options, list(assigned), names, folder, results)
    collection = _collect(
        options.submissions, arrived, assigned, folder, results, names, book
    )
    students_keys = _students_keys(collection, assigned, keys)
    marks = written.read_marks(results / "written.csv", students_keys, names)
    submissions = [
        Submission(
            file_name(student),
            path,
            folder / handout.KEYS / students_keys[student].variant / handout.ARCHIVE,
            students_keys[student].points,
        )
        for student, path in collection.paths.items()
    ]
    with tqdm(total=len(submissions), unit="submission", file=sys.stderr) as progress:
        graded = grade_all(
            submissions,
            results / "outcomes",
            Limits(options.seconds, options.memory, options.wall or 0),
            options.jobs,
            lambda *_: progress.update(),
            protection,
        )
    outcomes = _outcomes(collection, assigned, graded)
    answers = {
        student: read_answers(path, students_keys[student])
        for student, path in collection.paths.items()
    }
    changed = marked_answers.changed(results / "marked.json", marks, answers)
    for student, question in changed:
        _say(
            f"{student}: the answer to {question} is another than the one that you "
            "marked. Its mark does not count until you change the points or the "
            "comment in its line."
        )
    current = {it: one for it, one in marks.items() if it not in changed}
    gathered = gather(outcomes, students_keys, answers, current, names)
    files = _with_times(options, collection, book)
    late: dict[str, Late] = {}
    if options.deadline is not None:
        late = lateness.lateness(files, options.deadline, options.late_penalty)
    # First what moved: whoever interrupts the command is told so twice, not never.
    _tell_moved(changes.record(results, before, reports.scores(gathered)))
    likenesses = similarity.alike(collection.paths, students_keys, folder)
    problem = reports.write(
        gathered,
        collection.unknown,
        folder.name,
        results,
        likenesses,
        typesetter,
        late,
    )
    if problem:
        _say(problem)
    if likenesses:
        _say(f"Some answers are alike: look at {results / 'similarity.html'}.")
    handed_in = {student: students_keys[student] for student in collection.files}
    for line in written.add_lines(results / "written.csv", handed_in, names):
        _say(line)
    _add_lateness(options, results, list(outcomes), files)
    _fill_in(book, results, list(outcomes), students_keys)
    return _close(outcomes, collection, results)


def _not_submissions(options: argparse.Namespace) -> list[Path]:
    """List the folders that may lie beside submissions and are none."""
    results = options.results or Path("grades")
    folders = [options.sets, options.set, results, results / collecting.SUBMISSIONS]
    return [folder for folder in folders if folder]


def _gradebook(
    options: argparse.Namespace,
    students: list[str],
    names: dict[str, str],
    folder: Path,
    results: Path,
) -> gradebook.Gradebook | None:
    if not options.gradebook:
        return None
    system, name = options.gradebook
    if system not in gradebook.SYSTEMS:
        known = " or ".join(gradebook.SYSTEMS)
        msg = f"--gradebook takes {known} and a file; {system} is neither."
        raise AssignmentError(msg)
    if Path(name).resolve() == (results / GRADEBOOK).resolve():
        msg = f"{name} is what the command writes. Name the export of {system}."
        raise AssignmentError(msg)
    return gradebook.read_gradebook(
        system, Path(name), students, folder.name, options.gradebook_column, names
    )


def _collect(
    place: Path,
    arrived: Sequence[collecting.Arrived],
    assigned: dict[str, str],
    folder: Path,
    results: Path,
    names: dict[str, str],
    book: gradebook.Gradebook | None,
) -> Collection:
    """Find each student's notebook, and write why each file was taken or not."""
    own = results / collecting.SUBMISSIONS
    if own.resolve() == place.resolve():
        msg = f"The results need a folder of their own: {own} holds the submissions."
        raise AssignmentError(msg)
    assignment = collecting.assignment_of_set(folder)
    calls = {student: (name,) for student, name in names.items()}
    for student, more in (book.calls if book else {}).items():
        calls[student] = (*calls.get(student, ()), *more)
    collection = collecting.collect(arrived, assigned, own, assignment, calls)
    write_atomically(results / collecting.TABLE, collecting.table(collection))
    return collection


def _with_times(
    options: argparse.Namespace,
    collection: Collection,
    book: gradebook.Gradebook | None,
) -> dict[str, collecting.Handed]:
    """Add the times that a gradebook has to what was handed in."""
    if not book:
        return collection.files
    system = f"{options.gradebook[0].capitalize()}'s table"
    return lateness.with_times(collection.files, book.times, system)


def _add_lateness(
    options: argparse.Namespace,
    results: Path,
    students: list[str],
    files: dict[str, collecting.Handed],
) -> None:
    if options.deadline is None:
        return
    path = results / "scores.csv"
    scores = path.read_text(encoding="utf-8-sig")
    late = options.deadline, options.late_penalty
    written_again = lateness.add_columns(scores, students, files, *late)
    write_atomically(path, MARK + written_again)
    by_file = [student for student, one in files.items() if one.is_by_file]
    if by_file:
        _say(
            "These times are those of the files, which a download can change: "
            f"{', '.join(by_file)}."
        )
    unknown = lateness.unknown(files, options.deadline)
    if unknown:
        _say(f"Nothing tells how late these were: {', '.join(unknown)}.")


def _fill_in(
    book: gradebook.Gradebook | None,
    results: Path,
    students: list[str],
    keys: dict[str, Key],
) -> None:
    """Write the scores into a copy of the gradebook."""
    if book is None:
        if (results / GRADEBOOK).exists():
            _say(
                f"{results / GRADEBOOK} is that of an earlier grading: name the export "
                "with --gradebook again before you import it."
            )
        return
    scores = lateness.totals((results / "scores.csv").read_text(encoding="utf-8-sig"))
    content, said = gradebook.fill_in(book, dict(zip(students, scores, strict=True)))
    write_atomically(results / GRADEBOOK, content)
    for line in said:
        _say(line)
    possible = {
        sum(key.points.values()) + sum(it.points for it in key.written)
        for key in keys.values()
    }
    if book.most is not None and possible != {book.most}:
        listed = ", ".join(f"{points:g}" for points in sorted(possible))
        _say(
            f"{book.path.name} counts the assignment out of {book.most:g} points, but "
            f"these scores are out of {listed}. They were written as they are: change "
            "the points of the assignment in the system before you import them."
        )
    print(results / GRADEBOOK)


def _protection(unprotected: bool) -> rooms.Protection:
    """Say what this machine gives, and refuse to go on with nothing unasked."""
    found = rooms.protection()
    if found.by == rooms.NOTHING and not unprotected:
        raise AssignmentError(
            f"{found} Grade on Linux, with bubblewrap installed, or in a container as "
            "the README of assignment-grading shows. If you trust all that was handed "
            "in as you trust yourself: --unprotected. Nothing was graded."
        )
    _say(str(found))
    return found


def _students_keys(
    collection: Collection, assigned: dict[str, str], keys: dict[str, Key]
) -> dict[str, Key]:
    if assigned:
        return {student: keys[variant] for student, variant in assigned.items()}
    if len(keys) > 1:
        msg = f"Without a roster one variant was expected, not {', '.join(keys)}."
        raise AssignmentError(msg)
    only = next(iter(keys.values()))
    return dict.fromkeys([*collection.files, *collection.refused], only)


def _outcomes(
    collection: Collection, assigned: dict[str, str], graded: dict[str, Outcome]
) -> dict[str, Outcome]:
    """Put outcomes and reasons for having none in the order of the roster."""
    absent = Outcome(MISSING, "Nothing was handed in.")
    outcomes = dict.fromkeys(collection.missing, absent)
    outcomes |= {one: graded[file_name(one)] for one in collection.files}
    outcomes |= collection.refused
    return {student: outcomes[student] for student in assigned or sorted(outcomes)}


def _tell_moved(moved: list[str]) -> None:
    if moved:
        _say(f"{len(moved)} moved since the last grading; changes.csv lists all:")
        for line in moved[:_MOST_MOVED]:
            _say(f"  {line}")


def _environment(options: argparse.Namespace) -> handout.Environment:
    requirements = _lines(options.requirements) if options.requirements else ()
    return handout.Environment(tuple(requirements), tuple(options.wheel))


def _close(outcomes: dict[str, Outcome], collection: Collection, results: Path) -> int:
    wrong = {
        student: outcome
        for student, outcome in outcomes.items()
        if outcome.status not in (GRADED, MISSING)
    }
    for student, outcome in wrong.items():
        _say(f"{student}: {outcome.status}. {outcome.note}")
    if collection.missing:
        _say(f"Nothing from {', '.join(collection.missing)}.")
    told = [file for file in collection.found if file.matters]
    for file in told[:_MOST_LINES]:
        _say(f"{file.name}: not taken. {file.reason}")
    if len(told) > _MOST_LINES:
        table = results / collecting.TABLE
        _say(f"{len(told) - _MOST_LINES} more files were not taken: see {table}.")
    print(results / "summary.html")
    return SOME_NOT_GRADED if wrong or collection.unknown else DONE


def _lines(path: Path) -> list[str]:
    lines = map(str.strip, path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


def _deadline(text: str) -> datetime:
    try:
        return lateness.read_deadline(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _per_cent(text: str) -> float:
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = -1
    if not 0 < number <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 100 per cent")
    return number


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="assignment-grading",
        description=_DESCRIPTION,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    sets = Path("_build/assignments")

    archives = argparse.ArgumentParser(add_help=False)  # of assign and regrade
    archives.add_argument(
        "--requirements", type=Path, help="what an archive's environment is made of"
    )
    archives.add_argument(
        "--wheel",
        type=Path,
        nargs="+",
        default=[],
        help="distributions that the archives carry, since no registry has them",
    )

    one = commands.add_parser(
        "assign", parents=[archives], help="write what is handed out, and the keys"
    )
    one.add_argument("masters", nargs="+", type=Path, help="master notebooks")
    one.add_argument(
        "--roster",
        type=Path,
        help="table with a column of ids: each student gets a variant by the id",
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

    two = argparse.ArgumentParser(add_help=False)  # of grade and regrade
    two.add_argument(
        "--set", type=Path, help="what was handed out; else the notebooks say it"
    )
    two.add_argument(
        "--sets", type=Path, default=sets, help=f"folder of all sets ({sets})"
    )
    two.add_argument("--results", type=Path, help="where to write (grades/<name>)")
    two.add_argument(
        "--pdf", action="store_true", help="write each student's feedback as PDF, too"
    )
    two.add_argument(
        "--seconds",
        type=_positive,
        default=120,
        help="of processor time for one submission (120)",
    )
    two.add_argument(
        "--wall",
        type=_positive,
        help="seconds from start to end of one submission (three times --seconds)",
    )
    two.add_argument(
        "--unprotected",
        action="store_true",
        help="grade even where this system cannot keep students' code from anything",
    )
    two.add_argument(
        "--memory", type=_positive, default=2048, help="MiB for one process (2048)"
    )
    two.add_argument(
        "--deadline",
        type=_deadline,
        metavar="TIME",
        help="adds to the scores how late each was: 2026-11-30T23:59+02:00",
    )
    two.add_argument(
        "--late-penalty",
        type=_per_cent,
        metavar="PER_CENT",
        help="adds the total after so many per cent for each day begun",
    )
    two.add_argument(
        "--gradebook",
        nargs=2,
        metavar=("SYSTEM", "FILE"),
        help="canvas or moodle, and its export: a copy of it gets the scores",
    )
    two.add_argument(
        "--gradebook-column",
        default="",
        metavar="NAME",
        help="the assignment's column in it, if its name does not tell",
    )

    grading = commands.add_parser("grade", parents=[two], help="grade submissions")
    grading.add_argument(
        "submissions", type=Path, help="a folder, or one zip file of everything"
    )

    again = commands.add_parser(
        "regrade",
        parents=[archives, two],
        help="renew the keys after a test was mended, and grade again",
    )
    again.add_argument("master", type=Path, help="the master, mended")
    again.add_argument(
        "submissions",
        type=Path,
        nargs="?",
        help="one file for each student; without it, only the keys are renewed",
    )
    for command in (one, grading, again):
        command.add_argument(
            "--jobs",
            type=_positive,
            default=_cores(),
            help="at a time; by default all cores",
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
