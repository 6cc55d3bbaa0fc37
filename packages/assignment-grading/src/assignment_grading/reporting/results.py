"""All that is known of each student, once a class was graded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assignment_grading.handing_out.handout import Key
from assignment_grading.running.outcome import GRADED, Outcome
from assignment_grading.tabular.written import Mark, Marks

_LONGEST = 20_000  # characters of an answer that are shown


@dataclass(frozen=True)
class Result:
    """All that is known of one student."""

    student: str  # the id
    outcome: Outcome
    key: Key | None  # that of the student's variant, if it is known
    answers: dict[str, str]  # what the student wrote, by question
    marks: dict[str, Mark]  # the teacher's, by question
    name: str = ""

    @property
    def who(self) -> str:
        """Name and id, as a reader is to see them."""
        return f"{self.name} ({self.student})" if self.name else self.student

    @property
    def has_points(self) -> bool:
        """Whether it was graded, at least a part of it."""
        return self.outcome.status == GRADED or bool(self.outcome.scores)

    @property
    def tested(self) -> float:
        """Points from tests."""
        return sum(self.outcome.scores.values())

    @property
    def marked(self) -> float | None:
        """Points from the teacher; None until all are given."""
        points = [mark.points for mark in self.marks.values()]
        return sum(it or 0 for it in points) if None not in points else None

    @property
    def possible(self) -> float:
        """Points of the whole assignment."""
        if self.key is None:
            return 0
        return self.testable + sum(it.points for it in self.key.written)

    @property
    def testable(self) -> float:
        """Points that tests give."""
        return sum(self.key.points.values()) if self.key else 0

    @property
    def points(self) -> dict[str, float | None]:
        """Points by question; None for what the teacher has not marked."""
        if self.key is None or not self.has_points:
            return {}
        tested = {it: self.outcome.scores.get(it, 0.0) for it in self.key.points}
        return tested | {it: mark.points for it, mark in self.marks.items()}

    @property
    def worth(self) -> dict[str, float]:
        """Points that each question can give."""
        if self.key is None:
            return {}
        written = {one.question: one.points for one in self.key.written}
        return self.key.points | written


def gather(
    outcomes: Mapping[str, Outcome],
    keys: Mapping[str, Key],
    answers: Mapping[str, dict[str, str]],
    marks: Marks,
    names: Mapping[str, str] | None = None,
) -> list[Result]:
    """Bring together what is known of each student."""
    results = []
    for student, outcome in outcomes.items():
        key = keys.get(student)
        marked = {
            written.question: marks.get((student, written.question), Mark(None, ""))
            for written in (key.written if key else ())
        }
        answered = {it: _cut(one) for it, one in answers.get(student, {}).items()}
        name = (names or {}).get(student, "")
        results.append(Result(student, outcome, key, answered, marked, name))
    return results


def number(value: float | None) -> str:
    """Write points; empty if there are none."""
    return "" if value is None else f"{value:g}"


def _cut(answer: str) -> str:
    if len(answer) <= _LONGEST:
        return answer
    return f"{answer[:_LONGEST]}\n[The answer is longer: see the notebook.]"
