"""What counts as a point that moved between two gradings."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from assignment_grading.errors import AssignmentError
from assignment_grading.reporting.changes import read_scores, record

HEADER = "id,status,variant,total,possible,tested,q1,q2,note\n"


def moved(folder: Path, before: str, now: str) -> list[str]:
    path = folder / "scores.csv"
    path.write_text(HEADER + before, encoding="utf-8")
    return record(folder, read_scores(path), HEADER + now)


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        # Nothing but the note is another.
        ("ada,graded,a,6,8,4,4,2,\n", "ada,graded,a,6,8,4,4,2,Well.\n", []),
        # A first mark for a written answer.
        ("ada,graded,a,,8,4,4,,\n", "ada,graded,a,6,8,4,4,2,\n", []),
        # A notebook that came later, and a student who joined.
        (
            "ada,missing,a,,8,,,,\n",
            "ada,graded,a,6,8,4,4,2,\nbo,graded,a,6,8,4,4,2,\n",
            [],
        ),
        # As a spreadsheet writes it.
        ('ada,graded,a,"6,0",8,"4,00",4,2,\n', "ada,graded,a,6,8,4,4,2,\n", []),
        # A mark that is another, and one that is gone.
        (
            "ada,graded,a,6,8,4,4,2,\nbo,graded,a,6,8,4,4,2,\n",
            "ada,graded,a,5,8,4,4,1,\nbo,graded,a,,8,4,4,,\n",
            ["ada: total 6 → 5, q2 2 → 1", "bo: total 6 → nothing, q2 2 → nothing"],
        ),
        # Points move between questions, and the sum stays.
        (
            "ada,graded,a,6,8,6,4,2,\n",
            "ada,graded,a,6,8,6,3,3,\n",
            ["ada: q1 4 → 3, q2 2 → 3"],
        ),
        # A notebook that ran the second time, one that is gone, and a student who is.
        (
            "ada,crashed,a,,8,,,,Oh.\nbo,graded,a,6,8,4,4,2,\ncy,graded,a,0,8,0,0,0,\n",
            "ada,graded,a,6,8,4,4,2,\nbo,missing,a,,8,,,,\n",
            [
                "ada: status crashed → graded",
                "bo: status graded → missing, total 6 → nothing, tested 4 → nothing, "
                "q1 4 → nothing, q2 2 → nothing",
                "cy: no longer among the scores",
            ],
        ),
    ],
)
def test_what_was_there_and_is_another_has_moved(
    tmp_path: Path, before: str, now: str, told: list[str]
) -> None:
    assert moved(tmp_path, before, now) == told
    assert (tmp_path / "changes.csv").is_file() == bool(told)


def test_each_grading_adds_its_lines(tmp_path: Path) -> None:
    first, second = "ada,graded,a,6,8,4,4,2,\n", "ada,graded,a,5,8,3,3,2,\n"
    moved(tmp_path, first, second)
    moved(tmp_path, second, second)
    moved(tmp_path, second, first)
    with (tmp_path / "changes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["id"], row["total before"], row["total"]) for row in rows] == [
        ("ada", "6", "5"),
        ("ada", "5", "6"),
    ]
    assert rows[0]["what"] == "total 6 → 5; tested 4 → 3; q1 4 → 3"
    assert rows[0]["when"].endswith(" UTC")


def test_a_first_grading_moves_nothing(tmp_path: Path) -> None:
    assert record(tmp_path, read_scores(tmp_path / "scores.csv"), HEADER) == []
    assert list(tmp_path.iterdir()) == []


def test_former_scores_that_are_none_are_refused_before_anything_is_graded(
    tmp_path: Path,
) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("Ada was very good.\n", encoding="utf-8")
    with pytest.raises(AssignmentError, match="Nothing was graded"):
        read_scores(path)


def test_a_table_of_changes_that_a_spreadsheet_wrote_loses_nothing(
    tmp_path: Path,
) -> None:
    saved = "when;id\r\ngestern;Müller".encode("cp1252")
    (tmp_path / "changes.csv").write_bytes(saved)
    moved(tmp_path, "ada,graded,a,6,8,4,4,2,\n", "ada,graded,a,5,8,3,3,2,\n")
    now = (tmp_path / "changes.csv").read_bytes()
    assert now.startswith(saved + b"\n")
    assert b",ada,4,3,6,5," in now
