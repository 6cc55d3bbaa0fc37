"""The example, handed out and graded by the real command."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import nbformat
import pypdf
import pytest
from assignment_grading.__main__ import main
from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out.handout import Key, Written, read_set
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


def test_each_notebook_says_whose_it_is(class_folder: Path) -> None:
    for student, variant in variants(class_folder).items():
        path = class_folder / f"out/rainfall/handout/{student}.ipynb"
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
        assert metadata["assignment_grading"] == {
            "assignment": "rainfall",
            "variant": variant,
            "student": student,
        }


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
    text = (class_folder / "marks" / "scores.csv").read_text(encoding="utf-8-sig")
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
    assert f"has lost its id.]\n\n{WRITTEN['dora']}" in written
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
    text = (folder / "marks/scores.csv").read_text(encoding="utf-8-sig")
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
    assert (folder / "marks/scores.csv").read_text(encoding="utf-8-sig") == text


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


@pytest.fixture(scope="module")
def regraded(
    class_folder: Path,
    graded: subprocess.CompletedProcess[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The class, graded, and again when less than half a millimetre is no rain.

    By this rule the coast has five dry days instead of four, and the valley six as
    before. The test of the mean has become generous, and the message of a test that
    students see is another.
    """
    assert graded.returncode == 0
    folder = tmp_path_factory.mktemp("again") / "class"
    shutil.copytree(class_folder, folder)
    mend(
        folder,
        ("dry = days.count(0)", "dry = sum(day < 0.5 for day in days)"),
        ('"coast": 4', '"coast": 5'),
        ("abs(wet_mean - expected) < 1e-6", "abs(wet_mean - expected) < 7"),
        ("There is no mean yet.", "Where is the mean?"),
    )
    return folder, regrade(folder, folder / "in")


def mend(folder: Path, *changes: tuple[str, str]) -> None:
    """Write a master in which some texts are others; each stands in one cell."""
    notebook = nbformat.read(MASTER, as_version=4)
    for old, new in changes:
        (cell,) = (it for it in notebook.cells if old in it.source)
        cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, folder / MASTER.name)


