"""A room for each submission: what of the machine exists for a student's code.

In a room there are the installed Python, the system's programs, and an empty folder in
memory; no other files, processes or network, and nothing of it outlives the room.
`bubblewrap <https://github.com/containers/bubblewrap>`_ makes it, or, where it is not
installed, util-linux' ``unshare`` together with the kernel's Landlock.

A room is made around a process that only waits. The student's process is forked from
one that has done the imports, and then moves in (`enter`) before it reads anything.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import psutil

from assignment_grading.errors import AssignmentError
from assignment_grading.running import confinement, system_calls

BUBBLEWRAP, UNSHARE, LANDLOCK, NOTHING = "bubblewrap", "unshare", "Landlock", "nothing"
_MEGABYTES, _FILES = 512, 200_000
_NAMESPACES = ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store")
_SETTINGS = ("ld.so.cache", "alternatives", "fonts", "localtime", "mime.types")
_FIRST_USER, _USERS = 61_184, 4_000  # numbers that no system gives to a person
_READABLE = (
    "/proc", "/sys/devices/system/cpu", "/dev/zero", "/dev/full", "/dev/random",
    "/dev/urandom",
)  # fmt: skip
_WRITABLE = {  # in a room, these are its own
    BUBBLEWRAP: ("/dev", "/tmp"),  # noqa: S108
    UNSHARE: ("/dev/null", "/dev/shm"),  # noqa: S108
    LANDLOCK: ("/dev/null",),
}
_SECONDS_TO_END = 10.0
_MOST_PROCESSES = 400


@dataclass(frozen=True)
class Protection:
    """What keeps a student's code from the rest of this machine."""

    by: str  # BUBBLEWRAP, UNSHARE, LANDLOCK or NOTHING
    lacking: str  # why it is not more

    @property
    def isolated(self) -> bool:
        """Tell whether other files, processes and networks are out of reach."""
        return self.by in (BUBBLEWRAP, UNSHARE)

    def __str__(self) -> str:
        """Say exactly what it is."""
        if self.by == BUBBLEWRAP:
            return (
                "Each submission is isolated by bubblewrap: for it there are no other "
                "files, processes or networks, and nothing of it outlives its grading."
            )
        if self.by == UNSHARE:
            return (
                "Each submission is isolated by namespaces and Landlock: it cannot "
                "open other files, see other processes or use a network, and nothing "
                "of it outlives its grading. It can learn which files exist. "
                f"({self.lacking})"
            )
        if self.by == LANDLOCK:
            gaps = confinement.gaps()
            return (
                "Submissions are NOT isolated. Landlock keeps them from opening "
                f"other files, but not from {', '.join(gaps)}. {self.lacking}"
            )
        return (
            "Submissions are NOT protected from one another, nor you from them: they "
            f"can do what you can do. {self.lacking}"
        )


@cache
def protection() -> Protection:
    """Find out by trial what this machine can do."""
    if sys.platform != "linux":
        return Protection(NOTHING, f"{sys.platform} has no means for it that is known.")
    lacking = []
    for by in (BUBBLEWRAP, UNSHARE):
        if by == UNSHARE and not confinement.available().reading:
            lacking.append("The kernel has no Landlock.")
            continue
        try:
            with tempfile.TemporaryDirectory(prefix="grade-") as parent:
                _Made(by, Path(parent)).close()
        except (OSError, AssignmentError) as error:
            lacking.append(str(error))
        else:
            return Protection(by, " ".join(lacking))
    by = LANDLOCK if confinement.available().reading else NOTHING
    return Protection(by, " ".join(lacking))


@dataclass(frozen=True)
class Limits:
    """What the processes of one room may take."""

    seconds: int  # of processor time, each process
    memory: int  # MiB of data, each process
    processes: int = 256


class Room(Protocol):
    """A place for one submission."""

    def describe(self) -> dict[str, Any]:
        """Say what `enter` needs to know."""

    def close(self) -> None:
        """End all that lives in it; a second call does nothing."""


