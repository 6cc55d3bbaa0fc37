"""Tests one submission, in a process that the student's code never shared.

The notebook runs in a room (`running.student`); its answers come through a `Channel` as
data, and otter's tests, hidden ones too, are run here on these data.
"""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import nbformat

from assignment_grading import insides
from assignment_grading.running import confinement
from assignment_grading.running.answers import AnswerError, Remote, decode
from assignment_grading.running.channel import Channel, ChannelError, OutOfTime
from assignment_grading.running.outcome import (
    CRASHED,
    OTHER_VARIANT,
    TIMED_OUT,
    UNREADABLE,
    Outcome,
    Test,
)

_SECONDS_OF_THE_EXAMINER = 60
_SECONDS_AFTER_THE_NOTEBOOK = 10
_MEMORY = 4096
_MOST_ERRORS = 5
_MOST_CHECKS = 30
"""How often a question is tested while its notebook runs.

A function that tests call learns from each run how far it came. It is not to try
thousands of answers, each after the last.
"""


def examine(
    arguments: dict[str, Any], end: socket.socket, answer: socket.socket
) -> None:
    """Grade a submission and send the outcome.

    Parameters
    ----------
    arguments : dict
        `submission` and `archive`, files; `folder`, where this process may write;
        `limits`, those of `rooms.Limits` for the notebook; and `wall`, the seconds
        after which it is stopped whatever it does.
    end : socket
        Of the channel to the student's room.
    answer : socket
        Takes an `Outcome` as JSON.
    """
    wall = arguments["wall"]
    # What hangs in a test, too, ends: the tests see what students made. Where this does
    # not help, since one step takes so long, the limit of processor time does.
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_REAL, wall + _SECONDS_AFTER_THE_NOTEBOOK, 5)
    folder = tempfile.mkdtemp(dir=arguments["folder"])
    os.environ.update(TMPDIR=folder, HOME=folder)
    tempfile.tempdir = None
    os.chdir(folder)
    seconds = int(wall + _SECONDS_OF_THE_EXAMINER)
    confinement.limit(seconds, _MEMORY, 0)
    confinement.end_early(500)  # after students' processes, before the teacher's
    submission, archive = Path(arguments["submission"]), Path(arguments["archive"])
    until = time.monotonic() + wall
    examination = Examination(Channel(end, until), arguments["limits"]["seconds"], wall)
    try:
        outcome = examination.grade(submission, archive)
    except MemoryError:
        outcome = Outcome(CRASHED, "What the notebook sent takes too much memory.")
    answer.sendall(outcome.to_json().encode())


