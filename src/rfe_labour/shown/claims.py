"""The ledger of claims, as ``rfe_labour.checks.claims.audit`` returns it: `audited`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rfe_labour.shown.markdown import Markdown, Row, write_table

AUTHORS = {"zabrovskaya": "Zabrovskaya", "weitz": "Weitz"}

_PRINTED = {
    r"stated_total_(\d+)": r"printed-stated_totals-\1",
    r"table1_cells": "printed-table1-workers-1992",
    r"table([34])_cells": r"printed-table\1-workers-1995",
}
"""For some claims the target at which another page shows what is printed."""


def ledger_table(audited: pd.DataFrame, results: Mapping[str, Any]) -> Markdown:
    """List every claim with its place, both values, its status and the remark.

    Each row is a target, ``claim-<claim>``, that other pages can link to; each
    recomputed value is a link to the cell of the book that computed it. `results`
    come from the function of that name.
    """
    rows = [
        [
            f"[{row['what']}]{{#claim-{row['claim']}}} "
            f"*{AUTHORS[row['source']]}: {row['locator']}.*",
            _stated(row),
            _linked(row, results),
            row["status_now"],
            _remark(row["remark"], audited["claim"]),
        ]
        for row in audited.to_dict("records")
    ]
    header = ["claim and where it stands", "stated", "recomputed", "status", "remark"]
    return write_table(header, rows, "lllll")


def amounts(claims: pd.DataFrame, prefix: str = "") -> pd.Series:
    """Write the interval of each claim: what its words allow, or what is recomputed.

    Parameters
    ----------
    claims : pandas.DataFrame
        As `rfe_labour.checks.claims.audit` returns them.
    prefix : str
        Nothing for ``lower`` and ``upper``, ``now_`` for what is recomputed.

    Returns
    -------
    pandas.Series of str
        In the claim's unit, for example "170 to 190", or "3,000 or less".
    """
    ends = zip(
        claims[f"{prefix}lower"], claims[f"{prefix}upper"], claims["unit"], strict=True
    )
    return pd.Series([_span(*each) for each in ends], index=claims.index)


def _remark(remark: Any, claims: pd.Series) -> str:
    """Write a remark, in which the name of another claim is a link to it."""
    if pd.isna(remark):
        return ""
    names = {*claims}
    return re.sub(
        r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b",
        lambda name: f"[{name[0]}](#claim-{name[0]})" if name[0] in names else name[0],
        remark,
    )


def _stated(row: Row) -> str:
    """Write what is stated, as a link to its printed cell where a page shows that."""
    text = str(row["stated"])
    for pattern, target in _PRINTED.items():
        if match := re.fullmatch(pattern, row["claim"]):
            text = f"[{text}](#{match.expand(target)})"
    unit = row["unit"]
    # A year is its own unit, and some units stand in the words already.
    if pd.isna(unit) or unit == "year" or unit in row["stated"]:
        return text
    return f"{text} ({unit})"


def _linked(row: Row, results: Mapping[str, Any]) -> str:
    if pd.isna(row["key"]):
        return "–"
    ends = (row["key"], f"{row['key']}_lower", f"{row['key']}_upper")
    key = next(end for end in ends if end in results)
    now = _span(row["now_lower"], row["now_upper"], row["unit"])
    return f"[{now}](#result.{key})"


def _span(least: Any, most: Any, unit: str) -> str:
    lower, upper = _number(least, unit), _number(most, unit)
    if lower == upper:
        return lower
    if not lower:
        return f"{upper} or less"
    return f"{lower} to {upper}" if upper else f"{lower} or more"


def _number(number: Any, unit: str) -> str:
    if pd.isna(number):
        return ""
    value = float(number)
    if value.is_integer():
        text = f"{value:.0f}" if unit == "year" else f"{value:,.0f}"
    else:
        text = f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
    return text.replace("-", "−")
