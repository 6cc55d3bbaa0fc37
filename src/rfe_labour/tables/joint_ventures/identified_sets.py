"""All placements that an assumption admits, and what they have in common."""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from rfe_labour import tables
from rfe_labour.tables.joint_ventures.placements import (
    EXACTLY,
    Booleans,
    Codes,
    Evaluation,
    rows_with,
    stands,
)
from rfe_labour.tables.joint_ventures.surviving import Integers

ASSUMPTIONS = ("none", "order", "whole", "consistent")
TEAR = ("tear", "tear_whole", "tear_consistent")
"""The tear, and what it leaves of ``whole`` and of ``consistent``."""


@dataclass(frozen=True)
class IdentifiedSet:
    """All placements that an assumption admits, and what they have in common.

    A part is a fraction of the placements. In an empty set nothing stands anywhere, and
    `parts` are missing.

    Attributes
    ----------
    assumption : str
        One of `ASSUMPTIONS` or of `TEAR`.
    placements : int
        How many placements there are.
    tables : int
        How many different tables they print: tokens that print alike may change places.
    stands : pandas.DataFrame, shape (years, values)
        Part in which the count (a column) stands in the year (a row).
    highest_share : pandas.Series, shape (years,)
        Part in which the highest share stands in the year.
    implied : pandas.DataFrame, shape (years, 2)
        ``lower`` and ``upper`` (Int64): smallest and largest number of all joint
        ventures that some placement allows in the year; missing where none has both
        a count and a share there.
    parts : dict of str to float
        ``rises``, ``level`` and ``falls``: the last surviving count against the first.
        ``rank_rises``, ``rank_level`` and ``rank_falls``: the sign of Kendall's rank
        correlation of the surviving counts with time. ``never_falls``: no surviving
        count is below the one before. ``highest_last``: no surviving count exceeds
        the last. ``highest_final_year``: one of the highest stands in the last column.
        ``very_few``: every surviving share, rounding allowed for, is below
        ``Choices.few`` per cent. That does not depend on where the shares stand, so it
        is all of the set or nothing.
    """

    assumption: str
    placements: int
    tables: int
    stands: pd.DataFrame
    highest_share: pd.Series
    implied: pd.DataFrame
    parts: dict[str, float]

    @property
    def highest(self) -> pd.Series:
        """Part in which the highest count stands in the year."""
        return self.stands[self.stands.columns.max()]

    @property
    def implied_range(self) -> tuple[int, int] | None:
        """Smallest and largest of `implied` in any year; None if there is none."""
        known = self.implied.dropna()
        if known.empty:
            return None
        return int(known["lower"].min()), int(known["upper"].max())


def identify(evaluation: Evaluation) -> dict[str, IdentifiedSet]:
    """Give the identified set under each of the nested assumptions.

    Parameters
    ----------
    evaluation : Evaluation
        As `evaluate` returns it.

    Returns
    -------
    dict of str to IdentifiedSet
        One for each of `ASSUMPTIONS`, in order; each is a subset of the one before.

    Notes
    -----
    Without an assumption the placements are not listed: there are
    n!/(n − k)! · n!/(n − m)! of them for n columns, k counts and m shares, every
    token stands in every column equally often, and the order of the counts alone runs
    through all permutations.

    Under ``consistent``, a number N is possible in a year if each other year with both
    tokens allows a whole number within the factor of N. These are the
    numbers between the largest lower end and the smallest upper end that the other
    years, each divided or multiplied by its factor, leave.
    """
    return {name: identified_set(evaluation, name) for name in ASSUMPTIONS}


def identify_torn(evaluation: Evaluation) -> dict[str, IdentifiedSet]:
    """Give the identified set under the tear, alone and with the further conditions.

    Parameters
    ----------
    evaluation : Evaluation
        As `evaluate` returns it for the placements of ``place(..., counts="tear")``.

    Returns
    -------
    dict of str to IdentifiedSet
        One for each of `TEAR`, in order; each is a subset of the one before, and of the
        set that `identify` gives without the tear.
    """
    return {name: identified_set(evaluation, name) for name in TEAR}


