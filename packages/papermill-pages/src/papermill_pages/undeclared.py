"""What a page opened of the book while it ran and does not declare.

A page is stale when what it declares has changed. What it opens besides may change
unnoticed, so it is told, with the line to add.
"""

from __future__ import annotations

import ast
import json
import marshal
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from glob import escape
from importlib.machinery import PathFinder
from importlib.util import MAGIC_NUMBER, find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx.util.matching import Matcher

from papermill_pages import audit_hook
from papermill_pages.data_packages import data_files, descriptors
from papermill_pages.dependencies import dependency_files, is_pattern
from papermill_pages.kernels import folders_of_tools
from papermill_pages.notebooks import TEXT_SUFFIX, read_notebook
from papermill_pages.pages import Run, name_from_root
from papermill_pages.settings import PROJECT, Settings

KEY = "undeclared"
"""Under this name the metadata of an executed notebook have what was found."""

NOTED = "noted"
"""Under this name papermill's metadata have what the kernel noted, until that is found.
"""

_QUESTION = "papermill_pages.opened"
_MOST = 10
"""So many files are named in one warning."""

_MOST_NOTEBOOKS = 3
"""So many notebooks are named that opened them."""


def watching(root: Path) -> dict[str, str]:
    """Return the expression by which a kernel begins to note what its page opens."""
    return {"watching": f"{_watch()}({str(root)!r}, {_QUESTION!r})"}


@cache
def _watch() -> str:
    """Return an expression that is `audit_hook.watch`, in whatever Python evaluates it.

    To compile it takes as long as a small cell, so that this Python is given its code.
    """
    text = Path(audit_hook.__file__).read_text(encoding="utf-8")
    code = marshal.dumps(compile(text, audit_hook.__name__, "exec"))
    ours = "__import__('importlib.util').util.MAGIC_NUMBER == "
    chosen = f"__import__('marshal').loads({code!r}) if {ours}{MAGIC_NUMBER!r}"
    return f"(lambda it: exec({chosen} else {text!r}, it) or it['watch'])({{}})"


def asking() -> dict[str, str]:
    """Return the expression that asks the kernel what it noted."""
    told = f"__import__('sys').audit({_QUESTION!r}, it)"
    return {"opened": f"(lambda it: {told} or __import__('json').dumps(it))({{}})"}


def answered(reply: Mapping[str, Any] | None) -> dict[str, list[str]]:
    """Read the answer of a kernel; empty if it has none."""
    try:
        text = reply["content"]["user_expressions"]["opened"]["data"]["text/plain"]  # type: ignore[index]
        noted: dict[str, list[str]] = json.loads(ast.literal_eval(text))
    except (KeyError, SyntaxError, TypeError, ValueError):
        return {}
    return noted


def undeclared(run: Run, noted: Mapping[str, list[str]]) -> list[str]:
    """Return what a run opened and does not declare.

    Parameters
    ----------
    run : Run
        The run, whose kernel has just ended.
    noted : mapping
        What the kernel noted.

    Returns
    -------
    list of str
        Files from the book's root, and folders that were listed, each with a slash
        behind it.
    """
    if not noted:
        return []
    tools = folders_of_tools()

    def counts(path: Path) -> bool:
        parts = path.relative_to(run.root).parts
        return not (
            any(part.endswith(_OF_INSTALLATION) for part in parts)
            or any(path.is_relative_to(it) for it in tools)
        )

    files = [Path(run.root, name) for name in noted["read"]]
    files = [it for it in files if counts(it) and it.is_file()]
    files = _not_among(files, [run.notebook, run.source, *_named(run)])
    patterns = [PurePosixPath(it).parts for it in run.depends_on if is_pattern(it)]
    files = [
        it
        for it in files
        if not any(_matches(it.relative_to(run.root).parts, p) for p in patterns)
    ]
    if files:  # a link may have another name; to look for that takes long
        files = _not_among(files, dependency_files(run))
    written = {Path(run.root, name) for name in noted["written"]}
    folders = [Path(run.root, name) for name in noted["listed"]]
    folders = [it for it in folders if counts(it) and _has_sources(it, written)]
    if folders:
        folders = _not_among(folders, _declared_folders(run))
    names = [name_from_root(it, run.root) for it in files]
    names += [f"{name_from_root(it, run.root)}/" for it in folders]
    return sorted(names)


_OF_INSTALLATION = (".egg-info", ".dist-info")


