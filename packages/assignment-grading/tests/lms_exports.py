"""Exports of learning management systems, with their real names and folders."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

ASSIGNMENT = "rainfall"
PEOPLE = {
    # id: sortable name, as Canvas has it, and full name
    "ada": ("Lovelace, Ada", "Ada Lovelace"),
    "Łucja Müller": ("Müller, Łucja", "Łucja Müller"),
    "a/b": ("Slash, Anna", "Anna Slash"),
    "s10240": ("O'Neil, Seán", "Seán O'Neil"),
    "j_doe": ("de la Doe, Jane", "Jane de la Doe"),
}
FILES = {
    # As `roster.file_name` writes the ids, by hand.
    "ada": "ada",
    "Łucja Müller": "Łucja%20Müller",
    "a/b": "a%2Fb",
    "s10240": "s10240",
    "j_doe": "j_doe",
}
RECEIPT = """Name: Jane Doe ({0})
Assignment: Home work 1
Date Submitted: Wednesday, November 25, 2026 10:11:12 AM CET
Current Grade: Not yet graded

Submission Field:
There is no student submission text data for this assignment.

Comments:
There are no student comments for this assignment.

Files:
\tOriginal filename: notebook.ipynb
\tFilename: Home work 1_{0}_attempt_2026-11-25-10-11-12_notebook.ipynb
"""


def notebook(
    student: str = "",
    answer: str = "last",
    *,
    file: str = "",
    assignment: str = ASSIGNMENT,
    variant: str = "coast",
    **changes: object,
) -> bytes:
    """Write a notebook, whose metadata say whose it is if there is a student."""
    metadata: dict[str, object] = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "otter": {"assignment_name": f"{assignment} {variant}".strip()},
    }
    if student:
        own = {"assignment": assignment, "variant": variant, "student": student}
        metadata["assignment_grading"] = own
    first = "import otter"
    if file:
        first += f'\ngrader = otter.Notebook("{file}.ipynb")'
    cells = [_cell("first", first), _cell("second", f"answer = {answer!r}")]
    whole: dict[str, object] = {
        "cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    return json.dumps(whole | changes, ensure_ascii=False).encode()


def _cell(name: str, source: str) -> dict[str, object]:
    return {
        "cell_type": "code", "execution_count": None, "id": name, "metadata": {},
        "outputs": [], "source": source,
    }  # fmt: skip


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def lay_out(files: Mapping[str, bytes], folder: Path) -> Path:
    for name, content in files.items():
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return folder


def canvas_name(student: str) -> str:
    """Write a name as `sanitize_user_name` and `sanitize_file_name` of Canvas do."""
    sortable, _ = PEOPLE[student]
    return "".join(it for it in sortable.lower() if it.isalnum() or it == "_")


CALLED = {
    # What a Canvas gradebook or a Moodle worksheet says of each.
    student: (sortable, full, str(5000 + at), f"Participant {7000 + at}")
    for at, (student, (sortable, full)) in enumerate(PEOPLE.items())
}


def each(write: Callable[[str, int], Mapping[str, bytes]]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for at, student in enumerate(PEOPLE):
        files |= write(student, at)
    return files


def plain() -> dict[str, bytes]:
    return each(lambda one, _: {f"{FILES[one]}.ipynb": notebook(one)})


def plain_without_metadata() -> dict[str, bytes]:
    return each(lambda one, _: {f"{FILES[one]}.ipynb": notebook()})


def folders() -> dict[str, bytes]:
    return each(lambda one, _: {f"{FILES[one]}/my answers.ipynb": notebook(one)})


def zips() -> dict[str, bytes]:
    return each(
        lambda one, _: {f"{FILES[one]}.zip": zipped({"nb.ipynb": notebook(one)})}
    )


def wrapped_by_macos() -> dict[str, bytes]:
    files = each(
        lambda one, _: {
            f"Week 4/hand-ins/{FILES[one]}.ipynb": notebook(one),
            f"__MACOSX/Week 4/hand-ins/._{FILES[one]}.ipynb": b"\x00\x05\x16\x07",
        }
    )
    return files | {"Week 4/.DS_Store": b"\x00\x00\x00\x01Bud1"}


def nbgrader() -> dict[str, bytes]:
    return each(
        lambda one, _: {
            f"submitted/{FILES[one]}/rainfall/rainfall.ipynb": notebook(one),
            f"submitted/{FILES[one]}/rainfall/timestamp.txt": b"2026-11-25 10:11:12",
            f"submitted/{FILES[one]}/rainfall/.ipynb_checkpoints/"
            "rainfall-checkpoint.ipynb": notebook(one, "earlier"),
        }
    )


def canvas() -> dict[str, bytes]:
    return each(
        lambda one, at: {
            f"{canvas_name(one)}_{5000 + at}_{678900 + at}_notebook.ipynb": notebook(
                one
            )
        }
    )


def canvas_again_and_late() -> dict[str, bytes]:
    """Put two exports into one folder, the second after everybody's next attempt."""
    return each(
        lambda one, at: {
            f"{canvas_name(one)}_{5000 + at}_{99000 + at}_rainfall.ipynb": (
                notebook(one, "first")
            ),
            # 100,000 is more than 99,000, but “1” comes before “9”.
            f"{canvas_name(one)}_LATE_{5000 + at}_{100000 + at}_rainfall-1.ipynb": (
                notebook(one)
            ),
        }
    )


def canvas_of_zips() -> dict[str, bytes]:
    return each(
        lambda one, at: {
            f"{canvas_name(one)}_{5000 + at}_{678900 + at}_work.zip": zipped(
                {"work/data/rain.csv": b"1\n", "work/nb.ipynb": notebook(one)}
            )
        }
    )


