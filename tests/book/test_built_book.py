"""The built book as files: the numbers on its pages, its results, links and images."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

from tests.rfe_labour.printed_page import SHARES, STATED_TOTALS, WORKERS, by_year

from .published import PAGE_OF_TABLE, PAGES

CELLS = {"table1": 28, "table3": 22, "table4": 22}
YEARS = range(1998, 2006)
COMPARED = [
    "year",
    "Primorye",
    "Khabarovskiy Krai",
    "Amurskaya oblast",
    "sum",
    "stated",
    "gap",
    "accounted for, %",
]
USED_BY = {
    # The theme's buttons, folding, search field and contents.
    "bootstrap.js": "[data-bs-toggle]",
    "pydata-sphinx-theme.js": "#main-content",
    "sphinx-book-theme.js": "#main-content",
    "documentation_options.js": "#main-content",
    "doctools.js": "#main-content",
    "sphinx_highlight.js": "#main-content",
    # The rest is for some pages.
    "clipboard.min.js": "div.highlight pre",
    "code_switch.js": "div.cell_input",
    "copybutton.js": "div.highlight pre",
    "explorer.js": "div.explorer",
    "figures.js": ".figure-files",
    "language_data.js": "#search-results",
    "ledger.js": ".tag_ledger table",
    "searchindex.js": "#search-results",
    "searchtools.js": "#search-results",
}
"""For each script, what stands in the pages that use it; no others are expected."""


@pytest.fixture(scope="module")
def results(built_book: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        (built_book.parent / "results.json").read_text(encoding="utf-8")
    )
    return content


@cache
def page_at(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def article_of(built_book: Path, page: str) -> Tag:
    article = page_at(built_book / f"{page}.html").find("article")
    assert isinstance(article, Tag)
    return article


def tables_of(built_book: Path, page: str) -> list[Tag]:
    """The tables that a page's cells put out, not that of its parameters."""
    return list(article_of(built_book, page).select("table:not(.parameters)"))


def rows_of(table: Tag) -> list[list[str]]:
    return [
        [cell.get_text(strip=True) for cell in row.find_all(["th", "td"])]
        for row in table.find_all("tr")
    ]


def rows_under(article: Tag, heading: list[str]) -> list[list[str]]:
    """Give the rows of the only table with such a heading."""
    tables = map(rows_of, article.find_all("table"))
    (rows,) = (rows for heads, *rows in tables if heads == heading)
    return rows


def number(printed: str) -> int:
    return int(printed.replace(",", ""))


# The numbers


@pytest.mark.parametrize("table", PAGE_OF_TABLE)
def test_each_printed_cell_stands_in_the_row_of_its_year_as_printed_and_as_rebuilt(
    built_book: Path, table: str
) -> None:
    shown = rows_under(
        article_of(built_book, PAGE_OF_TABLE[table]),
        ["year", "workers", "share", "workers rebuilt", "share rebuilt", "agrees"],
    )
    workers, shares = by_year(*WORKERS[table]), by_year(*SHARES[table])
    assert shown == [
        [str(year), *[workers[year], shares[year]] * 2, "yes"] for year in workers
    ]


@pytest.mark.parametrize("table", PAGE_OF_TABLE)
def test_each_cell_stands_as_printed_and_each_whole_share_is_marked_as_doubtful(
    built_book: Path, table: str
) -> None:
    article = article_of(built_book, PAGE_OF_TABLE[table])
    name = f"Table {table.removeprefix('table')}"
    heading = ["year", f"workers ({name}, Total)", f"share, % ({name}, %)"]
    shares = by_year(*SHARES[table])
    expected = [
        [str(year), cell, shares[year] + ("" if "." in shares[year] else "†")]
        for year, cell in by_year(*WORKERS[table]).items()
    ]
    assert rows_under(article, heading) == expected


def test_the_totals_page_sets_each_stated_total_beside_the_sum_of_the_regions(
    built_book: Path,
) -> None:
    article = article_of(built_book, "book/checks/totals")
    tables = {tuple(rows[0]): rows[1:] for rows in map(rows_of, article("table"))}
    printed = tables["year", "printed", "doubt"]
    assert {row[0]: row[1] for row in printed} == {
        str(year): total for year, total in by_year(*STATED_TOTALS).items()
    }
    compared = rows_under(article, COMPARED)
    for year, row in zip(YEARS, compared, strict=True):
        regions = [by_year(*WORKERS[table])[year] for table in PAGE_OF_TABLE]
        stated, total = by_year(*STATED_TOTALS)[year], sum(map(number, regions))
        gap = f"{number(stated) - total:,}"
        assert row[:7] == [str(year), *regions, f"{total:,}", stated, gap]


# The results


def test_results_are_plain_values_under_dotted_keys(results: dict[str, Any]) -> None:
    for key, value in results.items():
        assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", key), key
        assert isinstance(value, (int, float, str)), key


def test_results_tell_that_all_72_cells_are_reproduced(results: dict[str, Any]) -> None:
    for table, cells in CELLS.items():
        assert results[f"tables.{table}.cells"] == cells
        assert results[f"tables.{table}.cells_reproduced"] == cells


