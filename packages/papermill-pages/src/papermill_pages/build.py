"""Bringing the pages of a book, or the points of a sweep, up to date with pytask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytask
from pytask import (
    CollectionOutcome,
    CollectionReport,
    ExecutionReport,
    Session,
    Task,
    TaskOutcome,
    console,
)
from pytask_parallel import ParallelBackend

from papermill_pages.errors import BookError, OutputError, PageFailed
from papermill_pages.freshness import remember
from papermill_pages.kernels import KernelsOnDemand
from papermill_pages.outputs import not_written, sole_build
from papermill_pages.pages import Page, Point, Sweep, contents_file
from papermill_pages.plan import Plan
from papermill_pages.progress import Progress
from papermill_pages.settings import Settings
from papermill_pages.tasks import tasks_of_book, tasks_of_sweep

_MOST_POINTS = 20
"""So many points that share a fault are named."""

KEY = "papermill_pages"
"""Under this name pytask's configuration holds the `Build`."""


@dataclass
class Build:
    """What one build by pytask has to know of the book."""

    settings: Settings | None  # None if there is no book of this engine
    progress: Progress = field(default_factory=Progress)
    # What is built, in which folder, by which tasks; nothing of this if pytask was
    # called by itself, and has to find it.
    source: Path | None = None
    root: Path | None = None
    tasks: list[Task] = field(default_factory=list)
    # What runs the tasks, if this engine chose it.
    backend: ParallelBackend | None = None
    on_cluster: bool = False
    kernels: KernelsOnDemand | None = None
    interrupted: bool = False
    failures: list[str] = field(default_factory=list)
    until_end: ExitStack = field(default_factory=ExitStack)

    def prepare_for_kernels(self, root: Path) -> None:
        """Get ready to start kernels, at once if every page is going to need one."""
        if self.settings is None or self.backend == ParallelBackend.DASK:
            return
        self.kernels = self.until_end.enter_context(KernelsOnDemand(self.settings))
        has_pages = self.source is None or any(
            "run" in task.attributes for task in self.tasks
        )
        if has_pages and not (root / "pytask.lock").exists():  # none was ever executed
            with suppress(OSError):  # of which the first page tells, as it starts
                self.kernels.begin()

    def fail_to_write(self, file: Path, error: OSError) -> None:
        """Tell, now or with all other failures, that pytask could not write a file."""
        self.fail(str(not_written(file, error)))

    def fail(self, message: str) -> None:
        """Tell, now or with all other failures, why pages could not be executed."""
        self.failures.append(message)
        if self.source is None:
            console.print(message, highlight=False, markup=False, soft_wrap=True)


def build_of(session: Session) -> Build:
    """Return what a session of pytask has to know of the book."""
    build: Build = session.config[KEY]
    return build


def bring_up_to_date(
    plan: Plan, report: Callable[[str], None], *, force: bool = False
) -> list[str]:
    """Execute every page that is stale, or all if forced, and gather the results.

    The plan is one just made, and `report` takes one line of progress. Returns what
    failed, one message for each page.

    Raises
    ------
    SystemExit
        With the status 130, if the keyboard interrupted the build.
    """
    source, tasks = contents_file(plan.root), tasks_of_book(plan)
    failures = _build(source, plan.root, tasks, plan.settings, report, force=force)
    if not failures:
        try:
            remember(plan)
        except OutputError as error:
            failures.append(str(error))
    return failures


def run_sweep(
    sweep: Sweep, page: Page | None, settings: Settings, report: Callable[[str], None]
) -> list[str]:
    """Execute every point of a sweep that is stale, write its table, then its report.

    Returns and raises what `bring_up_to_date` does. The page is the report; None if
    the sweep has none.
    """
    tasks = tasks_of_sweep(sweep, page, settings)
    return _build(sweep.source, sweep.root, tasks, settings, report)


