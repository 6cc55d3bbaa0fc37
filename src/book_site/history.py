"""When a page last changed, as git tells; nothing where git cannot tell."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path


def is_complete(root: Path) -> bool:
    """Tell whether git knows the whole history of a folder.

    A source archive has none. A shallow clone ends in a commit that seems to have
    written every file.
    """
    return _git(root, "rev-parse", "--is-shallow-repository") == "false"


def last_change(files: Iterable[Path], root: Path) -> str:
    """Return the day, in UTC, on which the latest commit to any of the files was made.

    It is written like ``3 May 2026``, and empty if no commit holds the files. The root
    is a folder of the repository.
    """
    time = _git(root, "log", "-1", "--format=%ct", "--", *map(str, files))
    if not time:
        return ""
    day = datetime.fromtimestamp(int(time), UTC)
    return f"{day.day} {day:%B} {day.year}"


def _git(folder: Path, *arguments: str) -> str:
    try:
        ended = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""
