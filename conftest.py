"""What all tests share: an order, and a folder for what must not be left behind."""

from __future__ import annotations

import multiprocessing.util
import os
import tempfile
from collections.abc import Iterator

import hypothesis
import pytest

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("book", deadline=None)
hypothesis.settings.load_profile("book")

LONGEST = (
    "test_staleness.py",  # builds the book, which no other of the first three needs
    "test_masters.py",
    "test_grading.py",
    "test_every_page.py",
    "test_pdf.py",
    "test_sweeps.py",
    "test_kernels.py",
    "test_example.py",
    "test_reading.py",
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
    # That of multiprocessing is removed when this process ends, after all fixtures.
    multiprocessing.util.get_temp_dir()
    # `make` gives the commit's date, which books made for a test do not have.
    os.environ.pop("SOURCE_DATE_EPOCH", None)
    with (
        tempfile.TemporaryDirectory(prefix="test-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield
