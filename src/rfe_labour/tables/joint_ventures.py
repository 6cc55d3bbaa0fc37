"""Table 2, whose columns the scan lost: every way to put back what survives.

A *placement* gives each surviving count and each surviving share a column of its
own. Nothing is imputed, and no placement is preferred: what is reported is the
identified set (Manski 2003), all placements that an assumption admits. There are four
assumptions, each of which adds a condition to the one before:

``none``
    Every token stays in its row. It may stand in any column.
``order``
    A row that was torn from its columns still runs from left to right. The shares
    keep their order, and so do the counts beside the row label; the counts that stand
    apart keep theirs, and may fall anywhere among the others.
``whole``
    Where a count and a share stand in one column, some whole number of all joint
    ventures gives the printed share, rounding allowed for, and it is plausible: at
    least `Choices.fewest` and at most `Choices.most`.
``consistent``
    The two rows describe one stock of joint ventures, which does not leap. Take any
    two years that have both a count and a share, d years apart. Among the whole
    numbers that each year allows there are two of which the larger is at most
    ``Choices.yearly_factor ** d`` times the smaller.

A year that has only one of the two tokens, or neither, is held to nothing. A part of a
set is a count of placements, never a probability.

References
----------
Manski, Charles F. Partial Identification of Probability Distributions. Springer, 2003.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import factorial, perm, prod
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rfe_labour import rounding, tables

Booleans = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
Integers = npt.NDArray[np.int64]

ASSUMPTIONS = ("none", "order", "whole", "consistent")

REGISTERED_2004 = 1330
"""Enterprises with foreign capital registered in Primorye (placeinvest.ru, 3 August
2004). Joint ventures are some of them."""

CHINESE_2004 = (176, "36.5")
"""Working enterprises with Chinese capital in Primorye, and their share (%) of all that
work with foreign capital (placeinvest.ru, 1 May 2004)."""

ALTERNATIVES: dict[str, tuple[Any, ...]] = {
    "lost_points": ("restored", "printed"),
    "last_year": (2005, 2004),
    "fewest": (200,),
    "most": (1000, 2000),
    "yearly_factor": (1.1, 1.5, 3.0),
}
"""Other choices that a reader might make, tried one at a time."""

_FIRST_YEAR = 1992
_EXACTLY = 1 + 1e-9  # a change that meets the limit passes, whatever the last bit says


@dataclass(frozen=True)
class Choices:
    """What a reader may choose differently.

    Attributes
    ----------
    lost_points : str
        How the shares marked ``decimal-point-lost`` are read: ``"restored"`` puts a
        point after the first digit (11 is 1.1 and 04 is 0.4); ``"printed"`` does not.
    last_year : int
        Year of the last column. The title promises 2005, whose label is lost.
    fewest, most : int
        Smallest and largest plausible number of all joint ventures in Primorye.
    yearly_factor : float
        The most by which that number may be multiplied or divided in one year.
    few : float
        "Very few" is read as a share below this, in per cent.
    """

    lost_points: str = "restored"
    last_year: int = 2005
    fewest: int = 100
    most: int = 1500
    yearly_factor: float = 2.0
    few: float = 2.0


@dataclass(frozen=True)
class Survivors:
    """What survives of the table.

    Attributes
    ----------
    years : tuple of int
        Years of the columns, in order.
    apart, in_row : tuple of int
        Counts (joint ventures) that stand apart, and that follow the row label, each
        from left to right.
    shares : tuple of str
        Shares (%) from left to right, as read.
    """

    years: tuple[int, ...]
    apart: tuple[int, ...]
    in_row: tuple[int, ...]
    shares: tuple[str, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """All counts, those that stand apart first."""
        return self.apart + self.in_row

    @property
    def different(self) -> tuple[int, ...]:
        """The different counts, from the smallest."""
        return tuple(sorted(set(self.counts)))


def survivors(tokens: pd.DataFrame, choices: Choices | None = None) -> Survivors:
    """Read what survives of the table.

    Parameters
    ----------
    tokens : pandas.DataFrame
        ``row``, ``printed`` and ``doubt``, in the order of the scan, as
        ``rfe_labour.data.load("table2_tokens")`` gives them.
    choices : Choices or None
        Only ``lost_points`` and ``last_year`` matter; None stands for the defaults.

    Returns
    -------
    Survivors
        The tokens of each row.

    Raises
    ------
    ValueError
        If a row has more tokens than there are columns, or none.
    """
    choices = choices or Choices()
    years = tuple(range(_FIRST_YEAR, choices.last_year + 1))
    counts = tokens[tokens["row"] == "count"]
    apart = counts["doubt"] == "stands-apart"
    shares = tokens[tokens["row"] == "share"]
    lost = (shares["doubt"] == "decimal-point-lost") & (
        choices.lost_points == "restored"
    )
    found = Survivors(
        years,
        apart=tuple(counts.loc[apart, "printed"].astype(int)),
        in_row=tuple(counts.loc[~apart, "printed"].astype(int)),
        shares=tuple(
            f"{printed[0]}.{printed[1:]}" if repair else printed
            for printed, repair in zip(shares["printed"], lost, strict=True)
        ),
    )
    if not all(0 < len(row) <= len(years) for row in (found.counts, found.shares)):
        msg = (
            f"{len(found.counts)} counts and {len(found.shares)} shares cannot each "
            f"have one of {len(years)} columns."
        )
        raise ValueError(msg)
    return found


def implied_ranges(found: Survivors) -> tuple[Integers, Integers]:
    r"""Give all joint ventures that a count and a share in one column imply.

    Parameters
    ----------
    found : Survivors
        As `survivors` returns it.

    Returns
    -------
    tuple of numpy.ndarray of int64, each of shape (shares, values)
        Smallest and largest whole number N, for each share and each of
        `Survivors.different`. Where the first exceeds the second, there is none.

    Notes
    -----
    A share s with d printed decimals stands for
    :math:`[s - \tfrac12 10^{-d}, s + \tfrac12 10^{-d}]` per cent, so a count c of N
    ventures gives :math:`100 c / N` in it when N lies in
    :math:`[100c / (s + \tfrac12 10^{-d}), 100c / (s - \tfrac12 10^{-d})]`. Worked out
    in whole numbers, so that an end is never off by one.
    """
    lower = np.zeros((len(found.shares), len(found.different)), dtype=np.int64)
    upper = np.zeros_like(lower)
    for row, share in enumerate(found.shares):
        unit = 10 ** rounding.decimals(share)
        twice = 2 * int(rounding.parse_number(share) * Decimal(unit))
        for column, count in enumerate(found.different):
            numerator = 200 * count * unit
            lower[row, column] = -(-numerator // (twice + 1))
            upper[row, column] = numerator // (twice - 1)
    return lower, upper


@dataclass(frozen=True)
class Placements:
    """Every placement that keeps the order, one row at a time.

    Each row of `counts` goes with each row of `shares`.

    Attributes
    ----------
    counts : numpy.ndarray of int8, shape (count placements, columns)
        The count in each column; 0 where it is empty.
    left_to_right : numpy.ndarray of int8, shape (count placements, counts)
        The same counts without the empty columns.
    shares : numpy.ndarray of int8, shape (share placements, columns)
        Which share stands in each column, as its place in the row; −1 where empty.
    different : numpy.ndarray of int64, shape (different count rows,)
        The first of those rows of `counts` that print alike, since equal counts have
        changed places.
    """

    counts: Codes
    left_to_right: Codes
    shares: Codes
    different: Integers

    @property
    def number(self) -> int:
        """How many joint placements there are."""
        return len(self.counts) * len(self.shares)


def place(found: Survivors) -> Placements:
    """List every placement that keeps the order of each row.

    Parameters
    ----------
    found : Survivors
        As `survivors` returns it.

    Returns
    -------
    Placements
        For n columns, k counts of which a stand apart, and m shares:
        C(n, k) · C(k, a) placements of the counts and C(n, m) of the shares.
    """
    columns = len(found.years)
    readings = _interleave(found.apart, found.in_row)
    chosen = _choose(columns, readings.shape[1])
    left_to_right = np.tile(readings, (len(chosen), 1))
    counts = np.zeros((len(left_to_right), columns), dtype=np.int8)
    np.put_along_axis(
        counts, chosen.repeat(len(readings), axis=0), left_to_right, axis=1
    )
    filled = _choose(columns, len(found.shares))
    shares = np.full((len(filled), columns), -1, dtype=np.int8)
    np.put_along_axis(shares, filled, np.arange(len(found.shares))[None, :], axis=1)
    # Rows print alike when they fill the same columns and their readings are alike.
    _, first = np.unique(readings, axis=0, return_index=True)
    reading = np.tile(np.arange(len(readings)), len(chosen))
    different = np.flatnonzero(np.isin(reading, first))
    return Placements(counts, left_to_right, shares, different)


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
    found : Survivors
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

    found: Survivors
    choices: Choices
    placements: Placements
    ranges: tuple[Integers, Integers]
    plausible: tuple[Integers, Integers]
    whole: Booleans
    factors: npt.NDArray[np.float64]
    least: npt.NDArray[np.uint16]

    def consistent(self, yearly_factor: float | None = None) -> Booleans:
        """Tell which placements meet the condition of ``consistent``.

        Parameters
        ----------
        yearly_factor : float or None
            The most by which all joint ventures may be multiplied or divided in one
            year; None stands for that of `choices`.

        Returns
        -------
        numpy.ndarray of bool, shape (share placements, count placements)
            True for those that meet it, and that of ``whole``.
        """
        factor = self.choices.yearly_factor if yearly_factor is None else yearly_factor
        allowed = np.searchsorted(self.factors, factor * _EXACTLY, side="right")
        consistent: Booleans = self.whole & (self.least < allowed)
        return consistent


def evaluate(found: Survivors, choices: Choices | None = None) -> Evaluation:
    """Put every joint placement that keeps the order to the further conditions.

    Parameters
    ----------
    found : Survivors
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
    placements = place(found)
    ranges = implied_ranges(found)
    plausible = (
        np.maximum(ranges[0], choices.fewest),
        np.minimum(ranges[1], choices.most),
    )
    codes = _codes(found, placements)
    factors, least = _least_factors(codes, placements.shares, plausible)
    whole = _in_every_column(plausible[0] <= plausible[1], codes, placements.shares)
    return Evaluation(
        found, choices, placements, ranges, plausible, whole, factors, least
    )