class Examination:
    """The conversation with one student's notebook."""

    def __init__(self, channel: Channel, seconds: float, wall: float) -> None:
        self.channel = channel
        self.seconds = seconds
        self.wall = wall
        self.scores: dict[str, float] = {}
        self.tests: dict[str, list[Test]] = {}
        self.checks = Counter[str]()  # how often each question was tested
        self.last: dict[str, Any] = {}  # answers that wait for the end
        self.errors: list[str] = []

    def grade(self, submission: Path, archive: Path) -> Outcome:
        """Run the notebook and its tests."""
        try:
            notebook = nbformat.read(submission, as_version=nbformat.NO_CONVERT)
            given = insides.assignment_name(notebook) or ""
        except Exception as error:
            note = f"The file cannot be read as a notebook: {_first_line(error)}"
            return Outcome(UNREADABLE, note)
        with zipfile.ZipFile(archive) as opened:
            key = insides.read_archive(opened)
        if given != key.assignment:
            note = (
                f"The notebook is that of “{given[:100]}”; this student was given "
                f"“{key.assignment}”. It was not graded."
            )
            return Outcome(OTHER_VARIANT, note)
        try:
            cells = insides.cells_to_run(notebook, key)
        except Exception as error:
            note = f"The file cannot be read as a notebook: {_first_line(error)}"
            return Outcome(UNREADABLE, note)
        try:
            self._converse(cells, key)
        except OutOfTime:
            note = f"The notebook was stopped after {self.wall:g} seconds."
            return self._outcome(TIMED_OUT, note)
        except _Ended as ended:
            if ended.code == -signal.SIGXCPU:
                note = (
                    "The notebook was stopped after "
                    f"{self.seconds:g} seconds of processor time."
                )
                return self._outcome(TIMED_OUT, note)
            note = "The kernel that ran the notebook was ended by what it ran."
            return self._outcome(CRASHED, note)
        except (ChannelError, _Nonsense):
            note = "The process that ran the notebook was ended by what it ran."
            return self._outcome(CRASHED, note)
        return self._outcome("", "")

    def _outcome(self, status: str, note: str) -> Outcome:
        if not status:
            return Outcome.graded(self.scores, self.tests, self.errors)
        if self.scores:
            note += " The questions that had run until then keep their points."
        return Outcome(status, note, self.scores, self.tests, self.errors)

    def _converse(self, cells: list[insides.Cell], key: insides.Archive) -> None:
        self._ask("questions", key.names)
        for cell in cells:
            report = _dict(self._ask("cell", cell.source))
            self._note_error(cell.source, report.get("error"))
            checked = report.get("checked") or []
            for question, answers in _latest(checked).items():
                self._check(key, question, answers)
            for question in cell.checks:
                self._test_now(key, question)
        for question, answers in self.last.items():
            self._test(key, question, answers)
        for question in key.tests:
            if question not in self.tests:
                self._test_now(key, question)

    def _note_error(self, source: str, error: Any) -> None:
        """Remember a cell that failed: what its answers lack may come of that."""
        if not error or len(self.errors) >= _MOST_ERRORS:
            return
        lines = [line.strip() for line in source.splitlines() if line.strip()]
        first = next((it for it in lines if not it.startswith("#")), "")[:80]
        said = " ".join(str(error).split())[:300]
        self.errors.append(f"The cell that begins with “{first}” failed: {said}")

    def _test_now(self, key: insides.Archive, question: str) -> None:
        if question in key.tests:
            answers = self._ask("answers", key.names[question])
            self._check(key, question, _dict(answers))

    def _check(
        self, key: insides.Archive, question: str, answers: Mapping[str, Any]
    ) -> None:
        """Test a question now, or at the end if it was tested often enough."""
        if question not in key.tests:
            return
        self.checks[question] += 1
        if self.checks[question] > _MOST_CHECKS:
            self.last[question] = answers
        else:
            self._test(key, question, answers)

    def _test(
        self, key: insides.Archive, question: str, answers: Mapping[str, Any]
    ) -> None:
        """Run the tests of a question; those that run last count."""
        values, why = {}, ""
        for name in key.names[question]:
            if name in answers:
                try:
                    values[name] = self._value(answers[name])
                except AnswerError as error:
                    why = why or f"{name} cannot be tested. {error}"
        found = insides.run_tests(key.tests[question], values, why)
        self.scores[question], self.tests[question] = found

    def _value(self, entry: Any) -> Any:
        entry = _dict(entry)
        if "value" not in entry:
            raise AnswerError(str(entry.get("why", "It was not sent."))[:200])
        return decode(entry["value"], lambda *it: Remote(self._use, *it))

    def _use(self, number: int, what: str, given: Any) -> Any:
        """Let a function or an object of the student's do something."""
        from assignment_grading.running.answers import Encoder

        encoded = Encoder(_stays_here).encode(given)
        entry = _dict(self._ask("use", [number, what, encoded]))
        if "raised" in entry:
            kind, message = map(str, [*entry["raised"], "", ""][:2])
            raise StudentError(kind, message)
        return self._value(entry)

    def _ask(self, what: str, given: Any) -> Any:
        self.channel.send([what, given])
        answer = self.channel.receive()
        if isinstance(answer, dict) and "ended" in answer:
            raise _Ended(answer["ended"])
        return answer


class StudentError(Exception):
    """What a student's function raised."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"it raises {kind[:80]}: {message[:300]}")


def _out_of_time(*_: object) -> NoReturn:
    raise OutOfTime


class _Ended(BaseException):
    """The kernel has ended. No test may catch this."""

    def __init__(self, code: Any) -> None:
        self.code = code


class _Nonsense(BaseException):
    """The other side does not keep to what was agreed. No test may catch this."""


def _dict(it: Any) -> dict[str, Any]:
    if it is None:
        return {}
    if not isinstance(it, dict):
        raise _Nonsense
    return it


def _latest(checked: Any) -> dict[str, dict[str, Any]]:
    """Take the last answers to each question of those that one cell noted."""
    if not isinstance(checked, list):
        raise _Nonsense
    latest = {}
    for one in checked:
        if not isinstance(one, list) or len(one) != 2 or not isinstance(one[0], str):
            raise _Nonsense
        latest[one[0]] = _dict(one[1])
    return latest


def _stays_here(value: Any) -> int:
    raise TypeError(f"a test cannot give a {type(value).__name__} to a student's code")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
