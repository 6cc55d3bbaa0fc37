"""Builds that are killed, interrupted or kept from writing, and the builds after them.

Each time the next build must give the bytes of an undisturbed one.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from forked_builds import BOOK, HELD, PAGES, Build, Builder
from small_book import Book, executed_pages, make_book

from .test_kernels import leftovers

INDEX = "# Home\n\nThe other: {glue:text}`other.run.yml::x:.2f`.\n"


@pytest.fixture(scope="module")
def undisturbed(
    builder: Builder, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, bytes]]:
    """What a build makes if nothing disturbs it."""
    book = new_book(tmp_path_factory.mktemp("undisturbed"))
    builder.run(book.root, *BOOK)
    return {"executed": book.executed(), "site": book.site()}


def new_book(root: Path) -> Book:
    book = make_book(root)
    book.write_notebook(
        "chapter.ipynb",
        HELD,
        'x = int(open(f"{region}.csv").read()) / 7',
        'glue("x", x, display=False)',
        results="small.{region}",
        depends_on=["{region}.csv"],
    )
    return book


def temporary_files(root: Path) -> list[Path]:
    return [
        *root.glob("_build/**/.*.tmp"),
        *root.glob("_build/unfinished/**/*.*"),
        *root.glob("pytask.lock.*"),
    ]


def wait_for(file: Path, build: Build) -> None:
    end = time.monotonic() + 120
    while not file.exists():
        assert time.monotonic() < end, build.said


@pytest.mark.parametrize(("command", "times"), [(PAGES, 40), (BOOK, 10)])
def test_after_a_build_is_killed_the_next_gives_the_undisturbed_bytes(
    command: tuple[str, ...],
    times: int,
    builder: Builder,
    undisturbed: dict[str, dict[str, bytes]],
    tmp_path: Path,
) -> None:
    """Kill builds at random moments, in turn alone and with all that they started.

    The next build goes on in what the killed one left, and is compared at its end.
    """
    book = new_book(tmp_path / "book")
    began = time.monotonic()
    builder.run(book.root, *command)
    longest = time.monotonic() - began
    draw = random.Random(6)  # noqa: S311
    for number in range(times):
        moment = draw.uniform(0, longest)
        print(f"kill {number} after {moment:.3f} s")
        book.write("lock.txt", f"{number}\n")
        book.write("index.md", f"# Home\n\nChange {number}.\n")
        build = builder.start(book.root, *command)
        time.sleep(moment)
        started = psutil.Process(build.pid).children(recursive=True)
        os.kill(build.pid, signal.SIGKILL)
        if number % 2:
            for process in started:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        build.wait()
        _, orphans = psutil.wait_procs(started, timeout=20)
        assert orphans == []
        for name, content in book.executed().items():
            assert content == undisturbed["executed"][name]
        book.write("index.md", INDEX)
        builder.run(book.root, *command)
        assert book.executed() == undisturbed["executed"]
        assert temporary_files(book.root) == []
        if command == BOOK:
            assert book.site() == undisturbed["site"]
    assert leftovers() == []


def test_a_damaged_execution_is_made_anew(
    builder: Builder, undisturbed: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    book = new_book(tmp_path / "book")
    builder.run(book.root, *PAGES)
    executed = book.root / "_build/executed/other.ipynb"
    for damaged in (executed.read_bytes()[:200], b"not JSON", b"{}", None):
        executed.unlink()
        if damaged is not None:
            executed.write_bytes(damaged)
        said = builder.run(book.root, *PAGES).said
        assert executed_pages(said) == ["other"]
        assert book.executed() == undisturbed["executed"]


@pytest.mark.parametrize("first", [BOOK, PAGES])
def test_a_second_build_in_the_same_folder_is_refused(
    first: tuple[str, ...],
    builder: Builder,
    undisturbed: dict[str, dict[str, bytes]],
    tmp_path: Path,
) -> None:
    book = new_book(tmp_path / "book")
    other = new_book(tmp_path / "other")
    hold = book.write("hold", "")
    running = builder.start(book.root, *first)
    wait_for(book.root / "begun", running)
    for command in (BOOK, PAGES):
        second = builder.start(book.root, *command)
        assert second.wait() == 1
        assert f"Another build is running in {book.root}" in second.said
        assert "Traceback" not in second.said
    builder.run(other.root, *PAGES)
    hold.unlink()
    assert running.wait() == 0, running.said
    assert book.executed() == other.executed() == undisturbed["executed"]
    if first == BOOK:
        assert book.site() == undisturbed["site"]


def test_an_interrupt_from_the_keyboard_while_pages_are_rendered(
    builder: Builder, undisturbed: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    book = new_book(tmp_path / "book")
    build = builder.start(book.root, *BOOK)
    wait_for(book.root / "_build/.doctrees/html.rendering", build)
    os.kill(build.pid, signal.SIGSTOP)
    second = builder.start(book.root, *PAGES)
    assert second.wait() == 1
    assert "Another build is running" in second.said
    os.kill(build.pid, signal.SIGINT)
    os.kill(build.pid, signal.SIGCONT)
    assert build.wait() == 130
    assert "Interrupted. The next build renders the site anew." in build.said
    assert "Traceback" not in build.said
    builder.run(book.root, *BOOK)
    assert book.executed() == undisturbed["executed"]
    assert book.site() == undisturbed["site"]
    assert temporary_files(book.root) == []


class Disk:
    """A small disk, which only the builds on it see, as the folder of outputs."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        folder.mkdir(parents=True)
        mount = f'mount -t tmpfs -o size={megabytes}m tmpfs "$0" && exec "$@"'
        self.around = ("unshare", "--map-root-user", "--mount", "sh", "-c", mount)
        self.builder = Builder(*self.around, str(folder))
        self.folder = folder
        self.seen = Path(f"/proc/{self.builder.process.pid}/root{folder}")

    def fill(self, room: int) -> None:
        """Leave this many bytes of room."""
        space = os.statvfs(self.seen)
        with (self.seen / "filler").open("wb") as file:
            file.write(bytes(max(0, space.f_bavail * space.f_bsize - room)))

    def empty(self) -> None:
        (self.seen / "filler").unlink()

    def remount(self, how: str) -> None:
        within = ("--preserve-credentials", "--user", "--mount")
        pid = str(self.builder.process.pid)
        command = ["mount", "-o", f"remount,{how}", str(self.folder)]
        subprocess.run(["nsenter", "-t", pid, *within, *command], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    allowed = ["unshare", "--map-root-user", "--mount", "true"]
    if not shutil.which("unshare") or subprocess.run(allowed, check=False).returncode:
        pytest.skip("this system lets nobody mount a disk of their own")
    disk = Disk(tmp_path / "book" / "_build", megabytes=64)
    yield disk
    disk.builder.close()


def test_a_full_or_read_only_disk_is_told_and_costs_nothing(
    disk: Disk, undisturbed: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    book = new_book(tmp_path / "book")
    outside = Book(disk.seen.parent)

    def fails(*command: str) -> str:
        build = disk.builder.start(book.root, *command)
        assert build.wait() == 1, build.said
        assert "Traceback" not in build.said
        assert temporary_files(outside.root) == []
        return build.said

    # A first site that does not fit on the disk.
    disk.fill(600_000)
    assert "No space left on device. Make room and build again" in fails(*BOOK)
    assert outside.executed() == undisturbed["executed"]
    disk.empty()
    disk.builder.run(book.root, *BOOK)
    assert outside.site() == undisturbed["site"]

    # No room for the site once more, or for anything.
    for room, command in ((100_000, BOOK), (0, BOOK), (0, PAGES)):
        book.write("lock.txt", f"{room} {command}")
        disk.fill(room)
        said = fails(*command)
        assert f"{book.root}/_build/" in said
        assert "No space left on device. Make room and build again" in said
        assert outside.executed() == undisturbed["executed"]
        assert outside.site() == undisturbed["site"]
        disk.empty()
    disk.remount("ro")
    for command in (BOOK, PAGES):
        said = fails(*command)
        told = (
            f"{book.root}/_build cannot be written: it is read-only. Make it writable"
        )
        assert told in said
    disk.remount("rw")
    disk.builder.run(book.root, *BOOK)
    assert outside.executed() == undisturbed["executed"]
    assert outside.site() == undisturbed["site"]
    assert temporary_files(outside.root) == []
