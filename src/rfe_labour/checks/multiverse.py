"""The slope under every defensible specification, fitted all at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from rfe_labour import inference
from rfe_labour.inference import Floats
from rfe_labour.parameters import MIN_YEARS

LINKS = {"workers": "log", "share": "logit", "foreign": "log"}
"""The scale on which the slope of each outcome is measured."""

ESTIMATORS = {
    "log": ("log_ols", "theil_sen", "quasi_poisson"),
    "logit": ("logit_ols", "theil_sen", "fractional_logit"),
}
HEADLINES = {"log": "log_ols", "logit": "fractional_logit"}
"""The estimator that the chapters on trends and shares put first."""

CHOICES = ("first_year", "last_year", "left_out", "estimator", "rounding")
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
    r"""Fit the slope per year under every specification of every region.

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
    others, and `sign_agreement` never sums over outcomes.
    :math:`percent = 100(e^{slope} - 1)`.

    The quasi-Poisson slope is the Poisson slope, and the fractional logit slope the
    Bernoulli one: the dispersion changes standard errors only. Both are found by
    Newton's method for all data sets together.
    """
    data = _stack([_data_sets(region, table) for region, table in numbers.items()])
    fits = [
        _fit(data, data.sets["link"].to_numpy() == link, link) for link in ESTIMATORS
    ]
    specs = pd.concat(fits, ignore_index=True)
    specs["percent"] = 100 * np.expm1(specs["slope"])
    order = [
        *("region", "outcome", "first_year", "last_year", "left_out", "estimator"),
        *("rounding", "years", "link", "slope", "percent"),
    ]
    return specs[order]


@dataclass(frozen=True)
class _Data:
    """Data sets as rows: years and values, with weight 0 where a row has none."""

    sets: pd.DataFrame
    x: Floats
    y: Floats
    weights: Floats


def _data_sets(region: str, table: pd.DataFrame) -> _Data:
    _check(region, table)
    years = table.index.to_numpy(np.int64)
    windows = list(_windows(years))
    used = np.array([window[-1] for window in windows], dtype=np.float64)
    frame = pd.DataFrame(
        [window[:3] for window in windows],
        columns=["first_year", "last_year", "left_out"],
    ).assign(region=region, years=used.sum(axis=1).astype(np.int64))
    sets, values = [], []
    for outcome, columns in _ENDPOINTS.items():
        for rounding, column in columns.items():
            sets.append(
                frame.assign(outcome=outcome, rounding=rounding, link=LINKS[outcome])
            )
            series = table[column].to_numpy(np.float64)
            values.append(series / 100 if outcome == "share" else series)
    return _Data(
        pd.concat(sets, ignore_index=True).astype({"left_out": "Int64"}),
        np.tile(years.astype(np.float64), (len(sets) * len(windows), 1)),
        np.repeat(np.array(values), len(windows), axis=0),
        np.tile(used, (len(sets), 1)),
    )


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


def _windows(
    years: npt.NDArray[np.int64],
) -> Iterator[tuple[int, int, int | None, npt.NDArray[np.bool_]]]:
    """Give the first year, last year, year left out and the mask of years kept."""
    places = np.arange(len(years))
    for first, last in itertools.combinations(places, 2):
        inside = (places >= first) & (places <= last)
        if inside.sum() < MIN_YEARS:
            continue
        ends = int(years[first]), int(years[last])
        yield *ends, None, inside
        if inside.sum() > MIN_YEARS:
            for left_out in range(first + 1, last):
                yield *ends, int(years[left_out]), inside & (places != left_out)


def _stack(parts: list[_Data]) -> _Data:
    """Set the regions below each other, shorter ones padded with weight 0."""
    width = max(part.x.shape[1] for part in parts)

    def padded(name: str) -> Floats:
        blocks = []
        for part in parts:
            block = getattr(part, name)
            blank = 0 if name == "weights" else block[:, -1:]
            wide = np.zeros((len(block), width)) + blank
            wide[:, : block.shape[1]] = block
            blocks.append(wide)
        return np.concatenate(blocks)

    sets = pd.concat([part.sets for part in parts], ignore_index=True)
    return _Data(sets, padded("x"), padded("y"), padded("weights"))


def _fit(data: _Data, rows: npt.NDArray[np.bool_], link: str) -> pd.DataFrame:
    """Fit the three estimators of one link to all its data sets."""
    x, y, weights = data.x[rows], data.y[rows], data.weights[rows]
    scaled = {"log": np.log, "logit": logit}[link](y)
    slopes = (
        inference.slopes(scaled, x, weights),
        inference.theil_sen_slopes(scaled, x, weights),
        inference.glm_slopes(y, x, link, weights),
    )
    # Rounding of floats keeps the slope of a constant series from being 0.
    return pd.concat(
        [
            data.sets[rows].assign(
                estimator=estimator, slope=np.where(np.abs(slope) < 1e-10, 0.0, slope)
            )
            for estimator, slope in zip(ESTIMATORS[link], slopes, strict=True)
        ],
        ignore_index=True,
    )


def headline(specs: pd.DataFrame) -> pd.DataFrame:
    """Select the specification that the chapters report first.

    Parameters
    ----------
    specs : pandas.DataFrame
        As `specifications` returns it.

    Returns
    -------
    pandas.DataFrame, shape (regions * outcomes, 11)
        The rows with all years, none left out, the shares as printed, and the
        headline estimator of the outcome (`HEADLINES`).
    """
    by_series = specs.groupby(["region", "outcome"], sort=False)
    whole = (specs["first_year"] == by_series["first_year"].transform("min")) & (
        specs["last_year"] == by_series["last_year"].transform("max")
    )
    first = specs["estimator"] == specs["link"].map(HEADLINES)
    plain = specs["left_out"].isna() & (specs["rounding"] == "printed")
    names = [*specs["region"].unique(), *LINKS]
    order = {name: place for place, name in enumerate(names)}
    return specs[whole & first & plain].sort_values(
        ["region", "outcome"], key=lambda column: column.map(order), ignore_index=True
    )


def sign_agreement(specs: pd.DataFrame) -> pd.DataFrame:
    """Give the share of specifications that agree on the direction.

    Parameters
    ----------
    specs : pandas.DataFrame
        As `specifications` returns it.

    Returns
    -------
    pandas.DataFrame, shape (regions * outcomes, 11)
        One row for each ``region`` and ``outcome``, never summed over outcomes:
        ``link``; ``specifications`` (number); ``rising``, ``falling`` and ``flat``
        (shares of 1: slope above, below, and exactly 0); ``headline`` (slope of the
        headline specification) with ``agreement`` (share of 1 with its sign);
        ``lowest``, ``median`` and ``highest`` slope.

    Notes
    -----
    A description, not a test: the specifications use the same years again and again,
    answer somewhat different questions (a window of five years and one of fourteen),
    and are not equally plausible. No p-value can be had from their number.
    """
    rows = []
    slopes = dict(list(specs.groupby(["region", "outcome"])["slope"]))
    for row in headline(specs).to_dict("records"):
        slope = slopes[(row["region"], row["outcome"])]
        rows.append(
            {name: row[name] for name in ("region", "outcome", "link")}
            | {
                "specifications": len(slope),
                "rising": float((slope > 0).mean()),
                "falling": float((slope < 0).mean()),
                "flat": float((slope == 0).mean()),
                "headline": row["slope"],
                "agreement": float((np.sign(slope) == np.sign(row["slope"])).mean()),
                "lowest": slope.min(),
                "median": slope.median(),
                "highest": slope.max(),
            }
        )
    return pd.DataFrame(rows)


def by_choice(specs: pd.DataFrame) -> pd.DataFrame:
    """Show which choice moves the slope: each option, all others left free.

    Parameters
    ----------
    specs : pandas.DataFrame
        As `specifications` returns it.

    Returns
    -------
    pandas.DataFrame
        One row for each ``region``, ``outcome``, ``choice`` (one of `CHOICES`) and
        ``option`` (str; ``none`` where no year is left out): ``specifications``
        (number), ``rising`` (share of 1), ``median`` (slope).
    """
    frames = []
    for choice in CHOICES:
        option = specs[choice].astype("string").fillna("none").astype("str")
        groups = specs.assign(option=option).groupby(
            ["region", "outcome", "option"], sort=False
        )["slope"]
        summary = groups.agg(
            specifications="size",
            rising=lambda slope: (slope > 0).mean(),
            median="median",
        ).reset_index()
        summary.insert(2, "choice", choice)
        frames.append(summary)
    return pd.concat(frames, ignore_index=True)


def results(specs: pd.DataFrame) -> dict[str, int | float]:
    """Gather the numbers that the prose about the specifications states.

    Their number, and each of `sign_agreement` as ``<region>.<outcome>.<column>``.
    """
    values: dict[str, int | float] = {"specifications": len(specs)}
    agreement = sign_agreement(specs).drop(columns=["link", "flat"])
    for row in agreement.to_dict("records"):
        key = f"{row.pop('region')}.{row.pop('outcome')}"
        values |= {f"{key}.{name}": value for name, value in row.items()}
    return values
