"""The kernel without a wire: what a forked process is that executes cells for `Shell`.

It is ipykernel's own kernel and IPython's own shell, made once in the process that
shells are forked from. What a kernel would send through its ZeroMQ sockets goes as JSON
through one socket instead, so there are no ports, no handshake and no threads for them.
"""

# Much of ipykernel has no types.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
import codecs
import fcntl
import os
import selectors
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from ipykernel.iostream import IOPubThread, OutStream
from jupyter_client.session import Session
from tornado.ioloop import IOLoop

from forked_kernels.insides import publish_status
from forked_kernels.kernel import ForkedKernel, ForkedKernelApp
from forked_kernels.messages import Received, framed

_SECONDS_BETWEEN_FLUSHES = 0.2  # as in ipykernel
_THREADS_WITHOUT_NAME = 3
_PIECE = 1 << 16  # what a pipe holds at most


class _NoSocket:
    """What stands for a socket that there is not."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        refuse("the sockets of its kernel")


class _Link(Session):
    """The session of a kernel, whose messages go through one socket.

    What a cell shows waits for its end, or for the publisher's thread, and goes in one
    piece: each message wakes the process that receives it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.socket: socket.socket | None = None
        self._turn: int | None = None
        self._free_at_once()
        os.register_at_fork(before=self.flush, after_in_child=self._free_at_once)

    def _free_at_once(self) -> None:
        self._lock, self._waiting = threading.RLock(), bytearray()
        self._waits = False  # a process that a notebook forks has no publisher's thread

    def connect(self, connection: socket.socket) -> None:
        """Send from now on through this socket."""
        self.socket = connection
        self._waits = True
        if hasattr(os, "memfd_create"):
            self._turn = os.memfd_create("turn")

    def send(
        self,
        stream: Any,  # noqa: ARG002
        msg_or_type: Any,
        content: Any = None,
        parent: Any = None,
        ident: Any = None,  # noqa: ARG002
        buffers: Any = None,  # noqa: ARG002 - only comms have any
        track: bool = False,  # noqa: ARG002
        header: Any = None,
        metadata: Any = None,
    ) -> dict[str, Any]:
        """Send a message, as `Session.send` does."""
        message: dict[str, Any] = msg_or_type
        if not isinstance(msg_or_type, dict):
            message = self.msg(msg_or_type, content, parent, header, metadata)
        kind = message["msg_type"]
        if kind.startswith("comm_"):
            refuse("a comm, by which widgets talk to a browser")
        self.write(
            {
                "channel": "shell" if kind.endswith("_reply") else "iopub",
                "msg_type": kind,
                "header": {"msg_type": kind},
                "parent_header": {"msg_id": message["parent_header"].get("msg_id")},
                "metadata": message["metadata"],
                "content": message["content"],
            }
        )
        if kind == "stream":
            self.flush()  # it has waited already, or was flushed by the notebook
        return message

    def write(self, message: dict[str, Any]) -> None:
        """Write one message, from any thread and from any process that was forked."""
        packed = framed(self.pack(message))
        with self._lock:
            self._waiting += packed
            if not self._waits or len(self._waiting) > _PIECE:
                self.flush()

    def flush(self) -> None:
        """Send what waits."""
        with self._lock:
            waiting, self._waiting = self._waiting, bytearray()
            if waiting and self.socket:
                with self._whole():
                    self.socket.sendall(waiting)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Keep out the processes that a notebook forks, which write here as well."""
        if self._turn is None:
            yield
            return
        fcntl.lockf(self._turn, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._turn, fcntl.LOCK_UN)


class _Publisher(IOPubThread):
    """Stands for the thread that sends: what is sent goes at once.

    Its thread reads what C code and other programs write to the standard streams, and
    flushes what a cell has printed that goes on for long.
    """

    socket: Any
    background_socket: Any
    io_loop: Any
    thread: Any

    def __init__(self, link: _Link) -> None:
        self.session = link
        self.socket = self.background_socket = _NoSocket()
        self.io_loop = self.thread = None
        self.streams: list[Stream] = []

    def schedule(self, f: Any) -> None:
        """Do this now."""
        f()

    def start(self) -> None:
        """Begin to read and to flush."""
        threading.Thread(target=self._watch, name="IOPub", daemon=True).start()

    def _watch(self) -> None:
        with selectors.DefaultSelector() as selector:
            for stream in self.streams:
                selector.register(stream.pipe, selectors.EVENT_READ)
            while True:
                ready = selector.select(_SECONDS_BETWEEN_FLUSHES)
                for stream in self.streams:
                    # Whoever waits for more of a program's output would get it in
                    # crumbs if each were sent at once.
                    stream.drain() if ready else stream.flush()
                if not ready:
                    self.session.flush()


class Stream(OutStream):
    """A standard stream of a notebook, which sends without a thread."""

    pipe = -1

    def __init__(
        self, session: Any, pub_thread: Any, name: str, **options: Any
    ) -> None:
        super().__init__(session, pub_thread, name, **options | {"watchfd": False})
        self._draining, self._sending = threading.RLock(), threading.RLock()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        number = getattr(sys, f"__{name}__").fileno()
        self.pipe, writing = os.pipe()
        os.set_blocking(self.pipe, False)
        self._original_stdstream_copy = os.dup(number)
        os.dup2(writing, number)
        os.close(writing)
        pub_thread.streams.append(self)

    def drain(self) -> None:
        """Take over what was written to the file descriptor."""
        if not self._is_master_process():
            return
        with self._draining, suppress(BlockingIOError):
            piece = os.read(self.pipe, _PIECE)  # all of it
            super().write(self._decoder.decode(piece))
            with suppress(OSError):
                os.write(self._original_stdstream_copy, piece)

    def write(self, string: str) -> int | None:  # type: ignore[override]
        """Write a text, after what was written to the file descriptor before."""
        self.drain()
        return super().write(string)

    def flush(self) -> None:
        """Send what was written.

        What the publisher's thread has taken but not yet sent is waited for: whatever
        the notebook shows next comes behind it.
        """
        self.drain()
        in_turn = self._sending if self._is_master_process() else nullcontext()
        try:
            with in_turn:
                self._flush()
        except UnicodeEncodeError as error:  # half a character, say
            print(f"{self.name} is lost: {error}", file=sys.__stderr__, flush=True)

    def _schedule_flush(self) -> None:
        """Leave it to the publisher's thread, which looks for itself."""

    def close(self) -> None:
        """Close the stream for the notebook; the file descriptor is still read."""
        self.pub_thread = None


