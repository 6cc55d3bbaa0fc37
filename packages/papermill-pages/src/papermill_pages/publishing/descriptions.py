"""What archives and reviewers read of a book: three files at its root, made of one.

``CITATION.cff`` says what the book is. From it, from the project file and from the list
of pages, ``python -m papermill_pages describe`` writes

- ``codemeta.json``, by CodeMeta 3.0 (https://codemeta.github.io/terms/), which indexes
  of software read;
- ``.zenodo.json``, the metadata of a deposit (https://developers.zenodo.org/), which
  Zenodo reads from a release;
- ``codecheck.yml``, by version 2.0 of CODECHECK's specification
  (https://codecheck.org.uk/spec/config/2.0/): which files a codechecker makes again,
  and what they are. What only a codechecker can say is marked with FIXME, as there, and
  kept once it was filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from papermill_pages.errors import PackagingError
from papermill_pages.notebooks import read_notebook
from papermill_pages.outputs import write_atomically
from papermill_pages.pages import Page, name_from_root, sweeps_of
from papermill_pages.publishing.metadata import (
    Citation,
    name_of,
    read_citation,
    read_project,
)
from papermill_pages.results import results_file

CODEMETA = "https://w3id.org/codemeta/3.0"
CODECHECK = "https://codecheck.org.uk/spec/config/2.0/"

_BEFORE = """\
# Written by `python -m papermill_pages describe`, apart from what a codechecker adds.
"""
_NO_ORCID = """\
# CODECHECK asks for the ORCID of each author: `orcid` in CITATION.cff gives it.
"""
_FOR_THE_CODECHECKER = "\n# For the codechecker to fill in.\n"
_TO_FILL_IN = """\
codechecker:
- name: FIXME
  ORCID: FIXME
