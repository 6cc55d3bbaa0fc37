"""The measurements as a page, with the ratios that the engine is held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks import peers
from benchmarks.jobs import SMALL

NAMES = {
    "papermill_one_at_a_time": "papermill, one at a time",
    "papermill_on_all_cores": "papermill, one on each core",
    "jupyter_cache": "jupyter-cache, parallel executor",
    "floor": "forked processes, no Jupyter (floor)",
    "engine": "this engine",
}

BUILDS = {
    "engine, cold": "`jupyter-book build` with this engine, cold",
    "engine, nothing changed": "the same, nothing changed",
    "force, cold": "`execute_notebooks: force`, the pages alone, cold",
    "off, cold": "`execute_notebooks: off`, pages executed before, cold",
    "off, nothing changed": "the same, nothing changed",
}


@dataclass
class Results:
    """All that was measured: seconds and MiB.

    Attributes
    ----------
    runs : dict of str to int
        How often each method executes the small notebook at a time.
    per_run : dict of str to list of float
        Seconds for each run of the small notebook, by method.
    sweeps : dict of int to list of float
        Seconds for a sweep by the engine, by its number of runs.
    book : dict of str to list of float
        Seconds for the execution of the whole book, by method.
    builds : dict of str to list of float
        Seconds for a build of the site.
    memory : dict of str to float
        The most memory of ten runs, by method.
    kernels : dict of str to float
        Memory of one more kernel, by the notebook that it executed.
    grading : dict of str to float
        What `benchmarks/grading.py` prints.
    """

    repeat: int = 0
    runs: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    per_run: dict[str, list[float]] = field(default_factory=dict)
    sweeps: dict[int, list[float]] = field(default_factory=dict)
    book: dict[str, list[float]] = field(default_factory=dict)
    one_changed: list[float] = field(default_factory=list)
    unchanged: list[float] = field(default_factory=list)
    builds: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    kernels: dict[str, float] = field(default_factory=dict)
    grading: dict[str, float] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)


_ABOUT = """\
Written by `make bench` in one run. Times are medians of {repeat}, from the start of a
command to its end, with its imports. The small notebook is
`benchmarks/small.ipynb`. jupyter-cache and Jupyter Book inject no parameters: that is
done for them before the clock starts."""

_GRADING = """\
{submissions} submissions to the four assignments, solutions, empty and half-done
ones: {seconds_each} s each, {jobs} at a time, isolated by {isolated_by}.
`otter run`, one after another, on the first {otter_run_on} of them:
{otter_run_seconds_each} s each, with the same scores."""


def write_report(results: Results) -> str:
    """Write the page."""
    kernels = [[f"`{name}`", f"{size:.0f}"] for name, size in results.kernels.items()]
    executed = f"{results.pages} executions: the pages, and the points of its sweep."
    parts = [
        "# The engine and its peers, side by side",
        _ABOUT.format(repeat=results.repeat),
        "## What the engine is held to",
        _targets(results),
        "## A small notebook, many times",
        _sweeps(results),
        "## The whole book, execution only",
        executed,
        _book(results),
        "## The site",
        _builds(results),
        "## Memory of one more kernel",
        _table(["after it executed", "MiB, proportional set size"], kernels),
        "## The grading of a class",
        _GRADING.format(**results.grading),
        "## The machine",
        _table(["", ""], [[name, said] for name, said in results.machine.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def write_sweeps(results: Results) -> str:
    """Write what is known of the small notebook alone."""
    targets = _table(_TARGETS, _sweep_targets(results))
    return f"{targets}\n\n{_sweeps(results)}\n"


_TARGETS = ["", "measured", "wanted", "met"]


def _sweep_targets(results: Results) -> list[list[str]]:
    hundred = _per_run(results, 100)
    peer = {name: median(times) for name, times in results.per_run.items()}
    many = max(results.sweeps)
    return [
        _at_least(
            "sweep of 100 runs, against papermill one at a time",
            peer["papermill_one_at_a_time"] / hundred,
            25,
        ),
        _at_most(
            "sweep of 100 runs, above the no-Jupyter floor",
            hundred / peer[peers.floor.__name__],
            1.4,
        ),
        _at_most(
            f"time per run, {many} runs against 100",
            _per_run(results, many) / hundred,
            1.1,
        ),
    ]


def _targets(results: Results) -> str:
    hundred = _per_run(results, 100)
    others = [
        median(times)
        for name, times in results.per_run.items()
        if name != peers.floor.__name__
    ]
    book_peers = [median(t) for name, t in results.book.items() if name != "engine"]
    built = {name: median(times) for name, times in results.builds.items()}
    kernel = results.kernels[SMALL]
    rows = [
        *_sweep_targets(results),
        _at_least(
            "sweep of 100 runs, against the fastest peer",
            min(others) / hundred,
            12,
        ),
        _at_least(
            "whole book from cold, execution only, against the fastest peer",
            min(book_peers) / median(results.book["engine"]),
            3,
        ),
        _at_most(
            "nothing changed, against bare `jupyter-book build` with execution off",
            built["engine, nothing changed"] / built["off, nothing changed"],
            1.3,
        ),
        _at_least(
            f"{results.grading['submissions']} submissions graded, against `otter run`"
            " one after another",
            results.grading["times_faster"],
            8,
        ),
        [
            "memory of one more kernel, after the small notebook",
            f"{kernel:.0f} MiB",
            "at most 60 MiB",
            _verdict(kernel <= 60),
        ],
    ]
    return _table(_TARGETS, rows)


def _at_least(what: str, ratio: float, wanted: float) -> list[str]:
    return [what, f"{ratio:.1f} ×", f"at least {wanted} ×", _verdict(ratio >= wanted)]


def _at_most(what: str, ratio: float, wanted: float) -> list[str]:
    return [what, f"{ratio:.2f} ×", f"at most {wanted} ×", _verdict(ratio <= wanted)]


def _verdict(met: bool) -> str:
    return "yes" if met else "no"


def _per_run(results: Results, count: int) -> float:
    return median(results.sweeps[count]) / count


def _sweeps(results: Results) -> str:
    rows = [
        [
            f"{NAMES[name]}, {results.runs[name]} runs",
            f"{median(times):.3f}",
            _spread(times),
            _size(results, name),
        ]
        for name, times in results.per_run.items()
    ]
    rows += [
        [
            f"{NAMES['engine']}, {count} runs",
            f"{_per_run(results, count):.3f}",
            _spread([each / count for each in times]),
            _size(results, "engine"),
        ]
        for count, times in results.sweeps.items()
    ]
    header = ["", "seconds per run", "from – to", "peak memory of ten runs, MiB"]
    return _table(header, rows)


def _size(results: Results, name: str) -> str:
    return f"{results.memory[name]:.0f}" if name in results.memory else "–"


def _book(results: Results) -> str:
    rows = [
        [NAMES[name], f"{median(times):.1f}", _spread(times)]
        for name, times in results.book.items()
    ]
    rows.append(_row("this engine, one page changed", results.one_changed))
    rows.append(_row("this engine, nothing changed", results.unchanged))
    return _table(["", "seconds", "from – to"], rows)


def _builds(results: Results) -> str:
    rows = [_row(BUILDS[name], times) for name, times in results.builds.items()]
    return _table(["", "seconds", "from – to"], rows)


def _row(name: str, times: Sequence[float]) -> list[str]:
    return [name, f"{median(times):.1f}", _spread(times)]


def _spread(times: Sequence[float]) -> str:
    digits = 3 if max(times) < 10 else 1
    return f"{min(times):.{digits}f} – {max(times):.{digits}f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
