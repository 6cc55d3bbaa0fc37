"""The figures of the chapters that audit the sources and compare the authors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from rfe_labour.article import RegionalTable
from rfe_labour.checks import sources, two_authors
from rfe_labour.shown.audit_tables import span, table_name
from rfe_labour.shown.figures import (
    COLOURS,
    INK,
    MARKERS,
    PALE,
    Picture,
    label_years,
    open_panels,
)
from rfe_labour.shown.present import records

_HELD = "#7fa6c9"


def source_grid(
    cells: Mapping[str, pd.DataFrame], found: pd.DataFrame, about: Mapping[str, str]
) -> Picture:
    """Draw tables by years, and where the years end that a source can hold.

    Parameters
    ----------
    cells : mapping of str to pandas.DataFrame
        Printed cells of each table, as `rfe_labour.checks.sources.reach` takes them.
    found : pandas.DataFrame
        As `rfe_labour.checks.sources.reach` returns it for the same tables.
    about : mapping of str to str
        What each table is about, in a word or two.
    """
    columns = {table: sources.years_of(own) for table, own in cells.items()}
    rows = {row["table"]: row for row in records(found.reset_index())}
    with open_panels(rows=1, height=3.9) as (figure, (axes,)):
        for place, (table, years) in enumerate(columns.items()):
            row = rows[table]
            _draw_row(axes, place, years, row["newest_year"])
            text = f"{_beyond(row)}\nof {row['cells']}"
            axes.text(2005.75, place, text, va="center", fontsize=10)
        axes.text(2005.75, -0.40, "beyond", va="bottom", fontsize=9)
        axes.set_ylim(len(columns) - 0.45, -0.55)
        axes.set_xlim(1991.4, 2007.5)
        names = [f"{table_name(table)}\n{about[table]}" for table in columns]
        axes.set_yticks(range(len(columns)), names)
        axes.tick_params(axis="y", length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
        every = sorted({year for years in columns.values() for year in years["year"]})
        label_years(axes, pd.Index(every))
        axes.set_title(_grid_title(cells, found), pad=18)
        axes.legend(
            handles=[
                Patch(facecolor=_HELD, edgecolor=INK, label="a source can hold it"),
                Patch(facecolor="white", edgecolor=INK, hatch="////", label="none can"),
                Patch(
                    facecolor="white",
                    edgecolor="white",
                    label="?  columns lost; dotted: no label",
                ),
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
            f"{table_name(table)}, {about[table]}: printed "
            f"{years['year'].min()} to {years['year'].max()}, sources reach "
            f"{rows[table]['newest_year']}, cells beyond {_beyond(rows[table])} of "
            f"{rows[table]['cells']}."
            for table, years in columns.items()
        )
    )
    return Picture(figure, alt)


def _draw_row(axes: Axes, place: int, years: pd.DataFrame, newest: int) -> None:
    for column in records(years):
        year = column["year"]
        beyond = year > newest
        axes.add_patch(
            Rectangle(
                (year - 0.46, place - 0.34),
                0.92,
                0.68,
                facecolor="white" if beyond else _HELD,
                edgecolor=INK,
                hatch="////" if beyond else None,
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
    if newest < years["year"].max():
        axes.plot(
            [newest + 0.5] * 2, [place - 0.46, place + 0.46], color=INK, linewidth=3.5
        )


def _beyond(row: Mapping[str, Any]) -> str:
    return span(row["cells_beyond_sources"], row["cells_beyond_at_most"])


def _grid_title(cells: Mapping[str, pd.DataFrame], found: pd.DataFrame) -> str:
    placed = [
        table for table, own in cells.items() if sources.years_of(own).placed.all()
    ]
    beyond = found.loc[placed, "cells_beyond_sources"].sum()
    return (
        f"{beyond} of the {found.loc[placed, 'cells'].sum()} cells of the three "
        "regional tables\nare later than any source cited for them"
    )


def foreign_steps(steps: pd.DataFrame, regions: Mapping[str, RegionalTable]) -> Picture:
    """Draw the factor of every step of implied foreign workers, jumps named.

    Parameters
    ----------
    steps : pandas.DataFrame
        As `rfe_labour.checks.sources.foreign_steps` returns it.
    regions : mapping of str to RegionalTable
        The regions of `steps`, from top to bottom.
    """
    years = pd.Index(sorted(set(steps["to_year"])))
    lowest, highest = (
        steps["ratio_lower"].min() / 1.15,
        steps["ratio_upper"].max() * 1.3,
    )
    with open_panels(rows=len(regions), height=6.4) as (figure, panels):
        for axes, (region, about) in zip(panels, regions.items(), strict=True):
            own = steps[steps["region"] == region]
            axes.axhline(1, color=PALE, linewidth=1)
            axes.vlines(
                own["to_year"],
                own["ratio_lower"],
                own["ratio_upper"],
                color=INK,
                linewidth=2,
                zorder=3,
            )
            for is_jump, face in ((False, "white"), (True, COLOURS[region])):
                drawn = own[own["jump"] == is_jump]
                axes.plot(
                    drawn["to_year"],
                    drawn["ratio"],
                    linestyle="none",
                    marker=MARKERS[region],
                    markersize=7,
                    color=COLOURS[region],
                    markerfacecolor=face,
                )
            for jump in records(own[own["jump"]]):
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
            axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"×{y:g}"))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_minor_formatter(NullFormatter())
            axes.set_title(about.region_name)
            axes.grid(axis="y")
            axes.set_axisbelow(True)
        panels[1].set_ylabel("factor by which all foreign workers change, implied")
        label_years(panels[-1], years)
        panels[-1].set_xlabel("change to this year from the year before")
        figure.suptitle(
            _steps_title(steps, regions),
            x=0.02,
            ha="left",
            fontsize=12,
            fontweight="bold",
        )
    alt = (
        "Three panels, one per region: for every year the factor by which the implied "
        "number of all foreign workers changed from the year before, on a logarithmic "
        "scale, with a bar for rounding; jumps are filled and named. Jumps: "
        + "; ".join(
            f"{regions[step['region']].region_name} {step['from_year']} to "
            f"{step['to_year']}, ×{step['ratio_lower']:.2f} to "
            f"×{step['ratio_upper']:.2f}"
            for step in records(steps[steps["jump"]])
        )
        + "."
    )
    return Picture(figure, alt)


def _steps_title(steps: pd.DataFrame, regions: Mapping[str, RegionalTable]) -> str:
    rises = [
        f"×{step['ratio']:.1f} in {regions[step['region']].region_name} "
        f"into {step['to_year']}"
        for step in records(steps.nlargest(2, "ratio"))
    ]
    return "The largest rises of all foreign workers, implied:\n" + " and ".join(rises)


MONEY: tuple[tuple[str, str, bool], ...] = (
    ("consulate_month", "reaches the consulate, per worker (derived)", True),
    ("wage_construction", "wage in building", True),
    ("wage_logging_dollars", "wage in logging, Khabarovskiy Krai", True),
    ("wage_side_jobs_primorye", "side jobs, Primorye", True),
    ("wage_khabarovsk_official", "official's wage, Khabarovskiy Krai", True),
    ("wage_side_jobs_sakhalin", "side jobs, Sakhalin", True),
    ("camp_earnings", "earnings in the Amur camps", False),
    ("remittance_month", "sent to the state, each worker", False),
)
"""The sums of a month in the picture: statement, its words, whether Zabrovskaya's."""


