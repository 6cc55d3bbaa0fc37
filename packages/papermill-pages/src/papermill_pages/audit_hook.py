"""What runs in a kernel to see which files of the book its page opens.

The text of this file is sent there, for a kernel may have another environment. So it
imports nothing that Python itself has not, and leaves no name in the notebook.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

# Whose listings of a folder are Python looking for a module, and not the page.
_IMPORTS = (
    "importlib._bootstrap",
    "_frozen_importlib",
    "importlib.metadata",
    "pkg_res",
)

_NEVER = ("__pycache__", "_build")


def watch(root: str, question: str) -> None:
    """Note from now on what this process opens, writes and lists below a folder.

    Parameters
    ----------
    root : str
        The folder.
    question : str
        The audit event by which it is asked what it noted; its argument is a mapping,
        which is filled in.
    """
    known, below = {*sys.modules}, os.path.join(root, "")
    installed = tuple(os.path.join(it, "") for it in {sys.prefix, sys.base_prefix})
    read, written, listed = set[str](), set[str](), set[str]()

    @cache
    def place_of(folder: str) -> str | None:
        """Name a folder from the root; None if no page has its sources there."""
        for path in (folder, os.path.realpath(folder)):
            path = os.path.join(path, "")
            if path.startswith(below) and not path.startswith(installed):
                place = path[len(below) :]
                parts = place.split(os.sep)
                if not any(it.startswith(".") or it in _NEVER for it in parts):
                    return place
        return None

    def named(path: Any) -> str | None:
        """Name a file from the root; None if it is no source."""
        if isinstance(path, int):
            return None
        path = os.path.abspath(os.fsdecode(path))
        folder, name = os.path.split(path)
        place = place_of(folder)
        if place is None and os.path.islink(path):
            folder, name = os.path.split(os.path.realpath(path))
            place = place_of(folder)
        return None if place is None or name.startswith(".") else place + name

    def opened(path: Any, mode: str | None, flags: int) -> None:
        name = named(path)
        if name is None or name in written:
            return
        if mode is not None:
            reads, replaces = bool({"r", "+"} & {*mode}), "w" in mode
            makes = "r" not in mode
        else:
            reads = not flags & os.O_WRONLY
            replaces, makes = bool(flags & os.O_TRUNC), bool(flags & os.O_CREAT)
        # What is added to a file leaves in it what a page may read later.
        if replaces or (makes and not os.path.exists(path)):
            written.add(name)
        elif reads:
            read.add(name)

    def connected(path: Any) -> None:
        path = os.fsdecode(path)
        if path.startswith("file:"):  # an address, as for a database only to be read
            path = path[len("file:") :].partition("?")[0]
            path = "/" + path.lstrip("/") if path.startswith("//") else path
        opened(path, None, os.O_RDWR | os.O_CREAT)

    def renamed(_source: Any, target: Any, *_: Any) -> None:
        if name := named(target):
            written.add(name)

    def looked(path: Any = None) -> None:
        path = "." if path is None else path
        name = None if isinstance(path, int) else place_of(os.path.abspath(path))
        if name is None or name in listed:
            return
        frame = sys._getframe(2)
        while frame is not None:
            folder = os.path.dirname(frame.f_code.co_filename)
            if folder and place_of(folder) is not None:
                break  # a module of the book
            if str(frame.f_globals.get("__name__")).startswith(_IMPORTS):
                return
            frame = frame.f_back  # type: ignore[assignment]
        listed.add(name)

    def told(answer: dict[str, list[str]]) -> None:
        imported = [
            getattr(sys.modules[name], "__dict__", {}).get("__file__")
            for name in {*sys.modules} - known
        ]
        modules = filter(None, (named(it) for it in imported if isinstance(it, str)))
        answer["read"] = sorted({*read, *modules})
        answer["written"] = sorted(written)
        answer["listed"] = sorted(listed)

    heard: dict[str, Callable[..., None]] = {
        "open": opened,
        "sqlite3.connect": connected,
        "os.rename": renamed,
        "os.link": renamed,
        "os.symlink": renamed,
        "os.listdir": looked,
        "os.scandir": looked,
        question: told,
    }

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event in heard:
            with suppress(Exception):  # which would be the page's
                heard[event](*arguments)

    sys.addaudithook(hear)
