"""Of which types the parts of a descriptor are, as far as they are read here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from data_package_guard.plain_json import parts, shown

TYPES = ("string", "integer", "number", "boolean")
"""The types of columns that are read."""


@dataclass(frozen=True)
class _Kind:
    """A value that is no list or object, and the words for it."""

    words: str
    holds: Callable[[Any], object]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_sum(value: Any) -> bool:
    # Without an exponent, which makes a short text a number of any length.
    written = re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", str(value), re.ASCII)
    return written is not None and not isinstance(value, bool)


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(re.compile(value))
    except re.error:
        return False


def _is_inside(value: Any) -> bool:
    """Tell a path that stays within its folder, as the standard wants it."""
    return (
        isinstance(value, str)
        and bool(value)
        and value.isprintable()
        and not re.search(r"^[/~]|\\|^[A-Za-z]:|://|(^|/)\.\.(/|$)", value)
    )


_TEXT = _Kind("a text", lambda value: isinstance(value, str))
_NAME = _Kind(
    "a text that is not empty", lambda value: isinstance(value, str) and value
)
_TRUTH = _Kind("true or false", lambda value: isinstance(value, bool))
_WHOLE = _Kind("a whole number from 0", _is_whole)
_NUMBER = _Kind("a number", _is_number)
_SUM = _Kind("a number of at most 30 digits, or one written as a text", _is_sum)
_HASH = _Kind(
    '"sha256:" and 64 hexadecimal digits',
    lambda value: isinstance(value, str) and re.fullmatch("sha256:[0-9a-f]{64}", value),
)
_SHORT_HASH = _Kind(
    "8 hexadecimal digits",
    lambda value: isinstance(value, str) and re.fullmatch("[0-9a-f]{8}", value),
)
_TYPE = _Kind(f"one of {', '.join(TYPES)}", lambda value: value in TYPES)
_PATTERN = _Kind("a regular expression of Python", _is_pattern)
_PATH = _Kind("one path within the folder, written with slashes", _is_inside)
_ENCODING = _Kind(
    "utf-8, the only encoding that is read",
    lambda value: isinstance(value, str) and value.lower() in ("utf-8", "utf8"),
)
_COMMA = _Kind('",", the only delimiter that is read', lambda value: value == ",")
_HEADER = _Kind("true, for a table without a header is not read", lambda v: v is True)
_CODE = _Kind(
    "a text, or an object with value and label that are texts",
    lambda value: (
        isinstance(value, str)
        or (
            isinstance(value, Mapping)
            and isinstance(value.get("value"), str)
            and isinstance(value.get("label", ""), str)
        )
    ),
)
_ANY = _Kind("anything", lambda _value: True)

# An object is a mapping of its keys, those that may be missing with a question mark;
# the key "*" stands for all others. A list is a list of one shape.
_FIELD = {
    "name": _NAME,
    "type": _TYPE,
    "categories?": [_CODE],
    "missingValues?": [_CODE],
    "constraints?": {
        "required?": _TRUTH,
        "pattern?": _PATTERN,
        "enum?": [_TEXT],
        "minimum?": _NUMBER,
        "maximum?": _NUMBER,
    },
}
_TOTAL = {
    "where": {"*": _TEXT},
    "column": _NAME,
    "numbers?": _Kind('"in text"', lambda value: value == "in text"),
    "cells": _WHOLE,
    "total": _SUM,
    "weighted": _SUM,
    "decimals": _WHOLE,
}
_RESOURCE = {
    "name": _NAME,
    "path": _PATH,
    "schema": {
        "fields": [_FIELD],
        "primaryKey?": [_NAME],
        "missingValues?": [_CODE],
    },
    "controlTotals?": [_TOTAL],
    "encoding?": _ENCODING,
    "dialect?": {"delimiter?": _COMMA, "header?": _HEADER},
    "hash?": _HASH,
    "bytes?": _WHOLE,
    "rowHashes?": [_SHORT_HASH],
    "columnHashes?": {"*": _SHORT_HASH},
    "keyHashes?": {"*": _SHORT_HASH},
}
DESCRIPTOR_SHAPE = {"resources": [_RESOURCE], "keyHashes?": {"*": _SHORT_HASH}}
"""The shape of a descriptor. What it does not name may be anything."""


def _partial(shape: Any) -> Any:
    """Give a shape of which nothing but a name must be there."""
    if isinstance(shape, list):
        return [_partial(part) for part in shape]
    if not isinstance(shape, dict):
        return shape
    named = {"name", "column", "where", "*"}
    return {
        key if key in named or key.endswith("?") else f"{key}?": _partial(part)
        for key, part in shape.items()
    }


_ROW = {"cells": {"*": _TEXT}, "because?": _TEXT}
DEMANDS_SHAPE = {"resources": [_partial(_RESOURCE) | {"rows?": [_ROW]}]}
"""The shape of what is demanded: a descriptor of which most may be missing.

``rows`` is its own: cells that must stand together in a row, and why.
"""


def problems(value: Any, shape: Any) -> Iterator[tuple[str, str]]:
    """Say where a value has not its shape: the place, and what is wrong there."""
    yield from _problems(value, shape, ())


def contradictions(descriptor: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say where the parts of a descriptor of the right shape do not fit each other."""
    for entry in descriptor["resources"]:
        place = f"resources.{entry['name']}.schema"
        columns = [field["name"] for field in entry["schema"]["fields"]]
        for name in entry["schema"].get("primaryKey", []):
            if name not in columns:
                yield f"{place}.primaryKey", f"names {shown(name)}, which is no column"
        for field in entry["schema"]["fields"]:
            ends = {"minimum", "maximum"} & field.get("constraints", {}).keys()
            if ends and field["type"] not in ("integer", "number"):
                problem = f"{min(ends)} is for columns that are integer or number"
                yield f"{place}.fields.{field['name']}.constraints", problem


def _problems(
    value: Any, shape: Any, keys: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    place = ".".join(keys)
    if isinstance(shape, _Kind):
        if not shape.holds(value):
            yield place, f"is {shown(value)}, expected {shape.words}"
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield place, f"is {shown(value)}, expected a list"
            return
        for name, part in parts(value):
            yield from _problems(part, shape[0], (*keys, name))
        yield from _repeated(value, place)
    elif not isinstance(value, Mapping):
        yield place, f"is {shown(value)}, expected an object"
    else:
        for key, part in shape.items():
            name = key.removesuffix("?")
            if name == "*":
                for own in value:
                    yield from _problems(value[own], part, (*keys, own))
            elif name in value:
                yield from _problems(value[name], part, (*keys, name))
            elif name == key:
                yield place, f'has no "{name}"'


def _repeated(entries: list[Any], place: str) -> Iterator[tuple[str, str]]:
    """Say which name, or which file, several entries of a list share."""
    for key in ("name", "path"):
        own = [entry.get(key) for entry in entries if isinstance(entry, Mapping)]
        for value, times in Counter(it for it in own if isinstance(it, str)).items():
            if times > 1:
                yield place, f"{times} entries have the {key} {shown(value)}"
