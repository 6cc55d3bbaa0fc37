"""Starting the fork server, owning it, and being told when it is lost."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from forked_kernels import insides
from forked_kernels.folder import private_folder

logger = logging.getLogger("forked_kernels")

PROVISIONER = "forked-kernel-provisioner"
SOCKET = "FORKED_KERNELS_SOCKET"
SHELLS = "FORKED_KERNELS_SHELLS"
TOKEN = "FORKED_KERNELS_TOKEN"  # noqa: S105 - where it stands
MEMORY = "FORKED_KERNELS_MEMORY"
SWITCH = "FORKED_KERNELS"
VARIABLES = (
    SOCKET,
    SHELLS,
    TOKEN,
    MEMORY,
    KernelProvisionerFactory.default_provisioner_name_env,
)
"""What a kernel must not see, for an ordinary one would not."""

# Several kernels with a thread on each core are slower, and no process with threads can
# be forked.
_THREADS_OF_BLAS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"


class PreloadError(Exception):
    """The modules to preload are wrong; the message says which one and why."""


@dataclass
class _Server:
    """The process that kernels are forked from, as its owner sees it.

    `variables` are those by which the owner, and what it starts, find it.
    """

    process: subprocess.Popen[bytes]
    link: socket.socket
    variables: dict[str, str]
    is_ready: bool = False

    def wait(self) -> None:
        """Wait until it has imported everything, or has refused to."""
        try:
            answer = read_answer(self.link)
        except OSError as error:
            answer = {"refused": str(error)}
        if "refused" not in answer:
            self.is_ready = True
            os.environ.update(self.variables)
            for line in answer["told"]:
                tell_once(line)
            return
        self.stop()
        if answer.get("setting"):
            raise PreloadError(answer["refused"])
        tell_not_forked(answer["refused"])

    def stop(self) -> None:
        """End it; it kills its kernels."""
        self.link.close()
        if not self.is_ready:  # it has none, and nothing to clear away
            self.process.kill()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class _Kernels:
    """The kernels that this process started and the server they came from."""

    def __init__(self) -> None:
        # By number. A signal handler can list these whatever a thread adds meanwhile.
        self.running = weakref.WeakValueDictionary[int, Any]()
        self.killed = False
        self.messages = set[str]()
        self.awaited: _Server | None = None
        self.waiting = threading.Lock()


KERNELS = _Kernels()


@contextmanager
def serve(
    preload: Sequence[str] = (),
    *,
    memory: int = 0,
    shells: bool = False,
    wait: bool = True,
) -> Iterator[Path]:
    """Fork all kernels that are started inside from one process.

    They are started by this process, its threads, or the processes that it starts.
    Where they cannot be forked, ordinary kernels are started, and one line on the
    logger ``forked_kernels`` says why.

    Parameters
    ----------
    preload : sequence of str, optional
        The modules that the process imports before it forks.
    memory : int, optional
        MiB of data that one kernel may take in all, ordinary kernels too; 0, the
        default, for no limit. The system refuses more, which Python raises as a
        `MemoryError` (Linux only).
    shells : bool, optional
        Whether `fork_shell` is going to be used, for which a second process is made
        ready.
    wait : bool, optional
        Whether to wait until the modules are imported. Else `wait_for_server` does, or
        the first kernel, and either may raise the `PreloadError`.

    Yields
    ------
    Path
        The private folder of the server's sockets, which is removed in the end.

    Raises
    ------
    PreloadError
        If a module to preload does not exist or cannot be imported.
    """
    before = dict(os.environ)
    with private_folder() as folder, ExitStack() as stack:
        stack.callback(os.environ.update, before)
        stack.callback(os.environ.clear)
        os.environ[MEMORY] = str(memory)
        for name in (SOCKET, SHELLS, TOKEN):
            os.environ.pop(name, None)
        for name in _THREADS_OF_BLAS:
            os.environ.setdefault(name, "1")
        stack.callback(setattr, KERNELS, "awaited", None)
        _start(preload, folder, memory, shells, stack)
        if wait:
            wait_for_server()
        # Here, and in the processes that are started here.
        factory = KernelProvisionerFactory.instance()
        name, before_it = "default_provisioner_name", factory.default_provisioner_name
        stack.callback(setattr, factory, name, before_it)
        factory.default_provisioner_name = PROVISIONER
        os.environ[factory.default_provisioner_name_env] = PROVISIONER
        yield folder


def wait_for_server() -> None:
    """Wait until the server of `serve` can fork kernels, if it was not waited for.

    Raises
    ------
    PreloadError
        If a module to preload does not exist or cannot be imported.
    """
    with KERNELS.waiting:
        server, KERNELS.awaited = KERNELS.awaited, None
        if server is not None:
            server.wait()


def lost() -> bool:
    """Tell whether the server is gone, with the kernels that it had forked.

    Returns
    -------
    bool
        True inside `serve` after the server has died by itself. A run that failed
        meanwhile can be tried again: its kernel will be an ordinary one.
    """
    if KERNELS.killed:
        return False
    try:
        for name in (SOCKET, SHELLS):
            if name in os.environ:
                connect(name).close()
    except OSError:
        return True
    return False


def kill_kernels() -> None:
    """Kill every kernel that this process started, and start no more inside `serve`.

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
    """Log a line, unless it was logged before."""
    if message not in KERNELS.messages:
        KERNELS.messages.add(message)
        logger.warning("%s", message)


