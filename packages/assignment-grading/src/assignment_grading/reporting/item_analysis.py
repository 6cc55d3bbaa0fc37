"""How hard each question is, and whether it tells strong from weak students."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, correlation, fmean

FEW = 10  # students, below which a correlation is mostly chance
LOW = 0.2  # below it an item is usually revised (Ebel, 1954)
_NORMAL = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Item:
    """What the class's points say of one question."""

    question: str
    students: int  # who have points for it
    share: float  # of its points that they have: the difficulty index
    discrimination: float | None  # corrected item–total correlation, if there is one
    interval: tuple[float, float] | None  # of 95 per cent, around it
    remark: str  # why there is no correlation, or what a low one means


def per_cent(share: float) -> str:
    """Write a share in per cent, to one decimal if it needs one.

    Whole per cents would not add up: 42.5 and 57.5 both become even numbers.
    """
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def item_analysis(
    points: Mapping[str, Sequence[float | None]],
    worth: Mapping[str, Sequence[float]],
) -> list[Item]:
    """Compute the difficulty and the discrimination of each question.

    The difficulty is the part of the question's points that the students have, on
    average. The discrimination is the *corrected item–total correlation*: Pearson's
    correlation between the points for the question and the points for all others, so
    that no question is correlated with itself [1]_. If a question gives all of its
    points or none, this is the point-biserial correlation with the rest. Its interval
    is Fisher's [2]_.

    Parameters
    ----------
    points : mapping of str to sequence of float or None
        By question, the points of each student; None where there are none yet. All
        sequences have the students in the same order.
    worth : mapping of str to sequence of float
        By question, what it is worth to each student.

    Returns
    -------
    list of Item
        In the order of `points`, without the questions for which nobody has points.
        The rest of a question is made of the others for which all students have
        points.

    References
    ----------
    .. [1] S. Henrysson (1963). Correction of item–total correlations in item analysis.
       *Psychometrika* 28(2), 211–218.
    .. [2] R. A. Fisher (1921). On the “probable error” of a coefficient of correlation
       deduced from a small sample. *Metron* 1, 3–32.
    """
    complete = [name for name, given in points.items() if None not in given]
    items = []
    for question, given in points.items():
        others = [points[name] for name in complete if name != question]
        rests = [math.fsum(it or 0 for it in row) for row in zip(*others, strict=True)]
        rests = rests or [0.0] * len(given)
        rows = [
            (own, rest, of)
            for own, rest, of in zip(given, rests, worth[question], strict=True)
            if own is not None and of > 0
        ]
        if rows:
            items.append(_item(question, rows))
    return items


def _item(question: str, rows: Sequence[tuple[float, float, float]]) -> Item:
    shares = [own / of for own, _, of in rows]
    share, students = fmean(shares), len(rows)
    # Rounded, so that 0.1 + 0.2 and 0.3 do not differ.
    owns = [round(own, 9) for own, *_ in rows]
    others = [round(rest, 9) for _, rest, _ in rows]
    if len(set(owns)) < 2 or len(set(others)) < 2:
        remark = _why_none(shares, owns)
        return Item(question, students, share, None, None, remark)
    found = correlation(owns, others)
    remark, interval = "", None
    if students > 3 and abs(found) < 1:
        middle, half = math.atanh(found), _NORMAL / math.sqrt(students - 3)
        interval = math.tanh(middle - half), math.tanh(middle + half)
    if students >= FEW and interval:
        if interval[1] < 0:
            remark = "those who do well elsewhere do worse here: look at its test"
        elif interval[1] < LOW:
            remark = "hardly tells strong from weak students"
    return Item(question, students, share, found, interval, remark)


def _why_none(shares: Sequence[float], owns: Sequence[float]) -> str:
    if len(owns) < 2:
        return "none: only one student has points"
    if min(shares) == 1:
        return "none: all have full points"
    if max(shares) == 0:
        return "none: nobody has a point"
    if len(set(owns)) == 1:
        return "none: all have the same points"
    return "none: all have the same points for the other questions"
