"""What serial correlation does to a trend: measured, allowed for, and simulated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rfe_labour.inference.inputs import Floats
from rfe_labour.inference.least_squares import centred, residuals

LARGEST_RHO = 0.99
"""Beyond it, an AR(1) series is no longer told from a random walk."""


def ewc_degrees(n: int) -> int:
    r"""Choose the number of cosine terms for n observations.

    Parameters
    ----------
    n : int
        Number of observations.

    Returns
    -------
    int
        The whole number nearest to :math:`0.4\, n^{2/3}`, and at least 1: it is 2 for
        n from 8 to 15, hence for each table of the article.

    Notes
    -----
    The rule is equation (4) of Lazarus, Lewis, Stock and Watson (2018). It was made
    for long series, where it hardly matters how it becomes a whole number; here it
    does, and the replication code of others variously rounds down, to the nearest or
    up. Rounding down would leave a single term for n = 11, where 0.4 n^(2/3) = 1.98.
    """
    return max(1, round(float(0.4 * n ** (2 / 3))))


def ewc_se(y: npt.ArrayLike, x: npt.ArrayLike, degrees: int | None = None) -> Floats:
    """Compute the equal-weighted cosine standard error of each slope, as in `ewc`.

    Arguments and result are as for `classical_se`, the series in order of time;
    without `degrees` there are `ewc_degrees` cosine terms.
    """
    deviation = centred(x)
    n = len(deviation)
    terms = ewc_degrees(n) if degrees is None else degrees
    projections = cosine_projections(residuals(y, x) * deviation, terms)
    root = np.sqrt(n * (projections**2).mean(axis=-1))
    return np.asarray(root / (deviation @ deviation))


def cosine_projections(scores: Floats, terms: int) -> Floats:
    r"""Project series of shape (..., n) on the first cosine terms, shape (..., terms).

    They are the :math:`\Lambda_j` of `rfe_labour.inference.ewc`.
    """
    n = scores.shape[-1]
    frequencies = np.outer((np.arange(n) + 0.5) / n, np.arange(1, terms + 1))
    return np.asarray(scores @ (np.sqrt(2 / n) * np.cos(np.pi * frequencies)))


def hac_se(
    y: npt.ArrayLike, x: npt.ArrayLike, lags: int = 2, corrected: bool = False
) -> Floats:
    r"""Compute the Newey-West standard error of each slope.

    Parameters
    ----------
    y, x : array_like, shapes (..., n) and (n,)
        As for `classical_se`, in order of time.
    lags : int
        Number of autocovariances, from 0 to n - 1.
    corrected : bool
        Whether to multiply the variance by n / (n - 2), the small-sample correction of
        statsmodels (``use_correction=True``) and Stata.

    Returns
    -------
    numpy.ndarray, shape (...)
        Standard errors, in units of y per unit of x.

    Notes
    -----
    Newey and West (1987), with scores :math:`z_t = \tilde x_t e_t`:
    :math:`se^2 = \big[\sum_t z_t^2 + 2 \sum_{l=1}^{L} (1 - \tfrac{l}{L+1})
    \sum_{t>l} z_t z_{t-l}\big] / (\sum \tilde x_t^2)^2`. Shown as a warning only: it
    rejects far too often in series as short as these.
    """
    deviation = centred(x)
    n = len(deviation)
    scores = residuals(y, x) * deviation
    long_run = (scores**2).sum(axis=-1)
    for lag in range(1, lags + 1):
        products = (scores[..., lag:] * scores[..., :-lag]).sum(axis=-1)
        long_run = long_run + 2 * (1 - lag / (lags + 1)) * products
    correction = n / (n - 2) if corrected else 1.0
    return np.asarray(np.sqrt(correction * long_run) / (deviation @ deviation))


def ar1_coefficients(errors: npt.ArrayLike, corrected: bool = True) -> Floats:
    r"""Estimate the AR(1) coefficient of the errors around a straight line.

    Parameters
    ----------
    errors : array_like, shape (..., n)
        Residuals from the line in order of time, one series per row; n >= 5.
    corrected : bool
        Whether to correct the first-order bias that fitting the line brings.

    Returns
    -------
    numpy.ndarray, shape (...)
        Coefficients from 0 to `LARGEST_RHO`.

    Notes
    -----
    Residuals from a fitted line cross zero more often than the errors did: the
    expectation of their lag-1 autocorrelation :math:`r` is about
    :math:`\rho - (2 + 4\rho)/n`. Solved for :math:`\rho`, that is

    .. math:: \hat\rho = (n r + 2) / (n - 4) ,

    as Orcutt and Winokur (1969) do for a fitted mean. Values below 0 become 0, since
    errors that alternate would make a test reject more easily, on the word of a
    coefficient that n = 11 or 14 does not determine; values above `LARGEST_RHO` become
    that. Without the correction, calibration by this coefficient hardly helps: of true
    nulls with :math:`\rho = 0.7`, about 22 per cent are rejected rather than 13 or 14.
    With it, the coefficient is still too low where it is large: for a true 0.8 its
    median is about 0.60 for n = 11 and 0.65 for n = 14.
    """
    autocorrelations = lag1_autocorrelation(errors)
    if corrected:
        n = np.shape(errors)[-1]
        autocorrelations = (n * autocorrelations + 2) / (n - 4)
    return np.clip(autocorrelations, 0.0, LARGEST_RHO)


def ar1_errors(innovations: npt.ArrayLike, rho: float | Floats) -> Floats:
    r"""Turn independent draws into stationary AR(1) series.

    Parameters
    ----------
    innovations : array_like, shape (..., n)
        Independent draws with mean 0 and variance 1.
    rho : float or numpy.ndarray, broadcastable to shape (...)
        AR(1) coefficients, above -1 and below 1.

    Returns
    -------
    numpy.ndarray, shape (..., n)
        :math:`u_1 = z_1` and :math:`u_t = \rho u_{t-1} + \sqrt{1-\rho^2}\, z_t`, so
        that every value has variance 1.
    """
    # In this order, the values of one step lie side by side in memory.
    series = np.array(innovations, dtype=np.float64, order="F")
    scale = np.sqrt(1 - np.square(rho))
    for step in range(1, series.shape[-1]):
        series[..., step] = rho * series[..., step - 1] + scale * series[..., step]
    return series


def lag1_autocorrelation(errors: npt.ArrayLike) -> Floats:
    r"""Measure how far each residual resembles the one before it.

    Parameters
    ----------
    errors : array_like, shape (..., n)
        Residuals in order of time, one series per row. They are not centred again.

    Returns
    -------
    numpy.ndarray, shape (...)
        :math:`\sum_{t \ge 2} e_t e_{t-1} / \sum_{t \ge 1} e_t^2`, above -1 and
        below 1.

    Raises
    ------
    ValueError
        If there are fewer than two residuals, one is missing or infinite, or all of a
        series are 0.
    """
    series = np.asarray(errors, dtype=np.float64)
    if not series.ndim or series.shape[-1] < 2 or not np.isfinite(series).all():
        msg = "A lag-1 autocorrelation needs two or more residuals, none missing."
        raise ValueError(msg)
    if not series.any(axis=-1).all():
        msg = "The residuals are all 0: they have no autocorrelation."
        raise ValueError(msg)
    products = np.vecdot(series[..., 1:], series[..., :-1])
    return np.asarray(products / np.vecdot(series, series))
