"""An answer in any form is read as what it means, or refused in one sentence."""

from __future__ import annotations

import datetime
from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from assignment_grading import reading

YEARS = range(1999, 2003)
VALUES = [4.0, 2.5, 3.0, 7.0]
MASKED = pd.array([4.0, 2.5, 3.0, 7.0], dtype="Float64")


@pytest.mark.parametrize(
    "answer",
    [
        5, 5.0, Decimal(5), Fraction(10, 2), 5 + 0j, np.int8(5), np.uint64(5),
        np.float16(5), np.float32(5), np.longdouble(5), np.complex128(5),
        np.array(5), np.array([5]), np.array([[5.0]]),
        np.array(Decimal(5), dtype=object),
        [5], (5.0,), {5}, [[5]], pd.Series([5]), pd.Series([5], dtype="Int64"),
        pd.Series(5.0, index=["a"]), pd.DataFrame({"x": [5]}), pd.Index([5]),
        pd.array([5], dtype="Int64")[0],
    ],
)  # fmt: skip
def test_a_number_is_read_in_any_form(answer: Any) -> None:
    assert reading.number(answer, "x") == 5
    assert reading.whole(answer, "x") == 5


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (..., "x has no value yet: replace the ... by your answer"),
        (None, "x has no value yet"),
        ([...], "x has no value yet"),
        ("5", "not a text: leave out the quotation marks"),
        (True, "not a truth value"),
        (np.bool_(True), "not a truth value"),
        (float("nan"), "is missing"),
        (pd.NA, "is missing"),
        (pd.NaT, "is missing"),
        (Decimal("NaN"), "is missing"),
        (Decimal("sNaN"), "is missing"),
        (float("inf"), "infinite"),
        (10**400, "one number"),
        (5 + 1j, "one number"),
        ([1, 2], "one number"),
        ([], "one number"),
        ({"a": 5}, "one number"),
        (pd.Timestamp("2001-01-01"), "one number"),
        (pd.Series([1.0, 2.0]), "one number"),
        (lambda: 5, "one number"),
        (object(), "one number"),
    ],
)
def test_what_is_no_number_is_refused_in_one_sentence(answer: Any, told: str) -> None:
    with pytest.raises(AssertionError) as refused:
        reading.number(answer, "x")
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(AssertionError, match="one number"):
        reading.number(endless, "x")


