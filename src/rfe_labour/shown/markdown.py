"""What all tables share: the Markdown of a table, and how numbers are written in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[Any, Any]
"""A row of a frame, as ``frame.to_dict("records")`` gives it."""


_TARGET = re.compile(r"\[([^][]*)\]\{#[^}]*\}")


@dataclass(frozen=True, repr=False)
class Markdown:
    """A text that Jupyter shows as Markdown; a console shows it without its targets."""

    text: str

    def __repr__(self) -> str:
        return _TARGET.sub(r"\1", self.text)

    def _repr_markdown_(self) -> str:
        return self.text


def write_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], alignment: str
) -> Markdown:
    """Write a table in the pipe syntax; ``l`` and ``r`` align its columns."""
    rules = {"l": ":---", "r": "---:"}
    lines = [header, [rules[letter] for letter in alignment], *rows]
    return Markdown(
        "\n".join(
            "| " + " | ".join(text.replace("|", "\\|") for text in line) + " |"
            for line in lines
        )
    )


def printed_cell(text: str, *key: str) -> str:
    """Write a text as the target of one printed cell, named by resource and key."""
    return f"[{text}]{{#{'-'.join(('printed', *key))}}}"


def signed(value: float, places: int = 1) -> str:
    """Write a number with its sign, as a typographer would."""
    text = f"{value:+,.{places}f}".replace("-", "−").replace("inf", "∞")
    return text.lstrip("+−") if not float(f"{value:.{places}f}") else text


def signed_span(lower: float, upper: float, places: int = 1) -> str:
    """Write the two ends of an interval with their signs."""
    return f"{signed(lower, places)} to {signed(upper, places)}"


def p_value(p: float) -> str:
    """Write a p-value to three decimals."""
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def span(lower: float, upper: float) -> str:
    """Write one whole number, or the two ends of what is possible."""
    ends = f"{lower:,.0f}" if lower == upper else f"{lower:,.0f} to {upper:,.0f}"
    return ends.replace("-", "−")


def period(first: int, last: int) -> str:
    """Write one year, or the first and the last of a span."""
    return f"{first}" if first == last else f"{first}–{last}"


def listed(names: Iterable[str], none: str) -> str:
    """List names with “and” before the last; `none` stands for no name."""
    *others, last = [*names] or [none]
    return f"{', '.join(others)} and {last}" if others else last


def proportion(part: float) -> str:
    """Write a part of a whole as per cent.

    0% and 100% are none and all, never nearly so.
    """
    if 0 < part < 1:
        part = min(max(part, 0.01), 0.99)
    return f"{part:.0%}"
