"""Kernels as jupyter_client starts them: forked, fresh as ordinary ones, and gone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import forked_kernels
import psutil
import pytest
from forked_kernels.provisioner import fork
from forked_kernels.server import VARIABLES, connect
from jupyter_client.manager import AsyncKernelManager, KernelManager, start_new_kernel
from nbclient.exceptions import DeadKernelError

from .conftest import run, templates_of, wait_until

PRELOAD = ["numpy.random", "fractions"]


@pytest.fixture(scope="module")
def served() -> Iterator[psutil.Process]:
    """The server of this module's kernels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONHASHSEED", "0")
        with forked_kernels.serve(PRELOAD):
            [server] = templates_of(psutil.Process())
            yield server


STATE = """
import gc, json, locale, logging, os, random, signal, sys, tempfile, threading, time
import warnings
import numpy
import __main__
state = {
    "argv": [it for it in sys.argv if not it.endswith(".json")],
    "original argv": [it for it in sys.orig_argv if not it.endswith(".json")],
    "path": sys.path,
    "folder": os.getcwd(),
    "temporary": tempfile.gettempdir(),
    "environment": {k: v for k, v in os.environ.items() if k != "JPY_PARENT_PID"},
    "parent": os.environ["JPY_PARENT_PID"] == str(os.getppid()),
    "main": [__main__.__name__, __name__, hasattr(__main__, "__file__")],
    "signals": {s.name: str(signal.getsignal(s)).split(" at ")[0]
                for s in signal.valid_signals() if isinstance(s, signal.Signals)},
    "threads": sorted(type(it).__name__ for it in threading.enumerate()),
    "session": os.getsid(0) == os.getpid(),
    "zone": time.tzname,
    "locale": locale.setlocale(locale.LC_ALL),
    "hash": hash("text"),
    "collector": [gc.isenabled(), gc.get_threshold()],
    "filters": sorted(str(it) for it in warnings.filters),
    "handlers": [str(it) for it in logging.getLogger().handlers],
    "input": sys.stdin.read(),
    "encodings": [sys.stdout.encoding, sys.getfilesystemencoding()],
    "flags": str(sys.flags),
}
print(json.dumps(state, sort_keys=True))
"""


def test_a_forked_kernel_has_the_state_of_an_ordinary_one(
    served: psutil.Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Vladivostok")
    monkeypatch.setenv("SOMETHING", "else")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    [forked] = run(STATE, folder=tmp_path)
    parents = "import psutil\nprint(psutil.Process().parent().pid)"
    assert run(parents) == [f"{served.pid}\n"]
    monkeypatch.delenv("FORKED_KERNELS_SOCKET")
    [ordinary] = run(STATE, folder=tmp_path)
    assert run(parents) == [f"{os.getpid()}\n"]
    assert json.loads(forked) == json.loads(ordinary)


def test_each_kernel_is_fresh(served: psutil.Process) -> None:
    code = """
    import random, numpy
    print(random.random(), numpy.random.random(), hasattr(numpy, "mark"))
    numpy.mark = True
    """
    first, second = run(code)[0].split(), run(code)[0].split()
    assert first[2] == second[2] == "False"
    assert not {*first[:2]} & {*second[:2]}
    assert wait_until(lambda: served.children() == [])


def test_what_is_preloaded_needs_no_import(served: psutil.Process) -> None:
    assert served.is_running()
    [known] = run("import sys\nprint('fractions' in sys.modules)")
    assert known == "True\n"


def test_a_kernel_can_be_interrupted(served: psutil.Process) -> None:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    try:
        asked = client.execute("print('begun')\nimport time\nwhile True: time.sleep(1)")
        while client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
            pass
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=10)
        assert reply["parent_header"]["msg_id"] == asked
        assert reply["content"]["ename"] == "KeyboardInterrupt"
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    assert wait_until(lambda: served.children() == [])


@pytest.mark.usefixtures("served")
def test_a_killed_kernel_is_noticed_and_takes_what_it_started_along(
    tmp_path: Path,
) -> None:
    code = """
    import os, signal, subprocess
    started = subprocess.Popen(["sleep", "1000"])
    open("pid", "w").write(str(started.pid))
    os.kill(os.getpid(), signal.SIGKILL)
    """
    with pytest.raises(DeadKernelError):
        run(code, folder=tmp_path)
    assert not forked_kernels.lost()
    started = int((tmp_path / "pid").read_text())
    assert wait_until(lambda: not psutil.pid_exists(started))
    assert run("print(1)") == ["1\n"]


def test_what_a_kernel_does_at_its_exit_is_done(
    served: psutil.Process, tmp_path: Path
) -> None:
    code = "import atexit\natexit.register(lambda: open('ended', 'w').close())"
    run(code, folder=tmp_path)
    assert wait_until((tmp_path / "ended").exists)
    assert wait_until(lambda: served.children() == [])


