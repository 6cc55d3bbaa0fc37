"""Notebooks without a kernel: the same notebooks, and what is refused by name."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import foreign_notebooks as foreign
import nbformat
import psutil
import pytest
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager
from papermill_pages.clients import KernelClient, ShellClient
from papermill_pages.errors import PageFailed, PlanError
from papermill_pages.execution import execute
from papermill_pages.execution_settings import ExecutionSettings
from papermill_pages.kernels import end_kernels
from papermill_pages.pages import Point
from papermill_pages.plan import plan_pages, plan_sweep
from papermill_pages.settings import Settings, settings_from
from small_book import Book

CHEAP = (
    "display ids",
    "clear output",
    "rich reprs",
    "a repr that fails",
    "history",
    "names",
    "threads",
    "asyncio",
    "input",
    "stops",
    "hooks",
    "interactivity",
    "odd cells",
    "replaced streams",
    "streams",
    "signals",
    "tags",
    "an error (stops)",
    "a syntax error (stops)",
)
"""The others take longer: ``python -m foreign_notebooks`` compares all of them."""


def test_executed_notebooks_are_those_of_papermills_own_engine(tmp_path: Path) -> None:
    runs = {name: foreign.point(tmp_path, name) for name in CHEAP}
    wanted = foreign.outcomes(runs, "none")
    assert foreign.outcomes(runs, "points") == wanted
    some = {name: runs[name] for name in ("streams", "names")}
    ordinary = foreign.outcomes(some, "none", fork=False)
    assert ordinary == {name: wanted[name] for name in some}


DATA = {"text/plain": "one", "application/vnd.some+json": "{}"}
MESSAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "texts": ("display_data", {"data": DATA, "metadata": {"a": [{"b": 1}]}}),
    "a result": (
        "execute_result",
        {"data": DATA, "metadata": {}, "execution_count": 3},
    ),
    "json": ("display_data", {"data": {"a/b+json": {"c": [1]}}, "metadata": {}}),
    "lines": ("display_data", {"data": {"text/plain": ["a"]}, "metadata": {}}),
    "a number": ("display_data", {"data": {"text/plain": 1}, "metadata": {}}),
    "no metadata": ("display_data", {"data": DATA, "metadata": None}),
    "no count": (
        "execute_result",
        {"data": DATA, "metadata": {}, "execution_count": "3"},
    ),
    "a stream": ("stream", {"name": "stdout", "text": "one"}),
    "another": ("something", {}),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_each_output_is_the_one_that_nbclient_makes_and_validates(name: str) -> None:
    kind, content = MESSAGES[name]
    message = {
        "header": {"msg_type": kind},
        "parent_header": {"msg_id": "1"},
        "msg_type": kind,
        "content": content,
    }
    made: list[Any] = []
    notebook = NotebookExecutionManager(nbformat.v4.new_notebook(), progress_bar=False)
    for client in (
        PapermillNotebookClient(notebook),
        ShellClient(notebook, Path(), None),
    ):
        client.clear_before_next_output = False
        outputs: list[nbformat.NotebookNode] = []
        try:
            returned = client.output(outputs, message, None, 0)
        except nbformat.ValidationError as error:
            made.append(error.message)
        else:
            made.append((outputs, returned, list(map(type, outputs))))
    assert made[0] == made[1]


def write(folder: Path, *code: str) -> Point:
    """Write a notebook, and return its execution as a point."""
    new = nbformat.v4
    cells = [new.new_code_cell(it, id=f"c{number}") for number, it in enumerate(code)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    source = folder / "chapter.ipynb"
    notebook = new.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, source)
    return Point("chapter", source, source, folder)


def failure(run: Point, settings: Settings) -> str:
    with pytest.raises(PageFailed) as failed:
        execute(run, settings)
    return str(failed.value)


def printed(run: Point, settings: Settings) -> str:
    execute(run, settings)
    outputs = nbformat.read(run.executed, as_version=4).cells[-1].outputs
    return "".join(out.get("text", "") for out in outputs)


def test_what_needs_a_kernels_sockets_is_refused_by_name(tmp_path: Path) -> None:
    asks = {
        "import comm\ncomm.create_comm()": "a comm, by which widgets talk to a browser",
        "get_ipython().kernel.do_one_iteration()": "messages while a cell runs",
        "get_ipython().kernel.iopub_socket.send(b'')": "the sockets of its kernel",
        # Though the notebook would rather not know.
        "import comm\ntry:\n    comm.create_comm()\nexcept BaseException:\n    pass": (
            "a comm, by which widgets talk to a browser"
        ),
    }
    with foreign.executor("points") as settings:
        for code, what in asks.items():
            assert (
                f"stopped in cell [2]: without a kernel it cannot have {what}. "
                "Set papermill_pages.shells to 'none' in _config.yml."
            ) in failure(write(tmp_path, "1", code, "2"), settings)


def test_the_setting_has_three_values() -> None:
    with pytest.raises(PlanError, match="must be none, points or all, not 'fast'"):
        settings_from({"shells": "fast"})


def test_another_language_is_refused_before_anything_runs(book: Book) -> None:
    spec = {"argv": ["Rscript", "{connection_file}"], "display_name": "R"}
    folder = book.root / "share/jupyter/kernels/other"
    folder.mkdir(parents=True)
    book.write("share/jupyter/kernels/other/kernel.json", str(spec).replace("'", '"'))
    notebook = nbformat.read(book.root / "chapter.ipynb", as_version=4)
    notebook.metadata.kernelspec.name = "other"
    nbformat.write(notebook, book.root / "other.ipynb")
    sweep = book.root / "other.sweep.yml"
    book.write_run(sweep.name, notebook="other.ipynb", grid={"number": [1]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(book.root / "share/jupyter"))
        plan_sweep(book.root, sweep, Settings())
        with pytest.raises(PlanError, match=r"cannot have the kernel 'other'.*'none'"):
            plan_sweep(book.root, sweep, Settings(shells="points"))
        (book.root / "_toc.yml").write_text("format: jb-book\nroot: other.ipynb\n")
        plan_pages(book.root, Settings(shells="points"))
        with pytest.raises(
            PlanError, match=r"cannot have the kernel 'other'.*'points'"
        ):
            plan_pages(book.root, Settings(shells="all"))


def test_a_cell_that_takes_too_long_is_stopped_and_keeps_what_it_printed(
    tmp_path: Path,
) -> None:
    run = write(tmp_path, "print('begun', flush=True)\nimport time\ntime.sleep(60)")
    run = replace(run, execution=ExecutionSettings(timeout=1))
    begun = time.monotonic()
    with foreign.executor("points"):
        assert "longer than the 1 s" in failure(run, Settings(shells="points"))
    assert time.monotonic() - begun < 20
    assert "begun" in run.unfinished.read_text("utf-8")


def test_what_a_cell_shows_may_arrive_from_a_kernel_after_its_end_within_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = KernelClient.process_message

    def slow(self: KernelClient, *message: Any) -> Any:
        time.sleep(0.02)  # as where thousands are shown, by many pages at once
        return original(self, *message)

    monkeypatch.setattr(KernelClient, "process_message", slow)
    run = write(tmp_path, "for i in range(300):\n    display(i)")
    with foreign.executor("none"):
        execute(run, Settings())
        outputs = nbformat.read(run.executed, as_version=4).cells[0].outputs
        assert [int(it["data"]["text/plain"]) for it in outputs] == [*range(300)]
        short = replace(run, execution=ExecutionSettings(timeout=2))
        told = failure(short, Settings())
    assert "what it showed took longer than the 2 s that a cell may take" in told


def test_the_time_of_a_cell_is_also_that_of_reading_through_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write(tmp_path, "print('ordinary line\\n' * 300_000)")
    run = replace(run, execution=ExecutionSettings(timeout=1))
    slow = SimpleNamespace(monotonic=count(0, 0.4).__next__)
    with foreign.executor("points"):
        execute(run, Settings(shells="points"))
        monkeypatch.setattr("papermill_pages.stability.time", slow)
        told = failure(run, Settings(shells="points"))
    assert "stopped at what cell [1] shows: to read it through took longer" in told
    assert "the 1 s that a cell may take" in told
    assert "ordinary line" in run.unfinished.read_text("utf-8")


def test_a_limit_of_memory_holds(tmp_path: Path) -> None:
    settings = Settings(shells="points", memory=1500)
    code = "try:\n    bytes(10**10)\nexcept MemoryError:\n    print('no')"
    with foreign.executor("points"):
        assert printed(write(tmp_path, code), settings) == "no\n"


def test_all_are_ended_at_once(tmp_path: Path) -> None:
    run = write(tmp_path, "open('pid', 'w').close()\nimport time\ntime.sleep(60)")

    def end() -> None:
        while not (tmp_path / "pid").exists():
            time.sleep(0.01)
        end_kernels()

    with foreign.executor("points") as settings:
        thread = threading.Thread(target=end)
        thread.start()
        assert "its kernel died" in failure(run, settings)
        thread.join()
        assert "all were ended" in failure(run, settings)


def test_a_lost_server_is_made_up_for_by_ordinary_kernels(tmp_path: Path) -> None:
    code = (
        "import os, psutil, signal\n"
        "parent = psutil.Process(os.getppid())\n"
        "if not os.path.exists('killed'):\n"
        "    open('killed', 'w').close()\n"
        "    parent.kill()\n"
        "    signal.pause()\n"
        "print('made up for')"
    )
    with foreign.executor("points") as settings:
        assert printed(write(tmp_path, code), settings) == "made up for\n"


def test_where_nothing_is_forked_points_run_in_kernels(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("FORKED_KERNELS", "off")
    code = "import psutil\nprint(psutil.Process().parent().pid)"
    with foreign.executor("points") as settings:
        assert printed(write(tmp_path, code), settings) == f"{os.getpid()}\n"
    assert caplog.messages == []


def test_nothing_is_left_of_a_point(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "print(subprocess.Popen([sys.executable, '-c', 'input()'], stdin=-1).pid)"
    )
    with foreign.executor("points") as settings:
        started = int(printed(write(tmp_path, code), settings))
        end = time.monotonic() + 20
        while psutil.pid_exists(started) and time.monotonic() < end:
            time.sleep(0.02)
        assert not psutil.pid_exists(started)
        before = psutil.Process().num_fds(), psutil.Process().num_threads()
        execute(write(tmp_path, "1"), settings)
        assert (psutil.Process().num_fds(), psutil.Process().num_threads()) == before
