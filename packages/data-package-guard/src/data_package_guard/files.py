"""Files of a Data Package as bytes and text, and how each is put back."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

LARGEST_FILE = 100_000_000
"""Bytes. A file is read and hashed whole; one that is larger is no table of ours."""

_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": 'begins with a byte order mark, as Excel saves "CSV UTF-8"',
    b"\xff\xfe": 'is UTF-16 and not UTF-8, as Excel saves "Unicode Text"',
    b"\xfe\xff": "is UTF-16 and not UTF-8",
}


class DataError(ValueError):
    """A Data Package is not as recorded; the message says where and what to do."""


def read_text(path: Path) -> str:
    """Read UTF-8 without touching line ends, so that the bytes can be hashed.

    Raises
    ------
    DataError
        If it is no file that can be read, is too large, or is anything but UTF-8.
    """
    try:
        content = _read_bytes(path)
        for mark, words in _BYTE_ORDER_MARKS.items():
            if content.startswith(mark):
                raise ValueError(f"{words}. Save it as plain UTF-8")
        text = content.decode("utf-8")
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            raise ValueError(f"holds a NUL byte in line {line}, which no text does")
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = (
            f"is not UTF-8 text: byte {error.start}, in line {line}. Excel saves "
            '"CSV" so, in the encoding of its system'
        )
    except ValueError as error:
        problem = str(error)
    else:
        return text
    raise DataError(f"{path} {problem}. {how_to_restore(path)}")


def refuse_links(folder: Path, path: Path) -> None:
    """Raise a `DataError` if a file of a package, or a folder in it, is a link.

    What a link leads to may be exchanged without a trace in the package.
    """
    for part in (path, *path.parents):
        if part == folder:
            return
        if os.path.islink(part):
            raise DataError(
                f"{part} is a link, and what it leads to can change unseen. Put the "
                f"file itself in its place. {how_to_restore(part)}"
            )


def how_to_restore(path: Path) -> str:
    """Say how a file is put back: by git, where its last commit has another state.

    What is staged is put back, too: by itself, `git restore` would take it from there.
    """
    name = shlex.quote(str(path))
    if not _git(path, "cat-file", "-e", f"HEAD:./{path.name}"):
        return "Restore it from an unchanged copy."
    if _git(path, "diff", "--quiet", "HEAD", "--", path.name):
        return f"It is so in the last commit; `git log -p -- {name}` shows since when."
    return f"Restore it with `git restore --staged --worktree {name}`."


def _read_bytes(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device or a pipe"
        raise ValueError(f"is {kind} and no file")
    if status.st_size > LARGEST_FILE:
        raise ValueError(
            f"has {status.st_size:,} bytes, more than the {LARGEST_FILE:,} that are "
            "read"
        )
    return path.read_bytes()


def _git(path: Path, *arguments: str) -> bool:
    """Ask git in the folder of a file; false as well where there is none to ask."""
    in_one = any((folder / ".git").exists() for folder in path.absolute().parents)
    git = shutil.which("git") if in_one and path.parent.is_dir() else None
    if git is None:
        return False
    try:
        answer = subprocess.run(  # noqa: S603
            [git, *arguments],
            cwd=path.parent,
            capture_output=True,
            check=False,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.returncode == 0