def identified_set(evaluation: Evaluation, assumption: str) -> IdentifiedSet:
    """Give the identified set under one assumption, as `identify` does for all.

    Parameters
    ----------
    evaluation : Evaluation
        As for `identify`, or for `identify_torn` if the assumption is one of `TEAR`.
    assumption : str
        One of `ASSUMPTIONS` or of `TEAR`.
    """
    if assumption == "none":
        return _without_assumption(evaluation)
    if assumption in ("order", "tear"):
        everything = np.ones_like(evaluation.whole)
        return _admitted(assumption, evaluation, everything, evaluation.ranges)
    plausible = evaluation.plausible
    if assumption in ("whole", "tear_whole"):
        return _admitted(assumption, evaluation, evaluation.whole, plausible)
    steady = evaluation.consistent()
    return replace(
        _admitted(assumption, evaluation, steady, plausible),
        implied=_steady_range(evaluation, steady),
    )


def _without_assumption(evaluation: Evaluation) -> IdentifiedSet:
    surviving = evaluation.surviving
    columns, counts, shares = len(surviving.years), surviving.counts, surviving.shares
    placements = math.perm(columns, len(counts)) * math.perm(columns, len(shares))
    alike = [*Counter(counts).values(), *Counter(shares).values()]
    tokens = Counter(counts)
    lower, upper = evaluation.ranges
    some = lower <= upper
    orders = np.array(list(itertools.permutations(counts)), dtype=np.int8)
    index = _index(evaluation)
    parts = directions(orders, np.ones(len(orders), dtype=np.int64))
    parts["highest_final_year"] = tokens[max(counts)] / columns
    return IdentifiedSet(
        "none",
        placements,
        placements // math.prod(map(math.factorial, alike)),
        stands=pd.DataFrame(
            {value: tokens[value] / columns for value in surviving.different},
            index=index,
        ),
        highest_share=pd.Series(len(surviving.highest_shares) / columns, index=index),
        implied=_ranges(
            evaluation,
            lower.min(where=some, initial=np.iinfo(np.int64).max),
            upper.max(where=some, initial=0),
        ),
        parts=parts | {"very_few": very_few(evaluation)},
    )


def _admitted(
    assumption: str,
    evaluation: Evaluation,
    admitted: Booleans,
    ranges: tuple[Integers, Integers],
) -> IdentifiedSet:
    placements, different = evaluation.placements, evaluation.surviving.different
    number = int(np.count_nonzero(admitted))
    weights = admitted.sum(axis=0, dtype=np.int32)
    stands = [
        np.bincount(code, weights, len(different) + 1)[1:] for code in placements.codes
    ]
    in_year = pd.DataFrame(
        np.array(stands) / max(number, 1),
        index=_index(evaluation),
        columns=different,
    )
    parts = directions(placements.left_to_right, weights)
    parts["highest_final_year"] = float(in_year[max(different)].iloc[-1])
    parts["very_few"] = very_few(evaluation)
    return IdentifiedSet(
        assumption,
        number,
        int(weights[placements.different].sum()),
        stands=in_year,
        highest_share=highest_share(evaluation, admitted),
        implied=_implied(evaluation, admitted, ranges),
        parts={name: part if number else math.nan for name, part in parts.items()},
    )


def very_few(evaluation: Evaluation) -> float:
    """Tell whether the claim holds in all of a set (1) or in none of it (0)."""
    return float(evaluation.surviving.largest_share < evaluation.choices.few)


def _index(evaluation: Evaluation) -> pd.Index:
    return pd.Index(evaluation.surviving.years, name="year")


def highest_share(evaluation: Evaluation, admitted: Booleans) -> pd.Series:
    """Give the part of the admitted placements with the highest share in each year."""
    weights = admitted.sum(axis=1)
    highest = np.isin(evaluation.placements.shares, evaluation.surviving.highest_shares)
    part = weights @ highest / max(int(weights.sum()), 1)
    return pd.Series(part, index=_index(evaluation))


def _implied(
    evaluation: Evaluation, admitted: Booleans, ranges: tuple[Integers, Integers]
) -> pd.DataFrame:
    """Give the range of all joint ventures in each year, year by year."""
    placements = evaluation.placements
    there = stands(placements.codes)
    occurs = np.zeros((len(there), *ranges[0].shape), dtype=np.bool_)
    for year, values in enumerate(there):
        for (share,), rows in rows_with(placements.shares, (year,)).items():
            some = functools.reduce(np.logical_or, (admitted[row] for row in rows))
            occurs[year, share] = (values & some).any(axis=1)
    occurs &= ranges[0] <= ranges[1]
    lower = np.where(occurs, ranges[0], np.inf).min(axis=(1, 2))
    upper = np.where(occurs, ranges[1], 0).max(axis=(1, 2))
    return _ranges(evaluation, lower, upper)


