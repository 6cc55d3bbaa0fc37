"""Feedback as PDF, typeset by Typst.

What students and teachers wrote reaches the template as data and is never read as
Typst's markup.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assignment_grading.errors import AssignmentError
from assignment_grading.feedback import Feedback

_TEMPLATE = Path(__file__).with_name("templates") / "feedback.typ"
_PROBE = Path(__file__).with_name("templates") / "probe.typ"
_ACCESSIBLE = ["ua-1"]  # it can be read aloud
_UNKNOWN = "□"
_MOST_CHARACTERS = 1000  # beyond ASCII in one text
_TOLD = (
    "□ stands for a character for which the computer that made this file has no font. "
    "The page that goes with it, of the same name, shows it."
)
# A word that is longer than a line may be broken anywhere.
_LONG = re.compile(r"(\S{30})(?=\S)")


class Typesetter:
    """Makes PDFs, all with the fonts that were found once.

    Raises
    ------
    AssignmentError
        If the compiler is not installed.
    """

    def __init__(self) -> None:
        try:
            import typst
        except ImportError:
            raise AssignmentError(
                "There is no PDF without its compiler: pip install "
                "'assignment-grading[pdf]', or leave out --pdf."
            ) from None
        self._compiler: Any = typst.Compiler(root=_TEMPLATE.parent)
        self._error: type[Exception] = typst.TypstError
        self._shown: dict[str, bool] = {}

    def pdf(self, feedback: Feedback) -> bytes | None:
        """Typeset the feedback for one student; None if it cannot be done.

        A character that no font on this computer has is replaced by a box. The same
        feedback gives the same bytes.
        """
        text = json.dumps(_breakable(asdict(feedback)), ensure_ascii=False)
        # What is half a character cannot be written in UTF-8.
        text = text.encode(errors="replace").decode()
        for attempt in range(3):
            shown = self._displayable(text, marks=attempt < 2)
            told = {**json.loads(shown), "boxes": _TOLD if shown != text else ""}
            try:
                return self._compile(_TEMPLATE, json.dumps(told, ensure_ascii=False))
            except self._error:
                self._learn(text)
        return None

    def _compile(self, template: Path, data: str) -> bytes:
        made: bytes = self._compiler.compile(
            template, sys_inputs={"data": data}, pdf_standards=_ACCESSIBLE
        )
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

        What is beyond the number that any writing needs is not tried: nobody is to hold
        up a class with all the characters that there are.
        """
        new = sorted({it for it in text if not it.isascii()} - self._shown.keys())
        self._shown |= dict.fromkeys(new[_MOST_CHARACTERS:], False)
        self._try(new[:_MOST_CHARACTERS])

    def _try(self, characters: list[str]) -> None:
        """Find out which characters can be shown, by halves."""
        try:
            self._compile(_PROBE, json.dumps(characters, ensure_ascii=False))
        except self._error:
            if len(characters) < 2:
                self._shown |= dict.fromkeys(characters, False)
                return
            middle = len(characters) // 2
            self._try(characters[:middle])
            self._try(characters[middle:])
        else:
            self._shown |= dict.fromkeys(characters, True)


def _breakable(value: Any) -> Any:
    if isinstance(value, str):
        text = "".join(
            it
            for it in value
            if it in "\n\t" or unicodedata.category(it) != "Cc"  # control characters
        )
        return _LONG.sub("\\1\u200b", text)
    if isinstance(value, dict):
        return {key: _breakable(one) for key, one in value.items()}
    if isinstance(value, Iterable):
        return [_breakable(one) for one in value]
    return value
