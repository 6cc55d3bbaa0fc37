"""What Ctrl-C does: an orderly end, with an exit status of its own."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 128 + signal.SIGINT
"""The exit status of what the keyboard interrupted."""


@contextmanager
def on_interrupt(act: Callable[[], None]) -> Iterator[None]:
    """Do this on Ctrl-C, inside.

    Python hears signals in its main thread alone; elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def hear(_number: int, _frame: FrameType | None) -> None:
        act()

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