def _build(
    source: Path,
    root: Path,
    tasks: list[Task],
    settings: Settings,
    report: Callable[[str], None],
    *,
    force: bool = False,
) -> list[str]:
    """Let pytask bring the tasks of a book or a sweep up to date."""
    build = Build(settings, Progress(report), source, root, tasks)
    try:
        with sole_build(root), console.capture() as printed:
            options: dict[str, Any] = {KEY: build, "force": force, "verbose": 0}
            session = pytask.build(paths=[source], **options)
    except OutputError as error:
        return [str(error)]
    reports: list[CollectionReport | ExecutionReport] = [
        *session.collection_reports,
        *session.execution_reports,
    ]
    messages = _messages(
        failed
        for failed in reports
        if failed.outcome in (CollectionOutcome.FAIL, TaskOutcome.FAIL)
        and failed.exc_info
    )
    # One wrong setting can stop every page.
    failures = list(dict.fromkeys([*messages, *build.failures]))
    if session.exit_code != pytask.ExitCode.OK and not failures:
        last = printed.get().strip().splitlines()[-1:]
        failures.append(
            f"pytask could not run the pages: {' '.join(last)} If its state is broken, "
            "delete pytask.lock and .pytask, and all pages run again."
        )
    elif len(session.execution_reports) < len(session.tasks) and not build.failures:
        failures.append(
            "The build was stopped before every page had run. What has run is kept."
        )
    return failures + _missing_tables(session.execution_reports)


def _messages(
    reports: Iterable[CollectionReport | ExecutionReport],
) -> Iterator[str]:
    """Return the message of each failure; of points that share a fault, of the first.

    The others are named below it.
    """
    shared: dict[tuple[Path, str], tuple[str, str, list[str]]] = {}
    for report in reports:
        error = report.exc_info[1] if report.exc_info else None
        attributes = getattr(getattr(report, "task", None), "attributes", {})
        run = attributes.get("run")
        if not (isinstance(run, Point) and isinstance(error, PageFailed)):
            yield _message(report)
        elif (key := (run.source, error.fault or run.docname)) in shared:
            first, others = shared[key][1:]
            told = "" if error.told == first else f" {error.told}"
            others.append(f"  ({run.label}){told}")
        else:
            shared[key] = _message(report), error.told, []
    for message, _, others in shared.values():
        lines = [message]
        if others:
            lines += [
                "",
                "Other points failed in the same way:",
                *others[:_MOST_POINTS],
            ]
        if len(others) > _MOST_POINTS:
            lines.append(f"  and {len(others) - _MOST_POINTS} more")
        yield "\n".join(lines)


def _message(failed: CollectionReport | ExecutionReport) -> str:
    """Return the message of what failed; of what was not foreseen its place as well."""
    error = failed.exc_info[1] if failed.exc_info else None
    if isinstance(error, BookError):
        return str(error)
    where = "_toc.yml"
    if isinstance(failed, ExecutionReport):
        run = failed.task.attributes.get("run")
        where = run.docname if run else failed.task.name
    return f"{where}: {type(error).__name__}: {error}"


def _missing_tables(reports: list[ExecutionReport]) -> list[str]:
    """Say which tables of sweeps were not written, since a point failed."""
    failed = {
        report.task.attributes["run"].docname
        for report in reports
        if report.outcome == TaskOutcome.FAIL and "run" in report.task.attributes
    }
    messages = []
    for report in reports:
        sweep: Sweep | None = report.task.attributes.get("sweep")
        if sweep and report.outcome == TaskOutcome.SKIP_PREVIOUS_FAILED:
            names = {point.docname for point in sweep.points}
            table = sweep.table.relative_to(sweep.root)
            earlier = (
                "; the one of an earlier run is left" if sweep.table.exists() else ""
            )
            messages.append(
                f"{sweep.source.relative_to(sweep.root)}: "
                f"{len(names & failed)} of {len(names)} points failed, so its "
                f"table {table} was not written{earlier}."
            )
    return messages