def _ranges(
    evaluation: Evaluation, lower: npt.ArrayLike, upper: npt.ArrayLike
) -> pd.DataFrame:
    frame = pd.DataFrame({"lower": lower, "upper": upper}, index=_index(evaluation))
    return frame.where(frame["lower"] <= frame["upper"]).astype("Int64")


def _steady_range(evaluation: Evaluation, admitted: Booleans) -> pd.DataFrame:
    """Give the range in each year that every other year of a placement leaves open."""
    placements, factor = evaluation.placements, evaluation.choices.yearly_factor
    codes = placements.codes[:, placements.different]
    there = stands(codes)
    # Nothing is known of a column with a share and no count: that is code 0.
    low_of, high_of = (
        np.pad(ends.astype(np.float64), ((0, 1), (1, 0)), constant_values=unknown)
        for ends, unknown in zip(evaluation.plausible, (0, np.inf), strict=True)
    )
    years = range(len(codes))
    steps = [*pairwise(years), *pairwise(reversed(years))]
    smallest, largest = np.full(len(codes), np.inf), np.zeros(len(codes))
    for row, admits in zip(
        placements.shares, admitted[:, placements.different], strict=True
    ):
        # Other years can only narrow what a year's own tokens allow, so a placement of
        # which no year's tokens alone would widen a range need not be worked out.
        widens = np.zeros_like(admits)
        printed = np.flatnonzero(row >= 0).tolist()
        for year in printed:
            share = row[year]
            wider = (low_of[share] < smallest[year]) | (high_of[share] > largest[year])
            for widening in there[year][wider[1:]]:
                widens |= widening
        wider_placements = np.flatnonzero(admits & widens)
        if not len(wider_placements):
            continue
        code = codes.take(wider_placements, axis=1)
        low, high = np.empty(code.shape), np.empty(code.shape)
        bound = np.empty(code.shape[1])
        for year, share in enumerate(row):
            low[year] = low_of[share].take(code[year])
            high[year] = high_of[share].take(code[year])
        # Each year's ends bind the years beside it, first forwards, then back.
        for one, next_one in steps:
            np.divide(low[one], factor, out=bound)
            np.maximum(low[next_one], bound, out=low[next_one])
            np.multiply(high[one], factor, out=bound)
            np.minimum(high[next_one], bound, out=high[next_one])
        for year in printed:
            lowest = np.ceil(low[year] / EXACTLY)
            highest = np.floor(high[year] * EXACTLY)
            valid = (code[year] > 0) & (lowest <= highest)
            smallest[year] = lowest.min(where=valid, initial=smallest[year])
            largest[year] = highest.max(where=valid, initial=largest[year])
    return _ranges(evaluation, smallest, largest)


def directions(orders: Codes, weights: Integers) -> dict[str, float]:
    """Give the parts of a set that depend on the order of the counts alone.

    The orders have the shape (orders, counts), from left to right; the weights say how
    often each stands in the set. The parts of an empty set are missing.
    """
    counts = np.ascontiguousarray(orders.T)  # in this order, much faster to compare
    rank = np.zeros(len(orders), dtype=np.int8)
    for early, late in itertools.combinations(counts, 2):
        rank += (late > early).view(np.int8) - (late < early).view(np.int8)
    change = counts[-1] - counts[0]
    holds = {
        "rises": change > 0,
        "level": change == 0,
        "falls": change < 0,
        "rank_rises": rank > 0,
        "rank_level": rank == 0,
        "rank_falls": rank < 0,
        "never_falls": (np.diff(counts, axis=0) >= 0).all(axis=0),
        "highest_last": counts[-1] == counts.max(axis=0),
    }
    number = int(weights.sum()) or math.nan
    return {name: float(weights[true].sum()) / number for name, true in holds.items()}


def possible_years(parts: pd.Series) -> str:
    """Write the years with a part above 0 as runs; ``"none"`` if there is none."""
    return tables.year_runs(parts.index[parts > 0]) or "none"
