"""What a test imports from `reading` is written into it."""

from __future__ import annotations

import ast

import pytest
from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out.inlining import MODULE
from assignment_grading.handing_out.masters import pin

TEST = f'''\
""" # BEGIN TEST CONFIG
points: 1
"""  # END TEST CONFIG


def test_it(answer, station, days):
    from {MODULE} import number, series as read

    number_of = number(answer, "answer")
    series = "a name of the test's own"
    assert number_of == days, f"{{station}}: {{series}}"
    read([1, 2], "two", [1999, 2000])
'''


def run(source: str, answer: object) -> None:
    space: dict[str, object] = {}
    exec(source, space)  # noqa: S102
    space["test_it"](answer)  # type: ignore[operator]


def test_a_pinned_test_runs_without_this_package() -> None:
    source = pin(TEST, {"station": "coast", "days": 6})
    assert "assignment_grading" not in source
    assert source.startswith('""" # BEGIN TEST CONFIG\npoints: 1\n"""')
    run(source, 6)
    with pytest.raises(AssertionError, match="coast: a name of the test's own"):
        run(source, 5)
    with pytest.raises(AssertionError, match="answer has no value yet"):
        run(source, ...)


def test_only_what_is_needed_is_carried_and_no_explanation() -> None:
    source = pin(
        f"def test_it(a):\n    from {MODULE} import given\n    given(a, 'a')", {}
    )
    (function,) = ast.parse(source).body
    names = {it.name for it in ast.walk(function) if isinstance(it, ast.FunctionDef)}
    assert names == {"test_it", "_reading", "given"}
    assert '"""' not in source
    assert "pandas" not in source


def test_what_is_not_offered_is_refused() -> None:
    with pytest.raises(AssignmentError, match="what is not there: guess"):
        pin(f"def test_it(a):\n    from {MODULE} import guess\n    guess(a)", {})


def test_values_of_data_are_pinned_as_they_stand_in_the_notebook() -> None:
    source = pin("def test_it(answer, text):\n    assert text == answer, text",
                 {"text": 'two\nlines, "quoted" \\ '})  # fmt: skip
    run(source, 'two\nlines, "quoted" \\ ')
