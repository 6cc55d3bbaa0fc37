"""Directives that list what a book executed: pages, exhibits, files and packages.

A chapter never reads another's output, so no notebook can make these lists. The engine
makes them when it renders a page, after all pages are executed.

```{executed-pages} expected/durations.json
```
```{exhibits}
```
```{file-hashes} data/*.csv uv.lock
```
```{locked-packages} numpy pandas
```

Paths are from the book's root.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from papermill_pages.environment import read_pages
from papermill_pages.numbering import FIGURE, TABLE
from papermill_pages.pages import Page, contents_file, name_from_root
from papermill_pages.parameters import declared_parameters, with_defaults
from papermill_pages.publishing.durations import Recording, read_durations
from papermill_pages.publishing.exhibits import NUMBERS, Exhibit, exhibits_of, patterns
from papermill_pages.publishing.tables import (
    Cell,
    folded,
    joined,
    literal,
    table,
    text,
)
from papermill_pages.results import results_file

_FEW = 3
"""How many names of numbers a row shows; more of them are folded."""
_CODE = tuple(sorted(Path(__file__).parent.glob("*.py")))


class Listing(SphinxDirective):
    """What the lists have in common."""

    has_content = False
    optional_arguments: ClassVar[int] = 1
    final_argument_whitespace = True

    @property
    def root(self) -> Path:
        """The book's folder."""
        return Path(self.env.srcdir)

    @property
    def pages(self) -> list[Page]:
        """The executed pages, in the order of the book."""
        self.note(contents_file(self.root))
        return list(read_pages(self.env).pages.values())

    def note(self, file: Path) -> bytes:
        """Read a file that the list shows, so that its page is made again with it."""
        for shown in (file, *_CODE):
            self.env.note_dependency(str(shown))
        return file.read_bytes()

    def refused(self, reason: str) -> list[nodes.Node]:
        """Return a warning in place of the list."""
        message = self.state.document.reporter.warning(reason, line=self.lineno)
        return [cast(nodes.Node, message)]


class ExecutedPages(Listing):
    """Every page: its notebook, parameters, hash, and duration as last recorded."""

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        recording = Recording({}, {})
        if self.arguments:
            recorded = self.root / self.arguments[0]
            if not recorded.is_file():
                return self.refused(f"There is no file {self.arguments[0]}.")
            self.note(recorded)
            try:
                recording = read_durations(recorded)
            except (AttributeError, KeyError, TypeError, ValueError):
                return self.refused(
                    f"{self.arguments[0]} holds no durations. Record them with "
                    f"'python -m papermill_pages durations {self.arguments[0]}'."
                )
        rows = [self._row(page, recording) for page in self.pages]
        results = results_file(self.root)
        hashed = _hash(self.note(results))
        rows.append([self._published(results), text(""), text(""), hashed])
        header = ["page", "notebook", "duration and memory", "SHA-256"]
        return [*_machine(recording), table(header, rows, (22, 34, 18, 26))]

    def _published(self, file: Path) -> list[nodes.Node]:
        """Link to a file at the site's root; a PDF has no such neighbour."""
        up = "../" * self.env.docname.count("/")
        link = nodes.reference("", "", literal(file.name), refuri=f"{up}{file.name}")
        other = literal(name_from_root(file, self.root))
        return [
            addnodes.only("", link, expr="html"),
            addnodes.only("", other, expr="not html"),
        ]

    def _row(self, page: Page, recording: Recording) -> list[Cell]:
        notebook = name_from_root(page.notebook, page.root)
        values = with_defaults(page.parameters, declared_parameters(page.notebook))
        # Literals, whose quotation marks stay as a notebook takes them.
        given = joined([literal(f"{name}={it!r}") for name, it in values.items()])
        program: list[nodes.Node] = [nodes.paragraph("", "", literal(notebook))]
        if given:
            program += folded("its parameters", nodes.paragraph("", "", *given))
        duration = recording.pages.get(page.docname)
        needed = "not recorded"
        if duration:
            needed = (
                f"{duration.seconds:g} s ({duration.processor_seconds:g} s of "
                f"computing), {duration.megabytes} MB"
            )
        return [
            [_page_link(page.docname)],
            program,
            text(needed),
            _hash(self.note(page.executed)),
        ]


