"""Whether anything changed since the last build, seen without pytask.

pytask decides for each page whether it is stale. To import it and to let it look takes
longer than all else in a build of a site in which nothing changed, so a build that
succeeds leaves one hash of all that it read and wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from papermill_pages.dependencies import (
    Node,
    SourceNode,
    dependency_nodes,
    product_node,
)
from papermill_pages.errors import PlanError
from papermill_pages.outputs import write_atomically
from papermill_pages.plan import Page, build_folder
from papermill_pages.results import results_file
from papermill_pages.settings import Settings


def nothing_changed(pages: Iterable[Page], root: Path, settings: Settings) -> bool:
    """Tell whether a build would read and write what the last one has.

    Parameters
    ----------
    pages : iterable of Page
        The plan.
    root : Path
        The folder of `_toc.yml`.
    settings : Settings
        The engine's settings.
    """
    try:
        kept = _file(root).read_text(encoding="utf-8")
        return kept == _fingerprint(pages, root, settings, {})
    except (OSError, UnicodeDecodeError, PlanError):
        return False  # the build finds out and tells


def remember(
    pages: Iterable[Page], root: Path, settings: Settings, known: dict[str, SourceNode]
) -> None:
    """Keep the hash of what a build has read and written.

    Parameters
    ----------
    pages, root, settings
        As for `nothing_changed`.
    known : dict of str to SourceNode
        What the build read, in the state in which it did so.
    """
    write_atomically(_file(root), _fingerprint(pages, root, settings, known))


def _fingerprint(
    pages: Iterable[Page], root: Path, settings: Settings, known: dict[str, SourceNode]
) -> str:
    # pytask's own record is a part: who deletes it wants all pages to run again.
    products = [root / "pytask.lock", results_file(root)]
    runs = []
    for page in pages:
        products += [page.sweep.table] if page.sweep else []
        for run in page.runs:
            products.append(run.executed)
            read = dependency_nodes(run, settings, known)
            runs.append([run.docname, run.results, run.title, list(read)])
    nodes: list[Node] = [product_node(path, root) for path in products]
    nodes += known.values()
    states = {node.name: node.state() for node in nodes}
    content = json.dumps([repr(settings), runs, states])
    return hashlib.sha256(content.encode()).hexdigest()


def _file(root: Path) -> Path:
    return build_folder(root) / "unchanged"
