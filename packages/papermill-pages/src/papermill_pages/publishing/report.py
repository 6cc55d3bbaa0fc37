"""The reproduction report: one page for who wants to know whether a book reproduces.

``python -m papermill_pages report`` executes every page again, compares each result
with the expected as ``check`` does, and writes ``_build/report.html``: what was run,
when and on what, and which results agree. What that means for the subject of the book
is said by the book's own function, the setting ``report``.

The page is one file, without scripts, and reads the same from a disk, in print and on a
telephone. But for the run's own facts, its time and machine, it is always the same.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import platform
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import TypeGuard
from urllib.parse import urljoin

import nbformat
import yaml
from markdown_it import MarkdownIt

from papermill_pages.errors import BookError, PackagingError, PlanError
from papermill_pages.expected import (
    SMALLEST_SCALE,
    Absent,
    Comparison,
    Move,
    compare_book,
    difference,
    pattern_of,
    shown,
)
from papermill_pages.instructions import BASELINE
from papermill_pages.numbering import FIGURE, TABLE
from papermill_pages.outputs import write_atomically
from papermill_pages.pages import Page, build_folder, name_from_root
from papermill_pages.plan import plan_pages
from papermill_pages.progress import duration
from papermill_pages.publishing.durations import describe_machine
from papermill_pages.publishing.exhibits import exhibits_of
from papermill_pages.publishing.metadata import name_of, read_citation
from papermill_pages.publishing.origin import find_origin
from papermill_pages.results import Value
from papermill_pages.settings import Settings

_STYLE = Path(__file__).with_suffix(".css")

_EXACT = "="
"""Stands for the rule by which values that are no decimal numbers are judged."""


@dataclass(frozen=True)
class Rerun:
    """What is known of a book that was executed again, whatever came of it."""

    root: Path
    settings: Settings
    site: str  # the address of the published site, or nothing
    began: datetime
    seconds: float = 0.0
    comparison: Comparison | None = None  # None if nothing could be compared
    pages: Sequence[Page] = ()
    failure: str = ""  # why not
    words: str = ""  # the book's own part, in Markdown
    problem: str = ""  # why there is none, though there should be

    @property
    def agrees(self) -> bool:
        """Whether there is something to compare, and all of it is as expected."""
        compared = self.comparison
        return bool(compared and compared.results and not compared.moves)

    @property
    def outcome(self) -> str:
        """Say in a word or two what came of it."""
        if not self.agrees:
            return "Not reproduced"
        return "Incomplete" if self.problem else "Reproduced"


@dataclass
class Tally:
    """How some results compare with the expected."""

    same: int = 0  # to the last digit
    near: int = 0  # within the tolerance
    moved: int = 0
    largest: float = 0.0  # difference of two numbers, as a part of the larger

    @property
    def all(self) -> int:
        """How many there are, or were expected."""
        return self.same + self.near + self.moved


def report_file(root: Path) -> Path:
    """Return the path of the report."""
    return build_folder(root) / "report.html"


def report_book(
    root: Path, settings: Settings, site: str, progress: Callable[[str], None]
) -> Rerun:
    """Execute every page of a book again, compare its results, and write the report.

    It is written whatever comes of it. An earlier one is deleted before anything runs.

    Raises
    ------
    PlanError
        If the book's own function for the report cannot be imported.
    BookError
        If nothing could be compared; the report says so, too.
    """
    report_file(root).unlink(missing_ok=True)
    tell = _function(settings)
    start = time.monotonic()
    rerun = Rerun(root, settings, site, datetime.now(UTC))
    try:
        comparison = compare_book(root, settings, progress)
    except BookError as error:
        rerun = replace(rerun, failure=str(error), seconds=time.monotonic() - start)
        write_atomically(report_file(root), as_html(rerun))
        raise
    rerun = replace(
        rerun,
        comparison=comparison,
        pages=plan_pages(root, settings),
        seconds=time.monotonic() - start,
    )
    if tell:
        try:
            results = {key: one.value for key, one in comparison.results.items()}
            rerun = replace(rerun, words=tell(results))
        except Exception as error:
            # The function is the book's, and may stop at a result that is gone.
            rerun = replace(rerun, problem=f"{type(error).__name__}: {error}")
    write_atomically(report_file(root), as_html(rerun))
    return rerun


def _function(settings: Settings) -> Callable[[Mapping[str, Value]], str] | None:
    """Return the book's own function, if it has one."""
    name = settings.report
    if not name:
        return None
    module, _, attribute = name.partition(":")
    try:
        function: Callable[[Mapping[str, Value]], str]
        function = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise PlanError(
            f"{settings.file}: papermill_pages.report: {name!r} cannot be imported "
            f"({error}). Write it as 'package.module:function'."
        ) from None
    return function


