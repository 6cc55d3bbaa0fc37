"""The example, handed out and graded by the real command."""

from __future__ import annotations

import codecs
import csv
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

EXAMPLE = Path(__file__).parents[1] / "example"
MASTER = EXAMPLE / "rainfall.ipynb"

RIGHT = {
    # Counted and added up by hand.
    "coast": ("dry = 4", "wet_mean = (4.2 + 1.8 + 11.6 + 0.4 + 7.0 + 5.0) / 6"),
    "valley": ("dry = 6", "wet_mean = (2.5 + 38.0 + 1.5 + 2.0) / 4"),
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
            elif cell.source.startswith("_Type") and student == "ada":
                cell.source = "It does: no day is far from it."
            elif cell.source.startswith("_Type") and student == "dora":
                cell.source = "One day has nearly all of it."
        if student == "dora":
            as_colab_saves_it(notebook)
        nbformat.write(notebook, folder / f"in/{student}.ipynb")
    return folder


def as_colab_saves_it(notebook: nbformat.NotebookNode) -> None:
    """Give it version 4.0, with other ids of the cells, among their metadata."""
    notebook.nbformat_minor = 0
    notebook.metadata["colab"] = {"provenance": []}
    for place, cell in enumerate(notebook.cells):
        del cell["id"]
        cell.metadata["id"] = f"aB3dE6gH9jK{place}"


def variants(folder: Path) -> dict[str, str]:
    table = (folder / "out/rainfall/assigned.csv").read_text("utf-8").splitlines()
    return {row["id"]: row["variant"] for row in csv.DictReader(table)}


@pytest.fixture(scope="module")
def graded(class_folder: Path) -> subprocess.CompletedProcess[str]:
    return run(class_folder, "grade", "in", "--sets", "out", "--results", "marks")


def test_both_variants_are_handed_out(class_folder: Path) -> None:
    assert variants(class_folder) == {"ada": "coast", "dora": "valley", "emil": "coast"}
    keys = class_folder / "out" / "rainfall" / "keys"
    assert {path.name for path in keys.iterdir()} == {"coast", "valley"}
    for path in keys.glob("*/key.json"):
        key = json.loads(path.read_text(encoding="utf-8"))
        assert key["points"] == {"q1": 4}
        assert [(it["question"], it["points"]) for it in key["written"]] == [("q2", 2)]
        assert key["written"][0]["guidance"].startswith("At the coast it does")


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
    assert "Rubric: 1 point" in written
    assert "has lost its id.]\n\nOne day has nearly all of it." in written
    lines = (marks / "written.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("id,name,question,points,comment")
    assert [line.rstrip(",") for line in lines[1:]] == [
        "ada,Ada,q2",
        "dora,Dora,q2",
        "emil,Emil,q2",
    ]


def test_marks_that_excel_saved_go_into_the_scores_or_are_refused(
    class_folder: Path, graded: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    assert graded.returncode == 0
    folder = shutil.copytree(class_folder, tmp_path / "marked")
    marks = folder / "marks" / "written.csv"
    # As Excel saves “Unicode text” where numbers have a comma.
    rows = "id\tname\tquestion\tpoints\tcomment\r\nada\tAda\tq2\t1,5\tSchön, ja\r\n"
    saved = codecs.BOM_UTF16_LE + rows.encode("utf-16-le")
    marks.write_bytes(saved)
    command = ("grade", "in", "--sets", "out", "--results", "marks")
    done = run(folder, *command)
    assert done.returncode == 0, done.stderr
    text = (folder / "marks/scores.csv").read_text(encoding="utf-8")
    scores = {row["id"]: row for row in csv.DictReader(text.splitlines())}
    assert (scores["ada"]["name"], scores["ada"]["total"]) == ("Ada", "5.5")
    page = (folder / "marks/feedback/ada.html").read_text(encoding="utf-8")
    assert "Schön, ja" in page
    new = "dora\tDora\tq2\t\t", "emil\tEmil\tq2\t\t", ""
    longer = saved + "\r\n".join(new).encode("utf-16-le")
    assert marks.read_bytes() == longer
    wrong = longer.replace("dora\t".encode("utf-16-le"), "Dora\t".encode("utf-16-le"))
    marks.write_bytes(wrong)
    done = run(folder, *command)
    assert done.returncode == 2
    assert (
        "line 3: there is no student 'Dora'; probably 'dora' was meant" in done.stderr
    )
    assert marks.read_bytes() == wrong
    assert (folder / "marks/scores.csv").read_text(encoding="utf-8") == text


def test_a_student_who_joins_later_changes_nobodys_files(
    class_folder: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(class_folder, tmp_path / "later")
    before = {it: it.read_bytes() for it in (folder / "out").glob("*/*/**/*.*")}
    assert len(before) == 3 + 2 * 3
    # As Excel saves “Unicode text”, with a name that was corrected.
    rows = ("SIS User ID\tName", "ada\tAda Łącka", "dora\tDora", "gus\tGus", "")
    (folder / "late.txt").write_bytes("\r\n".join(rows).encode("utf-16"))
    done = run(
        folder, "assign", MASTER, "--roster", "late.txt", "--output", "out",
        "--requirements", "requirements.txt", "--wheel", *WHEELS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert variants(folder)["gus"] == "valley"
    table = (folder / "out/rainfall/assigned.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[:3] for line in table] == [
        ["id", "name", "notebook"],
        ["emil", "Emil", "emil.ipynb"],
        ["ada", "Ada Łącka", "ada.ipynb"],
        ["dora", "Dora", "dora.ipynb"],
        ["gus", "Gus", "gus.ipynb"],
    ]
    assert {path: path.read_bytes() for path in before} == before


def test_the_readme_names_every_option_of_both_commands() -> None:
    readme = (EXAMPLE.parent / "README.md").read_text(encoding="utf-8")
    for command in ("assign", "grade"):
        options = set(re.findall(r"--[a-z]+", run(EXAMPLE, command, "--help").stdout))
        assert len(options) > 5
        assert {it for it in options - {"--help"} if f"`{it}" not in readme} == set()
