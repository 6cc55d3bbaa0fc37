"""Each number of the front page and the ledger can be followed to where it is from."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

import pytest
from bs4 import BeautifulSoup, Tag
from papermill_pages.plan import plan_pages
from papermill_pages.results import gather_results
from papermill_pages.settings import settings_of_book

from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.checks import claims

from .published import ROOT

FRONT = "book/index"
LEDGER = "book/checks/claims"
REGIONS = [about.region for about in REGIONAL_TABLES.values()]


@pytest.fixture(scope="module")
def ledger() -> list[dict[str, str]]:
    with (ROOT / "data" / "claims.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def article(built_book: Path, page: str) -> Tag:
    text = (built_book / f"{page}.html").read_text(encoding="utf-8")
    found = BeautifulSoup(text, "html.parser").find("article")
    assert isinstance(found, Tag)
    return found


@cache
def by_id(page: Path) -> dict[str, Tag]:
    """The elements of a page by their ids, which are asked for hundreds of times."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    return {str(element["id"]): element for element in soup.select("[id]")}


def targets(built_book: Path, page: str, links: list[Tag]) -> dict[str, Tag]:
    """For each link to a target, what a reader sees there."""
    found = {}
    for link in links:
        path, _, target = urljoin(f"{page}.html", str(link["href"])).partition("#")
        element = by_id(built_book / path).get(unquote(target))
        assert element is not None, link
        # The second id of an element is an empty one in it.
        seen = element if element.get_text() else element.parent
        assert isinstance(seen, Tag)
        found[f"{path}#{target}"] = seen
    return found


def is_value(place: Tag) -> bool:
    return bool({"pasted-text", "stated"} & {*(place.get("class") or ())})


def code_of(place: Tag, page: Path) -> Tag | None:
    """Return the code to which a reader is led on, or beside which she has arrived."""
    if is_value(place):
        way = place.find_next("a", class_="way-on")
        assert isinstance(way, Tag)
        cell = by_id(page).get(str(way["href"]).removeprefix("#"))
    else:
        inside = "cell" not in (place.get("class") or ())
        cell = place.find_parent(class_="cell") if inside else place
    return cell.select_one(".cell_input pre") if isinstance(cell, Tag) else None


def test_no_number_of_the_front_page_stands_without_a_link(built_book: Path) -> None:
    front = article(built_book, FRONT)
    pasted = front.select("span.pasted-text")
    assert [own.get_text() for own in pasted if own.find_parent("a") is None] == []


def test_the_numbers_of_the_front_page_lead_to_what_states_them_and_on_to_the_code(
    built_book: Path,
) -> None:
    links = article(built_book, FRONT).select("a[href*='#result-']")
    assert len(links) > 40
    places = []
    for link in links:
        address, place = targets(built_book, FRONT, [link]).popitem()
        places.append(place)
        assert code_of(place, built_book / address.partition("#")[0]) is not None, link
        number = re.fullmatch(r"[−+]?([\d,]+)(\.\d+)?%?", link.get_text().strip())
        if is_value(place) and number and not link.get_text().endswith("%"):
            shown = re.search(r"[\d,]+(\.\d+)?", place.get_text())
            assert shown is not None
            digits = (number[1] + (number[2] or ""), shown[0])
            told, there = (float(it.replace(",", "")) for it in digits)
            half_unit = 0.5 * 10 ** -len((number[2] or ".")[1:])
            assert there == pytest.approx(told, abs=half_unit * 1.01), link
    assert sum(map(is_value, places)) > 0.8 * len(places)


def test_the_front_page_leads_to_the_printed_cells(built_book: Path) -> None:
    links = article(built_book, FRONT).select("a[href*='#printed-']")
    shown = targets(built_book, FRONT, links)
    cell = shown["book/tables/primorye.html#printed-table1-workers-1992"]
    assert cell.get_text() == "1,779"
    row, table = cell.find_parent("tr"), cell.find_parent("table")
    assert row is not None
    assert table is not None
    assert row.get_text().split()[0] == "1992"
    assert "Table 1, Total" in table.get_text()
    assert len(shown) == 4


def test_every_recomputed_value_of_the_ledger_leads_to_its_page_and_on_to_the_code(
    built_book: Path, ledger: list[dict[str, str]]
) -> None:
    compared = [claim for claim in ledger if claim["key"]]
    links = article(built_book, LEDGER).select(".tag_ledger a[href*='#result-']")
    assert len(links) == len(compared)
    for claim, link in zip(compared, links, strict=True):
        page = urljoin(f"{LEDGER}.html", str(link["href"])).partition(".html#")[0]
        assert (page or LEDGER) == claim["page"], claim["claim"]
    for address, place in targets(built_book, LEDGER, links).items():
        page = built_book / address.partition("#")[0]
        assert code_of(place, page) is not None, address


@pytest.mark.usefixtures("built_book")
def test_the_ledger_recomputes_just_what_the_chapters_state(
    ledger: list[dict[str, str]],
) -> None:
    settings = settings_of_book(ROOT)
    assert settings is not None
    stated = gather_results(plan_pages(ROOT, settings))
    recomputed = claims.results()
    assert recomputed == {key: stated[key].value for key in recomputed}
    for claim in ledger:
        keys = {claim["key"], f"{claim['key']}_lower", f"{claim['key']}_upper"}
        pages = {stated[key].page for key in keys & set(recomputed)}
        assert pages == ({claim["page"]} if claim["key"] else set()), claim["claim"]


