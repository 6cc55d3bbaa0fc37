"""Firefox as Debian has it, over WebDriver BiDi, which it speaks without a driver."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tornado.websocket import WebSocketClientConnection, websocket_connect

PROGRAMS = ("firefox-esr", "firefox")
_OFFLINE = """\
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
"""
"""No host can be reached: there is nobody at the proxy."""


def find_firefox() -> str | None:
    """Return the program, if there is one."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Firefox:
    """One window of a running Firefox."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self._connection = connection
        self._sent = 0
        self._window = ""

    async def begin(self) -> None:
        """Begin a session."""
        await self._call("session.new", capabilities={})
        windows = await self._call("browsingContext.getTree")
        self._window = windows["contexts"][0]["context"]

    async def open(self, url: str) -> None:
        """Open a page and wait until it is there."""
        await self._call(
            "browsingContext.navigate", context=self._window, url=url, wait="complete"
        )

    async def evaluate(self, script: str) -> Any:
        """Return what a script gives, a text, a number or a truth value."""
        told = await self._call(
            "script.evaluate",
            expression=script,
            target={"context": self._window},
            awaitPromise=True,
        )
        return told["result"].get("value")

    async def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._sent += 1
        asked = {"id": self._sent, "method": method, "params": params}
        await self._connection.write_message(json.dumps(asked))
        while True:
            answer: dict[str, Any] = json.loads(
                await self._connection.read_message() or "{}"
            )
            if answer.get("id") == self._sent:
                assert answer["type"] == "success", answer
                result: dict[str, Any] = answer["result"]
                return result


@asynccontextmanager
async def firefox(program: str, profile: Path) -> AsyncIterator[Firefox]:
    """Run Firefox with a profile of its own."""
    profile.mkdir()
    (profile / "user.js").write_text(_OFFLINE, encoding="utf-8")
    command = [program, "--headless", "--no-remote", "--profile", str(profile)]
    process = subprocess.Popen(
        [*command, "--remote-debugging-port", "0"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        said = (re.search(r"BiDi listening on (ws://\S+)", it) for it in process.stderr)
        address = next(filter(None, said))[1]
        connection = await websocket_connect(f"{address}/session")
        window = Firefox(connection)
        await window.begin()
        yield window
        connection.close()
    finally:
        process.kill()
        process.wait()
