"""Build the book by Sphinx alone, with the newest versions and without Jupyter Book.

``python -m tests.plain_sphinx`` copies the sources, takes Jupyter Book and the upper
bounds out of every ``pyproject.toml`` there, installs the newest versions that fit
together, and builds the site by `conf.py`. It ends with 1 if that fails. Nothing here
is changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.canary import newest_copy, passes

# What the book uses of what Jupyter Book brings.
BROUGHT = '"linkify-it-py", "sphinxcontrib-bibtex"'

BUILD = ("sphinx-build", "--nitpicky", ".", "_build/html")


def main() -> int:
    """Lock, install and build in a copy, and return the exit code."""
    with newest_copy(change=without_jupyter_book) as copy:
        return int(not passes(copy, BUILD))


def without_jupyter_book(root: Path) -> None:
    """Take Jupyter Book out of all project files, but not what the book uses of it."""
    for project in (root / "pyproject.toml", *root.glob("packages/*/pyproject.toml")):
        text = project.read_text(encoding="utf-8")
        text = text.replace('"jupyter-book>=1.0.4.post1,<2"', BROUGHT)
        project.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
