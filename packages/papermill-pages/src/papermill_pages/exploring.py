"""The directive ``explore``: a reader chooses a point of a sweep and sees its outputs.

MyST-NB's own renderer makes nodes of all points' outputs where the page is read. Only
those of the point that is shown first are a part of the page; the others have no part
in its numbers, labels and words to search for. Where the page is written as HTML, each
becomes a small file of its own, which the page loads when it is asked for.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar, cast
from urllib.parse import quote

import imagesize
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective, SphinxTranslator
from sphinx.util.osutil import relative_uri

from papermill_pages import insides
from papermill_pages.environment import read_pages
from papermill_pages.explorer_html import Room, controls, facts, identifier, links
from papermill_pages.explorers import DIRECTIVE, Explorer, Map, explorer_of
from papermill_pages.numbering import FIGURE, TABLE, label_on_page, shares_notebook
from papermill_pages.outputs import write_atomically
from papermill_pages.pages import Page, Point, Sweep, sweeps_of
from papermill_pages.parameters import (
    declared_parameters,
    suggestion,
    with_defaults,
)

TEXT = "text"

FOLDER = "_explore"
"""Where in a site the points are that a page does not show first."""

_SHOWN_WITH_SCRIPTS = ("html", "dirhtml")
_LONGEST = 8
"""So many paragraphs, at most, show how high a place for paragraphs has to be."""
_NAME = "explored"
"""The attribute in which a figure or a table keeps its name in the point's notebook."""


def register(app: Sphinx) -> None:
    """Register the directive, and what becomes of it."""
    app.add_directive(DIRECTIVE, Explore)
    app.add_node(explorer, html=(visit_explorer, depart_explorer), **_PLAIN)
    app.add_node(explored_point, html=(visit_point, depart_point), **_PLAIN)
    # After Sphinx has noted the pictures of all points.
    app.connect("doctree-read", set_points_aside, priority=900)
    app.add_post_transform(PrepareExplorers)
    # After all who change a page as it is resolved.
    app.connect("doctree-resolved", set_points_aside_again, priority=900)
    app.connect("html-page-context", load_script)


class explorer(nodes.General, nodes.Element):  # noqa: N801 - as docutils names nodes
    """The outputs of one point, with those of the others set aside."""


class explored_point(nodes.General, nodes.Element):  # noqa: N801
    """The outputs of one point."""


def _pass_by(_translator: Any, _node: nodes.Element) -> None:
    """Write the children alone."""


_PLAIN: Any = dict.fromkeys(("latex", "text", "man", "texinfo"), (_pass_by, _pass_by))


# Reading


