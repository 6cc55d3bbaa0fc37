"""The chapter on Table 2: its words for the code's names, and what could stand where.

`sets` are the identified sets by assumption, as
`rfe_labour.tables.joint_ventures.identify` and `identify_torn` return them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rfe_labour.shown import charts
from rfe_labour.shown.charts import INK, Picture, sentence
from rfe_labour.shown.markdown import Markdown, proportion
from rfe_labour.tables.joint_ventures import (
    Choices,
    IdentifiedSet,
    Survivors,
    possible_years,
)

ASSUMPTIONS = {
    "none": "no assumption",
    "order": "order kept",
    "whole": "plausible totals",
    "consistent": "steady totals",
    "tear": "one tear",
    "tear_whole": "one tear, plausible totals",
    "tear_consistent": "one tear, steady totals",
}
"""The assumptions in words, in the order in which they are added."""

_WORDS = {
    "highest_years": "highest count in",
    "highest_share_years": "highest share in",
    "implied": "all joint ventures",
    "lower": "fewest in all",
    "upper": "most in all",
    "rises": "last count above first",
    "level": "last count equals first",
    "falls": "last count below first",
    "rank_rises": "more pairs rise than fall",
    "rank_level": "as many rise as fall",
    "rank_falls": "more pairs fall than rise",
    "never_falls": "counts never fall",
    "highest_last": "highest count is last",
    "highest_final_year": "highest in last column",
    "very_few": "shares all below limit",
    "no_whole_number": "no whole number fits",
    "below_fewest": "too few joint ventures in all",
    "above_most": "too many joint ventures in all",
    "largest_share": "most that the highest share can be, %",
    "least_factor": "yearly factor needed",
    "share_placements": "placements of the shares",
}
"""Columns and rows of the chapter's frames, in words."""

_CHOICES = {
    "as chosen": "as chosen",
    "lost_points": "lost decimal points",
    "last_year": "last column",
    "fewest": "fewest joint ventures in all",
    "most": "most joint ventures in all",
    "yearly_factor": "yearly factor",
    "few": "limit of “very few”, %",
}

_TORN = {
    "order": "in order",
    "tear": "torn",
    "tear_lost_labels": "torn, lost labels follow “Year”",
    "apart_first": "torn, in the order of the labels",
    "beside_first": "torn, other columns last",
}

_MOST_DRAWN = 2100
"""More than the tokens imply in any year, so that all sets have one scale."""

_TINT = "#c6dcec"  # the blue of Primorye, light enough to read black figures on


