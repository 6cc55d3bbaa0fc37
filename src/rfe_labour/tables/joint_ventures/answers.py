"""What is said of Table 2, and how it depends on what was held plausible."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from rfe_labour import rounding, tables
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
from rfe_labour.tables.joint_ventures.surviving import (
    FIRST_YEAR,
    Choices,
    Survivors,
    label_runs,
    survivors,
)

REGISTERED_2004 = 1330
"""Enterprises with foreign capital registered in Primorye (placeinvest.ru, 3 August
2004). Joint ventures are some of them."""

CHINESE_2004 = (176, "36.5")
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
        of the field; empty in the first row) and ``value``; the number of placements
        under ``order``, ``whole`` and ``consistent``; and under ``consistent`` the
        years in which the highest count (``highest_years``) and the highest share
        (``highest_share_years``) could stand, and the part in which the last surviving
        count is above the first (``rises``).
    """
    rows = [("", "", evaluation)]
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
    return pd.DataFrame([_answers(*row) for row in rows])


def _answers(name: str, value: object, evaluation: Evaluation) -> dict[str, Any]:
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


def very_few(evaluation: Evaluation, identified: IdentifiedSet) -> float:
    """Give the part of a set in which the joint ventures are very few, as a share.

    That is the part in which every surviving share, rounding allowed for, stays below
    ``choices.few`` per cent. It does not depend on where the shares stand: it is all of
    the set or nothing.
    """
    below = evaluation.surviving.largest_share < evaluation.choices.few
    return float(below and identified.placements > 0)


def summary(
    tokens: pd.DataFrame, evaluation: Evaluation, sets: Mapping[str, IdentifiedSet]
) -> dict[str, Any]:
    """Gather the numbers that the prose about Table 2 states.

    What survives and what was chosen; and after the name of an assumption what its set
    says, with every part of `IdentifiedSet`. Years are runs, as text.
    """
    values = _surviving(tokens, evaluation.surviving) | _chosen(evaluation)
    for name, identified in sets.items():
        by_key = {
            "placements": identified.placements,
            "tables": identified.tables,
            "highest_years": possible_years(identified.highest),
            "highest_years_number": int((identified.highest > 0).sum()),
            "highest_share_years": possible_years(identified.highest_share),
            # Pairs of a year and a count that are possible.
            "cells": int((identified.stands > 0).sum().sum()),
            "very_few": very_few(evaluation, identified),
            **identified.parts,
            "implied": "none",
        }
        if identified.implied_range is not None:
            lower, upper = identified.implied_range
            by_key |= {"implied_lower": lower, "implied_upper": upper}
            by_key["implied"] = f"{lower:,} to {upper:,}"
        values |= {f"{name}.{key}": value for key, value in by_key.items()}
    for name in ("whole", "consistent"):
        part = sets[name].placements / sets["order"].placements
        values[f"{name}.part_of_order"] = part
    ruled_out = binding_constraints(evaluation)
    return values | {f"whole.{name}": number for name, number in ruled_out.items()}


def _surviving(tokens: pd.DataFrame, surviving: Survivors) -> dict[str, Any]:
    runs = label_runs(tokens)
    labels = sorted(itertools.chain(*runs))
    columns, counts = len(surviving.years), len(surviving.counts)
    shares = len(surviving.shares)
    title = range(FIRST_YEAR, Choices().last_year + 1)
    return {
        "columns": columns,
        "year_labels": len(labels),
        "year_label_runs": len(runs),
        "missing_years": tables.year_runs(set(title) - set(labels)),
        "counts": counts,
        "counts_apart": len(surviving.apart),
        "counts_in_row": len(surviving.in_row),
        "in_row": ", ".join(map(str, surviving.in_row)),
        "shares": shares,
        "both_fewest": max(0, counts + shares - columns),
        "both_most": min(counts, shares),
        "cells": columns * len(surviving.different),
        "largest_count": max(surviving.counts),
        "largest_share": surviving.shares[surviving.highest_shares[0]],
        "first_share": surviving.shares[0],
        "last_share": surviving.shares[-1],
    }


def _chosen(evaluation: Evaluation) -> dict[str, Any]:
    choices, placements = evaluation.choices, evaluation.placements
    chinese, share = CHINESE_2004
    needed = evaluation.least[evaluation.whole]
    steadiest = float(evaluation.factors[needed.min()]) if needed.size else 0.0
    largest_share = evaluation.surviving.largest_share
    return {
        "count_placements": len(placements.counts),
        "share_placements": len(placements.shares),
        "fewest": choices.fewest,
        "most": choices.most,
        "yearly_factor": choices.yearly_factor,
        "few": choices.few,
        "least_factor": steadiest,
        "lost_count_most": int(choices.most * largest_share / 100),
        "registered_2004": REGISTERED_2004,
        "working_2004": round(100 * chinese / rounding.interval(share).centre),
    }
