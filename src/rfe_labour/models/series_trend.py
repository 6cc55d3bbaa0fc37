"""What the trend of a count and that of a share have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from rfe_labour import inference
from rfe_labour.inference import Estimate, Floats, Kendall, MonteCarlo, Slope
from rfe_labour.parameters import MIN_YEARS

POWER = 0.8
"""The chance of being noticed at which a slope counts as detectable."""

REPLICATIONS = 9999

RHOS = tuple(tenths / 10 for tenths in range(10))
"""AR(1) coefficients of `ar1_profile`, from 0 to 0.9."""


@dataclass(frozen=True)
class SeriesTrend(ABC):
    """What the trend of a count and that of a share have in common.

    Both are least-squares lines on the scale of a link, log or logit, beside further
    methods. The slope on that scale is in log points per calendar year.

    Attributes
    ----------
    level : float
        Confidence level of every interval.
    ewc : Estimate
        Least-squares slope, with the long-run variance by equal-weighted cosines.
    ar1 : MonteCarlo
        The p-value of the same slope, calibrated to AR(1) errors.
    theil_sen : Slope
        Median pairwise slope on the scale of the outcome itself, per calendar year.
    kendall : Kendall
        Rank correlation with the year, with its exact p-value.
    detectable, detectable_ar1 : float
        Smallest slope that a test of the least-squares line at 1 - `level` would notice
        with chance `POWER`: with independent errors, and with AR(1) errors of the
        coefficient in `ar1`.
    leave_one_out : pandas.DataFrame, shape (n, 3)
        ``left_out`` (year), the headline slope under its name, and ``theil_sen``,
        without that year.
    windows : pandas.DataFrame
        ``moved`` (which end: ``first_year`` or ``last_year``), ``first_year``,
        ``last_year``, ``years`` (number) and the two slopes: one end moved inwards, the
        other kept, down to `MIN_YEARS` years. The whole period is there once for each
        end.
    rho : float
        Lag-1 autocorrelation of the residuals of the headline model.
    curve : pandas.DataFrame, shape (n, ≥ 3)
        By year, in the unit of the outcome: ``fitted``, ``lower`` and ``upper``
        (pointwise band) of the headline model.
    """

    level: float
    ewc: Estimate
    ar1: MonteCarlo
    theil_sen: Slope
    kendall: Kendall
    detectable: float
    detectable_ar1: float
    leave_one_out: pd.DataFrame
    windows: pd.DataFrame
    rho: float
    curve: pd.DataFrame

    @property
    @abstractmethod
    def headline(self) -> Estimate:
        """The slope that is reported first, with HC3 and t."""

    @property
    def p_values(self) -> dict[str, float]:
        """The p-values side by side.

        ``hc3`` is that of the headline; ``ewc`` and ``ar1`` those of the least-squares
        line; ``kendall`` that of the ranks.
        """
        return {
            "hc3": self.headline.p,
            "ewc": self.ewc.p,
            "ar1": self.ar1.p,
            "kendall": self.kendall.p,
        }


def judge_line(
    values: pd.Series,
    link: Callable[[Floats], Floats],
    refit: Callable[[Floats], Mapping[str, Floats]],
    level: float,
    rng: np.random.Generator,
    replications: int = REPLICATIONS,
) -> dict[str, Any]:
    """Work out the attributes of `SeriesTrend`, but for ``rho`` and ``curve``, by name.

    Parameters
    ----------
    values : pandas.Series, shape (n,)
        The outcome by year, in order of time.
    link : callable
        The function that gives the scale on which the outcome has a straight line.
    refit : callable
        For weights of shape (refits, n), 0 for a year that a refit leaves out, the
        slopes by name, each of shape (refits,).
    level, rng, replications
        As for `rfe_labour.models.trends.fit`.
    """
    years = values.index.to_numpy(dtype=np.float64)
    scaled = link(values.to_numpy(dtype=np.float64))
    ewc = inference.ewc(scaled, years, level)
    ar1 = inference.ar1_monte_carlo(scaled, years, rng, replications)
    squares = inference.residuals(scaled, years) ** 2
    sd = float(np.sqrt(squares.sum() / (len(years) - 2)))
    return {
        "level": level,
        "ewc": ewc,
        "ar1": ar1,
        "theil_sen": inference.theil_sen(values, years, level),
        "kendall": inference.kendall(values, years),
        "detectable": inference.detectable_slope(years, sd, level, POWER),
        "detectable_ar1": inference.detectable_slope(years, sd, level, POWER, ar1.rho),
        "leave_one_out": pd.DataFrame(
            {"left_out": values.index, **refit(1 - np.eye(len(years)))}
        ),
        "windows": _moved_ends(values.index, refit),
    }


def _moved_ends(
    years: pd.Index, refit: Callable[[Floats], Mapping[str, Floats]]
) -> pd.DataFrame:
    """Refit in the windows that move one end of the period and keep the other."""
    cuts = range(len(years) - MIN_YEARS + 1)
    ends = [("first_year", years[cut], years[-1]) for cut in cuts]
    ends += [("last_year", years[0], years[-1 - cut]) for cut in cuts]
    windows = pd.DataFrame(ends, columns=["moved", "first_year", "last_year"])
    first, last = (windows[[end]].to_numpy() for end in ("first_year", "last_year"))
    used = (years.to_numpy() >= first) & (years.to_numpy() <= last)
    return windows.assign(years=used.sum(axis=1), **refit(used.astype(np.float64)))


def fitted_curve(result: Any, years: pd.Index, level: float) -> pd.DataFrame:
    r"""Give the line of a GLM on a constant and a trend, and its pointwise band.

    Returns
    -------
    pandas.DataFrame, shape (n, 3)
        By year ``fitted``, ``lower`` and ``upper``, on the scale of the link:
        :math:`x_t'\hat\beta \pm t_{n-2} \sqrt{x_t' \hat V x_t}` with the HC3
        covariance :math:`\hat V` of `rfe_labour.inference.glm_hc3`, whose errors it
        raises.
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


def check_years(years: pd.Index) -> None:
    """Refuse years that are fewer than `MIN_YEARS`, or one that is there twice."""
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
