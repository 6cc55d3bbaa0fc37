"""What a printed number leaves open, and arithmetic with such intervals.

Whoever reads a printed number refuses, with a ValueError, what `parse_number` refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, Self, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from data_package_guard.numbers import decimals as decimals
from data_package_guard.numbers import parse_number as parse_number

Floats = npt.NDArray[np.float64]
Ends = TypeVar("Ends", float, Floats)

_HALF = Decimal("0.5")


@dataclass(frozen=True)
class _Bounds(Generic[Ends]):
    """The arithmetic that `Interval` and `Intervals` share.

    Every operation gives the smallest interval that holds all results. The other
    operand is an interval too, or an exact number.
    """

    lower: Ends
    upper: Ends

    def __post_init__(self) -> None:
        """Refuse ends in the wrong order."""
        if not np.all(np.less_equal(self.lower, self.upper)):
            msg = f"An interval needs lower <= upper, not {self.lower}, {self.upper}."
            raise ValueError(msg)

    @classmethod
    def exact(cls, value: Ends) -> Self:
        """Give the interval that holds one value alone."""
        return cls(value, value)

    @property
    def centre(self) -> Ends:
        """The midpoint of the two ends."""
        return (self.lower + self.upper) / 2

    def overlaps(self, other: _Bounds[Any]) -> npt.NDArray[np.bool_]:
        """Tell whether the two have a value in common, be it an end."""
        return np.asarray(
            (self.lower <= other.upper) & (other.lower <= self.upper), dtype=np.bool_
        )

    def map(self, increasing: Callable[[Ends], Ends]) -> Self:
        """Apply a function that never decreases, such as `numpy.log`."""
        return type(self)(increasing(self.lower), increasing(self.upper))

    def __add__(self, other: Any) -> Self:
        lower, upper = _ends(other)
        return type(self)(self.lower + lower, self.upper + upper)

    def __sub__(self, other: Any) -> Self:
        lower, upper = _ends(other)
        return type(self)(self.lower - upper, self.upper - lower)

    def __mul__(self, other: Any) -> Self:
        lower, upper = _ends(other)
        if np.any(np.less(self.lower, 0)) or np.any(np.less(lower, 0)):
            msg = "Only intervals of numbers that are not negative are multiplied."
            raise ValueError(msg)
        return type(self)(self.lower * lower, self.upper * upper)

    def __truediv__(self, other: Any) -> Self:
        lower, upper = _ends(other)
        open_to_sign = np.less(lower, upper) & np.less_equal(self.lower, 0)
        if np.any(np.less_equal(lower, 0) | open_to_sign):
            msg = (
                "Only intervals of positive numbers are divided; one reaches down to 0."
            )
            raise ValueError(msg)
        return type(self)(self.lower / upper, self.upper / lower)


def _ends(operand: Any) -> tuple[Any, Any]:
    if isinstance(operand, _Bounds):
        return operand.lower, operand.upper
    return operand, operand


@dataclass(frozen=True)
class Interval(_Bounds[float]):
    """A closed interval of real numbers.

    Attributes
    ----------
    lower, upper : float
        The two ends, both included, in the unit of the printed number.

    Raises
    ------
    ValueError
        If an end is not a number or `lower` is greater than `upper`; if a factor
        reaches below 0; if a divisor reaches 0, or a dividend does and the divisor is
        not exact.
    """


@dataclass(frozen=True, eq=False)
class Intervals(_Bounds[Floats]):
    """One closed interval for each row of a table.

    Attributes
    ----------
    lower, upper : numpy.ndarray of float64, shape (n,)
        The two ends of each.

    Raises
    ------
    ValueError
        As `Interval`, if that holds for any row.
    """

    @classmethod
    def of(cls, table: pd.DataFrame, name: str) -> Self:
        """Read the columns ``<name>_lower`` and ``<name>_upper``."""
        lower, upper = (table[f"{name}_{end}"] for end in ("lower", "upper"))
        return cls(lower.to_numpy(np.float64), upper.to_numpy(np.float64))

    @classmethod
    def each(cls, parts: Iterable[Interval]) -> Self:
        """Set intervals below each other."""
        ends = np.array([(part.lower, part.upper) for part in parts], dtype=np.float64)
        return cls(*ends.reshape(-1, 2).T)

    def columns(self, name: str) -> dict[str, Floats]:
        """Write the columns that `of` reads."""
        return {f"{name}_lower": self.lower, f"{name}_upper": self.upper}

    def __getitem__(self, rows: Any) -> Self:
        return type(self)(self.lower[rows], self.upper[rows])


def interval(printed: str) -> Interval:
    r"""Give every value that would be printed like this.

    Parameters
    ----------
    printed : str
        A number as `parse_number` reads it.

    Returns
    -------
    Interval
        The ends in the unit of the number, each the float nearest to the exact end.

    Notes
    -----
    A value s printed with d decimals lies in
    :math:`[s - \tfrac12 10^{-d},\; s + \tfrac12 10^{-d}]`. The ends are found in
    decimal arithmetic and converted once. Both ends are included, because a tie may
    have been rounded either way.
    """
    return _around(parse_number(printed), -decimals(printed))


def approximate_interval(printed: str) -> Interval:
    """Give every value that a round figure ("about 200") may stand for.

    Parameters
    ----------
    printed : str
        A number as `parse_number` reads it, and not zero.

    Returns
    -------
    Interval
        The figure plus or minus half a unit of its last significant digit: zeros
        that end a whole number do not count, so 200 gives 150 to 250.

    Raises
    ------
    ValueError
        As `parse_number`, and if the number is zero, which has no such digit.
    """
    value = parse_number(printed)
    if value == 0:
        msg = f"{printed!r} has no significant digit to round at."
        raise ValueError(msg)
    trailing_zeros = int(value.normalize().as_tuple().exponent)
    return _around(value, -decimals(printed) if decimals(printed) else trailing_zeros)


def _around(value: Decimal, exponent: int) -> Interval:
    half_unit = _HALF.scaleb(exponent)
    return Interval(float(value - half_unit), float(value + half_unit))


def intervals(printed: pd.Series) -> Intervals:
    """Give the rounding interval of every cell of a column, as `interval` does."""
    return Intervals.each(map(interval, printed))
