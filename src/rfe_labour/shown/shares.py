"""The chapter on trends of the share, the split of the changes and the pooled slope.

The functions take what `rfe_labour.models.shares` computes: `trend` from ``fit``,
`rounding` from ``rounding_range``, `parts` from ``decompositions`` and `pooled` from
``pool``. `facts` says which table of the article a region has.
"""

from __future__ import annotations

import pandas as pd

from rfe_labour.article import RegionalTable
from rfe_labour.models.shares import Pooled, Rounding, ShareTrend
from rfe_labour.models.trends import percent
from rfe_labour.shown import charts
from rfe_labour.shown.charts import COLOURS, INK, Picture, Regions, sentence
from rfe_labour.shown.markdown import (
    Markdown,
    p_value,
    period,
    signed,
    signed_span,
    write_table,
)
from rfe_labour.shown.trends import (
    draw_fit,
    draw_intervals,
    row_in_percent,
    row_in_units,
    write_estimates,
)


def share_trend(trend: ShareTrend, facts: RegionalTable) -> Picture:
    """Draw the share with the fitted logistic curve, its band and rounding bars."""
    effect, curve, share = trend.marginal_effect, trend.curve, trend.share
    points = f"{signed(effect.value)} points per year"
    ends = signed_span(effect.lower, effect.upper)
    interval = f"{100 * trend.level:g}% interval {ends}"
    doubt = " no sure direction, " if effect.lower <= 0 <= effect.upper else ""
    with charts.open_panels(rows=1, height=3.9) as (figure, (axes,)):
        charts.draw_points(
            axes,
            share.index,
            share["share"],
            facts.region,
            markerfacecolor="white",
            label="as printed",
        )
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
        draw_fit(axes, curve, facts.region, "fractional logit", trend.level)
        axes.set_ylim(0, 1.1 * max(share["share_upper"].max(), curve["upper"].max()))
        charts.legend_below(figure, axes)
        title = f"Share in {facts.region_name}:{doubt}\n{points} ({interval})"
        charts.label(axes, title, "% of foreign workers")
        charts.label_years(axes, share.index)
    alt = (
        f"Points: the share of North Koreans in {facts.region_name} in per cent, "
        f"{charts.course(share['share'])}; a bar at each shows its rounding. A curve "
        f"through them is the fractional logit, from {curve['fitted'].iloc[0]:.1f} to "
        f"{curve['fitted'].iloc[-1]:.1f} per cent, on average {points} ({interval}), "
        f"with a band that in the last year reaches from {curve['lower'].iloc[-1]:.1f} "
        f"to {curve['upper'].iloc[-1]:.1f} per cent."
    )
    return Picture(figure, alt)


def decompositions(parts: pd.DataFrame, regions: Regions) -> Picture:
    """Draw the change of workers over all years as share plus foreign workers."""
    names = {
        "dln_workers": "North Korean workers",
        "dln_share": "their share",
        "dln_foreign": "all foreign workers",
    }
    changes = {row["region"]: row for row in parts.to_dict("records")}
    apart = [
        facts.region_name
        for region, facts in regions.items()
        if changes[region]["dln_workers"] > 0 > changes[region]["dln_share"]
    ]
    height = 0.9 + 1.35 * len(regions)
    with charts.open_panels(rows=len(regions), height=height) as (figure, panels):
        for axes, (region, facts) in zip(panels, regions.items(), strict=True):
            row = changes[region]
            bars = axes.barh(
                range(len(names)),
                [row[name] for name in names],
                color=[COLOURS[region], "white", charts.LIGHT],
                edgecolor=[INK, COLOURS[region], INK],
                height=0.62,
            )
            bars[1].set_hatch("///")
            labels = [signed(row[name], 2) for name in names]
            axes.bar_label(bars, labels, padding=4, fontsize=10)
            charts.label_rows(axes, list(names.values()))
            charts.grid(axes, "x")
            axes.axvline(0, color=INK, linewidth=0.8)
            axes.margins(x=0.2)
            axes.set_title(
                f"{facts.region_name}, {row['from_year']}–{row['to_year']}", fontsize=11
            )
        panels[-1].set_xlabel("change in log points: share + all foreign = workers")
        panels[-1].xaxis.set_major_formatter("{x:g}")
        if apart:
            title = "Workers rose though their share fell:\n" + " and ".join(apart)
            figure.suptitle(title, x=0.01, ha="left")
    alt = (
        "Bars for each region: the change of workers from the first year to the last, "
        "in log points, is that of their share plus that of all foreign workers. "
    ) + sentence(
        f"{facts.region_name}: workers {signed(changes[region]['dln_workers'], 2)}, "
        f"share {signed(changes[region]['dln_share'], 2)}, "
        f"all foreign workers {signed(changes[region]['dln_foreign'], 2)}"
        for region, facts in regions.items()
    )
    return Picture(figure, alt)


