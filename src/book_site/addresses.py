"""Where the book and its source are published: told by whoever publishes, not guessed.

``BOOK_URL``
    where the site will stand, for example ``https://example.org/book/``
``BOOK_REPOSITORY_URL``
    the repository, for example ``https://github.com/someone/book``
``BOOK_REPOSITORY_REF``
    the branch, tag or commit of it that the site shows; ``main`` if none is given
``BOOK_PDF``, ``BOOK_EPUB``
    the file of the book's PDF or EPUB, from the book's root, for the site to offer; it
    is not looked for, since one that lies there may be of an earlier state

A build that is told neither makes pages without canonical links, social card, launch
and source buttons. A PDF names the site, too.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

BINDER = "https://mybinder.org"
FILES = {"PDF": "BOOK_PDF", "EPUB": "BOOK_EPUB"}
"""For each format of the whole book, the variable that names its file."""


def use_addresses(_app: Sphinx, config: Config) -> None:
    """Put the addresses of the environment where Sphinx and its theme expect them."""
    site = _address("BOOK_URL")
    if site:
        config["html_baseurl"] = f"{site}/"
        if "typst_title_page" in config:
            title_page = config["typst_title_page"]
            imprint = [*title_page.get("imprint", ()), f"On the web: {site}/"]
            config["typst_title_page"] = {**title_page, "imprint": imprint}
    repository = _address("BOOK_REPOSITORY_URL")
    if repository:
        config["html_theme_options"] = {
            **config["html_theme_options"],
            "repository_url": repository.removesuffix(".git"),
            "repository_branch": os.environ.get("BOOK_REPOSITORY_REF") or "main",
            "use_repository_button": True,
            "use_source_button": True,
            "use_issues_button": True,
            "launch_buttons": {
                "binderhub_url": BINDER,
                "notebook_interface": "jupyterlab",
            },
        }


def root_of(config: Config) -> str:
    """Return the path at which the site begins on its server."""
    return urlsplit(config["html_baseurl"]).path or "/"


def files_of_book(root: Path) -> dict[str, Path]:
    """Return the files of the whole book that the site offers, by their formats.

    Raises
    ------
    ConfigError
        If there is no file where one is said to be.
    """
    offered = {}
    for kind, variable in FILES.items():
        told = os.environ.get(variable, "").strip()
        if told and not (root / told).is_file():
            raise ConfigError(
                f"{variable} is {told!r}, which is no file; make the {kind} first."
            )
        if told:
            offered[kind] = root / told
    return offered


def _address(variable: str) -> str:
    address = os.environ.get(variable, "").strip()
    if address and urlsplit(address).scheme not in ("http", "https"):
        msg = f"{variable} is {address!r}; it must begin with https:// or http://."
        raise ConfigError(msg)
    return address.rstrip("/")
