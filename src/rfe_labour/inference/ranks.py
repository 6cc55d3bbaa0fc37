"""Trends by ranks: the median slope, and the exact test of a monotone trend."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf

import numpy as np
import numpy.typing as npt
from scipy import stats

from rfe_labour.inference.inputs import Floats, check_level, check_series


@dataclass(frozen=True)
class Slope:
    """A slope with a confidence interval that needs no standard error.

    Attributes
    ----------
    value : float
        The slope, in units of y per unit of x.
    lower, upper : float
        Ends of the confidence interval; infinite where n is too small for the level.
    level : float
        Confidence level of the interval, between 0 and 1.
    """

    value: float
    lower: float
    upper: float
    level: float


def theil_sen(y: npt.ArrayLike, x: npt.ArrayLike, level: float = 0.95) -> Slope:
    r"""Take the median of the slopes between all pairs of observations.

    Parameters
    ----------
    y, x : array_like, shape (n,)
        As for `kendall`.
    level : float
        Least coverage of the interval, for independent errors.

    Returns
    -------
    Slope
        The median slope. Its interval is infinite on both sides where no interval
        between two slopes has the level: below n = 5 at 95 per cent.

    Raises
    ------
    ValueError
        As `kendall`.

    Notes
    -----
    Sen (1968). The interval holds every slope b for which the exact Kendall test of
    y - bx on x does not reject at 1 - level. With N pairs and c the smallest
    :math:`S > 0` with :math:`P(|S| \ge c) \le 1 - level`, it runs from the
    :math:`(N - c)/2 + 1`-th smallest slope to the :math:`(N - c)/2 + 1`-th largest.
    So it agrees with `kendall` on whether 0 is a possible slope, unless y has ties.
    `scipy.stats.theilslopes` approximates the distribution of S by the normal: the
    same interval at 95 per cent for n from 5 to 18, a wider one at 99 per cent for
    some n, and one that cannot have its level for n = 4.
    """
    check_level(level)
    y, x = _check_ranks(y, x)
    between, pairs = _between_pairs(y, x)
    value = float(_median(between, pairs))
    tail = _kendall_tail((1,) * len(y))
    possible = range(2 - int(pairs) % 2, int(pairs) + 1, 2)
    critical = next((s for s in possible if tail[s] <= 1 - level), None)
    if critical is None:
        return Slope(value, -inf, inf, level)
    outside = (int(pairs) - critical) // 2
    return Slope(value, float(between[outside]), float(between[-1 - outside]), level)


def theil_sen_slopes(
    y: npt.ArrayLike, x: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> Floats:
    """Take the median pairwise slope of each series, as in `theil_sen`.

    It takes and returns what `rfe_labour.inference.slopes` does (Theil, 1950; Sen,
    1968). No x stands twice in a series. Only which weights are 0 matters.
    """
    return _median(*_between_pairs(y, x, weights))


def _between_pairs(
    y: npt.ArrayLike, x: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Sort the slopes between the pairs of each series, and count those pairs.

    Pairs with an observation that is left out have an infinite slope, behind the rest.
    """
    weights = np.ones(np.shape(x)) if weights is None else weights
    outcomes, regressor, used = np.broadcast_arrays(y, x, np.asarray(weights) > 0)
    first, second = np.triu_indices(outcomes.shape[-1], k=1)
    used = used[..., first] & used[..., second]
    run = np.where(used, regressor[..., second] - regressor[..., first], 1.0)
    rise = np.where(used, outcomes[..., second] - outcomes[..., first], inf)
    return np.sort(rise / run, axis=-1), used.sum(axis=-1)


