"""A coefficient with its inference, several tests as one family, and their power."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
import numpy.typing as npt
from scipy import linalg, optimize, stats
from statsmodels.stats.multitest import multipletests

from rfe_labour.inference.inputs import Floats, check_level, check_regressor, check_rho


@dataclass(frozen=True)
class Estimate:
    """A coefficient with its inference.

    Attributes
    ----------
    value, se : float
        Coefficient and standard error, in units of y per unit of x (per link unit
        for a GLM).
    df : float
        Degrees of freedom of the t distribution; ``inf`` for the normal.
    lower, upper : float
        Ends of the confidence interval.
    p : float
        Two-sided p-value of the hypothesis that the coefficient is 0.
    level : float
        Confidence level of the interval, between 0 and 1.
    """

    value: float
    se: float
    df: float
    lower: float
    upper: float
    p: float
    level: float


def estimate(value: float, se: float, df: float, level: float = 0.95) -> Estimate:
    r"""Judge a coefficient by the t distribution.

    Parameters
    ----------
    value, se : float
        Coefficient and standard error.
    df : float
        Degrees of freedom; ``inf`` stands for the normal distribution.
    level : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        With the interval :math:`value \pm t_{df}((1 + level)/2) \cdot se` and the
        two-sided p-value of :math:`value / se`.

    Raises
    ------
    ValueError
        If the value is not finite, the standard error or the degrees of freedom are
        not positive, or the level is not between 0 and 1.
    """
    check_level(level)
    if not isfinite(value) or not isfinite(se) or se <= 0:
        msg = (
            f"A coefficient of {value} with a standard error of {se} cannot be judged: "
            "both must be finite, and the error above 0."
        )
        raise ValueError(msg)
    if not df > 0:
        msg = f"The t distribution needs more than 0 degrees of freedom, not {df}."
        raise ValueError(msg)
    margin = float(stats.t.ppf((1 + level) / 2, df)) * se
    p = float(2 * stats.t.sf(abs(value) / se, df))
    return Estimate(value, se, df, value - margin, value + margin, p, level)


def holm(p_values: npt.ArrayLike) -> Floats:
    r"""Adjust p-values for the number of tests, by Holm's method.

    Parameters
    ----------
    p_values : array_like, shape (m,)
        One p-value per test of the family.

    Returns
    -------
    numpy.ndarray, shape (m,)
        Adjusted p-values in the same order. Rejecting those up to a makes the chance
        of any false rejection at most a, however the tests depend on each other.

    Raises
    ------
    ValueError
        If there is none, or one is missing or not between 0 and 1.

    Notes
    -----
    Holm (1979), as `statsmodels.stats.multitest.multipletests` computes it: the i-th
    smallest becomes :math:`\max_{j \le i} \min(1, (m - j + 1)\, p_{(j)})`.
    """
    values = np.asarray(p_values, dtype=np.float64)
    if values.ndim != 1 or not values.size or not ((values >= 0) & (values <= 1)).all():
        msg = "Holm's method needs one or more p-values, each between 0 and 1."
        raise ValueError(msg)
    adjusted: Floats = multipletests(values, method="holm")[1]
    return adjusted


def detectable_slope(
    x: npt.ArrayLike,
    sd: float,
    level: float = 0.95,
    power: float = 0.8,
    rho: float = 0.0,
) -> float:
    r"""Find the smallest true slope that these x would be likely to show.

    Parameters
    ----------
    x : array_like, shape (n,)
        The regressor, in order of time.
    sd : float
        Standard deviation of the errors around the line, in units of y.
    level : float
        The two-sided test rejects at 1 - level.
    power : float
        Wanted chance of rejection, above 1 - level and below 1.
    rho : float
        AR(1) coefficient of the errors. 0 is exact; see the notes for others.

    Returns
    -------
    float
        A positive slope, in units of y per unit of x.

    Raises
    ------
    ValueError
        If x has a missing or infinite value, n < 3 or it is constant; `sd` is not
        positive and finite; `level`, `power` or `rho` is out of range.

    Notes
    -----
    For independent normal errors the t statistic of a slope b follows the noncentral
    t with n - 2 degrees of freedom and noncentrality
    :math:`\delta = b \sqrt{\sum \tilde x^2} / sd`. The function solves
    :math:`P(|t_{n-2}(\delta)| > c) = power` with
    :math:`c = t_{n-2}((1 + level)/2)`, both tails included, and no approximation.

    With `rho`, the true standard deviation of the slope,
    :math:`sd\, \sqrt{\tilde x' R \tilde x} / \sum \tilde x^2` with
    :math:`R_{ts} = \rho^{|t-s|}`, takes the place of
    :math:`sd / \sqrt{\sum \tilde x^2}`. That describes a test of the right size that
    loses no more degrees of freedom, so it is a lower limit of what could be detected.
    """
    check_level(level)
    if not 1 - level < power < 1:
        msg = (
            f"A power lies between {1 - level:g} (the test's size) and 1, not {power}."
        )
        raise ValueError(msg)
    if not (isfinite(sd) and sd > 0):
        msg = f"The errors need a positive, finite standard deviation, not {sd}."
        raise ValueError(msg)
    check_rho(rho)
    x = check_regressor(x)
    df = len(x) - 2
    critical = stats.t.ppf((1 + level) / 2, df)

    def shortfall(delta: float) -> float:
        # SciPy gives NaN in the far lower tail, where the probability is nil.
        below = np.nan_to_num(stats.nct.cdf(-critical, df, delta))
        beyond = stats.nct.sf(critical, df, delta) + below
        return float(beyond) - power

    far = float(critical)
    while shortfall(far) < 0:
        far *= 2
    delta = float(optimize.brentq(shortfall, 0.0, far, xtol=1e-12))
    centred = x - x.mean()
    correlation = linalg.toeplitz(rho ** np.arange(len(x)))
    return delta * sd * sqrt(centred @ correlation @ centred) / float(centred @ centred)
