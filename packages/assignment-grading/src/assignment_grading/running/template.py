"""A process that imports once and then forks another for each task.

It listens nowhere: its orders come through a socket that it inherited and that its
forks close before they begin. Where a system cannot fork safely, each task gets a
process of its own, which does the imports again.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from assignment_grading.running import confinement

CAN_FORK = (
    hasattr(os, "fork")
    and sys.platform != "darwin"
    and os.environ.get("ASSIGNMENT_GRADING_FORKS") != "no"
)
"""Whether this system can fork safely; a variable of the environment says no, too."""
_ORDER = 2**17
_NUMBER = struct.Struct(">I")


class Template:
    """The owner's side of such a process.

    Parameters
    ----------
    task : str
        ``module:function``. The function is called with the arguments of an order and
        the sockets that came with it.
    preload : sequence of str
        Modules to import before the first order; what cannot be imported is left out.
    environment : mapping of str to str
        All that the process and its forks find in their environment.
    folder : str
        Where it works.
    """

    def __init__(
        self,
        task: str,
        preload: Sequence[str],
        environment: Mapping[str, str],
        folder: str,
    ) -> None:
        self._how = json.dumps({"task": task, "preload": list(preload)})
        self._environment = dict(environment)
        self._folder = folder
        self._started: list[subprocess.Popen[bytes]] = []
        self._link = self._start() if CAN_FORK else None

    def order(
        self, arguments: Mapping[str, Any], sockets: Sequence[socket.socket]
    ) -> int:
        """Have the task done once, in a process of its own.

        Returns
        -------
        int
            The number of the process.

        Raises
        ------
        OSError
            If the process that forks has ended.
        """
        if self._link is not None and self._started[-1].poll() is not None:
            # It was ended from outside. What it had forked is lost, the rest goes on.
            self._link.close()
            self._link = self._start()
        link = self._link or self._start()
        numbers = array.array("i", [it.fileno() for it in sockets])
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)
        link.sendmsg([json.dumps(arguments).encode() + b"\n"], [rights])
        number = link.recv(_NUMBER.size, socket.MSG_WAITALL)
        if len(number) < _NUMBER.size:
            raise OSError("a process that grading depends on has ended")
        if link is not self._link:
            link.close()
            self._started = [it for it in self._started if it.poll() is None]
        (process,) = _NUMBER.unpack(number)
        return int(process)

    def close(self) -> None:
        """End the process and all that it forked."""
        if self._link is not None:
            self._link.close()
        for process in self._started:
            process.kill()
            process.wait()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._started.append(
                subprocess.Popen(  # noqa: S603
                    [
                        sys.executable,
                        "-m",
                        "assignment_grading.running.template",
                        self._how,
                    ],
                    stdin=theirs.fileno(),
                    cwd=self._folder,
                    env=self._environment,
                    start_new_session=True,
                )
            )
        return ours


def main() -> None:
    """Import, then do what is ordered until the owner ends."""
    confinement.die_with_parent()
    how = json.loads(sys.argv[1])
    sys.path[:] = [it for it in sys.path if it and it != os.getcwd()]
    link = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    module, _, name = how["task"].partition(":")
    task = getattr(importlib.import_module(module), name)
    if CAN_FORK:
        _preload(how["preload"])
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended forks vanish
    while True:
        order, numbers, _, _ = socket.recv_fds(link, _ORDER, 8)
        while order and not order.endswith(b"\n"):
            order += link.recv(_ORDER)
        if not order:
            return
        child = os.fork() if CAN_FORK else 0
        if child == 0:
            if not CAN_FORK:
                link.sendall(_NUMBER.pack(os.getpid()))
            link.close()
            with contextlib.suppress(OSError):  # it leads a session already
                os.setsid()
            for number in (1, 2):
                os.dup2(null, number)
            os.close(null)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _do(task, json.loads(order), [socket.socket(fileno=it) for it in numbers])
        for number in numbers:
            os.close(number)
        link.sendall(_NUMBER.pack(child))


def _do(task: Any, arguments: dict[str, Any], sockets: list[socket.socket]) -> None:
    status = 1
    try:
        confinement.die_with_parent()
        task(arguments, *sockets)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _preload(modules: Sequence[str]) -> None:
    gc.disable()
    for module in modules:
        with (
            open(os.devnull, "w") as null,
            contextlib.redirect_stdout(null),
            contextlib.redirect_stderr(null),
            contextlib.suppress(Exception),
        ):
            importlib.import_module(module)
    gc.collect()
    gc.freeze()  # pages that hold only what is imported stay shared
    gc.enable()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
