"""The picture that stands beside a link to the book where people share links."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

WIDTH, HEIGHT = 1200, 630
CARD = "_static/card.png"


def draw_social_card(app: Sphinx) -> None:
    """Let the book draw its card, and put it into the site.

    The setting `book_site_card` is a ``package.module:function`` that returns a
    matplotlib figure of the shape of a card. A card is found by its address, so that
    nothing is drawn unless the site's address is known.
    """
    function: str = app.config["book_site_card"]
    address = app.config["html_baseurl"]
    if not function or not address or app.builder.format != "html":
        return
    module, _, name = function.partition(":")
    try:
        figure: Any = getattr(importlib.import_module(module), name)()
    except (ImportError, AttributeError, ValueError) as error:
        msg = f"book_site_card: {function!r} cannot be used: {error}"
        raise ConfigError(msg) from None
    path = Path(app.outdir) / CARD
    path.parent.mkdir(parents=True, exist_ok=True)
    dpi = WIDTH / figure.get_size_inches()[0]
    figure.savefig(path, dpi=dpi, metadata={"Software": None})
    card = {"url": f"{address}{CARD}", "width": WIDTH, "height": HEIGHT}
    app.config["html_context"]["card"] = card
