"""From exports as they come, and from hostile ones, to each student's one notebook."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import struct
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import lms_exports as exports
import nbformat
import pytest
from assignment_grading.arrivals import collection, notebooks
from assignment_grading.arrivals.collection import Collection
from assignment_grading.errors import AssignmentError
from assignment_grading.running.outcome import OTHER_VARIANT, UNREADABLE
from lms_exports import lay_out, notebook, zipped

PEOPLE, FILES = tuple(exports.PEOPLE), exports.FILES


def gather(
    place: Path,
    roster: Iterable[str] = PEOPLE,
    called: Mapping[str, Iterable[str]] | None = None,
) -> Collection:
    arrived = collection.read(place)
    folder = place.parent / "results" / "submissions"
    return collection.collect(arrived, roster, folder, exports.ASSIGNMENT, called)


def answers(found: Collection) -> dict[str, str]:
    """Read what each student's notebook answers."""
    read = {}
    for student, handed in found.files.items():
        source = nbformat.read(handed.path, as_version=4).cells[-1].source
        read[student] = source.partition(" = ")[2].strip("'")
    return read


def reason(found: Collection, name: str) -> str:
    (file,) = (file for file in found.found if file.name == name)
    assert not file.taken
    return file.reason


@pytest.mark.parametrize("carrier", ["folder", "zip"])
@pytest.mark.parametrize("export", exports.EXPORTS, ids=lambda it: it.__name__)
def test_the_latest_notebook_of_each_student_is_found_in_an_export(
    tmp_path: Path, export: Callable[[], dict[str, bytes]], carrier: str
) -> None:
    place = tmp_path / "export.zip"
    if carrier == "zip":
        place.write_bytes(zipped(export()))
    else:
        place = lay_out(export(), tmp_path / "export")
    found = gather(place)
    assert answers(found) == dict.fromkeys(PEOPLE, "last")
    assert not found.refused
    assert not found.missing
    assert not found.unknown
    for student, handed in found.files.items():
        assert handed.path.name == f"{FILES[student]}.ipynb"
        nbformat.validate(nbformat.read(handed.path, as_version=nbformat.NO_CONVERT))
    taken = [file for file in found.found if file.taken]
    assert len(taken) == len(PEOPLE)


def test_a_zip_file_from_windows_has_folders(tmp_path: Path) -> None:
    place = tmp_path / "export.zip"
    place.write_bytes(zipped(exports.from_windows()))
    assert answers(gather(place)) == dict.fromkeys(PEOPLE, "last")


def test_names_in_a_zip_file_are_read_as_utf8_without_its_flag(tmp_path: Path) -> None:
    place, name = tmp_path / "export.zip", "Łucja Müller.ipynb".encode()
    # The name has as many bytes as this one, which needs no flag.
    stand_in = "x" * len(name)
    content = zipped({stand_in: notebook()}).replace(stand_in.encode(), name)
    place.write_bytes(content)
    assert answers(gather(place)) == {"Łucja Müller": "last"}


def test_a_gradebook_tells_whose_account_it_is(tmp_path: Path) -> None:
    def unnamed(files: dict[str, bytes]) -> dict[str, bytes]:
        return dict.fromkeys(files, notebook())

    for at, export in enumerate((exports.canvas, exports.moodle, exports.brightspace)):
        files = {it: b for it, b in unnamed(export()).items() if "onlinetext" not in it}
        place = lay_out(files, tmp_path / str(at) / "export")
        assert set(gather(place, called=exports.CALLED).files) == set(PEOPLE)
    anonymous = lay_out(unnamed(exports.moodle_anonymous()), tmp_path / "a" / "export")
    assert set(gather(anonymous, called=exports.CALLED).files) == set(PEOPLE)
    # Without it, the ids that are no names are not known.
    canvas = lay_out(unnamed(exports.canvas()), tmp_path / "b" / "export")
    found = gather(canvas)
    assert "a/b" in found.missing
    assert len(found.unknown) > 2
    assert "--gradebook" in reason(found, "slashanna_5002_678902_notebook.ipynb")


