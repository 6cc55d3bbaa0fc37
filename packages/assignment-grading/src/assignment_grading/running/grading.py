"""Many submissions at a time, each in a room of its own, and resumable."""

from __future__ import annotations

import ast
import contextlib
import glob
import hashlib
import importlib.util
import math
import os
import selectors
import shutil
import signal
import socket
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import nbformat
from papermill_pages.outputs import write_atomically

from assignment_grading import insides
from assignment_grading.running import confinement, rooms, student
from assignment_grading.running.outcome import (
    CRASHED,
    GRADED,
    OTHER_VARIANT,
    TIMED_OUT,
    UNREADABLE,
    Outcome,
)
from assignment_grading.running.template import Template

_LARGEST_OUTCOME = 4 * 2**20
_SECONDS_AFTER_ALL_LIMITS = 90
_SECONDS_BETWEEN_LOOKS = 1.0
_TOGETHER = 2  # how many times the seconds of one process all of a submission may take
_OF_TESTS = (
    "assignment_grading.running.examiner",
    "otter.test_files",
    "otter.nbmeta_config",
)
# What a student's code finds in its environment, beside what `rooms.enter` sets.
_PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "LD_LIBRARY_PATH",
    "ASSIGNMENT_GRADING_FORKS",
)
_SET = {
    "USER": "student",
    "LOGNAME": "student",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    # The cores are busy with other submissions: linear algebra keeps to one thread.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Submission:
    """What one student handed in."""

    student: str  # name of the student's files
    path: Path  # a notebook
    archive: Path  # otter's archive with the tests of the student's variant
    points: Mapping[str, float] | None = None  # what each question is worth, if known


@dataclass(frozen=True)
class Limits:
    """What one submission may take."""

    seconds: int = 120  # of processor time, each of its processes
    memory: int = 2048  # MiB of data, each of its processes
    wall: int = 0  # seconds from start to end; three times `seconds` if 0

    @property
    def ceiling(self) -> int:
        """Seconds from start to end."""
        return self.wall or 3 * self.seconds


def grade_all(
    submissions: Sequence[Submission],
    folder: Path,
    limits: Limits,
    jobs: int,
    report: Callable[[str, Outcome], None] = lambda *_: None,
    protection: rooms.Protection | None = None,
) -> dict[str, Outcome]:
    """Grade what has not been graded yet.

    Parameters
    ----------
    submissions : sequence of Submission
        One for each student.
    folder : Path
        Where outcomes are written. One that is there, for the same file, tests and
        limits, is taken as it is, unless the submission crashed or timed out.
    limits : Limits
        What one submission may take.
    jobs : int
        How many are graded at a time.
    report : callable
        Is told each student and outcome as soon as it is known.
    protection : Protection, optional
        What keeps a student's code from the rest of the machine; by default the best
        that it gives.

    Returns
    -------
    dict of str to Outcome
        By student, in the order given.
    """
    insides.check_results()
    folder.mkdir(parents=True, exist_ok=True)
    known: dict[str, Outcome] = {}
    waiting: list[tuple[Submission, Path]] = []
    for one in submissions:
        path = folder / f"{one.student}.{_digest(one, limits)}.json"
        former = _former(path)
        if former is not None and former.status not in (CRASHED, TIMED_OUT):
            known[one.student] = former
            report(one.student, former)
        else:
            waiting.append((one, path))
    if waiting:
        graded = _grade_in_parallel(
            waiting, limits, jobs, protection or rooms.protection()
        )
        for one, path, outcome in graded:
            for old in folder.glob(f"{glob.escape(one.student)}.*.json"):
                old.unlink()
            write_atomically(path, outcome.to_json())
            known[one.student] = outcome
            report(one.student, outcome)
    return {one.student: known[one.student] for one in submissions}


def _former(path: Path) -> Outcome | None:
    """Read an outcome of an earlier run; None if there is none that can be read."""
    try:
        return Outcome.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def imported_modules(sources: Iterable[str]) -> list[str]:
    """List the modules that code imports and that exist here."""
    imported: set[str] = set()
    for source in set(sources):
        with contextlib.suppress(SyntaxError):  # a magic
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Import):
                    imported |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    members = {f"{node.module}.{alias.name}" for alias in node.names}
                    imported |= {str(node.module), *members}
    return sorted(name for name in imported if _is_module(name))