def _named(run: Run) -> Iterator[Path]:
    """Name the files that a run declares one by one, which needs no search."""
    yield from (run.root / it for it in run.depends_on if not is_pattern(it))
    yield from descriptors(run)
    yield from data_files(run)


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Tell whether `pathlib.Path.glob` finds a file, without a look at the disk."""
    if not (parts and pattern):
        return not (parts or pattern)
    first, *others = pattern
    if first == "**":
        return any(_matches(parts[it:], tuple(others)) for it in range(len(parts)))
    return fnmatchcase(parts[0], first) and _matches(parts[1:], tuple(others))


def _not_among(paths: list[Path], declared: Iterable[Path]) -> list[Path]:
    """Leave out what is declared, by its own name or by that of a link to it."""
    known = {*declared}
    left = [it for it in paths if it not in known]
    if left:
        real = {it.resolve() for it in known}
        left = [it for it in left if it.resolve() not in real]
    return left


def _has_sources(folder: Path, written: set[Path]) -> bool:
    """Tell whether a folder has any file that its page has not written."""
    try:
        inside = [it for it in folder.iterdir() if not it.name.startswith(".")]
    except OSError:
        return False
    return any(it.is_file() and it not in written for it in inside)


def _declared_folders(run: Run) -> Iterator[Path]:
    """Return the folders of which a pattern declares the files."""
    for declared in filter(is_pattern, run.depends_on):
        parent = PurePosixPath(declared).parent.as_posix()
        yield from [run.root] if parent == "." else run.root.glob(parent)


# What is told


def undeclared_of(run: Run) -> list[str]:
    """Return what `undeclared` found when a notebook was last executed."""
    try:
        content = run.executed.read_bytes()
    except FileNotFoundError:
        return []
    if f'"{KEY}"'.encode() not in content:
        return []  # of a thousand points nearly all
    metadata = json.loads(content)["metadata"]
    found: list[str] = metadata.get("papermill", {}).get(KEY, [])
    return found


def warnings_of(
    runs: Iterable[Run], settings: Settings, all_runs: Iterable[Run]
) -> list[str]:
    """Say what some runs opened and do not declare, each file in one paragraph.

    Files that the same notebooks opened share it, as does all of a book that has its
    declarations in its settings. What `Settings.may_read` names is not told. All runs
    of the book show where it has its declarations.
    """
    found: dict[str, dict[Path, None]] = {}  # of each file, by whom
    allowed = Matcher(settings.may_read)
    roots: dict[Path, Path] = {}
    for run in runs:
        for name in undeclared_of(run):
            path = PurePosixPath(name)
            if not any(allowed(str(it)) for it in (path, *path.parents)):
                found.setdefault(name, {})[run.notebook] = None
                roots[run.notebook] = run.root
    if not found:
        return []
    shared: dict[tuple[Path, ...], list[str]] = {}
    for name in sorted(found):
        shared.setdefault(tuple(found[name]), []).append(name)

    def read(notebooks: Sequence[Path], names: Iterable[str]) -> str:
        by = [name_from_root(it, roots[it]) for it in notebooks]
        one = len(by) == 1
        return (
            f"{_listed(by, _MOST_NOTEBOOKS)} {'reads' if one else 'read'} what "
            f"{'it does' if one else 'they do'} not declare, so that a change there "
            f"would go unnoticed: {_listed(names)}."
        )

    or_else = f"Or let may_read in {settings.file} name what is meant to be read so."
    if settings.depends_on and all(
        run.depends_on == settings.depends_on for run in all_runs
    ):
        told = [read(notebooks, names) for notebooks, names in shared.items()]
        return [" ".join([*told, _in_settings(found, settings), or_else])]
    return [
        f"{read(notebooks, names)} {_in(notebooks, names, settings)} {or_else}"
        for notebooks, names in shared.items()
    ]


def warnings_of_preload(root: Path, settings: Settings) -> list[str]:
    """Say which preloaded modules are the book's own, and not declared for all pages.

    They are there before any page, so that no page is seen to import them.
    """
    origins = {
        file
        for name in settings.preload
        for file in _origins(name, root)
        if file.is_relative_to(root)
        and not file.is_relative_to(sys.prefix)
        and not any(file.is_relative_to(it) for it in folders_of_tools())
    }
    declared = (file for it in settings.depends_on for file in root.glob(it))
    names = [name_from_root(it, root) for it in _not_among(sorted(origins), declared)]
    if not names:
        return []
    return [
        "papermill_pages.preload names modules of the book on which not every page "
        f"depends, so that a change of them would go unnoticed: {_listed(names)}. "
        f"{_in_settings(names, settings)}"
    ]


def _origins(module: str, root: Path) -> Iterator[Path]:
    """Find the files of a module and of its packages, without importing any."""
    first, *others = module.split(".")
    try:
        spec = find_spec(first) or PathFinder.find_spec(first, [str(root)])
    except ValueError:  # of a module without a specification
        spec = None
    while spec is not None:
        if spec.has_location and spec.origin:
            yield Path(spec.origin)
        if not others or spec.submodule_search_locations is None:
            return
        name = f"{spec.name}.{others.pop(0)}"
        spec = PathFinder.find_spec(name, spec.submodule_search_locations)


def _listed(names: Iterable[str], most: int = _MOST) -> str:
    names = list(names)
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _in(notebooks: Sequence[Path], names: Iterable[str], settings: Settings) -> str:
    """Return the line that the metadata of notebooks lack."""
    if len(notebooks) > 1:  # each of them may declare something else besides
        added = json.dumps(_patterns(names))[1:-1]
        return (
            f"Add {added} to 'depends_on' in the metadata of each, or for all pages: "
            f"{_in_settings(names, settings)}"
        )
    (notebook,) = notebooks
    options = read_notebook(notebook).metadata.get("papermill_pages", {})
    line = json.dumps([*options.get("depends_on", ()), *_patterns(names)])
    if notebook.suffix == TEXT_SUFFIX:
        return (
            f"Write at its beginning, under 'papermill_pages:', 'depends_on: {line}'."
        )
    return f'Write in its metadata "papermill_pages": {{"depends_on": {line}}}.'


def _in_settings(names: Iterable[str], settings: Settings) -> str:
    line = json.dumps([*settings.depends_on, *_patterns(names)])
    if settings.file == PROJECT:
        return f'Write in {PROJECT} papermill_pages = {{"depends_on": {line}}}.'
    return f"Write in {settings.file}, under 'papermill_pages:', 'depends_on: {line}'."


def _patterns(names: Iterable[str]) -> list[str]:
    """Return what declares some files and folders."""
    names = list(names)
    folders = [name.removesuffix("/") for name in names if name.endswith("/")]
    files = [
        escape(name)
        for name in names
        if not name.endswith("/") and str(PurePosixPath(name).parent) not in folders
    ]
    return [*files, *(str(PurePosixPath(escape(it), "*")) for it in folders)]