def test_the_front_page_tells_how_many_claims_have_each_status(
    built_book: Path, ledger: list[dict[str, str]]
) -> None:
    told = " ".join(article(built_book, FRONT).get_text().split())
    kinds = Counter((claim["compares"], claim["status"]) for claim in ledger)
    agree = kinds["figures", "tested and agrees"]
    differ = kinds["figures", "differs"]
    hold = kinds["own words", "agrees by construction"]
    fail = kinds["own words", "contradicts itself"]
    itself = sum(claim["compares"] == "itself" for claim in ledger)
    wide = sum(claim["status"] == "compatible within wide bounds" for claim in ledger)
    other = sum(claim["status"] == "other date or coverage" for claim in ledger)
    groups = [agree + differ, hold + fail, itself, wide, other]
    assert f"in principle be checked: {len(ledger)}." in told
    assert f"The other {sum(groups)} fall into five groups" in told
    assert f"other figures: {agree} agree and {differ} differ" in told
    assert f"{hold} times the two places fit, and {fail} times they contradict" in told
    assert f"{itself} were compared with what they were made from" in told


def test_the_front_page_opens_with_the_answer(built_book: Path) -> None:
    answer = article(built_book, FRONT).select_one("h1 ~ p, section > p")
    assert answer is not None
    told = " ".join(answer.get_text().split())
    # By hand: 5,693 + 2,010 + 3,423 and 3,956 + 319 + 2,800 workers; the shares are
    # 16.7, 25.5 and 33.6, and 30.8, 6.9 and 72 per cent.
    last = 11126 / (5693 / 16.7 + 2010 / 25.5 + 3423 / 33.6)
    first = 7075 / (3956 / 30.8 + 319 / 6.9 + 2800 / 72)
    assert "11,126 North Koreans worked in three regions" in told
    assert f"about {last:.0f} per cent of all foreign workers there" in told
    assert f"there had been 7,075, about {first:.0f} per cent" in told
    assert f"their number grew by {100 * (11126 / 7075 - 1):.0f} per cent" in told
    foreign = (11126 / last) / (7075 / first)
    assert f"printed shares, grew by about {100 * (foreign - 1):.0f} per cent" in told


def test_the_first_table_answers_with_an_interval_for_each_region(
    built_book: Path,
) -> None:
    table = article(built_book, FRONT).select_one("table:has(> caption)")
    assert table is not None
    assert "Fitted growth" in table.get_text()
    rows = table.select("tbody tr")
    assert len(rows) == 4
    # An independent referee: −12.9 to +24.5, −10.1 to +56.5, −5.6 to +25.8.
    referee = [(-12.9, 24.5), (-10.1, 56.5), (-5.6, 25.8)]
    for row, ends in zip(rows[:3], referee, strict=True):
        growth = row.select("td")[1].get_text().replace("−", "-")
        _, *interval = map(float, re.findall(r"[+-][\d.]+", growth))
        assert interval == pytest.approx(ends, abs=0.5)


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    text = (ROOT / "expected" / "results.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def test_what_the_front_page_says_without_a_number_holds(
    published: dict[str, Any],
) -> None:
    # “Every estimate is positive, but its interval always includes decline.”
    trends = [f"trends.{region}.log_ols" for region in REGIONS]
    lower = [published[f"{name}.ar1_percent_lower"] for name in trends]
    lower.append(published["trends.together.trend.ar1.percent_lower"])
    fitted = [published[f"{name}.percent"] for name in trends]
    fitted.append(published["trends.together.trend.percent"])
    assert max(lower) < 0 < min(fitted)
    # “HC3 would call the growth in Khabarovskiy Krai clear. EWC would not.”
    level = 1 - published["trends.primorye.level"]
    assert published["trends.khabarovsk.log_ols.hc3_p"] < level
    assert published["trends.khabarovsk.log_ols.ewc_p"] > level
    # “Its interval lies above zero”, without 1995.
    assert published["breaks.amur.workers.without_first.lower"] > 0
    # “The other is growth ‘year by year’”, and “the regions do not exceed the totals”.
    differ = published["claims.figures.differ"]
    assert differ - published["claims.figures.source_lists"] == 1
    assert published["totals.years_exceeded"] == 0
    # The shares show no clear trend.
    assert published["shares.smallest_ar1_p"] > level


def test_the_figure_of_growth_has_the_intervals_of_the_chapter(
    built_book: Path, published: dict[str, Any]
) -> None:
    (told,) = (
        str(image["alt"])
        for image in article(built_book, FRONT).select("img[alt]")
        if "calibrated" in str(image["alt"])
    )
    names = [about.region_name for about in REGIONAL_TABLES.values()]
    for region, name in zip(REGIONS, names, strict=True):
        keys = ("percent", "ar1_percent_lower", "ar1_percent_upper")
        ends = [published[f"trends.{region}.log_ols.{key}"] for key in keys]
        assert _drawn(told, name) == pytest.approx(ends, rel=0.006)
    sum_of_all = [
        published["trends.together.trend.percent"],
        published["trends.together.trend.ar1.percent_lower"],
        published["trends.together.trend.ar1.percent_upper"],
    ]
    assert _drawn(told, "all three") == pytest.approx(sum_of_all, rel=0.006)


def _drawn(told: str, name: str) -> list[float]:
    """The estimate and the two ends of a thick bar, of three significant digits."""
    found = re.search(rf"{name}, calibrated: ([^:]*)\.(?: |$)", told)
    assert found is not None, told
    return [float(it) for it in re.findall(r"-?[\d.]*\d", found[1].replace("−", "-"))]
