"""JSON read strictly: what a reader may take in two ways, or not at all, is refused."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

DEEPEST = 50
"""So many lists and objects may stand within each other."""


class _Object(dict[str, Any]):
    """An object that remembers which of its keys stood more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        times = Counter(key for key, _ in pairs)
        self.repeated = [key for key in times if times[key] > 1]


class JSONProblem(ValueError):
    """What is wrong with a text of JSON, and the place: empty for the whole text."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}" if place else problem)
        self.place, self.problem = place, problem


def parse(text: str) -> Any:
    """Read JSON as plain data.

    Raises
    ------
    JSONProblem
        If the text is not JSON, has a key twice, is nested too deeply, or holds a
        value that cannot be written as JSON in UTF-8.
    """
    too_deep = f"is nested more than {DEEPEST} deep"
    try:
        content = json.loads(
            text,
            object_pairs_hook=_Object,
            parse_constant=_refuse_constant,
            parse_int=_whole_number,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise JSONProblem("", f"is not valid JSON: {where}: {error.msg}") from None
    except RecursionError:
        raise JSONProblem("", too_deep) from None
    waiting: list[tuple[tuple[str, ...], Any]] = [((), content)]
    while waiting:
        keys, value = waiting.pop()
        if len(keys) > DEEPEST:
            raise JSONProblem(".".join(keys[:6]), too_deep)
        if problem := _problem(keys, value):
            raise JSONProblem(".".join(keys), problem)
        waiting += [((*keys, name), part) for name, part in parts(value)]
    return content


def parts(value: Any) -> list[tuple[str, Any]]:
    """List what stands in a list or an object, each part with a name for its place.

    A part of a list is named by its own ``name``, else by its number from 1.
    """
    if isinstance(value, Mapping):
        return list(value.items())
    if not isinstance(value, list):
        return []
    names = [part.get("name") if isinstance(part, Mapping) else None for part in value]
    return [
        (name if isinstance(name, str) and names.count(name) == 1 else str(number), it)
        for number, (name, it) in enumerate(zip(names, value, strict=True), start=1)
    ]


def shown(value: Any) -> str:
    """Write a value for a message, cut short if it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _problem(keys: tuple[str, ...], value: Any) -> str:
    if isinstance(value, _Object) and value.repeated:
        return f"has the key {shown(value.repeated[0])} twice"
    texts = [value, *keys[-1:]]
    if any(isinstance(text, str) and not _is_unicode(text) for text in texts):
        return "holds half a surrogate pair, which is no character"
    if isinstance(value, float) and not math.isfinite(value):
        return "is a number too large to be read"
    return ""


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _whole_number(digits: str) -> int:
    if len(digits) > 400:
        raise JSONProblem("", f"holds a number of {len(digits):,} digits")
    return int(digits)


def _refuse_constant(name: str) -> None:
    raise JSONProblem("", f"holds {name}, which is no number of JSON")