@pytest.mark.parametrize("year", YEARS)
def test_totals_in_the_results_follow_from_the_printed_page(
    results: dict[str, Any], year: int
) -> None:
    stated = number(by_year(*STATED_TOTALS)[year])
    regions = [number(by_year(*WORKERS[table])[year]) for table in CELLS]
    assert results[f"totals.{year}.stated"] == stated
    assert results[f"totals.{year}.regional_sum"] == sum(regions)
    assert results[f"totals.{year}.residual"] == stated - sum(regions)
    assert results[f"totals.{year}.coverage"] == sum(regions) / stated


def test_totals_and_regions_move_together_in_two_of_seven_steps(
    results: dict[str, Any],
) -> None:
    assert results["totals.direction_agreements"] == 2
    assert results["totals.direction_steps"] == 7


# The pages


@pytest.mark.parametrize("page", PAGES)
def test_a_page_holds_no_trace_of_something_that_was_not_resolved(
    built_book: Path, page: str
) -> None:
    article = article_of(built_book, page)
    prose = "".join(
        text for text in article.strings if not text.find_parent(["pre", "code"])
    )
    assert re.findall(r"\{[\w:-]+\}|WARNING|Traceback", prose) == []
    assert article.select(".problematic, .system-message, .stderr, .traceback") == []


@pytest.mark.parametrize("page", PAGES)
def test_each_image_says_in_words_what_a_reader_would_see(
    built_book: Path, page: str
) -> None:
    for image in article_of(built_book, page).find_all("img"):
        words = str(image.get("alt", "")).split()
        assert len(words) > 5, f"{image.get('src')}: {image.get('alt')!r}"


def test_each_page_of_a_table_shows_three_figures_of_its_own(built_book: Path) -> None:
    sources = [
        image["src"]
        for page in PAGE_OF_TABLE.values()
        for image in article_of(built_book, page).select("img:not(.explorer img)")
    ]
    assert len(sources) == len(set(sources)) == 9


def test_each_page_names_its_icon_so_that_no_browser_asks_for_one_in_vain(
    built_book: Path,
) -> None:
    for page in PAGES:
        assert page_at(built_book / f"{page}.html").select("link[rel~=icon]"), page


def test_each_link_inside_the_site_leads_to_something(built_book: Path) -> None:
    broken = [
        f"{path.relative_to(built_book)}: {link}"
        for path in pages_of(built_book)
        for link in links_of(page_at(path))
        if not resolves(link, path)
    ]
    assert broken == []


def test_the_site_holds_no_template_map_or_translation_of_the_theme(
    built_book: Path,
) -> None:
    static = [path for path in (built_book / "_static").rglob("*") if path.is_file()]
    assert {path.suffix for path in static} & {".html", ".map", ".po", ".mo"} == set()
    assert sum(path.stat().st_size for path in static if path.suffix == ".js") < 300_000
    for path in static:
        if path.suffix in (".css", ".js"):
            assert "sourceMappingURL" not in path.read_text(encoding="utf-8"), path


def test_a_server_is_told_to_show_the_folders_that_begin_with_a_line(
    built_book: Path,
) -> None:
    assert (built_book / ".nojekyll").read_bytes() == b""


def pages_of(built_book: Path) -> list[Path]:
    """All pages of the site."""
    pages = sorted(built_book.rglob("*.html"))
    assert len(pages) >= len(PAGES) + len(["the front door", "search", "404"])
    return pages


def links_of(page: BeautifulSoup) -> list[str]:
    addresses = [
        str(element[attribute])
        for attribute in ("href", "src", "action")
        for element in page.select(f"[{attribute}]:not(base)")
    ]
    refreshed = [
        str(element["content"]).partition("url=")[2]
        for element in page.select("meta[http-equiv=Refresh]")
    ]
    return addresses + refreshed


def resolves(link: str, page: Path) -> bool:
    parts = urlsplit(link)
    if parts.scheme in ("http", "https", "mailto"):
        return True
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not parts.fragment or not target.is_file():
        return target.is_file()
    return unquote(parts.fragment) in names_in(target)


@cache
def names_in(path: Path) -> set[str]:
    return {str(element["id"]) for element in page_at(path).select("[id]")}


# What a page loads


def test_no_page_names_another_host_for_what_it_loads(built_book: Path) -> None:
    loading = "script[src], link[rel=stylesheet], link[rel=preload], img, iframe"
    for path in pages_of(built_book):
        for element in page_at(path).select(loading):
            address = str(element.get("src") or element.get("href"))
            assert not urlsplit(address).netloc, f"{path.name}: {address}"


def test_no_script_delays_a_page_before_it_is_seen(built_book: Path) -> None:
    for path in pages_of(built_book):
        if path.name != "search.html":  # which its scripts make
            waiting = "head script[src]:not([defer], [async], [type=module])"
            assert page_at(path).select(waiting) == [], path.name


def test_a_page_loads_no_script_that_it_does_not_use(built_book: Path) -> None:
    for path in pages_of(built_book):
        page = page_at(path)
        for script in page.select("script[src]"):
            name = urlsplit(str(script["src"])).path.rpartition("/")[2]
            assert page.select(USED_BY[name]), f"{path.name}: {name}"


@pytest.mark.parametrize("page", PAGES)
def test_code_can_be_hidden_on_each_page_that_has_some(
    built_book: Path, page: str
) -> None:
    has_code = bool(article_of(built_book, page).select(".cell_input"))
    scripts = page_at(built_book / f"{page}.html").select("script[src*=code_switch]")
    assert bool(scripts) == has_code
