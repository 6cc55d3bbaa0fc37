"""The Sphinx builder: it gathers the pages, writes them as Typst and compiles a PDF."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.errors import SphinxError
from sphinx.util import logging

from typst_builder.compiler import CompileError, Compiler, is_installed
from typst_builder.insides import forget_environment, toctrees
from typst_builder.places import warn
from typst_builder.transforms import MIME_TYPES, ChooseOutput, ReadHTML
from typst_builder.translator import (
    BLOCK,
    Chapter,
    array,
    label,
    references,
    string,
)

logger = logging.getLogger(__name__)

_NO_AUTHOR = "Author name not set"
"""What Sphinx calls the author of a book that names none."""
_TEMPLATES = ("template.typ", "formulas.typ")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_builder(TypstBuilder)
    # {"subtitle": str, "opening": the first page's heading, "imprint": [str, ...]}
    app.add_config_value("typst_title_page", {}, "", dict)
    # Folders, from that of conf.py, of fonts for what Typst's own fonts do not have.
    app.add_config_value("typst_font_paths", [], "", list)
    app.add_post_transform(ChooseOutput)
    app.add_post_transform(ReadHTML)
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
            *((TypstBuilder.name, mime, i) for i, mime in enumerate(MIME_TYPES)),
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
    supported_image_types = [  # noqa: RUF012
        *("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
    ]

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
        self._blocks: list[tuple[str, nodes.Node]] = []
        self._plain = set[int]()
        self._refused_images: dict[str, str] = {}
        self._told = set[object]()

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Keep a page: all are written together, at the end."""
        self._doctrees[docname] = doctree

    def finish(self) -> None:
        """Write the Typst source of the book and compile it."""
        outdir = Path(self.outdir)
        pages = dict(pages_in_order(self.env.get_doctree, self.config.root_doc))
        for docname in pages:
            if docname not in self._doctrees:  # this build was not asked for it
                tree = self.env.get_and_resolve_doctree(docname, self)
                self._doctrees[docname] = tree
            self.post_process_images(self._doctrees[docname])
        (outdir / "images").mkdir(exist_ok=True)
        for uri in self.images:
            shutil.copyfile(Path(self.srcdir) / uri, outdir / self._image_file(uri))
        for name in _TEMPLATES:
            shutil.copyfile(Path(__file__).with_name(name), outdir / name)
        source = outdir / "book.typ"
        # One of an earlier build is not the one asked for.
        source.with_suffix(".pdf").unlink(missing_ok=True)
        self._typeset(source, pages)

    def _typeset(self, source: Path, pages: dict[str, str]) -> None:
        """Write the source and compile it, without what the compiler refuses."""
        fonts = (Path(self.confdir, it) for it in self.config["typst_font_paths"])
        compiler = Compiler(source.parent, tuple(fonts))
        chapters = self._chapters(pages)
        if not is_installed():
            source.write_text(self._book(chapters.values()), encoding="utf-8")
            raise SphinxError(
                "There is no PDF, since the compiler is not installed: pip install "
                f"'typst-builder[compiler]'. The book's Typst source is {source}."
            )
        instead = compiler.replacements(self._book(chapters.values()))
        self._tell_of_letters(chapters, instead)
        table = str.maketrans(instead)

        def write() -> None:
            book = self._book(chapters.values()).translate(table)
            source.write_text(book, encoding="utf-8")

        date = commit_date()
        # UA: can be read aloud. A: can be archived, for which it has a date.
        standards = ["ua-1", "a-2a"] if date else ["ua-1"]
        write()
        try:
            pdf, warnings = compiler.pdf(source, standards=standards, date=date)
        except CompileError:
            if self._leave_out(compiler, chapters, table):
                chapters = self._chapters(pages)
                write()
            pdf, warnings = self._compile_in_any_way(compiler, source, standards, date)
        for warning in warnings:
            logger.warning("Typst: %s", warning, location=self._place(source, warning))
        source.with_suffix(".pdf").write_bytes(pdf)

    def _compile_in_any_way(
        self,
        compiler: Compiler,
        source: Path,
        standards: list[str],
        date: datetime | None,
    ) -> tuple[bytes, list[str]]:
        """Compile a book that can be read aloud, or else one that can be seen."""
        try:
            return compiler.pdf(source, standards=standards, date=date)
        except CompileError as error:
            refused = str(error)
        try:
            made = compiler.pdf(source, standards=(), date=date)
        except CompileError as error:
            msg = f"Typst cannot typeset {source}:\n{error}"
            raise SphinxError(msg) from None
        msg = "the PDF cannot be read aloud and is no PDF/UA: %s"
        logger.warning(msg, refused, location=self._place(source, refused))
        self._tell_of_images(compiler, standards[:1])
        return made

    def _tell_of_images(self, compiler: Compiler, standards: list[str]) -> None:
        """Warn of the images for which a PDF is not what it should be."""
        for uri in self.images:
            file = string(self._image_file(uri))
            code = f'image({file}, alt: "a")'
            said = self._image_file(uri) and compiler.refuses(code, standards=standards)
            for docname, tree in self._doctrees.items() if said else ():
                for node in tree.findall(nodes.image):
                    if node["uri"] == uri:
                        warn(docname, node, "this picture is the cause: %s", said)

    def _leave_out(
        self, compiler: Compiler, chapters: dict[str, str], table: dict[int, str]
    ) -> bool:
        """Find what the compiler refuses; return whether anything was found."""
        for uri in self.images:
            file = string(self._image_file(uri))
            said = compiler.refuses(f"image({file})")
            if said:
                self._refused_images[uri] = said
        for chapter in chapters.values():
            code = chapter.translate(table)
            if not compiler.refuses(code):
                continue
            pieces = re.split(rf"^{BLOCK}(\d+)\n", code, flags=re.MULTILINE)
            for number, piece in zip(pieces[1::2], pieces[2::2], strict=True):
                said = compiler.refuses(piece)
                if said and not self._shows_refused_image(piece):
                    docname, node = self._blocks[int(number)]
                    msg = "Typst refuses this; the PDF has its plain text: %s"
                    warn(docname, node, msg, said)
                    self._plain.add(int(number))
        return bool(self._plain or self._refused_images)

    def _shows_refused_image(self, piece: str) -> bool:
        files = (string(f"images/{self.images[uri]}") for uri in self._refused_images)
        return any(file in piece for file in files)

    def _chapters(self, pages: dict[str, str]) -> dict[str, str]:
        """Write the pages, each as a chapter."""
        trees = {docname: self._doctrees[docname] for docname in pages}
        linked = {it for page, tree in trees.items() for it in references(tree, page)}
        _, anchored = self._written(pages, linked, tell=False)
        chapters, _ = self._written(pages, linked & anchored)
        return chapters

    def _written(
        self, pages: dict[str, str], targets: set[str], *, tell: bool = True
    ) -> tuple[dict[str, str], set[str]]:
        """Write the pages; return them and the places in them that are linked to."""
        # The first page's own title is the book's.
        title_page = self.config["typst_title_page"]
        headings = {self.config.root_doc: title_page.get("opening", "")}
        cited = {
            node.astext().strip("[]")
            for docname in pages
            for node in self._doctrees[docname].findall(nodes.reference)
        }
        anchored = set[str]()
        macros = self._macros()
        self._blocks = []
        written = {}
        for docname, part in pages.items():
            chapter = Chapter(
                docname,
                part,
                headings.get(docname, ""),
                targets,
                self._image_file,
                called=self._called(docname),
                section_numbers=self._section_numbers(docname),
                cited=cited,
                macros=macros,
                anchored=anchored,
                blocks=self._blocks,
                plain=self._plain,
                told=self._told if tell else None,
            )
            written[docname] = chapter.write(self._doctrees[docname])
        return written, anchored

    def _tell_of_letters(
        self, chapters: dict[str, str], instead: dict[str, str]
    ) -> None:
        """Warn of each page's letters that no font has."""
        visible = {letter for letter, other in instead.items() if other}
        for docname, code in chapters.items():
            letters = sorted(visible & set(code))
            if letters:
                msg = (
                    "no font has %s: %s. A folder of fonts that have them can be named "
                    "in typst_font_paths"
                )
                some = ", ".join(f"{it} (as {instead[it]})" for it in letters[:5])
                more = f" and {len(letters) - 5} more" if len(letters) > 5 else ""
                count = f"{len(letters)} characters of this page"
                warn(docname, None, msg, count, some + more)

    def _place(self, source: Path, said: str) -> str | None:
        """Return the page from which the line comes that the compiler speaks of."""
        named = re.search(rf"{re.escape(source.name)}:(\d+)", said)
        if named is None:
            return None
        above = source.read_text(encoding="utf-8").split("\n")[: int(named[1])]
        numbers = [line for line in above if line.startswith(BLOCK)]
        if not numbers:
            return None
        return self.env.doc2path(self._blocks[int(numbers[-1][len(BLOCK) :])][0])

    def _book(self, chapters: Iterable[str]) -> str:
        pages = "\n".join(chapters)
        title_page = self.config["typst_title_page"]
        date, author = commit_date(), self.config.author
        fields = {
            "title": string(self.env.titles[self.config.root_doc].astext()),
            "subtitle": string(title_page.get("subtitle", "")),
            "author": string(author if author != _NO_AUTHOR else ""),
            "day": string(f"{date:%-d %B %Y}" if date else ""),
            "language": string(self.config.language or "en"),
            "imprint": array(map(string, title_page.get("imprint", ()))),
        }
        arguments = "".join(f"  {name}: {value},\n" for name, value in fields.items())
        return (
            '#import "template.typ": *\n#import "formulas.typ": formula\n'
            f"#show: book.with(\n{arguments})\n#{{\n{pages}\n}}\n"
        )

    def _called(self, docname: str) -> dict[str, str]:
        """Return what Sphinx calls what it numbers on a page, as references do."""
        called = {}
        for kind, numbers in self.env.toc_fignumbers.get(docname, {}).items():
            pattern = self.config.numfig_format.get(kind, f"{kind.capitalize()} %s")
            if kind == "displaymath":
                if not self.config.math_numfig:
                    continue  # such a formula keeps its page's number
                pattern = "%s"
            for node_id, number in numbers.items():
                called[node_id] = pattern % ".".join(map(str, number))
        return called

    def _macros(self) -> dict[str, tuple[int, str]]:
        """Return the commands of TeX that MathJax is told of."""
        found = {}
        for name in ("mathjax3_config", "mathjax4_config"):
            config: dict[str, Any] = getattr(self.config, name, None) or {}
            macros: dict[str, Any] = config.get("tex", {}).get("macros", {})
            for command, body in macros.items():
                given: list[Any] = [body, 0] if isinstance(body, str) else [*body, 0]
                found[command] = int(given[1]), str(given[0])
        return found

    def _section_numbers(self, docname: str) -> dict[str, str]:
        """Return the numbers of a page's sections by their ids, if it has any."""
        numbers = self.env.toc_secnumbers.get(docname, {})
        return {
            anchor.removeprefix("#"): ".".join(map(str, number))
            for anchor, number in numbers.items()
        }

    def _image_file(self, uri: str) -> str:
        """Name the copy of an image that a page shows; empty if there is none."""
        if uri not in self.images or uri in self._refused_images:
            return ""
        return f"images/{self.images[uri]}"


def pages_in_order(
    get_doctree: Callable[[str], nodes.document], root_doc: str
) -> Iterator[tuple[str, str]]:
    """Walk through the table of contents in the order of the book.

    Each page comes once, where it stands first, with the caption of the part of the
    book that it stands in, which may be empty.
    """
    seen = set[str]()
    ahead = [(root_doc, "")]
    while ahead:
        docname, part = ahead.pop()
        if docname in seen:
            continue
        seen.add(docname)
        yield docname, part
        below = [
            (entry, toctree.get("caption") or part)
            for toctree in toctrees(get_doctree(docname))
            # Of the entries, some are addresses, or the page itself.
            for entry in toctree["includefiles"]
        ]
        ahead += reversed(below)


def commit_date() -> datetime | None:
    """Return the time that SOURCE_DATE_EPOCH names; None if it is not set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch else None
