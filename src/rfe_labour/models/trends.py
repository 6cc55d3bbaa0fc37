"""How the number of workers of one region changed from year to year, and how surely.

The chapter on trends does this step by step for one region; these functions do the same
for every region, every window and every point of a sweep.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf

from rfe_labour import inference
from rfe_labour.inference import Floats
from rfe_labour.models import series_trend
from rfe_labour.models.series_trend import REPLICATIONS, check_years

METHODS = {
    "ar1": "log-linear, calibrated",
    "ewc": "log-linear, EWC",
    "log_ols": "log-linear, HC3",
    "quasi_poisson": "quasi-Poisson",
    "quasi_poisson_hc3": "quasi-Poisson, HC3",
    "negative_binomial": "negative binomial",
    "log_theil_sen": "Theil–Sen, logarithms",
}
"""The methods of `slopes` by their names in prose."""


def fits(table: pd.DataFrame) -> dict[str, Any]:
    r"""Fit every model of the chapter to the workers of one region.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n, ≥ 2)
        ``year`` and ``workers``, one row a year, as `rfe_labour.tables.regions` gives
        them. A year may be missing: slopes use the calendar, and what looks at serial
        correlation counts the years beside the gap as neighbours.

    Returns
    -------
    dict of str to a fitted model of statsmodels
        ``log_ols``, :math:`\ln y_t = a + b t + e_t` with HC3 and t; ``ewc``, the same
        line with the covariance of `rfe_labour.inference.ewc`; ``quasi_poisson``,
        :math:`E(y_t) = e^{a + bt}` with variance :math:`\phi E(y_t)` and
        :math:`\hat\phi = X^2/(n-2)`; ``quasi_poisson_hc3``, the same with HC3;
        ``negative_binomial``, NB2 with variance :math:`\mu + \alpha\mu^2`. All are
        judged by t with n - 2 degrees of freedom, but ``ewc``. Time is centred, which
        changes no slope.

    Raises
    ------
    ValueError
        If there are fewer than `rfe_labour.parameters.MIN_YEARS` years, a number is
        not above 0 (it has no logarithm), all numbers are the same (there is no
        variation to judge a trend by), or they lie exactly on an exponential line.
    """
    table = checked(table)
    line = smf.ols("np.log(workers) ~ center(year)", table)
    log_ols = line.fit(cov_type="HC3", use_t=True)
    ewc = inference.ewc(log_ols)  # refuses a perfect line, which GLMs warn of
    counts = smf.glm("workers ~ center(year)", table, family=sm.families.Poisson())
    poisson = counts.fit(scale="X2", use_t=True, tol=1e-12)
    alpha = inference.nb2_alpha(poisson)
    family = sm.families.NegativeBinomial(alpha=alpha)
    nb2 = smf.glm("workers ~ center(year)", table, family=family)
    return {
        "log_ols": log_ols,
        "ewc": ewc,
        "quasi_poisson": poisson,
        "quasi_poisson_hc3": inference.glm_hc3(poisson),
        # Without overdispersion, the likelihood is largest where it is Poisson's.
        "negative_binomial": nb2.fit(use_t=True, **inference.STEADY)
        if alpha
        else counts.fit(use_t=True, tol=1e-12),
    }


def slopes(
    table: pd.DataFrame, level: float, seed: int, replications: int = REPLICATIONS
) -> pd.DataFrame:
    """Estimate the trend of the workers of one region by every method.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `fits`, whose errors it raises.
    level : float
        Confidence level of the intervals.
    seed, replications : int
        Seed and number of the simulated series, as for `series_trend.p_values`.

    Returns
    -------
    pandas.DataFrame, shape (7, 6)
        By the keys of `METHODS`, as `rfe_labour.inference.compare` returns them: the
        slopes of `fits`; ``ar1``, that of ``log_ols`` with the interval of
        `rfe_labour.inference.ar1_monte_carlo`; and ``log_theil_sen``, the median
        pairwise slope of ln(workers). All are in log points per year.
    """
    table = checked(table)
    models = fits(table)
    rng = np.random.default_rng(seed)
    models["ar1"] = inference.ar1_monte_carlo(models["log_ols"], rng, replications)
    logs = np.log(table["workers"])
    models["log_theil_sen"] = inference.theil_sen(logs, table["year"], level)
    return inference.compare({name: models[name] for name in METHODS}, level)


def refit(table: pd.DataFrame) -> pd.DataFrame:
    """Fit the slope again without single years, and in shorter periods.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `fits`.

    Returns
    -------
    pandas.DataFrame
        As `rfe_labour.models.series_trend.refit`: ``log_ols`` in log points per year
        and ``theil_sen`` in workers per year.
    """
    table = checked(table)
    workers, years = table["workers"].to_numpy(), table["year"].to_numpy()

    def of(weights: Floats) -> dict[str, Floats]:
        return {
            "log_ols": inference.slopes(np.log(workers), years, weights),
            "theil_sen": inference.theil_sen_slopes(workers, years, weights),
        }

    return series_trend.refit(table["year"], of)


def checked(table: pd.DataFrame) -> pd.DataFrame:
    """Take the table in order of time, and refuse workers that have no trend.

    It raises the errors of `fits`.
    """
    table = table.sort_values("year", ignore_index=True)
    check_years(table["year"])
    workers = table["workers"]
    positive = workers.fillna(0) > 0
    if not positive.all():
        msg = (
            f"The number of workers in {table.loc[~positive, 'year'].iloc[0]} is "
            "missing or not above 0, so it has no logarithm. Choose a window without "
            "that year."
        )
        raise ValueError(msg)
    if workers.max() == workers.min():
        msg = (
            f"The number of workers is {workers.iloc[0]:,} in every year: without "
            "variation there is nothing to judge a trend by."
        )
        raise ValueError(msg)
    return table
