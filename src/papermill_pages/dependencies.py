"""What a page depends on, as nodes whose state pytask compares between builds.

The nodes have the form of pytask's own (`pytask.PNode`) but need nothing of it: to
import pytask takes longer than to see that nothing has changed.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from papermill_pages.errors import PlanError
from papermill_pages.plan import Page
from papermill_pages.resources import data_packages, resource_entry, resource_files
from papermill_pages.settings import Settings

_ENGINE = Path(__file__).parent
_ENGINE_MODULES = "papermill_pages/*.py"


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
    """What pages read and no build writes.

    It is hashed once in a build, for all pages: what is edited while they run is so
    found by the next build. Files are known by their bytes alone, where pytask's own
    node trusts a time of modification, which archives restore.

    Attributes
    ----------
    files : mapping of str to Path
        By their names.
    text : str
        What counts beside the files.
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    text: str = ""

    def state(self) -> str | None:
        """Hash the names and the bytes of all files, and the text."""
        return self._state

    @cached_property
    def _state(self) -> str | None:
        hashes = {name: _hash_of(file) for name, file in self.files.items()}
        if None in hashes.values():
            return None
        return hashlib.sha256(json.dumps([hashes, self.text]).encode()).hexdigest()


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
        return _hash_of(self.path)


def dependency_nodes(
    page: Page, settings: Settings, known: dict[str, SourceNode]
) -> dict[str, SourceNode]:
    """Return what a page depends on, by name.

    These are its source, its notebook, the engine's own modules and all that its
    settings and its notebook declare. A point of a sweep depends on its own parameters
    in place of the source, so that another point in the grid does not make it stale.

    What a notebook declares is a node for each file, so that pytask can tell which of
    them changed. A pattern of the settings is one node, however many its files: every
    page depends on them, and pytask looks at each node of each page.

    Parameters
    ----------
    page : Page
        The page.
    settings : Settings
        The engine's settings.
    known : dict of str to SourceNode
        The nodes of the build's other pages. Those that they do not share are added.

    Raises
    ------
    PlanError
        If a declared dependency does not exist.
    """
    root = page.root
    nodes = [
        known.get(_ENGINE_MODULES)
        or _files_node(_ENGINE_MODULES, _ENGINE.glob("*.py"), _ENGINE)
    ]
    nodes.append(_files_node(_name(page.notebook, root), [page.notebook], root))
    if page.point:
        given = json.dumps(dict(page.parameters), sort_keys=True, default=str)
        nodes.append(SourceNode(name=f"parameters of {page.docname}", text=given))
    else:
        nodes.append(_files_node(_name(page.source, root), [page.source], root))
    for declared in page.depends_on:
        if declared in known:
            nodes.append(known[declared])
        else:
            together = declared in settings.depends_on
            nodes += _declared_nodes(declared, page, together=together)
    return {node.name: known.setdefault(node.name, node) for node in nodes}


def dependency_files(page: Page) -> tuple[Path, ...]:
    """Return the files that a page depends on, sorted and each once.

    Raises
    ------
    PlanError
        If a declared dependency does not exist.
    """
    files = set(data_packages(page))
    for node in dependency_nodes(page, Settings(), {}).values():
        files.update(node.files.values())
    return tuple(sorted(files))


def product_node(path: Path, root: Path) -> ProductNode:
    """Return the node of a file that a build writes."""
    return ProductNode(name=_name(path, root), path=path)


def _declared_nodes(declared: str, page: Page, *, together: bool) -> list[SourceNode]:
    path, _, resource = declared.partition("#")
    if resource:
        descriptor = page.root / path
        entry = resource_entry(descriptor, resource)
        files = resource_files(descriptor, resource)
    else:
        entry = None
        files = [file for file in page.root.glob(path) if file.is_file()]
    if not files:
        msg = (
            f"{page.source}: it depends on {declared!r}, which does not exist under "
            f"{page.root}."
        )
        raise PlanError(msg)
    if entry or together:
        text = json.dumps(entry, sort_keys=True) if entry else ""
        return [_files_node(declared, files, page.root, text)]
    return [_files_node(_name(file, page.root), [file], page.root) for file in files]


def _files_node(
    name: str, files: Iterable[Path], root: Path, text: str = ""
) -> SourceNode:
    named = {_name(file, root): file for file in sorted(files)}
    return SourceNode(name=name, files=named, text=text)


def _name(path: Path, root: Path) -> str:
    """Name a file from the root if it is below it."""
    inside = path.is_relative_to(root)
    return path.relative_to(root).as_posix() if inside else path.as_posix()


def _hash_of(file: Path) -> str | None:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
