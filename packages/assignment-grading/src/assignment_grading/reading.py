"""Read an answer in whatever form it was given, and judge it.

The tests of a master import what they need of this module, visible and hidden tests
alike, so that what a visible test takes no hidden one refuses for its form.
`masters.prepare` writes the source of what they import into the tests: they run where
this package is not installed, in students' notebooks and on Gradescope.

Answers come as values alone, from another process: nothing here asks whether two
objects are the same one. Everything that is wrong ends in an `AssertionError` whose
message is a sentence of one line, since that is what the student reads.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

# Kinds that cross to the process of the hidden tests: a test takes no others.
_REAL = (int, float, Fraction, Decimal, np.integer, np.floating)
_COMPLEX = (complex, np.complexfloating)


def given(answer: Any, name: str) -> None:
    """Assert that there is an answer: neither ``...`` nor ``None``."""
    told = (
        f"{name} has no value yet: replace the ... by your answer, and keep the name "
        f"{name}."
    )
    assert answer is not None, told
    assert answer is not ..., told


def number(answer: Any, name: str) -> float:
    """Read one number.

    Whole numbers, floats, `Decimal`, `Fraction`, those of numpy, and anything that
    holds exactly one of them.
    """
    given(answer, name)
    return _number(_only(answer), name, "one number")


def whole(answer: Any, name: str) -> int:
    """Read one whole number, such as 3, 3.0 or ``Decimal(3)``."""
    value = number(answer, name)
    assert abs(value - round(value)) < 1e-6, f"{name} should be a whole number."
    return round(value)


def numbers(answer: Any, name: str, count: int) -> list[float]:
    """Read some numbers in their order: a list, tuple, array, Series or Index."""
    given(answer, name)
    wanted = f"{count} numbers, for example in a tuple"
    elements = _elements(answer, name, wanted)
    assert len(elements) == count, f"{name} should be {wanted}."
    return [_number(_only(it), name, wanted) for it in elements]


def truths(answer: Any, name: str, count: int) -> list[bool]:
    """Read some truth values in their order; 1 and 0 do as well."""
    given(answer, name)
    wanted = f"a list of {count} truth values, each True or False"
    elements = [_only(it) for it in _elements(answer, name, wanted)]
    assert len(elements) == count, f"{name} should be {wanted}."
    for it in elements:
        given(it, name)
        fine = isinstance(it, (bool, np.bool_, *_REAL)) and it in (0, 1)
        assert fine, f"{name} should be {wanted}."
    return [bool(it) for it in elements]


def year(answer: Any, name: str) -> int:
    """Read one year: a number, a text of four digits, a Period or a date."""
    given(answer, name)
    found = _year(_only(answer))
    assert found is not None, f"{name} should be a year, such as 2001."
    return found


def years(answer: Any, name: str) -> list[int]:
    """Read some years: a list, tuple, set, array, Series or Index of them, or one.

    Returns
    -------
    list of int
        In ascending order, each once.
    """
    given(answer, name)
    if _year(answer) is not None:
        return [year(answer, name)]
    wanted = "a list of years, such as [1999, 2001]"
    if isinstance(answer, set | frozenset):
        answer = list(answer)
    found = [_year(_only(it)) for it in _elements(answer, name, wanted)]
    assert None not in found, f"{name} should be {wanted}."
    return sorted({it for it in found if it is not None})


def series(answer: Any, name: str, labels: Iterable[int]) -> pd.Series[float]:
    """Read one number for each year.

    Parameters
    ----------
    answer : Any
        A Series or a table of one column, whose index are the years as numbers, texts,
        Periods or dates; a dict by year; or a list, tuple or array in their order.
    name : str
        What the answer is called.
    labels : iterable of int
        The years that are asked for.

    Returns
    -------
    Series of float
        In the order of `labels`.
    """
    given(answer, name)
    asked = [int(it) for it in labels]
    found = _by_label(_column(answer, name), name, asked)
    dated = {_year(label): value for label, value in found}
    assert len(dated) == len(found), f"{name} has a year more than once."
    wanted = f"{name} should have one number for each year from {asked[0]} to "
    wanted += f"{asked[-1]}"
    absent = [str(it) for it in asked if it not in dated]
    assert not absent, f"{wanted}. There is none for {', '.join(absent[:3])}."
    # A row without a number, such as `diff` leaves at the start, is no answer.
    more = [str(it) for it in dated if it not in asked and not _missing(dated[it])]
    assert not more, f"{wanted}. There is one for {', '.join(more[:3])}, too."
    values = [_number(_only(dated[it]), f"{name} in {it}", "a number") for it in asked]
    return pd.Series(values, index=asked, dtype=float)


def frame(
    answer: Any, name: str, columns: Sequence[str], labels: Iterable[int]
) -> pd.DataFrame:
    """Read some columns, each of which has one number for each year.

    A DataFrame, either way up, or a dict of what `series` reads. Its other columns are
    left out.
    """
    given(answer, name)
    wanted = f"{name} should be a DataFrame with the columns {', '.join(columns)}."
    assert isinstance(answer, pd.DataFrame | dict), wanted
    if isinstance(answer, pd.DataFrame):
        answer = _indexed(answer)
        if set(columns) <= {str(it).strip() for it in answer.index}:
            answer = answer.T
    held = {str(it).strip(): answer[it] for it in answer}
    absent = [it for it in columns if it not in held]
    assert not absent, f"{wanted} There is no {', '.join(absent)}."
    asked = [int(it) for it in labels]
    read = {it: series(held[it], f"{name}, column {it},", asked) for it in columns}
    return pd.DataFrame(read)


def called(function: Any, name: str, *arguments: Any) -> Any:
    """Call a function that the student wrote, and return what it returns."""
    given(function, name)
    assert callable(function), f"{name} should be a function."
    call = f"{name}({', '.join(map(repr, arguments))})"
    if len(call) > 60:
        call = name
    try:
        found = function(*arguments)
    except Exception as error:
        said = f"{type(error).__name__}: {error}".partition("\n")[0]
        msg = f"{call} ends in an error ({said})."
        raise AssertionError(msg) from None
    told = f"{call} returns nothing yet: replace the ... and end with `return`."
    assert found is not None, told
    assert found is not ..., told
    return found


def own(read: Callable[..., Any], answer: Any, *more: Any) -> Any:
    """Read an earlier answer on which this one may rest; None if it cannot be read."""
    try:
        return read(answer, "it", *more)
    except Exception:
        # That question's own tests say what is wrong with it.
        return None


def within(found: Any, low: Any, high: Any) -> Any:
    """Return what was found if all of it lies between two bounds, and None if not.

    It keeps an earlier answer from being taken as a basis if it is nonsense, as are
    many numbers that are all the same.
    """
    if found is None:
        return None
    values = np.asarray(found, dtype=float)
    varied = values.size < 4 or len(np.unique(values)) > 2
    return found if varied and np.all((low <= values) & (values <= high)) else None


def judge(
    found: Any,
    right: Any,
    otherwise: str,
    *,
    slips: Mapping[str, Any] | None = None,
    tolerance: float = 1e-4,
) -> None:
    """Assert that a number, or each of some numbers, is right.

    Parameters
    ----------
    found : float, sequence of float, or Series
        What was read of the answer.
    right : like `found`, or list of these
        The right answer. In a list any will do: that of the data, and that which
        follows from the student's own earlier answer. None among them is left out.
    otherwise : str
        The sentence for an answer that is wrong in an unknown way.
    slips : mapping of str to Any, optional
        For the sentence that names a slip, the answer that it gives, or a list of
        these. A right answer is right, whatever the slips.
    tolerance : float
        How far from right is right. A number of at most five decimals, or of four
        digits, that is not exact was rounded: it does not pass where that happens to
        change little.

    Raises
    ------
    AssertionError
        With the sentence of the slip. A rounded answer, a turned sign, and per cents,
        fractions and thousands in place of each other are named without being listed.
    """
    answers = [
        _Comparison(found, it, tolerance)
        for it in _several(right)
        if it is not None and np.shape(it) == np.shape(found)
    ]
    if any(it.right.all() for it in answers):
        return
    # In some data a slip gives the right answer: then it is not what went wrong.
    shown = [
        (sentence, wrong)
        for sentence, given in (slips or {}).items()
        for wrong in _several(given)
        if not any(_near(wrong, it.answer, tolerance) for it in answers)
    ]
    _name_slip(found, shown, tolerance / 100, 0)
    right_so_far = "Do not round: the digits given are right, but more are needed."
    assert not any((it.right | it.rounded).all() for it in answers), right_so_far
    _name_slip(found, shown, tolerance / 2, 1e-3)
    for it in answers:
        it.name_scale()
    where = answers[0].where() if answers else ""
    raise AssertionError(otherwise + where)


class _Comparison:
    """What was found beside one answer, number by number."""

    def __init__(self, found: Any, answer: Any, tolerance: float) -> None:
        self.labels = list(found.index) if isinstance(found, pd.Series) else []
        self.found = np.atleast_1d(np.asarray(found, dtype=float))
        self.answer = np.atleast_1d(np.asarray(answer, dtype=float))
        self.tolerance = tolerance
        off = np.abs(self.found - self.answer)
        size = np.abs(self.answer)
        exact = off <= 1e-12 * np.maximum(1, size)
        self.rounded = np.zeros(off.shape, dtype=bool)
        for decimals in range(-3, 9):
            unit = 10.0**-decimals
            many = np.abs(self.found / unit)
            few_digits = (decimals < 6) | (many < 10_000)
            multiple = np.abs(many - np.round(many)) < 1e-9 + 1e-15 * many
            cut_off = (np.abs(self.found) < size) & (off < unit)
            close = ((off <= 0.500001 * unit) | cut_off) & (off <= size / 2)
            self.rounded |= few_digits & multiple & close & ~exact
        self.right = exact | (off <= tolerance) & ~self.rounded

    def name_scale(self) -> None:
        """Name a slip that any number invites, if it is in all that is off."""
        found, answer = self.found[~self.right], self.answer[~self.right]
        for factor, sentence in (
            (-1, "The sign is turned: this is the right number with the other sign."),
            (100, "This is 100 times too large: per cent where a fraction is asked?"),
            (0.01, "This is 100 times too small: a fraction where per cent is asked?"),
            (1000, "This is 1,000 times too large: look for a lost unit."),
            (0.001, "This is 1,000 times too small: a comma divides thousands."),
        ):
            slack = 0.4 * self.tolerance * min(1, abs(factor))
            close = _near(found, factor * answer, slack, 1e-3)
            assert not (close and np.any(np.abs(answer) > self.tolerance)), sentence

    def where(self) -> str:
        """Name the first years that are off, if others are not."""
        off = [
            it for it, right in zip(self.labels, self.right, strict=False) if not right
        ]
        if not off or len(off) == len(self.labels):
            return ""
        return f" It is off in {', '.join(map(str, off[:3]))}."


def _name_slip(
    found: Any, slips: Iterable[tuple[str, Any]], tolerance: float, relative: float
) -> None:
    for sentence, wrong in slips:
        assert not _near(found, wrong, tolerance, relative), sentence


def _several(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _near(found: Any, right: Any, tolerance: float, relative: float = 0) -> bool:
    one, other = (np.atleast_1d(np.asarray(it, dtype=float)) for it in (found, right))
    if one.shape != other.shape or not np.all(np.isfinite(other)):
        return False
    return bool(np.all(np.abs(one - other) <= tolerance + relative * np.abs(other)))


def _number(value: Any, name: str, wanted: str) -> float:
    given(value, name)
    text = f"{name} should be {wanted}, not a text: leave out the quotation marks."
    assert not isinstance(value, str | bytes), text
    truth = f"{name} should be {wanted}, not a truth value."
    assert not isinstance(value, bool | np.bool_), truth
    assert not _missing(value), f"{name} should be {wanted}, but it is missing (NaN)."
    told = f"{name} should be {wanted}."
    if isinstance(value, _COMPLEX):
        assert value.imag == 0, told
        value = value.real
    assert isinstance(value, _REAL), told
    try:
        read = float(value)
    except (ArithmeticError, ValueError):
        raise AssertionError(told) from None
    assert math.isfinite(read), f"{name} should be {wanted}, but it is infinite."
    return read


def _missing(value: Any) -> bool:
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, (float, np.floating, *_COMPLEX)):
        return bool(value != value)
    return value is None or value is pd.NA or value is pd.NaT


def _only(answer: Any) -> Any:
    """Take the only element out of what holds one, such as an array of no dimension."""
    for _ in range(3):
        if isinstance(answer, pd.Series | pd.DataFrame | pd.Index | np.ndarray):
            held = list(np.asarray(answer, dtype=object).ravel())
        elif isinstance(answer, list | tuple | set | frozenset):
            held = list(answer)
        else:
            break
        if len(held) != 1:
            break
        answer = held[0]
    return answer


def _elements(answer: Any, name: str, wanted: str) -> list[Any]:
    """List what stands in an order."""
    ordered = (list, tuple, range, np.ndarray, pd.Series, pd.Index, pd.DataFrame)
    kind = isinstance(answer, (*ordered, pd.api.extensions.ExtensionArray))
    assert kind, f"{name} should be {wanted}, not of the type {type(answer).__name__}."
    if isinstance(answer, pd.DataFrame | np.ndarray):
        shape = answer.shape
        flat = f"{name} should be {wanted}, not a table."
        assert len(shape) < 2 or shape[0] == 1 or shape[1] == 1 or 0 in shape, flat
        return list(np.asarray(answer, dtype=object).ravel())
    return list(answer)


def _year(label: Any) -> int | None:
    """Read a label as a year; None if it is none."""
    if isinstance(label, str):
        read = re.fullmatch(r"(\d{4})(\.0*|-\d\d?-\d\d?.*)?", label.strip())
        return int(read[1]) if read else None
    if isinstance(label, np.datetime64):
        label = pd.Timestamp(label)
    value: Any = label
    if not isinstance(label, _REAL):
        value = getattr(label, "year", None)
    number = isinstance(value, _REAL)
    if isinstance(label, bool | np.bool_) or not number or _missing(value):
        return None
    return int(value) if 1800 <= value <= 2200 and value == int(value) else None


def _indexed(frame: pd.DataFrame) -> pd.DataFrame:
    """Put a column of years into the index."""
    for head in frame.columns:
        if str(head).strip().lower() in ("year", "years") and len(frame.columns) > 1:
            return frame.set_index(head)
    return frame


def _column(answer: Any, name: str) -> Any:
    """Take the one column, or the column of this name, out of a table."""
    if not isinstance(answer, pd.DataFrame):
        return answer
    answer = _indexed(answer)
    if name in answer.columns:
        answer = answer[[name]]
    if answer.shape[1] > 1 and answer.shape[0] == 1:
        answer = answer.T
    told = f"{name} should be a Series indexed by year, not a table of several columns."
    assert answer.shape[1] == 1, told
    return answer.iloc[:, 0]


def _by_label(answer: Any, name: str, asked: Sequence[int]) -> list[tuple[Any, Any]]:
    """List the values with their labels, or with the years if they have none."""
    wanted = f"a Series indexed by year, from {asked[0]} to {asked[-1]}"
    if isinstance(answer, dict):
        answer = pd.Series(list(answer.values()), index=list(answer), dtype=object)
    if isinstance(answer, pd.Series):
        labels, values = list(answer.index), list(answer)
        if all(_year(it) is not None for it in labels):
            return list(zip(labels, values, strict=True))
    elif isinstance(answer, np.ndarray) and answer.ndim == 2 and answer.shape[1] == 2:
        values = [tuple(pair) for pair in answer.tolist()]
    else:
        values = _elements(answer, name, wanted)
    pairs = [tuple(it) for it in values if isinstance(it, list | tuple)]
    if values and len(pairs) == len(values) and {len(it) for it in pairs} == {2}:
        return pairs if all(_year(it[0]) is not None for it in pairs) else []
    told = f"{name} should be {wanted}: {len(asked)} numbers, but it has {len(values)}."
    assert len(values) == len(asked), told
    return list(zip(asked, values, strict=True))
