"""How many notebooks can run at once within the system's limit of open files."""

from __future__ import annotations

import os
from contextlib import suppress

from papermill_pages.errors import PlanError

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# Open files, counted with ipykernel 6 and 7 and rounded up.
_OF_A_NOTEBOOK = 32  # in the build: the sockets of its kernel
_OF_A_BUILD = 16  # in the build, for all else that it opens meanwhile
_OF_A_KERNEL = 64  # in the kernel, before it executes anything
_ENOUGH = 1024  # what most systems allow by themselves


def notebooks_at_once(wanted: int) -> tuple[int, str]:
    """Return how many notebooks can run at once, and a line if those are fewer.

    Raises
    ------
    PlanError
        If not even one can.
    """
    limit = _limit()
    if limit is None:
        return wanted, ""
    room = (limit - _open_files() - _OF_A_BUILD) // _OF_A_NOTEBOOK
    if room >= wanted and limit >= _OF_A_KERNEL:
        return wanted, ""
    why = (
        f"no process may have more than {limit} files open. Allow more before you "
        f"build: ulimit -n {_ENOUGH}"
    )
    if room < 1 or limit < _OF_A_KERNEL:
        raise PlanError(f"No notebook can be executed, for {why}")
    return room, f"{room} at a time in place of {wanted}, for {why}"


def _limit() -> int | None:
    """Return how many files this process may have open; None if that is not limited."""
    if resource is None:
        return None
    limit: int = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def _open_files() -> int:
    """Count the files that this process has open, where the system tells."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        with suppress(OSError):
            return len(os.listdir(folder))
    return 0