def make(by: str, parent: Path) -> Room:
    """Make a room.

    Parameters
    ----------
    by : str
        What makes it: the `by` of a `Protection`.
    parent : Path
        An empty folder of the caller's.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    return _Made(by, parent) if by in (BUBBLEWRAP, UNSHARE) else Watched(by, parent)


class _Made:
    """A room of namespaces."""

    _number = 0

    def __init__(self, by: str, parent: Path) -> None:
        self.by = by
        self.folder = Path(os.path.realpath(parent)) / "work"
        if by == UNSHARE:
            self.folder.mkdir(exist_ok=True)  # each room covers it with its own
        type(self)._number = (self._number + 1) % _USERS
        name = "bwrap" if by == BUBBLEWRAP else "unshare"
        program = shutil.which(name)
        if program is None:
            raise OSError(f"{name} is not installed.")
        make_it = _bubblewrap if by == BUBBLEWRAP else _unshare
        *command, script = make_it(str(self.folder))
        self.process = subprocess.Popen(  # noqa: S603
            [program, *command, f"{script} echo ready; exec cat >/dev/null"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        assert self.process.stdout is not None
        is_ready = self.process.stdout.readline() == b"ready\n"
        self.holder = self._first_process() if is_ready else 0
        self.handle = _handle(self.holder) if self.holder else None
        if not self.holder:
            _, complaint = self.process.communicate()
            first = complaint.decode(errors="replace").strip().partition("\n")[0]
            raise OSError(f"{name} does not work here ({first or 'it says nothing'}).")

    def _first_process(self) -> int:
        """Find the process whose end ends all that is in the room."""
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children():
                return int(child.pid)
        return 0

    def describe(self) -> dict[str, Any]:
        """Say what `enter` needs to know."""
        # A person of its own for each room; root cannot be limited in its processes.
        user = 0
        if self.by == BUBBLEWRAP and os.getuid() == 0:
            user = _FIRST_USER + self._number
        return {
            "by": self.by,
            "holder": self.holder,
            "user": user,
            "folder": str(self.folder),
        }

    def close(self) -> None:
        """End all that lives in it, and return when it is gone."""
        # With the first process of its namespace the system kills all others, and
        # reports it ended only when they are gone.
        with suppress(ProcessLookupError):
            # It may have ended, and its number may be another's by now.
            if self.handle is not None:
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
            elif self.holder:
                os.kill(self.holder, signal.SIGKILL)
        if self.handle is not None:
            os.close(self.handle)
        self.holder, self.handle = 0, None
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self.process.wait()


class Watched:
    """A folder, and a process that watches what is started in it."""

    def __init__(self, by: str, parent: Path) -> None:
        self.by = by
        self.folder = Path(os.path.realpath(parent)) / f"{time.monotonic_ns():x}"
        self.folder.mkdir(mode=0o700)
        self.line, self.theirs = socket.socketpair()

    def describe(self) -> dict[str, Any]:
        """Say what `enter` needs to know."""
        return {"by": self.by, "folder": str(self.folder)}

    def close(self) -> None:
        """End all that was started in it, and remove the folder."""
        if self.line.fileno() < 0:
            return
        self.theirs.close()
        self.line.settimeout(_SECONDS_TO_END)
        with suppress(OSError):
            self.line.shutdown(socket.SHUT_WR)
            self.line.recv(1)  # the watcher ends when all others have
        self.line.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class Taken:
    """What the processes of one submission have taken."""

    seconds: float  # of processor time, all together
    memory: int  # MiB that one of them shares, which its limit does not count


def taken(started: Iterable[int]) -> Taken:
    """Add up what some processes and their descendants have taken (Linux).

    Parameters
    ----------
    started : iterable of int
        The process that entered the room, and the first one of the room, which gets
        those that have lost their parents.
    """
    seconds, memory = 0.0, 0
    for number in started:
        with suppress(psutil.Error):
            first = psutil.Process(number)
            seconds += sum(first.cpu_times()[2:4])  # of its children that have ended
            for process in first.children(recursive=True):
                with suppress(psutil.Error):
                    seconds += sum(process.cpu_times()[:4])
                    memory = max(memory, _shared(process.pid))
    return Taken(seconds, memory)


def _shared(process: int) -> int:
    with suppress(OSError, ValueError):
        text = Path(f"/proc/{process}/status").read_text("utf-8", "replace")
        for line in text.splitlines():
            if line.startswith("RssShmem:"):
                return int(line.split()[1]) >> 10
    return 0


def readable() -> list[str]:
    """List what a student's code may read: the system's programs and this Python."""
    places = [*_SYSTEM, *(f"/etc/{name}" for name in _SETTINGS)]
    places += [sys.prefix, sys.base_prefix, *_linked_prefixes()]
    found = dict.fromkeys(it for it in places if os.path.exists(it))
    return [
        it
        for it in found
        if not any(it != other and Path(it).is_relative_to(other) for other in found)
        or os.path.islink(it)
    ]


def programs(path: str) -> str:
    """Leave in a search path only what a student's code may read."""
    places = readable()
    kept = [
        it
        for it in path.split(os.pathsep)
        if any(Path(it).is_relative_to(place) for place in places)
    ]
    return os.pathsep.join(kept)


