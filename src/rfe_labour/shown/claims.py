"""The ledger of claims, as ``rfe_labour.checks.claims.audit`` returns it: `audited`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rfe_labour.checks.claims import VERDICTS
from rfe_labour.shown import charts
from rfe_labour.shown.charts import INK, Picture, sentence
from rfe_labour.shown.markdown import Markdown, Row, signed, write_table

AUTHORS = {"zabrovskaya": "Zabrovskaya", "weitz": "Weitz"}

LOOKS: dict[str, tuple[str, str, str]] = {
    "agreeing": ("hold", INK, ""),
    "differing": ("differ", "white", "////"),
    "open": ("cannot be checked", charts.LIGHT, ""),
}
"""For each verdict on claims: its words in a title, colour and hatch."""

_PRINTED = {
    r"stated_total_(\d+)": r"printed-stated_totals-\1",
    r"table1_cells": "printed-table1-workers-1992",
    r"table([34])_cells": r"printed-table\1-workers-1995",
}
"""For some claims the target at which another page shows what is printed."""

_NAMES = ("year", "month of", "number of the table", "regions whose table")
"""Units in which numbers are names, so that a difference in per cent means nothing."""


def claims_by_status(audited: pd.DataFrame) -> Picture:
    """Draw how many claims of each author have which status."""
    looks = {
        status: (colour, hatch)
        for verdict, (_, colour, hatch) in LOOKS.items()
        for status in VERDICTS[verdict]
    }
    colours, hatches = zip(*looks.values(), strict=True)
    counts = {
        author: audited.loc[audited["source"] == source, "status_now"]
        .value_counts()
        .reindex(list(looks), fill_value=0)
        for source, author in AUTHORS.items()
    }
    with charts.open_panels(rows=2, height=4.4) as (figure, panels):
        for axes, (author, by_status) in zip(panels, counts.items(), strict=True):
            bars = axes.barh(
                list(looks), by_status, color=colours, edgecolor=INK, linewidth=0.8
            )
            for bar, hatch in zip(bars, hatches, strict=True):
                bar.set_hatch(hatch)
            axes.bar_label(bars, padding=3, fontsize=10)
            axes.invert_yaxis()
            axes.set_title(f"{author}: {by_status.sum()} claims", fontsize=11)
            axes.spines["bottom"].set_visible(False)
            axes.tick_params(left=False, bottom=False, labelbottom=False)
        verdicts = (f"{count} {words}" for words, count in by_verdict(audited).items())
        title = f"Of {len(audited)} claims {', '.join(verdicts)}"
        figure.suptitle(title, x=0.01, ha="left", size="large")
    alt = "Bars that count the claims of each author by status. " + " ".join(
        f"{author}: "
        + sentence((f"{status} {count}" for status, count in by_status.items()), ", ")
        for author, by_status in counts.items()
    )
    return Picture(figure, alt)


def by_verdict(audited: pd.DataFrame) -> dict[str, int]:
    """Count the claims of each verdict, by the verdict's words in a title."""
    return {
        words: int(audited["status_now"].isin(VERDICTS[verdict]).sum())
        for verdict, (words, _, _) in LOOKS.items()
    }


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


def differences_table(audited: pd.DataFrame) -> Markdown:
    """List the claims that the figures contradict, with the size of the gap."""
    differing = audited[audited["status_now"].isin(VERDICTS["differing"])]
    rows = [
        [
            f"[{row['what']}](#claim-{row['claim']})",
            _stated(row),
            _now(row),
            _apart(row),
            row["status_now"],
        ]
        for row in differing.to_dict("records")
    ]
    header = ["claim", "stated", "recomputed", "apart by", "status"]
    return write_table(header, rows, "lllrl")


def statuses_table(audited: pd.DataFrame, meanings: Mapping[str, str]) -> Markdown:
    """List what each status means and how many claims have it.

    `meanings` says what each code of the column ``status`` stands for.
    """
    rows = [
        [status, meaning, str((audited["status_now"] == status).sum())]
        for status, meaning in meanings.items()
    ]
    return write_table(["status", "what it means", "claims"], rows, "llr")


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


def _apart(row: Row) -> str:
    """Write the gap between the nearest ends, and in per cent of an amount."""
    gap = (
        row["now_lower"] - row["upper"]
        if pd.notna(row["upper"]) and row["now_lower"] > row["upper"]
        else row["now_upper"] - row["lower"]
    )
    text = signed(float(gap), 0 if float(gap).is_integer() else 1)
    if pd.isna(row["difference"]) or str(row["unit"]).startswith(_NAMES):
        return text
    return f"{text} ({signed(100 * float(row['difference']), 0)}%)"


def _number(number: Any, unit: str) -> str:
    if pd.isna(number):
        return ""
    value = float(number)
    if value.is_integer():
        text = f"{value:.0f}" if unit == "year" else f"{value:,.0f}"
    else:
        text = f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
    return text.replace("-", "−")
