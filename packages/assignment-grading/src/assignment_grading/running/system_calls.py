"""Calls of the system that no notebook needs and that reach beyond its room (Linux).

Keys of the teacher's, memory that no limit counts, limits and priorities of other
processes, queues and memory that outlive a process, and parts of the system in which
faults are often found: a filter of the kernel (seccomp) answers that they do not exist
or are not permitted. Where the processor is not known there is none.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

from assignment_grading.running import confinement

_PR_SET_SECCOMP, _FILTER = 22, 2
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _PROCESSOR, _ARGUMENTS = 0, 4, 16  # where they stand in what a filter reads
_OTHER_NUMBERS = 0x40000000  # of x32, a second table on x86-64
_NEW_USERS = 0x10000000  # a namespace in which a process has all rights again

# By processor: its number, and the numbers of `_NAMES` on it.
_NAMES = (
    "add_key", "request_key", "keyctl", "io_uring_setup", "bpf", "perf_event_open",
    "userfaultfd", "memfd_create", "memfd_secret", "shmget", "msgget", "semget",
    "mq_open", "ioprio_set", "clone3",
    # Allowed to a process for itself, or without a namespace of users.
    "prlimit64", "setpriority", "sched_setaffinity", "sched_setattr",
    "sched_setscheduler", "clone", "unshare",
)  # fmt: skip
_PROCESSORS = {
    "x86_64": (
        0xC000003E,
        (248, 249, 250, 425, 321, 298, 323, 319, 447, 29, 68, 64, 240, 251, 435,
         302, 141, 203, 314, 144, 56, 272),
    ),
    "aarch64": (
        0xC00000B7,
        (217, 218, 219, 425, 280, 241, 282, 279, 447, 194, 186, 190, 180, 30, 435,
         261, 140, 122, 274, 119, 220, 97),
    ),
}  # fmt: skip
# Arguments that are nought if a process means itself, or, for the last, its thread and
# the ordinary way of taking turns, which ZeroMQ asks for.
_OWN_ONLY = {
    "prlimit64": (0,),
    "setpriority": (0, 1),
    "sched_setaffinity": (0,),
    "sched_setattr": (0,),
    "sched_setscheduler": (1,),
}
_WITHOUT_NEW_USERS = ("clone", "unshare")


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_char_p)]


def forbid() -> None:
    """Take them from this process, and from all that it starts, for good.

    Raises
    ------
    OSError
        If the system has filters and refuses this one.
    """
    known = _PROCESSORS.get(os.uname().machine) if sys.platform == "linux" else None
    if known is None or sys.maxsize < 2**32:
        return
    lines = _lines(*known)
    program = _Program(len(lines), b"".join(lines))
    confinement.no_new_privileges()
    given = ctypes.byref(program), 0, 0
    if confinement.libc().prctl(_PR_SET_SECCOMP, _FILTER, *given):
        error = ctypes.get_errno()
        if error not in (errno.EINVAL, errno.ENOSYS):  # a system without filters
            raise OSError(error, "seccomp")


def _lines(processor: int, numbers: tuple[int, ...]) -> list[bytes]:
    """Write the filter in the instructions of the Berkeley Packet Filter."""
    gone = _line(_RETURN, _ERRNO | errno.ENOSYS)
    refused = _line(_RETURN, _ERRNO | errno.EPERM)
    lines = [
        _line(_LOAD, _PROCESSOR),
        _line(_EQUAL, processor, 1, 0),
        gone,
        _line(_LOAD, _NUMBER),
        _line(_AT_LEAST, _OTHER_NUMBERS, 0, 1),
        gone,
    ]
    for name, number in zip(_NAMES, numbers, strict=True):
        if name in _OWN_ONLY:
            body = []
            for place in _OWN_ONLY[name]:
                body += [_argument(place), _line(_EQUAL, 0, 1, 0), refused]
            body.append(_line(_RETURN, _ALLOW))
        elif name in _WITHOUT_NEW_USERS:
            body = [_argument(0), _line(_ANY_OF, _NEW_USERS, 0, 1), refused]
            body.append(_line(_RETURN, _ALLOW))
        else:
            body = [gone]
        lines += [_line(_EQUAL, number, 0, len(body)), *body]
    return [*lines, _line(_RETURN, _ALLOW)]


def _line(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_so, if_not, value)


def _argument(place: int) -> bytes:
    # Of the 64 bits the lower 32, which all of these fit in, stand first.
    return _line(_LOAD, _ARGUMENTS + 8 * place)
