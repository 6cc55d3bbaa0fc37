"""Rosters as teachers have them, the impossible ones included."""

from __future__ import annotations

import codecs
import io
import zipfile
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pytest
from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out.handout import (
    Key,
    check_place,
    read_names,
    read_set,
)
from assignment_grading.tabular.roster import (
    FIRST_NAMES,
    ID_COLUMNS,
    LAST_NAMES,
    NAME_COLUMNS,
    Student,
    file_name,
    read_roster,
)


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "roster.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


ANNA, BOGDAN = Student("0102", "Łucja Müller"), Student("s1031", "Bogdan Nguyễn")
LINES = "id,name\n0102,Łucja Müller\ns1031,Bogdan Nguyễn\n"
GERMAN = LINES.replace(",", ";").replace("\n", "\r\n")
UNICODE_TEXT = LINES.replace(",", "\t").replace("\n", "\r\n")


def workbook(*sheets: list[list[object]]) -> bytes:
    """Write a workbook; a cell is a value, or a value and its number format."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for line, row in enumerate(rows, start=1):
            for column, given in enumerate(row, start=1):
                value, shown = given if isinstance(given, tuple) else (given, "General")
                sheet.cell(line, column, value).number_format = shown
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook_of_cells(cells: str) -> bytes:
    """Write the smallest workbook of ECMA-376 (part 1, 12.3 and 18) around cells.

    The rows are XML, so that formulas can have the values that Excel computed.
    """
    office = "http://schemas.openxmlformats.org"
    main = f"{office}/spreadsheetml/2006/main"
    relations = f"{office}/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{office}/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/'
            'vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" '
            f'ContentType="{kind}.sheet.main+xml"/>'
            '<Override PartName="/xl/worksheets/sheet1.xml" '
            f'ContentType="{kind}.worksheet+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship '
            f'Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>"
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
            '<sheet name="Class" sheetId="1" r:id="r1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship '
            f'Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>"
        ),
        # The size that it states is wrong, as some programs write it.
        "xl/worksheets/sheet1.xml": (
            f'<worksheet xmlns="{main}"><dimension ref="A1"/>'
            f"<sheetData>{cells}</sheetData></worksheet>"
        ),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def open_document() -> bytes:
    """Begin a table of LibreOffice: its kind is the first part (OpenDocument 1.3)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    return out.getvalue()


