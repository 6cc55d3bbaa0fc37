"""What a page depends on: all that it reads, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.conftest import BUILD
from tests.source_files import copy_sources

from .commands import BIN, execute, run
from .published import ROOT

READER = Path(__file__).with_name("record_reads.py")

CLAIMS = "book/checks/claims.ipynb"
STALE = {
    "_toc.yml::results": "Preceding",
    "data_dictionary.ipynb::page": "data/stated_totals.csv: Changed",
    "totals.ipynb::page": "data/datapackage.json#stated_totals: Changed",
    "two_authors.ipynb::page": "data/datapackage.json#stated_totals: Changed",
    "claims.ipynb::page": "data/datapackage.json#stated_totals: Changed",
    "index.ipynb::page": "data/datapackage.json#claims: Changed",
}
"""What a changed total and its reviewed claims make stale, and why."""


# What a page declares, and what it reads


@pytest.fixture(scope="module")
def pages(built_book: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """For each page, ``depends_on`` and ``reads``."""
    assert built_book  # with the tables that some pages read
    folder = tmp_path_factory.mktemp("reads")
    record = folder / "reads.json"
    apart = {"MPLBACKEND": "agg", "IPYTHONDIR": str(folder / "ipython")}
    run(ROOT, sys.executable, READER, ROOT, record, **apart)
    pages: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return pages


def declared_files(depends_on: list[str]) -> set[str]:
    files = set()
    for declared in depends_on:
        path, _, name = declared.partition("#")
        if name:
            content = json.loads((ROOT / path).read_text(encoding="utf-8"))
            (entry,) = (one for one in content["resources"] if one["name"] == name)
            files |= {path, f"{Path(path).parent}/{entry['path']}"}
        else:
            files |= {found.relative_to(ROOT).as_posix() for found in ROOT.glob(path)}
    return files


def test_a_page_declares_every_file_of_the_book_that_it_reads(
    pages: dict[str, Any],
) -> None:
    assert pages
    for page, found in pages.items():
        undeclared = set(found["reads"]) - declared_files(found["depends_on"])
        assert not undeclared, page


def test_a_page_reads_all_the_data_that_it_declares(pages: dict[str, Any]) -> None:
    for page, found in pages.items():
        declared = declared_files(found["depends_on"])
        unread = declared - set(found["reads"])
        assert not {file for file in unread if file.startswith("data/")}, page


# One cell of the data is changed, with its guards


@dataclass(frozen=True)
class ChangedCopy:
    """A copy of the book with one changed cell, and what was said about it."""

    root: Path
    unchanged: str
    unreviewed: subprocess.CompletedProcess[str]
    explained: str
    built: str
    executed_before: dict[str, bytes]

    def text(self, page: str) -> str:
        path = self.root / f"_build/html/{page}.html"
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        article = soup.find("article")
        assert article is not None
        return " ".join(article.get_text(" ").split())


@pytest.fixture(scope="module")
def changed(built_book: Path, tmp_path_factory: pytest.TempPathFactory) -> ChangedCopy:
    """Change the total stated for 2005 from 13,806 to 13,807, review, and build."""
    root = tmp_path_factory.mktemp("changed") / "book"
    copy_of_the_book(root, built_book.parent)
    unchanged = run(root, BIN / "pytask", "--explain")
    executed_before = executed_notebooks(root)
    change_a_stated_total(root / "data")
    record = (sys.executable, "-m", "rfe_labour.data", "record")
    run(root, *record)
    unreviewed = execute(root, BIN / "papermill", CLAIMS, "unreviewed.ipynb")
    run(root, sys.executable, "-m", "rfe_labour.checks.claims", "review")
    run(root, *record)
    explained = run(root, BIN / "pytask", "--explain")
    built = run(root, BIN / BUILD[0], *BUILD[1:])
    return ChangedCopy(root, unchanged, unreviewed, explained, built, executed_before)


def copy_of_the_book(root: Path, build: Path) -> None:
    copy_sources(root)
    shutil.copytree(build, root / build.name)
    shutil.copytree(ROOT / ".pytask", root / ".pytask")
    shutil.copy2(ROOT / "pytask.lock", root)


def change_a_stated_total(data: Path) -> None:
    replace_once(data / "stated_totals.csv", '2005,"13,806"', '2005,"13,807"')
    # 2005 is the eighth year of the row, so the weighted total grows by 8.
    replace_once(data / "datapackage.json", '"total": "97118"', '"total": "97119"')
    replace_once(
        data / "datapackage.json", '"weighted": "448551"', '"weighted": "448559"'
    )


def replace_once(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8", newline="")


def executed_notebooks(root: Path) -> dict[str, bytes]:
    folder = root / "_build" / "executed"
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path.read_bytes()
        for path in folder.rglob("*.ipynb")
    }


def reasons(explained: str) -> dict[str, str]:
    """The stale tasks that ``pytask --explain`` names, and what it says of each."""
    stale: dict[str, str] = {}
    for line in explained.split("Explanation")[1].splitlines():
        if re.fullmatch(r"\S+::\S+", line):
            stale[line] = ""
        elif line.startswith("  •"):
            stale[list(stale)[-1]] += line.removeprefix("  • ") + "\n"
    return stale


def executed_pages(built: str) -> set[str]:
    return set(re.findall(r"\] (\S+): executed in", built))


def test_a_copy_of_the_book_in_another_folder_is_up_to_date(
    changed: ChangedCopy,
) -> None:
    assert reasons(changed.unchanged) == {}
    # One task gathers the results of all pages, and one the table of each sweep.
    tables = len(list((changed.root / "_build/sweeps").rglob("*.csv")))
    tasks = len(changed.executed_before) + 1 + tables
    assert f"{tasks} task(s) with no changes" in changed.unchanged


@pytest.mark.parametrize(
    ("module", "pattern"),
    [
        ("src/rfe_labour/inference/ranks.py", "src/rfe_labour/**/*.py"),
        (
            "packages/data-package-guard/src/data_package_guard/hashes.py",
            "packages/data-package-guard/src/**/*.py",
        ),
        (
            "packages/papermill-pages/src/papermill_pages/results.py",
            "papermill_pages/*.py",
        ),
    ],
)
def test_an_edit_in_a_nested_module_makes_every_page_stale(
    built_book: Path, tmp_path: Path, module: str, pattern: str
) -> None:
    root = tmp_path / "book"
    copy_of_the_book(root, built_book.parent)
    with (root / module).open("a", encoding="utf-8") as file:
        file.write("# one more line\n")
    stale = reasons(run(root, BIN / "pytask", "--explain"))
    # A report waits for the points of its sweep, and the results for all pages.
    waiting = {task for task in stale if "Preceding" in stale[task]}
    changed = {task for task in stale if f"{pattern}: Changed" in stale[task]}
    assert changed | waiting == set(stale)
    sweeps = [file.read_text() for file in (root / "book").rglob("*.sweep.yml")]
    reports = [sweep for sweep in sweeps if "\nreport:" in sweep]
    assert len(changed | waiting) == len(executed_notebooks(root)) + 1 + len(sweeps)
    assert len(changed - waiting) == len(executed_notebooks(root)) - len(reports)


def test_a_claim_that_is_no_longer_as_reviewed_stops_its_page(
    changed: ChangedCopy,
) -> None:
    assert changed.unreviewed.returncode != 0
    said = changed.unreviewed.stdout
    assert "sakhalin_yearly (claims.sakhalin_yearly)" in said
    assert "0 to 2680, compatible" in said
    assert "python -m rfe_labour.checks.claims review" in said


def test_a_changed_cell_makes_the_pages_stale_that_could_see_it_and_says_why(
    changed: ChangedCopy,
) -> None:
    found = reasons(changed.explained)
    assert set(found) == set(STALE)
    for task, reason in STALE.items():
        assert reason in found[task]


def test_a_build_executes_just_the_pages_that_could_see_the_changed_cell(
    changed: ChangedCopy,
) -> None:
    pages = {
        "book/appendix/data_dictionary",
        "book/checks/claims",
        "book/checks/totals",
        "book/checks/two_authors",
        "book/index",
    }
    assert executed_pages(changed.built) == pages
    for page, now in executed_notebooks(changed.root).items():
        if page not in pages:
            assert now == changed.executed_before[page], page


def test_the_changed_cell_is_on_every_page_that_shows_it(changed: ChangedCopy) -> None:
    for page in ("book/checks/totals", "book/index"):
        assert "13,807" in changed.text(page)
    # The last total less each of those before, of which the greatest is 13,294.
    assert "513 to 3,824" in changed.text("book/checks/claims")
    assert "13,806" not in changed.text("book/checks/totals")
    results = json.loads((changed.root / "_build/results.json").read_text())
    assert results["totals.2005.stated"] == 13807
    assert results["totals.2005.residual"] == 13807 - (5693 + 2010 + 3423)
