"""Shells: forked processes that execute cells as a kernel does, without its sockets."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
from jupyter_core.paths import jupyter_runtime_dir

from forked_kernels.messages import Received, framed
from forked_kernels.provisioner import ForkedProcess, fork
from forked_kernels.server import (
    KERNELS,
    VARIABLES,
    kill_kernels,
)

_SECONDS_TO_END = 5.0  # as jupyter_client gives a kernel
_PIECE = 1 << 20


class Refused(RuntimeError):
    """The notebook asked for what only a kernel with sockets has; says for what."""


class Shell:
    """A process that executes cells, with the face of jupyter_client's kernel client.

    nbclient executes a notebook with it as with a client of a kernel: what it uses of
    one is here, and nothing more.
    """

    def __init__(self, process: ForkedProcess, link: socket.socket) -> None:
        self.process = process
        self.iopub_channel = _Channel(self)
        self.shell_channel = _Channel(self)
        self._link = link
        self._received = Received()
        self._loop: asyncio.AbstractEventLoop | None = None

    def execute(
        self,
        code: str,
        silent: bool = False,
        store_history: bool = True,
        user_expressions: dict[str, str] | None = None,
        *,
        stop_on_error: bool = True,
    ) -> str:
        """Have a cell executed, and return the identifier of this request."""
        content = {
            "code": code,
            "silent": silent,
            "store_history": store_history,
            "user_expressions": user_expressions or {},
            "allow_stdin": False,
            "stop_on_error": stop_on_error,
        }
        return self._ask("execute_request", content)

    def kernel_info(self) -> str:
        """Have the kernel describe itself, and return this request's identifier."""
        return self._ask("kernel_info_request", {})

    def is_alive(self) -> bool:
        """Tell whether the process runs."""
        return self.process.poll() is None

    def listen(self) -> None:
        """Receive what arrives whenever the event loop of this thread runs."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            loop.add_reader(self._link, self._receive)

    def stop(self) -> None:
        """Let the process do what is to be done at its exit, and wait until it ends."""
        self._hear_no_more()
        self._link.close()
        try:
            self.process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(_SECONDS_TO_END)

    def _ask(self, kind: str, content: dict[str, Any]) -> str:
        identifier = uuid4().hex
        request = {"msg_type": kind, "msg_id": identifier, "content": content}
        with suppress(OSError):  # it has died, which its executor notices by itself
            self._link.sendall(framed(json.dumps(request).encode()))
        return identifier

    def _receive(self) -> None:
        try:
            data = self._link.recv(_PIECE)
        except OSError:
            data = b""
        if not data:
            self._hear_no_more()
        for packed in self._received.add(data):
            try:
                message = json.loads(packed.decode(errors="replace"))
                to_shell = message["channel"] == "shell"
            except (ValueError, TypeError, KeyError):  # the notebook writes there too
                self._hear_no_more()
                self.process.kill()
                return
            channel = self.shell_channel if to_shell else self.iopub_channel
            channel.messages.put_nowait(message)

    def _hear_no_more(self) -> None:
        if self._loop and not self._loop.is_closed():
            self._loop.remove_reader(self._link)


class _Channel:
    """What arrives on one of a kernel's channels."""

    def __init__(self, shell: Shell) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._shell = shell

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait for the next message, by default without end.

        Raises
        ------
        queue.Empty
            If none arrives in so many seconds.
        Refused
            If the notebook asked for what only a kernel with sockets has.
        """
        self._shell.listen()
        try:
            message = await asyncio.wait_for(self.messages.get(), timeout)
        except TimeoutError:
            raise Empty from None
        if "refused" in message:
            raise Refused(message["refused"])
        return message


def fork_shell(folder: str | Path) -> Shell | None:
    """Have a shell forked that executes cells as a kernel of this interpreter does.

    Its notebooks get the outputs of an ordinary kernel, sooner: it has no sockets, no
    handshake, and is made before it is forked.

    Parameters
    ----------
    folder : path
        Where it runs.

    Returns
    -------
    Shell or None
        None outside of ``serve(shells=True)``, and if it cannot be forked, which is
        said in one line on the logger ``forked_kernels``.

    Raises
    ------
    PreloadError
        If `serve` did not wait, and a module to preload cannot be imported.
    RuntimeError
        After `kill_kernels`.
    """
    if KERNELS.killed:
        raise RuntimeError("No shell is started, for all were killed.")
    spec = KernelSpecManager().get_kernel_spec(NATIVE_KERNEL_NAME)
    file = str(Path(jupyter_runtime_dir(), "no-kernel.json"))
    arguments = [it.format(connection_file=file) for it in spec.argv[1:]]
    command = [sys.executable, *arguments, "--log-level=CRITICAL"]
    environment = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    with ExitStack() as stack:
        ours, theirs = map(stack.enter_context, socket.socketpair())
        process = fork(command, {"env": environment, "cwd": folder}, theirs)
        if process is None:
            return None
        theirs.close()
        stack.pop_all()
    KERNELS.running[process.pid] = process
    if KERNELS.killed:
        kill_kernels()  # meanwhile
    return Shell(process, ours)