def canvas_anonymous() -> dict[str, bytes]:
    return each(
        lambda one, at: {
            f"anon_x7k{at}p_{678900 + at}_Untitled{at}.ipynb": notebook(one),
        }
    )


def moodle() -> dict[str, bytes]:
    return each(
        lambda one, at: {
            f"{PEOPLE[one][1]}_{7000 + at}_assignsubmission_file/rainfall.ipynb": (
                notebook(one)
            ),
            f"{PEOPLE[one][1]}_{7000 + at}_assignsubmission_onlinetext/"
            "onlinetext.html": b"<p>Please find my notebook attached.</p>",
        }
    )


def moodle_before_4_1() -> dict[str, bytes]:
    return each(
        lambda one, at: {
            f"{PEOPLE[one][1]}_{7000 + at}_assignsubmission_file_/sub/nb.ipynb": (
                notebook(one)
            )
        }
    )


def moodle_flat() -> dict[str, bytes]:
    return each(
        lambda one, at: {
            f"{PEOPLE[one][1]}_{7000 + at}_assignsubmission_file_nb.ipynb": notebook(
                one
            )
        }
    )


def moodle_anonymous() -> dict[str, bytes]:
    return each(
        lambda one, at: {
            f"Participant_{7000 + at}_assignsubmission_file_/nb.ipynb": notebook(one)
        }
    )


def blackboard() -> dict[str, bytes]:
    def write(student: str, at: int) -> dict[str, bytes]:
        name = f"Home_work 1_{FILES[student]}_attempt_2026-11-{{}}-10-11-{10 + at}"
        first, last = name.format("09"), name.format("25")
        return {
            f"{first}.txt": RECEIPT.format(student).encode(),
            f"{first}_notebook.ipynb": notebook(student, "first"),
            f"{last}.txt": RECEIPT.format(student).encode(),
            f"{last}_notebook.ipynb": notebook(student),
        }

    return each(write)


def brightspace() -> dict[str, bytes]:
    files = each(
        lambda one, at: {
            f"{3000 + at}-{9000 + at} - {PEOPLE[one][1]} - Nov 25, 2026 1011 AM/"
            "nb.ipynb": notebook(one),
            f"{3000 + at}-{8000 + at} - {PEOPLE[one][1]} - Nov 25, 2026 959 AM/"
            "nb.ipynb": notebook(one, "first"),
        }
    )
    return files | {"index.html": b"<html></html>"}


def gradescope() -> dict[str, bytes]:
    table = "".join(
        f"submission_{400 + at}:\n  :submitters:\n  - :name: {json.dumps(full)}\n"
        f"    :sid: {json.dumps(student)}\n    :email: someone{at}@example.org\n"
        "  :created_at: 2026-11-25 10:11:12.123456000 Z\n  :score: 0.0\n"
        "  :status: processed\n"
        for at, (student, (_, full)) in enumerate(PEOPLE.items())
    )
    files = each(
        lambda one, at: {
            f"assignment_9_export/submission_{400 + at}/rainfall.ipynb": notebook(one)
        }
    )
    return files | {"assignment_9_export/submission_metadata.yml": table.encode()}


def google_classroom() -> dict[str, bytes]:
    return each(
        lambda one, _: {
            f"Classroom/Statistics 1/{PEOPLE[one][1]} - rainfall.ipynb": notebook(one)
        }
    )


def sakai() -> dict[str, bytes]:
    return each(
        lambda one, _: {
            f"Rainfall/{PEOPLE[one][0]}({FILES[one]})/Submission attachment(s)/"
            "nb.ipynb": notebook(one),
            f"Rainfall/{PEOPLE[one][0]}({FILES[one]})/timestamp.txt": b"20261125101112",
        }
    )


def downloaded_by_a_browser() -> dict[str, bytes]:
    return each(
        lambda one, _: {
            f"{FILES[one]}.ipynb": notebook(one, "first"),
            f"{FILES[one]} (2).ipynb": notebook(one, "second"),
            f"{FILES[one]} (10).ipynb": notebook(one),
        }
    )


def names_that_tell_nothing() -> dict[str, bytes]:
    return each(lambda one, at: {f"notebook ({at}).ipynb": notebook(one)})


def other_suffixes() -> dict[str, bytes]:
    suffixes = (".IPYNB", ".ipynb.txt", ".ipynb.json", ".Ipynb.TXT", ".json")
    return each(lambda one, at: {f"{FILES[one]}{suffixes[at]}": notebook(one)})


def only_the_first_cell_tells() -> dict[str, bytes]:
    return each(lambda one, at: {f"Untitled{at}.ipynb": notebook(file=FILES[one])})


def nested_zips() -> dict[str, bytes]:
    inner = zipped({"homework/nb.ipynb": notebook("ada")})
    others = {f"{FILES[it]}.ipynb": notebook(it) for it in PEOPLE if it != "ada"}
    return {
        "group 1.zip": zipped({"ada.zip": zipped({"again.zip": inner})}),
        "group 2/group 2.zip": zipped(others),
    }


def from_windows() -> dict[str, bytes]:
    return each(lambda one, _: {f"hand-ins\\{FILES[one]}\\nb.ipynb": notebook(one)})


EXPORTS = (
    plain, plain_without_metadata, folders, zips, wrapped_by_macos, nbgrader, canvas,
    canvas_again_and_late, canvas_of_zips, canvas_anonymous, moodle, moodle_before_4_1,
    moodle_flat, moodle_anonymous, blackboard, brightspace, gradescope,
    google_classroom, sakai, downloaded_by_a_browser, names_that_tell_nothing,
    other_suffixes, only_the_first_cell_tells, nested_zips,
)  # fmt: skip
