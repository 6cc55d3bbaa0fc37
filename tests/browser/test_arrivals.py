"""Where a reader arrives who follows a number, and where she can go from there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.book.published import PAGE_OF_TABLE, PAGES

from .conftest import DEVICES, Reader, reading

FRONT = PAGES[0]
TRENDS = "book/models/trends"
STATED = ".pasted-text:target, .stated:target"


def follow_first_number(reader: Reader, page: str) -> Locator:
    """Follow the first number of the front page that a page states, to that place."""
    reader.open(FRONT)
    link = reader.page.locator(f"article a[href*='{page}.html#result-']").first
    text = link.inner_text().strip()
    reader.follow(link)
    place = reader.page.locator(STATED)
    expect(place).to_have_text(text, use_inner_text=True)
    return place


@pytest.mark.parametrize("page", ["models/trends", "tables/primorye"])
def test_a_number_of_the_front_page_leads_to_the_sentence_that_states_it(
    reader: Reader, page: str
) -> None:
    place = follow_first_number(reader, page)
    expect(place).to_be_in_viewport(ratio=1)
    box = place.bounding_box()
    assert box is not None
    top = reader.page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y)?.closest(':target') !== null",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
    )
    assert top, "the head of the page covers the number"


def test_from_there_she_goes_on_to_the_code(reader: Reader) -> None:
    place = follow_first_number(reader, "models/trends")
    ways = reader.page.locator("article a.way-on").filter(visible=True)
    expect(ways.first).to_have_accessible_name("To the code that computed this value")
    ways.first.click()
    cell = reader.page.locator(".cell:target")
    expect(cell).to_be_in_viewport()
    expect(cell.locator(".cell_input pre").first).to_be_visible()
    expect(place).to_have_count(0)
    expect(ways).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark", "forced"])
def test_the_place_is_marked_in_any_colours(
    browser: Browser, site: str, scheme: str
) -> None:
    colours = "dark" if scheme == "dark" else "light"
    with reading(browser, site, "desktop", colours) as reader:
        if scheme == "forced":
            reader.page.emulate_media(forced_colors="active")
        place = follow_first_number(reader, "models/trends")
        style = place.evaluate(
            "it => [getComputedStyle(it).outlineStyle, "
            "getComputedStyle(it).backgroundColor, "
            "getComputedStyle(it.closest('p, tr')).backgroundColor, "
            "getComputedStyle(document.body).backgroundColor]"
        )
        assert style[0] == "solid"
        if scheme != "forced":  # where the system's colours are alone
            assert len(set(style[1:])) == 3


def test_a_value_of_the_page_looks_like_its_text_and_leads_to_its_code(
    reader: Reader,
) -> None:
    reader.open(TRENDS)
    value = reader.page.locator("article p a.computed").first
    looks = value.evaluate(
        "it => [it, it.parentElement].map(getComputedStyle).map("
        "style => [style.color, style.fontWeight])"
    )
    assert looks[0] == looks[1]
    weight = value.locator(".pasted-text").evaluate(
        "it => getComputedStyle(it).fontWeight"
    )
    assert weight == looks[0][1]
    value.click()
    expect(reader.page.locator(".cell:target")).to_be_in_viewport()


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_folded_opens_for_a_link_into_it(
    browser: Browser, site: str, *, scripts: bool
) -> None:
    with browser.new_context(
        java_script_enabled=scripts, viewport=DEVICES["desktop"]
    ) as context:
        page = context.new_page()
        page.goto(f"{site}/{PAGE_OF_TABLE['table1']}.html")
        inside = page.locator("article details :is(.cell_output, .stated)[id]").first
        named = page.locator("article details [id]").first
        target = inside if inside.count() else named
        address = target.get_attribute("id")
        fold = page.locator(f"article details:has([id='{address}'])").first
        expect(fold).not_to_have_attribute("open", re.compile(".*"))
        page.goto(f"{site}/{PAGE_OF_TABLE['table1']}.html#{address}")
        expect(fold).to_have_attribute("open", "")


def test_a_link_to_a_cell_opens_its_folded_code(reader: Reader) -> None:
    page = PAGE_OF_TABLE["table1"]
    reader.open(page)
    cell = reader.page.locator(".tag_parameters.cell[id]")
    expect(cell.locator("details")).not_to_have_attribute("open", "")
    reader.page.evaluate("id => location.hash = id", cell.get_attribute("id"))
    expect(cell.locator("details")).to_have_attribute("open", "")
