"""References to the numbers of figures and tables, as Sphinx resolves them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from papermill_pages.references import DomainThatReadsOnce
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

TABLE = """
.. table:: Rain of the {name}
   :name: {name}

   == ==
   1  2
   == ==
"""


def site(folder: Path) -> Sphinx:
    app = Sphinx(
        folder,
        None,
        folder / "html",
        folder / "trees",
        "html",
        confoverrides={"numfig": True},
        status=None,
        warning=None,
    )
    app.add_domain(DomainThatReadsOnce, override=True)
    app.env.domains["std"] = DomainThatReadsOnce(app.env)  # made before it was added
    return app


def write(folder: Path, page: str, *parts: str) -> None:
    text = "\n\n".join([f"{page}\n{'=' * len(page)}", *parts])
    (folder / f"{page}.rst").write_text(text, "utf-8")


def test_a_page_is_read_once_for_all_references_to_its_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refers = [":numref:`south` and :numref:`north`."] * 20
    write(tmp_path, "index", ".. toctree::\n\n   tables\n   other", *refers)
    write(tmp_path, "other", *refers)
    write(tmp_path, "tables", TABLE.format(name="north"), TABLE.format(name="south"))
    read = Counter[str]()
    original = BuildEnvironment.get_doctree

    def counted(env: BuildEnvironment, docname: str) -> object:
        read[docname] += 1
        return original(env, docname)

    app = site(tmp_path)
    monkeypatch.setattr(BuildEnvironment, "get_doctree", counted)
    app.build()
    # As often as another page, and once more for all that refer to it.
    assert read["tables"] == read["other"] + 1
    shown = (tmp_path / "html/other.html").read_text("utf-8")
    assert shown.count("Table 2") == shown.count("Table 1") == 20
