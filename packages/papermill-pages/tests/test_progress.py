"""How long a build may still take, as it tells while it runs."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from papermill_pages import progress
from papermill_pages.pages import Point
from papermill_pages.progress import Progress
from pytask import TaskOutcome


class Clock:
    """Stands for the module `time`."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


def left(told: list[str]) -> list[int]:
    """Return the seconds that lines say are left."""
    found = re.findall(r"about (?:(\d+) min )?(\d+) s left", "\n".join(told))
    return [60 * int(minutes or 0) + int(seconds) for minutes, seconds in found]


@pytest.mark.parametrize("done", [0, 1000, 1990])
@pytest.mark.parametrize("unchanged_first", [True, False])
def test_a_resumed_sweep_tells_the_time_of_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int, unchanged_first: bool
) -> None:
    """Two at a time, a second each, after ten seconds in which the first were begun."""
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    tasks: list[Any] = []
    for number in range(2000):
        point = Point(str(number), tmp_path / "s", tmp_path / "n", tmp_path)
        if number < done:
            point.executed.parent.mkdir(parents=True, exist_ok=True)
            point.executed.touch()
        tasks.append(SimpleNamespace(name=str(number), attributes={"run": point}))
    told: list[str] = []
    telling = Progress(told.append)
    telling.expect(tasks)
    clock.now = 10.0
    wanted, stale = [], 2000 - done
    missing = [it for it in tasks if int(it.name) >= done]
    pairs = [missing[it : it + 2] for it in range(0, stale, 2)]
    unchanged = [
        SimpleNamespace(task=it, outcome=TaskOutcome.SKIP_UNCHANGED)
        for it in tasks[:done]
    ]
    if unchanged_first:
        for report in unchanged:
            telling.end(report)  # type: ignore[arg-type]
    for pair in pairs:
        for task in pair:
            telling.begin(task)
        clock.now += 1.0
        for task in pair:
            stale -= 1
            wanted.append(stale / 2)
            telling.end(SimpleNamespace(task=task, outcome=TaskOutcome.SUCCESS))  # type: ignore[arg-type]
    said = left(told)
    assert said[0] <= 2 * wanted[0]  # while one of two has ended
    assert said[-1] == 1  # what takes less is not worth a word
    for seconds, really in zip(said[1:], wanted[1:], strict=False):
        assert seconds == pytest.approx(really, rel=0.6, abs=1)
