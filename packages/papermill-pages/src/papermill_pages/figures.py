"""What a reader can take from a figure: its data, its drawing, and single values.

The output of a cell that shows a picture may bring its data along, as ``text/csv`` in
the same bundle, and marks in the metadata of the picture. Below the picture, a page of
HTML offers the data and the drawing as files; a script shows what a mark tells, under
the pointer or by keyboard. Other formats, the search and the text of a page know
nothing of this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxTranslator
from sphinx.util.osutil import relative_uri

from papermill_pages import insides
from papermill_pages.arrivals import parents
from papermill_pages.builders import makes_site
from papermill_pages.environment import read_pages
from papermill_pages.outputs import write_atomically

if TYPE_CHECKING:
    from myst_nb.core.render import MimeData, NbElementRenderer

DATA = "text/csv"

FOLDER = "_figures"
"""Where in a site the data of figures are, each in a folder named by its content."""

_KNOWN = "papermill_pages_figure"
"""The attribute of a picture that holds what this module knows of it."""


def register(app: Sphinx) -> None:
    """Register what figures offer."""
    app.add_node(figure_files, html=(visit_files, depart_files))
    # MyST-NB has by now made nodes of all that an output brings, of which it will
    # select one. The points of explorers are still a part of the page.
    app.connect("doctree-read", note_data)
    app.connect("doctree-resolved", offer_files)
    app.connect("html-page-context", load_script)


class FigureRenderer:
    """A plug-in for MyST-NB, which keeps the data and the marks of a picture."""

    mime_priority_overrides: ClassVar[Sequence[tuple[str, str, int | None]]] = ()

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, _inline: bool
    ) -> list[nodes.Element] | None:
        """Make nodes of data, and of a picture with marks; leave all else alone."""
        if data.mime_type == DATA:
            return [figure_data("", text=data.string)]
        marks = data.output_metadata.get(data.mime_type, {}).get("marks")
        if not marks or not data.mime_type.startswith("image/"):
            return None
        made: list[nodes.Element] = renderer.render_image(data)
        for image in made:
            image[_KNOWN] = {"marks": marks}
        return made


class figure_data(nodes.General, nodes.Invisible, nodes.Element):  # noqa: N801
    """The data of a figure, which MyST-NB never selects to be shown."""


class figure_files(nodes.General, nodes.Element):  # noqa: N801
    """The files that a figure offers, and its marks. It holds no text of the page."""


def note_data(app: Sphinx, doctree: nodes.document) -> None:
    """Join each picture of a notebook with its data, which the site is to have."""
    docname = app.env.docname
    record = read_pages(app.env)
    noted = dict[str, str]()
    has_data = next(doctree.findall(figure_data), None) is not None
    for bundle in insides.bundles(doctree, expected=has_data):
        pictures = list(bundle.findall(nodes.image))
        for picture in pictures:
            known = {"name": _name(picture, docname), **picture.get(_KNOWN, {})}
            for data in bundle.findall(figure_data):
                digest = hashlib.sha256(data["text"].encode()).hexdigest()[:16]
                known["data"] = f"{FOLDER}/{digest}/{known['name']}.csv"
                noted[known["data"]] = data["text"]
            picture[_KNOWN] = known
    record.figure_data[docname] = noted


def _name(picture: nodes.image, docname: str) -> str:
    """Name the files of a picture by its page and by the name of its figure."""
    name = ""
    for figure in parents(picture):
        if isinstance(figure, nodes.figure):
            names = figure.get("explored") or "".join(figure["names"])
            name = names.removeprefix(f"{docname}.".lower())
    return f"{docname.rpartition('/')[2]}.{name or 'figure'}".replace("/", "-")


def offer_files(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Put below each picture, in HTML, what it offers."""
    if not makes_site(app):
        return
    for picture in list(doctree.findall(nodes.image)):
        known = picture.get(_KNOWN)
        is_drawing = picture["uri"].lower().endswith(".svg")
        if known and (is_drawing or known.keys() & {"data", "marks"}):
            offered = figure_files("", picture=picture, **known)
            figures = [it for it in parents(picture) if isinstance(it, nodes.figure)]
            above: nodes.Element = figures[0] if figures else picture
            above.parent.insert(above.parent.index(above) + 1, offered)


def visit_files(self: SphinxTranslator, node: figure_files) -> None:
    """Write the links, and the marks for the script."""
    translator = cast(Any, self)
    page = translator.builder.get_target_uri(translator.builder.current_docname)
    # By now the picture has the address that it has from this page.
    drawing, name, links = node["picture"]["uri"], node["name"], []
    if "data" in node:
        links.append(_link(quote(relative_uri(page, node["data"])), name, "Data (CSV)"))
    if drawing.lower().endswith(".svg"):
        links.append(_link(drawing, name, "SVG"))
    marks = f' data-marks="{_written(node["marks"])}"' if "marks" in node else ""
    html = f'<p class="figure-files"{marks}>{" · ".join(links)}</p>\n'
    translator.body.append(html)


def depart_files(_self: SphinxTranslator, _node: figure_files) -> None:
    """Do nothing more."""


def _link(address: str, name: str, words: str) -> str:
    file = escape(f"{name}.{'svg' if words == 'SVG' else 'csv'}")
    return f'<a href="{escape(address)}" download="{file}">{words}</a>'


def _written(marks: Sequence[Sequence[Any]]) -> str:
    """Write marks one on a line: across and down in per mille, and the words."""
    lines = (
        f"{1000 * across:.0f} {1000 * down:.0f} {' '.join(words.split())}"
        for across, down, words in marks
    )
    return escape("\n".join(lines))


def load_script(
    app: Sphinx, _docname: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Load the style and the script where a page has figures that need them."""
    body = context.get("body", "")
    if 'class="figure-files"' in body:
        app.add_css_file("figures.css")
    if " data-marks=" in body:
        app.add_js_file("figures.js", loading_method="defer")


def publish(app: Sphinx) -> None:
    """Put the data of all figures into the site, and remove those of no figure."""
    site, current = Path(app.outdir), set[Path]()
    for noted in read_pages(app.env).figure_data.values():
        for path, text in noted.items():
            write_atomically(site / path, text, unless_same=True)
            current.add(site / path)
    for folder in (site / FOLDER).glob("*"):
        for file in folder.glob("*"):
            if file not in current:
                file.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
