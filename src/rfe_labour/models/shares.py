"""How the share of North Koreans among all foreign workers changed, and how surely.

The chapter on shares does this step by step for one region; these functions do the same
for every region, and say what the rounding of the printed shares leaves open.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.othermod.betareg import BetaModel

from rfe_labour import inference
from rfe_labour.inference import Floats
from rfe_labour.models import series_trend
from rfe_labour.models.series_trend import check_years
from rfe_labour.rounding import Intervals

JUDGED = {
    "ar1": "calibrated",
    "ewc": "EWC",
    "fractional_logit": "HC3",
}
"""The three ways of judging the fractional logit by their names in prose."""

FORMULA = "I(share / 100) ~ center(year)"


def fits(table: pd.DataFrame) -> dict[str, Any]:
    r"""Fit every model of the chapter to the share of one region.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n, ≥ 4)
        ``year``, and ``share`` with ``share_lower`` and ``share_upper`` in per cent,
        one row a year, as `rfe_labour.tables.regions` gives them. A year may be missing
        as in `rfe_labour.models.trends.fits`.

    Returns
    -------
    dict of str to a fitted model of statsmodels
        ``fractional_logit``, with HC3 and t; ``ewc``, the same with the covariance of
        `rfe_labour.inference.ewc`; ``beta``, the beta regression, by maximum likelihood
        and judged by the normal distribution; ``logit_ols``, least squares on the
        log-odds, with HC3 and t. All slopes are in log-odds per year. Time is centred,
        which changes no slope.

    Raises
    ------
    ValueError
        If there are fewer than `rfe_labour.parameters.MIN_YEARS` years; a share, its
        rounding included, reaches 0 or 100 per cent (no log-odds there, no beta
        density); all shares are the same; they lie on the fitted curve; or the beta
        regression does not converge.

    Notes
    -----
    Fractional logit (Papke and Wooldridge, 1996): with the share :math:`s_t` as a
    proportion, :math:`E(s_t) = \Lambda(a + bt)`, fitted by the Bernoulli likelihood,
    which needs no more than that mean to be right. Standard errors are HC3, not
    binomial: the number of foreign workers is derived from the share and adds nothing
    to it.

    Beta regression (Ferrari and Cribari-Neto, 2004):
    :math:`s_t \sim Beta(\mu_t\phi, (1-\mu_t)\phi)`, logit link, constant
    :math:`\phi`, whose logarithm is the coefficient ``precision``.
    """
    table = checked(table)
    line = smf.ols("np.log(share / (100 - share)) ~ center(year)", table)
    fractional = smf.glm(FORMULA, table, family=sm.families.Binomial()).fit(tol=1e-12)
    return {
        "fractional_logit": inference.glm_hc3(fractional),
        "ewc": inference.ewc(fractional),
        "beta": _beta(table, fractional),
        "logit_ols": line.fit(cov_type="HC3", use_t=True),
    }


def _beta(table: pd.DataFrame, fractional: Any) -> Any:
    model = BetaModel.from_formula(FORMULA, table)
    # It starts at the moments: a fractional logit has nearly the same mean, and its
    # dispersion is 1 / (1 + precision). BFGS comes near from there, with line searches
    # that keep it from running away; Newton's method then finds the last digits.
    precision = max(1 / inference.dispersion(fractional) - 1, 1.0)
    start = np.append(np.asarray(fractional.params), np.log(precision))
    quiet = {"disp": 0, "maxiter": 500, "warn_convergence": False}
    near = model.fit(start_params=start, **quiet).params
    result = model.fit(start_params=near, method="newton", tol=1e-8, **quiet)
    if not result.mle_retvals["converged"]:
        msg = "The beta regression did not converge on these shares."
        raise ValueError(msg)
    return result


def slopes(table: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Estimate the trend of the share of one region by every method.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `fits`, whose errors it raises.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    pandas.DataFrame, shape (4, 6)
        The slopes of `fits` as `rfe_labour.inference.compare` returns them.
    """
    return inference.compare(fits(table), level)


