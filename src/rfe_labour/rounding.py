"""What a printed number leaves open: decimals, rounding interval, and ratios."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd
from data_package_guard.numbers import decimals as decimals
from data_package_guard.numbers import parse_number as parse_number

_HALF = Decimal("0.5")


@dataclass(frozen=True)
class Interval:
    """A closed interval of real numbers.

    Attributes
    ----------
    lower, upper : float
        The two ends, both included, in the unit of the printed number.

    Raises
    ------
    ValueError
        If an end is not a number or `lower` is greater than `upper`.
    """

    lower: float
    upper: float

    def __post_init__(self) -> None:
        """Refuse ends in the wrong order."""
        if not self.lower <= self.upper:
            msg = f"An interval needs lower <= upper, not {self.lower}, {self.upper}."
            raise ValueError(msg)

    @property
    def centre(self) -> float:
        """The midpoint of the two ends."""
        return (self.lower + self.upper) / 2


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

    Raises
    ------
    ValueError
        As `parse_number`.

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


def intervals(printed: pd.Series) -> pd.DataFrame:
    """Give the rounding interval of every cell of a column.

    Parameters
    ----------
    printed : pandas.Series of str, shape (n,)
        Numbers as `parse_number` reads them.

    Returns
    -------
    pandas.DataFrame, shape (n, 2)
        Columns ``lower`` and ``upper`` (float64), with the index of `printed`.

    Raises
    ------
    ValueError
        As `parse_number`, for the first cell that is no such number.
    """
    bounds = [interval(cell) for cell in printed]
    return pd.DataFrame(
        {
            "lower": [bound.lower for bound in bounds],
            "upper": [bound.upper for bound in bounds],
        },
        index=printed.index,
        dtype="float64",
    )


def divide(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    by_lower: npt.ArrayLike,
    by_upper: npt.ArrayLike,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Divide intervals of positive numbers, element by element.

    Parameters
    ----------
    lower, upper : array_like, shape (n,)
        Ends of the numerators.
    by_lower, by_upper : array_like, shape (n,)
        Ends of the denominators.

    Returns
    -------
    tuple of numpy.ndarray, each of shape (n,)
        Ends of the ratios: the smallest numerator by the largest denominator, and
        the largest by the smallest.

    Raises
    ------
    ValueError
        If an end is not positive, or the ends of an interval are in the wrong order.
    """
    a_lower, a_upper, b_lower, b_upper = _checked(lower, upper, by_lower, by_upper)
    if (a_lower <= 0).any() or (b_lower <= 0).any():
        msg = "Only intervals of positive numbers are divided; one reaches down to 0."
        raise ValueError(msg)
    return a_lower / b_upper, a_upper / b_lower


def compatible(
    a_lower: npt.ArrayLike,
    a_upper: npt.ArrayLike,
    b_lower: npt.ArrayLike,
    b_upper: npt.ArrayLike,
) -> npt.NDArray[np.bool_]:
    """Tell whether intervals have a value in common, element by element.

    Parameters
    ----------
    a_lower, a_upper, b_lower, b_upper : array_like, shape (n,)
        Ends of the two intervals to compare, all included.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
        True where some value lies in both.

    Raises
    ------
    ValueError
        If the ends of an interval are in the wrong order or not numbers.
    """
    a_low, a_high, b_low, b_high = _checked(a_lower, a_upper, b_lower, b_upper)
    return (a_low <= b_high) & (b_low <= a_high)


def _checked(
    a_lower: npt.ArrayLike,
    a_upper: npt.ArrayLike,
    b_lower: npt.ArrayLike,
    b_upper: npt.ArrayLike,
) -> tuple[npt.NDArray[np.float64], ...]:
    ends = tuple(
        np.asarray(end, dtype=np.float64)
        for end in (a_lower, a_upper, b_lower, b_upper)
    )
    if not ((ends[0] <= ends[1]).all() and (ends[2] <= ends[3]).all()):
        msg = "Every interval needs lower <= upper, and no missing end."
        raise ValueError(msg)
    return ends
