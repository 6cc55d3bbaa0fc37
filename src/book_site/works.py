"""The book, its pages, its data and its ledger, as other machines describe works.

All of it comes from files that the book has anyway: ``CITATION.cff``, ``REUSE.toml``, a
Data Package, the table of its ledger and its bibliography.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docutils import nodes
from papermill_pages.errors import PackagingError
from papermill_pages.publishing.metadata import name_of, read_citation, read_licences
from sphinx import addnodes
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

CONTEXT = "https://schema.org"
_DOI = "https://doi.org/"


@dataclass(frozen=True)
class Book:
    """What a book says about itself."""

    title: str
    authors: tuple[str, ...]
    version: str  # empty if it says none
    abstract: str
    keywords: tuple[str, ...]
    licences: tuple[str, ...]  # of its text, as SPDX identifiers


def read_book(root: Path, config: Config) -> Book:
    """Read what a book says about itself; Sphinx's settings say less."""
    try:
        licences = read_licences(root).of(f"{config['root_doc']}.md")
    except PackagingError:
        licences = ()
    try:
        cited = read_citation(root)
    except PackagingError:
        return Book(config["html_title"], (config["author"],), "", "", (), licences)
    return Book(
        config["html_title"],
        tuple(map(name_of, cited.authors)),
        cited.version,
        cited.abstract,
        cited.keywords,
        licences,
    )


def parts_of(env: BuildEnvironment) -> list[tuple[str, list[str]]]:
    """Return the pages below the first one, in order, by the caption of their part."""
    root = env.config.root_doc
    parts: list[tuple[str, list[str]]] = []
    for toctree in env.tocs[root].findall(addnodes.toctree):
        pages = [
            page for entry in toctree["includefiles"] for page in _below(env, entry)
        ]
        parts.append((toctree.get("caption") or "", pages))
    return parts


def iso_date(day: str) -> str:
    """Write a day like ``3 May 2026`` as ``2026-05-03``; nothing stays nothing."""
    if not day:
        return ""
    return datetime.strptime(day, "%d %B %Y").replace(tzinfo=UTC).date().isoformat()


# Tags of the kind that Google Scholar and Zotero read


def highwire(
    book: Book, title: str, *, day: str, year: str, url: str, language: str, first: bool
) -> list[tuple[str, str]]:
    """Return the ``citation_*`` tags of a page by name, of the book for the first."""
    date = iso_date(day).replace("-", "/") or year
    tags = [("citation_title", book.title if first else title)]
    tags += [("citation_author", author) for author in book.authors]
    if not first:
        tags.append(("citation_inbook_title", book.title))
    tags.append(("citation_publication_date", date))
    tags.append(("citation_language", language))
    tags += [("citation_keywords", keyword) for keyword in book.keywords]
    if url:
        tags.append(("citation_fulltext_html_url", url))
    return [(name, content) for name, content in tags if content]


