"""What a notebook cannot have that is executed in a shell, as far as can be seen."""

from __future__ import annotations

import sys

from jupyter_client.kernelspec import KernelSpecManager

from papermill_pages.errors import PlanError
from papermill_pages.notebooks import read_notebook
from papermill_pages.pages import Point, Run
from papermill_pages.settings import ALL, NONE, POINTS, Settings


def in_shell(run: Run, settings: Settings) -> bool:
    """Tell whether the settings have this notebook executed without a kernel."""
    return settings.shells == ALL or (
        settings.shells == POINTS and isinstance(run, Point)
    )


def needs_kernel(run: Run, settings: Settings) -> str:
    """Say what to do if a notebook needs a kernel."""
    instead = NONE if isinstance(run, Point) else POINTS
    return f"Set papermill_pages.shells to {instead!r} in {settings.file}"


def refuse_other_kernels(run: Run, settings: Settings) -> None:
    """Refuse a notebook whose kernel is not this Python's, if it is to have a shell.

    Raises
    ------
    PlanError
        Naming the page or sweep, and the kernel.
    """
    if not in_shell(run, settings):
        return
    kernel = read_notebook(run.notebook).metadata.kernelspec.name
    spec = KernelSpecManager().get_kernel_spec(kernel)
    pythons = {sys.executable, "python", "python3"}
    if spec.argv[0] not in pythons or "ipykernel_launcher" not in spec.argv:
        raise PlanError(
            f"{run.source}: without a kernel of its own it cannot have the kernel "
            f"{kernel!r} of its notebook, only this Python's. "
            f"{needs_kernel(run, settings)}."
        )
