"""A reader with a real browser, at a desk or with a phone, and what troubles her."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    ViewportSize,
    sync_playwright,
)

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = (
    "No browser was found. Install one (Debian: apt-get install chromium), or let the "
    "environment variable CHROMIUM name the program."
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # The network is cut: no name leads anywhere, apart from this machine's own address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
DEVICES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}


@dataclass
class Reader:
    """Someone who reads the book, and all that goes wrong while she does.

    Attributes
    ----------
    page : Page
        The page that she sees.
    site : str
        Where the book begins, for example ``http://127.0.0.1:40001``.
    troubles : list of str
        Errors and warnings of the console, failed requests, requests to other hosts.
    """

    page: Page
    site: str
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self._note("page error", str(error)))
        self.page.on("request", self._note_other_host)
        self.page.on("requestfailed", self._note_failure)
        self.page.on("response", self._note_refusal)

    def open(self, page: str) -> None:
        self.page.goto(f"{self.site}/{page}.html")

    def follow(self, link: Locator) -> None:
        """Click a link and wait until the next page is there."""
        with self.page.expect_navigation():
            link.click()

    def leave(self) -> None:
        """Close a visit, at whose end nothing may have troubled her."""
        troubles, self.troubles = self.troubles, []
        if troubles:
            pytest.fail("\n".join(troubles), pytrace=False)

    def is_on(self, page: str) -> bool:
        return urlsplit(self.page.url).path.endswith(f"/{page}.html")

    def _note(self, what: str, detail: str) -> None:
        self.troubles.append(f"{what} on {self.page.url}: {detail}")

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"console {message.type}", message.text)

    def _note_other_host(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site}/", "data:", "blob:")):
            self._note("request to another host", request.url)

    def _note_failure(self, request: Request) -> None:
        # What is still on its way when a reader leaves a page is given up, not failed.
        if request.failure != "net::ERR_ABORTED":
            self._note("failed request", f"{request.url} {request.failure}")

    def _note_refusal(self, response: Response) -> None:
        if response.status >= 400:
            self._note("refused request", f"{response.url} {response.status}")


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files as a host of pages does, without a line for each request."""

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:
        """Show the site's own page in place of one that is not there."""
        self.error_message_format = (
            Path(self.directory, "404.html").read_text(encoding="utf-8")
        ).replace("%", "%%")
        super().send_error(code, message, explain)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = find_browser()
    if program is None:
        # Continuous integration must not take a missing browser for a passed test.
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(NO_BROWSER, pytrace=False)
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=list(ARGUMENTS)
        )
        yield browser
        browser.close()


def find_browser() -> str | None:
    named = os.environ.get("CHROMIUM")
    candidates = (named,) if named else BROWSERS
    return next(filter(None, map(shutil.which, candidates)), None)


@pytest.fixture(scope="session")
def site(built_book: Path) -> Iterator[str]:
    """The address of the built book, served on this machine alone."""
    handler = partial(QuietHandler, directory=built_book)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def reader(browser: Browser, site: str, device: str) -> Iterator[Reader]:
    with reading(browser, site, device) as reader:
        yield reader


@contextmanager
def reading(
    browser: Browser,
    site: str,
    device: str,
    color_scheme: Literal["light", "dark"] = "light",
) -> Iterator[Reader]:
    """Let someone read; nothing at all may trouble her until she leaves."""
    phone = device == "phone"
    with browser.new_context(
        viewport=DEVICES[device],
        is_mobile=phone,
        has_touch=phone,
        color_scheme=color_scheme,
        reduced_motion="reduce",
    ) as context:
        context.set_default_timeout(15_000)
        reader = Reader(context.new_page(), site)
        yield reader
        reader.leave()
