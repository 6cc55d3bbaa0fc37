"""How often each trend test is wrong in series as short as those of the article."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from rfe_labour import inference
from rfe_labour.inference import Floats
from rfe_labour.inference.inputs import check_replications, check_rho

HAC_LAGS = 2
"""Lags of the Newey-West standard errors."""

CRITICAL_DRAWS = 20_000
"""Simulated series behind each critical value of the AR(1)-calibrated tests."""

_RHO_GRID = np.append(np.linspace(0.0, 0.95, 20), [0.97, inference.LARGEST_RHO])


StandardError: TypeAlias = Callable[[Floats, Floats], Floats]
Rejections: TypeAlias = npt.NDArray[np.bool_]
Test: TypeAlias = Callable[[Floats, Floats, float, Floats], Rejections]


@dataclass(frozen=True)
class Method:
    """A test for a trend, whose size is simulated.

    Attributes
    ----------
    name : str
        Its name in the book's table.
    rejects : callable
        Tells for which series it finds a trend. It takes the series, shape (..., n),
        their years, the nominal size, and what `critical_values` gives for these two.
    draws : float
        Number of simulated series behind its critical value; infinite if it has none.
    """

    name: str
    rejects: Test
    draws: float = inf


def _beyond_t(se: StandardError, df: Callable[[int], float] = lambda n: n - 2) -> Test:
    def rejects(y: Floats, years: Floats, level: float, _: Floats) -> Rejections:
        critical = stats.t.ppf(1 - level / 2, df(len(years)))
        return np.asarray(_ratio(y, years, se) > critical)

    return rejects


def _beyond_ar1(corrected: bool) -> Test:
    def rejects(y: Floats, years: Floats, _: float, critical: Floats) -> Rejections:
        rho = inference.ar1_coefficients(inference.residuals(y, years), corrected)
        beyond = np.interp(rho, _RHO_GRID, critical)
        return np.asarray(_ratio(y, years, inference.hc3_se) > beyond)

    return rejects


def _ratio(y: Floats, years: Floats, se: StandardError) -> Floats:
    return np.abs(inference.slopes(y, years)) / se(y, years)


METHODS = {
    # slope / `hac_se` is beyond the normal's quantiles
    "hac_normal": Method(
        f"HAC({HAC_LAGS}), normal",
        _beyond_t(lambda y, x: inference.hac_se(y, x, HAC_LAGS), df=lambda _: inf),
    ),
    # the same with variance times n/(n - 2), and t(n - 2)
    "hac_t": Method(
        f"HAC({HAC_LAGS}), t and correction",
        _beyond_t(lambda y, x: inference.hac_se(y, x, HAC_LAGS, corrected=True)),
    ),
    # slope / `classical_se` is beyond the quantiles of t(n - 2)
    "ols": Method("OLS t", _beyond_t(inference.classical_se)),
    # slope / `hc3_se` is beyond those of t(n - 2)
    "hc3": Method("HC3 t", _beyond_t(inference.hc3_se)),
    # `kendall_p` is at most the level
    "kendall": Method(
        "Mann–Kendall, exact",
        lambda y, years, level, _: inference.kendall_p(y, years) <= level,
    ),
    # slope / `ewc_se` is beyond those of t with `ewc_degrees`
    "ewc": Method("EWC, t", _beyond_t(inference.ewc_se, df=inference.ewc_degrees)),
    # slope / `hc3_se` is beyond its values under an AR(1) with the residuals' own lag-1
    # autocorrelation, floored at 0
    "ar1_uncorrected": Method(
        "AR(1)-calibrated, uncorrected ρ",
        _beyond_ar1(corrected=False),
        draws=CRITICAL_DRAWS,
    ),
    # the same with the corrected one: `ar1_monte_carlo`
    "ar1": Method(
        "AR(1)-calibrated", _beyond_ar1(corrected=True), draws=CRITICAL_DRAWS
    ),
}
"""When each test rejects, by short name, in the order of the book's table."""

KEYS = {method.name: key for key, method in METHODS.items()}
"""The short names by those of the book's table."""


def size_table(
    replications: int,
    rng: np.random.Generator,
    lengths: Sequence[int] = (11, 14),
    rhos: Sequence[float] = (0.0, 0.4, 0.7),
    level: float = 0.05,
) -> pd.DataFrame:
    r"""Simulate how often each test finds a trend where there is none.

    Parameters
    ----------
    replications : int
        Simulated series per length and coefficient. 20,000 take about one second
        and leave a Monte Carlo error below 0.005.
    rng : numpy.random.Generator
        Source of all draws.
    lengths : sequence of int
        Numbers of years n, each 5 or more.
    rhos : sequence of float
        AR(1) coefficients of the errors, each above -1 and below 1.
    level : float
        Nominal size: a test rejects where its p-value is at most `level`.

    Returns
    -------
    pandas.DataFrame, shape (methods * lengths * rhos, 5)
        In long form: ``method`` (in the order of the book's table), ``n``, ``rho``,
        ``size`` (share of rejections, from 0 to 1) and ``mc_error`` (its standard
        error by simulation).

    Raises
    ------
    ValueError
        If `replications` is below 1, a length below 5, a coefficient not between -1
        and 1, or `level` not between 0 and 1.

    Notes
    -----
    Every series is a stationary Gaussian AR(1) (`inference.ar1_errors`) with no trend,
    tested against the years 1 to n by each of `METHODS`. Series of one length are made
    from the same innovations for every coefficient, and all tests see the same series,
    so that differences between cells are surer than `mc_error` says.

    A Monte Carlo within a Monte Carlo would draw the null distribution anew for every
    series. Since it depends on n and :math:`\hat\rho` alone, its critical value is
    computed once on a grid of 22 coefficients, from `CRITICAL_DRAWS` series each, and
    interpolated. The `mc_error` of these two tests counts those draws too.
    """
    check_replications(replications)
    for n in lengths:
        if n < inference.FEWEST_FOR_RHO:
            msg = f"Every length is {inference.FEWEST_FOR_RHO} or more; {n} is not."
            raise ValueError(msg)
    for rho in rhos:
        check_rho(rho)
    if not 0 < level < 1:
        msg = f"A nominal size lies between 0 and 1; {level} does not."
        raise ValueError(msg)
    rows = []
    for n in lengths:
        years = np.arange(1.0, n + 1)
        critical = critical_values(years, rng, level)
        innovations = rng.standard_normal((replications, n))
        for rho in rhos:
            series = inference.ar1_errors(innovations, rho)
            for place, method in enumerate(METHODS.values()):
                size = float(method.rejects(series, years, level, critical).mean())
                drawn = 1 / replications + 1 / method.draws
                error = sqrt(size * (1 - size) * drawn)
                rows.append((place, method.name, n, rho, size, error))
    columns = ["place", "method", "n", "rho", "size", "mc_error"]
    return pd.DataFrame(sorted(rows), columns=columns).drop(columns="place")


def critical_values(years: Floats, rng: np.random.Generator, level: float) -> Floats:
    """Simulate the upper quantile of the HC3 t under each coefficient of a grid.

    The grid has 22 AR(1) coefficients, from 0 to `inference.LARGEST_RHO`, and the same
    `CRITICAL_DRAWS` innovations for all.
    """
    innovations = rng.standard_normal((CRITICAL_DRAWS, len(years)))
    series = (inference.ar1_errors(innovations, rho) for rho in _RHO_GRID)
    ratios = (_ratio(one, years, inference.hc3_se) for one in series)
    return np.array([np.quantile(ratio, 1 - level) for ratio in ratios])
