"""The server: what it refuses, what happens when it dies, and when its owner does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import forked_kernels
import psutil
import pytest
from forked_kernels import server
from nbclient.exceptions import CellExecutionError, DeadKernelError

from .conftest import run, templates_of, wait_until


def test_a_kernel_that_wants_too_much_memory_gets_an_error() -> None:
    with (
        forked_kernels.serve(memory=600),
        pytest.raises(CellExecutionError, match="MemoryError"),
    ):
        run("x = bytearray(10**9)")


def test_the_limit_of_memory_holds_for_ordinary_kernels_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORKED_KERNELS", "off")
    with (
        forked_kernels.serve(memory=600),
        pytest.raises(CellExecutionError, match="MemoryError"),
    ):
        run("x = bytearray(10**9)")


def test_who_was_not_started_by_the_owner_gets_no_kernel(tmp_path: Path) -> None:
    """As the code in a kernel, which sees the socket among the files, would ask."""
    with forked_kernels.serve():
        asked = {
            "command": [sys.executable, "-m", "ipykernel_launcher", "-f", "none"],
            "folder": str(tmp_path),
            "environment": {},
        }
        for token in ({}, {"token": ""}, {"token": 7}, {"token": "0" * 64}):
            with server.connect() as connection:
                connection.settimeout(20)
                socket.send_fds(
                    connection,
                    [json.dumps({**asked, **token}).encode() + b"\n"],
                    [1, 2],
                )
                answer = server.read_answer(connection)
                assert "not started by the server's owner" in answer["refused"]
        seen = "import os; print([it for it in os.environ if 'FORKED' in it])"
        assert run(seen) == ["[]\n"]


@pytest.mark.parametrize("asked", [b'"text"', b"null", b"[]", b"[" * 100_000, b"{"])
def test_a_server_outlives_what_is_no_request(asked: bytes) -> None:
    """Code in a kernel can send it, for this comes before the token."""
    with forked_kernels.serve():
        with server.connect() as connection:
            connection.settimeout(20)
            connection.sendall(asked + b"\n")
            assert server.read_answer(connection)["refused"] != "the server has ended"
        assert not forked_kernels.lost()


def test_where_no_process_can_be_forked_ordinary_kernels_are_started(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "CAN_FORK", False)
    with forked_kernels.serve():
        assert run("print(1)") == ["1\n"]
    [line] = caplog.messages
    assert "this system cannot fork safely. Ordinary ones are started." in line


def test_where_python3_is_another_kernel_ordinary_kernels_are_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spec = {"argv": ["python", "-m", "another", "{connection_file}"]}
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({**spec, "display_name": "A"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with forked_kernels.serve():
        assert templates_of(psutil.Process()) == []
    [line] = caplog.messages
    assert "the kernel 'python3' is not ipykernel's own" in line


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("pandsa", "there is no module 'pandsa'"),
        ("wrong_module", "'wrong_module' cannot be imported (ZeroDivisionError"),
    ],
)
def test_a_wrong_module_is_an_error(
    module: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong_module.py").write_text("1 / 0")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    before = dict(os.environ)
    with (
        pytest.raises(forked_kernels.PreloadError) as raised,
        forked_kernels.serve([module]),
    ):
        pytest.fail("served")
    assert said in str(raised.value)
    assert dict(os.environ) == before


def test_an_owner_that_does_not_wait_gets_forked_kernels() -> None:
    with forked_kernels.serve(["pandas"], wait=False):
        [process] = templates_of(psutil.Process())
        assert run("import os, sys\nprint(os.getppid(), 'pandas' in sys.modules)") == [
            f"{process.pid} True\n"
        ]


def test_who_waits_for_the_server_hears_of_a_wrong_module() -> None:
    before = dict(os.environ)
    with forked_kernels.serve(["pandsa"], wait=False):
        with pytest.raises(forked_kernels.PreloadError, match="no module 'pandsa'"):
            forked_kernels.wait_for_server()
        forked_kernels.wait_for_server()
        assert templates_of(psutil.Process()) == []
        assert run("print(1)") == ["1\n"]
    assert dict(os.environ) == before


def test_a_shell_that_a_wrong_module_prevents_leaves_no_socket_open(
    tmp_path: Path,
) -> None:
    before = len(psutil.Process().net_connections("unix"))
    # The error holds what the call held, as in a caller that keeps it.
    with (
        forked_kernels.serve(["pandsa"], shells=True, wait=False),
        pytest.raises(forked_kernels.PreloadError) as raised,
    ):
        forked_kernels.fork_shell(tmp_path)
    assert "no module 'pandsa'" in str(raised.value)
    assert len(psutil.Process().net_connections("unix")) == before


def test_a_server_that_nobody_waited_for_ends_with_its_owner() -> None:
    with forked_kernels.serve(["pandas"], wait=False) as folder:
        [process] = templates_of(psutil.Process())
    assert not process.is_running()
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a parent")
@pytest.mark.parametrize(("asked", "said"), [("getppid", "alive"), ("getpid", "")])
def test_who_was_forked_by_a_server_that_is_dead_ends_at_once(
    asked: str, said: str
) -> None:
    code = (
        "import os; from forked_kernels.template import _die_with\n"
        f"_die_with(os.{asked}()); print('alive')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.stdout.strip() == said


def test_a_server_that_dies_is_replaced_by_ordinary_kernels(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with forked_kernels.serve() as folder:
        [process] = templates_of(psutil.Process())
        code = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nwhile True: 1"
        with pytest.raises(DeadKernelError):
            run(code)
        assert forked_kernels.lost()
        assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        assert run("print(1)") == ["1\n"]
        assert run("print(2)") == ["2\n"]
    [line] = [it.message for it in caplog.records if it.name == "forked_kernels"]
    assert "gone; ordinary kernels take over" in line
    assert not folder.exists()


OWNER = """
import forked_kernels, sys, time
from jupyter_client.manager import start_new_kernel
with forked_kernels.serve() as folder:
    manager, client = start_new_kernel()
    print(folder, manager.provisioner.pid, flush=True)
    time.sleep(1000)
