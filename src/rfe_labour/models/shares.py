"""How the share of North Koreans among all foreign workers changed, and how surely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats
from scipy.special import expit, logit
from statsmodels.othermod.betareg import BetaModel

from rfe_labour import inference, tables
from rfe_labour.inference import Estimate, Floats
from rfe_labour.models import trends
from rfe_labour.models.series_trend import (
    REPLICATIONS,
    SeriesTrend,
    check_years,
    fitted_curve,
    judge_line,
)
from rfe_labour.models.trends import INTERVAL, keyed
from rfe_labour.rounding import Intervals


@dataclass(frozen=True)
class Rounding:
    """What the rounding of the printed shares leaves open about a trend.

    Attributes
    ----------
    choices : pandas.DataFrame, shape (5, 4)
        A refit for each ``choice``: ``printed``; ``lower`` and ``upper`` (every share
        at that end of its rounding interval); ``rising`` (the years before the middle
        of the period at their lower ends, those after it at their upper ends) and
        ``falling`` (the reverse). ``fractional_logit`` and ``beta`` are slopes of the
        log-odds per year, ``theil_sen`` in percentage points per year.
    lower, upper : float
        Smallest and largest slope of the fractional logit that any shares within
        their rounding intervals can give.
    theil_sen_lower, theil_sen_upper : float
        Bounds for the Theil–Sen slope of any such shares, percentage points per year.
    """

    choices: pd.DataFrame
    lower: float
    upper: float
    theil_sen_lower: float
    theil_sen_upper: float


@dataclass(frozen=True)
class ShareTrend(SeriesTrend):
    """The trend of a share, by every method of the book.

    Beside the attributes of `SeriesTrend`, whose link is the logit, so that a slope is
    in log points of the odds per calendar year:

    Attributes
    ----------
    share : pandas.DataFrame, shape (n, 3)
        By year the printed ``share`` with ``share_lower`` and ``share_upper``, the
        ends of its rounding interval, all in per cent.
    fractional_logit : Estimate
        Slope of the fractional logit, HC3 and t: the headline.
    marginal_effect : Estimate
        Average marginal effect of a year, in percentage points, HC3 and t.
    logit_ols : Estimate
        Least-squares slope of the log-odds of the share, HC3 and t.
    beta : Estimate
        Slope of the beta regression (logit scale), maximum likelihood and normal.
    precision : float
        Its precision: the variance is mean (1 - mean) / (1 + precision).
    rho : float
        Lag-1 autocorrelation of the Pearson residuals of the fractional logit.
    rounding : Rounding
        What the rounding leaves open.
    """

    share: pd.DataFrame
    fractional_logit: Estimate
    marginal_effect: Estimate
    logit_ols: Estimate
    beta: Estimate
    precision: float
    rounding: Rounding

    @property
    def headline(self) -> Estimate:
        """The slope that is reported first, with HC3 and t."""
        return self.fractional_logit


def fit(
    table: pd.DataFrame,
    level: float,
    rng: np.random.Generator,
    replications: int = REPLICATIONS,
) -> ShareTrend:
    r"""Estimate the trend of the share of one region.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n, ≥ 3)
        As `rfe_labour.tables.regional_table` returns it; ``share``, ``share_lower``
        and ``share_upper`` are used.
    level, rng, replications
        As for `rfe_labour.models.trends.fit`, and a year may be missing as there.

    Returns
    -------
    ShareTrend
        Every estimate, with what it is sensitive to.

    Raises
    ------
    ValueError
        If there are fewer than `rfe_labour.parameters.MIN_YEARS` years; a share, its
        rounding included, reaches 0 or 100 per cent (no log-odds there, no beta
        density); all shares are the same; or the log-odds lie on a straight line.

    Notes
    -----
    Fractional logit (Papke and Wooldridge, 1996): with the share :math:`s_t` as a
    proportion, :math:`E(s_t) = \Lambda(a + bt)`, fitted by the Bernoulli likelihood,
    which needs no more than that mean to be right. Standard errors are HC3, not
    binomial: the number of foreign workers is derived from the share and adds nothing
    to it.

    Average marginal effect: :math:`100\,\frac1n\sum_t b\,\mu_t(1-\mu_t)` percentage
    points per year, its standard error by the delta method from the HC3 covariance.

    Beta regression (Ferrari and Cribari-Neto, 2004):
    :math:`s_t \sim Beta(\mu_t\phi, (1-\mu_t)\phi)`, logit link, constant
    :math:`\phi`.
    """
    share = _checked_share(table)
    years = share.index.to_numpy(dtype=np.float64)
    proportion = share["share"].to_numpy(dtype=np.float64) / 100

    result = _fractional_logit(proportion, years)
    covariance, estimates = inference.glm_hc3(result, level)
    beta = _beta(proportion, years)

    def refit(weights: Floats) -> dict[str, Floats]:
        return {
            "fractional_logit": inference.glm_slopes(
                proportion, years, "logit", weights
            ),
            "theil_sen": inference.theil_sen_slopes(share["share"], years, weights),
        }

    return ShareTrend(
        **judge_line(
            share["share"], lambda it: logit(it / 100), refit, level, rng, replications
        ),
        rho=float(inference.lag1_autocorrelation(result.resid_pearson)),
        curve=100 * fitted_curve(result, share.index, level).apply(expit),
        share=share,
        fractional_logit=estimates["x1"],
        marginal_effect=_marginal_effect(result, covariance, level),
        logit_ols=inference.ols(logit(proportion), years, level),
        beta=inference.estimate(
            float(beta.params[1]), float(beta.bse[1]), np.inf, level
        ),
        precision=float(np.exp(beta.params[2])),
        rounding=rounding_range(share),
    )


def _checked_share(table: pd.DataFrame) -> pd.DataFrame:
    """Take a share with its ends in order of time, and refuse one that has no trend."""
    share = table[["share", "share_lower", "share_upper"]].sort_index()
    check_years(share.index)
    inside = (share["share_lower"] > 0) & (share["share_upper"] < 100)
    if not inside.all():
        year = share.index[~inside][0]
        msg = (
            f"The share in {year}, {share.loc[year, 'share']:g} per cent with its "
            "rounding, is missing or reaches 0 or 100 per cent, where there are no "
            "log-odds. Choose a window without that year."
        )
        raise ValueError(msg)
    if share["share"].max() == share["share"].min():
        msg = (
            f"The share is {share['share'].iloc[0]:g} per cent in every year: without "
            "variation there is nothing to judge a trend by."
        )
        raise ValueError(msg)
    return share


def _design(years: Floats) -> Floats:
    design: Floats = sm.add_constant(years - years.mean())
    return design


def _fractional_logit(proportion: Floats, years: Floats) -> Any:
    model = sm.GLM(proportion, _design(years), family=sm.families.Binomial())
    return model.fit(tol=1e-12)


def _marginal_effect(result: Any, covariance: Floats, level: float) -> Estimate:
    design = np.asarray(result.model.exog)
    slope, mu = float(result.params[1]), np.asarray(result.fittedvalues)
    variance = mu * (1 - mu)
    turn = slope * variance * (1 - 2 * mu)
    gradient = 100 * (turn[:, None] * design).mean(axis=0)
    gradient[1] += 100 * variance.mean()
    return inference.estimate(
        100 * slope * float(variance.mean()),
        float(np.sqrt(gradient @ covariance @ gradient)),
        result.df_resid,
        level,
    )


def _beta(proportion: Floats, years: Floats) -> Any:
    model = BetaModel(proportion, _design(years))
    # It starts at the moments: a fractional logit has nearly the same mean, and its
    # dispersion is 1 / (1 + precision). BFGS comes near from there, with line searches
    # that keep it from running away; Newton's method then finds the last digits.
    moments = _fractional_logit(proportion, years)
    precision = max(1 / inference.dispersion(moments) - 1, 1.0)
    start = np.append(np.asarray(moments.params), np.log(precision))
    quiet = {"disp": 0, "maxiter": 500, "warn_convergence": False}
    near = model.fit(start_params=start, **quiet).params
    result = model.fit(start_params=near, method="newton", tol=1e-8, **quiet)
    if not result.mle_retvals["converged"]:
        msg = "The beta regression did not converge on these shares."
        raise ValueError(msg)
    return result


def rounding_range(share: pd.DataFrame) -> Rounding:
    r"""Refit the trend of a share over the ends of its rounding intervals.

    Parameters
    ----------
    share : pandas.DataFrame, shape (n, ≥ 3)
        As the table of `fit`.

    Returns
    -------
    Rounding
        Five systematic choices of the ends, the exact extremes of the slope of the
        fractional logit, and bounds for that of Theil and Sen.

    Raises
    ------
    ValueError
        As `fit`, but not for a perfect line.

    Notes
    -----
    The extremes are exact. The slope b solves :math:`\sum_t (s_t - \mu_t) = 0` and
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
    share = _checked_share(share)
    years = share.index.to_numpy(dtype=np.float64)
    printed, lower, upper = (share[name] for name in share.columns)
    middle = (years[0] + years[-1]) / 2
    choices = {
        "printed": printed,
        "lower": lower,
        "upper": upper,
        "rising": upper.where(years > middle, lower).where(years != middle, printed),
        "falling": lower.where(years > middle, upper).where(years != middle, printed),
    }
    shares = np.array(list(choices.values()))
    refits = pd.DataFrame(
        {
            "choice": list(choices),
            "fractional_logit": inference.glm_slopes(shares / 100, years, "logit"),
            "beta": [float(_beta(one / 100, years).params[1]) for one in shares],
            "theil_sen": inference.theil_sen_slopes(shares, years),
        }
    )
    rounded = Intervals.of(share, "share")
    before, after = np.triu_indices(len(years), k=1)
    between = (rounded[after] - rounded[before]) / (years[after] - years[before])
    return Rounding(
        choices=refits,
        lower=float(_slopes_by_turn(rounded.upper, rounded.lower, years).min()),
        upper=float(_slopes_by_turn(rounded.lower, rounded.upper, years).max()),
        theil_sen_lower=float(np.median(between.lower)),
        theil_sen_upper=float(np.median(between.upper)),
    )


