"""The figures of the chapter on Table 2: what could have stood where.

`sets` are the identified sets by assumption, ``order`` among them, as
`rfe_labour.tables.joint_ventures.identify` and `identify_torn` return them.
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
    "tear": "Order kept, one tear through years and counts (tear)",
    "tear_whole": "… and all joint ventures whole and plausible (tear_whole)",
    "tear_consistent": "… whole, plausible and steady (tear_consistent)",
}
"""The assumptions, in the order in which they are added to those before them."""

_FURTHER = {"consistent": "consistency", "tear": "the tear"}

_TINT = "#c6dcec"  # the blue of Primorye, light enough to read black figures on


def possible_counts(sets: Mapping[str, IdentifiedSet]) -> Picture:
    """Draw, under each assumption, which count could stand in which year."""
    period = sets["order"].stands.index
    with charts.open_panels(rows=len(sets), height=1.75 * len(sets)) as (
        figure,
        panels,
    ):
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
        f"{len(sets)} grids, one below the other, of {len(period)} years by the "
        "different counts. A filled cell holds a count that could stand in the year, a "
        "crossed cell one that cannot. "
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
    order = sets["order"]
    last, words = (
        (sets["tear"], "tear")
        if "tear" in sets
        else (sets["consistent"], "further assumptions")
    )
    further = _count(order.stands.where(last.stands == 0, 0))
    cells = order.stands.size
    return (
        f"The order of the row rules out {cells - _count(order.stands)} of {cells} "
        f"cells,\nthe {words} {further or 'no'} more"
    )


def highest_years(sets: Mapping[str, IdentifiedSet]) -> Picture:
    """Draw in which years the highest count and the highest share could stand."""
    rows = {
        "count": {name: identified.highest for name, identified in sets.items()},
        "share": {name: identified.highest_share for name, identified in sets.items()},
    }
    period = sets["order"].highest.index
    height = 1.3 + 0.65 * len(sets)
    with charts.open_panels(rows=len(rows), height=height) as (figure, panels):
        for axes, (row, by_assumption) in zip(panels, rows.items(), strict=True):
            for line, parts in enumerate(reversed(by_assumption.values())):
                for year, part in zip(period, parts, strict=True):
                    kind = "highest" if part else "never"
                    _cell(axes, year - 0.5, line, "●", kind)
            left = {name: int((it > 0).sum()) for name, it in by_assumption.items()}
            further = "".join(
                f", {words} {left[name]}"
                for name, words in _FURTHER.items()
                if left.get(name, left["order"]) != left["order"]
            )
            axes.set_title(
                f"Highest {row}: order leaves {left['order']} of {len(period)} years"
                f"{further}"
            )
            names = [name.replace("_", ", ") for name in reversed(by_assumption)]
            _bare(axes, names, period)
        panels[-1].set_xticks(period[::2])
    alt = (
        f"Two grids of {len(period)} years by the assumptions: dark where the "
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
