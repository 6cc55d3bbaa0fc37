"""What survives of Table 2, and what a count and a share in one column imply."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from rfe_labour import rounding

Integers: TypeAlias = npt.NDArray[np.int64]

FIRST_YEAR = 1992


@dataclass(frozen=True)
class Choices:
    """What a reader may choose differently.

    Attributes
    ----------
    lost_points : str
        How the shares marked ``decimal-point-lost`` are read: ``"restored"`` puts a
        point after the first digit (11 is 1.1 and 04 is 0.4); ``"printed"`` does not.
    last_year : int
        Year of the last column. The title promises 2005, whose label is lost.
    fewest, most : int
        Smallest and largest plausible number of all joint ventures in Primorye.
    yearly_factor : float
        The most by which that number may be multiplied or divided in one year.
    few : float
        "Very few" is read as a share below this, in per cent.
    """

    lost_points: str = "restored"
    last_year: int = 2005
    fewest: int = 100
    most: int = 1500
    yearly_factor: float = 2.0
    few: float = 2.0


@dataclass(frozen=True)
class Survivors:
    """What survives of the table.

    Attributes
    ----------
    years : tuple of int
        Years of the columns, in order.
    apart, in_row : tuple of int
        Counts (joint ventures) that stand apart, and that follow the row label, each
        from left to right.
    shares : tuple of str
        Shares (%) from left to right, as read.
    beside : tuple of int
        Years whose labels follow their row label. The other labels stand apart, or are
        lost.
    """

    years: tuple[int, ...]
    apart: tuple[int, ...]
    in_row: tuple[int, ...]
    shares: tuple[str, ...]
    beside: tuple[int, ...] = ()

    @property
    def counts(self) -> tuple[int, ...]:
        """All counts, those that stand apart first."""
        return self.apart + self.in_row

    @property
    def different(self) -> tuple[int, ...]:
        """The different counts, from the smallest."""
        return tuple(sorted(set(self.counts)))

    @property
    def highest_shares(self) -> list[int]:
        """The places of the highest share in its row."""
        read = [rounding.parse_number(share) for share in self.shares]
        return [place for place, share in enumerate(read) if share == max(read)]

    @property
    def largest_share(self) -> float:
        """The most that the highest share can stand for, in per cent."""
        return rounding.interval(self.shares[self.highest_shares[0]]).upper


def survivors(tokens: pd.DataFrame, choices: Choices | None = None) -> Survivors:
    """Read what survives of the table.

    Parameters
    ----------
    tokens : pandas.DataFrame
        ``row``, ``printed`` and ``doubt``, in the order of the scan, as
        ``rfe_labour.data.load("table2_tokens")`` gives them.
    choices : Choices or None
        Only ``lost_points`` and ``last_year`` matter; None stands for the defaults.

    Returns
    -------
    Survivors
        The tokens of each row.

    Raises
    ------
    ValueError
        If a row has more tokens than there are columns, or none.
    """
    choices = choices or Choices()
    years = tuple(range(FIRST_YEAR, choices.last_year + 1))
    counts = tokens[tokens["row"] == "count"]
    apart = counts["doubt"] == "stands-apart"
    labels = tokens[(tokens["row"] == "year") & (tokens["doubt"] != "stands-apart")]
    shares = tokens[tokens["row"] == "share"]
    lost = (shares["doubt"] == "decimal-point-lost") & (
        choices.lost_points == "restored"
    )
    surviving = Survivors(
        years,
        apart=tuple(counts.loc[apart, "printed"].astype(int)),
        in_row=tuple(counts.loc[~apart, "printed"].astype(int)),
        shares=tuple(
            f"{printed[0]}.{printed[1:]}" if repair else printed
            for printed, repair in zip(shares["printed"], lost, strict=True)
        ),
        beside=tuple(labels["printed"].astype(int)),
    )
    rows = (surviving.counts, surviving.shares)
    if not all(0 < len(row) <= len(years) for row in rows):
        msg = (
            f"{len(rows[0])} counts and {len(rows[1])} shares cannot each have one of "
            f"{len(years)} columns."
        )
        raise ValueError(msg)
    return surviving


def implied_ranges(surviving: Survivors) -> tuple[Integers, Integers]:
    r"""Give all joint ventures that a count and a share in one column imply.

    Parameters
    ----------
    surviving : Survivors
        As `survivors` returns it.

    Returns
    -------
    tuple of numpy.ndarray of int64, each of shape (shares, values)
        Smallest and largest whole number N, for each share and each of
        `Survivors.different`. Where the first exceeds the second, there is none.

    Notes
    -----
    A share s with d printed decimals stands for
    :math:`[s - \tfrac12 10^{-d}, s + \tfrac12 10^{-d}]` per cent, so a count c of N
    ventures gives :math:`100 c / N` in it when N lies in
    :math:`[100c / (s + \tfrac12 10^{-d}), 100c / (s - \tfrac12 10^{-d})]`. Worked out
    in fractions, so that an end is never off by one.
    """
    ends = np.array(
        [
            [_whole_numbers(count, share) for count in surviving.different]
            for share in surviving.shares
        ],
        dtype=np.int64,
    )
    return ends[..., 0], ends[..., 1]


def _whole_numbers(count: int, share: str) -> tuple[int, int]:
    half = Fraction(1, 2 * 10 ** rounding.decimals(share))
    printed = Fraction(rounding.parse_number(share))
    whole = Fraction(100 * count)
    return math.ceil(whole / (printed + half)), math.floor(whole / (printed - half))
