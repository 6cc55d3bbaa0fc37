"""The command that leads through a meant change, with a person's answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from papermill_pages.expected import Comparison, Move
from papermill_pages.results import Result

from book_site import correction
from rfe_labour import data
from rfe_labour.checks import claims

ROOT = Path(__file__).parents[2]
KEY = "totals.2005.stated"
Answer = Callable[..., None]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what the command reads and writes; its pages are not executed."""
    for name in ("_config.yml", "CHANGELOG.md"):
        shutil.copy2(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    demands = shutil.copy2(ROOT / "src/rfe_labour/data/demanded.json", tmp_path)
    expected = tmp_path / "expected" / "results.json"
    expected.parent.mkdir()
    expected.write_text(json.dumps({KEY: 13806}))
    monkeypatch.setenv(data.DIRECTORY_VARIABLE, str(tmp_path / "data"))
    monkeypatch.setattr(data, "_DEMANDS", Path(demands))
    monkeypatch.setattr(correction.expected, "compare_book", compared)
    return tmp_path


def compared(root: Path, *_: object) -> Comparison:
    """What the page on the totals would glue, beside what is expected."""
    file = root / "expected" / "results.json"
    before = json.loads(file.read_text())
    totals = {row["year"]: row["printed"] for row in data.rows("stated_totals")}
    now = int(totals[2005].replace(",", ""))
    move = Move(KEY, before[KEY], now, "book/checks/totals")
    results = {KEY: Result(now, "book/checks/totals")}
    moves = [move] if now != before[KEY] else []
    return Comparison(file, "expected/results.json", before, results, moves, 1)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Let a person give answers, one after another, and no other."""

    def give(*answers: str) -> None:
        left: Iterator[str] = iter(answers)

        def read(question: str) -> str:
            print(question)
            try:
                return next(left)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr("builtins.input", read)

    return give


def change(book: Path, file: str, old: str, new: str) -> None:
    path = book / "data" / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8", newline="")


def correct(book: Path) -> int:
    return correction.main(["--book", str(book)])


def test_it_leads_from_an_edited_figure_to_the_changelog(
    book: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    change(book, "stated_totals.csv", '2005,"13,806"', '2005,"13,807"')
    answer("97,119", "y", "yes", "The total for 2005 was misread.")
    assert correct(book) == 0
    told = capsys.readouterr().out
    assert 'holds "13,807", which is not what was recorded' in told
    assert "stated_totals.csv, column printed (all rows): 8 numbers no longer" in told
    assert "sakhalin_yearly (claims.sakhalin_yearly)" in told
    assert f"{KEY}  13806   13807  book/checks/totals" in told
    # 2005 is the eighth year of the row, so the weighted total grows by 8.
    (total,) = data.package().resource("stated_totals")["controlTotals"]
    assert (total["total"], total["weighted"]) == ("97119", "448559")
    assert not any(data.check().values())
    claims.check_reviewed(claims.audit(data.load("claims"), claims.results()))
    recorded = json.loads((book / "expected" / "results.json").read_text())
    assert recorded == {KEY: 13807}
    before, after = (it.read_text() for it in (ROOT / "CHANGELOG.md", changelog(book)))
    # It is the only number of this small book, so that a pattern names it.
    entry = f"- The total for 2005 was misread (`{KEY.partition('.')[0]}.*`).\n"
    assert after.count(entry) == 1
    assert after.replace(entry, "") == before
    assert after.split("## Unreleased")[1].split("\n### Changed\n\n")[1][:2] == "- "
    assert after.split("\n### Changed\n\n")[1].startswith(entry)


def test_it_goes_on_where_it_was_stopped(
    book: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    change(book, "stated_totals.csv", '2005,"13,806"', '2005,"13,807"')
    answer("97119")
    assert correct(book) == 1
    assert "Nobody answered" in capsys.readouterr().err
    answer("y", "n")
    assert correct(book) == 1
    assert "expected/results.json is as it was" in capsys.readouterr().err
    answer("y", "Misread.")
    assert correct(book) == 0
    told = capsys.readouterr().out
    assert "The data are as recorded." in told
    assert "Every claim is as reviewed." in told
    assert "- Misread (`" in changelog(book).read_text()
    answer()
    assert correct(book) == 0
    assert "No number moves" in capsys.readouterr().out


def test_a_sum_that_is_not_that_of_the_cells_writes_nothing(
    book: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    change(book, "stated_totals.csv", '2005,"13,806"', '2005,"13,807"')
    before = (book / "data" / data.DESCRIPTOR).read_bytes()
    for typed in ("97118", "much"):
        answer(typed)
        assert correct(book) == 1
        assert f"you typed '{typed}', but the cells add" in capsys.readouterr().err
    assert (book / "data" / data.DESCRIPTOR).read_bytes() == before


def test_a_sum_of_the_demands_is_written_there(book: Path, answer: Answer) -> None:
    change(book, "sources.csv", ",40,", ",41,")
    before = (book / "demanded.json").read_text("utf-8")
    (old,) = (it for it in before.splitlines() if '"column": "page"' in it)
    total = json.loads(old.strip().rstrip(","))["total"]
    answer(str(int(total) + 1))
    assert correct(book) == 0
    now = (book / "demanded.json").read_text("utf-8")
    assert now.replace(f'"total": "{int(total) + 1}"', f'"total": "{total}"') != now
    assert len(set(now.splitlines()) - set(before.splitlines())) == 1
    assert not any(data.check().values())


def test_what_breaks_a_guard_is_said_before_anything_is_asked(
    book: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    change(book, "stated_totals.csv", '2005,"13,806"', "2005,many")
    answer()
    assert correct(book) == 1
    assert "column printed: 'many' is not a printed number" in capsys.readouterr().err


def test_the_changelog_gets_a_heading_and_the_keys(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## Unreleased\n\n## 1.0.0\n")
    keys = ["trends.amur.p", "shares.*"]
    correction.note_change(tmp_path / "CHANGELOG.md", "Misread", keys)
    assert (tmp_path / "CHANGELOG.md").read_text() == (
        "# Changes\n\n## Unreleased\n\n### Changed\n\n"
        "- Misread (`trends.amur.p`, `shares.*`).\n\n## 1.0.0\n"
    )


def changelog(book: Path) -> Path:
    return book / "CHANGELOG.md"
