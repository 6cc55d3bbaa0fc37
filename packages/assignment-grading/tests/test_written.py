"""Marks as Excel saves them, the wrong ones included, and lines that are added."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out.handout import Key, Written
from assignment_grading.tabular.written import Mark, add_lines, read_marks

NAMES = {
    "0102": "Jürgen Möller",
    "s1031": "Bogdan Nguyễn",
    "s1050": "Anna",
    "Łu": "Łucja",
}
KEY = Key("trends", "a", {}, {"q1": 4}, (Written("q2", 2, "c2", ""),))
KEYS = dict.fromkeys(("0102", "s1031", "s1050"), KEY)
LATER = {**KEYS, "s2000": KEY}
LATER_NAMES = {**NAMES, "s2000": "Käthe Größe"}
MARKS = {
    ("0102", "q2"): Mark(1.5, "gut begründet"),
    ("s1031", "q2"): Mark(2, "all of it; yes, all"),
    ("s1050", "q2"): Mark(None, ""),
}

OURS = (
    "id,name,question,points,comment\n"
    "0102,Jürgen Möller,q2,1.5,gut begründet\n"
    's1031,Bogdan Nguyễn,q2,2,"all of it; yes, all"\n'
    "s1050,Anna,q2,,\n"
)
# What Excel writes where numbers have a comma: each cell with a semicolon is quoted.
GERMAN = (
    "id;name;question;points;comment\r\n"
    "0102;Jürgen Möller;q2;1,5;gut begründet\r\n"
    's1031;Bogdan Nguyễn;q2;2;"all of it; yes, all"\r\n'
    "s1050;Anna;q2;;\r\n"
)
# Excel writes a question mark for a letter that the encoding lacks.
LOSSY = GERMAN.replace("ễ", "?")
TABS = GERMAN.replace('"', "").replace("all; ", "").replace(";", "\t")
TABS = TABS.replace("of it\t", "of it;")
FOUR = (
    "id,question,points,comment\n0102,q2,1.5,gut begründet\n"
    's1031,q2,2,"all of it; yes, all"\ns1050,q2,,\n'
)


@dataclass(frozen=True)
class Form:
    """A file of marks, and the line that belongs at its end for a new answer."""

    data: bytes
    added: bytes


def form(text: str, encoding: str, added: str, mark: bytes = b"") -> Form:
    return Form(mark + text.encode(encoding), added.encode(encoding))


COMMA, SEMICOLON = "s2000,Käthe Größe,q2,,\n", "s2000;Käthe Größe;q2;;\r\n"
TAB = SEMICOLON.replace(";", "\t")
FORMS = {
    "as it was written": form(OURS, "utf-8", COMMA, codecs.BOM_UTF8),
    "UTF-8 without a mark": form(OURS, "utf-8", COMMA),
    "CSV UTF-8 of a German Excel": form(GERMAN, "utf-8", SEMICOLON, codecs.BOM_UTF8),
    "Unicode text": form(TABS, "utf-16-le", TAB, codecs.BOM_UTF16_LE),
    "UTF-16, big end first": form(TABS, "utf-16-be", TAB, codecs.BOM_UTF16_BE),
    "sep=;": form("sep=;\r\n" + GERMAN, "utf-8", SEMICOLON),
    "plain CSV of Windows": form(LOSSY, "cp1252", SEMICOLON),
    "plain CSV of Windows in Central Europe": form(LOSSY, "cp1250", SEMICOLON),
    "plain CSV of macOS": form(LOSSY, "mac_roman", SEMICOLON),
    "CSV of DOS": form(LOSSY, "cp850", SEMICOLON),
    "line ends of an old Mac": form(
        OURS.replace("\n", "\r"), "utf-8", COMMA.replace("\n", "\r")
    ),
    "no line end at the end": form(OURS[:-1], "utf-8", "\n" + COMMA),
    "four columns, as earlier versions wrote": form(FOUR, "utf-8", "s2000,q2,,\n"),
    "columns and lines without anything": form(
        GERMAN.replace("\r", ";;\r") + ";;;;;;\r\n" * 2, "utf-8",
        "s2000;Käthe Größe;q2;;\r\n",
    ),
    "columns in another order": form(
        "Comment,Points,Question,ID\ngut begründet,1.5,q2,0102\n"
        '"all of it; yes, all",2,q2,s1031\n,,q2,s1050\n', "utf-8",
        ",,q2,s2000\n",
    ),
    "noughts kept by a formula": form(
        OURS.replace("0102", '"=""0102"""'), "utf-8", COMMA
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_marks_are_the_same_in_every_form_and_lines_are_added_in_it(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / "written.csv"
    path.write_bytes(FORMS[name].data)
    assert read_marks(path, KEYS, NAMES) == MARKS
    assert add_lines(path, KEYS, NAMES) == []
    assert path.read_bytes() == FORMS[name].data
    assert add_lines(path, LATER, LATER_NAMES) == []
    assert path.read_bytes() == FORMS[name].data + FORMS[name].added
    assert read_marks(path, LATER, LATER_NAMES) == {
        **MARKS,
        ("s2000", "q2"): Mark(None, ""),
    }


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_beside_it_has_the_marks_and_is_never_changed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "written.csv"
    data = workbook(
        ["id", "name", "question", "points", "comment"],
        ["0102", "Jürgen Möller", "q2", 1.5, "gut begründet"],
        ["s1031", "Bogdan Nguyễn", "q2", 2, "all of it; yes, all"],
        ["s1050", None, "q2", None, None],
    )
    (tmp_path / "written.xlsx").write_bytes(data)
    assert read_marks(path, KEYS, NAMES) == MARKS
    (told,) = add_lines(path, LATER, LATER_NAMES)
    assert "written.xlsx has no line for s2000 q2" in told
    assert (tmp_path / "written.xlsx").read_bytes() == data
    assert not path.exists()
    path.write_text(OURS, encoding="utf-8")
    with pytest.raises(AssignmentError, match=r"has written\.csv and written\.xlsx"):
        read_marks(path, KEYS, NAMES)
    assert "has written.csv and written.xlsx" in add_lines(path, LATER, LATER_NAMES)[0]
    assert path.read_text(encoding="utf-8") == OURS


def test_text_under_the_name_that_excel_gives_it_has_the_marks(tmp_path: Path) -> None:
    text = FORMS["Unicode text"]
    (tmp_path / "written.txt").write_bytes(text.data)
    assert read_marks(tmp_path / "written.csv", KEYS, NAMES) == MARKS
    assert add_lines(tmp_path / "written.csv", LATER, LATER_NAMES) == []
    assert [it.name for it in tmp_path.iterdir()] == ["written.txt"]
    assert (tmp_path / "written.txt").read_bytes() == text.data + text.added


@pytest.mark.parametrize(
    "name",
    ["written (1).csv", "written - Copy.csv", "Written.csv", "written.csv.txt",
     "written.ods", "written.xls", "written.numbers"],
)  # fmt: skip
def test_marks_under_another_name_are_not_overlooked(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(OURS, encoding="utf-8")
    (tmp_path / "written.html").write_text("the answers")
    (tmp_path / "written_backup.csv").write_text("mine")
    with pytest.raises(AssignmentError, match="may have your marks: save it as writ"):
        read_marks(tmp_path / "written.csv", KEYS, NAMES)
    (tmp_path / "written.csv").write_text(OURS, encoding="utf-8")
    with pytest.raises(AssignmentError, match="Keep that one and delete the other"):
        read_marks(tmp_path / "written.csv", KEYS, NAMES)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("s9,,q2,1,", "line 3: there is no student 's9'$"),
        ("102,,q2,1,", "line 3: there is no student '102'; probably '0102' was meant"),
        ("102.0,,q2,1,", "probably '0102' was meant"),
        ("1.02E+02,,q2,1,", "probably '0102' was meant"),
        ("S1031,,q2,1,", "probably 's1031' was meant"),
        (",Anna,q2,1,", "line 3: the id is empty"),
        ("s1031,,q1,1,", "s1031 has no question 'q1' that you mark, but q2"),
        ("s1031,,,1,", "s1031 has no question ''"),
        ("0102,,q2,1,", "line 3: 0102, q2 is in line 2 already"),
        ("s1031,,q2,good,", "line 3: 'good' is no number of points"),
        ("s1031,,q2,nan,", "'nan' is no number of points"),
        ("s1031,,q2,inf,", "'inf' is no number of points"),
        ("s1031,,q2,1_0,", "'1_0' is no number of points"),
        ("s1031,,q2,-1,", "'-1' is no number of points"),
        ("s1031,,q2,1e0,", "'1e0' is no number of points"),
        ("s1031,,q2,\u0661,", "is no number of points"),
        ("s1031,,q2,01. Mai,", "'01. Mai' is no number of points"),
        ("s1031,,q2,2.1,", "line 3: 2.1 is not from 0 to 2"),
        ("s1031,,q2,9999999999999999999,", "is not from 0 to 2"),
        # 1,5 points, entered in a text editor into a file with commas.
        ("s1031,,q2,1,5", "are these 1 points and the comment 5, or 1.5 points"),
        ("s1031,,q2,1,5,", "are these 1 points and the comment 5, or 1.5 points"),
        ("s1031,,q2,1,5,Good.", "'Good.' stands in no column"),
        ("s1031,Jürgen Möller,q2,1,", "s1031 is Bogdan Nguyễn, but the line has the"),
        ('s1031,,q2,1,"Good', "line 3: a quotation mark opens a cell"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_and_the_file_stays(
    line: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "written.csv"
    head = "id,name,question,points,comment\n0102,,q2,1.5,Good.\n"
    path.write_text(f"{head}{line}\n", encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(AssignmentError) as refused:
        read_marks(path, KEYS, NAMES)
    assert re.search(told, str(refused.value), re.MULTILINE)
    assert path.read_bytes() == before


def test_all_wrong_lines_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "written.csv"
    path.write_text("id,question,points\nx,q2,1\n0102,q2,1\ns1031,q2,z\n")
    with pytest.raises(AssignmentError) as told:
        read_marks(path, KEYS, NAMES)
    assert [line.partition(":")[0] for line in str(told.value).splitlines()[1:3]] == [
        "  line 2",
        "  line 4",
    ]
    assert str(told.value).endswith("Nothing was graded, and the file is as it was.")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("0102,q2,1.5,\n", "must name the columns id, name, question"),
        ("id,question,points,points\n0102,q2,1,2\n", "two columns “points”"),
        ("id,question,points,remark\n0102,q2,1,x\n", "'x' is in a column “remark”"),
        ("id,question,points,\n0102,q2,1,x\n", "'x' stands in no column"),
        ("id,,question,points\n0102,x,q2,1\n", "'x' is in a column “” that nobody"),
        ("id,question,points\n0102,q2,\ufffd\n", "is no number"),
    ],
)
def test_columns_that_nobody_reads_are_refused(
    content: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "written.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(AssignmentError, match=told):
        read_marks(path, KEYS, NAMES)


def test_a_comment_in_an_encoding_that_no_name_settles_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "written.csv"
    # è of Windows-1252 is č of Windows-1250, and ü is the same in both.
    text = "id;name;question;points;comment\n0102;Jürgen Möller;q2;1;très bien\n"
    path.write_bytes(text.encode("cp1252"))
    with pytest.raises(AssignmentError, match=r"line 2: 'tr.s bien' is not text"):
        read_marks(path, KEYS, NAMES)
    # Without a name, nothing is settled.
    path.write_bytes("id;question;comment\n0102;q2;schön\n".encode("cp1252"))
    with pytest.raises(AssignmentError, match="“CSV UTF-8"):
        read_marks(path, KEYS, NAMES)
    # A name that is another one in this encoding settles that it is not this one.
    names = {"0102": "Jérôme Genève"}
    text = "id;name;question;points;comment\n0102;Jérôme Genève;q2;1;très bien\n"
    path.write_bytes(text.encode("cp1252"))
    assert read_marks(path, KEYS, names)["0102", "q2"].comment == "très bien"


def test_a_name_that_an_encoding_may_lack_is_left_out_and_an_id_is_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "written.csv"
    path.write_bytes(LOSSY.encode("cp1252"))
    # Windows-1250 has Łucja's letter, and nothing says that the file is not in it.
    assert add_lines(path, {**KEYS, "s3": KEY}, {**NAMES, "s3": "Łucja"}) == []
    assert path.read_bytes() == LOSSY.encode("cp1252") + b"s3;;q2;;\r\n"
    (told,) = add_lines(path, {**KEYS, "Łu": KEY}, NAMES)
    assert "its encoding is not known" in told
    assert path.read_bytes() == LOSSY.encode("cp1252") + b"s3;;q2;;\r\n"


def test_a_name_that_has_lost_letters_still_settles_the_encoding(
    tmp_path: Path,
) -> None:
    path = tmp_path / "written.csv"
    text = "id;name;question;points;comment\n0102;Jürgen ?uk;q2;1;schön\n"
    path.write_bytes(text.encode("cp1252"))
    marks = read_marks(path, KEYS, {"0102": "Jürgen Łuk"})
    assert marks["0102", "q2"].comment == "schön"


def test_what_was_saved_while_the_class_was_graded_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "written.csv"
    read_marks(path, KEYS, NAMES)
    path.write_text("id,question,points\n0102,q2,1\n", encoding="utf-8")
    assert add_lines(path, KEYS, NAMES) == []
    assert path.read_text(encoding="utf-8") == (
        "id,question,points\n0102,q2,1\ns1031,q2,\ns1050,q2,\n"
    )
    path.write_text('id,question,points\n0102,q2,"1\n', encoding="utf-8")
    (told,) = add_lines(path, KEYS, NAMES)
    assert "No line was added to written.csv" in told


def test_a_new_file_opens_in_excel_with_all_its_letters(tmp_path: Path) -> None:
    path = tmp_path / "grades" / "written.csv"
    assert read_marks(path, KEYS, NAMES) == {}
    assert add_lines(path, {"Łu": KEY}, NAMES) == []
    # The mark by which Excel knows UTF-8.
    assert path.read_bytes() == (
        b"\xef\xbb\xbfid,name,question,points,comment\n\xc5\x81u,\xc5\x81ucja,q2,,\n"
    )
    path.write_bytes(b"\xef\xbb\xbf\r\n")
    assert read_marks(path, KEYS, NAMES) == {}
    add_lines(path, {"s7": KEY}, {})
    assert path.read_bytes() == b"\xef\xbb\xbfid,question,points,comment\ns7,q2,,\n"


def with_criteria(*worths: float) -> dict[str, Key]:
    """Keys with a rubric; of a criterion the points and the text are read."""
    written: Any = SimpleNamespace(
        question="q2",
        points=sum(worths),
        criteria=tuple(SimpleNamespace(points=it, text="…") for it in worths),
    )
    return {"0102": Key("trends", "a", {}, {}, (written,))}


def criteria_of(cells: str, keys: dict[str, Key], folder: Path) -> Mark:
    path = folder / "written.csv"
    path.write_text(f"id,question,points,comment,c1,c2,c3\n0102,q2,{cells}\n")
    return read_marks(path, keys)["0102", "q2"]


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (",Good.,1,0.5,0", Mark(1.5, "Good.", (1, 0.5, 0))),
        ('"1,5",,1,"0,5",0', Mark(1.5, "", (1, 0.5, 0))),
        ("1.5,,,,", Mark(1.5, "")),
        (",,,,", Mark(None, "")),
        # Ten times 0.1 is not 1 for a computer.
        ("0.3,,0.1,0.2,0", Mark(0.3, "", (0.1, 0.2, 0))),
    ],
)
def test_criteria_add_up_to_the_points(cells: str, mark: Mark, tmp_path: Path) -> None:
    assert criteria_of(cells, with_criteria(1, 1, 2), tmp_path) == mark


@pytest.mark.parametrize(
    ("cells", "worths", "told"),
    [
        (
            "1,,1,1,0",
            (1, 1, 2),
            "line 2: the criteria add up to 2, but the points are 1",
        ),
        (",,1,,0", (1, 1, 2), "c2 is empty: write 0"),
        (",,1,1.5,0", (1, 1, 2), "c2: 1.5 is not from 0 to 1"),
        (",,1,x,0", (1, 1, 2), "c2: 'x' is no number of points"),
        (",,1,1,0", (1, 1), "c3 is filled, but q2 has 2 criteria"),
    ],
)
def test_criteria_that_cannot_be_right_are_refused(
    cells: str, worths: tuple[float, ...], told: str, tmp_path: Path
) -> None:
    with pytest.raises(AssignmentError, match=told):
        criteria_of(cells, with_criteria(*worths), tmp_path)


def test_without_a_rubric_criteria_are_the_teachers_own(tmp_path: Path) -> None:
    mark = criteria_of(",,1,0.5,0", KEYS, tmp_path)
    assert mark == Mark(1.5, "", (1, 0.5, 0))
    with pytest.raises(AssignmentError, match="add up to 4, which is not from 0 to 2"):
        criteria_of(",,2,2,0", KEYS, tmp_path)


def test_a_new_file_has_a_column_for_each_criterion(tmp_path: Path) -> None:
    path = tmp_path / "written.csv"
    add_lines(path, with_criteria(1, 1, 2), {})
    assert path.read_text(encoding="utf-8-sig") == (
        "id,question,points,comment,c1,c2,c3\n0102,q2,,,,,\n"
    )
