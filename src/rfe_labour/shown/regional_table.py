"""The page of one regional table: its cells, its series and the split of its changes.

The functions take what `rfe_labour.tables` computes: `table` from ``regional_table``,
`agreement` from the function of that name, `steps` and `total` from ``decomposition``
and ``decomposition_total``. `facts` says which table of the article it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from rfe_labour.article import RegionalTable
from rfe_labour.shown import charts
from rfe_labour.shown.charts import COLOURS, INK, Picture, course
from rfe_labour.shown.markdown import (
    Markdown,
    period,
    printed_cell,
    signed,
    signed_span,
    span,
    write_table,
)


def workers_and_share(table: pd.DataFrame, facts: RegionalTable) -> Picture:
    """Draw the printed workers above their printed share, with its rounding band."""
    first, last = table.iloc[0], table.iloc[-1]
    workers = (
        f"{facts.region_name}: {first.workers:,.0f} workers in {table.index[0]}, "
        f"{last.workers:,.0f} in {table.index[-1]}"
    )
    share = f"Their share: {first.share:g}% in {table.index[0]}, {last.share:g}%"
    share += f" in {table.index[-1]}"
    with charts.open_panels(rows=2, height=5.4) as (figure, (top, bottom)):
        _line(top, table["workers"], facts.region)
        charts.label(top, workers, "workers")
        _line(bottom, table["share"], facts.region)
        bottom.fill_between(
            table.index,
            table["share_lower"],
            table["share_upper"],
            color=COLOURS[facts.region],
            alpha=0.3,
            linewidth=0,
        )
        charts.label(bottom, share, "% of foreign workers")
        charts.label_years(bottom, table.index)
    alt = (
        f"Two line charts over the years {table.index[0]} to {table.index[-1]}. Above, "
        f"North Korean workers in {facts.region_name}: {course(table['workers'])}. "
        "Below, their share of all foreign workers in per cent, with a band for the "
        f"rounding of each printed figure: {course(table['share'])}."
    )
    return Picture(figure, alt)


def implied_foreign(table: pd.DataFrame, facts: RegionalTable) -> Picture:
    """Draw all foreign workers that workers and share imply, as intervals."""
    ends = [f"{round(table['foreign'].iloc[end], -2):,.0f}" for end in (0, -1)]
    with charts.open_panels(rows=1, height=3.2) as (figure, (axes,)):
        _line(axes, table["foreign"], facts.region)
        axes.vlines(
            table.index,
            table["foreign_lower"],
            table["foreign_upper"],
            color=COLOURS[facts.region],
            linewidth=5,
            alpha=0.4,
        )
        title = (
            f"All foreign workers in {facts.region_name}, as implied:\n"
            f"about {ends[0]} in {table.index[0]}, {ends[1]} in {table.index[-1]}"
        )
        charts.label(axes, title, "foreign workers")
        charts.label_years(axes, table.index)
    alt = (
        f"Line chart of the foreign workers in {facts.region_name} that each printed "
        "pair of workers and share implies, with a vertical bar for what the rounding "
        f"of the share leaves open: {course(table['foreign'].round(-2))}."
    )
    return Picture(figure, alt)


def decomposition(steps: pd.DataFrame, facts: RegionalTable) -> Picture:
    """Draw each year's change of workers as the sum of its two parts."""
    import seaborn as sns  # brings statsmodels: slow, and most pages can do without

    parts = {
        "dln_share": ("share", COLOURS[facts.region], ""),
        "dln_foreign": ("foreign workers", charts.LIGHT, "///"),
    }
    long = steps.melt("to_year", list(parts), var_name="part", value_name="change")
    with charts.open_panels(rows=1, height=3.6) as (figure, (axes,)):
        sns.barplot(
            long,
            x="to_year",
            y="change",
            hue="part",
            palette={part: colour for part, (_, colour, _) in parts.items()},
            saturation=1,
            edgecolor=INK,
            linewidth=0.6,
            errorbar=None,
            legend=False,
            ax=axes,
        )
        for bars, (name, _, hatch) in zip(axes.containers, parts.values(), strict=True):
            for bar in bars:
                bar.set_hatch(hatch)
            bars.set_label(f"change of {name}")
        axes.plot(
            range(len(steps)),
            steps["dln_workers"],
            linestyle="none",
            marker="D",
            color=INK,
            label="change of workers: the sum of the two",
        )
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.legend(frameon=False, fontsize=9, loc="best")
        charts.label(axes, _decomposition_title(steps, facts), "change in log points")
        axes.set_xlabel("change to this year from the year before")
        axes.tick_params(axis="x", rotation=45)
    alt = (
        "Paired bars for each year: how much of the change of workers in "
        f"{facts.region_name}, in log points, comes from their share and how much from "
        "the number of all foreign workers; a diamond marks the sum. "
    ) + charts.sentence(
        f"{row.to_year:.0f}: share {row.dln_share:+.2f}, foreign workers "
        f"{row.dln_foreign:+.2f}, workers {row.dln_workers:+.2f}"
        for row in steps.itertuples()
    )
    return Picture(figure, alt)


