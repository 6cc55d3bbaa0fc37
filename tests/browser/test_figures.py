"""Figures in a browser: values under the pointer and by keyboard, data and drawings."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.book.published import PAGE_OF_TABLE, PAGES, ROOT

from .conftest import DEVICES, Reader
from .test_every_page import AXE, COMPLAINTS

PAGE = PAGE_OF_TABLE["table4"]
FIGURE = "figure#book-tables-amur-fig-regional-printed"
MOST = 10 * 2**10
"""So many bytes may the marks of a page have."""


def printed(table: str, measure: str) -> list[tuple[str, str]]:
    """Give the years and numbers that are printed in a table of the article."""
    text = (ROOT / "data" / f"{table}.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return [(it["year"], it["printed"]) for it in rows if it["measure"] == measure]


@pytest.fixture
def figure(reader: Reader) -> Locator:
    reader.open(PAGE)
    figure = reader.page.locator(FIGURE)
    figure.evaluate("it => it.scrollIntoView({block: 'center'})")
    return figure


def value(figure: Locator) -> Locator:
    return figure.locator(".figure-pointer .words")


def slider(figure: Locator) -> Locator:
    return figure.get_by_role("slider", name="Values of the figure")


def marks(figure: Locator) -> list[tuple[float, float, str]]:
    text = figure.locator("+ .figure-files").get_attribute("data-marks")
    assert text is not None
    lines = (line.split(" ", 2) for line in text.splitlines())
    return [(float(across), float(down), words) for across, down, words in lines]


def place(figure: Locator, across: float, down: float) -> tuple[float, float]:
    """Give where a mark is on the screen; in the dark a picture has a margin."""
    box: Any = figure.locator("img").bounding_box()
    x, y, width, height = (box[it] for it in ("x", "y", "width", "height"))
    return x + width * across / 1000, y + height * down / 1000


def test_the_printed_number_stands_beside_the_pointer(
    figure: Locator, device: str
) -> None:
    year, number = printed("table4", "workers")[2]
    across, down, _ = marks(figure)[2]
    x, y = place(figure, across, down)
    if device == "phone":
        figure.page.touchscreen.tap(x + 3, y + 3)
    else:
        figure.page.mouse.move(x + 3, y + 3)
    expect(value(figure)).to_have_text(f"{year}: {number} workers")
    ring: Any = figure.locator(".ring").bounding_box()
    assert abs(ring["x"] + ring["width"] / 2 - x) < 1
    assert abs(ring["y"] + ring["height"] / 2 - y) < 1
    figure.page.keyboard.press("Escape")
    expect(value(figure)).to_be_hidden()


@pytest.mark.parametrize("device", ["desktop"], indirect=True)
def test_words_stay_under_the_pointer_and_go_with_it(figure: Locator) -> None:
    mouse = figure.page.mouse
    across, down, _ = marks(figure)[2]
    x, y = place(figure, across, down)
    mouse.move(x, y)
    box: Any = value(figure).bounding_box()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    expect(value(figure)).to_be_visible()
    mouse.move(x, y)
    figure.page.keyboard.press("Escape")
    mouse.move(x + 1, y)
    expect(value(figure)).to_be_hidden()
    mouse.move(*place(figure, *marks(figure)[4][:2]))
    mouse.move(x, y)
    expect(value(figure)).to_be_visible()
    mouse.move(5, 5)
    expect(value(figure)).to_be_hidden()


def test_the_arrows_move_between_the_marks_in_reading_order(figure: Locator) -> None:
    workers, shares = printed("table4", "workers"), printed("table4", "share")
    slider(figure).focus()
    keys = figure.page.keyboard
    for key, (year, number) in zip(
        ("Home", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"),
        (workers[0], workers[1], workers[2], workers[1], workers[0]),
        strict=True,
    ):
        keys.press(key)
        expect(value(figure)).to_have_text(f"{year}: {number} workers")
        expect(slider(figure)).to_have_attribute(
            "aria-valuetext", f"{year}: {number} workers"
        )
    keys.press("End")
    year, number = shares[-1]
    expect(value(figure)).to_contain_text(f"{year}: {number.rstrip('%')}")
    outline = figure.locator(".figure-pointer").evaluate(
        "it => getComputedStyle(it).outlineStyle"
    )
    assert outline == "solid"
    keys.press("Escape")
    expect(value(figure)).to_be_hidden()
    keys.press("Home")
    expect(value(figure)).to_be_visible()
    # One stop, and then on to what the figure offers.
    expect(figure.locator("[tabindex='0'], input, a:not(.headerlink)")).to_have_count(1)
    slider(figure).blur()
    expect(value(figure)).to_be_hidden()


def test_words_never_cover_their_mark_nor_leave_the_picture(figure: Locator) -> None:
    slider(figure).focus()
    frame: Any = figure.locator(".figure-pointed").bounding_box()
    for _ in marks(figure):
        ring: Any = figure.locator(".ring").bounding_box()
        words: Any = value(figure).bounding_box()
        below = words["y"] >= ring["y"] + ring["height"]
        assert below or words["y"] + words["height"] <= ring["y"]
        assert words["x"] >= frame["x"] - 1
        assert words["x"] + words["width"] <= frame["x"] + frame["width"] + 1
        figure.page.keyboard.press("ArrowRight")


@pytest.mark.parametrize("device", ["desktop"], indirect=True)
def test_a_figure_that_a_script_put_on_the_page_tells_its_values(
    figure: Locator,
) -> None:
    figure.evaluate(
        """it => {
            const region = it.parentElement;
            region.innerHTML = region.innerHTML;
            const options = {bubbles: true};
            region.dispatchEvent(new CustomEvent("papermill-pages:swapped", options));
        }"""
    )
    expect(slider(figure)).to_have_count(1)
    slider(figure).focus()
    figure.page.keyboard.press("End")
    expect(value(figure)).to_have_text(marks(figure)[-1][2])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_told_value_shuts_nobody_out(figure: Locator, scheme: Any) -> None:
    figure.page.emulate_media(color_scheme=scheme)
    slider(figure).focus()
    expect(value(figure)).to_be_visible()
    figure.page.evaluate(AXE.read_text(encoding="utf-8"))
    assert figure.page.evaluate(COMPLAINTS, None) == []


@pytest.mark.parametrize("table", PAGE_OF_TABLE)
def test_the_data_of_a_figure_are_the_printed_numbers(
    built_book: Path, table: str
) -> None:
    page = PAGE_OF_TABLE[table]
    html = (built_book / f"{page}.html").read_text(encoding="utf-8")
    name = f"{page.rpartition('/')[2]}.fig-regional-printed.csv"
    address = re.findall(rf'href="([^"]*{re.escape(name)})"', html)
    assert len(address) == 1
    file = built_book / urljoin(f"{page}.html", address[0])
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    drawn = [(it["year"], float(it["workers"])) for it in rows if it["workers"]]
    assert drawn == [
        (year, float(number.replace(",", "")))
        for year, number in printed(table, "workers")
    ]
    shares = [(it["year"], float(it["per cent"])) for it in rows if it["per cent"]]
    assert shares == [
        (year, float(number.rstrip("%"))) for year, number in printed(table, "share")
    ]


def test_every_figure_offers_its_files_and_its_marks_weigh_little(
    built_book: Path,
) -> None:
    for page in PAGES:
        html = (built_book / f"{page}.html").read_text(encoding="utf-8")
        offered = re.findall(r'class="figure-files".*?</p>', html, re.DOTALL)
        assert len(offered) == len(re.findall(r"<figure\b", html)), page
        for figure in offered:
            data, drawing = re.findall(r'href="([^"]*)"', figure)
            for address in (data, drawing):
                assert (built_book / urljoin(f"{page}.html", address)).is_file()
        told = re.findall(r' data-marks="([^"]*)"', html)
        assert sum(len(it.encode()) for it in told) < MOST, page


def test_without_scripts_a_figure_is_a_picture_with_its_files(
    browser: Browser, site: str
) -> None:
    with browser.new_context(
        java_script_enabled=False, viewport=DEVICES["desktop"]
    ) as context:
        page = context.new_page()
        page.goto(f"{site}/{PAGE}.html")
        figure = page.locator(FIGURE)
        expect(figure.locator("+ .figure-files a")).to_have_text(["Data (CSV)", "SVG"])
        expect(figure.locator("input")).to_have_count(0)
