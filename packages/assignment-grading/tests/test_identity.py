"""Whose a notebook is, as its own metadata say."""

from __future__ import annotations

from typing import Any

import pytest
from assignment_grading.handing_out import identity
from assignment_grading.handing_out.identity import Identity


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


def test_a_comment_in_a_cell_says_it_where_the_metadata_are_lost() -> None:
    own = Identity("rain", "coast", "Łucja\u2028“M”")
    lines = ["# @title Checks\n", f"{identity.comment(own)}\n", "import otter"]
    for source in (lines, "".join(lines)):
        assert identity.read({"cells": [{"source": source}]}) == own
        other = {"assignment": "snow", "variant": "only"}
        notebook = {
            "cells": [{"source": source}],
            "metadata": {"assignment_grading": other},
        }
        assert identity.read(notebook) == Identity("snow", "only", "")


@pytest.mark.parametrize(
    "cells",
    [
        None,
        {},
        [None],
        [{"source": 1}],
        [{"source": [None]}],
        [{"source": "# assignment_grading: "}],
        [{"source": "# assignment_grading: []"}],
        [{"source": "# assignment_grading: " + "[" * 100_000}],
        [{"source": '# assignment_grading: {"assignment": ["rain"]}'}],
    ],
)
def test_a_cell_that_cannot_be_right_is_passed_over(cells: Any) -> None:
    assert identity.read({"cells": cells}) is None
