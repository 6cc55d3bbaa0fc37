"""What a printed number leaves open."""

import math
import operator
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfe_labour import rounding
from rfe_labour.rounding import Interval, Intervals

positive = st.floats(min_value=1e-3, max_value=1e6)
bounds = st.tuples(positive, positive).map(sorted)


@pytest.mark.parametrize(
    "garbled",
    [
        *("", " ", "-5", "+5", "1,77", "1,7790", ",779", "5.", ".5", "1.2.3", "5 "),
        *("5%", "nan", "inf", "1e3", "１２", "5\n"),
    ],
)
def test_what_is_no_printed_number_is_refused(garbled: str) -> None:
    for function in (rounding.interval, rounding.approximate_interval):
        with pytest.raises(ValueError, match="is not a printed number"):
            function(garbled)


@pytest.mark.parametrize(
    ("printed", "lower", "upper"),
    [("5", 4.5, 5.5), ("14.0", 13.95, 14.05), ("0.7", 0.65, 0.75), ("72", 71.5, 72.5)],
)
def test_the_interval_is_half_a_unit_of_the_last_decimal_each_way(
    printed: str, lower: float, upper: float
) -> None:
    assert rounding.interval(printed) == Interval(lower, upper)


@pytest.mark.parametrize(
    ("printed", "lower", "upper"),
    [
        ("200", 150, 250),
        ("4,000", 3500, 4500),
        ("12,500", 12_450, 12_550),
        ("1.50", 1.495, 1.505),
        ("7", 6.5, 7.5),
    ],
)
def test_a_round_figure_is_open_by_half_its_last_significant_digit(
    printed: str, lower: float, upper: float
) -> None:
    assert rounding.approximate_interval(printed) == Interval(lower, upper)


def test_zero_is_refused_as_a_round_figure() -> None:
    with pytest.raises(ValueError, match="no significant digit"):
        rounding.approximate_interval("0")


@given(
    truth=st.decimals(min_value=0, max_value=10**6, places=6),
    places=st.integers(min_value=0, max_value=4),
    rule=st.sampled_from([ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_HALF_DOWN]),
)
def test_the_interval_holds_the_truth_whichever_way_ties_were_rounded(
    truth: Decimal, places: int, rule: str
) -> None:
    printed = f"{truth.quantize(Decimal(1).scaleb(-places), rounding=rule):,}"
    found = rounding.interval(printed)
    assert found.lower <= float(truth) <= found.upper
    assert found.upper - found.lower == pytest.approx(10.0**-places)


def test_a_column_of_cells_gives_an_interval_for_each() -> None:
    found = rounding.intervals(pd.Series(["72", "71.7"], index=[1995, 2000]))
    assert found.lower.tolist() == [71.5, 71.65]
    assert found.upper.tolist() == [72.5, 71.75]
    assert rounding.intervals(pd.Series([], dtype="str")).lower.tolist() == []


def test_the_intervals_of_a_table_are_read_as_they_are_written() -> None:
    table = pd.DataFrame(many([1, 2], [3, 4]).columns("share"), index=[1995, 2000])
    assert table.columns.tolist() == ["share_lower", "share_upper"]
    later = Intervals.of(table, "share")[1:]
    assert (later.lower.tolist(), later.upper.tolist()) == ([2], [4])


def many(lower: Sequence[float], upper: Sequence[float]) -> Intervals:
    return Intervals(np.array(lower, dtype=float), np.array(upper, dtype=float))


def member(interval: Interval, at: float) -> float:
    inside = interval.lower + at * (interval.upper - interval.lower)
    return float(np.clip(inside, interval.lower, interval.upper))


@pytest.mark.parametrize(
    "operation", [operator.add, operator.sub, operator.mul, operator.truediv]
)
@given(a=bounds, b=bounds, at=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_what_members_give_lies_in_what_their_intervals_give(
    operation: Callable[[Any, Any], Any],
    a: list[float],
    b: list[float],
    at: tuple[float, float],
) -> None:
    one, other = Interval(*a), Interval(*b)
    found = operation(one, other)
    assert found.lower <= operation(member(one, at[0]), member(other, at[1]))
    assert operation(member(one, at[0]), member(other, at[1])) <= found.upper
    column = operation(many(a[:1], a[1:]), other)
    assert (column.lower[0], column.upper[0]) == (found.lower, found.upper)


def test_each_operation_takes_its_ends_from_the_right_ends() -> None:
    one, other = many([10, 6], [20, 6]), many([2, 3], [5, 3])
    for found, lower, upper in (
        (one + other, [12, 9], [25, 9]),
        (one - other, [5, 3], [18, 3]),
        (one * other, [20, 18], [100, 18]),
        (one / other, [2, 2], [10, 2]),
        (one / 2, [5, 3], [10, 3]),
    ):
        assert (found.lower.tolist(), found.upper.tolist()) == (lower, upper)
    assert one.centre.tolist() == [15, 6]
    assert Interval.exact(3) - Interval(1, 2) == Interval(1, 2)
    assert Interval(-4, 6) / 2 == Interval(-2, 3)
    assert Interval(1, 4).map(math.sqrt) == Interval(1, 2)
    with pytest.raises(ValueError, match="lower <= upper"):
        Interval(1, 4).map(operator.neg)


@pytest.mark.parametrize(
    "ends", [(0, 1, 1, 2), (1, 2, 0, 1), (-2, -1, 1, 2), (1, 2, -2, -1)]
)
def test_intervals_that_reach_zero_are_not_divided(ends: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="positive"):
        _ = Interval(*ends[:2]) / Interval(*ends[2:])
    with pytest.raises(ValueError, match="positive"):
        _ = many([1, ends[0]], [1, ends[1]]) / Interval(*ends[2:])


def test_intervals_of_negative_numbers_are_not_multiplied() -> None:
    for one, other in (((-1, 2), (1, 2)), ((1, 2), (-1, 2))):
        with pytest.raises(ValueError, match="not negative"):
            _ = Interval(*one) * Interval(*other)


@pytest.mark.parametrize("ends", [(2, 1), (1, float("nan")), (float("nan"), 1)])
def test_an_interval_with_ends_in_the_wrong_order_is_refused(
    ends: tuple[float, float],
) -> None:
    with pytest.raises(ValueError, match="lower <= upper"):
        Interval(*ends)
    with pytest.raises(ValueError, match="lower <= upper"):
        many([1, ends[0]], [1, ends[1]])


def test_intervals_overlap_when_they_share_as_little_as_an_end() -> None:
    found = many([0, 0, 0, 5], [1, 1, 9, 6]).overlaps(many([1, 2, 3, 0], [2, 3, 4, 4]))
    assert found.tolist() == [True, False, True, False]


@given(a=bounds, b=bounds)
def test_overlapping_is_the_same_in_both_orders_and_as_pandas_has_it(
    a: list[float], b: list[float]
) -> None:
    by_pandas = pd.Interval(*a, closed="both").overlaps(pd.Interval(*b, closed="both"))
    assert Interval(*a).overlaps(Interval(*b)) == by_pandas
    assert Interval(*b).overlaps(Interval(*a)) == by_pandas