def _linked_prefixes() -> list[str]:
    """Follow the interpreter's links, which may lead through other folders."""
    program, prefixes = Path(sys.executable), []
    while program.is_symlink():
        program = program.parent / os.readlink(program)
        prefixes.append(str(Path(os.path.normpath(program)).parent.parent))
    prefixes.append(os.path.realpath(sys.base_prefix))
    purelib = sysconfig.get_path("purelib")
    return [*(it for it in prefixes if it not in ("/", "/usr")), purelib]


def _bubblewrap(folder: str) -> list[str]:
    size = str(_MEGABYTES * 2**20)
    command = [
        "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
        "--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv",
        "--hostname", "room", "--proc", "/proc", "--dev", "/dev",
        # Without a size, each could take half of the machine's memory.
        "--perms", "1777", "--size", size, "--tmpfs", "/dev/shm",  # noqa: S108
        "--remount-ro", "/dev",
        "--perms", "1777", "--size", size, "--tmpfs", "/tmp",  # noqa: S108
    ]  # fmt: skip
    if os.getuid():
        # As the root of a namespace of its own, which is nobody outside of it.
        command += ["--unshare-user", "--uid", "0", "--gid", "0"]
    for parent in _parents([*readable(), folder]):
        command += ["--perms", "0755", "--dir", parent]
    for place in readable():
        if os.path.islink(place):
            command += ["--symlink", os.readlink(place), place]
        else:
            command += ["--ro-bind", place, place]
    return [
        *command, "--perms", "1777", "--size", size, "--tmpfs", folder,
        "--remount-ro", "/", "--", "sh", "-c", "",
    ]  # fmt: skip


def _parents(places: Iterable[str]) -> list[str]:
    """List the folders above some places, each after that in which it lies."""
    above = {str(it) for place in places for it in Path(place).parents}
    return sorted(above - {"/"})


def _unshare(folder: str) -> list[str]:
    own = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    size = f"size={_MEGABYTES}m,nr_inodes={_FILES},mode=1777"
    script = (
        f"set -e; for it in {shlex.quote(folder)} /dev/shm; do "
        f'mount -t tmpfs -o {size} room "$it"; done; mount -t proc proc /proc;'
    )
    if _pid_max_is_the_namespaces_own():
        script += f"echo {_MOST_PROCESSES} > /proc/sys/kernel/pid_max;"
    return [
        *own, "--pid", "--fork", "--kill-child", "--mount", "--net", "--ipc", "--uts",
        "sh", "-c", script,
    ]  # fmt: skip


def _pid_max_is_the_namespaces_own() -> bool:
    """Linux 6.14 and newer; before, the setting is that of the whole machine."""
    version = os.uname().release.split(".")
    return tuple(int(it) for it in version[:2] if it.isdecimal()) >= (6, 14)


