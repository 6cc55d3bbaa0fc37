"""Builds by the real tools, each forked from one process with the imports done.

Most of what a build of a small book takes is imports. The tests start this module as
a program and send it one line for each build.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from runpy import run_module
from typing import NoReturn
from uuid import uuid4

from sphinx.application import builtin_extensions

IMPORTS = (
    "pytask",  # finds the engine's plugin when it is imported, so it must be the first
    *builtin_extensions,
    "jupyter_book.cli.main",
    "myst_nb.sphinx_ext",
    "papermill_pages.expected",
    "papermill_pages.sphinx_ext",
    "pydata_sphinx_theme",
    "sphinx_book_theme",
    "sqlalchemy.dialects.sqlite",
)

BOOK = ("jupyter-book", "build", ".")
PAGES = ("pytask", ".")

HELD = (
    "import os, time\n"
    "open('begun', 'w').close()\n"
    "while os.path.exists('hold'):\n    time.sleep(0.01)"
)
"""Code of a cell that says when it is executed, and goes on when the file has gone."""

LONGEST = 240
"""Seconds after which a build is killed: none takes so long that comes to an end."""


@dataclass(frozen=True)
class Build:
    """A build that is running."""

    builder: Builder
    pid: int
    log: Path

    def wait(self) -> int:
        """Return the exit code, negative for a signal."""
        return self.builder.ask(wait=self.pid)

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


class Builder:
    """Starts builds, by default without anything around them."""

    def __init__(self, *around: str) -> None:
        self.process = subprocess.Popen(
            [*around, sys.executable, __file__],
            env={**os.environ, "COLUMNS": "300"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.ask(wait=0)

    def start(
        self, root: Path, *command: str, env: Mapping[str, str] | None = None
    ) -> Build:
        log = root.parent / f"{root.name}-{uuid4().hex}.log"
        pid = self.ask(root=str(root), log=str(log), command=command, env=env or {})
        return Build(self, pid, log)

    def run(self, root: Path, *command: str) -> Build:
        """Build undisturbed."""
        build = self.start(root, *command)
        assert build.wait() == 0, build.said
        return build

    def ask(self, **asked: object) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        return int(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()


def _serve() -> None:
    for name in IMPORTS:
        import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            _, status = os.waitpid(asked["wait"], 0) if asked["wait"] else (0, 0)
            answer = os.waitstatus_to_exitcode(status)
        else:
            answer = os.fork() or _build(**asked)
        print(answer, flush=True)


def _build(root: str, log: str, command: list[str], env: dict[str, str]) -> NoReturn:
    os.setsid()
    os.environ.update(env)
    signal.alarm(LONGEST)
    # As in a terminal; a shell lets what it starts in the background ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(root)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = command
    if command[:2] == ["python", "-m"]:
        sys.argv = command[2:]
        run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        (program,) = entry_points(group="console_scripts", name=command[0])
        program.load()()
    sys.exit()


if __name__ == "__main__":
    _serve()