def inline(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Trends (431),Final Score
,,,,,Manual Posting,
    Points Possible,,,,,20.0,(read only)
"Müller, Łucja",0102,u77,lmueller,Stats 1,,"92,5"
"Nguyễn, Bogdan",s1031,u78,bnguyen,"Stats 1 and Stats 2",18.0,
"""
MOODLE = """\
\ufeff"First name","Last name","ID number","Email address",Groups
Łucja,Müller,0102,l@example.org,"A, B"
Bogdan,Nguyễn,s1031,b@example.org,
"""
BLACKBOARD = """\
"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"
"Müller"\t"Łucja"\t"lm"\t"0102"\t"2026-11-02 09:11:02"\t"Yes"
"Nguyễn"\t"Bogdan"\t"bn"\t"s1031"\t""\t"Yes"
"""
BRIGHTSPACE = """\
OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator
#0102,#lm,Müller,Łucja,l@example.org,#
#s1031,#bn,Nguyễn,Bogdan,b@example.org,#
"""
QUOTED = """\
"Name","Address","Student ID"
"Łucja Müller","1 Long Street,\nOld Town;\nNowhere","0102"
"Bogdan Nguyễn","2 ""Short"" Street","s1031"
"""
TITLED = """\
Statistics 1;;;\r
;;;\r
Matrikelnummer;Nachname;Vorname;\r
0102;Müller;Łucja;\r
;;;\r
s1031;Nguyễn;Bogdan;\r
"""
FORMULAS = (
    f"<row r='1'>{inline('A1', 'Row')}{inline('B1', 'ID')}{inline('D1', 'Name')}</row>"
    "<row r='3'><c r='A3'><v>1</v></c>"
    '<c r="B3" t="str"><f>TEXT(A3,&quot;0000&quot;)</f><v>0102</v></c>'
    f"{inline('D3', 'Łucja Müller')}</row>"
    f"<row r='7'>{inline('B7', 's1031')}"
    "<c r='D7' t='str'><f>B1</f><v>Bogdan Nguyễn</v></c></row>"
)

FORMATS = {
    "comma, UTF-8": LINES.encode(),
    "CSV UTF-8 of Excel": codecs.BOM_UTF8 + LINES.replace("\n", "\r\n").encode(),
    "CSV UTF-8 of a German Excel": codecs.BOM_UTF8 + GERMAN.encode(),
    "Unicode text of Excel": codecs.BOM_UTF16_LE + UNICODE_TEXT.encode("utf-16-le"),
    "UTF-16, big end first": codecs.BOM_UTF16_BE + UNICODE_TEXT.encode("utf-16-be"),
    "UTF-16 without a mark": GERMAN.encode("utf-16-le"),
    "UTF-32": LINES.encode("utf-32"),
    "sep=;": ("sep=;\r\n" + GERMAN).encode(),
    "sep=| in UTF-16": ("sep=|\n" + LINES.replace(",", "|")).encode("utf-16"),
    "line ends of an old Mac": LINES.replace("\n", "\r").encode(),
    "all cells quoted, with line ends in them": QUOTED.encode(),
    "columns and lines without anything": GERMAN.replace("\r", ";;\r").encode()
    + b";;;\r\n" * 3,
    "a title above, other names of columns": TITLED.encode(),
    "Name is the last name": (
        "Name;Vorname;Matr.-Nr.\nMüller;Łucja;0102\nNguyễn;Bogdan;s1031\n".encode()
    ),
    "no-break spaces, accents of their own": (
        "\u00a0ID\u00a0,Full\u00a0name\n"
        "\u00a00102\u00a0,Łucja\u00a0Mu\u0308ller\u200b\n"
        "s1031\u202f,Bogdan  Nguyễn\n".encode()
    ),
    "noughts kept by a formula": LINES.replace("0102", '"=""0102"""').encode(),
    "noughts kept by an apostrophe": LINES.replace("0102", "'0102").encode(),
    "gradebook of Canvas": CANVAS.encode(),
    "participants of Moodle": MOODLE.encode(),
    "grade center of Blackboard": BLACKBOARD.encode("utf-16"),
    "gradebook of Brightspace": BRIGHTSPACE.encode(),
    "roster of Gradescope": (
        "First Name,Last Name,SID,Email,Sections\nŁucja,Müller,0102,l@example.org,A\n"
        "Bogdan,Nguyễn,s1031,b@example.org,A\n".encode()
    ),
    "workbook": workbook([["name", "id"], ["Łucja Müller", "0102"], [],
                          ["Bogdan Nguyễn", "s1031"]]),
    "workbook, noughts by the form of the number": workbook(
        [["ID", "Name"], [(102, "0000"), "Łucja Müller"], ["s1031", "Bogdan Nguyễn"]]
    ),
    "workbook, the second sheet": workbook(
        [["Statistics 1"], ["Autumn"]],
        [["SIS Login ID", "Name", (datetime(2026, 11, 3), "dd.mm.yyyy")],
         ["0102", "Łucja Müller", "absent"], ["s1031", "Bogdan Nguyễn", None]],
    ),
    "workbook, formulas and rows that are not there": workbook_of_cells(FORMULAS),
}  # fmt: skip


def names_in_order(students: list[Student]) -> list[Student]:
    """Write a name as all but Canvas do, which has “Last, First”."""
    parts = [(one.id, one.name.split(", ")[::-1]) for one in students]
    return [Student(student, " ".join(part)) for student, part in parts]


@pytest.mark.parametrize("form", FORMATS)
def test_a_class_is_the_same_in_every_form(form: str, tmp_path: Path) -> None:
    path = write(tmp_path, FORMATS[form])
    assert names_in_order(read_roster(path)) == [ANNA, BOGDAN]


