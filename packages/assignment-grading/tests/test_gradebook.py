"""Scores back into the tables of Canvas and Moodle, and what late hand-ins cost."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import nbformat
import pytest
from assignment_grading.__main__ import main
from assignment_grading.arrivals import gradebook, lateness
from assignment_grading.arrivals.collection import Handed
from assignment_grading.errors import AssignmentError
from lms_exports import zipped

EXAMPLE = Path(__file__).parents[1] / "example"
CLASS = ("1001", "bob@uni.example", "łucja", "O'Neil Seán", "absent")

# As Canvas writes it: `lib/gradebook_exporter.rb`, with a line for a hidden assignment.
CANVAS = '''\
Student,ID,SIS User ID,SIS Login ID,Section,Rainfall (901),Essay (902),Final Score
,,,,,Manual Posting,,
"    Points Possible",,,,,6.00,10.00,(read only)
"Lovelace, Ada",501,1001,ada@uni.example,"Stats, spring",,7.50,75.00
"Bourne, Bob",502,1002,bob@uni.example,Stats,3.00,,
"Müller, Łucja",1001,1003,łucja,Stats,EX,8.00,80.00
"O'Neil, Seán",504,1004,sean,"Stats ""B""",,,
"Student, Test",505,,f00ba4,Stats,,,
'''

# As Moodle writes it: `mod/assign/gradingtable.php`, here of a site with ID numbers.
MOODLE = """\
Identifier,"Full name","ID number","Email address",Status,Grade,"Maximum grade",\
"Grade can be changed","Last modified (submission)","Feedback comments"
"Participant 7001","Ada Lovelace",1001,ada@uni.example,Submitted,,6.00,Yes,\
"Wednesday, 25 November 2026, 10:11 AM","<p>Line one,
line ""two""</p>"
"Participant 7002","Bob Bourne",1002,bob@uni.example,"No - ",3.00,6.00,Yes,-,
"Participant 7003","Łucja Müller",1003,łucja@uni.example,"No - ",,6.00,Yes,-,
"Participant 7004","O'Neil Seán",1004,sean@uni.example,"No - ",,6.00,Yes,-,
"""


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "export.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def filled(
    folder: Path, system: str, content: str | bytes, column: str = ""
) -> tuple[bytes, list[str]]:
    book = gradebook.read_gradebook(
        system, write(folder, content), CLASS, "rainfall", column
    )
    scores = {"1001": 5.5, "bob@uni.example": 3.0, "łucja": 6.0, "O'Neil Seán": None}
    return gradebook.fill_in(book, scores | {"absent": None})


def test_only_the_grades_change_in_a_gradebook_of_canvas(tmp_path: Path) -> None:
    content, said = filled(tmp_path, "canvas", CANVAS)
    # By hand: the excused stays excused, and who has no score keeps an empty cell.
    expected = CANVAS.replace('"Stats, spring",,7.50', '"Stats, spring",5.5,7.50')
    expected = expected.replace("Stats,3.00,,", "Stats,3,,")
    assert content.decode() == expected
    assert said == [
        "export.csv has no line for: absent.",
        "export.csv is as it was where there is no score to enter: O'Neil Seán.",
        "export.csv is as it was for those excused or not assigned: łucja (EX).",
    ]
    assert (tmp_path / "export.csv").read_text("utf-8") == CANVAS


def test_only_the_grades_change_in_a_worksheet_of_moodle(tmp_path: Path) -> None:
    content, said = filled(tmp_path, "moodle", MOODLE)
    expected = MOODLE.replace("Submitted,,6.00", "Submitted,5.5,6.00")
    expected = expected.replace('"No - ",3.00', '"No - ",3')
    expected = expected.replace(
        'łucja@uni.example,"No - ",,', 'łucja@uni.example,"No - ",6,'
    )
    assert content.decode() == expected
    assert said == [
        "export.csv has no line for: absent.",
        "export.csv is as it was where there is no score to enter: O'Neil Seán.",
    ]


@pytest.mark.parametrize("system", ["canvas", "moodle"])
@pytest.mark.parametrize(
    "saved",
    ["utf-8-sig", "utf-16", "crlf", "semicolon", "tab", "sep", "all quoted", "no end"],
)
def test_a_table_stays_as_it_was_saved(tmp_path: Path, system: str, saved: str) -> None:
    text = {"canvas": CANVAS, "moodle": MOODLE}[system]
    rows = list(csv.reader(io.StringIO(text)))
    delimiter = {"semicolon": ";", "tab": "\t", "sep": ";"}.get(saved, ",")
    out = io.StringIO()
    csv.writer(
        out,
        delimiter=delimiter,
        lineterminator="\r\n" if saved == "crlf" else "\n",
        quoting=csv.QUOTE_ALL if saved == "all quoted" else csv.QUOTE_MINIMAL,
    ).writerows(rows)
    text = out.getvalue()
    if saved == "sep":
        text = f"sep=;\n{text}"
    if saved == "no end":
        text = text.removesuffix("\n")
    encoding = saved if saved.startswith("utf") else "utf-8"
    content, _ = filled(tmp_path, system, text.encode(encoding))
    after = content.decode(encoding)
    start = "sep=;\n" if saved == "sep" else ""
    assert after.startswith(start)
    lines = io.StringIO(after.removeprefix(start))
    table = list(csv.reader(lines, delimiter=delimiter))
    at = {"canvas": 5, "moodle": 5}[system]
    changed = {
        (line, place): (old, new)
        for line, (before, now) in enumerate(zip(rows, table, strict=True))
        for place, (old, new) in enumerate(zip(before, now, strict=True))
        if old != new
    }
    assert {place for _, place in changed} == {at}
    assert {float(new) for _, new in changed.values()} <= {5.5, 3.0, 6.0}
    assert ("", "5.5") in changed.values()
    assert content.startswith(text.encode(encoding)[:40])
    assert after.count("\r\n") == text.count("\r\n")
    assert after.count('"') - text.count('"') in (0, *range(-2, 9))
    assert after.endswith("\n") == text.endswith("\n")


def test_numbers_have_a_comma_where_the_table_has_one(tmp_path: Path) -> None:
    german = MOODLE.replace("6.00", '"6,00"').replace("3.00", '"3,00"')
    german = german.replace("Grade,", "Bewertung,").replace("Identifier", "ID")
    content, _ = filled(tmp_path, "moodle", german)
    assert 'Submitted,"5,5","6,00"' in content.decode()
    head = "Student;ID;SIS User ID;SIS Login ID;Section;R (1)\n"
    semicolons = f"{head};;;;;\nA;1;1001;a;s;\n"
    content, _ = filled(tmp_path, "canvas", semicolons)
    assert content.decode().endswith('A;1;1001;a;s;"5,5"\n')


@pytest.mark.parametrize(
    "text",
    [
        "Wednesday, 25 November 2026, 10:11 AM",
        "Wednesday, November 25, 2026, 10:11 AM",
        "Wednesday, 25 November 2026, 10:11",
    ],
)
def test_the_worksheet_of_moodle_says_when_each_handed_in(
    tmp_path: Path, text: str
) -> None:
    content = MOODLE.replace("Wednesday, 25 November 2026, 10:11 AM", text)
    path = write(tmp_path, content)
    book = gradebook.read_gradebook("moodle", path, CLASS, "rainfall")
    assert book.times == {"1001": datetime(2026, 11, 25, 10, 11)}
    files = {"1001": handed(None, clock=""), "łucja": handed(None, clock="")}
    files = lateness.with_times(files, book.times, "Moodle's table")
    assert (files["1001"].when, files["1001"].clock) == (
        book.times["1001"], "Moodle's table"
    )  # fmt: skip
    assert files["łucja"].when is None


def test_one_number_is_not_two_people(tmp_path: Path) -> None:
    """Łucja's number in Canvas is Ada's in the student register."""
    book = gradebook.read_gradebook(
        "canvas", write(tmp_path, CANVAS), ["1001", "1002", "1004"], "rainfall"
    )
    assert {one: book.rows[at][0].value for one, at in book.lines.items()} == {
        "1001": "Lovelace, Ada", "1002": "Bourne, Bob", "1004": "O'Neil, Seán",
    }  # fmt: skip
    # 504 is nobody of the class by the register, only by Canvas's own number.
    book = gradebook.read_gradebook(
        "canvas", write(tmp_path, CANVAS), ["1001", "1002", "504"], "rainfall"
    )
    assert "504" not in book.lines


def test_a_name_finds_a_student_whose_id_the_table_does_not_have(
    tmp_path: Path,
) -> None:
    names = {"x1": "Ada Lovelace", "x2": "Bourne, Bob", "x3": "Nobody", "x4": "1003"}
    for system, content in (("canvas", CANVAS), ("moodle", MOODLE)):
        path = write(tmp_path, content)
        book = gradebook.read_gradebook(
            system, path, list(names), "rainfall", names=names
        )
        at = {"canvas": 3, "moodle": 1}[system]
        assert book.lines == {"x1": at, "x2": at + 1}
    # Two of one name are nobody.
    names = {"x1": "Ada Lovelace", "x2": "Lovelace, Ada", "1002": ""}
    book = gradebook.read_gradebook(
        "canvas", write(tmp_path, CANVAS), list(names), "rainfall", names=names
    )
    assert set(book.lines) == {"1002"}


@pytest.mark.parametrize(
    ("column", "changed"),
    [
        ("", 5), ("Rainfall (901)", 5), ("901", 5), ("rainfall", 5),
        ("Essay (902)", 6), ("essay", 6), ("902", 6),
    ],
)  # fmt: skip
def test_the_column_is_found_by_its_title_or_number(
    tmp_path: Path, column: str, changed: int
) -> None:
    path = write(tmp_path, CANVAS)
    book = gradebook.read_gradebook("canvas", path, CLASS, "rainfall", column)
    assert book.column == changed
    assert book.most == {5: 6.0, 6: 10.0}[changed]


HEAD = "Student,ID,SIS User ID,SIS Login ID,Section"


@pytest.mark.parametrize(
    ("system", "content", "column", "told"),
    [
        ("canvas", f"{HEAD},A (1),B (2)\n", "", r"'A \(1\)', 'B \(2\)'.*--gradebook-c"),
        ("canvas", f"{HEAD},Rainfall (1),Rainfall (2)\n", "", "several assignments"),
        ("canvas", f"{HEAD},Rainfall (1)\n", "3", r"no column '3'; it has 'Rainfall"),
        ("canvas", f"{HEAD},Final Score\n", "", "no export of Canvas"),
        ("canvas", MOODLE, "", "no export of Canvas"),
        ("moodle", CANVAS, "", "no export of Moodle"),
        ("moodle", MOODLE, "Nota", "no column 'Nota'"),
        ("canvas", "", "", "no export of Canvas"),
        ("canvas", "hello", "", "no export of Canvas"),
        ("canvas", b"PK\x03\x04", "", "a workbook or a zip file"),
        ("canvas", b"Student,\xff\xfe\xfd", "", "not text in UTF-8"),
        ("canvas", CANVAS + "x,1,2\n", "", "line 9: it has 3 fields"),
        (
            "canvas",
            CANVAS.replace("1004", "1001"),
            "",
            "lines 4 and 7: each may be 1001",
        ),
        (
            "canvas",
            f"{HEAD},R (1)\n,,,,,6\nA,1,7,a,s,\n",
            "",
            "no student of the class",
        ),
    ],
)
def test_a_table_that_is_not_certain_is_refused(
    tmp_path: Path, system: str, content: str | bytes, column: str, told: str
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(AssignmentError, match=told):
        gradebook.read_gradebook(system, path, CLASS, "rainfall", column)


def test_a_grade_that_would_change_is_named(tmp_path: Path) -> None:
    content, said = filled(tmp_path, "canvas", CANVAS.replace(",3.00,", ",2.50,"))
    assert "bob@uni.example (2.50)" in " ".join(said)
    assert b"Stats,3,," in content


ZONE = timezone(timedelta(hours=2))
DEADLINE = datetime(2026, 11, 30, 23, 59, tzinfo=ZONE)


def handed(when: datetime | None, late: bool | None = None, clock: str = "x") -> Handed:
    return Handed(Path("a.ipynb"), "a.ipynb", 1, when, clock, late, ())


@pytest.mark.parametrize(
    ("when", "hours", "lost"),
    [
        (datetime(2026, 11, 30, 23, 59, tzinfo=ZONE), 0, 0),
        (datetime(2026, 11, 30, 21, 59, tzinfo=UTC), 0, 0),
        (datetime(2026, 11, 30, 22, 59, tzinfo=UTC), 1, 10),
        (datetime(2026, 12, 1, 23, 59), 24, 10),
        (datetime(2026, 12, 2, 0, 0), 24 + 1 / 60, 20),
        (datetime(2027, 12, 2, 0, 0), 24 * 366 + 1 / 60, 100),
    ],
)
def test_each_day_begun_costs_its_part(
    when: datetime, hours: float, lost: float
) -> None:
    late = lateness.late_by(handed(when), DEADLINE)
    assert late is not None
    assert late / timedelta(hours=1) == pytest.approx(hours)
    assert lateness.penalty(late, 10) == lost


def test_what_nobody_knows_stays_empty() -> None:
    scores = 'id,total,note\nada,4,"a, b"\nbob,4,\neve,4,\nzoe,,\n'
    files = {
        "ada": handed(None, late=True, clock=""),
        "bob": handed(None, late=False, clock=""),
        "eve": handed(None, clock=""),
    }
    after = lateness.add_columns(
        scores, ["ada", "bob", "eve", "zoe"], files, DEADLINE, 10.0
    )
    assert after == (
        "id,total,handed_in,time_from,late_by,attempt,penalty,total_after_penalty,note\n"
        'ada,4,,the system\'s mark: late,,1,,,"a, b"\n'
        "bob,4,,the system's mark: not late,0.00,1,0,4,\n"
        "eve,4,,,,1,,,\n"
        "zoe,,,,,,,,\n"
    )
    assert lateness.unknown(files, DEADLINE) == ["ada", "eve"]
    assert lateness.totals(after) == [None, 4.0, None, None]


@pytest.mark.parametrize(
    "text", ["2026-11-30", "2026-11-30T23:59", "tomorrow", "", "30.11.2026 23:59+02:00"]
)
def test_a_deadline_needs_a_time_zone(text: str) -> None:
    with pytest.raises(ValueError, match="no time with a time zone"):
        lateness.read_deadline(text)
    assert lateness.read_deadline("2026-11-30T23:59+02:00") == DEADLINE
    assert lateness.read_deadline("2026-11-30T21:59Z") == DEADLINE


# By the real command: a class of four, and one who is on no roster.
ROSTER = ("ada", "bob", "Łucja Müller", "ben")
RIGHT = {
    # Counted and added up by hand.
    "coast": "dry = 4\nwet_mean = (4.2 + 1.8 + 11.6 + 0.4 + 7.0 + 5.0) / 6",
    "valley": "dry = 6\nwet_mean = (2.5 + 38.0 + 1.5 + 2.0) / 4",
}


@dataclass(frozen=True)
class Done:
    """What a command said."""

    code: int | str | None
    out: str
    error: str


def run(folder: Path, *arguments: str | Path) -> Done:
    """Run a command in a folder, in this process, where all is imported already."""
    out, error = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(error),
    ):
        try:
            code: int | str | None = main(list(map(str, arguments)))
        except SystemExit as end:  # argparse refuses
            code = end.code
    return Done(code, out.getvalue(), error.getvalue())


def scores(folder: Path) -> dict[str, dict[str, str]]:
    text = (folder / "grades" / "rainfall" / "scores.csv").read_text(
        encoding="utf-8-sig"
    )
    return {row["id"]: row for row in csv.DictReader(text.splitlines())}


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """Hand out, and answer: Ada right, the others not at all."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "roster.csv").write_text("id\n" + "\n".join(ROSTER) + "\n", "utf-8")
    done = run(
        folder, "assign", EXAMPLE / "rainfall.ipynb", "--roster", "roster.csv",
        "--output", "_build/assignments",
    )  # fmt: skip
    assert done.code == 0, done.error
    table = (folder / "_build/assignments/rainfall/assigned.csv").read_text("utf-8")
    notebooks = {}
    for row in csv.DictReader(table.splitlines()):
        path = folder / "_build/assignments/rainfall/handout" / row["notebook"]
        read = nbformat.read(path, as_version=4)
        read.metadata.setdefault("assignment_grading", {}).update(
            assignment="rainfall", variant=row["variant"], student=row["id"]
        )
        for cell in read.cells:
            if cell.source == "dry = ...\nwet_mean = ..." and row["id"] == "ada":
                cell.source = RIGHT[row["variant"]]
        notebooks[row["id"]] = nbformat.writes(read).encode()
    results = folder / "grades" / "rainfall"
    results.mkdir(parents=True)
    marks = "".join(f"{it},q2,1,\n" for it in ("ada", "Łucja Müller"))
    (results / "written.csv").write_text(
        f"id,question,points,comment\n{marks}", "utf-8"
    )
    return folder, notebooks


@pytest.fixture(scope="module")
def canvas(answered: tuple[Path, dict[str, bytes]]) -> tuple[Path, Done]:
    """Grade what Canvas exports, with what careless and hostile students add."""
    folder, notebooks = answered
    empty = json.loads(notebooks["ada"])
    for cell in empty["cells"]:
        if "".join(cell["source"]).startswith("dry = "):
            cell["source"] = "dry = wet_mean = 0"
    export = {
        "lovelaceada_501_9001_rainfall.ipynb": json.dumps(empty).encode(),
        "lovelaceada_LATE_501_10001_rainfall-1.ipynb": notebooks["ada"],
        "müllerłucja_503_9003_work.zip": zipped(
            {
                "__MACOSX/._nb.ipynb": b"\x00",
                "work/nb (1).IPYNB": b"\xef\xbb\xbf" + notebooks["Łucja Müller"],
            }
        ),
        # Bob hands in Ada's, under a name of his own.
        "bournebob_502_9002_bob.ipynb": notebooks["ada"],
        "benbig_504_9004_nested.ipynb": b"[" * 200_000,
        "evileve_505_9005_bomb.zip": zipped({"nb.ipynb": b" " * 2**22}),
    }
    (folder / "submissions.zip").write_bytes(zipped(export))
    (folder / "canvas.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Rainfall (77),Other (78)\r\n"
        "    Points Possible,,,,,100,10\r\n"
        '"Lovelace, Ada",501,ada,ada@uni.example,S,,1\r\n'
        '"Bourne, Bob",502,bob,bob@uni.example,S,,2\r\n'
        '"Müller, Łucja",503,,lm,S,,3\r\n'
        '"Big, Ben",504,ben,b4,S,,4\r\n',
        encoding="utf-8",
        newline="",
    )
    done = run(
        folder, "grade", "submissions.zip", "--gradebook", "canvas", "canvas.csv",
        "--deadline", "2026-11-30T23:59+02:00", "--late-penalty", "10",
    )  # fmt: skip
    return folder, done


def test_an_export_of_canvas_is_graded_as_it_comes(
    canvas: tuple[Path, Done],
) -> None:
    folder, done = canvas
    assert done.code == 1
    assert "Traceback" not in done.error
    rows = scores(folder)
    assert {student: row["status"] for student, row in rows.items()} == {
        "ada": "graded",
        "bob": "other variant",
        "Łucja Müller": "graded",
        "ben": "unreadable",
    }
    assert (rows["ada"]["q1"], rows["Łucja Müller"]["q1"]) == ("4", "0")
    assert rows["bob"]["total"] == ""
    for sentence in (
        "bournebob_502_9002_bob.ipynb was handed in as bob's, but its notebook was",
        "lovelaceada_LATE_501_10001_rainfall-1.ipynb was taken",
        "evileve_505_9005_bomb.zip/nb.ipynb: not taken.",
        "counts the assignment out of 100 points",
        "Nothing tells how late these were: ada.",
        "canvas.csv is as it was where there is no score to enter: ada, bob, ben.",
    ):
        assert sentence in done.error
    files = (folder / "grades/rainfall/files.csv").read_text(encoding="utf-8")
    assert len(files.splitlines()) == 1 + 7


def test_scores_come_back_in_a_copy_of_the_gradebook(
    canvas: tuple[Path, Done],
) -> None:
    folder, done = canvas
    before = (folder / "canvas.csv").read_bytes()
    # Canvas calls Ada late and does not say how late: her points are the teacher's.
    row = scores(folder)["ada"]
    assert (row["total"], row["total_after_penalty"]) == ("5", "")
    expected = before.replace(b"lm,S,,3", b"lm,S,1,3")
    assert (folder / "grades/rainfall/gradebook.csv").read_bytes() == expected
    assert "grades/rainfall/gradebook.csv" in done.out


@pytest.mark.usefixtures("canvas")
def test_a_late_penalty_stands_beside_the_points(
    answered: tuple[Path, dict[str, bytes]],
) -> None:
    folder, notebooks = answered
    kept = folder / "grades" / "rainfall" / "outcomes"
    before = {path: path.stat().st_mtime_ns for path in kept.iterdir()}
    shutil.rmtree(folder / "in", ignore_errors=True)
    (folder / "in").mkdir()
    name = "Home_work_{}_attempt_2026-11-25-10-11-12"
    (folder / "in" / f"{name.format('ada')}_nb.ipynb").write_bytes(notebooks["ada"])
    (folder / "in" / f"{name.format('ada')}.txt").write_text("Name: Ada (ada)")
    moodle = (
        "Identifier,Full name,Status,Grade,Maximum grade\n"
        "Participant 1,ada,Submitted,,6.00\nParticipant 2,bob,-,2.00,6.00\n"
    )
    (folder / "moodle.csv").write_text(moodle, encoding="utf-8")
    done = run(
        folder, "grade", "in", "--gradebook", "moodle", "moodle.csv",
        "--deadline", "2026-11-24T22:00+01:00", "--late-penalty", "10",
    )  # fmt: skip
    assert done.code == 0, done.error
    row = scores(folder)["ada"]
    assert (row["handed_in"], row["time_from"]) == (
        "2026-11-25T10:11:12+01:00", "Blackboard"
    )  # fmt: skip
    # From ten in the evening to 10:11:12: 12 hours, 11 minutes and 12 seconds.
    assert (row["late_by"], row["attempt"]) == ("12.19", "1")
    columns = ("total", "penalty", "total_after_penalty")
    assert [row[column] for column in columns] == ["5", "10", "4.5"]
    after = (folder / "grades/rainfall/gradebook.csv").read_text(encoding="utf-8")
    assert after == moodle.replace("Submitted,,", "Submitted,4.5,")
    # The same notebook in another export is not graded again.
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--gradebook", "blackboard", "canvas.csv"], "takes canvas or moodle"),
        (["--gradebook", "canvas", "nowhere.csv"], "cannot be read"),
        (["--gradebook", "moodle", "canvas.csv"], "no export of Moodle"),
        (["--gradebook", "canvas", "grades/rainfall/gradebook.csv"], "Name the export"),
        (["--deadline", "2026-11-30T23:59"], "no time with a time zone"),
        (["--late-penalty", "10"], "needs the deadline"),
        (["--late-penalty", "ten"], "not from 0 to 100"),
        (["--results", "."], "need a folder of their own"),
    ],
)
def test_a_mistake_of_the_teacher_stops_before_anything_is_graded(
    canvas: tuple[Path, Done],
    arguments: Sequence[str],
    told: str,
) -> None:
    folder, _ = canvas
    place = folder / "submissions"
    place.mkdir(exist_ok=True)
    shutil.copy(folder / "submissions.zip", place)
    done = run(folder, "grade", "submissions", *arguments)
    assert done.code == 2
    assert told in done.error
    assert "Traceback" not in done.error
