"""Without a kernel: the cells of a notebook, executed in a forked shell.

nbclient executes the notebook as always, with all its rules for outputs, errors and
time limits. Only its messages do not go through a kernel's sockets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager


class ShellClient(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client of a kernel, which is given a shell in the kernel's place."""

    def __init__(
        self, manager: NotebookExecutionManager, shell: Any, **options: Any
    ) -> None:
        super().__init__(manager, **options)
        self._shell = shell

    @contextmanager
    def setup_kernel(self, **_: Any) -> Iterator[None]:
        """Use the shell, and end it."""
        self.kc = self._shell
        try:
            yield
        except BaseException:
            self._shell.process.kill()  # a cell may still run
            raise
        finally:
            self._shell.stop()
