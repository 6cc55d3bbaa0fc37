"""What can go wrong with a page, each told in one paragraph that names the file."""

from __future__ import annotations

from typing import Any


class BookError(Exception):
    """A mistake or a failure that is told by its message, without a traceback."""


class PlanError(BookError):
    """A mistake in `_toc.yml`, `_config.yml`, a run file or a notebook's declarations.

    It is raised before any kernel starts. Its message is one paragraph for each
    mistake, and paragraphs are divided by an empty line.
    """


class PageFailed(BookError):
    """A page whose notebook did not run to its end.

    Its message names the page, the cell and where the partly executed notebook is
    kept, and ends with the traceback of the kernel.

    Attributes
    ----------
    fault : str
        What of it other points of a sweep may share; empty if that is nothing.
    told : str
        The same in a line, with what this point says of it.
    """

    def __init__(self, message: str, fault: str = "", told: str = "") -> None:
        super().__init__(message)
        self.fault = fault
        self.told = told

    def __reduce__(self) -> tuple[Any, ...]:
        """Be pickled, as by a cluster, with all of it."""
        return type(self), (str(self), self.fault, self.told)


class OutputError(BookError):
    """What a build makes cannot be written, or another build is writing it.

    Its message says which file or folder, why, and what to do. What earlier builds
    made is as it was.
    """


class ResultsError(BookError):
    """Glued values that cannot be written to `results.json`."""


class ExpectedError(BookError):
    """Expected results that nothing can be compared with."""


class PackagingError(BookError):
    """A book of which no reproduction package can be made, and what it lacks."""
