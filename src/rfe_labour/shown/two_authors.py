"""The pairs of statements of two authors, as a table of texts."""

from __future__ import annotations

import pandas as pd

from rfe_labour.checks.two_authors import BOTH_CAN_HOLD, NOT_BOTH_UNLESS
from rfe_labour.shown.markdown import Markdown, Row, write_table

VERDICTS = {
    BOTH_CAN_HOLD: "both can be true",
    NOT_BOTH_UNLESS: "only under a condition",
}
"""What the two verdicts on a pair are called where pairs are counted."""

_BEFORE_REASONS = {
    BOTH_CAN_HOLD: "both can be true, since",
    NOT_BOTH_UNLESS: "both can be true only if",
}


def pairs_table(pairs: pd.DataFrame) -> Markdown:
    """List what each author says of a subject, and whether both can be true.

    `pairs` are as `rfe_labour.checks.two_authors.compare` returns them. If all have
    the same verdict, it heads the column of reasons.
    """
    verdicts = pairs["verdict"].unique()
    same = len(verdicts) == 1
    rows = [
        [
            row["subject"],
            _said(row, "zabrovskaya"),
            _said(row, "weitz"),
            multiple(row["ratio_lower"], row["ratio_upper"]),
            row["reason"]
            if same
            else f"**{_BEFORE_REASONS[row['verdict']]}** {row['reason']}",
        ]
        for row in pairs.to_dict("records")
    ]
    header = ["subject", "Zabrovskaya", "Weitz", "Weitz ÷ Zabrovskaya"]
    named = _BEFORE_REASONS[verdicts[0]] if same else "verdict"
    return write_table([*header, named], rows, "lllll")


def _said(row: Row, author: str) -> str:
    """Write what is stated, the interval read from it, and the time it speaks of."""
    stated, unit = row[f"{author}_stated"], row[f"{author}_unit"]
    lower, upper = row[f"{author}_lower"], row[f"{author}_upper"]
    ends = f"{lower:,g}" if lower == upper else f"{lower:,g} to {upper:,g}"
    ends = f"at least {lower:,g}" if pd.isna(upper) else ends
    reading: str = "" if pd.isna(unit) else f" ({ends} {unit})"
    said = f"{ends} {unit}" if stated == ends else f"“{stated}”{reading}"
    return f"{said}; {row[f'{author}_period']}"


def multiple(lower: float, upper: float) -> str:
    """Write a ratio, which may be open at one end, or that there is none."""
    if pd.isna(lower):
        return "not comparable"
    low, high = (f"{end:,.2g}" if end < 10 else f"{end:,.0f}" for end in (lower, upper))
    if pd.isna(upper):
        return f"at least {low}"
    return f"{low}" if low == high else f"{low} to {high}"
