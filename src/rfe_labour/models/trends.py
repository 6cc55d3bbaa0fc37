"""How the number of workers of one region changed from year to year, and how surely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, expm1, log
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize, special

from rfe_labour import inference
from rfe_labour.inference import Estimate, Floats, Slope
from rfe_labour.models.series_trend import (
    REPLICATIONS,
    RHOS,
    SeriesTrend,
    check_years,
    fitted_curve,
    judge_line,
)
from rfe_labour.tables import changes


@dataclass(frozen=True)
class Trend(SeriesTrend):
    """The trend of a count of workers, by every method of the book.

    Beside the attributes of `SeriesTrend`, whose link is the log:

    Attributes
    ----------
    workers : pandas.Series, shape (n,)
        Workers (persons) by year.
    log_ols : Estimate
        Least-squares slope of ln(workers), HC3 and t: the headline.
    log_theil_sen : Slope
        Median pairwise slope of ln(workers).
    quasi_poisson : Estimate
        Poisson slope (log scale) with standard errors from the dispersion, and t.
    quasi_poisson_hc3 : Estimate
        The same slope with HC3 and t.
    dispersion : float
        Pearson's X2 / (n - 2) of the Poisson fit: 1 where variance equals mean.
    negative_binomial : Estimate
        Slope (log scale) of the negative binomial NB2, and t.
    alpha : float
        Its variance is mean + alpha * mean**2; 0 where the counts vary no more than
        Poisson counts, and the two models are one.
    curve : pandas.DataFrame, shape (n, 4)
        Also ``theil_sen``, the median line.
    steps : pandas.DataFrame, shape (n - 1, 3)
        ``from_year``, ``to_year`` and ``change`` (persons).
    """

    workers: pd.Series
    log_ols: Estimate
    log_theil_sen: Slope
    quasi_poisson: Estimate
    quasi_poisson_hc3: Estimate
    dispersion: float
    negative_binomial: Estimate
    alpha: float
    steps: pd.DataFrame

    @property
    def headline(self) -> Estimate:
        """The slope that is reported first, with HC3 and t."""
        return self.log_ols


def fit(
    table: pd.DataFrame,
    level: float,
    rng: np.random.Generator,
    replications: int = REPLICATIONS,
) -> Trend:
    r"""Estimate the trend of the workers of one region.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n, ≥ 1)
        As `rfe_labour.tables.regional_table` returns it; only ``workers`` is used. A
        year may be missing: slopes use the calendar, and what looks at serial
        correlation counts the years beside the gap as neighbours.
    level : float
        Confidence level, between 0 and 1.
    rng : numpy.random.Generator
        Source of the simulated AR(1) errors.
    replications : int
        Number of simulated series.

    Returns
    -------
    Trend
        Every estimate, with what it is sensitive to.

    Raises
    ------
    ValueError
        If there are fewer than `MIN_YEARS` years, a number is not above 0 (it has no
        logarithm), all numbers are the same (there is no variation to judge a trend
        by), or they lie exactly on an exponential or straight line.

    Notes
    -----
    ``log_ols``: :math:`\ln y_t = a + b t + e_t`; the reading in per cent per year is
    :math:`100(e^b - 1)`. Its curve :math:`e^{\hat a + \hat b t}` follows the typical
    (geometric) level, not the mean.

    ``quasi_poisson``: :math:`E(y_t) = e^{a + bt}`, variance :math:`\phi E(y_t)`, with
    :math:`\hat\phi = X^2/(n-2)`.

    ``negative_binomial``: NB2 with variance :math:`\mu + \alpha\mu^2`. With
    :math:`k = 1/\alpha`, :math:`\alpha` solves the likelihood equation
    :math:`\sum_t \psi(y_t + k) - \psi(k) - \ln(1 + \mu_t/k) =
    \sum_t (y_t - \mu_t)/(\mu_t + k)`; slope and standard error are those of the GLM
    with that :math:`\alpha`, as in ``MASS::glm.nb`` of R (Venables and Ripley, 2002,
    section 7.4). `statsmodels.discrete` maximises the same likelihood but stops at
    five digits, or not at all. The interval uses t with n - 2 degrees of freedom,
    wider than R's normal one.
    """
    workers = _checked_workers(table)
    years = workers.index.to_numpy(dtype=np.float64)
    counts = workers.to_numpy(dtype=np.float64)
    logs = np.log(counts)
    design = sm.add_constant(years - years.mean())

    def refit(weights: Floats) -> dict[str, Floats]:
        return {
            "log_ols": inference.slopes(logs, years, weights),
            "theil_sen": inference.theil_sen_slopes(counts, years, weights),
        }

    shared = judge_line(workers, np.log, refit, level, rng, replications)
    poisson = sm.GLM(counts, design, family=sm.families.Poisson()).fit(tol=1e-12)
    dispersion = inference.dispersion(poisson)
    negative_binomial, alpha = _negative_binomial(poisson, level)
    gaussian = sm.GLM(logs, design, family=sm.families.Gaussian()).fit()
    curve = fitted_curve(gaussian, workers.index, level).apply(np.exp)
    # Half of the years lie above the median line and half below.
    median = shared["theil_sen"].value * years
    curve["theil_sen"] = np.median(counts - median) + median
    return Trend(
        **shared,
        rho=float(inference.lag1_autocorrelation(inference.residuals(logs, years))),
        curve=curve,
        workers=workers,
        log_ols=inference.ols(logs, years, level),
        log_theil_sen=inference.theil_sen(logs, years, level),
        quasi_poisson=_slope(poisson, dispersion, level),
        quasi_poisson_hc3=inference.glm_hc3(poisson, level)[1]["x1"],
        dispersion=dispersion,
        negative_binomial=negative_binomial,
        alpha=alpha,
        steps=changes.steps(workers),
    )


def _checked_workers(table: pd.DataFrame) -> pd.Series:
    """Take the workers in order of time, and refuse a series that has no trend."""
    workers = table["workers"].sort_index()
    check_years(workers.index)
    positive = workers > 0
    if not positive.all():
        msg = (
            f"The number of workers in {workers.index[~positive][0]} is missing or not "
            "above 0, so it has no logarithm. Choose a window without that year."
        )
        raise ValueError(msg)
    if workers.max() == workers.min():
        msg = (
            f"The number of workers is {workers.iloc[0]:,} in every year: without "
            "variation there is nothing to judge a trend by."
        )
        raise ValueError(msg)
    return workers


def _slope(result: Any, scale: float, level: float) -> Estimate:
    """Judge the second coefficient of a GLM by t, its variance times the scale."""
    se = float(np.sqrt(result.normalized_cov_params[1, 1] * scale))
    return inference.estimate(float(result.params[1]), se, result.df_resid, level)


def _negative_binomial(poisson: Any, level: float) -> tuple[Estimate, float]:
    """Fit the NB2 to the series of a Poisson fit."""
    counts, design, mean = poisson.model.endog, poisson.model.exog, poisson.fittedvalues

    def given(alpha: float) -> Any:
        # The log is not the canonical link of this family, so reweighting converges
        # step by step, and a deviance steady to 1e-12 leaves 1e-6 of the slope open:
        # the coefficients themselves must be steady.
        family = sm.families.NegativeBinomial(alpha=alpha)
        model = sm.GLM(counts, design, family=family)
        return model.fit(tol=1e-10, tol_criterion="params", maxiter=1000)

    def score(log_alpha: float) -> float:
        mean, k = given(exp(log_alpha)).fittedvalues, exp(-log_alpha)
        terms = special.digamma(k) - special.digamma(counts + k) + np.log1p(mean / k)
        return float((terms + (counts - mean) / (mean + k)).sum())

    excess = float(((counts - mean) ** 2 - counts).sum())
    if excess <= 0:  # the score at alpha = 0: the likelihood falls from there
        return _slope(poisson, 1.0, level), 0.0
    low = high = log(excess / float((mean**2).sum()))
    while score(low) <= 0:
        low -= 1
    while score(high) >= 0:
        high += 1
    alpha = exp(optimize.brentq(score, low, high, xtol=1e-12))
    return _slope(given(alpha), 1.0, level), alpha


def ar1_profile(
    series: pd.Series,
    rng: np.random.Generator,
    replications: int = REPLICATIONS,
    rhos: Sequence[float] = RHOS,
) -> pd.DataFrame:
    """Show how the AR(1)-calibrated p-value depends on the correlation assumed.

    Parameters
    ----------
    series : pandas.Series, shape (n,)
        The outcome of a least-squares trend by year: ln(workers), or the log-odds of
        a share.
    rng : numpy.random.Generator
        Source of the simulated errors; each coefficient gets the same innovations.
    replications : int
        Number of simulated series.
    rhos : sequence of float
        AR(1) coefficients, above -1 and below 1.

    Returns
    -------
    pandas.DataFrame, shape (len(rhos), 2)
        ``rho`` and ``p``. The coefficient cannot be estimated well from so few years,
        so the whole row of p-values says more than the one at its estimate.

    Raises
    ------
    ValueError
        As `rfe_labour.inference.ar1_monte_carlo`.
    """
    years = series.index.to_numpy(dtype=np.float64)
    seed = int(rng.integers(2**63))
    p_values = [
        inference.ar1_monte_carlo(
            series, years, np.random.default_rng(seed), replications, rho
        ).p
        for rho in rhos
    ]
    return pd.DataFrame({"rho": list(rhos), "p": p_values})


def holm(p_values: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Adjust the p-values of each method for the number of tables tested.

    Parameters
    ----------
    p_values : mapping of str to mapping of str to float
        For each region, the p-value of each method: `SeriesTrend.p_values`.

    Returns
    -------
    pandas.DataFrame, shape (regions * methods, 4)
        ``region``, ``method``, ``p`` and ``holm_p``: Holm (1979) over the regions,
        each method by itself. The methods are readings of one test, not further tests.

    Raises
    ------
    ValueError
        As `rfe_labour.inference.holm`.
    """
    by_method = pd.DataFrame(p_values).rename_axis("method").reset_index()
    long = by_method.melt("method", var_name="region", value_name="p")
    long["holm_p"] = long.groupby("method")["p"].transform(inference.holm)
    return long[["region", "method", "p", "holm_p"]]


