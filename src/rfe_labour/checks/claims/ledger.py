"""The audit of the ledger: how each claim agrees, and what is not as reviewed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rfe_labour.rounding import Interval

STATUSES = (
    "match",
    "rounding",
    "minor",
    "major",
    "undeterminable",
    "internally inconsistent",
)
"""Every status that a claim can have, best first."""

VERDICTS: Mapping[str, tuple[str, ...]] = {
    "agreeing": ("match", "rounding"),
    "differing": ("minor", "major", "internally inconsistent"),
    "open": ("undeterminable",),
}
"""What the statuses come to: each status is in one."""

REVIEW = "python -m rfe_labour.checks.claims review"
RECORD = "python -m rfe_labour.data record"
"""What to run after a look at claims that have changed."""

Results = Mapping[str, int | float | str]
"""Values by result key."""


class ClaimsChanged(ValueError):
    """A claim no longer has the value or the status that was reviewed."""


def audit(ledger: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Compare every claim with the value that its key has now.

    Parameters
    ----------
    ledger : pandas.DataFrame, shape (claims, 16)
        As ``rfe_labour.data.load("claims")`` gives it.
    results : mapping of str to int, float or str
        Values by result key, as `results` returns them; an interval is two keys,
        ``<key>_lower`` and ``<key>_upper``, or one of them if the other end is open.

    Returns
    -------
    pandas.DataFrame, shape (claims, 22)
        The ledger, and: ``now_lower`` and ``now_upper`` (Float64, in the claim's
        unit, missing where the end is open or nothing is compared); ``now`` (the same
        as text, written like ``recomputed``); ``difference`` (Float64, see Notes);
        ``status_now``; and ``changed`` (bool: the value, to six significant digits, or
        the status is not as reviewed).

    Raises
    ------
    ValueError
        If a claim names a key without saying what is compared, or the reverse; a key
        has no number in `results`; or the claim has no interval to compare.

    Notes
    -----
    The status is that of `judge`. The difference is the gap between the nearest ends
    of the two intervals, with the sign of recomputed less stated, divided by the
    stated end: 0 where they have a value in common, missing where that end is 0.
    """
    judged = [_judged(row, results) for row in ledger.to_dict("records")]
    columns = pd.DataFrame(judged, index=ledger.index).astype(_JUDGED)
    return pd.concat([ledger, columns], axis="columns")


_JUDGED = {
    "now_lower": "Float64",
    "now_upper": "Float64",
    "now": "str",
    "difference": "Float64",
    "status_now": "str",
    "changed": "bool",
}


def _judged(row: Mapping[Any, Any], results: Results) -> dict[str, Any]:
    claim, key, compares = row["claim"], row["key"], row["compares"]
    if pd.isna(key) != pd.isna(compares):
        msg = f"{claim} must have both a key and what it compares, or neither."
        raise ValueError(msg)
    if pd.isna(key):
        judged = dict.fromkeys(_JUDGED) | {"status_now": "undeterminable"}
    else:
        stated = interval(row["lower"], row["upper"])
        if stated == interval(None, None):
            msg = f"{claim} names the key {key} but allows any value: give an end."
            raise ValueError(msg)
        now = _value(claim, key, results)
        judged = {
            "now_lower": now.lower if math.isfinite(now.lower) else None,
            "now_upper": now.upper if math.isfinite(now.upper) else None,
            "now": _text(now),
            "difference": difference(stated, now),
            "status_now": judge(stated, now, float(row["tolerance"]), compares),
        }
    as_reviewed = row["status"] == judged["status_now"]
    same = as_reviewed and _same_numbers(row["recomputed"], judged["now"])
    return judged | {"changed": not same}


def _value(claim: str, key: str, results: Results) -> Interval:
    names = [name for name in (key, f"{key}_lower", f"{key}_upper") if name in results]
    ends = {name: results[name] for name in names}
    if not names or any(isinstance(end, str) for end in ends.values()):
        msg = f"{claim} points at {key}, for which there is no number."
        raise ValueError(msg)
    if key in ends:
        return interval(ends[key], ends[key])
    return interval(ends.get(f"{key}_lower"), ends.get(f"{key}_upper"))


def interval(lower: Any, upper: Any) -> Interval:
    """Give the interval between two ends; one that is missing is open."""
    return Interval(
        -math.inf if pd.isna(lower) else float(lower),
        math.inf if pd.isna(upper) else float(upper),
    )


