"""Where a build writes: one build at a time, and whole files or a plain word."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from papermill_pages.errors import OutputError
from papermill_pages.pages import build_folder

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}

_HELD: set[Path] = set()


def print_whatever() -> None:
    """Let the standard streams print a character that their encoding lacks as its code.

    Python's own default is to end the program, in the middle of what it has to say.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def sole_build(root: Path) -> Iterator[None]:
    """Keep other builds out of a book's folder.

    The lock lies on the folder itself. So it leaves no file, and the system gives it
    back however its holder ends. A second build is refused, for it could wait for ever
    for one that was suspended, and what it read before would be out of date. Whoever
    holds the folder already in this process goes on. Systems without such locks
    (Windows, some network drives) do not keep builds apart.

    Raises
    ------
    OutputError
        If another process builds there, or the folder is read-only.
    """
    if root in _HELD:
        yield
        return
    for folder in (root, build_folder(root)):
        if folder.exists() and not os.access(folder, os.W_OK):
            raise not_written(folder, OSError(errno.EROFS, "it is read-only"))
    descriptor = os.open(root, os.O_RDONLY) if fcntl else None
    try:
        if descriptor is not None:
            _lock(descriptor, root)
        _HELD.add(root)
        yield
    finally:
        _HELD.discard(root)
        if descriptor is not None:
            os.close(descriptor)


def _lock(descriptor: int, root: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(
            f"Another build is running in {root}. Wait until it has ended, or stop it, "
            "and build again."
        ) from None
    except OSError:
        pass  # a drive without locks


def write_atomically(
    path: Path, content: str | bytes, *, unless_same: bool = False
) -> None:
    """Write a file so that a reader finds the old bytes or the new, never a part.

    Text is written in UTF-8, and a missing folder is made. With `unless_same`, a file
    that has this content already is left alone.

    Raises
    ------
    OutputError
        If it cannot be written; nothing is left of it then.
    """
    __tracebackhide__ = True
    content = content.encode() if isinstance(content, str) else content
    if unless_same and path.is_file() and path.read_bytes() == content:
        return
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise not_written(path, error) from None


def not_written(path: Path, error: OSError) -> OutputError:
    """Tell that a file or a folder cannot be written, why, and what to do."""
    remedy = "Build again when this is mended"
    if error.errno in _FULL:
        remedy = "Make room and build again"
    elif error.errno in _CLOSED:
        remedy = "Make it writable and build again"
    reason = error.strerror or str(error)
    return OutputError(
        f"{path} cannot be written: {reason}. {remedy}; what was complete is kept."
    )


def failure_to_write(error: BaseException | None, folder: Path) -> OSError | None:
    """Return the full disk or the closed folder that an exception comes from, if any.

    A missing permission may as well be that of a source, so it must name a file in the
    folder of outputs.
    """
    while error is not None:
        if isinstance(error, OSError) and (
            error.errno in {*_FULL, errno.EROFS}
            or (error.errno in _CLOSED and _is_inside(error.filename, folder))
        ):
            return error
        error = error.__cause__ or error.__context__
    return None


def _is_inside(name: object, folder: Path) -> bool:
    return isinstance(name, (str, os.PathLike)) and Path(name).is_relative_to(folder)
