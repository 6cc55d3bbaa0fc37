"""What runs in a student's room: the notebook, in a Jupyter kernel of its own.

`run` moves into the room, starts the kernel, and does what the other side of a
`Channel` asks for: run a cell, give answers, use a function. It is as untrusted as the
notebook itself, since the student's code can reach it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from assignment_grading.running import rooms
from assignment_grading.running.answers import AnswerError, Encoder, decode, use
from assignment_grading.running.channel import Channel
from assignment_grading.running.template import CAN_FORK

MODULES = (
    "IPython.core.completer",
    "IPython.core.interactiveshell",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "jupyter_client.blocking.client",
    "jupyter_client.provisioning.local_provisioner",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "otter",
    "otter.check.notebook",
)
"""What each notebook needs, to be imported before its process is forked."""

LARGEST_ANSWER = 2**24
"""Bytes of JSON that one answer may have."""

_PREPARE = (
    "import assignment_grading.running.student as _it, otter as _otter\n"
    "_it.Recorder.questions = {questions!r}\n"
    "_otter.Notebook = _it.Recorder\n"
    "del _it, _otter"
)
_PARCEL = "application/x-answers"


def run(arguments: dict[str, Any], end: socket.socket, *line: socket.socket) -> None:
    """Run a notebook's cells in a room, as the other side asks for it.

    Parameters
    ----------
    arguments : dict
        `room`, as `rooms.Room.describe` gives it, and `limits` of `rooms.Limits`.
    end : socket
        Of the channel to the other side.
    line : socket, optional
        For `rooms.enter`.
    """
    limits = rooms.Limits(**arguments["limits"])
    rooms.enter(arguments["room"], line[0] if line else None, limits)
    Path("k").mkdir()
    file, _ = write_connection_file(
        os.path.abspath("k/kernel.json"), transport="ipc", ip=os.path.abspath("k/s")
    )
    channel = Channel(end)
    kernel = _start_kernel(file, end)
    signal.signal(signal.SIGCHLD, lambda *_: _when_kernel_ends(kernel, channel))
    _when_kernel_ends(kernel, channel)
    client = BlockingKernelClient()
    client.load_connection_file(file)
    client.start_channels(iopub=False, stdin=False, hb=False)
    client.kernel_info(reply=True)
    while True:
        channel.send(_do(client, *channel.receive()))


def _start_kernel(file: str, end: socket.socket) -> int:
    """Fork a kernel, or start one where that is not safe, and return its number."""
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", file]
    if not CAN_FORK:
        return subprocess.Popen(command, start_new_session=True).pid  # noqa: S603
    pid = os.fork()
    if pid == 0:
        end.close()
        os.setsid()
        _be_kernel(file)
    return pid


def _be_kernel(file: str) -> NoReturn:
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    random.seed()
    sys.argv = ["ipykernel_launcher", "-f", file]
    status = 1
    try:
        from ipykernel.kernelapp import IPKernelApp

        IPKernelApp.launch_instance()
        status = 0
    finally:
        os._exit(status)


def _when_kernel_ends(kernel: int, channel: Channel) -> None:
    ended, status = os.waitpid(kernel, os.WNOHANG)
    if ended:
        code = os.waitstatus_to_exitcode(status)
        channel.send({"ended": code})
        os._exit(0)


def _do(client: BlockingKernelClient, what: str, given: Any) -> Any:
    """Do one thing that the other side asks for."""
    if what == "questions":
        return _error(client, _PREPARE.format(questions=given))
    if what == "cell":
        return {"error": _error(client, given), "checked": _ask(client, "sent()")}
    if what == "answers":
        return _ask(client, f"give({given!r})")
    return _ask(client, f"used({json.dumps(given)!r})")


def _error(client: BlockingKernelClient, source: str) -> str:
    """Run a cell and return its error; an empty text if it has none."""
    reply = client.execute(source, allow_stdin=False, stop_on_error=False, reply=True)
    content = reply["content"]
    if content["status"] == "ok":
        return ""
    return f"{content.get('ename', 'Error')}: {content.get('evalue', '')}"[:300]


def _ask(client: BlockingKernelClient, call: str) -> Any:
    """Have a function of this module called in the kernel; None if it cannot be."""
    module = f"__import__({__name__!r}, fromlist=['x'])"
    reply = client.execute(
        "", silent=True, user_expressions={"it": f"{module}.{call}"}, reply=True
    )
    try:
        found = reply["content"]["user_expressions"]["it"]["data"][_PARCEL]
        return json.loads(found)
    except (LookupError, TypeError, ValueError, RecursionError):
        return None


class _Parcel:
    """Text that goes through the kernel's display of a value."""

    def __init__(self, content: Any) -> None:
        self.text = json.dumps(content)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {_PARCEL: self.text, "text/plain": ""}


class Recorder:
    """Stands in a student's notebook for `otter.Notebook`.

    It notes what the answers are when a question is checked. The tests run elsewhere.
    """

    questions: ClassVar[dict[str, list[str]]] = {}  # the names that its tests take
    checked: ClassVar[list[list[Any]]] = []
    kept: ClassVar[list[Any]] = []  # what stays here, by number

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def check(self, question: str, global_env: dict[str, Any] | None = None) -> None:
        """Note the answers to a question as they are now."""
        if question in self.questions:
            names = self.questions[question]
            self.checked.append([question, _answers(names, global_env)])

    def __getattr__(self, name: str) -> Any:
        """Do nothing that is asked for otherwise."""
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_, **__: None


def sent() -> _Parcel:
    """Return what was noted since the last time."""
    noted, Recorder.checked = Recorder.checked, []
    return _Parcel(noted)


def give(names: list[str]) -> _Parcel:
    """Return the answers of some names as they are now."""
    return _Parcel(_answers(names, None))


def used(asked: str) -> _Parcel:
    """Do with what stayed here what the other side asks for."""
    number, what, given = json.loads(asked)
    try:
        value = use(Recorder.kept[number], what, decode(given, _kept))
        return _Parcel(_entry(value))
    except Exception as error:
        return _Parcel({"raised": [type(error).__name__, str(error)[:500]]})


def _answers(names: list[str], given: dict[str, Any] | None) -> dict[str, Any]:
    from IPython import get_ipython

    shell = get_ipython()
    space = given if given is not None else shell.user_ns if shell else {}
    return {name: _entry(space[name]) for name in names if name in space}


def _entry(value: Any) -> dict[str, Any]:
    try:
        encoded = Encoder(_keep).encode(value)
        if len(json.dumps(encoded)) > LARGEST_ANSWER:
            raise AnswerError("It is too large.")
    except AnswerError as error:
        return {"why": str(error)}
    except Exception as error:
        return {"why": f"It cannot be read ({type(error).__name__})."}
    return {"value": encoded}


def _keep(value: Any) -> int:
    Recorder.kept.append(value)
    return len(Recorder.kept) - 1


def _kept(number: int, _: str) -> Any:
    return Recorder.kept[number]
