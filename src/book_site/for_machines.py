"""What the site tells programs: tags and linked data in each page, and files beside it.

The settings name what a book has of it, from the book's root:

``book_site_ledger``
    ``{"page": docname, "table": path, "texts": {source: key of the bibliography}}``
``book_site_dataset``
    ``{"page": docname, "descriptor": path}`` of a Data Package that the site offers
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from docutils import nodes
from papermill_pages.builders import makes_site
from papermill_pages.outputs import write_atomically
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from book_site import works
from book_site.markdown import Writer, front_matter, read_front_matter

CLAIMS = "claims.jsonld"
SUMMARY = "llms.txt"
_FURTHER = (
    ("data/datapackage.json", "The data", "a Data Package of the transcription"),
    ("results.json", "All results", "every number that the prose states, by name"),
)


def describe_to_machines(
    app: Sphinx, docname: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give a page its tags and linked data, and put it as Markdown beside itself."""
    book = works.read_book(Path(app.srcdir), app.config)
    title, day = context["doc_title"], context["last_updated"]
    first = docname == app.config.root_doc
    # The book's own year stands where git does not know a page's.
    year = works.iso_date(day)[:4] or str(app.config.copyright)
    url = context.get("pageurl") or ""
    language = app.config.language or "en"
    cited = {"day": day, "year": year, "url": url, "first": first}
    context["cited_book"] = book
    context["cited_year"] = year
    context["cited_as_bibtex"] = works.bibtex(book, docname, title, **cited)
    context["highwire"] = works.highwire(book, title, language=language, **cited)
    address = _addresses(app, docname)
    linked = [_page_or_book(app, docname, book, context, address)]
    dataset = app.config["book_site_dataset"]
    if dataset and dataset["page"] == docname:
        linked.append(
            works.linked_dataset(
                Path(app.srcdir) / dataset["descriptor"],
                page=address(docname),
                folder=_file(app, docname, dataset["descriptor"]).rpartition("/")[0]
                + "/",
                front=address(app.config.root_doc),
            )
        )
    context["linked_data"] = [works.as_script(it) for it in linked]
    name = docname.rpartition("/")[2]
    context["as_markdown"] = f"{name}.md"
    ledger = app.config["book_site_ledger"]
    if ledger and ledger["page"] == docname:
        context["as_linked_data"] = CLAIMS
        described = works.linked_claims(
            Path(app.srcdir) / ledger["table"],
            book,
            page=address(docname),
            texts=_texts(app, ledger["texts"], address),
        )
        target = (Path(app.outdir) / docname).with_name(CLAIMS)
        write_atomically(target, works.as_file(described), unless_same=True)
    _write_markdown(app, docname, context, doctree, book)


def write_summary(app: Sphinx, exception: Exception | None) -> None:
    """Write ``llms.txt``: what the book is, and where each page is as Markdown."""
    if exception is not None or not makes_site(app):
        return
    site = Path(app.outdir)
    book = works.read_book(Path(app.srcdir), app.config)
    root = app.config.root_doc
    lines = [f"# {book.title}", ""]
    lines += [f"> {book.abstract}", ""] if book.abstract else []
    lines += [
        "Each page is offered as Markdown, with all values filled in, beside its HTML.",
    ]
    for caption, pages in [("", [root]), *works.parts_of(app.env)]:
        lines += ["", f"## {caption or 'The book'}", ""]
        for page in pages:
            file = site / f"{page}.md"
            if file.is_file():
                known = read_front_matter(file.read_text(encoding="utf-8"))
                link = f"[{known['title']}]({app.config.html_baseurl}{page}.md)"
                lines.append(f"- {link}: {known.get('description', '')}".rstrip(": "))
    further = [
        f"- [{name}]({app.config.html_baseurl}{path}): {words}"
        for path, name, words in _further(app)
        if (site / path).is_file()
    ]
    lines += ["", "## Data and results", "", *further] if further else []
    text = "\n".join(lines) + "\n"
    write_atomically(site / SUMMARY, text, unless_same=True)