# The page, from its top to its bottom


def as_html(rerun: Rerun) -> str:
    """Write the report of a book that was executed again."""
    title, byline = _title(rerun.root)
    in_short, words = _words(rerun)
    parts = [
        f"<header><p>Reproduction report</p><h1>{escape(title)}</h1>",
        f"<p>{escape(byline)}</p></header>" if byline else "</header>",
        _verdict(rerun),
        in_short,
        _term(rerun),
        _what_was_run(rerun),
    ]
    if rerun.comparison:
        parts += [_numbers(rerun, rerun.comparison), words, _manifest(rerun)]
    parts.append(_repeat())
    body = _with_contents("\n".join(part for part in parts if part))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Reproduction report: {escape(title)}</title>\n"
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n"
        f"</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _with_contents(body: str) -> str:
    """List the parts of the page below its verdict, each to be gone to."""
    parts: list[str] = []

    def name(heading: re.Match[str]) -> str:
        parts.append(f'<li><a href="#part-{len(parts) + 1}">{heading[1]}</a></li>')
        return f'<h2 id="part-{len(parts)}">{heading[1]}</h2>'

    body = re.sub("<h2>(.*?)</h2>", name, body)
    before, first, after = body.partition('<h2 id="part-1">')
    contents = f'<nav aria-label="Contents"><ul>{"".join(parts)}</ul></nav>'
    return f"{before}{contents}\n{first}{after}"


def _title(root: Path) -> tuple[str, str]:
    """Return how a book calls itself, and by whom and in which version it is."""
    try:
        citation = read_citation(root)
    except PackagingError:
        config = root / "_config.yml"
        known = yaml.safe_load(config.read_text("utf-8")) if config.is_file() else {}
        known = known or {}
        return str(known.get("title") or root.name), str(known.get("author") or "")
    authors = ", ".join(map(name_of, citation.authors))
    return citation.title, f"{authors}. Version {citation.version}"


def _verdict(rerun: Rerun) -> str:
    """Say in a sentence or two what came of it."""
    kind = "good" if rerun.outcome == "Reproduced" else "bad"
    said = _said(rerun)
    return f'<div class="verdict {kind}"><strong>{rerun.outcome}.</strong> {said}</div>'


def _term(rerun: Rerun) -> str:
    """Say the same in the terms of the Institute for Replication."""
    if rerun.agrees:
        term = "is <em>computationally reproducible</em> by this run: its own data and "
        term += "code give the numbers that it states. This does not say that its "
        term += "conclusions are right, or those of a work that it examines."
    elif rerun.comparison:
        term = "is not, or not fully, <em>computationally reproducible</em> by this "
        term += "run: its own data and code do not give all the numbers that its "
        term += "authors recorded. Whether the book or the record is wrong, this page "
        term += "cannot tell."
    else:
        term = "has not been shown to be <em>computationally reproducible</em>."
    return (
        f"<p>In the terms of the Institute for Replication (I4R), the book {term}</p>"
    )


def _said(rerun: Rerun) -> str:
    if rerun.comparison is None:
        return (
            "The pages could not all be executed and compared, so that this report has "
            f"no numbers. The reason:<pre>{escape(rerun.failure)}</pre>"
        )
    total = _tally(rerun.comparison)
    if total.moved:
        stated = "value is" if total.moved == 1 else "values are"
        return (
            f"{total.moved:,} {stated} not as its authors recorded, of {total.all:,} "
            "that the book states or stated. They are listed below."
        )
    if not total.all:
        return "The book states no values, so that there was nothing to compare."
    said = f"All {total.all:,} values that the book states are as recorded"
    if total.near:
        said += f": {total.same:,} to the last digit, and {total.near:,} within the "
        said += "tolerance."
    else:
        said += ", to the last digit."
    if rerun.problem:
        said += " A part of this report could not be written, as it says below."
    return said


def _what_was_run(rerun: Rerun) -> str:
    machine = describe_machine()
    library = " ".join(platform.libc_ver())
    facts = {
        "When": f"{_date(rerun.began)}; it took {duration(rerun.seconds)}",
        "State of the book": _revision(rerun.root),
        "Machine": f"{machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory']} of memory",
        "System": f"{machine['system']}, Python {machine['python']}"
        f"{f', {library}' if library else ''}",
    }
    if rerun.settings.instructions == BASELINE:
        facts["Instructions"] = (
            "only those that every processor of x86-64 has, so that the last digits do "
            "not depend on the machine"
        )
    if rerun.pages:
        facts = {"What": _what(rerun.pages), **facts}
        facts["Packages"] = _packages(rerun.pages)
    items = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
        for name, value in facts.items()
    )
    return f"<h2>What was run again</h2>\n<dl>{items}</dl>"


