"""Many pages and points, few open files, a clock set back, edits during a build."""

from __future__ import annotations

import cProfile
import os
import pstats
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from forked_builds import BOOK, HELD, PAGES, Build, Builder
from papermill_pages.plan import plan_book
from papermill_pages.settings import settings_of_book
from papermill_pages.tasks import tasks_of_book
from small_book import Book, executed_pages, make_book

DAY = 24 * 60 * 60


def with_files_open(most: int) -> Builder:
    """Return what starts builds of which no process may have more files open."""
    return Builder("sh", "-c", f'ulimit -n {most} && exec "$@"', "sh")


def new_book(root: Path, runs: int = 3) -> Book:
    """Write a book of a chapter, runs of it, and a text that includes another file."""
    names = [f"run{number}" for number in range(runs)]
    book = make_book(root, ["chapter", *names, "text"])
    book.write_notebook(
        "chapter.ipynb",
        HELD,
        'x = int(open(f"{region}.csv").read()) / 7 + number',
        'glue("x", x, display=False)',
        results="small",
        depends_on=["{region}.csv"],
    )
    for number, name in enumerate(names):
        book.write_run(
            f"{name}.run.yml",
            notebook="chapter.ipynb",
            title=f"Run {number}",
            parameters={"number": number},
            results=name,
        )
    book.write("index.md", "# Home\n\nWelcome.\n")
    book.write(
        "text.md", "# A text\n\nFirst words.\n\n```{include} included.txt\n```\n"
    )
    book.write("included.txt", "Included words.\n")
    return book


def of_the_day_before(book: Book, path: str, text: str) -> None:
    """Write a file as a computer does whose clock was set back by a day."""
    then = time.time() - DAY
    os.utime(book.write(path, text), (then, then))


def pages_read(build: Build) -> tuple[int, int, int]:
    """Return how many pages Sphinx says it has read: added, changed, removed."""
    found = re.search(r"(\d+) added, (\d+) changed, (\d+) removed", build.said)
    assert found, build.said
    return int(found[1]), int(found[2]), int(found[3])


def calls(function: Callable[[], Any]) -> int:
    """Count the calls that Python makes, on a busy machine as on an idle one."""
    profile = cProfile.Profile()
    profile.runcall(function)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def calls_to_plan(root: Path) -> int:
    settings = settings_of_book(root)
    assert settings
    plan_book(root, settings)  # what a first plan looks up once is not counted
    return calls(lambda: tasks_of_book(plan_book(root, settings)))


def test_the_plan_takes_as_much_for_each_page_of_many_as_of_few(tmp_path: Path) -> None:
    counts = {}
    for runs in (10, 75, 150, 300):
        book = new_book(tmp_path / str(runs), runs)
        counts[runs] = calls_to_plan(book.root)
    few, many = (counts[75] - counts[10]) / 65, (counts[300] - counts[150]) / 150
    assert many < 1.1 * few


def test_the_plan_takes_as_much_for_each_point_of_many_as_of_few(
    tmp_path: Path,
) -> None:
    counts = {}
    for points in (10, 500, 1000, 2000):
        book = new_book(tmp_path / str(points))
        book.write_notebook(
            "report.ipynb", "glue('x', 1)", parameters='table: str = "none.csv"'
        )
        sweep = {
            "notebook": "chapter.ipynb",
            "grid": {"number": list(range(points))},
            "report": "report.ipynb",
        }
        book.write("many.sweep.yml", yaml.safe_dump(sweep))
        book.list_pages("many")
        counts[points] = calls_to_plan(book.root)
    few, many = (counts[500] - counts[10]) / 490, (counts[2000] - counts[1000]) / 1000
    assert many < 1.1 * few


def test_a_touched_run_is_the_only_page_that_is_executed_and_read(
    builder: Builder, tmp_path: Path
) -> None:
    book = new_book(tmp_path / "book", runs=20)
    builder.run(book.root, *BOOK)
    book.replace("run7.run.yml", "number: 7", "number: 70")
    build = builder.run(book.root, *BOOK)
    assert executed_pages(build.said) == ["run7"]
    assert pages_read(build) == (0, 1, 0)
    build = builder.run(book.root, *BOOK)
    assert executed_pages(build.said) == []
    assert pages_read(build) == (0, 0, 0)


