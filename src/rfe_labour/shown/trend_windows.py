"""The report on the windows of years, from `rfe_labour.models.trend_windows.read`."""

from __future__ import annotations

import pandas as pd

from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.models.trend_windows import whole_period
from rfe_labour.shown import charts
from rfe_labour.shown.charts import COLOURS, INK, Picture
from rfe_labour.shown.markdown import Markdown, signed, signed_span, write_table


def slopes(windows: pd.DataFrame) -> Picture:
    """Draw each window as a line over its years, at the height of its slope."""
    groups = list(windows.groupby("table", sort=False))
    height = 0.5 + 2.5 * len(groups)
    sentences = []
    with charts.open_panels(rows=len(groups), height=height) as (figure, panels):
        for axes, (table, group) in zip(panels, groups, strict=True):
            facts, whole = REGIONAL_TABLES[str(table)], whole_period(group)
            period = [whole["first_year"], whole["last_year"]]
            axes.fill_between(
                period,
                whole["ewc_lower"],
                whole["ewc_upper"],
                color="#ececec",
                linewidth=0,
                label="interval of the whole period",
            )
            axes.hlines(
                group["percent"],
                group["first_year"],
                group["last_year"],
                color=COLOURS[facts.region],
                linewidth=1.3,
                label="a window",
            )
            for end in ("first_year", "last_year"):
                charts.draw_points(
                    axes, group[end], group["percent"], facts.region, size=3.5
                )
            axes.plot(
                period,
                [whole["percent"]] * 2,
                color=INK,
                linewidth=3,
                label="the whole period",
            )
            axes.axhline(0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
            lowest_to_highest = (
                f"{signed_span(group['percent'].min(), group['percent'].max())}%"
            )
            axes.set_title(
                f"{facts.region_name}: {lowest_to_highest} per year, by window"
            )
            axes.set_ylabel("% per year")
            charts.grid(axes, "y")
            sentences.append(
                f"{facts.region_name}: {len(group)} windows, from {lowest_to_highest}; "
                f"the whole period {signed(whole['percent'])}%, interval "
                f"{signed_span(whole['ewc_lower'], whole['ewc_upper'])}%"
            )
        charts.legend_below(figure, panels[-1], columns=3)
        first, last = windows["first_year"].min(), windows["last_year"].max()
        charts.label_years(panels[-1], pd.RangeIndex(first, last + 1))
    alt = (
        "One panel for each region. A horizontal line for each window of years, from "
        "its first to its last year, at the height of its log-linear slope in per cent "
        "per year; a thick line for the whole period, on a grey band for its interval. "
    )
    return Picture(figure, alt + charts.sentence(sentences))


def windows_table(windows: pd.DataFrame) -> Markdown:
    """List every window with its slope, its intervals and its p-values."""
    rows = [
        [
            REGIONAL_TABLES[row["table"]].region_name,
            f"{row['first_year']}–{row['last_year']}",
            signed(row["percent"]),
            signed_span(row["percent_lower"], row["percent_upper"]),
            signed_span(row["ewc_lower"], row["ewc_upper"]),
            *(f"{row[p]:.3f}" for p in ("hc3_p", "ewc_p", "ar1_p")),
        ]
        for row in windows.to_dict("records")
    ]
    header = ["region", "window", "% per year", "HC3 interval", "EWC interval"]
    return write_table([*header, "p, HC3", "p, EWC", "p, AR(1)"], rows, "llrrrrrr")
