"""What can go wrong with a page, each told in one paragraph that names the file."""

from __future__ import annotations

import signal

INTERRUPTED = 128 + signal.SIGINT
"""The exit status of a build that the keyboard interrupted."""


class PlanError(Exception):
    """A mistake in `_toc.yml`, `_config.yml`, a run file or a notebook's declarations.

    It is raised before any kernel starts. Its message is one paragraph for each
    mistake, and paragraphs are divided by an empty line.
    """


class PageFailed(Exception):
    """A page whose notebook did not run to its end.

    Its message names the page, the cell and where the partly executed notebook is
    kept, and ends with the traceback of the kernel.
    """


class OutputError(Exception):
    """What a build makes cannot be written, or another build is writing it.

    Its message says which file or folder, why, and what to do. What earlier builds
    made is as it was.
    """


class ResultsError(Exception):
    """Glued values that cannot be written to `results.json`."""


class ExpectedError(Exception):
    """Expected results that nothing can be compared with."""


class PackageError(Exception):
    """A book that cannot be packaged, and what it lacks."""
