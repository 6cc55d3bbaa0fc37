"""The figures of the chapter on Table 2: what could have stood where.

`sets` are the identified sets by assumption, as
`rfe_labour.tables.joint_ventures.identify` returns them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rfe_labour.shown import charts
from rfe_labour.shown.charts import INK, Picture, sentence
from rfe_labour.tables.joint_ventures import IdentifiedSet, possible_years

STEPS = {
    "none": "No assumption (none)",
    "order": "Order of each row kept (order)",
    "whole": "… and all joint ventures whole and plausible (whole)",
    "consistent": "… and all joint ventures steady from year to year (consistent)",
}
"""The assumptions, each added to those before it."""

_TINT = "#c6dcec"  # the blue of Primorye, light enough to read black figures on


def possible_counts(sets: Mapping[str, IdentifiedSet]) -> Picture:
    """Draw, under each assumption, which count could stand in which year."""
    period = sets["none"].stands.index
    with charts.open_panels(rows=len(sets), height=7.0) as (figure, panels):
        for axes, (name, identified) in zip(panels, sets.items(), strict=True):
            _grid(axes, identified)
            axes.set_title(f"{STEPS[name]}:", fontsize=11, pad=18)
            stands = identified.stands
            cells = f"{_count(stands)} of {stands.size} cells possible"
            text = f"{identified.placements:,} placements; {cells}"
            axes.text(0, 1.02, text, transform=axes.transAxes, va="bottom")
        panels[-1].set_xticks(period[::2])
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
        panels[-1].set_xticks(period[::2])
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


def _cell(axes: Axes, left: float, bottom: float, text: str, kind: str) -> None:
    """Draw one cell of a table: a count there, possible, ruled out, or open."""
    fill, edge, ink = {
        "highest": (INK, charts.PALE, "white"),
        "possible": (_TINT, charts.PALE, INK),
        "never": ("white", charts.LIGHT, "#8a8a8a"),
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