def _what(pages: Sequence[Page]) -> str:
    runs = sum(page.source != page.notebook for page in pages)
    sweeps = {sweep.docname: sweep for page in pages for sweep in page.sweeps}
    points = sum(len(sweep.points) for sweep in sweeps.values())
    said = f"all {len(pages)} executed pages of the book"
    if runs:
        said += f", {runs} of them with parameters of their own"
    if points:
        said += f", and {points} further executions with other parameters"
    return f"{said}; nothing was taken from an earlier run"


def _revision(root: Path) -> str:
    try:
        origin = find_origin(root)
    except PackagingError:
        return "unknown, for the folder is neither a clone nor an unpacked package"
    if origin.changed:
        names = ", ".join(origin.changed[:3])
        more = len(origin.changed) - 3
        also = f" and {more} more" if more > 0 else ""
        return f"commit {origin.revision}, with changes in {names}{also}"
    return f"commit {origin.revision}, without changes"


def _packages(pages: Iterable[Page]) -> str:
    """Name the versions of what the notebooks import, and of what executes them."""
    distributions = packages_distributions()
    modules = {module for page in pages for module in _imports(page)}
    names = {name for module in modules for name in distributions.get(module, ())}
    return ", ".join(
        f"{name} {version(name)}"
        for name in sorted({*names, "papermill"}, key=str.casefold)
    )


