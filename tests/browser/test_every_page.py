"""Every page for everyone: in the light and the dark, at a desk and on a phone, from a
server and from disk, with all other hosts out of reach.

One browser context serves all pages of a mode, and one visit asks all of a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Error, expect

from tests.book.published import PAGES

from .conftest import Reader, reading

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
MODES = {"light": "desktop", "dark": "phone"}
LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]
"""Rules that depend on colours and sizes; for the others it is the same page."""
EVERY_PAGE = [*PAGES, "search", "404"]
MIB = 2**20

OUT_OF_REACH = """() => [...document.querySelectorAll("article *")]
    .filter(frame => frame.checkVisibility() && frame.tabIndex !== 0)
    .filter(frame => frame.scrollWidth > frame.clientWidth + 1)
    .filter(frame => ["auto", "scroll"].includes(getComputedStyle(frame).overflowX))
    .map(frame => frame.outerHTML.slice(0, 90))"""
ICONS_NOT_DRAWN = """() => [...document.querySelectorAll(".fa-solid, .fas, .fab, .far")]
    .filter(icon => !getComputedStyle(icon).getPropertyValue("--icon"))
    .map(icon => icon.className)"""
COMPLAINTS = """async (rules) => {
    const options = {resultTypes: ["violations"], preload: false};
    if (rules) options.runOnly = rules;
    // The rows of a long table are made alike, and axe takes long over each.
    document.querySelectorAll("tbody tr:nth-child(n+12)").forEach(row => row.remove());
    const found = await axe.run(document, options);
    return found.violations
        .filter(rule => ["serious", "critical"].includes(rule.impact))
        .flatMap(rule => rule.nodes.map(node =>
            `${rule.id}: ${node.html.slice(0, 120)}: ${node.failureSummary}`));
}"""


@pytest.fixture(scope="module", params=MODES)
def reader(
    request: pytest.FixtureRequest, browser: Browser, site: str
) -> Iterator[Reader]:
    mode: Any = request.param
    with reading(browser, site, MODES[mode], color_scheme=mode) as reader:
        yield reader


@pytest.fixture(scope="module")
def reader_from_disk(browser: Browser, built_book: Path) -> Iterator[Reader]:
    with reading(browser, built_book.as_uri(), "desktop") as reader:
        reader.page.context.set_offline(True)
        yield reader


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_a_page_is_whole_fits_the_screen_and_shuts_nobody_out(
    reader: Reader, page: str
) -> None:
    reader.open(page)
    expect(reader.page.get_by_role("heading", level=1)).to_be_visible()
    for image in reader.page.locator("article img").all():
        assert image.evaluate("image => image.complete && image.naturalWidth > 0")
    unfold_everything(reader)
    # Letters that are 11 points high in a picture of 614 px stay larger than 10 px.
    for picture in reader.page.locator("article .cell_output img").all():
        assert picture.evaluate("image => image.width / image.naturalWidth") > 0.7
    size = reader.page.viewport_size
    assert size is not None
    assert reader.page.evaluate("document.scrollingElement.scrollWidth") <= (
        size["width"] + 1
    )
    # The theme notices after a moment which frames scroll.
    with suppress(Error):
        reader.page.wait_for_function(f"({OUT_OF_REACH})().length === 0", timeout=2000)
    assert reader.page.evaluate(OUT_OF_REACH) == []
    assert reader.page.evaluate(ICONS_NOT_DRAWN) == []
    reader.page.evaluate(AXE.read_text(encoding="utf-8"))
    dark = reader.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert reader.page.evaluate(COMPLAINTS, LOOKS if dark else None) == []
    reader.leave()


@pytest.mark.parametrize("page", ["index", *EVERY_PAGE[:-1]])
def test_a_page_opens_from_disk_with_no_network_at_all(
    reader_from_disk: Reader, page: str
) -> None:
    reader_from_disk.open(page)
    # The last: before its style is there, a page shows a heading for print, too.
    heading = reader_from_disk.page.get_by_role("heading", level=1).last
    expect(heading).to_be_visible()
    reader_from_disk.leave()


def test_search_works_from_disk(reader_from_disk: Reader) -> None:
    reader_from_disk.page.goto(f"{reader_from_disk.site}/search.html?q=Khabarovskiy")
    results = reader_from_disk.page.locator("#search-results")
    expect(results).to_contain_text("Search finished")
    expect(results.locator("a[href*='khabarovsk.html']").first).to_be_visible()
    reader_from_disk.leave()


def test_a_page_that_is_not_there_leads_back_from_any_depth(reader: Reader) -> None:
    answer = reader.page.goto(f"{reader.site}/no/such/page.html")
    assert answer is not None
    assert answer.status == 404
    expect(reader.page.locator("article h1")).to_have_text("Page not found")
    assert reader.page.locator("nav.bd-links a").count() >= len(PAGES)
    reader.troubles.clear()  # of the missing page itself
    reader.follow(reader.page.locator("article a").first)
    assert reader.is_on(PAGES[0])
    reader.leave()


def test_the_first_page_weighs_less_than_1_mib(browser: Browser, site: str) -> None:
    with reading(browser, site, "desktop") as reader:
        finished: list[Any] = []
        reader.page.on("requestfinished", lambda request: finished.append(request))
        reader.open(PAGES[0])
        reader.page.wait_for_load_state("networkidle")
        sizes = {
            request.url: request.sizes()["responseBodySize"]
            + request.sizes()["responseHeadersSize"]
            for request in finished
        }
    assert sum(sizes.values()) < MIB, sizes


def test_print_leaves_out_what_paper_cannot_do(reader: Reader) -> None:
    reader.page.emulate_media(media="print")
    reader.open(PAGES[1])
    expect(reader.page.locator("details:not([open])").first).to_be_hidden()
    expect(reader.page.locator(".cite")).to_be_visible()
    expect(reader.page.locator("nav.bd-links")).to_be_hidden()
    reader.page.emulate_media(media="screen")
    reader.leave()


def unfold_everything(reader: Reader) -> None:
    reader.page.evaluate(
        "document.querySelectorAll('details').forEach(one => one.open = true)"
    )