@pytest.mark.parametrize(
    "answer",
    [
        pd.Series(VALUES, index=YEARS),
        pd.Series(VALUES, index=YEARS)[::-1],
        pd.Series(VALUES, index=[str(it) for it in YEARS]),
        pd.Series(VALUES, index=[float(it) for it in YEARS]),
        pd.Series(VALUES, index=pd.period_range("1999", "2002", freq="Y")),
        pd.Series(VALUES, index=pd.to_datetime([f"{it}-12-31" for it in YEARS])),
        pd.Series(VALUES, index=[datetime.date(it, 1, 1) for it in YEARS]),
        pd.Series(VALUES, index=pd.CategoricalIndex(YEARS)),
        pd.Series(VALUES, index=pd.Index(YEARS, dtype="Int64")),
        pd.Series(VALUES, index=pd.Index(map(str, YEARS), dtype="string")),
        pd.Series(VALUES),
        pd.Series(MASKED, index=YEARS),
        pd.Series([Decimal(str(it)) for it in VALUES], index=YEARS),
        pd.Series([Fraction(it) for it in VALUES], index=YEARS),
        pd.Series([np.float32(it) for it in VALUES], index=YEARS, dtype=object),
        pd.DataFrame({"any": VALUES}, index=YEARS),
        pd.DataFrame([VALUES], columns=YEARS),
        pd.DataFrame({"year": YEARS, "any": VALUES}),
        pd.DataFrame({"x": VALUES, "other": 1.0}, index=YEARS),
        dict(zip(YEARS, VALUES, strict=True)),
        {str(year): value for year, value in zip(YEARS, VALUES, strict=True)},
        OrderedDict(zip(reversed(YEARS), reversed(VALUES), strict=True)),
        VALUES, tuple(VALUES), np.array(VALUES), np.array([VALUES]).T, MASKED,
        pd.Index(VALUES), [np.array([it]) for it in VALUES],
        list(zip(YEARS, VALUES, strict=True)),
        np.array(list(zip(YEARS, VALUES, strict=True))),
        pd.Series([np.nan, *VALUES], index=range(1998, 2003)),
    ],
)  # fmt: skip
def test_a_series_by_year_is_read_in_any_form(answer: Any) -> None:
    read = reading.series(answer, "x", YEARS)
    assert list(read.index) == list(YEARS)
    assert list(read) == VALUES


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (..., "x has no value yet"),
        (pd.Series(["4"] * 4, index=YEARS), "x in 1999 should be a number, not a text"),
        (pd.Series([1.0, np.nan, 1, 1], index=YEARS), "x in 2000 .* is missing"),
        (pd.Series(MASKED, index=YEARS).where([True] * 3 + [False]), "x in 2002"),
        (pd.Series(VALUES[1:], index=YEARS[1:]), "There is none for 1999"),
        (pd.Series([1.0, *VALUES], index=range(1998, 2003)), "There is one for 1998"),
        (pd.Series(VALUES, index=[1999, 1999, 2000, 2001]), "a year more than once"),
        (pd.DataFrame({"a": VALUES, "b": VALUES}, index=YEARS), "several columns"),
        (VALUES[1:], "4 numbers, but it has 3"),
        (5, "not of the type int"),
        ("4 2.5 3 7", "not of the type str"),
        (set(VALUES), "not of the type set"),
        ((it for it in VALUES), "not of the type generator"),
        (np.zeros((2, 2, 2)), "not a table"),
        ([[1999, 1], [2000]], "4 numbers, but it has 2"),
    ],
)
def test_what_is_no_series_is_refused_in_one_sentence(answer: Any, told: str) -> None:
    with pytest.raises(AssertionError, match=told) as refused:
        reading.series(answer, "x", YEARS)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "answer",
    [
        [2001, 1999], (1999, 2001), {1999, 2001}, frozenset({2001, 1999}),
        range(1999, 2003, 2), np.array([1999, 2001]), np.array([1999.0, 2001.0]),
        np.array([[1999], [2001]]), pd.Index([1999, 2001]), pd.Series([2001, 1999]),
        pd.Series([1999, 2001], dtype="Int64"), ["1999", "2001"],
        pd.Series(["1999", "2001"], dtype="string"), [Decimal(1999), Fraction(2001)],
        [1999, 1999, 2001], pd.DataFrame({"year": [1999, 2001]}),
        pd.PeriodIndex(["1999", "2001"], freq="Y"),
        pd.to_datetime(["1999-01-01", "2001-01-01"]),
        [np.datetime64("1999"), np.datetime64("2001")], [[1999], [2001]],
    ],
)  # fmt: skip
def test_a_list_of_years_is_read_in_any_form(answer: Any) -> None:
    assert reading.years(answer, "x") == [1999, 2001]


@pytest.mark.parametrize("answer", [2001, 2001.0, "2001", [2001], np.int16(2001)])
def test_one_year_may_stand_alone(answer: Any) -> None:
    assert reading.years(answer, "x") == [2001]
    assert reading.year(answer, "x") == 2001


@pytest.mark.parametrize("answer", [[], set(), np.array([]), pd.Index([])])
def test_no_year_is_an_answer(answer: Any) -> None:
    assert reading.years(answer, "x") == []


@pytest.mark.parametrize(
    "answer",
    [
        [True, False], pd.Series([True, False], index=[1999, 2000]), [2001.5], 3,
        {2001: 1}, [1, 2], "1999, 2001", (it for it in [1999]), [np.nan], [pd.NA],
        pd.Series([1723.0], index=[2001]),
    ],
)  # fmt: skip
def test_what_is_no_list_of_years_is_refused(answer: Any) -> None:
    with pytest.raises(AssertionError, match=r"x should be a list of years"):
        reading.years(answer, "x")


@pytest.mark.parametrize(
    "answer",
    [
        [True, False], (1, 0), [1.0, 0.0], np.array([True, False]),
        np.array([[True], [False]]), pd.Series([True, False], index=["a", "b"]),
        pd.Series([True, False], dtype="boolean"), [np.bool_(True), 0],
        pd.array([True, False], dtype="boolean"), [Fraction(1), False],
    ],
)  # fmt: skip
def test_truth_values_are_read_in_any_form(answer: Any) -> None:
    assert reading.truths(answer, "x", 2) == [True, False]


@pytest.mark.parametrize(
    "answer", [..., [True], {True, False}, ["True", "False"], [2, 0], True, [True, ...],
               [True, pd.NA], [True, np.nan]]
)  # fmt: skip
def test_what_are_no_truth_values_is_refused(answer: Any) -> None:
    with pytest.raises(AssertionError, match=r"x (should be|has no value)"):
        reading.truths(answer, "x", 2)


