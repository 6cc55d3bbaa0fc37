"""What a teacher and the students are shown: scores, feedback, and a summary."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from jinja2 import Environment, PackageLoader
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from papermill_pages.outputs import write_atomically

from assignment_grading.csv_files import csv_text
from assignment_grading.handout import Key
from assignment_grading.outcome import GRADED, MISSING, Outcome
from assignment_grading.roster import file_name
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
    """All that is known of one student."""

    student: str  # the id
    outcome: Outcome
    key: Key | None  # that of the student's variant, if it is known
    answers: dict[str, str]  # what the student wrote, by question
    marks: dict[str, Mark]  # the teacher's, by question
    name: str = ""

    @property
    def tested(self) -> float:
        """Points from tests."""
        return sum(self.outcome.scores.values())

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


def gather(
    outcomes: Mapping[str, Outcome],
    keys: Mapping[str, Key],
    answers: Mapping[str, dict[str, str]],
    marks: Marks,
    names: Mapping[str, str] | None = None,
) -> list[Result]:
    """Bring together what is known of each student."""
    results = []
    for student, outcome in outcomes.items():
        key = keys.get(student)
        marked = {
            written.question: marks.get((student, written.question), Mark(None, ""))
            for written in (key.written if key else ())
        }
        answered, name = answers.get(student, {}), (names or {}).get(student, "")
        results.append(Result(student, outcome, key, answered, marked, name))
    return results


def write(
    results: Sequence[Result], unknown: Sequence[str], assignment: str, folder: Path
) -> None:
    """Write the scores, a page for each student, and the pages for the teacher.

    The names in `unknown` are of files that belong to nobody on the roster.
    """
    write_atomically(folder / "scores.csv", scores(results))
    for one in results:
        page = _page("feedback.html", result=one, assignment=assignment)
        write_atomically(folder / "feedback" / f"{file_name(one.student)}.html", page)
    if any(one.key and one.key.written for one in results):
        page = _page("written.html", results=results, assignment=assignment)
        write_atomically(folder / "written.html", page)
    pictures = score_picture(results), question_picture(results)
    page = _page(
        "summary.html",
        assignment=assignment,
        results=results,
        graded=_graded(results),
        statuses=Counter(one.outcome.status for one in results),
        unknown=unknown,
        mistakes=common_mistakes(results),
        pictures=[picture for picture in pictures if picture],
    )
    write_atomically(folder / "summary.html", page)


def scores(results: Sequence[Result]) -> str:
    """Write all scores as CSV, one line a student.

    Points are empty where there are none: a submission that could not be graded has
    not earned nought, and what it deserves is the teacher's to say.
    """
    tested, written = _questions(results)
    head = ["id", "name", "status", "variant", "total", "possible", "tested"]
    rows = [[*head, *tested, *written, "note"]]
    for one in results:
        graded = one.outcome.status == GRADED
        total = one.tested + one.marked if graded and one.marked is not None else None
        points = [total, one.possible, one.tested if graded else None]
        points += [one.outcome.scores.get(question) for question in tested]
        points += [
            one.marks[question].points if question in one.marks else None
            for question in written
        ]
        variant = one.key.variant if one.key else ""
        start = one.student, one.name, one.outcome.status, variant
        rows.append([*start, *map(_number, points), one.outcome.note])
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


def score_picture(results: Sequence[Result]) -> dict[str, str] | None:
    """Draw how many students have how many points from tests."""
    graded = _graded(results)
    if not graded:
        return None
    most = max(one.testable for one in graded)
    points = sorted(one.tested for one in graded)
    middle = median(points)
    title = f"Half of the class has {middle:g} of {most:g} points or more"
    figure, axes = _axes(2.9, title)
    width = max(1, round(most / 12))
    edges = [edge - 0.5 for edge in range(0, int(most) + 2 * width, width)]
    counts, _, _ = axes.hist(points, bins=edges, color=_BAR, edgecolor="white")
    axes.axvline(middle, color=_LINE, linewidth=2, label=f"median {middle:g}")
    axes.legend(frameon=False, labelcolor=_LINE)
    axes.set(xlabel="points from tests", ylabel="students", xlim=(-0.5, edges[-1]))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    alt = (
        f"Histogram of the points of {len(graded)} students, from {points[0]:g} to "
        f"{points[-1]:g} of {most:g}; the median is {middle:g}. The fullest bar has "
        f"{int(max(counts))} students."
    )
    return {"svg": _svg(figure), "alt": alt}


def question_picture(results: Sequence[Result]) -> dict[str, str] | None:
    """Draw which part of its points each question cost the class."""
    graded = _graded(results)
    tested, _ = _questions(graded)
    if not tested:
        return None
    lost = {}
    for question in tested:
        worth = sum(one.key.points.get(question, 0) for one in graded if one.key)
        earned = sum(one.outcome.scores.get(question, 0) for one in graded)
        lost[question] = 1 - earned / worth if worth else 0.0
    order = sorted(lost, key=lambda question: lost[question])
    worst = order[-1]
    title = "No question cost anybody a point"
    if lost[worst]:
        title = f"{worst} cost the class {lost[worst]:.0%} of its points"
    figure, axes = _axes(0.9 + 0.36 * len(order), title)
    bars = axes.barh(order, [lost[question] for question in order], 0.65, color=_BAR)
    axes.bar_label(bars, [f"{lost[question]:.0%}" for question in order], padding=4)
    axes.set(xlabel="part of the question's points that the class lost", xlim=(0, 1.08))
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.tick_params(axis="y", length=0)
    listed = ", ".join(f"{question} {lost[question]:.0%}" for question in order[::-1])
    alt = f"Bar chart of the part of its points that each question cost: {listed}."
    return {"svg": _svg(figure), "alt": alt}


def _graded(results: Sequence[Result]) -> list[Result]:
    return [one for one in results if one.outcome.status == GRADED]


def _questions(results: Sequence[Result]) -> tuple[list[str], list[str]]:
    keys = [one.key for one in results if one.key]
    tested = dict.fromkeys(name for key in keys for name in key.points)
    written = dict.fromkeys(one.question for key in keys for one in key.written)
    return list(tested), list(written)


def _axes(height: float, title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, height), layout="constrained", facecolor="white")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold", color=_INK)
    return figure, axes


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _page(template: str, **values: Any) -> str:
    page: str = _TEMPLATES.get_template(template).render(
        **values, GRADED=GRADED, MISSING=MISSING, number=_number, file_name=file_name
    )
    return page
