"""What a class handed in: from an export as it comes to the notebook of each student.

An export is a folder or one zip file of everything, with folders and zip files in it of
any depth. Whose a file is, is told

1. by the outermost part of its path that a teacher or a learning management system
   named after a student (`lms_names` says how each system does so): students choose
   only what lies further inside;
2. else by the notebook itself, which knows to whom it was given.

If both tell, and tell different students, the file is refused. Of several attempts the
latest counts, by the system's own mark if there is one. Why each file was taken or not
stands in `Collection.found`.
"""

from __future__ import annotations

import itertools
import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection as Group
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from papermill_pages.outputs import write_atomically

from assignment_grading.arrivals import lms_names, notebooks, unpacking
from assignment_grading.arrivals.lms_names import Mark
from assignment_grading.arrivals.notebooks import NotANotebookError, Notebook
from assignment_grading.arrivals.unpacking import Found, printable
from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out.handout import KEYS, SOLUTION
from assignment_grading.running.outcome import OTHER_VARIANT, UNREADABLE, Outcome
from assignment_grading.tabular.csv_files import csv_text
from assignment_grading.tabular.roster import file_name

SUBMISSIONS = "submissions"
"""The folder in the results with one notebook a student."""

TABLE = "files.csv"
"""The table in the results that says of each file why it was taken or not."""

_NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json|ipynb))*$", re.IGNORECASE)
_MAYBE = re.compile(r"(^|/)[^.]+$|\.(txt|json)$", re.IGNORECASE)
_ENDS = re.compile(r"(\.(ipynb|zip|txt|json))+$", re.IGNORECASE)
_OTHER_ARCHIVES = (".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_SAME_TIME = timedelta(seconds=3)  # zip files count in steps of two seconds
_LONGEST = 80  # bytes of a student's name, which becomes that of a file
_FORMULA = ("=", "+", "-", "@")
_WORD = re.compile(r"[\s_\-.,;()\[\]+%]+")


@dataclass(frozen=True)
class Handed:
    """The notebook of one student."""

    path: Path  # a valid notebook of version 4.5 of the format, without outputs
    name: str  # where it was found, in the export
    attempt: int  # how many attempts of the student were found, up to this one
    when: datetime | None  # when it was handed in; has no time zone if nobody names one
    clock: str  # whose time that is; empty if there is none
    late: bool | None  # what the system says; None if it does not
    notes: tuple[str, ...]  # sentences for the teacher on how it was chosen

    @property
    def is_by_file(self) -> bool:
        """Whether only the file says when it was handed in."""
        return self.clock in (unpacking.FILE_TIME, unpacking.ZIP_TIME)


@dataclass(frozen=True)
class File:
    """What became of one file of the export."""

    name: str
    student: str  # empty if it is nobody's
    taken: bool
    reason: str  # a sentence
    matters: bool  # whether the teacher should read the reason at once


@dataclass(frozen=True)
class Collection:
    """The files of a class, by student."""

    files: dict[str, Handed]  # what each student handed in
    refused: dict[str, Outcome]  # students whose files cannot be graded, and why
    missing: tuple[str, ...]  # students of the roster who handed in nothing
    unknown: tuple[str, ...]  # files that belong to nobody on the roster
    found: tuple[File, ...]  # every file

    @property
    def paths(self) -> dict[str, Path]:
        """The notebook of each student who handed in one."""
        return {student: handed.path for student, handed in self.files.items()}


@dataclass(frozen=True)
class Arrived:
    """A file of an export, after it was read."""

    found: Found
    notebook: Notebook | None
    problem: str  # why it cannot be graded, as the end of “The file …”
    gradable: bool  # whether it is, or claims to be, a notebook or a zip file
    mark: Mark | None = None  # what a learning management system says
    marked_at: int = -1  # which part of the path says it


def read(place: Path, without: Group[Path] = ()) -> list[Arrived]:
    """Read everything that was handed in.

    Folders in `without` are left out.

    Raises
    ------
    AssignmentError
        If the place cannot be read or holds nothing.
    """
    tables = dict[tuple[str, ...], dict[str, Mark]]()
    arrived = list[Arrived]()
    for found in unpacking.find(place, _wanted, without):
        if found.parts[-1].lower() == lms_names.GRADESCOPE_TABLE and found.content:
            try:
                table = lms_names.gradescope_marks(found.content)
                tables[found.parts[:-1]] = table
                found = replace(found, clutter="Gradescope's own table")
            except ValueError as error:
                found = replace(found, problem=str(error))
        arrived.append(_arrived(found))
    if all(one.found.clutter for one in arrived):
        raise AssignmentError(f"There is no submission in {place}.")
    systems = _systems(arrived)
    return [_marked(one, tables, systems) for one in arrived]


def assignment_of(
    arrived: Sequence[Arrived], place: Path, known: Iterable[str] = ()
) -> str:
    """Tell from the notebooks which assignment most students handed in.

    Of an assignment that is not `known`, the name is taken to be one word.

    Raises
    ------
    AssignmentError
        If no notebook says so.
    """
    # Each account, folder or zip file has one voice: one student hands in many files.
    depth, voices = _depth(arrived), set()
    longest_first = sorted(known, key=len, reverse=True)
    for one in arrived:
        said = one.notebook.assignment if one.notebook else ""
        names = [it for it in longest_first if f"{said} ".startswith(f"{it} ")]
        names += said.split()[:1]
        if names and _is_folder_name(names[0]):
            parts = one.found.parts
            whose = one.mark.account if one.mark else parts[min(depth, len(parts) - 1)]
            voices.add((whose, names[0]))
    counted = Counter(name for _, name in voices)
    if not counted:
        raise AssignmentError(
            f"No notebook in {place} says which assignment it is of. Name its set: "
            "--set _build/assignments/<name>."
        )
    return sorted(counted, key=lambda name: (-counted[name], name))[0]


def names_of_sets(folder: Path) -> list[str]:
    """List the assignments in the folder of all sets."""
    return [path.parent.name for path in folder.glob(f"*/{KEYS}")]


def assignment_of_set(folder: Path) -> str:
    """Tell whose set it is, also if its folder was given another name."""
    for solution in sorted((folder / KEYS).glob(f"*/{SOLUTION}")):
        with suppress(OSError, NotANotebookError):
            name = notebooks.read_notebook(solution.read_bytes()).assignment
            if name:
                return name.removesuffix(f" {solution.parent.name}")
    return folder.name


def collect(
    arrived: Sequence[Arrived],
    roster: Iterable[str],
    folder: Path,
    assignment: str = "",
    called: Mapping[str, Iterable[str]] | None = None,
) -> Collection:
    """Find each student's notebook, and write it into a folder.

    Parameters
    ----------
    arrived : sequence of Arrived
        Everything that was handed in.
    roster : iterable of str
        The ids of the students. Without any, each account, folder or file is a
        student's.
    folder : Path
        Where the notebooks are written, as `file_name` names them.
    assignment : str
        Notebooks that say that they are of another one are not taken.
    called : mapping of str to iterable of str, optional
        What else a learning management system calls a student: names, logins, numbers.
    """
    students = _Students(tuple(roster), called or {})
    if not students.ids:
        claims = _claims_without_roster(arrived)
    else:
        claims = [_claim(one, students) for one in arrived]
    claims = [_checked(claim, assignment) for claim in claims]
    by_student = defaultdict[str, list[_Claim]](list)
    for claim in claims:
        if claim.student and not claim.one.found.clutter:
            by_student[claim.student].append(claim)
            if claim.owner in students.ids and claim.certainty < _NAME_SAYS:
                # Nobody but the student said whose it is: it may well be the owner's.
                by_student[claim.owner].append(claim)
    files, refused = dict[str, Handed](), dict[str, Outcome]()
    reasons, notes = dict[int, str](), dict[int, str]()
    for student in students.ids or sorted(by_student):
        own = by_student.get(student, [])
        choice = _choose(student, own)
        reasons |= choice.reasons
        if choice.taken:
            notes[id(choice.taken.one)] = " ".join(choice.notes)
            files[student] = _write(choice.taken, choice, folder, student)
        elif choice.refused:
            refused[student] = choice.refused
    missing = tuple(it for it in students.ids if it not in files | refused)
    found = tuple(_file(claim, reasons, notes) for claim in claims)
    unknown = tuple(
        file.name
        for claim, file in zip(claims, found, strict=True)
        if not claim.student and claim.one.gradable and not claim.one.found.clutter
    )
    return Collection(files, refused, missing, unknown, found)


def table(collection: Collection) -> str:
    """Write as CSV why each file was taken or not."""
    head = ("file", "student", "taken", "reason")
    rows = []
    for file in collection.found:
        taken = "yes" if file.taken else "no"
        rows.append((file.name, file.student, taken, file.reason))
    return csv_text([head, *rows])


def _wanted(name: str) -> bool:
    table = name.lower().endswith(lms_names.GRADESCOPE_TABLE)
    return table or bool(_NOTEBOOK.search(name) or _MAYBE.search(name))


def _arrived(found: Found) -> Arrived:
    name = found.parts[-1] if found.parts else ""
    gradable = bool(_NOTEBOOK.search(name)) or name.lower().endswith(".zip")
    if found.clutter or found.problem or found.is_folder:
        empty = replace(found, content=None)
        return Arrived(empty, None, found.problem, gradable)
    if name.lower().endswith(_OTHER_ARCHIVES):
        return Arrived(found, None, "is an archive, but no zip file: zip it", True)
    content = found.content
    if content is None or not (gradable or notebooks.looks_like_one(content)):
        return Arrived(replace(found, content=None), None, "is no notebook", False)
    try:
        notebook, problem = notebooks.read_notebook(content), ""
    except NotANotebookError as error:
        notebook, problem = None, str(error)
    return Arrived(replace(found, content=None), notebook, problem, True)


def _systems(arrived: Iterable[Arrived]) -> list[str]:
    """Rank the systems by how many names of the export have their form."""
    outermost = set[str]()
    for one in arrived:
        marked = (part for part in one.found.parts if lms_names.marks_of(part))
        outermost |= set(itertools.islice(marked, 1))
    counted = Counter(it for name in outermost for it in lms_names.marks_of(name))
    return [system for system, _ in counted.most_common()]


def _marked(
    one: Arrived,
    tables: Mapping[tuple[str, ...], Mapping[str, Mark]],
    systems: Sequence[str],
) -> Arrived:
    """Add what the outermost part of the path says that a system named."""
    parts = one.found.parts
    for at, part in enumerate(parts):
        mark = tables.get(parts[:at], {}).get(part)
        marks = lms_names.marks_of(part)
        ranked = [marks[system] for system in systems if system in marks]
        if mark or ranked:
            mark = mark or ranked[0]
            if mark.receipt and one.notebook is None:
                found = replace(one.found, clutter=f"{mark.system}'s receipt")
                one = replace(one, found=found)
            return replace(one, mark=mark, marked_at=at)
    return one


def _is_folder_name(name: str) -> bool:
    return not re.search(r'[/\\:*?"<>|]', name) and name not in (".", "..")


class _Students:
    """The students of a roster, and all that a name may call them."""

    def __init__(
        self, ids: tuple[str, ...], called: Mapping[str, Iterable[str]]
    ) -> None:
        self.ids = ids
        exact = {_composed(student): student for student in ids}
        self._exact = exact | {_composed(file_name(one)): one for one in ids}
        self._words = {
            name: student
            for name, student in self._exact.items()
            if len(name) > 2 and (not name.isdecimal() or len(name) > 4)
        }
        loose = defaultdict[str, set[str]](set)
        for student in ids:
            for call in (student, *called.get(student, ())):
                for form in _loose(call):
                    loose[form].add(student)
        self._loose = {form: it for form, (it, *more) in loose.items() if not more}

    def by_id(self, name: str) -> str | None:
        """Find the student with an id, written as it is or as a file's name."""
        key = _composed(name)
        return self._exact.get(key) or self._exact.get(_composed(unquote(name)))

    def by_call(self, call: str) -> str | None:
        """Find the one student whom a system may call so."""
        return self.by_id(call) or self._by_loose(call)

    def _by_loose(self, call: str) -> str | None:
        found = (self._loose.get(form) for form in _loose(call))
        return next((student for student in found if student), None)

    def by_name(self, part: str) -> str | None:
        """Find whose name a file or folder bears, as it is or as a copy."""
        for stem in (part, _ENDS.sub("", part), os.path.splitext(part)[0]):
            for name, _ in lms_names.split_copy(stem):
                student = self.by_id(name)
                if student:
                    return student
        full_name = _ENDS.sub("", part)
        return self._by_loose(full_name) if " " in full_name else None

    def by_word(self, part: str) -> str | None:
        """Find the one student whom a part of a name calls by id or full name."""
        stem = _composed(_ENDS.sub("", part))
        words = {*_WORD.split(stem), *stem.split("_"), *stem.split(" - ")}
        found = {self._words[word] for word in words if word in self._words}
        found |= {
            self._loose[form]
            for piece in stem.split(" - ")
            if " " in piece
            for form in _loose(piece)
            if form in self._loose
        }
        return found.pop() if len(found) == 1 else None


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _loose(call: str) -> list[str]:
    """Write a name as systems do: without capitals, spaces and commas, in any order."""
    composed = _composed(call)
    letters = re.sub(r"[\W_]", "", composed)
    words = sorted(filter(None, re.split(r"[\W_]+", composed)))
    forms = [letters] if letters else []
    if len(words) > 1:
        # “Doe, Jane”, “Jane Doe” and “doejane”: sorted words, and both joined orders.
        forms += [" ".join(words)]
        if "," in composed:
            family, _, given = composed.partition(",")
            forms.append(re.sub(r"[\W_]", "", given + family))
        else:
            *given_words, family = re.split(r"[\W_]+", composed.strip())
            forms.append(family + "".join(given_words))
    if "@" in composed:
        forms.append(re.sub(r"[\W_]", "", composed.partition("@")[0]))
    return forms


# How surely it is known whose a file is.
_NOTEBOOK_SAYS, _STUDENT_SAYS, _NAME_SAYS = range(3)


@dataclass(frozen=True)
class _Claim:
    """Whose a file seems to be."""

    one: Arrived
    student: str  # empty if it is nobody's
    certainty: int
    problem: str  # why it is not taken, as the end of “The file …”
    owner: str = ""  # whose notebook it is, if it is another student's

    @property
    def copy(self) -> tuple[str, int]:
        """The file's name without the number of a copy, and that number."""
        mark, parts = self.one.mark, self.one.found.parts
        flat = mark is not None and self.one.marked_at == len(parts) - 1
        name = mark.file if mark and flat else parts[-1]
        *_, (stem, number) = lms_names.split_copy(_ENDS.sub("", name))
        return stem.casefold(), number


def _claim(one: Arrived, students: _Students) -> _Claim:
    told, certainty = _told(one, students)
    owners = _owners(one.notebook, students)
    others = [owner for owner in owners if owner != told]
    if told and others:
        problem = (
            f"was handed in as {printable(told)}'s, but its notebook was given to "
            f"{printable(others[0])}"
        )
        return _Claim(one, told, certainty, problem, others[0])
    if told:
        return _Claim(one, told, certainty, one.problem)
    if len(owners) > 1:
        listed = " and to ".join(map(printable, owners))
        problem = f"holds a notebook that says that it was given to {listed}"
        known = [owner for owner in owners if owner in students.ids]
        return _Claim(one, (known or [""])[0], _NOTEBOOK_SAYS, problem, owners[-1])
    if owners and owners[0] in students.ids:
        return _Claim(one, owners[0], _NOTEBOOK_SAYS, one.problem)
    if owners:
        problem = f"is {printable(owners[0])}'s, who is not on the roster"
        return _Claim(one, "", _NOTEBOOK_SAYS, problem)
    return _Claim(one, "", _NOTEBOOK_SAYS, one.problem or _nobody(one))


def _nobody(one: Arrived) -> str:
    if one.mark:
        return (
            f"is of {printable(one.mark.account)} in {one.mark.system}, and neither "
            "that nor the notebook names a student of the roster. The system's export "
            "of grades, named with --gradebook, tells who is who"
        )
    return "has no student's name, and the notebook does not say whose it is"


def _told(one: Arrived, students: _Students) -> tuple[str | None, int]:
    """Find the student whom the outermost telling part of the path names."""
    outer = inner = one.found.parts
    if one.mark:
        outer = one.found.parts[: one.marked_at + 1]
        inner = (one.mark.file, *one.found.parts[one.marked_at + 1 :])
    for part in outer:
        student = students.by_name(part)
        if student:
            return student, _NAME_SAYS
    if one.mark:
        calls = [students.by_call(call) for call in one.mark.calls]
        named = [student for student in calls if student]
        # Of the many that Blackboard's names may mean, the longest comes first.
        sure = len(set(named)) == 1 or one.mark.system == lms_names.BLACKBOARD
        if named and sure:
            return named[0], _NAME_SAYS
        for part in inner:
            student = students.by_name(part)
            if student:
                return student, _STUDENT_SAYS
    words = (students.by_word(part) for part in inner)
    return next((student for student in words if student), None), _STUDENT_SAYS


def _owners(notebook: Notebook | None, students: _Students) -> list[str]:
    """List whose a notebook says that it is: in its metadata, in comments, in a call.

    One student's notebook says the same in all places. The call, which is all that sets
    of former versions have, counts if it names a student.
    """
    if notebook is None:
        return []
    said = [students.by_id(it) or it for it in notebook.students]
    called = students.by_id(_ENDS.sub("", notebook.file))
    return list(dict.fromkeys([*said, called] if called else said))


def _checked(claim: _Claim, assignment: str) -> _Claim:
    """Refuse a notebook of another assignment."""
    notebook = claim.one.notebook
    if notebook is None or claim.problem or not assignment or not notebook.assignment:
        return claim
    if f"{notebook.assignment} ".startswith(f"{assignment} "):
        return claim
    other = printable(notebook.assignment.split()[0])
    return replace(claim, problem=f"is a notebook of the assignment {other}")


def _depth(arrived: Sequence[Arrived]) -> int:
    """Tell at which part the paths begin to differ."""
    paths = [it.found.parts for it in arrived if not it.found.clutter and not it.mark]
    if not paths:
        return 0
    levels = zip(*paths, strict=False)
    depth = sum(1 for _ in itertools.takewhile(lambda it: len(set(it)) == 1, levels))
    return 0 if any(len(path) <= depth for path in paths) else depth


def _claims_without_roster(arrived: Sequence[Arrived]) -> list[_Claim]:
    """Name the students by their accounts, or by the outermost names that differ."""
    depth, stems = _depth(arrived), list[str]()
    for one in arrived:
        part = one.found.parts[min(depth, len(one.found.parts) - 1)]
        stems.append(one.mark.account if one.mark else unquote(_ENDS.sub("", part)))
    known = {_composed(stem) for stem in stems}
    claims = []
    for one, stem in zip(arrived, stems, strict=True):
        *_, (original, _number) = lms_names.split_copy(stem)
        name = original if _composed(original) in known else stem
        name = unicodedata.normalize("NFC", name).strip()
        fits = name.isprintable() and 0 < len(name.encode()) <= _LONGEST
        if fits and not name.startswith(_FORMULA):
            claims.append(_Claim(one, name, _NAME_SAYS, one.problem))
        else:
            problem = "has a name that can be no student's"
            claims.append(_Claim(one, "", _NAME_SAYS, one.problem or problem))
    return claims


@dataclass(frozen=True)
class _Choice:
    """What was decided of one student's files."""

    taken: _Claim | None = None
    refused: Outcome | None = None
    reasons: dict[int, str] = field(default_factory=dict)  # by the id of what arrived
    notes: tuple[str, ...] = ()
    attempts: int = 0


def _choose(student: str, claims: Sequence[_Claim]) -> _Choice:
    """Choose the notebook that counts."""
    good = [claim for claim in claims if claim.one.notebook and not claim.problem]
    reasons = dict[int, str]()
    certainty = max((claim.certainty for claim in good), default=_NAME_SAYS)
    for claim in good:
        if claim.certainty < certainty:
            reasons[id(claim.one)] = (
                "its name does not say whose it is, and there is a notebook whose name "
                f"says that it is {printable(student)}'s"
            )
    good = [claim for claim in good if claim.certainty == certainty]
    # What says of which assignment it is goes before what says nothing.
    sure = [it for it in good if it.one.notebook and it.one.notebook.assignment]
    if sure:
        for claim in good:
            if claim not in sure:
                reasons[id(claim.one)] = "it does not say that it is of this assignment"
        good = sure
    if not good:
        return _Choice(refused=_why_none(claims), reasons=reasons)
    accounts = {claim.one.mark.account for claim in good if claim.one.mark}
    if certainty < _NAME_SAYS and len(accounts) > 1:
        listed = ", ".join(sorted(map(printable, accounts)))
        why = (
            f"Several accounts handed in {printable(student)}'s notebook: {listed}. "
            "Nobody's was graded: leave the right one, or name with --gradebook the "
            "system's export of grades, which tells who is who."
        )
        reasons |= {id(claim.one): why for claim in good}
        return _Choice(refused=Outcome(OTHER_VARIANT, why), reasons=reasons)
    ordered, by = _in_order(good)
    if ordered is None:
        names = ", ".join(claim.one.found.name for claim in good)
        why = f"There are {len(good)} files, {names}: leave one."
        reasons |= {id(claim.one): why for claim in good}
        return _Choice(refused=Outcome(UNREADABLE, why), reasons=reasons)
    *earlier, last = ordered
    notes = list[str]()
    if last.certainty == _NOTEBOOK_SAYS:
        notes.append("Whose it is, only the notebook itself says.")
    elif last.one.notebook and not last.one.notebook.students:
        notes.append("Whose it is, only its name says: the notebook does not.")
    if earlier:
        notes.append(f"It is the latest of {len(ordered)}, by {by}.")
        for claim in earlier:
            why = f"an earlier attempt, by {by}: {last.one.found.name} was taken"
            reasons[id(claim.one)] = why
    notes += _newer_but_unreadable(last, claims)
    return _Choice(last, None, reasons, tuple(notes), len(ordered))


def _why_none(claims: Sequence[_Claim]) -> Outcome | None:
    """Say why a student has no notebook that can be graded."""
    shown = [claim for claim in claims if not claim.one.found.clutter]
    if not shown:
        return None
    for claim in shown:
        if claim.owner:
            why = f"{claim.one.found.name} {claim.problem}. It was not graded."
            return Outcome(OTHER_VARIANT, why)
    gradable = [
        claim for claim in shown if claim.one.gradable or claim.one.found.problem
    ]
    if gradable:
        listed = "; ".join(f"{it.one.found.name} {it.problem}" for it in gradable[:3])
        return Outcome(UNREADABLE, f"The file cannot be graded: {listed}.")
    folder = "an empty folder"
    names = ", ".join(
        folder if it.one.found.is_folder else it.one.found.name for it in shown[:10]
    )
    return Outcome(UNREADABLE, f"No notebook was handed in, only {names}.")


def _in_order(claims: Sequence[_Claim]) -> tuple[list[_Claim] | None, str]:
    """Put attempts in order, and say by what; None if nothing tells."""
    marks = {id(it.one): it.one.mark for it in claims if it.one.mark}
    attempts = {key: mark.attempt for key, mark in marks.items() if mark.attempt}
    one_system = len({mark.system for mark in marks.values()}) == 1
    if not one_system or len(attempts) < len(claims):
        return _in_order_of_copies(claims)
    ordered = sorted(claims, key=lambda it: attempts[id(it.one)])
    latest = attempts[id(ordered[-1].one)]
    last = [it for it in ordered if attempts[id(it.one)] == latest]
    ordered_last, by = _in_order_of_copies(last)
    said = marks[id(last[0].one)].attempt_text
    before = ordered[: -len(last)]
    by = f"{said} and {by}" if len(last) > 1 else said
    return (None if ordered_last is None else [*before, *ordered_last]), by


def _in_order_of_copies(claims: Sequence[_Claim]) -> tuple[list[_Claim] | None, str]:
    """Put files in order by the copies' numbers, at last by the files' times."""
    if len(claims) == 1:
        return list(claims), ""
    stems, numbers = ({it.copy[at] for it in claims} for at in (0, 1))
    if len(stems) == 1 and len(numbers) == len(claims):
        return sorted(claims, key=lambda it: it.copy), "the number in its name"
    clocks = {it.one.found.clock for it in claims}
    times = {id(it.one): it.one.found.when for it in claims if it.one.found.when}
    if len(clocks) == 1 and len(times) == len(claims):
        ordered = sorted(claims, key=lambda it: times[id(it.one)])
        last, before = (times[id(it.one)] for it in (ordered[-1], ordered[-2]))
        if last - before >= _SAME_TIME:
            return ordered, f"the time of {clocks.pop()}, for no name tells"
    if len({it.one.notebook for it in claims}) == 1:
        return list(claims), "nothing, for all are the same"
    return None, ""


def _newer_but_unreadable(last: _Claim, claims: Sequence[_Claim]) -> list[str]:
    """Name a later attempt that could not be taken."""
    mark = last.one.mark
    return [
        f"A later attempt, {claim.one.found.name}, was not taken: it {claim.problem}."
        for claim in claims
        if claim.problem
        and claim.one.gradable
        and claim.one.mark
        and mark
        and claim.one.mark.system == mark.system
        and claim.one.mark.attempt > mark.attempt
    ]


def _write(claim: _Claim, choice: _Choice, folder: Path, student: str) -> Handed:
    notebook, found, mark = claim.one.notebook, claim.one.found, claim.one.mark
    assert notebook
    path = folder / f"{file_name(student)}.ipynb"
    write_atomically(path, notebook.text)
    when, clock = found.when, found.clock
    if mark and mark.when:
        when, clock = mark.when, mark.system
    elif mark:
        # The time in the export is that of the download.
        when, clock = None, ""
    late = mark.late if mark else None
    return Handed(path, found.name, choice.attempts, when, clock, late, choice.notes)


def _file(claim: _Claim, reasons: Mapping[int, str], notes: Mapping[int, str]) -> File:
    """Say what became of a file."""
    one, name = claim.one, claim.one.found.name
    if one.found.clutter:
        return File(name, "", False, f"It is {one.found.clutter}.", False)
    matters = one.gradable or bool(one.found.problem)
    if id(one) in reasons:
        why = reasons[id(one)].rstrip(".")
        return File(name, claim.student, False, f"{why[0].upper()}{why[1:]}.", matters)
    if claim.problem:
        return File(name, claim.student, False, f"The file {claim.problem}.", matters)
    return File(name, claim.student, True, notes.get(id(one)) or "Taken.", False)
