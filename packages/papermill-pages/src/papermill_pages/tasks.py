"""The plan as pytask tasks: one for each run, and those that gather what runs glued."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytask
from pytask import Task

from papermill_pages.dependencies import (
    ProductNode,
    Sources,
    product_node,
    read_sources,
    text_node,
)
from papermill_pages.errors import ResultsError
from papermill_pages.execution import execute
from papermill_pages.executors import scheduler_address
from papermill_pages.kernels import stay_in_kernel_environment
from papermill_pages.pages import Page, Point, Run, Sweep, contents_file, sweeps_of
from papermill_pages.plan import Plan
from papermill_pages.results import results_file, write_results, write_table
from papermill_pages.settings import Settings


def tasks_of_book(plan: Plan) -> list[Task]:
    """Return the tasks of each page, and one that gathers their glued values."""
    tasks = []
    reported = {page.sweep.docname for page in plan.pages if page.sweep}
    for sweep in sweeps_of(plan.pages):
        turn = "try_first" if sweep.docname in reported else "try_last"
        tasks += _tasks_of_points(sweep, plan.sources, plan.settings, turn)
    for page in plan.pages:
        tasks.append(_task_of_run(page, plan.sources, plan.settings))
    # The prefix of a page's results stands in its source alone.
    prefixes = json.dumps(
        [plan.settings.results, {page.docname: page.results for page in plan.pages}]
    )

    def gather(**_: Any) -> None:
        __tracebackhide__ = True
        write_results(plan.pages if plan.settings.results else (), plan.root)

    results = Task(
        base_name="results",
        path=contents_file(plan.root),
        function=gather,
        depends_on={
            "executed": _executed(plan.pages),
            "prefixes": text_node("prefixes of results", prefixes),
        },
        produces={"results": product_node(results_file(plan.root), plan.root)},
    )
    return [*tasks, results]


def tasks_of_sweep(sweep: Sweep, report: Page | None, settings: Settings) -> list[Task]:
    """Return the tasks of a sweep's points, of its table, and of its report if any."""
    runs = (*sweep.points, *([report] if report else []))
    sources = read_sources(runs, settings)
    tasks = _tasks_of_points(sweep, sources, settings, "try_first")
    return [*tasks, _task_of_run(report, sources, settings)] if report else tasks


def _tasks_of_points(
    sweep: Sweep, sources: Sources, settings: Settings, turn: str
) -> list[Task]:
    """Return the tasks of a sweep's points, and of its table.

    Points are short and left for the end, so that no core idles there; but a report
    waits for its own.
    """
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
            "executed": _executed(sweep.points),
        },
        produces={"table": product_node(sweep.table, sweep.root)},
        attributes={"sweep": sweep},
    )
    refused: list[ResultsError] = []
    points = [
        _task_of_run(point, sources, settings, turn, refused) for point in sweep.points
    ]
    return [*points, table]


def _task_of_run(
    run: Run,
    sources: Sources,
    settings: Settings,
    turn: str = "",
    refused: list[ResultsError] | None = None,
) -> Task:
    """Return the task of a run.

    What points of one sweep have been `refused` for is the same for all, so that those
    to come need not be executed.
    """
    refused = [] if refused is None else refused
    on_cluster = bool(scheduler_address())
    is_point = isinstance(run, Point)

    def execute_run(**_: Any) -> None:
        __tracebackhide__ = True
        if on_cluster:
            stay_in_kernel_environment(settings)
        if refused:
            raise refused[0]
        try:
            execute(run, settings)
        except ResultsError as error:
            refused.append(error)
            raise

    depends_on: dict[str, Any] = dict(sources[run.docname])
    if isinstance(run, Page) and run.sweep:
        table = product_node(run.sweep.table, run.root)
        depends_on[table.name] = table
    return Task(
        base_name=run.docname if is_point else "page",
        path=run.notebook if is_point else run.source,
        function=execute_run,
        depends_on=depends_on,
        produces={"executed": product_node(run.executed, run.root)},
        markers=[pytask.Mark(turn, (), {})] if turn else [],
        attributes={"run": run},
    )


def _executed(runs: Iterable[Run]) -> dict[str, ProductNode]:
    return {run.docname: product_node(run.executed, run.root) for run in runs}
