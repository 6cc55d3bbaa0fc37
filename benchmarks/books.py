"""Any book, built by the engine and without it: is all the same, and how much sooner.

``python -m benchmarks --book FOLDER`` copies a book that lies on this machine and
builds it three ways by turns: with Jupyter Book's ``execute_notebooks: force``, with
the engine, and with papermill alone, which executes one notebook after another and
renders nothing. The book's own folder is only read.

Three public books that have their data beside them:

- *Python for Data Analysis*, 3rd edition (github.com/wesm/pydata-book): ``ch02`` to
  ``ch12`` without ``ch06``, which asks the network, ``appa`` and ``appb``. It needs
  ``numpy<2``, ``pandas<3``, seaborn, statsmodels and scikit-learn, and the tag
  ``raises-exception`` on the cells that fail on purpose.
- *Computational and Inferential Thinking* (github.com/data-8/textbook): chapters 3 to
  10 without ``06/3``, ``06/4`` and ``07/3``, which ask the network, ``08/5``, which
  asks for ``numpy<2``, the first page of chapter 9, which fails on purpose, and
  ``10/3``, which computes long. It needs datascience and ``pandas<3``; preload what
  datascience imports (``folium.plugins``, ``scipy.stats`` and so on) in its place.
- *Probability for Data Science* (github.com/prob140/textbook, its folder ``content``):
  chapters 6 to 10, whole. It needs prob140, ipywidgets and ``pandas<3``; preload what
  prob140 imports (sympy, ``folium.plugins``, ``scipy.stats`` and so on) in its place.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
import yaml
from papermill_pages.notebooks import is_text_notebook, read_notebook
from papermill_pages.stability import stable_outputs

from benchmarks.jobs import Job, write_jobs
from benchmarks.measure import Command, seconds

FORCE, ENGINE = "force", "engine"
_SECONDS_A_PAGE = 600


@dataclass(frozen=True)
class Book:
    """A book as its author keeps it.

    Attributes
    ----------
    folder : Path
        Where its pages are.
    chapters : sequence of str
        Paths in it of the pages that are built, the front page first.
    python : Path
        An interpreter that has the engine, Jupyter Book and what the book imports.
    preload : sequence of str
        Modules that the engine imports before it forks.
    extensions : sequence of str
        What the text needs of Sphinx beyond Jupyter Book.
    """

    folder: Path
    chapters: Sequence[str]
    python: Path
    preload: Sequence[str] = ()
    extensions: Sequence[str] = ()


@dataclass
class Comparison:
    """What two ways of building a book gave, cell by cell, and how long they took."""

    book: Book
    same: int = 0
    random: int = 0  # other outputs in two builds with `force` as well
    differing: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)


def compare_book(
    book: Book,
    folder: Path,
    repeat: int,
    forget: Callable[[Path], None],
    progress: Callable[[str], None],
) -> str:
    """Build a book each way, and return what came of it as Markdown.

    Parameters
    ----------
    book : Book
        Which.
    folder : Path
        Where it is copied to and built.
    repeat : int
        How often it is built each way, at least twice: what is random shows itself by
        a second build.
    forget : callable
        Deletes all that a build knows of an earlier one.
    progress : callable
        Takes one line of progress.
    """
    books = {way: _copy(book, folder / way, way) for way in (FORCE, ENGINE)}
    jobs = write_jobs(_jobs(book, books[FORCE], folder), folder / "jobs.json")
    one_by_one = ("-m", "benchmarks.peers", "papermill_one_at_a_time", jobs)
    site = (book.python.with_name("jupyter-book"), "build", ".")
    commands: dict[str, tuple[Command, Path]] = {
        "site, force": (site, books[FORCE]),
        "site, engine": (site, books[ENGINE]),
        "execution, papermill": ((book.python, *one_by_one), books[FORCE]),
        "execution, engine": ((book.python, "-m", "pytask"), books[ENGINE]),
    }
    comparison = Comparison(book, times={what: [] for what in commands})
    forced = []
    for turn in range(max(repeat, 2)):
        for what, (command, place) in commands.items():
            if what != "execution, papermill":
                forget(place)
            comparison.times[what].append(seconds(command, place))
            progress(f"{what}: {comparison.times[what][-1]:.1f} s")
            if what == "site, force":
                executed = place / "_build" / "jupyter_execute"
                forced.append(shutil.copytree(executed, folder / f"forced-{turn}"))
    executed = books[ENGINE] / "_build" / "executed"
    compare_outputs(comparison, forced[0], forced[1], executed, books[FORCE])
    return "\n".join(_report(comparison))


def compare_outputs(
    comparison: Comparison, first: Path, second: Path, engine: Path, root: Path
) -> None:
    """Compare the engine's executed notebooks with those of two builds by `force`.

    These were executed in `root`. All are compared as the engine keeps them, for it
    joins what comes in pieces, and names no place of one machine.
    """
    python = comparison.book.python
    for chapter in _notebooks(comparison.book):
        name = Path(chapter).with_suffix(".ipynb")
        one, two, ours = (
            [*_outputs(it / name, root, python)] for it in (first, second, engine)
        )
        if not len(one) == len(two) == len(ours):
            comparison.differing.append(f"{chapter}: {len(ours)} of {len(one)} cells")
        for number, (a, b, own) in enumerate(zip(one, two, ours, strict=False), 1):
            if a == own:
                comparison.same += 1
            elif a != b:
                comparison.random += 1
            else:
                comparison.differing.append(f"{chapter}: code cell {number}")


def _copy(book: Book, folder: Path, way: str) -> Path:
    """Copy a book, and configure Jupyter Book for one way."""
    ignored = shutil.ignore_patterns("_build", ".git", ".venv")
    shutil.copytree(book.folder, folder, ignore=ignored)
    config: dict[str, Any] = {
        "only_build_toc_files": True,
        "execute": {"execute_notebooks": "force", "timeout": _SECONDS_A_PAGE},
        "sphinx": {"extra_extensions": list(book.extensions)},
    }
    if way == ENGINE:
        settings = {"preload": list(book.preload), "shells": "all"}
        config["execute"]["execute_notebooks"] = "off"
        config["sphinx"]["extra_extensions"].append("papermill_pages")
        config["sphinx"]["config"] = {"papermill_pages": settings}
    first, *others = book.chapters
    files = [{"file": chapter} for chapter in others]
    toc = {"format": "jb-book", "root": first, "chapters": files}
    for name, content in (("_config.yml", config), ("_toc.yml", toc)):
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


def _notebooks(book: Book) -> Iterator[str]:
    """Yield the chapters that are notebooks, with their endings."""
    for chapter in book.chapters:
        for ending in ("", ".ipynb", ".md"):
            source = book.folder / f"{chapter}{ending}"
            if source.is_file():
                if source.suffix == ".ipynb" or is_text_notebook(source):
                    yield f"{chapter}{ending}"
                break


def _jobs(book: Book, place: Path, folder: Path) -> Iterator[Job]:
    """Write each chapter as a notebook, for papermill reads no MyST Markdown."""
    for number, chapter in enumerate(_notebooks(book)):
        notebook = (place / chapter).with_name(f"of_papermill_{number}.ipynb")
        nbformat.write(read_notebook(place / chapter), notebook)
        yield Job(str(notebook), str(folder / f"by_papermill_{number}.ipynb"))


def _outputs(notebook: Path, root: Path, python: Path) -> Iterator[str]:
    """Yield what each code cell shows, as one text that can be compared."""
    text = notebook.read_text(encoding="utf-8")
    # The engine calls an environment that of this interpreter.
    text = text.replace(str(python.parents[1]), sys.prefix)
    for cell in nbformat.reads(text, as_version=4).cells:
        if cell.cell_type == "code":
            outputs = stable_outputs(cell.outputs, root)
            for output in outputs:
                output.pop("execution_count", None)
            yield json.dumps(outputs, sort_keys=True)


def _report(compared: Comparison) -> Iterator[str]:
    count = len([*_notebooks(compared.book)])
    yield (
        f"{count} notebooks: the outputs of {compared.same} cells are the same, "
        f"{compared.random} also differ between two builds without the engine, and "
        f"{len(compared.differing)} differ."
    )
    yield from ("", "| what | without | engine | times as fast |")
    yield "| --- | --- | --- | --- |"
    for what, other in (("site", FORCE), ("execution", "papermill")):
        ways = (median(compared.times[f"{what}, {it}"]) for it in (other, ENGINE))
        without, ours = ways
        yield (
            f"| {what} | {other} {without:.1f} s | {ours:.1f} s | "
            f"{without / ours:.1f} |"
        )
    yield from (f"\n- {line}" for line in compared.differing)