def here(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Do what `run` does in this process, which has done the imports."""
    said, told = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(told):
        code = main(list(map(str, arguments)))
    return subprocess.CompletedProcess(
        arguments, code, said.getvalue(), told.getvalue()
    )


def regrade(folder: Path, *submissions: Path) -> subprocess.CompletedProcess[str]:
    return here(
        "regrade", folder / MASTER.name, *submissions, "--sets", folder / "out",
        "--results", folder / "marks", *carried(folder),
    )  # fmt: skip


def carried(folder: Path) -> list[str | Path]:
    wheels = [folder / wheel for wheel in WHEELS]
    return ["--requirements", folder / "requirements.txt", "--wheel", *wheels]


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*.*"))
    }


def test_a_mended_test_grades_again_and_says_who_moved_by_how_much(
    regraded: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = regraded
    assert done.returncode == 0, done.stderr
    assert "ada: tested 4 → 2, q1 4 → 2" in done.stderr
    assert "dora: tested 2 → 4, q1 2 → 4" in done.stderr
    assert "emil: " not in done.stderr
    text = (folder / "marks" / "scores.csv").read_text(encoding="utf-8-sig")
    rows = {row["id"]: row["q1"] for row in csv.DictReader(text.splitlines())}
    assert rows == {"ada": "2", "dora": "4", "emil": "0"}
    text = (folder / "marks" / "changes.csv").read_text(encoding="utf-8")
    moved = [
        (row["id"], row["tested before"], row["tested"], row["total before"])
        for row in csv.DictReader(text.splitlines())
    ]
    assert moved == [("ada", "4", "2", ""), ("dora", "2", "4", "")]


def test_regrading_touches_nothing_of_what_was_handed_out_and_keeps_former_keys(
    class_folder: Path, regraded: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    before, now = (files(it / "out/rainfall") for it in (class_folder, regraded[0]))
    for name, content in before.items():
        if name.startswith("keys/"):
            _, variant, part = name.split("/")
            assert now[f"keys/{variant}/former/1/{part}"] == content
        else:
            assert now[name] == content
    assert len(now) == len(before) + 2 * 3  # the keys of two variants
    assert b"Where is the mean?" not in now["handout/ada.ipynb"]


def test_after_that_a_student_joins_and_the_others_keep_what_they_have(
    regraded: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder = shutil.copytree(regraded[0], tmp_path / "later")
    before = files(folder / "out")
    roster = (EXAMPLE / "roster.csv").read_text(encoding="utf-8")
    (folder / "late.csv").write_text(f"{roster}gus,Gus\n", encoding="utf-8")
    done = here(
        "assign", folder / MASTER.name, "--roster", folder / "late.csv",
        "--output", folder / "out", *carried(folder),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    now = files(folder / "out")
    gus = now.pop("rainfall/handout/gus.ipynb").decode()
    del before["rainfall/assigned.csv"], now["rainfall/assigned.csv"]
    assert now == before
    assert variants(folder)["gus"] == "valley"
    # The same as Dora's, who has the valley, too, with the mended check.
    dora = now["rainfall/handout/dora.ipynb"].decode()
    dora = dora.replace("There is no mean yet.", "Where is the mean?")
    assert gus == dora.replace("dora", "gus")


def test_what_students_have_cannot_be_mended_and_each_difference_is_named(
    regraded: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder = shutil.copytree(regraded[0], tmp_path / "refused")
    before = files(folder)
    mend(
        folder,
        ("11.6, 0.0", "11.7, 0.0"),
        ('"coast": 5.0', '"coast": 30.1 / 6'),
        ("**Question 1.** Each", "**Question 1.** In this list each"),
        ("points: 2\nmanual: true", "points: 3\nmanual: true"),
        ("- 1 point: says", "- 2 points: says"),
    )
    before[MASTER.name] = (folder / MASTER.name).read_bytes()
    done = regrade(folder, folder / "in")
    assert done.returncode == 2
    for line in (
        "coast: -    11.6\n",
        "coast: +    11.7\n",
        "coast: q2 would be worth 3 points, not 2\n",
        "valley: -    **Question 1.** Each number",
        "valley: +    **Question 1.** In this list each number",
    ):
        assert line in done.stderr, done.stderr
    assert "valley: +    11.7" not in done.stderr
    assert "Nothing was changed." in done.stderr
    assert files(folder) == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("{coast, valley}", "{coast, hill, valley}"),
            "no longer those of the variant",
        ),
        (('station: str = "coast"', 'place: str = "coast"'), "station"),
    ],
)
def test_other_choices_or_parameters_are_refused(
    regraded: tuple[Path, subprocess.CompletedProcess[str]],
    tmp_path: Path,
    change: tuple[str, str],
    told: str,
) -> None:
    folder = tmp_path / "other"
    (folder / "out").mkdir(parents=True)
    shutil.copytree(regraded[0] / "out" / "rainfall", folder / "out" / "rainfall")
    for name in ("requirements.txt", *WHEELS):
        shutil.copy(regraded[0] / name, folder)
    before = files(folder / "out")
    mend(folder, change)
    done = regrade(folder)
    assert done.returncode == 2
    assert told in done.stderr
    assert files(folder / "out") == before


@pytest.mark.parametrize("content", ["{", "[]", '{"points": 1}', "null", "\xff"])
def test_a_key_that_is_none_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "rain" / "keys" / "coast" / "key.json"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="latin-1")
    with pytest.raises(AssignmentError, match=r"key\.json is not as"):
        read_set(tmp_path / "rain")


def test_without_a_change_no_key_is_new(
    regraded: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    before = files(regraded[0])
    done = regrade(regraded[0])
    assert done.returncode == 0, done.stderr
    assert "none is new" in done.stderr
    assert files(regraded[0]) == before


def test_the_readme_names_every_option_of_all_commands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    readme = (EXAMPLE.parent / "README.md").read_text(encoding="utf-8")
    for command in ("assign", "grade", "regrade"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        options = set(re.findall(r"--[a-z]+", capsys.readouterr().out))
        assert len(options) > 5
        assert {it for it in options - {"--help"} if f"`{it}" not in readme} == set()


def test_the_excerpt_in_the_readme_is_of_the_example() -> None:
    readme = (EXAMPLE.parent / "README.md").read_text(encoding="utf-8")
    excerpt = readme.split("````")[1].splitlines()
    lines = {
        line
        for cell in nbformat.read(MASTER, as_version=4).cells
        if cell.cell_type != "markdown"
        for line in cell.source.splitlines()
    }
    code = [re.sub(r" {4,}\S* cell$", "", line) for line in excerpt]
    shown = [line for line in code if line in lines]
    assert len(shown) > 15
    assert [line for line in code if line and line not in lines] == [
        "**Question 1.** Let `dry` be the number of days",
        "without rain …",
    ]
