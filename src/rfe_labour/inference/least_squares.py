"""Straight lines by least squares, many at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rfe_labour.inference.inputs import Floats


def slopes(
    y: npt.ArrayLike, x: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> Floats:
    r"""Fit a straight line to each series by least squares.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes, one series per row.
    x : array_like, shape (n,) or (..., n)
        The regressor: one that all series share, or one for each.
    weights : array_like, shape (..., n), or None
        Weights of the observations of each series: 0 leaves one out. None weighs all
        alike.

    Returns
    -------
    numpy.ndarray, shape (...)
        :math:`\sum w_i \tilde x_i y_i / \sum w_i \tilde x_i^2` of each series, with
        :math:`\tilde x` from the weighted mean; in units of y per unit of x.
    """
    return _slopes(centred(y, weights), centred(x, weights), weights)


def _slopes(y: Floats, x: Floats, weights: npt.ArrayLike | None = None) -> Floats:
    """Fit the lines as `slopes`, but to what is centred already."""
    weighted = x if weights is None else np.asarray(weights) * x
    return np.asarray(np.vecdot(weighted, y) / np.vecdot(weighted, x))


def residuals(
    y: npt.ArrayLike, x: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> Floats:
    """Subtract from each series, given as for `slopes`, its least-squares line.

    The residuals have the shape (..., n) and the units of y.
    """
    y, x = centred(y, weights), centred(x, weights)
    return y - _slopes(y, x, weights)[..., None] * x


def classical_se(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    r"""Compute the standard error of each slope for independent, equal errors.

    Parameters
    ----------
    y, x : array_like, shapes (..., n) and (n,)
        Outcomes, and the regressor that all series share.

    Returns
    -------
    numpy.ndarray, shape (...)
        :math:`\sqrt{\sum e_i^2 / (n-2) / \sum \tilde x_i^2}` of each series.
    """
    errors, deviation = residuals(y, x), centred(x)
    variance = np.vecdot(errors, errors) / (len(deviation) - 2)
    return np.asarray(np.sqrt(variance / (deviation @ deviation)))


def hc3_se(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    r"""Compute the HC3 standard error of each slope, in units of y per unit of x.

    The arguments are as for `classical_se`.

    Notes
    -----
    With :math:`\tilde x_i = x_i - \bar x`, residuals :math:`e_i` and leverages
    :math:`h_i = 1/n + \tilde x_i^2 / \sum \tilde x^2`,

    .. math:: se^2 = \sum_i \tilde x_i^2 \frac{e_i^2}{(1-h_i)^2}
              \Big/ \Big(\sum_i \tilde x_i^2\Big)^2 .

    HC3 is that of MacKinnon and White (1985) in the form of Davidson and MacKinnon
    (1993). It allows for unequal variances, not for serial correlation.
    """
    return np.sqrt(residuals(y, x) ** 2 @ _hc3_weights(x))


def hc3_t(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    """Divide each slope by its `hc3_se`; arguments as for `classical_se`."""
    y, deviation = centred(y), centred(x)
    slope = _slopes(y, deviation)
    errors = y - slope[..., None] * deviation
    return np.asarray(slope / np.sqrt(errors**2 @ _hc3_weights(x)))


def _hc3_weights(x: npt.ArrayLike) -> Floats:
    """Give each squared residual its weight in the HC3 variance of the slope."""
    deviation = centred(x)
    weights: Floats = deviation / (1 - leverage(x)) / (deviation @ deviation)
    return weights**2


def centred(values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Floats:
    """Subtract from each series, of shape (..., n), its mean or weighted mean."""
    series = np.asarray(values, dtype=np.float64)
    mean: Floats
    if weights is None:
        mean = series.mean(axis=-1, keepdims=True)
    else:
        series, weights = np.broadcast_arrays(series, weights)
        mean = np.average(series, axis=-1, weights=weights, keepdims=True)
    return series - mean


def leverage(x: npt.ArrayLike) -> Floats:
    """Give the leverage of each of n observations of a line, from 1 / n to 1."""
    deviation = centred(x)
    return 1 / len(deviation) + deviation**2 / (deviation @ deviation)
