"""What the reproduction report says of a book, whether it reproduces or not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from papermill_pages import expected
from papermill_pages.__main__ import main
from papermill_pages.errors import PlanError
from papermill_pages.settings import settings_from
from small_book import Book, make_book

EXPECTED = "expected/results.json"
CODE = (
    'glue("x", number / 7, display=False)',
    'glue("count", number, display=False)',
    'if region == "south": assert number != 5, "no <data>"',
)
PUBLISHED = {
    "small.north.x": 3 / 7,
    "small.north.count": 3,
    "small.south.x": 4 / 7,
    "small.south.count": 4,
}


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A book of two pages that state two values each, all of them published."""
    book = make_book(tmp_path_factory.mktemp("executed") / "book")
    book.write_notebook("chapter.ipynb", *CODE, results="small.{region}")
    parameters = {"region": "south", "number": 4}
    book.write_run("other.run.yml", notebook="chapter.ipynb", parameters=parameters)
    assert main(["accept", "--book", str(book.root)]) == 0
    assert json.loads((book.root / EXPECTED).read_text()) == PUBLISHED
    return book


@pytest.fixture
def stated(executed: Book, tmp_path: Path) -> Book:
    """A copy of it without what was executed."""
    written = shutil.ignore_patterns("_build", ".pytask", "pytask.lock*")
    shutil.copytree(executed.root, tmp_path / "book", ignore=written)
    return Book(tmp_path / "book")


@pytest.fixture
def at_hand(stated: Book, executed: Book, monkeypatch: pytest.MonkeyPatch) -> Book:
    """The same, with what was executed, which stands for the execution of a report."""
    monkeypatch.setattr(expected, "bring_up_to_date", lambda *_, **__: [])
    shutil.copytree(executed.root / "_build", stated.root / "_build")
    return stated


def report_of(book: Book, *options: str) -> tuple[int, BeautifulSoup]:
    """Write the report, and give the exit code and the page."""
    code = main(["report", "--book", str(book.root), *options])
    text = (book.root / "_build/report.html").read_text(encoding="utf-8")
    return code, BeautifulSoup(text, "html.parser")


def verdict(page: BeautifulSoup) -> str:
    found = page.select_one(".verdict")
    assert isinstance(found, Tag)
    return " ".join(found.get_text().split())


def table(page: BeautifulSoup, caption: str) -> list[list[str]]:
    (found,) = (
        it for it in page.select("table") if it.caption and it.caption.text == caption
    )
    return [
        [cell.get_text() for cell in row.select("th, td")]
        for row in found.select("tbody tr")
    ]


def fact(page: BeautifulSoup, name: str) -> str:
    term = page.find("dt", string=name)
    assert isinstance(term, Tag)
    assert isinstance(term.next_sibling, Tag)
    return term.next_sibling.get_text()