@pytest.mark.parametrize(
    ("value", "student"),
    [
        ((1024.0, "General"), "1024"),
        ((1024, "@"), "1024"),
        ((1024, "#,##0"), "1024"),
        ((1024.0, "0.00"), "1024"),
        ((102000, "0.00E+00"), "102000"),
        ((7, "0000000"), "0000007"),
        ((123456789012345, "0"), "123456789012345"),
        (("12-03-24", "@"), "12-03-24"),
        (("Łucja\u00a0Müller", "@"), "Łucja Müller"),
    ],
)
def test_a_cell_of_a_workbook_is_the_id_that_it_shows(
    value: tuple[object, str], student: str, tmp_path: Path
) -> None:
    assert read_roster(write(tmp_path, workbook([["id"], [value]]))) == [
        Student(student)
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ((datetime(2024, 3, 12), "dd.mm.yy"), "row 3 .* is a date or a time"),
        ((1234567890123456, "0"), "of which Excel keeps 15 digits"),
        ((1024.5, "General"), "is a number and no id"),
        ((1024, '"s"0000'), "is shown in the form"),
        ((12345678, "00-00-00-00"), "is shown in the form"),
        ((True, "General"), "is a truth value"),
        (("=A1", "General"), "formula without a value"),
        (("1.02E+05", "@"), "is a number that Excel has shortened"),
    ],
)
def test_an_id_that_a_workbook_does_not_show_for_certain_is_refused(
    value: tuple[object, str], told: str, tmp_path: Path
) -> None:
    path = write(tmp_path, workbook([["id"], ["anna"], [value]]))
    with pytest.raises(AssignmentError, match=told):
        read_roster(path)


def test_letters_of_an_unknown_encoding_do_no_harm_where_nobody_reads(
    tmp_path: Path,
) -> None:
    text = "id;name;town\na1;Anna;Zürich\na2;Bob;Besançon\n"
    for encoding in ("cp1252", "mac_roman", "cp850"):
        path = write(tmp_path, text.encode(encoding))
        assert read_roster(path) == [Student("a1", "Anna"), Student("a2", "Bob")]


def test_the_first_known_column_counts_and_the_others_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    path = write(tmp_path, CANVAS)
    assert [one.id for one in read_roster(path, told.append)] == ["0102", "s1031"]
    (line,) = told
    assert "those of “ID”, not of “SIS User ID”, “SIS Login ID”" in line
    # A column that the school does not use is none.
    told.clear()
    path = write(tmp_path, "ID number,Username,First name\n,lm,Łucja\n,bn,Bogdan\n")
    assert read_roster(path, told.append) == [
        Student("lm", "Łucja"),
        Student("bn", "Bogdan"),
    ]
    assert told == []


def test_every_column_of_ids_is_in_the_readme() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for column in (*ID_COLUMNS, *NAME_COLUMNS, *FIRST_NAMES, *LAST_NAMES):
        assert f"`{column}`" in readme


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
        ("sep=;\nname;email\nx;y\n", "it holds 'name', 'email'"),
        ("id\n", "there is no student"),
        ("id,name\n,Anna\n", "line 2: the id is empty"),
        ("id\nanna\nAnna\n", "line 3: the id 'Anna' is in line 2 already"),
        # One letter, and the same letter as two: é.
        ("id\nJosé\nJose\u0301\n", "line 3: the id 'José' is in line 2 already"),
        ("id\nan\x07na\n", "cannot be printed"),
        (b"id\n\xff\xfe\n", "not text in UTF-8"),
        ('id\n"a\n', "not a CSV file: line 2: a quotation mark opens a cell"),
        ('id,name\n1,"a\nb"\n2,"a"b\n', "not a CSV file: line 4"),
        ('id,name\n1,"a\nb"\n1,c\n', "line 4: the id '1' is in line 2 already"),
        ("id\u2028name\n1\n", "it holds 'id\\\\u2028name'"),
        ("id,name\n1,Müller, Anna\n", "line 2: 'Anna' stands in no column"),
        ("id\n1;Anna\n", "line 2: 'Anna' stands in no column"),
        ("ID,id\n1,2\n", "there are 2 columns “id”"),
        ("id,name,Name\n1,Anna,Group 3\n", "there are 2 columns “Name”"),
        # What Excel makes of 102000, 3-12, 0102 and of nothing that it can show.
        ("id\na\n1.02E+05\n", "line 3: the id '1.02E.05' is a number that Excel has"),
        ("id;name\n1,02E+05;x\n", "is a number that Excel has shortened"),
        ("id\n12-Mar\n", "is a date that Excel has made"),
        ("id\n12. Mrz\n", "is a date that Excel has made"),
        ("id\nMär 24\n", "is a date that Excel has made"),
        ("id\n03.12.2024\n", "is a date that Excel has made"),
        ("id\n2024-03-12\n", "is a date that Excel has made"),
        ("id\n1024.0\n", "is a number with decimals, where 1024 was meant"),
        ("id\n#####\n", "what Excel shows in its place"),
        ("id\n#N/A\n", "what Excel shows in its place"),
        # What is left of Łucja where the encoding lacks her letter.
        ("id,name\n1,?ucja\n", "line 2: the name '.ucja' has lost a letter"),
        ("id\nM\ufffdller\n", "has lost a letter"),
        ("id,name\n1,MÃ¼ller\n", "should be 'Müller'"),
        ("id;name\n1;Müller\n".encode("cp1252"), "line 2: the name .* is not text in"),
        ("id\nM\u00fcller\n".encode("mac_roman"), "“CSV UTF-8"),
        ("id;Stra\u00dfe\n1;x\n".encode("cp1252"), "the column 'Stra.e' is not text"),
        (codecs.BOM_UTF8 + b"id\na\nM\xfcller\n", "line 3 is not text"),
        (codecs.BOM_UTF16_LE + b"i\0d\0\n", "is not text"),
        (b"id\na\0b\n", "is not text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old workbook .* with a password"),
        (b"<html><table><tr><td>id", "a web page"),
        (b"PK\x03\x04 and no more", "cannot be read as a workbook"),
        (workbook([["Statistics"], ["Anna"]]), "it holds 'Statistics'"),
        (open_document(), "is no workbook of Excel"),
        (workbook([["name", "id"], ["Anna", None]]), "row 2 .*: the id is empty"),
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


