"""What the trend of one window says, in words that hold for every window."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rfe_labour.inference import LARGEST_RHO, MonteCarlo
from rfe_labour.models import trend_windows
from rfe_labour.shown.markdown import Markdown, p_value, period, signed_span


def sentences(
    name: str, window: pd.DataFrame, test: MonteCarlo, level: float
) -> Markdown:
    """State the growth with its calibrated interval, and what this rests on.

    Parameters
    ----------
    name : str
        Whose workers they are, in prose.
    window : pandas.DataFrame, shape (n, ...)
        The numbers of the window, with ``year``, in order of time.
    test : MonteCarlo
        The simulated test of the slope of ln(workers).
    level : float
        Confidence level of the interval.
    """
    growth = test.interval(level)
    percent, lower, upper = 100 * np.expm1([growth.value, growth.lower, growth.upper])
    verdict = "excludes" if test.p <= 1 - level else "includes"
    span = period(window["year"].iloc[0], window["year"].iloc[-1])
    return Markdown(
        f"**{name}, {span}.** The fitted number of workers {_way(percent)}. "
        f"The calibrated {level:.0%} interval, {signed_span(lower, upper)} per cent a "
        f"year, {verdict} zero ({_told(test, level)}). {_basis(len(window), test)}"
    )


def _way(percent: float) -> str:
    size = f"{abs(percent):.1f}"
    if not float(size):
        return "neither rises nor falls by a tenth of a per cent a year"
    return f"{'rises' if percent > 0 else 'falls'} by {size} per cent a year"


def _told(test: MonteCarlo, level: float) -> str:
    """Give the p-value, and say whether the draws alone may have decided it."""
    text = p_value(test.p)
    told = f"p {text}" if text.startswith("<") else f"p = {text}"
    if not trend_windows.near_limit(test.p, test.error, level):
        return told
    limit = f"{1 - level:.2g}"
    return f"{told}, so near {limit} that other random draws could decide otherwise"


def _basis(years: int, test: MonteCarlo) -> str:
    """Say what correlation the interval allows for, and how little a few years hold."""
    estimate = "The correlation of deviations in neighbouring years was estimated "
    if test.floored:
        estimate += "at zero or below and set to zero"
    elif test.capped:
        estimate += f"at {LARGEST_RHO} or above and set to {LARGEST_RHO}"
    else:
        estimate += f"as {test.rho:.2f}"
    if years >= trend_windows.FEWEST_YEARS:
        return f"{estimate}."
    return (
        f"{estimate}, but {years} years hardly determine it, and leave EWC one degree "
        "of freedom: whatever its p-value, so short a window says little."
    )
