"""The kernel provisioner: jupyter_client asks it for a process for each kernel."""

from __future__ import annotations

import asyncio
import json
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from forked_kernels.insides import HANDLE_INFO
from forked_kernels.server import (
    CAN_FORK,
    KERNELS,
    MEMORY,
    SHELLS,
    SOCKET,
    TOKEN,
    VARIABLES,
    connect,
    interpreter_options,
    kill_kernels,
    limit_memory,
    read_answer,
    tell_not_forked,
    tell_once,
    wait_for_server,
)

_PROMPT_CLIENT = "forked_kernels.client.PromptKernelClient"
_ORDINARY_CLIENT = "jupyter_client.asynchronous.AsyncKernelClient"
_SECONDS_TO_END = 1.0
_SECONDS_BETWEEN_LOOKS = 0.002


class ForkedProvisioner(LocalProvisioner):
    """Takes kernels from the fork server, and starts all others as is usual."""

    process: Any = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Keep the server's variables from a kernel, and have its client begin soon."""
        environment = dict(kwargs.pop("env", os.environ))
        for name in VARIABLES:
            environment.pop(name, None)
        prepared = await super().pre_launch(env=environment, **kwargs)
        ours = interpreter_options(prepared["cmd"]) is not None
        manager: Any = self.parent if ours and HANDLE_INFO.is_there() else None
        if getattr(manager, "client_class", None) == _ORDINARY_CLIENT:
            manager.client_class = _PROMPT_CLIENT
        return prepared

    async def launch_kernel(
        self, cmd: list[str], **kwargs: Any
    ) -> KernelConnectionInfo:
        """Fork a kernel, or start an ordinary one if it cannot be forked."""
        if KERNELS.killed:
            raise RuntimeError("No kernel is started, for all were killed.")
        process = fork(cmd, kwargs)
        if process is None:
            await super().launch_kernel(cmd, **kwargs)
            if self.pid:
                limit_memory(self.pid, int(os.environ.get(MEMORY, 0)))
        else:
            self.process = process
            # Signals go through the server, which knows whether the kernel still is.
            self.pid, self.pgid = process.pid, None
            self.cwd = kwargs.get("cwd", Path.cwd())
        if self.process is not None:
            KERNELS.running[self.process.pid] = self.process
        if KERNELS.killed:
            kill_kernels()  # meanwhile
        return self.connection_info

    async def shutdown_requested(self, restart: bool = False) -> None:  # noqa: ARG002
        """Notice at once that the kernel has ended, where others look now and then."""
        await self._ended()

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and wait until it is gone."""
        await super().kill(restart=restart)
        await self._ended()

    async def _ended(self) -> None:
        """Wait until a forked kernel is gone, but not for long."""
        end = time.monotonic() + _SECONDS_TO_END
        while isinstance(self.process, ForkedProcess) and self.process.poll() is None:
            if time.monotonic() > end:
                return
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)


class ForkedProcess:
    """A kernel that the server forked, with the face of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._connection = connection
        connection.setblocking(False)

    def poll(self) -> int | None:
        """Return how the process ended; None while it runs."""
        if self.returncode is None:
            try:
                message = self._connection.recv(4096)
            except BlockingIOError:
                return None
            except OSError:
                message = b""
            # Without a message the server is gone, and has taken the kernel with it.
            ended = json.loads(message)["ended"] if message else -signal.SIGKILL
            self.returncode = ended
            self._connection.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the process has ended and return how."""
        with selectors.DefaultSelector() as selector:
            if self.returncode is None:
                selector.register(self._connection, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired("kernel", timeout or 0)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        """Have the server send a signal to the process and those it started."""
        if self.poll() is None:
            try:
                self._connection.sendall(bytes([number]))
            except OSError as error:
                raise ProcessLookupError(self.pid) from error

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process."""
        self.send_signal(signal.SIGKILL)


def fork(
    command: Sequence[str], options: dict[str, Any], link: socket.socket | None = None
) -> ForkedProcess | None:
    """Have the server fork a kernel; None if it does not, which is then said.

    An ordinary kernel would be started with the command. The options hold its
    environment, ``env``, and its folder, ``cwd``, as `subprocess.Popen` takes them.
    With a link it is a shell, which is given this socket.
    """
    wait_for_server()
    server = SOCKET if link is None else SHELLS
    served = server in os.environ and CAN_FORK
    if not served or interpreter_options(command) is None:
        return None
    request = {
        "command": list(command),
        "folder": str(options.get("cwd") or Path.cwd()),
        "environment": options["env"],
        "token": os.environ.get(TOKEN, ""),
    }
    try:
        connection = connect(server)
    except OSError:
        tell_once("The server that forks kernels is gone; ordinary kernels take over.")
        return None
    connection.settimeout(30)
    try:
        streams = [1, 2, *([link.fileno()] if link else ())]
        socket.send_fds(connection, [json.dumps(request).encode() + b"\n"], streams)
        answer = read_answer(connection)
    except (OSError, ValueError) as error:
        answer = {"refused": str(error)}
    if "refused" in answer:
        connection.close()
        tell_not_forked(answer["refused"])
        return None
    return ForkedProcess(answer["pid"], connection)
