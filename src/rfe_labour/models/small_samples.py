"""How often tests and intervals of a trend are wrong in series of so few years."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan, sqrt
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import linalg, signal, stats

from rfe_labour import inference
from rfe_labour.inference import Floats
from rfe_labour.inference.inputs import check_replications, check_rho

HAC_LAGS = 2
"""Lags of the Newey-West standard errors."""

CRITICAL_DRAWS = 20_000
"""Simulated series behind each critical value of the AR(1)-calibrated tests."""

_RHO_GRID = np.append(np.linspace(0.0, 0.95, 20), [0.97, inference.LARGEST_RHO])


RHOS = (0.0, 0.4, 0.7, 0.8, 0.9)
"""The AR(1) coefficients of the book's tables."""

StandardError: TypeAlias = Callable[[Floats, Floats], Floats]
Margin: TypeAlias = Callable[[Floats, Floats, float, Floats], Floats]


@dataclass(frozen=True)
class Method:
    """A test for a trend, with the interval that inverts it.

    Attributes
    ----------
    name : str
        Its name in the book's table.
    margin : callable or None
        Half the width of the interval of each series. It takes the series, shape
        (..., n), their years, the nominal size, and what `critical_values` gives for
        these two. None stands for the exact Mann-Kendall test.
    draws : float
        Number of simulated series behind its critical value; infinite if it has none.
    """

    name: str
    margin: Margin | None
    draws: float = inf

    def rejects(
        self, y: Floats, years: Floats, level: float, critical: Floats
    ) -> npt.NDArray[np.bool_]:
        """Tell for which series it finds a trend; arguments are those of `margin`."""
        if self.margin is None:
            return np.asarray(inference.kendall_p(y, years) <= level)
        margin = self.margin(y, years, level, critical)
        return np.asarray(np.abs(inference.slopes(y, years)) > margin)


def _by_t(se: StandardError, df: Callable[[int], float] = lambda n: n - 2) -> Margin:
    def margin(y: Floats, years: Floats, level: float, _: Floats) -> Floats:
        quantile: float = stats.t.ppf(1 - level / 2, df(len(years)))
        return quantile * se(y, years)

    return margin


def _by_ar1(corrected: bool) -> Margin:
    def margin(y: Floats, years: Floats, _: float, critical: Floats) -> Floats:
        rho = inference.ar1_coefficients(inference.residuals(y, years), corrected)
        return np.interp(rho, _RHO_GRID, critical) * inference.hc3_se(y, years)

    return margin


calibrated_margin = _by_ar1(corrected=True)
"""The `Method.margin` of the calibrated test that the book reports."""

METHODS = {
    # slope / `hac_se` is beyond the normal's quantiles
    "hac_normal": Method(
        f"HAC({HAC_LAGS}), normal",
        _by_t(lambda y, x: inference.hac_se(y, x, HAC_LAGS), df=lambda _: inf),
    ),
    # the same with variance times n/(n - 2), and t(n - 2)
    "hac_t": Method(
        f"HAC({HAC_LAGS}), t and correction",
        _by_t(lambda y, x: inference.hac_se(y, x, HAC_LAGS, corrected=True)),
    ),
    # slope / `classical_se` is beyond the quantiles of t(n - 2)
    "ols": Method("OLS t", _by_t(inference.classical_se)),
    # slope / `hc3_se` is beyond those of t(n - 2)
    "hc3": Method("HC3 t", _by_t(inference.hc3_se)),
    # `kendall_p` is at most the level
    "kendall": Method("Mann–Kendall, exact", margin=None),
    # slope / `ewc_se` is beyond those of t with `ewc_degrees`
    "ewc": Method("EWC, t", _by_t(inference.ewc_se, df=inference.ewc_degrees)),
    # slope / `hc3_se` is beyond its values under an AR(1) with the residuals' own lag-1
    # autocorrelation, floored at 0
    "ar1_uncorrected": Method(
        "AR(1)-calibrated, uncorrected ρ",
        _by_ar1(corrected=False),
        draws=CRITICAL_DRAWS,
    ),
    # the same with the corrected one: `ar1_monte_carlo`
    "ar1": Method("AR(1)-calibrated", calibrated_margin, draws=CRITICAL_DRAWS),
}
"""Each test and when it rejects, by short name, in the order of the book's table."""

