"""The results of the models as tables that a reader sees, written as Markdown."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rfe_labour.article import RegionalTable
from rfe_labour.inference import Estimate, Slope
from rfe_labour.models import trends
from rfe_labour.models.shares import Pooled, Rounding, ShareTrend
from rfe_labour.models.small_samples import KEYS, PLANNED
from rfe_labour.models.trends import Trend, percent
from rfe_labour.shown.model_figures import (
    CHOICE_NAMES,
    ESTIMATORS,
    METHODS,
    OUTCOMES,
)
from rfe_labour.shown.present import Markdown, as_part, records, signed, write_table

_CHANGES = {
    "leave_one_out": "without one year",
    "first_year_moved": "a later first year",
    "last_year_moved": "an earlier last year",
}


def trend_estimates(trend: Trend) -> Markdown:
    """List every estimate of the trend of the workers.

    Parameters
    ----------
    trend : Trend
        As `rfe_labour.models.trends.fit` returns it.
    """
    rows = [
        _in_persons("Theil–Sen; Mann–Kendall", trend.theil_sen, trend.kendall.p),
        _in_percent("log-OLS, HC3 with t", trend.log_ols),
        _in_percent("log-OLS, EWC", trend.ewc),
        ["log-OLS, AR(1)-calibrated", "as above", "", _p(trend.ar1.p)],
        _in_percent("Theil–Sen of logarithms", trend.log_theil_sen),
        _in_percent("quasi-Poisson", trend.quasi_poisson),
        _in_percent("quasi-Poisson, HC3 with t", trend.quasi_poisson_hc3),
        _in_percent("negative binomial", trend.negative_binomial),
    ]
    return write_table(
        ["method", "change per year", _interval(trend.level), "p"], rows, "lrrr"
    )


def share_estimates(trend: ShareTrend) -> Markdown:
    """List every estimate of the trend of the share.

    Parameters
    ----------
    trend : ShareTrend
        As `rfe_labour.models.shares.fit` returns it.
    """
    own = trend.fractional_logit
    effect, median = trend.marginal_effect, trend.theil_sen
    rows = [
        _in_percent("fractional logit, HC3 with t", own, " of the odds"),
        _in_points("the same, average effect", effect, None),
        _in_points("Theil–Sen; Mann–Kendall", median, trend.kendall.p),
        _in_percent("logit-OLS, HC3 with t", trend.logit_ols, " of the odds"),
        _in_percent("logit-OLS, EWC", trend.ewc, " of the odds"),
        ["logit-OLS, AR(1)-calibrated", "as above", "", _p(trend.ar1.p)],
        _in_percent("beta regression", trend.beta, " of the odds"),
    ]
    return write_table(
        ["method", "change per year", _interval(trend.level), "p"], rows, "lrrr"
    )


def p_values(adjusted: pd.DataFrame, regions: Mapping[str, RegionalTable]) -> Markdown:
    """List the p-values side by side, each with its value adjusted by Holm.

    Parameters
    ----------
    adjusted : pandas.DataFrame
        As `rfe_labour.models.trends.holm` returns it.
    regions : mapping of str to RegionalTable
        The same regions, in the order of the rows.
    """
    own = {
        (row["region"], row["method"]): f"{_p(row['p'])} ({_p(row['holm_p'])})"
        for row in records(adjusted)
    }
    rows = [
        [
            about.region_name,
            *(own[(region, method)] for method in METHODS),
        ]
        for region, about in regions.items()
    ]
    return write_table(["p (Holm)", *METHODS.values()], rows, "l" + "r" * len(METHODS))


def test_sizes(sizes: pd.DataFrame, level: float) -> Markdown:
    """List how often each method finds a trend that is not there.

    Parameters
    ----------
    sizes : pandas.DataFrame
        As `rfe_labour.models.small_samples.size_table` returns it, with its default
        lengths and coefficients.
    level : float
        Nominal size. At 0.05, what the methods were planned by stands in parentheses.
    """
    cells = {
        (row["method"], row["rho"], row["n"]): row["size"] for row in records(sizes)
    }
    order = sorted({(rho, n) for _, rho, n in cells})
    rows = []
    for method, key in KEYS.items():
        planned = PLANNED.get(key) if level == 0.05 else None
        rows.append(
            [
                method,
                *(
                    f"{cells[(method, *column)]:.3f}"
                    + (f" ({planned[place]:.2f})" if planned else "")
                    for place, column in enumerate(order)
                ),
            ]
        )
    header = ["method", *(f"ρ = {rho:g}, n = {n}" for rho, n in order)]
    return write_table(header, rows, "l" + "r" * len(order))


def ar1_profile(profile: pd.DataFrame) -> Markdown:
    """List the calibrated p-value under each correlation that may be assumed.

    Parameters
    ----------
    profile : pandas.DataFrame
        As `rfe_labour.models.trends.ar1_profile` returns it.
    """
    rows = [["p", *(_p(p) for p in profile["p"])]]
    header = ["ρ", *(f"{rho:g}" for rho in profile["rho"])]
    return write_table(header, rows, "l" + "r" * len(profile))


def sensitivity(trend: Trend | ShareTrend) -> Markdown:
    """List the range of the headline slope when years are left out.

    Parameters
    ----------
    trend : Trend or ShareTrend
        As the ``fit`` of `rfe_labour.models.trends` or `rfe_labour.models.shares`
        returns it.
    """
    workers = isinstance(trend, Trend)
    column = "log_ols" if workers else "fractional_logit"
    rows = []
    refits = trends.sensitivity(trend.leave_one_out, trend.windows)
    for name, (frame, label) in refits.items():
        ends = trends.range_results(name, frame, column, label)
        rows.append(
            [
                _CHANGES[name],
                *(
                    f"{signed(percent(ends[f'{name}.{end}']))}% "
                    f"({ends[f'{name}.{end}_year']})"
                    for end in ("lower", "upper")
                ),
                f"{signed(frame['theil_sen'].min())} to "
                f"{signed(frame['theil_sen'].max())}",
            ]
        )
    unit = "workers" if workers else "points"
    what = "log-OLS" if workers else "odds"
    header = ["refit", f"{what}, lowest", f"{what}, highest", f"Theil–Sen, {unit}"]
    return write_table(header, rows, "lrrr")


def steps(trend: Trend) -> Markdown:
    """List the change of the workers from each year to the next, falls in bold.

    Parameters
    ----------
    trend : Trend
        As `rfe_labour.models.trends.fit` returns it.
    """
    rows = []
    for row in records(trend.steps):
        change = signed(row["change"], 0)
        rows.append(
            [
                f"{row['from_year']}–{row['to_year']}",
                change if row["change"] > 0 else f"**{change}**",
            ]
        )
    return write_table(["years", "change of workers"], rows, "lr")


def rounding(found: Rounding) -> Markdown:
    """List the slopes of the share over the ends of its rounding intervals.

    Parameters
    ----------
    found : Rounding
        As `rfe_labour.models.shares.rounding_range` returns it.
    """
    names = {
        "printed": "as printed",
        "lower": "all at the lower end",
        "upper": "all at the upper end",
        "rising": "early years low, late years high",
        "falling": "early years high, late years low",
    }
    rows = [
        [
            names[row["choice"]],
            _small(row["fractional_logit"]),
            _small(row["beta"]),
            signed(row["theil_sen"], 2),
        ]
        for row in records(found.choices)
    ]
    rows.append(
        [
            "**any shares within rounding**",
            f"{_small(found.lower)} to {_small(found.upper)}",
            "",
            f"{signed(found.theil_sen_lower, 2)} to {signed(found.theil_sen_upper, 2)}",
        ]
    )
    header = ["shares", "fractional logit", "beta", "Theil–Sen, points"]
    return write_table(header, rows, "lrrr")


def decompositions(
    parts: pd.DataFrame, regions: Mapping[str, RegionalTable]
) -> Markdown:
    """List how the change of workers splits into share and foreign workers.

    Parameters
    ----------
    parts : pandas.DataFrame
        As `rfe_labour.models.shares.decompositions` returns it.
    regions : mapping of str to RegionalTable
        The same regions.
    """
    rows = [
        [
            f"{regions[row['region']].region_name}, "
            f"{row['from_year']}–{row['to_year']}",
            *(
                f"{_small(row[f'dln_{name}'])} ({_small(row[f'trend_{name}'])})"
                for name in ("workers", "share", "foreign")
            ),
        ]
        for row in records(parts)
    ]
    header = ["first to last (trend per year)", "ln workers", "ln share", "ln foreign"]
    return write_table(header, rows, "lrrr")


def pooled(found: Pooled, regions: Mapping[str, RegionalTable]) -> Markdown:
    """List the slope of the share of each region and what remains without it.

    Parameters
    ----------
    found : Pooled
        As `rfe_labour.models.shares.pool` returns it.
    regions : mapping of str to RegionalTable
        The same regions.
    """
    rows = [
        [
            regions[row["region"]].region_name,
            _small(row["slope"]),
            f"{_small(row['lower'])} to {_small(row['upper'])}",
            _small(row["without"]),
        ]
        for row in records(found.regions)
    ]
    rows.append(["**common slope**", _small(found.slope), "none, see the text", ""])
    header = ["region", "log-odds per year", "interval", "common without it"]
    return write_table(header, rows, "lrrr")


def sign_agreement(
    agreement: pd.DataFrame, regions: Mapping[str, RegionalTable]
) -> Markdown:
    """List how many specifications rise, fall, and agree with the headline.

    Parameters
    ----------
    agreement : pandas.DataFrame
        As `rfe_labour.checks.multiverse.sign_agreement` returns it.
    regions : mapping of str to RegionalTable
        The same regions.
    """
    rows = [
        [
            regions[row["region"]].region_name,
            OUTCOMES[row["outcome"]] + (" (odds)" if row["link"] == "logit" else ""),
            f"{row['specifications']:,}",
            as_part(row["rising"]),
            as_part(row["falling"]),
            f"{signed(percent(row['headline']))}%",
            f"{signed(percent(row['lowest']))} to {signed(percent(row['highest']))}%",
        ]
        for row in records(agreement)
    ]
    header = [
        "region",
        "outcome",
        "number",
        "rise",
        "fall",
        "headline",
        "all, per year",
    ]
    return write_table(header, rows, "llrrrrr")


def by_choice(parts: pd.DataFrame, about: RegionalTable, outcome: str) -> Markdown:
    """List for each option of each choice how many specifications rise.

    Parameters
    ----------
    parts : pandas.DataFrame
        As `rfe_labour.checks.multiverse.by_choice` returns it.
    about : RegionalTable
        The region to list.
    outcome : str
        The outcome to list.
    """
    own = parts[(parts["region"] == about.region) & (parts["outcome"] == outcome)]
    rows = [
        [
            CHOICE_NAMES[row["choice"]],
            ESTIMATORS.get(row["option"], str(row["option"])),
            f"{row['specifications']:,}",
            as_part(row["rising"]),
            f"{signed(percent(row['median']))}%",
        ]
        for row in records(own)
    ]
    return write_table(["choice", "option", "number", "rise", "median"], rows, "llrrr")


def _in_percent(name: str, own: Estimate | Slope, of: str = "") -> list[str]:
    return [
        name,
        f"{signed(percent(own.value))}%{of}",
        f"{signed(percent(own.lower))} to {signed(percent(own.upper))}%",
        _p(own.p) if isinstance(own, Estimate) else "",
    ]


def _in_persons(name: str, own: Slope, p: float) -> list[str]:
    return [
        name,
        f"{signed(own.value, 0)} workers",
        f"{signed(own.lower, 0)} to {signed(own.upper, 0)}",
        _p(p),
    ]


def _in_points(name: str, own: Estimate | Slope, p: float | None) -> list[str]:
    return [
        name,
        f"{signed(own.value, 2)} points",
        f"{signed(own.lower, 2)} to {signed(own.upper, 2)}",
        "" if p is None else _p(p),
    ]


def _interval(level: float) -> str:
    return f"{100 * level:g}% interval"


def _p(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _small(value: float) -> str:
    return signed(value, 3)
