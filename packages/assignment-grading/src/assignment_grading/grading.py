"""Many submissions at a time, each in a process of its own, and resumable."""

from __future__ import annotations

import ast
import contextlib
import glob
import hashlib
import importlib.util
import logging
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
from papermill_pages.kernels import ENVIRONMENT
from papermill_pages.outputs import write_atomically

from assignment_grading import confinement, insides, submission
from assignment_grading.errors import AssignmentError
from assignment_grading.outcome import CRASHED, TIMED_OUT, Outcome

# The cores are busy with other submissions: linear algebra keeps to one thread.
_ONE_THREAD = {name: "1" for name in ENVIRONMENT if name.endswith("_NUM_THREADS")}
_IN_EACH_PROCESS = (
    "assignment_grading.handout",
    "assignment_grading.submission",
    "nbconvert.preprocessors",
)


@dataclass(frozen=True)
class Submission:
    """What one student handed in."""

    student: str  # name of the student's files
    path: Path  # a notebook, or a zip file that holds one
    archive: Path  # otter's archive with the tests of the student's variant


@dataclass(frozen=True)
class Limits:
    """What one submission may take."""

    seconds: float = 120  # from start to end
    memory: int = 2048  # MiB of data in one process


def grade_all(
    submissions: Sequence[Submission],
    folder: Path,
    limits: Limits,
    jobs: int,
    report: Callable[[str, Outcome], None] = lambda *_: None,
) -> dict[str, Outcome]:
    """Grade what has not been graded yet.

    Parameters
    ----------
    submissions : sequence of Submission
        One for each student.
    folder : Path
        Where outcomes are written. One that is there, for the same file, tests and
        limits, is taken as it is.
    limits : Limits
        What one submission may take.
    jobs : int
        How many are graded at a time.
    report : callable
        Is told each student and outcome as soon as it is known.

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
        if path.is_file():
            known[one.student] = Outcome.from_json(path.read_text(encoding="utf-8"))
            report(one.student, known[one.student])
        else:
            waiting.append((one, path))
    if waiting:
        for one, path, outcome in _grade_in_parallel(waiting, limits, jobs):
            for old in folder.glob(f"{glob.escape(one.student)}.*.json"):
                old.unlink()
            write_atomically(path, outcome.to_json())
            known[one.student] = outcome
            report(one.student, outcome)
    return {one.student: known[one.student] for one in submissions}


def imported_modules(archives: Iterable[Path]) -> list[str]:
    """List the modules that tests import, so that they are loaded only once.

    A solution beside one of otter's archives is looked at as well. Only modules that
    exist here are listed.
    """
    imported: set[str] = set()
    for source in {text for archive in archives for text in _sources(archive)}:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                members = {f"{node.module}.{alias.name}" for alias in node.names}
                imported |= {node.module, *members}
    return sorted(name for name in imported if _is_module(name))


def _sources(archive: Path) -> Iterator[str]:
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.startswith("tests/") and name.endswith(".py"):
                yield opened.read(name).decode()
    for solution in archive.parent.glob("*.ipynb"):
        for cell in nbformat.read(solution, as_version=4).cells:
            if cell.cell_type == "code":
                with contextlib.suppress(SyntaxError):  # a magic
                    ast.parse(cell.source)
                    yield cell.source


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _digest(one: Submission, limits: Limits) -> str:
    """Name everything that an outcome depends on."""
    digest = hashlib.sha256(f"{version('otter-grader')} {limits}".encode())
    for path in (one.path, one.archive):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


@dataclass
class _Running:
    submission: Submission
    path: Path
    folder: Path
    process: Any
    answer: Connection
    until: float

    def seconds_left(self) -> float:
        return max(0.0, self.until - time.monotonic())


def _grade_in_parallel(
    waiting: Sequence[tuple[Submission, Path]], limits: Limits, jobs: int
) -> Iterator[tuple[Submission, Path, Outcome]]:
    modules = imported_modules({one.archive for one, _ in waiting})
    with (
        mock.patch.dict(os.environ, _ONE_THREAD),  # until this ends
        # A short name, for sockets have to fit below it.
        tempfile.TemporaryDirectory(
            prefix="grade-", ignore_cleanup_errors=True
        ) as root,
        _forked_kernels(modules),
    ):
        context = process_context()
        left, active = list(reversed(waiting)), list[_Running]()
        try:
            while left or active:
                while left and len(active) < jobs:
                    active.append(_start(*left.pop(), Path(root), limits, context))
                wait(
                    [run.answer for run in active],
                    min(run.seconds_left() for run in active),
                )
                for run in list(active):
                    outcome = _answer(run, limits)
                    if outcome is not None:
                        _end(run)
                        active.remove(run)
                        yield run.submission, run.path, outcome
        finally:
            for run in active:
                _end(run)


def _start(
    one: Submission, path: Path, root: Path, limits: Limits, context: BaseContext
) -> _Running:
    folder = Path(tempfile.mkdtemp(dir=root.resolve()))
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(  # type: ignore[attr-defined]
        target=submission.grade,
        args=(
            one.path.resolve(),
            one.archive.resolve(),
            folder,
            limits.memory,
            dict(os.environ),
            theirs,
        ),
    )
    process.start()
    theirs.close()
    until = time.monotonic() + limits.seconds
    return _Running(one, path, folder, process, ours, until)


def _answer(run: _Running, limits: Limits) -> Outcome | None:
    """Return the outcome as soon as there is one."""
    try:
        if run.answer.poll():
            return Outcome.from_json(run.answer.recv_bytes().decode())
    except (EOFError, OSError):
        note = "The process that graded the notebook was ended by what it ran."
        return Outcome(CRASHED, note)
    if run.seconds_left() == 0:
        note = f"The notebook was stopped after {limits.seconds:g} seconds."
        return Outcome(TIMED_OUT, note)
    return None


def _end(run: _Running) -> None:
    confinement.kill_all(run.process.pid, run.folder)
    run.process.join()
    run.answer.close()
    shutil.rmtree(run.folder, ignore_errors=True)


def process_context() -> BaseContext:
    """Fork from a process that has done the imports, where the system can."""
    methods = multiprocessing.get_all_start_methods()
    safe = "forkserver" in methods and sys.platform != "darwin"
    context = multiprocessing.get_context("forkserver" if safe else "spawn")
    if safe:
        context.set_forkserver_preload(list(_IN_EACH_PROCESS))
    return context


@contextlib.contextmanager
def _forked_kernels(modules: Iterable[str]) -> Iterator[None]:
    """Fork kernels from one process that has done the imports, if it can be had."""
    try:
        import forked_kernels
    except ImportError:
        logging.getLogger(__name__).warning(
            "The package forked-kernels is not installed: each submission starts a "
            "kernel of its own, which takes longer."
        )
        yield
        return
    always = [name for name in insides.KERNEL_MODULES if _is_module(name)]
    try:
        with forked_kernels.serve([*always, *modules]):
            yield
    except forked_kernels.PreloadError as error:
        msg = f"What the tests import is not there: {error}."
        raise AssignmentError(msg) from None
