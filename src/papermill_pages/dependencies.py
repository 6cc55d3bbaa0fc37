"""What a page depends on, as nodes whose state pytask compares between builds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytask import PathNode, PNode

from papermill_pages.errors import PlanError
from papermill_pages.plan import Page
from papermill_pages.resources import resource_entry, resource_files

_ENGINE = Path(__file__).parent


@dataclass(kw_only=True)
class FileNode(PathNode):
    """A file that is known by its bytes.

    pytask's own node trusts a file whose time of modification has not changed. Tools
    that restore this time, such as archives, would let it overlook new content.
    """

    def state(self) -> str | None:
        """Hash the file; None if it is missing."""
        try:
            return hashlib.sha256(self.path.read_bytes()).hexdigest()
        except FileNotFoundError:
            return None


@dataclass(kw_only=True)
class ResourceNode(PNode):
    """One resource of a Data Package: its files and its entry in the descriptor.

    Another resource of the same package can change without changing this one, though
    both stand in one descriptor.

    Attributes
    ----------
    name : str
        ``path/of/datapackage.json#resource``, from the book's root.
    descriptor : Path
        The file ``datapackage.json``.
    resource : str
        The resource's name.
    """

    name: str
    descriptor: Path
    resource: str
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """Tell this node from all others."""
        return hashlib.sha256(f"{self.descriptor}#{self.resource}".encode()).hexdigest()

    def state(self) -> str | None:
        """Hash the resource's entry and files; None if either is missing."""
        entry = resource_entry(self.descriptor, self.resource)
        if entry is None:
            return None
        state = hashlib.sha256(json.dumps(entry, sort_keys=True).encode())
        for file in resource_files(self.descriptor, self.resource):
            if not file.is_file():
                return None
            state.update(hashlib.sha256(file.read_bytes()).digest())
        return state.hexdigest()

    @property
    def files(self) -> tuple[Path, ...]:
        """The descriptor, and the files of the resource's entry."""
        return (self.descriptor, *resource_files(self.descriptor, self.resource))

    def load(self, is_product: bool = False) -> Path:  # noqa: ARG002
        """Return the descriptor's path."""
        return self.descriptor

    def save(self, value: Any) -> None:
        """Refuse: a page never writes its data."""
        raise NotImplementedError(value)


@dataclass(kw_only=True)
class ParametersNode(PNode):
    """The parameters of one point of a sweep.

    pytask's own node for a value is the same node for the values of all tasks that are
    made as these are.

    Attributes
    ----------
    name : str
        Names the point.
    given : str
        The parameters as text.
    """

    name: str
    given: str
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """Tell this node from all others."""
        return hashlib.sha256(self.name.encode()).hexdigest()

    def state(self) -> str | None:
        """Hash the parameters."""
        return hashlib.sha256(self.given.encode()).hexdigest()

    def load(self, is_product: bool = False) -> str:  # noqa: ARG002
        """Return the parameters as text."""
        return self.given

    def save(self, value: Any) -> None:
        """Refuse: a page never writes its parameters."""
        raise NotImplementedError(value)


def dependency_nodes(page: Page) -> dict[str, PNode]:
    """Return what a page depends on, by name.

    These are its source, its notebook, the engine's own modules and all that its
    settings and its notebook declare. A point of a sweep depends on its own parameters
    in place of the source, so that another point in the grid does not make it stale.

    Raises
    ------
    PlanError
        If a declared dependency does not exist.
    """
    nodes: dict[str, PNode] = {}
    files = [page.notebook, *sorted(_ENGINE.glob("*.py"))]
    if page.point:
        given = json.dumps(dict(page.parameters), sort_keys=True, default=str)
        name = f"parameters of {page.docname}"
        nodes[name] = ParametersNode(name=name, given=given)
    else:
        files.insert(0, page.source)
    for path in files:
        own = file_node(path, page.root)
        nodes[own.name] = own
    for declared in page.depends_on:
        nodes |= {node.name: node for node in _declared_nodes(declared, page)}
    return nodes


def dependency_files(page: Page) -> tuple[Path, ...]:
    """Return the files that a page depends on, sorted and each once.

    Raises
    ------
    PlanError
        If a declared dependency does not exist.
    """
    files: set[Path] = set()
    for node in dependency_nodes(page).values():
        if isinstance(node, ResourceNode):
            files.update(node.files)
        elif isinstance(node, FileNode):
            files.add(Path(str(node.path)))
    return tuple(sorted(files))


def file_node(path: Path, root: Path) -> FileNode:
    """Return the node of a file, named from the root if it is below it."""
    inside = path.is_relative_to(root)
    name = path.relative_to(root).as_posix() if inside else path.as_posix()
    return FileNode(name=name, path=path)


def _declared_nodes(declared: str, page: Page) -> Iterator[FileNode | ResourceNode]:
    path, _, resource = declared.partition("#")
    if resource:
        descriptor = page.root / path
        if resource_entry(descriptor, resource) is None:
            raise PlanError(_missing(declared, page))
        yield ResourceNode(name=declared, descriptor=descriptor, resource=resource)
        return
    files = [file for file in sorted(page.root.glob(path)) if file.is_file()]
    if not files:
        raise PlanError(_missing(declared, page))
    for file in files:
        yield file_node(file, page.root)


def _missing(declared: str, page: Page) -> str:
    return (
        f"{page.source}: it depends on {declared!r}, which does not exist under "
        f"{page.root}."
    )
