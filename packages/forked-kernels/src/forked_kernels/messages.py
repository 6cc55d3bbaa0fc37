"""Messages through a socket: before each stands its length."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_LENGTH = struct.Struct(">Q")


def framed(message: bytes) -> bytes:
    """Return what is sent for a message."""
    return _LENGTH.pack(len(message)) + message


class Received:
    """Cuts what arrives at a socket into messages."""

    def __init__(self) -> None:
        self._data = bytearray()

    def add(self, data: bytes) -> Iterator[bytes]:
        """Take what has arrived, and return the messages that are complete."""
        self._data += data
        while len(self._data) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._data)
            end = _LENGTH.size + length
            if len(self._data) < end:
                return
            message = bytes(self._data[_LENGTH.size : end])
            del self._data[:end]
            yield message
