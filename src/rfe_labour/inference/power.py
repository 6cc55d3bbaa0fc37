"""The smallest trend that so few years would be likely to show."""

from __future__ import annotations

from math import isfinite, sqrt

import numpy as np
import numpy.typing as npt
from scipy import linalg, optimize, stats

from rfe_labour.inference.inputs import check_level, check_regressor, check_rho


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
    Where `sd` is the scatter of residuals, it is lower still: see `kept_variance`.
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


def kept_variance(x: npt.ArrayLike, rho: float) -> float:
    r"""Give the share of the errors' variance that residuals show.

    Parameters
    ----------
    x : array_like, shape (n,)
        The regressor, in order of time.
    rho : float
        AR(1) coefficient of the errors, above -1 and below 1.

    Returns
    -------
    float
        1 if `rho` is 0. Below it for positive ones, because the line follows what the
        errors of neighbouring years have in common.

    Raises
    ------
    ValueError
        As `detectable_slope`, of x and `rho`.

    Notes
    -----
    The residuals are :math:`M u` with :math:`M = I - X (X'X)^{-1} X'`, so that their
    mean square over n - 2 has the expectation :math:`\sigma^2\, tr(M R) / (n - 2)`,
    with :math:`R_{ts} = \rho^{|t-s|}`.
    """
    check_rho(rho)
    x = check_regressor(x)
    correlation = linalg.toeplitz(rho ** np.arange(len(x)))
    axes = linalg.orth(np.column_stack([np.ones(len(x)), x - x.mean()]))
    fitted = float(np.trace(axes.T @ correlation @ axes))
    return (len(x) - fitted) / (len(x) - 2)
