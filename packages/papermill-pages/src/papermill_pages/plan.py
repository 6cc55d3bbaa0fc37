"""The plan of a build: every page of the book that has to be executed, as plain data.

Making the plan reads and checks; it starts no kernel and writes nothing.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jupyter_client.kernelspec import KernelSpecManager
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

from papermill_pages.errors import PlanError
from papermill_pages.parameters import (
    Parameter,
    check_values,
    declared_parameters,
    suggestion,
)
from papermill_pages.settings import Settings, is_list_of_strings
from papermill_pages.sweeps import (
    grid_points,
    point_names,
    point_text,
    repeated_point,
    varied_parameters,
)

RUN_SUFFIX = ".run.yml"
SWEEP_SUFFIX = ".sweep.yml"
SOURCE_SUFFIXES = (RUN_SUFFIX, SWEEP_SUFFIX, ".ipynb", ".md", ".rst", ".txt")

MOST_MISTAKES = 5
"""So many mistakes of one sweep are told in full."""


@dataclass(frozen=True)
class Page:
    """One page that papermill executes, or one point of a sweep.

    Attributes
    ----------
    docname : str
        The page's name in Sphinx, for example ``book/tables/khabarovsk``.
    source : Path
        The file that `_toc.yml` lists: a run, a sweep or a notebook.
    notebook : Path
        The notebook that is executed.
    root : Path
        The folder of `_config.yml` and `_toc.yml`.
    title : str, optional
        Replaces the first heading of the notebook.
    parameters : mapping of str to object
        What papermill injects; empty if the page runs with the defaults.
    depends_on : tuple of str
        Paths, globs and Data Package resources, from the root.
    results : str
        What the names of the page's glued values begin with in ``results.json``.
    point : str
        What sets a point apart in its sweep; empty for a page.
    sweep : Sweep, optional
        The sweep on which the page reports.
    """

    docname: str
    source: Path
    notebook: Path
    root: Path
    title: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    results: str = ""
    point: str = ""
    sweep: Sweep | None = None

    @property
    def runs(self) -> tuple[Page, ...]:
        """All that is executed for it: the points of its sweep, and then itself."""
        return (*(self.sweep.points if self.sweep else ()), self)

    @property
    def executed(self) -> Path:
        """Where the executed notebook is kept."""
        return build_folder(self.root) / "executed" / f"{self.docname}.ipynb"

    @property
    def unfinished(self) -> Path:
        """Where the notebook is while it runs, and stays if it fails."""
        return build_folder(self.root) / "unfinished" / f"{self.docname}.ipynb"


@dataclass(frozen=True)
class Sweep:
    """One notebook, to be executed at every point of a grid of parameters.

    Attributes
    ----------
    docname : str
        The sweep file's path from the root, without its suffix.
    source : Path
        The sweep file.
    root : Path
        The folder of `_config.yml` and `_toc.yml`.
    varied : tuple of str
        The parameters that the grid names: the first columns of the table.
    points : tuple of Page
        In the order of the grid.
    rows : tuple of tuple
        The values of the varied parameters, defaults included, point by point.
    """

    docname: str
    source: Path
    root: Path
    varied: tuple[str, ...]
    points: tuple[Page, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def table(self) -> Path:
        """Where the table of all points' results is kept."""
        return build_folder(self.root) / "sweeps" / f"{self.docname}.csv"


@dataclass(frozen=True)
class _Declarations:
    """What a notebook says about itself to the engine."""

    parameters: Mapping[str, Parameter]
    has_parameters_cell: bool
    depends_on: tuple[str, ...]
    results: str
    check: str


def build_folder(root: Path) -> Path:
    """Return the folder that holds all that a build writes."""
    return root / "_build"


def plan_pages(root: Path, settings: Settings) -> list[Page]:
    """Plan the pages of a book.

    Parameters
    ----------
    root : Path
        The folder of `_config.yml` and `_toc.yml`.
    settings : Settings
        The engine's settings.

    Returns
    -------
    list of Page
        In the order of `_toc.yml`.

    Raises
    ------
    PlanError
        With one paragraph for each wrong page.
    """
    __tracebackhide__ = True
    pages: list[Page] = []
    problems: dict[str, None] = {}  # two pages can share one wrong notebook
    for entry in _listed_documents(root):
        try:
            page = _plan_page(root.resolve(), entry, settings)
        except PlanError as error:
            problems[str(error)] = None
        else:
            pages.extend([page] if page else [])
    if problems:
        raise PlanError("\n\n".join(problems))
    return pages


