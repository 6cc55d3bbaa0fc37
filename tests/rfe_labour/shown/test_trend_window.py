"""The sentences on the trend of one window."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rfe_labour.inference import MonteCarlo
from rfe_labour.shown.trend_window import sentences

RATIOS = np.linspace(0.01, 4, 399)  # so that 20 of 400 are at most 0.05


def told(
    slope: float, years: int = 8, rho: float = 0.5, se: float = 0.01, **ends: bool
) -> str:
    window = pd.DataFrame({"year": range(1992, 1992 + years)})
    test = MonteCarlo(slope, se, rho, RATIOS, **ends)
    return sentences("Amurskaya oblast", window, test, 0.95).text


def test_the_growth_and_its_interval_stand_before_the_p_value() -> None:
    # 20 of the ratios are 3.81 or more, half of them 2.
    assert told(np.log(1.02), se=np.log(1.02) / 2) == (
        "**Amurskaya oblast, 1992–1999.** The fitted number of workers rises by 2.0 "
        "per cent a year. The calibrated 95% interval, −1.8 to +5.9 per cent a year, "
        "includes zero (p = 0.502). The correlation of deviations in neighbouring "
        "years was estimated as 0.50."
    )


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        (-0.039, "falls by 3.8 per cent a year. The calibrated 95% interval, −7.4 to"),
        (0.0001, "neither rises nor falls by a tenth of a per cent a year."),
        (
            0.0385,
            "excludes zero (p = 0.040, so near 0.05 that other random draws could",
        ),
        (0.05, "excludes zero (p = 0.003)."),
    ],
)
def test_direction_and_verdict_follow_the_slope(slope: float, words: str) -> None:
    assert words in told(slope)


def test_a_correlation_that_was_set_is_told_so() -> None:
    assert "at zero or below and set to zero." in told(0.1, rho=0, floored=True)
    assert "at 0.99 or above and set to 0.99." in told(0.1, rho=0.99, capped=True)


@pytest.mark.parametrize("years", [5, 7])
def test_a_short_window_is_said_to_hold_little(years: int) -> None:
    assert told(0.01, years).endswith(
        f"estimated as 0.50, but {years} years hardly determine it, and leave EWC one "
        "degree of freedom: whatever its p-value, so short a window says little."
    )