def _median(between: Floats, pairs: npt.NDArray[np.int64]) -> Floats:
    middle = np.stack([(pairs - 1) // 2, pairs // 2], axis=-1)
    median: Floats = np.take_along_axis(between, middle, axis=-1).mean(axis=-1)
    return median


@dataclass(frozen=True)
class Kendall:
    """A rank correlation with its exact p-value.

    Attributes
    ----------
    tau : float
        Kendall's tau-b, from -1 to 1.
    p : float
        Exact two-sided p-value.
    """

    tau: float
    p: float


def kendall(y: npt.ArrayLike, x: npt.ArrayLike) -> Kendall:
    r"""Test for a monotone trend, by the exact Mann-Kendall test.

    Parameters
    ----------
    y, x : array_like, shape (n,)
        The outcome, ties allowed, and the regressor, no value twice.

    Returns
    -------
    Kendall
        Tau-b, and the share of all n! orders of y whose \|S\| is at least as large.

    Raises
    ------
    ValueError
        If y or x has a missing or infinite value, their lengths differ, n < 3, y is
        constant, or x has a value twice.

    Notes
    -----
    S is the number of pairs that rise less the number that fall, and with tied groups
    of sizes :math:`t_g`, :math:`\tau_b = S / \sqrt{N (N - \sum_g t_g (t_g-1)/2)}`,
    N = n(n-1)/2. Its denominator is the same in every order of y, so a test on S is a
    test on tau-b.

    The distribution over all orders needs no enumeration. If a series has I
    inversions, then :math:`S = N - \sum_g t_g(t_g-1)/2 - 2I`, and the number of
    distinct orders with i inversions is the coefficient of :math:`q^i` in the Gaussian
    multinomial :math:`[n]_q! / \prod_g [t_g]_q!` (MacMahon, 1915), found here in
    whole numbers. Without ties it is the distribution of Kendall (1938), used by
    `scipy.stats.kendalltau` (``method="exact"``), which refuses ties;
    `scipy.stats.permutation_test` cannot visit all 14! orders.
    """
    y, x = _check_ranks(y, x)
    return Kendall(float(stats.kendalltau(y, x).statistic), float(kendall_p(y, x)))


def kendall_s(y: npt.ArrayLike, x: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Count, for each series, the pairs that rise less the pairs that fall.

    Parameters
    ----------
    y, x : array_like, shapes (..., n) and (n,)
        Outcomes, ties allowed, and the regressor that all series share, no value twice.

    Returns
    -------
    numpy.ndarray of int64, shape (...)
        S of the Mann-Kendall test.
    """
    ordered = np.asarray(y, dtype=np.float64)[..., np.argsort(x)]
    s = np.zeros(ordered.shape[:-1], dtype=np.int64)
    for gap in range(1, ordered.shape[-1]):
        later, earlier = ordered[..., gap:], ordered[..., :-gap]
        s = s + (later > earlier).sum(axis=-1) - (later < earlier).sum(axis=-1)
    return s


def kendall_p(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    """Compute the exact p-value of `kendall` for each series, with its own ties.

    Series and regressor are as for `kendall_s`; the p-values, of shape (...), are
    two-sided, and 1 for a constant series.
    """
    outcomes = np.asarray(y, dtype=np.float64)
    rows = outcomes.reshape(-1, outcomes.shape[-1])
    size = np.abs(kendall_s(rows, x))
    in_order = np.sort(rows, axis=-1)
    new_value = np.diff(in_order, axis=-1) != 0
    p = np.empty(len(rows))
    untied = new_value.all(axis=-1)
    p[untied] = _kendall_tail((1,) * rows.shape[-1])[size[untied]]
    # Rows with the same groups of ties share one null distribution.
    tied = np.flatnonzero(~untied)
    patterns, which = np.unique(new_value[tied], axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        starts = np.flatnonzero(np.concatenate([[True], pattern, [True]]))
        alike = tied[which.ravel() == number]
        p[alike] = _kendall_tail(tuple(np.diff(starts).tolist()))[size[alike]]
    return p.reshape(outcomes.shape[:-1])


@cache
def _kendall_tail(groups: tuple[int, ...]) -> Floats:
    """Tabulate P(|S| >= s) for s = 0, 1, …, n(n-1)/2, by sizes of the tied groups."""
    counts = [1]
    placed = 0
    for size in groups:
        for item in range(1, size + 1):
            counts = _times_one_minus_power(counts, placed + item)
            counts = _over_one_minus_power(counts, item)
        placed += size
    untied = len(counts) - 1
    orders = sum(counts)
    s_of = [abs(untied - 2 * inversions) for inversions in range(untied + 1)]
    tail = [
        sum(number for number, s in zip(counts, s_of, strict=True) if s >= least)
        / orders
        for least in range(placed * (placed - 1) // 2 + 1)
    ]
    return np.array(tail)


def _times_one_minus_power(counts: list[int], power: int) -> list[int]:
    """Multiply a polynomial in q by 1 - q**power."""
    shifted = [0] * power + counts
    padded = counts + [0] * power
    return [one - other for one, other in zip(padded, shifted, strict=True)]


def _over_one_minus_power(counts: list[int], power: int) -> list[int]:
    """Divide a polynomial in q by 1 - q**power, which must divide it exactly."""
    quotient = counts[: len(counts) - power]
    for degree in range(power, len(quotient)):
        quotient[degree] += quotient[degree - power]
    return quotient


def _check_ranks(y: npt.ArrayLike, x: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Take two series as `check_series`, and refuse an x that is there twice."""
    y, x = check_series(y, x)
    if len(np.unique(x)) < len(x):
        msg = "x has a value twice: the order of those observations is not known."
        raise ValueError(msg)
    return y, x
