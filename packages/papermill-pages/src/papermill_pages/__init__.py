"""Parameterised notebook pages for Jupyter Book, executed by papermill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension of Sphinx, which commands and pytask need not load."""
    from papermill_pages import sphinx_ext

    return sphinx_ext.setup(app)
