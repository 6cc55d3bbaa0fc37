"""What a build executes and shows, as plain data: runs, pages and sweeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from papermill_pages.execution_settings import ExecutionSettings


@dataclass(frozen=True)
class Run:
    """One execution of a notebook."""

    # The page's name in Sphinx, for example ``chapters/north``; of a point, the name of
    # its sweep and its own.
    docname: str
    source: Path  # the file that asks for it: a run, a sweep or the notebook itself
    notebook: Path
    root: Path  # the folder of `_config.yml` and `_toc.yml`, or of ``conf.py``
    # What papermill injects; empty if the notebook runs with its defaults.
    parameters: Mapping[str, Any] = field(default_factory=dict)
    # Paths, globs and Data Package resources, from the root.
    depends_on: tuple[str, ...] = ()
    title: str | None = None  # replaces the first heading of the notebook
    # What the names of its glued values begin with in ``results.json``.
    results: str = ""
    # The labels of what its values rest on, each with words for it.
    rests_on: Mapping[str, str] = field(default_factory=dict)
    execution: ExecutionSettings = field(default_factory=ExecutionSettings)

    @property
    def executed(self) -> Path:
        """Where the executed notebook is kept."""
        return build_folder(self.root) / "executed" / f"{self.docname}.ipynb"

    @property
    def unfinished(self) -> Path:
        """Where the notebook is while it runs, and stays if it fails."""
        return build_folder(self.root) / "unfinished" / f"{self.docname}.ipynb"


@dataclass(frozen=True)
class Point(Run):
    """One point of a sweep."""

    # What sets it apart in its sweep, such as ``region=north, first_year=1995``.
    label: str = ""
    # The parameters that the grid names, which no value may be glued as.
    varied: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page(Run):
    """A page of the book whose content is an executed notebook."""

    sweep: Sweep | None = None  # the sweep on which the page reports
    # Those whose points a reader of the page can choose from; perhaps its own, too.
    explored: tuple[Sweep, ...] = ()

    @property
    def sweeps(self) -> tuple[Sweep, ...]:
        """All sweeps that the page is made of, each once."""
        own = (self.sweep,) if self.sweep else ()
        return tuple({it.docname: it for it in (*own, *self.explored)}.values())

    @property
    def runs(self) -> tuple[Run, ...]:
        """All that is executed for it: the points of its sweeps, and then itself."""
        return (*(point for sweep in self.sweeps for point in sweep.points), self)

    @property
    def products(self) -> tuple[Path, ...]:
        """All files that are made for it."""
        tables = (sweep.table for sweep in self.sweeps)
        return (*(run.executed for run in self.runs), *tables)


@dataclass(frozen=True)
class Sweep:
    """One notebook, to be executed at every point of a grid of parameters."""

    docname: str  # the sweep file's path from the root, without its suffix
    source: Path  # the sweep file
    root: Path
    # The parameters that the grid names: the first columns of the table.
    varied: tuple[str, ...]
    points: tuple[Point, ...]  # in the order of the grid
    # The values of the varied parameters, defaults included, point by point.
    rows: tuple[tuple[Any, ...], ...]
    # What the varied parameters are called on a page: what their help says.
    titles: tuple[str, ...] = ()
    # Words for values, by the parameter and the value as text.
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def table(self) -> Path:
        """Where the table of all points' results is kept."""
        return build_folder(self.root) / "sweeps" / f"{self.docname}.csv"


def sweeps_of(pages: Iterable[Page]) -> tuple[Sweep, ...]:
    """Return all sweeps of some pages, each once: several pages may explore one."""
    found = {sweep.docname: sweep for page in pages for sweep in page.sweeps}
    return tuple(found.values())


def build_folder(root: Path) -> Path:
    """Return the folder that holds all that a build writes."""
    return root / "_build"


def contents_file(root: Path) -> Path:
    """Return what says which pages a book has: `_toc.yml`, or else ``conf.py``."""
    toc, project = root / "_toc.yml", root / "conf.py"
    return project if project.is_file() and not toc.exists() else toc


def name_from_root(path: Path, root: Path) -> str:
    """Name a file from the root if it is below it; other paths stay whole."""
    inside = path.is_relative_to(root)
    return path.relative_to(root).as_posix() if inside else path.as_posix()
