"""The ledger of claims in a browser: searched, filtered, sorted, and bare."""

from __future__ import annotations

import csv

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.book.published import ROOT

from .conftest import DEVICES, Reader

PAGE = "book/checks/claims"
with (ROOT / "data" / "claims.csv").open(encoding="utf-8", newline="") as file:
    CLAIMS = list(csv.DictReader(file))
DIFFERING = [claim for claim in CLAIMS if claim["status"] == "differs"]

pytestmark = pytest.mark.parametrize("device", ["desktop"], indirect=True)


@pytest.fixture
def ledger(reader: Reader) -> Locator:
    reader.open(PAGE)
    return reader.page.locator(".tag_ledger")


def _visible_rows(ledger: Locator) -> Locator:
    return ledger.locator("tbody tr:not([hidden])")


def test_every_claim_is_there_without_scripts(reader: Reader, browser: Browser) -> None:
    page = browser.new_context(
        java_script_enabled=False, viewport=DEVICES["desktop"]
    ).new_page()
    page.goto(f"{reader.site}/{PAGE}.html")
    rows = page.locator(".tag_ledger tbody tr")
    expect(rows).to_have_count(len(CLAIMS))
    expect(rows.last).to_be_visible()
    expect(page.get_by_role("search")).to_have_count(0)
    page.context.close()


def test_a_reader_finds_a_claim_by_its_words(ledger: Locator) -> None:
    ledger.get_by_label("Search the claims").fill("how many paid two million")
    expect(_visible_rows(ledger)).to_have_count(1)
    expect(_visible_rows(ledger)).to_contain_text("the consulate gathers two million")
    expect(ledger.locator("output")).to_have_text(f"1 of {len(CLAIMS)} claims shown")


def test_a_status_narrows_the_ledger_to_its_claims(ledger: Locator) -> None:
    ledger.get_by_label("Status").select_option("differs")
    expect(_visible_rows(ledger)).to_have_count(len(DIFFERING))
    statuses = _visible_rows(ledger).locator("td:nth-child(4)").all_inner_texts()
    assert set(statuses) == {"differs"}


def test_a_heading_sorts_the_ledger_by_the_keyboard(ledger: Locator) -> None:
    heading = ledger.get_by_role("columnheader", name="status")
    heading.get_by_role("button").focus()
    ledger.page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    column = ledger.locator("tbody td:nth-child(4)")
    assert column.all_inner_texts() == sorted(claim["status"] for claim in CLAIMS)
    ledger.page.keyboard.press("Space")
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert column.first.inner_text() == "tested and agrees"


def test_a_link_to_a_claim_finds_its_row_though_it_was_filtered_out(
    ledger: Locator,
) -> None:
    ledger.get_by_label("Status").select_option("tested and agrees")
    row = ledger.page.locator("#claim-growth-year-by-year")
    expect(row).to_be_hidden()
    link = ledger.page.locator("a[href='#claim-growth-year-by-year']")
    link.first.click()
    expect(row).to_be_in_viewport()
    expect(_visible_rows(ledger)).to_have_count(len(CLAIMS))


def test_a_recomputed_value_leads_to_where_its_page_states_it_and_on_to_the_code(
    reader: Reader, ledger: Locator
) -> None:
    link = ledger.locator("a[href*='result-trends-together-declines']")
    expect(link).to_have_text("5")
    reader.follow(link)
    assert reader.is_on("book/models/trends")
    value = reader.page.locator("#result-trends-together-declines")
    expect(value).to_be_in_viewport()
    expect(value).to_have_text("5")
    way = reader.page.locator("a.way-on").filter(visible=True).first
    way.click()
    cell = reader.page.locator(".cell:target")
    expect(cell).to_be_in_viewport()
    expect(cell).to_contain_text("steps.count()", use_inner_text=False)
