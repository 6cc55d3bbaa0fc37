"""What the parameters of a chapter may be, checked before and while it runs.

The functions raise a `ValueError` written for the person who typed a value. They import
nothing heavy, because the build calls them before any kernel starts.
"""

from __future__ import annotations

from math import factorial

from rfe_labour.article import REGIONAL_TABLES, RegionalTable, check_window

MIN_YEARS = 5
"""Every fit of the book has at least so many years.

With five years a perfectly steady course has an exact two-sided Kendall p-value of
2/120 = 0.017; with four it has 2/24 = 0.083. So five is the smallest number of years
that could speak against chance at the 5 per cent level at all, and a fitted line
leaves three degrees of freedom.
"""

MOST_EXTRA_YEARS = 6
"""So many years after their newest cited source Tables 1 and 2 end, in 2005."""


def trends(
    region: str,
    first_year: int | None,
    last_year: int | None,
    level: float,
    seed: int,
    replications: int,
) -> None:
    """Check the parameters of the chapters on trends and on shares.

    Parameters
    ----------
    region : str
        Region shown in detail; its choices are declared in the notebook.
    first_year, last_year : int or None
        Ends of the period of all regions, both included.
    level : float
        Confidence level.
    seed : int
        Seed of the simulated series.
    replications : int
        Number of simulated series.

    Raises
    ------
    ValueError
        If a value is impossible, or a region is left with fewer than `MIN_YEARS` years.
    """
    multiverse(region, "workers", first_year, last_year)
    tables = REGIONAL_TABLES.values()
    _check_level(level, min(_years(it, first_year, last_year) for it in tables))
    _check_simulation(seed, replications, 99, 1_000_000)
    _check_quantile(level, replications)


def trend_window(
    table: str,
    first_year: int | None,
    last_year: int | None,
    level: float,
    seed: int,
    replications: int,
) -> None:
    """Check the parameters of the trend of one table in one window.

    They are those of `trends`, with a table in place of a region.

    Raises
    ------
    ValueError
        If a value is impossible, the table has not all years of the window, or these
        are fewer than `MIN_YEARS`.
    """
    _, first, last = check_window(table, first_year, last_year)
    if last - first + 1 < MIN_YEARS:
        msg = (
            f"From {first} to {last} there are {last - first + 1} years; a trend needs "
            f"at least {MIN_YEARS}."
        )
        raise ValueError(msg)
    _check_level(level, last - first + 1)
    _check_simulation(seed, replications, 99, 1_000_000)
    _check_quantile(level, replications)


def breaks(
    region: str, fewest: int, level: float, seed: int, replications: int
) -> None:
    """Check the parameters of the chapter on jumps, as `trends` does.

    The choices of `fewest`, the years on each side of a jump, are declared there.
    """
    del fewest
    trends(region, None, None, level, seed, replications)


def multiverse(
    region: str, outcome: str, first_year: int | None, last_year: int | None
) -> None:
    """Check the parameters of the chapter on all specifications, as `trends` does.

    Region and outcome are what is drawn in detail; the notebook declares the choices.
    """
    del outcome  # every outcome has the same years
    if region not in {facts.region for facts in REGIONAL_TABLES.values()}:
        msg = f'There is no region "{region}".'
        raise ValueError(msg)
    for facts in REGIONAL_TABLES.values():
        years = _years(facts, first_year, last_year)
        if years < MIN_YEARS:
            msg = (
                f"From {first_year or facts.first_year} to "
                f"{last_year or facts.last_year} {facts.region_name} has {years} "
                f"years; a trend needs at least {MIN_YEARS}. "
                f"Its table has the years {facts.first_year} to {facts.last_year}."
            )
            raise ValueError(msg)


