"""The specification curve of one region and outcome, which seaborn cannot draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from rfe_labour.article import RegionalTable
from rfe_labour.checks.multiverse import CHOICES
from rfe_labour.shown import charts
from rfe_labour.shown.charts import COLOURS, INK, Picture
from rfe_labour.shown.markdown import Markdown, proportion, signed, signed_span

WORDS = {
    "workers": "North Korean workers",
    "share": "share, as odds",
    "foreign": "all foreign workers",
    "first_year": "first year",
    "last_year": "last year",
    "estimator": "estimator",
    "log_ols": "log-OLS",
    "logit_ols": "logit-OLS",
    "theil_sen": "Theil–Sen",
    "quasi_poisson": "quasi-Poisson",
    "fractional_logit": "fractional logit",
    "printed": "as printed",
    "lower": "lowest",
    "upper": "highest",
    "left_out": "year left out",
}
"""What an outcome, a choice or an option is called in tables and figures."""

_CHANGING = {"workers": "workers", "share": "the odds", "foreign": "foreign workers"}
"""Of what a slope gives the yearly change, on the axis, which is short."""

_BINS = 100
_LABEL = 0.3
"""So much of the width takes the label of the headline, and a little more."""

# In inches: beside, above and below the panels; the curve, the row of an option, and
# the name above the options of a choice. Room for the longest name of an option, the
# title and the axis is always the same, so nothing has to be measured, and the drawing
# takes half the time.
_LEFT, _RIGHT, _TOP, _BOTTOM = 1.2, 0.55, 0.42, 0.5
_CURVE, _ROW, _GAP = 2.6, 0.2, 0.28


def specification_curve(
    specs: pd.DataFrame, headline: float, facts: RegionalTable
) -> Picture:
    """Draw all slopes of a region and outcome, sorted, above the choices behind them.

    Parameters
    ----------
    specs : pandas.DataFrame
        Rows of one region and outcome, as
        `rfe_labour.checks.multiverse.specifications` returns them.
    headline : float
        Slope of the specification that is reported first, in per cent per year.
    facts : RegionalTable
        The table of that region.

    Raises
    ------
    ValueError
        If the rows are not those of one outcome in that region.
    """
    outcomes = specs["outcome"].unique().tolist()
    if len(outcomes) != 1 or set(specs["region"]) != {facts.region}:
        msg = f"A curve needs the specifications of one outcome in {facts.region_name}."
        raise ValueError(msg)
    unit = WORDS.get(outcomes[0], outcomes[0])
    specs = specs.sort_values("percent", ignore_index=True)
    slopes = specs["percent"].to_numpy()
    windows = specs.assign(rises=slopes > 0).groupby(["first_year", "last_year"])
    rise = f"{proportion((slopes > 0).mean())} of {len(specs):,} slopes are positive"
    by_window = proportion(windows["rises"].mean().mean())
    choices = _choice_rows(specs)
    options = sum(map(len, choices.values()))
    below = _ROW * options + _GAP * len(choices)
    height = _CURVE + below + _TOP + _BOTTOM
    sides = (_LEFT / charts.WIDTH, 1 - _RIGHT / charts.WIDTH)
    edges = (*sides, _BOTTOM / height, 1 - _TOP / height)
    with charts.open_panels(2, height, (_CURVE, below), edges) as (figure, panels):
        figure.subplots_adjust(hspace=0)
        figure.suptitle(
            f"{facts.region_name}: {rise}",
            x=0.01,
            y=1 - 0.08 / height,
            ha="left",
            va="top",
            # Bold letters would need shapes of their own in the SVG.
            fontweight="normal",
        )
        top, bottom = panels
        _sorted_slopes(top, slopes, headline, facts.region)
        changing = _CHANGING.get(outcomes[0], outcomes[0])
        top.set_ylabel(f"change in {changing}, % a year")
        top.xaxis.set_visible(False)  # it is that of the panel below
        _shaded_choices(bottom, choices, facts.region)
        zero = int(np.searchsorted(slopes, 0))
        if 0 < zero < len(slopes):
            bottom.axvline(zero, color=INK, linewidth=0.8, alpha=0.5)
        bottom.set_xlabel("specifications, sorted by slope")
        bottom.xaxis.set_major_formatter("{x:,.0f}")
    alt = (
        f"Specification curve for {facts.region_name}, {unit}: {rise} "
        f"({by_window} if each window counts once). The slopes, in per cent a year, "
        f"are sorted from {signed_span(slopes[0], slopes[-1])}. A "
        f"diamond marks the headline, {signed(headline)}. Below, shaded rows show "
        "where in that order each option of each choice is found, and how many "
        "specifications have it."
    )
    # More decimals than a slope has a meaning for would double the file.
    data = specs[["percent", *choices]].replace(WORDS).round({"percent": 4})
    names = {"percent": "slope, % a year"} | {it: _named(it) for it in choices}
    return Picture(figure, alt, data.rename(columns=names))


def curve_in_words(
    specs: pd.DataFrame, headline: float, disagree: pd.Series, facts: RegionalTable
) -> Markdown:
    """Say what the specification curve of a region and outcome shows.

    Parameters
    ----------
    specs, headline, facts
        As for `specification_curve`.
    disagree : pandas.Series
        For each choice with several options, in what part of the comparisons it alone
        changes the direction of the slope.
    """
    (outcome,), slopes = specs["outcome"].unique(), specs["percent"]
    lower, upper = (float(slopes.quantile(part)) for part in (0.25, 0.75))
    rising, falling = (slopes > 0).sum(), (slopes < 0).sum()
    parts = [proportion(number / len(slopes)) for number in (rising, falling)]
    windows = specs.assign(rises=slopes > 0).groupby(["first_year", "last_year"])
    by_window = proportion(windows["rises"].mean().mean())
    same = (np.sign(slopes) == np.sign(headline)).mean()
    most = str(disagree.idxmax())
    level = len(slopes) - rising - falling
    return Markdown(
        f"**{facts.region_name}, {WORDS.get(outcome, outcome)}.** Of the "
        f"{len(slopes):,} slopes, **{rising:,} ({parts[0]}) are positive and "
        f"{falling:,} ({parts[1]}) negative**"
        f"{f'; {level:,} are zero' if level else ''}. If each window counts once, "
        f"however many specifications it has, {by_window} are positive. The slopes lie "
        "between "
        f"{signed(slopes.min())} and {signed(slopes.max())} per cent a year, half of "
        f"them between {signed(lower)} and {signed(upper)}; the headline specification "
        f"gives {signed(headline)}, and {proportion(same)} of all slopes share its "
        "sign. With all else fixed, the three estimators disagree about the direction "
        f"in {disagree['estimator']:.1%} of the comparisons. The choice that most "
        f"often reverses the direction is the {_named(most)}, in {disagree[most]:.1%} "
        "of its comparisons."
    )


def _named(choice: str) -> str:
    return WORDS.get(choice, choice.replace("_", " "))


def _choice_rows(specs: pd.DataFrame) -> dict[str, dict[str, np.ndarray]]:
    """Tell for each option of each choice which specifications have it."""
    rows: dict[str, dict[str, np.ndarray]] = {}
    first = ("none", "printed", "log_ols", "logit_ols")
    for choice in CHOICES:
        options = specs[choice].astype("string").fillna("none")
        values = sorted(
            map(str, options.unique()), key=lambda value: (value not in first, value)
        )
        if len(values) > 1:
            rows[choice] = {
                _named(value): (options == value).to_numpy(dtype=bool)
                for value in values
            }
    return rows


def _sorted_slopes(
    axes: Axes, slopes: np.ndarray, headline: float, region: str
) -> None:
    rank = _turns(slopes)
    drawn = slopes[rank]
    axes.fill_between(rank, 0, drawn, color=COLOURS[region], alpha=0.25, linewidth=0)
    axes.plot(rank, drawn, color=COLOURS[region], linewidth=2)
    axes.axhline(0, color=INK, linewidth=0.8)
    place = int(np.searchsorted(slopes, headline))
    axes.plot(place, headline, "D", color=INK, markersize=7, label="headline")
    # The curve rises: above it is free on the left of the mark, below it on the right.
    last = len(slopes) - 1
    is_above = place > (0.2 if headline > 0 else 0.8) * last
    has_room = place > _LABEL * last if is_above else place < (1 - _LABEL) * last
    axes.annotate(
        f"headline {signed(headline)}%",
        (place if has_room else 0 if is_above else last, headline),
        xytext=(0, 14 if is_above else -18),
        textcoords="offset points",
        ha="right" if is_above == has_room else "left",
        fontsize=10,
    )
    charts.grid(axes, "y")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlim(0, len(slopes) - 1)


def _turns(slopes: np.ndarray) -> np.ndarray:
    """Choose the places at which a line through sorted slopes looks like all of them.

    Equal steps along the order, and equal steps in height where it is steep.
    """
    places = np.linspace(0, len(slopes) - 1, _BINS + 1).round().astype(int)
    heights = np.linspace(slopes[0], slopes[-1], _BINS // 2 + 1)[1:-1]
    return np.union1d(places, np.searchsorted(slopes, heights))


def _shaded_choices(
    axes: Axes, choices: Mapping[str, Mapping[str, np.ndarray]], region: str
) -> None:
    """Shade where in the order each option of each choice is found, and count it."""
    beside: dict[str, Any] = {"transform": axes.get_yaxis_transform()}
    number: dict[str, Any] = {"fontsize": 9, "ha": "right", "va": "center"} | beside
    name: dict[str, Any] = {"fontsize": 10, "ha": "right", "va": "center"} | beside
    top = 0.0
    axes.text(1.12, _GAP / _ROW - 0.3, "number", **number)
    for choice, options in choices.items():
        top += _GAP / _ROW
        bottom, last = top + len(options), len(next(iter(options.values()))) - 1
        axes.text(0, top - 0.2, _named(choice), fontsize=11, **beside)
        for row, (option, found) in enumerate(options.items()):
            axes.text(-0.02, top + row + 0.5, option, **name)
            axes.text(1.12, top + row + 0.5, f"{found.sum():,}", **number)
        axes.imshow(
            _shades(options.values(), region),
            aspect="auto",
            interpolation="nearest",
            extent=(0, last, bottom, top),
            # It fills its rows; a clip path would get a random id in the SVG.
            clip_on=False,
        )
        top = bottom
    axes.set_ylim(top, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _shades(options: Iterable[np.ndarray], region: str) -> np.ndarray:
    """Give a row of colours for each option, the darker the more often it is found."""
    found = np.array([*options], dtype=np.float64)
    count = found.shape[1]
    edges = np.linspace(0, count, min(_BINS, count) + 1).round().astype(int)
    sums = np.add.reduceat(found, edges[:-1], axis=1)
    dense = sums / np.diff(edges)
    # Each row by its own peak, or options that few specifications have would vanish.
    dense /= dense.max(axis=1, keepdims=True)
    colours: np.ndarray = 1 - dense[..., None] * (1 - np.array(to_rgb(COLOURS[region])))
    return colours
