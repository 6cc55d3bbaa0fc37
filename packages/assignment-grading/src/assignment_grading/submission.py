"""One submission, graded by otter-grader in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import nbformat
import otter.run
from otter.test_files import GradingResults

from assignment_grading import confinement

GRADED = "graded"
UNREADABLE = "unreadable"
OTHER_VARIANT = "other variant"
CRASHED = "crashed"
TIMED_OUT = "timed out"
MISSING = "missing"


@dataclass(frozen=True)
class Test:
    """What one test of a question found.

    Attributes
    ----------
    hidden : bool
        Whether the student could not run it.
    points : float
        What it is worth.
    passed : bool
        Whether it passed.
    message : str
        What the student is told if it did not pass.
    """

    hidden: bool
    points: float
    passed: bool
    message: str


@dataclass(frozen=True)
class Outcome:
    """What became of one submission.

    Attributes
    ----------
    status : str
        One of the statuses of this module.
    note : str
        A sentence on what went wrong; empty if the submission was graded.
    scores : dict of str to float
        Points by question; empty if it was not graded.
    tests : dict of str to list of Test
        By question, in the order of the archive.
    """

    status: str
    note: str
    scores: dict[str, float]
    tests: dict[str, list[Test]]

    def to_json(self) -> str:
        """Write it as text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Outcome:
        """Read what `to_json` wrote."""
        read: dict[str, Any] = json.loads(text)
        tests = {
            question: [Test(**test) for test in tests]
            for question, tests in read["tests"].items()
        }
        scores = {question: float(score) for question, score in read["scores"].items()}
        return cls(str(read["status"]), str(read["note"]), scores, tests)

    @property
    def total(self) -> float:
        """The points of all questions."""
        return sum(self.scores.values())


def not_graded(status: str, note: str) -> Outcome:
    """Say why there are no scores."""
    return Outcome(status, note, {}, {})


def grade(
    submission: Path,
    archive: Path,
    folder: Path,
    memory: int,
    variables: Mapping[str, str],
    answer: Connection,
) -> None:
    """Grade a submission and send the outcome; the caller ends this process.

    Parameters
    ----------
    submission, archive : Path
        What was handed in, and otter's archive with the tests.
    folder : Path
        The only folder that this process and the student's code may write in.
    memory : int
        MiB of data that each process may take.
    variables : mapping of str to str
        The environment of the caller.
    answer : Connection
        Where an `Outcome` goes, as JSON: nothing that a student's code has touched is
        unpickled by the caller.
    """
    os.setsid()
    confinement.die_with_parent()
    os.environ.clear()
    os.environ.update(variables)
    with confinement.environment(folder, memory):
        tempfile.tempdir = None
        os.chdir(folder)
        confinement.confine(folder, memory)
        answer.send_bytes(_outcome(submission, archive, folder).to_json().encode())
        # What the student's code left running is found by way of this process.
        signal.pause()


def _outcome(submission: Path, archive: Path, folder: Path) -> Outcome:
    try:
        copy = _copy(submission, folder)
    except Exception as error:
        note = f"The file cannot be read as a notebook: {_first_line(error)}"
        return not_graded(UNREADABLE, note)
    asked, given = _assignment_of_archive(archive), _assignment_of_notebook(copy)
    if given is not None and given != asked:
        note = (
            f"The notebook is that of “{given}”; this student was given “{asked}”. "
            "It was not graded."
        )
        return not_graded(OTHER_VARIANT, note)
    try:
        results = _run_otter(copy, archive, folder)
    except Exception as error:
        note = f"The notebook did not run to its end: {_first_line(error)}"
        return not_graded(CRASHED, note)
    if results.has_catastrophic_failure():
        note = "The notebook ran, but its tests gave no result. Did it stop its kernel?"
        return not_graded(CRASHED, note)
    return _read(results)


def _copy(submission: Path, folder: Path) -> Path:
    """Copy what was handed in; a notebook gets the kernel that exists here.

    Students work in environments with names of their own, which a notebook remembers.
    """
    copy = folder / f"submission{submission.suffix}"
    if submission.suffix == ".zip":
        copy.write_bytes(submission.read_bytes())
        with zipfile.ZipFile(copy) as archive:
            archive.testzip()
        return copy
    notebook = nbformat.read(submission, as_version=nbformat.NO_CONVERT)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, copy)
    return copy


def _run_otter(copy: Path, archive: Path, folder: Path) -> GradingResults:
    with (
        (folder / "otter.log").open("w") as log,
        redirect_stdout(log),
        redirect_stderr(log),
    ):
        return otter.run.main(
            str(copy), autograder=str(archive), output_dir=None, no_logo=True
        )


def _assignment_of_archive(archive: Path) -> str | None:
    with zipfile.ZipFile(archive) as opened:
        config = json.loads(opened.read("otter_config.json"))
    name: str | None = config.get("assignment_name")
    return name


def _assignment_of_notebook(copy: Path) -> str | None:
    if copy.suffix != ".ipynb":
        return None
    metadata = json.loads(copy.read_text(encoding="utf-8"))["metadata"]
    name: str | None = metadata.get("otter", {}).get("assignment_name", "")
    return name


def _read(results: GradingResults) -> Outcome:
    scores, tests = {}, {}
    for question, file in results.results.items():
        scores[question] = float(file.score)
        tests[question] = [
            Test(
                bool(found.test_case.hidden),
                float(found.test_case.points),
                bool(found.passed),
                "" if found.passed else _told(found),
            )
            for found in file.test_case_results
        ]
    return Outcome(GRADED, "", scores, tests)


def _told(found: Any) -> str:
    """Take the sentence of a failed test, and leave out the code of the test.

    Otter's message is the failing line of the test, then the error.
    """
    if found.test_case.failure_message:
        return str(found.test_case.failure_message)
    kind, _, said = str(found.message).rpartition("\n")[2].partition(": ")
    if kind == "AssertionError" and said:
        return said
    if "ellipsis" in said or "NoneType" in said:
        return "There is no answer yet."
    return f"The answer is not of the kind that was asked for ({kind}: {said})."


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