def holm_results(adjusted: pd.DataFrame) -> dict[str, float]:
    """Name the adjusted p-values of `holm` ``<region>.holm.<method>_p``."""
    return {
        f"{row['region']}.holm.{row['method']}_p": float(row["holm_p"])
        for row in adjusted.to_dict("records")
    }


def percent(slope: float) -> float:
    """Read a slope in log points per year as per cent: 100 * (exp(slope) - 1)."""
    return 100 * expm1(slope)


def results(trend: Trend) -> dict[str, int | float]:
    """Gather the numbers that the prose about a trend states.

    Slopes, their standard errors and their ends are in log points per year, but
    ``theil_sen`` in workers per year and all that is called ``percent`` in per cent per
    year. Ends without another name are those of the HC3 interval.
    """
    values = shared_results(trend, trend.workers.index, "log_ols", "log_ols")
    values |= {
        **keyed("log_ols", trend.ewc, ewc_lower="lower", ewc_upper="upper"),
        **keyed("log_theil_sen", trend.log_theil_sen, **INTERVAL),
        **keyed("quasi_poisson", trend.quasi_poisson, se="se", **INTERVAL),
        "quasi_poisson.dispersion": trend.dispersion,
        **keyed("quasi_poisson", trend.quasi_poisson_hc3, hc3_se="se", hc3_p="p"),
        **keyed("negative_binomial", trend.negative_binomial, se="se", **INTERVAL),
        "negative_binomial.alpha": trend.alpha,
        "steps": len(trend.steps),
        "rises": int((trend.steps["change"] > 0).sum()),
        "declines": int((trend.steps["change"] < 0).sum()),
    }
    for name, (frame, _) in sensitivity(trend.leave_one_out, trend.windows).items():
        values[f"{name}.theil_sen_lower"] = float(frame["theil_sen"].min())
        values[f"{name}.theil_sen_upper"] = float(frame["theil_sen"].max())
    in_percent = {
        "log_ols.percent": "log_ols.slope",
        "log_ols.percent_lower": "log_ols.lower",
        "log_ols.percent_upper": "log_ols.upper",
        "log_ols.ewc_percent_lower": "log_ols.ewc_lower",
        "log_ols.ewc_percent_upper": "log_ols.ewc_upper",
        "detectable.percent": "detectable.slope",
        "detectable.ar1_percent": "detectable.ar1_slope",
    }
    return values | {key: percent(values[slope]) for key, slope in in_percent.items()}


