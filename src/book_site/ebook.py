"""The book as an EPUB: Sphinx's own builder, and what its files lack to be valid.

Sphinx does not tell which pages hold formulas in MathML, as EPUB 3.3 asks, and puts the
times of files into the archive, which differ in each build.
"""

from __future__ import annotations

import html
import re
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sphinx.builders.epub3 import Epub3Builder

from book_site.works import read_book

_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_ITEM = re.compile(r'<item (?=[^>]*application/xhtml\+xml)([^>]*?)href="([^"]+)"')


class EpubBuilder(Epub3Builder):
    """Sphinx's builder of EPUB files, whose books pass epubcheck."""

    def content_metadata(self) -> dict[str, Any]:
        """Add what ``CITATION.cff`` says of the book."""
        book = read_book(Path(self.app.srcdir), self.config)
        said = {
            "creator": ", ".join(book.authors),
            "contributor": ", ".join(book.authors),
            "publisher": ", ".join(book.authors),
            "copyright": ", ".join(book.licences),
            "description": book.abstract,
        }
        known = {name: html.escape(text) for name, text in said.items() if text}
        return {**super().content_metadata(), **known, "id": self._identifier}

    def toc_metadata(self, *arguments: Any) -> dict[str, Any]:
        """Name the book as in the list of its files."""
        return {**super().toc_metadata(*arguments), "uid": self._identifier}

    @property
    def _identifier(self) -> str:
        """The same for the same version, and for no other."""
        name = f"{self.config.epub_title} {self.config.version}"
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"

    def build_content(self) -> None:
        """Mend the pages, list all files, and mark those with formulas."""
        for page in Path(self.outdir).rglob(f"*{self.out_suffix}"):
            text = page.read_text(encoding="utf-8")
            mended = _LINK.sub(self._inside, text)
            if mended != text:
                page.write_text(mended, encoding="utf-8", newline="\n")
        super().build_content()
        listing = Path(self.outdir, "content.opf")
        text = _ITEM.sub(self._with_properties, listing.read_text(encoding="utf-8"))
        listing.write_text(text, encoding="utf-8", newline="\n")

    def build_epub(self) -> None:
        """Write the archive, the same bytes for the same files."""
        target = Path(self.outdir, f"{self.config.epub_basename}.epub")
        with zipfile.ZipFile(target, "w") as archive:
            for name in self._names():
                entry = zipfile.ZipInfo(name)  # which has the oldest time there is
                entry.external_attr = 0o100644 << 16
                if name != "mimetype":
                    entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, Path(self.outdir, name).read_bytes())

    def _names(self) -> Iterator[str]:
        yield "mimetype"  # first and as it is, by which a reader knows the kind of file
        yield from ("META-INF/container.xml", "content.opf", "toc.ncx")
        yield from self.files

    def _inside(self, link: re.Match[str]) -> str:
        """Keep of a link to what only the site has its words."""
        address = urlsplit(link[1])
        page = not address.path or address.path.endswith(self.out_suffix)
        return link[0] if address.scheme or page else link[2]

    def _with_properties(self, item: re.Match[str]) -> str:
        page = Path(self.outdir, unquote(item[2]))
        if not page.is_file() or "<math" not in page.read_text(encoding="utf-8"):
            return item[0]
        return item[0].replace("<item ", '<item properties="mathml" ')
