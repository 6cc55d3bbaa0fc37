"""The figures of the chapter on Table 2, each with its alternative text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rfe_labour.shown.figures import (
    COLOURS,
    INK,
    PALE,
    Picture,
    label,
    label_years,
    open_panels,
)
from rfe_labour.shown.present import records
from rfe_labour.tables import joint_ventures
from rfe_labour.tables.joint_ventures import IdentifiedSet, Survivors, possible_years

STEPS = {
    "none": "No assumption",
    "order": "Order of each row kept",
    "whole": "… and all joint ventures whole and plausible",
    "consistent": "… and all joint ventures steady from year to year",
}

_TOY = Survivors(years=(1, 2, 3), apart=(), in_row=(2, 7), shares=("1",))
_TINT = "#c6dcec"  # the blue of Primorye, light enough to read black figures on
_ARROW = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.5}
_SHADES = {"none": "#e4e4e4", "order": "#9cc3df", "consistent": COLOURS["primorye"]}


def how_it_works() -> Picture:
    """Draw partial identification on a row of three columns and two counts."""
    rows = joint_ventures.place(_TOY).counts
    highest = max(_TOY.counts)
    could = (rows == highest).any(axis=0)
    with open_panels(rows=1, height=2.5) as (figure, (axes,)):
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
        for place, one in enumerate(could.tolist()):
            _cell(axes, 9.5 + place, 2.4, str(highest), "highest" if one else "never")
        axes.text(
            9.5,
            2.2,
            f"The {highest} is never 1st.\nIt is 2nd or 3rd, and\nnothing tells which.",
            va="top",
            fontsize=9,
        )
    ways = "; ".join(
        ", ".join(str(count) if count else "empty" for count in row)
        for row in rows.tolist()
    )
    alt = (
        "A toy example in three steps. First, what survives: a row of three columns "
        "without its counts, and beside it a 2 and a 7, in this order. Second, every "
        f"way to put them back: {ways}. Third, what these ways have in common: the 7 "
        "never stands first; it stands second or third, and nothing tells which."
    )
    return Picture(figure, alt)


def possible_counts(sets: Mapping[str, IdentifiedSet]) -> Picture:
    """Draw, under each assumption, which count could stand in which year.

    Parameters
    ----------
    sets : mapping of str to IdentifiedSet
        As `rfe_labour.tables.joint_ventures.identify` returns them.
    """
    years = sets["none"].stands.index
    with open_panels(rows=len(sets), height=7.0) as (figure, panels):
        for axes, (name, one) in zip(panels, sets.items(), strict=True):
            _grid(axes, one)
            axes.set_title(f"{STEPS[name]}:", fontsize=11, pad=18)
            axes.text(0, 1.02, _left(one), transform=axes.transAxes, va="bottom")
        label_years(panels[-1], years)
        figure.suptitle(
            _grid_title(sets), x=0.01, ha="left", fontweight="bold", fontsize=12
        )
    alt = (
        f"Four grids, one below the other, of {len(years)} years by the different "
        "counts. A filled cell holds a count that could stand in the year, a crossed "
        "cell one that cannot. "
    ) + " ".join(
        f"{_name(name)}: "
        + "; ".join(
            f"{value} in {possible_years(one.stands[value])}" for value in one.stands
        )
        + "."
        for name, one in sets.items()
    )
    return Picture(figure, alt)


def _left(one: IdentifiedSet) -> str:
    possible = int((one.stands > 0).sum().sum())
    return (
        f"{in_short(one.placements)} placements; {possible} of {one.stands.size} cells "
        "possible"
    )


def _name(assumption: str) -> str:
    return STEPS[assumption].replace("… and", "And")


def _grid(axes: Axes, one: IdentifiedSet) -> None:
    values = list(one.stands.columns)
    for line, value in enumerate(values):
        for year, part in one.stands[value].items():
            highest = value == max(values)
            kind = "never" if not part else "highest" if highest else "possible"
            _cell(axes, float(str(year)) - 0.5, line, str(value) if part else "", kind)
    _bare(axes, [""] * len(values), one.stands.index)


def _bare(axes: Axes, names: Sequence[str], years: pd.Index) -> None:
    """Leave nothing of the axes but the names of the lines."""
    axes.set_xlim(years[0] - 0.6, years[-1] + 0.6)
    axes.set_ylim(-0.1, len(names) + 0.1)
    axes.set_yticks([line + 0.5 for line in range(len(names))], names)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _grid_title(sets: Mapping[str, IdentifiedSet]) -> str:
    order, last = sets["order"], sets["consistent"]
    ruled_out = order.stands.size - int((order.stands > 0).sum().sum())
    further = int(((order.stands > 0) & (last.stands == 0)).sum().sum())
    return (
        f"The order of the row rules out {ruled_out} of {order.stands.size} cells,\n"
        f"the further assumptions {further or 'no'} more"
    )


def highest_years(sets: Mapping[str, IdentifiedSet]) -> Picture:
    """Draw in which years the highest count and the highest share could stand.

    Parameters
    ----------
    sets : mapping of str to IdentifiedSet
        As `rfe_labour.tables.joint_ventures.identify` returns them.
    """
    rows = {
        "count": {name: one.highest for name, one in sets.items()},
        "share": {name: one.highest_share for name, one in sets.items()},
    }
    years = sets["none"].highest.index
    with open_panels(rows=len(rows), height=3.9) as (figure, panels):
        for axes, (row, by_assumption) in zip(panels, rows.items(), strict=True):
            for line, parts in enumerate(reversed(by_assumption.values())):
                for year, part in zip(years, parts, strict=True):
                    kind = "highest" if part else "never"
                    _cell(axes, year - 0.5, line, "●", kind)
            axes.set_title(_highest_title(row, by_assumption, len(years)))
            _bare(axes, list(reversed(by_assumption)), years)
        label_years(panels[-1], years)
    alt = (
        f"Two grids of {len(years)} years by the four assumptions: dark where the "
        "highest token could stand, crossed where it cannot. "
        + " ".join(
            f"Highest {row}: "
            + "; ".join(
                f"{name}, {possible_years(parts)}"
                for name, parts in by_assumption.items()
            )
            + "."
            for row, by_assumption in rows.items()
        )
    )
    return Picture(figure, alt)


def _highest_title(row: str, by_assumption: Mapping[str, pd.Series], years: int) -> str:
    left, last = (
        int((by_assumption[name] > 0).sum()) for name in ("order", "consistent")
    )
    then = "" if left == last else f", {last} under all assumptions"
    return f"Highest {row}: the order leaves {left} of {years} years{then}"


def implied_totals(sets: Mapping[str, IdentifiedSet]) -> Picture:
    """Draw how many joint ventures there could be in all, year by year.

    Parameters
    ----------
    sets : mapping of str to IdentifiedSet
        As `rfe_labour.tables.joint_ventures.identify` returns them.
    """
    names = {
        "none": "no assumption",
        "order": "order kept",
        "consistent": "all assumptions",
    }
    with open_panels(rows=1, height=4.0) as (figure, (axes,)):
        for width, (name, shade) in zip((0.9, 0.6, 0.3), _SHADES.items(), strict=True):
            implied = sets[name].implied.astype("float64")
            axes.bar(
                implied.index,
                implied["upper"] - implied["lower"],
                bottom=implied["lower"],
                width=width,
                color=shade,
                edgecolor=INK,
                linewidth=0.6,
                label=names[name],
            )
        axes.set_ylim(0, 1.15 * sets["none"].implied["upper"].max())
        label(axes, _implied_title(sets), "all joint ventures")
        axes.legend(frameon=False, fontsize=9, ncols=3, loc="upper left")
        label_years(axes, sets["none"].implied.index)
    alt = (
        "Bars within bars: for each year, the numbers of all joint ventures in "
        "Primorye that could lie behind a count and a share, if both stand there. "
        + " ".join(
            f"{names[name].capitalize()}: {_ranges(sets[name].implied)}."
            for name in _SHADES
        )
    )
    return Picture(figure, alt)


def _implied_title(sets: Mapping[str, IdentifiedSet]) -> str:
    anywhere = records(sets["none"].implied)[0]
    left = sets["consistent"].implied.dropna().reset_index()
    if left.empty:
        return "All joint ventures in Primorye: no placement is left"
    closest = min(records(left), key=lambda row: row["upper"] - row["lower"])
    return (
        f"All joint ventures: {_range(anywhere)} in any year,\n"
        f"or {_range(closest)} in {closest['year']} under all assumptions"
    )


def _ranges(implied: pd.DataFrame) -> str:
    rows = records(implied.reset_index())
    return "; ".join(f"{row['year']}: {_range(row)}" for row in rows)


def _range(row: Mapping[str, Any]) -> str:
    if pd.isna(row["lower"]):
        return "none"
    return f"{row['lower']:,} to {row['upper']:,}"


def _kind(count: int, highest: int) -> str:
    return "open" if not count else "highest" if count == highest else "possible"


def _cell(axes: Axes, left: float, bottom: float, text: str, kind: str) -> None:
    """Draw one cell of a table: a count there, possible, ruled out, or open."""
    fill = {"highest": INK, "possible": _TINT, "never": "white", "open": "white"}[kind]
    axes.add_patch(
        Rectangle(
            (left + 0.03, bottom + 0.03),
            0.94,
            0.94,
            facecolor=fill,
            edgecolor="#d0d0d0" if kind == "never" else PALE,
            linewidth=0.8,
        )
    )
    axes.text(
        left + 0.5,
        bottom + 0.48,
        "×" if kind == "never" else text,
        ha="center",
        va="center",
        fontsize=10,
        fontweight="bold" if kind == "highest" else "normal",
        color="white" if kind == "highest" else "#8a8a8a" if kind == "never" else INK,
    )


def in_short(number: int) -> str:
    """Write a number of placements so that it can be taken in.

    Parameters
    ----------
    number : int
        Any number from 0.

    Returns
    -------
    str
        All digits of less than a billion; two digits and a power of ten above.
    """
    if number < 10**9:
        return f"{number:,}"
    exponent = len(str(number)) - 1
    power = str(exponent).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{number / 10**exponent:.1f} × 10{power}"
