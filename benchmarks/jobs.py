"""What is executed by all alike: notebooks, their parameters, and a folder for each."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import yaml
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from papermill_pages.pages import Page
from papermill_pages.plan import plan_pages
from papermill_pages.settings import settings_of_book

from tests.source_files import copy_sources

SMALL = "benchmarks/small.ipynb"
"""A chapter's short notebook, kept as it was, so that times can be compared."""

SWEPT = "book/models/bench_small.ipynb"
"""Where a copy of the book has it."""


@dataclass(frozen=True)
class Job:
    """One execution of one notebook.

    Attributes
    ----------
    notebook : str
        The notebook, an absolute path.
    output : str
        Where the executed notebook goes.
    parameters : dict of str to object
        What is injected.
    """

    notebook: str
    output: str
    parameters: dict[str, Any] = field(default_factory=dict)


def write_jobs(jobs: Iterable[Job], file: Path) -> Path:
    """Write a list of jobs for another process."""
    file.write_text(json.dumps([asdict(job) for job in jobs]), encoding="utf-8")
    return file


def read_jobs(file: Path) -> list[Job]:
    """Read what `write_jobs` wrote."""
    return [Job(**job) for job in json.loads(file.read_text(encoding="utf-8"))]


def copy_book(folder: Path) -> Path:
    """Copy the book's sources, so that its own build stays as it is."""
    copy_sources(folder)
    shutil.copyfile(folder / SMALL, folder / SWEPT)
    return folder


def points(count: int) -> list[dict[str, Any]]:
    """Return different parameters for so many runs of the notebook that is swept."""
    tables = [("table1", 1992), ("table3", 1995), ("table4", 1995)]
    windows = [
        {"table": table, "first_year": first, "last_year": last}
        for table, begins in tables
        for first in range(begins, 1998)
        for last in range(2004, 2006)
    ]
    # The book's own windows come first, with the book's own seed.
    every = (
        {**window, "seed": seed} for seed in itertools.count(1992) for window in windows
    )
    return list(itertools.islice(every, count))


def sweep_jobs(book: Path, count: int, outputs: Path) -> list[Job]:
    """Return the runs of a sweep as jobs."""
    return [
        Job(str(book / SWEPT), str(outputs / f"{number}.ipynb"), point)
        for number, point in enumerate(points(count))
    ]


def write_sweep(book: Path, count: int) -> Path:
    """Write the same runs as a sweep of the engine."""
    grid = [{name: [value] for name, value in point.items()} for point in points(count)]
    file = (book / SWEPT).with_name(f"bench_{count}.sweep.yml")
    content = {"notebook": Path(SWEPT).name, "grid": grid}
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return file


def pages_of(book: Path) -> list[Page]:
    """Return every page of a book that has a notebook."""
    settings = settings_of_book(book)
    assert settings is not None
    return plan_pages(book, settings)


def book_jobs(pages: Sequence[Page], outputs: Path) -> list[Job]:
    """Return all that a book executes; the points of a sweep before its report."""
    executed = [
        run
        for page in pages
        for run in (*(page.sweep.points if page.sweep else ()), page)
    ]
    return [
        Job(
            str(run.notebook),
            str(outputs / f"{number}.ipynb"),
            dict(run.parameters),
        )
        for number, run in enumerate(executed)
    ]


def with_parameters(job: Job) -> nbformat.NotebookNode:
    """Return a job's notebook with its parameters injected, as papermill does it."""
    notebook = load_notebook_node(job.notebook)
    return (
        parameterize_notebook(notebook, job.parameters) if job.parameters else notebook
    )


def materialise(jobs: Sequence[Job], book: Path) -> list[Path]:
    """Write each job as a notebook of its own, for those that know no parameters.

    They stand beside their originals, whose folder they are executed in.
    """
    files = []
    for number, job in enumerate(jobs):
        file = Path(job.notebook).with_name(f"bench_{number}.ipynb")
        assert file.is_relative_to(book)
        nbformat.write(with_parameters(job), file)
        files.append(file)
    return files


def plain_book(folder: Path, pages: Sequence[Page], execution: str) -> Path:
    """Write the book as Jupyter Book alone can build it.

    Parameters
    ----------
    folder : Path
        Where to.
    pages : sequence of Page
        The pages of a book that was built.
    execution : str
        Jupyter Book's `execute_notebooks`. With ``off`` the pages are the executed
        notebooks, else the sources with their parameters injected.
    """
    copy_book(folder)
    for page in pages:
        source = folder / page.source.relative_to(page.root)
        source.unlink()
        target = folder / f"{page.docname}.ipynb"
        if execution == "off":
            shutil.copyfile(page.executed, target)
        else:
            job = Job(str(page.notebook), "", dict(page.parameters))
            nbformat.write(with_parameters(job), target)
    file = folder / "_config.yml"
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    config["execute"] = {"execute_notebooks": execution, "timeout": 300}
    sphinx = config["sphinx"]["config"]
    del sphinx["papermill_pages"]
    sphinx["extensions"].remove("papermill_pages")
    file.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return folder