"""


@pytest.fixture
def owner() -> Iterator[tuple[psutil.Popen, Path, psutil.Process, psutil.Process]]:
    """A process that has a server and a kernel."""
    process = psutil.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True
    )
    folder, pid = process.stdout.readline().split()
    [server] = templates_of(process)
    yield process, Path(folder), server, psutil.Process(int(pid))
    process.kill()
    process.wait()
    process.stdout.close()


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_nothing_outlives_an_owner_that_is_killed(
    owner: tuple[psutil.Popen, Path, psutil.Process, psutil.Process],
) -> None:
    process, folder, server, kernel = owner
    assert folder.exists()
    assert kernel.ppid() == server.pid
    process.kill()
    assert wait_until(lambda: gone(server) and gone(kernel))
    assert wait_until(lambda: not folder.exists())


def test_what_owner_and_server_left_when_both_were_killed_goes_with_the_next(
    owner: tuple[psutil.Popen, Path, psutil.Process, psutil.Process],
) -> None:
    process, folder, server, kernel = owner
    with forked_kernels.private_folder():
        assert folder.exists()  # it is in use
    server.send_signal(signal.SIGSTOP)
    process.kill()
    server.kill()
    assert wait_until(lambda: gone(server) and gone(kernel) and gone(process))
    assert folder.exists()

    def removed_by_the_next() -> bool:
        with forked_kernels.private_folder():
            return not folder.exists()

    # A thread of a process that is already dead may hold the lock for another moment.
    assert wait_until(removed_by_the_next)


def test_the_server_begins_anew_five_times_and_then_gives_up(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each time another module writes, which so is found only then."""
    begun, modules = tmp_path / "begun", tmp_path / "modules"
    modules.mkdir()
    (modules / "counts.py").write_text(
        "import os\n"
        f"file = os.open({str(begun)!r}, os.O_CREAT | os.O_APPEND | os.O_WRONLY)\n"
        "os.write(file, b'x')\nos.close(file)\n"
    )
    names = [f"writes_{number}" for number in range(1, 8)]
    for number, name in enumerate(names, start=1):
        (modules / f"{name}.py").write_text(
            f"import os\nif os.stat({str(begun)!r}).st_size == {number}: print('hello')"
        )
    monkeypatch.setenv("PYTHONPATH", str(modules))
    with forked_kernels.serve(preload=["counts", *names]):
        pass
    assert begun.stat().st_size == 1 + 5
    assert "'writes_6' writes when it is imported" in caplog.text
    assert "Ordinary ones are started" in caplog.text