# A notebook that shows its standard output, or looks at its class, finds ipykernel's.
Stream.__name__ = Stream.__qualname__ = OutStream.__name__
Stream.__module__ = OutStream.__module__


class WirelessKernel(ForkedKernel):
    """ipykernel's kernel, but for what only makes sense with sockets."""

    # ipykernel asks whether a cell runs in the thread that the shell channel serves.
    shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())
    _supports_kernel_subshells = False
    # ipykernel waits so long after each cell for its sockets to send the outputs.
    _execute_sleep = 0.0

    def do_one_iteration(self) -> NoReturn:
        """Let others process messages while a cell runs."""
        refuse("messages while a cell runs")

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """No requests are waiting."""


class ShellApp(ForkedKernelApp):
    """The application of a kernel without a wire.

    `initialize` is called once, before the fork; `serve` in each process.
    """

    kernel_class = WirelessKernel
    outstream_class = "forked_kernels.shell.Stream"

    def init_connection_file(self) -> None:
        """There is no such file."""

    init_poller = init_heartbeat = log_connection_info = init_connection_file

    def write_connection_file(self, **_: Any) -> None:
        """There is no such file."""

    def init_sockets(self) -> None:
        """Make what stands for the sockets."""
        self.configure_tornado_logger()
        # ipykernel starts so many threads without a name, and those of a notebook are
        # numbered from there.
        for _ in range(_THREADS_WITHOUT_NAME):
            threading.Thread()
        self.session = _Link(parent=self)
        self.iopub_thread = _Publisher(self.session)
        self.iopub_socket = self.stdin_socket = self.iopub_thread.background_socket

    def init_io(self) -> None:
        """Leave the standard streams alone before the fork."""

    def init_kernel(self) -> None:
        """Make the kernel and its shell."""
        self.kernel = self.kernel_class.instance(
            parent=self,
            session=self.session,
            iopub_thread=self.iopub_thread,
            iopub_socket=self.iopub_socket,
            stdin_socket=self.stdin_socket,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )

    # What runs an author's own code waits until after the fork.
    def init_path(self) -> None:
        """Leave the path alone before the fork."""

    init_gui_pylab = init_extensions = init_code = init_path

    def serve(self, link: socket.socket) -> None:
        """Execute the cells that come through a socket, until it is closed."""
        self.session.connect(link)
        assert self.shell is not None
        self.shell.init_environment()
        self.shell.history_manager.dir_hist[:] = [Path.cwd()]
        super().init_io()
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count
        self.iopub_thread.start()
        self.init_signal()
        super().init_path()
        super().init_gui_pylab()
        super().init_extensions()
        super().init_code()
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        requests: asyncio.Queue[Any] = asyncio.Queue()
        received = Received()

        def receive() -> None:
            data = link.recv(_PIECE)
            for request in received.add(data):
                requests.put_nowait(self.session.unpack(request))
            if not data:
                loop.remove_reader(link)
                answering.cancel()

        loop.add_reader(link, receive)
        answering = loop.create_task(self._answer(requests))
        # The loop is also stopped by a notebook that calls `exit`.
        answering.add_done_callback(lambda _: loop.stop())
        loop.run_forever()
        answering.cancel()
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(answering)

    async def _answer(self, requests: asyncio.Queue[Any]) -> None:
        """Answer one request after another, as ipykernel answers what arrives."""
        kernel, process = self.kernel, os.getpid()
        kernel.io_loop = IOLoop.current()
        while True:
            request = await requests.get()
            message = self.session.msg(request["msg_type"], request["content"])
            message["header"]["msg_id"] = message["msg_id"] = request["msg_id"]
            kernel.set_parent([], message)
            publish_status(kernel, "busy")
            kernel.pre_handler_hook()
            try:
                answer = kernel.shell_handlers[request["msg_type"]]
                await answer(None, [], message)
            except KeyboardInterrupt:
                self.log.error("KeyboardInterrupt caught in kernel.")
            except Exception:
                self.log.exception("Exception in message handler:")
            finally:
                kernel.post_handler_hook()
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()
            if os.getpid() != process:
                os._exit(0)  # the cell has forked, and this is not who answers
            publish_status(kernel, "idle")
            self.session.flush()


def prepare() -> None:
    """Make what all shells share, in the process that they are forked from."""
    # The history on disk is written by a thread, and no process with threads is forked.
    options = ["--log-level=CRITICAL", "--HistoryManager.hist_file=:memory:"]
    app = ShellApp.instance()
    app.initialize(options)
    # These are made when they are first asked for, which any output does.
    assert app.shell is not None
    formatter = app.shell.display_formatter
    _ = formatter.formatters, formatter.mimebundle_formatter
    _ = formatter.ipython_display_formatter, formatter.active_types


def refuse(what: str) -> NoReturn:
    """Tell the notebook's executor, and the notebook, what it cannot have."""
    session = ShellApp.instance().session
    session.write({"channel": "iopub", "refused": what})
    session.flush()
    raise RuntimeError(f"A notebook that runs without a wire cannot have {what}.")