def _codes(found: Survivors, placements: Placements) -> Codes:
    """Write each column's count as its place among the values, from 1; 0 is empty."""
    codes = np.searchsorted((0, *found.different), placements.counts.T)
    return np.ascontiguousarray(codes, dtype=np.int8)


def _in_every_column(allowed: Booleans, codes: Codes, shares: Codes) -> Booleans:
    """Tell whether every column with both tokens has a pair that is allowed."""
    with_empty = np.pad(allowed, ((0, 0), (1, 0)), constant_values=True)
    fits = np.ones((len(shares), codes.shape[1]), dtype=np.bool_)
    for own, row in zip(fits, shares, strict=True):
        for column, share in enumerate(row):
            if share >= 0 and not allowed[share].all():
                own &= with_empty[share].take(codes[column])
    return fits


def _least_factors(
    codes: Codes, shares: Codes, plausible: tuple[Integers, Integers]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint16]]:
    """Find the smallest yearly factor that lets every two years agree.

    Only a few different factors can occur, one for each pair of tokens and distance.
    They are worked out first and numbered in order, so that the largest factor of a
    placement is the largest of small whole numbers.
    """
    columns, values = len(codes), plausible[0].shape[1]
    rows_with: dict[tuple[int, int, int, int], list[int]] = {}
    for number, row in enumerate(shares):
        for early, late in itertools.combinations(range(columns), 2):
            if row[early] >= 0 and row[late] >= 0:
                key = (early, late, int(row[early]), int(row[late]))
                rows_with.setdefault(key, []).append(number)
    needed = np.ones((len(rows_with), values + 1, values + 1))
    for own, (early, late, first, second) in zip(needed, rows_with, strict=True):
        own[1:, 1:] = _factor(plausible, first, second) ** (1 / (late - early))
    factors, numbered = np.unique(needed, return_inverse=True)
    numbers = numbered.reshape(len(needed), -1).astype(np.uint16)
    least = np.zeros((len(shares), codes.shape[1]), dtype=np.uint16)
    for own_numbers, ((early, late, *_), rows) in zip(
        numbers, rows_with.items(), strict=True
    ):
        of_pair = own_numbers.take(codes[early] * np.int8(values + 1) + codes[late])
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


