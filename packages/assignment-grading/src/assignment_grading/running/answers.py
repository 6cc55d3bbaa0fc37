"""Answers as data: what crosses from a student's process to the one that tests it.

A student's process encodes its answers as JSON, and the process with the tests decodes
them. Nothing is unpickled, and whatever the student's process sends becomes a number, a
text, a container, an array or a frame of these, or a `Remote`: a function or another
object that stays where it is and answers with data.
"""

from __future__ import annotations

import base64
import datetime
import types
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

DEEPEST = 40
"""How deep containers may lie in one another."""

LONGEST = 4_000_000
"""How many values, in all, one answer may have."""

_NUMBER_KINDS = "biufcmMSU"
_COMPARE = {
    "compare", "endswith", "eq", "equals", "ge", "gt", "identical", "isdisjoint",
    "isin", "issubset", "issuperset", "le", "lt", "ne", "startswith",
}  # fmt: skip
_OF_TIME = {
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
}
_CONTAINERS: dict[str, Callable[..., Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}


class AnswerError(Exception):
    """An answer cannot cross; the message says why."""


class Encoder:
    """Turns values into JSON, and keeps what cannot leave its process.

    Parameters
    ----------
    keep : callable
        Is given a function or an object, and returns a number for it.
    """

    def __init__(self, keep: Callable[[Any], int]) -> None:
        self.keep = keep
        self.left = LONGEST

    def encode(self, value: Any, depth: int = 0) -> Any:
        """Return the value as JSON.

        A text, a truth value and None are themselves, all others a list of the name of
        the kind and what belongs to it.

        Raises
        ------
        AnswerError
            If the value is too large or too deep.
        """
        self.left -= 1
        if self.left < 0:
            raise AnswerError("It has too many values.")
        if depth > DEEPEST:
            raise AnswerError("Its containers lie too deep in one another.")
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str) and not isinstance(value, np.generic):
            return str.__str__(value)
        if isinstance(value, np.generic | np.ndarray):
            return self._array(value, depth)
        if isinstance(value, int):
            return ["int", hex(int(value))]
        if isinstance(value, float):
            return ["float", float(value).hex()]
        return self._other(value, depth)

    def _other(self, value: Any, depth: int) -> Any:
        if value is ...:
            return ["..."]
        if value is pd.NA or value is pd.NaT:
            return ["missing", "NA" if value is pd.NA else "NaT"]
        if isinstance(value, complex):
            return ["complex", value.real.hex(), value.imag.hex()]
        if isinstance(value, bytes | bytearray):
            return ["bytes", base64.b64encode(bytes(value)).decode()]
        if isinstance(value, Decimal):
            return ["decimal", str(value)]
        if isinstance(value, Fraction):
            return ["fraction", hex(value.numerator), hex(value.denominator)]
        if isinstance(value, range):
            return ["range", *map(hex, (value.start, value.stop, value.step))]
        if isinstance(value, dict | types.MappingProxyType):
            return ["dict", *(self._all(pair, depth) for pair in value.items())]
        for name, kind in _CONTAINERS.items():
            if isinstance(value, kind):  # type: ignore[arg-type]
                return [name, *self._all(value, depth)]
        return self._pandas(value, depth)

    def _pandas(self, value: Any, depth: int) -> Any:
        if isinstance(value, pd.Timestamp):
            zone = None if value.tz is None else str(value.tz)
            return ["timestamp", value.tz_localize(None).isoformat(), zone]
        if isinstance(value, pd.Timedelta):
            return ["timedelta", value.value]
        if isinstance(value, datetime.timedelta):
            return ["timedelta", pd.Timedelta(value).value]
        for name in _OF_TIME:
            if isinstance(value, getattr(datetime, name)):
                return [name, value.isoformat()]
        if isinstance(value, pd.Period):
            return ["period", str(value), value.freqstr]
        if isinstance(value, pd.Interval):
            ends = self._all((value.left, value.right), depth)
            return ["interval", *ends, value.closed]
        if isinstance(value, pd.Series):
            name = self.encode(value.name, depth + 1)
            index = self.encode(value.index, depth + 1)
            return ["series", self._column(value, depth), index, name]
        if isinstance(value, pd.DataFrame):
            columns = [
                self._column(value.iloc[:, at], depth) for at in range(value.shape[1])
            ]
            axes = self._all((value.index, value.columns), depth)
            return ["frame", columns, *axes]
        if isinstance(value, pd.MultiIndex):
            return ["multiindex", *self._all((list(value), list(value.names)), depth)]
        if isinstance(value, pd.Index):
            name = self.encode(value.name, depth + 1)
            return ["index", self._column(value, depth), name]
        if isinstance(value, pd.api.extensions.ExtensionArray):
            return ["column", self._column(value, depth)]
        kind = "function" if callable(value) else "object"
        named = type(value).__name__
        return [kind, self.keep(value), str(getattr(value, "__name__", named))[:100]]

    def _all(self, values: Any, depth: int) -> list[Any]:
        return [self.encode(value, depth + 1) for value in values]

    def _array(self, value: Any, depth: int) -> Any:
        kind = "scalar" if isinstance(value, np.generic) else "array"
        array = np.asarray(value)
        self.left -= array.size
        if self.left < 0:
            raise AnswerError("It has too many values.")
        if array.dtype.kind not in _NUMBER_KINDS:
            items = self._all(array.ravel().tolist(), depth)
            return ["objects", list(array.shape), items]
        content = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
        return [kind, array.dtype.str, list(array.shape), content]

    def _column(self, values: Any, depth: int) -> list[Any]:
        """Encode what a Series, an index or an array of pandas holds."""
        if isinstance(values.dtype, np.dtype) and values.dtype.kind in _NUMBER_KINDS:
            return [str(values.dtype), self.encode(values.to_numpy(), depth + 1)]
        return [str(values.dtype), ["list", *self._all(list(values), depth)]]