def test_with_few_open_files_fewer_notebooks_run_at_once(tmp_path: Path) -> None:
    book = new_book(tmp_path / "book")
    book.configure(jobs=3)
    builder = with_files_open(64)
    said = builder.run(book.root, *PAGES).said
    builder.close()
    assert (
        "1 at a time in place of 3, for no process may have more than 64 files open. "
        "Allow more before you build: ulimit -n 1024"
    ) in " ".join(said.split())
    assert len(executed_pages(said)) == 4


@pytest.mark.parametrize("command", [BOOK, PAGES])
def test_with_too_few_open_files_one_line_names_the_limit(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    book = new_book(tmp_path / "book")
    builder = with_files_open(40)
    build = builder.start(book.root, *command)
    assert build.wait() == 1, build.said
    builder.close()
    told = (
        "No notebook can be executed, for no process may have more than 40 files open"
    )
    assert build.said.count(told) == 1
    assert "ulimit -n 1024" in build.said
    assert "Traceback" not in build.said
    assert not book.kernels_started()


@pytest.mark.parametrize(
    ("most", "told"),
    [
        (
            40,
            "1 at a time in place of 3, for no user may have more than 40 processes "
            "and threads. Allow more before you build: ulimit -u 4096",
        ),
        (12, "No notebook can be executed, for no user may have more than 12 "),
        (4096, " 3"),
    ],
)
def test_few_threads_are_counted_for_a_user_without_rights(
    most: int, told: str
) -> None:
    ask = f"""
import os, resource
from papermill_pages.errors import PlanError
from papermill_pages.limits import notebooks_at_once
if os.geteuid() == 0:
    os.setuid(54321)  # no user that has processes
resource.setrlimit(resource.RLIMIT_NPROC, ({most}, {most}))
try:
    print(*reversed(notebooks_at_once(3)))
except PlanError as error:
    print(error)
"""
    if os.geteuid():
        pytest.skip("how many processes this user has already is not known")
    asked = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True
    )
    assert asked.stdout.startswith(told)


def test_what_is_saved_after_the_clock_was_set_back_is_published(
    builder: Builder, tmp_path: Path
) -> None:
    book = new_book(tmp_path / "book")
    builder.run(book.root, *BOOK)
    of_the_day_before(book, "text.md", "# A text\n\n```{include} included.txt\n```\n")
    assert pages_read(builder.run(book.root, *BOOK)) == (0, 1, 0)
    of_the_day_before(book, "included.txt", "Other words.\n")
    assert pages_read(builder.run(book.root, *BOOK)) == (0, 1, 0)
    of_the_day_before(book, "north.csv", "17\n")
    build = builder.run(book.root, *BOOK)
    assert executed_pages(build.said) == ["chapter", "run0", "run1", "run2"]

    anew = new_book(tmp_path / "anew")
    for name in ("text.md", "included.txt", "north.csv"):
        anew.write(name, (book.root / name).read_text())
    builder.run(anew.root, *BOOK)
    assert book.executed() == anew.executed()
    assert book.site() == anew.site()


def test_files_of_tomorrow_are_executed_no_more_than_those_of_today(
    builder: Builder, tmp_path: Path
) -> None:
    book = new_book(tmp_path / "book")
    builder.run(book.root, *BOOK)
    before = book.executed(), book.site()
    tomorrow = time.time() + DAY
    for file in book.root.glob("**/*"):
        os.utime(file, (tomorrow, tomorrow))
    build = builder.run(book.root, *BOOK)
    assert executed_pages(build.said) == []
    assert (book.executed(), book.site()) == before


def test_what_is_edited_while_a_build_runs_is_in_the_next(
    builder: Builder, tmp_path: Path
) -> None:
    book = new_book(tmp_path / "book")
    book.configure(jobs=1)
    edited = new_book(tmp_path / "edited")
    edited.configure(jobs=1)
    hold = book.write("hold", "")
    build = builder.start(book.root, *BOOK)
    end = time.monotonic() + 120
    while not (book.root / "begun").exists():
        assert time.monotonic() < end, build.said
    for it in (book, edited):
        it.replace("chapter.ipynb", "/ 7", "/ 9")
        it.replace("run1.run.yml", "number: 1", "number: 100")
        it.write("north.csv", "18\n")
        it.write("text.md", "# A text\n\nLast words.\n")
        it.list_pages("chapter", "text", "run1")
    hold.unlink()
    build.wait()
    builder.run(book.root, *BOOK)
    builder.run(edited.root, *BOOK)
    for name, content in edited.executed().items():
        assert book.executed()[name] == content
    for name, content in edited.site().items():
        assert book.site()[name] == content, name