class Exhibits(Listing):
    """Every figure, table and number: the page, the cell, and what made it."""

    def run(self) -> list[nodes.Node]:
        """Make a table for each page, which unfolds."""
        made: list[nodes.Node] = []
        for page in self.pages:
            self.note(page.executed)
            exhibits = exhibits_of(page)
            keys = {key for exhibit in exhibits for key in exhibit.keys}
            traced = any(it.behind.models or it.behind.data for it in exhibits)
            rows = [self._row(page, exhibit, keys, traced) for exhibit in exhibits]
            if not rows:
                continue
            notebook = name_from_root(page.notebook, page.root)
            program = nodes.paragraph("", "", classes=["papermill-pages"])
            program += nodes.strong("", "", _page_link(page.docname))
            program += [nodes.Text(": program "), literal(notebook)]
            if any(exhibit.kind == NUMBERS for exhibit in exhibits):
                program += [nodes.Text(", numbers under "), literal(page.results)]
            header = ["exhibit", "kind", "made by"]
            header += ["model and data"] if traced else []
            widths = (25, 9, 33, 33) if traced else (34, 10, 56)
            listed = folded(_counted(exhibits), table(header, rows, widths))
            classes = ["exhibits-of-page"]
            made.append(nodes.container("", program, *listed, classes=classes))
        return made

    def _row(
        self, page: Page, exhibit: Exhibit, all_keys: set[str], traced: bool
    ) -> list[Cell]:
        label = cell_label(page.docname, exhibit.cell)
        title: list[nodes.Node] = [_link("ref", label, exhibit.title, explicit=True)]
        if exhibit.kind == NUMBERS:
            title.append(nodes.Text(f" ({len(exhibit.keys)}): "))
            prefix = f"{page.results}."
            mine, others = (
                [key.removeprefix(prefix) for key in keys]
                for keys in (exhibit.keys, all_keys.difference(exhibit.keys))
            )
            names = [literal(name) for name in patterns(mine, others)]
            if len(names) <= _FEW:
                title += joined(names)
            else:
                all_names = nodes.paragraph("", "", *joined(names))
                title = [
                    nodes.paragraph("", "", *title),
                    *folded(f"{len(names)} names", all_names),
                ]
        behind = exhibit.behind
        made_by = joined([literal(name) for name in behind.programs])
        kind: Cell = [nodes.inline("", exhibit.kind, classes=["kind"])]
        row: list[Cell] = [title, kind, made_by or text("the cell itself")]
        sources = joined([literal(call) for call in (*behind.models, *behind.data)])
        return [*row, sources] if traced else row


class FileHashes(Listing):
    """The files that match patterns, with sizes and hashes, in a list that unfolds."""

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        patterns = " ".join(self.arguments).split()
        files: dict[Path, None] = {}
        for pattern in patterns:
            try:
                matching = matching_files(self.root, pattern)
            except (NotImplementedError, ValueError) as error:
                return self.refused(f"{pattern} is no pattern of files: {error}.")
            if not matching:
                return self.refused(f"No file matches {pattern}.")
            files |= dict.fromkeys(matching)
        rows = []
        for file in files:
            content = self.note(file)
            name = file.relative_to(self.root).as_posix()
            rows.append([[literal(name)], text(f"{len(content):,}"), _hash(content)])
        listed = table(["file", "bytes", "SHA-256"], rows, (40, 10, 50))
        return folded(f"{len(rows)} files and their hashes", listed)


class LockedPackages(Listing):
    """Versions of packages, from ``uv.lock`` and not from what is installed."""

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        if not (self.root / "uv.lock").is_file():
            return self.refused("There is no uv.lock at the root of the book.")
        lock = tomllib.loads(self.note(self.root / "uv.lock").decode())
        versions: dict[str, list[str]] = {}
        for package in lock["package"]:
            if "version" not in package:  # the project that is locked may have none
                continue
            versions.setdefault(package["name"], []).append(package["version"])
        wanted = " ".join(self.arguments).split()
        missing = [name for name in wanted if name not in versions]
        if missing:
            return self.refused(f"uv.lock has no version of {', '.join(missing)}.")
        python = lock["requires-python"]
        if python.startswith(">=") and "," not in python:
            python = f"{python.removeprefix('>=')} or newer"
        rows = [[text("Python"), text(python)]]
        rows += [
            [[literal(name)], text(" or ".join(versions[name]))] for name in wanted
        ]
        return [table(["package", "version"], rows, (60, 40))]


DIRECTIVES = {
    "executed-pages": ExecutedPages,
    "exhibits": Exhibits,
    "file-hashes": FileHashes,
    "locked-packages": LockedPackages,
}


def matching_files(root: Path, pattern: str) -> list[Path]:
    """Find files of a book; hidden ones are not of it, as Jupyter's checkpoints."""
    return [
        file
        for file in sorted(root.glob(pattern))
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(root).parts)
    ]


def _machine(recording: Recording) -> list[nodes.Node]:
    if not recording.machine:
        return []
    machine = "; ".join(f"{name}: {it}" for name, it in recording.machine.items())
    return [nodes.paragraph("", f"The machine of the durations: {machine}.")]


def _link(kind: str, target: str, text: str, *, explicit: bool) -> nodes.Node:
    """Link to a page or a cell; a text that is not explicit gives way to its title."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", text),
        refdomain="std",
        reftype=kind,
        reftarget=target,
        refexplicit=explicit,
        refwarn=True,
    )


def _page_link(docname: str) -> nodes.Node:
    return _link("doc", f"/{docname}", docname, explicit=False)


def cell_label(docname: str, number: int) -> str:
    """Return the name under which other pages refer to a cell of an executed page."""
    return f"cell.{docname}.{number}".lower()


def _counted(exhibits: Sequence[Exhibit]) -> str:
    """Say what a page shows, as in ``2 figures, 1 table and 3 sets of numbers``."""
    names = {FIGURE: "figure", TABLE: "table", NUMBERS: "set"}
    counts = Counter(exhibit.kind for exhibit in exhibits)
    parts = [
        f"{counts[kind]} {name}{'s' if counts[kind] > 1 else ''}"
        + (" of numbers" if kind == NUMBERS else "")
        for kind, name in names.items()
        if counts[kind]
    ]
    *all_but_last, last = parts
    return f"{', '.join(all_but_last)} and {last}" if all_but_last else last


def _hash(content: bytes) -> Cell:
    """Return the beginning of a hash, which unfolds to the whole.

    It has a class by which a stylesheet can let it break.
    """
    digest = hashlib.sha256(content).hexdigest()
    whole = nodes.literal("", digest, classes=["hash"])
    return folded(f"{digest[:8]}…", nodes.paragraph("", "", whole))
