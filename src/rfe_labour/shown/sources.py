"""The chapter that audits the sources of the tables, from `rfe_labour.checks.sources`.

`cells` are the printed cells of each table, `reach` is what the function of that name
says of them, and `steps` comes from ``foreign_steps``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.checks import sources
from rfe_labour.shown import charts
from rfe_labour.shown.charts import INK, Picture, Regions, sentence
from rfe_labour.shown.markdown import Markdown, Row, period, span, write_table

_HELD: dict[str, Any] = {"facecolor": "#7fa6c9", "edgecolor": INK}
_NOT_HELD: dict[str, Any] = {"facecolor": "white", "edgecolor": INK, "hatch": "////"}


def source_grid(
    cells: Mapping[str, pd.DataFrame], reach: pd.DataFrame, subjects: Mapping[str, str]
) -> Picture:
    """Draw tables by years, and where the years end that a source can hold.

    `subjects` says in a word or two what each table is about.
    """
    columns = {table: sources.years_of(printed) for table, printed in cells.items()}
    rows = {row["table"]: row for row in reach.reset_index().to_dict("records")}
    with charts.open_panels(rows=1, height=3.9) as (figure, (axes,)):
        for place, (table, of_table) in enumerate(columns.items()):
            row = rows[table]
            _draw_row(axes, place, of_table, row["newest_year"])
            text = f"{_beyond(row)}\nof {row['cells']}"
            axes.text(2005.75, place, text, va="center", fontsize=10)
        axes.text(2005.75, -0.40, "beyond", va="bottom", fontsize=9)
        axes.set_ylim(len(columns) - 0.45, -0.55)
        axes.set_xlim(1991.4, 2007.5)
        names = [f"{table_name(table)}\n{subjects[table]}" for table in columns]
        axes.set_yticks(range(len(columns)), names)
        axes.tick_params(axis="y", length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
        every = sorted({year for table in columns.values() for year in table["year"]})
        charts.label_years(axes, pd.Index(every))
        axes.set_title(_grid_title(columns, reach), pad=18)
        lost = "?  columns lost; dotted: no label"
        axes.legend(
            handles=[
                Patch(**_HELD, label="a source can hold it"),
                Patch(**_NOT_HELD, label="none can"),
                Patch(facecolor="white", edgecolor="white", label=lost),
            ],
            frameon=False,
            fontsize=9,
            ncols=3,
            loc="upper center",
            bbox_to_anchor=(0.45, -0.24),
        )
    alt = (
        "A grid of tables by years. A thick line ends the years that a cited source "
        "can hold; printed years after it are hatched. "
        + " ".join(
            f"{table_name(table)}, {subjects[table]}: printed "
            f"{of_table['year'].min()} to {of_table['year'].max()}, sources reach "
            f"{rows[table]['newest_year']}, cells beyond {_beyond(rows[table])} of "
            f"{rows[table]['cells']}."
            for table, of_table in columns.items()
        )
    )
    return Picture(figure, alt)


def _draw_row(axes: Axes, place: int, columns: pd.DataFrame, newest: int) -> None:
    for column in columns.to_dict("records"):
        year = column["year"]
        beyond = year > newest
        axes.add_patch(
            Rectangle(
                (year - 0.46, place - 0.34),
                0.92,
                0.68,
                **(_NOT_HELD if beyond else _HELD),
                linewidth=0.8,
                linestyle="-" if column["labelled"] else ":",
            )
        )
        if not column["placed"]:
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.6}
            axes.text(
                year,
                place,
                "?",
                ha="center",
                va="center",
                fontsize=10,
                bbox=box if beyond else None,
            )
    if newest < columns["year"].max():
        axes.plot(
            [newest + 0.5] * 2, [place - 0.46, place + 0.46], color=INK, linewidth=3.5
        )


def _beyond(row: Row) -> str:
    return span(row["cells_beyond_sources"], row["cells_beyond_at_most"])


def _grid_title(columns: Mapping[str, pd.DataFrame], reach: pd.DataFrame) -> str:
    placed = [table for table, of_table in columns.items() if of_table["placed"].all()]
    beyond, cells = reach.loc[placed, ["cells_beyond_sources", "cells"]].sum()
    return (
        f"{beyond} of the {cells} cells of the three regional tables\n"
        "are later than any source cited for them"
    )


def foreign_steps(steps: pd.DataFrame, regions: Regions) -> Picture:
    """Draw the factor of every step of implied foreign workers, jumps named."""
    lowest, highest = (
        steps["ratio_lower"].min() / 1.15,
        steps["ratio_upper"].max() * 1.3,
    )
    with charts.open_panels(rows=len(regions), height=6.4) as (figure, panels):
        for axes, (region, facts) in zip(panels, regions.items(), strict=True):
            of_region = steps[steps["region"] == region]
            jumps = of_region[of_region["jump"]]
            axes.axhline(1, color=charts.PALE, linewidth=1)
            axes.vlines(
                of_region["to_year"],
                of_region["ratio_lower"],
                of_region["ratio_upper"],
                color=INK,
                linewidth=2,
                zorder=3,
            )
            for drawn, face in (
                (of_region[~of_region["jump"]], "white"),
                (jumps, charts.COLOURS[region]),
            ):
                charts.draw_points(
                    axes,
                    drawn["to_year"],
                    drawn["ratio"],
                    region,
                    size=7,
                    markerfacecolor=face,
                )
            for jump in jumps.to_dict("records"):
                axes.annotate(
                    f"×{jump['ratio']:.2f}",
                    (jump["to_year"], jump["ratio"]),
                    xytext=(0, 7),
                    textcoords="offset points",
                    ha="center",
                    fontsize=10,
                )
            axes.set_yscale("log")
            axes.set_ylim(lowest, highest)
            axes.yaxis.set_major_locator(FixedLocator([0.5, 1, 2]))
            axes.yaxis.set_major_formatter("×{x:g}")
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_minor_formatter(NullFormatter())
            axes.set_title(facts.region_name)
            charts.grid(axes, "y")
        panels[1].set_ylabel("factor by which all foreign workers change, implied")
        charts.label_years(panels[-1], pd.Index(sorted(set(steps["to_year"]))))
        panels[-1].set_xlabel("change to this year from the year before")
        figure.suptitle(_steps_title(steps, regions), x=0.02, ha="left")
    alt = (
        "Three panels, one per region: for every year the factor by which the implied "
        "number of all foreign workers changed from the year before, on a logarithmic "
        "scale, with a bar for rounding; jumps are filled and named. Jumps: "
    ) + sentence(
        f"{regions[step['region']].region_name} {step['from_year']} to "
        f"{step['to_year']}, ×{step['ratio_lower']:.2f} to ×{step['ratio_upper']:.2f}"
        for step in steps[steps["jump"]].to_dict("records")
    )
    return Picture(figure, alt)


def _steps_title(steps: pd.DataFrame, regions: Regions) -> str:
    rises = [
        f"×{step['ratio']:.1f} in {regions[step['region']].region_name} "
        f"into {step['to_year']}"
        for step in steps.nlargest(2, "ratio").to_dict("records")
    ]
    return "The largest rises of all foreign workers, implied:\n" + " and ".join(rises)


def reach_table(reach: pd.DataFrame) -> Markdown:
    """List, for each table, how far its sources reach and what lies beyond."""
    rows = [
        [
            table_name(row["table"]),
            *(str(row[name]) for name in ("cited", "published", "newest_year")),
            str(row["last_year"]),
            f"{_beyond(row)} of {row['cells']}",
        ]
        for row in reach.reset_index().to_dict("records")
    ]
    header = ["table", "sources cited", "newest published", "can hold years to"]
    return write_table([*header, "table goes to", "cells beyond"], rows, "lrrrrr")


def by_extra_years_table(counts: pd.DataFrame) -> Markdown:
    """List the cells beyond the sources again, for sources that reach further.

    `counts` comes from ``by_extra_years``.
    """
    by_table = dict(list(counts.groupby("table", sort=False)))
    columns = [map(_beyond, rows.to_dict("records")) for rows in by_table.values()]
    rows = zip(map(str, counts["extra_years"].unique()), *columns, strict=True)
    header = ["years further", *map(table_name, map(str, by_table))]
    return write_table(header, rows, "r" * len(header))


def rounding_runs_table(runs: Mapping[str, pd.DataFrame]) -> Markdown:
    """List the runs of years whose shares are printed alike.

    `runs` has for each table what ``rounding_runs`` returns.
    """
    rows = [
        [
            table_name(table),
            period(row["first_year"], row["last_year"]),
            "whole" if not row["decimals"] else f"{row['decimals']} decimal",
            f"{row['years']}",
            f"{row['round_counts']} of {row['years']}",
        ]
        for table, of_table in runs.items()
        for row in of_table.to_dict("records")
    ]
    header = ["table", "years", "shares", "how many", "counts that end in nought"]
    return write_table(header, rows, "lllrr")


def foreign_jumps_table(steps: pd.DataFrame) -> Markdown:
    """List the jumps of implied foreign workers, the largest first."""
    names = {facts.region: facts.region_name for facts in REGIONAL_TABLES.values()}
    jumps = steps[steps["jump"]].sort_values("ratio", ascending=False)
    rows = [
        [
            names[row["region"]],
            period(row["from_year"], row["to_year"]),
            f"×{row['ratio']:.2f}",
            f"×{row['ratio_lower']:.2f} to ×{row['ratio_upper']:.2f}",
        ]
        for row in jumps.to_dict("records")
    ]
    return write_table(["region", "step", "factor", "within rounding"], rows, "llrr")


def one_digit_slips_table(slips: pd.DataFrame) -> Markdown:
    """List the changed prints, from ``one_digit_slips``, with which no step jumps."""
    rows = [
        [
            f"{row['measure']}, {row['year']}",
            row["printed"],
            row["instead"],
            f"×{row['ratio']:.2f}",
        ]
        for row in slips[slips["usual"]].to_dict("records")
    ]
    return write_table(["cell", "printed", "if it were", "factor"], rows, "lrrr")


def denominators_table(compared: pd.DataFrame, tables: tuple[str, str]) -> Markdown:
    """List the foreign workers that two tables imply, from ``denominators``."""
    rows = [
        [
            str(row["year"]),
            span(row["first_lower"], row["first_upper"]),
            span(row["second_lower"], row["second_upper"]),
            "yes" if row["compatible"] else "no",
        ]
        for row in compared.reset_index().to_dict("records")
    ]
    implied = [f"implied by {table_name(table)}" for table in tables]
    return write_table(["year", *implied, "could be equal"], rows, "lrrl")


def table_name(table: str) -> str:
    """Name a table as the article does."""
    return f"Table {table.removeprefix('table')}"