@dataclass(frozen=True)
class IdentifiedSet:
    """All placements that an assumption admits, and what they have in common.

    A part is a fraction of the placements; all parts of an empty set are 0.

    Attributes
    ----------
    assumption : str
        One of `ASSUMPTIONS`.
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


def identify(
    evaluation: Evaluation, yearly_factor: float | None = None
) -> dict[str, IdentifiedSet]:
    """Give the identified set under each of the nested assumptions.

    Parameters
    ----------
    evaluation : Evaluation
        As `evaluate` returns it.
    yearly_factor : float or None
        As for `Evaluation.consistent`.

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
    factor = (
        evaluation.choices.yearly_factor if yearly_factor is None else yearly_factor
    )
    everything = np.ones_like(evaluation.whole)
    consistent = evaluation.consistent(factor)
    steady = _describe("consistent", evaluation, consistent, evaluation.plausible)
    steady = replace(steady, implied=_steady_range(evaluation, consistent, factor))
    return {
        "none": _without_assumption(evaluation),
        "order": _describe("order", evaluation, everything, evaluation.ranges),
        "whole": _describe("whole", evaluation, evaluation.whole, evaluation.plausible),
        "consistent": steady,
    }


def _without_assumption(evaluation: Evaluation) -> IdentifiedSet:
    found = evaluation.found
    columns, counts, shares = len(found.years), found.counts, found.shares
    placements = perm(columns, len(counts)) * perm(columns, len(shares))
    alike = [*Counter(counts).values(), *Counter(shares).values()]
    tokens = Counter(counts)
    top = _top(shares)
    orders = np.array(list(itertools.permutations(counts)), dtype=np.int8)
    lower, upper = evaluation.ranges
    some = lower <= upper
    parts = _directions(orders, np.ones(len(orders)))
    return IdentifiedSet(
        "none",
        placements,
        placements // prod(map(factorial, alike)),
        stands=pd.DataFrame(
            {value: tokens[value] / columns for value in found.different},
            index=_index(found),
        ),
        highest_share=pd.Series(len(top) / columns, index=_index(found)),
        implied=_range_frame(
            found,
            np.full(columns, lower.min(where=some, initial=np.iinfo(np.int64).max)),
            np.full(columns, upper.max(where=some, initial=0)),
        ),
        parts=parts | {"highest_final_year": tokens[max(counts)] / columns},
    )


