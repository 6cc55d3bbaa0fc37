"""What the trend of a count and that of a share have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rfe_labour import inference
from rfe_labour.inference import Floats
from rfe_labour.models import small_samples
from rfe_labour.parameters import MIN_YEARS

POWER = 0.8
"""The chance of being noticed at which a slope counts as detectable."""

REPLICATIONS = 9999

CHANGES = {
    "leave_one_out": "left_out",
    "first_year_moved": "first_year",
    "last_year_moved": "last_year",
}
"""The ways of changing a period, and the year that tells the refits of each apart."""

TESTS = {
    "ar1": "AR(1)-calibrated",
    "ewc": "EWC, few cosines",
    "hc3": "HC3 with t",
    "kendall": "Mann–Kendall, exact",
}
"""The tests of `p_values` by their names in prose."""


def p_values(
    line: Any, seed: int, replications: int = REPLICATIONS
) -> dict[str, float]:
    """Test the slope of a line in four ways.

    Parameters
    ----------
    line : statsmodels.regression.linear_model.RegressionResults
        A straight line by least squares with the covariance HC3.
    seed : int
        Seed of the simulated series: each line is judged by a generator of its own,
        so that its p-value does not depend on what else was judged.
    replications : int
        Number of simulated series.

    Returns
    -------
    dict of str to float
        Two-sided p-values: ``ar1``, calibrated to AR(1) errors; ``ewc``; ``hc3``, that
        of the line; ``kendall``, that of the exact Mann-Kendall test.

    Raises
    ------
    ValueError
        As `rfe_labour.inference.ar1_monte_carlo`.
    """
    y, x = inference.line_of(line)
    rng = np.random.default_rng(seed)
    judged = inference.compare({"hc3": line, "ewc": inference.ewc(line)})["p"]
    return {
        "ar1": inference.ar1_monte_carlo(line, rng, replications).p,
        "ewc": float(judged["ewc"]),
        "hc3": float(judged["hc3"]),
        "kendall": inference.kendall(y, x).p,
    }


def detectable(line: Any, level: float, rho: float = 0.0) -> float:
    """Find the smallest slope that this line would show with the chance `POWER`.

    As `rfe_labour.inference.detectable_slope`, with the scatter around the line. `rho`
    is the correlation that is assumed: the residuals' own
    (`inference.lag1_autocorrelation`), or the corrected (`inference.ar1_coefficients`).
    """
    _, x = inference.line_of(line)
    return inference.detectable_slope(
        x, float(np.sqrt(line.mse_resid)), level, POWER, rho
    )


def noticed(
    line: Any,
    level: float,
    rhos: Sequence[float],
    seed: int,
    replications: int = REPLICATIONS,
) -> list[float]:
    r"""Simulate the smallest slope that the calibrated test would notice.

    Parameters
    ----------
    line : statsmodels.regression.linear_model.RegressionResults
        A straight line by least squares, of which the years and the scatter are taken.
    level : float
        Confidence level: the test rejects at 1 - level.
    rhos : sequence of float
        AR(1) coefficients of the errors, each above -1 and below 1.
    seed, replications : int
        Seed and number of the simulated series; each coefficient has the same draws.

    Returns
    -------
    list of float, length of `rhos`
        Slopes in units of y per unit of x, found with their sign with the chance
        `POWER`.

    Raises
    ------
    ValueError
        If the line is none, or a coefficient is out of range.

    Notes
    -----
    Unlike `detectable`, it lets the test estimate the coefficient from each series, and
    takes for the errors' variance that of the residuals over
    `rfe_labour.inference.kept_variance`. A slope b changes neither residuals nor
    margins: it is found in all series whose slope without a trend is above their margin
    less b, so the slope sought is a quantile of margin less slope.
    """
    _, x = inference.line_of(line)
    rng = np.random.default_rng(seed)
    critical = small_samples.critical_values(x, rng, 1 - level, replications)
    innovations = rng.standard_normal((replications, len(x)))
    found = []
    for rho in rhos:
        variance = line.mse_resid / inference.kept_variance(x, rho)
        series = np.sqrt(variance) * inference.ar1_errors(innovations, rho)
        margins = small_samples.calibrated_margin(series, x, 1 - level, critical)
        short = margins - inference.slopes(series, x)
        found.append(float(np.quantile(short, POWER)))
    return found


def refit(
    years: pd.Series, slopes: Callable[[Floats], Mapping[str, Floats]]
) -> pd.DataFrame:
    """Fit the slopes again without single years, and with one end of the period moved.

    Parameters
    ----------
    years : pandas.Series, shape (n,)
        The years, in order of time.
    slopes : callable
        For weights of shape (refits, n), 0 for a year that a refit leaves out, the
        slopes by name, each of shape (refits,).

    Returns
    -------
    pandas.DataFrame
        ``change`` (one of `CHANGES`), ``left_out`` (missing where none is),
        ``first_year``, ``last_year``, ``years`` (number) and the slopes. One end is
        moved inwards, the other kept, down to `MIN_YEARS` years; the whole period is
        there once for each end.
    """
    every = years.to_numpy()
    cuts = range(len(every) - MIN_YEARS + 1)
    rows = [("leave_one_out", year, every[0], every[-1]) for year in every]
    rows += [("first_year_moved", None, every[cut], every[-1]) for cut in cuts]
    rows += [("last_year_moved", None, every[0], every[-1 - cut]) for cut in cuts]
    refits = pd.DataFrame(
        rows, columns=["change", "left_out", "first_year", "last_year"]
    )
    refits["left_out"] = refits["left_out"].astype("Int64")
    first, last = (refits[[end]].to_numpy() for end in ("first_year", "last_year"))
    left_out = refits["left_out"].fillna(-1).to_numpy(dtype=np.int64)[:, None]
    used = (every >= first) & (every <= last) & (every != left_out)
    return refits.assign(years=used.sum(axis=1), **slopes(used.astype(np.float64)))


def ranges(refits: pd.DataFrame, slope: str) -> pd.DataFrame:
    """Find the flattest and the steepest slope of each change of the period.

    Parameters
    ----------
    refits : pandas.DataFrame
        As `refit` returns it.
    slope : str
        The column of the slope.

    Returns
    -------
    pandas.DataFrame, shape (3, 4)
        By ``change``: ``lower`` and ``upper`` with ``lower_year`` and ``upper_year``,
        the year left out or the end of the period at which they are found.
    """
    rows = {}
    for change, year in CHANGES.items():
        of_change = refits[refits["change"] == change].set_index(year)[slope]
        rows[change] = {
            "lower": of_change.min(),
            "lower_year": of_change.idxmin(),
            "upper": of_change.max(),
            "upper_year": of_change.idxmax(),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(index="change")
    return table.astype({"lower_year": int, "upper_year": int})


def check_years(years: pd.Series) -> None:
    """Refuse years that are fewer than `MIN_YEARS`, or one that is there twice."""
    if len(years) < MIN_YEARS:
        msg = (
            f"A trend needs at least {MIN_YEARS} years, and there "
            f"{'is' if len(years) == 1 else 'are'} {len(years)}: with fewer, not even "
            "a perfectly steady course could be told from chance at the 5 per cent "
            "level. Choose a longer window."
        )
        raise ValueError(msg)
    if years.duplicated().any():
        msg = f"The year {years[years.duplicated()].iloc[0]} is there twice."
        raise ValueError(msg)
