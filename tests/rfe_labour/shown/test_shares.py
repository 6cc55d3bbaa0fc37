"""The sentence on a share says what its numbers say, whatever they are."""

from __future__ import annotations

import pytest

from rfe_labour.shown import shares

AROUND_ZERO = {"lower": -1.0, "upper": 2.0, "lower_year": 1996, "upper_year": 2001}
BELOW_ZERO = AROUND_ZERO | {"upper": -0.5}


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ((-3.0, 4.0), "It includes zero: not even the direction is settled."),
        ((1.0, 4.0), "It excludes zero."),
        ((-4.0, -1.0), "It excludes zero."),
    ],
)
def test_an_interval_around_zero_settles_no_direction(
    ends: tuple[float, float], told: str
) -> None:
    judged = {"slope": sum(ends) / 2, "lower": ends[0], "upper": ends[1], "p": 0.04}
    text = shares.trend_in_words("Amur", judged, 0.9, 0.3, AROUND_ZERO).text
    assert told in text
    assert "The calibrated 90% interval" in text
    assert "(p = 0.040)" in text
    # Effect and interval stand before p.
    assert text.index("interval") < text.index("(p =")


@pytest.mark.parametrize(
    ("single", "sign"),
    [
        (AROUND_ZERO, "its sign depends on such a year"),
        (BELOW_ZERO, "no single year decides its sign"),
    ],
)
def test_a_sign_that_one_year_turns_is_said_to_depend_on_it(
    single: dict[str, float], sign: str
) -> None:
    judged = {"slope": -2.0, "lower": -3.0, "upper": -1.0, "p": 0.0001}
    text = shares.trend_in_words("Amur", judged, 0.95, -0.3, single).text
    assert text.endswith(f"a year: {sign}.")
    assert "(p < 0.001)" in text
    assert "(without 1996)" in text
