"""The list of programs in a browser: folded by page, and searched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Reader

PAGE = "book/appendix/programs_and_outputs"


@pytest.fixture
def programs(reader: Reader) -> Locator:
    reader.open(PAGE)
    return reader.page.locator(".tag_ledger")


def test_it_is_folded_and_not_long_until_something_is_searched(
    programs: Locator, device: str
) -> None:
    expect(programs.locator("tbody tr").first).to_be_hidden()
    height = programs.page.evaluate("document.documentElement.scrollHeight")
    assert height < {"desktop": 6_000, "phone": 9_000}[device]
    programs.get_by_label("Search").fill("scatterplot")
    visible = programs.locator("tbody tr:visible")
    expect(visible.first).to_contain_text("scatterplot")
    assert 0 < visible.count() < programs.locator("tbody tr").count()


@pytest.mark.parametrize("device", ["desktop"], indirect=True)
def test_the_key_of_a_number_leads_to_the_cell_that_glues_it(
    programs: Locator, built_book: Path
) -> None:
    results = json.loads((built_book.parent / "results.json").read_text("utf-8"))
    key = next(key for key in results if key.startswith("trends.primorye."))
    programs.get_by_label("Search").fill(key)
    visible = programs.locator("tbody tr:visible")
    expect(visible).not_to_have_count(0)
    for row in visible.all():
        expect(row.locator(".kind")).to_have_text("numbers")
    expect(programs.locator(".exhibits-of-page:visible")).to_have_count(1)


@pytest.mark.parametrize("device", ["desktop"], indirect=True)
def test_a_kind_narrows_it_to_figures(programs: Locator) -> None:
    programs.get_by_label("Kind").select_option("figure")
    kinds = programs.locator("tbody tr:visible .kind").all_inner_texts()
    assert set(kinds) == {"figure"}
