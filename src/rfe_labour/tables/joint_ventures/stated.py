"""The numbers that the prose about Table 2 states."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rfe_labour import rounding, tables
from rfe_labour.tables.joint_ventures.alternatives import binding_constraints
from rfe_labour.tables.joint_ventures.identified_sets import (
    IdentifiedSet,
    possible_years,
    very_few,
)
from rfe_labour.tables.joint_ventures.placements import Evaluation
from rfe_labour.tables.joint_ventures.surviving import (
    FIRST_YEAR,
    Choices,
    Survivors,
    label_runs,
)

REGISTERED_2004 = 1330
"""Enterprises with foreign capital registered in Primorye (placeinvest.ru, 3 August
2004). Joint ventures are some of them."""

CHINESE_2004 = (176, "36.5")
"""Working enterprises with Chinese capital in Primorye, and their share (%) of all that
work with foreign capital (placeinvest.ru, 1 May 2004)."""


def summary(
    tokens: pd.DataFrame, evaluation: Evaluation, sets: Mapping[str, IdentifiedSet]
) -> dict[str, Any]:
    """Gather the numbers that the prose about Table 2 states.

    Parameters
    ----------
    tokens : pandas.DataFrame
        As for `survivors`.
    evaluation : Evaluation
        As `evaluate` returns it.
    sets : mapping of str to IdentifiedSet
        As `identify` returns them.

    Returns
    -------
    dict of str to int, float or str
        What survives and what was chosen, under the keys listed here. After the name of
        an assumption what its set says, every part of `IdentifiedSet` too; the years
        are runs, as text.
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
