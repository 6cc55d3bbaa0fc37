"""What a teacher and the students are shown: scores, feedback, and a summary."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from assignment_grading.files import file_name, write_atomically
from assignment_grading.handout import Key
from assignment_grading.submission import GRADED, MISSING, Outcome
from assignment_grading.written import Mark, Marks

_TEMPLATES = Environment(
    loader=PackageLoader("assignment_grading"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_INK, _BAR, _LINE = "#333333", "#0072B2", "#D55E00"
_MOST_COMMON = 12


@dataclass(frozen=True)
class Result:
    """All that is known of one student.

    Attributes
    ----------
    student : str
        The id.
    outcome : Outcome
        What otter found.
    key : Key or None
        The key of the student's variant, if it is known.
    answers : dict of str to str
        Written answers by question.
    marks : dict of str to Mark
        The teacher's marks by question.
    """

    student: str
    outcome: Outcome
    key: Key | None
    answers: dict[str, str]
    marks: dict[str, Mark]

    @property
    def tested(self) -> float:
        """Points from tests."""
        return self.outcome.total

    @property
    def marked(self) -> float | None:
        """Points from the teacher; None until all are given."""
        points = [mark.points for mark in self.marks.values()]
        return sum(it or 0 for it in points) if None not in points else None

    @property
    def possible(self) -> float:
        """Points of the whole assignment."""
        if self.key is None:
            return 0
        return self.testable + sum(it.points for it in self.key.written)

    @property
    def testable(self) -> float:
        """Points that tests give."""
        return sum(self.key.points.values()) if self.key else 0


def results(
    outcomes: Mapping[str, Outcome],
    keys: Mapping[str, Key],
    answers: Mapping[str, dict[str, str]],
    marks: Marks,
) -> list[Result]:
    """Bring together what is known of each student."""
    gathered = []
    for student, outcome in outcomes.items():
        key = keys.get(student)
        own = {
            written.question: marks.get((student, written.question), Mark(None, ""))
            for written in (key.written if key else ())
        }
        gathered.append(Result(student, outcome, key, answers.get(student, {}), own))
    return gathered


def write(
    found: Sequence[Result], unknown: Sequence[str], assignment: str, folder: Path
) -> None:
    """Write the scores, a page for each student, and the pages for the teacher.

    Parameters
    ----------
    found : sequence of Result
        One for each student.
    unknown : sequence of str
        Files that are nobody's.
    assignment : str
        Its name.
    folder : Path
        Where to write.
    """
    write_atomically(folder / "scores.csv", scores(found))
    for one in found:
        page = _page("feedback.html", result=one, assignment=assignment)
        write_atomically(folder / "feedback" / f"{file_name(one.student)}.html", page)
    if any(one.key and one.key.written for one in found):
        page = _page("written.html", results=found, assignment=assignment)
        write_atomically(folder / "written.html", page)
    pictures = score_picture(found), question_picture(found)
    write_atomically(
        folder / "summary.html",
        _page(
            "summary.html",
            assignment=assignment,
            results=found,
            graded=[one for one in found if one.outcome.status == GRADED],
            statuses=Counter(one.outcome.status for one in found),
            unknown=unknown,
            mistakes=common_mistakes(found),
            pictures=[it for it in pictures if it],
        ),
    )


def scores(found: Sequence[Result]) -> str:
    """Write all scores as CSV, one line a student.

    Points are empty where there are none: a submission that could not be graded has
    not earned nought, and what it deserves is the teacher's to say.
    """
    tested, written = _questions(found)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = ["id", "status", "variant", "total", "possible", "tested"]
    writer.writerow([*head, *tested, *written, "note"])
    for one in found:
        graded = one.outcome.status == GRADED
        total = one.tested + one.marked if graded and one.marked is not None else None
        row: list[Any] = [
            one.student,
            one.outcome.status,
            one.key.variant if one.key else "",
            _number(total),
            _number(one.possible),
            _number(one.tested if graded else None),
        ]
        row += [_number(one.outcome.scores.get(question)) for question in tested]
        row += [
            _number(one.marks[question].points if question in one.marks else None)
            for question in written
        ]
        writer.writerow([*row, one.outcome.note])
    return out.getvalue()


def common_mistakes(found: Sequence[Result]) -> list[tuple[str, str, int]]:
    """Count what cost students points most often: question, sentence and students."""
    told = Counter(
        (question, message)
        for one in found
        for question, tests in one.outcome.tests.items()
        for message in {it.message for it in tests if it.points and not it.passed}
    )
    ordered = sorted(told.items(), key=lambda item: (-item[1], item[0]))
    return [(*key, number) for key, number in ordered[:_MOST_COMMON]]


def score_picture(found: Sequence[Result]) -> dict[str, str] | None:
    """Draw how many students have how many points from tests."""
    graded = [one for one in found if one.outcome.status == GRADED]
    if not graded:
        return None
    most = max(one.testable for one in graded)
    points = sorted(one.tested for one in graded)
    middle = _median(points)
    figure, axes = _axes(2.9)
    width = max(1, round(most / 12))
    edges = [edge - 0.5 for edge in range(0, int(most) + 2 * width, width)]
    counts, _, _ = axes.hist(points, bins=edges, color=_BAR, edgecolor="white")
    axes.axvline(middle, color=_LINE, linewidth=2)
    axes.annotate(
        f"median {middle:g}",
        (middle, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-5, -4) if middle > most / 2 else (5, -4),
        textcoords="offset points",
        ha="right" if middle > most / 2 else "left",
        va="top",
        color=_LINE,
    )
    axes.set_ylim(0, float(max(counts)) * 1.25)  # room for the label above the bars
    axes.set_title(f"Half of the class has {middle:g} of {most:g} points or more")
    axes.set_xlabel("points from tests")
    axes.set_ylabel("students")
    axes.set_xlim(-0.5, edges[-1])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    alt = (
        f"Histogram of the points of {len(graded)} students, from {points[0]:g} to "
        f"{points[-1]:g} of {most:g}; the median is {middle:g}. The fullest bar has "
        f"{int(max(counts))} students."
    )
    return {"svg": _svg(figure), "alt": alt}


def question_picture(found: Sequence[Result]) -> dict[str, str] | None:
    """Draw which part of its points each question cost the class."""
    graded = [one for one in found if one.outcome.status == GRADED and one.key]
    tested, _ = _questions(graded)
    if not tested:
        return None
    lost = {question: _part_lost(graded, question) for question in tested}
    order = sorted(lost, key=lambda question: lost[question])
    figure, axes = _axes(0.9 + 0.36 * len(order))
    axes.barh(order, [lost[question] for question in order], color=_BAR, height=0.65)
    for place, question in enumerate(order):
        axes.annotate(
            f"{lost[question]:.0%}",
            (lost[question], place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
        )
    worst = order[-1]
    axes.set_title(
        f"{worst} cost the class {lost[worst]:.0%} of its points"
        if lost[worst]
        else "No question cost anybody a point"
    )
    axes.set_xlabel("part of the question's points that the class lost")
    axes.set_xlim(0, 1.08)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.tick_params(axis="y", length=0)
    listed = ", ".join(f"{question} {lost[question]:.0%}" for question in order[::-1])
    alt = f"Bar chart of the part of its points that each question cost: {listed}."
    return {"svg": _svg(figure), "alt": alt}


def _part_lost(graded: Sequence[Result], question: str) -> float:
    worth = sum(one.key.points.get(question, 0) for one in graded if one.key)
    earned = sum(one.outcome.scores.get(question, 0) for one in graded)
    return 1 - earned / worth if worth else 0.0


def _questions(found: Sequence[Result]) -> tuple[list[str], list[str]]:
    keys = [one.key for one in found if one.key]
    tested = dict.fromkeys(name for key in keys for name in key.points)
    written = dict.fromkeys(it.question for key in keys for it in key.written)
    return list(tested), list(written)


def _axes(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, height), layout="constrained", facecolor="white")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.title.set(color=_INK, fontweight="bold")
    axes.set_title("", loc="center")
    return figure, axes


def _svg(figure: Figure) -> str:
    axes = figure.axes[0]
    title = axes.get_title()
    axes.set_title("")
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold", color=_INK)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _median(values: Sequence[float]) -> float:
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    return (values[middle - 1] + values[middle]) / 2


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _page(template: str, **values: Any) -> str:
    page: str = _TEMPLATES.get_template(template).render(
        **values, GRADED=GRADED, MISSING=MISSING, number=_number, file_name=file_name
    )
    return page
