"""What became of one submission: its status, its points and what its tests said."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

GRADED = "graded"
UNREADABLE = "unreadable"
OTHER_VARIANT = "other variant"
CRASHED = "crashed"
TIMED_OUT = "timed out"
MISSING = "missing"


@dataclass(frozen=True)
class Test:
    """What one test of a question found."""

    hidden: bool  # whether the student could not run it
    points: float  # what it is worth
    passed: bool
    message: str  # what the student is told if it did not pass


@dataclass(frozen=True)
class Outcome:
    """What became of one submission."""

    status: str  # one of the statuses above
    note: str  # a sentence on what went wrong; empty if it was graded
    scores: dict[str, float]  # points by question; empty if it was not graded
    tests: dict[str, list[Test]]  # by question, in the order of the archive

    def to_json(self) -> str:
        """Write it as text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Outcome:
        """Read what `to_json` wrote."""
        read: dict[str, Any] = json.loads(text)
        tests = {
            question: [Test(**test) for test in tests]
            for question, tests in read["tests"].items()
        }
        scores = {question: float(score) for question, score in read["scores"].items()}
        return cls(str(read["status"]), str(read["note"]), scores, tests)


def not_graded(status: str, note: str) -> Outcome:
    """Say why there are no scores."""
    return Outcome(status, note, {}, {})
