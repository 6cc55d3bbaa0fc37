"""The compiler, and what is done where it refuses something that a book holds."""

from __future__ import annotations

import importlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from typst_builder.insides import undrawable

_SAME = {"✅": "✓", "❌": "✗", "⭐": "★", "➡": "→", "⬅": "←"}
"""Signs that the fonts of the compiler have in another form."""


class CompileError(Exception):
    """The compiler refuses a book; the message is its own."""


@dataclass(frozen=True)
class Compiler:
    """Typst, told where the fonts are.

    Parameters
    ----------
    root : Path
        The folder of the book's source, its templates and its images.
    fonts : list of Path
        Folders of fonts beside those that Typst brings along.
    """

    root: Path
    fonts: tuple[Path, ...] = ()

    def pdf(
        self, source: Path, *, standards: Iterable[str], date: datetime | None
    ) -> tuple[bytes, list[str]]:
        """Compile a file.

        Returns
        -------
        bytes
            The PDF.
        list of str
            The compiler's warnings.

        Raises
        ------
        CompileError
            If the compiler refuses it.
        """
        typst = _typst()
        try:
            pdf, warnings = typst.compile_with_warnings(
                source,
                root=self.root,
                font_paths=list(self.fonts),
                ignore_system_fonts=True,
                pdf_standards=list(standards),
                timestamp=date,
            )
        except typst.TypstError as error:
            said = error.diagnostic or error.message
            # Warnings stand before what it refuses.
            raise CompileError(said[max(said.find("error:"), 0) :]) from None
        return pdf, [warning.diagnostic or warning.message for warning in warnings]

    def refuses(self, code: str, *, standards: Iterable[str] = ()) -> str:
        """Return what the compiler says against a piece of code; empty if nothing."""
        piece = self.root / "piece.typ"
        # A link may lead to another piece.
        start = (
            '#import "template.typ": *\n#import "formulas.typ": formula\n'
            '#set document(title: "A piece")\n'
        )
        links = "#let link(..given) = given.pos().last()\n"
        piece.write_text(f"{start}{links}#{{\n{code}\n}}\n", encoding="utf-8")
        try:
            self.pdf(piece, standards=standards, date=None)
        except CompileError as error:
            # Below stands where in this piece, which nobody ever sees.
            return str(error).partition("\n")[0].removeprefix("error: ")
        finally:
            piece.unlink()
        return ""

    def replacements(self, text: str) -> dict[str, str]:
        """Return what stands for the letters of a text that are in none of the fonts.

        Such a letter has its name in brackets, and one of a script, an empty square.
        """
        unsure = sorted(letter for letter in set(text) if _is_unsure(letter))
        if not unsure:
            return {}
        page = self.root / "letters.typ"
        lines = "\n\n".join(f'#"\\u{{{ord(letter):x}}}"' for letter in unsure)
        start = '#set document(title: "letters")\n'
        page.write_text(start + lines, encoding="utf-8")
        try:
            self.pdf(page, standards=["ua-1"], date=None)
        except CompileError as error:
            missing = undrawable(str(error))
        else:
            missing = set()
        finally:
            page.unlink()
        private = {letter for letter in unsure if unicodedata.category(letter) == "Co"}
        return {letter: _instead(letter) for letter in {*missing, *private} & {*unsure}}


def is_installed() -> bool:
    """Tell whether the compiler is there."""
    try:
        _typst()
    except ImportError:
        return False
    return True


def _typst() -> Any:
    return importlib.import_module("typst")


def _is_unsure(letter: str) -> bool:
    """Tell whether a font may lack a letter; none lacks those of Latin text."""
    return ord(letter) > 0x17F or unicodedata.category(letter) == "Cc"


def _instead(letter: str) -> str:
    if letter in _SAME:
        return _SAME[letter]
    kind = unicodedata.category(letter)
    if kind in ("Cc", "Cf", "Co", "Cn", "Mn", "Me"):
        return ""
    if kind.startswith("S"):
        return f"[{unicodedata.name(letter, 'sign').lower()}]"
    return "\N{WHITE SQUARE}"
