"""One run carried out: papermill executes the notebook, and what fails is told."""

from __future__ import annotations

import logging
import re
from contextlib import AbstractContextManager, nullcontext, suppress
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
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

from papermill_pages.clients import KernelClient, ShellClient
from papermill_pages.errors import OutputError, PageFailed
from papermill_pages.kernels import (
    REFUSED,
    fork_shell,
    manager_of_kernels,
    server_was_lost,
)
from papermill_pages.notebooks import read_notebook
from papermill_pages.outputs import failure_to_write, not_written, write_atomically
from papermill_pages.pages import Point, Run, build_folder
from papermill_pages.results import refuse_names_of_grid
from papermill_pages.settings import Settings
from papermill_pages.stability import stabilise, stable_text
from papermill_pages.titles import set_title
from papermill_pages.undeclared import KEY, NOTED, undeclared
from papermill_pages.without_kernels import in_shell, needs_kernel

_ENDED = (
    ", which raises SystemExit, so that the rest was not executed. Tag the cell "
    "'raises-exception' if that is meant."
)

_FOR_EVER = 10**8  # seconds, for a time that has to be a number

_OUTPUTS_MISSING = "IOPub"
"""What nbclient names if a cell has ended, but not all that it showed has arrived."""

logger = logging.getLogger("papermill")
logger.setLevel(logging.CRITICAL)  # what goes wrong is told by `PageFailed`


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
    begun: list[NotebookExecutionManager] = []
    try:
        try:
            executed = _run_papermill(run, settings, begun)
        except (DeadKernelError, RuntimeError):
            if not server_was_lost():
                raise
            executed = _run_papermill(run, settings, begun)
    except PapermillExecutionError as error:
        _save_unfinished(run, begun)
        fault = f"cell [{error.exec_count}]: {error.ename}"
        told = f"{error.ename}: {error.evalue}"
        raise PageFailed(_failure(run, error, settings), fault, told) from None
    except (CellControlSignal, DeadKernelError, RuntimeError) as error:
        cell = _save_unfinished(run, begun)
        reason = _reason(error, run, settings)
        msg = f"{_where(run)} stopped{cell}: {reason}\n{_where_unfinished(run)}"
        raise PageFailed(msg, reason, f"stopped{cell}") from None
    except BaseException:
        _save_unfinished(run, begun)
        raise
    if executed.metadata.papermill["exception"]:
        # papermill says nothing of a cell that ends its kernel, as if by intent.
        cell = _save_unfinished(run, begun)
        raise PageFailed(f"{_where(run)} ended{cell}{_ENDED}\n{_where_unfinished(run)}")
    if isinstance(run, Point):
        refuse_names_of_grid(run, executed)
    opened = undeclared(run, executed.metadata.papermill.get(NOTED, {}))
    try:
        stabilise(executed, run, _seconds(run) or inf)
    except TimeoutError as error:
        write_atomically(run.unfinished, nbformat.writes(executed))
        reason = f"to read it through {_too_long(run, settings)}, or let it show less."
        msg = f"{_where(run)} stopped at what {error} shows: {reason}"
        msg += f"\n{_where_unfinished(run)}"
        raise PageFailed(msg, reason, f"stopped at what {error} shows") from None
    if opened:
        executed.metadata.papermill[KEY] = opened
    if run.title:
        set_title(executed, run.title)
    write_atomically(run.executed, nbformat.writes(executed))
    run.unfinished.unlink(missing_ok=True)


def _run_papermill(
    run: Run, settings: Settings, begun: list[NotebookExecutionManager]
) -> NotebookNode:
    """Let papermill execute a notebook, and return it; `begun` is given it before."""
    __tracebackhide__ = True
    place: AbstractContextManager[str] = nullcontext(str(run.notebook.parent))
    if run.execution.in_temp:
        place = TemporaryDirectory()
    with place as folder:
        papermill.execute_notebook(
            read_notebook(run.notebook),
            None,
            dict(run.parameters),
            engine_name=_Engine.__module__,
            begun=begun,
            root=run.root,
            shells=in_shell(run, settings),
            memory=settings.memory,
            progress_bar=False,
            execution_timeout=_seconds(run),
            allow_errors=run.execution.allow_errors,
            resources={"metadata": {"path": folder}},
            extra_arguments=["--log-level=CRITICAL"],
        )
    executed: NotebookNode = begun[-1].nb
    return executed


