"""The audit of the ledger: how each claim agrees, and what is not as reviewed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rfe_labour.rounding import Interval

STATUSES = (
    "tested and agrees",
    "agrees by construction",
    "compatible within wide bounds",
    "differs",
    "contradicts itself",
    "other date or coverage",
    "cannot be tested",
)
"""Every status that a claim can have."""

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
    ledger : pandas.DataFrame, shape (claims, 15)
        As ``rfe_labour.data.load("claims")`` gives it.
    results : mapping of str to int, float or str
        Values by result key, as `results` returns them; an interval is two keys,
        ``<key>_lower`` and ``<key>_upper``, or one of them if the other end is open.

    Returns
    -------
    pandas.DataFrame, shape (claims, 21)
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
        judged = dict.fromkeys(_JUDGED) | {"status_now": "cannot be tested"}
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
            "status_now": judge(stated, now, compares),
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


def judge(stated: Interval, now: Interval, compares: str) -> str:
    """Say how a stated interval and a recomputed one agree, and what that tells.

    Parameters
    ----------
    stated : Interval
        What the words of the claim allow; an open end is infinite.
    now : Interval
        What the other figures leave possible.
    compares : str
        What the claim is compared with: ``figures``, ``own words``, ``itself`` or
        ``elsewhere``, as the column of the ledger has it.

    Returns
    -------
    str
        One of `STATUSES`, by the first rule that applies:

        1. ``other date or coverage``: `compares` is ``elsewhere``, whatever the gap.
        2. ``contradicts itself``: the two have no value in common, and `compares` is
           ``own words``.
        3. ``differs``: they have none in common.
        4. ``agrees by construction``: `compares` is ``itself``; or it is ``own words``
           and the claim allows all that is recomputed.
        5. ``tested and agrees``: the claim allows all that is recomputed.
        6. ``compatible within wide bounds``: it allows a part of that only.
    """
    if compares == "elsewhere":
        return "other date or coverage"
    if difference(stated, now) != 0:
        return "contradicts itself" if compares == "own words" else "differs"
    if compares == "itself":
        return "agrees by construction"
    if not _allows(stated, now):
        return "compatible within wide bounds"
    again = compares == "own words"
    return "agrees by construction" if again else "tested and agrees"


def _allows(stated: Interval, now: Interval) -> bool:
    above = stated.lower <= now.lower or math.isclose(stated.lower, now.lower)
    below = now.upper <= stated.upper or math.isclose(now.upper, stated.upper)
    return above and below


def difference(stated: Interval, now: Interval) -> float | None:
    """Give the relative gap between the nearest ends of two intervals.

    (recomputed end - stated end) / abs(stated end); 0 where the intervals have a value
    in common, or ends that are the same but for floating-point error; None where the
    stated end is 0.
    """
    ends = ((stated.upper, now.lower), (now.upper, stated.lower))
    if stated.overlaps(now) or any(math.isclose(*pair) for pair in ends):
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
