"""Written answers in notebooks as editors give them back, and in no notebooks."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from assignment_grading.handing_out.handout import Key, Written
from assignment_grading.tabular.written_answers import (
    BELOW,
    BY_HEADING,
    BY_TAG,
    CUT,
    GOES_ON,
    GONE,
    UNREADABLE,
    read_answers,
)

UNTOUCHED = "_Type your answer here, replacing this text._"
KEY = Key(
    "trends", "a", {}, {}, (Written("q2", 2, "bbb2", ""), Written("q3", 2, "bbb3", ""))
)
FIRST, SECOND = "It fell in **three** years.", "By chance, perhaps."


def cell(kind: str, id: str, source: str, *tags: str) -> dict[str, Any]:  # noqa: A002
    return {
        "cell_type": kind,
        "id": id,
        "metadata": {"tags": list(tags)} if tags else {},
        "source": source.splitlines(keepends=True),
    }


def handed_out() -> list[dict[str, Any]]:
    """Make the cells that otter assign writes, with one tested question above."""
    return [
        cell("markdown", "aaa1", "# Trends\n\nQuestion 2 is the hardest."),
        cell("markdown", "bbb0", "**Question 1.** How many?"),
        cell("code", "bbb1", "n = 3", "otter_answer_cell"),
        cell("code", "aaa2", 'grader.check("q1")'),
        cell(
            "markdown", "aaa3",
            "<!-- BEGIN QUESTION -->\n\n**Question 2 (written).** Did it fall?",
        ),
        cell("markdown", "bbb2", FIRST, "otter_answer_cell"),
        cell("markdown", "aaa4", "<!-- END QUESTION -->\n\n"),
        cell(
            "markdown", "aaa5",
            "<!-- BEGIN QUESTION -->\n\n**Question 3 (written).** Why?",
        ),
        cell("markdown", "bbb3", SECOND, "otter_answer_cell"),
        cell("markdown", "aaa6", "<!-- END QUESTION -->\n\n## To hand in\n\nSave it."),
    ]  # fmt: skip


def answers(folder: Path, cells: object, **more: Any) -> list[str]:
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = folder / "ada.ipynb"
    path.write_text(json.dumps({**notebook, **more}), encoding="utf-8")
    found = read_answers(path, KEY)
    assert list(found) == ["q2", "q3"]
    return list(found.values())


def below(how: str, text: str) -> str:
    return f"{how}\n\n{text}"


def test_answers_are_found_by_their_ids_wherever_they_are(tmp_path: Path) -> None:
    cells = handed_out()
    assert answers(tmp_path, cells) == [FIRST, SECOND]
    assert answers(tmp_path, cells[::-1])[1] == SECOND
    for one in cells:
        one["metadata"] = {}
    assert answers(tmp_path, cells) == [FIRST, SECOND]
    # Colab has the ids elsewhere.
    for one in cells:
        one["metadata"] = {"id": one.pop("id")}
    assert answers(tmp_path, cells, nbformat_minor=0) == [FIRST, SECOND]


def test_answers_without_ids_are_found_by_their_tags(tmp_path: Path) -> None:
    cells = handed_out()
    for place, one in enumerate(cells):
        one["id"] = f"new{place}"
    both = [below(BY_TAG, FIRST), below(BY_TAG, SECOND)]
    assert answers(tmp_path, cells) == both
    # One of two is left: the heading says of which question it is.
    assert answers(tmp_path, cells[:5] + cells[6:]) == [GONE, both[1]]
    # One has kept its id.
    cells[5]["id"] = "bbb2"
    assert answers(tmp_path, cells) == [FIRST, both[1]]
    # No heading is left, and the order says it.
    del cells[5]["id"]
    kept = [
        one for one in cells if "otter_answer_cell" in one["metadata"].get("tags", [])
    ]
    assert answers(tmp_path, kept) == both


def test_answers_without_ids_and_tags_are_found_below_their_questions(
    tmp_path: Path,
) -> None:
    cells = handed_out()
    for place, one in enumerate(cells):
        one |= {"id": f"new{place}", "metadata": {}}
    both = [below(BY_HEADING, FIRST), below(BY_HEADING, SECOND)]
    assert answers(tmp_path, cells) == both
    # An answer that names another question is not its heading.
    cells[5]["source"] = ["Question 3 says it."]
    assert answers(tmp_path, cells)[1] == both[1]
    cells[5]["source"] = [FIRST]
    # Questions of other names are told by otter's marks, in their order.
    for one, other in ((4, "**Your view.**"), (7, "**The cause.**")):
        cells[one]["source"] = ["<!-- BEGIN QUESTION -->\n", other]
    assert answers(tmp_path, cells) == both
    for one in cells:
        one["source"] = [it for it in one["source"] if "QUESTION" not in it]
    assert answers(tmp_path, cells) == [GONE, GONE]


def test_an_answer_beside_its_cell_is_shown(tmp_path: Path) -> None:
    cells = handed_out()
    cells[5]["source"] = [UNTOUCHED]
    assert answers(tmp_path, cells) == [UNTOUCHED, SECOND]
    pasted = cell("markdown", "new", "## My answer\n\nThree times.")
    expected = below(BELOW, "## My answer\n\nThree times.")
    assert answers(tmp_path, [*cells[:6], pasted, *cells[6:]]) == [expected, SECOND]
    assert answers(tmp_path, [*cells[:5], pasted, *cells[5:]]) == [expected, SECOND]
    pasted = cell("code", "new", "Three times.")
    expected = below(BELOW, "Three times.")
    assert answers(tmp_path, [*cells[:6], pasted, *cells[6:]]) == [expected, SECOND]
    pasted = cell("raw", "new", "Three times.")
    assert answers(tmp_path, [*cells[:7], pasted, *cells[7:]]) == [expected, SECOND]
    # The cell with otter's mark looks empty, and invites to write there.
    cells[6]["source"] += ["Three times."]
    assert answers(tmp_path, cells) == [expected, SECOND]


def test_an_answer_whose_cell_was_split_is_shown_whole(tmp_path: Path) -> None:
    cells = handed_out()
    more = cell("markdown", "new", "And then it rose.", "otter_answer_cell")
    whole = f"{FIRST}\n\n{GOES_ON}\n\nAnd then it rose."
    assert answers(tmp_path, [*cells[:6], more, *cells[6:]]) == [whole, SECOND]


def test_a_notebook_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    sheet = {"cells": handed_out()}
    found = answers(tmp_path, None, nbformat=3, worksheets=[sheet])
    assert found == [FIRST, SECOND]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Dear teacher",
        b"\xff\xfe\x00",
        b"[" * 200_000,
        b"[]",
        b"{}",
        b'{"cells": 1}',
        b'{"cells": {"a": 1}, "worksheets": 3}',
        b'{"cells": [' + b"9" * 5000 + b"]}",
        b"PK\x03\x04",
    ],
)
def test_what_is_no_notebook_has_no_answers_and_raises_nothing(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "ada.ipynb"
    path.write_bytes(content)
    assert set(read_answers(path, KEY).values()) <= {UNREADABLE, GONE}
    assert set(read_answers(tmp_path / "none.ipynb", KEY).values()) == {UNREADABLE}


def test_strange_cells_cost_only_themselves(tmp_path: Path) -> None:
    strange: list[Any] = [
        1, None, [], {}, {"cell_type": []}, {"metadata": 3, "source": {"a": 1}},
        {"id": ["x"], "cell_type": "markdown", "metadata": {"tags": "otter"}},
        {"cell_type": "markdown", "source": [1, None, "x"]},
    ]  # fmt: skip
    assert answers(tmp_path, strange + handed_out()) == [FIRST, SECOND]


def test_an_answer_can_be_written_to_a_page_whatever_it_holds(tmp_path: Path) -> None:
    cells = handed_out()
    cells[5]["source"] = ["half a letter: \ud83d"]
    cells[8]["source"] = ["x" * 1_000_000]
    first, second = answers(tmp_path, cells)
    assert first == "half a letter: ?"
    assert second.endswith(CUT)
    assert len(second) < 50_000


def test_a_cell_of_comments_that_never_close_takes_no_time(tmp_path: Path) -> None:
    cells = handed_out()
    cells[5]["source"] = ["<!--" * 2_000_000]
    start = time.process_time()
    answers(tmp_path, cells)
    assert time.process_time() - start < 5
