"""Where the files of a package come from: a clone, or a package that was unpacked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from papermill_pages.errors import PackagingError
from papermill_pages.pages import build_folder

METADATA = "ro-crate-metadata.json"
SUMS = "SHA256SUMS"
PUBLISHED = "published"
_MODIFIED = "-modified"


@dataclass(frozen=True)
class Origin:
    """Which files a package is made of, and of which state of the book."""

    files: tuple[str, ...]  # paths from the book's root, sorted
    time: int  # seconds since 1970 that every file of the package carries
    # The commit, with ``-modified`` behind it if the folder is not as committed.
    revision: str
    changed: tuple[str, ...] = ()  # which files are not as committed or packaged


def find_origin(root: Path) -> Origin:
    """Find out which files are the book's, from git or from an unpacked package.

    Raises
    ------
    PackagingError
        If the folder is neither.
    """
    if (root / SUMS).is_file() and (root / METADATA).is_file():
        origin = _origin_of_package(root)
    elif shutil.which("git") and (root / ".git").exists():
        origin = _origin_in_git(root)
    else:
        raise PackagingError(
            f"{root}: neither a clone nor an unpacked package, so it cannot be told "
            "which files are the book's."
        )
    return origin


def published(path: Path, root: Path) -> str:
    """Return where a package holds what a build wrote."""
    return f"{PUBLISHED}/{path.relative_to(build_folder(root)).as_posix()}"


def _origin_in_git(root: Path) -> Origin:
    # As `git archive` does, without what is marked export-ignore.
    names = _git(root, "ls-files", "-z", ":(attr:!export-ignore)").split("\0")
    files = [name for name in names if name and (root / name).is_file()]
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    revision = _git(root, "rev-parse", "HEAD").strip()
    committed = int(_git(root, "log", "-1", "--format=%ct"))
    # Each line has two letters and a space before the name.
    return _origin(files, committed, revision, [it[3:] for it in changed.splitlines()])


def _origin_of_package(root: Path) -> Origin:
    lines = (root / SUMS).read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    files = [
        name
        for name in sums
        if name != METADATA and not name.startswith(f"{PUBLISHED}/")
    ]
    missing = [name for name in files if not (root / name).is_file()]
    if missing:
        msg = f"{root}: not as it was packaged, without {', '.join(missing)}."
        raise PackagingError(msg)
    graph = json.loads((root / METADATA).read_text(encoding="utf-8"))["@graph"]
    entities = {entity["@id"]: entity for entity in graph}
    described = entities["./"]
    published = datetime.fromisoformat(described["datePublished"]).timestamp()
    revision = entities[described["mainEntity"]["@id"]]["version"]
    changed = [
        name
        for name in files
        if hashlib.sha256((root / name).read_bytes()).hexdigest() != sums[name]
    ]
    return _origin(files, int(published), revision, changed)


def _origin(
    files: list[str], recorded: int, revision: str, changed: list[str]
) -> Origin:
    """Mark a revision if files are not its own."""
    if changed:
        revision = f"{revision.removesuffix(_MODIFIED)}{_MODIFIED}"
    time = int(os.environ.get("SOURCE_DATE_EPOCH") or recorded)
    return Origin(tuple(sorted(files)), time, revision, tuple(changed))


def _git(root: Path, *arguments: str) -> str:
    command = ("git", "-c", "core.quotePath=false", *arguments)
    ended = subprocess.run(  # noqa: S603
        command, cwd=root, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise PackagingError(f"{' '.join(command)}: {ended.stderr.strip()}")
    return ended.stdout
