"""Every way to put back what survives of Table 2, and which of them are possible."""

from __future__ import annotations

import functools
import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
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
    different = np.array((0, *surviving.different), dtype=np.int8)
    codes = np.zeros((len(at), columns), dtype=np.int8)
    of_counts = np.searchsorted(different, surviving.counts)
    np.put_along_axis(codes, at, of_counts[None, :], axis=1)
    placed = different.take(codes)
    codes = np.ascontiguousarray(codes.T)
    # Rows print alike when their codes, read as the digits of a number, are the same.
    number = np.zeros(len(at), dtype=np.int64)
    for code in codes:
        number = number * len(different) + code
    _, first_alike = np.unique(number, return_index=True)
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
        codes,
        placed[placed > 0].reshape(at.shape),
        shares_placed,
        np.sort(first_alike),
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
    """

    surviving: Survivors
    choices: Choices
    placements: Placements
    ranges: tuple[Integers, Integers]
    plausible: tuple[Integers, Integers]
    whole: Booleans

    @property
    def least_factor(self) -> float:
        """What the steadiest placement of ``whole`` needs; missing if there is none."""
        # An empty column, whose code is 0, asks for no change.
        beside = ((0, 0), (0, 0), (1, 0), (1, 0))
        factors = np.pad(_factors(self.plausible), beside, constant_values=1)
        codes, digits, least = (
            self.placements.codes,
            np.int8(len(factors[0, 0])),
            math.inf,
        )
        for row, whole in zip(self.placements.shares, self.whole, strict=True):
            left = np.flatnonzero(whole)
            needed = np.ones(len(left))
            pairs = itertools.combinations(np.flatnonzero(row >= 0).tolist(), 2)
            # Neighbours first: they rule out most of what is less steady than the best.
            for early, late in sorted(pairs, key=lambda pair: pair[1] - pair[0]):
                of_pair = factors[row[early], row[late]] ** (1 / (late - early))
                pair = codes[early].take(left) * digits + codes[late].take(left)
                np.maximum(needed, of_pair.take(pair), out=needed)
                steadier = needed < least
                if not steadier.all():
                    left, needed = left[steadier], needed[steadier]
                if not len(left):
                    break
            least = float(needed.min(initial=least))
            if least == 1.0:
                break  # No placement needs less.
        return least if least < math.inf else math.nan

    def consistent(self) -> Booleans:
        """Tell which placements meet the condition of ``consistent``.

        An array like ``whole``, true for those that meet that condition too. The limit
        is ``choices.yearly_factor``: replace it to ask of another.
        """
        factors, limit = _factors(self.plausible), self.choices.yearly_factor * EXACTLY
        shares, there = self.placements.shares, stands(self.placements.codes)
        consistent: Booleans = self.whole.copy()
        for apart in range(1, len(there)):
            leaps = factors ** (1 / apart) > limit
            if not leaps.any():
                break  # What two years may not do, two that are further apart may.
            for late in range(apart, len(there)):
                early = late - apart
                pairs = rows_with(shares, (early, late))
                for (first, second), rows in pairs.items():
                    values = np.argwhere(leaps[first, second]).tolist()
                    gone = [there[early, i] & there[late, j] for i, j in values]
                    _rule_out(consistent, rows, gone)
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
    return Evaluation(surviving, choices, placements, ranges, plausible, whole)


def in_every_column(allowed: Booleans, placements: Placements) -> Booleans:
    """Tell which placements have an allowed pair wherever they have both tokens.

    Pairs are allowed by share and value; the result has the shape (share placements,
    count placements).
    """
    fits = np.ones((len(placements.shares), len(placements.counts)), dtype=np.bool_)
    for column, there in enumerate(stands(placements.codes)):
        for (share,), rows in rows_with(placements.shares, (column,)).items():
            _rule_out(fits, rows, there[~allowed[share]])
    return fits


def stands(codes: Codes) -> Booleans:
    """Tell in which count placements each value stands in each column.

    The codes are those of `Placements`, all or some of them. The result has the shape
    (columns, values, count placements).
    """
    values = np.arange(1, codes.max() + 1, dtype=np.int8)
    there: Booleans = codes[:, None] == values[:, None]
    return there


def _rule_out(
    fits: Booleans, rows: list[int], gone: Sequence[Booleans] | Booleans
) -> None:
    """Take from some rows the count placements that any of `gone` tells."""
    if len(gone):
        stay = ~functools.reduce(np.logical_or, gone)
        for row in rows:
            np.logical_and(fits[row], stay, out=fits[row])


def rows_with(
    shares: Codes, columns: tuple[int, ...]
) -> dict[tuple[int, ...], list[int]]:
    """List the rows by the shares in some columns, if none of those is empty."""
    rows = defaultdict(list)
    filled = zip(*(shares[:, column].tolist() for column in columns), strict=True)
    for row, found in enumerate(filled):
        if -1 not in found:
            rows[found].append(row)
    return rows


def _factors(plausible: tuple[Integers, Integers]) -> npt.NDArray[np.float64]:
    """Give the least ratio of a number of one range to a number of another.

    For each two shares, and each two values: the result has the shape (shares, shares,
    values, values). Ranges that have a number in common need no change at all; those
    that have none, which ``whole`` rules out, are not asked.
    """
    lower, upper = plausible
    some = lower <= upper
    ratio = lower[:, None, :, None] / upper[None, :, None, :]
    least = np.maximum(ratio, ratio.transpose(1, 0, 3, 2))
    both = some[:, None, :, None] & some[None, :, None, :]
    return np.where(both, np.maximum(least, 1.0), 1.0)
