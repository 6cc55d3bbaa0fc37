"""Kernels run by nbclient, and the processes behind them."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbclient import NotebookClient


def run(*code: str, folder: Path | None = None, **options: Any) -> list[str]:
    """Run cells in a kernel of their own and return what each printed."""
    cells = [nbformat.v4.new_code_cell(textwrap.dedent(it)) for it in code]
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(folder)}} if folder else {}
    client = NotebookClient(
        notebook, kernel_name="python3", resources=resources, **options
    )
    client.execute()
    return ["".join(out.get("text", "") for out in cell.outputs) for cell in cells]


def wait_until(happened: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.02)
    return happened()


def templates_of(process: psutil.Process) -> list[psutil.Process]:
    return [
        child
        for child in process.children()
        if "forked_kernels.template" in child.cmdline()
    ]