def pooled_slope(pooled: Pooled, regions: Regions) -> Picture:
    """Draw the common slope of the share beside that of each region."""
    in_percent = pooled.regions.set_index("region")[["slope", "lower", "upper"]]
    slopes = in_percent.map(percent).T.to_dict("list")
    common = percent(pooled.slope)
    falling = sum(slopes[region][0] < 0 for region in regions)
    with charts.open_panels(rows=1, height=2.9) as (figure, (axes,)):
        draw_intervals(axes, (slopes[region] for region in regions), regions)
        axes.axvline(common, color=INK, linewidth=1.4, linestyle=charts.DASHES)
        axes.annotate(
            f"common slope {signed(common)}%, no interval",
            (common, -0.62),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=9.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
        charts.label_rows(axes, [facts.region_name for facts in regions.values()])
        charts.grid(axes, "x")
        axes.set_ylim(len(regions) - 0.5, -0.9)
        axes.set_xlabel("change of the odds of the share, % per year")
        axes.set_title(
            f"The share falls in {falling} of {len(regions)} regions,\n"
            f"{pooled.first_year}–{pooled.last_year}: one slope hides that they differ"
        )
    alt = (
        "Points with intervals for each region's change of the odds, in per cent per "
        "year: "
        + "; ".join(
            "{} {} ({} to {})".format(facts.region_name, *map(signed, slopes[region]))
            for region, facts in regions.items()
        )
        + f". A dashed line at the common slope, {signed(common)}, has no interval."
    )
    return Picture(figure, alt)


def estimates_table(trend: ShareTrend) -> Markdown:
    """List every estimate of the trend of the share."""
    effect, median, odds = trend.marginal_effect, trend.theil_sen, " of the odds"
    rows = [
        row_in_percent("fractional logit, HC3 with t", trend.fractional_logit, odds),
        row_in_units("the same, average effect", effect, "points", 2, None),
        row_in_units("Theil–Sen; Mann–Kendall", median, "points", 2, trend.kendall.p),
        row_in_percent("logit-OLS, HC3 with t", trend.logit_ols, odds),
        row_in_percent("logit-OLS, EWC", trend.ewc, odds),
        ["logit-OLS, AR(1)-calibrated", "as above", "", p_value(trend.ar1.p)],
        row_in_percent("beta regression", trend.beta, odds),
    ]
    return write_estimates(rows, trend.level)


def rounding_table(rounding: Rounding) -> Markdown:
    """List the slopes of the share over the ends of its rounding intervals."""
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
            signed(row["fractional_logit"], 3),
            signed(row["beta"], 3),
            signed(row["theil_sen"], 2),
        ]
        for row in rounding.choices.to_dict("records")
    ]
    rows.append(
        [
            "**any shares within rounding**",
            signed_span(rounding.lower, rounding.upper, 3),
            "",
            signed_span(rounding.theil_sen_lower, rounding.theil_sen_upper, 2),
        ]
    )
    header = ["shares", "fractional logit", "beta", "Theil–Sen, points"]
    return write_table(header, rows, "lrrr")


def decompositions_table(parts: pd.DataFrame, regions: Regions) -> Markdown:
    """List how the change of workers splits into share and foreign workers."""
    rows = [
        [
            f"{regions[row['region']].region_name}, "
            f"{period(row['from_year'], row['to_year'])}",
            *(
                f"{signed(row[f'dln_{name}'], 3)} ({signed(row[f'trend_{name}'], 3)})"
                for name in ("workers", "share", "foreign")
            ),
        ]
        for row in parts.to_dict("records")
    ]
    header = ["first to last (trend per year)", "ln workers", "ln share", "ln foreign"]
    return write_table(header, rows, "lrrr")


def pooled_table(pooled: Pooled, regions: Regions) -> Markdown:
    """List the slope of the share of each region and what remains without it."""
    rows = [
        [
            regions[row["region"]].region_name,
            signed(row["slope"], 3),
            signed_span(row["lower"], row["upper"], 3),
            signed(row["without"], 3),
        ]
        for row in pooled.regions.to_dict("records")
    ]
    rows.append(["**common slope**", signed(pooled.slope, 3), "none, see the text", ""])
    header = ["region", "log-odds per year", "interval", "common without it"]
    return write_table(header, rows, "lrrr")
