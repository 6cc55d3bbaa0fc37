"""How many notebooks can run at once within the system's limits."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from papermill_pages.errors import PlanError

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


@dataclass(frozen=True)
class _Limit:
    """What the system allows of something, and how much of it notebooks take."""

    said: str
    number: int
    used: int
    of_a_build: int
    of_a_notebook: int
    remedy: str
    least: int = 0  # with which a notebook runs at all

    def room(self) -> int:
        """How many notebooks it leaves room for."""
        if self.number < self.least:
            return 0
        free = self.number - self.used - self.of_a_build
        return max(free // self.of_a_notebook, 0)


def notebooks_at_once(wanted: int) -> tuple[int, str]:
    """Return how many notebooks can run at once, and a line if those are fewer.

    Raises
    ------
    PlanError
        If not even one can.
    """
    limits = [it for it in (_files(), _threads()) if it]
    if not limits:
        return wanted, ""
    tight = min(limits, key=_Limit.room)
    room = tight.room()
    if room >= wanted:
        return wanted, ""
    why = f"{tight.said}. Allow more before you build: {tight.remedy}"
    if room < 1:
        raise PlanError(f"No notebook can be executed, for {why}")
    return room, f"{room} at a time in place of {wanted}, for {why}"


# The numbers were counted with ipykernel 6 and 7, and rounded up.


def _files() -> _Limit | None:
    """Return the limit of open files, which are above all the sockets of kernels."""
    number = _soft_limit("RLIMIT_NOFILE")
    if number is None:
        return None
    return _Limit(
        f"no process may have more than {number} files open",
        number,
        used=_open_files(),
        of_a_build=16,
        of_a_notebook=32,
        remedy="ulimit -n 1024",
        least=64,  # in the kernel, before it executes anything
    )


def _threads() -> _Limit | None:
    """Return the limit of threads; ZeroMQ aborts the process if it gets none."""
    number = _soft_limit("RLIMIT_NPROC")
    if number is None or os.geteuid() == 0:
        return None
    return _Limit(
        f"no user may have more than {number} processes and threads",
        number,
        used=_threads_of_user(),
        of_a_build=8,
        of_a_notebook=16,
        remedy="ulimit -u 4096",
    )


def _soft_limit(name: str) -> int | None:
    """Return a limit; None where there is none."""
    if resource is None:
        return None
    number: int = resource.getrlimit(getattr(resource, name))[0]
    return None if number == resource.RLIM_INFINITY else number


def _open_files() -> int:
    """Count the files that this process has open, where the system tells."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        with suppress(OSError):
            return len(os.listdir(folder))
    return 0


def _threads_of_user() -> int:
    """Count the threads of all processes of this user, where the system tells."""
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            if process.stat().st_uid == os.geteuid():
                said = (process / "status").read_text(errors="replace")
                count += sum(map(int, re.findall(r"(?m)^Threads:\s*(\d+)", said)))
    return count
