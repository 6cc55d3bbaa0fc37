"""Rubrics and objectives, read out of a master's Markdown."""

from __future__ import annotations

from typing import Any

import pytest
from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out.markdown_lists import (
    Criterion,
    Objective,
    criteria,
    objectives,
)
from nbformat.v4 import new_code_cell, new_markdown_cell

LEARNED = """\
# Rain

**What you will learn**

- to count days;
- to take a mean
  of some of them;
- to doubt it.

Then begin.

- not an objective
"""


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("1 point: names a cause.", Criterion(1, "names a cause.")),
        ("2 points: both signs.", Criterion(2, "both signs.")),
        ("**1.5 points:** both.", Criterion(1.5, "both.")),
        ("0,5 points – one.", Criterion(0.5, "one.")),
        ("half a point for a reason", Criterion(0.5, "a reason")),
        ("Half a point: a reason", Criterion(0.5, "a reason")),
        ("½ point: a reason", Criterion(0.5, "a reason")),
        ("1½ points: a reason", Criterion(1.5, "a reason")),
        ("up to two marks: a reason", Criterion(2, "a reason")),
        ("1 pt: a reason", Criterion(1, "a reason")),
    ],
)
def test_a_criterion_says_its_points_in_figures_or_words(
    item: str, expected: Criterion
) -> None:
    assert criteria(f"Model answer.\n\n**Rubric.**\n\n- {item}\n") == (expected,)


@pytest.mark.parametrize(
    "item",
    ["names a cause", "10 points of the curve are high", "pointless: yes", "1 point:"],
)
def test_an_item_without_points_is_no_criterion(item: str) -> None:
    assert criteria(f"- {item}\n") == ()


def test_a_criterion_goes_on_over_lines_and_ends_with_its_list() -> None:
    rubric = (
        "1. the model answer\n\n* 1 point: names what the table\n  cannot show "
        "(causes,\n  - flows)\n* 1 point: does\nnot choose\n\nA last sentence."
    )
    assert criteria(rubric) == (
        Criterion(1, "names what the table cannot show (causes, - flows)"),
        Criterion(1, "does not choose"),
    )


def mapped(*given: Any, learned: str = LEARNED) -> tuple[Objective, ...]:
    cells = [new_code_cell("**What you will learn**"), new_markdown_cell(learned)]
    metadata = [{"assignment_grading": {"objectives": one}} for one in given]
    named = ((f"q{place}", one) for place, one in enumerate(metadata, start=1))
    return objectives(cells, named)


def test_each_objective_has_the_questions_that_name_it() -> None:
    assert mapped([1, 3], [3], []) == (
        Objective("to count days", ("q1",)),
        Objective("to take a mean of some of them", ()),
        Objective("to doubt it", ("q1", "q2")),
    )


def test_a_heading_does_as_well_as_a_bold_line() -> None:
    learned = "## What you will learn\n\nAfter it you can\n\n1. count.\n2. doubt.\n"
    assert [it.text for it in mapped([2], learned=learned)] == ["count", "doubt"]


def test_without_numbers_there_is_no_map() -> None:
    cells = [new_markdown_cell(LEARNED)]
    assert objectives(cells, [("q1", {}), ("q2", {"tags": ["data"]})]) == ()


@pytest.mark.parametrize("wrong", [[0], [4], [-1], [1.0], [True], ["1"], 9, "1", None])
def test_what_is_no_number_of_the_list_is_refused(wrong: Any) -> None:
    with pytest.raises(AssignmentError, match=r"q1 names the objective .* 1 to 3"):
        mapped(wrong)


def test_numbers_without_a_list_are_refused() -> None:
    with pytest.raises(AssignmentError, match="no list follows a line “What you will"):
        mapped([1], learned="# Rain")
