"""What a learning management system wrote into the name of a file or folder.

Each rule is from the system's own source or documentation, or from what those read who
live with its exports:

Canvas
    ``<name>[_LATE]_<user>_<attachment>_<file>``: `add_upload_submission` and
    `get_filename` in `lib/content_zipper.rb` of `canvas-lms
    <https://github.com/instructure/canvas-lms>`__. The name is that by which Canvas
    sorts, in small letters and without spaces and commas; if grading is anonymous,
    ``anon_<letters>`` stands for name and user. Numbers of attachments grow with each
    upload. A file that was uploaded again under its old name gets ``-1``, ``-2`` before
    its suffix (`Attachment.make_unique_filename`).
Moodle
    ``<name>_<participant>_assignsubmission_<plugin>``: `get_student_prefix` and
    `load_submissionplugin_filelist` in `mod/assign/classes/downloader.php` of `moodle
    <https://github.com/moodle/moodle>`__. It is a folder, up to Moodle 4.0 with ``_``
    at its end, or the start of a file's name if the teacher chose no folders. If
    grading is anonymous, the name is “Participant” in the teacher's language. Only the
    current attempt is exported.
Blackboard
    ``<assignment>_<user>_attempt_<time>_<file>``, and the receipt of each attempt as
    ``<assignment>_<user>_attempt_<time>.txt``: nbgrader's documentation of its
    `FileNameCollectorPlugin
    <https://nbgrader.readthedocs.io/en/stable/user_guide/managing_assignment_files_manually.html>`__.
Brightspace
    ``<user>-<submission> - <name> - <time> - <file>``, or a folder without the file:
    Brightspace's help on downloading submissions.
Gradescope
    a folder ``submission_<number>`` for each student, explained by a file
    ``submission_metadata.yml`` beside them: `GradescopeParser` of `otter-grader
    <https://github.com/ucbds-infra/otter-grader>`__ reads it, as here.
Sakai
    a folder ``<family name>, <name>(<user>)``: Sakai's help on “Download All”.

What a browser, an operating system or a cloud adds to a name when there is a file of
that name already: ``a (1).ipynb``, ``a - Copy.ipynb``, ``Copy of a.ipynb``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

CANVAS, MOODLE, BLACKBOARD = "Canvas", "Moodle", "Blackboard"
BRIGHTSPACE, GRADESCOPE, SAKAI = "Brightspace", "Gradescope", "Sakai"

GRADESCOPE_TABLE = "submission_metadata.yml"


@dataclass(frozen=True)
class Mark:
    """What a system says of one hand-in."""

    system: str
    calls: tuple[str, ...]  # what it calls the student: number, login or name
    account: str  # one text for the student, the same in each file of an export
    file: str  # the name that the student gave the file; empty for a folder
    attempt: tuple[int, ...] = ()  # greater for a later attempt; empty if unknown
    attempt_text: str = ""  # the same in words
    when: datetime | None = None  # without a time zone if the system names none
    late: bool | None = None  # None if the system does not say
    receipt: bool = False  # whether it is the system's own file


def marks_of(name: str) -> dict[str, Mark]:
    """Read the name of a file or folder, by each system that may have written it.

    A student chooses the end of a file's name, and may choose one of another system's
    form. So a name alone does not tell the system; all names of an export do.
    """
    marks = (read(name) for read in _READERS)
    return {mark.system: mark for mark in marks if mark}


def split_copy(stem: str) -> Iterator[tuple[str, int]]:
    """Yield what a name may have been before it was a copy, and the copy's number."""
    yield stem, 0
    for pattern in _COPIES:
        found = pattern.fullmatch(stem)
        if found:
            yield found["stem"].strip(), int(found.groupdict().get("number") or 1)


def gradescope_marks(content: bytes) -> dict[str, Mark]:
    """Read Gradescope's table: for each folder or file, whose it is.

    Raises
    ------
    ValueError
        If it is not of the form that Gradescope writes.
    """
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        table = yaml.load(content, loader)  # noqa: S506
    except Exception:
        raise ValueError("is not the table that Gradescope writes") from None
    if not isinstance(table, dict):
        raise ValueError("is not the table that Gradescope writes")
    marks = {}
    for place, entry in table.items():
        submitters = entry.get(":submitters") if isinstance(entry, dict) else None
        if not isinstance(submitters, list) or not isinstance(place, str):
            continue
        # What several hand in together is nobody's alone: the notebook decides.
        alone = submitters[0] if len(submitters) == 1 else {}
        alone = alone if isinstance(alone, dict) else {}
        calls = [alone.get(f":{key}") for key in ("sid", "email", "name")]
        when = entry.get(":created_at")
        number = re.search(r"\d{1,18}", place)
        marks[place] = Mark(
            GRADESCOPE,
            tuple(str(it) for it in calls if isinstance(it, str | int) and it != ""),
            place,
            "",
            (int(number[0]),) if number else (),
            f"Gradescope's {place}",
            when if isinstance(when, datetime) else None,
        )
    return marks


