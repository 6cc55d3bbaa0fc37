"""How long each page took and how much memory it needed, as last recorded on purpose.

``python -m papermill_pages durations FILE`` executes every page again, one after
another, and writes what it measured to a JSON file that belongs under version control.
A build never measures: what it showed would differ from build to build.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

from papermill_pages.outputs import write_atomically
from papermill_pages.pages import Page, Run
from papermill_pages.results import write_table
from papermill_pages.settings import Settings


@dataclass(frozen=True)
class Duration:
    """What one page needed."""

    # From before its kernel started until the executed notebook was written.
    seconds: float
    # What its kernel computed in that time; on a busy machine far less.
    processor_seconds: float
    # The most memory that its kernel had at once (resident, 10**6 bytes).
    megabytes: int


@dataclass(frozen=True)
class Recording:
    """The durations of a book's pages on one machine."""

    # What the machine was; nothing that names one in particular.
    machine: Mapping[str, str]
    pages: Mapping[str, Duration]  # by the page's name


def read_durations(path: Path) -> Recording:
    """Read what `record_durations` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    pages = {name: Duration(**one) for name, one in content["pages"].items()}
    return Recording(content["machine"], pages)


def record_durations(
    pages: Sequence[Page], settings: Settings, path: Path, report: Callable[[str], None]
) -> Recording:
    """Execute every page, one after another, and write what each needed.

    Each runs in an ordinary kernel that nothing is preloaded for, as it does for those
    who run it by papermill alone. A page that reports on a sweep needs its points too,
    and their table, which it reads.

    Raises
    ------
    PageFailed
        If a page fails; nothing is written then.
    """
    # Who shows what was recorded, in a build that executes nothing, needs no kernels.
    from papermill_pages.kernels import kernel_environment

    measured = {}
    with kernel_environment(settings, fork=False):
        for page in pages:
            needed = []
            # What a reader can explore besides, the page does not need.
            points = page.sweep.points if page.sweep else ()
            for run in (*points, page):
                if page.sweep and run is page:
                    write_table(page.sweep)
                # In a process of its own, whose only descendant is the kernel.
                with ProcessPoolExecutor(1, get_context("spawn")) as apart:
                    needed.append(apart.submit(_measure, run, settings).result())
            measured[page.docname] = one = Duration(
                round(sum(run.seconds for run in needed), 1),
                round(sum(run.processor_seconds for run in needed), 1),
                max(run.megabytes for run in needed),
            )
            report(f"{page.docname}: {one.seconds:g} s, {one.megabytes} MB")
    recording = Recording(describe_machine(), measured)
    text = json.dumps(asdict(recording), indent=1, ensure_ascii=False)
    write_atomically(path, text + "\n")
    return recording


def describe_machine() -> dict[str, str]:
    """Say what matters of this machine for how long something takes."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = f"{platform.system()} {platform.release()}"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**30:.0f} GiB",
        "system": system,
        "python": platform.python_version(),
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return f"{value.strip()} ({platform.machine()})"
    return platform.processor() or platform.machine()


def _measure(run: Run, settings: Settings) -> Duration:
    import resource  # not on Windows, where the rest of this package works

    from papermill_pages.execution import execute

    started = time.monotonic()
    execute(run, settings)
    seconds = time.monotonic() - started
    kernel = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return Duration(
        seconds=round(seconds, 1),
        processor_seconds=round(kernel.ru_utime + kernel.ru_stime, 1),
        megabytes=round(kernel.ru_maxrss * unit / 10**6),
    )