def decode(encoded: Any, remote: Callable[[int, str], Any]) -> Any:
    """Make a value of what a student's process sent.

    Parameters
    ----------
    encoded : object
        JSON that need not come from an `Encoder`.
    remote : callable
        Is given the number and name of a function or object that stayed there, and
        returns what is to stand for it.

    Raises
    ------
    AnswerError
        If it is no encoded value.
    """
    try:
        return _decode(encoded, remote)
    except AnswerError:
        raise
    except Exception:  # pandas and numpy have many for what they cannot make
        raise AnswerError("It cannot be read.") from None


def _decode(it: Any, remote: Callable[[int, str], Any]) -> Any:
    if it is None or isinstance(it, bool | str):
        return it
    kind, *rest = it
    if kind in _CONTAINERS:
        return _CONTAINERS[kind](_decode(one, remote) for one in rest)
    if kind == "dict":
        return {_decode(key, remote): _decode(one, remote) for key, one in rest}
    if kind in ("function", "object"):
        return remote(int(rest[0]), str(rest[1]))
    if kind in _PANDAS:
        return _PANDAS[kind](*(_decode(one, remote) for one in rest))
    if kind == "series":
        column, index, name = rest
        labels, called = _decode(index, remote), _decode(name, remote)
        return pd.Series(_column(column, remote), labels, name=called)
    if kind == "frame":
        columns, index, names = rest
        by_place = {at: _column(one, remote) for at, one in enumerate(columns)}
        frame = pd.DataFrame(by_place, index=_decode(index, remote))
        frame.columns = _decode(names, remote)
        return frame
    if kind == "index":
        return pd.Index(_column(rest[0], remote), name=_decode(rest[1], remote))
    if kind == "column":
        return _column(rest[0], remote)
    if kind == "objects":
        array = np.empty(len(rest[1]), dtype=object)
        array[:] = [_decode(one, remote) for one in rest[1]]
        return array.reshape(rest[0])
    return _SIMPLE[kind](*rest)


def _column(encoded: Any, remote: Callable[[int, str], Any]) -> Any:
    kind, encoded_values = encoded
    values = _decode(encoded_values, remote)
    if isinstance(values, np.ndarray):
        return values
    if kind != "object":
        return pd.array(values, dtype=_column_type(kind))
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _column_type(name: str) -> Any:
    found = pd.api.types.pandas_dtype(name)
    if isinstance(found, np.dtype) and found.kind not in _NUMBER_KINDS:
        raise AnswerError("It cannot be read.")
    return found


def _missing(name: str) -> Any:
    return {"NA": pd.NA, "NaT": pd.NaT}[name]


def _numbers(kind: str, shape: list[int], content: str) -> Any:
    dtype = np.dtype(kind)
    if dtype.kind not in _NUMBER_KINDS:
        raise AnswerError("It cannot be read.")
    return np.frombuffer(base64.b64decode(content), dtype).reshape(shape).copy()


def _scalar(kind: str, shape: list[int], content: str) -> Any:
    """Make one number of numpy's, in which any number of Python's has a place.

    numpy compares a half with a float as halves: 123456.0 would equal infinity.
    """
    number = _numbers(kind, shape, content)[()]
    return np.float64(number) if isinstance(number, np.float16) else number


_PANDAS: Mapping[str, Callable[..., Any]] = {
    "interval": lambda left, right, closed: pd.Interval(left, right, closed),
    "multiindex": lambda tuples, names: pd.MultiIndex.from_tuples(tuples, names=names),
}
_SIMPLE: Mapping[str, Callable[..., Any]] = {
    "...": lambda: ...,
    "missing": _missing,
    "int": lambda text: int(text, 16),
    "float": float.fromhex,
    "complex": lambda *parts: complex(*map(float.fromhex, parts)),
    "bytes": base64.b64decode,
    "decimal": Decimal,
    "fraction": lambda *parts: Fraction(*(int(part, 16) for part in parts)),
    "range": lambda *parts: range(*(int(part, 16) for part in parts)),
    "timestamp": lambda text, zone: pd.Timestamp(str(text)).tz_localize(zone),
    "timedelta": pd.Timedelta,
    "period": lambda text, frequency: pd.Period(str(text), freq=frequency),
    "array": _numbers,
    "scalar": _scalar,
    **_OF_TIME,
}


class Remote:
    """A function or an object of the student's, which stays in the student's process.

    A test can call it, take its attributes and items, count it and go through it, and
    gets data. It cannot be compared, neither by an operator nor by a method like
    `equals`, for the student's process would say the result and learn what is right.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, ask: Callable[[int, str, Any], Any], number: int, name: str):
        self._remote = ask, number
        self.__name__ = name

    def _ask(self, what: str, *given: Any) -> Any:
        ask, number = self._remote
        return ask(number, what, given)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call it there."""
        return self._ask("call", list(arguments), named)

    def __getattr__(self, name: str) -> Any:
        """Take an attribute."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name in _COMPARE:
            raise AttributeError(f"what is no data has no {name} here")
        return self._ask("attribute", name)

    def __getitem__(self, key: Any) -> Any:
        """Take an item."""
        return self._ask("item", key)

    def __len__(self) -> int:
        """Count its items."""
        length = self._ask("length")
        if not isinstance(length, int) or not 0 <= length < LONGEST:
            raise TypeError("its length is not a number")
        return length

    def __iter__(self) -> Iterator[Any]:
        """Go through its items."""
        return iter(self._ask("items"))

    def __eq__(self, other: object) -> bool:
        """Tell whether it is the same object here, whatever it would say there."""
        return self is other

    def __repr__(self) -> str:
        """Name it."""
        return f"<{self.__name__}>"


def use(value: Any, what: str, given: list[Any]) -> Any:
    """Do in the student's process what a `Remote` was asked to do."""
    if what == "call":
        arguments, named = given
        return value(*arguments, **named)
    if what == "attribute":
        return getattr(value, given[0])
    if what == "item":
        return value[given[0]]
    if what == "length":
        return len(value)
    first = list[Any]()
    for item in value:  # it may have no end
        first.append(item)
        if len(first) > LONGEST // 100:
            break
    return first