summary: FIXME
certificate: FIXME
report: https://doi.org/10.5281/zenodo.FIXME
"""


def describe_book(root: Path, pages: Sequence[Page]) -> list[Path]:
    """Write the files, and return their paths.

    Raises
    ------
    PackagingError
        If ``CITATION.cff`` is missing or lacks what they say, or if there is a
        ``codecheck.yml`` that was written otherwise.
    """
    written = descriptions(root, pages)
    for name, text in written.items():
        write_atomically(root / name, text, unless_same=True)
    return [root / name for name in written]


def descriptions(root: Path, pages: Sequence[Page]) -> dict[str, str]:
    """Return the text of each file by its name; `describe_book` says what it raises."""
    citation = read_citation(root)
    return {
        "codemeta.json": _as_json(_codemeta(citation, read_project(root))),
        ".zenodo.json": _as_json(_zenodo(citation)),
        "codecheck.yml": _codecheck(citation, root, pages),
    }


def _codemeta(citation: Citation, project: Mapping[str, Any]) -> dict[str, Any]:
    authors = []
    for author in citation.authors:
        parts = {
            "@id": author.get("orcid"),
            "name": author.get("name"),
            "givenName": author.get("given-names"),
            "familyName": author.get("family-names"),
            "affiliation": author.get("affiliation")
            and {"@type": "Organization", "name": author["affiliation"]},
            "url": author.get("website"),
        }
        kind = "Organization" if "name" in author else "Person"
        authors.append({"@type": kind, **_known(parts)})
    asked = project.get("requires-python")
    return {
        "@context": CODEMETA,
        "@type": "SoftwareSourceCode",
        **_known(
            {
                "identifier": citation.doi or project.get("name"),
                "name": citation.title,
                "description": citation.abstract,
                "version": citation.version,
                "license": [
                    f"https://spdx.org/licenses/{name}" for name in citation.licences
                ],
                "author": authors,
                "keywords": list(citation.keywords),
                "codeRepository": citation.repository,
                "programmingLanguage": "Python",
                "runtimePlatform": asked and f"Python {asked}",
                "softwareRequirements": project.get("dependencies"),
                "citation": [
                    {
                        "@type": "CreativeWork",
                        "name": work.get("title"),
                        "author": [name_of(it) for it in work.get("authors", ())],
                    }
                    for work in citation.references
                ],
            }
        ),
    }


def _zenodo(citation: Citation) -> dict[str, Any]:
    creators = [
        _known(
            {
                "name": _family_first(author),
                "affiliation": author.get("affiliation"),
                "orcid": _bare(author.get("orcid")),
            }
        )
        for author in citation.authors
    ]
    return _known(
        {
            "upload_type": "software",
            "access_right": "open",
            "title": citation.title,
            "description": citation.abstract,
            "version": citation.version,
            "creators": creators,
            "keywords": list(citation.keywords),
            # Zenodo takes one, that of the code; the package names that of each file.
            "license": next(iter(citation.licences), None),
            "references": [
                f"{'; '.join(_family_first(it) for it in work.get('authors', ()))}: "
                f"{work.get('title')}"
                for work in citation.references
            ],
        }
    )


def _codecheck(citation: Citation, root: Path, pages: Sequence[Page]) -> str:
    authors = [
        _known({"name": name_of(author), "ORCID": _bare(author.get("orcid"))})
        for author in citation.authors
    ]
    reference = f"https://doi.org/{citation.doi}" if citation.doi else ""
    content = {
        "version": CODECHECK,
        "manifest": [
            {"file": name_from_root(path, root), "comment": comment}
            for path, comment in _outputs(root, pages)
        ],
        "paper": {
            "title": citation.title,
            "authors": authors,
            "reference": reference
            or f"Version {citation.version} of this book, which has no DOI yet",
        },
        **_known({"repository": citation.repository}),
    }
    written = yaml.safe_dump(
        content, allow_unicode=True, sort_keys=False, width=88, explicit_start=True
    )
    lacking = any("ORCID" not in author for author in authors)
    return (
        "%YAML 1.1\n"
        + written.replace("---\n", f"---\n{_BEFORE}{_NO_ORCID if lacking else ''}", 1)
        + _FOR_THE_CODECHECKER
        + _filled_in(root / "codecheck.yml")
    )


def _filled_in(path: Path) -> str:
    """Return what a codechecker wrote into the file that is there."""
    if not path.is_file():
        return _TO_FILL_IN
    _, mark, filled = path.read_text(encoding="utf-8").partition(_FOR_THE_CODECHECKER)
    if not mark:
        raise PackagingError(
            f"{path}: without the line {_FOR_THE_CODECHECKER.strip()!r}, which part of "
            "it a codechecker wrote cannot be told. Put the line before that part, or "
            "move the file away."
        )
    return filled


def _outputs(root: Path, pages: Sequence[Page]) -> Iterator[tuple[Path, str]]:
    """Yield what a build makes again, in the order of the book, with what it is."""
    for page in pages:
        notebook = name_from_root(page.notebook, root)
        given = ", ".join(f"{name}={it}" for name, it in page.parameters.items())
        made = f"{notebook} with {given}" if given else notebook
        yield page.executed, f"The page “{_title(page)}”, executed from {made}"
    for sweep in sweeps_of(pages):
        source = name_from_root(sweep.source, root)
        yield sweep.table, f"The results at the {len(sweep.points)} points of {source}"
    yield results_file(root), "All numbers that the text of the book states, by name"


def _title(page: Page) -> str:
    """Return the title of a page: its own, or the first heading of its notebook."""
    if page.title:
        return page.title
    for cell in read_notebook(page.notebook).cells:
        found = re.search(r"(?m)^# +(.+?)\s*$", cell.source)
        if cell.cell_type == "markdown" and found:
            return found[1]
    return page.docname


def _family_first(author: Mapping[str, Any]) -> str:
    parts = (author.get("family-names"), author.get("given-names"))
    return author.get("name") or ", ".join(filter(None, parts))


def _bare(orcid: str | None) -> str | None:
    return orcid and orcid.rpartition("/")[2]


def _known(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what a book does not say."""
    return {name: value for name, value in properties.items() if value}


def _as_json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
