"""Feedback as PDF, typeset by Typst in a process of its own.

What students and teachers wrote reaches Typst as data and is never read as its markup.
"""

from __future__ import annotations

import importlib.util
import json
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict
from types import TracebackType

from assignment_grading.errors import AssignmentError
from assignment_grading.reporting.feedback import Feedback

_SECONDS = 30  # for one student; 0.02 are usual


class Typesetter:
    """Makes one PDF after another, within ``with``.

    Raises
    ------
    AssignmentError
        If the compiler is not installed.
    """

    def __init__(self) -> None:
        if importlib.util.find_spec("typst") is None:
            raise AssignmentError(
                "There is no PDF without its compiler: pip install "
                "'assignment-grading[pdf]', or leave out --pdf."
            )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Typesetter:
        """Begin; the process starts with the first PDF."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process."""
        self._end()

    def pdf(self, feedback: Feedback) -> bytes | None:
        """Typeset the feedback for one student; None if it cannot be done.

        A character that no font on this computer has is replaced by a box. The same
        feedback gives the same bytes.
        """
        process = self._process or self._start()
        assert process.stdin
        try:
            process.stdin.write(json.dumps(asdict(feedback)).encode() + b"\n")
            process.stdin.flush()
            deadline = time.monotonic() + _SECONDS
            size = int.from_bytes(_read(process, 8, deadline))
            return _read(process, size, deadline) or None
        except (OSError, EOFError):  # among them that it took too long
            self._end()
            return None

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            # -P: a folder of submissions, if it is the current one, holds no modules.
            [sys.executable, "-P", "-m", "assignment_grading.reporting.typesetting"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # an interrupt is for this process alone
        )
        return self._process

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _read(process: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
    """Read so many bytes, or raise an error."""
    assert process.stdout
    read = bytearray()
    while len(read) < size:
        left = max(0, deadline - time.monotonic())
        if not select.select([process.stdout], [], [], left)[0]:
            raise TimeoutError
        part = os.read(process.stdout.fileno(), size - len(read))
        if not part:
            raise EOFError
        read += part
    return bytes(read)
