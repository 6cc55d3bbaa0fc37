"""Those who execute notebooks today, and the floor below which nobody can go.

``python -m benchmarks.peers METHOD JOBS`` carries out the jobs of a file in one way.
"""

from __future__ import annotations

import ast
import gc
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from benchmarks.jobs import Job, materialise, read_jobs, with_parameters

AT_A_TIME = os.cpu_count() or 1


def papermill_one_at_a_time(jobs: Sequence[Job]) -> None:
    """Execute by papermill's function, one notebook after another."""
    for job in jobs:
        _papermill(job)


def papermill_on_all_cores(jobs: Sequence[Job]) -> None:
    """Execute by papermill's function, as many at a time as there are cores."""
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        list(threads.map(_papermill, jobs))


def jupyter_cache(jobs: Sequence[Job]) -> None:
    """Execute by jupyter-cache's parallel executor, into an empty cache.

    It knows no parameters: they are injected before, in `prepare`.
    """
    from jupyter_cache import get_cache
    from jupyter_cache.executors import load_executor

    with tempfile.TemporaryDirectory() as folder:
        cache = get_cache(folder)
        for job in jobs:
            cache.add_nb_to_project(job.notebook)
        result = load_executor("local-parallel", cache=cache).run_and_cache(timeout=300)
    assert len(result.succeeded) == len(jobs), result


def floor(jobs: Sequence[Job]) -> None:
    """Execute the cells in forked processes, without Jupyter and without outputs."""
    gc.disable()
    preload()
    gc.freeze()  # as the engine's server does: what is shared stays so
    running: set[int] = set()
    for job in jobs:
        if len(running) == AT_A_TIME:
            running.remove(_reap())
        child = os.fork()
        if child == 0:
            _execute_cells(job)
        running.add(child)
    while running:
        running.remove(_reap())


METHODS: dict[str, Callable[[Sequence[Job]], None]] = {
    method.__name__: method
    for method in (
        papermill_one_at_a_time,
        papermill_on_all_cores,
        jupyter_cache,
        floor,
    )
}


def prepare(method: str, jobs: Sequence[Job], book: Path) -> list[Job]:
    """Do before the clock starts what a method cannot do itself."""
    if method != jupyter_cache.__name__:
        return list(jobs)
    files = materialise(jobs, book)
    return [Job(str(file), job.output) for file, job in zip(files, jobs, strict=True)]


def preload() -> None:
    """Import what the engine's fork server imports."""
    from papermill_pages.settings import settings_of_book

    settings = settings_of_book(Path.cwd())
    assert settings is not None
    for module in settings.preload:
        importlib.import_module(module)


def _papermill(job: Job) -> None:
    import papermill

    try:
        papermill.execute_notebook(
            job.notebook,
            job.output,
            job.parameters,
            progress_bar=False,
            cwd=str(Path(job.notebook).parent),
        )
    except papermill.PapermillExecutionError:
        # All cells ran if none failed but those that shall, yet papermill counts these.
        if any(_failed(cell) for cell in nbformat.read(job.output, 4).cells):
            raise


def _failed(cell: nbformat.NotebookNode) -> bool:
    """Tell whether a cell ended with an error that its author did not mean to show."""
    outputs = cell.get("outputs", [])
    return "raises-exception" not in cell.metadata.get("tags", []) and any(
        output.output_type == "error" for output in outputs
    )


def _execute_cells(job: Job) -> None:
    status = 1
    try:
        gc.enable()
        os.chdir(Path(job.notebook).parent)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        names = {"__name__": "__main__"}
        for cell in with_parameters(job).cells:
            if cell.cell_type == "code":
                exec(compile(ast.parse(cell.source), "cell", "exec"), names)  # noqa: S102
        status = 0
    finally:
        os._exit(status)


def _reap() -> int:
    child, status = os.wait()
    assert status == 0, "a notebook failed"
    return child


if __name__ == "__main__":
    METHODS[sys.argv[1]](read_jobs(Path(sys.argv[2])))
