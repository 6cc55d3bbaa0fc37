"""The book itself, built once for all tests that look at it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

BUILD = ("jupyter-book", "build", ".", "--warningiserror", "--nitpick", "--keep-going")

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("book", deadline=None)
hypothesis.settings.load_profile("book")

LONGEST = (
    "test_staleness.py",  # builds the book, which no other of the first three needs
    "test_masters.py",
    "test_grading.py",
    "test_every_page.py",
    "test_sweeps.py",
)
"""Files that take a minute. They go first, so that no worker waits for them alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin; the others keep their order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session", autouse=True)
def temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give each worker a folder of its own for what must not be left behind.

    Its path is short, since sockets lie in it.
    """
    tmp_path_factory.getbasetemp()
    # `make` gives the commit's date, which books made for a test do not have.
    os.environ.pop("SOURCE_DATE_EPOCH", None)
    with (
        tempfile.TemporaryDirectory(prefix="test-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


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
