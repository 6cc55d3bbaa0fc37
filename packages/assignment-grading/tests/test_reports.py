"""What the reports of a class say, and what nothing in an answer can do to them."""

from __future__ import annotations

import csv
import io
import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from assignment_grading.__main__ import main
from assignment_grading.handing_out.handout import Key, Written
from assignment_grading.handing_out.markdown_lists import Criterion, Objective
from assignment_grading.reporting import pdf, reports
from assignment_grading.reporting.feedback import Late
from assignment_grading.reporting.pdf import Typesetter
from assignment_grading.reporting.results import Result, gather
from assignment_grading.running.outcome import GRADED, TIMED_OUT, Outcome
from assignment_grading.running.outcome import Test as Checked
from assignment_grading.tabular.written import Mark
from bs4 import BeautifulSoup

CRITERIA = (
    Criterion(1, "looks at the largest value"),
    Criterion(1, "says what it does"),
)
KEY = Key(
    "rain",
    "coast",
    {},
    {"q1": 4, "q2": 2},
    (Written("q3", 2, "cell", "**Model answer.** It does.", CRITERIA),),
    (
        Objective("to count days", ("q1",)),
        Objective("to take a mean", ("q1", "q2")),
        Objective("to doubt a mean", ("q3",)),
        Objective("to rest", ()),
    ),
)
HOSTILE = (
    '</pre><script>alert("x")</script> #panic() #read("/etc/passwd") $x^2$ *bold* '
    "`raw` \\ // <label> @ref {{ 7 * 7 }} {% raw %}"
)


def outcome(q1: float, q2: float) -> Outcome:
    def tests(points: float, of: float, message: str) -> list[Checked]:
        return [Checked(False, 0, True, ""), Checked(True, of, points == of, message)]

    return Outcome(
        GRADED,
        "",
        {"q1": q1, "q2": q2},
        {"q1": tests(q1, 4, "Count them again."), "q2": tests(q2, 2, "Divide again.")},
    )


def write(folder: Path, *results: Result, **options: Any) -> str:
    return reports.write(results, [], "rain", folder, **options)


def processor_time() -> float:
    """Seconds of this process and of those that it has ended."""
    both = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return sum(resource.getrusage(one).ru_utime for one in both)


def page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def rows(page: BeautifulSoup, *headings: str) -> list[list[str]]:
    """Read the table whose columns begin with these headings."""
    (table,) = (
        table
        for table in page.find_all("table")
        if headings == tuple(it.text for it in table.find_all("th"))[: len(headings)]
    )
    lines = (row.find_all("td") for row in table.find("tbody").find_all("tr"))
    return [[" ".join(cell.text.split()) for cell in line] for line in lines]


def listed(page: BeautifulSoup, heading: str) -> list[str]:
    head = page.find("h2", string=heading)
    return [it.text for it in head.find_next("ul").find_all("li")] if head else []


ADA = Result(
    "ada",
    outcome(4, 0),
    KEY,
    {"q3": HOSTILE},
    {"q3": Mark(1.5, "Well argued.", (1, 0.5))},
    "Ada Lovelace",
)


def test_a_late_student_reads_what_it_costs_and_what_is_left(tmp_path: Path) -> None:
    late = {"ada": Late(25.02, 20)}
    write(tmp_path, ADA, late=late)
    told = page(tmp_path / "feedback" / "ada.html").text
    assert "25.0 hours after the deadline" in told
    assert "20 per cent off the total: 4.4 points are left." in told  # 0.8 of 5.5
    write(tmp_path, ADA, late={"ada": Late(0, 0)})
    assert "deadline" not in page(tmp_path / "feedback" / "ada.html").text


def test_a_student_reads_which_cells_failed(tmp_path: Path) -> None:
    failed = "The cell that begins with “x = <b>” failed: SyntaxError: invalid syntax"
    write(tmp_path, replace(ADA, outcome=replace(outcome(4, 0), errors=[failed])))
    told = page(tmp_path / "feedback" / "ada.html")
    assert failed in told.text
    write(tmp_path, ADA)
    assert "failed" not in page(tmp_path / "feedback" / "ada.html").text


def test_feedback_shows_each_criterion_with_its_points_and_the_comment(
    tmp_path: Path,
) -> None:
    write(tmp_path, ADA)
    told = page(tmp_path / "feedback" / "ada.html")
    assert told.h1.text == "rain: feedback for Ada Lovelace (ada)"
    assert "5.5 of 8 points" in told.find(class_="score").text
    assert rows(told, "What points are given for") == [
        ["looks at the largest value", "1", "1"],
        ["says what it does", "0.5", "1"],
    ]
    assert told.find_all(class_="note")[-1].text == "1.5 of 2 points. Well argued."


@pytest.mark.parametrize("given", [(), (None, None)])
def test_without_points_for_criteria_the_rubric_is_not_shown(
    tmp_path: Path, given: tuple[None, ...]
) -> None:
    write(tmp_path, replace(ADA, marks={"q3": Mark(2, "", given)}))
    text = (tmp_path / "feedback" / "ada.html").read_text(encoding="utf-8")
    assert "2 of 2 points." in text
    assert "largest value" not in text
    assert rows(page(tmp_path / "written.html"), "Column") == [
        ["c1", "looks at the largest value", "", "1"],
        ["c2", "says what it does", "", "1"],
    ]