def test_what_an_export_says_of_a_hand_in_is_kept(tmp_path: Path) -> None:
    def handed(at: int, export: Callable[[], dict[str, bytes]]) -> collection.Handed:
        place = lay_out(export(), tmp_path / str(at) / "export")
        return gather(place).files["ada"]

    canvas = handed(1, exports.canvas_again_and_late)
    assert (canvas.late, canvas.when, canvas.attempt) == (True, None, 2)
    assert canvas.name == "lovelaceada_LATE_5000_100000_rainfall-1.ipynb"
    assert "Canvas's attachment 100000" in " ".join(canvas.notes)
    assert handed(2, exports.canvas).late is False
    blackboard = handed(3, exports.blackboard)
    assert blackboard.when == datetime(2026, 11, 25, 10, 11, 10)
    assert (blackboard.clock, blackboard.attempt) == ("Blackboard", 2)
    gradescope = handed(4, exports.gradescope)
    assert gradescope.when == datetime(2026, 11, 25, 10, 11, 12, 123456, tzinfo=UTC)
    # Moodle writes no time; that of the file is that of the download.
    assert handed(5, exports.moodle).when is None
    plain = handed(6, exports.plain)
    assert plain.clock == "the file"
    assert plain.when
    assert abs((datetime.now(tz=UTC) - plain.when).total_seconds()) < 100


def test_the_table_of_files_names_every_file_and_why(tmp_path: Path) -> None:
    files = exports.blackboard() | {"notes.docx": b"PK", "x.ipynb": b"[]"}
    found = gather(lay_out(files, tmp_path / "export"))
    rows = list(csv.DictReader(io.StringIO(collection.table(found))))
    assert [row["file"] for row in rows] == sorted(files)
    assert {row["taken"] for row in rows} == {"yes", "no"}
    by_file = {row["file"]: row["reason"] for row in rows}
    base = "Home_work 1_ada_attempt_2026-11-{}-10-11-10"
    assert by_file[base.format("25") + "_notebook.ipynb"] == (
        "It is the latest of 2, by Blackboard's attempt of 2026-11-25 10:11:10."
    )
    assert base.format("25") in by_file[base.format("09") + "_notebook.ipynb"]
    assert by_file[base.format("25") + ".txt"] == "It is Blackboard's receipt."
    assert by_file["notes.docx"] == "The file is no notebook."
    assert by_file["x.ipynb"] == "The file is JSON, but no notebook."
    assert found.unknown == ("x.ipynb",)


@pytest.mark.parametrize(
    "name",
    [
        "ada.ipynb",
        "ada/nb.ipynb",
        "lovelaceada_5000_678_nb.ipynb",
        "HW_ada_attempt_2026-11-25-10-11-12_nb.ipynb",
        "Ada Lovelace_7000_assignsubmission_file_/s10240.ipynb",
        "rainfall ada.ipynb",
    ],
)
@pytest.mark.parametrize("by", ["metadata", "first cell"])
def test_a_neighbours_notebook_under_another_name_is_refused(
    tmp_path: Path, name: str, by: str
) -> None:
    neighbours = notebook("s10240") if by == "metadata" else notebook(file="s10240")
    files = {name: neighbours, "s10240.ipynb": notebook("s10240", "own")}
    found = gather(lay_out(files, tmp_path / "export"), called=exports.CALLED)
    assert answers(found) == {"s10240": "own"}
    assert found.refused["ada"].status == OTHER_VARIANT
    for named in ("ada", "s10240", name):
        assert named in found.refused["ada"].note


def test_a_neighbours_notebook_with_changed_metadata_is_refused(tmp_path: Path) -> None:
    said = json.dumps({"assignment": "rainfall", "student": "s10240"})
    for at, trace in enumerate(
        (f"# assignment_grading: {said}", 'otter.Notebook("s10240.ipynb")')
    ):
        content = json.loads(notebook("ada"))
        content["cells"][0]["source"] = f"import otter\n{trace}\nx = 1"
        forged = json.dumps(content).encode()
        for name in ("ada.ipynb", "nb.ipynb", "lovelaceada_5000_678_nb.ipynb"):
            files = {name: forged, "s10240.ipynb": notebook("s10240", "own")}
            place = lay_out(files, tmp_path / f"{at} {name}" / "export")
            found = gather(place, called=exports.CALLED)
            assert answers(found) == {"s10240": "own"}
            assert "given to" in found.refused["ada"].note
            assert "s10240" in found.refused["ada"].note


