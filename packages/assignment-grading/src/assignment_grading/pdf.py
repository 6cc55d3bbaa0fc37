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
        data = {**_breakable(asdict(feedback)), "boxes": ""}
        text = json.dumps(data, ensure_ascii=False)
        # What is half a character cannot be written in UTF-8.
        text = text.encode(errors="replace").decode()
        try:
            return self._compile(_TEMPLATE, text)
        except self._error:
            told = {**json.loads(self._displayable(text)), "boxes": _TOLD}
        try:
            return self._compile(_TEMPLATE, json.dumps(told, ensure_ascii=False))
        except self._error:
            return None

    def _compile(self, template: Path, data: str) -> bytes:
        made: bytes = self._compiler.compile(
            template, sys_inputs={"data": data}, pdf_standards=_ACCESSIBLE
        )
        return made

    def _displayable(self, text: str) -> str:
        """Replace each character that an accessible PDF cannot show."""
        new = sorted({it for it in text if not it.isascii()} - self._shown.keys())
        self._try(new)
        return "".join(it if self._shown.get(it, True) else _UNKNOWN for it in text)

    def _try(self, characters: list[str]) -> None:
        """Find out which characters can be shown, by halves."""
        try:
            self._compile(_PROBE, json.dumps(characters, ensure_ascii=False))
        except self._error:
            if len(characters) == 1:
                self._shown[characters[0]] = False
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
