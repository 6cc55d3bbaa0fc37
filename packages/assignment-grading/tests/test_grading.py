"""A small class with everything that can go wrong, graded by the command line."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest
from assignment_grading.__main__ import main
from assignment_grading.handing_out import masters
from assignment_grading.running import confinement, rooms, template
from assignment_grading.running.grading import (
    Limits,
    Submission,
    grade_all,
    implausible,
)
from assignment_grading.running.outcome import Outcome, Test

ROSTER = (
    "solved", "wrong", "Łucja Müller", "a/b", "endless", "crash", "text", "other",
    "hungry", "vandal", "killer", "twice", "absent",
)  # fmt: skip
EXAMPLE = Path(__file__).parents[1] / "example" / "rainfall.ipynb"
MARK = f"sleeping for the test of grading {os.getpid()}"


@dataclass(frozen=True)
class Graded:
    """The class after grading."""

    folder: Path
    code: int
    set: Path
    submissions: Path
    results: Path
    before: dict[str, str]

    def scores(self) -> dict[str, dict[str, str]]:
        text = (self.results / "scores.csv").read_text(encoding="utf-8-sig")
        return {row["id"]: row for row in csv.DictReader(text.splitlines())}

    def grade(self) -> int:
        return main(
            ["grade", str(self.submissions), "--set", str(self.set), "--results",
             str(self.results), "--seconds", "2", "--wall", "20", "--jobs", "4"]
        )  # fmt: skip


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    folder = tmp_path_factory.mktemp("class")
    (folder / "roster.csv").write_text("id\n" + "\n".join(ROSTER) + "\n")
    assert not main(
        ["assign", str(EXAMPLE), "--roster", str(folder / "roster.csv"),
         "--output", str(folder / "sets")]
    )  # fmt: skip
    own, submissions = folder / "sets" / "rainfall", folder / "submissions"
    submissions.mkdir()
    hand_in(own, submissions)
    graded = Graded(folder, 0, own, submissions, folder / "grades", digests(folder))
    return Graded(**{**graded.__dict__, "code": graded.grade()})


def hand_in(own: Path, submissions: Path) -> None:
    first = {
        "wrong": "dry = wet_mean = 1",
        "endless": "import time\ntime.sleep(100_000)",
        "crash": "import os\nos._exit(3)",
        "hungry": "try:\n    bytearray(10**11)\nexcept MemoryError:\n    pass",
        "vandal": (
            "from pathlib import Path\n"
            f"for path in [*Path({str(submissions)!r}).iterdir(), "
            f"*Path({str(own)!r}).rglob('*.zip')]:\n"
            "    for harm in (path.unlink, lambda p=path: p.write_text('gone')):\n"
            "        try:\n            harm()\n        except OSError:\n"
            "            pass"
        ),
        "killer": (
            "import os, signal, subprocess, sys\n"
            "sleep = 'import time; time.sleep(9999)'\n"
            f"subprocess.Popen([sys.executable, '-c', sleep, {MARK!r}], "
            "start_new_session=True)\n"
            "for pid in (os.getppid(), 1):\n"
            "    try:\n        os.kill(pid, signal.SIGKILL)\n"
            "    except OSError:\n        pass"
        ),
    }
    table = csv.DictReader((own / "assigned.csv").read_text("utf-8").splitlines())
    for row in table:
        student, path = row["id"], submissions / row["notebook"]
        if student == "absent":
            continue
        variant = row["variant"]
        if student == "other":
            variant = {"coast": "valley", "valley": "coast"}[variant]
        if student == "text":
            path.write_text("Dear teacher, my computer broke.")
            continue
        notebook = nbformat.read(own / "keys" / row["variant"] / "solution.ipynb", 4)
        if student == "other":
            notebook.metadata["otter"]["assignment_name"] = f"rainfall {variant}"
        # A kernel that exists on the student's machine alone.
        notebook.metadata["kernelspec"]["name"] = "my-own-environment"
        for at, one in enumerate(notebook.cells):
            if "Rubric" in one.source:
                one.source = "No day is like the mean."
            if one.source.startswith("dry = ") and student == "wrong":
                one.source = first["wrong"]
            elif one.source.startswith("dry = ") and student in first:
                notebook.cells.insert(at, nbformat.v4.new_code_cell(first[student]))
                break
        nbformat.write(notebook, path)
        if student == "twice":
            path.with_suffix(".zip").write_bytes(b"")
    (submissions / "nobody.ipynb").write_text("{}")


def test_each_submission_costs_only_itself(graded: Graded) -> None:
    statuses = {student: row["status"] for student, row in graded.scores().items()}
    assert statuses == {
        "solved": "graded",
        "wrong": "graded",
        "Łucja Müller": "graded",
        "a/b": "graded",
        "endless": "timed out",
        "crash": "crashed",
        "text": "unreadable",
        "other": "other variant",
        "hungry": "graded",
        "vandal": "graded",
        "killer": "crashed",
        "twice": "graded",  # its other file is no zip file
        "absent": "missing",
    }
    assert graded.code == 1


def test_points_are_those_of_the_tests_and_empty_where_nothing_was_graded(
    graded: Graded,
) -> None:
    q1 = {student: row["q1"] for student, row in graded.scores().items()}
    full = ("solved", "Łucja Müller", "a/b", "hungry", "vandal")
    assert {q1[student] for student in full} == {"4"}
    assert q1["wrong"] == "0"
    assert {q1[student] for student in ("endless", "crash", "text", "absent")} == {""}


@pytest.mark.skipif(
    not confinement.available().reading, reason="this system has no Landlock"
)
def test_what_others_handed_in_is_untouched(graded: Graded) -> None:
    after = digests(graded.folder)
    assert {name: after.get(name) for name in graded.before} == graded.before


def test_nothing_that_a_submission_started_outlives_it(graded: Graded) -> None:
    assert graded.code == 1
    left = [
        process.pid
        for process in psutil.process_iter(["status", "cmdline"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        and MARK in " ".join(process.info["cmdline"] or ())
    ]
    assert left == []


def test_scores_are_those_of_otter_run(graded: Graded, tmp_path: Path) -> None:
    otter = Path(sys.executable).with_name("otter")
    rows = graded.scores()
    for student in ("solved", "wrong"):
        variant = rows[student]["variant"]
        # otter run starts the kernel that a notebook names.
        notebook = nbformat.read(graded.submissions / f"{student}.ipynb", 4)
        notebook.metadata["kernelspec"]["name"] = "python3"
        nbformat.write(notebook, tmp_path / f"{student}.ipynb")
        archive = graded.set / "keys" / variant / "autograder.zip"
        command = [otter, "run", "--no-logo", "-a", archive, "-o", tmp_path]
        subprocess.run(
            [*command, tmp_path / f"{student}.ipynb"], check=True, capture_output=True
        )
        tests = json.loads((tmp_path / "results.json").read_text())["tests"]
        scores = {it["name"]: f"{it['score']:g}" for it in tests if "score" in it}
        assert scores == {"q1": rows[student]["q1"]}


def test_feedback_names_the_mistake_and_never_shows_a_test(graded: Graded) -> None:
    page = (graded.results / "feedback" / "wrong.html").read_text(encoding="utf-8")
    assert "A dry day has 0.0 millimetres: count them again." in page
    assert "The dry days do not count" in page
    assert "assert" not in page
    assert "No day is like the mean." in page
    assert "Rubric" not in page
    other = (graded.results / "feedback" / "other.html").read_text(encoding="utf-8")
    assert "Do the assignment in the notebook that was given to you" in other
    summary = (graded.results / "summary.html").read_text(encoding="utf-8")
    assert summary.count("<svg") == 2
    assert "nobody.ipynb" in summary


def test_grading_again_runs_nothing_and_takes_in_the_teachers_marks(
    graded: Graded,
) -> None:
    kept = {
        it: it.stat().st_mtime_ns
        for it in (graded.results / "outcomes").iterdir()
        # What crashed or took too long is tried again.
        if it.name.partition(".")[0] not in ("endless", "crash", "killer")
    }
    marks = graded.results / "written.csv"
    text = marks.read_text(encoding="utf-8")
    assert "a/b,q2,," in text
    marks.write_text(text.replace("solved,q2,,", "solved,q2,1.5,Good."), "utf-8")
    assert graded.grade() == 1
    assert {it: it.stat().st_mtime_ns for it in kept} == kept
    assert graded.scores()["solved"]["total"] == "5.5"
    assert graded.scores()["a/b"]["total"] == ""
    page = (graded.results / "feedback" / "solved.html").read_text(encoding="utf-8")
    assert "Good." in page
    marks.write_text(text.replace("solved,q2,,", "solved,q2,9,"), "utf-8")
    assert graded.grade() == 2
    assert graded.scores()["solved"]["total"] == "5.5"
    marks.write_text(text, "utf-8")


def test_an_outcome_survives_being_written(graded: Graded) -> None:
    path = next((graded.results / "outcomes").glob("wrong.*.json"))
    text = path.read_text(encoding="utf-8")
    assert Outcome.from_json(text).to_json() == text


def test_a_variant_is_decided_by_the_id_alone(graded: Graded) -> None:
    master = masters.read_master(EXAMPLE)
    by_id = {row["id"]: row["variant"] for row in graded.scores().values()}
    for student, variant in by_id.items():
        digest = hashlib.sha256(f"rainfall\n{student}".encode()).hexdigest()
        assert masters.variant_of(master, student).name == variant
        assert variant == ("coast", "valley")[int(digest, 16) % 2]


def test_a_student_gets_data_and_no_trace_of_the_rest(graded: Graded) -> None:
    text = (graded.set / "handout" / "a%2Fb.ipynb").read_text(encoding="utf-8")
    assert "_millimetres" not in text
    assert 'rainfall = \\"\\"\\"' in text
    assert "A dry day has 0.0 millimetres" not in text
    assert '_own = \\"a%2Fb.ipynb\\"' in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["grade", "nowhere", "--set", "SET"], "cannot be read"),
        (["grade", "SUBMISSIONS", "--set", "nowhere"], "no set of an assignment"),
        (["assign", "MASTER", "-p", "statio", "coast"], "did you mean 'station'"),
        (["assign", "MASTER", "-p", "station", "cost"], "not one of coast, valley"),
        (["assign", "nowhere.ipynb"], "cannot be read"),
    ],
)
def test_a_mistake_of_the_teacher_is_told_in_a_sentence(
    graded: Graded, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    paths = {
        "SET": graded.set,
        "SUBMISSIONS": graded.submissions,
        "MASTER": EXAMPLE,
    }
    assert main([str(paths.get(it, it)) for it in arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error


def test_the_solution_checks_itself_under_its_own_name(graded: Graded) -> None:
    for path in (graded.set / "keys").glob("*/solution.ipynb"):
        assert '_own = \\"solution.ipynb\\"' in path.read_text("utf-8")


def test_where_nothing_can_be_forked_each_kernel_is_started_and_does_the_same(
    graded: Graded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template, "CAN_FORK", False)
    # The processes that are started decide it anew; so they do on such a system.
    monkeypatch.setenv("ASSIGNMENT_GRADING_FORKS", "no")
    variant = graded.scores()["solved"]["variant"]
    archive = graded.set / "keys" / variant / "autograder.zip"
    path = graded.submissions / "solved.ipynb"
    submission = Submission("solved", path, archive)
    nothing = rooms.Protection(rooms.NOTHING, "")
    outcomes = grade_all(
        [submission], tmp_path / "outcomes", Limits(), 1, protection=nothing
    )
    assert outcomes["solved"].scores == {"q1": 4}


def test_what_ran_before_the_time_was_over_keeps_its_points_and_is_tried_again(
    graded: Graded, tmp_path: Path
) -> None:
    path = tmp_path / "late.ipynb"
    notebook = nbformat.read(graded.submissions / "solved.ipynb", as_version=4)
    endless = nbformat.v4.new_code_cell("while True:\n    pass")
    notebook.cells.append(endless)
    nbformat.write(notebook, path)
    variant = graded.scores()["solved"]["variant"]
    archive = graded.set / "keys" / variant / "autograder.zip"
    submission = Submission("late", path, archive)
    told: list[str] = []
    for _ in range(2):
        (outcome,) = grade_all(
            [submission], tmp_path / "outcomes", Limits(seconds=2), 1,
            lambda student, _: told.append(student),
        ).values()  # fmt: skip
        assert outcome.status == "timed out"
        assert outcome.scores == {"q1": 4}
        assert "2 seconds of processor time" in outcome.note
        (kept,) = (tmp_path / "outcomes").iterdir()
        kept.write_text(kept.read_text("utf-8").replace("2 seconds", "9 seconds"))
    assert told == ["late", "late"]


@pytest.mark.parametrize(
    ("scores", "tests", "told"),
    [
        ({"q1": 16.0}, {"q1": [(4.0, True)]}, "q1 has 16 points, its tests give 4"),
        ({"q1": 4.0}, {"q1": [(4.0, False)]}, "q1 has 4 points, its tests give 0"),
        ({"q1": float("nan")}, {"q1": [(4.0, True)]}, "no number"),
        ({"q1": 4.0}, {"q1": [(float("inf"), True)]}, "no number"),
        ({"q9": 4.0}, {"q9": [(4.0, True)]}, "no question q9"),
        ({"q1": 8.0}, {"q1": [(4.0, True)] * 2}, "tests of q1 are worth 8 points"),
        ({"q1": 4.0}, {}, "different questions"),
        ({}, {}, "q1 was not tested"),
    ],
)
def test_points_that_cannot_be_are_refused_and_named(
    scores: dict[str, float], tests: dict[str, list[tuple[float, bool]]], told: str
) -> None:
    outcome = Outcome(
        "graded",
        "",
        scores,
        {
            question: [Test(True, points, passed, "") for points, passed in found]
            for question, found in tests.items()
        },
    )
    assert told in implausible(outcome, {"q1": 4.0})
