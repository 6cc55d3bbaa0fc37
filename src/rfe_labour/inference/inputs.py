"""What a series and a setting must be, so that anything can be judged from them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

FEWEST_OBSERVATIONS = 3
"""A line through two points leaves nothing to judge it by."""


def check_series(y: npt.ArrayLike, x: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Take one outcome and its regressor as arrays, or refuse them."""
    outcome = np.asarray(y, dtype=np.float64)
    regressor = np.asarray(x, dtype=np.float64)
    if outcome.ndim != 1 or outcome.shape != regressor.shape:
        msg = (
            "y and x must be two series of the same length, not of shapes "
            f"{outcome.shape} and {regressor.shape}."
        )
        raise ValueError(msg)
    if not np.isfinite(outcome).all():
        msg = "y has a missing or infinite value; drop that observation first."
        raise ValueError(msg)
    regressor = check_regressor(regressor)
    if np.ptp(outcome) == 0:
        msg = "y is constant: it has no variation from which to judge a trend."
        raise ValueError(msg)
    return outcome, regressor


def check_regressor(x: npt.ArrayLike) -> Floats:
    """Take a regressor as an array, or refuse it."""
    regressor = np.asarray(x, dtype=np.float64)
    if regressor.ndim != 1 or len(regressor) < FEWEST_OBSERVATIONS:
        msg = (
            f"A trend needs at least {FEWEST_OBSERVATIONS} observations in one series; "
            f"x has shape {regressor.shape}."
        )
        raise ValueError(msg)
    if not np.isfinite(regressor).all():
        msg = "x has a missing or infinite value; drop that observation first."
        raise ValueError(msg)
    if np.ptp(regressor) == 0:
        msg = "x is constant: no slope on it can be found."
        raise ValueError(msg)
    return regressor


def check_rank(design: Floats) -> None:
    """Refuse regressors of which one follows from the others."""
    if np.linalg.matrix_rank(design) < design.shape[1]:
        msg = "The regressors are collinear: no coefficient of theirs can be found."
        raise ValueError(msg)


def check_leverage(leverage: Floats) -> None:
    """Refuse a coefficient that one observation alone decides."""
    if leverage.max() > 1 - 1e-9:
        which = int(leverage.argmax()) + 1
        msg = (
            f"Observation {which} alone decides a coefficient (its leverage is 1), so "
            "that HC3 is not defined."
        )
        raise ValueError(msg)


def check_level(level: float) -> None:
    """Refuse what is no confidence level."""
    if not 0 < level < 1:
        msg = f"A confidence level lies between 0 and 1; {level} does not."
        raise ValueError(msg)


def check_rho(rho: float) -> None:
    """Refuse a coefficient of no stationary AR(1) series."""
    if not -1 < rho < 1:
        msg = f"An AR(1) coefficient lies between -1 and 1; {rho} does not."
        raise ValueError(msg)


def check_replications(replications: int) -> None:
    """Refuse a simulation of nothing."""
    if replications < 1:
        msg = f"A simulation needs at least 1 replication, not {replications}."
        raise ValueError(msg)