def test_a_cell_says_whose_it_is_in_a_new_notebook(tmp_path: Path) -> None:
    said = {"assignment": "rainfall", "variant": "coast", "student": "Łucja Müller"}
    cell = json.loads(notebook())["cells"][0]
    cell["source"] = f"# @title x\n# assignment_grading: {json.dumps(said)}\r\nx = 1"
    deep = "# assignment_grading: {" + "[" * 500
    cells = [cell | {"source": deep, "id": "a"}, cell]
    place = lay_out({"nb.ipynb": notebook(cells=cells, metadata={})}, tmp_path / "in")
    arrived = collection.read(place)
    assert collection.assignment_of(arrived, place) == "rainfall"
    handed = gather(place).files["Łucja Müller"]
    metadata = nbformat.read(handed.path, as_version=4).metadata
    assert metadata.otter.assignment_name == "rainfall coast"


def test_a_neighbours_notebook_under_no_name_does_not_replace_the_neighbours(
    tmp_path: Path,
) -> None:
    files = {"ada.ipynb": notebook("ada"), "final (9).ipynb": notebook("ada", "forged")}
    found = gather(lay_out(files, tmp_path / "export"))
    assert answers(found) == {"ada": "last"}
    assert "does not say whose it is" in reason(found, "final (9).ipynb")


def test_two_accounts_with_one_students_notebook_are_both_named(tmp_path: Path) -> None:
    files = {
        "lovelaceada_5000_700_nb.ipynb": notebook("s10240", "own"),
        "evilmax_5009_701_nb.ipynb": notebook("s10240", "forged"),
    }
    place = lay_out(files, tmp_path / "export")
    found = gather(place)
    assert not found.files
    note = found.refused["s10240"].note
    assert "evilmax_5009" in note
    assert "lovelaceada_5000" in note
    # The gradebook knows who is who.
    called = {"s10240": ("Lovelace, Ada", "5000"), "ada": ("Evil, Max", "5009")}
    found = gather(place, called=called)
    assert answers(found) == {"s10240": "own"}
    assert found.refused["ada"].status == OTHER_VARIANT


@pytest.mark.parametrize(
    "name",
    [
        "lovelaceada_5000_678_HW_s10240_attempt_2099-01-01-00-00-00_nb.ipynb",
        "lovelaceada_5000_678_x_6000_999_s10240.ipynb",
        "lovelaceada_5000_678_s10240.zip/s10240/s10240.ipynb",
    ],
)
def test_a_student_cannot_choose_a_name_that_passes_for_another(
    tmp_path: Path, name: str
) -> None:
    files = exports.canvas()
    del files["lovelaceada_5000_678900_notebook.ipynb"]
    if ".zip/" in name:
        outer, _, inner = name.partition("/")
        files[outer] = zipped({inner: notebook()})
    else:
        files[name] = notebook()
    found = gather(lay_out(files, tmp_path / "export"), called=exports.CALLED)
    assert set(found.files) == set(PEOPLE)
    assert found.files["ada"].name == name
    assert found.files["ada"].attempt == 1


def test_attempts_without_a_mark_are_told_apart_by_time_or_not_at_all(
    tmp_path: Path,
) -> None:
    files = {
        "ada/a.ipynb": notebook("ada", "a"),
        "ada/b.ipynb": notebook("ada", "b"),
    }
    place = lay_out(files, tmp_path / "export")
    now = time.time()
    os.utime(place / "ada/a.ipynb", (now, now))
    os.utime(place / "ada/b.ipynb", (now, now - 1))
    found = gather(place)
    assert found.refused["ada"].note == (
        "There are 2 files, ada/a.ipynb, ada/b.ipynb: leave one."
    )
    os.utime(place / "ada/b.ipynb", (now, now - 3600))
    found = gather(place)
    assert answers(found) == {"ada": "a"}
    assert "the time of the file" in " ".join(found.files["ada"].notes)


def test_the_same_notebook_twice_is_one(tmp_path: Path) -> None:
    files = {"ada/a.ipynb": notebook("ada"), "ada/b.ipynb": notebook("ada")}
    assert answers(gather(lay_out(files, tmp_path / "export"))) == {"ada": "last"}


def test_a_later_attempt_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    base = "HW_ada_attempt_2026-11-{}-10-11-12_nb.ipynb"
    files = {base.format("24"): notebook("ada"), base.format("25"): b"{"}
    found = gather(lay_out(files, tmp_path / "export"))
    assert answers(found) == {"ada": "last"}
    assert base.format("25") in " ".join(found.files["ada"].notes)


