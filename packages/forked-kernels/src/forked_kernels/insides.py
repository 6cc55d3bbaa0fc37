"""What this package uses of other libraries though they do not document it.

Where a name is gone, the package does without it, and `serve` says so in one line.
`pyproject.toml` bounds the libraries above.
"""

from __future__ import annotations

import atexit
import json
import os
import pkgutil
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
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
FOLDER = Use(
    "multiprocessing.process:ORIGINAL_DIR",
    "a process that a notebook spawns may look for its files in another folder",
)
# What a kernel puts in the place of pdb's debugger, before a notebook imports anything.
DEBUGGER = Use(
    "ipykernel.kernelapp:IPKernelApp.init_pdb",
    "a notebook cannot run doctests if doctest is preloaded",
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
OF_KERNELS = (
    SYS,
    CONTROL_THREAD,
    PARENT,
    FOLDER,
    DEBUGGER,
    JOIN_THREADS,
    RUN_AT_EXIT,
)
OF_SHELLS = (FLUSH, SCHEDULE, MASTER, STATUS, ABORT)

ENVIRONMENT_OF_KERNELS = {
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
"""What ipykernel sets before the first cell; the last only if it is not set.

Modules read it when they are imported, so it is set before as well.
"""

READ_IN_THE_FOLDER = ("matplotlibrc", ".numba_config.yaml")
"""What some modules look for, when they are imported, in the folder of the notebook."""

THREADS_THAT_FORK = frozenset({"jemalloc_bg_thd"})
"""Threads that may run in a process that forks, by the names that they give themselves.

jemalloc, which PyArrow brings, takes its own locks before a fork and goes on in the
child without its thread (`jemalloc_prefork`, `background_thread_postfork_child`).
"""

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
    "multiprocessing.process",
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


@contextmanager
def shell_is(find: Callable[[], Any]) -> Iterator[None]:
    """Have IPython's `get_ipython` return what `find` does, None for no shell.

    It asks this class for its instance.
    """
    from IPython.core.interactiveshell import InteractiveShell

    shell: Any = InteractiveShell
    shell.initialized = classmethod(lambda _: find() is not None)
    shell.instance = classmethod(lambda _, *__, **___: find())
    try:
        yield
    finally:
        del shell.initialized, shell.instance


def options_of_pandas(pandas: Any) -> Any:
    """Return what is set, which would take long by what pandas documents; or None."""
    try:
        return json.dumps(pandas._config.config._global_config, default=str)
    except AttributeError:
        return None


def replace_debugger() -> None:
    """Have the modules that are imported from now on find the debugger of a kernel.

    doctest derives one of its own from it, and calls it by its name.
    """
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp
    if DEBUGGER.is_there():
        app().init_pdb()


def begin_multiprocessing() -> None:
    """Have multiprocessing begin here, and not where and when it was imported."""
    from multiprocessing import process

    if FOLDER.is_there():
        process.ORIGINAL_DIR = os.getcwd()  # type: ignore[attr-defined]
    process.current_process().authkey = os.urandom(32)


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