def _of_tests(archive: Path) -> Iterator[str]:
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.startswith("tests/") and name.endswith(".py"):
                yield opened.read(name).decode()


def _of_solutions(archive: Path) -> Iterator[str]:
    for solution in archive.parent.glob("*.ipynb"):
        for cell in nbformat.read(solution, as_version=4).cells:
            if cell.cell_type == "code":
                yield cell.source


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _digest(one: Submission, limits: Limits) -> str:
    """Name everything that an outcome depends on."""
    with_what = [version("otter-grader"), version("assignment-grading"), limits]
    digest = hashlib.sha256(str(with_what).encode())
    for path in (one.path, one.archive):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


@dataclass
class _Running:
    submission: Submission
    path: Path
    room: rooms.Room
    process: int  # the one that entered the room
    examiner: int  # the one that tests its answers
    answer: socket.socket
    until: float
    received: bytes = b""
    stopped: Outcome | None = None  # why its processes were ended


def _grade_in_parallel(
    waiting: Sequence[tuple[Submission, Path]],
    limits: Limits,
    jobs: int,
    protection: rooms.Protection,
) -> Iterator[tuple[Submission, Path, Outcome]]:
    with contextlib.ExitStack() as stack:
        confinement.raise_open_files()
        root = tempfile.mkdtemp(prefix="grade-")
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        line = _Line(limits, protection, Path(os.path.realpath(root)), waiting)
        stack.callback(line.close)
        left, active = list(reversed(waiting)), dict[socket.socket, _Running]()
        # Of what epoll watches, a user has a quota, which a room may share.
        selector = stack.enter_context(selectors.PollSelector())
        stack.callback(_close_rooms, active)
        look = time.monotonic() + _SECONDS_BETWEEN_LOOKS
        while left or active:
            while left and len(active) < jobs:
                one, path = left.pop()
                try:
                    run = line.start(one, path)
                except OSError as error:
                    note = f"No process could be started for it: {error}."
                    yield one, path, Outcome(CRASHED, note)
                    continue
                active[run.answer] = run
                selector.register(run.answer, selectors.EVENT_READ)
            if not active:
                continue
            first = min(look, *(run.until for run in active.values()))
            ready = selector.select(max(0.0, first - time.monotonic()))
            heard = {key.fileobj for key, _ in ready}
            began = time.monotonic()
            if began >= look:
                for run in active.values():
                    _stop_if_too_much(run, limits)
                # Many processes take long to look at.
                took = time.monotonic() - began
                look = began + max(_SECONDS_BETWEEN_LOOKS, 10 * took)
            for run in list(active.values()):
                outcome = _hear(run) if run.answer in heard else None
                if outcome is None and time.monotonic() > run.until:
                    with contextlib.suppress(OSError):
                        os.kill(run.examiner, signal.SIGKILL)
                    outcome = Outcome(CRASHED, "Its tests did not come to an end.")
                if outcome is not None:
                    selector.unregister(run.answer)
                    del active[run.answer]
                    run.answer.close()
                    run.room.close()
                    yield run.submission, run.path, outcome


def _stop_if_too_much(run: _Running, limits: Limits) -> None:
    """End a submission whose processes together take more than they may."""
    seconds, memory = _TOGETHER * limits.seconds, limits.memory
    if run.stopped:
        return
    taken = rooms.taken([run.process, getattr(run.room, "holder", 0)])
    if taken.seconds > seconds:
        note = f"All its processes took {seconds} seconds of processor time."
        run.stopped = Outcome(TIMED_OUT, note)
    elif taken.memory > memory:
        run.stopped = Outcome(CRASHED, f"It took more than {memory} MiB of memory.")
    if run.stopped:
        run.room.close()


def _close_rooms(active: Mapping[socket.socket, _Running]) -> None:
    for run in active.values():
        run.room.close()


