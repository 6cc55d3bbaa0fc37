"""What a teacher can get wrong, told in sentences."""

from __future__ import annotations

from collections.abc import Iterable


class AssignmentError(Exception):
    """A mistake in a master, a roster, a folder or a command; nothing was overwritten.

    The message says what is wrong, where, and what to do.
    """

    @classmethod
    def listing(cls, head: str, problems: Iterable[str], end: str) -> AssignmentError:
        """Make an error of all problems, one a line, between two sentences."""
        return cls("\n".join([head, *(f"  {problem}" for problem in problems), end]))
