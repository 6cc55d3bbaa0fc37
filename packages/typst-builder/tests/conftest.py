"""Books that Sphinx typesets, and what stands in their PDF."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdf


@dataclass(frozen=True)
class Book:
    """A book in a folder of its own."""

    root: Path

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    def build(
        self, builder: str = "typst", *files: str, strict: bool = True, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run Sphinx, and take a warning for an error if it is strict."""
        rest = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
        command = [sys.executable, "-m", "sphinx", "-b", builder, *["-W"][:strict]]
        return subprocess.run(
            [*command, "-d", "_build/doctrees", ".", f"_build/{builder}", *files],
            cwd=self.root,
            env={**rest, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def pdf(self) -> Path:
        return self.root / "_build" / "typst" / "book.pdf"

    def pages(self) -> list[str]:
        """Return the text of each page of the PDF."""
        read = (page.extract_text() for page in pypdf.PdfReader(self.pdf).pages)
        return [" ".join(text.split()) for text in read]


def alternatives(pdf: pypdf.PdfReader) -> Iterator[str]:
    for number in range(1, int(pdf.trailer["/Size"])):
        part = pypdf.generic.IndirectObject(number, 0, pdf).get_object()
        if isinstance(part, pypdf.generic.DictionaryObject) and "/Alt" in part:
            yield str(part["/Alt"]).strip()
