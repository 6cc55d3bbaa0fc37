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

from papermill_pages.errors import PlanError
from papermill_pages.plan import Page, build_folder
from papermill_pages.resources import data_packages, resource_entry, resource_files
from papermill_pages.settings import Settings

_ENGINE = Path(__file__).parent


@dataclass(kw_only=True)
class Node(ABC):
    """What a page depends on, or what a build writes.

    Attributes
    ----------
    name : str
        Tells this node from all others.
    """

    name: str
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

    Attributes
    ----------
    files : tuple of Path
        What it stands for.
    hash : str
        Of the names and the bytes of all files, and of what counts beside them.
    """

    files: tuple[Path, ...] = ()
    hash: str

    def state(self) -> str:
        """Return the hash."""
        return self.hash


Sources: TypeAlias = dict[str, dict[str, SourceNode]]
"""What a build reads: for each page and point, by the names of the nodes."""


@dataclass(kw_only=True)
class ProductNode(Node):
    """A file that a build writes.

    Attributes
    ----------
    path : Path
        Where.
    """

    path: Path

    def state(self) -> str | None:
        """Hash the file."""
        try:
            return _hash(self.path.read_bytes())
        except FileNotFoundError:
            return None


def read_sources(pages: Iterable[Page], settings: Settings) -> Sources:
    """Hash what each page and each point depends on.

    This is its run file, its notebook, the engine's own modules and all that the
    settings and its notebook declare. Of a run counts what the plan took from it. A
    point of a sweep depends on its own parameters, so that another point in the grid
    does not make it stale.

    What a notebook declares is a node for each file, so that pytask can tell which of
    them changed. A pattern of the settings is one node, however many its files: every
    page depends on them, and pytask looks at each node of each page.

    Parameters
    ----------
    pages : iterable of Page
        The plan, just made.
    settings : Settings
        The engine's settings.

    Raises
    ------
    PlanError
        If a declared dependency does not exist or is made by a build.
    """
    engine = _source_node("papermill_pages/*.py", _ENGINE.glob("*.py"), _ENGINE)
    known: dict[str, list[SourceNode]] = {}  # by what declares them; hashed once
    sources: Sources = {}
    for page in pages:
        for run in page.runs:
            nodes = [engine, _plan_node(run)]
            notebook = _name(run.notebook, run.root)
            if notebook not in known:
                known[notebook] = [_source_node(notebook, [run.notebook], run.root)]
            nodes += known[notebook]
            for declared in run.depends_on:
                if declared not in known:
                    together = declared in settings.depends_on
                    known[declared] = _declared_nodes(declared, run, together=together)
                nodes += known[declared]
            sources[run.docname] = {node.name: node for node in nodes}
    return sources


def dependency_files(page: Page) -> tuple[Path, ...]:
    """Return the files that a page depends on, sorted and each once.

    Raises
    ------
    PlanError
        As `read_sources`.
    """
    files = set(data_packages(page))
    if not page.point:
        files.add(page.source)
    for node in read_sources([page], Settings())[page.docname].values():
        files.update(node.files)
    return tuple(sorted(files))


def text_node(name: str, text: str) -> SourceNode:
    """Return the node of a text that no file holds as it is."""
    return SourceNode(name=name, hash=_hash(text.encode()))


def product_node(path: Path, root: Path) -> ProductNode:
    """Return the node of a file that a build writes."""
    return ProductNode(name=_name(path, root), path=path)


def _plan_node(page: Page) -> SourceNode:
    """Return the node of what the plan took from a page's source."""
    taken: list[Any] = [dict(page.parameters), page.depends_on]
    if page.point:
        name = f"parameters of {page.docname}"
    elif page.source == page.notebook:
        name = f"declarations of {page.docname}"
    else:
        name = _name(page.source, page.root)
        taken += [_name(page.notebook, page.root), page.title]
    return text_node(name, json.dumps([*taken, page.results], default=str))


def _declared_nodes(declared: str, page: Page, *, together: bool) -> list[SourceNode]:
    path, _, resource = declared.partition("#")
    entry = None
    try:
        if resource:
            descriptor = page.root / path
            entry = resource_entry(descriptor, resource)
            files = resource_files(descriptor, resource)
        else:
            files = [file for file in page.root.glob(path) if file.is_file()]
    except (NotImplementedError, ValueError) as error:
        raise PlanError(
            f"{page.source}: it depends on {declared!r}: {error}."
        ) from None
    lost = [file for file in files if not file.is_file()]
    if lost or not (files or entry):
        msg = (
            f"{page.source}: it depends on {declared!r}, which does not exist under "
            f"{page.root}{f': {lost[0]} is not a file' if lost else ''}."
        )
        raise PlanError(msg)
    if any(file.is_relative_to(build_folder(page.root)) for file in files):
        msg = (
            f"{page.source}: it depends on {declared!r}, which a build makes. A page "
            "can depend on sources only; the report of a sweep is given its table."
        )
        raise PlanError(msg)
    if entry is not None or together:
        return [_source_node(declared, files, page.root, entry)]
    return [_source_node(_name(file, page.root), [file], page.root) for file in files]


def _source_node(
    name: str, files: Iterable[Path], root: Path, beside: Any = None
) -> SourceNode:
    files = tuple(sorted(files))
    hashes = {_name(file, root): _hash(file.read_bytes()) for file in files}
    text = json.dumps([hashes, beside], sort_keys=True)
    return SourceNode(name=name, files=files, hash=_hash(text.encode()))


def _name(path: Path, root: Path) -> str:
    """Name a file from the root if it is below it."""
    inside = path.is_relative_to(root)
    return path.relative_to(root).as_posix() if inside else path.as_posix()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
