"""Build the book twice under different circumstances and compare what was published.

``python -m tests.reproduce`` builds the site and the PDF in two folders that differ in
path, time zone, locale and hash seed, and names each file that differs. It ends with 1
if there is one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import BUILD

ROOT = Path(__file__).resolve().parents[1]
TYPESET = ("--builder", "custom", "--custom-builder", "typst")
# Not the hidden ones: Sphinx's .buildinfo depends on where packages are installed.
SITE = ("html/**/[!.]*", "executed/**/*", "results.json")
PDF = ("typst/book.pdf",)


@dataclass(frozen=True)
class Circumstances:
    """Where and how a build is made, which must not be seen in what it makes."""

    folder: str
    environment: dict[str, str] = field(default_factory=dict)


HERE = Circumstances("here", {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"})
ELSEWHERE = Circumstances(
    "a folder with a longer name/deeper",
    {"TZ": "Asia/Vladivostok", "LC_ALL": "C", "PYTHONHASHSEED": "11"},
)


def main() -> int:
    """Build twice, compare, and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        roots = [Path(folder) / given.folder for given in (HERE, ELSEWHERE)]
        with ThreadPoolExecutor() as both:
            list(both.map(build_copy, roots, (HERE, ELSEWHERE)))
        first, second = (root / "_build" for root in roots)
        differing = differing_files(first, second, (*SITE, *PDF))
        count = len(published_files(first, (*SITE, *PDF)))
    for name in differing:
        print(f"differs: {name}")
    print(f"{count} files were published, {len(differing)} differ.")
    return int(bool(differing) or not count)


def build_copy(root: Path, given: Circumstances) -> None:
    """Build the site and the PDF in a copy of the book."""
    copy_sources(root)
    for builder in ((), TYPESET):
        subprocess.run(
            [Path(sys.executable).with_name(BUILD[0]), *BUILD[1:], "--quiet", *builder],
            cwd=root,
            env={**os.environ, **given.environment},
            check=True,
        )


def copy_sources(root: Path) -> None:
    """Clone the book, whose history dates its pages, with changes not yet committed."""
    subprocess.run(["git", "clone", "--quiet", ROOT, root], check=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
        elif not (ROOT / name).exists():
            (root / name).unlink(missing_ok=True)


def differing_files(
    first: Path, second: Path, patterns: tuple[str, ...] = SITE
) -> list[str]:
    """Name the files that two build folders published and that are not the same."""
    one, other = (published_files(build, patterns) for build in (first, second))
    return sorted(
        name for name in one.keys() | other.keys() if one.get(name) != other.get(name)
    )


def published_files(build: Path, patterns: tuple[str, ...] = SITE) -> dict[str, bytes]:
    """Read all that a build publishes, by its path in the build folder."""
    return {
        path.relative_to(build).as_posix(): path.read_bytes()
        for pattern in patterns
        for path in sorted(build.glob(pattern))
        if path.is_file()
    }


if __name__ == "__main__":
    sys.exit(main())