def test_notebooks_of_other_assignments_are_left(tmp_path: Path) -> None:
    files = {
        "ada/a.ipynb": notebook("ada"),
        "ada/b.ipynb": notebook("ada", assignment="rainfall2"),
        "ada/scratch.ipynb": notebook(assignment="", variant=""),
        "s10240.ipynb": notebook("s10240", assignment="trends"),
        "j_doe.ipynb": zipped({"nb.ipynb": notebook("j_doe", "in a zip")}),
    }
    found = gather(lay_out(files, tmp_path / "export"))
    assert answers(found) == {"ada": "last", "j_doe": "in a zip"}
    assert "of the assignment rainfall2" in reason(found, "ada/b.ipynb")
    assert "of this assignment" in reason(found, "ada/scratch.ipynb")
    assert "of the assignment trends" in found.refused["s10240"].note


def test_students_without_a_notebook_are_told_what_there_was(tmp_path: Path) -> None:
    files = {
        "ada/essay.docx": zipped({"word/document.xml": b"<x/>"}),
        "s10240/": b"",
        "j_doe.zip": zipped({"essay.pdf": b"%PDF"}),
        "a%2Fb.7z": b"7z\xbc\xaf\x27\x1c",
    }
    found = gather(lay_out(files, tmp_path / "export"))
    assert not found.files
    notes = {student: outcome.note for student, outcome in found.refused.items()}
    assert notes["ada"] == "No notebook was handed in, only ada/essay.docx."
    assert notes["s10240"] == "No notebook was handed in, only an empty folder."
    assert notes["j_doe"] == "No notebook was handed in, only j_doe.zip/essay.pdf."
    assert "an archive, but no zip file" in notes["a/b"]
    assert found.missing == ("Łucja Müller",)


def test_without_a_roster_every_account_folder_or_file_is_a_student(
    tmp_path: Path,
) -> None:
    def students(at: int, files: dict[str, bytes]) -> set[str]:
        place = lay_out(files, tmp_path / str(at) / "export")
        return set(gather(place, ()).files)

    plain = {"ada.ipynb": notebook(), "a%2Fb/nb.ipynb": notebook()}
    assert students(1, plain) == {"ada", "a/b"}
    again = plain | {"ada (1).ipynb": notebook()}
    assert students(2, again) == {"ada", "a/b"}
    assert students(3, {"all.zip": zipped({f"week/{k}": v for k, v in plain.items()})})
    assert students(4, exports.canvas()) == {
        "lovelaceada_5000", "müllerłucja_5001", "slashanna_5002", "oneilseán_5003",
        "deladoejane_5004",
    }  # fmt: skip
    assert students(5, exports.moodle()) == {
        f"{full}_{7000 + at}" for at, (_, full) in enumerate(exports.PEOPLE.values())
    }
    assert students(6, {"x" * 200 + ".ipynb": notebook(), **plain}) == {"ada", "a/b"}


ODD = {
    "deep.ipynb": b"[" * 200_000,
    "deep object.ipynb": b'{"a":' * 100_000,
    "deep cells.ipynb": b'{"nbformat":4,"cells":' + b"[" * 90_000,
    "a list.ipynb": b"[]",
    "a text.ipynb": b'"cells"',
    "a number.ipynb": b"1" * 5000,
    "null.ipynb": b"null",
    "nothing.ipynb": b"",
    "spaces.ipynb": b" \n\n",
    "a letter.ipynb": b"Dear teacher, my computer broke.",
    "html.ipynb": b"<!DOCTYPE html><html><title>Sign in</title></html>",
    "cut off.ipynb": notebook("ada")[:-20],
    "nul bytes.ipynb": b"\x00" * 5000,
    "nul in text.ipynb": notebook("ada", "a").replace(
        b"import otter", b"import\\u0000"
    ),
    "half a character.ipynb": notebook("ada").replace(b"last", b"\\ud83d"),
    "latin.ipynb": notebook("ada").replace(b"last", "é".encode("latin-1")),
    "no cells.ipynb": b'{"nbformat":4,"metadata":{}}',
    "cells that are none.ipynb": notebook(cells=[1, None, []]),
    "cells of no kind.ipynb": notebook(cells=[{"cell_type": ["code"], "source": ""}]),
    "cells without text.ipynb": notebook(cells=[{"cell_type": "code", "source": {}}]),
    "too many cells.ipynb": notebook(cells=[{"cell_type": "raw", "source": ""}] * 6000),
    "no version.ipynb": notebook(nbformat=None),
    "a truth.ipynb": notebook(nbformat=True),
    "the future.ipynb": notebook(nbformat=5),
    "long number.ipynb": b'{"nbformat":' + b"4" * 5000 + b"}",
    "a workbook.ipynb": b"PK\x03\x04 but no more",
    "no zip.zip": b"hello",
    "nothing.zip": b"",
    "cut off.zip": zipped({"nb.ipynb": notebook("ada")})[:-30],
}


