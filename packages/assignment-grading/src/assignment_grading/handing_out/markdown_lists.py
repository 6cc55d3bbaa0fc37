"""What a master says in lists: the points of a rubric, and what students will learn."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import nbformat

from assignment_grading.errors import AssignmentError

LEARNING = "What you will learn"
METADATA, OBJECTIVES = "assignment_grading", "objectives"
_ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s+(?P<text>.*)")
_WORDS = {
    "half a": 0.5, "one": 1, "two": 2, "three": 3, "four": 4,
    "five": 5, "six": 6, "½": 0.5,
}  # fmt: skip
_CRITERION = re.compile(
    r"[*_]*(?:up to )?"
    rf"(?P<amount>\d+(?:[.,]\d+)?½?|{'|'.join(_WORDS)})"
    r"\s*(?:points?|marks?|pts?\.?)[*_]*"
    r"\s*(?:[:–—]|\bfor\b)[*_]*\s*"
    r"(?P<text>\S.*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Criterion:
    """One line of a rubric."""

    points: float  # at most
    text: str  # what they are given for


@dataclass(frozen=True)
class Objective:
    """Something that students will learn, and where they show that they have."""

    text: str
    questions: tuple[str, ...]  # their names, in the order of the notebook


def lists(markdown: str) -> list[list[str]]:
    """Read the items of each list in a text, lists in lists as part of their items."""
    found: list[list[str]] = []
    in_list = after_blank = False
    for line in markdown.splitlines():
        stripped = line.strip()
        item = _ITEM.match(line.removeprefix(" "))
        if item and in_list:
            found[-1].append(item["text"].strip())
        elif item:
            found.append([item["text"].strip()])
            in_list = True
        elif in_list and stripped and (not after_blank or line[0].isspace()):
            found[-1][-1] += f" {stripped}"
        elif stripped:
            in_list = False
        after_blank = not stripped
    return found


def criteria(guidance: str) -> tuple[Criterion, ...]:
    """Read the criteria of a rubric, items that begin ``1 point:`` or the like.

    Numbers stand in figures or words: ``half a point for``, ``0.5 points:``, ``½
    point:`` and ``up to 2 points:`` are understood. All other items are left out.
    """
    matches = (_CRITERION.match(item) for items in lists(guidance) for item in items)
    return tuple(
        Criterion(_amount(match["amount"].lower()), match["text"].strip())
        for match in matches
        if match
    )


def _amount(text: str) -> float:
    if text in _WORDS:
        return _WORDS[text]
    half = 0.5 if text.endswith("½") else 0
    return float(text.removesuffix("½").replace(",", ".")) + half


def objectives(
    cells: Iterable[nbformat.NotebookNode], named: Iterable[tuple[str, Any]]
) -> tuple[Objective, ...]:
    """Map what students will learn to questions.

    Parameters
    ----------
    cells : iterable of nbformat.NotebookNode
        The cells of a master. The objectives are the first list after a line
        “What you will learn”, which may be bold or a heading.
    named : iterable of tuple of (str, dict)
        Each question, in the order of the notebook, with the metadata of the raw cell
        that begins it: ``{"assignment_grading": {"objectives": [1, 3]}}``, numbers of
        items of that list.

    Returns
    -------
    tuple of Objective
        All of the list; none if no question names any.

    Raises
    ------
    AssignmentError
        If a question's objectives are no numbers of the list.
    """
    texts = _learned(cells)
    questions: list[list[str]] = [[] for _ in texts]
    some = False
    for question, metadata in named:
        given = metadata.get(METADATA, {})
        numbers = given.get(OBJECTIVES, []) if isinstance(given, dict) else given
        if not isinstance(numbers, list):
            numbers = [numbers]
        for number in numbers:
            if type(number) is not int or not 1 <= number <= len(texts):
                raise AssignmentError(_no_such(question, number, len(texts)))
            some = True
            if question not in questions[number - 1]:
                questions[number - 1].append(question)
    if not some:
        return ()
    mapped = zip(texts, questions, strict=True)
    return tuple(Objective(text, tuple(names)) for text, names in mapped)


def _learned(cells: Iterable[nbformat.NotebookNode]) -> list[str]:
    for cell in cells:
        if cell.cell_type != "markdown":
            continue
        lines = cell.source.splitlines()
        for place, line in enumerate(lines):
            if line.strip(" #*_:.").casefold() == LEARNING.casefold():
                after = lists("\n".join(lines[place + 1 :]))
                return [text.rstrip(" ;.") for text in after[0]] if after else []
    return []


def _no_such(question: str, number: object, many: int) -> str:
    if not many:
        return (
            f"{question} names the objective {number!r}, but no list follows a line "
            f"“{LEARNING}”."
        )
    return (
        f"{question} names the objective {number!r}. The list “{LEARNING}” has "
        f"{many}, so only whole numbers from 1 to {many} name one."
    )
