"""Rosters as teachers have them, the impossible ones included."""

from __future__ import annotations

from pathlib import Path

import pytest
from assignment_grading.errors import AssignmentError
from assignment_grading.handout import check_place
from assignment_grading.roster import Student, file_name, read_roster


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "roster.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_ids_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeffname,id\nAnna, a1 \n\nŁucja,Łucja Müller\nx,a/b\n")
    assert read_roster(path) == [
        Student("a1", "Anna"),
        Student("Łucja Müller", "Łucja"),
        Student("a/b", "x"),
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "must name a column 'id'"),
        ("name,email\nx,y\n", "it holds 'name', 'email'"),
        ("id\n", "there is no student"),
        ("id,name\n,Anna\n", "line 2: the id is empty"),
        ("id\nanna\nAnna\n", "line 3: the id 'Anna' is in line 2 already"),
        # One letter, and the same letter as two: é.
        ("id\nJosé\nJose\u0301\n", "line 3: the id 'José' is in line 2 already"),
        ("id\nan\x07na\n", "cannot be printed"),
        (b"id\n\xff\xfe\n", "not text in UTF-8"),
        ('id\n"a\n', "not a CSV file"),
        ("id\n" + "a" * 200 + "\n", "longer than 100 bytes"),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, content: str | bytes, told: str
) -> None:
    with pytest.raises(AssignmentError, match=told):
        read_roster(write(tmp_path, content))


def test_a_roster_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(AssignmentError, match=r"cannot be read: No such file"):
        read_roster(tmp_path / "nowhere.csv")


def test_all_mistakes_of_a_roster_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(AssignmentError) as told:
        read_roster(write(tmp_path, "id,n\n,1\nbob,2\nBob,3\n"))
    assert "line 2" in str(told.value)
    assert "line 4" in str(told.value)


@pytest.mark.parametrize(
    ("student", "name"),
    [
        ("anna", "anna"),
        ("a/b", "a%2Fb"),
        ("a%2Fb", "a%252Fb"),
        ("Łucja Müller", "Łucja%20Müller"),
        ("李雷", "李雷"),
        ("..", "%2E%2E"),
        (".hidden", "%2Ehidden"),
        ("o'neil@x.org", "o%27neil@x.org"),
        ("a\\b:c*", "a%5Cb%3Ac%2A"),
    ],
)
def test_every_id_has_a_file_name_of_its_own(student: str, name: str) -> None:
    assert file_name(student) == name


def test_what_was_handed_out_is_never_changed(tmp_path: Path) -> None:
    (tmp_path / "handout").mkdir()
    (tmp_path / "handout" / "anna.ipynb").write_text("old")
    with pytest.raises(AssignmentError, match=r"would change:\n.*anna\.ipynb"):
        check_place({"handout/anna.ipynb": b"new"}, tmp_path)
    check_place({"handout/anna.ipynb": b"old", "handout/bob.ipynb": b"x"}, tmp_path)


def test_a_set_for_a_roster_is_not_mixed_with_one_for_everybody(tmp_path: Path) -> None:
    (tmp_path / "assigned.csv").write_text("id,notebook,variant\n")
    with pytest.raises(AssignmentError, match="was written for a roster"):
        check_place({"handout/trends.ipynb": b""}, tmp_path)


def test_new_students_join_the_table_and_nobody_leaves_it(tmp_path: Path) -> None:
    head = "id,notebook,variant\n"
    (tmp_path / "assigned.csv").write_text(head + "anna,anna.ipynb,x\n")
    files = {"assigned.csv": (head + "bob,bob.ipynb,y\n").encode()}
    check_place(files, tmp_path)
    assert files["assigned.csv"].decode() == (
        head + "anna,anna.ipynb,x\nbob,bob.ipynb,y\n"
    )