def _describe(
    assumption: str,
    evaluation: Evaluation,
    admitted: Booleans,
    ranges: tuple[Integers, Integers],
) -> IdentifiedSet:
    found, placements = evaluation.found, evaluation.placements
    number = int(admitted.sum())
    stands = _stands(evaluation, admitted)
    in_year = pd.DataFrame(
        _part(stands.sum(axis=0), number), index=_index(found), columns=found.different
    )
    parts = _directions(placements.left_to_right, admitted.sum(axis=0))
    return IdentifiedSet(
        assumption,
        number,
        int(admitted[:, placements.different].sum()),
        stands=in_year,
        highest_share=_highest_share(evaluation, admitted),
        implied=_implied(evaluation, stands, ranges),
        parts=parts
        | {"highest_final_year": float(in_year[max(found.different)].iloc[-1])},
    )


def _highest_share(evaluation: Evaluation, admitted: Booleans) -> pd.Series:
    weights = admitted.sum(axis=1)
    found = evaluation.found
    highest = np.isin(evaluation.placements.shares, _top(found.shares))
    return pd.Series(_part(weights @ highest, int(weights.sum())), index=_index(found))


def _index(found: Survivors) -> pd.Index:
    return pd.Index(found.years, name="year")


def _top(shares: Sequence[str]) -> list[int]:
    """Find the places of the highest share in its row."""
    read = [rounding.parse_number(share) for share in shares]
    return [place for place, share in enumerate(read) if share == max(read)]


def _part(counted: npt.ArrayLike, number: int) -> npt.NDArray[np.float64]:
    return np.asarray(counted, dtype=np.float64) / max(number, 1)


