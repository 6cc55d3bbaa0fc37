"""The ledger of claims, as ``rfe_labour.checks.claims.audit`` returns it: `audited`.

A browser lets a reader filter the ledger by the classes in its cells, ``status``,
``author``, ``topic`` and ``compared``, and folds what is marked ``more``.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rfe_labour import data
from rfe_labour.shown.markdown import Markdown, Row, write_table

AUTHORS = {"zabrovskaya": "Zabrovskaya", "weitz": "Weitz"}
COMPARED = {
    "figures": "other figures",
    "own words": "the same text",
    "itself": "what it was made from",
    "elsewhere": "another date or group",
}
ADVERSE = {"differs", "contradicts itself"}
OUTCOMES = {
    "differs": "Claims that differ from other figures",
    "tested and agrees": "Claims that, as we read them, agree with other figures",
    "contradicts itself": "Claims that contradict another passage of the same text",
}

_PRINTED = {
    r"stated_total_(\d+)": r"printed-stated_totals-\1",
    r"table1_cells": "printed-table1-workers-1992",
    r"table([34])_cells": r"printed-table\1-workers-1995",
}
"""For some claims the target at which another page shows what is printed."""


def could_fail(audited: pd.DataFrame) -> pd.Series:
    """Tell which claims had a test that could have come out either way.

    They are compared with other figures or the same text, and not with bounds alone.
    """
    wide = audited["status_now"] == "compatible within wide bounds"
    return audited["compares"].isin(["figures", "own words"]) & ~wide


def ledger_table(audited: pd.DataFrame, results: Mapping[str, Any]) -> Markdown:
    """List every claim with its verdict, its place, both values and the remark.

    Each row is a target, ``claim-<claim>``, that other pages can link to, and has a
    number by which prose can speak of it; each recomputed value is a link to the cell
    of the book that computed it. `results` come from the function of that name.
    """
    numbers = _numbers(audited)
    topics = data.labels("claims", "topic")
    tests = could_fail(audited)
    rows = [
        [
            _verdict(row["status_now"], could_fail=test),
            f"[{_spans(row['what'])}]{{#claim-{row['claim']}}} "
            f"[Claim {numbers[row['claim']]},]{{.claim-number}} "
            f"[{AUTHORS[row['source']]}]{{.author}}. "
            f"[{_more(row, topics, numbers)}]{{.more}}",
            _stated(row),
            _recomputed(row, results),
        ]
        for row, test in zip(audited.to_dict("records"), tests, strict=True)
    ]
    header = ["verdict", "claim", "stated", "recomputed"]
    return write_table(header, rows, "llll")


def outcomes(audited: pd.DataFrame, results: Mapping[str, Any]) -> Markdown:
    """List the claims that differ, agree with other figures or contradict, as prose."""
    numbers = _numbers(audited)
    parts = []
    for status, heading in OUTCOMES.items():
        rows = audited[audited["status_now"] == status].to_dict("records")
        items = [
            f"- [{_spans(row['what'])}](#claim-{row['claim']}) "
            f"*{AUTHORS[row['source']]}, {row['locator']}:* "
            f"“{_spans(row['stated'])}”. Recomputed: {_recomputed(row, results)}. "
            f"{_remark(row['remark'], numbers)}".rstrip()
            for row in rows
        ]
        if items:
            parts += [f"**{heading} ({len(items)})**", "\n".join(items)]
    return Markdown("\n\n".join(parts))


def meanings(audited: pd.DataFrame) -> Markdown:
    """Count the claims of each status, and say what it means.

    Each status is a target, ``status-<status>``, at which the ledger shows its claims.
    """
    counts = audited["status_now"].value_counts()
    rows = [
        [
            f"[{status}]{{#status-{status.replace(' ', '-')}}}",
            f"{counts.get(status, 0):d}",
            meaning,
        ]
        for status, meaning in data.labels("claims", "status").items()
    ]
    return write_table(["verdict", "claims", "meaning"], rows, "lrl")


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


def _verdict(status: str, *, could_fail: bool) -> str:
    """Write a status with the classes by which the ledger can be narrowed."""
    classes = [".status"]
    classes += [".tests"] if could_fail else []
    classes += [".adverse"] if status in ADVERSE else []
    return f"[{status}]{{{' '.join(classes)}}}"


def _more(row: Row, topics: Mapping[str, str], numbers: Mapping[str, int]) -> str:
    """Write a claim's place and topic, what it is compared with, and the remark."""
    parts = [f"*{row['locator']}.* Topic: [{topics[row['topic']]}]{{.topic}}."]
    if not pd.isna(row["compares"]):
        parts.append(f"Compared with [{COMPARED[row['compares']]}]{{.compared}}.")
    return " ".join([*parts, _remark(row["remark"], numbers)]).strip()


def _numbers(audited: pd.DataFrame) -> dict[str, int]:
    """Return the number of each claim: its place in the ledger, from 1."""
    return {claim: number for number, claim in enumerate(audited["claim"], start=1)}


def _remark(remark: Any, numbers: Mapping[str, int]) -> str:
    """Write a remark, in which another claim is a link with its number."""
    if pd.isna(remark):
        return ""
    return re.sub(
        r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b",
        lambda name: (
            f"[claim {numbers[name[0]]}](#claim-{name[0]})"
            if name[0] in numbers
            else name[0]
        ),
        _spans(remark),
    )


def _spans(text: str) -> str:
    """Write a span of numbers with the dash that it has in print: 1992–2005."""
    return re.sub(r"(?<=\d)-(?=\d)", "–", text)


def _stated(row: Row) -> str:
    """Write what is stated, as a link to its printed cell where a page shows that."""
    text = _spans(row["stated"])
    for pattern, target in _PRINTED.items():
        if match := re.fullmatch(pattern, row["claim"]):
            text = f"[{text}](#{match.expand(target)})"
    # Words alone have no unit: "year by year" is not counted in falls, nor are the
    # tables and the two years that a passage names counted in what follows from them.
    if not re.search(r"\d", text) or re.search(r"Table|\d{4}–\d{4}", text):
        return text
    return text + _unit(row)


def _recomputed(row: Row, results: Mapping[str, Any]) -> str:
    if pd.isna(row["key"]):
        return "–"
    ends = (row["key"], f"{row['key']}_lower", f"{row['key']}_upper")
    key = next(end for end in ends if end in results)
    now, unit = _span(row["now_lower"], row["now_upper"], row["unit"]), _unit(row)
    if month := re.match(r"month of (\d{4})", str(row["unit"])):
        now, unit = f"{calendar.month_name[int(now)]} {month[1]}", ""
    elif row["unit"] == "number of the table on that region":
        now, unit = f"the region of Table {now}", ""
    return f"[{now}](#result.{key}){unit}"


def _unit(row: Row) -> str:
    """Write a unit; a year is its own, and some stand in the stated words already."""
    unit = row["unit"]
    if pd.isna(unit) or unit == "year" or unit in row["stated"]:
        return ""
    return f" ({unit})"


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
