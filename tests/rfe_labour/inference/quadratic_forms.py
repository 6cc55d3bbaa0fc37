"""Exact rejection rates of ratios of quadratic forms, by numerical inversion.

A slope and each of its standard errors but the rank tests' are forms in the errors u:
b = c'u and se^2 = u'Gu. For normal u with covariance R, P(|b| > k se) is the chance
that a weighted sum of chi-squares is positive, which Imhof (1961) gives as an integral.
It shares no code and no random draw with what it tests.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from scipy.integrate import quad


def rejection_rate(
    years: np.ndarray, se_form: np.ndarray, critical: float, rho: float
) -> float:
    """Give P(|slope| > critical * se) for stationary AR(1) errors without a trend."""
    n = len(years)
    centred = years - years.mean()
    slope = centred / (centred**2).sum()
    lags = np.abs(np.arange(n)[:, None] - np.arange(n))
    root = np.linalg.cholesky(rho**lags)
    form = np.outer(slope, slope) - critical**2 * se_form
    return positive_probability(np.linalg.eigvalsh(root.T @ form @ root))


def positive_probability(weights: np.ndarray) -> float:
    """Give P(sum of weights * chi-squares with one degree of freedom > 0)."""
    scaled = weights / np.abs(weights).max()

    def integrand(u: float) -> float:
        angle = 0.5 * np.arctan(scaled * u).sum()
        return float(np.sin(angle) / (u * np.prod((1 + (scaled * u) ** 2) ** 0.25)))

    pieces = [0.0, 1.0, 10.0, 100.0, 1e3, 1e4, 1e6]
    area = sum(
        quad(integrand, low, high, limit=500)[0] for low, high in pairwise(pieces)
    )
    return 0.5 + area / np.pi


def form_of(variance: Callable[[np.ndarray], float], n: int) -> np.ndarray:
    """Recover the matrix G of a quadratic form from its values u'Gu."""
    unit = np.eye(n)
    single = np.array([variance(unit[i]) for i in range(n)])
    both = np.array([[variance(unit[i] + unit[j]) for j in range(n)] for i in range(n)])
    form = (both - single[:, None] - single) / 2
    form[np.diag_indices(n)] = single
    return form
