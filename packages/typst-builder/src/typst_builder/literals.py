"""What stands for itself in Typst's code."""

from __future__ import annotations

from collections.abc import Iterable


def string(text: str) -> str:
    """Write a string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def array(items: Iterable[str]) -> str:
    """Write an array of what is Typst code already."""
    return f"({''.join(f'{item}, ' for item in items)})"
