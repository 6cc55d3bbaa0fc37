"""One submission, graded by otter-grader in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.connection import Connection
from pathlib import Path

import nbformat
from otter.api import grade_submission

from assignment_grading import confinement, insides
from assignment_grading.outcome import CRASHED, OTHER_VARIANT, UNREADABLE, Outcome


def grade(
    submission: Path,
    archive: Path,
    folder: Path,
    memory: int,
    variables: Mapping[str, str],
    answer: Connection,
) -> None:
    """Grade a submission and send the outcome; the caller ends this process.

    The tests are those of otter's `archive`. This process and the student's code may
    write in the `folder` alone, and each process may take `memory` MiB of data. The
    `variables` are the environment of the caller. The `answer` is an `Outcome` as JSON:
    nothing that a student's code has touched is unpickled by the caller.
    """
    os.setsid()
    confinement.die_with_parent()
    os.environ.clear()
    os.environ.update({**variables, **confinement.environment(folder, memory)})
    tempfile.tempdir = None
    os.chdir(folder)
    confinement.confine(folder, memory)
    answer.send_bytes(_outcome(submission, archive, folder).to_json().encode())
    # What the student's code left running is found by way of this process.
    signal.pause()


def _outcome(submission: Path, archive: Path, folder: Path) -> Outcome:
    try:
        copy, given = _copy(submission, folder)
    except Exception as error:
        note = f"The file cannot be read as a notebook: {_first_line(error)}"
        return Outcome(UNREADABLE, note)
    with zipfile.ZipFile(archive) as opened:
        assigned = json.loads(opened.read("otter_config.json")).get("assignment_name")
    if given is not None and given != assigned:
        note = (
            f"The notebook is that of “{given}”; this student was given “{assigned}”. "
            "It was not graded."
        )
        return Outcome(OTHER_VARIANT, note)
    try:
        with (
            open(os.devnull, "w") as null,
            redirect_stdout(null),
            redirect_stderr(null),
        ):
            return insides.outcome(grade_submission(str(copy), str(archive)))
    except Exception as error:
        note = f"The notebook did not run to its end: {_first_line(error)}"
        return Outcome(CRASHED, note)


def _copy(submission: Path, folder: Path) -> tuple[Path, str | None]:
    """Copy what was handed in, and read of which variant it is.

    A notebook gets the kernel that exists here: students work in environments with
    names of their own, which a notebook remembers. Of an archive the variant is not
    known.
    """
    copy = folder / f"submission{submission.suffix}"
    if submission.suffix == ".zip":
        copy.write_bytes(submission.read_bytes())
        with zipfile.ZipFile(copy) as archive:
            archive.testzip()
        return copy, None
    notebook = nbformat.read(submission, as_version=nbformat.NO_CONVERT)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, copy)
    return copy, insides.assignment_name(notebook) or ""


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