def _decomposition_title(steps: pd.DataFrame, facts: RegionalTable) -> str:
    total = steps[["dln_workers", "dln_share", "dln_foreign"]].sum()
    period = f"{steps['from_year'].iloc[0]}–{steps['to_year'].iloc[-1]}"
    title = (
        f"{facts.region_name}, {period}: workers {total['dln_workers']:+.2f},\n"
        f"share {total['dln_share']:+.2f}, foreign workers {total['dln_foreign']:+.2f}"
    )
    return title.replace("-", "−")


def _line(axes: Axes, values: pd.Series, region: str) -> None:
    import seaborn as sns  # as above

    sns.lineplot(
        x=values.index,
        y=values.to_numpy(),
        color=COLOURS[region],
        marker=charts.MARKERS[region],
        markersize=7,
        errorbar=None,
        ax=axes,
    )


def printed_and_rebuilt_table(
    agreement: pd.DataFrame, facts: RegionalTable
) -> Markdown:
    """Set each year's printed cells beside the rebuilt ones."""
    by_cell = agreement.set_index(["year", "measure"])
    rows = []
    for year in agreement["year"].unique():
        row = [str(year)]
        for measure in ("workers", "share"):
            cell = by_cell.loc[(year, measure)]
            doubt = "" if pd.isna(cell["doubt"]) else " *"
            agrees = "" if cell["agrees"] else " ≠"
            row += [f"{cell['printed']}{doubt}", f"{cell['rebuilt']}{agrees}"]
        rows.append(row)
    printed = ["workers, printed", "rebuilt", "%, printed", "rebuilt"]
    return write_table([f"Table {facts.number}", *printed], rows, "lrrrr")


def cells_table(
    agreement: pd.DataFrame, doubts: Mapping[str, str], facts: RegionalTable
) -> Markdown:
    """List where each cell is printed, and every doubt about it.

    Each row is a target that other pages can link to, for example
    ``printed-table1-workers-1992``. `doubts` says what each code of the column
    ``doubt`` stands for.
    """
    rows = [
        [
            printed_cell(
                cell["locator"], facts.table, cell["measure"], str(cell["year"])
            ),
            cell["printed"],
            cell["rebuilt"],
            "yes" if cell["agrees"] else "no",
            "" if pd.isna(cell["doubt"]) else doubts[cell["doubt"]],
        ]
        for cell in agreement.to_dict("records")
    ]
    header = ["printed at", "printed", "rebuilt", "agree", "doubt"]
    return write_table(header, rows, "lrrll")


def implied_foreign_table(table: pd.DataFrame) -> Markdown:
    """List the implied foreign workers of each year as intervals."""
    rows = [
        [
            str(row["year"]),
            f"{row['workers']:,}",
            f"{row['share_lower']:g} to {row['share_upper']:g}",
            span(row["foreign_lower"], row["foreign_upper"]),
        ]
        for row in table.reset_index().to_dict("records")
    ]
    header = ["year", "workers", "share, %", "all foreign workers, implied"]
    return write_table(header, rows, "lrrr")


def decomposition_table(steps: pd.DataFrame, total: pd.DataFrame) -> Markdown:
    """List how each change of workers splits, and the change over all years."""
    rows = [
        [
            period(row["from_year"], row["to_year"]),
            *(
                signed(row[f"dln_{part}"], 3)
                for part in ("workers", "share", "foreign")
            ),
            signed_span(row["dln_foreign_lower"], row["dln_foreign_upper"], 3),
        ]
        for row in pd.concat([steps, total]).to_dict("records")
    ]
    rows[-1] = [f"**{text}**" for text in rows[-1]]
    header = ["years", "ln workers", "ln share", "ln foreign", "within rounding"]
    return write_table(header, rows, "lrrrr")


def defects_table(defects: pd.DataFrame) -> Markdown:
    """List where a table has a known defect, and what it is."""
    if defects.empty:
        return Markdown("None is known.")
    return write_table(["where", "what"], defects[["where", "what"]].to_numpy(), "ll")


def sources_table(sources: pd.DataFrame) -> Markdown:
    """List rows of the resource ``sources``: what the article cites for a table."""
    rows = [
        [
            row["title"]
            if pd.isna(row["authors"])
            else f"{row['authors']}. {row['title']}",
            str(row["published"]),
            str(row["latest_year"]),
            row["locator"],
        ]
        for row in sources.to_dict("records")
    ]
    header = ["source", "published", "can hold years to", "cited at"]
    return write_table(header, rows, "lrrl")