def _imports(page: Page) -> set[str]:
    """Return the packages that a page's cells import themselves."""
    found = set()
    for cell in nbformat.read(page.executed, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:  # a magic
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def _numbers(rerun: Rerun, comparison: Comparison) -> str:
    """Say which results agree, by the rule that judges them and by page."""
    digest = hashlib.sha256(comparison.file.read_bytes()).hexdigest()
    parts = [
        "<h2>Do the numbers agree?</h2>",
        "<p>Each value that the book states now is compared with the one that its "
        f"authors last recorded, in their file <code>{escape(comparison.name)}</code> "
        f"(SHA-256 <code>{digest}</code>). Whole numbers, texts, true and false must "
        "be equal. Decimal numbers agree if they differ by no more than a relative "
        "tolerance, a part of the larger of the two. Numbers below "
        f"{SMALLEST_SCALE:g} count as if they were as large as that.</p>",
    ]
    settings = rerun.settings.expected
    by_rule = _tallies(
        comparison,
        lambda key, _, value: (
            pattern_of(key, settings) if isinstance(value, float) else _EXACT
        ),
    )
    rows = [
        [words, *_counts(by_rule[rule]), _power(by_rule[rule].largest)]
        for rule, words in _rules(rerun.settings).items()
        if rule in by_rule
    ]
    heads = ["rule", *_COUNTS, "largest difference"]
    parts.append(_table("By the rule that judges them", heads, rows))
    if comparison.moves:
        rows = [
            [
                f"<code>{escape(move.key)}</code>",
                _value(move.before),
                _value(move.after),
                _apart(move),
                _link(move.page, rerun.site),
            ]
            for move in comparison.moves
        ]
        heads = ["value", "recorded", "now", "difference", "page"]
        parts.append(_table("What is not as recorded", heads, rows, "bad"))
    by_page = _tallies(comparison, lambda _key, page, _value: page)
    rows = []
    for page in rerun.pages:
        kinds = Counter(exhibit.kind for exhibit in exhibits_of(page))
        counts = _counts(by_page.get(page.docname, Tally()))
        exhibits = [str(kinds[FIGURE]), str(kinds[TABLE])]
        rows.append([_link(page.docname, rerun.site), *exhibits, *counts])
    if "" in by_page:
        rows.append(["on no page now", "", "", *_counts(by_page[""])])
    heads = ["page", "figures", "tables", *_COUNTS]
    parts.append(_table("Page by page", heads, rows))
    return "\n".join(parts)


def _words(rerun: Rerun) -> tuple[str, str]:
    """Render what the book says, whose links are from the root of the site.

    What stands before its first heading is for the top of the page.
    """
    if rerun.problem:
        return "", (
            '<p class="verdict bad">What the book itself would say here could not be '
            f"written: <code>{escape(rerun.problem)}</code></p>"
        )
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.normalizeLink = lambda url: urljoin(rerun.site, url)  # type: ignore[method-assign]
    html = str(parser.render(rerun.words))
    # A wide table scrolls by itself.
    html = html.replace("<table>", '<div class="table" tabindex="0"><table>')
    html = html.replace("</table>", "</table></div>").strip()
    in_short, heading, rest = html.partition("<h2>")
    return in_short.strip(), f"{heading}{rest}"


def _manifest(rerun: Rerun) -> str:
    """List what came out, as a CODECHECK does."""
    rows = []
    for page in rerun.pages:
        content = page.executed.read_bytes()
        rows.append(
            [
                f"<code>{escape(name_from_root(page.executed, rerun.root))}</code>",
                f"{len(content):,}",
                f"<code>{hashlib.sha256(content).hexdigest()}</code>",
            ]
        )
    table = _table("", ["output", "bytes", "SHA-256"], rows)
    return (
        "<h2>What came out</h2>\n<p>A CODECHECK certificate records that an "
        "independent person executed the code and obtained the outputs. This report "
        "was written by a program and is no such certificate. It keeps to the same "
        "principle, to record and neither to investigate nor to repair. A codechecker "
        "can begin with its manifest.</p>\n"
        "<dl><dt>Codechecker</dt><dd>none: the re-run was automatic</dd></dl>\n"
        f"<details><summary>The manifest: {len(rows)} executed notebooks</summary>"
        f"{table}</details>"
    )


def _repeat() -> str:
    return (
        "<h2>To repeat it</h2>\n<p>In the folder of the book, and in the environment "
        "of Python that its instructions set up, <code>python -m papermill_pages "
        "report</code> executes everything again and writes this page anew. It ends "
        "with the exit code 0 if everything agrees, 1 if something does not, and 2 if "
        "it could not be compared.</p>"
    )


# How results compare

# The most important first, since a telephone shows only the first few.
_COUNTS = ("values", "not as recorded", "same digits", "within tolerance")


def _tally(comparison: Comparison) -> Tally:
    """Count all results."""
    return _tallies(comparison, lambda *_: "all").get("all", Tally())


def _tallies(
    comparison: Comparison, group: Callable[[str, str, Value], str]
) -> dict[str, Tally]:
    """Count results, each in the group that is found by its key, page and value."""
    expected, results = comparison.expected or {}, comparison.results
    moves = {move.key: move for move in comparison.moves}
    tallies: dict[str, Tally] = {}
    for key in sorted({*expected, *results}):
        page = moves[key].page if key in moves else results[key].page
        value = results[key].value if key in results else expected[key]
        tally = tallies.setdefault(group(key, page, value), Tally())
        before = expected.get(key)
        if key in moves:
            tally.moved += 1
        elif value != before:
            tally.near += 1
        else:
            tally.same += 1
        if _is_number(before) and _is_number(value):
            tally.largest = max(tally.largest, difference(before, value))
    return tallies


def _rules(settings: Settings) -> dict[str, str]:
    """Return the rules in words, by the pattern of the keys that each judges."""
    expected = settings.expected
    others = {
        pattern: f"<code>{escape(pattern)}</code>: within {_power(tolerance)}"
        for pattern, tolerance in expected.tolerances.items()
    }
    general = f"other decimal numbers: within {_power(expected.tolerance)}"
    if not others:
        general = general.removeprefix("other ")
    return {_EXACT: "whole numbers, texts, true and false: equal", "": general} | others


def _counts(tally: Tally) -> list[str]:
    counts = [tally.all, tally.moved, tally.same, tally.near]
    return [f"{count:,}" for count in counts]


# How things are written


def _table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], kind: str = ""
) -> str:
    """Write a table; its cells are HTML."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    lines = "\n".join(
        f'<tr><th scope="row">{first}</th>'
        + "".join(f"<td>{cell}</td>" for cell in others)
        + "</tr>"
        for first, *others in rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    classes = f"table {kind}".strip()
    return (
        f'<div class="{classes}" tabindex="0"><table class="counts">{title}'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody></table></div>"
    )


def _link(docname: str, site: str) -> str:
    if not docname:
        return ""
    address = urljoin(site, f"{docname}.html")
    return f'<a href="{escape(address)}">{escape(docname)}</a>'


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value(value: Value | Absent) -> str:
    text = escape(shown(value))
    return text.replace("-", "−") if _is_number(value) else text


def _apart(move: Move) -> str:
    """Write how far the two values of a result are apart, if they are numbers."""
    if _is_number(move.before) and _is_number(move.after):
        return _power(difference(move.before, move.after))
    return ""


def _power(number: float) -> str:
    """Write a small number as a printer would: 2.3 × 10⁻¹³."""
    if number == 0:
        return "0"
    mantissa, _, exponent = f"{number:.1e}".partition("e")
    power = f"10<sup>{int(exponent)}</sup>".replace("-", "−")
    mantissa = mantissa.removesuffix(".0")
    return power if mantissa == "1" else f"{mantissa} × {power}"


def _date(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
