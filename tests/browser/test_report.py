"""The reproduction report as an editor sees it, at a desk and on a telephone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from papermill_pages.expected import Comparison, moved
from papermill_pages.publishing.report import Rerun, as_html
from papermill_pages.results import Result
from papermill_pages.settings import settings_of_book
from playwright.sync_api import Browser

from rfe_labour.shown.report import words

from .conftest import Reader, reading
from .test_every_page import AXE, COMPLAINTS, MODES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports of the numbers as they were published, and with one that has moved."""
    folder = tmp_path_factory.mktemp("report")
    for name, changed in {"same": {}, "moved": {"claims.total": 319}}.items():
        (folder / f"{name}.html").write_text(report(changed), encoding="utf-8")
    (folder / "404.html").write_text("%(code)d")
    return folder


def report(changed: dict[str, Any]) -> str:
    settings = settings_of_book(ROOT)
    assert settings
    file = ROOT / settings.expected.file
    expected = json.loads(file.read_text(encoding="utf-8"))
    now = {key: Result(it, "book/page") for key, it in {**expected, **changed}.items()}
    moves = moved(expected, now, settings.expected)
    compared = Comparison(file, settings.expected.file, expected, now, moves, 1)
    rerun = Rerun(ROOT, settings, "", datetime(2026, 11, 26, tzinfo=UTC), 60, compared)
    return as_html(Rerun(**{**vars(rerun), "words": words({**expected, **changed})}))


@pytest.fixture(params=MODES)
def reader(
    request: pytest.FixtureRequest, browser: Browser, folder: Path
) -> Iterator[Reader]:
    mode: Any = request.param
    site = folder.as_uri()
    with reading(browser, site, MODES[mode], color_scheme=mode) as reader:
        yield reader


@pytest.mark.parametrize("name", ["same", "moved"])
def test_the_report_can_be_read_everywhere(reader: Reader, name: str) -> None:
    reader.open(name)
    verdict = reader.page.locator(".verdict").inner_text()
    assert verdict.startswith("Reproduced." if name == "same" else "Not reproduced. 1 ")
    assert reader.page.evaluate("document.scrollingElement.scrollWidth") <= (
        reader.page.evaluate("innerWidth")
    )
    reader.page.add_script_tag(path=AXE)
    assert reader.page.evaluate(COMPLAINTS) == []
    reader.leave()
