"""What Sphinx's environment remembers of executed pages, from build to build."""

from __future__ import annotations

from dataclasses import dataclass, field

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from papermill_pages.pages import Page

VERSION = 8
"""To be counted up when the record changes, or what is made of a page as it is read.

Sphinx then reads every page anew.
"""


@dataclass
class ReadPages:
    """The one record that this package keeps in Sphinx's environment."""

    # The plan of this build, by the names of the pages.
    pages: dict[str, Page] = field(default_factory=dict)
    # Of the execution of each page that Sphinx has read.
    digests: dict[str, str] = field(default_factory=dict)
    # For each page that Sphinx has read, those from which it pastes values.
    lenders: dict[str, set[str]] = field(default_factory=dict)
    # For each page that Sphinx has read, the names of its explorers.
    explorers: dict[str, list[str]] = field(default_factory=dict)
    # For each page that Sphinx has read, the data of its figures by their paths.
    figure_data: dict[str, dict[str, str]] = field(default_factory=dict)
    # For each page that Sphinx has read, hashes of the files that it was read from.
    files: dict[str, dict[str, str]] = field(default_factory=dict)


def read_pages(env: BuildEnvironment) -> ReadPages:
    """Return the record of an environment."""
    if not hasattr(env, "papermill_pages"):
        env.papermill_pages = ReadPages()  # type: ignore[attr-defined]
    record: ReadPages = env.papermill_pages  # type: ignore[attr-defined]
    return record


def forget_page(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is read again or has gone."""
    read_pages(env).digests.pop(docname, None)
    read_pages(env).lenders.pop(docname, None)
    read_pages(env).explorers.pop(docname, None)
    read_pages(env).figure_data.pop(docname, None)


def merge_pages(
    _app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
) -> None:
    """Take over what a process that read some of the pages remembers."""
    ours, theirs = read_pages(env), read_pages(other)
    for docname in docnames & theirs.digests.keys():
        ours.digests[docname] = theirs.digests[docname]
    for docname in docnames & theirs.lenders.keys():
        ours.lenders[docname] = theirs.lenders[docname]
    for docname in docnames & theirs.explorers.keys():
        ours.explorers[docname] = theirs.explorers[docname]
    for docname in docnames & theirs.figure_data.keys():
        ours.figure_data[docname] = theirs.figure_data[docname]
    for docname in docnames & theirs.files.keys():
        ours.files[docname] = theirs.files[docname]