@pytest.mark.parametrize("name", ODD)
def test_a_file_that_is_no_notebook_costs_only_itself(
    tmp_path: Path, name: str
) -> None:
    suffix = name.rpartition(".")[2]
    files = {f"ada.{suffix}": ODD[name], "s10240.ipynb": notebook("s10240")}
    found = gather(lay_out(files, tmp_path / "export"))
    assert answers(found) == {"s10240": "last"}
    assert found.refused["ada"].status == UNREADABLE
    assert "Traceback" not in found.refused["ada"].note
    assert len(found.refused["ada"].note) > 30
    # Alone it does not stop the search for the assignment either.
    arrived = collection.read(tmp_path / "export")
    assert collection.assignment_of(arrived, tmp_path) == "rainfall"


def test_one_student_does_not_outvote_a_class_on_the_assignment(tmp_path: Path) -> None:
    many = {f"{at}.ipynb": notebook(assignment="evil") for at in range(20)}
    names = ("", " ", "../../etc", "a" * 999, "..", "\\", "\x1b")
    files = {"ada.zip": zipped(many), "a%2Fb.ipynb": notebook("a/b")}
    files |= {"s10240.ipynb": notebook("s10240")}
    files |= {
        f"odd{at}.ipynb": notebook(name, assignment=name, variant="")
        for at, name in enumerate(names)
    }
    place = lay_out(files, tmp_path / "export")
    assert collection.assignment_of(collection.read(place), place) == "rainfall"
    files = {"a.ipynb": notebook(assignment="rain fall"), "b.ipynb": b"{}"}
    place = lay_out(files, tmp_path / "other")
    arrived = collection.read(place)
    assert (
        collection.assignment_of(arrived, place, ["rain fall", "rain"]) == "rain fall"
    )


def test_a_folder_in_which_nothing_says_its_assignment_is_told_so(
    tmp_path: Path,
) -> None:
    place = lay_out({"a.ipynb": b"{}", "b.ipynb": b"["}, tmp_path / "export")
    with pytest.raises(AssignmentError, match=r"Name its set"):
        collection.assignment_of(collection.read(place), place)


@pytest.mark.parametrize("place", ["nowhere", "a.ipynb", "empty", "broken.zip"])
def test_a_place_that_holds_no_submissions_is_refused(
    tmp_path: Path, place: str
) -> None:
    files = {"a.ipynb": b"{}", "empty/.DS_Store": b"", "broken.zip": b"PK\x05\x06" * 9}
    lay_out(files, tmp_path)
    with pytest.raises(AssignmentError):
        collection.read(tmp_path / place)


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")
def test_links_and_pipes_are_never_opened(tmp_path: Path) -> None:
    place = lay_out({"s10240.ipynb": notebook("s10240")}, tmp_path / "export")
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(notebook("ada"))
    (place / "ada.ipynb").symlink_to(secret)
    (place / "Łucja Müller").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(place / "a%2Fb.ipynb")
    os.mkfifo(place / "j_doe.zip")
    found = gather(place)
    assert answers(found) == {"s10240": "last"}
    assert "is a link" in found.refused["ada"].note
    assert "is a link" in found.refused["Łucja Müller"].note
    assert "a device or a pipe" in found.refused["a/b"].note
    assert "a device or a pipe" in found.refused["j_doe"].note


