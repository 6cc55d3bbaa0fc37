"""How often each trend test is wrong in series as short as those of the article."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from rfe_labour import inference

Floats: TypeAlias = npt.NDArray[np.float64]
Rejections: TypeAlias = npt.NDArray[np.bool_]
Statistic: TypeAlias = Callable[[Floats, Floats], Floats]

HAC_LAGS = 2
"""Lags of the Newey-West standard errors."""

CRITICAL_DRAWS = 20_000
"""Simulated series behind each critical value of the AR(1)-calibrated tests."""

KEYS = {
    "HAC(2), normal": "hac_normal",
    "HAC(2), t and correction": "hac_t",
    "OLS t": "ols",
    "HC3 t": "hc3",
    "Mann–Kendall, exact": "kendall",
    "EWC, t": "ewc",
    "AR(1), uncorrected ρ": "ar1_uncorrected",
    "AR(1) Monte Carlo": "ar1",
}
"""Short names of the methods, in the order of the book's table."""

PLANNED = {
    "hac_normal": (0.23, 0.20, 0.36, 0.32, 0.49, 0.44),
    "hac_t": (0.15, 0.13, 0.26, 0.24, 0.40, 0.37),
    "ols": (0.05, 0.05, 0.17, 0.18, 0.35, 0.36),
    "hc3": (0.04, 0.04, 0.13, 0.15, 0.29, 0.31),
    "kendall": (0.04, 0.05, 0.13, 0.16, 0.28, 0.31),
    "ewc": (0.09, 0.09, 0.11, 0.11, 0.18, 0.15),
    "ar1": (0.03, 0.04, 0.08, 0.08, 0.13, 0.14),
}
"""Sizes from the simulation by which the methods of this book were planned.

By method, for n = 11 and 14 at rho = 0, then at 0.4, then at 0.7; nominal size 0.05.
They come from another program with fewer replications, and serve as a check.
"""

