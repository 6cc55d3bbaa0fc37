"""The chapter on trends of the workers, and what the chapter on shares has in common.

The functions take what `rfe_labour.models` computes: `trend` and `fits`, one trend or
that of each region, from ``fit``; `adjusted` from ``trends.holm`` and `profile` from
``trends.ar1_profile``. `facts` says which table of the article a region has.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rfe_labour.article import RegionalTable
from rfe_labour.inference import Estimate, Slope
from rfe_labour.models import trends
from rfe_labour.models.shares import ShareTrend
from rfe_labour.models.trends import Trend, percent
from rfe_labour.shown import charts
from rfe_labour.shown.charts import COLOURS, DASHES, INK, Picture, Regions, sentence
from rfe_labour.shown.markdown import (
    Markdown,
    p_value,
    period,
    signed,
    signed_span,
    write_table,
)

METHODS = {
    "hc3": "HC3 with t",
    "ewc": "EWC, few cosines",
    "ar1": "AR(1)-calibrated",
    "kendall": "Mann–Kendall, exact",
}
"""The methods of testing a trend, by their names in `Trend.p_values`."""

_REFITS = {
    "leave_one_out": ("without this one year", "without one year"),
    "first_year_moved": ("from this year to the last", "a later first year"),
    "last_year_moved": ("from the first year to this", "an earlier last year"),
}
"""Titles of the panels and of the rows that show the refits of a trend."""


# The figures --------------------------------------------------------------------------


def workers_trend(trend: Trend, facts: RegionalTable) -> Picture:
    """Draw the workers with the fitted log-linear curve, its band and Theil–Sen."""
    curve = trend.curve
    slope, lower, upper = percents(trend.log_ols)
    effect = f"{signed(slope)}% per year"
    interval = f"{100 * trend.level:g}% HC3 interval {signed_span(lower, upper)}%"
    # Sure is only what holds without assuming independent years.
    lowest = min(trend.log_ols.lower, trend.ewc.lower)
    highest = max(trend.log_ols.upper, trend.ewc.upper)
    doubt = "no sure direction, " if lowest <= 0 <= highest else ""
    median = f"{signed(trend.theil_sen.value, 0)} workers per year"
    with charts.open_panels(rows=1, height=3.9) as (figure, (axes,)):
        index = trend.workers.index
        charts.draw_points(axes, index, trend.workers, facts.region, label="as printed")
        draw_fit(axes, curve, facts.region, "log-linear fit", trend.level)
        axes.plot(
            curve.index,
            curve["theil_sen"],
            color=INK,
            linestyle=DASHES,
            linewidth=1.4,
            label=f"Theil–Sen: {median}",
        )
        axes.set_ylim(0, 1.05 * max(trend.workers.max(), curve["upper"].max()))
        charts.legend_below(figure, axes)
        title = f"{facts.region_name}: {doubt}{effect}\n({interval})"
        charts.label(axes, title, "workers")
        charts.label_years(axes, index)
    alt = (
        f"Points: North Korean workers in {facts.region_name}, "
        f"{charts.course(trend.workers)}. A curve through them is the log-linear fit, "
        f"{effect} ({interval}), from {curve['fitted'].iloc[0]:,.0f} to "
        f"{curve['fitted'].iloc[-1]:,.0f} workers, with a band that in the last year "
        f"reaches from {curve['lower'].iloc[-1]:,.0f} to "
        f"{curve['upper'].iloc[-1]:,.0f}. A dashed straight line is the Theil–Sen "
        f"slope, {median}."
    )
    return Picture(figure, alt)


def draw_fit(
    axes: Axes, curve: pd.DataFrame, region: str, name: str, level: float
) -> None:
    """Draw a fitted curve and its band, with the columns of `Trend.curve`."""
    axes.plot(
        curve.index,
        curve["fitted"],
        color=COLOURS[region],
        linewidth=2,
        label=f"{name}, {100 * level:g}% band",
    )
    axes.fill_between(
        curve.index,
        curve["lower"],
        curve["upper"],
        color=COLOURS[region],
        alpha=0.18,
        linewidth=0,
    )


def estimators(fits: Mapping[str, Trend], regions: Regions) -> Picture:
    """Draw the slope of the workers by every estimator, one panel for each region."""
    estimates = {region: _estimates(fits[region]) for region in regions}
    with charts.open_panels(rows=len(regions), height=0.6 + 2.0 * len(regions)) as (
        figure,
        panels,
    ):
        for axes, (region, rows) in zip(panels, estimates.items(), strict=True):
            draw_intervals(axes, rows.values(), [region] * len(rows))
            charts.label_rows(axes, list(rows))
            charts.grid(axes, "x")
            axes.set_title(
                f"{regions[region].region_name}: "
                f"{sum(lower > 0 for _, lower, _ in rows.values())} of {len(rows)} "
                "intervals lie above 0"
            )
        panels[-1].set_xlabel("change of workers, % per year")
    alt = "Forest plots, one for each region, in per cent per year. " + " ".join(
        f"{regions[region].region_name}: "
        + sentence(
            f"{name} {signed(value)} ({signed_span(lower, upper)})"
            for name, (value, lower, upper) in rows.items()
        )
        for region, rows in estimates.items()
    )
    return Picture(figure, alt)


def _estimates(trend: Trend) -> dict[str, tuple[float, float, float]]:
    named: dict[str, Estimate | Slope] = {
        "log-OLS, HC3": trend.log_ols,
        "log-OLS, EWC": trend.ewc,
        "Theil–Sen of logs": trend.log_theil_sen,
        "quasi-Poisson": trend.quasi_poisson,
        "quasi-Poisson, HC3": trend.quasi_poisson_hc3,
        "negative binomial": trend.negative_binomial,
    }
    return {name: percents(estimate) for name, estimate in named.items()}


def percents(estimate: Estimate | Slope) -> tuple[float, float, float]:
    """Read a slope on a log scale and its two ends as per cent per year."""
    return percent(estimate.value), percent(estimate.lower), percent(estimate.upper)


def draw_intervals(
    axes: Axes, rows: Iterable[Sequence[float]], regions: Iterable[str]
) -> None:
    """Draw one row for each slope with its ends, as `percents` gives them."""
    for place, ((value, *ends), region) in enumerate(zip(rows, regions, strict=True)):
        marker, colour = charts.MARKERS[region], COLOURS[region]
        axes.plot(ends, [place, place], color=colour, linewidth=2)
        axes.plot(value, place, marker=marker, color=colour, markersize=8)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.xaxis.set_major_formatter("{x:g}")


def p_values(
    values: Mapping[str, Mapping[str, float]], regions: Regions, level: float = 0.95
) -> Picture:
    """Draw the p-values of every method side by side, and a line at 1 - `level`.

    `values` has for each region the `p_values` of its trend.
    """
    size = 1 - level
    with charts.open_panels(rows=1, height=3.6) as (figure, (axes,)):
        # Side by side, so that equal p-values do not hide each other.
        shifts = np.linspace(-0.2, 0.2, len(regions))
        for shift, (region, facts) in zip(shifts, regions.items(), strict=True):
            charts.draw_points(
                axes,
                [values[region][method] for method in METHODS],
                np.arange(len(METHODS)) + shift,
                region,
                size=9,
                alpha=0.9,
                label=facts.region_name,
            )
        axes.axvline(size, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        axes.set_xscale("log")
        axes.set_xlim(right=1.15)
        axes.xaxis.set_major_formatter("{x:g}")
        charts.label_rows(axes, list(METHODS.values()))
        charts.grid(axes, "x")
        axes.set_xlabel(f"p-value (dashed line: {size:g})")
        charts.legend_below(figure, axes, columns=3)
        # With spaces that do not break, a line ends only between two regions.
        moves = [
            f"{facts.region_name} {values[region]['hc3']:.2f} → "
            f"{values[region]['ar1']:.2f}".replace(" ", "\N{NO-BREAK SPACE}")
            for region, facts in regions.items()
        ]
        title = f"p, HC3 → AR(1)-calibrated: {', '.join(moves)}"
        axes.set_title(textwrap.fill(title, 50), x=-0.25)
    alt = f"Dot plot of p-values on a logarithmic axis, with a line at {size:g}. "
    alt += sentence(
        f"{facts.region_name}: "
        + ", ".join(f"{METHODS[name]} {values[region][name]:.3g}" for name in METHODS)
        for region, facts in regions.items()
    )
    return Picture(figure, alt)


def sensitivity(trend: Trend | ShareTrend, facts: RegionalTable) -> Picture:
    """Draw how the headline slope moves when years are left out.

    Three panels: a year left out, the first year moved, the last year moved.
    """
    if isinstance(trend, Trend):
        what, unit = "Workers", "workers, % per year"
    else:
        what, unit = "Share", "odds, % per year"
    column, headline = _column(trend), percent(trend.headline.value)
    refits = trends.sensitivity(trend.leave_one_out, trend.windows)
    every = pd.concat([100 * np.expm1(frame[column]) for frame, _ in refits.values()])
    flips = bool((np.sign(every) != np.sign(headline)).any())
    finding = "changes sign with the years" if flips else "keeps its sign throughout"
    spans = []
    with charts.open_panels(rows=len(refits), height=6.4) as (figure, panels):
        for axes, (name, (frame, year)) in zip(panels, refits.items(), strict=True):
            slope = 100 * np.expm1(frame[column])
            axes.plot(
                frame[year],
                slope,
                color=COLOURS[facts.region],
                marker=charts.MARKERS[facts.region],
                linewidth=1 if year != "left_out" else 0,
                markersize=7,
            )
            axes.axhline(0, color=INK, linewidth=0.9)
            axes.axhline(headline, color=charts.PALE, linewidth=1.4, linestyle=DASHES)
            title, _ = _REFITS[name]
            note = f" (dashed: all years, {signed(headline)}%)"
            axes.set_title(
                title + note * (year == "left_out"), fontsize=11, fontweight="normal"
            )
            charts.grid(axes, "y")
            axes.margins(y=0.15)
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            low, high = slope.idxmin(), slope.idxmax()
            spans.append(
                f"{title}: {signed(slope[low])} ({frame.loc[low, year]}) to "
                f"{signed(slope[high])} ({frame.loc[high, year]})"
            )
        panels[1].set_ylabel(unit)
        charts.label_years(panels[-1], pd.Index(refits["leave_one_out"][0]["left_out"]))
        figure.suptitle(
            f"{what} in {facts.region_name}:\nthe slope {finding}", x=0.01, ha="left"
        )
    alt = (
        f"Three panels of slopes ({unit}) in {facts.region_name}, with lines at 0 and "
        f"at the slope of all years, {signed(headline)}. "
    )
    return Picture(figure, alt + sentence(spans))


def _column(trend: Trend | ShareTrend) -> str:
    """Name the column of the headline slope in the refits."""
    return "log_ols" if isinstance(trend, Trend) else "fractional_logit"


# The tables ---------------------------------------------------------------------------


def estimates_table(trend: Trend) -> Markdown:
    """List every estimate of the trend of the workers."""
    rows = [
        row_in_units(
            "Theil–Sen; Mann–Kendall", trend.theil_sen, "workers", 0, trend.kendall.p
        ),
        row_in_percent("log-OLS, HC3 with t", trend.log_ols),
        row_in_percent("log-OLS, EWC", trend.ewc),
        ["log-OLS, AR(1)-calibrated", "as above", "", p_value(trend.ar1.p)],
        row_in_percent("Theil–Sen of logarithms", trend.log_theil_sen),
        row_in_percent("quasi-Poisson", trend.quasi_poisson),
        row_in_percent("quasi-Poisson, HC3 with t", trend.quasi_poisson_hc3),
        row_in_percent("negative binomial", trend.negative_binomial),
    ]
    return write_estimates(rows, trend.level)


def write_estimates(rows: Iterable[Sequence[str]], level: float) -> Markdown:
    """Write rows of `row_in_percent` and `row_in_units` as a table."""
    header = ["method", "change per year", f"{100 * level:g}% interval", "p"]
    return write_table(header, rows, "lrrr")


def row_in_percent(name: str, estimate: Estimate | Slope, of: str = "") -> list[str]:
    """Write a slope on a log scale in per cent, with its own p-value if it has one."""
    slope, lower, upper = percents(estimate)
    p = p_value(estimate.p) if isinstance(estimate, Estimate) else ""
    return [name, f"{signed(slope)}%{of}", f"{signed_span(lower, upper)}%", p]


def row_in_units(
    name: str, estimate: Estimate | Slope, unit: str, places: int, p: float | None
) -> list[str]:
    """Write a slope in a unit, with a p-value that is given or left out."""
    return [
        name,
        f"{signed(estimate.value, places)} {unit}",
        signed_span(estimate.lower, estimate.upper, places),
        "" if p is None else p_value(p),
    ]


def p_values_table(adjusted: pd.DataFrame, regions: Regions) -> Markdown:
    """List the p-values side by side, each with its value adjusted by Holm."""
    cells = {
        (
            row["region"],
            row["method"],
        ): f"{p_value(row['p'])} ({p_value(row['holm_p'])})"
        for row in adjusted.to_dict("records")
    }
    rows = [
        [facts.region_name, *(cells[(region, method)] for method in METHODS)]
        for region, facts in regions.items()
    ]
    return write_table(["p (Holm)", *METHODS.values()], rows, "l" + "r" * len(METHODS))


def ar1_profile_table(profile: pd.DataFrame) -> Markdown:
    """List the calibrated p-value under each correlation that may be assumed."""
    rows = [["p", *map(p_value, profile["p"])]]
    header = ["ρ", *(f"{rho:g}" for rho in profile["rho"])]
    return write_table(header, rows, "l" + "r" * len(profile))


def sensitivity_table(trend: Trend | ShareTrend) -> Markdown:
    """List the range of the headline slope when years are left out."""
    if isinstance(trend, Trend):
        what, unit = "log-OLS", "workers"
    else:
        what, unit = "odds", "points"
    rows = []
    refits = trends.sensitivity(trend.leave_one_out, trend.windows)
    for name, (frame, year) in refits.items():
        ends = trends.range_results(name, frame, _column(trend), year)
        rows.append(
            [
                _REFITS[name][1],
                *(
                    f"{signed(percent(ends[f'{name}.{end}']))}% "
                    f"({ends[f'{name}.{end}_year']})"
                    for end in ("lower", "upper")
                ),
                signed_span(frame["theil_sen"].min(), frame["theil_sen"].max()),
            ]
        )
    header = ["refit", f"{what}, lowest", f"{what}, highest", f"Theil–Sen, {unit}"]
    return write_table(header, rows, "lrrr")


def steps_table(trend: Trend) -> Markdown:
    """List the change of the workers from each year to the next, falls in bold."""
    rows = []
    for row in trend.steps.to_dict("records"):
        change = signed(row["change"], 0)
        text = change if row["change"] > 0 else f"**{change}**"
        rows.append([period(row["from_year"], row["to_year"]), text])
    return write_table(["years", "change of workers"], rows, "lr")
