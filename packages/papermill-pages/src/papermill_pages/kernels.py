"""What kernels are started with, and how all of them are ended at once.

With the package `forked-kernels` they are forked from one process with the imports
done, which is faster. Without it they are ordinary ones, and no page can tell.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_runtime_dir

from papermill_pages.errors import PlanError
from papermill_pages.instructions import BASELINE, keep_to_baseline
from papermill_pages.settings import NONE, Settings

try:
    import forked_kernels
except ImportError:
    forked_kernels = None  # type: ignore[assignment]

logger = logging.getLogger("papermill_pages")

ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "COLUMNS": "88",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
"""By which a page shows the same on every machine."""

_KEPT_OF_PYTHON = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONPLATLIBDIR",
    "PYTHONUSERBASE",
    "PYTHONNOUSERSITE",
    "PYTHONPYCACHEPREFIX",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONEXECUTABLE",
    "PYTHONMALLOC",
)
"""What says where Python finds and leaves its files.

The rest says how it runs: with warnings as errors, without assertions, with traces of
its imports. A page that stops or reads otherwise because of a reader's variable is not
the book's.
"""

THREADS = [name for name in ENVIRONMENT if name.endswith("_NUM_THREADS")]
"""Those of them that a book can set."""

_NOT_INSTALLED = (
    "%s: papermill_pages.%s has no effect, for forked-kernels is not "
    "installed, and each page starts a kernel of its own. To have it: pip install "
    "'papermill-pages[forked]'"
)

_LONGEST_PATH = 90  # a socket's path has at most 107 letters, a dash and a number too

_ALL_ENDED = "No kernel is started, for all were ended."

REFUSED = (forked_kernels.Refused,) if forked_kernels else ()
"""What a shell raises if a notebook asks it for what only a kernel has."""

_RUNNING = weakref.WeakValueDictionary[int, Any]()
"""The processes of kernels, as `subprocess.Popen` or with its face."""


@contextmanager
def kernel_environment(
    settings: Settings, *, fork: bool = True, wait: bool = True
) -> Iterator[None]:
    """Give all kernels started inside the same time zone, locale and hash seed.

    How Python runs elsewhere (``PYTHONWARNINGS`` and the like) is nothing to them. They
    are forked from one process where this can be done. Without `fork` they are
    ordinary ones, for which nothing is preloaded; without `wait`, that process may
    still be importing. A profile of the reader's own, their settings of Matplotlib and
    their kernels' files are kept apart as well.

    Raises
    ------
    PlanError
        If a module that the settings preload does not exist.
    """
    before = dict(os.environ)
    for name in before:
        if name.startswith("PYTHON") and name not in _KEPT_OF_PYTHON:
            del os.environ[name]
    os.environ.update(ENVIRONMENT)
    _KernelManager.all_ended = False
    try:
        with ExitStack() as stack:
            for name in THREADS:
                if settings.threads:
                    os.environ[name] = str(settings.threads)
                else:
                    del os.environ[name]
            if settings.instructions == BASELINE:
                keep_to_baseline()
            shells = settings.shells != NONE
            if fork and forked_kernels:
                folder = stack.enter_context(forked_kernels.private_folder())
            else:
                folder = Path(stack.enter_context(TemporaryDirectory()))
            # What kernels and shells read when they are made stands here before.
            os.environ["JUPYTER_RUNTIME_DIR"] = str(folder)
            os.environ["IPYTHONDIR"] = str(folder / "ipython")
            # A reader's own would change figures; one beside the notebook still holds.
            (folder / "matplotlibrc").touch()
            os.environ["MATPLOTLIBRC"] = str(folder / "matplotlibrc")
            if not _has_home():
                # On each page Matplotlib would say that it made one, and where.
                os.environ.setdefault("MPLCONFIGDIR", str(folder / "matplotlib"))
            if fork and forked_kernels:
                stack.enter_context(
                    forked_kernels.serve(settings.preload, shells=shells, wait=False)
                )
            if fork and not forked_kernels and (settings.preload or shells):
                setting = "preload" if settings.preload else "shells"
                logger.warning(_NOT_INSTALLED, settings.file, setting)
            if wait:
                _wait_for_server(settings)
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _wait_for_server(settings: Settings) -> None:
    if forked_kernels:
        try:
            forked_kernels.wait_for_server()
        except forked_kernels.PreloadError as error:
            told = f"{settings.file}: papermill_pages.preload: {error}."
            raise PlanError(told) from None


def _has_home() -> bool:
    """Tell whether libraries can keep their settings and caches in the user's home."""
    try:
        return os.access(Path.home(), os.W_OK)
    except RuntimeError:  # the user has none
        return False