def member(name: str, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (2026, 11, 25, 10, 11, 12))
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def test_a_zip_file_cannot_lead_out_of_itself(tmp_path: Path) -> None:
    out, place = io.BytesIO(), tmp_path / "export.zip"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(member("ada.ipynb", 0o120777), b"/etc/passwd")
        archive.writestr(member("../j_doe.ipynb"), notebook("j_doe"))
        archive.writestr(member("/a%2Fb.ipynb"), notebook("a/b"))
        archive.writestr(member("C:\\Łucja Müller.ipynb"), notebook("Łucja Müller"))
        archive.writestr(member("fifo/ada.ipynb", 0o010644), notebook("ada"))
        archive.writestr(member("s10240.ipynb", 0o100644), notebook("s10240"))
    place.write_bytes(out.getvalue())
    before = set(tmp_path.rglob("*"))
    found = gather(place)
    assert answers(found) == {"s10240": "last"}
    assert set(found.refused) == {"ada", "j_doe", "a/b", "Łucja Müller"}
    assert "is a link" in reason(found, "ada.ipynb")
    assert "a device or a pipe" in reason(found, "fifo/ada.ipynb")
    for name in ("../j_doe.ipynb", "//a%2Fb.ipynb", "C:/Łucja Müller.ipynb"):
        assert "leads out" in reason(found, name.replace("//", ""))
    results = tmp_path / "results"
    after = set(tmp_path.rglob("*")) - before
    assert after == {
        results, results / "submissions", results / "submissions" / "s10240.ipynb"
    }  # fmt: skip


def encrypted() -> bytes:
    """Set the flag of encryption in both headers of a zip file's one member."""
    content = bytearray(zipped({"nb.ipynb": notebook("ada")}))
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def compressed_otherwise() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("nb.ipynb", notebook("ada"))
    return out.getvalue()


def bomb() -> bytes:
    return zipped({"nb.ipynb": b" " * (30 * 2**20) + notebook("ada")})


def bomb_that_lies_about_its_size() -> bytes:
    content = bytearray(bomb())
    struct.pack_into("<I", content, content.rfind(b"PK\x01\x02") + 24, 1000)
    return bytes(content)


def matryoshka() -> bytes:
    content = zipped({"nb.ipynb": notebook("ada")})
    for _ in range(9):
        content = zipped({"inner.zip": content})
    return content


def too_many_names() -> bytes:
    """Claim a directory of 4 GB at the end of a small file."""
    content = bytearray(zipped({"nb.ipynb": notebook("ada")}))
    struct.pack_into("<I", content, content.rfind(b"PK\x05\x06") + 12, 2**32 - 1)
    return bytes(content)


def names_without_end() -> bytes:
    deep, long = "a/" * 30_000 + "nb.ipynb", "1_" * 30_000 + ".ipynb"
    return zipped({deep: notebook("ada"), long: notebook("ada")})


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (names_without_end, "too long"),
        (names_without_end, "too deep"),
        (encrypted, "encrypted"),
        (compressed_otherwise, "zip it again"),
        (bomb, "would grow"),
        (bomb_that_lies_about_its_size, "damaged"),
        (matryoshka, "too many zip files"),
        (too_many_names, "too many files"),
        (lambda: zipped({}), "an empty zip file"),
    ],
)
def test_a_zip_file_that_would_harm_costs_only_itself(
    tmp_path: Path, write: Callable[[], bytes], told: str
) -> None:
    files = {"ada.zip": write(), "s10240.ipynb": notebook("s10240")}
    files["x_5_6_in Canvas.zip"] = files["ada.zip"]
    start = time.monotonic()
    found = gather(lay_out(files, tmp_path / "export"))
    assert time.monotonic() - start < 20
    assert answers(found) == {"s10240": "last"}
    assert told in found.refused["ada"].note


def test_a_huge_file_costs_only_itself(tmp_path: Path) -> None:
    files = {"ada.ipynb": b"{", "s10240.ipynb": notebook("s10240")}
    place = lay_out(files, tmp_path / "export")
    os.truncate(place / "ada.ipynb", 100 * 2**30)
    found = gather(place)
    assert answers(found) == {"s10240": "last"}
    assert "larger than 32 MiB" in found.refused["ada"].note


def test_a_student_reads_no_more_than_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assignment_grading.arrivals.unpacking._MOST_FROM_ONE", 2000)
    many = zipped({f"{at}.txt": b"x" * 900 for at in range(9)})
    files = {"ada.zip": many, "s10240.ipynb": notebook("s10240")}
    place = tmp_path / "export.zip"
    place.write_bytes(zipped(files))
    found = gather(place)
    assert answers(found) == {"s10240": "last"}
    assert "holds too much" in reason(found, "ada.zip/5.txt")