def test_feedback_says_what_was_shown_and_what_to_look_at_again(tmp_path: Path) -> None:
    write(tmp_path, ADA, replace(ADA, student="bob", marks={"q3": Mark(None, "")}))
    ada = page(tmp_path / "feedback" / "ada.html")
    assert listed(ada, "What you have shown") == ["to count days: q1"]
    assert listed(ada, "What to look at again") == [
        "to take a mean: q2 (0 of 2 points)",
        "to doubt a mean: q3 (1.5 of 2 points)",
    ]
    # What is not marked says nothing.
    again = listed(page(tmp_path / "feedback" / "bob.html"), "What to look at again")
    assert again == ["to take a mean: q2 (0 of 2 points)"]


def test_the_summary_has_the_classs_share_of_each_objective(tmp_path: Path) -> None:
    other = replace(
        ADA, student="bob", outcome=outcome(2, 2), marks={"q3": Mark(1, "")}
    )
    write(tmp_path, ADA, other)
    # By hand: 4 + 2 of 8; 4 + 0 + 2 + 2 of 12; 1.5 + 1 of 4.
    assert rows(page(tmp_path / "summary.html"), "Objective") == [
        ["to count days", "q1", "75 %"],
        ["to take a mean", "q1, q2", "66.7 %"],
        ["to doubt a mean", "q3", "62.5 %"],
        ["to rest", "none", "–"],
    ]


def test_a_master_without_objectives_has_no_such_part(tmp_path: Path) -> None:
    write(tmp_path, replace(ADA, key=replace(KEY, objectives=())))
    for name in ("summary.html", "feedback/ada.html"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "Objective" not in text
        assert "What you have shown" not in text


def test_the_summary_shows_difficulty_and_discrimination(tmp_path: Path) -> None:
    points = [(0, 0), (0, 0), (2, 0), (2, 1), (4, 1), (4, 2), (4, 2), (4, 2)]
    students = [
        replace(
            ADA, student=f"s{place}", outcome=outcome(*both), marks={"q3": Mark(2, "")}
        )
        for place, both in enumerate(points)
    ]
    write(tmp_path, *students)
    summary = page(tmp_path / "summary.html")
    assert "Fewer than 10 students were graded" in summary.text
    # numpy.corrcoef([0, 0, 2, 2, 4, 4, 4, 4], [2, 2, 2, 3, 3, 4, 4, 4]) is 0.869.
    table = {line[0]: line[1:] for line in rows(summary, "Question", "Students")}
    assert table["q1"][:2] == ["8", "62.5 %"]
    assert table["q1"][2].startswith("0.87 (")
    assert table["q3"] == ["8", "100 %", "–", "none: all have full points"]
    assert "correlation of each question" not in str(summary.find_all("figure"))
    write(
        tmp_path, *students, *(replace(it, student=it.student * 2) for it in students)
    )
    summary = page(tmp_path / "summary.html")
    assert "Fewer than" not in summary.text
    alternative = summary.find_all("figure")[1]["aria-label"]
    assert "correlation of each question with the rest" in alternative
    assert "q1 0.87" in alternative


def test_a_time_out_keeps_the_points_of_the_questions_that_ran(tmp_path: Path) -> None:
    part = Outcome(
        TIMED_OUT, "It took too long.", {"q1": 4}, {"q1": ADA.outcome.tests["q1"]}
    )
    write(tmp_path, replace(ADA, outcome=part))
    told = page(tmp_path / "feedback" / "ada.html")
    assert "Not all was graded. It took too long." in " ".join(told.text.split())
    assert rows(told, "Question")[:2] == [["q1", "4", "4"], ["q2", "–", "2"]]
    assert "This question was not run." in told.text
    scores = list(
        csv.DictReader(io.StringIO((tmp_path / "scores.csv").read_text("utf-8-sig")))
    )
    assert (scores[0]["status"], scores[0]["total"]) == ("timed out", "5.5")


def test_what_students_write_is_text_on_every_page(tmp_path: Path) -> None:
    hostile = replace(
        ADA, student="a", name=HOSTILE, outcome=replace(ADA.outcome, note=HOSTILE)
    )
    write(tmp_path, hostile)
    for path in (tmp_path / "feedback" / "a.html", tmp_path / "written.html"):
        assert page(path).find("script") is None
        assert HOSTILE in page(path).text
    assert HOSTILE in page(tmp_path / "summary.html").text


def test_half_a_character_and_endless_answers_are_written(tmp_path: Path) -> None:
    answers = {"ada": {"q3": "\ud800"}, "bob": {"q3": "x" * 10**6}}
    outcomes = dict.fromkeys(answers, outcome(4, 2))
    results = gather(outcomes, dict.fromkeys(answers, KEY), answers, {})
    assert write(tmp_path, *results, typesetter=Typesetter()) == ""
    assert (tmp_path / "written.html").stat().st_size < 50_000
    assert "The answer is longer" in page(tmp_path / "feedback" / "bob.html").text
    assert {it.name for it in (tmp_path / "feedback").glob("*.pdf")} == {
        "ada.pdf",
        "bob.pdf",
    }


def pdf_text(path: Path) -> str:
    pages = pypdf.PdfReader(path).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_pdf_says_what_the_page_says_and_can_be_read_aloud(tmp_path: Path) -> None:
    name = "Łucja Müller, Ким Чхоль, Ελένη"
    assert write(tmp_path, replace(ADA, name=name), typesetter=Typesetter()) == ""
    path = tmp_path / "feedback" / "ada.pdf"
    text = pdf_text(path)
    for said in (
        f"rain: feedback for {name} (ada)",
        "5.5 of 8 points",
        "to take a mean: q2 (0 of 2 points)",
        "Divide again. (−2)",
        "says what it does 0.5 1",
        "1.5 of 2 points. Well argued.",
    ):
        assert said in text
    # Nothing of an answer was read as markup.
    assert HOSTILE.replace(" ", "") in text.replace(" ", "")
    catalog = pypdf.PdfReader(path).trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en"
    assert pypdf.PdfReader(path).metadata.title == f"rain: feedback for {name} (ada)"


def test_a_character_without_a_font_becomes_a_box(tmp_path: Path) -> None:
    strange = "\U000e0fff\uffff before é after\x07"
    made = Typesetter()
    write(tmp_path, replace(ADA, answers={"q3": strange}), typesetter=made)
    text = pdf_text(tmp_path / "feedback" / "ada.pdf")
    assert "before é after" in text
    assert "□ stands for a character" in text


def test_all_characters_at_a_time_hold_up_nobody(tmp_path: Path) -> None:
    every = "".join(chr(it) for it in range(0x80, 0x20000, 7) if it >> 11 != 0x1B)
    start = processor_time()
    hostile = replace(ADA, answers={"q3": every})
    assert write(tmp_path, hostile, typesetter=Typesetter()) == ""
    assert processor_time() - start < 10


def test_no_file_of_the_current_folder_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "typst.py").write_text("raise SystemExit('run')")
    monkeypatch.chdir(tmp_path)
    assert write(tmp_path / "marks", ADA, typesetter=Typesetter()) == ""


