"""The kernel that runs in a forked process: ipykernel's own, but for two things."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ipykernel import ipkernel
from ipykernel.kernelapp import IPKernelApp


class ForkedKernel(ipkernel.IPythonKernel):
    """Leaves alone what it shares with its server.

    When it is made, ipykernel asks each loaded module for its file, so that a debugger
    steps over them. To ask a module is to copy the memory in which it lies, and asking
    all took a fifth of what a kernel held for itself. Besides, the modules that were
    preloaded are not those over which the debugger of an ordinary kernel would step.
    """

    def __init__(self, **kwargs: Any) -> None:
        module: Any = ipkernel
        real, module.sys = module.sys, SimpleNamespace(modules={})
        try:
            super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        finally:
            module.sys = real


class ForkedKernelApp(IPKernelApp):
    """Ends at once.

    The thread that is asked to shut the kernel down flushes what was printed. ipykernel
    may stop the thread that prints meanwhile, and then waits for ten seconds: so it was
    with one kernel in ten, until jupyter_client killed it.
    """

    kernel_class = ForkedKernel

    def start(self) -> None:
        """Run the kernel, and then let its control thread come to an end first."""
        try:
            super().start()  # type: ignore[no-untyped-call]
        finally:
            self.control_thread.stop()
            self.control_thread.join()
