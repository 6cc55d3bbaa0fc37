"""The plan of a build: every page of the book that has to be executed, as plain data.

Making the plan reads and checks; it starts no kernel and writes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path
from typing import Any

import yaml
from sphinx.util.matching import get_matching_files, patfilter
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

from papermill_pages.declarations import Declarations, read_declarations
from papermill_pages.dependencies import Sources, read_sources
from papermill_pages.errors import PlanError
from papermill_pages.explorers import explored_in
from papermill_pages.notebooks import (
    NOTEBOOK_SUFFIXES,
    is_left_alone,
    is_text_notebook,
)
from papermill_pages.pages import Page, Point, Sweep, contents_file, sweeps_of
from papermill_pages.parameters import (
    refuse_unknown,
    refuse_wrong_parameters,
    suggestion,
)
from papermill_pages.plain_yaml import read_plain_yaml
from papermill_pages.settings import Settings, excluded_by_book
from papermill_pages.sweeps import (
    grid_points,
    point_names,
    point_text,
    repeated_point,
    varied_parameters,
)
from papermill_pages.without_kernels import refuse_other_kernels

RUN_SUFFIX = ".run.yml"
SWEEP_SUFFIX = ".sweep.yml"
SOURCE_SUFFIXES = (RUN_SUFFIX, SWEEP_SUFFIX, ".ipynb", ".md", ".rst", ".txt")

MOST_MISTAKES = 5
"""So many mistakes of one sweep are told in full."""


@dataclass(frozen=True)
class Plan:
    """All that a build of a book is about to do."""

    root: Path  # the folder of `_config.yml` and `_toc.yml`
    settings: Settings
    pages: tuple[Page, ...]  # in the order of `_toc.yml`
    sources: Sources  # what the pages depend on, as it was when the plan was made


def plan_book(root: Path, settings: Settings) -> Plan:
    """Plan a build: the pages as `plan_pages` has them, and what they depend on."""
    pages = plan_pages(root, settings)
    points = (point for sweep in sweeps_of(pages) for point in sweep.points)
    runs = [*points, *pages]
    return Plan(root, settings, tuple(pages), read_sources(runs, settings))


def plan_pages(root: Path, settings: Settings) -> list[Page]:
    """Plan the pages of a book, in the order of `_toc.yml`.

    Raises
    ------
    PlanError
        With one paragraph for each wrong page.
    """
    pages: list[Page] = []
    problems: dict[str, None] = {}  # two pages can share one wrong notebook
    sweeps: dict[Path, Sweep] = {}  # and explore the same sweep
    root = root.resolve()
    for entry in listed_documents(root, settings):
        try:
            page = _plan_page(root, entry, settings)
            if page:
                pages.append(_with_explored(page, sweeps, settings))
        except PlanError as error:
            problems[str(error)] = None
    if problems:
        raise PlanError("\n\n".join(problems))
    return pages


def unlisted_runs(root: Path, settings: Settings) -> list[str]:
    """Return the runs and sweeps of a book that are no pages, by their paths.

    Raises
    ------
    PlanError
        As `listed_documents`.
    """
    listed = {_without_suffix(entry) for entry in listed_documents(root, settings)}
    patterns = [f"**{suffix}" for suffix in (RUN_SUFFIX, SWEEP_SUFFIX)]
    files = get_matching_files(str(root), patterns, excluded_by_book(root))
    return [name for name in files if _without_suffix(name) not in listed]


def listed_documents(root: Path, settings: Settings) -> list[str]:
    """Return the entries of `_toc.yml` in their order, those of globs at the end.

    In a project of Sphinx that has none, these are the files that can be executed.

    Raises
    ------
    PlanError
        If it cannot be read, or there is nothing that says what the pages are.
    """
    toc = contents_file(root)
    if toc.name != "_toc.yml":
        return _executable_files(root, settings)
    if settings.pages:
        raise PlanError(
            f"{settings.file}: papermill_pages.pages is for projects of Sphinx without "
            f"_toc.yml. {toc} lists the pages of this book: take the setting out."
        )
    try:
        site = parse_toc_yaml(toc)
    except (OSError, MalformedError, yaml.YAMLError) as error:
        raise PlanError(f"{toc}: cannot be read: {error}") from None
    listed = {_without_suffix(entry): entry for entry in site}
    if site.globs():
        documents = _documents(root)
        for document in site.values():
            for pattern in document.child_globs():
                found = patfilter(documents, pattern)
                listed |= {it: it for it in sorted(found) if it not in listed}
    return list(listed.values())


def _executable_files(root: Path, settings: Settings) -> list[str]:
    """Find the notebooks, runs and reported sweeps of a project of Sphinx."""
    patterns = settings.pages or ("**",)
    files = get_matching_files(str(root), patterns, excluded_by_book(root))
    suffixes = (RUN_SUFFIX, *NOTEBOOK_SUFFIXES)
    found = sorted(
        name
        for name in files
        if (name.endswith(suffixes) and (root / name).is_file())
        or (name.endswith(SWEEP_SUFFIX) and _has_report(root / name))
    )
    if idle := [it for it in settings.pages if not patfilter(found, it)]:
        raise PlanError(
            f"{settings.file}: papermill_pages.pages: no notebook, run or sweep with a "
            f"report under {root} matches {idle[0]!r}."
        )
    return found


def _has_report(sweep: Path) -> bool:
    try:
        content = read_plain_yaml(sweep, worded="labels")
    except PlanError:
        return True  # so that the mistake is told where it is planned
    return not isinstance(content, dict) or bool(content.get("report"))


def _documents(root: Path) -> set[str]:
    """Name all that Sphinx finds in the book's folder, as `_toc.yml` names it."""
    files = get_matching_files(str(root), exclude_patterns=excluded_by_book(root))
    names = {name: _without_suffix(name) for name in files}
    return {document for name, document in names.items() if document != name}


