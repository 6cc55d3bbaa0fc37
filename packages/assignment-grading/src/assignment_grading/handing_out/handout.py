"""Hand out an assignment: a notebook for each student, keys for the teacher.

A set, the folder of one assignment, holds ``handout/`` with the notebooks of the
students, ``keys/<variant>/`` with otter's archive, the solution and a key, and, for a
class, ``assigned.csv`` with who has which variant.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import shutil
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat
import yaml
from papermill_pages.outputs import write_atomically

from assignment_grading import insides
from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out import first_cell, identity, masters
from assignment_grading.handing_out.identity import Identity
from assignment_grading.handing_out.markdown_lists import (
    Criterion,
    Objective,
    criteria,
    objectives,
)
from assignment_grading.handing_out.masters import Master, Variant
from assignment_grading.running.grading import Limits, Submission, grade_all
from assignment_grading.tabular.csv_files import csv_text
from assignment_grading.tabular.grid import shown
from assignment_grading.tabular.roster import file_name
from assignment_grading.tabular.tables import read_table

ASSIGNED = "assigned.csv"
HANDOUT, KEYS = "handout", "keys"
PARTS = ARCHIVE, SOLUTION, KEY = "autograder.zip", "solution.ipynb", "key.json"
_STUDENT, _CHECKS = "student.ipynb", "checks"  # of a variant, while it is prepared
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Written:
    """A question that the teacher marks."""

    question: str
    points: float  # what it is worth
    cell: str  # id of the cell of the answer
    guidance: str  # model answer and rubric, in Markdown
    criteria: tuple[Criterion, ...] = ()  # of the rubric; they add up to the points


@dataclass(frozen=True)
class Key:
    """What a teacher needs to know of one variant."""

    assignment: str
    variant: str
    parameters: dict[str, Any]
    points: dict[str, float]  # by question that tests mark, in their order
    written: tuple[Written, ...]
    objectives: tuple[Objective, ...] = ()  # in the order of the master

    def to_json(self) -> str:
        """Write it as text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def read(cls, path: Path) -> Key:
        """Read what `to_json` wrote."""
        read = json.loads(path.read_text(encoding="utf-8"))
        for one in read["written"]:  # keys of earlier versions have no criteria
            each = one.get("criteria", ())
            one["criteria"] = tuple(Criterion(**criterion) for criterion in each)
        read["written"] = tuple(Written(**one) for one in read["written"])
        read["objectives"] = tuple(
            Objective(one["text"], tuple(one["questions"]))
            for one in read.get("objectives", ())
        )
        return cls(**read)


@dataclass(frozen=True)
class Environment:
    """What an archive is graded with elsewhere."""

    requirements: tuple[str, ...] = ()  # lines of a requirements file
    wheels: tuple[Path, ...] = ()  # distributions that no registry has


