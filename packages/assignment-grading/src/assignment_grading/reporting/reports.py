"""What a teacher and the students are shown: scores, feedback, and a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from papermill_pages.outputs import write_atomically

from assignment_grading.handing_out.markdown_lists import Objective
from assignment_grading.reporting.feedback import Late, feedback
from assignment_grading.reporting.item_analysis import (
    FEW,
    Item,
    item_analysis,
    per_cent,
)
from assignment_grading.reporting.pdf import Typesetter
from assignment_grading.reporting.pictures import question_picture, score_picture
from assignment_grading.reporting.results import Result, number
from assignment_grading.reporting.similarity import (
    CODE,
    FEW_TO_COMPARE,
    MOST_SHOWN,
    Likeness,
)
from assignment_grading.running.outcome import GRADED
from assignment_grading.tabular.csv_files import MARK, csv_text
from assignment_grading.tabular.roster import file_name

_TEMPLATES = Environment(
    loader=PackageLoader("assignment_grading"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_MOST_COMMON = 12


@dataclass(frozen=True)
class Reached:
    """A learning objective and what the class has of its points."""

    text: str
    questions: tuple[str, ...]
    share: float | None  # None as long as nobody has points


def write(
    results: Sequence[Result],
    unknown: Sequence[str],
    assignment: str,
    folder: Path,
    likenesses: Sequence[Likeness] = (),
    typesetter: Typesetter | None = None,
    late: Mapping[str, Late] | None = None,
) -> str:
    """Write the scores, a page for each student, and the pages for the teacher.

    Parameters
    ----------
    results : sequence of Result
        Of all students, in the order of the class.
    unknown : sequence of str
        Names of files that belong to nobody on the roster.
    assignment : str
        Its name.
    folder : Path
        Where to write.
    likenesses : sequence of Likeness
        Answers that are alike.
    typesetter : Typesetter, optional
        What makes a PDF of each student's page; without it there is none, and those of
        an earlier run are deleted, since their points may no longer be right.

    late : mapping of str to Late, optional
        How late each was handed in, by student.

    Returns
    -------
    str
        A sentence on what could not be written; empty if all was.
    """
    _write(folder / "scores.csv", MARK + scores(results))
    without = _write_feedback(
        results, assignment, folder / "feedback", typesetter, late or {}
    )
    if any(one.key and one.key.written for one in results):
        text = _page("written.html", results=results, assignment=assignment)
        _write(folder / "written.html", text)
    text = _page(
        "similarity.html",
        assignment=assignment,
        people={one.student: one for one in results},
        likenesses=likenesses[:MOST_SHOWN],
        left=len(likenesses[MOST_SHOWN:]),
        few=len(_graded(results)) < FEW_TO_COMPARE,
        CODE=CODE,
    )
    _write(folder / "similarity.html", text)
    items = class_items(results)
    pictures = score_picture(_graded(results)), question_picture(items)
    text = _page(
        "summary.html",
        assignment=assignment,
        results=results,
        graded=_graded(results),
        statuses=Counter(one.outcome.status for one in results),
        unknown=unknown,
        mistakes=common_mistakes(results),
        items=items,
        FEW=FEW,
        objectives=reached(results),
        likenesses=likenesses,
        pictures=[picture for picture in pictures if picture],
    )
    _write(folder / "summary.html", text)
    if without:
        return f"No PDF could be made for {', '.join(without)}: the pages are there."
    return ""


def _write_feedback(
    results: Sequence[Result],
    assignment: str,
    folder: Path,
    typesetter: Typesetter | None,
    late: Mapping[str, Late],
) -> list[str]:
    """Write a page for each student, and name those who have no PDF."""
    without = []
    with typesetter or nullcontext():
        for one in results:
            told = feedback(one, assignment, late.get(one.student))
            name = file_name(one.student)
            _write(folder / f"{name}.html", _page("feedback.html", told=told))
            made = typesetter.pdf(told) if typesetter else None
            if made:
                write_atomically(folder / f"{name}.pdf", made)
                continue
            (folder / f"{name}.pdf").unlink(missing_ok=True)
            if typesetter:
                without.append(one.who)
    return without


def scores(results: Sequence[Result]) -> str:
    """Write all scores as CSV, one line a student.

    Points are empty where there are none: a submission that could not be graded has
    not earned nought, and what it deserves is the teacher's to say.
    """
    tested, written = _questions(results)
    head = ["id", "name", "status", "variant", "total", "possible", "tested"]
    rows = [[*head, *tested, *written, "note"]]
    for one in results:
        graded = one.has_points
        total = one.tested + one.marked if graded and one.marked is not None else None
        points = [total, one.possible, one.tested if graded else None]
        points += [one.outcome.scores.get(question) for question in tested]
        points += [
            one.marks[question].points if question in one.marks else None
            for question in written
        ]
        variant = one.key.variant if one.key else ""
        start = one.student, one.name, one.outcome.status, variant
        rows.append([*start, *map(number, points), one.outcome.note])
    return csv_text(rows)


def common_mistakes(results: Sequence[Result]) -> list[tuple[str, str, int]]:
    """Count what cost students points most often: question, sentence and students."""
    messages = Counter(
        (question, message)
        for one in results
        for question, tests in one.outcome.tests.items()
        for message in {it.message for it in tests if it.points and not it.passed}
    )
    ordered = sorted(messages.items(), key=lambda item: (-item[1], item[0]))
    return [(*key, number) for key, number in ordered[:_MOST_COMMON]]


def class_items(results: Sequence[Result]) -> list[Item]:
    """Compute difficulty and discrimination from the points of those graded."""
    own = [(one.points, one.worth) for one in _graded(results)]
    questions = dict.fromkeys(name for points, _ in own for name in points)
    return item_analysis(
        {name: [points.get(name) for points, _ in own] for name in questions},
        {name: [worth.get(name, 0) for _, worth in own] for name in questions},
    )


def reached(results: Sequence[Result]) -> list[Reached]:
    """Say what the class has of the points of each learning objective."""
    objectives = dict.fromkeys(
        objective for one in results if one.key for objective in one.key.objectives
    )
    return [_reached(objective, _graded(results)) for objective in objectives]


def _reached(objective: Objective, graded: Sequence[Result]) -> Reached:
    pairs = [
        (one.points[question] or 0, one.worth[question])
        for one in graded
        for question in objective.questions
        if one.points.get(question) is not None
    ]
    worth = sum(of for _, of in pairs)
    share = sum(earned for earned, _ in pairs) / worth if worth else None
    return Reached(objective.text, objective.questions, share)


def _graded(results: Sequence[Result]) -> list[Result]:
    return [one for one in results if one.outcome.status == GRADED]


def _questions(results: Sequence[Result]) -> tuple[list[str], list[str]]:
    keys = [one.key for one in results if one.key]
    tested = dict.fromkeys(name for key in keys for name in key.points)
    written = dict.fromkeys(one.question for key in keys for one in key.written)
    return list(tested), list(written)


def _page(template: str, **values: Any) -> str:
    page: str = _TEMPLATES.get_template(template).render(
        **values,
        GRADED=GRADED,
        number=number,
        per_cent=per_cent,
        file_name=file_name,
    )
    return page


def _write(path: Path, text: str) -> None:
    """Write a file; half a character, which a notebook can hold, becomes “?”."""
    write_atomically(path, text.encode(errors="replace"))
