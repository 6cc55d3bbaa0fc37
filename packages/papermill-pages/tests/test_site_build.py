"""What a build of a site holds until its end, and what Sphinx remembers after it."""

from __future__ import annotations

import logging
import os
import pickle
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from papermill_pages.environment import ReadPages, forget_page, merge_pages, read_pages
from papermill_pages.insides import FailuresToWrite
from papermill_pages.outputs import sole_build
from papermill_pages.plan import listed_documents
from papermill_pages.settings import Settings
from papermill_pages.sphinx_ext import SiteBuild
from small_book import Book, make_book
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

EXTENSIONS = ["sphinx_external_toc", "myst_nb", "papermill_pages"]


def site(book: Book, build: Path) -> Sphinx:
    return Sphinx(
        book.root,
        None,
        build / "html",
        build / "doctrees",
        "html",
        confoverrides={"extensions": EXTENSIONS, "nb_execution_mode": "off"},
        status=None,
        warning=None,
    )


def watches() -> list[logging.Handler]:
    handlers = logging.getLogger("sphinx").handlers
    return [handler for handler in handlers if isinstance(handler, FailuresToWrite)]


def assert_nothing_is_held(book: Book, interrupt: Any) -> None:
    assert watches() == []
    assert signal.getsignal(signal.SIGINT) is interrupt
    ended = book.run("pytask", "--dry-run")  # a second build, which is not refused
    assert "Another build is running" not in ended.stdout


def test_a_build_watches_for_full_disks_and_gives_everything_back_in_the_end(
    book: Book,
) -> None:
    before = signal.getsignal(signal.SIGINT)
    app = site(book, book.root / "_build")
    assert len(watches()) == 1
    assert signal.getsignal(signal.SIGINT) is not before
    app.build()
    assert ">2.86<" in (book.root / "_build/html/index.html").read_text()
    assert_nothing_is_held(book, before)


@pytest.mark.parametrize("mistake", ["a wrong parameter", "a page that fails"])
def test_a_build_that_ends_early_gives_everything_back_too(
    book: Book, mistake: str
) -> None:
    before = signal.getsignal(signal.SIGINT)
    if mistake == "a page that fails":
        book.write_notebook("chapter.ipynb", "1 / 0")
    else:
        book.write_run("other.run.yml", notebook="chapter.ipynb", parameters={"n": 1})
    with pytest.raises(SystemExit) as ended:
        site(book, book.root / "_build")
    assert ended.value.code == 1
    assert_nothing_is_held(book, before)


def test_a_warning_of_a_full_disk_ends_the_build(book: Book) -> None:
    app = site(book, book.root / "_build")
    full = OSError(28, "No space left on device", str(book.root / "_build/html/x"))
    with pytest.raises(OSError, match="No space"):
        logging.getLogger("sphinx").warning("cannot write %s: %s", "x", full)
    other = OSError(2, "No such file", "elsewhere")
    logging.getLogger("sphinx").warning("cannot read %s: %s", "y", other)
    with pytest.raises(SystemExit):
        app.emit("build-finished", full)
    assert watches() == []


def test_one_process_may_build_one_book_after_the_other(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        site(make_book(tmp_path / name), tmp_path / name / "_build").build()
        with sole_build(tmp_path / name):
            pass


def test_a_book_that_is_built_is_not_built_a_second_time(book: Book) -> None:
    with sole_build(book.root):
        ended = book.run("pytask")
    assert ended.returncode == 1
    assert "Another build is running" in ended.stdout


def test_sphinx_keeps_one_record_of_the_pages_that_it_read(example: Book) -> None:
    path = example.root / "_build/.doctrees/environment.pickle"
    env: BuildEnvironment = pickle.loads(path.read_bytes())  # noqa: S301
    record = read_pages(env)
    assert set(record.pages) == set(record.digests) == {"station", "hill", "thresholds"}
    assert record.lenders["index"] == {"station", "hill", "thresholds"}
    assert record.lenders["hill"] == set()
    named = [name for name in vars(env) if name.startswith("papermill_pages")]
    assert named == ["papermill_pages"]


def test_what_two_processes_read_is_merged_and_what_has_gone_is_forgotten() -> None:
    ours: Any = SimpleNamespace()
    theirs: Any = SimpleNamespace()
    ours.papermill_pages = ReadPages({}, {"a": "1", "b": "2"}, {"a": {"b"}})
    theirs.papermill_pages = ReadPages({}, {"b": "3", "c": "4"}, {"b": {"a"}})
    app: Any = None
    merge_pages(app, ours, {"b"}, pickle.loads(pickle.dumps(theirs)))  # noqa: S301
    assert ours.papermill_pages == ReadPages(
        {}, {"a": "1", "b": "3"}, {"a": {"b"}, "b": {"a"}}
    )
    forget_page(app, ours, "a")
    assert ours.papermill_pages == ReadPages({}, {"b": "3"}, {"b": {"a"}})


def test_a_page_that_is_no_file_is_refused(tmp_path: Path) -> None:
    """Sphinx would wait for what a pipe says, as long as nobody writes there."""
    pipe = tmp_path / "pipe.md"
    os.mkfifo(pipe)
    env = SimpleNamespace(found_docs={"pipe"}, doc2path=lambda _: str(pipe))
    build = SiteBuild(SimpleNamespace(srcdir=tmp_path))  # type: ignore[arg-type]
    with pytest.raises(SystemExit):
        build.find_outdated_pages(None, env, set(), set(), set())  # type: ignore[arg-type]
    (tmp_path / "conf.py").touch()
    pages = listed_documents(tmp_path, Settings())
    assert pages == []
