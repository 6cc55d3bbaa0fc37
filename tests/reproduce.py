"""Build the book twice under different circumstances and compare what was published.

``python -m tests.reproduce`` builds the site, told its address as for publication, and
the PDF in two folders that differ in path, time zone, locale and hash seed, and in what
numerical libraries are told of the processor. It names each file that differs, and ends
with 1 if there is one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.conftest import BUILD
from tests.source_files import copy_history, copy_sources

TYPESET = ("--builder", "custom", "--custom-builder", "typst")
SITE = ("html/**/*", "executed/**/*", "results.json")
PDF = ("typst/book.pdf",)
ADDRESSES = {
    "BOOK_URL": "https://example.org/book",
    "BOOK_REPOSITORY_URL": "https://github.com/example/book",
}
"""With them a site has its canonical links, its buttons and its card."""


@dataclass(frozen=True)
class Circumstances:
    """Where and how a build is made, which must not be seen in what it makes."""

    folder: str
    environment: dict[str, str] = field(default_factory=dict)


def another_processor() -> dict[str, str]:
    """Return what tells OpenBLAS, NumPy and glibc that the processor is an older one.

    It need not be x86-64: elsewhere the variables name nothing that there is.
    """
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", ())
    return {
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": " ".join(found),
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA",
    }


HERE = Circumstances("here", {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"})
ELSEWHERE = Circumstances(
    "a folder with a longer name/deeper",
    {
        "TZ": "Asia/Vladivostok",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "11",
        **another_processor(),
    },
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
    copy_history(root)
    for builder in ((), TYPESET):
        subprocess.run(
            [Path(sys.executable).with_name(BUILD[0]), *BUILD[1:], "--quiet", *builder],
            cwd=root,
            env={**os.environ, **ADDRESSES, **given.environment},
            check=True,
        )


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