def in_words(frame: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Name assumptions, answers and choices of a frame as the text does."""
    words = ASSUMPTIONS | _WORDS
    table = frame.to_frame() if isinstance(frame, pd.Series) else frame
    if isinstance(table.index, pd.MultiIndex):  # of the tears that were tried
        table = table.rename(index=_TORN)
    else:
        table = table.rename(index=words)
        table.index.name = (
            None if frame.index.name == "assumption" else table.index.name
        )
    table = table.rename(columns=words)
    if "choice" in table:
        table = table.assign(choice=table["choice"].map(_CHOICES))
    return table


def set_in_words(
    identified: IdentifiedSet, surviving: Survivors, choices: Choices
) -> Markdown:
    """Say what one identified set leaves open, and what becomes of the claims in it."""
    if not identified.placements:
        return Markdown(
            "**No placement** is possible: not one way to put the numbers back meets "
            "these limits, so nothing can be said of the claims under them."
        )
    parts, (lower, upper) = identified.parts, identified.implied_range or (0, 0)
    highest_share = surviving.shares[surviving.highest_shares[0]]
    return Markdown(
        f"**{identified.placements:,} placements** are possible, that is, ways to put "
        "the surviving numbers into years. In them the highest "
        f"count, {max(surviving.counts)}, {_stands(identified.highest)}, and the "
        f"highest share, {highest_share} per cent, "
        f"{_stands(identified.highest_share)}. "
        f"Where a year has both a count and a share, they imply {lower:,} to "
        f"{upper:,} joint ventures in all. “Very few”, read as every share below "
        f"{choices.few:g} per cent, holds in {_part(parts['very_few'])}. The last "
        f"surviving count is above the first in {_part(parts['rises'])}, equal to it "
        f"in {_part(parts['level'])} and below it in {_part(parts['falls'])}. The "
        f"highest count is the last one in {_part(parts['highest_last'])}."
    )


def _stands(parts: pd.Series) -> str:
    stands = "must stand" if (parts > 0).sum() == 1 else "could stand"
    return f"{stands} in {possible_years(parts)}"


def _part(part: float) -> str:
    some = {0.0: "none", 1.0: "all"}.get(part, proportion(part))
    return f"{some} of them"


def set_by_year(identified: IdentifiedSet) -> Picture:
    """Draw what one identified set leaves open in each year.

    Above, the counts that could stand in it; below, the range of totals.
    """
    stands, implied = identified.stands > 0, identified.implied.dropna()
    years, values = stands.index, list(map(int, stands.columns))
    low, high = implied.astype("float64").T.to_numpy()
    edges = (0.15, 0.98, 0.08, 0.98)
    with charts.open_panels(2, 3.6, margins=edges) as (figure, (grid, bars)):
        figure.subplots_adjust(hspace=0.12)
        for value in values:
            color = INK if value == max(values) else charts.COLOURS["primorye"]
            possible = years[stands[value]]
            at = [value] * len(possible)
            grid.plot(possible, at, "s", markersize=11, color=color)
        if not identified.placements:
            middle = (years.to_numpy().mean(), (min(values) + max(values)) / 2)
            grid.text(*middle, "no placement is possible", ha="center", va="center")
        grid.set_yticks(values)
        grid.set_ylim(min(values) - 0.7, max(values) + 0.7)
        grid.tick_params(axis="y", left=False)
        grid.xaxis.set_visible(False)
        grid.set_ylabel("count")
        bars.bar(implied.index, high - low, 0.9, low, color=charts.COLOURS["primorye"])
        bars.set_ylim(0, _MOST_DRAWN)
        bars.set_ylabel("total")
        bars.yaxis.set_major_formatter("{x:,.0f}")
        charts.grid(bars, "y")
        charts.label_years(bars, years)
        bars.set_xlim(years[0] - 0.6, years[-1] + 0.6)
    alt = (
        "Two panels by year. Above, the counts that could stand in a year: "
        + sentence(f"{value} in {possible_years(stands[value])}" for value in values)
        + " Below, bars from the lowest to the highest total: "
        + (charts.tell(implied) if len(implied) else "none.")
    )
    if not identified.placements:
        alt = (
            "Two empty panels by year, for counts and totals: no placement is possible."
        )
    cells = stands.add_prefix("count ").add_suffix(" possible")
    totals = identified.implied.set_axis(["lowest total", "highest total"], axis=1)
    return Picture(figure, alt, cells.join(totals).reset_index(names="year"))


def possible_counts(sets: Mapping[str, IdentifiedSet]) -> Picture:
    """Draw which count could stand in which year, a panel for each set that differs."""
    groups = _alike(sets)
    period = next(iter(sets.values())).stands.index
    height = 0.5 + 1.85 * len(groups)
    with charts.open_panels(rows=len(groups), height=height) as (figure, panels):
        for axes, names in zip(panels, groups, strict=True):
            stands = sets[names[0]].stands
            _grid(axes, stands)
            cells = f"{_count(stands)} of {stands.size} cells possible"
            same = _same_with(names)
            pad = 18 if same else 4
            axes.set_title(f"{_capital(names[0])}: {cells}", fontsize=11, pad=pad)
            axes.text(0, 1.02, same, transform=axes.transAxes, va="bottom")
            axes.tick_params(which="both", length=0)
        charts.label_years(panels[-1], period)
        figure.suptitle(_grid_title(sets), x=0.01, ha="left")
    number = f"{len(groups)} grids, one below the other," if groups[1:] else "A grid"
    alt = (
        f"{number} of {len(period)} years by the different counts. A filled cell holds "
        "a count that could stand in the year, a crossed cell one that cannot. "
    ) + " ".join(
        f"{_capital(names[0])}{', ' * bool(names[1:])}{_same_with(names)}: "
        + sentence(
            f"{value} in {possible_years(sets[names[0]].stands[value])}"
            for value in sets[names[0]].stands
        )
        for names in groups
    )
    return Picture(figure, alt, _stand(sets))


def _stand(sets: Mapping[str, IdentifiedSet]) -> pd.DataFrame:
    """Tell for each assumption, year and count whether it could stand there."""
    possible = pd.concat(
        {ASSUMPTIONS[name]: it.stands > 0 for name, it in sets.items()}
    )
    return (
        possible.rename_axis(["assumption", "year"])
        .melt(var_name="count", value_name="possible", ignore_index=False)
        .reset_index()
    )


def _alike(sets: Mapping[str, IdentifiedSet]) -> list[list[str]]:
    """Group the names of neighbouring sets that leave the same cells possible."""
    groups: list[list[str]] = []
    for name, identified in sets.items():
        possible = identified.stands > 0
        if groups and possible.equals(sets[groups[-1][0]].stands > 0):
            groups[-1].append(name)
        else:
            groups.append([name])
    return groups


def _capital(name: str) -> str:
    words = ASSUMPTIONS[name]
    return f"{words[0].upper()}{words[1:]}"


def _same_with(names: Sequence[str]) -> str:
    others = [ASSUMPTIONS[name].rpartition(", ")[2] for name in names[1:]]
    return f"the same with {' and with '.join(others)}" if others else ""


def _count(stands: pd.DataFrame) -> int:
    """Count the cells in which a value could stand."""
    return int((stands > 0).sum().sum())


def _grid(axes: Axes, stands: pd.DataFrame) -> None:
    values = list(stands.columns)
    for line, value in enumerate(values):
        for year, part in stands[value].items():
            highest = value == max(values)
            kind = "never" if not part else "highest" if highest else "possible"
            _cell(axes, float(str(year)) - 0.5, line, str(value), kind)
    axes.set_xlim(stands.index[0] - 0.6, stands.index[-1] + 0.6)
    axes.set_ylim(-0.1, len(values) + 0.1)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def _grid_title(sets: Mapping[str, IdentifiedSet]) -> str:
    if "order" not in sets:
        (name, identified), *_ = sets.items()
        years = possible_years(identified.highest)
        return f"With {ASSUMPTIONS[name]}, the highest count stands in {years}"
    order, last = sets["order"].stands, [*sets.values()][-1].stands
    further = _count(order.where(last == 0, 0))
    return (
        f"Keeping the order rules out {order.size - _count(order)} of {order.size} "
        f"cells;\nfurther assumptions rule out {further or 'no'} more"
    )


def _cell(axes: Axes, left: float, bottom: float, text: str, kind: str) -> None:
    """Draw one cell of a table: the highest count, another one, or one ruled out."""
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
