"""The Sphinx extension: pages that load little, say where they are and how to cite."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from papermill_pages.builders import makes_site
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from book_site.addresses import files_of_book, root_of, use_addresses
from book_site.bibliography import drop_labels, register_style
from book_site.downloads import name_downloads, publish_files
from book_site.ebook import EpubBuilder
from book_site.for_machines import describe_to_machines, write_summary
from book_site.history import is_complete, last_change
from book_site.insides import (
    CODE,
    SCROLLS,
    USED_BY,
    cell_outputs,
    files_read,
    remember_settings,
    script_name,
    without_icon_rules,
    without_icon_script,
    write_valid_labels,
)
from book_site.leftovers import drop_leftovers
from book_site.mathematics import visit_block, visit_inline
from book_site.social_card import draw_social_card
from book_site.works import read_book

TEMPLATES = Path(__file__).with_name("templates")
STATIC = Path(__file__).with_name("static")
CODE_SWITCH = "code_switch"
REFERENCES = "references"
PRINT = "print"
NOT_FOUND = "404"
DESCRIPTION_LENGTH = 200


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("book_site_card", "", "html", str)
    app.add_config_value("book_site_scripts", {}, "html", dict)
    app.add_config_value("book_site_ledger", {}, "html", dict)
    app.add_config_value("book_site_dataset", {}, "html", dict)
    # Formulas need no script.
    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(visit_inline, None),
        block_renderers=(visit_block, None),
    )
    # Where the book is published, before anyone asks.
    app.connect("config-inited", use_addresses)
    # Its name and version.
    app.connect("config-inited", name_book)
    # Works are listed as social scientists do.
    app.connect("config-inited", register_style)
    app.connect("doctree-resolved", drop_labels)
    # The page's frame, the 404 page and the citation are templates of this package.
    app.connect("config-inited", use_templates)
    app.connect("builder-inited", add_page_of_server)
    # MyST-NB's labels of folded cells, in valid HTML; its own are there by then.
    app.connect("config-inited", write_valid_labels)
    # The book as an EPUB.
    app.add_builder(EpubBuilder, override=True)
    # A reader can hide all code of a page, and show it again.
    app.connect("config-inited", use_static_files)
    app.add_css_file(f"{CODE_SWITCH}.css")
    app.add_js_file(f"{CODE_SWITCH}.js", loading_method="defer")
    # Terms, works, and how to cite a page.
    app.add_css_file(f"{REFERENCES}.css")
    # Paper.
    app.add_css_file(f"{PRINT}.css", media="print")
    # What Sphinx remembers of a build tells nothing of the machine.
    app.connect("builder-inited", remember_settings)
    # The picture beside shared links.
    app.connect("builder-inited", draw_social_card)
    # A commit, a stylesheet and this package change pages that Sphinx would not write
    # again.
    app.connect("env-updated", rewrite_pages)
    # A picture keeps its letters legible on a phone, and scrolls.
    app.connect("doctree-resolved", frame_pictures)
    # What the templates need to know of a page, before the theme looks, at 500, which
    # of them are empty.
    app.connect("html-page-context", describe_page, priority=400)
    # The theme's own scripts are there at 500.
    app.connect("html-page-context", drop_unused_scripts, priority=600)
    app.connect("build-finished", drop_unused_icons)
    # Only then is known what the stylesheets and the pages ask for.
    app.connect("build-finished", drop_leftovers, priority=600)
    # A button that prints says so, and the whole book is offered where it was made.
    app.connect("html-page-context", name_downloads, priority=700)
    app.connect("build-finished", publish_files)
    # What the book is, for programs that read; downloads are there by then.
    app.connect("build-finished", write_summary, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def name_book(app: Sphinx, config: Config) -> None:
    """Give Sphinx the title and the version of the book; Jupyter Book gives neither."""
    book = read_book(Path(app.srcdir), config)
    config["project"] = book.title
    if not config["version"]:
        config["version"] = book.version


def use_templates(_app: Sphinx, config: Config) -> None:
    """Let the templates of this package go before those of the theme."""
    config["templates_path"] = [*config["templates_path"], str(TEMPLATES)]
    config["html_math_renderer"] = "mathml"


def add_page_of_server(app: Sphinx) -> None:
    """Let a site have a page for what is not there; an e-book is complete."""
    if makes_site(app):
        app.config["html_additional_pages"] = {
            **app.config["html_additional_pages"],
            NOT_FOUND: f"{NOT_FOUND}.html",
        }


def use_static_files(_app: Sphinx, config: Config) -> None:
    """Put the scripts and styles of this package into the site."""
    config["html_static_path"] = [*config["html_static_path"], str(STATIC)]


def rewrite_pages(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Ask git when each page last changed, and name the pages that look different."""
    root = Path(app.srcdir)
    known, frame = is_complete(root), _frame(app, env)
    pages = {}
    for docname in sorted(env.found_docs):
        date = last_change(_files_of(env, docname), root) if known else ""
        pages[docname] = frame, date
    before = getattr(env, "book_site_pages", {})
    env.book_site_pages = pages  # type: ignore[attr-defined]
    return [docname for docname in pages if before.get(docname) != pages[docname]]


