"""The stated totals of the Far East against the sum of the regional tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from rfe_labour import rounding
from rfe_labour.rounding import Interval, Intervals

CANDIDATE_SETS: tuple[tuple[str, ...], ...] = (
    ("sakhalin",),
    ("sakhalin", "irkutsk_krasnoyarsk"),
)
"""Figures of the running text that might fill the gap, tried one set at a time."""


def compare(stated: pd.DataFrame, regional: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Set each stated total beside what the regional tables add up to.

    Parameters
    ----------
    stated : pandas.DataFrame, shape (years, 4)
        ``year``, ``printed`` and ``doubt``, as
        ``rfe_labour.data.load("stated_totals")`` gives them.
    regional : mapping of str to pandas.DataFrame
        For each region, its table as `rfe_labour.tables.regional_table` returns it.

    Returns
    -------
    pandas.DataFrame, shape (years, regions + 9)
        Indexed by ``year``. In persons: ``stated``, one column per region,
        ``regional_sum``, ``residual`` (stated less sum) with ``residual_lower`` and
        ``residual_upper``, and ``stated_change`` and ``sum_change`` since the row
        above (missing in the first). ``coverage`` is the sum as a fraction of the
        stated total. ``same_direction`` (nullable boolean) tells whether both
        changes have the same sign.

    Raises
    ------
    ValueError
        If there is no region, a year is stated twice, or a region lacks a stated
        year.

    Notes
    -----
    Counts are exact, with one exception: a total marked ``round-number`` (12,500)
    may stand for anything within half a unit of its last significant digit, and its
    residual has that width. A change of zero has no direction, so a step with one is
    missing in ``same_direction`` and counts neither for nor against.
    """
    if not regional:
        msg = "There is no regional table to add up."
        raise ValueError(msg)
    if stated["year"].duplicated().any():
        msg = "A year has more than one stated total."
        raise ValueError(msg)
    totals = stated.set_index("year").sort_index()
    comparison = pd.DataFrame(
        {"stated": totals["printed"].map(rounding.parse_number).astype("int64")}
        | {
            region: _workers_in(region, table, totals.index)
            for region, table in regional.items()
        }
    )
    regional_sum = comparison[list(regional)].sum(axis="columns")
    residual = (
        Intervals.each(map(_stated_interval, totals["printed"], totals["doubt"]))
        - regional_sum.to_numpy()
    )
    stated_change = comparison["stated"].diff().astype("Int64")
    sum_change = regional_sum.diff().astype("Int64")
    product = stated_change * sum_change
    return comparison.assign(
        regional_sum=regional_sum,
        residual=comparison["stated"] - regional_sum,
        **residual.columns("residual"),
        coverage=regional_sum / comparison["stated"],
        stated_change=stated_change,
        sum_change=sum_change,
        same_direction=(product > 0).mask(product == 0),
    )


def _stated_interval(printed: str, doubt: object) -> Interval:
    if doubt == "round-number":
        return rounding.approximate_interval(printed)
    return Interval.exact(float(rounding.parse_number(printed)))


def _workers_in(region: str, table: pd.DataFrame, years: pd.Index) -> pd.Series:
    absent = years.difference(table.index)
    if len(absent):
        msg = f"The table of {region} has no year {absent[0]}, which the totals have."
        raise ValueError(msg)
    return table["workers"].reindex(years)


def direction_agreements(comparison: pd.DataFrame) -> tuple[int, int]:
    """Count the steps of `compare` in which totals and regional sums move together.

    The second number is that of all steps that have a direction.
    """
    directions = comparison["same_direction"].dropna()
    return int(directions.sum()), len(directions)


