"""Every way to put back what survives of Table 2, and which of them are possible."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rfe_labour.tables.joint_ventures.surviving import (
    Choices,
    Integers,
    Survivors,
    implied_ranges,
)

Booleans: TypeAlias = npt.NDArray[np.bool_]
Codes: TypeAlias = npt.NDArray[np.int8]

EXACTLY = 1 + 1e-9
"""A change that meets the limit passes, whatever the last bit says."""


@dataclass(frozen=True)
class Placements:
    """Every placement that keeps the order, one row at a time.

    Each row of `counts` goes with each row of `shares`.

    Attributes
    ----------
    counts : numpy.ndarray of int8, shape (count placements, columns)
        The count in each column; 0 where it is empty.
    codes : numpy.ndarray of int8, shape (columns, count placements)
        The same, as the place of the count among `Survivors.different`, from 1.
    left_to_right : numpy.ndarray of int8, shape (count placements, counts)
        The same counts without the empty columns.
    shares : numpy.ndarray of int8, shape (share placements, columns)
        Which share stands in each column, as its place in the row; −1 where empty.
    different : numpy.ndarray of int64, shape (different count rows,)
        The first of those rows of `counts` that print alike, since equal counts have
        changed places.
    """

    counts: Codes
    codes: Codes
    left_to_right: Codes
    shares: Codes
    different: Integers

    @property
    def number(self) -> int:
        """How many joint placements there are."""
        return len(self.counts) * len(self.shares)


def place(surviving: Survivors) -> Placements:
    """List every placement that keeps the order of each row.

    For n columns, k counts of which a stand apart, and m shares there are
    C(n, k) · C(k, a) placements of the counts and C(n, m) of the shares.
    """
    columns = len(surviving.years)
    readings = _interleave(surviving.apart, surviving.in_row)
    chosen = _choose(columns, readings.shape[1])
    left_to_right = np.tile(readings, (len(chosen), 1))
    counts = np.zeros((len(left_to_right), columns), dtype=np.int8)
    np.put_along_axis(
        counts, chosen.repeat(len(readings), axis=0), left_to_right, axis=1
    )
    codes = np.searchsorted((0, *surviving.different), counts.T).astype(np.int8)
    filled = _choose(columns, len(surviving.shares))
    shares = np.full((len(filled), columns), -1, dtype=np.int8)
    np.put_along_axis(shares, filled, np.arange(filled.shape[1])[None, :], axis=1)
    # Rows print alike when they fill the same columns and their readings are alike.
    _, first = np.unique(readings, axis=0, return_index=True)
    reading = np.tile(np.arange(len(readings)), len(chosen))
    different = np.flatnonzero(np.isin(reading, first))
    return Placements(counts, codes, left_to_right, shares, different)


def _interleave(apart: Sequence[int], in_row: Sequence[int]) -> Codes:
    """Merge two runs in every way that keeps the order of each."""
    length = len(apart) + len(in_row)
    places = _choose(length, len(apart))
    merged = np.zeros((len(places), length), dtype=np.int8)
    for reading, at in zip(merged, places, strict=True):
        reading[at] = apart
        reading[np.setdiff1d(np.arange(length), at)] = in_row
    return merged


def _choose(columns: int, taken: int) -> Integers:
    chosen = list(itertools.combinations(range(columns), taken))
    return np.array(chosen, dtype=np.int64).reshape(len(chosen), taken)


@dataclass(frozen=True)
class Evaluation:
    """Every joint placement, put to the conditions on all joint ventures.

    Attributes
    ----------
    surviving : Survivors
        What was placed.
    choices : Choices
        What was held plausible.
    placements : Placements
        Every placement that keeps the order.
    ranges : tuple of numpy.ndarray of int64, each of shape (shares, values)
        As `implied_ranges` returns them.
    plausible : tuple of numpy.ndarray of int64, each of shape (shares, values)
        The same, cut to the plausible numbers.
    whole : numpy.ndarray of bool, shape (share placements, count placements)
        Whether the placement meets the condition of ``whole``.
    factors : numpy.ndarray of float64
        Every yearly factor at which some placement begins to be possible, in order.
    least : numpy.ndarray of uint16, shape (share placements, count placements)
        Which of `factors` the placement needs at the least.
    """

    surviving: Survivors
    choices: Choices
    placements: Placements
    ranges: tuple[Integers, Integers]
    plausible: tuple[Integers, Integers]
    whole: Booleans
    factors: npt.NDArray[np.float64]
    least: npt.NDArray[np.uint16]

    @property
    def least_factor(self) -> float:
        """What the steadiest placement of ``whole`` needs; missing if there is none."""
        needed = self.least[self.whole]
        return float(self.factors[needed.min()]) if needed.size else math.nan

    def consistent(self) -> Booleans:
        """Tell which placements meet the condition of ``consistent``.

        An array like ``whole``, true for those that meet that condition too. The limit
        is ``choices.yearly_factor``: replace it to ask of another.
        """
        limit = self.choices.yearly_factor * EXACTLY
        allowed = np.searchsorted(self.factors, limit, side="right")
        consistent: Booleans = self.whole & (self.least < allowed)
        return consistent


def evaluate(surviving: Survivors, choices: Choices | None = None) -> Evaluation:
    """Put every joint placement that keeps the order to the further conditions.

    Parameters
    ----------
    surviving : Survivors
        As `survivors` returns it.
    choices : Choices or None
        ``fewest``, ``most`` and ``yearly_factor``; None stands for the defaults.

    Returns
    -------
    Evaluation
        Each placement's own answer. One share placement at a time meets all count
        placements at once, so that memory holds a few bytes for each joint placement.
    """
    choices = choices or Choices()
    placements = place(surviving)
    lower, upper = ranges = implied_ranges(surviving)
    plausible = np.maximum(lower, choices.fewest), np.minimum(upper, choices.most)
    whole = in_every_column(plausible[0] <= plausible[1], placements)
    factors, least = _least_factors(placements, plausible)
    return Evaluation(
        surviving, choices, placements, ranges, plausible, whole, factors, least
    )


def in_every_column(allowed: Booleans, placements: Placements) -> Booleans:
    """Tell which placements have an allowed pair wherever they have both tokens.

    Pairs are allowed by share and value; the result has the shape (share placements,
    count placements).
    """
    with_empty = np.pad(allowed, ((0, 0), (1, 0)), constant_values=True)
    fits = np.ones((len(placements.shares), len(placements.counts)), dtype=np.bool_)
    for fit, row in zip(fits, placements.shares, strict=True):
        for column, share in enumerate(row):
            if share >= 0 and not allowed[share].all():
                fit &= with_empty[share].take(placements.codes[column])
    return fits


def _least_factors(
    placements: Placements, plausible: tuple[Integers, Integers]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint16]]:
    """Find the smallest yearly factor that lets every two years agree.

    Only a few different factors can occur, one for each pair of tokens and distance.
    They are worked out first and numbered in order, so that the largest factor of a
    placement is the largest of small whole numbers.
    """
    codes, shares = placements.codes, placements.shares
    columns, values = len(codes), plausible[0].shape[1]
    rows_with: dict[tuple[int, int, int, int], list[int]] = {}
    for number, row in enumerate(shares):
        for early, late in itertools.combinations(range(columns), 2):
            if row[early] >= 0 and row[late] >= 0:
                key = (early, late, int(row[early]), int(row[late]))
                rows_with.setdefault(key, []).append(number)
    needed = np.ones((len(rows_with), values + 1, values + 1))
    for factor, (early, late, first, second) in zip(needed, rows_with, strict=True):
        factor[1:, 1:] = _factor(plausible, first, second) ** (1 / (late - early))
    factors, numbered = np.unique(needed, return_inverse=True)
    numbers = numbered.reshape(len(needed), -1).astype(np.uint16)
    least = np.zeros((len(shares), codes.shape[1]), dtype=np.uint16)
    for pair, ((early, late, *_), rows) in zip(numbers, rows_with.items(), strict=True):
        of_pair = pair.take(codes[early] * np.int8(values + 1) + codes[late])
        for number in rows:
            np.maximum(least[number], of_pair, out=least[number])
    return factors, least


def _factor(
    plausible: tuple[Integers, Integers], first: int, second: int
) -> npt.NDArray[np.float64]:
    """Give, for each two counts, the least ratio of a number of each range."""
    lower, upper = plausible
    ratios = np.maximum(
        lower[first][:, None] / upper[second][None, :],
        lower[second][None, :] / upper[first][:, None],
    )
    # Ranges that have a number in common need no change at all.
    least: npt.NDArray[np.float64] = np.maximum(ratios, 1.0)
    return least