def small_samples(replications: int, level: float, seed: int) -> None:
    """Check the parameters of the chapter on small samples; `level` is that of a test.

    Raises
    ------
    ValueError
        If a value is impossible.
    """
    if not 0 < level <= 0.5:
        msg = f"level {level} is not the size of a test: give one above 0, at most 0.5."
        raise ValueError(msg)
    _check_simulation(seed, replications, 100, 200_000)


def joint_ventures(
    lost_points: str,
    last_year: int,
    fewest: int,
    most: int,
    yearly_factor: float,
    few: float,
) -> None:
    """Check the parameters of the chapter on Table 2.

    Parameters
    ----------
    lost_points, last_year, fewest, most, yearly_factor, few
        The fields of `rfe_labour.tables.joint_ventures.Choices`. The choices of the
        first two are declared in the notebook.

    Raises
    ------
    ValueError
        If a value is impossible.
    """
    if lost_points not in ("restored", "printed"):
        msg = f'lost_points "{lost_points}" is neither "restored" nor "printed".'
        raise ValueError(msg)
    if last_year not in (2004, 2005):
        msg = f"last_year {last_year} is neither 2004 nor 2005."
        raise ValueError(msg)
    if not 1 <= fewest <= most <= 1_000_000:
        msg = (
            f"fewest {fewest} and most {most} are no range of joint ventures: "
            "1 <= fewest <= most <= 1,000,000 is needed."
        )
        raise ValueError(msg)
    if not 1 <= yearly_factor <= 1000:
        msg = (
            f"yearly_factor {yearly_factor} is not between 1 (no change at all) and "
            "1,000."
        )
        raise ValueError(msg)
    if not 0 < few <= 100:
        msg = f"few {few} is not a share above 0 and at most 100 per cent."
        raise ValueError(msg)


def sources(extra_years: int) -> None:
    """Check the parameter of the chapter on the cited sources.

    Each is taken to reach at most `MOST_EXTRA_YEARS` years beyond its title or date.
    """
    if not 0 <= extra_years <= MOST_EXTRA_YEARS:
        msg = (
            f"extra_years {extra_years} is not from 0 to {MOST_EXTRA_YEARS}. With "
            f"{MOST_EXTRA_YEARS} the sources reach the last column of every table."
        )
        raise ValueError(msg)


def two_authors(months: int) -> None:
    """Check the parameter of the chapter on the two authors.

    A worker sends money home in 1 to 12 months of a year.
    """
    if not 1 <= months <= 12:
        msg = f"months {months} is not from 1 to 12, the months of a year."
        raise ValueError(msg)


def _years(facts: RegionalTable, first_year: int | None, last_year: int | None) -> int:
    """Count the years of a table inside a window."""
    first = max(facts.first_year, first_year or facts.first_year)
    last = min(facts.last_year, last_year or facts.last_year)
    return max(0, last - first + 1)


def _check_level(level: float, years: int) -> None:
    if not 0.5 <= level < 1:
        msg = f"level {level} is not a confidence level: give one from 0.5 to below 1."
        raise ValueError(msg)
    if 2 / factorial(years) > 1 - level:
        msg = (
            f"level {level} is out of reach of {years} years: the exact Kendall test "
            "cannot reject at all, so that the Theil–Sen slope has no interval. Take "
            "more years or a lower level."
        )
        raise ValueError(msg)


def _check_simulation(seed: int, replications: int, fewest: int, most: int) -> None:
    if seed < 0:
        msg = f"seed {seed} is negative: give a whole number of at least 0."
        raise ValueError(msg)
    if not fewest <= replications <= most:
        msg = f"replications {replications} is not between {fewest:,} and {most:,}."
        raise ValueError(msg)


def _check_quantile(level: float, replications: int) -> None:
    """Refuse so few series that a calibrated interval would have no end."""
    if 1 / (replications + 1) > 1 - level:
        msg = (
            f"level {level} is out of reach of {replications:,} simulated series: the "
            f"smallest p-value that they can give is {1 / (replications + 1):.2g}. "
            "Take more replications or a lower level."
        )
        raise ValueError(msg)
