"""What is done to pages before they are typeset, while Sphinx resolves them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from typst_builder.html import inline_element, read, read_inline
from typst_builder.insides import outputs
from typst_builder.places import warn

MIME_TYPES = (
    *("image/svg+xml", "image/png", "image/jpeg", "image/gif", "text/markdown"),
    *("text/latex", "text/html", "text/plain"),
)
"""Which form of a cell's output is typeset, the best first."""
# One of another type, such as JSON, is data.
_SCRIPT = re.compile(
    r"<script\b(?![^>]*\btype\s*=\s*[\"']?(?!module|text/java|application/java)\w)",
    re.I,
)
_MOVES = re.compile(rf"{_SCRIPT.pattern}|<(canvas|iframe|video|object)\b", re.I)
_TABULAR = re.compile(r"\\begin\{(?:tabular|center|table)")


class ChooseOutput(SphinxPostTransform):
    """Leave of a cell's output the form that is best on paper.

    MyST-NB then chooses by the media type alone. HTML is best where it is a table, and
    elsewhere if there is nothing else; LaTeX is typeset where it is a formula.
    """

    builders = ("typst",)
    default_priority = 3  # before MyST-NB chooses

    def run(self, **_: Any) -> None:
        """Look at each output of the page."""
        for forms in outputs(self.document):
            on_screen = [kind for kind in forms if re.search("widget|javascript", kind)]
            if on_screen:
                msg = "what moves on the screen (%s) does not in the PDF"
                some = next(iter(forms.values()))
                warn(self.env.docname, some, msg, on_screen[0])
                if len(on_screen) == len(forms):
                    some.parent.replace_self(_instead())
                    continue
            if forms and not {*MIME_TYPES, *on_screen} & {*forms}:
                kinds = ", ".join(forms)
                msg = "no form of this output can be typeset (%s); the PDF says so"
                some = next(iter(forms.values()))
                warn(self.env.docname, some, msg, kinds)
                said = f"What stands here cannot be typeset: {kinds}."
                some.parent.replace_self(_said(said))
                continue
            html, latex = forms.get("text/html"), forms.get("text/latex")
            others = len(forms) > len(on_screen) + 1
            if html and others and not _is_table(html.astext()):
                html.parent.remove(html)
            if latex and others and _TABULAR.search(latex.astext()):
                latex.parent.remove(latex)


class ReadHTML(SphinxPostTransform):
    """Replace HTML by elements that can be typeset."""

    builders = ("typst",)
    default_priority = 50  # after outputs were chosen, before images are fetched

    def run(self, **_: Any) -> None:
        """Read all HTML of the page."""
        for raw in list(self.document.findall(nodes.raw)):
            if "html" not in raw.get("format", "").split() or raw.parent is None:
                continue
            if isinstance(raw.parent, nodes.TextElement):
                self._inline(raw)
            else:
                blocks, lost = read(raw.astext())
                self._tell(raw, lost)
                if not any(isinstance(it, nodes.table) for it in blocks):
                    blocks += self._instead(raw, _SCRIPT if blocks else _MOVES)
                self._replace(raw, blocks)

    def _inline(self, raw: nodes.raw) -> None:
        """Read a tag, and put into it what stands between it and its end."""
        element = inline_element(raw.astext())
        if element is None:
            found, lost = read_inline(raw.astext())
            self._tell(raw, lost)
            self._replace(raw, found)
            return
        tag = re.sub(r"[\s<>].*", "", raw.astext().strip()[1:], flags=re.DOTALL)
        following = raw.parent.children[raw.parent.index(raw) + 1 :]
        ends = (
            place
            for place, node in enumerate(following)
            if isinstance(node, nodes.raw) and node.astext().strip() == f"</{tag}>"
        )
        inside = following[: next(ends, -1) + 1]
        for node in inside:
            raw.parent.remove(node)
        if inside:
            inside.pop().parent = None  # the end
        element.extend(inside)
        self._replace(raw, [element])

    def _tell(self, raw: nodes.raw, lost: list[str]) -> None:
        if lost:
            msg = "the PDF does not show %s of this HTML"
            warn(self.env.docname, raw, msg, ", ".join(dict.fromkeys(lost)))

    def _instead(self, raw: nodes.raw, moving: re.Pattern[str]) -> list[nodes.Element]:
        """Say that something is missing, where something is seen on a screen."""
        if not moving.search(raw.astext()):
            return []
        msg = "what a script draws cannot be typeset; the PDF says that it is missing"
        warn(self.env.docname, raw, msg)
        return [_instead()]

    def _replace(self, raw: nodes.raw, found: list[Any]) -> None:
        for node in found:
            if isinstance(node, nodes.Element):
                node.source, node.line = raw.source, raw.line
                for image in node.findall(nodes.image):
                    self._note(image)
        place = raw.parent.index(raw)
        raw.parent.pop(place)
        raw.parent.insert(place, found)
        raw.parent = None

    def _note(self, image: nodes.image) -> None:
        """Have Sphinx treat an image as those that it has read itself."""
        uri = image["uri"]
        if "candidates" in image:
            return
        if "://" in uri or uri.startswith("data:"):
            image["candidates"] = {"?": uri}
            return
        image["candidates"] = {"*": uri}
        source = Path(self.env.srcdir)
        page = Path(self.env.doc2path(self.env.docname)).parent
        for folder in (page, source):
            file = folder / unquote(uri).lstrip("/")
            if file.is_file():
                image["uri"] = image["candidates"]["*"] = file.as_posix()
                self.env.images.add_file(self.env.docname, file.as_posix())
                return


def _instead() -> nodes.paragraph:
    return _said("What stands here moves, and can be seen in the online edition only.")


def _said(text: str) -> nodes.paragraph:
    return nodes.paragraph("", "", nodes.emphasis(text, text))


def _is_table(html: str) -> bool:
    return "<table" in html and not re.search(r"<(script|input|svg|iframe)\b", html)
