"""The process that kernels are forked from: it imports once, then forks on request.

It is started by `forked_kernels.server` as ``python -m forked_kernels.template``. Its
standard input is a socket to its owner, whose end is its own end.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import secrets
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from forked_kernels.insides import (
    MACHINERY,
    OF_KERNELS,
    OF_SHELLS,
    PARENT_VARIABLE,
    READ_IN_THE_FOLDER,
    begin_multiprocessing,
    end_process,
    losses,
    replace_debugger,
)
from forked_kernels.preloading import NotSettled, Plan, Read, preload
from forked_kernels.server import VARIABLES, PreloadError, digest, limit_memory

# What the interpreter and common libraries read once, when they start.
_READ_AT_START = ("PYTHON", "LD_", "LC_", "LANG", "MPL", "OMP_", "OPENBLAS_", "MKL_")
# What IPython reads once, when its shell is made.
_READ_BY_SHELLS = ("HOME", "IPYTHON", "JUPYTER_CONFIG")
_OF_ONE_KERNEL = ("JPY_", "IPY_", "IPYKERNEL_")  # set for each kernel, read by it alone
_MESSAGE_SIZE = 1 << 20


class Refused(Exception):
    """Says why no kernel can be forked; `setting` if the list of modules is wrong."""

    def __init__(self, message: str, *, setting: bool = False) -> None:
        super().__init__(message)
        self.setting = setting


class Launch(NamedTuple):
    """What one kernel is started with."""

    command: list[str]  # with which an ordinary kernel would have been started
    folder: str
    environment: dict[str, str]  # all of it
    link: socket.socket | None = None  # to who executes cells, if it is a shell


def main() -> None:
    """Import, then fork a kernel for each request until the owner ends."""
    options = json.loads(sys.argv[1])
    # A kernel's path begins with its own folder, not with that of its server.
    del sys.path[0]
    given, start = dict(os.environ), os.getcwd()
    # ipykernel reads this when it is imported: a kernel's parent is this process.
    os.environ[PARENT_VARIABLE] = str(os.getpid())
    owner = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    folder = Path(options["folder"])
    plan_of_this_round = folder / "plan.json"
    if plan_of_this_round.exists():
        plan = Plan.from_json(plan_of_this_round.read_text(encoding="utf-8"))
    else:
        plan = Plan(options["preload"])
    # What an import looks for in its folder is not to be found in that of the server.
    nowhere = tempfile.mkdtemp(dir=folder)
    os.chdir(nowhere)
    try:
        imported = _preload(plan)
    except Refused as refused:
        with contextlib.suppress(OSError):  # the owner has ended
            _send(owner, {"refused": str(refused), "setting": refused.setting})
        return
    if isinstance(imported, Plan):
        os.chdir(start)
        os.rmdir(nowhere)
        plan_of_this_round.write_text(imported.to_json(), encoding="utf-8")
        _begin_anew(owner, given)
    uses = OF_KERNELS + (OF_SHELLS if options["shells"] else ())
    try:
        _send(owner, {"told": losses(uses) + plan.lines()})
    except OSError:
        return
    makes_shells = options["shells"] and not losses(OF_SHELLS)
    listener = socket.socket(fileno=options["listener"])
    # What an import sets, it would set in an ordinary kernel too.
    set_here = {name: it for name, it in os.environ.items() if given.get(name) != it}
    maker = None  # of shells; 0 in itself
    if makes_shells:
        other = socket.socket(fileno=options["shells"])
        maker = os.fork()
        if maker == 0:
            listener, other = other, listener
            _die_with(int(os.environ[PARENT_VARIABLE]))
            set_here[PARENT_VARIABLE] = str(os.getpid())
        other.close()
    prepare = _prepare_shells if maker == 0 else None
    allowed = Surroundings(given, start, imported, bool(prepare))
    launch = _Server(owner, listener, allowed, options["token"], prepare).run()
    if launch is not None:
        launch.environment.update(set_here)
        _become(launch, imported, options["memory"])
    if maker:
        with contextlib.suppress(ChildProcessError):  # it died before
            os.waitpid(maker, 0)
    if maker != 0:
        shutil.rmtree(folder, ignore_errors=True)
    # The owner waits for this end, and what is to be done at the exit of a shell or a
    # kernel is not this one's.
    os._exit(0)


def _begin_anew(owner: socket.socket, environment: dict[str, str]) -> NoReturn:
    """Be a new process with the same number, in which nothing is imported."""
    os.dup2(owner.fileno(), 0)
    os.execve(sys.executable, sys.orig_argv, environment)  # noqa: S606


def _prepare_shells() -> None:
    """Make what all shells share, in the process that only they are forked from."""
    from forked_kernels.shell import prepare

    prepare()
    gc.collect()
    gc.freeze()


def _preload(plan: Plan) -> Read | Plan:
    """Import the modules so that a fork of this process is a fresh kernel."""
    gc.disable()
    for module in MACHINERY:
        with contextlib.suppress(ImportError):  # some are gone in other versions
            importlib.import_module(module)
    replace_debugger()
    try:
        imported = preload(plan)
    except PreloadError as error:
        raise Refused(str(error), setting=True) from None
    except NotSettled as error:
        raise Refused(str(error)) from None
    # A kernel that starts takes hold of each module's name, and so copies the pages
    # where the names lie. New ones lie side by side.
    renamed = {name.encode().decode(): it for name, it in sys.modules.items()}
    sys.modules.clear()
    sys.modules.update(renamed)
    gc.collect()
    # Pages that hold only frozen objects stay shared with the kernels.
    gc.freeze()
    return imported


class Surroundings:
    """What the imports have found around them, which a kernel must find as well."""

    def __init__(
        self, environment: dict[str, str], folder: str, read: Read, of_shells: bool
    ) -> None:
        self._environment = environment
        self._folder = folder
        self._read = read
        self._prefixes = (*_READ_AT_START, *(_READ_BY_SHELLS if of_shells else ()))

    def check(self, launch: Launch) -> None:
        """Refuse a kernel whose imports would find something else."""
        for name in sorted({*launch.environment, *self._environment}):
            differs = launch.environment.get(name) != self._environment.get(name)
            if differs and self._matters(name):
                raise Refused(f"their {name} is not that of the server")
        path = launch.environment.get("PYTHONPATH")
        relative = path and not all(map(os.path.isabs, path.split(os.pathsep)))
        if relative and not os.path.samefile(launch.folder, self._folder):
            raise Refused(f"PYTHONPATH={path} is another folder for each of them")
        with os.scandir(launch.folder) as entries:
            for entry in entries:
                self._check_file(entry)

    def _matters(self, name: str) -> bool:
        if name in VARIABLES or name.startswith(_OF_ONE_KERNEL):
            return False
        read = self._read.all_variables or name in self._read.variables
        return read or name.startswith(self._prefixes)

    def _check_file(self, entry: os.DirEntry[str]) -> None:
        if entry.name in READ_IN_THE_FOLDER:
            raise Refused(f"{entry.path} may be meant for a module that is preloaded")
        module = entry.name.partition(".")[0]
        if module in self._read.modules:
            found = PathFinder.find_spec(module, [os.path.dirname(entry.path)])
            if found and found.origin:
                file = getattr(sys.modules.get(module), "__file__", None)
                if not file or not os.path.samefile(found.origin, file):
                    raise Refused(
                        f"{found.origin} has the name of a module that is preloaded"
                    )


class _Server:
    """Forks, reaps and signals kernels; a connection stands for each of them."""

    def __init__(
        self,
        owner: socket.socket,
        listener: socket.socket,
        surroundings: Surroundings,
        token: str,
        prepare: Callable[[], None] | None,
    ) -> None:
        self.surroundings = surroundings
        self.prepare = prepare  # before the first fork, if what is forked are shells
        self.token = token  # its digest
        self.kernels: dict[int, socket.socket] = {}
        self.selector = selectors.DefaultSelector()
        self.ended, wakeup = socket.socketpair()
        self.sockets = [owner, listener, self.ended, wakeup]
        for end in (self.ended, wakeup, listener):
            end.setblocking(False)
        # A child that ends wakes the loop up.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
        self.listener = listener
        self._watch(owner, self._stop)
        self._watch(listener, self._accept)
        self._watch(self.ended, self._reap)
        self.running = True
        self.launch: Launch | None = None

    def run(self) -> Launch | None:
        """Serve until the owner ends; in a forked kernel, return what to launch."""
        while self.running and self.launch is None:
            for key, _ in self.selector.select():
                key.data(key.fileobj)
                if not self.running or self.launch is not None:
                    break
        if self.launch is None:
            for pid in list(self.kernels):
                _signal_group(pid, signal.SIGKILL)
        return self.launch

    def _watch(self, end: socket.socket, act: Callable[[socket.socket], None]) -> None:
        self.selector.register(end, selectors.EVENT_READ, act)

    def _stop(self, _: socket.socket) -> None:
        self.running = False

    def _accept(self, _: socket.socket) -> None:
        try:
            connection, _address = self.listener.accept()
        except OSError:
            return  # whoever knocked has left
        connection.settimeout(10)
        streams: list[int] = []
        try:
            request = _receive(connection, streams)
            if not secrets.compare_digest(
                digest(str(request.pop("token", ""))), self.token
            ):
                raise Refused("who asked was not started by the server's owner")
            launch = Launch(**request)
            self.surroundings.check(launch)
            if self.prepare:
                self.prepare()
                self.prepare = None
            pid = os.fork()
        # JSON that is nested too deep is a RecursionError.
        except (Refused, OSError, ValueError, TypeError, RecursionError) as error:
            with contextlib.suppress(OSError):
                _send(connection, {"refused": str(error)})
            connection.close()
            _close(streams)
            return
        if pid == 0:
            os.setsid()
            self.launch = launch._replace(link=self._leave(connection, streams))
            return
        _close(streams)
        self.kernels[pid] = connection
        with contextlib.suppress(OSError):
            _send(connection, {"pid": pid})
        self._watch(connection, lambda end: self._hear(pid, end))

    def _leave(
        self, connection: socket.socket, streams: Sequence[int]
    ) -> socket.socket | None:
        """Give up all that is the server's, in a process that was just forked.

        Returns the socket to who executes cells, if it is a shell.
        """
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.selector.close()
        for end in (*self.sockets, *self.kernels.values(), connection):
            end.close()
        for number, stream in enumerate(streams[:2], start=1):
            os.dup2(stream, number)
        _close(streams[:2])
        return socket.socket(fileno=streams[2]) if streams[2:] else None

    def _hear(self, pid: int, connection: socket.socket) -> None:
        """Pass a signal on; whoever hangs up wants the kernel no more."""
        if pid not in self.kernels:
            return  # it ended a moment ago
        try:
            signals = connection.recv(64)
        except OSError:
            signals = b""
        for number in signals or [signal.SIGKILL]:
            _signal_group(pid, number)
        if not signals:
            self.selector.unregister(connection)

    def _reap(self, _: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while self.ended.recv(4096):
                pass
        while self.kernels:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                return
            # What the kernel itself started ends with it, while its number is its own.
            _signal_group(ended.si_pid, signal.SIGKILL)
            pid, status = os.waitpid(ended.si_pid, 0)
            connection = self.kernels.pop(pid, None)
            if connection is None:
                continue  # the process that shells were forked from
            with contextlib.suppress(KeyError):
                self.selector.unregister(connection)
            with contextlib.suppress(OSError):
                _send(connection, {"ended": os.waitstatus_to_exitcode(status)})
            connection.close()


def _signal_group(pid: int, number: int) -> None:
    """Send a signal to a kernel and what it started, before the kernel is reaped."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            os.kill(pid, number)  # it was just forked, and leads no group yet


