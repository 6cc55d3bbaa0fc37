"""The book itself, built once for all tests that look at it."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

BUILD = ("jupyter-book", "build", ".", "--warningiserror", "--nitpick", "--keep-going")


@pytest.fixture(scope="session")
def built_book(pytestconfig: pytest.Config, testrun_uid: str) -> Path:
    """The folder of the built pages; what `make book` has built is not built again.

    The workers of pytest-xdist ask for it at the same time. One builds, the others
    wait and find that it was built in this very run.
    """
    root = pytestconfig.rootpath
    path = pytestconfig.cache.mkdir("built_book") / "run"
    with path.open("a+") as built_in_run:
        fcntl.flock(built_in_run, fcntl.LOCK_EX)
        built_in_run.seek(0)
        if built_in_run.read() != testrun_uid:
            _build(root)
            built_in_run.truncate(0)
            built_in_run.write(testrun_uid)
    return root / "_build" / "html"


def _build(root: Path) -> None:
    program, *arguments = BUILD
    ended = subprocess.run(
        [Path(sys.executable).parent / program, *arguments],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    if ended.returncode:
        pytest.fail(f"The book cannot be built:\n{ended.stdout}", pytrace=False)
