"""All that this package uses of otter-grader and that otter-grader does not document.

Documented are the format of a master, the command ``otter assign`` and the folders that
it writes, `otter.api.grade_submission`, and the keys of ``otter_config.json``. All else
is here, each use with its reason and with what happens without it. ``pyproject.toml``
bounds otter-grader above; when a newer version differs, the tests of this module say in
what.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from assignment_grading.errors import AssignmentError
from assignment_grading.running.outcome import Test

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

_LONGEST_MESSAGE = 2000

_RESULTS = {
    "TestFile": ("run", "score", "test_cases", "test_case_results"),
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


def assignment_name(notebook: Any) -> str | None:
    """Return the name of the assignment that otter wrote into a notebook.

    Otter's own check of it ends in an error like any other, and a student who worked
    in another's notebook is to be told. Without the name not even a solution is its
    variant's, so that nothing is handed out.
    """
    name: str | None = notebook["metadata"].get("otter", {}).get("assignment_name")
    return name


@dataclass(frozen=True)
class Archive:
    """What one of otter's archives says of grading."""

    assignment: str
    tests: dict[str, Any]  # otter's `TestFile` of each question
    names: dict[str, list[str]]  # what the tests of each question take
    seed: int | None
    seed_variable: str | None


@dataclass(frozen=True)
class Cell:
    """A cell to run, and the questions to be checked after it."""

    source: str
    checks: tuple[str, ...]


def read_archive(archive: ZipFile) -> Archive:
    """Read the tests and settings of an archive.

    Otter's documentation has the files of an archive and the keys of its settings. Its
    classes for tests, which it does not document, are used as `otter run` uses them:
    `create_test_file` reads a file, `run` runs it on the names of a notebook, `score`
    has the points.

    Raises
    ------
    AssignmentError
        If a test is not in otter's exception-based form.
    """
    settings = json.loads(archive.read("otter_config.json"))
    create = import_module("otter.test_files").create_test_file
    config = import_module("otter.nbmeta_config").NBMetadataConfig()
    tests, names = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for name in archive.namelist():
            if not (name.startswith("tests/") and name.endswith(".py")):
                continue
            path = Path(folder, Path(name).name)
            path.write_bytes(archive.read(name))
            file = create(str(path), config)
            tests[file.name] = file
            names[file.name] = arguments_of_tests(path.read_text(encoding="utf-8"))
    return Archive(
        settings.get("assignment_name") or "",
        tests,
        names,
        settings.get("seed"),
        settings.get("seed_variable"),
    )


def arguments_of_tests(source: str) -> list[str]:
    """List the names that the tests of a file take."""
    found = [
        argument.arg
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.decorator_list
        for argument in node.args.args
    ]
    return list(dict.fromkeys(found))


def cells_to_run(notebook: Any, key: Archive) -> list[Cell]:
    """List the cells that otter would run, and what it would check after each.

    As `otter.execute.preprocessor` does it: a cell that is to be ignored is left out;
    one whose metadata name tests is followed by their checks; and the seed of the
    archive's settings is set at the beginning of each cell.
    """
    seed = ""
    if key.seed is not None:
        seed = f"import random, numpy; numpy.random.seed({key.seed}); "
        seed += f"random.seed({key.seed})\n"
        if key.seed_variable:
            seed = f"{key.seed_variable} = {key.seed}\n"
    cells = []
    for cell in notebook_cells(notebook):
        metadata = cell.get("metadata", {})
        settings = metadata.get("otter", {})
        ignored = "otter_ignore" in metadata.get("tags", []) or settings.get("ignore")
        if cell.get("cell_type") != "code" or ignored:
            continue
        source = cell.get("source", cell.get("input", ""))
        source = source if isinstance(source, str) else "".join(source)
        checks = tuple(map(str, settings.get("tests") or ()))
        cells.append(Cell(source if source.startswith("%%") else seed + source, checks))
    return cells


def notebook_cells(notebook: Any) -> list[Any]:
    """List the cells of a notebook, also of one in the format before 4."""
    if "worksheets" in notebook:
        return [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    cells: list[Any] = notebook["cells"]
    return cells


def run_tests(file: Any, values: dict[str, Any], why: str) -> tuple[float, list[Test]]:
    """Run the tests of a question.

    Parameters
    ----------
    file : otter.test_files.TestFile
        The tests.
    values : dict of str to object
        The student's, by name.
    why : str
        Why a value is not there, which no test then passes; else empty.

    Returns
    -------
    tuple of (float, list of Test)
        The points, and what each test found.
    """
    with (
        open(os.devnull, "w") as null,
        contextlib.redirect_stdout(null),
        contextlib.redirect_stderr(null),
    ):
        file.run(values)
    if why:
        for result in file.test_case_results:
            result.passed = False
    tests = [
        Test(
            bool(result.test_case.hidden),
            float(result.test_case.points),
            bool(result.passed),
            "" if result.passed else why or _shortened(_message(result)),
        )
        for result in file.test_case_results
    ]
    return float(file.score), tests


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
    if kind == "StudentError":
        return f"When a test uses it, {sentence}."
    if "ellipsis" in sentence or "NoneType" in sentence:
        return "There is no answer yet."
    return f"The answer is not of the kind that was asked for ({kind}: {sentence})."


def _shortened(message: str) -> str:
    """Leave out what no page can show: students' texts may be part of it."""
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[:_LONGEST_MESSAGE]}…"
    return message.encode("utf-8", "replace").decode("utf-8")


def _has(kind: object, name: str) -> bool:
    return hasattr(kind, name) or name in getattr(kind, "__annotations__", {})
