"""What one student is told, as plain data: the page and the PDF show the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from assignment_grading.handing_out.handout import Written
from assignment_grading.insides import UNTOUCHED
from assignment_grading.reporting.results import Result, number
from assignment_grading.running.outcome import GRADED, MISSING, OTHER_VARIANT, TIMED_OUT

_ADVICE = {
    TIMED_OUT: (
        "Look for a loop that never ends. Restart your notebook, run all its cells "
        "from the top, and see which one does not finish."
    ),
    OTHER_VARIANT: (
        "Do the assignment in the notebook that was given to you: its numbers are your "
        "own."
    ),
    MISSING: "Ask your teacher whether you can still hand it in.",
}
# The note names the other student, which is for the teacher alone.
_TROUBLE = {
    OTHER_VARIANT: "The notebook that was handed in is not the one given to you.",
}
_OTHERWISE = (
    "Restart your notebook, run all its cells from the top, save it, and hand in the "
    "file whose name ends in .ipynb."
)


@dataclass(frozen=True)
class Late:
    """How late something was handed in."""

    hours: float
    penalty: float | None  # in per cent, if there is one


@dataclass(frozen=True)
class Points:
    """A line with points."""

    text: str
    points: str  # a dash if there are none yet
    of: str


@dataclass(frozen=True)
class Note:
    """A sentence on an answer."""

    text: str
    good: bool = False
    cost: str = ""  # points that it cost, if a test did


@dataclass(frozen=True)
class Section:
    """What is said of one question."""

    question: str
    heading: str
    notes: tuple[Note, ...]
    answer: str | None  # what the student wrote, if the teacher marks it
    criteria: tuple[Points, ...]


@dataclass(frozen=True)
class Learned:
    """A learning objective, and how it went."""

    text: str
    questions: str  # those that show it, or those to look at again


@dataclass(frozen=True)
class Feedback:
    """What one student is told."""

    assignment: str
    student: str  # name and id
    trouble: str  # why it was not graded, or not as a whole
    advice: str  # what to do about it
    score: str
    pending: str  # what is still to be marked
    late: str  # how late it was, and what that costs
    failed: tuple[str, ...]  # cells that failed, a sentence each
    questions: tuple[Points, ...]  # text is the name of a question
    shown: tuple[Learned, ...]
    again: tuple[Learned, ...]
    sections: tuple[Section, ...]


def feedback(result: Result, assignment: str, late: Late | None = None) -> Feedback:
    """Say what a student is told."""
    trouble = advice = score = pending = ""
    questions: tuple[Points, ...] = ()
    sections: tuple[Section, ...] = ()
    if result.outcome.status != GRADED:
        trouble = _TROUBLE.get(result.outcome.status, result.outcome.note)
        advice = _ADVICE.get(result.outcome.status, _OTHERWISE)
    if result.has_points:
        score, pending = _score(result)
        questions, sections = tuple(_points(result)), tuple(_sections(result))
    shown, again = _learned(result)
    return Feedback(
        assignment,
        result.who,
        trouble,
        advice,
        score,
        pending,
        _late(result, late),
        tuple(result.outcome.errors),
        questions,
        shown,
        again,
        sections,
    )


def _score(result: Result) -> tuple[str, str]:
    if result.marked is not None:
        total = result.tested + result.marked
        return f"{number(total)} of {number(result.possible)} points", ""
    left = number(result.possible - result.testable)
    return (
        f"{number(result.tested)} of {number(result.testable)} points so far",
        f"Your teacher will mark what you wrote, for up to {left} more.",
    )


def _late(result: Result, late: Late | None) -> str:
    """Say how late it was, if it was, and what is left of a total that is known."""
    if late is None or late.hours <= 0:
        return ""
    said = f"It was handed in {late.hours:.1f} hours after the deadline."
    if late.penalty is None:
        return said
    said += f" That takes {late.penalty:g} per cent off the total"
    if not result.has_points or result.marked is None:
        return f"{said}."
    left = (result.tested + result.marked) * (1 - late.penalty / 100)
    return f"{said}: {number(left)} points are left."


def _points(result: Result) -> Iterator[Points]:
    if result.key is None:
        return
    for question, of in result.key.points.items():
        # What was not run has no points, not nought.
        scored = result.outcome.scores.get(question)
        yield Points(question, number(scored) or "–", number(of))
    for written in result.key.written:
        marked = result.marks[written.question].points
        yield Points(written.question, number(marked) or "–", number(written.points))


def _sections(result: Result) -> Iterator[Section]:
    if result.key is None:
        return
    for question in result.key.points:
        tests = result.outcome.tests.get(question, [])
        costs = dict[str, float]()  # by sentence: several tests may say the same
        for test in tests:
            if not test.passed:
                costs[test.message] = costs.get(test.message, 0.0) + test.points
        notes = [Note(text, cost=number(cost or None)) for text, cost in costs.items()]
        if not tests:
            notes = [Note("This question was not run.")]
        yield Section(
            question, question, tuple(notes) or (Note("All right.", True),), None, ()
        )
    for written in result.key.written:
        yield _written(result, written)


def _written(result: Result, written: Written) -> Section:
    mark = result.marks[written.question]
    notes: tuple[Note, ...] = ()
    if mark.points is not None:
        text = f"{number(mark.points)} of {number(written.points)} points."
        full = math.isclose(mark.points, written.points)
        notes = (Note(f"{text} {mark.comment}".strip(), full),)
    return Section(
        written.question,
        f"{written.question}, what you wrote",
        notes,
        _answer(result.answers.get(written.question, "")),
        _criteria(result, written) if mark.points is not None else (),
    )


def _answer(text: str) -> str:
    return "[Nothing was written here.]" if text.strip() in ("", UNTOUCHED) else text


def _criteria(result: Result, written: Written) -> tuple[Points, ...]:
    """List the criteria of a rubric with the points that the teacher gave for each.

    There are none if the teacher gave only the points of the whole answer: a rubric
    alone would tell nothing of it.
    """
    given = result.marks[written.question].criteria
    if all(it is None for it in given):
        return ()
    # A teacher's table can have more columns than this question has criteria.
    each = [*given, *[None] * len(written.criteria)]
    return tuple(
        Points(criterion.text, number(points) or "–", number(criterion.points))
        for criterion, points in zip(written.criteria, each, strict=False)
    )


def _learned(result: Result) -> tuple[tuple[Learned, ...], tuple[Learned, ...]]:
    """Divide the objectives into those of full points and those to look at again.

    A question that is not marked yet says nothing, nor does an objective of such
    questions alone.
    """
    shown: list[Learned] = []
    again: list[Learned] = []
    earned, worth = result.points, result.worth
    for objective in result.key.objectives if result.key else ():
        known = [it for it in objective.questions if earned.get(it) is not None]
        lost = [
            f"{it} ({number(earned[it])} of {number(worth[it])} points)"
            for it in known
            if (earned[it] or 0) < worth[it] and not math.isclose(worth[it], 0)
        ]
        if lost:
            again.append(Learned(objective.text, ", ".join(lost)))
        elif known:
            shown.append(Learned(objective.text, ", ".join(known)))
    return tuple(shown), tuple(again)
