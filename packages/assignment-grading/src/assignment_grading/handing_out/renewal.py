"""Renew the keys of a set after a test was mended, without handing out again."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
from papermill_pages.outputs import write_atomically

from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out import handout, masters
from assignment_grading.handing_out.handout import KEY, KEYS, PARTS, Environment, Key
from assignment_grading.handing_out.masters import Master, Variant

FORMER = "former"
"""Folder of a variant's earlier keys, ``keys/<variant>/former/1`` and so on."""

_MOST_LINES = 12
_END = (
    "Students have the notebooks of handout/: only tests, solutions and rubrics may "
    "change. Take back what is none of these, or hand out an assignment of another "
    "name. Nothing was changed."
)


def renew(
    master: Master,
    folder: Path,
    environment: Environment,
    jobs: int,
    report: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Make the keys of a set anew; what they were is kept in folders beside them.

    Parameters
    ----------
    master : Master
        The mended master.
    folder : Path
        The set that was handed out from it. Its notebooks and the table of who has
        which variant stay as they are.
    environment : Environment
        What the archives are graded with elsewhere.
    jobs : int
        How many variants are prepared at a time.
    report : callable
        Is told what is being done.

    Returns
    -------
    list of str
        The variants whose keys have changed.

    Raises
    ------
    AssignmentError
        If the set is of another assignment, a solution does not get full marks, or
        anything but tests, solutions and rubrics would change. Nothing is then written.
    """
    assigned, keys = handout.read_set(folder)
    plan = {
        student: _variant(master, keys.get(name), student)
        for student, name in (assigned or {"": next(iter(keys))}).items()
    }
    first = dict[str, str]()  # one student of each variant
    for student, variant in plan.items():
        first.setdefault(variant.name, student)
    distinct = {(master, variant.name): variant for variant in plan.values()}
    with handout.prepared(distinct, folder.parent, environment, jobs, report) as staged:
        files = handout.set_files(
            master, plan, staged / master.name, handout.read_names(folder)
        )
        problems = list[str]()
        for name, student in first.items():
            made = Key.read(staged / master.name / name / KEY)
            notebook = handout.notebook_path(master, student)
            found = [
                *_changed_points(keys[name], made),
                *_changed_cells(folder / notebook, files[notebook]),
            ]
            problems += [f"{name}: {it}" for it in found]
        if problems:
            head = f"Not only tests would change in {folder}:"
            raise AssignmentError.listing(head, problems, _END)
        changed = []
        for name in first:
            parts = {f"{KEYS}/{name}/{part}" for part in PARTS}
            if any(_bytes(folder / part) != files[part] for part in parts):
                _keep_former(folder / KEYS / name)
                changed.append(name)
                for part in parts:
                    write_atomically(folder / part, files[part])
    return changed


def _variant(master: Master, key: Key | None, student: str) -> Variant:
    """Find the variant of a key in the mended master."""
    if key is None or key.assignment != master.name:
        which = f"of “{key.assignment}”" if key else f"without the key of {student}"
        raise AssignmentError(
            f"The set is {which}, so that {master.path} cannot renew it. Nothing was "
            "changed."
        )
    given = {name: str(value) for name, value in key.parameters.items()}
    variant = masters.variant_with(master, given)
    again = masters.variant_of(master, student).name if student else variant.name
    if variant.values != key.parameters or again != key.variant:
        raise AssignmentError(
            f"{master.path}: the parameters or their choices are no longer those of "
            f"the variant {key.variant}"
            + (f", which {student} has; it would be {again}" if student else "")
            + f". {_END}"
        )
    return variant


def _changed_points(before: Key, now: Key) -> Iterator[str]:
    """Say which questions would come, go or have other points."""
    worth = [
        {**key.points, **{it.question: it.points for it in key.written}}
        for key in (before, now)
    ]
    for question in dict.fromkeys([*worth[0], *worth[1]]):
        was, would_be = (points.get(question) for points in worth)
        if was is None:
            yield f"{question} would be new"
        elif would_be is None:
            yield f"{question} would be gone"
        elif was != would_be:
            yield f"{question} would be worth {would_be:g} points, not {was:g}"


def _changed_cells(path: Path, content: bytes) -> list[str]:
    """Show how the cells of a student's notebook differ after the first one."""
    if not path.is_file():
        return [f"{path} is gone. Put it back: it says what students have"]
    before, now = nbformat.read(path, 4), nbformat.reads(content.decode(), 4)
    lines = difflib.unified_diff(_lines(before), _lines(now), n=0, lineterm="")
    changed = [it for it in lines if it[:3] not in ("---", "+++", "@@ ")]
    rest = len(changed) - _MOST_LINES
    return changed[:_MOST_LINES] + ([f"and {rest} more lines"] if rest > 0 else [])


def _lines(notebook: nbformat.NotebookNode) -> list[str]:
    """List the lines of all cells but the first, which holds the checks."""
    lines = []
    for cell in notebook.cells[1:]:
        lines.append(f"{cell.cell_type} cell:")
        lines += (f"    {line}" for line in cell.source.splitlines())
    return lines


def _keep_former(key: Path) -> None:
    """Copy the key of a variant into a new folder."""
    number = 1
    while (key / FORMER / str(number)).exists():
        number += 1
    for name in PARTS:
        if (key / name).is_file():
            write_atomically(
                key / FORMER / str(number) / name, (key / name).read_bytes()
            )


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
