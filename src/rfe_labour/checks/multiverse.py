"""The slope under all combinations of the choices we tried, fitted all at once."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from rfe_labour import inference
from rfe_labour.parameters import MIN_YEARS

LINKS = {"workers": "log", "share": "logit", "foreign": "log"}
"""The scale on which the slope of each outcome is measured."""

ESTIMATORS = {
    "log": ("log_ols", "theil_sen", "quasi_poisson"),
    "logit": ("logit_ols", "theil_sen", "fractional_logit"),
}
"""What is fitted on each scale; the chapters lead with log-OLS and fractional logit."""

CHOICES = ("estimator", "rounding", "first_year", "last_year", "left_out")
"""The columns in which the specifications of a region and outcome differ."""

_ENDPOINTS = {
    # The outcome's own column at each end of the rounding interval of the share. A
    # count of workers is exact, so it has no ends.
    "workers": {"printed": "workers"},
    "share": {"printed": "share", "lower": "share_lower", "upper": "share_upper"},
    "foreign": {
        "printed": "foreign",
        "lower": "foreign_lower",
        "upper": "foreign_upper",
    },
}


def specifications(numbers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    r"""Fit the slope per year under all combinations of the choices, for every region.

    Parameters
    ----------
    numbers : mapping of str to pandas.DataFrame
        A table of `rfe_labour.tables.regional_table` for each region. Years may be
        missing.

    Returns
    -------
    pandas.DataFrame, shape (specifications, 11)
        One row each: ``region``; ``outcome`` (workers, share, or foreign: all foreign
        workers that the two imply); ``first_year`` and ``last_year`` of the window;
        ``left_out`` (Int64: one year inside the window that is left out, or NA);
        ``estimator``; ``rounding`` (which end of the rounding interval of the shares
        all years take: printed, lower or upper); ``years`` (number of years used);
        ``link`` (log or logit); ``slope`` (log points per calendar year of workers or
        of foreign workers; log points of the odds per calendar year for the share);
        ``percent``, the same slope as per cent per year of the count or of the odds.

    Raises
    ------
    ValueError
        If a region has fewer than `parameters.MIN_YEARS` years, a count is not above
        0, or a share, its rounding included, is not strictly between 0 and 100
        per cent: such values have no logarithm or no log-odds.

    Notes
    -----
    A specification is region x outcome x first year x last year x year left out x
    estimator x rounding end, with at least `parameters.MIN_YEARS` years left.
    Only years inside a window are left out: to leave out its first or last year is
    the next shorter window, and no set of data shall count twice.

    The unit: workers and foreign workers have their slope on the log scale, the share
    on the log-odds scale, whatever the estimator: Theil–Sen is the median of the
    pairwise slopes of ln(workers) or logit(share), not of persons per year. So all
    slopes of one outcome are in one unit; those of the share are not in that of the
    others, and nothing may be summed over outcomes.
    :math:`percent = 100(e^{slope} - 1)`.

    The quasi-Poisson slope is the Poisson slope, and the fractional logit slope the
    Bernoulli one: the dispersion changes standard errors only. Both are found by
    Newton's method for all windows of a region and outcome together.
    """
    fits = []
    for region, table in numbers.items():
        _check(region, table)
        windows, used = _windows(table.index.to_numpy())
        windows = windows.assign(region=region)
        fits += [_fit(table, outcome, windows, used) for outcome in LINKS]
    specs = pd.concat(fits, ignore_index=True)
    specs["percent"] = 100 * np.expm1(specs["slope"])
    order = [
        *("region", "outcome", "first_year", "last_year", "left_out", "estimator"),
        *("rounding", "years", "link", "slope", "percent"),
    ]
    return specs[order]


def _check(region: str, table: pd.DataFrame) -> None:
    if len(table) < MIN_YEARS:
        msg = (
            f"A specification needs at least {MIN_YEARS} years; {region} has "
            f"{len(table)}."
        )
        raise ValueError(msg)
    counts = (table[["workers", "foreign_lower"]] > 0).all(axis=1)
    if not counts.all():
        msg = (
            f"The number of workers of {region} in {table.index[~counts][0]} is not "
            "above 0, so it has no logarithm."
        )
        raise ValueError(msg)
    inside = (table["share_lower"] > 0) & (table["share_upper"] < 100)
    if not inside.all():
        msg = (
            f"The share of {region} in {table.index[~inside][0]}, its rounding "
            "included, reaches 0 or 100 per cent, where there are no log-odds."
        )
        raise ValueError(msg)


def _fit(
    table: pd.DataFrame,
    outcome: str,
    windows: pd.DataFrame,
    used: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Fit the three estimators of an outcome to every window, at every rounding end."""
    link, columns = LINKS[outcome], _ENDPOINTS[outcome]
    years = table.index.to_numpy()
    series = table[list(columns.values())].to_numpy(np.float64).T[:, None]
    y = series / 100 if outcome == "share" else series
    scaled = {"log": np.log, "logit": logit}[link](y)
    slopes = (
        inference.slopes(scaled, years, used),
        inference.theil_sen_slopes(scaled, years, used),
        inference.glm_slopes(y, years, link, used),
    )
    slope = np.ravel(slopes)
    names = itertools.product(ESTIMATORS[link], columns)
    specs = pd.DataFrame(names, columns=["estimator", "rounding"])
    return specs.merge(windows, how="cross").assign(
        outcome=outcome,
        link=link,
        # Rounding of floats keeps the slope of a constant series from being 0.
        slope=np.where(np.abs(slope) < 1e-10, 0.0, slope),
    )


def _windows(
    years: npt.NDArray[np.int64],
) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """List the windows, whole and without one inner year, and the years that each uses.

    The second has the shape (windows, years).
    """
    windows = pd.DataFrame(
        [
            (first, last, left_out)
            for first, last in itertools.combinations(years.tolist(), 2)
            for left_out in (None, *years[(years > first) & (years < last)].tolist())
        ],
        columns=["first_year", "last_year", "left_out"],
    ).astype({"left_out": "Int64"})
    first, last, left_out = windows.to_numpy(np.float64, na_value=np.nan).T[..., None]
    used = (years >= first) & (years <= last) & (years != left_out)
    enough = used.sum(axis=1) >= MIN_YEARS
    return windows.assign(years=used.sum(axis=1))[enough], used[enough]