def _listed_documents(root: Path) -> list[str]:
    toc = root / "_toc.yml"
    try:
        site = parse_toc_yaml(toc)
    except (OSError, MalformedError, yaml.YAMLError) as error:
        msg = f"{toc}: cannot be read: {error}"
        raise PlanError(msg) from None
    if site.globs():
        msg = (
            f"{toc}: the entry 'glob: {min(site.globs())}' would publish pages that "
            "nobody executes. List each page with 'file:'."
        )
        raise PlanError(msg)
    return list(site)


def _plan_page(root: Path, entry: str, settings: Settings) -> Page | None:
    """Plan one entry of `_toc.yml`; None if it is not a page to execute."""
    source = _source_file(root, entry)
    if source.name.endswith(SWEEP_SUFFIX):
        _, report = plan_sweep(root, source, settings)
        if report is None:
            msg = (
                f"{source}: a sweep that _toc.yml lists needs 'report: <notebook>', "
                "which reads the sweep's table and becomes the page."
            )
            raise PlanError(msg)
        return report
    if source.name.endswith(RUN_SUFFIX):
        run = _read_mapping(source, "run", "notebook", "parameters")
        notebook = _notebook_of_run(root, source, run["notebook"])
        docname = source.relative_to(root).as_posix().removesuffix(RUN_SUFFIX)
    elif source.suffix == ".ipynb":
        run, notebook = {}, source
        docname = source.relative_to(root).as_posix().removesuffix(".ipynb")
    else:
        return None
    declared = _read_declarations(notebook)
    given = run.get("parameters") or {}
    if run:
        _need_parameters_cell(declared, source, notebook.relative_to(root))
    values = check_values(given, declared.parameters, source)
    _check_relations(declared.check, values, source)
    return Page(
        docname=docname,
        source=source,
        notebook=notebook,
        root=root,
        title=run.get("title"),
        parameters=given,
        depends_on=settings.depends_on
        + tuple(_fill(item, values, notebook) for item in declared.depends_on),
        results=run.get("results") or _fill(declared.results, values, notebook),
    )


def plan_sweep(
    root: Path, source: Path, settings: Settings
) -> tuple[Sweep, Page | None]:
    """Plan a sweep: every point of its grid, and the page that reports on them.

    Parameters
    ----------
    root : Path
        The folder of `_config.yml` and `_toc.yml`, resolved.
    source : Path
        The sweep file, below the root.
    settings : Settings
        The engine's settings.

    Returns
    -------
    Sweep
        The sweep.
    Page or None
        Its report, if the file names one.

    Raises
    ------
    PlanError
        For a mistake in the file, or values that the notebook refuses; several
        points' mistakes are told together.
    """
    source = _inside(root, source, f"the sweep {str(source)!r}")
    if not source.name.endswith(SWEEP_SUFFIX) or not source.is_file():
        msg = f"{source}: a sweep is a file whose name ends with {SWEEP_SUFFIX!r}."
        raise PlanError(msg)
    keys = ("notebook", "grid", "parameters", "report")
    content = _read_mapping(source, "sweep", *keys)
    notebook = _notebook_of_run(root, source, content["notebook"])
    declared = _read_declarations(notebook)
    _need_parameters_cell(declared, source, notebook.relative_to(root))
    common = content.get("parameters") or {}
    grid = grid_points(content.get("grid") or {}, source)
    values = _values_of_points(grid, common, declared, source)
    docname = source.relative_to(root).as_posix().removesuffix(SWEEP_SUFFIX)
    varied = varied_parameters(grid)
    sweep = Sweep(
        docname=docname,
        source=source,
        root=root,
        varied=varied,
        points=tuple(
            Page(
                docname=f"{docname}/{name}",
                source=source,
                notebook=notebook,
                root=root,
                parameters={**common, **point},
                depends_on=settings.depends_on
                + tuple(_fill(item, own, notebook) for item in declared.depends_on),
                point=point_text(point),
            )
            for name, point, own in zip(point_names(grid), grid, values, strict=True)
        ),
        rows=tuple(tuple(own[name] for name in varied) for own in values),
    )
    return sweep, _plan_report(sweep, content, settings)


