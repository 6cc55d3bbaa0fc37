"""The chapter on the stated totals, from `rfe_labour.checks.totals`.

`comparison` comes from ``compare``: the stated totals beside the sum of the regions.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pandas as pd

from rfe_labour.shown import charts
from rfe_labour.shown.charts import INK, Picture, Regions, sentence
from rfe_labour.shown.markdown import Markdown, printed_cell, span, write_table


def stated_and_summed(comparison: pd.DataFrame, regions: Regions) -> Picture:
    """Draw the stated Far East totals above the stacked regional figures."""
    years = comparison.index.astype(int)
    with charts.open_panels(rows=1, height=4.2) as (figure, (axes,)):
        base = pd.Series(0, index=comparison.index)
        for (region, facts), hatch in zip(
            regions.items(), ("", "///", "..."), strict=True
        ):
            axes.bar(
                years,
                comparison[region],
                bottom=base,
                color=charts.COLOURS[region],
                edgecolor="white",
                hatch=hatch,
                label=f"{facts.region_name} (Table {facts.number})",
            )
            base += comparison[region]
        axes.plot(
            years,
            comparison["stated"],
            color=INK,
            marker="D",
            label="stated for the Far East",
        )
        axes.legend(frameon=False, fontsize=9, ncols=2, loc="upper left")
        axes.set_ylim(0, comparison["stated"].max() * 1.35)
        charts.label(axes, coverage_title(comparison), "North Korean workers")
        charts.label_years(axes, comparison.index)
    alt = (
        "Stacked bars of the workers in the three regional tables, and a line with the "
        "total that the article states for the Russian Far East. "
    ) + sentence(
        f"{row.Index}: stated {row.stated:,}, regions together {row.regional_sum:,}"
        for row in comparison.itertuples()
    )
    return Picture(figure, alt)


def coverage_title(comparison: pd.DataFrame) -> str:
    """Say which part of the stated totals the three tables hold."""
    low, high = comparison["coverage"].min(), comparison["coverage"].max()
    return f"The three tables hold {low:.0%} to {high:.0%} of the stated totals"


def totals_table(comparison: pd.DataFrame, regions: Regions) -> Markdown:
    """List stated totals beside the sum of the regions."""
    rows = [
        [
            str(year),
            *(f"{row[region]:,}" for region in regions),
            f"{row['regional_sum']:,}",
            printed_cell(f"{row['stated']:,}", "stated_totals", str(year)),
            f"{row['residual']:,}",
            f"{row['coverage']:.1%}",
        ]
        for year, row in comparison.iterrows()
    ]
    names = (facts.region_name.split()[0] for facts in regions.values())
    header = ["year", *names, "sum", "stated", "gap", "held"]
    return write_table(header, rows, "l" + "r" * (len(header) - 1))


def directions_table(comparison: pd.DataFrame) -> Markdown:
    """List in which steps the stated totals and the sums move together."""
    rows = []
    for before, year in itertools.pairwise(comparison.index):
        row = comparison.loc[year]
        same = row["same_direction"]
        rows.append(
            [
                f"{before}–{year}",
                f"{row['stated_change']:+,}".replace("-", "−"),
                f"{row['sum_change']:+,}".replace("-", "−"),
                "no direction" if pd.isna(same) else "yes" if same else "no",
            ]
        )
    header = ["years", "stated total", "sum of the regions", "same direction"]
    return write_table(header, rows, "lrrl")


def gaps_table(gaps: pd.DataFrame, names: Mapping[str, str]) -> Markdown:
    """List whether other figures of the article could fill what remains.

    `gaps` comes from ``fill``, and `names` has a heading for each set of candidates.
    """
    by_cell = gaps.set_index(["candidates", "year"])
    rows = []
    for year in gaps["year"].unique():
        row = [str(year)]
        for candidates in names:
            gap = by_cell.loc[(candidates, year)]
            row += [span(gap["remains_lower"], gap["remains_upper"]), gap["verdict"]]
        rows.append(row)
    header = ["year"]
    for name in names.values():
        header += [f"after {name}, remains", "the gap could hold it"]
    return write_table(header, rows, "l" + "rl" * len(names))