def judge(stated: Interval, now: Interval, tolerance: float, compares: str) -> str:
    """Say how a stated interval and a recomputed one agree.

    Parameters
    ----------
    stated : Interval
        What the words of the claim allow; an open end is infinite.
    now : Interval
        What was recomputed.
    tolerance : float
        Largest relative difference that counts as minor.
    compares : str
        ``recomputation`` or ``consistency``.

    Returns
    -------
    str
        One of `STATUSES`, by the first rule that applies:

        1. ``match``: two equal points; or the claim sets a limit (an end is open) and
           the whole recomputed interval keeps to it.
        2. ``rounding``: the two intervals have a value in common.
        3. ``internally inconsistent``: `compares` is ``consistency``.
        4. ``minor``: the `difference` is at most `tolerance`, either way.
        5. ``major``: all else, so also where there is no relative difference.

    Notes
    -----
    A discrepancy below 10% is minor and one from 10% major in Hardwicke et al.
    (2018), Royal Society Open Science 5: 180448, whence the usual tolerance.
    """
    if _holds(stated, now):
        return "match"
    gap = difference(stated, now)
    if gap == 0:
        return "rounding"
    if compares == "consistency":
        return "internally inconsistent"
    return "minor" if gap is not None and abs(gap) <= tolerance else "major"


def _holds(stated: Interval, now: Interval) -> bool:
    if stated.lower == stated.upper:
        ends = (now.lower, now.upper)
        return all(math.isclose(end, stated.lower, rel_tol=1e-9) for end in ends)
    limit = math.isinf(stated.lower) or math.isinf(stated.upper)
    return limit and stated.lower <= now.lower and now.upper <= stated.upper


def difference(stated: Interval, now: Interval) -> float | None:
    """Give the relative gap between the nearest ends of two intervals.

    (recomputed end - stated end) / abs(stated end); 0 where the intervals have a value
    in common; None where the stated end is 0.
    """
    if stated.overlaps(now):
        return 0.0
    above = now.lower > stated.upper
    nearest, end = (now.lower, stated.upper) if above else (now.upper, stated.lower)
    return (nearest - end) / abs(end) if end else None


def _text(value: Interval) -> str:
    """Write an interval: "5", "2 to 7", "5 or more", "7 or less"."""
    lower, upper = (f"{end:.6g}" for end in (value.lower, value.upper))
    if value.lower == value.upper:
        return lower
    if math.isinf(value.upper):
        return f"{lower} or more"
    return f"{upper} or less" if math.isinf(value.lower) else f"{lower} to {upper}"


def _same_numbers(before: Any, now: Any) -> bool:
    """Tell whether two texts agree to a unit of their sixth significant digit."""
    if pd.isna(before) or pd.isna(now):
        return bool(pd.isna(before) and pd.isna(now))
    number = re.compile(r"[-+.0-9e]*[0-9]")
    if number.sub("", before) != number.sub("", now):
        return False
    ends = zip(number.findall(before), number.findall(now), strict=True)
    return all(
        math.isclose(float(ours), float(theirs), rel_tol=1.1e-5)
        for ours, theirs in ends
    )


def check_reviewed(audited: pd.DataFrame) -> None:
    """Refuse claims whose value or status is not as last reviewed.

    Parameters
    ----------
    audited : pandas.DataFrame
        As `audit` returns it.

    Raises
    ------
    ClaimsChanged
        If any has changed. The message names each claim with its key, what was
        reviewed and what is found now, and says what to do.
    """
    lines = describe_changes(audited)
    if lines:
        msg = (
            f"{len(lines)} of {len(audited)} claims are not as reviewed:\n"
            + "\n".join(lines)
            + f"\nIf this is right, review each remark, then run `{REVIEW}` and "
            f"`{RECORD}`."
        )
        raise ClaimsChanged(msg)


def describe_changes(audited: pd.DataFrame) -> list[str]:
    """Write one line for each claim that is not as reviewed: before → now."""
    changed = audited[audited["changed"]]
    return [
        f"- {row['claim']} ({'no key' if pd.isna(row['key']) else row['key']}): "
        f"{_verdict(row['recomputed'], row['status'])} → "
        f"{_verdict(row['now'], row['status_now'])}"
        for row in changed.to_dict("records")
    ]


def _verdict(value: Any, status: str) -> str:
    return status if pd.isna(value) else f"{value}, {status}"
