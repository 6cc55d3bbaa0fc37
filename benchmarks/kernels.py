"""The memory that one more forked kernel takes, once it has executed a notebook.

``python -m benchmarks.kernels NOTEBOOK`` prints MiB of proportional set size.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import forked_kernels
import nbformat
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from papermill_pages.settings import settings_of_book

from benchmarks.measure import proportional_set_size

FEW, MANY = 1, 9


def main() -> None:
    """Execute a notebook in a few kernels and in many, all alive, and compare."""
    path = Path(sys.argv[1])
    settings = settings_of_book(Path.cwd())
    assert settings is not None
    with forked_kernels.serve(settings.preload):
        held = {}
        managers = []
        for count in range(1, MANY + 1):
            notebook = nbformat.read(path, as_version=4)
            manager, client = start_new_kernel(cwd=str(path.parent))
            managers.append((manager, client))
            runner = NotebookClient(notebook, km=manager)
            runner.kc = client
            for index, cell in enumerate(notebook.cells):
                runner.execute_cell(cell, index)
            if count in (FEW, MANY):
                held[count] = proportional_set_size(os.getpid())
        for manager, client in managers:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    print((held[MANY] - held[FEW]) / (MANY - FEW))


if __name__ == "__main__":
    main()
