"""The p-value and the interval of a trend, from serially correlated errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rfe_labour.inference.calibrated import MonteCarlo
from rfe_labour.inference.dependence import (
    LARGEST_RHO,
    ar1_coefficients,
    ar1_errors,
)
from rfe_labour.inference.fitted import line_of
from rfe_labour.inference.inputs import (
    Floats,
    check_leverage,
    check_replications,
    check_rho,
)
from rfe_labour.inference.least_squares import (
    hc3_se,
    hc3_t,
    leverage,
    residuals,
    slopes,
)

FEWEST_FOR_RHO = 5
"""The correction of `ar1_coefficients` divides by n - 4."""

# Series simulated together: their arrays fit the processor's cache, where those of all
# would take megabytes that a process keeps.
_AT_A_TIME = 1000


def ar1_monte_carlo(
    fit: Any,
    rng: np.random.Generator,
    replications: int = 1999,
    rho: float | None = None,
) -> MonteCarlo:
    r"""Compare the HC3 t statistic of the slope with its values under AR(1) errors.

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
        that of `ar1_coefficients`, which needs n >= 5.

    Returns
    -------
    MonteCarlo
        The slope with its p-value, its interval at any level, and the coefficient used.

    Raises
    ------
    ValueError
        If the fit is no such line, or perfect; one observation alone decides its slope;
        `replications` is below 1; or `rho` is not between -1 and 1, or is None though
        n < 5.

    Notes
    -----
    The statistic is the slope over its HC3 standard error. Each replication draws a
    stationary Gaussian series without a trend (`ar1_errors`), regresses it on an
    intercept and the same x, and takes the same t. The t of the errors does not depend
    on intercept or slope, nor on the scale of the errors, so that :math:`\rho` is the
    only thing taken from the data. In short series it cannot be taken well: the test
    still rejects too often under strong correlation, as
    `rfe_labour.models.small_samples` shows.
    """
    y, x = line_of(fit)
    check_leverage(leverage(x))

    def ratios(series: Floats) -> Floats:
        return np.abs(hc3_t(series, x))

    estimate = float(slopes(y, x)), float(hc3_se(y, x))
    return calibrate(estimate, residuals(y, x), ratios, rng, replications, rho)


def assumed_rho(errors: Floats, rho: float | None) -> float:
    """Check the AR(1) coefficient that is given, or take that of the residuals."""
    if rho is None:
        if len(errors) < FEWEST_FOR_RHO:
            msg = (
                "An AR(1) coefficient around a trend needs at least "
                f"{FEWEST_FOR_RHO} observations, not {len(errors)}; give rho instead."
            )
            raise ValueError(msg)
        rho = float(ar1_coefficients(errors))
    check_rho(rho)
    return rho


def calibrate(
    estimate: tuple[float, float],
    errors: Floats,
    ratios: Callable[[Floats], Floats],
    rng: np.random.Generator,
    replications: int,
    rho: float | None,
) -> MonteCarlo:
    """Set a slope and its standard error beside their ratios in AR(1) series.

    `errors` are the residuals, shape (n,), which give the coefficient if `rho` is None;
    `ratios` takes simulated errors, shape (series, n), to absolute ratios.
    """
    check_replications(replications)
    estimated = rho is None
    rho = assumed_rho(errors, rho)
    found = np.empty(replications)
    for done in range(0, replications, _AT_A_TIME):
        part = found[done : done + _AT_A_TIME]
        draws = rng.standard_normal((len(part), len(errors)))
        part[:] = ratios(ar1_errors(draws, rho))
    floored, capped = (estimated and rho == end for end in (0, LARGEST_RHO))
    return MonteCarlo(*estimate, rho, found, floored, capped)
