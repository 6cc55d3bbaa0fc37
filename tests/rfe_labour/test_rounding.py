"""What a printed number leaves open."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfe_labour import rounding
from rfe_labour.rounding import Interval

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


def test_a_column_of_cells_gives_a_frame_with_the_same_index() -> None:
    printed = pd.Series(["72", "71.7"], index=[1995, 2000])
    expected = pd.DataFrame(
        {"lower": [71.5, 71.65], "upper": [72.5, 71.75]}, index=[1995, 2000]
    )
    pd.testing.assert_frame_equal(rounding.intervals(printed), expected)


@given(a=bounds, b=bounds, at=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_ratio_of_members_lies_in_the_ratio_of_intervals(
    a: list[float], b: list[float], at: tuple[float, float]
) -> None:
    x = np.clip(a[0] + at[0] * (a[1] - a[0]), *a)
    y = np.clip(b[0] + at[1] * (b[1] - b[0]), *b)
    lower, upper = rounding.divide(*a, *b)
    assert lower <= x / y <= upper


def test_a_ratio_takes_its_ends_from_opposite_ends() -> None:
    lower, upper = rounding.divide([10, 6], [20, 6], [2, 3], [5, 3])
    assert lower.tolist() == [2, 2]
    assert upper.tolist() == [10, 2]


@pytest.mark.parametrize(
    "ends", [(0, 1, 1, 2), (1, 2, 0, 1), (-2, -1, 1, 2), (1, 2, -2, -1)]
)
def test_intervals_that_reach_zero_are_not_divided(ends: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="positive"):
        rounding.divide(*ends)


@pytest.mark.parametrize("ends", [(2, 1, 1, 2), (1, 2, 2, 1), (1, float("nan"), 1, 2)])
def test_intervals_with_ends_in_the_wrong_order_are_refused(
    ends: tuple[float, ...],
) -> None:
    for function in (rounding.divide, rounding.compatible):
        with pytest.raises(ValueError, match="lower <= upper"):
            function(*ends)
    with pytest.raises(ValueError, match="lower <= upper"):
        Interval(2, 1)


def test_intervals_are_compatible_when_they_share_as_little_as_an_end() -> None:
    found = rounding.compatible([0, 0, 0, 5], [1, 1, 9, 6], [1, 2, 3, 0], [2, 3, 4, 4])
    assert found.tolist() == [True, False, True, False]


@given(a=bounds, b=bounds)
def test_compatible_is_the_same_in_both_orders(a: list[float], b: list[float]) -> None:
    common = max(a[0], b[0]) <= min(a[1], b[1])
    assert rounding.compatible(*a, *b) == rounding.compatible(*b, *a) == common