def _slopes_by_turn(first: Floats, then: Floats, years: Floats) -> Floats:
    """Fit the slope for each year at which the shares turn from one end to another."""
    turns = np.arange(len(years) + 1)[:, None]
    shares = np.where(np.arange(len(years)) < turns, first, then)
    return inference.glm_slopes(shares / 100, years, "logit")


def decompositions(numbers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    r"""Split the change of workers of every region into share and foreign workers.

    Parameters
    ----------
    numbers : mapping of str to pandas.DataFrame
        A table of `rfe_labour.tables.regional_table` for each region.

    Returns
    -------
    pandas.DataFrame, shape (regions, 11)
        ``region``; the columns of `rfe_labour.tables.decomposition_total` (log points
        from the first year to the last); and ``trend_workers``, ``trend_share`` and
        ``trend_foreign``, least-squares slopes of the logarithms (log points per
        year).

    Raises
    ------
    ValueError
        As `rfe_labour.tables.decomposition_total`.

    Notes
    -----
    Both splits are exact: :math:`\ln workers = \ln share + \ln foreign + const`, and
    least squares is linear in its outcome. The first uses the two end years alone, the
    second all years.
    """
    ends = {name: tables.decomposition_total(table) for name, table in numbers.items()}
    parts = pd.concat(ends, names=["region"]).droplevel(1).reset_index()
    for name in ("workers", "share", "foreign"):
        parts[f"trend_{name}"] = [
            float(inference.slopes(np.log(table[name]), table.index))
            for table in numbers.values()
        ]
    return parts


@dataclass(frozen=True)
class Pooled:
    """One trend for several regions, beside the trend of each.

    Attributes
    ----------
    first_year, last_year : int
        The years that every region has.
    slope : float
        The common slope of the fractional logit with region effects, log points of
        the odds per calendar year. It has no standard error, on purpose.
    regions : pandas.DataFrame, shape (regions, 7)
        For each ``region`` its own slope in the same years: ``slope``, ``se``,
        ``lower``, ``upper``, ``p`` (HC3 and t), and ``without``, the common slope of
        the other regions.
    """

    first_year: int
    last_year: int
    slope: float
    regions: pd.DataFrame

    @property
    def spread(self) -> float:
        """Largest regional slope less the smallest, log points per year."""
        return float(self.regions["slope"].max() - self.regions["slope"].min())

    @property
    def smallest_p(self) -> float:
        """The smallest two-sided p-value of a sign test over so few regions.

        Were rising and falling equally likely in each region, and the regions
        independent, all would agree with chance 2 / 2**regions: 0.25 for three.
        """
        return float(stats.binomtest(0, len(self.regions)).pvalue)


def pool(numbers: Mapping[str, pd.DataFrame], level: float = 0.95) -> Pooled:
    r"""Fit one trend of the share to all regions, each with its own level.

    Parameters
    ----------
    numbers : mapping of str to pandas.DataFrame
        A table of `rfe_labour.tables.regional_table` for each of two or more regions.
        Only the period that all have is used.
    level : float
        Confidence level of the regional intervals.

    Returns
    -------
    Pooled
        The common slope, without standard error, and the regional slopes with theirs.

    Raises
    ------
    ValueError
        If there is only one region, or as `rounding_range` in the common period.

    Notes
    -----
    :math:`E(s_{rt}) = \Lambda(a_r + bt)`. The common b is an average of the regional
    slopes, weighted by how much each region's fitted shares tell of it; it describes
    no region if they differ in sign. A model with a trend for each region is the same
    as separate fits, so those are what is tested.

    What three regions cannot support: standard errors clustered by region need many
    clusters (with three they are far too small), the regions are not a sample from a
    population of regions, and a shock to all of Russia hits them together. What they
    can: a comparison of three described courses.
    """
    if len(numbers) < 2:
        msg = f"A pooled trend needs two or more regions, not {len(numbers)}."
        raise ValueError(msg)
    first = max(int(table.index.min()) for table in numbers.values())
    last = min(int(table.index.max()) for table in numbers.values())
    shares = {
        region: _checked_share(table.loc[first:last])
        for region, table in numbers.items()
    }
    rows = []
    for region, share in shares.items():
        proportion = share["share"].to_numpy(dtype=np.float64) / 100
        result = _fractional_logit(proportion, share.index.to_numpy(dtype=np.float64))
        slope = inference.glm_hc3(result, level)[1]["x1"]
        others = {name: other for name, other in shares.items() if name != region}
        judged = {name: getattr(slope, name) for name in ("se", "lower", "upper", "p")}
        without = _common_slope(others)
        rows.append(
            {"region": region, "slope": slope.value, **judged, "without": without}
        )
    return Pooled(first, last, _common_slope(shares), pd.DataFrame(rows))


def _common_slope(shares: Mapping[str, pd.DataFrame]) -> float:
    long = pd.concat(shares, names=["region"]).reset_index()
    formula = "I(share / 100) ~ C(region) + center(year)"
    model = smf.glm(formula, long, family=sm.families.Binomial())
    return float(model.fit(tol=1e-12).params["center(year)"])


def results(trend: ShareTrend) -> dict[str, int | float]:
    """Gather the numbers that the prose about the trend of a share states.

    Slopes, their standard errors and their ends are in log points of the odds per year,
    but ``marginal_effect`` and ``theil_sen`` in percentage points per year,
    ``odds_percent`` in per cent per year of the odds, and ``fitted`` in per cent. Of
    ``rounding``, ``lower`` and ``upper`` are the exact extremes of the fractional
    logit, those of ``beta`` the range over the choices, and those of ``theil_sen``
    bounds.
    """
    open_ = trend.rounding
    values = trends.shared_results(
        trend, trend.share.index, "fractional_logit", "logit_ols"
    )
    logit_slope = trend.fractional_logit
    values |= {
        "fractional_logit.odds_percent": trends.percent(logit_slope.value),
        "fractional_logit.odds_percent_lower": trends.percent(logit_slope.lower),
        "fractional_logit.odds_percent_upper": trends.percent(logit_slope.upper),
        **keyed("marginal_effect", trend.marginal_effect, hc3_se="se", **INTERVAL),
        "fitted.first": float(trend.curve["fitted"].iloc[0]),
        "fitted.last": float(trend.curve["fitted"].iloc[-1]),
        **keyed("logit_ols", trend.logit_ols, slope="value", hc3_se="se", hc3_p="p"),
        **keyed("beta", trend.beta, se="se", p="p", **INTERVAL),
        "beta.precision": trend.precision,
        "rounding.lower": open_.lower,
        "rounding.upper": open_.upper,
        "rounding.beta_lower": float(open_.choices["beta"].min()),
        "rounding.beta_upper": float(open_.choices["beta"].max()),
        "rounding.theil_sen_lower": open_.theil_sen_lower,
        "rounding.theil_sen_upper": open_.theil_sen_upper,
    }
    names = {"lower": "lower_ends", "upper": "upper_ends"}
    for row in open_.choices.to_dict("records"):
        key = names.get(row["choice"], row["choice"])
        values[f"rounding.{key}"] = row["fractional_logit"]
    return values


def pooled_results(pooled: Pooled) -> dict[str, int | float]:
    """Gather the numbers that the prose about the pooled trend states.

    ``falling`` counts regions; ``without_<region>`` is the common slope of the others.
    """
    values: dict[str, int | float] = {
        "pooled.slope": pooled.slope,
        "pooled.spread": pooled.spread,
        "pooled.smallest_p": pooled.smallest_p,
        "pooled.regions": len(pooled.regions),
        "pooled.falling": int((pooled.regions["slope"] < 0).sum()),
        "pooled.first_year": pooled.first_year,
        "pooled.last_year": pooled.last_year,
    }
    for row in pooled.regions.to_dict("records"):
        for name in ("slope", "lower", "upper"):
            values[f"pooled.{row['region']}.{name}"] = float(row[name])
        values[f"pooled.without_{row['region']}"] = float(row["without"])
    return values


def decomposition_results(parts: pd.DataFrame) -> dict[str, int | float]:
    """Name the columns of `decompositions` ``<region>.decomposition.<column>``."""
    values: dict[str, int | float] = {}
    for row in parts.to_dict("records"):
        region = row.pop("region")
        values |= {f"{region}.decomposition.{key}": row[key] for key in row}
    return values
