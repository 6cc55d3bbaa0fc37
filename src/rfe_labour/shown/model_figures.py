"""The figures of the chapters on models, each with its alternative text."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from rfe_labour.article import RegionalTable
from rfe_labour.checks import multiverse
from rfe_labour.inference import Estimate, Slope
from rfe_labour.models import trends
from rfe_labour.models.shares import Pooled, ShareTrend
from rfe_labour.models.trends import Trend, percent
from rfe_labour.shown.figures import (
    COLOURS,
    INK,
    MARKERS,
    PALE,
    Picture,
    course,
    label,
    label_years,
    open_panels,
    style,
)
from rfe_labour.shown.present import as_part, signed

METHODS = {
    "hc3": "HC3 with t",
    "ewc": "EWC, few cosines",
    "ar1": "AR(1)-calibrated",
    "kendall": "Mann–Kendall, exact",
}
ESTIMATORS = {
    "log_ols": "log-OLS",
    "logit_ols": "logit-OLS",
    "theil_sen": "Theil–Sen",
    "quasi_poisson": "quasi-Poisson",
    "fractional_logit": "fractional logit",
}
OUTCOMES = {
    "workers": "workers",
    "share": "share",
    "foreign": "all foreign workers",
}
_BINS = 120


def workers_trend(trend: Trend, about: RegionalTable) -> Picture:
    """Draw the workers with the fitted log-linear curve, its band and Theil–Sen.

    Parameters
    ----------
    trend : Trend
        As `rfe_labour.models.trends.fit` returns it.
    about : RegionalTable
        Which table of the article it is.
    """
    own, curve = trend.log_ols, trend.curve
    low, high = percent(own.lower), percent(own.upper)
    effect = f"{signed(percent(own.value))}% per year"
    interval = f"{100 * trend.level:g}% HC3 interval {signed(low)} to {signed(high)}%"
    # Sure is only what holds without assuming independent years.
    sure = min(own.lower, trend.ewc.lower) > 0 or max(own.upper, trend.ewc.upper) < 0
    clear = "" if sure else "no sure direction, "
    with open_panels(rows=1, height=3.9) as (figure, (axes,)):
        _points(axes, trend.workers, about.region)
        _band(axes, curve, about.region, "log-linear fit", trend.level)
        axes.plot(
            curve.index,
            curve["theil_sen"],
            color=INK,
            linestyle=(0, (5, 2)),
            linewidth=1.4,
            label=f"Theil–Sen: {signed(trend.theil_sen.value, 0)} workers per year",
        )
        axes.set_ylim(0, 1.05 * max(trend.workers.max(), curve["upper"].max()))
        legend_below(axes, figure)
        label(axes, f"{about.region_name}: {clear}{effect}\n({interval})", "workers")
        label_years(axes, trend.workers.index)
    alt = (
        f"Points: North Korean workers in {about.region_name}, "
        f"{course(trend.workers)}. A curve through them is the log-linear fit, "
        f"{effect} ({interval}), from {curve['fitted'].iloc[0]:,.0f} to "
        f"{curve['fitted'].iloc[-1]:,.0f} workers, with a band that in the last year "
        f"reaches from {curve['lower'].iloc[-1]:,.0f} to "
        f"{curve['upper'].iloc[-1]:,.0f}. A dashed straight line is the Theil–Sen "
        f"slope, {signed(trend.theil_sen.value, 0)} workers per year."
    )
    return Picture(figure, alt)


def share_trend(trend: ShareTrend, about: RegionalTable) -> Picture:
    """Draw the share with the fitted logistic curve, its band and rounding bars.

    Parameters
    ----------
    trend : ShareTrend
        As `rfe_labour.models.shares.fit` returns it.
    about : RegionalTable
        Which table of the article it is.
    """
    effect, curve, share = trend.marginal_effect, trend.curve, trend.share
    points = f"{signed(effect.value)} points per year"
    ends = f"{signed(effect.lower)} to {signed(effect.upper)}"
    interval = f"{100 * trend.level:g}% interval {ends}"
    clear = "" if effect.lower > 0 or effect.upper < 0 else "no sure direction, "
    with open_panels(rows=1, height=3.9) as (figure, (axes,)):
        _points(axes, share["share"], about.region, hollow=True)
        axes.errorbar(
            share.index,
            share["share"],
            yerr=[
                share["share"] - share["share_lower"],
                share["share_upper"] - share["share"],
            ],
            linestyle="none",
            color=INK,
            linewidth=1,
            capsize=2.5,
            zorder=3,
            label="its rounding",
        )
        _band(axes, curve, about.region, "fractional logit", trend.level)
        axes.set_ylim(0, 1.1 * max(share["share_upper"].max(), curve["upper"].max()))
        legend_below(axes, figure)
        title = f"Share in {about.region_name}: {clear}\n{points} ({interval})"
        if not clear:
            title = f"Share in {about.region_name}:\n{points} ({interval})"
        label(axes, title, "% of foreign workers")
        label_years(axes, share.index)
    alt = (
        f"Points: the share of North Koreans in {about.region_name} in per cent, "
        f"{course(share['share'])}; a bar at each shows its rounding. A curve through "
        f"them is the fractional logit, from {curve['fitted'].iloc[0]:.1f} to "
        f"{curve['fitted'].iloc[-1]:.1f} per cent, on average {points} ({interval}), "
        f"with a band that in the last year reaches from {curve['lower'].iloc[-1]:.1f} "
        f"to {curve['upper'].iloc[-1]:.1f} per cent."
    )
    return Picture(figure, alt)


def estimators(
    fits: Mapping[str, Trend], regions: Mapping[str, RegionalTable]
) -> Picture:
    """Draw the slope of the workers by every estimator, one panel for each region.

    Parameters
    ----------
    fits : mapping of str to Trend
        The trend of each region.
    regions : mapping of str to RegionalTable
        The same regions, in the order of the panels.
    """
    rows = {region: _estimates(fits[region]) for region in regions}
    above = {
        region: sum(lower > 0 for *_, lower, _ in own) for region, own in rows.items()
    }
    most = max(len(own) for own in rows.values())
    with open_panels(rows=len(rows), height=0.6 + 2.0 * len(rows)) as (figure, panels):
        for axes, (region, own) in zip(panels, rows.items(), strict=True):
            _forest(axes, own, region)
            axes.set_title(
                f"{regions[region].region_name}: "
                f"{above[region]} of {most} intervals lie above 0"
            )
        panels[-1].set_xlabel("change of workers, % per year")
    alt = "Forest plots, one for each region, in per cent per year. " + " ".join(
        f"{regions[region].region_name}: "
        + "; ".join(
            f"{name} {signed(value)} ({signed(lower)} to {signed(upper)})"
            for name, value, lower, upper in own
        )
        + "."
        for region, own in rows.items()
    )
    return Picture(figure, alt)


def trend_sensitivity(trend: Trend, about: RegionalTable) -> Picture:
    """Draw how the log-OLS slope moves when years are left out.

    Parameters
    ----------
    trend : Trend
        As `rfe_labour.models.trends.fit` returns it.
    about : RegionalTable
        Which table of the article it is.
    """
    return _sensitivity(
        trends.sensitivity(trend.leave_one_out, trend.windows),
        "log_ols",
        trend.log_ols.value,
        about,
        ("Workers", "workers, % per year"),
    )


def share_sensitivity(trend: ShareTrend, about: RegionalTable) -> Picture:
    """Draw how the slope of the fractional logit moves when years are left out.

    Parameters
    ----------
    trend : ShareTrend
        As `rfe_labour.models.shares.fit` returns it.
    about : RegionalTable
        Which table of the article it is.
    """
    return _sensitivity(
        trends.sensitivity(trend.leave_one_out, trend.windows),
        "fractional_logit",
        trend.fractional_logit.value,
        about,
        ("Share", "odds, % per year"),
    )


def p_values(
    values: Mapping[str, Mapping[str, float]],
    regions: Mapping[str, RegionalTable],
    level: float = 0.95,
) -> Picture:
    """Draw the p-values of every method side by side.

    Parameters
    ----------
    values : mapping of str to mapping of str to float
        For each region, `rfe_labour.models.trends.Trend.p_values` or those of a share.
    regions : mapping of str to RegionalTable
        The same regions, in the order of the legend.
    level : float
        Confidence level; the line is drawn at 1 - `level`.
    """
    size = 1 - level
    with open_panels(rows=1, height=3.6) as (figure, (axes,)):
        # Side by side, so that equal p-values do not hide each other.
        shifts = np.linspace(-0.2, 0.2, len(regions))
        for shift, (region, about) in zip(shifts, regions.items(), strict=True):
            axes.plot(
                [values[region][method] for method in METHODS],
                np.arange(len(METHODS)) + shift,
                linestyle="none",
                marker=MARKERS[region],
                color=COLOURS[region],
                markersize=9,
                alpha=0.9,
                label=about.region_name,
            )
        axes.axvline(size, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        axes.set_xscale("log")
        axes.set_xlim(right=1.15)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda p, _: f"{p:g}"))
        _rows(axes, list(METHODS.values()))
        axes.set_xlabel(f"p-value (dashed line: {size:g})")
        legend_below(axes, figure, columns=3)
        # With spaces that do not break, a line ends only between two regions.
        moves = [
            f"{about.region_name} {values[region]['hc3']:.2f} → "
            f"{values[region]['ar1']:.2f}".replace(" ", "\N{NO-BREAK SPACE}")
            for region, about in regions.items()
        ]
        title = f"p, HC3 → AR(1)-calibrated: {', '.join(moves)}"
        axes.set_title(textwrap.fill(title, 50), x=-0.25)
    alt = (
        f"Dot plot of p-values on a logarithmic axis, with a line at {size:g}. "
        + "; ".join(
            f"{about.region_name}: "
            + ", ".join(
                f"{METHODS[name]} {values[region][name]:.3g}" for name in METHODS
            )
            for region, about in regions.items()
        )
        + "."
    )
    return Picture(figure, alt)


def test_sizes(sizes: pd.DataFrame, level: float) -> Picture:
    """Draw how often each method finds a trend where there is none.

    Parameters
    ----------
    sizes : pandas.DataFrame
        As `rfe_labour.models.small_samples.size_table` returns it.
    level : float
        Nominal size, drawn as a line.
    """
    methods = list(sizes["method"].unique())
    lengths = sorted(sizes["n"].unique())
    looks = {0.0: ("o", "#56B4E9"), 0.4: ("s", "#999999"), 0.7: ("^", INK)}
    with open_panels(rows=len(lengths), height=3.1 * len(lengths)) as (figure, rows):
        for axes, n in zip(rows, lengths, strict=True):
            own = sizes[sizes["n"] == n].pivot_table("size", "method", "rho")
            for rho, (marker, colour) in looks.items():
                axes.plot(
                    own.loc[methods, rho],
                    range(len(methods)),
                    linestyle="none",
                    marker=marker,
                    color=colour,
                    markersize=8,
                    label=f"ρ = {rho:g}",
                )
            axes.axvline(level, color=INK, linewidth=1, linestyle=(0, (4, 3)))
            _rows(axes, methods)
            axes.set_xlim(0, None)
            worst = own[max(looks)]
            axes.set_title(
                f"{n} years: at ρ = {max(looks):g}, from {worst.min():.0%} "
                f"to {worst.max():.0%} instead of {level:.0%}",
                x=-0.38,
            )
        rows[-1].set_xlabel("share of series without a trend in which one is found")
        legend_below(rows[-1], figure, columns=3)
    alt = f"Dot plots of test sizes, with a line at the nominal {level:g}. " + " ".join(
        f"{n} years: "
        + "; ".join(
            f"{method} "
            + ", ".join(
                f"{row['size']:.2f} at ρ = {row['rho']:g}"
                for row in sizes[
                    (sizes["n"] == n) & (sizes["method"] == method)
                ].to_dict("records")
            )
            for method in methods
        )
        + "."
        for n in lengths
    )
    return Picture(figure, alt)


def decompositions(
    parts: pd.DataFrame, regions: Mapping[str, RegionalTable]
) -> Picture:
    """Draw the change of workers over the whole period as share plus foreign workers.

    Parameters
    ----------
    parts : pandas.DataFrame, shape (regions, 11)
        As `rfe_labour.models.shares.decompositions` returns it.
    regions : mapping of str to RegionalTable
        The same regions, in the order of the panels.
    """
    names = {
        "dln_workers": "North Korean workers",
        "dln_share": "their share",
        "dln_foreign": "all foreign workers",
    }
    own = {str(row["region"]): row for row in parts.to_dict("records")}
    apart = [
        about.region_name
        for region, about in regions.items()
        if own[region]["dln_workers"] > 0 > own[region]["dln_share"]
    ]
    with open_panels(rows=len(regions), height=0.9 + 1.35 * len(regions)) as (
        figure,
        panels,
    ):
        for axes, (region, about) in zip(panels, regions.items(), strict=True):
            row = own[region]
            bars = axes.barh(
                range(len(names)),
                [row[name] for name in names],
                color=[COLOURS[region], "white", "#d0d0d0"],
                edgecolor=[INK, COLOURS[region], INK],
                height=0.62,
            )
            bars[1].set_hatch("///")
            for place, name in enumerate(names):
                right = row[name] >= 0
                axes.annotate(
                    signed(row[name], 2),
                    (row[name], place),
                    xytext=(4 if right else -4, 0),
                    textcoords="offset points",
                    ha="left" if right else "right",
                    va="center",
                    fontsize=10,
                )
            _rows(axes, list(names.values()))
            axes.axvline(0, color=INK, linewidth=0.8)
            axes.margins(x=0.2)
            axes.set_title(
                f"{about.region_name}, {row['from_year']}–{row['to_year']}", fontsize=11
            )
        panels[-1].set_xlabel("change in log points: share + all foreign = workers")
        panels[-1].xaxis.set_major_formatter(FuncFormatter(_tick))
        if apart:
            figure.suptitle(
                "Workers rose though their share fell:\n" + " and ".join(apart),
                x=0.01,
                ha="left",
                fontsize=12,
                fontweight="bold",
            )
    alt = (
        "Bars for each region: the change of workers from the first year to the last, "
        "in log points, is that of their share plus that of all foreign workers. "
        + "; ".join(
            f"{about.region_name}: workers "
            f"{signed(own[region]['dln_workers'], 2)}, share "
            f"{signed(own[region]['dln_share'], 2)}, all foreign workers "
            f"{signed(own[region]['dln_foreign'], 2)}"
            for region, about in regions.items()
        )
        + "."
    )
    return Picture(figure, alt)


def pooled(found: Pooled, regions: Mapping[str, RegionalTable]) -> Picture:
    """Draw the common slope of the share beside that of each region.

    Parameters
    ----------
    found : Pooled
        As `rfe_labour.models.shares.pool` returns it.
    regions : mapping of str to RegionalTable
        The same regions, from top to bottom.
    """
    ends = {
        str(row["region"]): [percent(row[name]) for name in ("slope", "lower", "upper")]
        for row in found.regions.to_dict("records")
    }
    common = percent(found.slope)
    falling = sum(ends[region][0] < 0 for region in regions)
    with open_panels(rows=1, height=2.9) as (figure, (axes,)):
        for place, region in enumerate(regions):
            _interval(axes, place, ends[region], region)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.axvline(common, color=INK, linewidth=1.4, linestyle=(0, (5, 2)))
        axes.annotate(
            f"common slope {signed(common)}%, no interval",
            (common, -0.62),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=9.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
        _rows(axes, [about.region_name for about in regions.values()])
        axes.set_ylim(len(regions) - 0.5, -0.9)
        axes.xaxis.set_major_formatter(FuncFormatter(_tick))
        axes.set_xlabel("change of the odds of the share, % per year")
        axes.set_title(
            f"The share falls in {falling} of {len(regions)} regions,\n"
            f"{found.first_year}–{found.last_year}: one slope hides that they differ"
        )
    alt = (
        "Points with intervals for each region's change of the odds, in per cent per "
        "year: "
        + "; ".join(
            "{} {} ({} to {})".format(about.region_name, *map(signed, ends[region]))
            for region, about in regions.items()
        )
        + f". A dashed line at the common slope, {signed(common)}, has no interval."
    )
    return Picture(figure, alt)


def specification_curve(
    found: pd.DataFrame, about: RegionalTable, outcome: str
) -> Picture:
    """Draw all slopes of a region and outcome, sorted, above the choices behind them.

    Parameters
    ----------
    found : pandas.DataFrame
        As `rfe_labour.checks.multiverse.specifications` returns it.
    about : RegionalTable
        Which table of the article it is.
    outcome : str
        One of `rfe_labour.checks.multiverse.LINKS`.

    Raises
    ------
    ValueError
        If there is no specification of that region and outcome.
    """
    own = found[(found["region"] == about.region) & (found["outcome"] == outcome)]
    if own.empty:
        msg = f'There is no specification of "{outcome}" in {about.region_name}.'
        raise ValueError(msg)
    own = own.sort_values("percent", ignore_index=True)
    summary = multiverse.sign_agreement(own).iloc[0]
    headline = percent(summary["headline"])
    unit = "odds of the share" if outcome == "share" else OUTCOMES[outcome]
    choices = _choice_rows(own)
    heights = [3.0, *(0.35 + 0.17 * len(options) for options in choices.values())]
    with style():
        figure = Figure(figsize=(6.4, sum(heights) + 1.2))
        panels = figure.subplots(
            len(heights), 1, sharex=True, gridspec_kw={"height_ratios": heights}
        )
        _sorted_slopes(panels[0], own, headline, about.region)
        panels[0].set_ylabel(f"{unit},\n% per year")
        direction = "rise" if summary["headline"] > 0 else "fall"
        panels[0].set_title(
            f"{about.region_name}, {OUTCOMES[outcome]}: "
            f"{as_part(summary['agreement'])} of {len(own):,}\n"
            f"specifications {direction}, as the headline does",
            x=-0.16,
        )
        for axes, (name, options) in zip(panels[1:], choices.items(), strict=True):
            _choice_panel(axes, name, options, len(own), about.region)
        panels[-1].set_xlabel("specifications, sorted by slope")
    shares = multiverse.by_choice(own)
    firm = shares[shares["choice"] != "left_out"].groupby("choice")["rising"]
    moved = (firm.max() - firm.min()).idxmax()
    alt = (
        f"Specification curve of {OUTCOMES[outcome]} in {about.region_name}: "
        f"{len(own):,} slopes in {unit}, per cent per year, sorted from "
        f"{signed(own['percent'].iloc[0])} to {signed(own['percent'].iloc[-1])}, "
        f"median {signed(own['percent'].median())}; {as_part(summary['rising'])} are "
        f"above 0 and {as_part(summary['falling'])} below. A diamond marks the "
        f"headline, {signed(headline)}. Below, shaded rows show where each option of "
        f"each choice lies in that order; the choice that moves the direction most is "
        f"the {CHOICE_NAMES[str(moved)]}."
    )
    return Picture(figure, alt)


CHOICE_NAMES = {
    "estimator": "estimator",
    "rounding": "end of rounding",
    "first_year": "first year",
    "last_year": "last year",
    "left_out": "year left out",
}


def _choice_rows(own: pd.DataFrame) -> dict[str, dict[str, np.ndarray]]:
    """Tell for each option of each choice which specifications have it."""
    rows: dict[str, dict[str, np.ndarray]] = {}
    for choice in ("estimator", "rounding", "first_year", "last_year", "left_out"):
        options = own[choice].astype("string").fillna("none")
        first = ("none", "printed", "log_ols", "logit_ols")
        values = sorted(
            map(str, options.unique()), key=lambda value: (value not in first, value)
        )
        if len(values) > 1:
            rows[choice] = {
                ESTIMATORS.get(value, value): (options == value).to_numpy(dtype=bool)
                for value in values
            }
    return rows


def _sorted_slopes(axes: Axes, own: pd.DataFrame, headline: float, region: str) -> None:
    rank = np.arange(len(own))
    slope = own["percent"].to_numpy()
    axes.fill_between(rank, 0, slope, color=COLOURS[region], alpha=0.25, linewidth=0)
    axes.plot(rank, slope, color=COLOURS[region], linewidth=2)
    axes.axhline(0, color=INK, linewidth=0.8)
    place = int(np.searchsorted(slope, headline))
    axes.plot(place, headline, marker="D", color=INK, markersize=7)
    axes.annotate(
        f"headline {signed(headline)}%",
        (place, headline),
        xytext=(0, 14 if headline > 0 else -18),
        textcoords="offset points",
        ha="right" if place > len(own) / 2 else "left",
        fontsize=10,
    )
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.yaxis.set_major_formatter(FuncFormatter(_tick))
    axes.set_xlim(0, len(own) - 1)


def _choice_panel(
    axes: Axes,
    choice: str,
    options: Mapping[str, np.ndarray],
    count: int,
    region: str,
) -> None:
    """Shade, for each option, the places in the order where it is found."""
    edges = np.linspace(0, count, min(_BINS, count) + 1).round().astype(int)
    dense = np.array(
        [
            [chosen[start:stop].mean() for start, stop in itertools.pairwise(edges)]
            for chosen in options.values()
        ]
    )
    # Each row by its own peak, or options that few specifications have would vanish.
    dense = dense / dense.max(axis=1, keepdims=True)
    rgb = np.array([int(COLOURS[region][i : i + 2], 16) for i in (1, 3, 5)]) / 255
    axes.imshow(
        1 - dense[..., None] * (1 - rgb),
        aspect="auto",
        interpolation="nearest",
        extent=(0, count - 1, len(options) - 0.5, -0.5),
        # It fills its axes; a clip path would get a random id in the SVG.
        clip_on=False,
    )
    _rows(axes, list(options), grid=False)
    axes.tick_params(axis="y", labelsize=8.5, length=0)
    axes.tick_params(axis="x", length=0)
    axes.set_title(CHOICE_NAMES[choice], fontsize=10, fontweight="normal", pad=3)


def _sensitivity(
    refits: Mapping[str, tuple[pd.DataFrame, str]],
    column: str,
    headline: float,
    about: RegionalTable,
    words: tuple[str, str],
) -> Picture:
    """Draw three panels: a year left out, the first year moved, the last year moved."""
    names = {
        "leave_one_out": "without this one year",
        "first_year_moved": "from this year to the last",
        "last_year_moved": "from the first year to this",
    }
    what, unit = words
    every = pd.concat([100 * np.expm1(frame[column]) for frame, _ in refits.values()])
    flips = bool((np.sign(every) != np.sign(headline)).any())
    finding = "changes sign with the years" if flips else "keeps its sign throughout"
    spans = []
    with open_panels(rows=len(refits), height=6.4) as (figure, panels):
        for axes, (name, (frame, label)) in zip(panels, refits.items(), strict=True):
            slope = 100 * np.expm1(frame[column])
            axes.plot(
                frame[label],
                slope,
                color=COLOURS[about.region],
                marker=MARKERS[about.region],
                linewidth=1 if label != "left_out" else 0,
                markersize=7,
            )
            axes.axhline(0, color=INK, linewidth=0.9)
            axes.axhline(
                percent(headline), color=PALE, linewidth=1.4, linestyle=(0, (5, 2))
            )
            note = f" (dashed: all years, {signed(percent(headline))}%)"
            axes.set_title(
                names[name] + (note if label == "left_out" else ""),
                fontsize=11,
                fontweight="normal",
            )
            axes.grid(axis="y")
            axes.set_axisbelow(True)
            axes.margins(y=0.15)
            axes.yaxis.set_major_formatter(FuncFormatter(_tick))
            axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            low, high = slope.idxmin(), slope.idxmax()
            spans.append(
                f"{names[name]}: {signed(slope[low])} ({frame.loc[low, label]}) to "
                f"{signed(slope[high])} ({frame.loc[high, label]})"
            )
        panels[1].set_ylabel(unit)
        label_years(panels[-1], pd.Index(refits["leave_one_out"][0]["left_out"]))
        figure.suptitle(
            f"{what} in {about.region_name}:\nthe slope {finding}",
            x=0.01,
            ha="left",
            fontsize=12,
            fontweight="bold",
        )
    alt = (
        f"Three panels of slopes ({unit}) in {about.region_name}, with lines at 0 and "
        f"at the slope of all years, {signed(percent(headline))}. "
        + "; ".join(spans)
        + "."
    )
    return Picture(figure, alt)


def _estimates(trend: Trend) -> list[tuple[str, float, float, float]]:
    """List every estimate of the slope with its interval, in per cent per year."""
    named: dict[str, Estimate | Slope] = {
        "log-OLS, HC3": trend.log_ols,
        "log-OLS, EWC": trend.ewc,
        "Theil–Sen of logs": trend.log_theil_sen,
        "quasi-Poisson": trend.quasi_poisson,
        "quasi-Poisson, HC3": trend.quasi_poisson_hc3,
        "negative binomial": trend.negative_binomial,
    }
    return [
        (name, percent(own.value), percent(own.lower), percent(own.upper))
        for name, own in named.items()
    ]


def _forest(
    axes: Axes, rows: Sequence[tuple[str, float, float, float]], region: str
) -> None:
    for place, (_, *ends) in enumerate(rows):
        _interval(axes, place, ends, region)
    axes.axvline(0, color=INK, linewidth=0.8)
    _rows(axes, [name for name, *_ in rows])
    axes.xaxis.set_major_formatter(FuncFormatter(_tick))


def _interval(axes: Axes, place: int, ends: Sequence[float], region: str) -> None:
    """Draw a value and its interval (value, lower, upper) in one row."""
    value, lower, upper = ends
    axes.plot([lower, upper], [place, place], color=COLOURS[region], linewidth=2)
    axes.plot(value, place, marker=MARKERS[region], color=COLOURS[region], markersize=8)


def _rows(axes: Axes, names: Sequence[str], grid: bool = True) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    if grid:
        axes.grid(axis="x")
        axes.set_axisbelow(True)


def _points(axes: Axes, values: pd.Series, region: str, hollow: bool = False) -> None:
    axes.plot(
        values.index,
        values,
        linestyle="none",
        marker=MARKERS[region],
        color=COLOURS[region],
        markerfacecolor="white" if hollow else COLOURS[region],
        markersize=8,
        label="as printed",
    )


def _band(
    axes: Axes, curve: pd.DataFrame, region: str, name: str, level: float
) -> None:
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


def legend_below(axes: Axes, figure: Figure, columns: int = 2) -> None:
    """Put the legend below the axes, where it covers no point."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=columns,
        frameon=False,
        fontsize=10,
    )


def _tick(value: float, _: int | None = None) -> str:
    return f"{value:g}".replace("-", "−")
