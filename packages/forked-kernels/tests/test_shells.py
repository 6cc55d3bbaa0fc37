"""Shells: they execute what kernels do, without sockets, and leave nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from typing import Any, TypeVar

import forked_kernels
import psutil
import pytest
from forked_kernels import Shell

from .conftest import run, wait_until
from .test_kernels import STATE

T = TypeVar("T")


@pytest.fixture(scope="module", autouse=True)
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONHASHSEED", "0")
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        with forked_kernels.serve(["numpy.random"], shells=True):
            yield


def with_shell(folder: Path, use: Callable[[Shell], T]) -> T:
    """Use a shell in a thread, whose event loop is its own."""

    def fork_and_use() -> T:
        shell = forked_kernels.fork_shell(folder)
        assert shell is not None
        try:
            return use(shell)
        finally:
            shell.stop()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(fork_and_use).result()


def answers(shell: Shell, *code: str) -> list[dict[str, Any]]:
    """Return the messages of some cells, and the replies among them."""

    async def ask() -> list[dict[str, Any]]:
        messages = []
        for cell in code:
            shell.execute(cell)
            messages.append(await shell.shell_channel.get_msg(timeout=20))
            while messages[-1]["content"].get("execution_state") != "idle":
                messages.append(await shell.iopub_channel.get_msg(timeout=20))
        return messages

    return asyncio.run(ask())


def printed(shell: Shell, *code: str) -> str:
    messages = answers(shell, *code)
    return "".join(it["content"].get("text", "") for it in messages)


def test_a_shell_has_the_state_of_an_ordinary_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Vladivostok")
    monkeypatch.setenv("SOMETHING", "else")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    shell = json.loads(with_shell(tmp_path, lambda it: printed(it, STATE)))
    monkeypatch.setenv("FORKED_KERNELS_SOCKET", "nowhere")
    ordinary = json.loads(run(STATE, folder=tmp_path)[0])
    for state in (shell, ordinary):
        del state["threads"]  # the sockets have some
        for arguments in ("argv", "original argv"):
            state[arguments] = [it for it in state[arguments] if it[:2] != "--"]
    assert shell == ordinary


def test_each_shell_is_fresh(tmp_path: Path) -> None:
    code = """
import random, numpy
print(random.random(), numpy.random.random(), hasattr(numpy, "mark"))
numpy.mark = True
"""
    first, second = (
        with_shell(tmp_path, lambda it: printed(it, code)).split() for _ in "12"
    )
    assert first[2] == second[2] == "False"
    assert not {*first[:2]} & {*second[:2]}


def test_what_is_to_be_done_at_the_exit_is_done_and_nothing_is_left(
    tmp_path: Path,
) -> None:
    code = "import atexit\natexit.register(lambda: open('ended', 'w').close())"
    before = psutil.Process().num_fds()
    process = with_shell(tmp_path, lambda it: (answers(it, code), it.process)[1])
    assert process.returncode == 0
    assert (tmp_path / "ended").exists()
    assert psutil.Process().num_fds() <= before


def test_a_message_of_megabytes_arrives_whole(tmp_path: Path) -> None:
    text = with_shell(tmp_path, lambda it: printed(it, "print('é' * 3_000_000)"))
    assert text == "é" * 3_000_000 + "\n"


def test_processes_and_threads_write_whole_messages(tmp_path: Path) -> None:
    code = """
import multiprocessing, threading
def say(letter):
    for _ in range(20):
        print(letter * 50_000, flush=True)
fork = multiprocessing.get_context("fork")
saying = [kind(target=say, args=(letter,)) for kind, letter in
          [(fork.Process, "a"), (fork.Process, "b"), (threading.Thread, "c")]]
for it in saying: it.start()
for it in saying: it.join()
"""
    text = with_shell(tmp_path, lambda it: printed(it, code))
    assert sorted(text.replace("\n", "")) == sorted("abc" * 1_000_000)


@pytest.mark.parametrize(
    "code",
    [
        "import os; os._exit(3)",
        "import os; os.kill(os.getpid(), 9)",
        "import os; os.closerange(3, 200)",
        "import asyncio; asyncio.get_event_loop().stop()",
        "import sys; del sys.stdout, sys.stderr",
    ],
)
def test_a_shell_that_breaks_ends(code: str, tmp_path: Path) -> None:
    def died(shell: Shell) -> bool:
        shell.execute(code)
        return wait_until(lambda: not shell.is_alive())

    assert with_shell(tmp_path, died)


@pytest.mark.parametrize("sent", ["hello", "[1]"])
def test_a_shell_that_sends_no_message_is_killed(sent: str, tmp_path: Path) -> None:
    """Its reply to the cell, which follows at once or later, is not heard either."""
    framed = bytes(7) + bytes([len(sent)]) + sent.encode()
    code = f"get_ipython().kernel.session.socket.sendall({framed!r})"

    def died(shell: Shell) -> bool:
        shell.execute(code)
        with pytest.raises(Empty):
            asyncio.run(shell.shell_channel.get_msg(timeout=1))
        return wait_until(lambda: not shell.is_alive())

    assert with_shell(tmp_path, died)


def test_outside_of_serve_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORKED_KERNELS_SHELLS")
    assert forked_kernels.fork_shell(tmp_path) is None


def test_without_the_token_none_is_forked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FORKED_KERNELS_TOKEN", "guessed")
    assert forked_kernels.fork_shell(tmp_path) is None
    assert "who asked was not started by the server's owner" in caplog.text


def test_a_killed_server_is_lost(tmp_path: Path) -> None:
    def pid(shell: Shell) -> int:
        return int(printed(shell, "import os; print(os.getppid())"))

    with forked_kernels.serve(shells=True):
        maker = psutil.Process(with_shell(tmp_path, pid))
        assert not forked_kernels.lost()
        maker.kill()
        assert wait_until(forked_kernels.lost)
        assert run("print(1)") == ["1\n"]
    assert not psutil.pid_exists(maker.pid)
    assert os.path.isdir(tmp_path)


SENT_SLOWLY = """\
import sys, threading, time
from IPython.display import display

send, taken = sys.stderr.session.send, threading.Event()

def send_slowly(*args, **options):
    if threading.current_thread().name == "IOPub":
        taken.set()
        time.sleep(0.5)
    return send(*args, **options)

sys.stderr.session.send = send_slowly
print("first", file=sys.stderr)
assert taken.wait(10)
display("second")
"""


def test_what_is_shown_comes_behind_what_was_printed_before(tmp_path: Path) -> None:
    messages = with_shell(tmp_path, lambda it: answers(it, SENT_SLOWLY))
    kinds = [it["msg_type"] for it in messages]
    assert "stream" in kinds
    assert kinds.index("stream") < kinds.index("display_data")
