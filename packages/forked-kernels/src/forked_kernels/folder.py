"""A private folder for sockets that does not outlive the processes that use it."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_PREFIX = "forked-kernels-"
_LOCK = "lock"
_SECONDS_TO_LOCK = 60


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder that only this user can enter, and remove it in the end.

    What earlier processes left because they were killed is removed as well. A folder in
    use is known by a lock, which the system gives back however its holder ends.

    Yields
    ------
    Path
        The folder, which lies among the system's temporary files.
    """
    remove_abandoned_folders()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = os.open(folder / f"{_LOCK}.new", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Others see the lock only once it is held.
            os.rename(folder / f"{_LOCK}.new", folder / _LOCK)
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned_folders() -> None:
    """Remove the private folders of processes that were killed."""
    if not fcntl:
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another user's, in use, or gone by now
            try:
                held = os.open(folder / _LOCK, os.O_RDWR)
            except FileNotFoundError:
                # Its process is about to lock it, or was killed before it could.
                if time.time() - folder.stat().st_mtime > _SECONDS_TO_LOCK:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(held)