def test_a_table_is_read_either_way_up_and_from_a_dict() -> None:
    right = pd.DataFrame({"a": VALUES, "b": VALUES[::-1]}, index=YEARS)
    forms = [
        right, right.T, right[["b", "a"]].assign(more="text"), right.to_dict("list"),
        right.to_dict(), right.reset_index(names="year"), right.astype("Float64"),
        right.set_index(right.index.astype(str)), right.reset_index(drop=True),
        dict(right), right.map(Decimal),
    ]  # fmt: skip
    for form in forms:
        read = reading.frame(form, "x", ["a", "b"], YEARS)
        pd.testing.assert_frame_equal(read, right, check_index_type=False)
    with pytest.raises(AssertionError, match="There is no b"):
        reading.frame(right[["a"]], "x", ["a", "b"], YEARS)


def test_a_function_is_called_and_may_be_any_callable() -> None:
    class Doubles:
        def __call__(self, value: float) -> list[float]:
            return [value, 2 * value]

    for function in (
        lambda it: (it, 2 * it),
        Doubles(),
        lambda it: np.array([it, 2 * it]),
    ):
        found = reading.called(function, "f", 3)
        assert reading.numbers(found, "f(3)", 2) == [3, 6]


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (..., "f has no value yet"),
        (3, "f should be a function"),
        (lambda _: None, "f.3. returns nothing yet"),
        (lambda _: ..., "f.3. returns nothing yet"),
        (lambda it: it / 0, "f.3. ends in an error .ZeroDivisionError: division"),
        (lambda: 1, "f.3. ends in an error .TypeError"),
    ],
)
def test_a_function_that_does_not_work_is_told_so(function: Any, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        reading.called(function, "f", 3)


def judged(found: Any, right: Any, **more: Any) -> str:
    try:
        reading.judge(found, right, "It is wrong.", **more)
    except AssertionError as error:
        return str(error)
    return ""


def test_a_right_number_is_right_whatever_the_slips() -> None:
    assert judged(0.3, 0.3, slips={"A slip.": 0.3}) == ""
    assert judged(0.3, [0.7, None, 0.3]) == ""


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (0.17, "Do not round"),
        (0.1705, "Do not round"),
        (0.1704, "Do not round"),  # cut off
        (-0.170484, "The sign is turned"),
        (17.0484, "100 times too large"),
        (0.00170484, "100 times too small"),
        (170.484, "1,000 times too large"),
        (0.000170484, "1,000 times too small"),
        (0.07404, "A slip"),
        (0.5, "It is wrong"),
        (0.0, "It is wrong"),
    ],
)
def test_a_slip_is_named(found: float, told: str) -> None:
    slips = {"A slip.": 0.170484 / np.log(10)}
    assert told in judged(found, 0.170484, slips=slips)


def test_a_rounded_number_never_passes_by_luck() -> None:
    for right in (0.1704836, 0.17000004, 0.17999996, 23.4500003):
        for decimals in (1, 2, 3, 4, 5):
            told = judged(round(right, decimals), right, tolerance=1e-3)
            assert "Do not round" in told
        assert judged(right + 1e-9, right, tolerance=1e-3) == ""
    assert judged(0.17, 0.17) == ""
    assert judged(float(np.float32(0.17)), 0.17) == ""


def test_a_slip_in_one_of_two_numbers_is_named() -> None:
    assert "Do not round" in judged([2.3, 0.52631], (2.3456, 0.52631))
    assert "sign is turned" in judged([-2.3456, 0.52631], (2.3456, 0.52631))


def test_the_years_that_are_off_are_named_if_others_are_not() -> None:
    right = pd.Series(VALUES, index=YEARS)
    assert judged(right.replace(3.0, 1.0), right) == "It is wrong. It is off in 2001."
    assert judged(right * 1.7, right) == "It is wrong."


def test_an_earlier_answer_that_makes_no_sense_is_no_basis() -> None:
    assert reading.own(reading.number, "no number") is None
    assert reading.own(reading.number, Decimal(3)) == 3
    assert reading.within(None, 0, 1) is None
    assert reading.within(2, 0, 1) is None
    assert reading.within([1.0, 2.0, 3.0, 4.0], 0, 5) == [1, 2, 3, 4]
    assert reading.within([1.0, 1.0, 1.0, 1.0], 0, 5) is None
