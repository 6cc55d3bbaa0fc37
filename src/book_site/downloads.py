"""The menu of downloads above each page: it prints, and offers the whole book."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from papermill_pages.builders import makes_site
from papermill_pages.outputs import write_atomically
from sphinx.application import Sphinx

from book_site.addresses import files_of_book
from book_site.insides import download_buttons


def name_downloads(
    app: Sphinx, _docname: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Call the button that prints by its name, and offer the whole book."""
    buttons = download_buttons(context)
    for button in buttons:
        if button.get("text") == ".pdf":
            button |= {"text": "Print this page", "tooltip": "Print"}
    for kind, file in files_of_book(Path(app.srcdir)).items() if buttons else ():
        buttons.append(
            {
                "type": "link",
                "text": f"The whole book (.{kind.lower()})",
                "url": context["pathto"](file.name, 1),
                "icon": f"fas fa-file-{kind.lower()}",
                "tooltip": "Download",
                "label": f"download-book-{kind.lower()}",
            }
        )


def publish_files(app: Sphinx, exception: Exception | None) -> None:
    """Put the files of the whole book beside the pages that offer them."""
    if exception is None and makes_site(app):
        for file in files_of_book(Path(app.srcdir)).values():
            target = Path(app.outdir) / file.name
            write_atomically(target, file.read_bytes(), unless_same=True)
