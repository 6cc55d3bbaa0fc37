"""A kernel client that begins as soon as the kernel answers."""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient

from forked_kernels.insides import handle_info

_SECONDS_PER_TRY = 0.2
_MILLISECONDS_TO_RECONNECT = 5


class PromptKernelClient(AsyncKernelClient):
    """Waits for a kernel no longer than it takes.

    jupyter_client's own client, once the kernel has answered on both channels, waits
    for a fifth of a second in which nothing else arrives. Those who execute notebooks
    sort messages by the request that they answer, and need no such silence. Nor does
    this one sleep for a tenth of a second when it comes before the kernel's sockets.
    """

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        """Open the channels."""
        self.context.setsockopt(zmq.RECONNECT_IVL, _MILLISECONDS_TO_RECONNECT)
        super().start_channels(*args, **kwargs)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for an answer on both channels, by default without end.

        Raises
        ------
        RuntimeError
            If the kernel has died, or does not answer in so many seconds.
        """
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while time.monotonic() < end:
            self.kernel_info()
            try:
                reply = await self.get_shell_msg(timeout=1)
                await self.get_iopub_msg(timeout=_SECONDS_PER_TRY)
            except Empty:
                if not await self.is_alive():
                    msg = "Kernel died before replying to kernel_info"
                    raise RuntimeError(msg) from None
            else:
                if reply["msg_type"] == "kernel_info_reply":
                    handle_info(self, reply)
                    return
        raise RuntimeError(f"Kernel didn't respond in {timeout:.0f} seconds")
