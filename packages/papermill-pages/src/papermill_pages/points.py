"""What a point cannot have that is executed without a kernel, as far as can be seen."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

from papermill_pages.errors import PlanError
from papermill_pages.settings import KERNEL, Settings

NEEDS_KERNEL = f"Set papermill_pages.points to {KERNEL!r} in _config.yml"


def refuse_other_kernels(notebook: Path, source: Path, settings: Settings) -> None:
    """Refuse a sweep's notebook whose kernel is not this Python's, if it has none.

    Raises
    ------
    PlanError
        Naming the sweep and the kernel.
    """
    if settings.points == KERNEL:
        return
    metadata = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]
    kernel = metadata["kernelspec"]["name"]
    spec = KernelSpecManager().get_kernel_spec(kernel)
    pythons = {sys.executable, "python", "python3"}
    if spec.argv[0] not in pythons or "ipykernel_launcher" not in spec.argv:
        raise PlanError(
            f"{source}: a point without a kernel cannot have the kernel {kernel!r} of "
            f"its notebook, only this Python's. {NEEDS_KERNEL}."
        )
