"""What a teacher can get wrong, told in sentences."""

from __future__ import annotations


class AssignmentError(Exception):
    """A mistake in a master, a roster, a folder or a command; nothing was overwritten.

    The message says what is wrong, where, and what to do.
    """
