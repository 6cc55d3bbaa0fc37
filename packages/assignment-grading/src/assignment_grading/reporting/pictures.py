"""Figures of a class, with the text that says what they show."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from assignment_grading.reporting.item_analysis import FEW, LOW, Item, per_cent
from assignment_grading.reporting.results import Result

_INK, _BAR, _LINE, _PALE = "#333333", "#0072B2", "#D55E00", "#999999"


@dataclass(frozen=True)
class Picture:
    """A figure for a page."""

    svg: str
    alt: str  # what a reader sees in it


def score_picture(graded: Sequence[Result]) -> Picture | None:
    """Draw how many students have how many points from tests."""
    if not graded:
        return None
    most = max(one.testable for one in graded)
    points = sorted(one.tested for one in graded)
    middle = median(points)
    title = f"Half of the class has {middle:g} of {most:g} points or more"
    if middle == most:
        title = f"Half of the class or more has all {most:g} points"
    figure = _figure(2.9, title)
    axes = _axes(figure.subplots())
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
    return Picture(_svg(figure), alt)


def question_picture(items: Sequence[Item]) -> Picture | None:
    """Draw what each question cost the class, and how it discriminates.

    The correlations are drawn if there are students enough to take them seriously.
    """
    if not items:
        return None
    order = sorted(items, key=lambda item: -item.share)
    names, lost = [it.question for it in order], [1 - it.share for it in order]
    title = "No question cost anybody a point"
    if lost[-1] > 0:
        title = f"{names[-1]} cost the class {per_cent(lost[-1])} of its points"
    found = {
        it.question: (it.discrimination, it.interval)
        for it in order
        if it.discrimination is not None and it.interval and it.students >= FEW
    }
    figure = _figure(1.1 + 0.36 * len(order), title)
    widths = [3, 2] if found else [1]
    panels = figure.subplots(
        1, len(widths), sharey=True, squeeze=False, width_ratios=widths
    )[0]
    cost = _axes(panels[0])
    bars = cost.barh(names, lost, 0.65, color=_BAR)
    cost.bar_label(bars, [per_cent(part) for part in lost], padding=4)
    cost.set(xlabel="part of its points that the class lost", xlim=(0, 1.15))
    cost.xaxis.set_major_formatter(PercentFormatter(1))
    cost.set_xticks([0, 0.25, 0.5, 0.75, 1])
    cost.tick_params(axis="y", length=0)
    listed = ", ".join(f"{it.question} {per_cent(1 - it.share)}" for it in order[::-1])
    alt = f"Bar chart of the part of its points that each question cost: {listed}."
    if found:
        axes = _axes(panels[1])
        for name, (middle, (low, high)) in found.items():
            axes.plot([low, high], [name, name], color=_PALE, linewidth=2)
            axes.plot(middle, name, "o", color=_LINE)
        axes.axvline(0, color=_INK, linewidth=0.8)
        axes.axvline(LOW, color=_INK, linewidth=0.8, linestyle=":")
        axes.set(xlabel="correlation with the rest", xlim=(-1, 1))
        axes.tick_params(axis="y", length=0)
        told = ", ".join(f"{it} {middle:.2f}" for it, (middle, _) in found.items())
        alt += (
            " Beside it, the correlation of each question with the rest, as points "
            f"with intervals: {told}."
        )
    return Picture(_svg(figure), alt)


def _figure(height: float, title: str) -> Figure:
    figure = Figure(figsize=(7, height), layout="constrained", facecolor="white")
    figure.suptitle(
        title, x=0.01, ha="left", fontsize=12, fontweight="bold", color=_INK
    )
    return figure


def _axes(axes: Axes) -> Axes:
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