def enter(room: dict[str, Any], line: socket.socket | None, limits: Limits) -> None:
    """Move this process into a room, for good, before it reads anything.

    Only a new child of the caller's process goes on after the call; the caller itself
    waits for its end, or watches.

    Parameters
    ----------
    room : dict
        What `Room.describe` said.
    line : socket, optional
        Through which the owner of a watched folder hears that all has ended.
    limits : Limits
        What each process may take.

    Raises
    ------
    OSError
        If the system does not let it in.
    """
    open_to_it = [*readable(), *_READABLE]  # while the interpreter's links are there
    confinement.end_early(1000)
    if "holder" in room:
        _join(room["holder"])
        if room["by"] == BUBBLEWRAP:
            # It limits their bytes alone, and empty files take memory, too.
            for place in (room["folder"], "/tmp", "/dev/shm"):  # noqa: S108
                with suppress(OSError):
                    confinement.limit_files(place, _FILES)
        if room["by"] == UNSHARE:
            # What Landlock leaves open: modes, owners and dates of files.
            confinement.make_readonly("/", but=[room["folder"], "/dev/shm"])  # noqa: S108
        child = os.fork()  # in the namespace of processes are only those born in it
        if child:
            os.waitpid(child, 0)  # as its parent, by which the owner finds it
            os._exit(0)
    else:
        _watch(line)
    folder = Path(room["folder"])
    os.chdir(folder)
    if room.get("user"):
        os.setgroups([])
        os.setresgid(room["user"], room["user"], room["user"])
        os.setresuid(room["user"], room["user"], room["user"])
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    os.environ.update(HOME=str(folder / "home"), TMPDIR=str(folder / "tmp"))
    tempfile.tempdir = None  # an import may have asked for it
    confined = room["by"] != NOTHING
    if confined:
        confinement.drop_privileges()
    # Elsewhere the system would count all processes of this user.
    processes = limits.processes if "holder" in room else 0
    confinement.limit(limits.seconds, limits.memory, processes)
    if confined:
        confinement.limit_open_files()
        writable = [str(folder), *_WRITABLE[room["by"]]]
        # A room has a network of its own, with nobody else in it.
        confinement.confine(open_to_it, writable, network="holder" in room)
        system_calls.forbid()


def _join(holder: int) -> None:
    """Enter the namespaces of a process."""
    folder = Path(f"/proc/{holder}/ns")
    ends = {
        name: os.open(folder / name, os.O_RDONLY)
        for name in _NAMESPACES
        if os.readlink(folder / name) != os.readlink(f"/proc/self/ns/{name}")
    }
    for name, end in ends.items():
        if confinement.libc().setns(end, 0):
            error = ctypes.get_errno()
            raise OSError(error, f"setns {name}: {os.strerror(error)}")
        os.close(end)


def _handle(process: int) -> int | None:
    """Open a process, whose number may later be another's (Linux 5.3)."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(process)
    except OSError:
        return None


def _watch(line: socket.socket | None) -> None:
    """Go on in a child, and end only when it and all its descendants have ended."""
    if sys.platform == "linux":
        confinement.adopt_orphans()
    child = os.fork()
    if child == 0:
        if line is not None:
            line.close()
        confinement.die_with_parent()
        return
    for number in (0, 1, 2):
        os.close(number)
    try:
        if line is not None:
            # The owner closes the line when it wants the room empty.
            selector = selectors.PollSelector()  # see `grading`: no student's quota
            selector.register(line, selectors.EVENT_READ)
            while not selector.select(0.05):
                if os.waitpid(child, os.WNOHANG)[0]:
                    break
    finally:
        _kill_descendants()
        os._exit(0)


def _kill_descendants() -> None:
    while True:
        left = psutil.Process().children(recursive=True)
        left = [it for it in left if it.status() != psutil.STATUS_ZOMBIE]
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not left:
            return
        time.sleep(0.01)
