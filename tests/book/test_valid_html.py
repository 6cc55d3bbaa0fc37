"""Each page of the site is valid HTML, as the Nu checker of the W3C sees it."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from .java import need, nu_checker


@pytest.fixture(scope="module")
def checker(pytestconfig: pytest.Config) -> list[str]:
    folder = Path(pytestconfig.cache.mkdir("nu"))
    return [need("java"), "-jar", str(nu_checker(folder)), "--format", "json"]


def errors(checker: list[str], *pages: Path) -> Counter[str]:
    """What is wrong in some pages, or in all of a folder, and how often."""
    ended = subprocess.run(
        [*checker, "--skip-non-html", *map(str, pages)],
        stderr=subprocess.PIPE,
        timeout=300,
        check=False,
    )
    messages = json.loads(ended.stderr)["messages"]
    return Counter(
        f"{it['url'].rpartition('/html/')[2]}: {it['message']}"
        for it in messages
        if it["type"] != "info"
    )


def test_each_page_is_valid_html(checker: list[str], built_book: Path) -> None:
    assert errors(checker, built_book) == Counter()


def test_the_checker_finds_what_is_wrong(checker: list[str], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<!DOCTYPE html><html lang="en"><title>A page</title>'
        "<details><summary><p>A paragraph</p></summary></details>"
    )
    [error] = errors(checker, page)
    assert "“p” not allowed as child of element “summary”" in error