def summary(comparison: pd.DataFrame, gaps: pd.DataFrame) -> dict[str, Any]:
    """Gather what the prose states of the results of `compare` and `fill`.

    Persons, but ``coverage`` is a fraction; what is of one year begins with that year.
    ``fill_…`` tells how many years, and which, a candidate set could fill.
    """
    agreements, steps = direction_agreements(comparison)
    values: dict[str, Any] = {
        "years": len(comparison),
        # Years in which the sum exceeds the total.
        "years_exceeded": int((comparison["residual"] < 0).sum()),
        "direction_agreements": agreements,
        "direction_steps": steps,
    }
    columns = comparison[["stated", "regional_sum", "residual", "coverage"]]
    for name, column in columns.items():
        values |= {f"{year}.{name}": value for year, value in column.to_dict().items()}
    for name in ("residual", "coverage"):
        column = comparison[name]
        for end, year in (("lowest", column.idxmin()), ("highest", column.idxmax())):
            values[f"{name}_{end}"] = values[f"{year}.{name}"]
            values[f"{name}_{end}_year"] = year
    for key, names in zip(
        ("fill_sakhalin", "fill_with_loggers"), CANDIDATE_SETS, strict=True
    ):
        filled = gaps["candidates"] == " + ".join(names)
        fits = gaps.loc[filled & (gaps["verdict"] == "compatible"), "year"].astype(str)
        values[f"{key}_years"] = len(fits)
        values[f"{key}_list"] = ", ".join(fits) or "none"
    return values


def fill(comparison: pd.DataFrame, text_figures: pd.DataFrame) -> pd.DataFrame:
    """Test which figures of the running text could fill the residual.

    Parameters
    ----------
    comparison : pandas.DataFrame, shape (years, ...)
        As `compare` returns it.
    text_figures : pandas.DataFrame
        ``figure``, ``lower``, ``upper`` (persons), ``first_year``, ``last_year`` and
        ``in_far_east``, as ``rfe_labour.data.load("text_figures")`` gives them.

    Returns
    -------
    pandas.DataFrame, shape (years * candidate sets, 10)
        One row per year and set of `CANDIDATE_SETS`, set by set. ``year``;
        ``candidates`` (names joined by " + "); in persons ``filled_lower`` and
        ``filled_upper`` (what the set can add up to), ``remains_lower`` and
        ``remains_upper`` (residual less that; negative means more than the gap);
        ``verdict``; ``in_far_east`` (every figure of the set lies there);
        ``stated_for_year`` (the article gives every figure for that year; otherwise
        the row asks what if it had held then too); ``note``.

    Raises
    ------
    ValueError
        If a candidate is not among the figures.

    Notes
    -----
    The verdict is ``compatible`` where the residual and the filled interval have a
    value in common. It says that the numbers could fit, not that the workers belong
    there: a set with ``in_far_east`` false cannot explain a Far East total.
    """
    figures = text_figures.set_index("figure")
    return pd.concat(
        [_fill_with(names, comparison, figures) for names in CANDIDATE_SETS],
        ignore_index=True,
    )


def _fill_with(
    names: tuple[str, ...], comparison: pd.DataFrame, figures: pd.DataFrame
) -> pd.DataFrame:
    absent = [name for name in names if name not in figures.index]
    if absent:
        msg = f'There is no figure "{absent[0]}" among the figures of the text.'
        raise ValueError(msg)
    chosen = figures.loc[list(names)]
    filled = Interval(int(chosen["lower"].sum()), int(chosen["upper"].sum()))
    residual = Intervals.of(comparison, "residual")
    years = comparison.index.to_numpy()
    outside = ", ".join(chosen.index[~chosen["in_far_east"]])
    return pd.DataFrame(
        {
            "year": years,
            "candidates": " + ".join(names),
            "filled_lower": filled.lower,
            "filled_upper": filled.upper,
            **(residual - filled).columns("remains"),
            "verdict": np.where(
                residual.overlaps(filled), "compatible", "incompatible"
            ),
            "in_far_east": not outside,
            "stated_for_year": (years >= chosen["first_year"].max())
            & (years <= chosen["last_year"].min()),
            "note": f"Not in the Far East: {outside}." if outside else "",
        }
    )