# Functions, since the names of the notebook are gone when the kernel ends.
SLOW_TO_FLUSH = """
def delay(printer):
    import threading, time
    schedule, close = printer.schedule, printer.io_loop.close
    def schedule_late(event):
        if threading.current_thread().name == "Control":
            time.sleep(0.05)
        schedule(event)
    def close_late(**options):
        time.sleep(0.5)
        close(**options)
    printer.schedule, printer.io_loop.close = schedule_late, close_late
import sys
delay(sys.stdout.pub_thread)
"""


@pytest.mark.usefixtures("served")
def test_a_kernel_that_still_flushes_ends_by_itself() -> None:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    process = manager.provisioner.process
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    assert client.execute_interactive(SLOW_TO_FLUSH)["content"]["status"] == "ok"
    client.stop_channels()
    manager.shutdown_kernel()
    assert process.poll() == 0


def test_a_kernel_that_was_just_forked_can_be_killed(
    served: psutil.Process, tmp_path: Path
) -> None:
    file = str(tmp_path / "kernel.json")
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", file]
    environment = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    for _ in range(10):
        kernel = fork(command, {"env": environment})
        assert kernel is not None
        kernel.kill()
        assert kernel.wait(timeout=20) == -signal.SIGKILL
    assert wait_until(lambda: served.children() == [])


def test_a_request_that_is_refused_leaves_nothing_open(served: psutil.Process) -> None:
    before = served.num_fds()
    for request in [b"{}\n", b"not JSON\n", b'{"command": '] * 5:
        with connect() as connection:
            socket.send_fds(connection, [request], [1, 2])
            connection.shutdown(socket.SHUT_WR)
            assert b"refused" in connection.recv(1000)
    assert wait_until(lambda: served.num_fds() <= before)


def test_nothing_grows_with_the_number_of_kernels(served: psutil.Process) -> None:
    def held() -> tuple[int, int, int, int]:
        here = psutil.Process()
        return here.num_fds(), here.num_threads(), served.num_fds(), len(sockets())

    def sockets() -> list[Path]:
        return list(Path(os.environ["FORKED_KERNELS_SOCKET"]).parent.iterdir())

    run("1")
    before = held()
    for _ in range(4):
        run("1")
    assert wait_until(
        lambda: all(now <= then for now, then in zip(held(), before, strict=True))
    )


def test_a_client_goes_on_with_the_kernel_that_was_started_again(
    served: psutil.Process,
) -> None:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        before = manager.provisioner.process.pid
        assert client.execute_interactive("x = 1")["content"]["status"] == "ok"
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=30)
        reply = client.execute_interactive("x", timeout=30, allow_stdin=False)
        assert reply["content"]["ename"] == "NameError"
        pid = manager.provisioner.process.pid
        assert pid != before
        assert psutil.Process(pid).ppid() == served.pid
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"transport": "tcp", "ip": "127.0.0.1", "shell_port": 0},
        {"transport": "ipc"},
        {"transport_encryption": "required"},
    ],
    ids=str,
)
def test_a_kernel_is_where_its_caller_wants_it(
    chosen: dict[str, Any], served: psutil.Process, tmp_path: Path
) -> None:
    if chosen.get("transport") == "ipc":
        # One socket's path has at most 107 letters.
        chosen = {**chosen, "ip": str(Path(tempfile.mkdtemp(dir="/tmp"), "kernel"))}
    plain = KernelManager(connection_file=str(tmp_path / "plain.json"), **chosen)
    manager = KernelManager(connection_file=str(tmp_path / "kernel.json"), **chosen)
    manager.start_kernel()
    try:
        assert psutil.Process(manager.provisioner.process.pid).ppid() == served.pid
        connection = json.loads((tmp_path / "kernel.json").read_text())
        assert connection["transport"] == plain.transport
        assert connection["ip"] == plain.ip
        encrypted = chosen.get("transport_encryption") == "required"
        assert ("curve_publickey" in connection) == encrypted
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=30)
        client.stop_channels()
    finally:
        manager.shutdown_kernel(now=True)


@pytest.mark.usefixtures("served")
def test_kernels_of_others_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kernels" / "other"
    folder.mkdir(parents=True)
    command = [sys.executable, "-c", "import time; time.sleep(60)", "{connection_file}"]
    spec = {"argv": command, "display_name": "Other", "language": "other"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    manager = AsyncKernelManager(kernel_name="other")

    async def start() -> None:
        await manager.start_kernel()
        await manager.shutdown_kernel(now=True)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(start())).result()
    assert (manager.transport, manager.client_class) == (
        AsyncKernelManager().transport,
        AsyncKernelManager().client_class,
    )
