"""The clients by which papermill executes a notebook: with a kernel, or without one.

nbclient executes the notebook as always, with all its rules for outputs, errors and
time limits. Besides its cells, the kernel is asked what they open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from jupyter_core.utils import run_sync
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager

from papermill_pages.undeclared import NOTED, answered, asking, watching


class KernelClient(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client of a kernel, which notes what the notebook opens of a book.

    Its notes are in the metadata of what it executes, under `NOTED` of papermill's own.
    """

    def __init__(
        self, manager: NotebookExecutionManager, root: Path, **options: Any
    ) -> None:
        super().__init__(manager, **options)
        self._root = root

    def papermill_execute_cells(self) -> None:
        """Execute the cells between two requests of which a notebook knows nothing."""
        try:
            self._execute_cells()
        except Exception:
            run_sync(_end_what_waits)()
            raise

    def _execute_cells(self) -> None:
        if self.nb.metadata.kernelspec.language != "python":
            super().papermill_execute_cells()
            return
        self.kc.execute("", silent=True, user_expressions=watching(self._root))
        super().papermill_execute_cells()
        metadata = self.nb.metadata.papermill
        if not metadata["exception"]:
            asked = self.kc.execute("", silent=True, user_expressions=asking())
            metadata[NOTED] = answered(self.wait_for_reply(asked))


class ShellClient(KernelClient):
    """A client that is given a shell in the place of a kernel.

    Only its messages do not go through a kernel's sockets.
    """

    def __init__(
        self, manager: NotebookExecutionManager, root: Path, shell: Any, **options: Any
    ) -> None:
        super().__init__(manager, root, **options)
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

    def output(
        self,
        outs: list[NotebookNode],
        msg: dict[str, Any],
        display_id: str | None,
        cell_index: int,
    ) -> NotebookNode | None:
        """Add an output to those of its cell; what cannot be wrong is not validated.

        nbclient validates each by itself, with the slower of nbformat's validators: of
        a page that glues its numbers this is a third of what this process does.
        """
        hooks = self.output_hook_stack.get(msg["parent_header"].get("msg_id"))
        output = None
        if not (hooks or display_id or self.clear_before_next_output):
            output = _bundle_of_texts(msg["msg_type"], msg["content"])
        if output is None:
            added: NotebookNode | None = super().output(
                outs, msg, display_id, cell_index
            )
            return added
        outs.append(output)
        return output


async def _end_what_waits() -> None:
    """End what nbclient leaves in the loop when a cell is out of time.

    The interpreter would complain of it, long after.
    """
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _bundle_of_texts(kind: str, content: Mapping[str, Any]) -> NotebookNode | None:
    """Return the output of a message if it is valid for certain: all data are texts."""
    output: dict[str, Any] = {"output_type": kind}
    match kind, content:
        case "display_data", {"data": dict(data), "metadata": dict(metadata)}:
            pass
        case "execute_result", {
            "data": dict(data),
            "metadata": dict(metadata),
            "execution_count": int(count),
        }:
            output["execution_count"] = count
        case _:
            return None
    if not all(isinstance(it, str) for it in data.values()):
        return None
    node: NotebookNode = nbformat.from_dict(
        output | {"data": data, "metadata": metadata}
    )
    return node
