"""One run carried out: papermill executes the notebook, and what fails is told."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import (
    NBClientEngine,
    NotebookExecutionManager,
    papermill_engines,
)
from papermill.exceptions import PapermillExecutionError

from papermill_pages.errors import OutputError, PageFailed
from papermill_pages.kernels import manager_of_kernels, server_was_lost
from papermill_pages.outputs import failure_to_write, not_written, write_atomically
from papermill_pages.pages import Point, Run, build_folder
from papermill_pages.settings import Settings
from papermill_pages.stability import stabilise, stable_text

logging.getLogger("papermill").setLevel(logging.ERROR)


def execute(run: Run, settings: Settings) -> None:
    """Execute a notebook and put the result in its place, `run.executed`, at once.

    Raises
    ------
    PageFailed
        If a cell raises, takes too long or kills its kernel. `run.unfinished` then
        holds what was executed, and an earlier `run.executed` is left as it was.
    OutputError
        If the executed notebook cannot be written. Here, too, an earlier one is left.
    """
    __tracebackhide__ = True
    try:
        _execute(run, settings)
    except (OSError, OutputError) as error:
        failure = failure_to_write(error, build_folder(run.root))
        if failure is None:
            raise
        with suppress(OSError):
            run.unfinished.unlink()
        told = not_written(run.executed, failure)
        raise told from None


def _execute(run: Run, settings: Settings) -> None:
    __tracebackhide__ = True
    run.unfinished.parent.mkdir(parents=True, exist_ok=True)
    try:
        try:
            _run_papermill(run, settings)
        except (DeadKernelError, RuntimeError):
            if not server_was_lost():
                raise
            _run_papermill(run, settings)
    except PapermillExecutionError as error:
        _save_unfinished(run)
        raise PageFailed(_failure(run, error, settings)) from None
    except (CellControlSignal, DeadKernelError, RuntimeError) as error:
        cell = _save_unfinished(run)
        reason = _reason(error, settings)
        msg = f"{_where(run)} stopped{cell}: {reason}\n{_where_unfinished(run)}"
        raise PageFailed(msg) from None
    executed = nbformat.read(run.unfinished, as_version=4)
    stabilise(executed, run)
    if run.title:
        _set_title(executed, run.title)
    write_atomically(run.executed, nbformat.writes(executed))
    run.unfinished.unlink()


def _run_papermill(run: Run, settings: Settings) -> None:
    __tracebackhide__ = True
    papermill.execute_notebook(
        run.notebook,
        run.unfinished,
        dict(run.parameters),
        engine_name=_Engine.__module__,
        request_save_on_cell_execute=False,
        unfinished=run.unfinished,
        progress_bar=False,
        execution_timeout=settings.timeout or None,
        resources={"metadata": {"path": str(run.notebook.parent)}},
        extra_arguments=["--log-level=CRITICAL"],
        kernel_manager_class=manager_of_kernels(settings.memory),
    )


class _Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, but it writes the notebook once.

    papermill writes it before and after each cell, which takes longer than most cells.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        *args: Any,
        unfinished: Path,
        **kwargs: Any,
    ) -> None:
        try:
            super().execute_managed_notebook(nb_man, *args, **kwargs)
        except BaseException:
            # papermill would save nothing of a run that has no end.
            write_atomically(unfinished, nbformat.writes(nb_man.nb))
            raise


papermill_engines.register(_Engine.__module__, _Engine)


def _save_unfinished(run: Run) -> str:
    """Make the unfinished notebook readable and free of one machine's traces.

    Returns the cell that ran last, as " in cell [3]".
    """
    if not run.unfinished.is_file():
        return ""
    notebook = nbformat.read(run.unfinished, as_version=4)
    started = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code"
        and cell.source.strip()
        and cell.metadata.get("papermill", {}).get("start_time")
    ]
    stabilise(notebook, run)
    write_atomically(run.unfinished, nbformat.writes(notebook))
    return f" in cell [{len(started)}]" if started else ""


def _failure(run: Run, error: PapermillExecutionError, settings: Settings) -> str:
    traceback = stable_text("\n".join(error.traceback), run.root)
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", traceback)
    limit = _limit(settings) if error.ename.endswith("MemoryError") else ""
    return (
        f"{_where(run)} failed in cell [{error.exec_count}]: "
        f"{error.ename}: {error.evalue}{limit}\n"
        f"{_where_unfinished(run)}\n\n{without_colours}"
    )


def _reason(error: Exception, settings: Settings) -> str:
    if isinstance(error, CellTimeoutError):
        return (
            f"it took longer than the {settings.timeout} s that papermill_pages.timeout"
            " in _config.yml allows."
        )
    return f"{error}.{_limit(settings)}"


def _limit(settings: Settings) -> str:
    if not settings.memory:
        return ""
    return f" (papermill_pages.memory in _config.yml allows {settings.memory} MiB)"


def _where(run: Run) -> str:
    source = run.source.relative_to(run.root)
    if run.source == run.notebook:
        return f"{source}:"
    point = f" ({run.label})" if isinstance(run, Point) else ""
    return f"{source}{point}: {run.notebook.relative_to(run.root)}"


def _where_unfinished(run: Run) -> str:
    unfinished = run.unfinished.relative_to(run.root)
    return f"The partly executed notebook is kept in {unfinished}."


def _set_title(notebook: NotebookNode, title: str) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            source, replaced = re.subn(
                r"(?m)^# .*$", lambda _: f"# {title}", cell.source, count=1
            )
            if replaced:
                cell["source"] = source
                return
    heading = nbformat.v4.new_markdown_cell(f"# {title}", id="title")
    notebook.cells.insert(0, heading)
