"""Messages between a student's process and the one that tests it.

A message is JSON after its length. Whoever reads trusts neither: a length that is too
large, bytes that do not come and text that is no JSON end the conversation.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

_LENGTH = struct.Struct(">I")
LARGEST = 48 * 2**20
"""Bytes that one message may have."""


class ChannelError(BaseException):
    """The other side has ended, or does not keep to the form of a message.

    No test that waits for an answer may take it for a fault of the answer.
    """


class OutOfTime(BaseException):
    """The other side does not answer until its time is over; no test may catch it."""


class Channel:
    """One side of a conversation.

    Parameters
    ----------
    end : socket
        A stream to the other side.
    until : float, optional
        The time of `time.monotonic` at which waiting ends; by default it never does.
    """

    def __init__(self, end: socket.socket, until: float | None = None) -> None:
        self.end = end
        self.until = until

    def send(self, message: Any) -> None:
        """Send a message.

        Raises
        ------
        ChannelError
            If the other side has ended, or the message is too large.
        OutOfTime
            If it is not taken in time.
        """
        content = json.dumps(message).encode()
        if len(content) > LARGEST:
            raise ChannelError(f"a message of {len(content)} bytes is too large")
        try:
            self._limit()
            self.end.sendall(_LENGTH.pack(len(content)) + content)
        except TimeoutError:
            raise OutOfTime from None
        except OSError as error:
            raise ChannelError(str(error)) from None

    def receive(self) -> Any:
        """Receive a message.

        Raises
        ------
        ChannelError
            If the other side has ended, or what it sent is no message.
        OutOfTime
            If there is none in time.
        """
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        if length > LARGEST:
            raise ChannelError(f"a message of {length} bytes is announced")
        content = self._read(length)
        try:
            return json.loads(content)
        except (ValueError, RecursionError, MemoryError):
            raise ChannelError("what was sent is no JSON") from None

    def _read(self, size: int) -> bytes:
        parts = []
        while size:
            try:
                self._limit()
                part = self.end.recv(min(size, 2**20))
            except TimeoutError:
                raise OutOfTime from None
            except OSError as error:
                raise ChannelError(str(error)) from None
            if not part:
                raise ChannelError("the other side has ended")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _limit(self) -> None:
        if self.until is not None:
            # Zero would mean not to wait at all, which is another error.
            self.end.settimeout(max(0.001, self.until - time.monotonic()))
