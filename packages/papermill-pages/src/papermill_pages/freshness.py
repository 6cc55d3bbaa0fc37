"""Whether anything changed since the last build, seen without pytask.

pytask decides for each page whether it is stale. To import it and to let it look takes
longer than all else in a build of a site in which nothing changed, so a build that
succeeds leaves one hash of all that it read and wrote.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from papermill_pages.dependencies import product_node
from papermill_pages.outputs import write_atomically
from papermill_pages.pages import build_folder
from papermill_pages.plan import Plan
from papermill_pages.results import results_file


def nothing_changed(plan: Plan) -> bool:
    """Tell whether a build would read and write what the last one has."""
    try:
        recorded = _file(plan.root).read_text(encoding="utf-8")
        return recorded == _fingerprint(plan)
    except (OSError, UnicodeDecodeError):
        return False  # the build finds out and tells


def remember(plan: Plan) -> None:
    """Record the hash of what a build has read and written.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    write_atomically(_file(plan.root), _fingerprint(plan))


def _fingerprint(plan: Plan) -> str:
    # pytask's own record is a part: who deletes it wants all pages to run again.
    products = [plan.root / "pytask.lock", results_file(plan.root)]
    products += [product for page in plan.pages for product in page.products]
    written = {str(path): product_node(path, plan.root).state() for path in products}
    read = {
        docname: {name: node.hash for name, node in nodes.items()}
        for docname, nodes in plan.sources.items()
    }
    content = json.dumps([repr(plan.settings), read, written])
    return hashlib.sha256(content.encode()).hexdigest()


def _file(root: Path) -> Path:
    return build_folder(root) / "unchanged"
