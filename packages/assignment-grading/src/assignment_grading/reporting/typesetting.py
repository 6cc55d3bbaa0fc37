"""The process that typesets PDFs: lines of JSON come in, documents go out.

It is a process of its own since Typst panics at a few characters, and whatever an
answer holds must neither stop the class nor hold it up. For each line it writes the
length of the document as eight bytes, then the document; of length nought if there is
none.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typst

_TEMPLATE = Path(__file__).parents[1] / "templates" / "feedback.typ"
_PROBE = _TEMPLATE.with_name("probe.typ")
_ACCESSIBLE: list[typst.PDFStandard] = ["ua-1"]  # it can be read aloud
_UNKNOWN = "□"
_MOST_CHARACTERS = 1000  # beyond ASCII in one text
_TOLD = (
    "□ stands for a character for which the computer that made this file has no font. "
    "The page that goes with it, of the same name, shows it."
)
# A word that is longer than a line may be broken anywhere.
_LONG = re.compile(r"(\S{30})(?=\S)")


class Compiler:
    """Typst with the fonts of this computer, and what is known of their characters."""

    def __init__(self) -> None:
        self._typst = typst.Compiler(root=_TEMPLATE.parent)
        self._shown: dict[str, bool] = {}

    def document(self, told: dict[str, Any]) -> bytes:
        """Typeset what a student is told; empty if it cannot be done.

        A character that no font has is replaced by a box.
        """
        text = json.dumps(_printable(told), ensure_ascii=False)
        # What is half a character cannot be written in UTF-8.
        text = text.encode(errors="replace").decode()
        for attempt in range(3):
            shown = self._displayable(text, marks=attempt < 2)
            data = {**json.loads(shown), "boxes": _TOLD if shown != text else ""}
            made = self._compile(_TEMPLATE, data)
            if made:
                return made
            self._learn(text)
        return b""

    def _compile(self, template: Path, data: Any) -> bytes:
        inputs = {"data": json.dumps(data, ensure_ascii=False)}
        try:
            made = self._typst.compile(
                template, sys_inputs=inputs, pdf_standards=_ACCESSIBLE
            )
        except typst.TypstError:
            return b""
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            self._typst = typst.Compiler(root=_TEMPLATE.parent)
            return b""
        assert isinstance(made, bytes)
        return made

    def _displayable(self, text: str, marks: bool) -> str:
        """Replace each character of which it is known that it cannot be shown.

        Without `marks`, accents and the like that are characters of their own are
        replaced, too: they may have a font, but not together with what they stand on.
        """
        return "".join(
            it
            if self._shown.get(it, True)
            and (marks or not unicodedata.category(it).startswith("M"))
            else _UNKNOWN
            for it in text
        )

    def _learn(self, text: str) -> None:
        """Find out which characters of a text can be shown.

        What is beyond the number that any writing needs is not tried.
        """
        new = sorted({it for it in text if not it.isascii()} - self._shown.keys())
        self._shown |= dict.fromkeys(new[_MOST_CHARACTERS:], False)
        self._try(new[:_MOST_CHARACTERS])

    def _try(self, characters: list[str]) -> None:
        """Find out which characters can be shown, by halves."""
        good = bool(self._compile(_PROBE, characters))
        if good or len(characters) < 2:
            self._shown |= dict.fromkeys(characters, good)
            return
        middle = len(characters) // 2
        self._try(characters[:middle])
        self._try(characters[middle:])


def _printable(value: Any) -> Any:
    """Leave out control characters, and let what is longer than a line be broken."""
    if isinstance(value, str):
        text = "".join(
            it for it in value if it in "\n\t" or unicodedata.category(it) != "Cc"
        )
        return _LONG.sub("\\1\u200b", text)
    if isinstance(value, dict):
        return {key: _printable(one) for key, one in value.items()}
    if isinstance(value, Iterable):
        return [_printable(one) for one in value]
    return value


def main() -> None:
    """Typeset what comes until nothing comes any more."""
    compiler = Compiler()
    for line in sys.stdin.buffer:
        made = compiler.document(json.loads(line))
        sys.stdout.buffer.write(len(made).to_bytes(8) + made)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
