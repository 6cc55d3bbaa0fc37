"""How the number of workers of one region changed from year to year, and how surely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, expm1, log
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize, special, stats

from rfe_labour import inference
from rfe_labour.inference import Estimate, Kendall, MonteCarlo, Slope
from rfe_labour.parameters import MIN_YEARS
from rfe_labour.tables import changes

POWER = 0.8
"""The chance of being noticed at which a slope counts as detectable."""

REPLICATIONS = 9999

RHOS = tuple(tenths / 10 for tenths in range(10))
"""AR(1) coefficients of `ar1_profile`, from 0 to 0.9."""


@dataclass(frozen=True)
class Trend:
    """The trend of a count of workers, by every method of the book.

    A slope on the log scale is in log points per calendar year.

    Attributes
    ----------
    workers : pandas.Series, shape (n,)
        Workers (persons) by year.
    level : float
        Confidence level of every interval.
    log_ols : Estimate
        Least-squares slope of ln(workers), HC3 and t.
    ewc : Estimate
        The same slope, with the long-run variance by equal-weighted cosines.
    ar1 : MonteCarlo
        The p-value of the same slope, calibrated to AR(1) errors.
    theil_sen : Slope
        Median pairwise slope of the workers, in persons per calendar year.
    log_theil_sen : Slope
        Median pairwise slope of ln(workers).
    kendall : Kendall
        Rank correlation with the year, with its exact p-value.
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
    rho : float
        Lag-1 autocorrelation of the residuals of `log_ols`.
    detectable, detectable_ar1 : float
        Smallest slope of ln(workers) that a test at 1 - `level` would notice with
        chance `POWER`: with independent errors, and with AR(1) errors of the
        coefficient in `ar1`.
    curve : pandas.DataFrame, shape (n, 4)
        By year, in persons: ``fitted``, ``lower`` and ``upper`` (pointwise band) of
        `log_ols`, and ``theil_sen``, the median line.
    leave_one_out : pandas.DataFrame, shape (n, 3)
        ``left_out`` (year), ``log_ols`` and ``theil_sen`` (slopes without that year).
    windows : pandas.DataFrame
        ``moved`` (which end: ``first_year`` or ``last_year``), ``first_year``,
        ``last_year``, ``years`` (number), ``log_ols`` and ``theil_sen``: one end moved
        inwards, the other kept, down to `MIN_YEARS` years. The whole period is there
        once for each end.
    steps : pandas.DataFrame, shape (n - 1, 3)
        ``from_year``, ``to_year`` and ``change`` (persons).
    """

    workers: pd.Series
    level: float
    log_ols: Estimate
    ewc: Estimate
    ar1: MonteCarlo
    theil_sen: Slope
    log_theil_sen: Slope
    kendall: Kendall
    quasi_poisson: Estimate
    quasi_poisson_hc3: Estimate
    dispersion: float
    negative_binomial: Estimate
    alpha: float
    rho: float
    detectable: float
    detectable_ar1: float
    curve: pd.DataFrame
    leave_one_out: pd.DataFrame
    windows: pd.DataFrame
    steps: pd.DataFrame

    @property
    def p_values(self) -> dict[str, float]:
        """The p-values side by side: hc3, ewc, ar1 (of one slope) and kendall."""
        return {
            "hc3": self.log_ols.p,
            "ewc": self.ewc.p,
            "ar1": self.ar1.p,
            "kendall": self.kendall.p,
        }


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
    workers = check_workers(table)
    years = workers.index.to_numpy(dtype=np.float64)
    counts = workers.to_numpy(dtype=np.float64)
    logs = np.log(counts)
    design = sm.add_constant(years - years.mean())

    log_ols = inference.ols(logs, years, level)
    ar1 = inference.ar1_monte_carlo(logs, years, rng, replications)
    errors = inference.residuals(logs, years)
    sd = float(np.sqrt((errors**2).sum() / (len(years) - 2)))
    theil_sen = inference.theil_sen(counts, years, level)
    poisson = sm.GLM(counts, design, family=sm.families.Poisson()).fit(tol=1e-12)
    dispersion = inference.dispersion(poisson)
    negative_binomial, alpha = _negative_binomial(poisson, level)
    gaussian = sm.GLM(logs, design, family=sm.families.Gaussian()).fit()
    curve = fitted_curve(gaussian, workers.index, level).apply(np.exp)
    curve["theil_sen"] = median_line(workers, theil_sen.value)
    return Trend(
        workers=workers,
        level=level,
        log_ols=log_ols,
        ewc=inference.ewc(logs, years, level),
        ar1=ar1,
        theil_sen=theil_sen,
        log_theil_sen=inference.theil_sen(logs, years, level),
        kendall=inference.kendall(counts, years),
        quasi_poisson=_slope(poisson, dispersion, level),
        quasi_poisson_hc3=inference.glm_hc3(poisson, level)[1]["x1"],
        dispersion=dispersion,
        negative_binomial=negative_binomial,
        alpha=alpha,
        rho=inference.lag1_autocorrelation(errors),
        detectable=inference.detectable_slope(years, sd, level, POWER),
        detectable_ar1=inference.detectable_slope(years, sd, level, POWER, rho=ar1.rho),
        curve=curve,
        leave_one_out=_leave_one_out(workers),
        windows=_windows(workers),
        steps=changes.steps(workers),
    )


def check_workers(table: pd.DataFrame) -> pd.Series:
    """Take the workers of a table, and refuse a series that has no trend to fit.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n, ≥ 1)
        With a column ``workers``, indexed by year.

    Returns
    -------
    pandas.Series, shape (n,)
        The workers (persons) by year, in order of time.

    Raises
    ------
    ValueError
        If there are fewer than `MIN_YEARS` years, or a number is missing, not above
        0, or the same as all others.
    """
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


def check_years(years: pd.Index) -> None:
    """Refuse years from which no trend can be told.

    Parameters
    ----------
    years : pandas.Index, shape (n,)
        Calendar years.

    Raises
    ------
    ValueError
        If there are fewer than `MIN_YEARS` years, or one is there twice.
    """
    if len(years) < MIN_YEARS:
        msg = (
            f"A trend needs at least {MIN_YEARS} years, and there "
            f"{'is' if len(years) == 1 else 'are'} {len(years)}: with fewer, not even "
            "a perfectly steady course could be told from chance at the 5 per cent "
            "level. Choose a longer window."
        )
        raise ValueError(msg)
    if years.has_duplicates:
        msg = f"The year {years[years.duplicated()][0]} is there twice."
        raise ValueError(msg)


def _slope(result: Any, scale: float, level: float) -> Estimate:
    """Judge the second coefficient of a GLM by t, its variance times the scale."""
    own = float(np.sqrt(result.normalized_cov_params[1, 1] * scale))
    return inference.estimate(float(result.params[1]), own, result.df_resid, level)


def _negative_binomial(poisson: Any, level: float) -> tuple[Estimate, float]:
    """Fit the NB2 to the series of a Poisson fit."""
    counts, design, mean = poisson.model.endog, poisson.model.exog, poisson.fittedvalues

    def given(alpha: float) -> Any:
        family = sm.families.NegativeBinomial(alpha=alpha)
        return sm.GLM(counts, design, family=family).fit(tol=1e-12)

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


def fitted_curve(result: Any, years: pd.Index, level: float) -> pd.DataFrame:
    r"""Give a fitted line and its pointwise band on the scale of the link.

    Parameters
    ----------
    result : statsmodels.genmod.generalized_linear_model.GLMResults
        A GLM of one series on a constant and a trend.
    years : pandas.Index, shape (n,)
        The years of its rows.
    level : float
        Confidence level of the band, for each year alone.

    Returns
    -------
    pandas.DataFrame, shape (n, 3)
        By year ``fitted``, ``lower`` and ``upper``, on the scale of the link:
        :math:`x_t'\hat\beta \pm t_{n-2} \sqrt{x_t' \hat V x_t}` with the HC3
        covariance :math:`\hat V` of `rfe_labour.inference.glm_hc3`.

    Raises
    ------
    ValueError
        As `rfe_labour.inference.glm_hc3`.
    """
    covariance, _ = inference.glm_hc3(result, level)
    design = np.asarray(result.model.exog, dtype=np.float64)
    line = design @ np.asarray(result.params)
    margin = stats.t.ppf((1 + level) / 2, result.df_resid) * np.sqrt(
        np.einsum("ij,jk,ik->i", design, covariance, design)
    )
    return pd.DataFrame(
        {"fitted": line, "lower": line - margin, "upper": line + margin}, index=years
    )


def median_line(values: pd.Series, slope: float) -> pd.Series:
    """Draw a line with a given slope through the middle of a series.

    Parameters
    ----------
    values : pandas.Series, shape (n,)
        Values by year.
    slope : float
        Slope, in the unit of the values per calendar year.

    Returns
    -------
    pandas.Series, shape (n,)
        The line by year; half of the values lie above it and half below.
    """
    years = values.index.to_numpy(dtype=np.float64)
    intercept = np.median(values - slope * years)
    return pd.Series(intercept + slope * years, index=values.index)


def _leave_one_out(workers: pd.Series) -> pd.DataFrame:
    rows = [
        {"left_out": year, **_point_slopes(workers.drop(year))}
        for year in workers.index
    ]
    return pd.DataFrame(rows)


def _windows(workers: pd.Series) -> pd.DataFrame:
    rows = [
        {**window, **_point_slopes(workers.loc[first:last])}
        for window, first, last in moved_ends(workers.index)
    ]
    return pd.DataFrame(rows)


def moved_ends(years: pd.Index) -> list[tuple[dict[str, str | int], int, int]]:
    """List the windows that move one end of the period and keep the other.

    Parameters
    ----------
    years : pandas.Index, shape (n,)
        Calendar years in order.

    Returns
    -------
    list of tuple of (dict, int, int)
        The columns ``moved``, ``first_year``, ``last_year`` and ``years`` of
        `Trend.windows`, then the first and the last year, both included: the whole
        period and every window of at least `MIN_YEARS` years, for each end.
    """
    most = len(years) - MIN_YEARS
    pairs = [("first_year", years[cut], years[-1]) for cut in range(most + 1)]
    pairs += [("last_year", years[0], years[-1 - cut]) for cut in range(most + 1)]
    return [
        (
            {
                "moved": moved,
                "first_year": int(first),
                "last_year": int(last),
                "years": int(((years >= first) & (years <= last)).sum()),
            },
            int(first),
            int(last),
        )
        for moved, first, last in pairs
    ]


def _point_slopes(workers: pd.Series) -> dict[str, float]:
    years = workers.index.to_numpy(dtype=np.float64)
    counts = workers.to_numpy(dtype=np.float64)
    return {
        "log_ols": float(inference.slopes(np.log(counts), years)),
        "theil_sen": float(inference.theil_sen_slopes(counts, years)),
    }


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
        For each region, the p-value of each method: `Trend.p_values` or
        `rfe_labour.models.shares.ShareTrend.p_values`.

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
    long = pd.DataFrame(
        [
            (region, method, p)
            for region, own in p_values.items()
            for method, p in own.items()
        ],
        columns=["region", "method", "p"],
    )
    long["holm_p"] = long.groupby("method")["p"].transform(inference.holm)
    return long


def holm_results(adjusted: pd.DataFrame) -> dict[str, float]:
    """Gather the adjusted p-values that the prose states.

    Parameters
    ----------
    adjusted : pandas.DataFrame
        As `holm` returns it.

    Returns
    -------
    dict of str to float
        ``<region>.holm.<method>_p`` for each row.
    """
    return {
        f"{row['region']}.holm.{row['method']}_p": float(row["holm_p"])
        for row in adjusted.to_dict("records")
    }


def percent(slope: float) -> float:
    """Read a slope on a log scale as per cent per year.

    Parameters
    ----------
    slope : float
        Log points per year.

    Returns
    -------
    float
        100 * (exp(slope) - 1), per cent per year.
    """
    return 100 * expm1(slope)


def results(trend: Trend) -> dict[str, int | float]:
    """Gather the numbers that the prose about a trend states.

    Parameters
    ----------
    trend : Trend
        As `fit` returns it.

    Returns
    -------
    dict of str to int or float
        ``years``, ``first_year``, ``last_year``, ``level``;

        ``log_ols.`` with ``slope``, ``hc3_se``, ``hc3_p``, ``lower`` and ``upper``
        (HC3 interval), ``ewc_se``, ``ewc_p``, ``ewc_lower``, ``ewc_upper``,
        ``ar1_p``, ``ar1_rho``, ``ar1_error`` (Monte Carlo standard error of that p),
        all in log points per year, and ``percent``, ``percent_lower``,
        ``percent_upper``, ``ewc_percent_lower`` and ``ewc_percent_upper`` (per cent
        per year);

        ``theil_sen.`` with ``slope``, ``lower``, ``upper`` (workers per year);
        ``log_theil_sen.`` with the same in log points per year;

        ``kendall.tau`` and ``p``; ``quasi_poisson.`` with ``slope``, ``se``,
        ``dispersion``, ``lower``, ``upper``, ``hc3_se``, ``hc3_p``;
        ``negative_binomial.`` with ``slope``, ``se``, ``alpha``, ``lower``,
        ``upper``; ``residual_rho``; ``detectable.`` with ``slope``, ``ar1_slope``
        (log points per year), ``percent``, ``ar1_percent`` (per cent per year);

        ``leave_one_out.``, ``first_year_moved.`` and ``last_year_moved.`` with
        ``lower`` and ``upper`` (range of the log-OLS slope), ``lower_year`` and
        ``upper_year`` (the year left out, or the year moved to, that gives it), and
        ``theil_sen_lower`` and ``theil_sen_upper`` (range in workers per year);

        ``rises``, ``declines``, ``steps`` (numbers of steps).
    """
    years, own = trend.workers.index, trend.log_ols
    values: dict[str, int | float] = {
        "years": len(years),
        "first_year": int(years[0]),
        "last_year": int(years[-1]),
        "level": trend.level,
        "log_ols.slope": own.value,
        "log_ols.hc3_se": own.se,
        "log_ols.hc3_p": own.p,
        "log_ols.lower": own.lower,
        "log_ols.upper": own.upper,
        "log_ols.percent": percent(own.value),
        "log_ols.percent_lower": percent(own.lower),
        "log_ols.percent_upper": percent(own.upper),
        "log_ols.ewc_se": trend.ewc.se,
        "log_ols.ewc_p": trend.ewc.p,
        "log_ols.ewc_lower": trend.ewc.lower,
        "log_ols.ewc_upper": trend.ewc.upper,
        "log_ols.ewc_percent_lower": percent(trend.ewc.lower),
        "log_ols.ewc_percent_upper": percent(trend.ewc.upper),
        "log_ols.ar1_p": trend.ar1.p,
        "log_ols.ar1_rho": trend.ar1.rho,
        "log_ols.ar1_error": trend.ar1.error,
        **slope_results("theil_sen", trend.theil_sen),
        **slope_results("log_theil_sen", trend.log_theil_sen),
        "kendall.tau": trend.kendall.tau,
        "kendall.p": trend.kendall.p,
        "quasi_poisson.slope": trend.quasi_poisson.value,
        "quasi_poisson.se": trend.quasi_poisson.se,
        "quasi_poisson.dispersion": trend.dispersion,
        "quasi_poisson.lower": trend.quasi_poisson.lower,
        "quasi_poisson.upper": trend.quasi_poisson.upper,
        "quasi_poisson.hc3_se": trend.quasi_poisson_hc3.se,
        "quasi_poisson.hc3_p": trend.quasi_poisson_hc3.p,
        "negative_binomial.slope": trend.negative_binomial.value,
        "negative_binomial.se": trend.negative_binomial.se,
        "negative_binomial.alpha": trend.alpha,
        "negative_binomial.lower": trend.negative_binomial.lower,
        "negative_binomial.upper": trend.negative_binomial.upper,
        "residual_rho": trend.rho,
        "detectable.slope": trend.detectable,
        "detectable.ar1_slope": trend.detectable_ar1,
        "detectable.percent": percent(trend.detectable),
        "detectable.ar1_percent": percent(trend.detectable_ar1),
    }
    for name, (frame, label) in sensitivity(trend.leave_one_out, trend.windows).items():
        values |= range_results(name, frame, "log_ols", label)
        values[f"{name}.theil_sen_lower"] = float(frame["theil_sen"].min())
        values[f"{name}.theil_sen_upper"] = float(frame["theil_sen"].max())
    values["rises"] = int((trend.steps["change"] > 0).sum())
    values["declines"] = int((trend.steps["change"] < 0).sum())
    values["steps"] = len(trend.steps)
    return values


def slope_results(name: str, slope: Slope) -> dict[str, int | float]:
    """Write a slope with its interval as results.

    Parameters
    ----------
    name : str
        The start of each key.
    slope : Slope
        The slope.

    Returns
    -------
    dict of str to float
        ``<name>.slope``, ``<name>.lower`` and ``<name>.upper``, in its own unit.
    """
    return {
        f"{name}.slope": slope.value,
        f"{name}.lower": slope.lower,
        f"{name}.upper": slope.upper,
    }


def sensitivity(
    leave_one_out: pd.DataFrame, windows: pd.DataFrame
) -> dict[str, tuple[pd.DataFrame, str]]:
    """Name the three ways in which the period is changed.

    Parameters
    ----------
    leave_one_out, windows : pandas.DataFrame
        As in `Trend` or `rfe_labour.models.shares.ShareTrend`.

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
    """Write the range of a slope over refits as results.

    Parameters
    ----------
    name : str
        The start of each key.
    frame : pandas.DataFrame
        One refit per row.
    column : str
        Its column with the slope.
    label : str
        Its column with the year that tells the refits apart.

    Returns
    -------
    dict of str to int or float
        ``<name>.lower`` and ``<name>.upper`` with ``<name>.lower_year`` and
        ``<name>.upper_year``.
    """
    slope, year = frame[column].to_numpy(), frame[label].to_numpy()
    return {
        f"{name}.lower": float(slope.min()),
        f"{name}.lower_year": int(year[slope.argmin()]),
        f"{name}.upper": float(slope.max()),
        f"{name}.upper_year": int(year[slope.argmax()]),
    }
