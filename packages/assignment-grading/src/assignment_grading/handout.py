"""Hand out an assignment: a notebook for each student, keys for the teacher.

A set, the folder of one assignment, holds ``handout/`` with the notebooks of the
students, ``keys/<variant>/`` with otter's archive, the solution and a key, and, for a
class, ``assigned.csv`` with who has which variant.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import logging
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
import otter.assign
import yaml

from assignment_grading import masters
from assignment_grading.errors import AssignmentError
from assignment_grading.files import file_name, write_atomically
from assignment_grading.grading import (
    Limits,
    Submission,
    grade_all,
    process_context,
)
from assignment_grading.masters import Master, Variant

ASSIGNED = "assigned.csv"
HANDOUT, KEYS = "handout", "keys"
ARCHIVE, SOLUTION, KEY = "autograder.zip", "solution.ipynb", "key.json"
_ANSWER_TAG = "otter_answer_cell"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Written:
    """A question that the teacher marks.

    Attributes
    ----------
    question : str
        Its name.
    points : float
        What it is worth.
    cell : str
        Id of the cell of the answer.
    guidance : str
        Model answer and rubric, in Markdown.
    """

    question: str
    points: float
    cell: str
    guidance: str


@dataclass(frozen=True)
class Key:
    """What a teacher needs to know of one variant.

    Attributes
    ----------
    assignment, variant : str
        Names of both.
    parameters : dict of str to object
        The variant's values.
    points : dict of str to float
        What each question that tests mark is worth, in the order of the assignment.
    written : tuple of Written
        The questions that the teacher marks.
    """

    assignment: str
    variant: str
    parameters: dict[str, Any]
    points: dict[str, float]
    written: tuple[Written, ...]

    def to_json(self) -> str:
        """Write it as text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def read(cls, path: Path) -> Key:
        """Read what `to_json` wrote."""
        read = json.loads(path.read_text(encoding="utf-8"))
        written = tuple(Written(**one) for one in read.pop("written"))
        return cls(**read, written=written)


@dataclass(frozen=True)
class Environment:
    """What an archive is graded with elsewhere.

    Attributes
    ----------
    requirements : tuple of str
        Lines of a requirements file.
    wheel : Path or None
        The package that hidden tests import, if no registry has it.
    python : str
        Version of Python.
    """

    requirements: tuple[str, ...] = ()
    wheel: Path | None = None
    python: str = "3.11"