def tell_not_forked(reason: str) -> None:
    """Say in one line, once, why kernels are not forked."""
    tell_once(f"Kernels are not forked: {reason}. Ordinary ones are started.")


def connect(name: str = SOCKET) -> socket.socket:
    """Connect to the server that the environment names."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(os.environ[name])
    except OSError:
        connection.close()
        raise
    return connection


def digest(token: str) -> str:
    """Return what the server knows of the word that opens it."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_answer(connection: socket.socket) -> dict[str, Any]:
    """Read one line from the server and nothing of what follows."""
    with connection.makefile("rb", buffering=0) as stream:
        line = stream.readline()
    answer: dict[str, Any] = json.loads(line or '{"refused": "the server has ended"}')
    return answer


def _start(
    preload: Sequence[str], folder: Path, memory: int, shells: bool, owner: ExitStack
) -> None:
    """Begin to start a server, if there can be one; its owner stops it in the end."""
    KERNELS.killed = False
    KERNELS.messages.clear()
    if os.environ.get(SWITCH) == "off":
        return
    for line in insides.losses(insides.OF_CLIENTS):
        tell_once(line)
    if not insides.PROCESS.is_there():
        return
    spec = KernelSpecManager().get_kernel_spec(NATIVE_KERNEL_NAME)
    options = interpreter_options([sys.executable, *spec.argv[1:]])
    if not CAN_FORK or options is None:
        kernel = f"the kernel {NATIVE_KERNEL_NAME!r} is not ipykernel's own"
        tell_not_forked(kernel if CAN_FORK else "this system cannot fork safely")
        return
    address, of_shells = folder / "server", folder / "shells"
    # Who has not got this from the owner's environment gets no kernel. The server, and
    # so what is forked from it, knows only its digest.
    token = secrets.token_hex(32)
    variables = {SOCKET: str(address), TOKEN: token}
    if shells and not insides.losses(insides.OF_SHELLS):
        variables[SHELLS] = str(of_shells)
    try:
        with ExitStack() as stack:
            link, theirs = socket.socketpair()
            stack.callback(link.close)
            with theirs, _listen(address) as listener, _listen(of_shells) as other:
                request = {
                    "preload": list(preload),
                    "listener": listener.fileno(),
                    "shells": other.fileno() if shells else 0,
                    "folder": str(folder),
                    "memory": memory,
                    "token": digest(token),
                }
                command = [sys.executable, *options, "-m", "forked_kernels.template"]
                process = subprocess.Popen(  # noqa: S603
                    [*command, json.dumps(request)],
                    stdin=theirs.fileno(),
                    pass_fds=[listener.fileno(), *([other.fileno()] * shells)],
                    start_new_session=True,
                    # As kernels get it, and not what C code has set besides.
                    env=dict(os.environ),
                )
            stack.pop_all()
    except OSError as error:
        tell_not_forked(str(error))
        return
    KERNELS.awaited = _Server(process, link, variables)
    owner.callback(KERNELS.awaited.stop)


def _listen(address: Path) -> socket.socket:
    """Return a socket that listens there."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(address))
    listener.listen(128)
    return listener


def limit_memory(pid: int, memory: int) -> None:
    """Set how many MiB of data a process may take, where the system can (Linux)."""
    if memory and sys.platform == "linux":
        import resource

        resource.prlimit(pid, resource.RLIMIT_DATA, (memory * 2**20, memory * 2**20))


def interpreter_options(command: Sequence[str]) -> list[str] | None:
    """Return what stands between ``python`` and ``-m ipykernel_launcher``.

    None if the command is not one of this interpreter's kernels.
    """
    if command[0] != sys.executable or "ipykernel_launcher" not in command:
        return None
    end = command.index("ipykernel_launcher") - 1
    return list(command[1:end]) if command[end] == "-m" else None
