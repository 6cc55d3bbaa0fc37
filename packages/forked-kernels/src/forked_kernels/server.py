"""Starting the fork server, owning it, and being told when it is lost."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from forked_kernels.folder import private_folder

logger = logging.getLogger("forked_kernels")

PROVISIONER = "forked-kernel-provisioner"
SOCKET = "FORKED_KERNELS_SOCKET"
MEMORY = "FORKED_KERNELS_MEMORY"
SWITCH = "FORKED_KERNELS"
OWN_VARIABLES = (SOCKET, MEMORY, KernelProvisionerFactory.default_provisioner_name_env)
"""What a kernel must not see, for an ordinary one would not."""

# Several kernels with a thread on each core are slower, and no process with threads can
# be forked.
_THREADS_OF_BLAS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"


class PreloadError(Exception):
    """The modules to preload are wrong; the message says which one and why."""


class _Kernels:
    """The kernels that this process started and the server they came from."""

    def __init__(self) -> None:
        # By number. A signal handler can list these whatever a thread adds meanwhile.
        self.running: weakref.WeakValueDictionary[int, Any] = (
            weakref.WeakValueDictionary()
        )
        self.told: set[str] = set()
        self.killed = False


KERNELS = _Kernels()


@contextmanager
def serve(preload: Sequence[str] = (), *, memory: int = 0) -> Iterator[Path]:
    """Fork all kernels that are started inside from one process.

    Parameters
    ----------
    preload : sequence of str
        The modules that the process imports before it forks.
    memory : int
        MiB of data that one kernel may take in all; 0 for no limit. The system
        refuses more, which Python raises as a `MemoryError` (Linux only).

    Yields
    ------
    Path
        The private folder of the kernels' sockets, which is removed in the end.

    Raises
    ------
    PreloadError
        If a module to preload does not exist or cannot be imported.
    """
    before = dict(os.environ)
    with private_folder() as folder, ExitStack() as stack:
        stack.callback(os.environ.update, before)
        stack.callback(os.environ.clear)
        os.environ["JUPYTER_RUNTIME_DIR"] = str(folder)
        os.environ[MEMORY] = str(memory)
        os.environ.pop(SOCKET, None)
        for name in _THREADS_OF_BLAS:
            os.environ.setdefault(name, "1")
        server = _start(preload, folder, memory)
        if server:
            stack.callback(server.stop)
        with _default_provisioner():
            yield folder


def lost() -> bool:
    """Tell whether there was a server and it is gone, with the kernels it had forked.

    A run that failed meanwhile can be tried again: its kernel will be an ordinary one.
    """
    if SOCKET not in os.environ or KERNELS.killed:
        return False
    try:
        connect().close()
    except OSError:
        return True
    return False


def kill_kernels() -> None:
    """Kill every kernel that this process started and that still runs.

    A signal handler may call this: it waits for no lock.
    """
    KERNELS.killed = True
    for reference in KERNELS.running.valuerefs():
        process = reference()
        if process is None or process.poll() is not None:
            continue
        with suppress(OSError):
            if isinstance(process, subprocess.Popen) and hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()


def tell_once(message: str) -> None:
    """Say in one line, once, why kernels are not forked."""
    if message not in KERNELS.told:
        KERNELS.told.add(message)
        logger.warning("%s", message)


def connect() -> socket.socket:
    """Connect to the server that the environment names."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(os.environ[SOCKET])
    except OSError:
        connection.close()
        raise
    return connection


class _Running:
    """A server that this process started."""

    def __init__(self, process: subprocess.Popen[bytes], link: socket.socket) -> None:
        self.process = process
        self.link = link

    def stop(self) -> None:
        """End the server, which kills its kernels."""
        self.link.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _start(preload: Sequence[str], folder: Path, memory: int) -> _Running | None:
    KERNELS.killed = False
    KERNELS.told.clear()
    if not CAN_FORK:
        tell_once("Kernels cannot be forked on this system. Ordinary ones are started.")
        return None
    options = interpreter_options(_native_command())
    if os.environ.get(SWITCH) == "off" or options is None:
        return None
    address = folder / "server"
    try:
        with ExitStack() as stack:
            link, theirs = socket.socketpair()
            stack.callback(link.close)
            with theirs, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
                listener.bind(str(address))
                listener.listen(128)
                asked = {
                    "preload": list(preload),
                    "listener": listener.fileno(),
                    "folder": str(folder),
                    "memory": memory,
                }
                command = [sys.executable, *options, "-m", "forked_kernels.template"]
                process = subprocess.Popen(  # noqa: S603
                    [*command, json.dumps(asked)],
                    stdin=theirs.fileno(),
                    pass_fds=[listener.fileno()],
                    start_new_session=True,
                )
                # Until it is ready it has no kernels, and nothing to clear away.
                stack.callback(process.wait)
                stack.callback(process.kill)
            answer = _answer(link)
            if answer.get("ready"):
                os.environ[SOCKET] = str(address)
                stack.pop_all()
                return _Running(process, link)
    except OSError as error:
        answer = {"refused": str(error)}
    if answer.get("setting"):
        raise PreloadError(answer["refused"])
    tell_once(
        f"Kernels are not forked: {answer['refused']}. Ordinary ones are started."
    )
    return None


def _answer(link: socket.socket) -> dict[str, Any]:
    with link.makefile("rb") as stream:
        line = stream.readline()
    if not line:
        return {"refused": "the server ended before it was ready"}
    answer: dict[str, Any] = json.loads(line)
    return answer


def _native_command() -> list[str]:
    command = KernelSpecManager().get_kernel_spec(NATIVE_KERNEL_NAME).argv
    return [sys.executable, *command[1:]]


def interpreter_options(command: Sequence[str]) -> list[str] | None:
    """Return what stands between ``python`` and ``-m ipykernel_launcher``.

    None if the command is not one of this interpreter's kernels.
    """
    if command[0] != sys.executable or "-m" not in command:
        return None
    end = command.index("-m")
    if list(command[end : end + 2]) != ["-m", "ipykernel_launcher"]:
        return None
    return list(command[1:end])


@contextmanager
def _default_provisioner() -> Iterator[None]:
    """Make jupyter_client use the provisioner here and in processes started here."""
    factory = KernelProvisionerFactory.instance()
    before = factory.default_provisioner_name
    os.environ[factory.default_provisioner_name_env] = PROVISIONER
    factory.default_provisioner_name = PROVISIONER
    try:
        yield
    finally:
        factory.default_provisioner_name = before