def frame_pictures(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Put each picture of a cell in a frame of the kind that the theme lets scroll."""
    if app.builder.format != "html":
        return
    for output in list(cell_outputs(doctree)):
        for picture in list(output.findall(nodes.image)):
            frame = nodes.container(classes=["picture", SCROLLS])
            picture.replace_self(frame)
            frame += picture


def describe_page(
    app: Sphinx,
    docname: str,
    _template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Tell the templates the page's description, its date and its address."""
    context["without_icon_script"] = without_icon_script if makes_site(app) else str
    context["author"] = app.config.author
    pages = getattr(app.env, "book_site_pages", {})
    context["last_updated"] = pages[docname][1] if docname in pages else ""
    title = app.env.titles.get(docname)
    context["doc_title"] = title.astext() if title is not None else ""
    context["description"] = _description(doctree) if doctree is not None else ""
    if doctree is not None and makes_site(app):
        describe_to_machines(app, docname, context, doctree)
    if docname == NOT_FOUND:
        context["title"] = "Page not found"
        # A server shows this page in place of one at any depth.
        context["metatags"] = f'<base href="{root_of(app.config)}" />'


def drop_unused_scripts(
    app: Sphinx, _docname: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Take out of a page the scripts that find nothing to do on it.

    `book_site_scripts` names those of the book; all others serve every page.
    """
    used_by = {**USED_BY, **app.config["book_site_scripts"]}
    used_by[f"{CODE_SWITCH}.js"] = CODE
    body = context.get("body", "")
    context["script_files"] = [
        script
        for script in context["script_files"]
        if used_by.get(script_name(script), "") in body
    ]


def drop_unused_icons(app: Sphinx, exception: Exception | None) -> None:
    """Take the icons that no page shows out of the theme's stylesheet."""
    stylesheet = Path(app.outdir) / "_static/styles/pydata-sphinx-theme.css"
    if exception is None and stylesheet.is_file():
        rules = without_icon_rules(stylesheet.read_text(encoding="utf-8"))
        stylesheet.write_text(rules, encoding="utf-8", newline="\n")


def _files_of(env: BuildEnvironment, docname: str) -> list[Path]:
    """Return what a page is written in; pictures and stylesheets are not of it."""
    written = [env.doc2path(docname), *files_read(env, docname)]
    files = [Path(env.srcdir) / file for file in written]
    return [file for file in files if file.suffix in (".ipynb", ".md", ".yml")]


def _description(doctree: nodes.document) -> str:
    """Return the first paragraph of a page, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        # What is written for one builder alone is no text.
        parts = paragraph.findall(nodes.Text)
        written = "".join(part for part in parts if not _is_raw(part))
        text = " ".join(written.split()).removeprefix("Overview. ")
        if len(text) <= DESCRIPTION_LENGTH:
            return text
        return text[: DESCRIPTION_LENGTH - 1].rpartition(" ")[0] + "…"
    return ""


def _is_raw(part: nodes.Text) -> bool:
    return isinstance(part.parent, nodes.raw)


def _frame(app: Sphinx, env: BuildEnvironment) -> str:
    """Hash what surrounds every page: this package, the static files, the contents.

    Pages state the checksum of each stylesheet, and list the titles of all pages.
    """
    folders = [
        Path(__file__).parent,
        *(Path(app.confdir) / folder for folder in app.config["html_static_path"]),
    ]
    titles = {docname: title.astext() for docname, title in env.titles.items()}
    digest = hashlib.sha256(repr(sorted(titles.items())).encode())
    digest.update((Path(app.srcdir) / app.config["external_toc_path"]).read_bytes())
    if makes_site(app):
        digest.update(str(files_of_book(Path(app.srcdir))).encode())
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.read_bytes())
    return digest.hexdigest()
