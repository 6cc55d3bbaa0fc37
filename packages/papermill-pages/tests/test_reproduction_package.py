"""The reproduction package of a small book: its bytes, files and description."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import crate_verdict
import pytest
from papermill_pages.errors import PackagingError
from papermill_pages.publishing.metadata import (
    Licences,
    read_citation,
    read_licences,
)
from papermill_pages.publishing.origin import find_origin
from papermill_pages.publishing.reproduction_package import package_book
from papermill_pages.settings import settings_of_book
from run_crate import assert_is_provenance_run_crate, parameters_of
from small_book import Book, executed_pages, make_book, without

CITATION = """\
cff-version: 1.2.0
message: Cite it.
title: A small book
abstract: Two pages.
version: 2.5.0
authors:
  - given-names: Ada
    family-names: Lovelace
    orcid: "https://orcid.org/0000-0001"
    affiliation: A society
    website: https://example.org/ada
"""
REUSE = """\
version = 1
[[annotations]]
path = "**"
SPDX-FileCopyrightText = "A. Lovelace"
SPDX-License-Identifier = "MIT"
[[annotations]]
path = "*.csv"
SPDX-FileCopyrightText = "NONE"
SPDX-License-Identifier = "CC0-1.0"
"""
AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "A"),
        ("EMAIL", "a@example.org"),
        ("DATE", "2001-02-03T04:05:06+00:00"),
    )
}
COMMAND = ("-m", "papermill_pages", "package")


def git(book: Book, *arguments: str) -> None:
    environment = {**os.environ, **AUTHOR}
    subprocess.run(["git", *arguments], cwd=book.root, env=environment, check=True)


def package(book: Book, **env: str) -> Path:
    ended = book.run("python", *COMMAND, env=env)
    assert ended.returncode == 0, ended.stdout
    (archive,) = (book.root / "_build").glob("*.zip")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert f"{digest}  _build/{archive.name}" in ended.stdout
    return archive


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Book:
    book = make_book(tmp_path_factory.mktemp("committed") / "small")
    book.write("CITATION.cff", CITATION)
    book.write("REUSE.toml", REUSE)
    book.write(".gitignore", "_build/\n.pytask/\npytask.lock*\n")
    book.write("README.md", "# A small book\n")
    book.write("build.sh", "make book\n").chmod(0o755)
    book.write("masters/answers.txt", "42\n")
    book.write(".gitattributes", "masters/** export-ignore\n")
    git(book, "init", "--quiet")
    git(book, "add", ".")
    git(book, "commit", "--quiet", "--message", "A small book")
    return book


@pytest.fixture(scope="module")
def archive(committed: Book) -> Path:
    return package(committed)


@pytest.fixture
def unpacked(archive: Path, tmp_path: Path) -> Book:
    """The package as `unzip` would unpack it: with the modes of its files."""
    book = Book(tmp_path / "unpacked")
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            path = Path(opened.extract(entry, book.root))
            path.chmod(entry.external_attr >> 16 & 0o777)
    return book


def contents(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_a_package_holds_what_is_committed_and_what_was_executed(
    committed: Book, archive: Path
) -> None:
    assert archive.name == "small-2.5.0.zip"
    packed = contents(archive)
    for name in ("chapter.ipynb", "other.run.yml", "north.csv", "_toc.yml", "build.sh"):
        assert packed.pop(name) == (committed.root / name).read_bytes()
    executed = committed.root / "_build"
    for name in ("executed/chapter.ipynb", "executed/other.ipynb", "results.json"):
        assert packed.pop(f"published/{name}") == (executed / name).read_bytes()
    left_out = (".git/", "_build/", "masters/")
    assert not [name for name in packed if name.startswith(left_out)]


def test_the_same_commit_gives_the_same_bytes_elsewhere(
    committed: Book, archive: Path, tmp_path: Path
) -> None:
    clone = Book(tmp_path / "small")
    git(committed, "clone", "--quiet", str(committed.root), str(clone.root))
    for done in ("_build/executed", ".pytask"):
        shutil.copytree(committed.root / done, clone.root / done)
    for done in ("_build/results.json", "pytask.lock"):
        shutil.copy(committed.root / done, clone.root / done)
    elsewhere = {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    before = os.umask(0o077)
    try:
        again = package(clone, **elsewhere)
    finally:
        os.umask(before)
    assert again.read_bytes() == archive.read_bytes()


def test_a_file_of_a_package_carries_the_time_of_the_commit_and_its_mode(
    archive: Path,
) -> None:
    with zipfile.ZipFile(archive) as opened:
        assert {entry.date_time for entry in opened.infolist()} == {
            (2001, 2, 3, 4, 5, 6)
        }
        modes = {
            entry.filename: entry.external_attr >> 16 for entry in opened.infolist()
        }
    assert modes["build.sh"] == 0o100755
    assert modes["north.csv"] == 0o100644


def test_a_given_time_overrides_that_of_the_commit(
    committed: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert find_origin(committed.root).time == 1000000000


def test_a_time_that_no_archive_can_hold_is_the_first_that_one_can(
    unpacked: Book,
) -> None:
    with zipfile.ZipFile(package(unpacked, SOURCE_DATE_EPOCH="0")) as opened:
        times = {entry.date_time for entry in opened.infolist()}
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_an_unpacked_package_passes_its_own_check(unpacked: Book) -> None:
    subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
        cwd=unpacked.root,
        check=True,
    )


def test_an_unpacked_package_executes_to_the_same_bytes_and_gives_the_same_package(
    unpacked: Book, archive: Path
) -> None:
    ended = unpacked.run("pytask")
    assert ended.returncode == 0, ended.stdout
    assert executed_pages(ended.stdout) == ["chapter", "other"]
    published = unpacked.root / "published"
    for name, content in unpacked.executed().items():
        assert (published / name).read_bytes() == content
    assert package(unpacked).read_bytes() == archive.read_bytes()


def test_a_package_describes_itself_as_a_provenance_run_crate(archive: Path) -> None:
    packed = contents(archive)
    packed.pop("SHA256SUMS")
    metadata = json.loads(packed.pop("ro-crate-metadata.json"))
    crate = assert_is_provenance_run_crate(metadata, packed)
    root = crate.entities["./"]
    assert (root["name"], root["description"]) == ("A small book", "Two pages.")
    assert root["datePublished"] == "2001-02-03T04:05:06+00:00"
    author = crate.entities["https://orcid.org/0000-0001"]
    assert author["name"] == "Ada Lovelace"
    assert author["url"] == "https://example.org/ada"
    (society,) = crate.follow(author, "affiliation")
    assert (society["@type"], society["name"]) == ("Organization", "A society")
    other = crate.entities["#run/other"]
    assert dict(parameters_of(crate, other)) == {
        "region": "south",
        "number": "5",
        "start": "None",
    }
    read = {one["@id"] for one in crate.follow(other, "object")}
    assert {"other.run.yml", "south.csv", "lock.txt"} <= read
    assert "north.csv" not in read
    assert other["result"] == {"@id": "published/executed/other.ipynb"}
    (executed,) = crate.follow(other, "result")
    assert executed["alternateName"] == "_build/executed/other.ipynb"
    assert {"@id": "_config.yml"} in crate.entities["#run"]["object"]
    assert crate.entities["north.csv"]["license"]["@id"].endswith("/CC0-1.0")
    assert crate.entities["chapter.ipynb"]["license"]["@id"].endswith("/MIT")


ADVICE = {
    "Action agent": "who ran the pages, when, would be other bytes each time",
    "Action endTime": "as above",
    "Application url": "a notebook has none before the book is published",
    "Main Workflow Bioschemas compliance": "that profile wants dates and addresses",
    "Organization: RECOMMENDED url property": "an affiliation has but a name",
    "Root Data Entity: `publisher` property": "who publishes is not known yet",
    "SoftwareApplication id": "a notebook is known by its path in the package",
}
"""What the profiles recommend and a package does not have, with the reason."""


def test_the_validator_of_crates_finds_all_that_the_profile_requires(
    unpacked: Book, tmp_path: Path
) -> None:
    found = crate_verdict.issues(unpacked.root, tmp_path / "cache", "RECOMMENDED")
    assert {check for _, check, _ in found} == set(ADVICE)
    assert {severity for severity, _, _ in found} == {"RECOMMENDED"}


def test_the_validator_finds_what_is_missing(unpacked: Book, tmp_path: Path) -> None:
    path = unpacked.root / "ro-crate-metadata.json"
    metadata = json.loads(path.read_text(encoding="utf-8"))
    for entity in metadata["@graph"]:
        if entity["@id"] == "#organised":
            del entity["instrument"]
    path.write_text(json.dumps(metadata), encoding="utf-8")
    (unpacked.root / "north.csv").unlink()
    found = crate_verdict.issues(unpacked.root, tmp_path / "cache")
    assert {check for _, check, _ in found} == {
        "Data Entity: REQUIRED resource availability",
        "OrganizeAction instrument",
    }


def test_a_folder_not_as_committed_is_packaged_and_says_so(committed: Book) -> None:
    as_committed = find_origin(committed.root)
    settings, told = settings_of_book(committed.root), list[str]()
    assert settings
    committed.replace("index.md", "# Home", "# House")
    changed = find_origin(committed.root)
    package_book(committed.root, settings, told.append)
    git(committed, "checkout", "--quiet", "index.md")
    assert re.fullmatch("[0-9a-f]{40}", as_committed.revision)
    assert as_committed.changed == ()
    assert changed.revision == f"{as_committed.revision}-modified"
    assert changed.changed == ("index.md",)
    assert told[0] == "Not as committed, and packaged as it is:\nindex.md"


def test_a_package_that_was_changed_says_so(unpacked: Book) -> None:
    as_packaged = find_origin(unpacked.root)
    assert as_packaged.changed == ()
    unpacked.write("index.md", "# House\n")
    changed = find_origin(unpacked.root)
    # Another test may have changed the clone before it was packaged.
    commit = as_packaged.revision.removesuffix("-modified")
    assert changed.revision == f"{commit}-modified"
    assert changed.changed == ("index.md",)


def test_a_book_that_does_not_say_what_it_is_cannot_be_packaged(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=r"CITATION.cff does not exist. A package"):
        read_citation(tmp_path)
    (tmp_path / "CITATION.cff").write_text("title: Only a title\n")
    with pytest.raises(PackagingError, match="'abstract' is a required property"):
        read_citation(tmp_path)
    with pytest.raises(PackagingError, match=r"REUSE.toml does not exist. A package"):
        read_licences(tmp_path)
    (tmp_path / "REUSE.toml").write_bytes("# é".encode("latin-1"))
    with pytest.raises(PackagingError, match=r"REUSE.toml cannot be read: 'utf-8'"):
        read_licences(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "None is not of type 'object'"),
        ("- a list", "is not of type 'object'"),
        ("title: [", "cannot be read: while parsing"),
        ("title: T\nauthors: [{}]\nkeywords: 5", "'keywords': 5 is not of type"),
        (
            "title:\nabstract: A\nversion: 1\nauthors: []",
            "'title': None is not of type 'string'",
        ),
        ("title: T\nauthors: Nn", "'authors': 'Nn' is not of type 'array'"),
        ("title: T\nauthors: [Nn]", "'authors': 0: 'Nn' is not of type 'object'"),
        ("title: T\nauthors: []", r"'authors': \[\] should be non-empty"),
        (f"title: T\nauthors: {'a' * 3000}", "'authors': .{,210} A package needs"),
    ],
)
def test_a_citation_with_what_is_no_citation_is_refused_with_its_place(
    text: str, said: str, tmp_path: Path
) -> None:
    rest = "\nabstract: A\nversion: 1\n" if text.startswith("title: T") else "\n"
    (tmp_path / "CITATION.cff").write_text(text + rest, encoding="utf-8")
    with pytest.raises(PackagingError, match=said):
        read_citation(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("annotations = 5", "'annotations': 5 is not of type 'array'"),
        ("[[annotations]]\npath = 5", "'annotations': 0: "),
        ("[[annotations]\n", r"cannot be read: .* \(at line 1"),
        ("", "'annotations' is a required property"),
    ],
)
def test_licences_that_are_none_are_refused_with_their_place(
    text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "REUSE.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PackagingError, match=said):
        read_licences(tmp_path)


def test_without_rocrate_a_sentence_says_what_to_install(
    committed: Book, tmp_path: Path
) -> None:
    hidden = without(tmp_path, "rocrate")
    ended = committed.run("python", *COMMAND, env=hidden)
    assert ended.returncode == 2
    assert "'rocrate', which is not installed" in ended.stdout
    assert "pip install 'papermill-pages[package]'" in ended.stdout
    assert "Traceback" not in ended.stdout


def test_a_folder_of_unknown_files_cannot_be_packaged(
    tmp_path: Path, unpacked: Book
) -> None:
    with pytest.raises(PackagingError, match="neither a clone nor an unpacked package"):
        find_origin(tmp_path)
    (unpacked.root / "north.csv").unlink()
    with pytest.raises(
        PackagingError, match=r"not as it was packaged, without north\.csv"
    ):
        find_origin(unpacked.root)


# Licences


@pytest.mark.parametrize(
    ("path", "licences"),
    [
        ("code.py", ("MIT",)),
        ("book/deep/page.md", ("CC-BY-4.0",)),
        ("page.md", ("CC-BY-4.0",)),
        ("other/page.md", ("MIT",)),
        ("book/page.ipynb", ("CC-BY-4.0", "MIT")),
    ],
)
def test_the_last_annotation_that_matches_a_file_counts(
    tmp_path: Path, path: str, licences: tuple[str, ...]
) -> None:
    (tmp_path / "REUSE.toml").write_text(
        'version = 1\n[[annotations]]\npath = "**"\nSPDX-License-Identifier = "MIT"\n'
        '[[annotations]]\npath = ["*.md", "book/**.md"]\n'
        'SPDX-License-Identifier = "CC-BY-4.0"\n'
        '[[annotations]]\npath = "book/*.ipynb"\n'
        'SPDX-License-Identifier = "CC-BY-4.0 AND MIT"\n'
    )
    assert read_licences(tmp_path).of(path) == licences


def test_a_file_without_annotation_is_under_no_known_licence() -> None:
    assert Licences().of("code.py") == ()
