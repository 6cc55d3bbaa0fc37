"""All variants of the masters are fair: what is right is taken, what is not is named.

Here a spread of variants is tried. ``python -m tests.assignments.variants`` tries every
slip in every variant.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.assignments.alternatives import ALTERNATIVES, IMPORTS
from tests.assignments.slips import SLIPS, Slip
from tests.assignments.variants import MASTERS, Notebook, Result, failing, notebooks

NAMES = [path.stem for path in MASTERS]
ASKED = {
    "printed_tables": {
        "q1": ("workers", "total"),
        "q2": ("decimals",),
        "q3": ("interval",),
        "q4": ("implied", "foreign_lower", "foreign_upper"),
        "q5": ("width", "least_known", "times"),
        "q6": ("compatible",),
    },
    "trends": {
        "q1": ("falls", "steps"),
        "q2": ("log_slope", "percent_per_year"),
        "q3": ("sen_slope",),
        "q4": ("without", "raises_most", "lowers_most"),
        "q5": ("two_sided", "shuffled", "p_value"),
        "q6": ("alarms_0", "alarms_7"),
    },
    "shares": {
        "q1": ("odds", "log_odds"),
        "q2": ("d_workers", "d_share", "d_foreign"),
        "q3": ("parts", "foreign_led"),
        "q4": ("gap",),
        "q5": ("foreign_bounds", "d_foreign_lower", "d_foreign_upper"),
        "q6": ("at_old_share",),
    },
    "totals_and_claims": {
        "q1": ("coverage", "least_covered"),
        "q2": ("could_fill",),
        "q3": ("counterexamples", "mean_growth"),
        "q4": ("placements",),
        "q5": ("peak_years",),
        "q6": ("placements_left", "peak_years_left"),
    },
}
"""What each question asks for."""

QUESTIONS = [(name, question) for name in NAMES for question in ASKED[name]]


@cache
def spread(name: str) -> list[Notebook]:
    """Three variants, of each table, each first year and each seed at least one."""
    return notebooks(name, 1, 8)


def told(results: list[Result]) -> str:
    return " ".join(it.message for it in results if not it.passed)


@pytest.mark.parametrize("name", NAMES)
def test_the_spread_has_every_value_of_every_parameter(name: str) -> None:
    everything, tried = notebooks(name), spread(name)
    for place in range(3):
        parts = {it.variant.name.split("-")[place] for it in everything}
        assert {it.variant.name.split("-")[place] for it in tried} == parts


@pytest.mark.parametrize(
    ("number", "slip"), list(enumerate(SLIPS)), ids=[it.name for it in SLIPS]
)
def test_a_slip_costs_its_points_once_and_is_named(number: int, slip: Slip) -> None:
    tried = spread(slip.assignment)
    assert failing(tried[number % len(tried)], slip) == ""


@pytest.mark.parametrize("name", NAMES)
def test_at_least_eight_slips_are_planted_in_each_assignment(name: str) -> None:
    assert sum(it.assignment == name for it in SLIPS) >= 8
    assert {it for slip in SLIPS if slip.assignment == name for it in slip.lost} == set(
        ASKED[name]
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_right_answer_in_another_form_gets_full_marks(name: str) -> None:
    assert len(ALTERNATIVES[name]) >= 16
    for number, (question, code) in enumerate(ALTERNATIVES[name]):
        notebook = spread(name)[number % 3]
        answers = notebook.answers(after=IMPORTS + code)
        assert "last_error" not in answers, code
        assert told(notebook.question(question, answers)) == "", code


def with_labels(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def changed(value: Any) -> Any:
        copy = value.copy()
        copy.index = change(value.index)
        return copy

    return changed


FORMS: list[Callable[[Any], Any]] = [
    # Of numbers and years.
    lambda it: Decimal(str(it)),
    lambda it: Fraction(float(it)),
    lambda it: np.float32(it),
    lambda it: np.longdouble(it),
    lambda it: complex(it),
    lambda it: np.array(it),
    lambda it: np.array([it]),
    lambda it: np.array([[it]], dtype=object),
    lambda it: [it],
    lambda it: (it,),
    lambda it: {it},
    lambda it: pd.Series([it]),
    lambda it: pd.DataFrame({"it": [it]}),
    lambda it: pd.array([it], dtype="Float64")[0],
    lambda it: str(it),
    lambda it: f"{it:.6f}",
    lambda it: {"it": it},
    lambda it: pd.Period(str(it), freq="Y"),
    lambda it: pd.Timestamp(str(it)),
    lambda it: datetime.date(it, 12, 31),
    # Of what holds many.
    lambda it: list(it),
    lambda it: tuple(it),
    lambda it: set(it),
    lambda it: dict(enumerate(it)),
    lambda it: dict(it),
    lambda it: np.array(it),
    lambda it: np.array([it]),
    lambda it: np.array(it).reshape(-1, 1),
    lambda it: pd.Index(it),
    lambda it: pd.Series(it),
    lambda it: pd.Series(it, dtype="string"),
    lambda it: pd.DataFrame(it),
    lambda it: pd.DataFrame(it).T,
    lambda it: pd.array(it),
    lambda it: [str(one) for one in it],
    lambda it: [Decimal(str(one)) for one in it],
    lambda it: [np.array([one]) for one in it],
    lambda it: iter(it),
    lambda it: (one for one in it),
    lambda it: ", ".join(map(str, it)),
    # Of Series and tables.
    lambda it: it.to_frame(),
    lambda it: it.to_frame("another name"),
    lambda it: it.reset_index(),
    lambda it: it.reset_index(drop=True),
    lambda it: it.iloc[::-1],
    lambda it: it.T,
    lambda it: it.to_dict(),
    lambda it: it.to_dict("list"),
    lambda it: it.to_dict("index"),
    lambda it: it.to_numpy(),
    lambda it: it.to_numpy(dtype=object),
    lambda it: it.astype("Float64"),
    lambda it: it.astype("float32"),
    lambda it: it.astype(object),
    lambda it: it.astype(str),
    lambda it: it.astype("string"),
    lambda it: it.astype("category"),
    lambda it: it.map(lambda one: Fraction(float(one))),
    lambda it: list(it.items()),
    with_labels(lambda it: it.astype(str)),
    with_labels(lambda it: it.astype(float)),
    with_labels(lambda it: it.astype("Int64")),
    with_labels(lambda it: pd.PeriodIndex(it.astype(str), freq="Y")),
    with_labels(lambda it: pd.to_datetime(it.astype(str))),
    with_labels(lambda it: pd.CategoricalIndex(it)),
    with_labels(lambda it: pd.MultiIndex.from_product([["all"], it])),
    with_labels(lambda it: range(len(it))),
    with_labels(lambda it: [f"year {one}" for one in it]),
    # Of functions: of what they return.
    lambda it: lambda *given: list(it(*given)),
    lambda it: lambda *given: np.array(it(*given)),
    lambda it: lambda *given: np.array(it(*given), dtype="float32"),
    lambda it: lambda *given: pd.Series(it(*given)),
    lambda it: lambda *given: pd.DataFrame([it(*given)]),
    lambda it: lambda *given: set(it(*given)),
    lambda it: lambda *given: iter(it(*given)),
    lambda it: lambda *given: dict(enumerate(it(*given))),
    lambda it: lambda *given: pd.Interval(*it(*given)),
    lambda it: lambda *given: Decimal(it(*given)),
    lambda it: lambda *given: np.array([it(*given)]),
    lambda it: lambda *given: str(it(*given)),
    lambda it: lambda *given: (it(*given),),
    lambda it: lambda *given: [Decimal(str(one)) for one in it(*given)],
    lambda it: lambda *given: [str(one) for one in it(*given)],
]  # fmt: skip
"""Forms that keep what an answer says, whether or not they can be taken."""


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_what_the_visible_test_takes_no_hidden_one_refuses_for_its_form(
    name: str, question: str
) -> None:
    notebook = spread(name)[0]
    right = notebook.answers()
    taken = 0
    for asked in ASKED[name][question]:
        for number, form in enumerate(FORMS):
            value = ...
            # Some are no form of an answer of this kind.
            with contextlib.suppress(Exception):
                value = form(right[asked])
            if value is ... or callable(value) != callable(right[asked]):
                continue
            visible, *hidden = notebook.question(question, {**right, asked: value})
            shown = f"{asked}, form {number}: {type(value).__name__}"
            if visible.passed:
                taken += 1
                assert told(hidden) == "", shown
            else:
                assert visible.message.startswith("AssertionError: "), shown
                assert asked in visible.message, f"{shown}: {visible.message}"
    assert taken >= 5 * len(ASKED[name][question])


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
@pytest.mark.parametrize("nothing", [..., None, "never defined"])
def test_an_answer_that_is_not_there_is_told_so(
    name: str, question: str, nothing: object
) -> None:
    notebook = spread(name)[2]
    right = notebook.answers()
    for asked in ASKED[name][question]:
        answers = {**right, asked: nothing}
        if nothing == "never defined":
            del answers[asked]
        visible, *hidden = notebook.question(question, answers)
        expected = f"AssertionError: {asked} has no value yet: replace the ... by"
        assert visible.message.startswith(expected)
        # A test for which it is an earlier answer can do without it.
        assert any(it.message.startswith(expected) for it in hidden)
        assert all(it.passed or it.message.startswith(expected) for it in hidden)


@pytest.mark.parametrize("name", NAMES)
def test_a_function_that_is_not_written_yet_is_told_so(name: str) -> None:
    notebook = spread(name)[0]
    right = notebook.answers()
    for question, asked in ASKED[name].items():
        for function in (it for it in asked if callable(right[it])):
            for nothing in (None, ...):
                answers = {**right, function: lambda *_, it=nothing: it}
                visible, first, *_ = notebook.question(question, answers)
                pattern = rf"{function}(\(.*\))? returns nothing yet"
                assert re.search(pattern, visible.message)
                assert re.search(pattern, first.message)


MEASURED = {
    "printed_tables": ("foreign_lower", "foreign_upper", "width", "times"),
    "trends": ("log_slope", "percent_per_year", "sen_slope", "without"),
    "shares": (
        "odds", "log_odds", "d_workers", "d_share", "d_foreign", "gap",
        "d_foreign_lower", "d_foreign_upper", "at_old_share",
    ),
    "totals_and_claims": ("coverage", "mean_growth"),
}  # fmt: skip
"""Answers that are neither counts nor years nor simulated."""

INVITED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda it: np.round(it, 3), "Do not round"),
    (lambda it: np.round(it, 4), "Do not round"),
    (lambda it: -it, "The sign is turned"),
    (lambda it: 100 * it, "100 times too large|per cent|0.20"),
    (lambda it: it / 100, "100 times too small|hundredth is 1|0.20"),
    (lambda it: 1000 * it, "1,000 times too large"),
    (lambda it: it / 1000, "1,000 times too small"),
]


@pytest.mark.parametrize("name", NAMES)
def test_what_any_number_invites_is_named(name: str) -> None:
    for notebook in spread(name):
        right = notebook.answers()
        for question, asked in ASKED[name].items():
            for one in set(asked) & set(MEASURED[name]):
                for slip, expected in INVITED:
                    value = slip(right[one])
                    if np.array_equal(value, right[one]):
                        continue  # 137.0 is exact
                    results = notebook.question(question, {**right, one: value})
                    found = told(results)
                    assert re.search(expected, found, re.I), f"{one}: {found}"


NONSENSE = {
    "printed_tables": "interval = lambda _: (0, 1)\nimplied = lambda *_: (1, 2)\n"
    "foreign_lower, foreign_upper = 1, 2\ncompatible = [False] * 4\n"
    "workers = workers * 0 + 1\ntotal = workers.sum()\nwidth = workers\n"
    "least_known = my_year\ntimes = 1\ndecimals = lambda _: 99",
    "trends": "log_slope = 1e6\npercent_per_year = 1e6\nwithout = without * 0\n"
    "raises_most = lowers_most = without.idxmax()\ntwo_sided = lambda *_: 0.5\n"
    "p_value = 0.5\nalarms_0 = 0.02\nalarms_7 = 0.02\nfalls = steps = sen_slope = 0\n",
    "shares": "odds = odds * 0 + 1\nlog_odds = odds * 0\n"
    "d_workers = d_share = d_foreign = gap = 0\nparts = parts * 0\nforeign_led = []\n"
    "foreign_bounds = lambda *_: (0, 0)\nd_foreign_lower = d_foreign_upper = 0\n"
    "at_old_share = numbers.loc[my_year, 'workers']",
    "totals_and_claims": "coverage = coverage * 0\nleast_covered = 2005\n"
    "could_fill = counterexamples = []\nmean_growth = 0\nplacements = 0\n"
    "peak_years = peak_years_left = list(range(1996, 2004))\nplacements_left = 0",
}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_follows_from_an_earlier_answer_that_is_nonsense(name: str) -> None:
    for notebook in spread(name):
        answers = notebook.answers(after=NONSENSE[name])
        assert "last_error" not in answers
        results = notebook.results(answers)
        passed = [
            (question, number)
            for question, tests in results.items()
            for number, it in enumerate(tests)
            if it.passed and it.points
        ]
        assert passed == []


@pytest.mark.parametrize("name", NAMES)
def test_each_question_names_its_objectives_and_none_is_left_out(name: str) -> None:
    notebook = spread(name)[0]
    listed, named = notebook.objectives()
    assert list(named) == [f"q{it}" for it in range(1, 8)]
    assert all(numbers for numbers in named.values())
    assert {it for numbers in named.values() for it in numbers} == set(
        range(1, len(listed) + 1)
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_visible_test_needs_nothing_that_a_student_has_not(name: str) -> None:
    for notebook in spread(name):
        for question, body in notebook.visible():
            wanted = set(re.findall(r"^ *(?:from|import) (\w+)", body, re.MULTILINE))
            known = {"math", "re", "collections", "decimal", "fractions", "numpy",
                     "pandas"}  # fmt: skip
            assert wanted <= known, question
            assert "rfe_labour" not in body
