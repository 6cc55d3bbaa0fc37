"""Every way to put back what survives of Table 2, and which of them are possible."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

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

Order: TypeAlias = Literal["order", "tear"]
ShareOrder: TypeAlias = Literal["order", "apart_first", "beside_first"]
ORDERS: tuple[Order, ...] = get_args(Order)
SHARE_ORDERS: tuple[ShareOrder, ...] = get_args(ShareOrder)

EXACTLY = 1 + 1e-9
"""A change that meets the limit passes, whatever the last bit says."""


@dataclass(frozen=True)
class Placements:
    """Every placement that an assumption on the order admits, one row at a time.

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


def place(
    surviving: Survivors,
    counts: Order = "order",
    shares: ShareOrder = "order",
) -> Placements:
    """List every placement that an assumption on the order of each row admits.

    Parameters
    ----------
    surviving : Survivors
        As `survivors` returns it. A tear needs `Survivors.beside`.
    counts : {"order", "tear"}
        Under ``"order"`` the counts in the row keep their order, and so do those that
        stand apart. Under ``"tear"`` the former stand in the columns of the labels
        beside the row label, too, and the latter in other columns.
    shares : {"order", "apart_first", "beside_first"}
        Under ``"order"`` the shares run from left to right. Otherwise the tear parted
        their row as well, and the scan has the shares of the other columns before or
        after those of the columns of the labels beside the row label.

    Returns
    -------
    Placements
        For n columns, b of them with labels beside the row label, k counts of which a
        stand apart, and m shares: C(n, k) · C(k, a) placements of the counts in order
        or C(b, k − a) · C(n − b, a) of the torn counts, and C(n, m) of the shares.

    Raises
    ------
    ValueError
        If there are not columns enough beside the row label, or apart from it.
    """
    columns = len(surviving.years)
    beside = np.isin(surviving.years, surviving.beside)
    at = _torn(beside, surviving) if counts == "tear" else _ordered(columns, surviving)
    placed = np.zeros((len(at), columns), dtype=np.int8)
    np.put_along_axis(
        placed, at, np.array(surviving.counts, dtype=np.int8)[None, :], axis=1
    )
    codes = np.searchsorted((0, *surviving.different), placed.T)
    # Rows print alike when their codes, read as the digits of a number, are the same.
    weights = (len(surviving.different) + 1) ** np.arange(columns)
    _, different = np.unique(weights @ codes, return_index=True)
    filled = _choose(np.arange(columns), len(surviving.shares))
    if shares != "order":
        later = beside[filled] == (shares == "apart_first")
        read = np.argsort(later, axis=1, kind="stable")
        filled = np.take_along_axis(filled, read, axis=1)
    shares_placed = np.full((len(filled), columns), -1, dtype=np.int8)
    np.put_along_axis(
        shares_placed, filled, np.arange(filled.shape[1])[None, :], axis=1
    )
    return Placements(
        placed,
        codes.astype(np.int8),
        placed[placed > 0].reshape(at.shape),
        shares_placed,
        np.sort(different),
    )


def _ordered(columns: int, surviving: Survivors) -> Integers:
    """Give each count a column, the counts of either run in order, in every way."""
    length, apart = len(surviving.counts), len(surviving.apart)
    chosen = _choose(np.arange(columns), length)
    # Which of the chosen columns, from left to right, each of the counts takes.
    merged = np.array(
        [
            [*first, *np.setdiff1d(np.arange(length), first)]
            for first in _choose(np.arange(length), apart)
        ]
    )
    return chosen[:, merged].reshape(-1, length)


def _torn(beside: Booleans, surviving: Survivors) -> Integers:
    """Do the same, with the counts in the row in the columns beside the row label."""
    apart = _choose(np.flatnonzero(~beside), len(surviving.apart))
    in_row = _choose(np.flatnonzero(beside), len(surviving.in_row))
    if not (len(apart) and len(in_row)):
        msg = (
            f"No tear puts {len(surviving.in_row)} counts in {beside.sum()} columns "
            f"and {len(surviving.apart)} in the {(~beside).sum()} others."
        )
        raise ValueError(msg)
    return np.hstack(
        [apart.repeat(len(in_row), axis=0), np.tile(in_row, (len(apart), 1))]
    )


def _choose(columns: Integers, taken: int) -> Integers:
    chosen = list(itertools.combinations(columns, taken))
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
        Every placement that was tried, as `place` returns it.
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


def evaluate(
    surviving: Survivors,
    choices: Choices | None = None,
    placements: Placements | None = None,
) -> Evaluation:
    """Put every joint placement to the conditions on all joint ventures.

    Parameters
    ----------
    surviving : Survivors
        As `survivors` returns it.
    choices : Choices or None
        ``fewest``, ``most`` and ``yearly_factor``; None stands for the defaults.
    placements : Placements or None
        What `place` lists; None stands for all that keep the order.

    Returns
    -------
    Evaluation
        Each placement's own answer. One share placement at a time meets all count
        placements at once, so that memory holds a few bytes for each joint placement.
    """
    choices = choices or Choices()
    placements = place(surviving) if placements is None else placements
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
    always: Booleans = np.asarray(allowed.all(axis=1))
    fits = np.ones((len(placements.shares), len(placements.counts)), dtype=np.bool_)
    for fit, row in zip(fits, placements.shares, strict=True):
        for column, share in enumerate(row):
            if share >= 0 and not always[share]:
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
