"""The menu of downloads above each page: it prints, and offers the book as a PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from papermill_pages.builders import makes_site
from papermill_pages.outputs import write_atomically
from sphinx.application import Sphinx

from book_site.addresses import pdf_of_book
from book_site.insides import download_buttons


def name_downloads(
    app: Sphinx, _docname: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Call the button that prints by its name, and offer the PDF if there is one."""
    buttons = download_buttons(context)
    for button in buttons:
        if button.get("text") == ".pdf":
            button |= {"text": "Print this page", "tooltip": "Print"}
    pdf = pdf_of_book(Path(app.srcdir))
    if buttons and pdf is not None:
        buttons.append(
            {
                "type": "link",
                "text": "The whole book (.pdf)",
                "url": context["pathto"](pdf.name, 1),
                "icon": "fas fa-file-pdf",
                "tooltip": "Download",
                "label": "download-book-button",
            }
        )


def publish_pdf(app: Sphinx, exception: Exception | None) -> None:
    """Put the PDF beside the pages that offer it."""
    if exception is None and makes_site(app):
        pdf = pdf_of_book(Path(app.srcdir))
        if pdf is not None:
            target = Path(app.outdir) / pdf.name
            write_atomically(target, pdf.read_bytes(), unless_same=True)
