"""The chapter on Table 2: what survives, and what could have stood where.

The functions take what `rfe_labour.tables.joint_ventures` computes: `evaluation` from
``evaluate`` and `sets`, the identified sets by assumption, from ``identify``. `tokens`
is the resource ``table2_tokens``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rfe_labour.shown import charts
from rfe_labour.shown.charts import INK, Picture, sentence
from rfe_labour.shown.markdown import Markdown, Row, proportion, span, write_table
from rfe_labour.tables import joint_ventures
from rfe_labour.tables.joint_ventures import (
    Choices,
    Evaluation,
    IdentifiedSet,
    Survivors,
    possible_years,
)

STEPS = {
    "none": "No assumption",
    "order": "Order of each row kept",
    "whole": "… and all joint ventures whole and plausible",
    "consistent": "… and all joint ventures steady from year to year",
}
"""The assumptions, each added to those before it."""

_TOY = Survivors(years=(1, 2, 3), apart=(), in_row=(2, 7), shares=("1",))
_TINT = "#c6dcec"  # the blue of Primorye, light enough to read black figures on
_ARROW = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.5}
_CHOICES = {
    "": "as chosen{}",
    "lost_points": "lost decimal points: {}",
    "last_year": "last column: {}",
    "fewest": "at least {:,} in all",
    "most": "at most {:,} in all",
    "yearly_factor": "a yearly factor of at most {:g}",
}


def how_it_works() -> Picture:
    """Draw partial identification on a row of three columns and two counts."""
    rows = joint_ventures.place(_TOY).counts
    highest = max(_TOY.counts)
    could = (rows == highest).any(axis=0)
    with charts.open_panels(rows=1, height=2.5) as (figure, (axes,)):
        axes.set_axis_off()
        axes.set_xlim(0, 13.2)
        axes.set_ylim(-0.2, 4.7)
        axes.set_aspect("equal")
        steps = {0.1: "1  What survives", 4.8: "2  Every way back"}
        for left, title in {**steps, 9.5: "3  What they share"}.items():
            axes.text(left, 4.6, title, fontweight="bold", va="top")
            for place, ordinal in enumerate(("1st", "2nd", "3rd")):
                axes.text(left + place + 0.5, 3.45, ordinal, ha="center", fontsize=9)
        for left in (3.8, 8.5):
            axes.annotate("", (left + 0.6, 2.9), (left, 2.9), arrowprops=_ARROW)
        for place in range(len(_TOY.years)):
            _cell(axes, 0.1 + place, 2.4, "?", "open")
        for place, count in enumerate(_TOY.in_row):
            _cell(axes, 0.6 + place, 1.1, str(count), _kind(count, highest))
        axes.text(0.1, 0.9, "two loose counts,\nin this order", va="top", fontsize=9)
        for line, row in enumerate(rows.tolist()):
            for place, count in enumerate(row):
                left, bottom = 4.8 + place, 2.4 - 1.2 * line
                _cell(axes, left, bottom, str(count or ""), _kind(count, highest))
        for place, possible in enumerate(could.tolist()):
            kind = "highest" if possible else "never"
            _cell(axes, 9.5 + place, 2.4, str(highest), kind)
        axes.text(
            9.5,
            2.2,
            f"The {highest} is never 1st.\nIt is 2nd or 3rd, and\nnothing tells which.",
            va="top",
            fontsize=9,
        )
    ways = "; ".join(
        ", ".join(str(count or "empty") for count in row) for row in rows.tolist()
    )
    alt = (
        "A toy example in three steps. First, what survives: a row of three columns "
        "without its counts, and beside it a 2 and a 7, in this order. Second, every "
        f"way to put them back: {ways}. Third, what these ways have in common: the 7 "
        "never stands first; it stands second or third, and nothing tells which."
    )
    return Picture(figure, alt)


def possible_counts(sets: Mapping[str, IdentifiedSet]) -> Picture:
    """Draw, under each assumption, which count could stand in which year."""
    period = sets["none"].stands.index
    with charts.open_panels(rows=len(sets), height=7.0) as (figure, panels):
        for axes, (name, identified) in zip(panels, sets.items(), strict=True):
            _grid(axes, identified)
            axes.set_title(f"{STEPS[name]}:", fontsize=11, pad=18)
            number, stands = in_short(identified.placements), identified.stands
            text = (
                f"{number} placements; {_count(stands)} of {stands.size} cells possible"
            )
            axes.text(0, 1.02, text, transform=axes.transAxes, va="bottom")
        charts.label_years(panels[-1], period)
        figure.suptitle(_grid_title(sets), x=0.01, ha="left")
    alt = (
        f"Four grids, one below the other, of {len(period)} years by the different "
        "counts. A filled cell holds a count that could stand in the year, a crossed "
        "cell one that cannot. "
    ) + " ".join(
        f"{STEPS[name].replace('… and', 'And')}: "
        + sentence(
            f"{value} in {possible_years(identified.stands[value])}"
            for value in identified.stands
        )
        for name, identified in sets.items()
    )
    return Picture(figure, alt)


def _count(stands: pd.DataFrame) -> int:
    """Count the cells in which a value could stand."""
    return int((stands > 0).sum().sum())


def _grid(axes: Axes, identified: IdentifiedSet) -> None:
    values = list(identified.stands.columns)
    for line, value in enumerate(values):
        for year, part in identified.stands[value].items():
            highest = value == max(values)
            kind = "never" if not part else "highest" if highest else "possible"
            _cell(axes, float(str(year)) - 0.5, line, str(value), kind)
    _bare(axes, [""] * len(values), identified.stands.index)


def _bare(axes: Axes, names: Sequence[str], period: pd.Index) -> None:
    """Leave nothing of the axes but the names of the lines."""
    axes.set_xlim(period[0] - 0.6, period[-1] + 0.6)
    axes.set_ylim(-0.1, len(names) + 0.1)
    axes.set_yticks([line + 0.5 for line in range(len(names))], names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _grid_title(sets: Mapping[str, IdentifiedSet]) -> str:
    order, last = sets["order"], sets["consistent"]
    further = _count(order.stands.where(last.stands == 0, 0))
    cells = order.stands.size
    return (
        f"The order of the row rules out {cells - _count(order.stands)} of {cells} "
        f"cells,\nthe further assumptions {further or 'no'} more"
    )


def highest_years(sets: Mapping[str, IdentifiedSet]) -> Picture:
    """Draw in which years the highest count and the highest share could stand."""
    rows = {
        "count": {name: identified.highest for name, identified in sets.items()},
        "share": {name: identified.highest_share for name, identified in sets.items()},
    }
    period = sets["none"].highest.index
    with charts.open_panels(rows=len(rows), height=3.9) as (figure, panels):
        for axes, (row, by_assumption) in zip(panels, rows.items(), strict=True):
            for line, parts in enumerate(reversed(by_assumption.values())):
                for year, part in zip(period, parts, strict=True):
                    kind = "highest" if part else "never"
                    _cell(axes, year - 0.5, line, "●", kind)
            left, last = (
                int((by_assumption[name] > 0).sum()) for name in ("order", "consistent")
            )
            then = "" if left == last else f", {last} under all assumptions"
            title = f"Highest {row}: the order leaves {left} of {len(period)} years"
            axes.set_title(title + then)
            _bare(axes, list(reversed(by_assumption)), period)
        charts.label_years(panels[-1], period)
    alt = (
        f"Two grids of {len(period)} years by the four assumptions: dark where the "
        "highest token could stand, crossed where it cannot. "
    ) + " ".join(
        f"Highest {row}: "
        + sentence(
            f"{name}, {possible_years(parts)}" for name, parts in by_assumption.items()
        )
        for row, by_assumption in rows.items()
    )
    return Picture(figure, alt)


def implied_totals(sets: Mapping[str, IdentifiedSet]) -> Picture:
    """Draw how many joint ventures there could be in all, year by year."""
    looks = {
        "none": ("no assumption", 0.9, "#e4e4e4"),
        "order": ("order kept", 0.6, "#9cc3df"),
        "consistent": ("all assumptions", 0.3, charts.COLOURS["primorye"]),
    }
    with charts.open_panels(rows=1, height=4.0) as (figure, (axes,)):
        for name, (words, width, shade) in looks.items():
            implied = sets[name].implied.astype("float64")
            axes.bar(
                implied.index,
                implied["upper"] - implied["lower"],
                bottom=implied["lower"],
                width=width,
                color=shade,
                edgecolor=INK,
                linewidth=0.6,
                label=words,
            )
        axes.set_ylim(0, 1.15 * sets["none"].implied["upper"].max())
        charts.label(axes, _implied_title(sets), "all joint ventures")
        axes.legend(frameon=False, fontsize=9, ncols=3, loc="upper left")
        charts.label_years(axes, sets["none"].implied.index)
    alt = (
        "Bars within bars: for each year, the numbers of all joint ventures in "
        "Primorye that could lie behind a count and a share, if both stand there. "
    ) + " ".join(
        f"{words.capitalize()}: "
        + sentence(
            f"{row['year']}: {_implied(row)}"
            for row in sets[name].implied.reset_index().to_dict("records")
        )
        for name, (words, _, _) in looks.items()
    )
    return Picture(figure, alt)


def _implied_title(sets: Mapping[str, IdentifiedSet]) -> str:
    anywhere = sets["none"].implied.iloc[0].to_dict()
    left = sets["consistent"].implied.dropna().reset_index().to_dict("records")
    if not left:
        return "All joint ventures in Primorye: no placement is left"
    closest = min(left, key=lambda row: row["upper"] - row["lower"])
    return (
        f"All joint ventures: {_implied(anywhere)} in any year,\n"
        f"or {_implied(closest)} in {closest['year']} under all assumptions"
    )


def _implied(row: Row) -> str:
    return "none" if pd.isna(row["lower"]) else f"{row['lower']:,} to {row['upper']:,}"


def _kind(count: int, highest: int) -> str:
    return "open" if not count else "highest" if count == highest else "possible"


def _cell(axes: Axes, left: float, bottom: float, text: str, kind: str) -> None:
    """Draw one cell of a table: a count there, possible, ruled out, or open."""
    fill, edge, ink = {
        "highest": (INK, charts.PALE, "white"),
        "possible": (_TINT, charts.PALE, INK),
        "never": ("white", charts.LIGHT, "#8a8a8a"),
        "open": ("white", charts.PALE, INK),
    }[kind]
    corner = (left + 0.03, bottom + 0.03)
    axes.add_patch(
        Rectangle(corner, 0.94, 0.94, facecolor=fill, edgecolor=edge, linewidth=0.8)
    )
    axes.text(
        left + 0.5,
        bottom + 0.48,
        "×" if kind == "never" else text,
        ha="center",
        va="center",
        fontsize=10,
        fontweight="bold" if kind == "highest" else "normal",
        color=ink,
    )


def surviving_table(tokens: pd.DataFrame, choices: Choices) -> Markdown:
    """Show the damaged table as the scan gives it; `choices` give its columns."""
    columns = len(joint_ventures.survivors(tokens, choices).years)
    runs = joint_ventures.label_runs(tokens)
    labels = [" ".join(map(str, run)) for run in runs]
    rows = [["Year", " / ".join(labels), f"{sum(map(len, runs))} of {columns}"]]
    for row, name in {"count": "Total", "share": "%"}.items():
        in_row = tokens[tokens["row"] == row]
        marks = in_row["doubt"].map({"decimal-point-lost": "\\*"}).fillna("")
        apart = in_row["doubt"] == "stands-apart"
        printed = in_row["printed"] + marks
        parts = [" ".join(part) for part in (printed[apart], printed[~apart])]
        text = " / ".join(filter(None, parts))
        rows.append([name, text, f"{len(in_row)} of {columns}"])
    header = ["row", "what survives, from left to right", "survive"]
    return write_table(header, rows, "llr")


def implied_ranges_table(evaluation: Evaluation) -> Markdown:
    """List all joint ventures that each count and share in one column imply.

    A range outside the plausible numbers is marked.
    """
    survivors = evaluation.surviving
    lines = {}
    for share, lows, highs, first, last in zip(
        survivors.shares,
        *(ends.tolist() for ends in (*evaluation.ranges, *evaluation.plausible)),
        strict=True,
    ):
        cells = zip(lows, highs, first, last, strict=True)
        lines[share] = [
            f"{low:,} to {high:,}{'' if least <= most else ' ×'}"
            for low, high, least, most in cells
        ]
    rows = [[f"{share}%", *lines[share]] for share in sorted(lines, key=float)]
    header = ["share", *(f"{count} ventures" for count in survivors.different)]
    return write_table(header, rows, "r" * len(header))


def answers_table(
    evaluation: Evaluation, sets: Mapping[str, IdentifiedSet]
) -> Markdown:
    """Set the answers under the four assumptions side by side."""
    columns = [_answers(evaluation, identified) for identified in sets.values()]
    rows = [
        [question, *(column[question] for column in columns)] for question in columns[0]
    ]
    return write_table(["", *(f"*{name}*" for name in sets)], rows, "lrrrr")


def _answers(evaluation: Evaluation, identified: IdentifiedSet) -> dict[str, str]:
    few = joint_ventures.very_few(evaluation, identified)
    parts = {
        name: proportion(part) if identified.placements else "none"
        for name, part in {**identified.parts, "few": few}.items()
    }
    implied = identified.implied_range
    return {
        "placements": in_short(identified.placements),
        "different tables": in_short(identified.tables),
        "highest count could be in": possible_years(identified.highest),
        "highest share could be in": possible_years(identified.highest_share),
        "last count above first": parts["rises"],
        "last count equal to first": parts["level"],
        "last count below first": parts["falls"],
        "rank correlation with time above 0": parts["rank_rises"],
        "no count below the one before": parts["never_falls"],
        "highest count comes last": parts["highest_last"],
        "highest count in the last column": parts["highest_final_year"],
        f"every share below {evaluation.choices.few:g}%": parts["few"],
        "all joint ventures": span(*implied) if implied else "none",
    }


def sensitivity_table(results: pd.DataFrame) -> Markdown:
    """List the answers under other choices, from ``sensitivity``."""
    rows = [
        [
            _CHOICES[row["choice"]].format(row["value"]),
            f"{row['whole']:,}",
            f"{row['consistent']:,}",
            row["highest_years"],
            row["highest_share_years"],
            proportion(row["rises"]) if row["consistent"] else "none",
        ]
        for row in results.to_dict("records")
    ]
    header = ["choice", "*whole*", "*consistent*", "highest count", "highest share"]
    return write_table([*header, "last count above first"], rows, "lrrllr")


def in_short(number: int) -> str:
    """Write all digits of less than a billion; above, two digits and a power of ten."""
    if number < 10**9:
        return f"{number:,}"
    exponent = len(str(number)) - 1
    power = str(exponent).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{number / 10**exponent:.1f} × 10{power}"
