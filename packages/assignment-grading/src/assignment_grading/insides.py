"""All that this package uses of otter-grader and that otter-grader does not document.

Documented are the format of a master, the command ``otter assign`` and the folders that
it writes, `otter.api.grade_submission`, and the keys of ``otter_config.json``. All else
is here, each use with its reason and with what happens without it. ``pyproject.toml``
bounds otter-grader above; when a newer version differs, the tests of this module say in
what.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import logging
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from assignment_grading.errors import AssignmentError
from assignment_grading.outcome import CRASHED, GRADED, Outcome, Test

ANSWER_TAG = "otter_answer_cell"
"""Tag of the cell for a written answer: it tells which cell the teacher is to read.

Without it `handout.assign` refuses a master with written questions.
"""

UNTOUCHED = "_Type your answer here, replacing this text._"
"""What that cell holds in the student's notebook.

With another text, an answer that stands below its own cell, which was left as it is, is
not looked for.
"""

QUESTION_BEGINS, QUESTION_ENDS = "<!-- BEGIN QUESTION -->", "<!-- END QUESTION -->"
"""What stands in the Markdown before and after a question that the teacher marks.

They tell where an answer is whose cell has lost id and tag. Without them, the number in
the question's heading does.
"""

ARCHIVE_FILES = "/autograder/source/files"
"""Where otter's containers unpack the files of an archive: pip needs a wheel's path.

Elsewhere nothing depends on it.
"""

KERNEL_MODULES = ("otter", "otter.check.notebook", "otter.execute", "pickle")
"""What otter imports in each kernel; forked kernels have it from the start.

A module that is gone is left out, and kernels start later.
"""

_RESULTS = {
    "GradingResults": ("results", "has_catastrophic_failure"),
    "TestFile": ("score", "test_case_results"),
    "TestCaseResult": ("test_case", "passed", "message"),
    "TestCase": ("hidden", "points", "failure_message"),
}


SLOW_ASSIGN = (
    "This version of otter-grader has no `otter.assign.main` of the known form. The "
    "command `otter assign` prepares each variant instead, which takes longer."
)


def check_results() -> None:
    """Refuse a version of otter-grader whose results cannot be read.

    Raises
    ------
    AssignmentError
        With what it lacks.
    """
    module = import_module("otter.test_files")
    gone = [
        f"{kind}.{name}"
        for kind, names in _RESULTS.items()
        for name in names
        if not _has(getattr(module, kind, None), name)
    ]
    if gone:
        raise AssignmentError(
            f"otter-grader {version('otter-grader')} has no {', '.join(gone)}, so its "
            "results cannot be read. Install assignment-grading again, which brings "
            "the version that it knows. Nothing was done."
        )


def can_call_assign() -> bool:
    """Tell whether `assign` can call the function of the command ``otter assign``."""
    function: Any = getattr(import_module("otter.assign"), "main", None)
    try:
        inspect.signature(function).bind("", "", no_pdfs=True, no_run_tests=True)
    except TypeError:
        return False
    return True


def assign(master: Path, folder: Path) -> None:
    """Do what the command ``otter assign`` does.

    Its function is called, since the command would import otter again for each variant.
    Without the function, the command is run.

    Raises
    ------
    Exception
        What otter raises of a master that it refuses.
    """
    logging.getLogger("otter").setLevel(logging.ERROR)
    if can_call_assign():
        function = import_module("otter.assign").main
        with contextlib.redirect_stdout(io.StringIO()):
            function(str(master), str(folder), no_pdfs=True, no_run_tests=True)
        return
    command = [sys.executable, "-m", "otter", "assign", str(master), str(folder)]
    done = subprocess.run(  # noqa: S603
        [*command, "--no-pdfs", "--no-run-tests"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rpartition("\n")[2])


def rename(notebook: str, before: str, name: str) -> str:
    """Tell a notebook its own name, under which ``grader.check`` looks for its tests.

    Otter writes the master's name into the first cell. Where no such cell is, the
    notebook stays as it is, and its checks work under the master's name alone.
    """
    old, new = (
        json.dumps(f'otter.Notebook("{it}")', ensure_ascii=False)[1:-1]
        for it in (before, name)
    )
    return notebook.replace(old, new)


def assignment_name(notebook: Any) -> str | None:
    """Return the name of the assignment that otter wrote into a notebook.

    Otter's own check of it ends in an error like any other, and a student who worked
    in another's notebook is to be told. Without the name not even a solution is its
    variant's, so that nothing is handed out.
    """
    name: str | None = notebook["metadata"].get("otter", {}).get("assignment_name")
    return name


def outcome(results: Any) -> Outcome:
    """Read what `otter.api.grade_submission` returned.

    The documented file ``results.json`` joins the tests of a question, and shows
    students their code.
    """
    if results.has_catastrophic_failure():
        note = "The notebook ran, but its tests gave no result. Did it stop its kernel?"
        return Outcome(CRASHED, note)
    scores, tests = {}, {}
    for question, file in results.results.items():
        scores[question] = float(file.score)
        tests[question] = [
            Test(
                bool(result.test_case.hidden),
                float(result.test_case.points),
                bool(result.passed),
                "" if result.passed else _message(result),
            )
            for result in file.test_case_results
        ]
    return Outcome(GRADED, "", scores, tests)


def _message(result: Any) -> str:
    """Take the sentence of a failed test, and leave out the code of the test.

    Otter's message is the failing line of the test, then the error. If its last line is
    not an error, nothing of it is shown.
    """
    if result.test_case.failure_message:
        return str(result.test_case.failure_message)
    kind, _, sentence = str(result.message).rpartition("\n")[2].partition(": ")
    if not sentence or not kind.replace(".", "").isidentifier():
        return "The answer does not pass a test."
    if kind == "AssertionError":
        return sentence
    if "ellipsis" in sentence or "NoneType" in sentence:
        return "There is no answer yet."
    return f"The answer is not of the kind that was asked for ({kind}: {sentence})."


def _has(kind: object, name: str) -> bool:
    return hasattr(kind, name) or name in getattr(kind, "__annotations__", {})
