"""The book's own files, as a clone or an unpacked package holds them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from papermill_pages.publishing.origin import SUMS, find_origin

ROOT = Path(__file__).resolve().parents[1]


def copy_sources(folder: Path) -> None:
    """Copy what a clone would hold, with changes not yet committed."""
    for name in source_files():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def copy_history(folder: Path) -> None:
    """Copy what git knows, from which the pages take their dates."""
    history = ROOT / ".git"
    if history.is_dir():
        shutil.copytree(history, folder / ".git")
    elif history.is_file():
        shutil.copy2(history, folder)


def source_files() -> list[str]:
    """List the book's files by their paths, those not yet committed too."""
    if (ROOT / SUMS).is_file():
        return list(find_origin(ROOT).files)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name]
