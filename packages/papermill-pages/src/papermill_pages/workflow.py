"""The plan as pytask tasks: what is stale, what runs at the same time, and progress.

This module is a pytask plugin. It collects one task for each page of a book from its
`_toc.yml`, and one that gathers the results, so that ``pytask`` alone brings the pages
up to date, ``pytask --explain`` says why one is stale, and the Sphinx extension uses
the very same tasks.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import forked_kernels
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
from pytask_parallel import ParallelBackend

from papermill_pages.dependencies import (
    Sources,
    product_node,
    read_sources,
    text_node,
)
from papermill_pages.errors import INTERRUPTED, OutputError, PlanError
from papermill_pages.execution import (
    execute_page,
    kernel_environment,
    stay_in_kernel_environment,
)
from papermill_pages.executors import (
    connect,
    scheduler_address,
    threads_of,
    use_threads,
)
from papermill_pages.freshness import remember
from papermill_pages.outputs import not_written, sole_build
from papermill_pages.plan import (
    SWEEP_SUFFIX,
    Page,
    Sweep,
    plan_pages,
    plan_sweep,
)
from papermill_pages.results import results_file, write_results
from papermill_pages.settings import Settings, settings_of_book
from papermill_pages.sweep_tables import write_table


def bring_up_to_date(
    pages: list[Page],
    sources: Sources,
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
    sources : Sources
        What the pages depend on.
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
    tasks = page_tasks(pages, sources, root, settings)
    toc = root / "_toc.yml"
    failures = _build(root, toc, tasks, settings, report, force=force)
    if not failures:
        try:
            remember(pages, root, settings, sources)
        except OutputError as error:
            failures.append(str(error))
    return failures


def run_sweep(
    sweep: Sweep, page: Page | None, settings: Settings, report: Callable[[str], None]
) -> list[str]:
    """Execute every point of a sweep that is stale, and write its table.

    Parameters
    ----------
    sweep : Sweep
        The sweep.
    page : Page or None
        Its report, which is executed last.
    settings : Settings
        The engine's settings.
    report : callable
        Takes one line of progress.

    Returns
    -------
    list of str
        What failed, one message for each point.

    Raises
    ------
    SystemExit
        With the status 130, if the keyboard interrupted the build.
    """
    tasks = _tasks_of_sweep(sweep, page, settings)
    return _build(sweep.root, sweep.source, tasks, settings, report)


def _build(
    root: Path,
    source: Path,
    tasks: list[Task],
    settings: Settings,
    report: Callable[[str], None],
    *,
    force: bool = False,
) -> list[str]:
    """Let pytask bring the tasks of a `_toc.yml` or a sweep up to date."""
    try:
        with sole_build(root), console.capture() as printed:
            session = pytask.build(
                paths=[source],
                papermill_pages_tasks=tasks,
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
        failures.append(
            "The build was stopped before every page had run. What has run is kept."
        )
    return failures + _missing_tables(session)


def page_tasks(
    pages: list[Page], sources: Sources, root: Path, settings: Settings
) -> list[Task]:
    """Return the tasks of each page, and one that gathers their glued values."""
    tasks = []
    for page in pages:
        tasks += sweep_tasks(page.sweep, sources, settings) if page.sweep else []
        tasks.append(_page_task(page, sources, settings))
    executed = {page.docname: product_node(page.executed, root) for page in pages}
    # The prefix of a page's results stands in its source alone.
    prefixes = json.dumps({page.docname: page.results for page in pages})

    def gather(**_: Any) -> None:
        __tracebackhide__ = True
        write_results(pages, root)

    results = Task(
        base_name="results",
        path=root / "_toc.yml",
        function=gather,
        depends_on={
            "executed": executed,
            "prefixes": text_node("prefixes of results", prefixes),
        },
        produces={"results": product_node(results_file(root), root)},
    )
    return [*tasks, results]


def sweep_tasks(sweep: Sweep, sources: Sources, settings: Settings) -> list[Task]:
    """Return a task for each point of a sweep, and one that writes their table."""
    root = sweep.root
    rows = json.dumps([sweep.varied, sweep.rows], default=str)

    def gather(**_: Any) -> None:
        __tracebackhide__ = True
        write_table(sweep)

    table = Task(
        base_name="table",
        path=sweep.source,
        function=gather,
        depends_on={
            "rows": text_node(f"rows of {sweep.docname}", rows),
            "executed": {
                point.docname: product_node(point.executed, root)
                for point in sweep.points
            },
        },
        produces={"table": product_node(sweep.table, root)},
        attributes={"sweep": sweep},
    )
    points = [_page_task(point, sources, settings) for point in sweep.points]
    return [*points, table]


def _tasks_of_sweep(sweep: Sweep, page: Page | None, settings: Settings) -> list[Task]:
    sources = read_sources([page] if page else sweep.points, settings)
    tasks = sweep_tasks(sweep, sources, settings)
    return [*tasks, _page_task(page, sources, settings)] if page else tasks


def _page_task(page: Page, sources: Sources, settings: Settings) -> Task:
    on_cluster = bool(scheduler_address())

    def execute(**_: Any) -> None:
        __tracebackhide__ = True
        if on_cluster:
            stay_in_kernel_environment(settings)
        execute_page(page, settings)

    depends_on: dict[str, Any] = dict(sources[page.docname])
    if page.sweep:
        table = product_node(page.sweep.table, page.root)
        depends_on[table.name] = table
    return Task(
        base_name=page.docname if page.point else "page",
        path=page.notebook if page.point else page.source,
        function=execute,
        depends_on=depends_on,
        produces={"executed": product_node(page.executed, page.root)},
        # Pages take longer than points: none is left for the end, with one core idle.
        markers=[pytask.Mark("try_last", (), {})] if page.point else [],
        attributes={"docname": page.docname, "point": page.point},
    )


def _missing_tables(session: Session) -> list[str]:
    """Say which tables of sweeps were not written, since a point failed."""
    failed = [
        str(report.task.attributes["docname"])
        for report in session.execution_reports
        if report.outcome == TaskOutcome.FAIL and report.task.attributes.get("point")
    ]
    messages = []
    for report in session.execution_reports:
        sweep = report.task.attributes.get("sweep")
        if sweep and report.outcome == TaskOutcome.SKIP_PREVIOUS_FAILED:
            names = {point.docname for point in sweep.points}
            table = sweep.table.relative_to(sweep.root)
            messages.append(
                f"{sweep.source.relative_to(sweep.root)}: "
                f"{len(names.intersection(failed))} of {len(names)} points failed, so "
                f"its table {table} was not written"
                + (
                    "; the one of an earlier run is left."
                    if sweep.table.exists()
                    else "."
                )
            )
    return messages


@dataclass
class _Progress:
    """How many pages and points there are, have ended and were executed."""

    total: int
    began: float
    ended: int = 0
    executed: int = 0

    def left(self, now: float) -> str:
        """Say how long the rest may take, if that can be told."""
        if not self.executed or self.ended == self.total:
            return ""
        each = (now - self.began) / self.executed
        return f", about {_duration(each * (self.total - self.ended))} left"


# The hooks, in the order in which pytask calls them.


@hookimpl(tryfirst=True)
def pytask_parse_config(config: dict[str, Any]) -> None:
    """Run notebooks in parallel threads: each waits for a kernel of its own.

    Where the environment names a Dask cluster, its workers run them instead.
    """
    settings = config.setdefault(
        "papermill_pages_settings", settings_of_book(config["root"])
    )
    if settings and not config["database_url"]:
        # The lock file holds all states. pytask's older database would hold them once
        # more, and take as much of this process as executing a short notebook does.
        config["pm"].unregister(name="_pytask.database")
    if settings and config["command"] == "build" and not config.get("explain"):
        _begin_alone(config)
    if config.get("explain"):
        # pytask-parallel would execute what it is only asked to explain.
        config["parallel_backend"], config["n_workers"] = ParallelBackend.NONE, 1
    elif settings and config.get("parallel_backend") == ParallelBackend.NONE:
        # What a notebook prints is in the notebook; what is left is progress.
        config["capture"] = CaptureMethod.NO
        on_cluster = bool(scheduler_address())
        config["parallel_backend"] = (
            ParallelBackend.DASK if on_cluster else ParallelBackend.THREADS
        )
        config["n_workers"] = settings.workers
        config["papermill_pages_on_cluster"] = on_cluster


@hookimpl
def pytask_collect_file(session: Session, path: Path) -> list[CollectionReport] | None:
    """Collect the pages that a `_toc.yml` lists."""
    __tracebackhide__ = True
    settings = session.config["papermill_pages_settings"]
    # A sweep that no page reports on is collected where it is asked for by name.
    is_sweep = path.name.endswith(SWEEP_SUFFIX) and path in session.config["paths"]
    if settings is None or not (path.name == "_toc.yml" or is_sweep):
        return None
    if session.config.get("papermill_pages_on_cluster"):
        _connect(session)
    tasks = session.config.get("papermill_pages_tasks")
    if tasks is None and is_sweep:
        sweep, page = plan_sweep(session.config["root"], path, settings)
        tasks = _tasks_of_sweep(sweep, page, settings)
    elif tasks is None:
        root = path.parent.resolve()
        pages = plan_pages(root, settings)
        tasks = page_tasks(pages, read_sources(pages, settings), root, settings)
    return [
        CollectionReport(outcome=CollectionOutcome.SUCCESS, node=task) for task in tasks
    ]


def _connect(session: Session) -> None:
    """Connect to the cluster before any page runs, so that a mistake is told as one."""
    if "papermill_pages_client" not in session.config:
        client = connect(session.config["root"], lambda: _interrupted(session))
        session.config["papermill_pages_client"] = client
        session.config["n_workers"] = threads_of(client)
        _report(session, f"on a Dask cluster, {session.config['n_workers']} at a time")


@hookimpl(wrapper=True)
def pytask_execute_build(session: Session) -> Generator[None, Any, Any]:
    """Start all kernels of a book in the same environment, from the first on."""
    settings = session.config["papermill_pages_settings"]
    if settings is None:
        return (yield)
    # A killed build may be followed by builds that need no kernel.
    forked_kernels.remove_abandoned_folders()
    total = sum("docname" in task.attributes for task in session.tasks)
    session.config["papermill_pages_progress"] = _Progress(total, time.monotonic())
    on_cluster = session.config.get("papermill_pages_on_cluster")
    if on_cluster is False:
        use_threads(settings.workers, lambda task: _begin(session, task))
        session.config["n_workers"] = max(1, len(session.tasks))
        _hand_over_by_priority(session)
    try:
        with _stopped_by_keyboard(session), ExitStack() as stack:
            if not on_cluster:
                session.config["papermill_pages_kernels"] = _Kernels(stack, settings)
            try:
                executed = yield
            except OSError as error:
                _tell_not_written(session, error)
                raise ExecutionError from None
    except KeyboardInterrupt:
        # The signal came where pytask-parallel does not expect it, or came again.
        if not _interrupted(session):
            raise
    if _interrupted(session):
        # pytask itself would call this a success.
        line = "Interrupted. What had ended is kept, the rest runs next time."
        _report(session, line)
        raise SystemExit(INTERRUPTED)
    return executed


@hookimpl(tryfirst=True)
def pytask_execute_task(session: Session, task: PTask) -> None:
    """Prepare for kernels when the first page turns out to be stale."""
    kernels = session.config.get("papermill_pages_kernels")
    if kernels and "docname" in task.attributes and not _explains(session):
        kernels.start()
    # Where threads execute, a page that is submitted only comes to wait for one.
    if session.config.get("papermill_pages_on_cluster") is not False:
        _begin(session, task)


def _begin(session: Session, task: PTask) -> None:
    attributes = task.attributes
    attributes["started"] = time.monotonic()
    # Of points, which are many and short, the ends say enough.
    if attributes.get("docname") and not attributes["point"] and not _explains(session):
        _report(session, f"{attributes['docname']}: running")


@hookimpl(tryfirst=True)
def pytask_execute_task_log_end(session: Session, report: ExecutionReport) -> None:
    """Tell how a page ended."""
    attributes = report.task.attributes
    if "docname" not in attributes or _explains(session):
        return
    progress: _Progress = session.config["papermill_pages_progress"]
    progress.ended += 1
    progress.executed += "started" in attributes
    if report.outcome == TaskOutcome.SKIP_UNCHANGED and attributes["point"]:
        return
    now = time.monotonic()
    seconds = now - attributes.get("started", now)
    outcome = {
        TaskOutcome.SUCCESS: f"executed in {seconds:.1f} s",
        TaskOutcome.SKIP_UNCHANGED: "unchanged",
        TaskOutcome.FAIL: "FAILED",
    }.get(report.outcome, report.outcome.description)
    place = f"[{progress.ended}/{progress.total}]"
    _report(session, f"{place} {attributes['docname']}: {outcome}{progress.left(now)}")


@hookimpl(wrapper=True)
def pytask_unconfigure(session: Session) -> Generator[None, Any, Any]:
    """Let pytask write its records, leave the cluster, let the next build begin."""
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
        for held in ("papermill_pages_client", "papermill_pages_alone"):
            if held in session.config:
                session.config[held].close()


def _hand_over_by_priority(session: Session) -> None:
    """Let whoever takes all tasks at once have those of highest priority first.

    pytask's scheduler lists them last, for one who takes them from the end.
    """
    scheduler = session.scheduler
    assert scheduler is not None
    get_ready = scheduler.get_ready
    scheduler.get_ready = lambda n=1: get_ready(n)[::-1]  # type: ignore[method-assign]


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


@contextmanager
def _stopped_by_keyboard(session: Session) -> Iterator[None]:
    """Kill the kernels on Ctrl-C, for pytask waits until all that runs has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        session.config["papermill_pages_interrupted"] = True
        # The executor drops what waits when it ends. To tell it so here could need a
        # lock that the main thread holds.
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


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _interrupted(session: Session) -> bool:
    return bool(session.config.get("papermill_pages_interrupted"))


def _explains(session: Session) -> bool:
    return bool(session.config["explain"])


def _report(session: Session, line: str) -> None:
    report = session.config.get("papermill_pages_report")
    if report:
        report(line)
    elif not console.is_interactive:
        # In a terminal, pytask's own live table shows the same.
        console.print(line, highlight=False, markup=False)