def _plan_page(root: Path, entry: str, settings: Settings) -> Page | None:
    """Plan one entry of `_toc.yml`; None if it is not a page to execute."""
    source = _source_file(root, entry)
    pattern = settings.execution.excluding(source)
    if pattern and source.name.endswith((RUN_SUFFIX, SWEEP_SUFFIX)):
        raise PlanError(
            f"{source}: the pattern {pattern!r} of 'exclude_patterns' says not to "
            "execute it, but then there is nothing to show. Take it out of _toc.yml, "
            "or change the pattern."
        )
    if source.name.endswith(SWEEP_SUFFIX):
        _, report = plan_sweep(root, source, settings)
        if report is None:
            raise PlanError(
                f"{source}: a sweep that _toc.yml lists needs 'report: <notebook>', "
                "which reads the sweep's table and becomes the page."
            )
        return report
    if source.name.endswith(RUN_SUFFIX):
        run = _read_mapping(source, "run", "notebook", "parameters")
        declared = _declarations_of(root, source, run["notebook"])
    elif source.suffix == ".ipynb" or is_text_notebook(source):
        if is_left_alone(source, settings.execution):
            return None
        run, declared = {}, read_declarations(source)
    else:
        return None
    return _page(root, source, declared, run.get("parameters") or {}, run, settings)


def _with_explored(page: Page, sweeps: dict[Path, Sweep], settings: Settings) -> Page:
    """Plan the sweeps that a page lets its reader explore, and note them for others."""
    explored = []
    for given in explored_in(page.notebook):
        what = f"{page.notebook}: the sweep {given!r} of its directive 'explore'"
        source = _inside(page.root, page.notebook.parent / given, what)
        if source not in sweeps:
            if not source.is_file():
                nearby = [it.name for it in source.parent.glob(f"*{SWEEP_SUFFIX}")]
                raise PlanError(f"{what} is no file{suggestion(given, nearby)}.")
            sweeps[source], _ = plan_sweep(page.root, source, settings)
        explored.append(sweeps[source])
    return replace(page, explored=tuple(explored)) if explored else page


def _page(
    root: Path,
    source: Path,
    declared: Declarations,
    given: Mapping[str, Any],
    content: Mapping[str, Any],
    settings: Settings,
    sweep: Sweep | None = None,
) -> Page:
    values = declared.values(given, source)
    docname = _docname(root, source)
    page = Page(
        docname=docname,
        source=source,
        notebook=declared.notebook,
        root=root,
        parameters=given,
        depends_on=declared.dependencies(values, settings, root),
        title=content.get("title"),
        results=(
            content.get("results")
            or declared.prefix(values)
            or docname.replace("/", ".")
        ),
        rests_on=declared.labels(values),
        execution=declared.execution(settings),
        sweep=sweep,
    )
    if sweep and page.execution.in_temp:
        raise PlanError(
            f"{source}: its report {page.notebook.relative_to(root)} reads the table "
            "from its own folder, and cannot run in another. Put 'execution_in_temp: "
            "false' under 'mystnb' into its metadata."
        )
    refuse_other_kernels(page, settings)
    return page


