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

from papermill_pages.dependencies import Sources, product_node
from papermill_pages.outputs import write_atomically
from papermill_pages.plan import Page, build_folder
from papermill_pages.results import results_file
from papermill_pages.settings import Settings


def nothing_changed(
    pages: Iterable[Page], root: Path, settings: Settings, sources: Sources
) -> bool:
    """Tell whether a build would read and write what the last one has.

    Parameters
    ----------
    pages : iterable of Page
        The plan.
    root : Path
        The folder of `_toc.yml`.
    settings : Settings
        The engine's settings.
    sources : Sources
        What the pages depend on.
    """
    try:
        kept = _file(root).read_text(encoding="utf-8")
        return kept == _fingerprint(pages, root, settings, sources)
    except (OSError, UnicodeDecodeError):
        return False  # the build finds out and tells


def remember(
    pages: Iterable[Page], root: Path, settings: Settings, sources: Sources
) -> None:
    """Keep the hash of what a build has read and written.

    Parameters
    ----------
    pages, root, settings, sources
        As for `nothing_changed`.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    write_atomically(_file(root), _fingerprint(pages, root, settings, sources))


def _fingerprint(
    pages: Iterable[Page], root: Path, settings: Settings, sources: Sources
) -> str:
    # pytask's own record is a part: who deletes it wants all pages to run again.
    products = [root / "pytask.lock", results_file(root)]
    for page in pages:
        products += [run.executed for run in page.runs]
        products += [page.sweep.table] if page.sweep else []
    written = {str(path): product_node(path, root).state() for path in products}
    read = {
        docname: {name: node.hash for name, node in nodes.items()}
        for docname, nodes in sources.items()
    }
    content = json.dumps([repr(settings), read, written])
    return hashlib.sha256(content.encode()).hexdigest()


def _file(root: Path) -> Path:
    return build_folder(root) / "unchanged"