class _Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, but that it can do without a kernel.

    It hands out what it executes, since papermill returns nothing of what fails.
    """

    @classmethod
    def execute_notebook(
        cls, nb: NotebookNode, kernel_name: str, **kwargs: Any
    ) -> NotebookNode:
        """Execute a notebook, in which nbclient alone decides what is a failure.

        papermill would take out the outputs of cells that are not executed, and takes
        every error for a failure. So it is shown none that the notebook allows.
        """
        stored = [
            (cell.get("outputs"), cell.get("execution_count")) for cell in nb.cells
        ]
        executed: NotebookNode = super().execute_notebook(
            nb, kernel_name, stored=stored, **kwargs
        )
        failed = executed.metadata.papermill["exception"]
        return executed if failed else nbformat.v4.new_notebook()

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        begun: list[NotebookExecutionManager],
        stored: list[tuple[list[NotebookNode] | None, int | None]],
        root: Path,
        shells: bool,
        memory: int,
        **kwargs: Any,
    ) -> None:
        begun.append(nb_man)
        for cell, (outputs, count) in zip(nb_man.nb.cells, stored, strict=True):
            if cell.cell_type == "code" and _is_skipped(cell):
                cell["outputs"], cell["execution_count"] = outputs, count
        folder = kwargs["resources"]["metadata"]["path"]
        shell = fork_shell(folder, memory) if shells else None
        seconds = kwargs["execution_timeout"]
        options = {
            "timeout": seconds,
            # What a cell has shown may arrive long after its end: nbclient waits 4 s.
            "iopub_timeout": seconds or _FOR_EVER,
            "startup_timeout": kwargs["start_timeout"],
            "allow_errors": kwargs["allow_errors"],
            "log": logger,
        }
        if shell is None:
            options |= {
                "kernel_name": kernel_name,
                "kernel_manager_class": manager_of_kernels(memory),
                "extra_arguments": kwargs["extra_arguments"],
                "resources": kwargs["resources"],
            }
            KernelClient(nb_man, root, **options).execute()
        else:
            ShellClient(nb_man, root, shell, **options).execute()


papermill_engines.register(_Engine.__module__, _Engine)


def _is_skipped(cell: NotebookNode) -> bool:
    """Tell whether nbclient passes a cell by."""
    tags = cell.metadata.get("tags", ())
    return not cell.source.strip() or "skip-execution" in tags


def _save_unfinished(run: Run, begun: list[NotebookExecutionManager]) -> str:
    """Keep a notebook up to where it failed, free of one machine's traces.

    Returns the cell that ran last, as " in cell [3]".
    """
    if not begun:
        return ""
    notebook = begun[-1].nb
    started = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code"
        and cell.source.strip()
        and cell.metadata.get("papermill", {}).get("start_time")
    ]
    with suppress(TimeoutError):  # it is then kept as it is
        stabilise(notebook, run, _seconds(run) or inf)
    write_atomically(run.unfinished, nbformat.writes(notebook))
    return f" in cell [{len(started)}]" if started else ""


def _failure(run: Run, error: PapermillExecutionError, settings: Settings) -> str:
    traceback = stable_text("\n".join(error.traceback), run.root)
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", traceback)
    limit = _limit(settings) if error.ename.endswith("MemoryError") else ""
    return (
        f"{_where(run)} failed in cell [{error.exec_count}]: "
        f"{error.ename}{': ' if error.evalue else ''}{error.evalue}{limit}\n"
        f"{_where_unfinished(run)}\n\n{without_colours}"
    )


def _reason(error: Exception, run: Run, settings: Settings) -> str:
    if isinstance(error, CellTimeoutError):
        what = "what it showed" if _OUTPUTS_MISSING in str(error) else "it"
        return f"{what} {_too_long(run, settings)}."
    if isinstance(error, REFUSED):
        return (
            f"without a kernel it cannot have {error}. {needs_kernel(run, settings)}."
        )
    if isinstance(error, DeadKernelError):
        why = "as when memory runs out or a library crashes"
        return f"its kernel died, {why}{_limit(settings)}."
    return f"{error}.{_limit(settings)}"


def _seconds(run: Run) -> int | None:
    """Return how long a cell may take; None if for ever."""
    return max(run.execution.timeout, 0) or None


def _too_long(run: Run, settings: Settings) -> str:
    return (
        f"took longer than the {run.execution.timeout} s that a cell may take. "
        f"If it needs more, set papermill_pages.timeout in {settings.file}"
    )


def _limit(settings: Settings) -> str:
    if not settings.memory:
        return ""
    where = f"papermill_pages.memory in {settings.file}"
    return f" ({where} allows {settings.memory} MiB)"


def _where(run: Run) -> str:
    source = run.source.relative_to(run.root)
    if run.source == run.notebook:
        return f"{source}:"
    point = f" ({run.label})" if isinstance(run, Point) else ""
    return f"{source}{point}: {run.notebook.relative_to(run.root)}"


def _where_unfinished(run: Run) -> str:
    unfinished = run.unfinished.relative_to(run.root)
    return f"The partly executed notebook is kept in {unfinished}."
