"""What archives and reviewers read of a small book."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from papermill_pages.__main__ import main
from small_book import Book, make_book

CITATION = """\
cff-version: 1.2.0
message: Cite it.
title: "A small book: rain"
abstract: Two pages.
version: 2.5.0
license: [MIT, CC-BY-4.0]
doi: 10.1/a.book
repository-code: https://example.org/book
authors:
  - given-names: Ada
    family-names: Lovelace
    orcid: "https://orcid.org/0000-0002-1825-0097"
    affiliation: A society
  - name: The weather station
"""
ORCID = "0000-0002-1825-0097"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    book = make_book(tmp_path / "small")
    book.write("CITATION.cff", CITATION)
    return book


def described(book: Book) -> int:
    return main(["describe", "--book", str(book.root)])


def test_each_file_says_what_the_citation_says(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    assert described(book) == 0
    assert capsys.readouterr().out == "codemeta.json\n.zenodo.json\ncodecheck.yml\n"
    meta = json.loads((book.root / "codemeta.json").read_text())
    assert meta["author"] == [
        {
            "@type": "Person",
            "@id": f"https://orcid.org/{ORCID}",
            "givenName": "Ada",
            "familyName": "Lovelace",
            "affiliation": {"@type": "Organization", "name": "A society"},
        },
        {"@type": "Organization", "name": "The weather station"},
    ]
    assert (meta["identifier"], meta["version"]) == ("10.1/a.book", "2.5.0")
    assert meta["codeRepository"] == "https://example.org/book"
    assert meta["license"] == [
        "https://spdx.org/licenses/MIT",
        "https://spdx.org/licenses/CC-BY-4.0",
    ]
    zenodo = json.loads((book.root / ".zenodo.json").read_text())
    assert zenodo["creators"] == [
        {"name": "Lovelace, Ada", "affiliation": "A society", "orcid": ORCID},
        {"name": "The weather station"},
    ]
    assert zenodo["license"] == "MIT"
    check = yaml.safe_load((book.root / "codecheck.yml").read_text())
    assert check["paper"] == {
        "title": "A small book: rain",
        "authors": [
            {"name": "Ada Lovelace", "ORCID": ORCID},
            {"name": "The weather station"},
        ],
        "reference": "https://doi.org/10.1/a.book",
    }
    assert [item["file"] for item in check["manifest"]] == [
        "_build/executed/chapter.ipynb",
        "_build/executed/other.ipynb",
        "_build/results.json",
    ]
    assert (
        "from chapter.ipynb with number=5, region=south"
        in check["manifest"][1]["comment"]
    )


@pytest.mark.parametrize(
    ("command", "content"),
    [("describe", b"x ="), ("describe", b"\xe9"), ("package", b"x =")],
)
def test_a_broken_project_file_is_told_before_any_page_runs(
    book: Book, capsys: pytest.CaptureFixture[str], command: str, content: bytes
) -> None:
    book.write("REUSE.toml", "annotations = []\n")
    subprocess.run(["git", "init", "--quiet"], cwd=book.root, check=True)
    commit = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit"]
    subprocess.run(
        [*commit, "--quiet", "--allow-empty", "-m", "A"], cwd=book.root, check=True
    )
    (book.root / "pyproject.toml").write_bytes(content)
    assert main([command, "--book", str(book.root)]) == 2
    assert capsys.readouterr().err.startswith(str(book.root / "pyproject.toml"))
    assert not book.kernels_started()


def test_what_a_codechecker_wrote_stays(book: Book) -> None:
    described(book)
    before = (book.root / "codecheck.yml").read_text()
    checked = before.replace("- name: FIXME", "- name: C. Checker  # on 1 May")
    book.write("codecheck.yml", checked)
    book.replace("CITATION.cff", "2.5.0", "2.6.0")
    assert described(book) == 0
    assert (book.root / "codecheck.yml").read_text() == checked
    assert json.loads((book.root / ".zenodo.json").read_text())["version"] == "2.6.0"


def test_a_file_that_was_written_otherwise_is_not_overwritten(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book.write("codecheck.yml", "---\nmanifest: []\n")
    assert described(book) == 2
    assert "codecheck.yml: without the line" in capsys.readouterr().err
    assert (book.root / "codecheck.yml").read_text() == "---\nmanifest: []\n"
    assert not (book.root / "codemeta.json").exists()
