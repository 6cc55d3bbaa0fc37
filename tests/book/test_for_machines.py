"""What programs are told: tags, linked data, Markdown, and a list of all of it."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import crate_verdict
import jsonschema
import pytest
import yaml
from bs4 import BeautifulSoup
from papermill_pages.plan import plan_pages
from papermill_pages.publishing.metadata import read_citation, read_licences
from papermill_pages.publishing.origin import Origin
from papermill_pages.publishing.reproduction_package import assemble
from papermill_pages.settings import settings_of_book
from pybtex.database import parse_file, parse_string

from book_site.markdown import read_front_matter
from tests.source_files import source_files

from .published import PAGES, ROOT

SCHEMA = json.loads((ROOT / "tests/schemas/schema-org.json").read_text("utf-8"))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
CLAIMS = "book/checks/claims"


def page_at(built_book: Path, page: str) -> BeautifulSoup:
    html = (built_book / f"{page}.html").read_text(encoding="utf-8")
    return BeautifulSoup(html, "html.parser")


def linked_data(built_book: Path, page: str) -> list[dict[str, Any]]:
    scripts = page_at(built_book, page).select('script[type="application/ld+json"]')
    return [json.loads(str(script.string)) for script in scripts]


def claims_file(built_book: Path) -> dict[str, Any]:
    text = (built_book / f"{CLAIMS}.html").with_name("claims.jsonld").read_text("utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def rows_of(table: str) -> list[dict[str, str]]:
    with (ROOT / f"data/{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def addresses(value: Any) -> Iterator[str]:
    """Yield every address that linked data hold, wherever it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("@id", "url", "contentUrl"):
                yield inner
            yield from addresses(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from addresses(inner)


def leads_somewhere(built_book: Path, page: str, address: str) -> bool:
    """Tell whether a relative address is that of a file, and of a place in it."""
    path, fragment = urldefrag(address)
    target = (built_book / page).parent / unquote(path)
    if not target.is_file():
        return False
    own = fragment in ("", "book", "dataset") or fragment.startswith("author-")
    return own or f'id="{fragment}"' in target.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_describes_itself_in_terms_of_schema_org(
    built_book: Path, page: str
) -> None:
    described = linked_data(built_book, page)
    kinds = [one["@type"] for one in described]
    assert kinds[0] == ("Book" if page == PAGES[0] else "Chapter")
    assert ("Dataset" in kinds) == (page == "book/appendix/data_dictionary")
    for one in described:
        jsonschema.validate(one, SCHEMA, jsonschema.Draft202012Validator)
        for address in addresses(one):
            if not address.startswith("https://"):
                assert leads_somewhere(built_book, page, address), address


def test_the_book_lists_its_chapters_in_their_order(built_book: Path) -> None:
    (book,) = linked_data(built_book, PAGES[0])
    assert book["version"] == CITATION["version"]
    assert book["keywords"] == CITATION["keywords"]
    assert book["about"]["author"][0]["name"] == "Larisa V. Zabrovskaya"
    listed = [part["@id"] for part in book["hasPart"] if part["@type"] == "Chapter"]
    found = [(built_book / PAGES[0]).parent / address for address in listed]
    expected = [built_book / f"{page}.html" for page in PAGES[1:]]
    assert [path.resolve() for path in found] == expected


def test_the_dataset_is_what_the_site_offers(built_book: Path) -> None:
    page = "book/appendix/data_dictionary"
    *_, dataset = linked_data(built_book, page)
    package = json.loads((ROOT / "data/datapackage.json").read_text("utf-8"))
    assert dataset["version"] == package["version"]
    files = dataset["distribution"]
    assert len(files) == len(package["resources"])
    for file in files:
        content = ((built_book / page).parent / file["contentUrl"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["contentSize"] == f"{len(content)} B"


def test_every_claim_of_the_ledger_is_a_review_with_its_verdict(
    built_book: Path,
) -> None:
    described = claims_file(built_book)
    jsonschema.validate(described, SCHEMA, jsonschema.Draft202012Validator)
    reviews = [it for it in described["@graph"] if it["@type"] == "ClaimReview"]
    given = {
        it["itemReviewed"]["identifier"]: it["reviewRating"]["alternateName"]
        for it in reviews
    }
    assert given == {row["claim"]: row["status"] for row in rows_of("claims")}
    text = (built_book / f"{CLAIMS}.html").read_text(encoding="utf-8")
    places = {*re.findall(r'id="(claim-[\w-]+)"', text)}
    assert {urldefrag(it["url"]).fragment for it in reviews} <= places
    works = {it["@id"] for it in described["@graph"] if it["@type"] == "Article"}
    assert {it["itemReviewed"]["appearance"]["isPartOf"]["@id"] for it in reviews} == (
        works
    )
    for address in works:
        assert leads_somewhere(built_book, CLAIMS, address), address


@pytest.mark.parametrize("page", PAGES)
def test_tags_and_bibtex_cite_a_page_as_its_foot_does(
    built_book: Path, page: str
) -> None:
    soup = page_at(built_book, page)
    tags: dict[str, list[str]] = {}
    for tag in soup.select("meta[name^=citation_]"):
        tags.setdefault(str(tag["name"]), []).append(str(tag["content"]))
    foot = soup.select_one(".cite")
    assert foot is not None
    entry = foot.select_one("pre")
    assert entry is not None
    (cited,) = parse_string(entry.get_text(), "bibtex").entries.values()
    authors = [author["name"] for author in CITATION["authors"]]
    assert tags["citation_author"] == authors
    assert cited.fields["title"].strip("{}") == tags["citation_title"][0]
    assert tags["citation_title"][0] in foot.get_text()
    assert cited.fields["year"] == tags["citation_publication_date"][0][:4]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"Version {project['version']}" in cited.fields["note"]
    assert f"Version {project['version']}." in foot.get_text()
    if page != PAGES[0]:
        assert cited.fields["booktitle"].strip("{}") == tags["citation_inbook_title"][0]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_there_as_markdown_with_all_that_its_text_says(
    built_book: Path, page: str
) -> None:
    soup = page_at(built_book, page)
    article = soup.select_one("article.bd-article") or soup.select_one("article")
    assert article is not None
    link = soup.select_one('link[rel=alternate][type="text/markdown"]')
    assert link is not None
    file = (built_book / page).parent / str(link["href"])
    text = file.read_text(encoding="utf-8")
    prose = re.sub(r"(?s)(`{3,})[^\n]*\n.*?\n\1|``.*?``|`[^`\n]*`", "", text)
    # Nothing is left to resolve: no role, directive, or attribute.
    assert re.findall(r"\{[a-z][\w:-]*\}`|\n:::|```\{|\{#[\w-]+\}", prose) == []
    known = letters(re.sub(r"\]\([^()\s]*\)", "]", text).replace("<br>", " "))
    for summary in article.select("td details > summary"):
        summary.decompose()  # it repeats the beginning of what it folds
    for control in article.select(".explorer-shown, .explorer-links, .figure-files"):
        control.decompose()  # a text has no choice
    for paragraph in article.select("p:not(.admonition-title), h1, h2, td"):
        if not paragraph.select("math, .footnote-reference"):
            assert letters(paragraph.get_text()) in known, paragraph.get_text()
    for image in article.select("img[alt]"):
        assert letters(str(image["alt"])) in known
    for address in re.findall(r"\]\(([^()\s]+)\)", prose):
        if not re.match(r"\w+:", address):
            target = (file.parent / unquote(urldefrag(address)[0])).resolve()
            assert target.is_file() or address.startswith("#"), address


def letters(text: str) -> str:
    """Return the letters and digits of a text, whatever its markup."""
    return "".join(re.findall(r"[^\W_]|[−%]", text))


def test_the_list_for_language_models_names_every_page(built_book: Path) -> None:
    text = (built_book / "llms.txt").read_text(encoding="utf-8")
    title, _, summary, *_ = text.split("\n")
    assert CITATION["title"].startswith(title.removeprefix("# "))
    assert summary == f"> {' '.join(CITATION['abstract'].split())}"
    linked = re.findall(r"\n- \[(.+?)\]\((\S+?)\)", text)
    assert [it for _, it in linked if it.endswith(".md")] == [
        f"{page}.md" for page in PAGES
    ]
    for name, address in linked:
        assert (built_book / address).is_file(), address
        if address.endswith(".md"):
            known = read_front_matter((built_book / address).read_text("utf-8"))
            assert known["title"] == name


def test_every_independent_figure_has_its_work_in_the_bibliography() -> None:
    entries = parse_file(ROOT / "book/references.bib").entries.values()
    known = {
        (entry.fields.get("journal", entry.fields.get("howpublished", "")), year, day)
        for entry in entries
        if (year := entry.fields.get("year")) and (day := entry.fields.get("month"))
    } | {("The Japan Times", "2000", "1 November")}
    with (ROOT / "data/external_figures.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        outlet = row["outlet"].partition(",")[0]
        year, month, *day = row["published"].split("-")
        name = MONTHS[int(month) - 1]
        said = f"{int(day[0])} {name}" if day else name
        assert (outlet, year, said) in known, row["figure"]


MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


def test_no_description_holds_what_a_reader_does_not_see(built_book: Path) -> None:
    for page in built_book.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for told in re.findall(r'<meta name="description" content="([^"]*)"', text):
            assert not re.search("&lt;|href=", told), (page, told)


def test_the_validator_of_crates_finds_nothing_amiss_in_the_package(
    built_book: Path,  # noqa: ARG001
    tmp_path: Path,
) -> None:
    settings = settings_of_book(ROOT)
    assert settings
    names = tuple(sorted(name for name in source_files() if (ROOT / name).is_file()))
    origin = Origin(names, 1000000000, "0" * 40)
    described = read_citation(ROOT), read_licences(ROOT), origin
    packed = assemble(ROOT, plan_pages(ROOT, settings), *described)
    folder = crate_verdict.unpack(packed, tmp_path / "package")
    assert crate_verdict.issues(folder, tmp_path / "cache") == set()
