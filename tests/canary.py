"""Run the tests with the newest versions, those that our upper bounds leave out too.

``python -m tests.canary`` copies the sources, takes the upper bounds out of every
``pyproject.toml`` there, locks and installs the newest versions that fit together, and
runs the tests. It prints which versions are beyond our bounds or newer than those of
`uv.lock`, and which tests failed, and ends with 1 if one did. Nothing here is changed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.source_files import ROOT, copy_history, copy_sources

# Jupyter Book 2 is another program: `_config.yml` and `_toc.yml` are those of 1.
KEPT_BOUNDS = ("jupyter-book",)

REQUIREMENT = re.compile(r'"([A-Za-z][\w.-]*)(\[[^\]]*\])?([<>=!~][^"]*)"')

BOUNDED = "not bounded_above"  # the tests that ask for the bounds which are taken out

SUITES = {
    "the packages": (
        *("pytest", "-q", "packages", "-n", "2", "--dist", "loadfile"),
        *("-k", BOUNDED),
    ),
    "the analysis": ("pytest", "-q", "tests/rfe_labour", "-n", "2"),
    "the book's numbers": ("python", "-m", "papermill_pages", "check"),
    "the site": ("jupyter-book", "build", ".", "--keep-going"),
}


def main() -> int:
    """Lock, install and test in a copy, report, and return the exit code."""
    with newest_copy("--group", "test") as copy:
        failed = [name for name, command in SUITES.items() if not passes(copy, command)]
    print(f"\nFailed: {', '.join(failed)}." if failed else "\nAll passed.")
    return int(bool(failed))


@contextmanager
def newest_copy(
    *groups: str, change: Callable[[Path], None] = lambda _: None
) -> Iterator[Path]:
    """Copy the sources, change them, and install the newest versions they allow."""
    with tempfile.TemporaryDirectory(prefix="newest-") as folder:
        copy = Path(folder) / "book"
        copy_sources(copy)
        copy_history(copy)
        bounded = loosen(copy)
        change(copy)
        uv(copy, "lock", "--upgrade", "--quiet")
        print(newer(copy, bounded), flush=True)
        uv(copy, "sync", "--quiet", "--frozen", *groups)
        yield copy


def loosen(root: Path) -> set[str]:
    """Take the upper bounds out of all project files, and name what they bounded."""
    bounded = set()

    def without_upper_bound(requirement: re.Match[str]) -> str:
        name, extras, specifiers = requirement.groups(default="")
        lower = [it for it in specifiers.split(",") if not it.startswith("<")]
        if name in KEPT_BOUNDS or lower == specifiers.split(","):
            return requirement[0]
        bounded.add(name)
        return f'"{name}{extras}{",".join(lower)}"'

    for project in (root / "pyproject.toml", *root.glob("packages/*/pyproject.toml")):
        text = project.read_text(encoding="utf-8")
        text = REQUIREMENT.sub(without_upper_bound, text)
        project.write_text(text, encoding="utf-8")
    return bounded


def newer(copy: Path, bounded: set[str]) -> str:
    """Say which versions the tests are run with that `uv.lock` does not have."""
    before, now = _locked(ROOT), _locked(copy)
    lines = [
        f"  {name} {before.get(name, 'none')} -> {now[name]}"
        + (" (we bound it)" if name in bounded else "")
        for name in sorted(now)
        if now[name] != before.get(name)
    ]
    return "\n".join(["Other versions than those of uv.lock:", *(lines or ["  none"])])


def _locked(root: Path) -> dict[str, str]:
    lock = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))
    versions: dict[str, set[str]] = {}
    for package in lock["package"]:
        versions.setdefault(package["name"], set()).add(package.get("version", "?"))
    return {name: ", ".join(sorted(them)) for name, them in versions.items()}


def passes(copy: Path, command: tuple[str, ...]) -> bool:
    program, *arguments = command
    print(f"\n$ {' '.join(command)}", flush=True)
    binaries = copy / ".venv" / "bin"
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [binaries / program, *arguments],
        cwd=copy,
        env={**_environment(), "PATH": path},
        check=False,
    )
    return done.returncode == 0


def uv(copy: Path, *arguments: str) -> None:
    uv = shutil.which("uv") or Path(sys.executable).with_name("uv")
    subprocess.run([uv, *arguments], cwd=copy, env=_environment(), check=True)


def _environment() -> dict[str, str]:
    """The environment without this virtual environment."""
    kept = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    return {**kept, "UV_PROJECT_ENVIRONMENT": ".venv", "UV_PYTHON": sys.executable}


if __name__ == "__main__":
    sys.exit(main())