KEYS = {method.name: key for key, method in METHODS.items()}
"""The short names by those of the book's table."""

OTHER_ERRORS = {
    "AR(1) and noise": "ar1_and_noise",
    "AR(2)": "ar2",
    "AR(1), t(3) shocks": "heavy_tails",
    "random walk": "random_walk",
    "random walk and noise": "random_walk_and_noise",
}
"""Errors that the calibrated test does not simulate, and their short names."""


def size_table(
    replications: int,
    rng: np.random.Generator,
    lengths: Sequence[int] = (11, 14),
    rhos: Sequence[float] = RHOS,
    level: float = 0.05,
) -> pd.DataFrame:
    r"""Simulate how often each test is wrong, and how wide its interval is.

    Parameters
    ----------
    replications : int
        Simulated series per length and coefficient. 20,000 take about two seconds
        and leave a Monte Carlo error below 0.005.
    rng : numpy.random.Generator
        Source of all draws.
    lengths : sequence of int
        Numbers of years n, each 5 or more.
    rhos : sequence of float
        AR(1) coefficients of the errors, each above -1 and below 1.
    level : float
        Nominal size: a test rejects where its p-value is at most `level`, and its
        interval has the confidence 1 - level.

    Returns
    -------
    pandas.DataFrame, shape (methods * lengths * rhos, 8)
        In long form: ``method`` (in the order of the book's table), ``n``, ``rho``,
        ``size`` (share of rejections, from 0 to 1) and ``mc_error`` (its standard
        error by simulation); of the interval, in multiples of the width it would have
        if the variance and the coefficient were known, ``width`` (median) and
        ``narrow`` (the 5 per cent quantile); and ``stretch``, the factor by which
        every interval would have to be wider to cover the slope as often as it claims.
        The last three are missing for the Mann-Kendall test.

    Raises
    ------
    ValueError
        If `replications` is below 1, a length below 5, a coefficient not between -1
        and 1, or `level` not between 0 and 1.

    Notes
    -----
    Every series is a stationary Gaussian AR(1) (`inference.ar1_errors`) with no trend,
    tested against the years 1 to n by each of `METHODS`. A trend added to it would
    change neither its residuals nor a standard error, so an interval covers a slope of
    any size in 1 - ``size`` of the series. With coefficient and variance known, the
    slope is normal with the variance of `inference.detectable_slope`. Series of one
    length are made from the same innovations for every coefficient, and all tests see
    the same series, so that differences between cells are surer than `mc_error` says.

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
            slopes = np.abs(inference.slopes(series, years))
            known = stats.norm.ppf(1 - level / 2) * _slope_sd(years, rho)
            for place, method in enumerate(METHODS.values()):
                width = narrow = stretch = nan
                if method.margin is None:
                    rejected = method.rejects(series, years, level, critical)
                else:
                    margin = method.margin(series, years, level, critical)
                    rejected = slopes > margin
                    narrow, width = np.quantile(margin, [0.05, 0.5]) / known
                    stretch = np.quantile(slopes / margin, 1 - level)
                size = float(rejected.mean())
                drawn = 1 / replications + 1 / method.draws
                error = sqrt(size * (1 - size) * drawn)
                interval = (width, narrow, stretch)
                rows.append((place, method.name, n, rho, size, error, *interval))
    columns = ["place", "method", "n", "rho", "size", "mc_error"]
    columns += ["width", "narrow", "stretch"]
    return pd.DataFrame(sorted(rows), columns=columns).drop(columns="place")


def sizes_elsewhere(
    replications: int,
    rng: np.random.Generator,
    lengths: Sequence[int] = (11, 14),
    level: float = 0.05,
) -> pd.DataFrame:
    r"""Simulate the sizes of two tests where errors are no Gaussian AR(1).

    Parameters
    ----------
    replications : int
        Simulated series per length and kind of errors, and behind each critical value.
    rng : numpy.random.Generator
        Source of all draws.
    lengths : sequence of int
        Numbers of years, each 5 or more.
    level : float
        Nominal size.

    Returns
    -------
    pandas.DataFrame, shape (lengths * kinds * 2, 5)
        In long form: ``n``, ``errors`` (a key of `OTHER_ERRORS`), ``method`` (the
        calibrated test and EWC), ``size`` and its standard error ``mc_error``.

    Notes
    -----
    With independent :math:`z_t` and :math:`w_t` of variance 1, the errors are an AR(1)
    with 0.9 and variance 1, plus :math:`w_t`; the AR(2)
    :math:`u_t = 0.3 u_{t-1} + 0.5 u_{t-2} + z_t`; an AR(1) with 0.8 whose shocks have
    Student's t with 3 degrees of freedom; :math:`\sum_{s \le t} z_s`; and this plus
    :math:`w_t`. The stationary ones start long before the first year.
    """
    rows = []
    for n in lengths:
        years = np.arange(1.0, n + 1)
        critical = critical_values(years, rng, level, replications)
        for errors, series in _other_errors(replications, n, rng):
            for key in ("ar1", "ewc"):
                method = METHODS[key]
                rejected = method.rejects(series, years, level, critical)
                size = float(rejected.mean())
                drawn = (1 + isfinite(method.draws)) / replications
                error = sqrt(size * (1 - size) * drawn)
                rows.append((n, errors, method.name, size, error))
    return pd.DataFrame(rows, columns=["n", "errors", "method", "size", "mc_error"])


def _other_errors(
    series: int, n: int, rng: np.random.Generator
) -> Iterator[tuple[str, Floats]]:
    """Draw series of each kind of `OTHER_ERRORS`, of shape (series, n)."""
    before = 50  # years after which the start of a stationary series no longer matters
    normal = rng.standard_normal((series, before + n))
    noise = rng.standard_normal((series, n))
    heavy = rng.standard_t(3, (series, before + n))
    walk = normal[:, before:].cumsum(axis=1)
    yield "AR(1) and noise", inference.ar1_errors(normal[:, before:], 0.9) + noise
    yield "AR(2)", signal.lfilter([1.0], [1.0, -0.3, -0.5], normal)[:, before:]
    yield "AR(1), t(3) shocks", inference.ar1_errors(heavy, 0.8)[:, before:]
    yield "random walk", walk
    yield "random walk and noise", walk + noise


def _slope_sd(years: Floats, rho: float) -> float:
    """Give the standard deviation of the slope of AR(1) errors with variance 1."""
    deviation = years - years.mean()
    correlation = linalg.toeplitz(rho ** np.arange(len(years)))
    squares = float(deviation @ deviation)
    return sqrt(deviation @ correlation @ deviation) / squares


def critical_values(
    years: Floats,
    rng: np.random.Generator,
    level: float,
    draws: int = CRITICAL_DRAWS,
) -> Floats:
    """Simulate the upper quantile of the HC3 t under each coefficient of a grid.

    The grid has 22 AR(1) coefficients, from 0 to `inference.LARGEST_RHO`, and the same
    `draws` series of innovations for all.
    """
    innovations = rng.standard_normal((draws, len(years)))
    series = (inference.ar1_errors(innovations, rho) for rho in _RHO_GRID)
    ratios = (np.abs(inference.hc3_t(one, years)) for one in series)
    return np.array([np.quantile(ratio, 1 - level) for ratio in ratios])
