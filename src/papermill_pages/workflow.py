"""The plan as pytask tasks: what is stale, what runs at the same time, and progress.

This module is a pytask plugin. It collects one task for each page of a book from its
`_toc.yml`, and one that gathers the results, so that ``pytask`` alone brings the pages
up to date, ``pytask --explain`` says why one is stale, and the Sphinx extension uses
the very same tasks.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytask
from pytask import (
    CaptureMethod,
    CollectionOutcome,
    CollectionReport,
    ExecutionError,
    ExecutionReport,
    PTask,
    Session,
    Task,
    TaskOutcome,
    console,
    hookimpl,
)
from pytask_parallel import ParallelBackend, WorkerType, registry

import forked_kernels
from papermill_pages.dependencies import dependency_nodes, file_node
from papermill_pages.errors import OutputError, PlanError
from papermill_pages.execution import execute_page, kernel_environment
from papermill_pages.outputs import not_written, sole_build
from papermill_pages.plan import Page, plan_pages
from papermill_pages.results import results_file, write_results
from papermill_pages.settings import Settings, settings_of_book

INTERRUPTED = 128 + signal.SIGINT


def bring_up_to_date(
    pages: list[Page],
    root: Path,
    settings: Settings,
    report: Callable[[str], None],
    *,
    force: bool = False,
) -> list[str]:
    """Execute every page that is stale and gather the results.

    Parameters
    ----------
    pages : list of Page
        The plan.
    root : Path
        The folder of `_toc.yml`.
    settings : Settings
        The engine's settings.
    report : callable
        Takes one line of progress.
    force : bool
        Execute the other pages too.

    Returns
    -------
    list of str
        What failed, one message for each page.

    Raises
    ------
    SystemExit
        With the status 130, if the keyboard interrupted the build.
    """
    try:
        with sole_build(root), console.capture() as printed:
            session = pytask.build(
                paths=[root / "_toc.yml"],
                papermill_pages_plan=pages,
                papermill_pages_settings=settings,
                papermill_pages_report=report,
                force=force,
                verbose=0,
            )
    except OutputError as error:
        return [str(error)]
    reports: list[CollectionReport | ExecutionReport] = [
        *session.collection_reports,
        *session.execution_reports,
    ]
    # One wrong setting can stop every page.
    messages = [
        str(failed.exc_info[1])
        for failed in reports
        if failed.outcome in (CollectionOutcome.FAIL, TaskOutcome.FAIL)
        and failed.exc_info
    ]
    messages += session.config.get("papermill_pages_not_written", [])
    failures = list(dict.fromkeys(messages))
    if session.exit_code != pytask.ExitCode.OK and not failures:
        last = printed.get().strip().splitlines()[-1:]
        failures.append(
            f"pytask could not run the pages: {' '.join(last)} If its state is broken, "
            "delete pytask.lock and .pytask, and all pages run again."
        )
    elif len(session.execution_reports) < len(session.tasks):
        failures.append("The build was stopped before every page had run.")
    return failures


def page_tasks(pages: list[Page], root: Path, settings: Settings) -> list[Task]:
    """Return a task for each page, and one that gathers their glued values."""
    tasks = [_page_task(page, settings) for page in pages]
    executed = {page.docname: file_node(page.executed, root) for page in pages}
    sources = {page.docname: file_node(page.source, root) for page in pages}

    def gather(**_: Any) -> None:
        __tracebackhide__ = True
        write_results(pages, root)

    results = Task(
        base_name="results",
        path=root / "_toc.yml",
        function=gather,
        # The prefix of a page's results stands in its source alone.
        depends_on={"executed": executed, "sources": sources},
        produces={"results": file_node(results_file(root), root)},
    )
    return [*tasks, results]


def _page_task(page: Page, settings: Settings) -> Task:
    def execute(**_: Any) -> None:
        __tracebackhide__ = True
        execute_page(page, settings)

    return Task(
        base_name="page",
        path=page.source,
        function=execute,
        depends_on=dict(dependency_nodes(page)),
        produces={"executed": file_node(page.executed, page.root)},
        attributes={"docname": page.docname},
    )


# The hooks, in the order in which pytask calls them.


@hookimpl(tryfirst=True)
def pytask_parse_config(config: dict[str, Any]) -> None:
    """Run notebooks in parallel threads: each waits for a kernel of its own."""
    settings = config.setdefault(
        "papermill_pages_settings", settings_of_book(config["root"])
    )
    if settings and not config["database_url"]:
        # The lock file holds all states. On disk, pytask's older database would hold
        # them once more, at a tenth of a second for each page.
        config["database_url"] = "sqlite://"
    if settings and config["command"] == "build" and not config.get("explain"):
        _begin_alone(config)
    if config.get("explain"):
        # pytask-parallel would execute what it is only asked to explain.
        config["parallel_backend"], config["n_workers"] = ParallelBackend.NONE, 1
    elif settings and config.get("parallel_backend") == ParallelBackend.NONE:
        # What a notebook prints is in the notebook; what is left is progress.
        config["capture"] = CaptureMethod.NO
        config["parallel_backend"] = ParallelBackend.THREADS
        # One more than run: pytask looks only now and then whether one has ended.
        config["n_workers"] = settings.workers + 1


@hookimpl
def pytask_collect_file(session: Session, path: Path) -> list[CollectionReport] | None:
    """Collect the pages that a `_toc.yml` lists."""
    __tracebackhide__ = True
    settings = session.config["papermill_pages_settings"]
    if path.name != "_toc.yml" or settings is None:
        return None
    root = path.parent.resolve()
    pages = session.config.get("papermill_pages_plan")
    if pages is None:
        pages = plan_pages(root, settings)
    tasks = page_tasks(pages, root, settings)
    return [
        CollectionReport(outcome=CollectionOutcome.SUCCESS, node=task) for task in tasks
    ]


@hookimpl(wrapper=True)
def pytask_execute_build(session: Session) -> Generator[None, Any, Any]:
    """Start all kernels of a book in the same environment, from the first on."""
    settings = session.config["papermill_pages_settings"]
    if settings is None:
        return (yield)
    registry.register_parallel_backend(
        ParallelBackend.THREADS,
        lambda **_: _Pages(session, settings.workers),
        worker_type=WorkerType.THREADS,
    )
    with _stopped_by_keyboard(session), ExitStack() as stack:
        session.config["papermill_pages_kernels"] = _Kernels(stack, settings)
        try:
            executed = yield
        except OSError as error:
            _tell_not_written(session, error)
            raise ExecutionError from None
    if session.config.get("papermill_pages_interrupted"):
        # pytask itself would call this a success.
        line = "Interrupted. Pages that had ended are kept, the others run next time."
        _report(session, line)
        raise SystemExit(INTERRUPTED)
    return executed


@hookimpl(tryfirst=True)
def pytask_execute_task(session: Session, task: PTask) -> None:
    """Prepare for kernels when the first page turns out to be stale."""
    kernels = session.config.get("papermill_pages_kernels")
    if kernels and "docname" in task.attributes and not session.config["explain"]:
        kernels.start()


@hookimpl(tryfirst=True)
def pytask_execute_task_log_end(session: Session, report: ExecutionReport) -> None:
    """Tell how a page ended."""
    attributes = report.task.attributes
    if "docname" not in attributes or session.config["explain"]:
        return
    done = attributes["started"] if "started" in attributes else time.monotonic()
    outcome = {
        TaskOutcome.SUCCESS: f"executed in {time.monotonic() - done:.1f} s",
        TaskOutcome.SKIP_UNCHANGED: "unchanged",
        TaskOutcome.FAIL: "FAILED",
    }.get(report.outcome, report.outcome.description)
    session.config.setdefault("papermill_pages_ended", []).append(report)
    count = len(session.config["papermill_pages_ended"])
    total = sum("docname" in task.attributes for task in session.tasks)
    _report(session, f"[{count}/{total}] {attributes['docname']}: {outcome}")


@hookimpl(wrapper=True)
def pytask_unconfigure(session: Session) -> Generator[None, Any, Any]:
    """Let pytask write its records, and let the next build begin."""
    try:
        return (yield)
    except OSError as error:
        if session.config.get("papermill_pages_settings") is None:
            raise
        with suppress(OSError):
            (session.config["root"] / "pytask.lock.tmp").unlink()
        _tell_not_written(session, error)
        session.exit_code = pytask.ExitCode.FAILED
    finally:
        session.config.get("papermill_pages_alone", ExitStack()).close()


class _Kernels:
    """What kernels need, prepared once and only if there is a page to execute."""

    def __init__(self, stack: ExitStack, settings: Settings) -> None:
        self.stack = stack
        self.settings = settings
        self.started = False
        self.problem: PlanError | None = None

    def start(self) -> None:
        """Prepare; a wrong setting is the same for every page."""
        if not self.started:
            self.started = True
            try:
                self.stack.enter_context(kernel_environment(self.settings))
            except PlanError as error:
                self.problem = error
        if self.problem:
            raise self.problem


class _Pages(ThreadPoolExecutor):
    """Threads that tell when a page starts; whether it is stale was decided before."""

    def __init__(self, session: Session, workers: int) -> None:
        super().__init__(workers)
        self.session = session

    def submit(
        self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Future[Any]:
        """Run a task once a thread is free."""
        task: PTask = kwargs["task"]

        def begin() -> Any:
            task.attributes["started"] = time.monotonic()
            if "docname" in task.attributes:
                _report(self.session, f"{task.attributes['docname']}: running")
            return fn(*args, **kwargs)

        return super().submit(begin)


@contextmanager
def _stopped_by_keyboard(session: Session) -> Iterator[None]:
    """Kill the kernels on Ctrl-C, for pytask waits until all that runs has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        session.config["papermill_pages_interrupted"] = True
        session.config["_parallel_executor"].shutdown(wait=False, cancel_futures=True)
        forked_kernels.kill_kernels()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin_alone(config: dict[str, Any]) -> None:
    """Take the book for this build, unless whoever called pytask has done so."""
    if "papermill_pages_report" in config:
        return
    alone = config["papermill_pages_alone"] = ExitStack()
    try:
        alone.enter_context(sole_build(config["root"].resolve()))
    except OutputError as error:
        console.print(str(error), highlight=False, markup=False, soft_wrap=True)
        raise SystemExit(1) from None


def _tell_not_written(session: Session, error: OSError) -> None:
    """Tell that pytask could not write what it remembers."""
    file = Path(error.filename or session.config["root"] / "pytask.lock")
    told = session.config.setdefault("papermill_pages_not_written", [])
    told.append(str(not_written(file, error)))
    if "papermill_pages_report" not in session.config:
        console.print(told[-1], highlight=False, markup=False, soft_wrap=True)


def _report(session: Session, line: str) -> None:
    report = session.config.get("papermill_pages_report")
    if report:
        report(line)
    elif not console.is_interactive:
        # In a terminal, pytask's own live table shows the same.
        console.print(line, highlight=False, markup=False)
