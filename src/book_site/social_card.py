"""The picture that stands beside a link to the book where people share links."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from sphinx.errors import ConfigError

WIDTH, HEIGHT = 1200, 630


CARD = "_static/card.png"


def draw_card(function: str, site: Path) -> str:
    """Let the book draw its card, and put it into the site.

    Parameters
    ----------
    function : str
        ``package.module:function``; it returns a matplotlib figure of the shape of a
        card.
    site : Path
        The folder of the built pages.

    Returns
    -------
    str
        Where the card is in the site.
    """
    module, _, name = function.partition(":")
    try:
        figure: Any = getattr(importlib.import_module(module), name)()
    except (ImportError, AttributeError, ValueError) as error:
        msg = f"book_site_card: {function!r} cannot be used: {error}"
        raise ConfigError(msg) from None
    path = site / CARD
    path.parent.mkdir(parents=True, exist_ok=True)
    dpi = WIDTH / figure.get_size_inches()[0]
    figure.savefig(path, dpi=dpi, metadata={"Software": None})
    return CARD
