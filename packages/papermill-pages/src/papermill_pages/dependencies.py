"""What a page depends on, as nodes whose state pytask compares between builds.

The nodes have the form of pytask's own (`pytask.PNode`) but need nothing of it: to
import pytask takes longer than to see that nothing has changed.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from papermill_pages.data_packages import (
    descriptors,
    fault_of,
    resource_entry,
    resource_files,
)
from papermill_pages.errors import PlanError
from papermill_pages.pages import Point, Run, build_folder, name_from_root
from papermill_pages.settings import Settings

_ENGINE = Path(__file__).parent


@dataclass(kw_only=True)
class Node(ABC):
    """What a page depends on, or what a build writes."""

    name: str  # tells this node from all others
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """The name as pytask wants it."""
        return hashlib.sha256(self.name.encode()).hexdigest()

    @abstractmethod
    def state(self) -> str | None:
        """Hash the content; None if a file is missing."""

    def load(self, is_product: bool = False) -> str:  # noqa: ARG002
        """Hand the name over, for a page finds its files itself."""
        return self.name

    def save(self, value: Any) -> None:
        """Refuse, for a page writes its files itself."""
        raise NotImplementedError(value)


@dataclass(kw_only=True)
class SourceNode(Node):
    """What pages read and no build writes, as it was before any page ran.

    What is edited while pages run is so found by the next build. Files are known by
    their bytes alone, where pytask's own node trusts a time of modification, which
    archives restore.
    """

    hash: str  # of the names and the bytes of all files, and of what counts beside them

    def state(self) -> str:
        """Return the hash."""
        return self.hash


Sources: TypeAlias = dict[str, dict[str, SourceNode]]
"""What a build reads: for each run, by the names of the nodes."""


@dataclass(kw_only=True)
class ProductNode(Node):
    """A file that a build writes."""

    path: Path

    def state(self) -> str | None:
        """Hash the file."""
        try:
            return _hash(self.path.read_bytes())
        except FileNotFoundError:
            return None


@dataclass(frozen=True)
class Dependency:
    """What a declaration stands for."""

    name: str  # its name in explanations of why a page is stale
    files: tuple[Path, ...]  # sorted
    # What a Data Package says of the resource, which counts beside the files.
    entry: Any = None


def read_sources(runs: Iterable[Run], settings: Settings) -> Sources:
    """Hash what each run depends on; the runs are those of a plan just made.

    Raises
    ------
    PlanError
        If a declared dependency does not exist or is made by a build.
    """
    modules = Dependency("papermill_pages/*.py", tuple(sorted(_ENGINE.glob("*.py"))))
    engine = _source_node(modules, _ENGINE)
    hashed: dict[str, list[SourceNode]] = {}  # by what declares them, each once
    sources: Sources = {}
    for run in runs:
        notebook = Dependency(name_from_root(run.notebook, run.root), (run.notebook,))
        if notebook.name not in hashed:
            hashed[notebook.name] = [_source_node(notebook, run.root)]
        nodes = [engine, _plan_node(run, settings), *hashed[notebook.name]]
        for declared in run.depends_on:
            if declared not in hashed:
                as_one = declared in settings.depends_on
                found = _resolve(declared, run, settings, as_one=as_one)
                hashed[declared] = [_source_node(it, run.root) for it in found]
                if is_pattern(declared) and not as_one:
                    # pytask does not miss a file that is gone, only its name here.
                    names = json.dumps([it.name for it in found])
                    hashed[declared].append(text_node(f"names of {declared}", names))
            nodes += hashed[declared]
        sources[run.docname] = {node.name: node for node in nodes}
    return sources


def dependency_files(run: Run) -> tuple[Path, ...]:
    """Return the files that a run depends on, sorted and each once.

    Raises
    ------
    PlanError
        As `read_sources`.
    """
    files = {run.notebook, *descriptors(run), *_ENGINE.glob("*.py")}
    if not isinstance(run, Point):
        files.add(run.source)
    for declared in run.depends_on:
        for dependency in _resolve(declared, run, Settings(), as_one=False):
            files.update(dependency.files)
    return tuple(sorted(files))


def is_pattern(declared: str) -> bool:
    """Tell whether a declaration stands for whatever files match it."""
    return "#" not in declared and any(it in declared for it in "*?[")


def text_node(name: str, text: str) -> SourceNode:
    """Return the node of a text that no file holds as it is."""
    return SourceNode(name=name, hash=_hash(text.encode()))


def product_node(path: Path, root: Path) -> ProductNode:
    """Return the node of a file that a build writes."""
    return ProductNode(name=name_from_root(path, root), path=path)


def _plan_node(run: Run, settings: Settings) -> SourceNode:
    """Return the node of what the plan took from a run's source."""
    taken: list[Any] = [dict(run.parameters), run.depends_on]
    if isinstance(run, Point):
        name = f"parameters of {run.docname}"
    elif run.source == run.notebook:
        name = f"declarations of {run.docname}"
    else:
        name = name_from_root(run.source, run.root)
        taken += [name_from_root(run.notebook, run.root), run.title]
    taken += [run.results, run.execution.allow_errors, run.execution.in_temp]
    taken += [settings.threads, settings.instructions]
    return text_node(name, json.dumps(taken, default=str))


def _resolve(
    declared: str, run: Run, settings: Settings, *, as_one: bool
) -> list[Dependency]:
    """Find what a declaration stands for: as one, or each file on its own."""
    path, _, resource = declared.partition("#")
    depends = f"{_declaring(declared, run, settings)} on {declared!r}"
    entry = None
    try:
        if resource:
            descriptor = run.root / path
            entry = resource_entry(descriptor, resource)
            files = resource_files(descriptor, resource)
        else:
            files = [file for file in run.root.glob(path) if file.is_file()]
    except (NotImplementedError, ValueError) as error:
        raise PlanError(f"{depends}: {error}.") from None
    if resource and entry is None:
        raise PlanError(
            f"{depends}, but {descriptor} {fault_of(descriptor, resource)}."
        )
    lost = [file for file in files if not file.is_file()]
    if lost or not (files or entry):
        raise PlanError(
            f"{depends}, which does not exist under "
            f"{run.root}{f': {lost[0]} is not a file' if lost else ''}."
        )
    if any(file.is_relative_to(build_folder(run.root)) for file in files):
        raise PlanError(
            f"{depends}, which a build makes. A page "
            "can depend on sources only; the report of a sweep is given its table."
        )
    if entry is not None or as_one:
        return [Dependency(declared, tuple(sorted(files)), entry)]
    return [Dependency(name_from_root(file, run.root), (file,)) for file in files]


def _declaring(declared: str, run: Run, settings: Settings) -> str:
    """Say whose declaration is wrong, up to what it names."""
    if declared in settings.depends_on:
        return f"{settings.file}: every page depends"
    if run.source == run.notebook:
        return f"{run.source}: it depends"
    notebook = name_from_root(run.notebook, run.root)
    return f"{run.source}: its notebook {notebook} depends"


def _source_node(dependency: Dependency, root: Path) -> SourceNode:
    hashes = {
        name_from_root(file, root): _hash(file.read_bytes())
        for file in dependency.files
    }
    text = json.dumps([hashes, dependency.entry], sort_keys=True)
    return SourceNode(name=dependency.name, hash=_hash(text.encode()))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
