"""The reviewer's guide: its files and commands, carried out on a copy of the book."""

from __future__ import annotations

import json
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from .commands import BIN, run
from .published import ROOT
from .test_staleness import copy_of_the_book, executed_pages

GUIDE = ROOT / "book" / "appendix" / "reviewers_guide.md"
BLOCK = re.compile(
    r"```\{code-block\} (?P<language>\w+)\n"
    r":caption: (?P<caption>.*)\n"
    r"(?P<text>[^`]*)```"
)
AT_THE_END_OF = re.compile("(A row|Lines) at the end of ")


@dataclass(frozen=True)
class Followed:
    """A copy of the book in which a reader has done all that the guide says."""

    root: Path
    printed: dict[str, str]
    before: dict[str, Any]
    results: dict[str, Any]


def blocks() -> list[tuple[str, str, str]]:
    """The language, caption and text of every block of the guide."""
    text = GUIDE.read_text(encoding="utf-8")
    found = [
        match.group("language", "caption", "text") for match in BLOCK.finditer(text)
    ]
    assert len(found) == text.count("```") / 2, "a block that no test carries out"
    return [(language, caption, text) for language, caption, text in found]


@pytest.fixture(scope="module")
def followed(built_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Followed:
    root = tmp_path_factory.mktemp("guide") / "book"
    copy_of_the_book(root, built_book.parent)
    before = json.loads((root / "_build" / "results.json").read_text())
    printed = {}
    for language, caption, text in blocks():
        if language == "shell":
            for command in text.replace("\\\n", " ").splitlines():
                if can_be_run_here(command):
                    printed[command] = follow(root, command)
        elif caption == "_toc.yml":
            add_to_contents(root / caption, text)
        elif language == "json":
            add_resource(root / "data" / "datapackage.json", text)
        elif AT_THE_END_OF.match(caption):
            with (root / AT_THE_END_OF.sub("", caption)).open("a") as file:
                file.write(text)
        else:
            (root / caption).write_text(text, encoding="utf-8")
    results = json.loads((root / "_build" / "results.json").read_text())
    return Followed(root, printed, before, results)


def can_be_run_here(command: str) -> bool:
    """Leave out what other tests do at length: make, and unpacking the package."""
    return command.split()[0] in ("papermill", "pytask", "python")


def follow(root: Path, command: str) -> str:
    program, *arguments = shlex.split(command)
    path = Path(sys.executable) if program == "python" else BIN / program
    return run(root, path, *arguments)


def add_to_contents(contents: Path, line: str) -> None:
    text = contents.read_text(encoding="utf-8")
    place = "      - file: book/tables/amur\n"
    assert text.count(place) == 1
    contents.write_text(text.replace(place, place + line), encoding="utf-8")


def add_resource(descriptor: Path, entry: str) -> None:
    content = json.loads(descriptor.read_text(encoding="utf-8"))
    content["resources"].append(json.loads(entry))
    descriptor.write_text(
        json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8"
    )


def test_a_notebook_run_by_papermill_alone_shows_the_years_asked_for(
    followed: Followed,
) -> None:
    notebook = nbformat.read(followed.root / "_build" / "late.ipynb", as_version=4)
    printed = json.dumps(notebook)
    assert "printed-table3-workers-2000" in printed
    assert "printed-table3-workers-1999" not in printed


def test_a_run_file_makes_a_page_with_results_of_its_own(followed: Followed) -> None:
    assert followed.results["tables.table3_late.first_year"] == 2000
    assert followed.results["tables.table3.first_year"] == 1995


def test_a_table_of_ones_own_becomes_a_page(followed: Followed) -> None:
    assert followed.results["tables.example.cells"] == 10
    assert followed.results["tables.example.cells_reproduced"] == 10
    assert followed.results["tables.example.workers_last"] == 381
    assert (followed.root / "_build/executed/book/tables/example.ipynb").is_file()
    compared = followed.root / "_build/sweeps/book/models/trend_windows.csv"
    assert compared.read_text(encoding="utf-8").count("\nexample,2001,2005,") == 1


def test_the_models_and_checks_of_the_article_leave_the_new_table_out(
    followed: Followed,
) -> None:
    pages = executed_pages(followed.printed["pytask"])
    new = {"book/tables/example", "book/tables/khabarovsk_late"}
    assert new | {"book/models/trends", "book/checks/multiverse"} <= pages
    assert "book/models/small_samples" not in pages  # which reads no table
    added = followed.results.keys() - followed.before.keys()
    assert {key.rpartition(".")[0] for key in added} >= {
        "tables.example",
        "tables.table3_late",
    }
    counted = {"data.files", "data.rows", "data.checks", "data.checks_passed"}
    for key, value in followed.before.items():
        assert (followed.results[key] == value) == (key not in counted), key


def test_the_help_of_a_notebook_names_its_parameters(followed: Followed) -> None:
    (help_,) = (
        text for command, text in followed.printed.items() if "--help" in command
    )
    for name in ("table", "first_year", "last_year"):
        assert f"{name}: " in help_


def test_every_make_target_that_the_guide_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z]+):", makefile))
    named = re.findall(r"(?:`|(?m:^))make ([a-z ]+)", GUIDE.read_text("utf-8"))
    assert {"clean book", "check", "package"} <= set(named)
    assert {target for command in named for target in command.split()} <= targets
