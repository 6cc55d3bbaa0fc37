"""What a process that runs a student's code may do to the rest of the machine.

On Linux 5.13 and newer the kernel's Landlock lets a process without any privilege give
up, for itself and for all that it starts, the right to write outside given folders, and
from 6.12 on the right to send signals to other processes. It is no container: the
process still reads what its user can read, and still reaches the network.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

FOLDER_VARIABLE = "ASSIGNMENT_GRADING_FOLDER"
MEMORY_VARIABLE = "ASSIGNMENT_GRADING_MEMORY"

_MEBIBYTE = 2**20
_LARGEST_FILE = 256 * _MEBIBYTE
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _SIGKILL = 1, 38, 9
_WRITE_FILE = 1 << 1
# Write, remove, make anything; from the second version rename, from the third truncate.
_FIRST_RIGHTS = sum(1 << bit for bit in (1, *range(4, 13)))
_LATER_RIGHTS = {2: 1 << 13, 3: 1 << 14}
_SCOPED_SIGNALS = 6, 1 << 1


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
class Protection:
    """What this system can keep a process from."""

    writing: bool  # writing outside its folder
    signals: bool  # sending signals to other processes


def available() -> Protection:
    """Say what this system can keep a process from."""
    version = _landlock_version()
    return Protection(version >= 1, version >= _SCOPED_SIGNALS[0])


def confine(folder: Path, memory: int) -> None:
    """Confine this process, and all that it starts from now on, for good.

    Parameters
    ----------
    folder : Path
        The only folder that it may write in.
    memory : int
        MiB of data that one process may take; 0 for no limit.

    Raises
    ------
    OSError
        If the system has Landlock and refuses it.
    """
    _limit(memory)
    version = _landlock_version()
    if version < 1:
        return
    later = (right for since, right in _LATER_RIGHTS.items() if version >= since)
    rights = _FIRST_RIGHTS | sum(later)
    signals = _SCOPED_SIGNALS[1] if version >= _SCOPED_SIGNALS[0] else 0
    wanted = _Ruleset(rights, 0, signals)
    # An older kernel knows a shorter structure.
    size = 24 if version >= _SCOPED_SIGNALS[0] else 8
    ruleset = _call(_CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(size), 0)
    try:
        for path, allowed in ((folder, rights), (Path(os.devnull), _WRITE_FILE)):
            end = os.open(path, os.O_RDONLY | getattr(os, "O_PATH", 0))
            try:
                beneath = _PathBeneath(allowed, end)
                _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(beneath), 0)
            finally:
                os.close(end)
        if _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def confine_kernel() -> None:
    """Confine a kernel that was started with the variables of `environment`."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder:
        confine(Path(folder), int(os.environ[MEMORY_VARIABLE]))


def environment(folder: Path, memory: int) -> dict[str, str]:
    """Let what is started with these variables keep its files in a folder.

    A kernel runs the files in its profile's ``startup`` before the first cell, so that
    forked and ordinary kernels are confined in the same way.
    """
    startup = folder / "home" / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-confine.py").write_text(
        "__import__('assignment_grading.confinement').confinement.confine_kernel()\n"
    )
    for name in ("tmp", "k"):
        (folder / name).mkdir()
    return {
        "HOME": str(folder / "home"),
        "IPYTHONDIR": str(folder / "home" / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "home" / ".jupyter"),
        "JUPYTER_DATA_DIR": str(folder / "home" / ".jupyter-data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "k"),  # a socket's path must be short
        "TMPDIR": str(folder / "tmp"),
        FOLDER_VARIABLE: str(folder),
        MEMORY_VARIABLE: str(memory),
    }


def die_with_parent() -> None:
    """Have the system kill this process when its parent dies (Linux)."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


def kill_all(pid: int, folder: Path) -> None:
    """Kill a process, all that it started, and whatever else works in its folder."""
    processes = list[psutil.Process]()
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        processes += [*process.children(recursive=True), process]
    # Some cut their ties, but not their working directory.
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if Path(process.cwd()).is_relative_to(folder):
                processes.append(process)
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def _limit(memory: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, _LARGEST_FILE)]
    if memory and sys.platform == "linux":
        limits.append((resource.RLIMIT_DATA, memory * _MEBIBYTE))
    for limit, value in limits:
        resource.setrlimit(limit, (value, value))


def _landlock_version() -> int:
    if sys.platform != "linux":
        return 0
    version = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    return max(0, int(version))


def _call(number: int, *arguments: Any) -> int:
    answer = int(_libc().syscall(number, *arguments))
    if answer < 0:
        raise OSError(ctypes.get_errno(), "Landlock refused to confine the process")
    return answer


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
