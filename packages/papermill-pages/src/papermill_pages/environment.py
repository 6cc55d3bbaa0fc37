"""What Sphinx's environment remembers of executed pages, from build to build."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sphinx.environment import BuildEnvironment

from papermill_pages.pages import Page

VERSION = 1
"""To be counted up when the record changes; Sphinx then reads every page anew."""


@dataclass
class ReadPages:
    """The one record that this package keeps in Sphinx's environment.

    Attributes
    ----------
    pages : dict of str to Page
        The plan of this build, by the names of the pages.
    digests : dict of str to str
        Of the execution of each page that Sphinx has read.
    lenders : dict of str to set of str
        For each page that Sphinx has read, those from which it pastes values.
    """

    pages: dict[str, Page] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    lenders: dict[str, set[str]] = field(default_factory=dict)

    def forget(self, docname: str) -> None:
        """Forget a page that is read again or has gone."""
        self.digests.pop(docname, None)
        self.lenders.pop(docname, None)

    def merge(self, docnames: Iterable[str], other: ReadPages) -> None:
        """Take over what a process remembers that has read some of the pages."""
        for docname in docnames:
            if docname in other.digests:
                self.digests[docname] = other.digests[docname]
            if docname in other.lenders:
                self.lenders[docname] = other.lenders[docname]


def read_pages(env: BuildEnvironment) -> ReadPages:
    """Return the record of an environment."""
    if not hasattr(env, "papermill_pages"):
        env.papermill_pages = ReadPages()  # type: ignore[attr-defined]
    record: ReadPages = env.papermill_pages  # type: ignore[attr-defined]
    return record
