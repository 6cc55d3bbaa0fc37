"""The kernel that runs in a forked process."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ipykernel import ipkernel


class ForkedKernel(ipkernel.IPythonKernel):
    """ipykernel's own kernel, but it leaves alone what it shares with its server.

    When it is made, ipykernel asks each loaded module for its file, so that a debugger
    steps over them. To ask a module is to copy the memory in which it lies, and asking
    all took a third of what a kernel held for itself. Besides, the modules that were
    preloaded are not those over which the debugger of an ordinary kernel would step.
    """

    def __init__(self, **kwargs: Any) -> None:
        real = ipkernel.sys
        ipkernel.sys = SimpleNamespace(modules={})
        try:
            super().__init__(**kwargs)
        finally:
            ipkernel.sys = real