def _stands(evaluation: Evaluation, admitted: Booleans) -> Integers:
    """Count, per share placement, the placements with each count in each year.

    The result has the shape (share placements, columns, values).
    """
    counts = evaluation.placements.counts
    values = np.array(evaluation.found.different, dtype=np.int8)
    there = (counts[:, :, None] == values).reshape(len(counts), -1)
    # Sums of fewer than 2**24 ones are exact in single precision.
    counted = admitted.astype(np.float32) @ there.astype(np.float32)
    shape = (len(admitted), counts.shape[1], len(values))
    found: Integers = counted.astype(np.int64).reshape(shape)
    return found


def _implied(
    evaluation: Evaluation, stands: Integers, ranges: tuple[Integers, Integers]
) -> pd.DataFrame:
    """Give the range of all joint ventures in each year, year by year."""
    shares = evaluation.placements.shares
    some = ranges[0] <= ranges[1]
    occurs = (stands > 0) & (shares >= 0)[:, :, None] & some[shares]
    lower = np.where(occurs, ranges[0][shares], np.inf).min(axis=(0, 2))
    upper = np.where(occurs, ranges[1][shares], 0).max(axis=(0, 2))
    return _range_frame(evaluation.found, lower, upper)


def _range_frame(
    found: Survivors, lower: npt.ArrayLike, upper: npt.ArrayLike
) -> pd.DataFrame:
    frame = pd.DataFrame({"lower": lower, "upper": upper}, index=_index(found))
    return frame.where(frame["lower"] <= frame["upper"]).astype("Int64")


def _steady_range(
    evaluation: Evaluation, admitted: Booleans, factor: float
) -> pd.DataFrame:
    """Give the range in each year that every other year of a placement leaves open."""
    found, placements = evaluation.found, evaluation.placements
    codes = _codes(found, placements)[:, placements.different]
    lower, upper = (np.pad(ends, ((0, 0), (1, 0))) for ends in evaluation.plausible)
    smallest = np.full(len(found.years), np.inf)
    largest = np.zeros(len(found.years))
    for row, admits in zip(
        placements.shares, admitted[:, placements.different], strict=True
    ):
        low = np.zeros((len(row), int(admits.sum())))
        high = np.full_like(low, np.inf)
        both = np.zeros(low.shape, dtype=np.bool_)
        for column in np.flatnonzero(row >= 0):
            own = codes[column, admits]
            both[column] = own > 0
            low[column] = np.where(both[column], lower[row[column]].take(own), 0.0)
            high[column] = np.where(both[column], upper[row[column]].take(own), np.inf)
        _spread(low, high, factor)
        low, high = np.ceil(low / _EXACTLY), np.floor(high * _EXACTLY)
        valid = both & (low <= high)
        largest_yet = np.where(valid, high, 0).max(axis=1, initial=0)
        smallest_yet = np.where(valid, low, np.inf).min(axis=1, initial=np.inf)
        smallest = np.minimum(smallest, smallest_yet)
        largest = np.maximum(largest, largest_yet)
    return _range_frame(found, smallest, largest)


def _spread(
    low: npt.NDArray[np.float64], high: npt.NDArray[np.float64], factor: float
) -> None:
    """Let each year's ends bind the years beside it, first forwards, then back."""
    last = len(low) - 1
    forwards = [(year - 1, year) for year in range(1, last + 1)]
    backwards = [(late, early) for early, late in reversed(forwards)]
    for source, target in forwards + backwards:
        np.maximum(low[target], low[source] / factor, out=low[target])
        np.minimum(high[target], high[source] * factor, out=high[target])


def _directions(
    orders: Codes, weights: npt.NDArray[np.float64] | Integers
) -> dict[str, float]:
    """Give the parts that depend on the order of the counts alone."""
    pairs = itertools.combinations(range(orders.shape[1]), 2)
    rank = sum(
        (np.sign(orders[:, late] - orders[:, early]) for early, late in pairs),
        start=np.zeros(len(orders), dtype=np.int64),
    )
    change = orders[:, -1] - orders[:, 0]
    steps = np.diff(orders, axis=1)
    holds = {
        "rises": change > 0,
        "level": change == 0,
        "falls": change < 0,
        "rank_rises": rank > 0,
        "rank_level": rank == 0,
        "rank_falls": rank < 0,
        "never_falls": (steps >= 0).all(axis=1),
        "highest_last": orders[:, -1] == orders.max(axis=1),
    }
    number = max(int(weights.sum()), 1)
    return {name: float(weights[true].sum()) / number for name, true in holds.items()}


