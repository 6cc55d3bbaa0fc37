"""Every box "Try it": each of its items is carried out by a test of its chapter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.book.published import CHAPTERS, ROOT

from .running import try_it

WITH_BOX = [
    chapter
    for chapter in CHAPTERS
    if "{admonition} Try it" in (ROOT / chapter).read_text(encoding="utf-8")
]
"""A chapter without a box is not open, which `test_source_notebooks` says."""


@pytest.mark.parametrize("chapter", WITH_BOX)
def test_a_test_carries_out_each_item_of_the_box(chapter: str) -> None:
    module = Path(__file__).with_name(f"test_{Path(chapter).stem}.py")
    assert module.is_file(), f"{chapter} has no module of tests."
    items = {*range(1, len(try_it(chapter)) + 1)}
    assert {*carried_out(module)} == items


def carried_out(module: Path) -> Iterator[int]:
    """Read the numbers of the items from the marks of a module's tests."""
    for function in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            for mark in function.decorator_list:
                if ast.unparse(mark).startswith("pytest.mark.try_it("):
                    yield ast.literal_eval(mark.args[0])