class _Line:
    """The processes that students' rooms and their examiners are forked from."""

    def __init__(
        self,
        limits: Limits,
        protection: rooms.Protection,
        root: Path,
        waiting: Sequence[tuple[Submission, Path]],
    ) -> None:
        self.limits, self.by, self.root = limits, protection.by, root
        archives = {one.archive for one, _ in waiting}
        solved = [text for it in archives for text in _of_solutions(it)]
        tested = [text for it in archives for text in _of_tests(it)]
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        if "PATH" in passed:  # its other folders tell of the teacher
            passed["PATH"] = rooms.programs(passed["PATH"])
        (root / "start").mkdir()
        start = str(root / "start")
        # Students' rooms know nothing of what the tests import, nor where they are.
        self.students = Template(
            "assignment_grading.running.student:run",
            [*student.MODULES, *imported_modules(solved)],
            {**passed, **_SET},
            start,
        )
        self.examiners = Template(
            "assignment_grading.running.examiner:examine",
            [*_OF_TESTS, *imported_modules(tested)],
            {**os.environ, **_SET},
            start,
        )

    def start(self, one: Submission, path: Path) -> _Running:
        """Start grading a submission."""
        room = rooms.make(self.by, self.root)
        try:
            ours, theirs = socket.socketpair()
            answer, given = socket.socketpair()
            asked = {"seconds": self.limits.seconds, "memory": self.limits.memory}
            with ours, theirs, given:
                line = [room.theirs] if isinstance(room, rooms.Watched) else []
                process = self.students.order(
                    {"room": room.describe(), "limits": asked}, [theirs, *line]
                )
                examiner = self.examiners.order(
                    {
                        "submission": str(one.path.resolve()),
                        "archive": str(one.archive.resolve()),
                        "folder": str(self.root),
                        "limits": asked,
                        "wall": self.limits.ceiling,
                    },
                    [ours, given],
                )
        except BaseException:
            room.close()
            raise
        answer.setblocking(False)
        until = time.monotonic() + self.limits.ceiling + _SECONDS_AFTER_ALL_LIMITS
        return _Running(one, path, room, process, examiner, answer, until)

    def close(self) -> None:
        """End all of them."""
        self.students.close()
        self.examiners.close()


def _hear(run: _Running) -> Outcome | None:
    """Read on, and return the outcome once it is complete."""
    try:
        part = run.answer.recv(2**20)
    except BlockingIOError:
        return None
    except OSError:
        part = b""
    run.received += part
    if part and len(run.received) <= _LARGEST_OUTCOME:
        return None
    try:
        outcome = Outcome.from_json(run.received.decode())
        wrong = implausible(outcome, run.submission.points)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Outcome(CRASHED, "What it sent could not be tested to the end.")
    if wrong:
        return Outcome(CRASHED, f"Its result is refused: {wrong}.")
    if run.stopped and outcome.status in (CRASHED, TIMED_OUT):
        # What was tested before keeps its points.
        return replace(outcome, status=run.stopped.status, note=run.stopped.note)
    return outcome


def implausible(outcome: Outcome, points: Mapping[str, float] | None = None) -> str:
    """Say what cannot be true of an outcome; nothing if it can.

    Parameters
    ----------
    outcome : Outcome
        Of a submission.
    points : mapping of str to float, optional
        What each question is worth, if it is known.
    """
    if outcome.status not in (GRADED, CRASHED, TIMED_OUT, UNREADABLE, OTHER_VARIANT):
        return f"there is no status “{outcome.status}”"
    if outcome.scores.keys() != outcome.tests.keys():
        return "points and tests are of different questions"
    for question, score in outcome.scores.items():
        if points is not None and question not in points:
            return f"there is no question {question}"
        worth = [test.points for test in outcome.tests[question]]
        earned = [test.points for test in outcome.tests[question] if test.passed]
        if not all(math.isfinite(it) and it >= 0 for it in (score, *worth)):
            return f"{question} has points that are no number"
        if points is not None and not math.isclose(sum(worth), points[question]):
            return f"the tests of {question} are worth {sum(worth):g} points"
        if score > sum(earned) + 1e-9:
            return f"{question} has {score:g} points, its tests give {sum(earned):g}"
    if outcome.status == GRADED and points is not None:
        lost = [question for question in points if question not in outcome.scores]
        if lost:
            return f"{', '.join(lost)} was not tested"
    return ""
