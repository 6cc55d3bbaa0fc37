"""The hooks of the pytask plugin: how a build goes on, in the order of its steps."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import nullcontext, suppress
from pathlib import Path
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
    console,
    hookimpl,
)
from pytask_parallel import ParallelBackend

from papermill_pages import insides
from papermill_pages.build import KEY, Build, build_of
from papermill_pages.errors import OutputError, PlanError
from papermill_pages.executors import connect, scheduler_address, use_threads
from papermill_pages.interruption import INTERRUPTED, on_interrupt
from papermill_pages.kernels import end_kernels, remove_abandoned_folders
from papermill_pages.limits import notebooks_at_once
from papermill_pages.outputs import print_whatever, sole_build
from papermill_pages.pages import contents_file
from papermill_pages.plan import SWEEP_SUFFIX, plan_book, plan_sweep
from papermill_pages.settings import Settings, settings_of_book
from papermill_pages.tasks import tasks_of_book, tasks_of_sweep
from papermill_pages.undeclared import warnings_of


def configure(config: dict[str, Any]) -> list[Path]:
    """Run notebooks in parallel threads: each waits for a kernel of its own.

    Where the environment names a Dask cluster, its workers run them instead. Returns
    the paths in which pytask is to look for tasks.
    """
    build: Build = config.setdefault(KEY, Build(None))
    explains = bool(config.get("explain"))
    build.progress.silent = explains
    if build.source:
        config |= {"root": build.root, "paths": [build.source], "ignore": []}
    else:
        try:
            _find_book(build, config)
        except PlanError as error:
            _tell(error)
            raise SystemExit(int(pytask.ExitCode.CONFIGURATION_FAILED)) from None
    settings = build.settings
    if settings:
        print_whatever()
    if settings and not config["database_url"]:
        insides.leave_out_database(config["pm"])
    if settings and not build.source and config["command"] == "build" and not explains:
        try:  # to take the book, as others do before they call pytask
            build.until_end.enter_context(sole_build(config["root"].resolve()))
        except OutputError as error:
            _tell(error)
            raise SystemExit(1) from None
    if explains:
        # pytask-parallel would execute what it is only asked to explain.
        config["parallel_backend"], config["n_workers"] = ParallelBackend.NONE, 1
    elif settings and config.get("parallel_backend") == ParallelBackend.NONE:
        # What a notebook prints is in the notebook; what is left is progress.
        config["capture"] = CaptureMethod.NO
        build.backend = (
            ParallelBackend.DASK if scheduler_address() else ParallelBackend.CUSTOM
        )
        config["parallel_backend"] = build.backend
        # Some wait in the executor, which then need not wait for them.
        config["n_workers"] = 4 * settings.workers
    if settings and config["command"] == "build" and not explains:
        build.prepare_for_kernels(config["root"])
    return config["paths"] or [config["root"]]


def tell_unwritable(config: dict[str, Any], error: OSError) -> None:
    """Tell plainly that pytask could not even make its folder."""
    build: Build = config[KEY]
    if build.settings is not None:
        build.fail_to_write(Path(error.filename or config["root"] / ".pytask"), error)
        if build.source is None:
            raise SystemExit(1)


@hookimpl
def pytask_collect_file(session: Session, path: Path) -> list[CollectionReport] | None:
    """Collect the pages that a `_toc.yml` lists, or else Sphinx finds."""
    __tracebackhide__ = True
    build = build_of(session)
    # A sweep that no page reports on is collected where it is asked for by name.
    is_sweep = path.name.endswith(SWEEP_SUFFIX) and path in session.config["paths"]
    lists_pages = path.name == "_toc.yml" or path == contents_file(
        session.config["root"]
    )
    if build.settings is None or not (lists_pages or is_sweep):
        return None
    try:
        if build.backend == ParallelBackend.DASK:
            _connect(session)
        tasks = build.tasks or _find_tasks(path, session.config["root"], build.settings)
    except PlanError as error:
        # Where the engine found a mistake of the book is nothing to its author.
        raise error.with_traceback(None) from None
    return [
        CollectionReport(outcome=CollectionOutcome.SUCCESS, node=task) for task in tasks
    ]


@hookimpl(wrapper=True)
def pytask_execute_build(session: Session) -> Generator[None, Any, Any]:
    """Start all kernels of a book in the same environment, from the first on."""
    build = build_of(session)
    if build.settings is None:
        return (yield)
    if not session.tasks:
        root = session.config["root"]
        build.progress.tell(f"No page was found. Call pytask in {root} without a path.")
        raise ExecutionError
    # A killed build may be followed by builds that need no kernel.
    remove_abandoned_folders()
    build.progress.expect(session.tasks)
    if build.backend == ParallelBackend.CUSTOM:
        try:
            workers, told = notebooks_at_once(build.settings.workers)
        except PlanError as error:
            build.fail(str(error))
            raise ExecutionError from None
        if told:
            build.progress.tell(told)
        use_threads(workers, build.progress.begin)
        insides.look_often()
        insides.leave_path_alone()

    def stop() -> None:
        build.interrupted = True
        # The executor drops what waits when it ends. To tell it so here could need a
        # lock that the main thread holds.
        end_kernels()
        raise KeyboardInterrupt

    try:
        # pytask waits until all that runs has ended, so the kernels are killed. Their
        # server ends here, for an interrupted build does not come to its own end.
        with on_interrupt(stop), build.kernels or nullcontext():
            try:
                executed = yield
            except OSError as error:
                lock = session.config["root"] / "pytask.lock"
                build.fail_to_write(Path(error.filename or lock), error)
                raise ExecutionError from None
    except KeyboardInterrupt:
        # The signal came where pytask-parallel does not expect it, or came again.
        if not build.interrupted:
            raise
    if build.interrupted:
        # pytask itself would call this a success.
        line = "Interrupted. What had ended is kept, the rest runs next time."
        build.progress.tell(line)
        raise SystemExit(INTERRUPTED)
    if build.source is None:  # else whoever asked for the build tells
        runs = [it.attributes["run"] for it in session.tasks if "run" in it.attributes]
        for told in warnings_of(runs, build.settings, runs):
            build.progress.tell(told)
    return executed


@hookimpl(wrapper=True, tryfirst=True)
def pytask_execute_task(session: Session, task: PTask) -> Generator[None, Any, Any]:
    """Prepare for kernels when the first page turns out to be stale.

    What is said of that comes before pytask collects what a task says.
    """
    __tracebackhide__ = True
    build = build_of(session)
    if build.kernels and "run" in task.attributes and not session.config["explain"]:
        try:
            build.kernels.start()
        except PlanError as error:
            raise error.with_traceback(None) from None
    # Where threads execute, a page that is submitted only comes to wait for one.
    if build.backend != ParallelBackend.CUSTOM:
        build.progress.begin(task)
    return (yield)


@hookimpl(tryfirst=True)
def pytask_execute_task_log_end(session: Session, report: ExecutionReport) -> None:
    """Tell how a page ended."""
    build_of(session).progress.end(report)


@hookimpl(wrapper=True)
def pytask_unconfigure(session: Session) -> Generator[None, Any, Any]:
    """Let pytask write its records, leave the cluster, let the next build begin."""
    build = build_of(session)
    try:
        return (yield)
    except OSError as error:
        if build.settings is None:
            raise
        lock = session.config["root"] / "pytask.lock"
        with suppress(OSError):
            insides.half_written(lock).unlink()
        build.fail_to_write(Path(error.filename or lock), error)
        session.exit_code = pytask.ExitCode.FAILED
    finally:
        build.until_end.close()


def _find_book(build: Build, config: dict[str, Any]) -> None:
    """Find the book that pytask was called for, at or above the paths it was given.

    A book may lie in a project whose settings of pytask are for something else.
    """
    place = Path(os.path.commonpath(config["paths"] or [config["root"]]))
    for folder in (place, *place.parents):
        build.settings = settings_of_book(folder)
        if build.settings and folder != config["root"]:
            config |= {"root": folder, "ignore": []}
        if build.settings or folder == config["root"]:
            break


def _tell(error: PlanError | OutputError) -> None:
    console.print(str(error), highlight=False, markup=False, soft_wrap=True)


def _find_tasks(path: Path, root: Path, settings: Settings) -> list[Task]:
    if path.name.endswith(SWEEP_SUFFIX):
        return tasks_of_sweep(*plan_sweep(root, path, settings), settings)
    return tasks_of_book(plan_book(path.parent.resolve(), settings))


def _connect(session: Session) -> None:
    """Connect to the cluster before any page runs, so that a mistake is told as one."""
    build = build_of(session)
    if not build.on_cluster:
        client = connect(session.config["root"], lambda: build.interrupted)
        build.on_cluster = True
        build.until_end.callback(client.close)
        session.config["n_workers"] = at_a_time = sum(client.nthreads().values())
        build.progress.tell(f"on a Dask cluster, {at_a_time} at a time")