def test_values_that_agree_are_counted_by_rule_and_page(
    at_hand: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    near = {**PUBLISHED, "small.south.x": 4 / 7 + 1e-7}
    at_hand.write(EXPECTED, json.dumps(near))
    at_hand.configure(expected={"tolerances": {"small.south.*": 1e-6}})
    code, page = report_of(at_hand, "--site", "https://example.org/book/")
    assert code == 0
    assert capsys.readouterr().out == "Reproduced: _build/report.html\n"
    assert verdict(page) == (
        "Reproduced. All 4 values that the book states are as recorded: "
        "3 to the last digit, and 1 within the tolerance."
    )
    assert table(page, "By the rule that judges them") == [
        ["whole numbers, texts, true and false: equal", "2", "0", "2", "0", "0"],
        ["other decimal numbers: within 10−9", "1", "0", "1", "0", "0"],
        ["small.south.*: within 10−6", "1", "0", "0", "1", "1.7 × 10−7"],
    ]
    assert table(page, "Page by page") == [
        ["chapter", "0", "0", "2", "0", "2", "0"],
        ["other", "0", "0", "2", "0", "1", "1"],
    ]
    (link, _) = (it["href"] for it in page.select("table a"))
    parts = [heading.get_text() for heading in page.select("h2")]
    assert [it.get_text() for it in page.select("nav a")] == parts
    assert all(page.select_one(str(it["href"])) for it in page.select("nav a"))
    assert link == "https://example.org/book/chapter.html"
    assert fact(page, "What") == (
        "all 2 executed pages of the book, 1 of them with parameters of their own; "
        "nothing was taken from an earlier run"
    )
    assert "UTC; it took" in fact(page, "When")
    assert "myst_nb 1." in fact(page, "Packages").replace("-", "_")
    # In one file, without scripts, for every reader.
    assert not page.select("script, link, img")
    assert page.html
    assert page.html["lang"] == "en"


def test_a_changed_number_is_shown_and_told_by_the_exit_code(
    stated: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    """One digit is tampered with, one value never was, and one is gone."""
    tampered = {**PUBLISHED, "small.south.x": 0.5714285614, "small.south.<old>": "old"}
    del tampered["small.north.count"]
    stated.write(EXPECTED, json.dumps(tampered))
    code, page = report_of(stated)
    assert code == 1
    out = capsys.readouterr().out
    assert out.endswith("Not reproduced: _build/report.html\n")
    assert re.search(r"(?m)^small\.south\.x +0\.5714285614 +0\.5714285714", out)
    assert verdict(page).startswith(
        "Not reproduced. 3 values are not as its authors recorded, of 5 that the book "
    )
    assert "is not, or not fully, computationally reproducible" in page.get_text()
    assert table(page, "What is not as recorded") == [
        ["small.north.count", "(new)", "3", "", "chapter"],
        ["small.south.<old>", '"old"', "(gone)", "", "other"],
        ["small.south.x", "0.5714285614", repr(4 / 7), "1.8 × 10−8", "other"],
    ]
    assert [row[3:] for row in table(page, "Page by page")] == [
        ["2", "1", "1", "0"],
        ["3", "2", "1", "0"],
    ]
    # What does not agree is not left out of the largest difference.
    by_rule = table(page, "By the rule that judges them")
    assert by_rule[-1][-1] == "1.8 × 10−8"
    assert page.select('a[href="html/chapter.html"]')


def test_a_page_that_fails_is_told_and_leaves_no_report_of_an_earlier_run(
    stated: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    stated.write("_build/report.html", "<p>Reproduced.")
    parameters = {"region": "south", "number": 5}
    stated.write_run("other.run.yml", notebook="chapter.ipynb", parameters=parameters)
    code, page = report_of(stated)
    assert code == 2
    assert "AssertionError: no <data>" in capsys.readouterr().err
    assert verdict(page).startswith("Not reproduced. The pages could not all be exec")
    assert "AssertionError: no <data>" in verdict(page)
    assert "\x1b" not in page.get_text()
    assert "has not been shown to be computationally" in page.get_text()
    assert not page.select("table")


def test_nothing_published_is_nothing_reproduced(stated: Book) -> None:
    (stated.root / EXPECTED).unlink()
    code, page = report_of(stated)
    assert code == 2
    assert "There are no expected results" in verdict(page)
    assert not stated.kernels_started()


def test_a_book_without_values_cannot_pass(stated: Book) -> None:
    stated.write_notebook("chapter.ipynb", "print(number)", results="small.{region}")
    stated.write(EXPECTED, "{}")
    code, page = report_of(stated)
    assert code == 1
    assert "nothing to compare" in verdict(page)


def test_the_book_has_its_say_in_markdown_whose_links_lead_to_its_site(
    at_hand: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_words(
        at_hand,
        monkeypatch,
        "count = results['small.north.count']\n"
        "    table = '| a |\\n| - |\\n| **1** |'\n"
        "    link = f'[{count} <b>](rain.html#a)'\n"
        "    return f'In short: wet.\\n\\n## Rain\\n\\n{link}\\n\\n{table}'",
    )
    code, page = report_of(at_hand, "--site", "https://example.org/book/")
    assert code == 0
    assert "values that the book states are as recorded, to the last digit." in verdict(
        page
    )
    heading = page.find("h2", string="Rain")
    assert isinstance(heading, Tag)
    (link,) = page.select('a[href="https://example.org/book/rain.html#a"]')
    assert link.get_text() == "3 <b>"
    assert page.select_one(".table td strong")
    # What stands before its first heading is on the first screen.
    in_short = page.find("p", string="In short: wet.")
    assert isinstance(in_short, Tag)
    before = in_short.find_previous_sibling()
    assert isinstance(before, Tag)
    assert before["class"] == ["verdict", "good"]


def test_a_book_that_cannot_speak_is_told(
    at_hand: Book,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_words(at_hand, monkeypatch, "return results['gone']")
    code, page = report_of(at_hand)
    assert code == 1
    told = capsys.readouterr()
    assert "own_words:words failed: KeyError: 'gone'" in told.err
    assert told.out == "Incomplete: _build/report.html\n"
    assert verdict(page).startswith("Incomplete. All 4 values")
    assert page.select(".verdict")[1].get_text().endswith("KeyError: 'gone'")


def write_words(book: Book, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Let the book have a function for the report."""
    book.write("own_words.py", f"def words(results):\n    {body}\n")
    monkeypatch.syspath_prepend(str(book.root))
    monkeypatch.delitem(sys.modules, "own_words", raising=False)
    book.configure(report="own_words:words")


@pytest.mark.parametrize("function", ["nowhere:words", "papermill_pages:nothing", "x"])
def test_a_function_that_is_not_there_is_told_before_any_page_runs(
    stated: Book, function: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stated.configure(report=function)
    assert main(["report", "--book", str(stated.root)]) == 2
    told = capsys.readouterr().err
    assert f"papermill_pages.report: {function!r} cannot be imported" in told
    assert not stated.kernels_started()
    assert not (stated.root / "_build/report.html").exists()


def test_the_setting_is_a_text() -> None:
    with pytest.raises(PlanError, match="must be a function as 'package"):
        settings_from({"report": ["words"]})


def test_but_for_time_and_machine_two_reports_are_the_same(at_hand: Book) -> None:
    first, second = (str(report_of(at_hand)[1]) for _ in range(2))
    when = re.compile(r"<dt>When</dt><dd>.*?</dd>")
    assert when.search(first)
    assert when.sub("", first) == when.sub("", second)


def test_a_clone_is_named_by_its_commit_and_what_changed(at_hand: Book) -> None:
    assert "neither a clone" in fact(report_of(at_hand)[1], "State of the book")
    at_hand.write(".gitignore", "/_build/\n/.pytask/\npytask.lock*\n")
    for command in (
        ("init", "--quiet"),
        ("add", "--all"),
        ("-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "First"),
    ):
        subprocess.run(["git", *command], cwd=at_hand.root, check=True)
    assert re.fullmatch(
        "commit [0-9a-f]{40}, without changes",
        fact(report_of(at_hand)[1], "State of the book"),
    )
    at_hand.replace("other.run.yml", "4", "6")
    assert fact(report_of(at_hand)[1], "State of the book").endswith(
        "-modified, with changes in other.run.yml"
    )
