"""The kernel that runs in a forked process: ipykernel's own, but for two things."""

from __future__ import annotations

from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from forked_kernels.insides import end_control_thread, modules_left_alone


class ForkedKernel(IPythonKernel):
    """Leaves alone what it shares with its server."""

    def __init__(self, **kwargs: Any) -> None:
        with modules_left_alone():
            super().__init__(**kwargs)  # type: ignore[no-untyped-call]


class ForkedKernelApp(IPKernelApp):
    """Ends at once."""

    kernel_class = ForkedKernel

    def start(self) -> None:
        """Run the kernel until it is told to end."""
        try:
            super().start()  # type: ignore[no-untyped-call]
        finally:
            end_control_thread(self)


# Its log and its configuration go by this name, and a notebook may look at it.
ForkedKernelApp.__name__ = IPKernelApp.__name__
ForkedKernel.__name__ = IPythonKernel.__name__
