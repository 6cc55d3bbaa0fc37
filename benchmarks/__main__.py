"""Time the engine and its peers in one run and write ``benchmarks/RESULTS.md``."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from papermill_pages.plan import listed_documents
from papermill_pages.settings import Settings

from benchmarks import peers
from benchmarks.baseline import compare
from benchmarks.books import Book, compare_book
from benchmarks.jobs import (
    SMALL,
    book_jobs,
    copy_book,
    pages_of,
    plain_book,
    sweep_jobs,
    write_jobs,
    write_sweep,
)
from benchmarks.measure import machine, peak_memory, seconds
from benchmarks.report import Results, write_report, write_sweeps

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
PYTASK = (PROGRAMS / "pytask",)
BUILD = (PROGRAMS / "jupyter-book", "build", ".")
SWEEP = (sys.executable, "-m", "papermill_pages", "sweep")
PEERS = [method for method in peers.METHODS if method != peers.floor.__name__]


@dataclass
class Bench:
    """What is measured, one after another, each so many times."""

    folder: Path
    repeat: int
    peer_runs: int
    sizes: tuple[int, ...]
    results: Results = field(default_factory=Results)

    def run(self) -> Results:
        """Measure everything."""
        self.results.machine = dict(machine())
        self.results.repeat = self.repeat
        self.sweeps()
        self.memory_of_a_kernel()
        self.whole_book()
        self.builds()
        self.grading()
        return self.results

    def sweeps(self, methods: Sequence[str] = tuple(peers.METHODS)) -> None:
        """Execute one small notebook many times."""
        every = len(methods) == len(peers.METHODS)
        for method in methods:
            book = self.copy(f"sweep-{method}")
            outputs = self.outputs(book)
            # The floor has its imports once, as the engine has in its sweep of 100.
            runs = 100 if method == peers.floor.__name__ else self.peer_runs
            self.results.runs[method] = runs
            for count, repeat in ((runs, self.repeat), (10, 0)):
                jobs = peers.prepare(method, sweep_jobs(book, count, outputs), book)
                command = peer_command(method, write_jobs(jobs, book / "jobs.json"))
                if repeat:
                    times = self.time(
                        f"{count} runs by {method}", command, book, repeat
                    )
                    self.results.per_run[method] = [each / count for each in times]
                elif every:
                    self.results.memory[method] = peak_memory(command, book)
        book = self.copy("sweep-engine")
        for count in self.sizes:
            command = (*SWEEP, write_sweep(book, count))
            self.results.sweeps[count] = self.time(
                f"{count} runs by the engine", command, book, self.repeat, before=forget
            )
        if every:
            forget(book)
            self.results.memory["engine"] = peak_memory(
                (*SWEEP, write_sweep(book, 10)), book
            )

    def memory_of_a_kernel(self) -> None:
        """Measure what one more kernel takes: the small notebook and the largest."""
        for notebook in (SMALL, "book/models/trends.ipynb"):
            printed = subprocess.run(
                [sys.executable, "-m", "benchmarks.kernels", notebook],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            self.results.kernels[notebook] = float(printed.stdout)
            progress(f"one more kernel after {notebook}: {printed.stdout.strip()} MiB")

    def whole_book(self) -> None:
        """Execute all pages of the book, and render nothing."""
        book = self.copy("book-engine")
        self.results.book["engine"] = self.time(
            "the book by the engine", PYTASK, book, self.repeat, before=forget
        )
        notebook = book / "book/models/trends.ipynb"
        self.results.one_changed = self.time(
            "one page changed",
            PYTASK,
            book,
            self.repeat,
            before=lambda _: change(notebook),
        )
        self.results.unchanged = self.time("nothing changed", PYTASK, book, self.repeat)
        pages = pages_of(book)
        self.results.pages = len(book_jobs(pages, book))
        outputs = self.outputs(book)
        for method in PEERS:
            jobs = peers.prepare(method, book_jobs(pages, outputs), book)
            command = peer_command(method, write_jobs(jobs, book / "jobs.json"))
            self.results.book[method] = self.time(
                f"the book by {method}", command, book, self.repeat
            )

    def builds(self) -> None:
        """Build the site: the engine's build, and Jupyter Book's own executions."""
        book = self.copy("build-engine")
        results = self.results.builds
        results["engine, cold"] = self.time(
            "build, cold", BUILD, book, self.repeat, before=forget
        )
        results["engine, nothing changed"] = self.time(
            "build, nothing changed", BUILD, book, self.repeat
        )
        pages = pages_of(book)
        for execution in ("force", "off"):
            plain = plain_book(self.folder / f"build-{execution}", pages, execution)
            results[f"{execution}, cold"] = self.time(
                f"build, {execution}", BUILD, plain, self.repeat, before=forget
            )
        results["off, nothing changed"] = self.time(
            "build, off, nothing changed", BUILD, plain, self.repeat
        )

    def grading(self) -> None:
        """Grade a class, and some of it by otter-grader's own command."""
        printed = subprocess.run(
            [sys.executable, "-m", "benchmarks.grading"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        self.results.grading = json.loads(printed.stdout)
        progress(f"grading: {printed.stdout.strip()}")

    def copy(self, name: str) -> Path:
        """Make a copy of the book to measure in."""
        return copy_book(self.folder / name)

    def outputs(self, book: Path) -> Path:
        """Make a folder for executed notebooks."""
        folder = book / "outputs"
        folder.mkdir()
        return folder

    def time(
        self,
        what: str,
        command: Sequence[str | Path],
        folder: Path,
        repeat: int,
        before: Callable[[Path], None] = lambda _: None,
    ) -> list[float]:
        """Time a command so many times."""
        times = []
        for _ in range(repeat):
            before(folder)
            times.append(seconds(command, folder))
            progress(f"{what}: {times[-1]:.2f} s")
        return times


def peer_command(method: str, jobs: Path) -> tuple[str | Path, ...]:
    """Return the command that carries out jobs in one way."""
    return (sys.executable, "-m", "benchmarks.peers", method, jobs)


def forget(book: Path) -> None:
    """Delete all that a build knows of an earlier one."""
    for name in ("_build", ".pytask"):
        shutil.rmtree(book / name, ignore_errors=True)
    for name in ("pytask.lock", "pytask.lock.journal"):
        (book / name).unlink(missing_ok=True)


def change(notebook: Path) -> None:
    """Change a notebook as an author would: one more line in a cell."""
    content = nbformat.read(notebook, as_version=4)
    cell = next(cell for cell in content.cells if cell.cell_type == "code")
    cell.source += "\n# one more line"
    nbformat.write(content, notebook)


def progress(line: str) -> None:
    """Tell how far the measurements are."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--repeat", type=int, default=3, help="how often each is timed (3)"
    )
    parser.add_argument(
        "--peer-runs",
        type=int,
        default=30,
        help="runs of the small notebook by each peer (30)",
    )
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=[10, 100, 1000],
        help="runs in the engine's sweeps (10 100 1000)",
    )
    parser.add_argument(
        "--only",
        choices=["sweeps"],
        help="measure only this, beside papermill and the floor, and print it",
    )
    parser.add_argument(
        "--baseline",
        type=Path,
        help="a checkout of an earlier version, with its environment in .venv: time "
        "only the engine's own rows, for both by turns, and print them",
    )
    others = parser.add_argument_group(
        "another book", "built by the engine, by Jupyter Book and by papermill"
    )
    others.add_argument("--book", type=Path, help="the folder of its pages")
    others.add_argument(
        "--python",
        type=Path,
        default=Path(sys.executable),
        help="the interpreter that has the engine and what the book imports (this)",
    )
    others.add_argument(
        "--chapters",
        nargs="+",
        help="its pages, the front page first (those of its _toc.yml)",
    )
    others.add_argument(
        "--preload", nargs="+", default=[], help="modules to import before forking"
    )
    others.add_argument(
        "--extensions", nargs="+", default=[], help="extensions of Sphinx that it needs"
    )
    options = parser.parse_args()
    if options.book:
        chapters = options.chapters or listed_documents(options.book, Settings())
        needs = options.python.absolute(), options.preload, options.extensions
        book = Book(options.book, chapters, *needs)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            print(compare_book(book, Path(folder), options.repeat, forget, progress))
        return 0
    if options.baseline:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            places = options.baseline, ROOT, Path(folder)
            print(compare(*places, options.repeat, forget, progress))
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(
            Path(folder), options.repeat, options.peer_runs, tuple(options.sizes)
        )
        if options.only:
            bench.sweeps(["papermill_one_at_a_time", "floor"])
            print(write_sweeps(bench.results))
            return 0
        results = bench.run()
    report = write_report(results)
    (ROOT / "benchmarks" / "RESULTS.md").write_text(report, encoding="utf-8")
    print(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