def test_a_name_may_be_added_and_corrected_and_is_never_lost(tmp_path: Path) -> None:
    table = tmp_path / "assigned.csv"
    table.write_text("id,notebook,variant,seed\nanna,anna.ipynb,x,1\n")
    new = "id,name,notebook,variant,seed\nanna,Anna,anna.ipynb,x,1\n"
    files = {"assigned.csv": new.encode()}
    check_place(files, tmp_path)
    assert files["assigned.csv"].decode() == new
    # A roster without names, then one with another student alone.
    table.write_bytes(files["assigned.csv"])
    files = {"assigned.csv": b"id,notebook,variant,seed\nanna,anna.ipynb,x,1\n"}
    check_place(files, tmp_path)
    assert files["assigned.csv"].decode() == new
    files = {"assigned.csv": b"id,notebook,variant,seed\nbob,bob.ipynb,y,2\n"}
    check_place(files, tmp_path)
    assert files["assigned.csv"].decode() == f"{new}bob,,bob.ipynb,y,2\n"


def test_who_was_given_something_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "assigned.csv").write_text("id,notebook,variant\nanna,anna.ipynb,x\n")
    files = {"assigned.csv": b"id,name,notebook,variant\nanna,Anna,anna.ipynb,y\n"}
    with pytest.raises(
        AssignmentError, match=r"something else:\n  anna: anna.ipynb, x"
    ):
        check_place(files, tmp_path)


@pytest.fixture
def handed_out(tmp_path: Path) -> Path:
    key = tmp_path / "keys" / "x" / "key.json"
    key.parent.mkdir(parents=True)
    key.write_text(Key("trends", "x", {}, {}, ()).to_json())
    return tmp_path


def test_the_table_of_variants_is_read_as_excel_has_saved_it(handed_out: Path) -> None:
    lines = "id;name;notebook;variant\r\n0102;Łucja;0102.ipynb;x\r\n;;;\r\n"
    (handed_out / "assigned.csv").write_bytes(codecs.BOM_UTF8 + lines.encode())
    assert read_set(handed_out)[0] == {"0102": "x"}
    assert read_names(handed_out) == {"0102": "Łucja"}
    (handed_out / "assigned.csv").write_text("id,notebook,variant\na,a.ipynb,x\n")
    assert read_names(handed_out) == {}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("id,variant\na,x\n", "has no column notebook"),
        ("id,notebook,variant\n102,0102.ipynb,x\n", "line 2: '102' is not the id of"),
        (
            "id,notebook,variant\na,a.ipynb,x\na,a.ipynb,x\n",
            "line 3: 'a' is there twice",
        ),
        ("id,notebook,variant\na,a.ipynb,z\n", "names variants that have no key: z"),
    ],
)
def test_a_table_of_variants_that_was_spoiled_is_refused(
    lines: str, told: str, handed_out: Path
) -> None:
    (handed_out / "assigned.csv").write_text(lines)
    with pytest.raises(AssignmentError, match=told):
        read_set(handed_out)