def test_a_pdf_that_takes_too_long_is_left_out_and_the_next_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Typesetter()
    with monkeypatch.context() as patched:
        patched.setattr(pdf, "_SECONDS", 0)
        told = write(tmp_path, ADA, typesetter=made)
    assert told == "No PDF could be made for Ada Lovelace (ada): the pages are there."
    assert [it.name for it in (tmp_path / "feedback").iterdir()] == ["ada.html"]
    assert write(tmp_path, ADA, typesetter=made) == ""
    assert (tmp_path / "feedback" / "ada.pdf").is_file()


def test_the_same_feedback_gives_the_same_pdf(tmp_path: Path) -> None:
    write(tmp_path / "one", ADA, typesetter=Typesetter())
    write(tmp_path / "two", ADA, typesetter=Typesetter())
    one, two = (tmp_path / it / "feedback" / "ada.pdf" for it in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert pypdf.PdfReader(one).metadata.creation_date is None


def test_no_pdf_of_an_earlier_run_stays_with_other_points(tmp_path: Path) -> None:
    write(tmp_path, ADA, typesetter=Typesetter())
    write(tmp_path, ADA)
    assert [it.name for it in (tmp_path / "feedback").iterdir()] == ["ada.html"]


def test_without_the_compiler_nothing_is_graded_and_a_sentence_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    assert main(["grade", str(tmp_path), "--pdf"]) == 2
    assert "pip install 'assignment-grading[pdf]'" in capsys.readouterr().err


def test_a_hundred_pages_take_seconds(tmp_path: Path) -> None:
    students = [replace(ADA, student=f"s{number}") for number in range(100)]
    start = processor_time()
    write(tmp_path, *students, typesetter=Typesetter())
    assert processor_time() - start < 6


def test_a_sentence_that_several_tests_say_stands_once_with_what_it_cost(
    tmp_path: Path,
) -> None:
    tests = [
        Checked(False, 0, False, "No value."),
        Checked(True, 2, False, "No value."),
    ]
    empty = Outcome(GRADED, "", {"q1": 0, "q2": 2}, {"q1": tests, "q2": []})
    write(tmp_path, replace(ADA, outcome=empty))
    told = page(tmp_path / "feedback" / "ada.html")
    notes = [" ".join(it.text.split()) for it in told.find_all(class_="note")]
    assert [it for it in notes if "No value." in it] == ["No value. (−2)"]


def test_a_written_answer_that_was_left_empty_is_said_to_be_so(tmp_path: Path) -> None:
    untouched = "_Type your answer here, replacing this text._"
    write(tmp_path, replace(ADA, answers={"q3": untouched}))
    told = page(tmp_path / "feedback" / "ada.html")
    assert "Nothing was written here." in told.text
    assert untouched not in told.text
