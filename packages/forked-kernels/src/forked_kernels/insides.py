"""What this package uses of other libraries though they do not document it.

Where a name is gone, the package does without it, and `serve` says so in one line.
`pyproject.toml` bounds the libraries above.
"""

from __future__ import annotations

import atexit
import os
import pkgutil
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

from jupyter_client.asynchronous.client import AsyncKernelClient


@dataclass(frozen=True)
class Use:
    """A name that is not documented, and what is lost without it."""

    name: str  # as `pkgutil.resolve_name` takes it
    loss: str

    def is_there(self) -> bool:
        """Tell whether the installed version still has the name."""
        try:
            pkgutil.resolve_name(self.name)
        except (ImportError, AttributeError):
            return False
        return True


# The provisioner puts a forked process in the place of LocalProvisioner's own.
PROCESS = Use(
    "jupyter_client.provisioning.local_provisioner:LocalProvisioner.process",
    "kernels are not forked",
)
# A client that begins as soon as the kernel answers does this with the answer.
HANDLE_INFO = Use(
    "jupyter_client.asynchronous.client:AsyncKernelClient._handle_kernel_info_reply",
    "each kernel is used a fifth of a second later",
)
# ipykernel asks each module in its `sys` for its file.
SYS = Use("ipykernel.ipkernel:sys", "each kernel takes half as much memory again")
CONTROL_THREAD = Use(
    "ipykernel.kernelapp:IPKernelApp.control_thread",
    "some kernels take ten seconds to end",
)
# Its default is this variable. On Linux, the system itself kills a server's kernels.
PARENT_VARIABLE = "JPY_PARENT_PID"
PARENT = Use(
    "ipykernel.kernelapp:IPKernelApp.parent_handle",
    "on systems other than Linux, kernels outlive a server that is killed",
)
_SLOW_END = "each kernel takes the time and the memory to clear away what it shares"
JOIN_THREADS = Use("threading:_shutdown", _SLOW_END)
RUN_AT_EXIT = Use("atexit:_run_exitfuncs", _SLOW_END)

_NO_SHELLS = "shells without a wire are not forked"
# A stream that sends without ipykernel's thread, and reads its file descriptor itself.
FLUSH = Use("ipykernel.iostream:OutStream._flush", _NO_SHELLS)
SCHEDULE = Use("ipykernel.iostream:OutStream._schedule_flush", _NO_SHELLS)
MASTER = Use("ipykernel.iostream:OutStream._is_master_process", _NO_SHELLS)
# What ipykernel says before and after a cell, and does after one that fails.
STATUS = Use("ipykernel.kernelbase:Kernel._publish_status", _NO_SHELLS)
ABORT = Use("ipykernel.kernelbase:Kernel._abort_queues", _NO_SHELLS)

OF_CLIENTS = (PROCESS, HANDLE_INFO)
OF_KERNELS = (SYS, CONTROL_THREAD, PARENT, JOIN_THREADS, RUN_AT_EXIT)
OF_SHELLS = (FLUSH, SCHEDULE, MASTER, STATUS, ABORT)

MACHINERY = (
    "forked_kernels.kernel",
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "faulthandler",
    "pdb",
    "psutil",
    "sqlite3",
    "tornado.platform.asyncio",
    "zmq.utils.garbage",
)
"""What a kernel imports before its first cell and at it, half of what it would hold.

What another version lacks is left out; what it adds, each kernel imports for itself.
"""


def losses(uses: Iterable[Use]) -> list[str]:
    """Say in a line for each name that is gone what is lost without it."""
    return [f"{it.name} is gone: {it.loss}." for it in uses if not it.is_there()]


class _SysWithoutModules:
    """The real `sys`, but that no module seems to be loaded."""

    modules: ClassVar[Mapping[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


@contextmanager
def modules_left_alone() -> Iterator[None]:
    """Have a kernel that is made meanwhile ask no module for its file.

    ipykernel asks all, so that a debugger steps over them. To ask a module is to copy
    the memory in which it lies, which made up a third of what a kernel held for
    itself. Besides, the debugger of an ordinary kernel would not step over what was
    preloaded.
    """
    from ipykernel import ipkernel

    module: Any = ipkernel
    if not SYS.is_there():
        yield
        return
    real, module.sys = module.sys, _SysWithoutModules()
    try:
        yield
    finally:
        module.sys = real


def end_control_thread(app: Any) -> None:
    """Let the thread that was asked to shut the kernel down come to its end first.

    It flushes what was printed. ipykernel may stop the thread that prints meanwhile,
    and then waits for ten seconds: so it was with one kernel in ten, until
    jupyter_client killed it.
    """
    if CONTROL_THREAD.is_there():
        app.control_thread.stop()
        app.control_thread.join()


def handle_info(client: AsyncKernelClient, reply: dict[str, Any]) -> None:
    """Have a client speak the version of the protocol that its kernel speaks."""
    client._handle_kernel_info_reply(reply)


def publish_status(kernel: Any, status: str) -> None:
    """Have a kernel say that it is busy with a cell, or idle."""
    kernel._publish_status(status, "shell")


def end_process(status: int) -> NoReturn:
    """End as Python does, but leave the interpreter standing.

    Taking it down would copy all that is shared with the server.
    """
    if not (JOIN_THREADS.is_there() and RUN_AT_EXIT.is_there()):
        sys.exit(status)
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in filter(None, (sys.__stdout__, sys.__stderr__)):
            with suppress(OSError, ValueError):
                stream.flush()
    finally:
        os._exit(status)