def money_of_a_month(found: Mapping[str, two_authors.Statement]) -> Picture:
    """Draw every sum that either author gives for one worker and month.

    Parameters
    ----------
    found : mapping of str to Statement
        As `rfe_labour.checks.two_authors.statements` returns them.
    """
    sent = found["remittance_month"]
    with open_panels(rows=1, height=4.2) as (figure, (axes,)):
        axes.axvspan(sent.lower, sent.upper, color="#e3e3e3", linewidth=0)
        for place, (name, _, hers) in enumerate(MONEY):
            _draw_sum(axes, place, found[name], hers)
        axes.set_ylim(len(MONEY) - 0.4, -0.6)
        axes.set_xlim(0, 1.12 * sent.upper)
        axes.set_yticks(range(len(MONEY)), [words for _, words, _ in MONEY])
        axes.set_xlabel("US dollars a month, as stated (years differ)")
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        for marker, label in (("o", "Zabrovskaya"), ("D", "Weitz")):
            face = COLOURS["primorye"] if marker == "o" else "white"
            axes.plot(
                [],
                [],
                linestyle="none",
                marker=marker,
                color=INK,
                markerfacecolor=face,
                label=label,
            )
        axes.legend(frameon=False, fontsize=9, loc="center right")
        figure.suptitle(
            f"Weitz: each sends the state {sent.stated} dollars a month,\n"
            "more than any wage that Zabrovskaya gives",
            x=0.02,
            ha="left",
            fontsize=12,
            fontweight="bold",
        )
    alt = (
        "Horizontal intervals, one for each sum of a month in US dollars. "
        + " ".join(
            f"{'Zabrovskaya' if hers else 'Weitz'}, {words}: {_ends(found[name])}."
            for name, words, hers in MONEY
        )
    )
    return Picture(figure, alt)


def _draw_sum(
    axes: Axes, place: int, statement: two_authors.Statement, hers: bool
) -> None:
    is_open = statement.upper == float("inf")
    upper = two_authors.stated_end(statement) if is_open else statement.upper
    axes.plot([statement.lower, upper], [place, place], color=INK, linewidth=2)
    if is_open:
        arrow = {"arrowstyle": "->", "color": INK, "linewidth": 2}
        axes.annotate("", (upper + 70, place), (upper, place), arrowprops=arrow)
    axes.plot(
        [(statement.lower + upper) / 2],
        [place],
        marker="o" if hers else "D",
        markersize=8,
        color=INK,
        markerfacecolor=COLOURS["primorye"] if hers else "white",
    )