INTERVAL = {"slope": "value", "lower": "lower", "upper": "upper"}
"""The keys of a slope with its interval, and the attributes that they state."""


def keyed(name: str, source: object, **attributes: str) -> dict[str, int | float]:
    """State attributes of an estimate as results: ``<name>.<key>`` for each."""
    return {f"{name}.{key}": getattr(source, of) for key, of in attributes.items()}


def shared_results(
    trend: SeriesTrend, years: pd.Index, headline: str, line: str
) -> dict[str, int | float]:
    """Gather what `results` states of a count and of a share alike.

    The keys of the headline model and of the least-squares line begin as given.
    ``ar1_error`` is the Monte Carlo standard error of ``ar1_p``.
    """
    values: dict[str, int | float] = {
        "years": len(years),
        "first_year": int(years[0]),
        "last_year": int(years[-1]),
        "level": trend.level,
        **keyed(headline, trend.headline, hc3_se="se", hc3_p="p", **INTERVAL),
        **keyed(line, trend.ewc, ewc_se="se", ewc_p="p"),
        **keyed(line, trend.ar1, ar1_p="p", ar1_rho="rho", ar1_error="error"),
        **keyed("theil_sen", trend.theil_sen, **INTERVAL),
        **keyed("kendall", trend.kendall, tau="tau", p="p"),
        "residual_rho": trend.rho,
        "detectable.slope": trend.detectable,
        "detectable.ar1_slope": trend.detectable_ar1,
    }
    refits = sensitivity(trend.leave_one_out, trend.windows)
    for name, (frame, label) in refits.items():
        values |= range_results(name, frame, headline, label)
    return values


def sensitivity(
    leave_one_out: pd.DataFrame, windows: pd.DataFrame
) -> dict[str, tuple[pd.DataFrame, str]]:
    """Name the three ways in which the period of a `SeriesTrend` is changed.

    Returns
    -------
    dict of str to tuple of (pandas.DataFrame, str)
        For ``leave_one_out``, ``first_year_moved`` and ``last_year_moved`` the refits
        and the column with the year that tells them apart.
    """
    parts = {"leave_one_out": (leave_one_out, "left_out")}
    for end in ("first_year", "last_year"):
        parts[f"{end}_moved"] = (windows[windows["moved"] == end], end)
    return parts


def range_results(
    name: str, frame: pd.DataFrame, column: str, label: str
) -> dict[str, int | float]:
    """Write the range of a slope over refits, one a row, as results.

    Below `name`, both ends of the range of `column` and the years that give them, which
    stand in the column `label`.
    """
    slope, year = frame[column].to_numpy(), frame[label].to_numpy()
    return {
        f"{name}.lower": float(slope.min()),
        f"{name}.lower_year": int(year[slope.argmin()]),
        f"{name}.upper": float(slope.max()),
        f"{name}.upper_year": int(year[slope.argmax()]),
    }
