"""The ledger of claims as tables that a reader sees, written as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rfe_labour.claims import VERDICTS
from rfe_labour.present import Markdown, records, write_table

AUTHORS = {"zabrovskaya": "Zabrovskaya", "weitz": "Weitz"}


def ledger(audited: pd.DataFrame, results: Mapping[str, Any]) -> Markdown:
    """List every claim with its place, both values, its status and the remark.

    Each row is a target, ``claim-<claim>``, that other pages can link to; each
    recomputed value is a link to the cell of the book that computed it.

    Parameters
    ----------
    audited : pandas.DataFrame, shape (claims, ...)
        As `rfe_labour.claims.audit` returns it.
    results : mapping of str to int, float or str
        As `rfe_labour.claims.results` returns it.
    """
    rows = [
        [
            f"[{row['what']}]{{#claim-{row['claim']}}} "
            f"*{AUTHORS[row['source']]}: {row['locator']}.*",
            _with_unit(row["stated"], row["unit"]),
            _linked(row, results),
            row["status_now"],
            "" if pd.isna(row["remark"]) else row["remark"],
        ]
        for row in records(audited)
    ]
    header = ["claim and where it stands", "stated", "recomputed", "status", "remark"]
    return write_table(header, rows, "lllll")


def differences(audited: pd.DataFrame) -> Markdown:
    """List the claims that the figures contradict, with the size and the remark.

    Parameters
    ----------
    audited : pandas.DataFrame, shape (claims, ...)
        As `rfe_labour.claims.audit` returns it.
    """
    differing = audited[audited["status_now"].isin(VERDICTS["differing"])]
    rows = [
        [
            f"[{row['what']}](#claim-{row['claim']})",
            _with_unit(row["stated"], row["unit"]),
            row["now"],
            "" if pd.isna(row["difference"]) else _per_cent(float(row["difference"])),
            row["status_now"],
        ]
        for row in records(differing)
    ]
    header = ["claim", "stated", "recomputed", "difference", "status"]
    return write_table(header, rows, "lllrl")


def statuses(meanings: Mapping[str, str], counts: Mapping[str, int]) -> Markdown:
    """List what each status means and how many claims have it.

    Parameters
    ----------
    meanings : mapping of str to str
        What each code of the column ``status`` stands for.
    counts : mapping of str to int
        How many claims have it; a status without claims may be missing.
    """
    rows = [
        [status, meaning, str(counts.get(status, 0))]
        for status, meaning in meanings.items()
    ]
    return write_table(["status", "what it means", "claims"], rows, "llr")


def _linked(row: Mapping[str, Any], results: Mapping[str, Any]) -> str:
    if pd.isna(row["key"]):
        return "–"
    key = row["key"] if row["key"] in results else f"{row['key']}_lower"
    return f"[{row['now']}](#result.{key})"


def _with_unit(stated: str, unit: str | float) -> str:
    return stated if pd.isna(unit) else f"{stated} {unit}"


def _per_cent(difference: float) -> str:
    return f"{difference:+.0%}".replace("-", "−")
