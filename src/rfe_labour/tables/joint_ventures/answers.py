"""What is said of Table 2, and how it depends on what was held plausible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rfe_labour.tables.joint_ventures.identified_sets import (
    IdentifiedSet,
    directions,
    highest_share,
    possible_years,
    very_few,
)
from rfe_labour.tables.joint_ventures.placements import (
    ORDERS,
    SHARE_ORDERS,
    Booleans,
    Evaluation,
    Order,
    ShareOrder,
    evaluate,
    in_every_column,
    place,
)
from rfe_labour.tables.joint_ventures.surviving import Survivors, survivors

REGISTERED_2004 = 1330
"""Enterprises with foreign capital registered in Primorye (placeinvest.ru, 3 August
2004). Joint ventures are some of them."""

CHINESE_2004 = (176, 36.5)
"""Working enterprises with Chinese capital in Primorye, and their share (%) of all that
work with foreign capital (placeinvest.ru, 1 May 2004)."""

ALTERNATIVES: dict[str, tuple[Any, ...]] = {
    "lost_points": ("restored", "printed"),
    "last_year": (2005, 2004),
    "fewest": (200,),
    "most": (1000, 2000),
    "yearly_factor": (1.1, 1.5, 3.0),
    "few": (1.0, 5.0),
}
"""Other choices that a reader might make, tried one at a time."""


def binding_constraints(evaluation: Evaluation) -> dict[str, int]:
    """Count the placements that each part of ``whole`` alone would rule out.

    Of the placements that keep the order, those in which some year has no whole number
    of all joint ventures at all (``no_whole_number``), only numbers that are too small
    (``below_fewest``), or only numbers that are too large (``above_most``).
    """
    (lower, upper), choices = evaluation.ranges, evaluation.choices
    passes = {
        "no_whole_number": lower <= upper,
        "below_fewest": upper >= choices.fewest,
        "above_most": lower <= choices.most,
    }
    return {
        name: int((~in_every_column(allowed, evaluation.placements)).sum())
        for name, allowed in passes.items()
    }


def sensitivity(tokens: pd.DataFrame, evaluation: Evaluation) -> pd.DataFrame:
    """Give the answers under every alternative to one of the choices.

    Parameters
    ----------
    tokens : pandas.DataFrame
        As for `survivors`.
    evaluation : Evaluation
        Under the choices made, as `evaluate` returns it.

    Returns
    -------
    pandas.DataFrame, shape (1 + alternatives, 10)
        The choices made, then `ALTERNATIVES` that differ from them. ``choice`` (name
        of the field, or "as chosen") and ``value``; the number of placements under
        ``order``, ``whole``, ``consistent`` and ``tear_consistent``; under
        ``consistent`` the years in which the highest count (``highest_years``) and the
        highest share (``highest_share_years``) could stand, and the part in which the
        last surviving count is above the first (``rises``), missing where there is no
        placement; and ``very_few``, as of `IdentifiedSet`.
    """
    rows = [("as chosen", "", evaluation)]
    for name, values in ALTERNATIVES.items():
        for value in values:
            if value == getattr(evaluation.choices, name):
                continue
            choices = replace(evaluation.choices, **{name: value})
            # Every placement's own answer holds for all of these.
            if name in ("yearly_factor", "few"):
                again = replace(evaluation, choices=choices)
            elif name in ("fewest", "most"):
                placed = evaluation.placements
                again = evaluate(evaluation.surviving, choices, placed)
            else:
                again = evaluate(survivors(tokens, choices), choices)
            rows.append((name, value, again))
    return pd.DataFrame([_under(*row) for row in rows])


def _under(name: str, value: object, evaluation: Evaluation) -> dict[str, Any]:
    surviving, placements = evaluation.surviving, evaluation.placements
    torn = evaluate(surviving, evaluation.choices, place(surviving, counts="tear"))
    admitted = evaluation.consistent()
    weights = admitted.sum(axis=0, dtype=np.int32)
    return {
        "choice": name,
        "value": value,
        "order": placements.number,
        "whole": int(np.count_nonzero(evaluation.whole)),
        "consistent": int(weights.sum()),
        "tear_consistent": int(np.count_nonzero(torn.consistent())),
        **_highest(evaluation, admitted),
        "rises": directions(placements.left_to_right, weights)["rises"],
        "very_few": very_few(evaluation),
    }


def _highest(evaluation: Evaluation, admitted: Booleans) -> dict[str, str]:
    """Tell in which years the highest tokens could stand in what is admitted."""
    years, codes = evaluation.surviving.years, evaluation.placements.codes
    stands = (codes == codes.max()) & admitted.any(axis=0)
    highest = pd.Series(stands.any(axis=1), years)
    return {
        "highest_years": possible_years(highest),
        "highest_share_years": possible_years(highest_share(evaluation, admitted)),
    }


def other_tears(tokens: pd.DataFrame, evaluation: Evaluation) -> pd.DataFrame:
    """Give the answers if other rows were torn, or none, or at another label.

    Parameters
    ----------
    tokens : pandas.DataFrame
        As for `survivors`.
    evaluation : Evaluation
        Under the choices made, of the placements that keep the order.

    Returns
    -------
    pandas.DataFrame, shape (6 or 7, 8)
        ``counts`` and ``shares``, how each row was read, in the words of `place`; in a
        further row, ``"tear_lost_labels"``, the labels that are lost, if there are any,
        stood beside the row label, too. The number of ``placements``, and of those that
        meet the condition of ``whole`` and that of ``consistent``; the smallest yearly
        factor that one of ``whole`` needs (``least_factor``); and ``highest_years`` and
        ``highest_share_years`` as of `sensitivity`.
    """
    surviving, choices = evaluation.surviving, evaluation.choices
    labels = tokens.loc[tokens["row"] == "year", "printed"].astype(int)
    lost = {*surviving.years} - {*labels}
    wider = replace(surviving, beside=(*surviving.beside, *lost))
    tried: list[tuple[str, Survivors, Order, ShareOrder]] = [
        (counts, surviving, counts, shares)
        for shares in SHARE_ORDERS
        for counts in ORDERS
    ]
    if lost:
        tried.insert(2, ("tear_lost_labels", wider, "tear", "order"))
    rows = []
    for name, found, counts, shares in tried:
        again = evaluate(found, choices, place(found, counts, shares))
        admitted = again.consistent()
        rows.append(
            {
                "counts": name,
                "shares": shares,
                "placements": again.placements.number,
                "whole": int(np.count_nonzero(again.whole)),
                "consistent": int(np.count_nonzero(admitted)),
                "least_factor": again.least_factor,
                **_highest(again, admitted),
            }
        )
    return pd.DataFrame(rows)


def bounds(sets: Mapping[str, IdentifiedSet]) -> pd.DataFrame:
    """Give the bounds that each assumption leaves.

    Parameters
    ----------
    sets : mapping of str to IdentifiedSet
        As `identify` or `identify_torn` returns them.

    Returns
    -------
    pandas.DataFrame, shape (sets, 20)
        Indexed by assumption. ``placements`` and ``tables`` as of `IdentifiedSet`;
        ``cells``, how many pairs of a year and a count are possible; the years in
        which the highest count could stand as text (``highest_years``) and in number
        (``highest_years_number``), and those of the highest share
        (``highest_share_years``); all joint ventures in any year as text (``implied``)
        and as numbers (``implied_lower``, ``implied_upper``), missing where no year has
        both tokens; and every part of `IdentifiedSet`, missing in an empty set.
    """
    rows = {name: _bounds(identified) for name, identified in sets.items()}
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("assumption")
    return frame.astype({"implied_lower": "Int64", "implied_upper": "Int64"})


def _bounds(identified: IdentifiedSet) -> dict[str, Any]:
    lower, upper = identified.implied_range or (None, None)
    return {
        "placements": identified.placements,
        "tables": identified.tables,
        "cells": int((identified.stands > 0).sum().sum()),
        "highest_years": possible_years(identified.highest),
        "highest_years_number": int((identified.highest > 0).sum()),
        "highest_share_years": possible_years(identified.highest_share),
        "implied": "none" if lower is None else f"{lower:,} to {upper:,}",
        "implied_lower": lower,
        "implied_upper": upper,
        **identified.parts,
    }
