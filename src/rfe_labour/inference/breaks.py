"""One shift of level at an unknown year, judged under serially correlated errors."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from rfe_labour.inference.dependence import (
    LARGEST_RHO,
    ar1_coefficients,
    ar1_errors,
)
from rfe_labour.inference.fitted import line_of
from rfe_labour.inference.inputs import (
    Floats,
    check_level,
    check_replications,
)
from rfe_labour.inference.least_squares import residuals, slopes
from rfe_labour.inference.monte_carlo import FEWEST_FOR_RHO, assumed_rho

FEWEST_BESIDE_SHIFT = 3
"""So many observations lie at least on each side of a shift."""

# As in `monte_carlo`: arrays of so many series fit the processor's cache.
_AT_A_TIME = 1000

_RHO_GRID = np.append(np.linspace(0.0, 0.9, 10), [0.95, LARGEST_RHO])


@dataclass(frozen=True)
class LevelShift:
    """The shift of level that fits a series best.

    Attributes
    ----------
    f : float
        F statistic of the shift, with 1 and n - 3 degrees of freedom if its place had
        been known; infinite if the shift leaves no residual.
    place : int
        Number of observations before the shift.
    shift : float
        How much higher the level is from there on, in units of the outcome.
    slope : float
        Slope of the line on both sides of the shift, in units of the outcome per unit
        of the regressor.
    sd : float
        Standard deviation of what line and shift leave, with n - 3 degrees of freedom,
        in units of the outcome.
    """

    f: float
    place: int
    shift: float
    slope: float
    sd: float


@dataclass(frozen=True)
class ShiftTest:
    """How often so clear a shift arises where there is none.

    Attributes
    ----------
    p : float
        Simulated p-value, never 0: at least 1 / (replications + 1).
    rho : float
        The AR(1) coefficient that the simulated errors had.
    replications : int
        Number of simulated series.
    """

    p: float
    rho: float
    replications: int

    @property
    def error(self) -> float:
        """The Monte Carlo standard error of `p`."""
        return sqrt(self.p * (1 - self.p) / self.replications)


def shift_f(
    y: npt.ArrayLike, x: npt.ArrayLike, fewest: int = FEWEST_BESIDE_SHIFT
) -> Floats:
    r"""Compute the F statistic of a level shift at every admissible place.

    Parameters
    ----------
    y, x : array_like, shapes (..., n) and (n,)
        Outcomes, one series per row, and the regressor that all share, in order of
        time; n >= 4.
    fewest : int
        Least number of observations on each side of a shift, from 1 to n / 2.

    Returns
    -------
    numpy.ndarray, shape (..., n - 2 * fewest + 1)
        F of each series for a shift that begins with observation fewest + 1, …,
        n - fewest + 1.

    Notes
    -----
    With :math:`e` the residuals of the line, and :math:`\tilde d_k` what a line on x
    leaves of the dummy that is 1 from place k on, the shift removes
    :math:`(\tilde d_k'e)^2 / \tilde d_k'\tilde d_k` from the sum of squares
    :math:`e'e`, and F is that over what remains, times n - 3 (the theorem of Frisch,
    Waugh and Lovell).
    """
    errors = residuals(y, x)
    dummies = _dummies(x, fewest)
    removed = (errors @ dummies.T) ** 2 / np.vecdot(dummies, dummies)
    left = np.vecdot(errors, errors)[..., None] - removed
    with np.errstate(divide="ignore"):  # a perfect shift is infinitely clear
        return np.asarray((errors.shape[-1] - 3) * removed / np.maximum(left, 0.0))


def sup_f(fit: Any, fewest: int = FEWEST_BESIDE_SHIFT) -> LevelShift:
    r"""Find the level shift that, beside the straight line, fits a series best.

    Parameters
    ----------
    fit : statsmodels.regression.linear_model.RegressionResults
        A straight line by least squares, in order of time, whatever its covariance.
    fewest : int
        As for `shift_f`.

    Returns
    -------
    LevelShift
        The shift with the largest F. Of equal ones the first.

    Raises
    ------
    ValueError
        If the fit is no such line, or perfect; the regressor does not increase; or
        `fewest` is not from 1 to n / 2, or n < 4.

    Notes
    -----
    :math:`y_t = a + b x_t + d\,1(t \ge k) + e_t` for every k with at least `fewest`
    observations on each side: the supremum of Andrews (1993), "Tests for Parameter
    Instability and Structural Change with Unknown Change Point", *Econometrica* 61,
    821-856, for the constant alone (a partial change, as Bai and Perron, 1998,
    "Estimating and Testing Linear Models with Multiple Structural Changes",
    *Econometrica* 66, 47-78, call it). Its F has no F distribution, since the place is
    chosen by looking, and the critical values of Andrews need long series: see
    `ar1_sup_f`.
    """
    y, x = _line_in_time(fit, fewest)
    statistics = shift_f(y, x, fewest)
    best = int(statistics.argmax())
    place, dummy = fewest + best, _dummies(x, fewest)[best]
    shift = dummy @ residuals(y, x) / (dummy @ dummy)
    without = y - shift * (np.arange(len(y)) >= place)
    left = residuals(without, x)
    return LevelShift(
        f=float(statistics[best]),
        place=place,
        shift=float(shift),
        slope=float(slopes(without, x)),
        sd=sqrt(left @ left / (len(y) - 3)),
    )


def ar1_sup_f(
    fit: Any,
    rng: np.random.Generator,
    replications: int = 1999,
    rho: float | None = None,
    fewest: int = FEWEST_BESIDE_SHIFT,
) -> ShiftTest:
    r"""Compare the largest F of a level shift with its values without any shift.

    Parameters
    ----------
    fit : statsmodels.regression.linear_model.RegressionResults
        A straight line by least squares, in order of time, whatever its covariance.
    rng : numpy.random.Generator
        Source of the simulated errors.
    replications : int
        Number of simulated series; one less than a round number gives round p-values.
    rho : float or None
        AR(1) coefficient of the simulated errors, above -1 and below 1. None takes
        that of `ar1_coefficients` for the residuals of the line, which needs n >= 5.
    fewest : int
        As for `shift_f`.

    Returns
    -------
    ShiftTest
        The p-value, the coefficient used and the number of replications.

    Raises
    ------
    ValueError
        As `sup_f`; or if `replications` is below 1, or `rho` is not between -1 and 1,
        or is None though n < 5.

    Notes
    -----
    Each replication draws a stationary Gaussian series (`ar1_errors`) and takes its
    largest F over the same places; :math:`p = (1 + \#\{F^* \ge F\}) / (replications +
    1)`. F does not depend on intercept and slope of the line, nor on the scale of the
    errors, so the null hypothesis is a straight line, steep or level, with AR(1) errors
    around it, and :math:`\rho` is all that is taken from the data. If there is a shift,
    the line cannot follow it, and :math:`\hat\rho` and p come out too large.
    """
    y, x = _line_in_time(fit, fewest)
    check_replications(replications)
    rho = assumed_rho(residuals(y, x), rho)
    observed = shift_f(y, x, fewest).max()
    as_extreme = 0
    for done in range(0, replications, _AT_A_TIME):
        draws = rng.standard_normal((min(_AT_A_TIME, replications - done), len(y)))
        largest = shift_f(ar1_errors(draws, rho), x, fewest).max(axis=-1)
        as_extreme += int((largest >= observed).sum())
    return ShiftTest((1 + as_extreme) / (replications + 1), rho, replications)


def sup_f_rejections(
    courses: npt.ArrayLike,
    rng: np.random.Generator,
    replications: int = 1999,
    rho: npt.ArrayLike = 0.0,
    fewest: int = FEWEST_BESIDE_SHIFT,
    level: float = 0.95,
) -> Floats:
    r"""Simulate how often `ar1_sup_f` finds a shift in series with known courses.

    Parameters
    ----------
    courses : array_like, shape (..., n)
        What each series would be without errors, at n >= 5 steps of equal length, in
        standard deviations of its errors: all 0 gives the size of the test, 0 before a
        place and d from there on its power against a shift by d. A straight line added
        to them changes nothing.
    rng : numpy.random.Generator
        Source of all draws.
    replications : int
        Simulated series for each course, and as many behind each critical value.
    rho : array_like, broadcastable to shape (...)
        AR(1) coefficients of the errors, above -1 and below 1. The test does not know
        them: it takes that of `ar1_coefficients` in every series anew.
    fewest : int
        As for `shift_f`.
    level : float
        The test rejects where its p-value is at most 1 - level.

    Returns
    -------
    numpy.ndarray, shape (...)
        Shares of rejections, from 0 to 1.

    Raises
    ------
    ValueError
        If a course has fewer than 5 values, `replications` is below 1, or `level` is
        not between 0 and 1.

    Notes
    -----
    The null distribution depends on n, `fewest` and :math:`\hat\rho` alone, so its
    critical value is simulated once on a grid of 12 coefficients and interpolated, as
    in `rfe_labour.models.small_samples`. All courses see the same innovations.
    """
    courses = np.asarray(courses, dtype=np.float64)
    n = courses.shape[-1]
    check_replications(replications)
    check_level(level)
    if n < FEWEST_FOR_RHO:
        msg = f"A course has {FEWEST_FOR_RHO} values or more, not {n}."
        raise ValueError(msg)
    steps = np.arange(float(n))

    def largest(series: Floats) -> Floats:
        return np.asarray(shift_f(series, steps, fewest).max(axis=-1))

    draws = rng.standard_normal((replications, n))
    null = [largest(ar1_errors(draws, grid)) for grid in _RHO_GRID]
    critical = np.quantile(null, level, axis=-1)
    draws = rng.standard_normal((replications, n))

    def rejected(course: Floats, true: float) -> float:
        series = course + ar1_errors(draws, true)
        found = ar1_coefficients(residuals(series, steps))
        return float((largest(series) > np.interp(found, _RHO_GRID, critical)).mean())

    one_by_one = np.vectorize(rejected, signature="(n),()->()")
    return np.asarray(one_by_one(courses, rho))


def _dummies(x: npt.ArrayLike, fewest: int) -> Floats:
    """Give what a line on x leaves of each dummy, shape (places, n)."""
    n = len(np.asarray(x))
    starts = np.arange(fewest, n - fewest + 1)
    return residuals(np.arange(n) >= starts[:, None], x)


def _line_in_time(fit: Any, fewest: int) -> tuple[Floats, Floats]:
    """Take the series of a line in which shifts can be sought, or refuse it."""
    y, x = line_of(fit)
    if len(y) < 4 or not 1 <= fewest <= len(y) // 2:
        msg = (
            "A shift needs four observations, and from one to half of them on each "
            f"side; {len(y)} have not {fewest} on each."
        )
        raise ValueError(msg)
    if (np.diff(x) <= 0).any():
        msg = "The regressor does not increase: a shift needs the order of time."
        raise ValueError(msg)
    return y, x
