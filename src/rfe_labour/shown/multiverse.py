"""The chapter on all specifications at once, from `rfe_labour.checks.multiverse`.

`specifications`, `agreement` and `parts` come from ``specifications``,
``sign_agreement`` and ``by_choice``; `outcome` is one of its ``LINKS``. `facts` says
which table of the article a region has.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from rfe_labour.article import RegionalTable
from rfe_labour.checks import multiverse
from rfe_labour.models.trends import percent
from rfe_labour.shown import charts
from rfe_labour.shown.charts import COLOURS, INK, Picture, Regions
from rfe_labour.shown.markdown import (
    Markdown,
    proportion,
    signed,
    signed_span,
    write_table,
)

ESTIMATORS = {
    "log_ols": "log-OLS",
    "logit_ols": "logit-OLS",
    "theil_sen": "Theil–Sen",
    "quasi_poisson": "quasi-Poisson",
    "fractional_logit": "fractional logit",
}
OUTCOMES = {"workers": "workers", "share": "share", "foreign": "all foreign workers"}
CHOICES = {
    "estimator": "estimator",
    "rounding": "end of rounding",
    "first_year": "first year",
    "last_year": "last year",
    "left_out": "year left out",
}
"""The choices behind a specification, by their columns, from top to bottom."""

_BINS = 120


def specification_curve(
    specifications: pd.DataFrame, facts: RegionalTable, outcome: str
) -> Picture:
    """Draw all slopes of a region and outcome, sorted, above the choices behind them.

    Raises
    ------
    ValueError
        If there is no specification of that region and outcome.
    """
    chosen = _chosen(specifications, facts, outcome)
    if chosen.empty:
        msg = f'There is no specification of "{outcome}" in {facts.region_name}.'
        raise ValueError(msg)
    chosen = chosen.sort_values("percent", ignore_index=True)
    signs = multiverse.sign_agreement(chosen).iloc[0]
    headline = percent(signs["headline"])
    unit = "odds of the share" if outcome == "share" else OUTCOMES[outcome]
    choices = _choice_rows(chosen)
    heights = [3.0, *(0.35 + 0.17 * len(options) for options in choices.values())]
    with charts.open_panels(
        rows=len(heights), height=sum(heights) + 1.2, height_ratios=heights
    ) as (figure, panels):
        _sorted_slopes(panels[0], chosen["percent"].to_numpy(), headline, facts.region)
        panels[0].set_ylabel(f"{unit},\n% per year")
        direction = "rise" if signs["headline"] > 0 else "fall"
        panels[0].set_title(
            f"{facts.region_name}, {OUTCOMES[outcome]}: "
            f"{proportion(signs['agreement'])} of {len(chosen):,}\n"
            f"specifications {direction}, as the headline does",
            x=-0.16,
        )
        for axes, (choice, options) in zip(panels[1:], choices.items(), strict=True):
            _choice_panel(axes, options, facts.region)
            axes.set_title(CHOICES[choice], fontsize=10, fontweight="normal", pad=3)
        panels[-1].set_xlabel("specifications, sorted by slope")
    shares = multiverse.by_choice(chosen)
    firm = shares[shares["choice"] != "left_out"].groupby("choice")["rising"]
    moved = (firm.max() - firm.min()).idxmax()
    alt = (
        f"Specification curve of {OUTCOMES[outcome]} in {facts.region_name}: "
        f"{len(chosen):,} slopes in {unit}, per cent per year, sorted from "
        f"{signed_span(chosen['percent'].iloc[0], chosen['percent'].iloc[-1])}, "
        f"median {signed(chosen['percent'].median())}; {proportion(signs['rising'])} "
        f"are above 0 and {proportion(signs['falling'])} below. A diamond marks the "
        f"headline, {signed(headline)}. Below, shaded rows show where each option of "
        f"each choice lies in that order; the choice that moves the direction most is "
        f"the {CHOICES[str(moved)]}."
    )
    return Picture(figure, alt)


def _chosen(frame: pd.DataFrame, facts: RegionalTable, outcome: str) -> pd.DataFrame:
    return frame[(frame["region"] == facts.region) & (frame["outcome"] == outcome)]


def _choice_rows(chosen: pd.DataFrame) -> dict[str, dict[str, np.ndarray]]:
    """Tell for each option of each choice which specifications have it."""
    rows: dict[str, dict[str, np.ndarray]] = {}
    first = ("none", "printed", "log_ols", "logit_ols")
    for choice in CHOICES:
        options = chosen[choice].astype("string").fillna("none")
        values = sorted(
            map(str, options.unique()), key=lambda value: (value not in first, value)
        )
        if len(values) > 1:
            rows[choice] = {
                ESTIMATORS.get(value, value): (options == value).to_numpy(dtype=bool)
                for value in values
            }
    return rows


def _sorted_slopes(
    axes: Axes, slopes: np.ndarray, headline: float, region: str
) -> None:
    rank = np.arange(len(slopes))
    axes.fill_between(rank, 0, slopes, color=COLOURS[region], alpha=0.25, linewidth=0)
    axes.plot(rank, slopes, color=COLOURS[region], linewidth=2)
    axes.axhline(0, color=INK, linewidth=0.8)
    place = int(np.searchsorted(slopes, headline))
    axes.plot(place, headline, marker="D", color=INK, markersize=7)
    axes.annotate(
        f"headline {signed(headline)}%",
        (place, headline),
        xytext=(0, 14 if headline > 0 else -18),
        textcoords="offset points",
        ha="right" if place > len(slopes) / 2 else "left",
        fontsize=10,
    )
    charts.grid(axes, "y")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlim(0, len(slopes) - 1)


def _choice_panel(axes: Axes, options: Mapping[str, np.ndarray], region: str) -> None:
    """Shade, for each option, the places in the order where it is found."""
    count = len(next(iter(options.values())))
    edges = np.linspace(0, count, min(_BINS, count) + 1).round().astype(int)
    dense = np.array(
        [
            [has_option[start:stop].mean() for start, stop in itertools.pairwise(edges)]
            for has_option in options.values()
        ]
    )
    # Each row by its own peak, or options that few specifications have would vanish.
    dense = dense / dense.max(axis=1, keepdims=True)
    axes.imshow(
        1 - dense[..., None] * (1 - np.array(to_rgb(COLOURS[region]))),
        aspect="auto",
        interpolation="nearest",
        extent=(0, count - 1, len(options) - 0.5, -0.5),
        # It fills its axes; a clip path would get a random id in the SVG.
        clip_on=False,
    )
    charts.label_rows(axes, list(options))
    axes.tick_params(axis="y", labelsize=8.5, length=0)
    axes.tick_params(axis="x", length=0)


def sign_agreement_table(agreement: pd.DataFrame, regions: Regions) -> Markdown:
    """List how many specifications rise, fall, and agree with the headline."""
    rows = [
        [
            regions[row["region"]].region_name,
            OUTCOMES[row["outcome"]] + (" (odds)" if row["link"] == "logit" else ""),
            f"{row['specifications']:,}",
            proportion(row["rising"]),
            proportion(row["falling"]),
            f"{signed(percent(row['headline']))}%",
            f"{signed_span(percent(row['lowest']), percent(row['highest']))}%",
        ]
        for row in agreement.to_dict("records")
    ]
    header = ["region", "outcome", "number", "rise", "fall", "headline"]
    return write_table([*header, "all, per year"], rows, "llrrrrr")


def by_choice_table(
    parts: pd.DataFrame, facts: RegionalTable, outcome: str
) -> Markdown:
    """List for each option of each choice how many specifications rise."""
    rows = [
        [
            CHOICES[row["choice"]],
            ESTIMATORS.get(row["option"], str(row["option"])),
            f"{row['specifications']:,}",
            proportion(row["rising"]),
            f"{signed(percent(row['median']))}%",
        ]
        for row in _chosen(parts, facts, outcome).to_dict("records")
    ]
    return write_table(["choice", "option", "number", "rise", "median"], rows, "llrrr")
