"""The example, handed out and graded by the real command."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pypdf
import pytest
from assignment_grading.handout import Key, Written
from bs4 import BeautifulSoup

EXAMPLE = Path(__file__).parents[1] / "example"
MASTER = EXAMPLE / "rainfall.ipynb"

RIGHT = {
    # Counted and added up by hand.
    "coast": ("dry = 4", "wet_mean = (4.2 + 1.8 + 11.6 + 0.4 + 7.0 + 5.0) / 6"),
    "valley": ("dry = 6", "wet_mean = (2.5 + 38.0 + 1.5 + 2.0) / 4"),
}
COPIED = (
    "If there is one day on which a storm brings more rain than all the others, the "
    "mean is like no day at all."
)
WRITTEN = {
    "ada": f"It does: no day is far from it. {COPIED}",
    "dora": f"I think not! {COPIED.replace('mean', 'average')}",
}
WHEELS = ("soil_tools-1.0-py3-none-any.whl", "rain_gauge-2.1-py3-none-any.whl")


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assignment_grading", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Handed out to Ada, Dora and Emil; handed in right, half right and empty."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "requirements.txt").write_text("# what tests import\nnumpy==2.4.6\n")
    for wheel in WHEELS:
        (folder / wheel).write_bytes(b"")
    done = run(
        folder, "assign", MASTER, "--roster", EXAMPLE / "roster.csv", "--output", "out",
        "--requirements", "requirements.txt", "--wheel", *WHEELS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "out/rainfall\n"
    (folder / "in").mkdir()
    for student in ("ada", "dora", "emil"):
        notebook = nbformat.read(folder / f"out/rainfall/handout/{student}.ipynb", 4)
        dry, wet_mean = RIGHT[variants(folder)[student]]
        answer = {"ada": f"{dry}\n{wet_mean}", "dora": f"{dry}\nwet_mean = 4.4"}
        for cell in notebook.cells:
            if cell.source == "dry = ...\nwet_mean = ...":
                cell.source = answer.get(student, cell.source)
            elif cell.source.startswith("_Type") and student in WRITTEN:
                cell.source = WRITTEN[student]
        nbformat.write(notebook, folder / f"in/{student}.ipynb")
    return folder


def variants(folder: Path) -> dict[str, str]:
    table = (folder / "out/rainfall/assigned.csv").read_text("utf-8").splitlines()
    return {row["id"]: row["variant"] for row in csv.DictReader(table)}


@pytest.fixture(scope="module")
def graded(class_folder: Path) -> subprocess.CompletedProcess[str]:
    return run(
        class_folder, "grade", "in", "--sets", "out", "--results", "marks", "--pdf"
    )


def test_both_variants_are_handed_out(class_folder: Path) -> None:
    assert variants(class_folder) == {"ada": "coast", "dora": "valley", "emil": "coast"}
    keys = class_folder / "out" / "rainfall" / "keys"
    assert {path.name for path in keys.iterdir()} == {"coast", "valley"}
    for path in keys.glob("*/key.json"):
        key = json.loads(path.read_text(encoding="utf-8"))
        assert key["points"] == {"q1": 4}
        assert [(it["question"], it["points"]) for it in key["written"]] == [("q2", 2)]
        assert key["written"][0]["guidance"].startswith("At the coast it does")
        assert key["written"][0]["criteria"] == [
            {"points": 1, "text": "looks at the largest value."},
            {"points": 1, "text": "says what it does to the mean."},
        ]
        assert key["objectives"] == [
            {
                "text": "to leave out of a mean what does not belong in it",
                "questions": ["q1"],
            },
            {
                "text": "to see what a single large value does to a mean",
                "questions": ["q2"],
            },
        ]
        assert json.loads(Key.read(path).to_json()) == key


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "- 1 point: looks",
            "- half a point: looks",
            "the rubric of q2 adds up to 1.5 points, and the question is worth 2",
        ),
        (
            "- to see what",
            "and to see what",
            "q2 names the objective 2. The list “What you will learn” has 1",
        ),
    ],
)
def test_what_a_master_says_of_rubric_and_objectives_must_fit(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    text = MASTER.read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "rain.ipynb").write_text(text.replace(before, after), encoding="utf-8")
    done = run(tmp_path, "assign", "rain.ipynb", "--output", "out")
    assert done.returncode == 2
    assert f"rain.ipynb: {told}" in done.stderr
    assert done.stderr.endswith("Nothing was written.\n")
    assert not any((tmp_path / "out").iterdir())


def test_a_key_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    written = {"question": "q2", "points": 2, "cell": "c", "guidance": "g"}
    key = {
        "assignment": "rain", "variant": "only", "parameters": {}, "points": {"q1": 4},
    }  # fmt: skip
    (tmp_path / "key.json").write_text(json.dumps({**key, "written": [written]}))
    read = Key.read(tmp_path / "key.json")
    assert read.written == (Written("q2", 2, "c", "g", criteria=()),)
    assert read.objectives == ()


def test_an_archive_holds_the_requirements_and_all_wheels(class_folder: Path) -> None:
    archive = class_folder / "out/rainfall/keys/coast/autograder.zip"
    with zipfile.ZipFile(archive) as opened:
        assert {f"files/{wheel}" for wheel in WHEELS} <= set(opened.namelist())
        environment = opened.read("environment.yml").decode()
    for line in (
        "numpy==2.4.6",
        "soil_tools @ file:///autograder/source/files/soil_tools-1.0-py3-none-any.whl",
        "rain_gauge @ file:///autograder/source/files/rain_gauge-2.1-py3-none-any.whl",
    ):
        assert f"- {line}\n" in environment


def test_a_right_a_half_right_and_an_empty_notebook_get_their_points(
    class_folder: Path, graded: subprocess.CompletedProcess[str]
) -> None:
    assert graded.returncode == 0, graded.stderr
    text = (class_folder / "marks" / "scores.csv").read_text(encoding="utf-8")
    rows = {row["id"]: row for row in csv.DictReader(text.splitlines())}
    assert {student: row["status"] for student, row in rows.items()} == dict.fromkeys(
        ("ada", "dora", "emil"), "graded"
    )
    assert {student: row["q1"] for student, row in rows.items()} == {
        "ada": "4",
        "dora": "2",
        "emil": "0",
    }
    assert {row["possible"] for row in rows.values()} == {"6"}


def test_feedback_and_the_page_of_written_answers_say_what_they_are_for(
    class_folder: Path, graded: subprocess.CompletedProcess[str]
) -> None:
    assert graded.returncode == 0
    marks = class_folder / "marks"
    dora = (marks / "feedback" / "dora.html").read_text(encoding="utf-8")
    assert "The dry days do not count" in dora
    assert "A dry day has 0.0 millimetres" not in dora
    emil = (marks / "feedback" / "emil.html").read_text(encoding="utf-8")
    assert "There is no number of dry days yet." in emil
    written = (marks / "written.html").read_text(encoding="utf-8")
    assert "It does: no day is far from it." in written
    assert "looks at the largest value." in written
    assert (marks / "written.csv").read_text(encoding="utf-8") == (
        "id,question,points,comment\nada,q2,,\ndora,q2,,\nemil,q2,,\n"
    )


def test_every_student_has_a_page_and_a_pdf_with_the_objectives(
    class_folder: Path, graded: subprocess.CompletedProcess[str]
) -> None:
    assert graded.returncode == 0
    feedback = class_folder / "marks" / "feedback"
    assert {path.name for path in feedback.iterdir()} == {
        f"{student}.{kind}"
        for student in ("ada", "dora", "emil")
        for kind in ("html", "pdf")
    }
    learned = "to leave out of a mean what does not belong in it: q1"
    for student, head, told in (
        ("ada", "What you have shown", learned),
        ("dora", "What to look at again", f"{learned} (2 of 4 points)"),
    ):
        page = (feedback / f"{student}.html").read_text(encoding="utf-8")
        pages = pypdf.PdfReader(feedback / f"{student}.pdf").pages
        text = " ".join(" ".join(page.extract_text() for page in pages).split())
        assert head in page
        assert told in page
        assert f"{head} • {told}" in text
    summary = (class_folder / "marks" / "summary.html").read_text(encoding="utf-8")
    assert "<td>to see what a single large value does to a mean</td><td>q2</td>" in (
        summary
    )


def test_answers_that_are_alike_stand_side_by_side(
    class_folder: Path, graded: subprocess.CompletedProcess[str]
) -> None:
    assert "Some answers are alike: look at marks/similarity.html." in graded.stderr
    text = (class_folder / "marks" / "similarity.html").read_text(encoding="utf-8")
    page = BeautifulSoup(text, "html.parser")
    assert "Likeness is a reason to look, and no proof." in page.text
    assert "So few were graded" in page.text
    (head,) = page.find_all("h2")
    assert re.findall("ada|dora|emil", head.text) == ["ada", "dora"]
    first, second = page.find_all("pre")
    assert [first.text, second.text] == list(WRITTEN.values())
    assert first.mark.text == COPIED.partition(", the mean")[0] + ", the"
    for name in ("scores.csv", "feedback/ada.html", "feedback/dora.html"):
        told = (class_folder / "marks" / name).read_text(encoding="utf-8")
        assert "alike" not in told


def test_a_student_who_joins_later_changes_nobodys_files(
    class_folder: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(class_folder, tmp_path / "later")
    before = {it: it.read_bytes() for it in (folder / "out").glob("*/*/**/*.*")}
    assert len(before) == 3 + 2 * 3
    roster = (EXAMPLE / "roster.csv").read_text(encoding="utf-8")
    (folder / "late.csv").write_text(f"{roster}gus,Gus\n", encoding="utf-8")
    done = run(
        folder, "assign", MASTER, "--roster", "late.csv", "--output", "out",
        "--requirements", "requirements.txt", "--wheel", *WHEELS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert variants(folder)["gus"] == "valley"
    assert {path: path.read_bytes() for path in before} == before


def test_the_readme_names_every_option_of_both_commands() -> None:
    readme = (EXAMPLE.parent / "README.md").read_text(encoding="utf-8")
    for command in ("assign", "grade"):
        options = set(re.findall(r"--[a-z]+", run(EXAMPLE, command, "--help").stdout))
        assert len(options) > 5
        assert {it for it in options - {"--help"} if f"`{it}" not in readme} == set()