_CANVAS = re.compile(
    r"(?:(?P<name>\w+?)_)??(?:(?P<late>LATE|late)_)?(?P<user>\d{1,18}|anon_[A-Za-z0-9]+)"
    r"_(?:(?P<attachment>\d{1,18})_(?P<file>.+)|(?:text|link)\.html)"
)
_MOODLE = re.compile(
    r"(?P<name>[^_]+)_(?P<number>\d{1,18})_assignsubmission_[a-z]+(?:_(?P<file>.*))?"
)
_BLACKBOARD = re.compile(
    r"(?P<before>.+?)_attempt_(?P<time>\d{4}(?:-\d{1,2}){5})(?:_(?P<file>.+)|\.txt)"
)
_BRIGHTSPACE = re.compile(
    r"(?P<user>\d{1,18})-(?P<number>\d{1,18}) ?- (?P<name>.+?) - "
    r"(?P<time>[^-]+?)(?: - (?P<file>.+))?"
)
_SAKAI = re.compile(r"(?P<name>[^()]+)\((?P<login>[^()\s]*[^()\s\d][^()\s]*)\)")
_COPIES = (
    re.compile(r"(?P<stem>.+?) ?\((?P<number>\d{1,4})\)"),
    re.compile(r"(?P<stem>.+?)-(?P<number>\d{1,2})"),
    re.compile(r"(?P<stem>.+?) - Copy(?: \((?P<number>\d{1,4})\))?"),
    re.compile(r"(?P<stem>.+?) copy(?: (?P<number>\d{1,4}))?"),
    re.compile(r"(?P<stem>.+?)-Copy(?P<number>\d{1,4})"),
    re.compile(r"Copy of (?P<stem>.+)"),
)


def _canvas(name: str) -> Mark | None:
    found = _CANVAS.fullmatch(name)
    if not found or not (found["name"] or found["user"]):
        return None
    user, called, attachment = found["user"], found["name"] or "", found["attachment"]
    return Mark(
        CANVAS,
        tuple(it for it in (user, called) if it),
        "_".join(it for it in (called, user) if it),
        found["file"] or "",
        (int(attachment),) if attachment else (),
        f"Canvas's attachment {attachment}" if attachment else "",
        late=found["late"] is not None,
    )


def _moodle(name: str) -> Mark | None:
    found = _MOODLE.fullmatch(name)
    if not found:
        return None
    called, number = found["name"], found["number"]
    # The number is Moodle's own for this assignment. It is a student's id only where
    # grading is anonymous and the roster was made from Moodle's worksheet.
    anonymous = called.casefold() == "participant"
    first = number if anonymous else called
    calls = (first, f"{called} {number}", f"Participant {number}")
    return Mark(MOODLE, calls, f"{called}_{number}", found["file"] or "")


def _blackboard(name: str) -> Mark | None:
    found = _BLACKBOARD.fullmatch(name)
    if not found:
        return None
    # Assignments and users may hold underscores: every end may be the user's name.
    words = found["before"].split("_")
    ends = ["_".join(words[at:]) for at in range(len(words))]
    numbers = tuple(map(int, found["time"].split("-")))
    try:
        when = datetime(*numbers)  # type: ignore[arg-type]
    except ValueError:
        return None
    return Mark(
        BLACKBOARD,
        tuple(ends[1:] or ends),
        ends[-1],
        found["file"] or "",
        numbers,
        f"Blackboard's attempt of {when:%Y-%m-%d %H:%M:%S}",
        when,
        receipt=found["file"] is None,
    )


def _brightspace(name: str) -> Mark | None:
    found = _BRIGHTSPACE.fullmatch(name)
    when = _brightspace_time(found["time"]) if found else None
    if not found or not when:
        return None
    return Mark(
        BRIGHTSPACE,
        (found["user"], found["name"]),
        f"{found['name']} {found['user']}",
        found["file"] or "",
        (*when.timetuple()[:5], int(found["number"])),
        f"Brightspace's submission of {when:%Y-%m-%d %H:%M}",
        when,
    )


def _brightspace_time(text: str) -> datetime | None:
    for form in ("%b %d, %Y %I%M %p", "%b %d, %Y %I:%M %p", "%d %B, %Y %H%M"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _sakai(name: str) -> Mark | None:
    found = _SAKAI.fullmatch(name)
    if not found:
        return None
    calls = found["login"], found["name"].strip()
    return Mark(SAKAI, calls, found["login"], "")


# The more of its own a form has, the earlier it stands.
_READERS: tuple[Callable[[str], Mark | None], ...] = (
    _blackboard,
    _moodle,
    _brightspace,
    _canvas,
    _sakai,
)