def assign(
    plan: Mapping[Master, Mapping[str, Variant]],
    output: Path,
    environment: Environment,
    jobs: int,
    report: Callable[[str], None] = lambda _: None,
    names: Mapping[str, str] | None = None,
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
    names : mapping of str to str
        The names of students, by id.

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
    with prepared(distinct, output, environment, jobs, report) as staged:
        placed = {
            output / master.name: set_files(
                master, assigned, staged / master.name, names or {}
            )
            for master, assigned in plan.items()
        }
        for folder, files in placed.items():
            check_place(files, folder)
        for folder, files in placed.items():
            for name, content in files.items():
                write_atomically(folder / name, content)
        return list(placed)


@contextmanager
def prepared(
    distinct: Mapping[tuple[Master, str], Variant],
    place: Path,
    environment: Environment,
    jobs: int,
    report: Callable[[str], None],
) -> Iterator[Path]:
    """Prepare variants in a folder inside of `place`, and grade their solutions.

    Yields
    ------
    Path
        Holds a folder for each variant, ``<assignment>/<variant>``: see `set_files`.

    Raises
    ------
    AssignmentError
        If a master is wrong or a solution does not get full marks from otter.
    """
    insides.check_results()
    if not insides.can_call_assign():
        report(insides.SLOW_ASSIGN)
    place.mkdir(parents=True, exist_ok=True)
    where = place.resolve()
    with tempfile.TemporaryDirectory(prefix=".staged-", dir=where) as temporary:
        staged = Path(temporary)
        report(f"Preparing {_count(len(distinct), 'variant')}.")
        with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
            tasks = [
                pool.submit(_prepare_key, master, variant, staged, environment)
                for (master, _), variant in distinct.items()
            ]
            for task in tasks:
                task.result()
        report("Grading each solution: it must get full marks.")
        _mark_solutions(distinct, staged, jobs)
        yield staged


def _prepare_key(
    master: Master, variant: Variant, staged: Path, environment: Environment
) -> None:
    """Make the archive, the solution, a student's notebook and the key of a variant."""
    with tempfile.TemporaryDirectory(dir=staged) as temporary:
        folder = Path(temporary)
        config = {
            "run_tests": False,  # done below, for all variants at a time
            "requirements": "requirements.txt",
            "overwrite_requirements": bool(environment.requirements),
            "python_version": f"{sys.version_info.major}.{sys.version_info.minor}",
            "autograder_files": [wheel.name for wheel in environment.wheels],
        }
        prepared = masters.prepare(master, variant, config)
        source = folder / master.path.name
        nbformat.write(prepared, source)
        lines = list(environment.requirements)
        for wheel in environment.wheels:
            shutil.copy(wheel, folder)
            name = wheel.name.partition("-")[0]
            lines.append(f"{name} @ file://{insides.ARCHIVE_FILES}/{wheel.name}")
        (folder / "requirements.txt").write_text("\n".join(lines) + "\n")
        try:
            insides.assign(source, folder / "made")
        except Exception as error:
            msg = f"{master.path}: otter assign refuses it: {error}"
            raise AssignmentError(msg) from None
        made, key = folder / "made", staged / master.name / variant.name
        key.mkdir(parents=True)
        archive = next((made / "autograder").glob("*.zip"))
        (key / ARCHIVE).write_bytes(_same_bytes(archive))
        shutil.copytree(made / "student" / "tests", key / _CHECKS)
        everybody = Identity(master.name, variant.name, "")
        first = first_cell.source(_checks(key), SOLUTION, everybody)
        solution = _with_first_cell(made / "autograder" / source.name, first)
        student = _with_first_cell(made / "student" / source.name, first)
        (key / SOLUTION).write_text(_text(solution), encoding="utf-8")
        (key / _STUDENT).write_text(_text(student), encoding="utf-8")
        names, written, learned = _questions(prepared, student, master)
        # How many points the tests give is known when the solution has been graded.
        points = dict.fromkeys(names, 0.0)
        content = Key(
            master.name, variant.name, variant.values, points, written, learned
        )
        (key / KEY).write_text(content.to_json(), encoding="utf-8")


def _mark_solutions(
    distinct: Mapping[tuple[Master, str], Variant], staged: Path, jobs: int
) -> None:
    """Refuse a variant whose own solution otter does not give full marks."""
    keys = {f"{one.name} {name}": staged / one.name / name for one, name in distinct}
    submissions = [
        Submission(name, key / SOLUTION, key / ARCHIVE) for name, key in keys.items()
    ]
    outcomes = grade_all(submissions, staged / "outcomes", Limits(), jobs)
    for name, folder in keys.items():
        outcome = outcomes[name]
        failed = [
            f"{question}: {test.message}"
            for question, tests in outcome.tests.items()
            for test in tests
            if not test.passed
        ]
        if failed or not outcome.tests:
            head = (
                f"{folder.parent.name}: the solution does not get full marks in the "
                f"variant {folder.name}:"
            )
            problems = failed or [outcome.note]
            raise AssignmentError.listing(head, problems, "Nothing was written.")
        key = Key.read(folder / KEY)
        points = {
            question: sum(test.points for test in outcome.tests[question])
            for question in key.points
            if question in outcome.tests
        }
        text = replace(key, points=points).to_json()
        (folder / KEY).write_text(text, encoding="utf-8")


def notebook_path(master: Master, student: str) -> str:
    """Name the notebook of a student, or of everybody, inside of its set."""
    return f"{HANDOUT}/{file_name(student) or master.name}.ipynb"


def set_files(
    master: Master,
    assigned: Mapping[str, Variant],
    staged: Path,
    names: Mapping[str, str],
) -> dict[str, bytes]:
    """List all files of a set with their contents."""
    files: dict[str, bytes] = {}
    for student, variant in assigned.items():
        path = notebook_path(master, student)
        notebook = nbformat.read(staged / variant.name / _STUDENT, as_version=4)
        whose = Identity(master.name, variant.name, student)
        checks = _checks(staged / variant.name)
        notebook.cells[0].source = first_cell.source(checks, Path(path).name, whose)
        identity.write(notebook, whose)
        files[path] = _text(notebook).encode()
        for part in PARTS:
            content = (staged / variant.name / part).read_bytes()
            files[f"{KEYS}/{variant.name}/{part}"] = content
    if "" not in assigned:
        varying = [name for name, one in master.parameters.items() if one.choices]
        named = ["name"] if any(names.values()) else []
        own = ("id", "name", "notebook", "variant")
        titles = [f"parameter {it}" if it in own else it for it in varying]
        rows: list[list[object]] = [["id", *named, "notebook", "variant", *titles]]
        for student, variant in assigned.items():
            values = [variant.values[name] for name in varying]
            name = f"{file_name(student)}.ipynb"
            person = [names.get(student, "")] if named else []
            rows.append([student, *person, name, variant.name, *values])
        files[ASSIGNED] = csv_text(rows).encode()
    return files


def check_place(files: dict[str, bytes], folder: Path) -> None:
    """Refuse if something that is there would change; students may be added."""
    table = folder / ASSIGNED
    if table.is_file() and ASSIGNED in files:
        files[ASSIGNED] = _joined(table, files[ASSIGNED])
    elif folder.is_dir() and table.is_file() != (ASSIGNED in files):
        before, now = ("a roster", "everybody")[:: 1 if table.is_file() else -1]
        raise AssignmentError(
            f"{folder} was written for {before}, and this set is for {now}. Take "
            "another folder, or delete this one. Nothing was written."
        )
    changed = [
        name
        for name, content in files.items()
        if name != ASSIGNED
        and (folder / name).is_file()
        and (folder / name).read_bytes() != content
    ]
    if all(_differ_in_checks(folder / name, files[name]) for name in changed):
        # A test was mended, and the keys were renewed: what students have stays.
        for name in changed:
            del files[name]
    else:
        head = (
            f"{_count(len(changed), 'file')} that may be in students' hands would "
            "change:"
        )
        shown = [str(folder / name) for name in sorted(changed)[:10]]
        end = (
            "The master, the versions, or what --requirements and --wheel name, are no "
            "longer what they were: give the options that were given before. If only "
            "tests were mended, the command `regrade` renews the keys. Else take "
            "another folder, or delete this one. Nothing was written."
        )
        raise AssignmentError.listing(head, shown, end)


def _differ_in_checks(path: Path, content: bytes) -> bool:
    """Tell whether two notebooks of a student are the same but for the first cell."""
    try:
        pair = [json.loads(it) for it in (path.read_bytes(), content)]
        for notebook in pair:
            del notebook["cells"][0]["source"]
    except (ValueError, LookupError, TypeError):
        return False
    return bool(pair[0] == pair[1])


def _joined(table: Path, new: bytes) -> bytes:
    """Add students to the table of who has what; nobody leaves it.

    A name may be added or corrected; what a student was given may not change.
    """
    head, *rows = csv.reader(new.decode().splitlines())
    now = {row["id"]: row for row in (dict(zip(head, it, strict=True)) for it in rows)}
    before = {row["id"]: row for row in _assigned(table)}
    given = ("notebook", "variant")
    changed = [
        f"{student}: {row['notebook']}, {row['variant']}"
        for student, row in before.items()
        if student in now and any(row[it] != now[student][it] for it in given)
    ]
    if changed:
        start = f"{table} says that these students were given something else:"
        end = "Take another folder, or delete this one. Nothing was written."
        raise AssignmentError.listing(start, changed, end)
    for student, row in before.items():
        if student in now and not now[student].get("name"):
            now[student]["name"] = row.get("name", "")
    joined = {it: row for it, row in before.items() if it not in now} | now
    named = any(row.get("name") for row in joined.values())
    columns = [
        head[0],
        *(["name"] if named else []),
        *(it for it in head[1:] if it != "name"),
    ]
    lines = [[row.get(column, "") for column in columns] for row in joined.values()]
    return csv_text([columns, *lines]).encode()


def _assigned(path: Path) -> list[dict[str, str]]:
    """Read the table of who has what, also as a spreadsheet has saved it again."""
    table = read_table(path)
    titles = table.header.texts
    lacking = [it for it in ("id", "notebook", "variant") if it not in titles]
    if lacking:
        raise AssignmentError(f"{path} has no column {', '.join(lacking)}.")
    rows = table.records()
    seen = set[str]()
    problems = []
    for row, texts in zip(table.rows, rows, strict=True):
        student, notebook = texts["id"], texts["notebook"]
        doubt = next((cell.doubt for cell in row.cells if cell.doubt), "")
        if not doubt and f"{file_name(student)}.ipynb" != notebook:
            doubt = f"is not the id of {notebook}; a spreadsheet may have changed it"
        if not doubt and student in seen:
            doubt = "is there twice"
        if doubt:
            problems.append(f"{table.place(row)}: {shown(student)!r} {doubt}")
        seen.add(student)
    if problems:
        end = "Put back what was written when the set was handed out."
        raise AssignmentError.listing(f"{path} cannot be used:", problems, end)
    return rows


def _questions(
    prepared: nbformat.NotebookNode, student: nbformat.NotebookNode, master: Master
) -> tuple[list[str], tuple[Written, ...], tuple[Objective, ...]]:
    """Name all questions in their order, and describe those that the teacher marks.

    With them comes what the master lists that students will learn.
    """
    configs: list[dict[str, Any]] = []
    metadata: list[dict[str, Any]] = []
    guidance = defaultdict[str, list[str]](list)
    in_solution = False
    for cell in prepared.cells:
        first = cell.source.partition("\n")[0] if cell.cell_type == "raw" else ""
        if first.startswith("# BEGIN QUESTION"):
            configs.append(yaml.safe_load(cell.source))
            metadata.append(cell.metadata)
        elif first.startswith(("# BEGIN SOLUTION", "# END SOLUTION")):
            in_solution = first.startswith("# BEGIN")
        elif in_solution and cell.cell_type == "markdown":
            guidance[configs[-1]["name"]].append(cell.source)
    manual = [config for config in configs if config.get("manual")]
    answers = [
        cell.id
        for cell in student.cells
        if cell.cell_type == "markdown"
        and insides.ANSWER_TAG in cell.metadata.get("tags", [])
    ]
    if len(answers) != len(manual):
        raise AssignmentError(
            f"{master.path}: {_count(len(manual), 'question')} with “manual: true”, "
            f"but {_count(len(answers), 'cell')} for an answer in otter's notebook. "
            "Give each such question one solution in Markdown. Nothing was written."
        )
    written = tuple(
        _written(config, cell, "\n\n".join(guidance[config["name"]]), master)
        for config, cell in zip(manual, answers, strict=True)
    )
    names = [config["name"] for config in configs]
    try:
        learned = objectives(prepared.cells, zip(names, metadata, strict=True))
    except AssignmentError as error:
        msg = f"{master.path}: {error} Nothing was written."
        raise AssignmentError(msg) from None
    return names, written, learned


def _written(
    config: Mapping[str, Any], cell: str, guidance: str, master: Master
) -> Written:
    """Describe a question that the teacher marks, whose rubric must add up."""
    question, points = config["name"], float(config.get("points", 1))
    read = criteria(guidance)
    total = sum(criterion.points for criterion in read)
    if read and not math.isclose(total, points):
        raise AssignmentError(
            f"{master.path}: the rubric of {question} adds up to {total:g} points, and "
            f"the question is worth {points:g}. Change the items of the rubric that "
            "begin as “1 point:” does, or the question's points. Nothing was written."
        )
    return Written(question, points, cell, guidance, read)


def _with_first_cell(path: Path, source: str) -> nbformat.NotebookNode:
    """Read a notebook, begin it with a cell, and give its cells stable ids.

    These ids depend on the places of the cells alone.
    """
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    first = nbformat.v4.new_code_cell(source, metadata=first_cell.METADATA)
    notebook.cells.insert(0, first)
    for place, cell in enumerate(notebook.cells):
        named = f"{place} {cell.cell_type}"
        cell.id = hashlib.sha256(named.encode()).hexdigest()[:8]
    return notebook


def _checks(staged: Path) -> dict[str, str]:
    """Read the tests of a variant that students may see, by file name."""
    return {it.name: it.read_text() for it in (staged / _CHECKS).iterdir()}


def _text(notebook: nbformat.NotebookNode) -> str:
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
            mode = 0o755 if name == "run_autograder" else 0o644
            info.external_attr = mode << 16
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
    paths = sorted((folder / KEYS).glob(f"*/{KEY}"))
    if not paths:
        raise AssignmentError(
            f"{folder} is no set of an assignment: it has no {KEYS}/*/{KEY}. The "
            "command `assign` writes a set for each master."
        )
    keys = {path.parent.name: _read_key(path) for path in paths}
    table = folder / ASSIGNED
    if not table.is_file():
        return {}, keys
    assigned = {row["id"]: row["variant"] for row in _assigned(table)}
    unknown = sorted(set(assigned.values()) - set(keys))
    if unknown:
        msg = f"{table} names variants that have no key: {', '.join(unknown)}."
        raise AssignmentError(msg)
    return assigned, keys


def read_names(folder: Path) -> dict[str, str]:
    """Read the names of the students of a set, by id; those without are left out."""
    table = folder / ASSIGNED
    rows = _assigned(table) if table.is_file() else []
    return {row["id"]: row["name"] for row in rows if row.get("name")}


def _read_key(path: Path) -> Key:
    try:
        return Key.read(path)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise AssignmentError(
            f"{path} is not as `assign` wrote it. Put it back."
        ) from None
