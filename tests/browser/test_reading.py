"""The built book as a reader meets it: opened, searched, leafed through, unfolded."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.book.published import PAGE_OF_TABLE, PAGES

from .conftest import Reader

KHABAROVSK = PAGE_OF_TABLE["table3"]
on_the_desktop = pytest.mark.parametrize("device", ["desktop"], indirect=True)
on_the_phone = pytest.mark.parametrize("device", ["phone"], indirect=True)


def test_the_front_door_leads_to_the_first_page(reader: Reader) -> None:
    reader.page.goto(f"{reader.site}/")
    reader.page.wait_for_url(f"**/{PAGES[0]}.html")
    expect(reader.page.locator("article h1")).to_contain_text("Russian Far East")


def test_the_numbers_of_table_3_are_visible(reader: Reader) -> None:
    reader.open(KHABAROVSK)
    row = reader.page.locator("article table").first.locator("tr", has_text="2005")
    for place, number in enumerate(["2005", "2,010", "2,010", "25.5", "25.5"]):
        cell = row.locator("th, td").nth(place)
        cell.scroll_into_view_if_needed()
        expect(cell).to_have_text(number, use_inner_text=True)
        expect(cell).to_be_in_viewport()


def test_search_finds_khabarovskiy_and_leads_to_its_page(reader: Reader) -> None:
    reader.open(PAGES[0])
    reader.page.get_by_role("button", name="Search").click()
    field = reader.page.get_by_role("searchbox")
    field.fill("Khabarovskiy")
    with reader.page.expect_navigation():
        field.press("Enter")
    assert reader.is_on("search")
    # The results come one by one, each with a summary that is fetched from its page.
    expect(reader.page.locator("#search-results")).to_contain_text("Search finished")
    reader.page.wait_for_load_state("networkidle")
    result = reader.page.locator(f"#search-results a[href*='{KHABAROVSK}.html']")
    reader.follow(result.first)
    assert reader.is_on(KHABAROVSK)
    expect(reader.page.locator("article h1")).to_contain_text("Khabarovskiy")


def test_search_says_so_when_nothing_is_found(reader: Reader) -> None:
    reader.page.goto(f"{reader.site}/search.html?q=Vladivostokskaya")
    expect(reader.page.locator("#search-results")).to_contain_text("did not match any")


@on_the_desktop
def test_the_sidebar_leads_to_table_3(reader: Reader) -> None:
    reader.open(PAGES[0])
    reader.follow(reader.page.locator("nav.bd-links").get_by_text("Table 3."))
    assert reader.is_on(KHABAROVSK)
    current = reader.page.locator("nav.bd-links li.current")
    expect(current).to_contain_text("Table 3")


@on_the_phone
def test_the_sidebar_of_a_phone_opens_with_its_button(reader: Reader) -> None:
    reader.open(PAGES[0])
    link = reader.page.locator("nav.bd-links").get_by_text("Table 3.")
    expect(link).not_to_be_in_viewport()
    reader.page.locator("button.primary-toggle").click()
    expect(link).to_be_in_viewport()
    reader.follow(link)
    assert reader.is_on(KHABAROVSK)
    expect(reader.page.locator("article h1")).to_be_in_viewport()


def test_next_leads_through_the_whole_book_and_previous_back(reader: Reader) -> None:
    reader.open(PAGES[0])
    for page in PAGES[1:]:
        reader.follow(reader.page.locator("a.right-next"))
        assert reader.is_on(page)
    expect(reader.page.locator("a.right-next")).to_have_count(0)
    reader.follow(reader.page.locator("a.left-prev"))
    assert reader.is_on(PAGES[-2])


def test_code_is_folded_until_a_reader_asks_for_it(reader: Reader) -> None:
    reader.open(KHABAROVSK)
    cell = reader.page.locator("details", has_text="printed_and_rebuilt").first
    code = cell.locator("pre")
    expect(code).to_be_hidden()
    cell.locator("summary", has_text="Show code cell source").click()
    expect(code).to_be_visible()
    expect(code).to_contain_text("shown.printed_and_rebuilt_table(")