def assign(
    plan: Mapping[Master, Mapping[str, Variant]],
    output: Path,
    environment: Environment,
    jobs: int,
    report: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write the sets of some assignments.

    Parameters
    ----------
    plan : mapping of Master to mapping of str to Variant
        For each master the variant of each student, or of the empty text for one
        notebook for all.
    output : Path
        Folder of all sets.
    environment : Environment
        What the archives are graded with elsewhere.
    jobs : int
        How many variants are prepared at a time.
    report : callable
        Is told what is being done.

    Returns
    -------
    list of Path
        The folder of each set.

    Raises
    ------
    AssignmentError
        If a master is wrong, a solution does not get full marks from otter, or
        something that was handed out earlier would change. Nothing is then written.
    """
    distinct = {
        (master, variant.name): variant
        for master, assigned in plan.items()
        for variant in assigned.values()
    }
    with tempfile.TemporaryDirectory(prefix="assign-") as temporary:
        staged = Path(temporary)
        report(f"Preparing {_count(len(distinct), 'variant')}.")
        with ProcessPoolExecutor(jobs, process_context()) as pool:
            tasks = [
                pool.submit(_prepare_key, master, variant, staged, environment)
                for (master, _), variant in distinct.items()
            ]
            for task in tasks:
                task.result()
        report("Grading each solution: only what gets full marks is handed out.")
        _mark_solutions(distinct, staged, jobs)
        placed = {
            output / master.name: _set_files(master, assigned, staged / master.name)
            for master, assigned in plan.items()
        }
        for folder, files in placed.items():
            check_place(files, folder)
        for folder, files in placed.items():
            for name, content in files.items():
                write_atomically(folder / name, content)
        return list(placed)


def _prepare_key(
    master: Master, variant: Variant, staged: Path, environment: Environment
) -> None:
    """Run ``otter assign`` for one variant."""
    with tempfile.TemporaryDirectory(dir=staged) as temporary:
        folder = Path(temporary)
        notebook = masters.prepare(master, variant, _archive_config(environment))
        source = folder / master.path.name
        nbformat.write(notebook, source)
        lines = list(environment.requirements)
        if environment.wheel:
            shutil.copy(environment.wheel, folder)
            # Where otter's containers unpack the archive.
            where = f"file:///autograder/source/files/{environment.wheel.name}"
            lines.append(f"{environment.wheel.name.partition('-')[0]} @ {where}")
        (folder / "requirements.txt").write_text("\n".join(lines) + "\n")
        logging.getLogger("otter").setLevel(logging.ERROR)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                otter.assign.main(
                    str(source), str(folder / "made"), no_pdfs=True, no_run_tests=True
                )
        except Exception as error:
            msg = f"{master.path}: otter assign refuses it: {error}"
            raise AssignmentError(msg) from None
        key = staged / master.name / variant.name
        key.mkdir(parents=True)
        made = folder / "made"
        archive = next((made / "autograder").glob("*.zip"))
        (key / ARCHIVE).write_bytes(_same_bytes(archive))
        solution = nbformat.read(made / "autograder" / source.name, as_version=4)
        student = nbformat.read(made / "student" / source.name, as_version=4)
        for own in (solution, student):
            _name_cells(own)
        text = _under_name(_written(solution), source.name, SOLUTION)
        (key / SOLUTION).write_text(text, encoding="utf-8")
        (key / "student.ipynb").write_text(_written(student), encoding="utf-8")
        questions = _written_questions(notebook, student)
        about = Key(master.name, variant.name, variant.values, {}, questions)
        (key / KEY).write_text(about.to_json(), encoding="utf-8")


def _archive_config(environment: Environment) -> dict[str, Any]:
    return {
        "run_tests": False,  # done below, for all variants at a time
        "requirements": "requirements.txt",
        "overwrite_requirements": bool(environment.requirements),
        "python_version": environment.python,
        "autograder_files": [environment.wheel.name] if environment.wheel else [],
    }


def _mark_solutions(
    distinct: Mapping[tuple[Master, str], Variant], staged: Path, jobs: int
) -> None:
    """Refuse a variant whose own solution otter does not give full marks."""
    keys = {
        (master.name, name): staged / master.name / name for master, name in distinct
    }
    submissions = [
        Submission(" ".join(names), key / SOLUTION, key / ARCHIVE)
        for names, key in keys.items()
    ]
    outcomes = grade_all(submissions, staged / "outcomes", Limits(), jobs)
    for names, folder in keys.items():
        outcome = outcomes[" ".join(names)]
        failed = [
            f"{question}: {test.message}"
            for question, tests in outcome.tests.items()
            for test in tests
            if not test.passed
        ]
        if failed or not outcome.tests:
            told = "\n".join(f"  {one}" for one in failed or [outcome.note])
            msg = (
                f"{names[0]}: the solution does not get full marks in the variant "
                f"{names[1]}:\n{told}\nNothing was written."
            )
            raise AssignmentError(msg)
        points = {
            question: sum(test.points for test in outcome.tests[question])
            for question in _in_order(folder / SOLUTION, outcome.tests)
        }
        path = folder / KEY
        key = replace(Key.read(path), points=points)
        path.write_text(key.to_json(), encoding="utf-8")


def _in_order(solution: Path, questions: Iterable[str]) -> list[str]:
    """Order questions as the notebook checks them."""
    text = solution.read_text(encoding="utf-8")
    return sorted(questions, key=lambda name: text.find(f'grader.check(\\"{name}\\")'))


def _set_files(
    master: Master, assigned: Mapping[str, Variant], staged: Path
) -> dict[str, bytes]:
    """List all files of a set with their contents."""
    files: dict[str, bytes] = {}
    for student, variant in assigned.items():
        name = f"{file_name(student) or master.name}.ipynb"
        text = (staged / variant.name / "student.ipynb").read_text(encoding="utf-8")
        own = _under_name(text, master.path.name, name)
        files[f"{HANDOUT}/{name}"] = own.encode()
        for part in (ARCHIVE, SOLUTION, KEY):
            path = staged / variant.name / part
            files[f"{KEYS}/{variant.name}/{part}"] = path.read_bytes()
    if "" not in assigned:
        files[ASSIGNED] = _table(master, assigned).encode()
    return files


def _under_name(notebook: str, before: str, name: str) -> str:
    """Tell a notebook its own name, under which otter looks for its tests."""
    old, new = (
        json.dumps(f'otter.Notebook("{it}")', ensure_ascii=False)[1:-1]
        for it in (before, name)
    )
    return notebook.replace(old, new)


def _table(master: Master, assigned: Mapping[str, Variant]) -> str:
    varying = [name for name, own in master.parameters.items() if own.choices]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "notebook", "variant", *varying])
    for student, variant in assigned.items():
        values = [variant.values[name] for name in varying]
        writer.writerow([student, f"{file_name(student)}.ipynb", variant.name, *values])
    return out.getvalue()


def check_place(files: dict[str, bytes], folder: Path) -> None:
    """Refuse if something that is there would change; students may be added."""
    table = folder / ASSIGNED
    if table.is_file() and ASSIGNED in files:
        files[ASSIGNED] = _joined(table.read_text(encoding="utf-8"), files[ASSIGNED])
    elif folder.is_dir() and table.is_file() != (ASSIGNED in files):
        before, now = ("a roster", "everybody")[:: 1 if table.is_file() else -1]
        msg = (
            f"{folder} was written for {before}, and this set is for {now}. Take "
            "another folder, or delete this one. Nothing was written."
        )
        raise AssignmentError(msg)
    changed = [
        name
        for name, content in files.items()
        if name != ASSIGNED
        and (folder / name).is_file()
        and (folder / name).read_bytes() != content
    ]
    if changed:
        shown = "\n".join(f"  {folder / name}" for name in sorted(changed)[:10])
        msg = (
            f"{_count(len(changed), 'file')} that may be in students' hands would "
            f"change:\n{shown}\nThe master or the versions are no longer what they "
            "were. Take another folder, or delete this one. Nothing was written."
        )
        raise AssignmentError(msg)


def _joined(before: str, new: bytes) -> bytes:
    """Keep the rows of an earlier roster and add those of new students."""
    old_lines, new_lines = before.splitlines(), new.decode().splitlines()
    kept = [line for line in old_lines if line not in new_lines]
    return "\n".join([new_lines[0], *kept, *new_lines[1:], ""]).encode()


def _written_questions(
    prepared: nbformat.NotebookNode, student: nbformat.NotebookNode
) -> tuple[Written, ...]:
    """Find the questions without tests, with guidance and the cell of the answer."""
    asked: list[tuple[dict[str, Any], list[str]]] = []
    inside: dict[str, Any] | None = None
    in_solution = False
    for cell in prepared.cells:
        first = cell.source.partition("\n")[0] if cell.cell_type == "raw" else ""
        if first.startswith("# BEGIN QUESTION"):
            config = yaml.safe_load(cell.source)
            inside = config if config.get("manual") else None
            if inside:
                asked.append((inside, []))
        elif first.startswith("# END QUESTION"):
            inside = None
        elif first.startswith(("# BEGIN SOLUTION", "# END SOLUTION")):
            in_solution = first.startswith("# BEGIN")
        elif inside and in_solution and cell.cell_type == "markdown":
            asked[-1][1].append(cell.source)
    answers = _written_answers(student.cells)
    return tuple(
        Written(config["name"], float(config["points"]), cell, "\n\n".join(guidance))
        for (config, guidance), cell in zip(asked, answers, strict=True)
    )


def _written_answers(cells: Iterable[nbformat.NotebookNode]) -> list[str]:
    return [
        cell.id
        for cell in cells
        if cell.cell_type == "markdown" and _ANSWER_TAG in cell.metadata.get("tags", [])
    ]


def _name_cells(notebook: nbformat.NotebookNode) -> None:
    """Give cells the same ids each time, from their place in the notebook."""
    for place, cell in enumerate(notebook.cells):
        named = f"{place} {cell.cell_type}"
        cell.id = hashlib.sha256(named.encode()).hexdigest()[:8]


def _written(notebook: nbformat.NotebookNode) -> str:
    text: str = nbformat.writes(notebook, indent=1)
    return text + "\n"


def _same_bytes(archive: Path) -> bytes:
    """Write a zip file again, without the time at which it was made."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(archive) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in sorted(before.namelist()):
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.external_attr = (
                0o755 << 16 if name == "run_autograder" else 0o644 << 16
            )
            info.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(info, before.read(name))
    return out.getvalue()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def read_set(folder: Path) -> tuple[dict[str, str], dict[str, Key]]:
    """Read what a set assigned.

    Returns
    -------
    tuple of (dict of str to str, dict of str to Key)
        The variant of each student, empty if all have the same notebook; and each
        variant's key.

    Raises
    ------
    AssignmentError
        If the folder is no set.
    """
    paths: Sequence[Path] = sorted((folder / KEYS).glob(f"*/{KEY}"))
    if not paths:
        msg = (
            f"{folder} is no set of an assignment: it has no {KEYS}/*/{KEY}. `make "
            "assignments` writes one for each master into _build/assignments."
        )
        raise AssignmentError(msg)
    keys = {path.parent.name: Key.read(path) for path in paths}
    table = folder / ASSIGNED
    if not table.is_file():
        return {}, keys
    with table.open(encoding="utf-8", newline="") as lines:
        assigned = {row["id"]: row["variant"] for row in csv.DictReader(lines)}
    return assigned, keys
