"""What a process may still do once it has given up the rest, for good.

On Linux 5.13 and newer the kernel's Landlock lets a process without any privilege give
up, for itself and for all that it starts, the right to open files outside given
folders; newer versions add the right to use TCP and to send signals to others.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

_MEBIBYTE = 2**20
_LARGEST_FILE = 256 * _MEBIBYTE
_MOST_OPEN_FILES, _ENOUGH_OPEN_FILES = 1024, 65_536
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _SIGKILL = 1, 38, 9
_PR_CAPBSET_DROP, _PR_SET_CHILD_SUBREAPER = 24, 36
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
_MS_NOSUID, _MS_NODEV, _MS_REMOUNT = 2, 4, 32
_CAPABILITY_VERSION = 0x20080522
_LAST_CAPABILITY = 63

# Of linux/landlock.h. Execute, read a file, read a folder; to a file alone belong the
# first, the second, to write and to truncate.
_READ = 1 << 0 | 1 << 2 | 1 << 3
_OF_A_FILE = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14
# Write, remove, make anything; from the second version rename, from the third truncate.
_WRITE = sum(1 << bit for bit in (1, *range(4, 13)))
_LATER_RIGHTS = {2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_SINCE_TCP, _TCP = 4, 1 << 0 | 1 << 1
_SINCE_SCOPES, _SCOPES = 6, 1 << 0 | 1 << 1  # abstract sockets, signals


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


@dataclass(frozen=True)
class Landlock:
    """What this system's Landlock can keep a process from."""

    reading: bool  # opening files outside its folders
    tcp: bool  # using TCP
    signals: bool  # sending signals to other processes


@cache
def available() -> Landlock:
    """Say what this system's Landlock can keep a process from."""
    version = _landlock_version()
    return Landlock(version >= 1, version >= _SINCE_TCP, version >= _SINCE_SCOPES)


def gaps() -> list[str]:
    """Name what Landlock alone leaves open here."""
    found = ["using the network" if not available().tcp else "sending over UDP"]
    if not available().signals:
        found += ["stopping other processes", "leaving processes behind"]
    return [
        *found,
        "changing modes and dates of your files",
        "connecting to sockets that are files",
        "filling the disk",
    ]


def confine(readable: Iterable[str], writable: Iterable[str], *, network: bool) -> None:
    """Let this process, and all that it starts from now on, open nothing else.

    Parameters
    ----------
    readable : iterable of str
        Files and folders that may be read, and run; those that do not exist are left
        out.
    writable : iterable of str
        Files and folders in which all may be done.
    network : bool
        Whether it may use TCP.

    Raises
    ------
    OSError
        If the system has Landlock and refuses it.
    """
    version = _landlock_version()
    if version < 1:
        return
    later = (right for since, right in _LATER_RIGHTS.items() if version >= since)
    rights = _READ | _WRITE | sum(later)
    tcp = _TCP if version >= _SINCE_TCP and not network else 0
    scopes = _SCOPES if version >= _SINCE_SCOPES else 0
    wanted = _Ruleset(rights, tcp, scopes)
    # An older kernel knows a shorter structure.
    size = 24 if scopes else 16 if version >= _SINCE_TCP else 8
    ruleset = _call(_CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(size), 0)
    try:
        # A device is used by its own commands, which a program may need.
        device = rights & (1 << 15)
        for paths, allowed in ((readable, _READ), (writable, rights)):
            for path in paths:
                if not os.path.exists(path):
                    continue
                given = allowed | device
                if not os.path.isdir(path):
                    given &= _OF_A_FILE & rights | device
                end = os.open(path, getattr(os, "O_PATH", 0))
                try:
                    beneath = _PathBeneath(given, end)
                    rule = ctypes.byref(beneath)
                    _call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
                finally:
                    os.close(end)
        no_new_privileges()
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def drop_privileges() -> None:
    """Give up all capabilities, and the way to any (Linux)."""
    for number in range(_LAST_CAPABILITY + 1):
        libc().prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)
    no_new_privileges()
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    if libc().capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)())):
        raise OSError(ctypes.get_errno(), "capset")