_RHO_GRID = np.append(np.linspace(0.0, 0.95, 20), [0.97, inference.LARGEST_RHO])


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
    tested against the years 1 to n. Series of one length are made from the same
    innovations for every coefficient, and all tests see the same series, so that
    differences between cells are surer than `mc_error` says.

    ========================== ========================================================
    method                     rejects where
    ========================== ========================================================
    HAC(2), normal             slope / `hac_se` is beyond the normal's quantiles
    HAC(2), t and correction   the same with variance times n/(n - 2), and t(n - 2)
    OLS t                      slope / `classical_se` is beyond those of t(n - 2)
    HC3 t                      slope / `hc3_se` is beyond those of t(n - 2)
    Mann–Kendall, exact        `kendall_p` is at most `level`
    EWC, t                     slope / `ewc_se` is beyond those of t with `ewc_degrees`
    AR(1), uncorrected ρ       slope / `hc3_se` is beyond its values under an AR(1) with
                               the residuals' own lag-1 autocorrelation, floored at 0
    AR(1) Monte Carlo          the same with the corrected one: `ar1_monte_carlo`
    ========================== ========================================================

    A Monte Carlo within a Monte Carlo would draw the null distribution anew for every
    series. Since it depends on n and :math:`\hat\rho` alone, its critical value is
    computed once on a grid of 22 coefficients, from `CRITICAL_DRAWS` series each, and
    interpolated. The `mc_error` of these two tests counts those draws too.
    """
    _check(replications, lengths, rhos, level)
    rows = []
    for n in lengths:
        years = np.arange(1.0, n + 1)
        methods = _methods(years, rng, level)
        innovations = rng.standard_normal((replications, n))
        for rho in rhos:
            series = inference.ar1_errors(innovations, rho)
            rows += [
                (method, n, rho, rejects(series).mean(), draws)
                for method, (rejects, draws) in methods.items()
            ]
    table = pd.DataFrame(rows, columns=["method", "n", "rho", "size", "draws"])
    variance = table["size"] * (1 - table["size"])
    table["mc_error"] = np.sqrt(variance * (1 / replications + 1 / table["draws"]))
    order = pd.CategoricalDtype(table["method"].unique().tolist(), ordered=True)
    table["method"] = table["method"].astype(order)
    table = table.sort_values(["method", "n", "rho"], ignore_index=True)
    return table.drop(columns="draws").astype({"method": "str"})


def results(sizes: pd.DataFrame) -> dict[str, float]:
    """Gather the numbers that the prose about sizes states.

    Parameters
    ----------
    sizes : pandas.DataFrame
        As `size_table` returns it.

    Returns
    -------
    dict of str to float
        ``<method>.<n>.<rho>`` with the short names of `KEYS` and ten times rho, for
        example ``hc3.11.7``: shares of 1. ``largest_error``: the largest ``mc_error``.
        ``largest_rho``: the strongest correlation of the years that was simulated.
    """
    values = {
        f"{KEYS[row['method']]}.{row['n']}.{10 * row['rho']:.0f}": float(row["size"])
        for row in sizes.to_dict("records")
    }
    return values | {
        "largest_error": float(sizes["mc_error"].max()),
        "largest_rho": float(sizes["rho"].max()),
    }


def _methods(
    years: Floats, rng: np.random.Generator, level: float
) -> dict[str, tuple[Callable[[Floats], Rejections], float]]:
    """Pair each test with the number of draws behind its critical value."""
    n = len(years)
    normal = stats.norm.ppf(1 - level / 2)
    t = stats.t.ppf(1 - level / 2, n - 2)
    cosine_t = stats.t.ppf(1 - level / 2, inference.ewc_degrees(n))
    calibrated = _critical_values(years, rng, level)

    def beyond(
        critical: float, se: Statistic
    ) -> tuple[Callable[[Floats], Rejections], float]:
        return lambda y: _ratio(y, years, se) > critical, np.inf

    def hac(y: Floats, x: Floats) -> Floats:
        return inference.hac_se(y, x, HAC_LAGS)

    def corrected_hac(y: Floats, x: Floats) -> Floats:
        return inference.hac_se(y, x, HAC_LAGS, corrected=True)

    def ar1(corrected: bool) -> tuple[Callable[[Floats], Rejections], float]:
        def rejects(y: Floats) -> Rejections:
            errors = inference.residuals(y, years)
            rho = inference.ar1_coefficients(errors, corrected)
            critical = np.interp(rho, _RHO_GRID, calibrated)
            return _ratio(y, years, inference.hc3_se) > critical

        return rejects, CRITICAL_DRAWS

    return {
        f"HAC({HAC_LAGS}), normal": beyond(normal, hac),
        f"HAC({HAC_LAGS}), t and correction": beyond(t, corrected_hac),
        "OLS t": beyond(t, inference.classical_se),
        "HC3 t": beyond(t, inference.hc3_se),
        "Mann–Kendall, exact": (
            lambda y: inference.kendall_p(y, years) <= level,
            np.inf,
        ),
        "EWC, t": beyond(cosine_t, inference.ewc_se),
        "AR(1), uncorrected ρ": ar1(corrected=False),
        "AR(1) Monte Carlo": ar1(corrected=True),
    }


def _critical_values(years: Floats, rng: np.random.Generator, level: float) -> Floats:
    """Find the upper quantile of the HC3 t under each coefficient of the grid."""
    innovations = rng.standard_normal((CRITICAL_DRAWS, len(years)))
    return np.array(
        [
            np.quantile(
                _ratio(inference.ar1_errors(innovations, rho), years, inference.hc3_se),
                1 - level,
            )
            for rho in _RHO_GRID
        ]
    )


def _ratio(y: Floats, x: Floats, se: Statistic) -> Floats:
    return np.abs(inference.slopes(y, x)) / se(y, x)


def _check(
    replications: int, lengths: Sequence[int], rhos: Sequence[float], level: float
) -> None:
    if replications < 1:
        msg = f"A simulation needs at least 1 replication, not {replications}."
        raise ValueError(msg)
    for n in lengths:
        if n < inference.FEWEST_FOR_RHO:
            msg = f"Every length is {inference.FEWEST_FOR_RHO} or more; {n} is not."
            raise ValueError(msg)
    for rho in rhos:
        if not -1 < rho < 1:
            msg = f"An AR(1) coefficient lies between -1 and 1; {rho} does not."
            raise ValueError(msg)
    if not 0 < level < 1:
        msg = f"A nominal size lies between 0 and 1; {level} does not."
        raise ValueError(msg)
