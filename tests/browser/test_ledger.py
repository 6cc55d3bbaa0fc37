"""The ledger of claims in a browser: searched, filtered, linked, sorted, and bare."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.book.published import ROOT

from .conftest import DEVICES, Reader

PAGE = "book/checks/claims"
with (ROOT / "data" / "claims.csv").open(encoding="utf-8", newline="") as file:
    CLAIMS = list(csv.DictReader(file))
WIDE = "compatible within wide bounds"
COULD_FAIL = [
    claim
    for claim in CLAIMS
    if claim["compares"] in ("figures", "own words") and claim["status"] != WIDE
]

pytestmark = pytest.mark.parametrize("device", ["desktop"], indirect=True)


@pytest.fixture
def ledger(reader: Reader) -> Locator:
    reader.open(PAGE)
    return reader.page.locator(".tag_ledger")


def _visible_rows(ledger: Locator) -> Locator:
    return ledger.locator("tbody tr:not([hidden])")


def _status(ledger: Locator) -> Locator:
    return ledger.get_by_label("Verdict")


def _count(**wanted: str) -> int:
    return sum(wanted.items() <= claim.items() for claim in CLAIMS)


def test_every_claim_is_there_without_scripts(reader: Reader, browser: Browser) -> None:
    page = browser.new_context(
        java_script_enabled=False, viewport=DEVICES["desktop"]
    ).new_page()
    page.goto(f"{reader.site}/{PAGE}.html")
    rows = page.locator(".tag_ledger tbody tr")
    expect(rows).to_have_count(len(CLAIMS))
    expect(rows.last).to_be_visible()
    expect(page.locator(".tag_ledger .more").last).to_be_visible()
    expect(page.locator(".tag_ledger").get_by_role("search")).to_have_count(0)
    page.context.close()


def test_it_opens_with_the_tests_that_could_have_failed_and_shows_all_at_once(
    ledger: Locator,
) -> None:
    expect(_visible_rows(ledger)).to_have_count(len(COULD_FAIL))
    ledger.get_by_role("button", name=f"Show all {len(CLAIMS)}").click()
    expect(_visible_rows(ledger)).to_have_count(len(CLAIMS))
    ledger.page.go_back()
    expect(_visible_rows(ledger)).to_have_count(len(COULD_FAIL))


def test_a_reader_finds_a_claim_by_its_words_among_all(ledger: Locator) -> None:
    ledger.get_by_label("Search the claims").fill("how many paid two million")
    expect(_visible_rows(ledger)).to_have_count(1)
    # The words stand partly in the remark, which opens.
    expect(_visible_rows(ledger)).to_contain_text("the consulate collects two million")
    expect(ledger.locator(".count")).to_have_text(f"1 of {len(CLAIMS)} claims shown")


def test_a_choice_that_no_claim_has_says_so_and_how_to_get_back(
    ledger: Locator,
) -> None:
    _status(ledger).select_option("differs")
    ledger.get_by_label("Search the claims").fill("zeppelin")
    expect(ledger.locator(".count")).to_have_text(
        f"0 of {len(CLAIMS)} claims shown: none has verdict “differs” and the words "
        f"“zeppelin”. “Show all {len(CLAIMS)}” takes this back."
    )
    expect(ledger.locator("table")).to_be_hidden()
    ledger.get_by_role("button", name=f"Show all {len(CLAIMS)}").click()
    expect(_visible_rows(ledger)).to_have_count(len(CLAIMS))
    expect(ledger.get_by_label("Search the claims")).to_have_value("")


def test_the_address_keeps_only_what_can_be_chosen(ledger: Locator) -> None:
    ledger.page.goto(f"{ledger.page.url}?status=foo&author=weitz#the-ledger")
    expect(ledger.page).to_have_url(re.compile(r"\.html\?author=weitz#the-ledger$"))
    assert _status(ledger).input_value() == "tests"


def test_paper_says_that_a_part_of_the_claims_stands_there(ledger: Locator) -> None:
    ledger.get_by_label("Author").select_option("weitz")
    told = ledger.get_by_text("Only claims with author")
    expect(told).to_be_hidden()
    ledger.page.emulate_media(media="print")
    expect(told).to_have_text(re.compile("^Only claims with author “Weitz.*” stand"))
    expect(told).to_be_visible()
    expect(ledger.locator(".count")).to_be_visible()
    expect(ledger.get_by_label("Author")).to_be_hidden()
    ledger.page.emulate_media(media="screen")
    ledger.get_by_role("button", name="Show all").click()
    ledger.page.emulate_media(media="print")
    expect(ledger.locator(".chosen")).to_be_empty()
    ledger.page.emulate_media(media="screen")


def test_what_is_chosen_stays_in_the_address_and_the_back_button_undoes_it(
    ledger: Locator,
) -> None:
    _status(ledger).select_option(label=f"differs ({_count(status='differs')})")
    expect(_visible_rows(ledger)).to_have_count(_count(status="differs"))
    _status(ledger).select_option("all")
    ledger.get_by_label("Author").select_option("weitz")
    expect(_visible_rows(ledger)).to_have_count(_count(source="weitz"))
    address = ledger.page.url
    assert address.endswith("?status=all&author=weitz")
    ledger.page.go_back()
    ledger.page.go_back()
    expect(_visible_rows(ledger)).to_have_count(_count(status="differs"))
    ledger.page.goto(address)
    expect(_visible_rows(ledger)).to_have_count(_count(source="weitz"))
    expect(ledger.get_by_role("search")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("place", "count"),
    [
        ("status-contradicts-itself", _count(status="contradicts itself")),
        (
            "status-adverse",
            _count(status="contradicts itself") + _count(status="differs"),
        ),
        (
            "status-tests-compared-other-figures",
            sum(claim["compares"] == "figures" for claim in COULD_FAIL),
        ),
        (
            "status-tests-compared-the-same-text",
            sum(claim["compares"] == "own words" for claim in COULD_FAIL),
        ),
    ],
)
def test_a_link_to_a_number_of_claims_shows_these(
    ledger: Locator, place: str, count: int
) -> None:
    expect(ledger.page.locator(f"#{place}")).to_have_count(1)  # for the PDF
    ledger.page.goto(f"{ledger.page.url}#{place}")
    expect(_visible_rows(ledger)).to_have_count(count)
    expect(ledger.get_by_role("search")).to_be_in_viewport()


def test_a_heading_sorts_the_ledger_by_the_keyboard(ledger: Locator) -> None:
    heading = ledger.get_by_role("columnheader", name="verdict")
    heading.get_by_role("button").focus()
    ledger.page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    column = ledger.locator("tbody td:nth-child(1)")
    told = [text.strip() for text in column.all_text_contents()]
    assert told == sorted(claim["status"] for claim in CLAIMS)
    ledger.page.keyboard.press("Space")
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert column.first.inner_text() == "tested and agrees"


def test_a_link_to_a_claim_finds_its_row_though_it_was_filtered_out(
    ledger: Locator,
) -> None:
    _status(ledger).select_option("tested-and-agrees")
    row = ledger.page.locator("#claim-growth-year-by-year")
    expect(row).to_be_hidden()
    ledger.page.locator("a[href='#claim-growth-year-by-year']").first.click()
    expect(row).to_be_in_viewport()
    expect(ledger.locator("tr:has(#claim-growth-year-by-year) .more")).to_be_visible()


def test_each_claim_has_a_link_of_its_own_that_can_be_copied(ledger: Locator) -> None:
    context = ledger.page.context
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    _status(ledger).select_option("differs")
    row = _visible_rows(ledger).first
    row.get_by_role("link", name="Link to this claim").click()
    expect(ledger.get_by_text("The link to this claim is copied")).to_be_visible()
    copied = ledger.page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"/{PAGE}.html#claim-growth-year-by-year")


def test_a_phone_shows_claims_as_cards_with_the_verdict_first(
    reader: Reader, ledger: Locator
) -> None:
    reader.page.set_viewport_size(DEVICES["phone"])
    row = _visible_rows(ledger).first
    boxes = [cell.bounding_box() for cell in row.locator("td").all()]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 4
    assert tops == sorted(tops)
    assert row.evaluate("row => row.scrollWidth <= innerWidth")
    assert row.evaluate("row => row.getBoundingClientRect().height") < 300


def test_paper_has_the_remarks_of_the_claims_on_the_screen(ledger: Locator) -> None:
    expect(_visible_rows(ledger).first.locator(".more")).to_be_hidden()
    ledger.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    ledger.page.emulate_media(media="print")
    expect(_visible_rows(ledger).first.locator(".more")).to_be_visible()
    ledger.page.emulate_media(media="screen")
    ledger.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(_visible_rows(ledger).first.locator(".more")).to_be_hidden()


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
