"""Many submissions at a time, each in a process of its own, and resumable."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

import forked_kernels
import nbformat

from assignment_grading import confinement, submission
from assignment_grading.files import write_atomically
from assignment_grading.submission import CRASHED, TIMED_OUT, Outcome, not_graded

_ALWAYS_IMPORTED = ("otter", "otter.check.notebook", "otter.execute", "pickle")
_IN_EACH_PROCESS = (
    "assignment_grading.handout",
    "assignment_grading.submission",
    "nbconvert.preprocessors",
)


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes
    ----------
    student : str
        Name of the student's files.
    path : Path
        A notebook, or a zip file that holds one.
    archive : Path
        Otter's archive with the tests of the student's variant.
    """

    student: str
    path: Path
    archive: Path


@dataclass(frozen=True)
class Limits:
    """What one submission may take.

    Attributes
    ----------
    seconds : float
        Time, from start to end.
    memory : int
        MiB of data in one process.
    """

    seconds: float = 120
    memory: int = 2048


def grade_all(
    submissions: Sequence[Submission],
    kept: Path,
    limits: Limits,
    jobs: int,
    report: Callable[[str, Outcome], None] = lambda *_: None,
) -> dict[str, Outcome]:
    """Grade what has not been graded yet.

    Parameters
    ----------
    submissions : sequence of Submission
        One for each student.
    kept : Path
        Folder of the outcomes. One that is there, for the same file, tests and limits,
        is taken as it is.
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
    kept.mkdir(parents=True, exist_ok=True)
    known: dict[str, Outcome] = {}
    waiting: list[tuple[Submission, Path]] = []
    for one in submissions:
        path = kept / f"{one.student}.{_digest(one, limits)}.json"
        if path.is_file():
            known[one.student] = Outcome.from_json(path.read_text(encoding="utf-8"))
            report(one.student, known[one.student])
        else:
            waiting.append((one, path))
    if waiting:
        for one, path, outcome in _grade_in_parallel(waiting, limits, jobs):
            for old in kept.glob(f"{_glob_literal(one.student)}.*.json"):
                old.unlink()
            write_atomically(path, outcome.to_json())
            known[one.student] = outcome
            report(one.student, outcome)
    return {one.student: known[one.student] for one in submissions}


def imported_modules(archives: Iterable[Path]) -> list[str]:
    """List the modules that tests import, so that they are loaded only once.

    Parameters
    ----------
    archives : iterable of Path
        Otter's archives. A solution beside an archive is looked at as well.

    Returns
    -------
    list of str
        Those that exist here, in alphabetical order.
    """
    found: set[str] = set()
    for source in {text for archive in archives for text in _sources(archive)}:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                members = {f"{node.module}.{alias.name}" for alias in node.names}
                found |= {node.module, *members}
    return sorted(name for name in found if _is_module(name))


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


def _glob_literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


@dataclass
class _Running:
    one: Submission
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
        _one_thread_each(),
        _private_folder() as root,
        forked_kernels.serve([*_ALWAYS_IMPORTED, *modules]),
    ):
        context = process_context()
        left, running = list(reversed(waiting)), list[_Running]()
        try:
            while left or running:
                while left and len(running) < jobs:
                    running.append(_start(*left.pop(), root, limits, context))
                wait(
                    [own.answer for own in running],
                    min(own.seconds_left() for own in running),
                )
                for own in list(running):
                    outcome = _answer(own, limits)
                    if outcome is not None:
                        _end(own)
                        running.remove(own)
                        yield own.one, own.path, outcome
        finally:
            for own in running:
                _end(own)


def _start(
    one: Submission, path: Path, root: Path, limits: Limits, context: BaseContext
) -> _Running:
    folder = Path(tempfile.mkdtemp(dir=root))
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


def _answer(own: _Running, limits: Limits) -> Outcome | None:
    """Return the outcome as soon as there is one."""
    try:
        if own.answer.poll():
            return Outcome.from_json(own.answer.recv_bytes().decode())
    except (EOFError, OSError):
        note = "The process that graded the notebook was ended by what it ran."
        return not_graded(CRASHED, note)
    if own.seconds_left() == 0:
        note = f"The notebook was stopped after {limits.seconds:g} seconds."
        return not_graded(TIMED_OUT, note)
    return None


def _end(own: _Running) -> None:
    confinement.kill_all(own.process.pid, own.folder)
    own.process.join()
    own.answer.close()
    shutil.rmtree(own.folder, ignore_errors=True)


def process_context() -> BaseContext:
    """Fork from a process that has done the imports, where the system can."""
    methods = multiprocessing.get_all_start_methods()
    safe = "forkserver" in methods and sys.platform != "darwin"
    context = multiprocessing.get_context("forkserver" if safe else "spawn")
    if safe:
        context.set_forkserver_preload(list(_IN_EACH_PROCESS))
    return context


@contextlib.contextmanager
def _private_folder() -> Iterator[Path]:
    """Make a folder with a short name, for sockets have to fit below it."""
    folder = Path(tempfile.mkdtemp(prefix="grade-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Keep linear algebra to one thread: the cores are busy with other submissions."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before: Mapping[str, str | None] = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