def bites(evaluation: Evaluation) -> dict[str, int]:
    """Count the placements that each part of ``whole`` alone would rule out.

    Parameters
    ----------
    evaluation : Evaluation
        As `evaluate` returns it.

    Returns
    -------
    dict of str to int
        Of the placements that keep the order, those in which some year has no whole
        number of all joint ventures at all (``no_whole_number``), only numbers that
        are too small (``below_fewest``), or only numbers that are too large
        (``above_most``).
    """
    (lower, upper), choices = evaluation.ranges, evaluation.choices
    passes = {
        "no_whole_number": lower <= upper,
        "below_fewest": upper >= choices.fewest,
        "above_most": lower <= choices.most,
    }
    codes = _codes(evaluation.found, evaluation.placements)
    shares = evaluation.placements.shares
    return {
        name: int((~_in_every_column(allowed, codes, shares)).sum())
        for name, allowed in passes.items()
    }


def sensitivity(tokens: pd.DataFrame, evaluation: Evaluation) -> pd.DataFrame:
    """Give the answers under every alternative to one of the choices.

    Parameters
    ----------
    tokens : pandas.DataFrame
        As for `survivors`.
    evaluation : Evaluation
        Under the choices made, as `evaluate` returns it.

    Returns
    -------
    pandas.DataFrame, shape (1 + alternatives, 8)
        The choices made, then `ALTERNATIVES` that differ from them. ``choice`` (name
        of the field; empty in the first row) and ``value``; the number of placements
        under ``order``, ``whole`` and ``consistent``; and under ``consistent`` the
        years in which the highest count (``highest_years``) and the highest share
        (``highest_share_years``) could stand, and the part in which the last surviving
        count is above the first (``rises``).
    """
    chosen = evaluation.choices
    rows = [("", "", evaluation, chosen.yearly_factor)]
    for name, values in ALTERNATIVES.items():
        for value in values:
            if value == getattr(chosen, name):
                continue
            other = replace(chosen, **{name: value})
            if name == "yearly_factor":
                rows.append((name, value, evaluation, value))
            else:
                again = evaluate(survivors(tokens, other), other)
                rows.append((name, value, again, other.yearly_factor))
    return pd.DataFrame([_answers(*row) for row in rows])


def _answers(
    name: str, value: object, evaluation: Evaluation, factor: float
) -> dict[str, Any]:
    found, placements = evaluation.found, evaluation.placements
    admitted = evaluation.consistent(factor)
    weights = admitted.sum(axis=0)
    highest = weights @ (placements.counts == max(found.counts))
    return {
        "choice": name,
        "value": value,
        "order": placements.number,
        "whole": int(evaluation.whole.sum()),
        "consistent": int(weights.sum()),
        "highest_years": possible_years(pd.Series(highest, index=_index(found))),
        "highest_share_years": possible_years(_highest_share(evaluation, admitted)),
        "rises": _directions(placements.left_to_right, weights)["rises"],
    }


def very_few(evaluation: Evaluation, one: IdentifiedSet) -> float:
    """Give the part of a set in which the joint ventures are very few, as a share.

    Parameters
    ----------
    evaluation : Evaluation
        As `evaluate` returns it; its ``choices.few`` is the limit, in per cent.
    one : IdentifiedSet
        One of its sets.

    Returns
    -------
    float
        The part in which every surviving share, rounding allowed for, stays below the
        limit. That does not depend on where the shares stand: it is all of the set or
        nothing.
    """
    below = _largest_share(evaluation.found) < evaluation.choices.few
    return float(below and one.placements > 0)


def possible_years(parts: pd.Series) -> str:
    """Write the years that hold a part of the set.

    Parameters
    ----------
    parts : pandas.Series
        Part of the set by year.

    Returns
    -------
    str
        The years with a part above 0, as runs; ``"none"`` if there is none.
    """
    return tables.year_runs(parts.index[parts > 0]) or "none"


def label_runs(tokens: pd.DataFrame) -> list[tuple[int, ...]]:
    """Split the year labels, in the order of the scan, where they step back.

    Parameters
    ----------
    tokens : pandas.DataFrame
        As for `survivors`.

    Returns
    -------
    list of tuple of int
        Runs of rising years.
    """
    labels = tokens.loc[tokens["row"] == "year", "year"].astype(int)
    run = (labels.diff() < 0).cumsum()
    return [tuple(years) for _, years in labels.groupby(run)]


