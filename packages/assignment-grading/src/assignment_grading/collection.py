"""What a class handed in: which file is whose."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from assignment_grading import insides
from assignment_grading.errors import AssignmentError
from assignment_grading.roster import file_name

GRADABLE = (".ipynb", ".zip")


@dataclass(frozen=True)
class Collection:
    """The files of a folder, by student."""

    files: dict[str, Path]  # what each student handed in
    refused: dict[str, str]  # students whose files cannot be graded, and why
    missing: tuple[str, ...]  # students of the roster who handed in nothing
    unknown: tuple[str, ...]  # files that belong to nobody on the roster


def collect(folder: Path, roster: Iterable[str]) -> Collection:
    """Find each student's file.

    In the folder each student has a file ``<id>.ipynb`` or ``<id>.zip``, or a folder
    ``<id>`` with one of them, with the id as `file_name` writes it. If there is no id
    in the roster, every file is a student's.

    Raises
    ------
    AssignmentError
        If the folder cannot be read or holds nothing.
    """
    try:
        entries = _visible(folder)
    except OSError as error:
        msg = f"The folder of submissions {folder} cannot be read: {error.strerror}."
        raise AssignmentError(msg) from None
    if not entries:
        raise AssignmentError(f"There is no submission in {folder}.")
    students = {file_name(student).casefold(): student for student in roster}
    handed_in: dict[str, list[Path]] = defaultdict(list)
    unknown = []
    for entry in entries:
        name = unicodedata.normalize(
            "NFC", entry.name if entry.is_dir() else entry.stem
        )
        student = students.get(name.casefold()) if students else unquote(name)
        if student is None:
            unknown.append(entry.name)
        else:
            handed_in[student] += _visible(entry) if entry.is_dir() else [entry]
    files, refused, missing = dict[str, Path](), dict[str, str](), list[str]()
    for student in students.values() or sorted(handed_in):
        gradable = [it for it in handed_in.get(student, []) if it.suffix in GRADABLE]
        if len(gradable) == 1:
            files[student] = gradable[0]
        elif gradable:
            names = ", ".join(it.name for it in gradable)
            refused[student] = f"There are {len(gradable)} files, {names}: leave one."
        elif student in handed_in:
            names = ", ".join(it.name for it in handed_in[student]) or "an empty folder"
            refused[student] = f"No notebook was handed in, only {names}."
        else:
            missing.append(student)
    return Collection(files, refused, tuple(missing), tuple(unknown))


def assignment_of(folder: Path) -> str:
    """Read from the notebooks which assignment they are of.

    Raises
    ------
    AssignmentError
        If no notebook says so.
    """
    names: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.ipynb")) if folder.is_dir() else ():
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
            notebook = json.loads(path.read_text(encoding="utf-8"))
            names[str(insides.assignment_name(notebook) or "").split()[0]] += 1
    if not names:
        raise AssignmentError(
            f"No notebook in {folder} says which assignment it is of. Name its set: "
            "--set _build/assignments/<name>."
        )
    return names.most_common(1)[0][0]


def _visible(folder: Path) -> list[Path]:
    return sorted(it for it in folder.iterdir() if not it.name.startswith("."))
