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
            "" if pd.isna(row["remark"]) else row["remark"],
        ]
        for row in audited.to_dict("records")
    ]
    header = ["claim and where it stands", "stated", "recomputed", "status", "remark"]
    return write_table(header, rows, "lllll")


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
    return f"[{_now(row)}](#result.{key})"


def _now(row: Row) -> str:
    lower = _number(row["now_lower"], row["unit"])
    upper = _number(row["now_upper"], row["unit"])
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