def _close(streams: Sequence[int]) -> None:
    for stream in streams:
        os.close(stream)


def _receive(connection: socket.socket, streams: list[int]) -> dict[str, Any]:
    message, sent, _flags, _address = socket.recv_fds(connection, _MESSAGE_SIZE, 3)
    streams += sent
    if not message.endswith(b"\n"):
        with connection.makefile("rb") as stream:
            message += stream.readline()
    request = json.loads(message)
    if not isinstance(request, dict):
        raise TypeError("what was asked is no JSON object")
    return request


def _send(connection: socket.socket, message: dict[str, Any]) -> None:
    connection.sendall(json.dumps(message).encode() + b"\n")


def _become(launch: Launch, imported: Read, memory: int) -> NoReturn:
    """Be an ordinary kernel from here on, or a shell."""
    _die_with(int(launch.environment[PARENT_VARIABLE]))
    limit_memory(os.getpid(), memory)
    os.chdir(launch.folder)
    os.environ.clear()
    os.environ.update(launch.environment)
    tempfile.tempdir = None  # what was imported may have asked for it already
    time.tzset()
    module = importlib.util.find_spec("ipykernel_launcher")
    arguments = launch.command[launch.command.index("ipykernel_launcher") + 1 :]
    sys.argv = [str(module and module.origin), *arguments]
    sys.orig_argv[:] = launch.command
    imported.renew()
    begin_multiprocessing()
    if "numpy.random" in sys.modules:
        # The random module does this itself.
        sys.modules["numpy.random"].seed()
    gc.enable()
    status = 0
    try:
        if launch.link is None:
            from forked_kernels.kernel import ForkedKernelApp

            ForkedKernelApp.launch_instance()
        else:
            from forked_kernels.shell import ShellApp

            ShellApp.instance().serve(launch.link)
    except SystemExit as stopped:
        status = stopped.code if isinstance(stopped.code, int) else 1
    except BaseException:
        traceback.print_exc()
        status = 1
    end_process(status)


def _die_with(server: int) -> None:
    """Have the system kill this process when the server that forked it dies (Linux)."""
    if sys.platform != "linux":
        return  # ipykernel looks for its parent once a second
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != server:  # it has died before
        os._exit(1)


if __name__ == "__main__":
    # Whoever interrupts the server knows that they did.
    with contextlib.suppress(KeyboardInterrupt):
        main()