class KernelsOnDemand:
    """Enters `kernel_environment` once, and only if there is a page to execute."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = ExitStack()
        self._begun = False
        self._problem: PlanError | None = None

    def __enter__(self) -> KernelsOnDemand:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def begin(self) -> None:
        """Prepare for pages that are sure to be executed, and go on meanwhile."""
        if not self._begun:
            self._stack.enter_context(kernel_environment(self._settings, wait=False))
            self._begun = True

    def start(self) -> None:
        """Prepare; a wrong setting is the same for every page."""
        self.begin()
        try:
            _wait_for_server(self._settings)
        except PlanError as error:
            self._problem = error
        if self._problem:
            raise self._problem


_staying = threading.Lock()
_until_exit: list[ExitStack] = []


def stay_in_kernel_environment(settings: Settings) -> None:
    """Enter `kernel_environment` until this process ends.

    A worker of a cluster executes pages of a build that it does not see, and cannot
    tell which of them is the last.
    """
    with _staying:
        if not _until_exit:
            stack = ExitStack()
            stack.enter_context(kernel_environment(settings))
            atexit.register(stack.close)
            _until_exit.append(stack)


def folders_of_tools() -> list[Path]:
    """Return the folders of the modules that kernels have of this engine."""
    tools = [Path(__file__).parent]
    return [*tools, Path(forked_kernels.__file__).parent] if forked_kernels else tools


def remove_abandoned_folders() -> None:
    """Remove what builds have left that were killed."""
    if forked_kernels:
        forked_kernels.remove_abandoned_folders()


def server_was_lost() -> bool:
    """Tell whether kernels were forked from a server that has died, and they with it.

    A kernel that died so did nothing wrong, and the next will be an ordinary one.
    """
    return forked_kernels is not None and forked_kernels.lost()


def end_kernels() -> None:
    """Kill every kernel that this process started, and let no other start.

    A signal handler may call this: it waits for no lock.
    """
    _KernelManager.all_ended = True
    for reference in _RUNNING.valuerefs():
        process = reference()
        if process is not None:
            _end(process)


def _began(process: Any, memory: int) -> None:
    """Limit the memory of a process that was just started, and let it be ended."""
    _RUNNING[id(process)] = process
    if memory and sys.platform == "linux":
        import resource  # not on Windows

        size = memory * 2**20
        with suppress(OSError):
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (size, size))
    if _KernelManager.all_ended:
        _end(process)  # meanwhile


def _end(process: Any) -> None:
    """Kill a kernel, and what it started, if it runs."""
    if process.poll() is not None:
        return
    with suppress(OSError):
        if isinstance(process, subprocess.Popen) and hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def fork_shell(folder: str, memory: int) -> Any:
    """Fork a shell that executes cells as a kernel does; None if it cannot be.

    It is a `forked_kernels.Shell`, which may take so many MiB of data.
    """
    if _KernelManager.all_ended:
        raise RuntimeError(_ALL_ENDED)
    shell = forked_kernels.fork_shell(folder) if forked_kernels else None
    if shell is not None:
        _began(shell.process, memory)
    return shell


class _KernelManager(AsyncKernelManager):
    """Starts a kernel that `end_kernels` can end, and limits its memory."""

    memory = 0  # MiB; 0 for no limit
    all_ended = False  # of all kernels of this process; read and set without a lock

    def __init__(self, **options: Any) -> None:
        """Choose sockets in a private folder over ports that others can reach."""
        super().__init__(**options)
        sockets = os.path.join(jupyter_runtime_dir(), uuid4().hex[:8])
        if os.name == "posix" and len(sockets) < _LONGEST_PATH:
            self.transport, self.ip = "ipc", sockets
            self.connection_file = f"{sockets}.json"

    async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Start the kernel, unless all were ended."""
        if self.all_ended:
            raise RuntimeError(_ALL_ENDED)
        await super().start_kernel(**kwargs)
        process = getattr(self.provisioner, "process", None)
        if process is not None:
            _began(process, self.memory)


@cache
def manager_of_kernels(memory: int) -> type[AsyncKernelManager]:
    """Return the class that starts kernels which may take so many MiB of data."""
    return type("KernelManager", (_KernelManager,), {"memory": memory})
