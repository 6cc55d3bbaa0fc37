"""Works as a social scientist lists them: author, year, title, and what it is used for.

The fields of an entry are those of BibTeX. `annote` says what the work is used for, and
`month` may hold a day as well, for a newspaper. A title in brackets is a description.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from docutils import nodes
from pybtex.plugin import find_plugin, register_plugin
from pybtex.richtext import BaseText, HRef, Tag, Text
from pybtex.style.formatting import BaseStyle
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.sorting.author_year_title import SortingStyle
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.plugin import register_plugin as register_referencing
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

NAME = "author_date"
_STANDING_ALONE = ("book", "manual", "online")
_EN_DASH = "–"


def register_style(_app: Sphinx, _config: object) -> None:
    """Let the settings `bibtex_default_style` and `bibtex_reference_style` name us."""
    register_plugin("pybtex.style.formatting", NAME, AuthorDate, force=True)
    group = "sphinxcontrib.bibtex.style.referencing"
    register_referencing(group, NAME, InParentheses, force=True)


def drop_labels(_app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Take the labels out of a bibliography: author and year lead each entry."""
    for citation in doctree.findall(nodes.citation):
        for label in list(citation.findall(nodes.label)):
            citation.remove(label)


def _parentheses() -> BracketStyle:
    return BracketStyle(left="(", right=")", sep="; ")


@dataclass
class InParentheses(AuthorYearReferenceStyle):
    """“Sen (1968)” in a sentence, “(Sen, 1968)” beside one."""

    bracket_parenthetical: BracketStyle = field(default_factory=_parentheses)
    bracket_textual: BracketStyle = field(default_factory=_parentheses)


class ByName(SortingStyle):  # type: ignore[misc]
    """The order of the alphabet, in which the braces around a name do not count."""

    def persons_key(self, persons: Iterable[Any]) -> str:
        """Return what authors are sorted by."""
        return str(super().persons_key(persons)).replace("{", "")


class Keys(BaseLabelStyle):  # type: ignore[misc]
    """Labels that differ from each other, since no page shows them."""

    def format_labels(self, entries: Iterable[Any]) -> Iterable[str]:
        """Return the key of each entry."""
        return [entry.key for entry in entries]


class AuthorDate(BaseStyle):  # type: ignore[misc]
    """Entries like “Sen, Pranab Kumar. 1968. “Estimates.” *Journal* 63 (324): 1.”."""

    default_name_style = "lastfirst"
    default_label_style = Keys
    default_sorting_style = ByName

    def __getattr__(self, name: str) -> Any:
        """Write all types of entries by one rule."""
        if name.startswith("get_") and name.endswith("_template"):
            return lambda _entry: self
        raise AttributeError(name)

    def format_data(self, data: dict[str, Any]) -> BaseText:
        """Write an entry."""
        entry = data["entry"]
        parts = (
            self._authors(list(entry.persons.get("author", ()))),
            Text(entry.fields.get("year", "n.d.")).add_period(),
            _title(entry),
            _place(entry),
            *(_sentence(entry, name) for name in ("publisher", "note")),
            _address(entry.fields),
            _sentence(entry, "annote"),
        )
        return Text(" ").join(part for part in parts if part)

    def _authors(self, persons: list[Any]) -> BaseText:
        """Write the family name of the first author first, and of the others last."""
        plain = find_plugin("pybtex.style.names", "plain")().format
        written = Text()
        for i, person in enumerate(persons):
            last = i == len(persons) - 1
            written += "" if not i else ", and " if last else ", "
            written += (plain if i else self.format_name)(person).format()
        return written.add_period()


def _rich(entry: Any, name: str) -> BaseText:
    r"""Read a field, in which a part may be ``\emph{slanted}``."""
    plain, *slanted = entry.fields[name].replace("'", "’").split(r"\emph{")
    written = Text.from_latex(plain)
    for part in slanted:
        title, _, rest = part.partition("}")
        written += Text(Tag("em", Text.from_latex(title)), Text.from_latex(rest))
    return written


def _title(entry: Any) -> BaseText:
    title = _rich(entry, "title")
    if entry.type in _STANDING_ALONE:
        return Tag("em", title).add_period()
    if entry.fields["title"].startswith("["):
        return Text(title).add_period()
    return Text("“", Text(title).add_period(), "”")


def _place(entry: Any) -> BaseText:
    """Write where an article appeared, with volume, number and pages or its day."""
    known = entry.fields
    name = next((it for it in ("journal", "howpublished") if it in known), "")
    written = Text(Tag("em", _rich(entry, name)) if name else "")
    if "volume" in known:
        written += f" {known['volume']}"
    if "number" in known:
        number = known["number"].replace("--", _EN_DASH)
        written += f" ({number})" if "volume" in known else f" {number}"
    if "pages" in known:
        written += f": {known['pages'].replace('--', _EN_DASH)}"
    if "month" in known:
        written += f", {known['month']}" if name else known["month"]
    return written.add_period() if written else written


def _sentence(entry: Any, name: str) -> BaseText:
    if name not in entry.fields:
        return Text()
    return Text(_rich(entry, name)).add_period()


def _address(known: Any) -> BaseText:
    address = known.get("url", "")
    if "doi" in known:
        address = f"https://doi.org/{quote(known['doi'], safe='/:;()')}"
    return Text(HRef(address, address), ".") if address else Text()
