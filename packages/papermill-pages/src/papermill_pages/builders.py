"""Which of Sphinx's builders make a site."""

from __future__ import annotations

from sphinx.application import Sphinx


def makes_site(app: Sphinx) -> bool:
    """Tell whether pages of HTML stand on a server, with files beside them.

    An e-book holds pages of HTML, too, but neither scripts nor files for download.
    """
    return app.builder.format == "html" and app.builder.name != "epub"