def marginal_effect(fit: Any, level: float = 0.95) -> pd.Series:
    r"""Average what one year more does to the share, in percentage points.

    Parameters
    ----------
    fit : statsmodels.genmod.generalized_linear_model.GLMResults
        A fractional logit with one regressor, as of `fits`.
    level : float
        Confidence level of the interval.

    Returns
    -------
    pandas.Series
        ``slope``, ``se``, ``df``, ``lower``, ``upper`` and the two-sided ``p``, as a
        row of `rfe_labour.inference.compare`, in percentage points per year.

    Notes
    -----
    The effect is :math:`100\,\frac1n\sum_t b\,\mu_t(1-\mu_t)`, and its standard error
    that of the delta method from the covariance of `fit`, both by ``get_margeff`` of
    statsmodels. That judges the effect by the normal distribution whatever that of the
    fit is; here it is Student's t.
    """
    effect = fit.get_margeff()
    value, se = 100 * float(effect.margeff[0]), 100 * float(effect.margeff_se[0])
    student = stats.t(fit.df_resid)
    margin = float(student.ppf((1 + level) / 2)) * se
    return pd.Series(
        {
            "slope": value,
            "se": se,
            "df": float(fit.df_resid),
            "lower": value - margin,
            "upper": value + margin,
            "p": 2 * float(student.sf(abs(value) / se)),
        }
    )


def refit(table: pd.DataFrame) -> pd.DataFrame:
    """Fit the slope again without single years, and in shorter periods.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `fits`.

    Returns
    -------
    pandas.DataFrame
        As `rfe_labour.models.series_trend.refit`: ``fractional_logit`` in log-odds per
        year and ``theil_sen`` in percentage points per year.
    """
    table = checked(table)
    share, years = table["share"].to_numpy(), table["year"].to_numpy()

    def of(weights: Floats) -> dict[str, Floats]:
        return {
            "fractional_logit": inference.glm_slopes(
                share / 100, years, "logit", weights
            ),
            "theil_sen": inference.theil_sen_slopes(share, years, weights),
        }

    return series_trend.refit(table["year"], of)


def rounding_range(table: pd.DataFrame) -> pd.Series:
    r"""Find the flattest and the steepest trend that the rounding leaves open.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `fits`.

    Returns
    -------
    pandas.Series
        ``lower`` and ``upper``, the exact extremes of the slope of the fractional logit
        in log-odds per year, and ``theil_sen_lower`` and ``theil_sen_upper``, bounds
        for that of Theil and Sen in percentage points per year.

    Raises
    ------
    ValueError
        As `fits`, but not for a perfect line.

    Notes
    -----
    The slope b solves :math:`\sum_t (s_t - \mu_t) = 0` and
    :math:`\sum_t t (s_t - \mu_t) = 0`, so :math:`\partial b / \partial s_t` has the
    sign of :math:`t - \bar t_w`, where :math:`\bar t_w` is the mean year weighted by
    :math:`\mu_t(1 - \mu_t)`. At the largest b, hence, every share after some turning
    year is at its upper end and every share before it at its lower end. There are
    n + 1 places for the turn; all are fitted and the largest slope is taken. The
    smallest b is found with the ends exchanged.

    A Theil–Sen slope has no such order, since one year is in many pairs. Its bounds
    take each pairwise slope at its own smallest and largest value, so they hold every
    possible median but may be wider than needed.
    """
    table = checked(table)
    years = table["year"].to_numpy(dtype=np.float64)
    rounded = Intervals.of(table, "share")
    before, after = np.triu_indices(len(years), k=1)
    between = (rounded[after] - rounded[before]) / (years[after] - years[before])
    return pd.Series(
        {
            "lower": float(_slopes_by_turn(rounded.upper, rounded.lower, years).min()),
            "upper": float(_slopes_by_turn(rounded.lower, rounded.upper, years).max()),
            "theil_sen_lower": float(np.median(between.lower)),
            "theil_sen_upper": float(np.median(between.upper)),
        }
    )


def _slopes_by_turn(first: Floats, then: Floats, years: Floats) -> Floats:
    """Fit the slope for each year at which the shares turn from one end to another."""
    turns = np.arange(len(years) + 1)[:, None]
    shares = np.where(np.arange(len(years)) < turns, first, then)
    return inference.glm_slopes(shares / 100, years, "logit")


def checked(table: pd.DataFrame) -> pd.DataFrame:
    """Take the table in order of time, and refuse a share that has no trend.

    It raises the errors of `fits`.
    """
    table = table.sort_values("year", ignore_index=True)
    check_years(table["year"])
    inside = (table["share_lower"] > 0) & (table["share_upper"] < 100)
    if not inside.all():
        year, share = table.loc[~inside, ["year", "share"]].iloc[0]
        msg = (
            f"The share in {year:.0f}, {share:g} per cent with its rounding, is "
            "missing or reaches 0 or 100 per cent, where there are no log-odds. Choose "
            "a window without that year."
        )
        raise ValueError(msg)
    share = table["share"]
    if share.max() == share.min():
        msg = (
            f"The share is {share.iloc[0]:g} per cent in every year: without "
            "variation there is nothing to judge a trend by."
        )
        raise ValueError(msg)
    return table