class Explore(SphinxDirective):
    """``explore``: the outputs of a sweep's points, one at a time.

    The argument is a sweep file, from the folder of the page's notebook. Each line of
    the content names an output of the sweep's notebook: a figure or a table by its
    name, a cell by its own, or a glued text. Its options are ``start``, ``fixed``,
    ``map`` and ``note``.
    """

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {
        "start": directives.unchanged_required,
        "fixed": directives.unchanged_required,
        "map": directives.unchanged_required,
        "note": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Make the outputs of all points."""
        pages = read_pages(self.env).pages
        page = pages.get(self.env.docname)
        if page is None:
            raise self.error(
                "explore: only a page that is executed can hold an explorer; this one "
                "is no notebook, run or sweep of _toc.yml."
            )
        names = [line.strip() for line in self.content if line.strip()]
        if not names:
            msg = "explore: its content must name the outputs to show, one on a line."
            raise self.error(msg)
        sweep = _sweep(page, self.arguments[0])
        if sweep is None:  # what is included is not looked through for sweeps
            raise self.error(
                "explore: the directive must stand in the Markdown of the page's "
                "notebook itself, neither in an included file nor in reStructuredText."
            )
        try:
            made = self._explorer(page, sweep)
            node = explorer("", classes=["explorer"], explorer=made)
            node["name"] = self._name(sweep)
            note = self.options.get("note", "")
            if note:
                node += nodes.container("", *self._parse(note), classes=["note-beside"])
            shared = shares_notebook(page, pages) or _explored_again(page, sweep, pages)
            mapped = (
                Map.read(self.options["map"], made) if "map" in self.options else None
            )
            for place, point in enumerate(made.points):
                outputs = Outputs(point)
                shown = explored_point("", place=place)
                for name in names:
                    target = ""
                    if place == made.start:
                        target = label_on_page(page.docname, name) if shared else name
                    shown += self._output(outputs, name, target)
                node += shown
                if mapped:
                    mapped.add(outputs.value(mapped.value), point)
            node["map"] = mapped
        except ValueError as error:
            raise self.error(f"explore: {error}") from None
        node += nodes.paragraph("", made.others(), classes=["explorer-others"])
        return [node]

    def _explorer(self, page: Page, sweep: Sweep) -> Explorer:
        declared = declared_parameters(page.notebook)
        given = with_defaults(page.parameters, declared)
        fixed = [it.strip() for it in self.options.get("fixed", "").split(",")]
        return explorer_of(
            sweep, given, self.options.get("start", ""), [it for it in fixed if it]
        )

    def _name(self, sweep: Sweep) -> str:
        """Name the explorer as its sweep; the page may have another one of it."""
        used = read_pages(self.env).explorers.setdefault(self.env.docname, [])
        name = sweep.docname.rpartition("/")[2]
        again = sum(it == name or it.startswith(f"{name}~") for it in used)
        used.append(f"{name}~{again + 1}" if again else name)
        return used[-1]

    def _parse(self, text: str) -> list[nodes.Node]:
        holder = nodes.Element()
        lines = type(self.content)(text.splitlines(), source=self.get_source_info()[0])
        self.state.nested_parse(lines, self.content_offset, holder)
        return holder.children

    def _output(self, outputs: Outputs, name: str, target: str) -> nodes.Element:
        """Make one output, with the caption, name and number that it asks for."""
        found = outputs.named(name)
        source, line = self.get_source_info()
        shown = nodes.container(
            "", nb_element="cell_code_output", classes=["cell_output"]
        )
        for output in found.outputs:
            shown += insides.render_output(
                self.state.document, output, found.options, source, line
            )
        if found.kind == TEXT:
            shown += nodes.paragraph("", found.text)
        described: nodes.Element | None = None
        caption: list[nodes.Node] = []
        if found.text and found.kind in (FIGURE, TABLE):
            caption = [it for part in self._parse(found.text) for it in part.children]
        if found.kind == FIGURE:
            described = nodes.figure("", *shown.children)
            if caption:
                described += nodes.caption("", "", *caption)
            shown.children = []
            shown += described
        elif found.kind == TABLE:
            tables = list(shown.findall(nodes.table))
            if len(tables) != 1:
                raise ValueError(
                    f"{outputs.point.docname} shows {len(tables)} tables in Markdown "
                    f"under {name!r}, and not one."
                )
            described = tables[0]
            if caption:
                described.insert(0, nodes.title("", "", *caption))
        if described is not None:
            described[_NAME] = name
            described.source, described.line = source, line
            if target:
                described["names"].append(nodes.fully_normalize_name(target))
                self.state.document.note_explicit_target(described, described)
        return shown


def _sweep(page: Page, given: str) -> Sweep | None:
    """Return a sweep of a page; None if the plan has not found it there."""
    source = Path(os.path.abspath(page.notebook.parent / given.strip()))
    return next((sweep for sweep in page.explored if sweep.source == source), None)


def _explored_again(page: Page, sweep: Sweep, pages: Mapping[str, Page]) -> bool:
    """Tell whether another page explores a sweep, so that its names need the page's."""
    return any(
        other.docname != page.docname
        and sweep.docname in {it.docname for it in other.explored}
        for other in pages.values()
    )


@dataclass(frozen=True)
class Output:
    """What a point's notebook shows under one name."""

    kind: str  # `FIGURE`, `TABLE`, `TEXT` or nothing
    text: str  # the caption, or the glued text
    outputs: Sequence[Mapping[str, Any]]  # each with ``data`` and ``metadata``
    options: Mapping[str, Any]  # of the cell, for MyST-NB


class Outputs:
    """The outputs of an executed point, by their names."""

    def __init__(self, point: Point) -> None:
        self.point = point
        text = point.executed.read_text(encoding="utf-8")
        self._cells = [
            cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"
        ]

    def named(self, name: str) -> Output:
        """Return what has a name.

        Raises
        ------
        ValueError
            If nothing has, or what has it shows nothing.
        """
        found = self._all().get(name)
        if found is None:
            known = list(self._all())
            raise ValueError(
                f"the notebook of {self.point.docname} has no output {name!r}"
                f"{suggestion(name, known)}. It has: {', '.join(known) or 'none'}. A "
                "figure or a table has its name from the cell's metadata for MyST-NB, "
                "any other output from the 'name' in the cell's metadata."
            )
        if not found.outputs and found.kind != TEXT:
            msg = f"{self.point.docname} shows nothing under {name!r}."
            raise ValueError(msg)
        return found

    def value(self, name: str) -> Any:
        """Return a plain value that was glued; None if nothing was."""
        for cell in self._cells:
            for output in cell["outputs"]:
                glued, data = insides.glued_output(output)
                if glued == name and set(data) == {"text/plain"}:
                    return _literal(_text(data["text/plain"]))
        return None

    def _all(self) -> dict[str, Output]:
        named: dict[str, Output] = {}
        for cell in self._cells:
            options = cell["metadata"].get("mystnb", {})
            shown = list(_shown(cell["outputs"]))
            for kind in (FIGURE, TABLE):
                described = options.get(kind)
                if isinstance(described, dict) and described.get("name"):
                    caption = str(described.get("caption", ""))
                    rest = {
                        it: options[it] for it in options if it not in (FIGURE, TABLE)
                    }
                    named[str(described["name"])] = Output(kind, caption, shown, rest)
            if cell["metadata"].get("name"):
                named[str(cell["metadata"]["name"])] = Output("", "", shown, options)
            for output in cell["outputs"]:
                glued, data = insides.glued_output(output)
                if glued and set(data) == {"text/plain"}:
                    text = str(_literal(_text(data["text/plain"])))
                    named.setdefault(glued, Output(TEXT, text, (), {}))
                elif glued:
                    content = {mime: _text(it) for mime, it in data.items()}
                    shown = [{"data": content, "metadata": {}}]
                    named.setdefault(glued, Output("", "", shown, {}))
        return named


def _shown(outputs: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Find what a cell shows; what it printed becomes plain text."""
    for output in outputs:
        if output["output_type"] == "stream":
            yield {"data": {"text/plain": _text(output["text"])}, "metadata": {}}
        elif "data" in output and not insides.glued_output(output)[0]:
            data = {mime: _text(content) for mime, content in output["data"].items()}
            yield {"data": data, "metadata": output.get("metadata", {})}


def _text(content: Any) -> Any:
    """Join the lines in which a notebook file keeps a text."""
    return "".join(content) if isinstance(content, list) else content


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


# From reading to writing


def set_points_aside(_app: Sphinx, doctree: nodes.document) -> None:
    """Keep a page's other points where nobody takes them for a part of the page."""
    for node in doctree.findall(explorer):
        start = node["explorer"].start
        aside = [
            child
            for child in node.children
            if isinstance(child, explored_point) and child["place"] != start
        ]
        for child in aside:
            node.remove(child)
        node["aside"] = aside


class PrepareExplorers(SphinxPostTransform):
    """Let the other points be resolved with the page, where it can show them."""

    default_priority = 1  # before MyST-NB selects what of an output is shown

    def run(self, **_: Any) -> None:
        """Change the page."""
        with_scripts = self.app.builder.name in _SHOWN_WITH_SCRIPTS
        for node in list(self.document.findall(explorer)):
            if with_scripts:
                names = {
                    it[_NAME]: it["ids"]
                    for it in node.findall(nodes.Element)
                    if _NAME in it
                }
                for point in node["aside"]:
                    for it in point.findall(nodes.Element):
                        if _NAME in it:  # so that it has the same number
                            it["ids"] = names[it[_NAME]]
                node += node["aside"]
            else:
                self._show_one(node)

    def _show_one(self, node: explorer) -> None:
        made: Explorer = node["explorer"]
        words = nodes.paragraph("", f"Shown: {made.words(made.start)}.")
        blocks: list[nodes.Node] = []
        for child in node.children:
            if isinstance(child, explored_point):
                blocks += [words, *child.children]
            else:
                blocks.append(child)
        node.replace_self(blocks)


def set_points_aside_again(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Take the other points out of the page that is about to be written and indexed."""
    if app.builder.name in _SHOWN_WITH_SCRIPTS:
        set_points_aside(app, doctree)
        for node in doctree.findall(explorer):
            for point in node["aside"]:
                app.builder.post_process_images(point)


# Writing


def visit_explorer(self: SphinxTranslator, node: explorer) -> None:
    """Open an explorer."""
    points = [it for it in node.children if isinstance(it, explored_point)]
    source = Path(cast(Any, self).builder.srcdir)
    # Where a picture is written, its node forgets the file.
    node["rooms"] = _rooms([*points, *node["aside"]], source)
    body = cast(Any, self).body
    body.append(f'<div class="explorer" id="{identifier(node["name"])}">\n')


def visit_point(self: SphinxTranslator, node: explored_point) -> None:
    """Open the outputs of a point; the controls stand above those that are shown."""
    if isinstance(node.parent, explorer):
        at = node.parent
        above = controls(at["explorer"], at["name"], at["map"])
        cast(Any, self).body += [above, '<div class="explorer-outputs">\n']


def depart_point(self: SphinxTranslator, node: explored_point) -> None:
    """Close the outputs of a point."""
    if isinstance(node.parent, explorer):
        made: Explorer = node.parent["explorer"]
        address = _addresses(self)
        notebook = address(_archive(made.points[made.start]))
        below = links(made, notebook, address(_table(made.sweep)))
        cast(Any, self).body += ["</div>\n", below]


def depart_explorer(self: SphinxTranslator, node: explorer) -> None:
    """Close an explorer, and write each other point into a file of its own."""
    translator, made = cast(Any, self), cast(Explorer, node["explorer"])
    builder, address = translator.builder, _addresses(self)
    folder = f"{FOLDER}/{builder.current_docname}/{node['name']}"
    files: list[str | None] = [None] * len(made.points)
    for point in node["aside"]:
        page, translator.body = translator.body, []
        point.parent = None  # it is no part of the page, and has no controls
        point.walkabout(self)
        html, translator.body = "".join(translator.body), page
        place = point["place"]
        told = {
            "html": html,
            "command": made.command(place),
            "notebook": address(_archive(made.points[place])),
        }
        text = json.dumps(told, ensure_ascii=False, sort_keys=True)
        files[place] = name = hashlib.sha256(text.encode()).hexdigest()[:16]
        script = f"papermillPages.arrived({json.dumps(name)}, {text});\n"
        target = Path(builder.outdir, folder, f"{name}.js")
        write_atomically(target, script, unless_same=True)
    for file in Path(builder.outdir, folder).glob("*.js"):
        if file.stem not in files:
            file.unlink()
    name, mapped, rooms = node["name"], node["map"], node["rooms"]
    data = facts(made, name, mapped, address(folder), files, rooms)
    translator.body.append(f"{data}</div>\n")


def _rooms(points: Sequence[explored_point], source: Path) -> list[Room]:
    """Return for each output what needs most room there, if points differ in it.

    It is the longest texts, where outputs are a paragraph; or the width and the height
    of the highest pictures, which are others where the page is narrow.
    """
    return [
        _longest(same) or _highest(same, source)
        for same in zip(*(point.children for point in points), strict=False)
    ]


def _longest(outputs: Sequence[nodes.Node]) -> list[str]:
    """Return as HTML the paragraphs of which one is the highest, at some width."""
    found = {_paragraph(output) for output in outputs}
    if len(found) < 2 or None in found:
        return []
    texts = sorted(filter(None, found), key=lambda it: (-len(it[0]), it))
    # How lines break makes no more difference than this.
    near = [html for text, html in texts if len(text) > 0.9 * len(texts[0][0])]
    return near[:_LONGEST]


def _paragraph(output: nodes.Node) -> tuple[str, str] | None:
    """Return text and HTML of an output that is one paragraph."""
    if len(output.children) != 1 or not isinstance(output.children[0], nodes.paragraph):
        return None
    parts = output.children[0].children
    html = "".join(
        f"<strong>{escape(it.astext())}</strong>"
        if isinstance(it, nodes.strong)
        else escape(it.astext())
        for it in parts
    )
    return output.astext(), html


def _highest(outputs: Sequence[nodes.Node], source: Path) -> list[tuple[float, float]]:
    found = {
        imagesize.get(source / image["uri"])
        for output in outputs
        for image in output.findall(nodes.image)
    }
    if len(found) < 2:
        return []
    sizes = sorted((size for size in found if size[0] > 0), key=lambda it: -it[1])
    highest = sizes[:1]
    for width, height in sizes:  # lower ones are higher where they are narrower
        if height / width > highest[-1][1] / highest[-1][0]:
            highest.append((width, height))
    return [(round(width, 2), round(height, 2)) for width, height in highest]


def _addresses(translator: Any) -> Callable[[str], str]:
    """Return what gives the address of a file of the site, from the page."""
    builder = translator.builder
    page = builder.get_target_uri(builder.current_docname)
    return lambda target: quote(relative_uri(page, target))


def _archive(point: Point) -> str:
    return f"{FOLDER}/{point.docname}.zip"


def _table(sweep: Sweep) -> str:
    return f"{FOLDER}/{sweep.docname}.csv"


def load_script(
    app: Sphinx, _docname: str, _template: str, _context: dict[str, Any], doctree: Any
) -> None:
    """Load the script and the style where there is an explorer."""
    if doctree is not None and next(doctree.findall(explorer), None) is not None:
        app.add_js_file("explorer.js", loading_method="defer")
        app.add_css_file("explorer.css")


def publish_points(app: Sphinx) -> None:
    """Put the executed notebooks of all points into the site, and remove old ones.

    Each is an archive of its own: packed, a hundred notebooks with a figure each weigh
    as much as twenty.
    """
    if app.builder.name not in _SHOWN_WITH_SCRIPTS:
        return
    record = read_pages(app.env)
    site, current = Path(app.outdir), set[Path]()
    explored = [
        it
        for it in sweeps_of(record.pages.values())
        if any(it in page.explored for page in record.pages.values())
    ]
    for sweep in explored:
        for point in sweep.points:
            archive = site / _archive(point)
            write_atomically(archive, _packed(point), unless_same=True)
            current.add(archive)
        table = site / _table(sweep)
        write_atomically(table, sweep.table.read_bytes(), unless_same=True)
        current.add(table)
    folders = {
        site / FOLDER / docname / name
        for docname, names in record.explorers.items()
        for name in names
    }
    for file in (site / FOLDER).rglob("*"):
        if file.is_file() and file not in current and file.parent not in folders:
            file.unlink()
    for folder in sorted([site / FOLDER, *(site / FOLDER).rglob("*")], reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _packed(point: Point) -> bytes:
    """Pack an executed notebook, the same bytes at any time."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(point.executed.name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, point.executed.read_bytes())
    return packed.getvalue()