def _ends(statement: two_authors.Statement) -> str:
    if statement.upper == float("inf"):
        return f"{statement.lower:,.0f} or more"
    return f"{statement.lower:,.0f} to {statement.upper:,.0f}"


PANELS: dict[str, str] = {
    "primorye": "Primorye: Table 1",
    "amur": "Amurskaya oblast: Table 4",
    "far_east": "The Far East: stated totals",
}
"""The series in the picture of external figures, from top to bottom."""


def external_beside(
    placed: pd.DataFrame,
    found: Mapping[str, pd.DataFrame],
    statements: Mapping[str, two_authors.Statement],
) -> Picture:
    """Draw external figures with their intervals beside the article's series.

    Parameters
    ----------
    placed : pandas.DataFrame
        As `rfe_labour.checks.two_authors.beside` returns it; only figures of North
        Koreans are drawn.
    found : mapping of str to pandas.DataFrame
        As `rfe_labour.checks.two_authors.series` returns them.
    statements : mapping of str to Statement
        As `rfe_labour.checks.two_authors.statements` returns them, for Weitz's two
        figures.
    """
    own = placed[(placed["people"] == "north-koreans") & placed["series"].isin(PANELS)]
    weitz = {
        "primorye": ("workers_vladivostok", "Weitz 2012, Vladivostok"),
        "amur": ("amur_camps", "Weitz 2012, camps"),
    }
    with open_panels(rows=len(PANELS), height=7.4) as (figure, panels):
        for axes, (name, title) in zip(panels, PANELS.items(), strict=True):
            line = found[name].mean(axis="columns")
            axes.plot(
                line.index,
                line,
                color=COLOURS.get(name, INK),
                marker=MARKERS.get(name, "d"),
                markersize=5,
            )
            for row in records(own[own["series"] == name]):
                _draw_external(axes, row, f"{row['outlet']} {row['year']}")
            if name in weitz:
                statement, text = weitz[name]
                told = statements[statement]
                ends = {"lower": told.lower, "upper": told.upper}
                _draw_external(axes, {"year": 2012} | ends, text)
            axes.set_title(title)
            axes.set_ylabel("workers")
            axes.set_ylim(0, axes.get_ylim()[1] * 1.12)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.0f}"))
            axes.grid(axis="y")
            axes.set_axisbelow(True)
        label_years(panels[-1], pd.Index(range(1992, 2013, 2)))
        panels[-1].set_xlim(1991.3, 2012.7)
        figure.suptitle(
            _external_title(own), x=0.02, ha="left", fontsize=12, fontweight="bold"
        )
    alt = (
        "Three line charts of North Korean workers in the article's series, each with "
        "figures published by others as white diamonds with a bar for what their "
        "wording leaves open. "
        + " ".join(
            f"{row['outlet']}, {row['year']}: {row['lower']:,} to {row['upper']:,}; "
            f"the article in {row['article_year']:.0f}: "
            f"{span(round(row['article_lower']), round(row['article_upper']))}."
            for row in records(own)
        )
        + " "
        + " ".join(
            f"{text}: {_ends(statements[statement])}."
            for statement, text in weitz.values()
        )
    )
    return Picture(figure, alt)


_BESIDE_ITS_MARK: dict[str, tuple[float, str]] = {
    "primorye_2000": (1000, "right"),
    "russia_2001": (-2900, "right"),
    "far_east_2003": (-6500, "left"),
    "russia_2006": (0, "left"),
}
"""Where a label stands if not left of its mark: how much higher, and aligned where."""


def _draw_external(axes: Axes, row: Mapping[str, Any], text: str) -> None:
    year, lower, upper = row["year"], row["lower"], row["upper"]
    mark = {0: upper, float("inf"): lower}.get(
        upper if lower else 0, (lower + upper) / 2
    )
    if upper == float("inf"):
        arrow = {"arrowstyle": "->", "color": INK, "linewidth": 2}
        axes.annotate("", (year, lower + 900), (year, lower), arrowprops=arrow)
    else:
        axes.plot([year, year], [lower, upper], color=INK, linewidth=2, zorder=3)
    axes.plot(
        [year],
        [mark],
        marker="D",
        markersize=7,
        color=INK,
        markerfacecolor="white",
        zorder=4,
    )
    rise, align = _BESIDE_ITS_MARK.get(row.get("figure", ""), (0, "right"))
    axes.annotate(
        text,
        (year, mark + rise),
        xytext=(7 if align == "left" else -7, 0),
        textcoords="offset points",
        ha=align,
        va="center",
        fontsize=9,
    )


def _external_title(drawn: pd.DataFrame) -> str:
    fits = int((drawn["verdict"] == "compatible").sum())
    return (
        f"{fits} of {len(drawn)} published figures fit the article's; they count\n"
        "other places, years or people, and are context only"
    )
