"""Whose a notebook is, as its own metadata say."""

from __future__ import annotations

from typing import Any

import pytest
from assignment_grading import identity
from assignment_grading.identity import Identity


@pytest.mark.parametrize("student", ["Łucja Müller", "a/b", ""])
def test_what_was_written_is_read(student: str) -> None:
    notebook: dict[str, Any] = {"metadata": {"otter": {}}}
    identity.write(notebook, Identity("rain", "coast-2", student))
    assert identity.read(notebook) == Identity("rain", "coast-2", student)
    # The form that other programs may rely on.
    said = {"assignment": "rain", "variant": "coast-2"}
    said |= {"student": student} if student else {}
    assert notebook["metadata"] == {"otter": {}, "assignment_grading": said}


@pytest.mark.parametrize(
    "notebook",
    [
        None,
        [],
        "text",
        {},
        {"metadata": None},
        {"metadata": []},
        {"metadata": {"assignment_grading": None}},
        {"metadata": {"assignment_grading": ["assignment"]}},
        {"metadata": {"assignment_grading": {}}},
        {"metadata": {"assignment_grading": {"assignment": "", "student": "ada"}}},
        {"metadata": {"assignment_grading": {"assignment": 3, "student": "ada"}}},
        {"metadata": {"assignment_grading": {"assignment": "rain", "student": {}}}},
    ],
)
def test_a_notebook_that_does_not_say_whose_it_is_has_no_identity(
    notebook: Any,
) -> None:
    assert identity.read(notebook) is None
