"""From which bytes Sphinx has read each page.

Sphinx itself compares times: it reads a page again if a file is younger than its last
reading. It so misses what is written after a clock was set back, what keeps an older
time, as files of archives do, and what is saved while the page is being read.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from papermill_pages import insides
from papermill_pages.environment import read_pages


def note_source(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Note the bytes of a page's source, just before it is read or after it has gone.

    What is saved later was not read, even if its time says so.
    """
    source = Path(env.doc2path(docname))
    hashed = _hash(source)
    if hashed:
        read_pages(env).files[docname] = {str(source): hashed}
    else:
        read_pages(env).files.pop(docname, None)


def note_dependencies(app: Sphinx, _doctree: nodes.document) -> None:
    """Note the bytes of what a page includes and shows."""
    files = insides.dependencies(app.env, app.env.docname)
    noted = read_pages(app.env).files.setdefault(app.env.docname, {})
    noted |= {str(file): _hash(file) for file in files}


def outdated(env: BuildEnvironment) -> list[str]:
    """Name the pages of which a file has no longer the bytes that were read."""
    hash_once = cache(_hash)  # many runs have one notebook
    return [
        docname
        for docname, files in read_pages(env).files.items()
        if any(hash_once(Path(file)) != noted for file, noted in files.items())
    ]


def _hash(file: Path) -> str:
    """Hash a file; empty if there is none, or a pipe, which may never end."""
    with suppress(OSError):
        if file.is_file():
            return hashlib.sha256(file.read_bytes()).hexdigest()
    return ""
