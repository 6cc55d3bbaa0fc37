"""A mark belongs to the answer that was marked."""

from __future__ import annotations

from pathlib import Path

from assignment_grading.tabular.marked_answers import changed
from assignment_grading.tabular.written import Mark


def test_a_mark_does_not_go_over_to_another_answer(tmp_path: Path) -> None:
    path = tmp_path / "marked.json"
    first, second = {"ada": {"q2": "Short."}}, {"ada": {"q2": "A whole answer."}}
    mark = {("ada", "q2"): Mark(1, "Too short.")}
    assert changed(path, mark, first) == []
    assert changed(path, mark, first) == []
    for _ in range(2):
        assert changed(path, mark, second) == [("ada", "q2")]
    assert changed(path, {("ada", "q2"): Mark(4, "Now good.")}, second) == []
    assert changed(path, {("ada", "q2"): Mark(4, "Now good.")}, second) == []
    assert changed(path, {("ada", "q2"): Mark(4, "Now good.")}, first) == [
        ("ada", "q2")
    ]


def test_what_is_not_marked_or_not_there_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "marked.json"
    unmarked = {("ada", "q2"): Mark(None, "")}
    assert changed(path, unmarked, {"ada": {"q2": "One."}}) == []
    assert changed(path, unmarked, {"ada": {"q2": "Two."}}) == []
    marked = {("ada", "q2"): Mark(1, "")}
    assert changed(path, marked, {}) == []
    assert changed(path, marked, {"ada": {"q2": "Two."}}) == []


def test_a_memory_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "marked.json"
    marked = {("ada", "q2"): Mark(1, "")}
    for content in ("", "[]", "[[]]", '{"a": 1}', "null"):
        path.write_text(content)
        assert changed(path, marked, {"ada": {"q2": "One."}}) == []