def _values_of_points(
    grid: list[dict[str, Any]],
    common: Mapping[str, Any],
    declared: _Declarations,
    source: Path,
) -> list[dict[str, Any]]:
    """Check the points, and return all parameters of each."""
    both = [name for name in varied_parameters(grid) if name in common]
    if both:
        msg = f"{source}: {both[0]!r} is both under 'grid' and under 'parameters'."
        raise PlanError(msg)
    values, problems = [], dict[str, None]()  # many points can share one mistake
    for point in grid:
        try:
            own = check_values({**common, **point}, declared.parameters, source)
            _check_relations(declared.check, own, f"{source} ({point_text(point)})")
        except PlanError as error:
            problems[str(error)] = None
        else:
            values.append(own)
    if problems:
        told = list(problems)[:MOST_MISTAKES]
        if len(problems) > len(told):
            told.append(
                f"{source}: and {len(problems) - len(told)} more such mistakes."
            )
        raise PlanError("\n\n".join(told))
    again = repeated_point(values)
    if again:
        first, second = (number + 1 for number in again)
        msg = (
            f"{source}: the points {first} and {second} of its grid are the same: "
            f"{point_text(grid[again[1]])}."
        )
        raise PlanError(msg)
    return values


def _plan_report(
    sweep: Sweep, content: Mapping[str, Any], settings: Settings
) -> Page | None:
    """Plan the notebook that reads a sweep's table, if the sweep names one."""
    source, root = sweep.source, sweep.root
    if not content.get("report"):
        for key in ("title", "results"):
            if content.get(key):
                msg = f"{source}: {key!r} is the page's, and without 'report' is none."
                raise PlanError(msg)
        return None
    notebook = _notebook_of_run(root, source, content["report"])
    declared = _read_declarations(notebook)
    if "table" not in declared.parameters:
        msg = (
            f"{source}: its report {notebook.relative_to(root)} has no parameter "
            "'table: str', which is given the path of the sweep's table."
        )
        raise PlanError(msg)
    # From the notebook's folder, where it runs: the same text on every machine.
    table = Path(os.path.relpath(sweep.table, notebook.parent)).as_posix()
    values = check_values({"table": table}, declared.parameters, source)
    _check_relations(declared.check, values, source)
    return Page(
        docname=sweep.docname,
        source=source,
        notebook=notebook,
        root=root,
        title=content.get("title"),
        parameters={"table": table},
        depends_on=settings.depends_on
        + tuple(_fill(item, values, notebook) for item in declared.depends_on),
        results=content.get("results") or _fill(declared.results, values, notebook),
        sweep=sweep,
    )


def _source_file(root: Path, entry: str) -> Path:
    path = root / entry
    candidates = [path] if path.is_file() else []
    for suffix in SOURCE_SUFFIXES:
        candidate = path.with_name(path.name + suffix)
        candidates += [candidate] if candidate.is_file() else []
    if not candidates:
        msg = f"_toc.yml: no file for the entry {entry!r} under {root}."
        raise PlanError(msg)
    if len(candidates) > 1:
        names = " and ".join(candidate.name for candidate in candidates)
        msg = (
            f"_toc.yml: the entry {entry!r} could be {names}. Two sources cannot make "
            "one page: rename one of them."
        )
        raise PlanError(msg)
    return _inside(root, candidates[0], f"_toc.yml: the entry {entry!r}")


def _inside(root: Path, path: Path, what: str) -> Path:
    if not path.resolve().is_relative_to(root):
        msg = f"{what} leads out of the book: {path.resolve()} is not under {root}."
        raise PlanError(msg)
    return path.resolve()