def _further(app: Sphinx) -> list[tuple[str, str, str]]:
    """List files for programs, which the site may have."""
    ledger = app.config["book_site_ledger"]
    listed = list(_FURTHER)
    if ledger:
        folder = ledger["page"].rpartition("/")[0]
        words = "every claim of the ledger as schema.org's ClaimReview"
        listed.append((f"{folder}/{CLAIMS}", "The claims", words))
    return listed


def _page_or_book(
    app: Sphinx,
    docname: str,
    book: works.Book,
    context: dict[str, Any],
    address: Callable[[str], str],
) -> dict[str, Any]:
    root = app.config.root_doc
    language = app.config.language or "en"
    parts = works.parts_of(app.env)
    pages = [page for _, listed in parts for page in listed]
    if docname != root:
        return works.linked_page(
            book,
            context["doc_title"],
            page=address(docname),
            front=address(root),
            description=context["description"],
            day=context["last_updated"],
            position=pages.index(docname) + 1 if docname in pages else 0,
            language=language,
        )
    dataset = app.config["book_site_dataset"]
    ledger = app.config["book_site_ledger"]
    about = list(_texts(app, ledger["texts"], address).values()) if ledger else []
    return works.linked_book(
        book,
        page=address(root),
        day=context["last_updated"],
        language=language,
        chapters=[
            (app.env.titles[page].astext(), address(page))
            for page in pages
            if page in app.env.titles
        ],
        about=about[0] if about else None,
        data=f"{address(dataset['page'])}#dataset" if dataset else "",
    )


def _texts(
    app: Sphinx, keys: dict[str, str], address: Callable[[str], str]
) -> dict[str, Any]:
    """Describe the texts under study, which the bibliography lists, by their source."""
    if "cite" not in app.env.domains:
        return {}
    listed = {it.key: it for it in app.env.get_domain("cite").citations}  # type: ignore[attr-defined]
    return {
        source: works.linked_work(
            listed[key].entry,
            f"{address(listed[key].bibliography_key.docname)}"
            f"#{listed[key].citation_id}",
        )
        for source, key in keys.items()
        if key in listed
    }


def _addresses(app: Sphinx, docname: str) -> Callable[[str], str]:
    """Return a function that gives the address of a page, seen from this one."""

    def address(other: str) -> str:
        if app.config.html_baseurl:
            return _absolute(app, app.builder.get_target_uri(other))
        if other == docname:
            return app.builder.get_target_uri(other).rpartition("/")[2]
        return app.builder.get_relative_uri(docname, other)

    return address


def _absolute(app: Sphinx, path: str) -> str:
    return urljoin(str(app.config.html_baseurl), path)


def _file(app: Sphinx, docname: str, path: str) -> str:
    """Return the address of a file of the site, seen from a page."""
    if app.config.html_baseurl:
        return _absolute(app, path)
    return "../" * docname.count("/") + path


def _write_markdown(
    app: Sphinx,
    docname: str,
    context: dict[str, Any],
    doctree: nodes.document,
    book: works.Book,
) -> None:
    up = "../" * docname.count("/")
    images = {
        uri: f"{up}{app.builder.imagedir}/{file}"
        for uri, file in app.builder.images.items()
    }
    known = {
        "title": context["doc_title"],
        "book": book.title,
        "version": book.version,
        "description": context["description"],
        "page": context.get("pageurl") or f"{docname.rpartition('/')[2]}.html",
        "last_changed": works.iso_date(context["last_updated"]),
        "license": " ".join(book.licences),
    }
    written = Writer(images, _numbers(app.env, docname)).write(doctree)
    text = front_matter(known) + written
    write_atomically(Path(app.outdir) / f"{docname}.md", text, unless_same=True)


def _numbers(env: BuildEnvironment, docname: str) -> dict[str, str]:
    """Return how figures and tables of a page are called, by their names."""
    named = {}
    for kind, numbers in env.toc_fignumbers.get(docname, {}).items():
        words = env.config.numfig_format.get(kind, "%s")
        for name, number in numbers.items():
            named[name] = words % ".".join(map(str, number))
    return named