def make_readonly(place: str, but: Iterable[str]) -> None:
    """Make all that is mounted at and below a place read-only (Linux 5.12).

    Parameters
    ----------
    place : str
        A mount.
    but : iterable of str
        Mounts below it that stay as they are.

    Raises
    ------
    OSError
        If the system refuses it.
    """

    def change(path: str, how: int, on: int, off: int) -> None:
        attributes = (ctypes.c_uint64 * 4)(on, off, 0, 0)
        size = ctypes.c_size_t(ctypes.sizeof(attributes))
        at = ctypes.c_int(_AT_FDCWD)
        name = os.fsencode(path)
        if libc().syscall(_MOUNT_SETATTR, at, name, how, attributes, size):
            raise OSError(ctypes.get_errno(), f"{path} cannot be made read-only")

    change(place, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY, 0)
    for path in but:
        change(path, 0, 0, _MOUNT_ATTR_RDONLY)


def limit_files(place: str, number: int) -> None:
    """Limit how many files a file system in memory may have.

    Parameters
    ----------
    place : str
        Where it is mounted.
    number : int
        Of files and folders.

    Raises
    ------
    OSError
        If the system refuses it.
    """
    options = f"nr_inodes={number}".encode()
    how = _MS_REMOUNT | _MS_NOSUID | _MS_NODEV
    if libc().mount(None, os.fsencode(place), None, how, options):
        raise OSError(ctypes.get_errno(), f"the files of {place} cannot be limited")


def no_new_privileges() -> None:
    """Let no program that is started give more rights (Linux)."""
    if libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def limit(seconds: int, memory: int, processes: int) -> None:
    """Limit what each process may take.

    Parameters
    ----------
    seconds : int
        Of processor time.
    memory : int
        MiB of data.
    processes : int
        Of this user, where the system counts them by room; 0 for no limit.
    """
    if sys.platform == "win32":
        return
    import resource

    limits: list[tuple[int, int, int]] = [
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE, _LARGEST_FILE),
        # The first ends a process, the second one that goes on nevertheless.
        (resource.RLIMIT_CPU, seconds, seconds + 2),
    ]
    if sys.platform == "linux":
        data = memory * _MEBIBYTE
        limits.append((resource.RLIMIT_DATA, data, data))
        if processes:
            limits.append((resource.RLIMIT_NPROC, processes, processes))
    for name, soft, hard in limits:
        resource.setrlimit(name, (soft, hard))


def limit_open_files() -> None:
    """Let each process have fewer files open than the one that starts submissions.

    Files that are sent through sockets and not taken yet count for a user, in rooms and
    outside: who may have more of them can keep all others from sending any.
    """
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = hard // 4 if hard != resource.RLIM_INFINITY else _MOST_OPEN_FILES
    most = min(most, _MOST_OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def raise_open_files() -> None:
    """Let this process have more files open than what it grades."""
    if sys.platform != "linux":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard > _ENOUGH_OPEN_FILES:
        wanted = max(soft, _ENOUGH_OPEN_FILES)
    else:
        wanted = hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def end_early(score: int) -> None:
    """Let the system end this process before others where memory is short (Linux)."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(score))


def die_with_parent() -> None:
    """Have the system kill this process when its parent dies (Linux)."""
    if sys.platform == "linux":
        libc().prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of all descendants that lose theirs (Linux)."""
    libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def libc() -> ctypes.CDLL:
    """Return the system's library of C."""
    return ctypes.CDLL(None, use_errno=True)


@cache
def _landlock_version() -> int:
    if sys.platform != "linux":
        return 0
    version = libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    return max(0, int(version))


def _call(number: int, *arguments: object) -> int:
    answer = int(libc().syscall(number, *arguments))
    if answer < 0:
        raise OSError(ctypes.get_errno(), "Landlock refused to confine the process")
    return answer
