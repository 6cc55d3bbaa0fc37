"""What a build tells of the pages and points that it executes, while it does so."""

from __future__ import annotations

import time
from collections.abc import Callable

from pytask import ExecutionReport, PTask, TaskOutcome, console

from papermill_pages.pages import Point, Run

_OUTCOMES = {TaskOutcome.SKIP_UNCHANGED: "unchanged", TaskOutcome.FAIL: "FAILED"}


class Progress:
    """Counts the runs that have ended, and tells each in one line.

    A `report` takes the line. Without it, lines are printed where no person watches a
    terminal; in one, pytask's own live table shows the same.
    """

    def __init__(self, report: Callable[[str], None] | None = None) -> None:
        self.report = report
        self.silent = False
        self._total = self._ended = 0
        self._starts: dict[str, float] = {}
        self._executed = 0
        # What was never executed, and what was, as far as it waits to be looked at; and
        # which part of the latter is stale, as it seems.
        self._new = set[str]()
        self._old = set[str]()
        self._looked_at = self._stale = 0
        self._likely = 1

    def expect(self, tasks: list[PTask]) -> None:
        """Begin to count."""
        runs = {it.name: it.attributes["run"] for it in tasks if "run" in it.attributes}
        self._total = len(runs)
        self._new = {name for name, run in runs.items() if not run.executed.exists()}
        self._old = {*runs} - self._new
        self._likely = 0 if self._new else 1  # for it may be what was interrupted

    def begin(self, task: PTask) -> None:
        """Tell that a page runs. Of points, many and short, the ends say enough."""
        run: Run | None = task.attributes.get("run")
        if run is None:
            return
        self._starts[task.name] = time.monotonic()
        if not isinstance(run, Point):
            self.tell(f"{run.docname}: running")

    def end(self, ended: ExecutionReport) -> None:
        """Tell how a run ended, and how long the rest may take."""
        run: Run | None = ended.task.attributes.get("run")
        if run is None:
            return
        now = time.monotonic()
        began = self._starts.get(ended.task.name)
        self._ended += 1
        if ended.task.name in self._old:
            self._looked_at += 1
            self._stale += began is not None
        self._new.discard(ended.task.name)
        self._old.discard(ended.task.name)
        self._executed += began is not None
        if ended.outcome == TaskOutcome.SUCCESS:
            outcome = f"executed in {now - (began or now):.1f} s"
        elif ended.outcome == TaskOutcome.SKIP_UNCHANGED and isinstance(run, Point):
            return
        else:
            outcome = _OUTCOMES.get(ended.outcome, ended.outcome.description)
        place = f"[{self._ended}/{self._total}]"
        self.tell(f"{place} {run.docname}: {outcome}{self._left(now)}")

    def tell(self, line: str) -> None:
        """Report one line."""
        if self.silent:
            return
        if self.report:
            self.report(line)
        elif not console.is_interactive:
            console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _left(self, now: float) -> str:
        """Say how long the rest may take, if that is a second or more."""
        if not self._executed:
            return ""
        stale = self._stale / self._looked_at if self._looked_at else self._likely
        left = len(self._new) + len(self._old) * stale
        each = (now - next(iter(self._starts.values()))) / self._executed
        seconds = each * left
        return f", about {duration(seconds)} left" if seconds >= 1 else ""


def duration(seconds: float) -> str:
    """Write a time in the units that a person would take."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