def summary(
    tokens: pd.DataFrame, evaluation: Evaluation, sets: Mapping[str, IdentifiedSet]
) -> dict[str, Any]:
    """Gather the numbers that the prose about Table 2 states.

    Parameters
    ----------
    tokens : pandas.DataFrame
        As for `survivors`.
    evaluation : Evaluation
        As `evaluate` returns it.
    sets : mapping of str to IdentifiedSet
        As `identify` returns them.

    Returns
    -------
    dict of str to int, float or str
        ``<assumption>.placements`` and ``.tables``; ``.highest_years`` and
        ``.highest_share_years`` (as runs) with ``.highest_years_number``; ``.cells``
        (pairs of a year and a count that are possible); every part of
        `IdentifiedSet`; ``.very_few`` (part in which "very few" holds, read as
        a share); ``.implied``, a text, and unless the set is empty
        ``.implied_lower`` and ``.implied_upper``. What survives, what was chosen, and
        what bites stand beside them without an assumption's name.
    """
    values = _surviving(tokens, evaluation.found) | _chosen(evaluation)
    for name, one in sets.items():
        own = {
            "placements": one.placements,
            "tables": one.tables,
            "highest_years": possible_years(one.highest),
            "highest_years_number": int((one.highest > 0).sum()),
            "highest_share_years": possible_years(one.highest_share),
            "cells": int((one.stands > 0).sum().sum()),
            "very_few": very_few(evaluation, one),
            **one.parts,
            **_implied_values(one),
        }
        values |= {f"{name}.{key}": value for key, value in own.items()}
    for name in ("whole", "consistent"):
        kept = sets[name].placements / sets["order"].placements
        values[f"{name}.part_of_order"] = kept
    values |= {f"whole.{name}": number for name, number in bites(evaluation).items()}
    return values


def _surviving(tokens: pd.DataFrame, found: Survivors) -> dict[str, Any]:
    runs = label_runs(tokens)
    labels = sorted(itertools.chain(*runs))
    columns, counts, shares = len(found.years), len(found.counts), len(found.shares)
    title = range(_FIRST_YEAR, Choices().last_year + 1)
    return {
        "columns": columns,
        "year_labels": len(labels),
        "year_label_runs": len(runs),
        "missing_years": tables.year_runs(set(title) - set(labels)),
        "counts": counts,
        "counts_apart": len(found.apart),
        "counts_in_row": len(found.in_row),
        "in_row": ", ".join(map(str, found.in_row)),
        "shares": shares,
        "both_fewest": max(0, counts + shares - columns),
        "both_most": min(counts, shares),
        "cells": columns * len(found.different),
        "largest_count": max(found.counts),
        "largest_share": found.shares[_top(found.shares)[0]],
        "first_share": found.shares[0],
        "last_share": found.shares[-1],
    }


def _chosen(evaluation: Evaluation) -> dict[str, Any]:
    found, choices = evaluation.found, evaluation.choices
    chinese, share = CHINESE_2004
    printed = rounding.interval(share)
    needed = evaluation.least[evaluation.whole]
    steadiest = float(evaluation.factors[needed.min()]) if needed.size else 0.0
    return {
        "count_placements": len(evaluation.placements.counts),
        "share_placements": len(evaluation.placements.shares),
        "fewest": choices.fewest,
        "most": choices.most,
        "yearly_factor": choices.yearly_factor,
        "few": choices.few,
        "least_factor": steadiest,
        "lost_count_most": int(choices.most * _largest_share(found) / 100),
        "registered_2004": REGISTERED_2004,
        "working_2004": round(100 * chinese / printed.centre),
    }


def _largest_share(found: Survivors) -> float:
    """Give the most that the highest share can stand for, in per cent."""
    return rounding.interval(found.shares[_top(found.shares)[0]]).upper


def _implied_values(one: IdentifiedSet) -> dict[str, Any]:
    if one.implied_range is None:
        return {"implied": "none"}
    lower, upper = one.implied_range
    return {
        "implied": f"{lower:,} to {upper:,}",
        "implied_lower": lower,
        "implied_upper": upper,
    }
