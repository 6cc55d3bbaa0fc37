"""What a chapter calls next is what the button at its foot leads to."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from .published import PAGES, ROOT


@pytest.mark.parametrize("page", PAGES)
def test_what_the_text_calls_next_is_where_the_button_leads(
    built_book: Path, page: str
) -> None:
    text = (built_book / f"{page}.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(text, "html.parser")
    button = soup.select_one("a.right-next")
    told = [
        paragraph
        for paragraph in soup.select("article p")
        if paragraph.get_text().startswith("Next.")
    ]
    assert len(told) <= 1
    for paragraph in told:
        assert button is not None
        links = {str(link["href"]) for link in paragraph.select("a")}
        assert str(button["href"]) in links
    if not (ROOT / f"{page}.md").is_file() and page != PAGES[0]:
        assert told or "appendix" in page
