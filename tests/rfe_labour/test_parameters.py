"""Impossible parameters of a chapter are refused in words for who typed them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from rfe_labour import parameters

DEFAULTS: dict[str, Any] = {
    "region": "amur",
    "first_year": None,
    "last_year": None,
    "level": 0.95,
    "seed": 1992,
    "replications": 999,
}


def test_the_defaults_of_the_chapters_are_allowed() -> None:
    parameters.trends(**DEFAULTS)
    parameters.multiverse("primorye", "share", None, None)
    parameters.small_samples(20_000, 0.05, 0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"region": "sakhalin"}, 'no region "sakhalin"'),
        ({"first_year": 2002}, "From 2002 to 2005 Primorye has 4 years"),
        ({"last_year": 1998}, "to 1998 Khabarovskiy Krai has 4 years"),
        ({"first_year": 2005, "last_year": 1995}, "has 0 years"),
        ({"last_year": 1980}, "has 0 years; a trend needs at least 5"),
        ({"level": 1.0}, "not a confidence level"),
        ({"level": 95.0}, "not a confidence level"),
        ({"seed": -1}, "negative"),
        ({"level": 0.99, "first_year": 2001}, "out of reach of 5 years"),
        ({"replications": 10}, "not between 99 and 1,000,000"),
        ({"level": 0.995, "replications": 99}, "99 simulated series: .* is 0.01"),
    ],
)
def test_an_impossible_value_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parameters.trends(**{**DEFAULTS, **wrong})


def test_five_years_of_every_region_are_enough() -> None:
    parameters.trends(**{**DEFAULTS, "first_year": 2001})
    parameters.trends(**{**DEFAULTS, "last_year": 1999})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((50, 0.05, 1), "replications 50"),
        ((1000, 0.0, 1), "level 0.0 is not the size"),
        ((1000, 0.6, 1), "level 0.6 is not the size"),
        ((1000, 0.05, -3), "seed -3"),
    ],
)
def test_an_impossible_simulation_is_refused(
    values: tuple[int, float, int], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        parameters.small_samples(*values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("guessed", 2005, 100, 1500, 2.0, 2.0), 'lost_points "guessed" is neither'),
        (("restored", 2006, 100, 1500, 2.0, 2.0), "last_year 2006 is neither"),
        (("restored", 2005, 0, 1500, 2.0, 2.0), "no range of joint ventures"),
        (("restored", 2005, 200, 100, 2.0, 2.0), "no range of joint ventures"),
        (("restored", 2005, 100, 1500, 0.5, 2.0), "yearly_factor 0.5"),
        (("restored", 2005, 100, 1500, 2.0, 0.0), "few 0.0 is not a share"),
    ],
)
def test_an_impossible_view_of_table_2_is_refused(
    values: tuple[str, int, int, int, float, float], words: str
) -> None:
    parameters.joint_ventures("printed", 2004, 1, 1, 1.0, 100.0)
    with pytest.raises(ValueError, match=words):
        parameters.joint_ventures(*values)


def test_checking_parameters_needs_no_heavy_import() -> None:
    """The build checks them before any kernel starts, also when nothing is stale."""
    code = "import rfe_labour.parameters, sys; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