def test_odd_names_are_printed_without_what_a_terminal_obeys(tmp_path: Path) -> None:
    files = {"\x1b[31mred\n.ipynb": notebook(), "s10240.ipynb": notebook("s10240")}
    place = lay_out(files, tmp_path / "export")
    if sys.platform == "linux":
        Path(os.fsdecode(os.fsencode(place) + b"/\xff\xfe.ipynb")).write_bytes(b"{}")
    found = gather(place)
    text = collection.table(found) + "".join(found.unknown)
    assert "\x1b" not in text
    text.encode("utf-8")
    assert len(found.unknown) >= 1
    assert set(gather(place, ()).files) == {"s10240"}


def test_a_spreadsheet_runs_no_name_as_a_formula(tmp_path: Path) -> None:
    files = {'=HYPERLINK("x").ipynb': notebook(), "s10240.ipynb": notebook("s10240")}
    place = lay_out(files, tmp_path / "export")
    rows = csv.reader(io.StringIO(collection.table(gather(place))))
    assert './=HYPERLINK("x").ipynb' in [row[0] for row in rows]
    assert set(gather(place, ()).files) == {"s10240"}


def test_a_reason_that_begins_with_a_name_is_no_formula(tmp_path: Path) -> None:
    name = '=HYPERLINK("x")_s10240.ipynb'
    place = lay_out({name: notebook("s10241")}, tmp_path / "export")
    refused = gather(place).refused["s10240"]
    assert refused.note.startswith('./=HYPERLINK("x")_s10240.ipynb was handed in as')


def test_a_folder_has_a_students_full_name(tmp_path: Path) -> None:
    files = {
        "Lovelace, Ada/s10240.ipynb": notebook(),
        "Seán O'Neil.ipynb": notebook(answer="own"),
    }
    place = lay_out(files, tmp_path / "export")
    found = gather(place, called=exports.CALLED)
    assert answers(found) == {"ada": "last", "s10240": "own"}


def test_an_id_of_the_form_of_a_system_is_an_id(tmp_path: Path) -> None:
    place = lay_out({"group_12_34_b.ipynb": notebook()}, tmp_path / "export")
    assert set(gather(place, ["group_12_34_b", "ada"]).files) == {"group_12_34_b"}


def test_a_gradescope_table_of_a_student_names_nobody_else(tmp_path: Path) -> None:
    table = (
        b"submission_1:\n  :submitters:\n  - :sid: s10240\n"
        b"  :created_at: 2099-01-01 00:00:00 Z\n"
    )
    inner = {"submission_metadata.yml": table, "submission_1/nb.ipynb": notebook()}
    files = {"ada.zip": zipped(inner), "s10240.ipynb": notebook("s10240", "own")}
    found = gather(lay_out(files, tmp_path / "export"))
    assert answers(found) == {"ada": "last", "s10240": "own"}


@pytest.mark.parametrize(
    "table", [b"a: [", b"- 1", b"a: !ruby/object:X {}", b"[" * 9000, b"\xff", b"a: 1"]
)
def test_a_gradescope_table_that_is_none_is_left(tmp_path: Path, table: bytes) -> None:
    files = {"submission_metadata.yml": table, "ada.ipynb": notebook("ada")}
    assert answers(gather(lay_out(files, tmp_path / "export"))) == {"ada": "last"}


SAVED_OTHERWISE = {
    "byte-order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "without ids": lambda text: json.dumps(
        json.loads(text)
        | {
            "nbformat_minor": 2,
            "cells": [
                {k: v for k, v in cell.items() if k != "id"}
                for cell in json.loads(text)["cells"]
            ],
        }
    ).encode(),
    "version 3": lambda text: nbformat.writes(
        nbformat.convert(nbformat.reads(text, as_version=4), 3), version=3
    ).encode(),
    "lines in a list": lambda text: json.dumps(
        json.loads(text)
        | {
            "cells": [
                cell | {"source": cell["source"].splitlines(keepends=True)}
                for cell in json.loads(text)["cells"]
            ]
        }
    ).encode(),
    "another kernel": lambda text: text.replace('"python3"', '"my-env"').encode(),
    "no kernel": lambda text: text.replace('"display_name"', '"x"').encode(),
    "one id twice": lambda text: text.replace('"second"', '"first"').encode(),
    "NaN": lambda text: text.replace('"outputs": []', '"outputs": NaN').encode(),
    "outputs": lambda text: text.replace(
        '"outputs": []', '"outputs": [{"output_type": 1, "x": "\\ud800"}]'
    ).encode(),
    "tags that are none": lambda text: text.replace(
        '"metadata": {}', '"metadata": {"tags": 7, "collapsed": "yes", "name": ""}'
    ).encode(),
    "otter's data that are none": lambda text: text.replace(
        '"rainfall coast"', "[7]"
    ).encode(),
}