def plan_sweep(
    root: Path, source: Path, settings: Settings
) -> tuple[Sweep, Page | None]:
    """Plan a sweep, and the page that reports on it if its file names one.

    The root is resolved; the file lies below it.

    Raises
    ------
    PlanError
        For a mistake in the file, or values that the notebook refuses; several
        points' mistakes are told together.
    """
    source = _inside(root, source, f"the sweep {str(source)!r}")
    if not source.is_file():
        nearby = [it.name for it in source.parent.glob(f"*{SWEEP_SUFFIX}")]
        near = suggestion(source.name, nearby)
        raise PlanError(f"{source}: there is no such file{near}.")
    if not source.name.endswith(SWEEP_SUFFIX):
        msg = f"{source}: a sweep is a file whose name ends with {SWEEP_SUFFIX!r}."
        raise PlanError(msg)
    keys = ("notebook", "grid", "parameters", "report", "labels")
    content = _read_mapping(source, "sweep", *keys)
    declared = _declarations_of(root, source, content["notebook"])
    common = content.get("parameters") or {}
    grid = grid_points(content.get("grid") or {}, source)
    rows = _values_of_points(grid, common, declared, source)
    docname = _docname(root, source)
    varied = varied_parameters(grid)
    sweep = Sweep(
        docname=docname,
        source=source,
        root=root,
        varied=varied,
        points=tuple(
            Point(
                docname=f"{docname}/{name}",
                source=source,
                notebook=declared.notebook,
                root=root,
                parameters={**common, **point},
                depends_on=declared.dependencies(values, settings, root),
                execution=declared.execution(settings),
                label=point_text(point),
                varied=varied,
            )
            for name, point, values in zip(point_names(grid), grid, rows, strict=True)
        ),
        rows=tuple(tuple(values[name] for name in varied) for values in rows),
        titles=tuple(declared.parameters[name].help or name for name in varied),
        labels=_labels(content.get("labels") or {}, varied, rows, source),
    )
    refuse_other_kernels(sweep.points[0], settings)
    return sweep, _plan_report(sweep, content, settings)


def _values_of_points(
    grid: list[dict[str, Any]],
    common: Mapping[str, Any],
    declared: Declarations,
    source: Path,
) -> list[dict[str, Any]]:
    """Check the points, and return all parameters of each."""
    both = [name for name in varied_parameters(grid) if name in common]
    if both:
        msg = (
            f"{source}: {both[0]!r} is both under 'grid' and under 'parameters'. Take "
            "it out of one of them."
        )
        raise PlanError(msg)
    rows, problems = [], dict[str, None]()  # many points can share one mistake
    for point in grid:
        try:
            label = f" ({point_text(point)})"
            rows.append(declared.values({**common, **point}, source, label))
        except PlanError as error:
            problems[str(error)] = None
    if problems:
        told = list(problems)[:MOST_MISTAKES]
        if len(problems) > len(told):
            told.append(
                f"{source}: and {len(problems) - len(told)} more such mistakes."
            )
        raise PlanError("\n\n".join(told))
    again = repeated_point(rows)
    if again:
        first, second = (number + 1 for number in again)
        texts = dict.fromkeys(point_text(grid[place]) for place in again)
        rest = "; what a point does not give, the notebook's defaults do"
        raise PlanError(
            f"{source}: the points {first} and {second} of its grid are the same: "
            f"{' and '.join(texts)}{rest if len(texts) > 1 else ''}."
        )
    return rows


def _labels(
    given: Mapping[str, Any],
    varied: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    source: Path,
) -> dict[str, dict[str, str]]:
    """Check the words that a sweep has for the values of its parameters."""
    what = f"{source}: under 'labels' stands the unknown parameter"
    refuse_unknown(given, varied, what, "Its grid")
    labels = {}
    for name, words in given.items():
        if not isinstance(words, dict):
            raise PlanError(
                f"{source}: 'labels' must give {name!r} a mapping of values to words, "
                f"not {words!r}."
            )
        values = dict.fromkeys(str(row[name]) for row in rows)
        labels[name] = {str(value): str(text) for value, text in words.items()}
        what = f"{source}: 'labels' has words for the value"
        refuse_unknown(labels[name], values, what, f"The grid's {name!r}")
    return labels


def _plan_report(
    sweep: Sweep, content: Mapping[str, Any], settings: Settings
) -> Page | None:
    """Plan the notebook that reads a sweep's table, if the sweep names one."""
    source, root = sweep.source, sweep.root
    if not content.get("report"):
        for key in ("title", "results"):
            if content.get(key):
                msg = (
                    f"{source}: {key!r} is that of the page, which only a sweep with a "
                    f"'report' has. Add one, or take {key!r} out."
                )
                raise PlanError(msg)
        return None
    notebook = _find_notebook(root, source, content["report"])
    declared = read_declarations(notebook)
    refuse_wrong_parameters(notebook)
    if "table" not in declared.parameters:
        raise PlanError(
            f"{source}: its report {notebook.relative_to(root)} has no parameter "
            "'table: str', which is given the path of the sweep's table."
        )
    # From the notebook's folder, where it runs: the same text on every machine.
    table = Path(os.path.relpath(sweep.table, notebook.parent)).as_posix()
    return _page(root, source, declared, {"table": table}, content, settings, sweep)


