"""What became of one submission: its status, its points and what its tests said."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
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
    # Points and tests by question, of the questions that were tested.
    scores: dict[str, float] = field(default_factory=dict)
    tests: dict[str, list[Test]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)  # of cells, a sentence each

    @classmethod
    def graded(
        cls,
        scores: dict[str, float],
        tests: dict[str, list[Test]],
        errors: list[str],
    ) -> Outcome:
        """Make the outcome of a notebook that ran to its end."""
        return cls(GRADED, "", scores, tests, errors)

    def to_json(self) -> str:
        """Write it as text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Outcome:
        """Read what `to_json` wrote."""
        read: dict[str, Any] = json.loads(text)
        for tests in read["tests"].values():
            tests[:] = [Test(**test) for test in tests]
        return cls(**read)