def _read_mapping(source: Path, kind: str, *keys: str) -> dict[str, Any]:
    """Read a run or a sweep, which has some keys of its own beside a page's."""
    known: dict[str, tuple[type | tuple[type, ...], str]] = {
        "notebook": (str, "a path"),
        "title": (str, "a text"),
        "parameters": (dict, "a mapping of names to values"),
        "results": (str, "a prefix of result names"),
        "grid": ((dict, list), "a mapping of names to lists of values"),
        "report": (str, "a path"),
    }
    try:
        content = yaml.safe_load(source.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        msg = f"{source}: not readable as YAML: {problem}."
        raise PlanError(msg) from None
    if not isinstance(content, dict) or "notebook" not in content:
        msg = f"{source}: a {kind} is a mapping with at least 'notebook: <path>'."
        raise PlanError(msg)
    allowed = (*keys, "title", "results")
    for key, value in content.items():
        if key not in allowed:
            msg = (
                f"{source}: unknown key {key!r}{suggestion(key, allowed)}. A {kind} "
                f"has: {', '.join(allowed)}."
            )
            raise PlanError(msg)
        expected, words = known[key]
        if value is not None and not isinstance(value, expected):
            msg = f"{source}: {key!r} must be {words}, not {value!r}."
            raise PlanError(msg)
    if not content["notebook"]:
        msg = f"{source}: 'notebook' is empty."
        raise PlanError(msg)
    return content


def _notebook_of_run(root: Path, source: Path, given: str) -> Path:
    notebook = _inside(root, source.parent / given, f"{source}: the notebook {given!r}")
    if not notebook.is_file():
        nearby = tuple(path.name for path in sorted(source.parent.glob("*.ipynb")))
        msg = f"{source}: there is no notebook {given!r}{suggestion(given, nearby)}."
        raise PlanError(msg)
    return notebook


def _read_declarations(notebook: Path) -> _Declarations:
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
        cells, metadata = content["cells"], content["metadata"]
        kernel = metadata["kernelspec"]["name"]
    except (ValueError, KeyError, TypeError) as error:
        msg = (
            f"{notebook}: not a notebook in the Jupyter format 4 with a kernel named "
            f"in its metadata ({type(error).__name__}: {error})."
        )
        raise PlanError(msg) from None
    kernels = tuple(KernelSpecManager().find_kernel_specs())
    if kernel not in kernels:
        msg = (
            f"{notebook}: its kernel {kernel!r} is not installed"
            f"{suggestion(kernel, kernels)}. Installed: {', '.join(kernels)}."
        )
        raise PlanError(msg)
    options = metadata.get("papermill_pages", {})
    known = {"depends_on", "results", "check"}
    for key in options:
        if key not in known:
            msg = (
                f"{notebook}: unknown key {key!r} in the metadata 'papermill_pages'"
                f"{suggestion(key, tuple(known))}. It has: {', '.join(sorted(known))}."
            )
            raise PlanError(msg)
    depends_on = options.get("depends_on", [])
    if not is_list_of_strings(depends_on):
        msg = f"{notebook}: 'depends_on' in its metadata must be a list of paths."
        raise PlanError(msg)
    for key in ("results", "check"):
        if not isinstance(options.get(key, ""), str):
            msg = f"{notebook}: {key!r} in its metadata must be a text."
            raise PlanError(msg)
    tags = [tag for cell in cells for tag in cell.get("metadata", {}).get("tags", ())]
    return _Declarations(
        parameters=declared_parameters(notebook),
        has_parameters_cell="parameters" in tags,
        depends_on=tuple(depends_on),
        results=options.get("results", ""),
        check=options.get("check", ""),
    )


def _need_parameters_cell(
    declared: _Declarations, source: Path, notebook: Path
) -> None:
    if not declared.has_parameters_cell:
        msg = (
            f"{source}: its notebook {notebook} has no cell tagged 'parameters', so "
            "nothing can be injected. Tag the cell that assigns the defaults."
        )
        raise PlanError(msg)


def _check_relations(check: str, values: Mapping[str, Any], source: Path | str) -> None:
    """Let the notebook's own function judge the parameters together."""
    if not check:
        return
    module, _, name = check.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        msg = (
            f"{source}: the notebook's check {check!r} cannot be imported ({error}). "
            "Write it as 'package.module:function'."
        )
        raise PlanError(msg) from None
    try:
        inspect.signature(function).bind(**values)
    except TypeError as error:
        msg = (
            f"{source}: the notebook's check {check!r} does not take its parameters: "
            f"{error}."
        )
        raise PlanError(msg) from None
    try:
        function(**values)
    except ValueError as error:
        msg = f"{source}: {error}"
        raise PlanError(msg) from None


def _fill(template: str, values: Mapping[str, Any], notebook: Path) -> str:
    """Put parameter values into a declaration such as ``tables.{table}``."""
    try:
        return template.format_map(values)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        msg = (
            f"{notebook}: {template!r} in its metadata names {error}, which is not a "
            f"parameter. It has: {', '.join(values) or 'none'}."
        )
        raise PlanError(msg) from None
