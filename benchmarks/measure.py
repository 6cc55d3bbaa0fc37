"""How long a command takes, and how much memory it and its kernels hold."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

import psutil

MIB = 2**20
PACKAGES = (
    "papermill",
    "jupyter-cache",
    "jupyter-book",
    "myst-nb",
    "nbclient",
    "ipykernel",
    "jupyter-client",
    "pytask",
    "pytask-parallel",
    "otter-grader",
    "pandas",
    "statsmodels",
)

Command: TypeAlias = Sequence[str | Path]


class CommandFailed(Exception):
    """Says what a command printed before it failed."""


def seconds(command: Command, folder: Path) -> float:
    """Run a command and return the time that it took, its start included."""
    began = time.perf_counter()
    with _running(command, folder):
        pass
    return time.perf_counter() - began


def peak_memory(command: Command, folder: Path, every: float = 0.2) -> float:
    """Run a command and return the most memory that it held with its children.

    Returns
    -------
    float
        Proportional set size, in MiB: what several processes share is counted once.
    """
    peak = 0.0
    with _running(command, folder) as process:
        while process.poll() is None:
            peak = max(peak, proportional_set_size(process.pid))
            time.sleep(every)
    return peak


def proportional_set_size(pid: int) -> float:
    """Return what a process and all below it hold now, in MiB."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += process.memory_full_info().pss
    return total / MIB


@contextmanager
def _running(command: Command, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a command; in the end wait for it and look how it ended."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        yield process
        if process.wait():
            output.seek(0)
            said = " ".join(map(str, command))
            msg = f"{said} ended with {process.returncode}:\n{output.read()}"
            raise CommandFailed(msg)


def machine() -> Mapping[str, str]:
    """Say what the numbers were measured on and with."""
    processor = platform.processor() or platform.machine()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    memory = psutil.virtual_memory().total / 2**30
    return {
        "processor": processor,
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }
