"""JSON read strictly: what a reader may take in two ways, or not at all, is refused."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

DEEPEST = 50
"""So many lists and objects may stand within each other."""

_TOKEN = re.compile(r""""(?:[^"\\]|\\.)*+"|[\[\]{}]|NaN|Infinity|[0-9]{401,}""")
"""A text, a bracket, or a number that is refused: what tells the depth of a place."""

_SURROGATE = re.compile("[\ud800-\udfff]")


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
    _refuse_tokens(text)
    try:
        content = json.loads(text, object_pairs_hook=_Object)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise JSONProblem("", f"is not valid JSON: {where}: {error.msg}") from None
    waiting: list[tuple[tuple[str, ...], Any]] = [((), content)]
    while waiting:
        keys, value = waiting.pop()
        if problem := _problem(keys, value):
            place = ".".join(keys).encode("utf-8", "backslashreplace").decode()
            raise JSONProblem(place, problem)
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
    return text.isascii() or not _SURROGATE.search(text)


def _refuse_tokens(text: str) -> None:
    """Refuse what the reader of JSON accepts too easily, or not without a traceback."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > DEEPEST:
            problem = f"is nested more than {DEEPEST} deep"
        elif token[0] in ("NaN", "Infinity"):
            problem = f"holds {token[0]}, which is no number of JSON"
        elif token[0].isdigit():
            problem = f"holds a number of {len(token[0]):,} digits"
        else:
            continue
        line = text.count("\n", 0, token.start()) + 1
        raise JSONProblem(f"line {line}", problem)