def bibtex(
    book: Book, docname: str, title: str, *, day: str, year: str, url: str, first: bool
) -> str:
    """Return how BibTeX cites a page, or the book for its first page."""
    # Braces keep a corporate author whole.
    authors = " and ".join(f"{{{_tex(author)}}}" for author in book.authors)
    notes = [f"Version {book.version}"] if book.version else []
    notes += [f"page last changed on {day}"] if day else []
    note = ", ".join(notes)
    fields = {
        "author": authors,
        "title": f"{{{_tex(book.title if first else title)}}}",
        "booktitle": "" if first else f"{{{_tex(book.title)}}}",
        "year": year,
        "url": url,
        "note": f"{note[:1].upper()}{note[1:]}",
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    key = docname.rpartition("/")[2].replace("_", "-")
    kind = "book" if first else "incollection"
    return f"@{kind}{{{'book' if first else key}-{fields['year']},\n{''.join(lines)}}}"


# schema.org


def linked_page(
    book: Book,
    title: str,
    *,
    page: str,
    front: str,
    description: str,
    day: str,
    position: int,
    language: str,
) -> dict[str, Any]:
    """Describe a page as a chapter.

    `page` and `front` are the addresses of the page and of the book's first page.
    """
    found = {
        "@type": "Chapter",
        "@id": page,
        "url": page,
        "name": title,
        "description": description,
        "position": position,
        "inLanguage": language,
        "dateModified": iso_date(day),
        "author": _organizations(book),
        "license": _licences(book.licences),
        "isPartOf": {"@type": "Book", "@id": f"{front}#book", "name": book.title},
    }
    return {"@context": CONTEXT, **_known(found)}


def linked_book(
    book: Book,
    *,
    page: str,
    day: str,
    language: str,
    chapters: list[tuple[str, str]],
    about: dict[str, Any] | None,
    data: str,
) -> dict[str, Any]:
    """Describe a book: its chapters by title and address, its subject, its data."""
    found = {
        "@type": "Book",
        "@id": f"{page}#book",
        "url": page,
        "name": book.title,
        "abstract": book.abstract,
        "version": book.version,
        "inLanguage": language,
        "dateModified": iso_date(day),
        "keywords": list(book.keywords),
        "author": _organizations(book),
        "license": _licences(book.licences),
        "about": about,
        "hasPart": [
            {"@type": "Chapter", "@id": url, "name": title} for title, url in chapters
        ]
        + ([{"@type": "Dataset", "@id": data}] if data else []),
    }
    return {"@context": CONTEXT, **_known(found)}


def linked_dataset(
    descriptor: Path, *, page: str, folder: str, front: str
) -> dict[str, Any]:
    """Describe a Data Package, of which each resource can be downloaded.

    `page` is the address of the page about the data, `folder` that of their files.
    """
    package = json.loads(descriptor.read_text(encoding="utf-8"))
    found = {
        "@type": "Dataset",
        "@id": f"{page}#dataset",
        "url": page,
        "identifier": package["name"],
        "name": package.get("title"),
        "description": package.get("description"),
        "version": package.get("version"),
        "license": [it["path"] for it in package.get("licenses", ()) if "path" in it],
        "isBasedOn": [
            {"@type": "CreativeWork", "name": it["title"]}
            for it in package.get("sources", ())
        ],
        "isPartOf": {"@type": "Book", "@id": f"{front}#book"},
        "distribution": [
            _download(resource, folder) for resource in package["resources"]
        ],
    }
    return {"@context": CONTEXT, **_known(found)}


def linked_claims(
    table: Path, book: Book, *, page: str, texts: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """Describe every claim of a ledger, and what became of it, as a review of a claim.

    The rating has no number: a status says what a comparison gave, not what is true.

    Parameters
    ----------
    table : pathlib.Path
        The ledger, a row a claim: its name, `source`, words, place, value and status.
    book : Book
        The book that reviews them.
    page : str
        The address of the page that shows the ledger.
    texts : mapping of str to dict
        The text of each `source`, as `linked_work` describes it.
    """
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    reviewers = [
        {"@id": f"{page}#author-{i}", **author}
        for i, author in enumerate(_organizations(book), start=1)
    ]
    by = [{"@id": reviewer["@id"]} for reviewer in reviewers]
    reviews = [_review(row, by, page, texts) for row in rows]
    return {"@context": CONTEXT, "@graph": [*texts.values(), *reviewers, *reviews]}


def linked_work(entry: Any, address: str) -> dict[str, Any]:
    """Describe a work of the bibliography, a pybtex entry."""
    known = entry.fields
    title = known["title"].translate({ord("{"): None, ord("}"): None})
    nameless = title.startswith("[")
    found = {
        "@type": "Article",
        "@id": address,
        "name": None if nameless else title.replace("--", "–"),
        "description": title.strip("[]") if nameless else None,
        "author": [
            {"@type": "Person", "name": _in_full(person)}
            for person in entry.persons.get("author", ())
        ],
        "datePublished": known.get("year"),
        "sameAs": _DOI + known["doi"] if "doi" in known else known.get("url"),
    }
    return _known(found)


def as_script(described: Mapping[str, Any]) -> str:
    """Write linked data so that it can stand in a script element of a page."""
    return _json(described).replace("<", "\\u003c")


def as_file(described: Mapping[str, Any]) -> str:
    """Write linked data as a file, in which each part of a graph has a line."""
    graph = ",\n".join(map(_json, described["@graph"]))
    return f'{{"@context":{_json(described["@context"])},"@graph":[\n{graph}\n]}}\n'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _review(
    row: Mapping[str, str],
    by: list[dict[str, str]],
    page: str,
    texts: Mapping[str, dict[str, Any]],
) -> dict[str, Any]:
    address = f"{page}#{nodes.make_id('claim-' + row['claim'])}"
    text = texts.get(row["source"])
    place = {
        "@type": "CreativeWork",
        "name": row["locator"],
        "isPartOf": {"@id": text["@id"]} if text else None,
    }
    body = [f"Stated: {' '.join(filter(None, (row['stated'], row['unit'])))}."]
    body += [f"Recomputed: {row['recomputed']}."] if row["recomputed"] else []
    body += [row["remark"]] if row["remark"] else []
    found = {
        "@type": "ClaimReview",
        "@id": address,
        "url": address,
        "claimReviewed": row["what"],
        "itemReviewed": {
            "@type": "Claim",
            "identifier": row["claim"],
            "appearance": _known(place),
        },
        "reviewRating": {"@type": "Rating", "alternateName": row["status"]},
        "reviewBody": " ".join(body),
        "about": row["topic"],
        "author": by,
    }
    return _known(found)


def _download(resource: Mapping[str, Any], folder: str) -> dict[str, Any]:
    path = resource["path"]
    digest = str(resource.get("hash", ""))
    size = resource.get("bytes")
    found = {
        "@type": "DataDownload",
        "name": resource.get("title"),
        "description": resource.get("description"),
        "contentUrl": f"{folder}{path}",
        "encodingFormat": resource.get("mediatype") or "text/csv",
        "contentSize": f"{size} B" if size else None,
        "sha256": digest.removeprefix("sha256:") if "sha256:" in digest else None,
    }
    return _known(found)


def _organizations(book: Book) -> list[dict[str, Any]]:
    return [{"@type": "Organization", "name": author} for author in book.authors]


def _licences(identifiers: tuple[str, ...]) -> list[str]:
    return [f"https://spdx.org/licenses/{name}.html" for name in identifiers]


def _known(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is not known."""
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _in_full(person: Any) -> str:
    """Return the name of a pybtex person in the order in which it is spoken."""
    parts = (person.first_names, person.middle_names, person.last_names)
    return " ".join(name for names in parts for name in names)


def _tex(text: str) -> str:
    """Escape what TeX takes for a command."""
    return "".join(f"\\{letter}" if letter in "&%$#_{}" else letter for letter in text)


def _below(env: BuildEnvironment, docname: str) -> Iterator[str]:
    yield docname
    for entry in env.toctree_includes.get(docname, ()):
        yield from _below(env, entry)
