"""What is said of Table 2, and how it depends on what was held plausible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from rfe_labour.tables.joint_ventures.identified_sets import (
    IdentifiedSet,
    directions,
    highest_share,
    possible_years,
)
from rfe_labour.tables.joint_ventures.placements import (
    Evaluation,
    evaluate,
    in_every_column,
)
from rfe_labour.tables.joint_ventures.surviving import survivors

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
    pandas.DataFrame, shape (1 + alternatives, 8)
        The choices made, then `ALTERNATIVES` that differ from them. ``choice`` (name
        of the field, or "as chosen") and ``value``; the number of placements under
        ``order``, ``whole`` and ``consistent``; and under ``consistent`` the years in
        which the highest count (``highest_years``) and the highest share
        (``highest_share_years``) could stand, and the part in which the last surviving
        count is above the first (``rises``), missing where there is no placement.
    """
    rows = [("as chosen", "", evaluation)]
    for name, values in ALTERNATIVES.items():
        for value in values:
            if value == getattr(evaluation.choices, name):
                continue
            choices = replace(evaluation.choices, **{name: value})
            if name == "yearly_factor":  # every placement's own answer holds for all
                again = replace(evaluation, choices=choices)
            else:
                again = evaluate(survivors(tokens, choices), choices)
            rows.append((name, value, again))
    return pd.DataFrame([_under(*row) for row in rows])


def _under(name: str, value: object, evaluation: Evaluation) -> dict[str, Any]:
    surviving, placements = evaluation.surviving, evaluation.placements
    admitted = evaluation.consistent()
    weights = admitted.sum(axis=0)
    highest = weights @ (placements.counts == max(surviving.counts))
    return {
        "choice": name,
        "value": value,
        "order": placements.number,
        "whole": int(evaluation.whole.sum()),
        "consistent": int(weights.sum()),
        "highest_years": possible_years(pd.Series(highest, index=surviving.years)),
        "highest_share_years": possible_years(highest_share(evaluation, admitted)),
        "rises": directions(placements.left_to_right, weights)["rises"],
    }


def bounds(sets: Mapping[str, IdentifiedSet]) -> pd.DataFrame:
    """Give the bounds that each assumption leaves.

    Parameters
    ----------
    sets : mapping of str to IdentifiedSet
        As `identify` returns them.

    Returns
    -------
    pandas.DataFrame, shape (4, 20)
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