def _source_file(root: Path, entry: str) -> Path:
    path = root / entry
    possible = [path.with_name(path.name + it) for it in ("", *SOURCE_SUFFIXES)]
    candidates = [file for file in possible if file.is_file()]
    if not candidates:
        for file in possible[1:]:
            if file.is_dir() or file.is_symlink():
                kind = "a folder" if file.is_dir() else "a link to a file that is gone"
                raise PlanError(
                    f"_toc.yml: the entry {entry!r} is {file.name}, which is {kind}. "
                    "Put the page's file in its place."
                )
        others = sorted(it.name for it in path.parent.glob(f"{escape(path.name)}.*"))
        if others:
            raise PlanError(
                f"_toc.yml: the entry {entry!r} is {others[0]}, which is not executed. "
                "Write it as a notebook (.ipynb) or in MyST Markdown (.md)."
            )
        nearby = {_without_suffix(it.name) for it in path.parent.glob("*")}
        near = suggestion(path.name, sorted(nearby))
        msg = f"_toc.yml: no file for the entry {entry!r}{near} under {root}."
        raise PlanError(msg)
    if len(candidates) > 1:
        names = " or ".join(candidate.name for candidate in candidates)
        raise PlanError(
            f"_toc.yml: the entry {entry!r} could be {names}. Two sources cannot make "
            "one page: rename one of them."
        )
    return _inside(root, candidates[0], f"_toc.yml: the entry {entry!r}")


def _docname(root: Path, source: Path) -> str:
    return _without_suffix(source.relative_to(root).as_posix())


def _without_suffix(name: str) -> str:
    return name.removesuffix(next(filter(name.endswith, SOURCE_SUFFIXES), ""))


def _inside(root: Path, path: Path, what: str) -> Path:
    """Return the path of a file as the book has it, through its links if any.

    A link may lead anywhere. Sphinx names a page by it, and Jupyter runs it there.
    """
    place = Path(os.path.abspath(path))  # without following links
    if not place.is_relative_to(root):
        place = path.resolve()  # of a book that is named by a link to it
    if not place.is_relative_to(root):
        raise PlanError(f"{what} leads out of the book: {place} is not under {root}.")
    return place


def _read_mapping(source: Path, kind: str, *keys: str) -> dict[str, Any]:
    """Read a run or a sweep, which has some keys of its own beside a page's."""
    known: dict[str, tuple[type | tuple[type, ...], str]] = {
        "notebook": (str, "a path"),
        "title": (str, "a text"),
        "parameters": (dict, "a mapping of names to values"),
        "results": (str, "a prefix of result names"),
        "grid": ((dict, list), "a mapping of names to lists of values"),
        "report": (str, "a path"),
        "labels": (dict, "a mapping of parameters to words for their values"),
    }
    content = read_plain_yaml(source, worded="labels")
    if not isinstance(content, dict) or "notebook" not in content:
        msg = f"{source}: a {kind} is a mapping with at least 'notebook: <path>'."
        raise PlanError(msg)
    allowed = (*keys, "title", "results")
    refuse_unknown(content, allowed, f"{source}: unknown key", f"A {kind}")
    for key, value in content.items():
        expected, words = known[key]
        if value is not None and not isinstance(value, expected):
            raise PlanError(f"{source}: {key!r} must be {words}, not {value!r}.")
    for key in ("title", "results"):
        if len((content.get(key) or "").splitlines()) > 1:
            raise PlanError(f"{source}: {key!r} must be one line.")
        if content.get(key) and not content[key].strip():
            raise PlanError(
                f"{source}: {key!r} holds nothing but spaces. Write it, or take "
                "the key out."
            )
    if not content["notebook"]:
        raise PlanError(f"{source}: 'notebook' is empty.")
    return content


def _find_notebook(root: Path, source: Path, given: str) -> Path:
    notebook = _inside(root, source.parent / given, f"{source}: the notebook {given!r}")
    if not notebook.is_file():
        nearby = tuple(
            path.name
            for path in sorted(source.parent.iterdir())
            if path.suffix in NOTEBOOK_SUFFIXES and path.is_file()
        )
        msg = f"{source}: there is no notebook {given!r}{suggestion(given, nearby)}."
        raise PlanError(msg)
    return notebook


def _declarations_of(root: Path, source: Path, given: str) -> Declarations:
    """Read the notebook that a run or a sweep gives parameters to."""
    notebook = _find_notebook(root, source, given)
    declared = read_declarations(notebook)
    refuse_wrong_parameters(notebook)
    if not declared.has_parameters_cell:
        raise PlanError(
            f"{source}: its notebook {notebook.relative_to(root)} has no cell tagged "
            "'parameters', so nothing can be injected. Tag the cell that assigns the "
            "defaults."
        )
    return declared