@pytest.mark.parametrize("way", SAVED_OTHERWISE)
def test_a_notebook_that_was_saved_otherwise_is_the_same(
    tmp_path: Path, way: str
) -> None:
    content = SAVED_OTHERWISE[way](notebook("ada").decode())
    found = gather(lay_out({"ada.ipynb": content}, tmp_path / "export"))
    read = nbformat.read(found.files["ada"].path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(read)
    assert [cell.source for cell in read.cells] == ["import otter", "answer = 'last'"]
    if way == "another kernel":
        assert read.metadata.kernelspec.name == "my-env"


def test_whatever_a_file_holds_it_is_a_notebook_or_one_sentence() -> None:
    chance = random.Random(14)  # noqa: S311
    values = [None, True, 0, -1, 10**30, 1.5, "", "x", "\x00", "\ud800", [], {}, [[]]]

    def changed(value: object) -> object:
        if not isinstance(value, dict | list) or not value or chance.random() < 0.15:
            return chance.choice(values)
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = chance.choice(list(keys))
        value[key] = changed(value[key])  # type: ignore[call-overload, index]
        return value

    sentences = list[str]()
    for at in range(600):
        content = bytearray(notebook("ada", file="ada"))
        if at % 2:
            content = bytearray(json.dumps(changed(json.loads(content))).encode())
        else:
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            text = notebooks.read_notebook(bytes(content)).text
        except notebooks.NotANotebookError as error:
            sentences.append(str(error))
        else:
            nbformat.validate(nbformat.reads(text, as_version=nbformat.NO_CONVERT))
    assert 100 < len(sentences) < 500
    assert {it.split()[0] for it in sentences} <= {"is", "has", "holds"}


def test_a_notebook_of_2014_is_read_as_nbformat_reads_it() -> None:
    old = {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [
            {
                "metadata": {},
                "cells": [
                    {"cell_type": "heading", "level": 2, "metadata": {}, "source": "A"},
                    {"cell_type": "markdown", "metadata": {}, "source": ["b\n", "c"]},
                    {"cell_type": "raw", "metadata": {}, "source": "d"},
                    {
                        "cell_type": "code",
                        "collapsed": False,
                        "input": ["e\n", "f"],
                        "language": "python",
                        "metadata": {},
                        "outputs": [],
                    },
                ],
            }
        ],
    }
    text = json.dumps(old)
    ours = json.loads(notebooks.read_notebook(text.encode()).text)["cells"]
    theirs = nbformat.reads(text, as_version=4).cells
    assert [(it["cell_type"], it["source"]) for it in ours] == [
        (it.cell_type, it.source) for it in theirs
    ]


def test_a_written_answer_keeps_its_cell(tmp_path: Path) -> None:
    cell = {
        "cell_type": "markdown", "id": "0123abcd", "source": "My answer.",
        "metadata": {"tags": ["otter_answer_cell"], "deletable": False},
        "attachments": {"a.png": {"image/png": "AAAA"}},
    }  # fmt: skip
    content = notebook("ada", cells=[cell])
    found = gather(lay_out({"ada.ipynb": content}, tmp_path / "export"))
    (read,) = nbformat.read(found.files["ada"].path, as_version=4).cells
    assert (read.id, read.source) == ("0123abcd", "My answer.")
    assert read.metadata == {"tags": ["otter_answer_cell"], "deletable": False}


def test_grading_does_not_collect_what_lies_in_the_folders_of_the_command(
    tmp_path: Path,
) -> None:
    files = {
        "_build/sets/rainfall/handout/ada.ipynb": notebook("ada", "empty"),
        "ada.ipynb": notebook("ada"),
    }
    place = lay_out(files, tmp_path / "export")
    arrived = collection.read(place, [place / "_build" / "sets", place / "nowhere"])
    assert [one.found.name for one in arrived] == ["ada.ipynb"]
