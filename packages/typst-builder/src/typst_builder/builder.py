"""The Sphinx builder: it gathers the pages, writes them as Typst and compiles a PDF."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.errors import SphinxError
from sphinx.util import logging

from typst_builder.insides import forget_environment, toctrees
from typst_builder.translator import Chapter, array, label, references, string

logger = logging.getLogger(__name__)

_TEMPLATES = ("template.typ", "formulas.typ")
_MIME_TYPES = ("image/svg+xml", "image/png", "text/markdown", "text/plain")
"""Which form of a cell's output is typeset, the best first."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_builder(TypstBuilder)
    # {"subtitle": str, "opening": the first page's heading, "imprint": [str, ...]}
    app.add_config_value("typst_title_page", {}, "", dict)
    # MyST-NB must know which outputs are typeset; all builders then share its pages.
    app.connect("config-inited", choose_mime_types)
    # Pages were read, and Sphinx has just stored that it knows them.
    app.connect("env-check-consistency", forget_what_was_read)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def choose_mime_types(_app: Sphinx, config: Config) -> None:
    """Tell MyST-NB, if it is there, which outputs this builder can typeset."""
    if "nb_mime_priority_overrides" in config:
        config["nb_mime_priority_overrides"] = [
            *config["nb_mime_priority_overrides"],
            *((TypstBuilder.name, mime, i) for i, mime in enumerate(_MIME_TYPES)),
        ]


def forget_what_was_read(app: Sphinx, _env: object) -> None:
    """Let the site's builder read for itself what was read for the PDF."""
    if isinstance(app.builder, TypstBuilder):
        forget_environment(Path(app.doctreedir))


class TypstBuilder(Builder):
    """Typeset all pages of the table of contents, in its order, as one PDF."""

    name = "typst"
    format = "typst"
    epilog = "The PDF is %(outdir)s/book.pdf."
    allow_parallel = False
    supported_image_types = ["image/svg+xml", "image/png", "image/jpeg"]  # noqa: RUF012

    def get_outdated_docs(self) -> str:
        """Say that a PDF is always written whole."""
        return "the whole book"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:  # noqa: ARG002
        """Name a page inside the PDF."""
        return label(docname)

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:  # noqa: ARG002
        """Name a page inside the PDF, which is the same from everywhere."""
        return self.get_target_uri(to, typ)

    def prepare_writing(self, docnames: set[str]) -> None:  # noqa: ARG002
        """Begin with no page."""
        self._doctrees: dict[str, nodes.document] = {}

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Keep a page: all are written together, at the end."""
        self._doctrees[docname] = doctree

    def finish(self) -> None:
        """Write the Typst source of the book and compile it."""
        outdir = Path(self.outdir)
        pages = list(pages_in_order(self.env.get_doctree, self.config.root_doc))
        doctrees = self._doctrees
        targets = set[str]()
        for docname, _ in pages:
            if docname not in doctrees:  # this build was not asked for it
                doctrees[docname] = self.env.get_and_resolve_doctree(docname, self)
            self.post_process_images(doctrees[docname])
            targets |= references(doctrees[docname], docname)
        # The first page's own title is the book's.
        title_page = self.config["typst_title_page"]
        headings = {self.config.root_doc: title_page.get("opening", "")}
        chapters = []
        for docname, part in pages:
            heading = headings.get(docname, "")
            chapter = Chapter(
                docname,
                part,
                heading,
                targets,
                self._image_file,
                self._table_labels(docname),
            )
            chapters.append(chapter.write(doctrees[docname]))
        (outdir / "images").mkdir(exist_ok=True)
        for uri in self.images:
            shutil.copyfile(Path(self.srcdir) / uri, outdir / self._image_file(uri))
        for name in _TEMPLATES:
            shutil.copyfile(Path(__file__).with_name(name), outdir / name)
        source = outdir / "book.typ"
        source.write_text(self._book("\n".join(chapters)), encoding="utf-8")
        # One of an earlier build is not the one asked for.
        source.with_suffix(".pdf").unlink(missing_ok=True)
        self._compile(source)

    def _book(self, chapters: str) -> str:
        title_page = self.config["typst_title_page"]
        date = commit_date()
        fields = {
            "title": string(self.env.titles[self.config.root_doc].astext()),
            "subtitle": string(title_page.get("subtitle", "")),
            "author": string(self.config.author),
            "day": string(f"{date:%-d %B %Y}" if date else ""),
            "language": string(self.config.language or "en"),
            "imprint": array(map(string, title_page.get("imprint", ()))),
        }
        arguments = "".join(f"  {name}: {value},\n" for name, value in fields.items())
        return (
            '#import "template.typ": *\n#import "formulas.typ": formula\n'
            f"#show: book.with(\n{arguments})\n#{{\n{chapters}\n}}\n"
        )

    def _table_labels(self, docname: str) -> dict[str, str]:
        """Return what Sphinx calls a page's tables, as references to them do."""
        numbers = self.env.toc_fignumbers.get(docname, {}).get("table", {})
        pattern = self.config.numfig_format.get("table", "Table %s")
        return {
            node_id: pattern % ".".join(map(str, number))
            for node_id, number in numbers.items()
        }

    def _image_file(self, uri: str) -> str:
        """Name the copy of an image that a page shows."""
        return f"images/{self.images[uri]}"

    def _compile(self, source: Path) -> None:
        try:
            import typst
        except ImportError:
            raise SphinxError(
                "There is no PDF, since the compiler is not installed: pip install "
                f"'typst-builder[compiler]'. The book's Typst source is {source}."
            ) from None
        date = commit_date()
        try:
            pdf, warnings = typst.compile_with_warnings(
                source,
                root=source.parent,
                ignore_system_fonts=True,
                # UA: can be read aloud. A: can be archived, for which it has a date.
                pdf_standards=["ua-1", "a-2a"] if date else ["ua-1"],
                timestamp=date,
            )
        except typst.TypstError as error:
            msg = f"Typst cannot typeset {source}:\n{error.diagnostic}"
            raise SphinxError(msg) from None
        for warning in warnings:
            logger.warning("Typst: %s", warning.diagnostic or warning.message)
        source.with_suffix(".pdf").write_bytes(pdf)


def pages_in_order(
    get_doctree: Callable[[str], nodes.document], docname: str, part: str = ""
) -> Iterator[tuple[str, str]]:
    """Walk through the table of contents in the order of the book.

    Each page comes with the caption of the part of the book that it stands in, which
    may be empty.
    """
    yield docname, part
    for toctree in toctrees(get_doctree(docname)):
        for _, entry in toctree["entries"]:
            caption = toctree.get("caption") or part
            yield from pages_in_order(get_doctree, entry, caption)


def commit_date() -> datetime | None:
    """Return the time that SOURCE_DATE_EPOCH names; None if it is not set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch else None
