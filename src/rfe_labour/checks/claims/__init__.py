"""The ledger of claims: what both texts state, beside what their figures give.

``data/claims.csv`` holds one row per figure or checkable statement. A row that names
a result key is recomputed here and compared with the interval that its words allow;
`check_reviewed` refuses a value or a status that is not as last reviewed.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rfe_labour import data, rounding, tables
from rfe_labour.article import REGIONAL_TABLES, STATED_YEARS
from rfe_labour.checks import totals
from rfe_labour.rounding import Interval
from rfe_labour.tables import changes, joint_ventures

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

END_OF_1990S = (1998, 1999)
"""The years read as "the end of the 1990s", here and in ``text_figures.csv``."""

_REVIEW = "python -m rfe_labour.checks.claims review"
_RECORD = "python -m rfe_labour.data record"
_SHARE_OF_MOST = Interval(0.5, 1)
"""What "most" allows, as a fraction."""

Results = Mapping[str, int | float | str]


class ClaimsChanged(ValueError):
    """A claim no longer has the value or the status that was reviewed."""


# What is recomputed -------------------------------------------------------------------


def results(directory: Path | None = None) -> dict[str, int | float | str]:
    """Recompute every value that a claim is compared with.

    Parameters
    ----------
    directory : pathlib.Path or None
        Folder of the transcription, as for `rfe_labour.data.load`.

    Returns
    -------
    dict of str to int, float or str
        By result key, and only for the keys of the ledger. The value of a chapter is
        computed by the functions that the chapter calls. An interval is two keys,
        ``<key>_lower`` and ``<key>_upper``; an open end has none.

    Raises
    ------
    ValueError
        If a key of the ledger is one that nothing computes.
    """
    ledger = data.load("claims", directory)
    keys = ledger["key"].dropna().tolist()
    figures = _figures(ledger, directory)
    found: dict[str, int | float | str] = {}
    for chapter in dict.fromkeys(str(key).split(".")[0] for key in keys):
        if chapter not in _CHAPTERS:
            msg = (
                f'No chapter computes "{chapter}" for the claims; there are '
                f"{', '.join(_CHAPTERS)}."
            )
            raise ValueError(msg)
        computed = _CHAPTERS[chapter](figures, keys)
        found |= {f"{chapter}.{name}": value for name, value in computed.items()}
    names = {name for key in keys for name in (key, f"{key}_lower", f"{key}_upper")}
    return {name: value for name, value in found.items() if name in names}


@dataclass(frozen=True)
class Figures:
    """What the ledger's own calculations start from.

    Attributes
    ----------
    stated : mapping of str to Interval
        The interval that each claim allows; an open end is infinite.
    cells : mapping of str to pandas.DataFrame
        The printed cells of each regional table.
    regional : mapping of str to pandas.DataFrame
        For each region, its table as `rfe_labour.tables.regional_table` returns it.
    comparison : pandas.DataFrame
        Stated totals against regional sums, as `rfe_labour.checks.totals.compare`
        returns it.
    text_figures, tokens, sources : pandas.DataFrame
        The resources ``text_figures``, ``table2_tokens`` and ``sources``.
    """

    stated: Mapping[str, Interval]
    cells: Mapping[str, pd.DataFrame]
    regional: Mapping[str, pd.DataFrame]
    comparison: pd.DataFrame
    text_figures: pd.DataFrame
    tokens: pd.DataFrame
    sources: pd.DataFrame

    def workers(self, region: str, years: Iterable[int]) -> list[int]:
        """Give the workers of a region in some years, in persons."""
        by_year: list[int] = self.regional[region]["workers"].loc[[*years]].tolist()
        return by_year


def _figures(ledger: pd.DataFrame, directory: Path | None) -> Figures:
    cells = {table: data.load(table, directory) for table in REGIONAL_TABLES}
    regional = {
        about.region: tables.regional_table(cells[table])
        for table, about in REGIONAL_TABLES.items()
    }
    return Figures(
        stated={
            str(row["claim"]): _interval(row["lower"], row["upper"])
            for row in ledger.to_dict("records")
        },
        cells=cells,
        regional=regional,
        comparison=totals.compare(data.load("stated_totals", directory), regional),
        text_figures=data.load("text_figures", directory),
        tokens=data.load("table2_tokens", directory),
        sources=data.load("sources", directory),
    )


def _interval(lower: Any, upper: Any) -> Interval:
    return Interval(
        -math.inf if pd.isna(lower) else float(lower),
        math.inf if pd.isna(upper) else float(upper),
    )


# The chapters' results, by the functions that the chapters call -----------------------


def _tables_results(figures: Figures, _: Sequence[str]) -> dict[str, Any]:
    found = {}
    for table, about in REGIONAL_TABLES.items():
        numbers = figures.regional[about.region]
        agreement = tables.agreement(figures.cells[table], tables.rebuild(numbers))
        for name, value in tables.summary(numbers, agreement).items():
            found[f"{table}.{name}"] = value
    return found


def _totals_results(figures: Figures, _: Sequence[str]) -> dict[str, Any]:
    gaps = totals.fill(figures.comparison, figures.text_figures)
    return totals.summary(figures.comparison, gaps)


def _trends_results(figures: Figures, _: Sequence[str]) -> dict[str, Any]:
    return dict(changes.regional_sum_results(changes.regional_sum(figures.regional)))


def _sources_results(figures: Figures, _: Sequence[str]) -> dict[str, Any]:
    found = {}
    for table, cells in figures.cells.items():
        beyond = tables.cells_beyond_sources(table, cells, figures.sources)
        found[f"{table}.cells"] = len(cells)
        found[f"{table}.cells_beyond_sources"] = len(beyond)
    return found


def _claims_results(figures: Figures, keys: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, calculate in CALCULATIONS.items():
        if f"claims.{name}" not in keys:
            continue
        value = calculate(figures)
        ends = {f"{name}_lower": value.lower, f"{name}_upper": value.upper}
        point = value.lower == value.upper
        found |= {name: value.lower} if point else ends
    return {name: value for name, value in found.items() if math.isfinite(value)}


_CHAPTERS: Mapping[str, Callable[[Figures, Sequence[str]], dict[str, Any]]] = {
    "tables": _tables_results,
    "totals": _totals_results,
    "trends": _trends_results,
    "sources": _sources_results,
    "claims": _claims_results,
}


# The ledger's own arithmetic ----------------------------------------------------------


Calculation = Callable[[Figures], Interval]


def _as_stated(claim: str) -> Calculation:
    """Compare with what another passage states."""
    return lambda figures: figures.stated[claim]


def _year_after(claim: str) -> Calculation:
    return lambda figures: _plus(figures.stated[claim], _point(1))


def _table_number(table: str) -> Calculation:
    return lambda _: _point(REGIONAL_TABLES[table].number)


def _printed_years(table: str) -> Calculation:
    return lambda figures: _point(figures.cells[table]["year"].nunique())


def _third_period(figures: Figures) -> Interval:
    """From the start of the third wave to the tables' last year, as steps or years."""
    start = figures.stated["wave_3_start"].lower
    last = max(about.last_year for about in REGIONAL_TABLES.values())
    return Interval(last - start, last - start + 1)


def _waves(figures: Figures) -> Interval:
    return _point(sum(f"wave_{n}_start" in figures.stated for n in range(1, 10)))


def _summits(figures: Figures) -> Interval:
    visits = ("visit_putin_2000", "visit_kim_2001", "visit_kim_2002")
    years = [figures.stated[visit] for visit in visits]
    return _point(sum(year.lower >= 2000 and year.upper <= 2002 for year in years))


def _loggers(figures: Figures) -> Interval:
    """Loggers outside the Far East, and from none to all of Khabarovsk and Amur."""
    both = [figures.workers(region, END_OF_1990S) for region in ("khabarovsk", "amur")]
    most = max(map(sum, zip(*both, strict=True)))
    return _plus(figures.stated["irkutsk_krasnoyarsk"], Interval(0, most))


def _consulate(figures: Figures) -> Interval:
    """Take half to all of 200 to 300 dollars from any number of Primorye's workers.

    In million dollars a year. The article says "over" these sums, which sets no upper
    end, so the printed sums are taken; the greater is printed for both regions.
    """
    payers = Interval(0, max(figures.workers("primorye", END_OF_1990S)))
    lowest, highest = (
        figures.stated[f"wage_side_jobs_{region}"].lower
        for region in ("primorye", "sakhalin")
    )
    a_month = _times(_SHARE_OF_MOST, Interval(lowest, highest))
    return _times(payers, a_month, _point(12 / 1e6))


def _consulate_per_worker(figures: Figures) -> Interval:
    """Share what the consulate gathers among Primorye, in dollars a month."""
    workers = figures.workers("primorye", END_OF_1990S)
    a_month = _times(figures.stated["consulate_year"], _point(1e6 / 12))
    return _over(a_month, Interval(min(workers), max(workers)))


def _increases_since_the_requests(figures: Figures) -> Interval:
    """Span the yearly changes of the stated totals since the first request."""
    first = int(figures.stated["visit_kim_2001"].lower)
    change = figures.comparison["stated_change"]
    later = change[change.index > first].dropna()
    return Interval(int(later.min()), int(later.max()))


def _savings(figures: Figures) -> Interval:
    """Save a hundred dollars, the middle of "around 100", each month of three years."""
    months = _times(figures.stated["contract_years"], _point(12))
    return _times(_point(figures.stated["savings_month"].centre), months)


def _savings_against_cost(figures: Figures) -> Interval:
    cost = _point(figures.stated["cost_of_living"].upper / 6)
    return _over(_point(figures.stated["savings_month"].centre), cost)


def _logging_pay_in_dollars(figures: Figures) -> Interval:
    """Convert the pay in rubles at the rate that the two lower ends imply."""
    rubles = figures.stated["wage_logging_rubles"]
    dollars = figures.stated["wage_logging_dollars"]
    return _times(rubles, _point(dollars.lower / rubles.lower))


def _khabarovsk_pay(figures: Figures) -> Interval:
    names = ("wage_logging_dollars", "wage_khabarovsk_official")
    return _hull(figures.stated[name] for name in names)


def _khabarovsk_against_primorye(figures: Figures) -> Interval:
    return _over(_khabarovsk_pay(figures), figures.stated["wage_construction"])


def _all_pay(figures: Figures) -> Interval:
    return _hull([_khabarovsk_pay(figures), figures.stated["wage_construction"]])


def _at_least_held(year: int) -> Calculation:
    """Add Sakhalin to the three regions: the Far East holds at least as many."""

    def held(figures: Figures) -> Interval:
        regions = figures.comparison["regional_sum"].to_dict()[year]
        return Interval(regions + figures.stated["sakhalin_yearly"].lower, math.inf)

    return held


def _at_most_residual(figures: Figures) -> Interval:
    return Interval(0, int(figures.comparison["residual"].min()))


def _at_most_area(figures: Figures) -> Interval:
    return Interval(0, figures.stated["khabarovsk_area_2003"].upper)


def _near_vladivostok(figures: Figures) -> Interval:
    """Most of the workers of Primorye in the last year of Table 1."""
    last = REGIONAL_TABLES["table1"].last_year
    return _times(_SHARE_OF_MOST, _point(*figures.workers("primorye", [last])))


def _korean_side(figures: Figures) -> Interval:
    """Measure the rest of the bridge in lengths of the Russian side."""
    russian = figures.stated["bridge_russian_side"]
    whole = figures.stated["bridge_length"]
    return _over(
        Interval(whole.lower - russian.upper, whole.upper - russian.lower), russian
    )


def _mending(figures: Figures) -> Interval:
    first, last = figures.stated["visit_putin_2000"], figures.stated["delegation_2002"]
    return Interval(last.lower - first.upper, last.upper - first.lower)


def _joint_venture_counts(figures: Figures) -> Interval:
    tokens = figures.tokens
    counts = tokens.loc[tokens["row"] == "count", "printed"].map(rounding.parse_number)
    return Interval(float(counts.min()), float(counts.max()))


def _joint_venture_shares(figures: Figures) -> Interval:
    shares = joint_ventures.survivors(figures.tokens).shares
    return _hull(rounding.interval(printed) for printed in shares)


def _table2_labels(figures: Figures) -> pd.DataFrame:
    return figures.tokens[figures.tokens["row"] == "year"]


def _table2_labels_beyond_sources(figures: Figures) -> Interval:
    labels = _table2_labels(figures)
    return _point(len(tables.cells_beyond_sources("table2", labels, figures.sources)))


def _point(value: float) -> Interval:
    return Interval(value, value)


def _plus(*terms: Interval) -> Interval:
    return Interval(
        sum(term.lower for term in terms), sum(term.upper for term in terms)
    )


def _times(*factors: Interval) -> Interval:
    """Multiply intervals of numbers that are not negative."""
    return Interval(
        math.prod(factor.lower for factor in factors),
        math.prod(factor.upper for factor in factors),
    )


def _over(dividend: Interval, divisor: Interval) -> Interval:
    """Divide intervals of positive numbers."""
    return dividend / divisor


def _hull(parts: Iterable[Interval]) -> Interval:
    """Span all parts by the smallest interval."""
    kept = list(parts)
    return Interval(min(part.lower for part in kept), max(part.upper for part in kept))


CALCULATIONS: Mapping[str, Calculation] = {
    # History
    "waves_count": _waves,
    "wave_2_end": _as_stated("wave_3_start"),
    "work_resumed_after_war": _as_stated("wave_1_end"),
    "second_period_start": _as_stated("wave_2_start"),
    "period_ten_years": _third_period,
    # Workers and totals
    "loggers_end_1990s": _loggers,
    "permits_refused": _increases_since_the_requests,
    **{
        f"stated_total_{year}": _at_least_held(year)
        for year in range(STATED_YEARS[0], STATED_YEARS[1] + 1)
    },
    "sakhalin_yearly": _at_most_residual,
    "candidate_conditions": _as_stated("conditions_1980s"),
    "khabarovsk_city_2003": _at_most_area,
    "khabarovsk_area_2003": lambda figures: _point(
        *figures.workers("khabarovsk", [2003])
    ),
    # Wages and money
    "wage_1984": lambda figures: _point(figures.stated["wage_1980s_rubles"].lower),
    "consulate_year": _consulate,
    "wage_logging_dollars": _logging_pay_in_dollars,
    "wage_khabarovsk_official": _as_stated("wage_logging_dollars"),
    "khabarovsk_better_paid": _khabarovsk_against_primorye,
    "savings_three_years": _savings,
    "savings_against_cost": _savings_against_cost,
    # Around the tables
    "reference_growth": lambda _: _point(len(REGIONAL_TABLES)),
    "reference_places": lambda _: _point(len(REGIONAL_TABLES)),
    "reference_wages": _table_number("table3"),
    **{f"{table}_note": _table_number(table) for table in REGIONAL_TABLES},
    **{f"{table}_period": _printed_years(table) for table in REGIONAL_TABLES},
    "table2_period": lambda figures: _point(len(_table2_labels(figures))),
    "table2_sources": _table2_labels_beyond_sources,
    # Visits and cooperation
    "visit_kim_2001": _year_after("visit_putin_2000"),
    "visit_kim_2002": _year_after("visit_kim_2001"),
    "putin_visit_again": _as_stated("visit_putin_2000"),
    "summits_three": _summits,
    "ties_on_the_mend": _mending,
    "exchanges_since_2001": _as_stated("visit_kim_2001"),
    "bridge_korean_longer": _korean_side,
    "other_fish_share": _as_stated("seaweed_share"),
    "only_company": _joint_venture_counts,
    "joint_ventures_very_few": _joint_venture_shares,
    # Weitz against Zabrovskaya
    "kim_visit_2001_weitz": _as_stated("visit_kim_2001"),
    "workers_vladivostok": _near_vladivostok,
    "remittance_month": _consulate_per_worker,
    "earnings_above_remittance": _all_pay,
    "camp_earnings": _khabarovsk_pay,
}
"""What the other figures give for a claim, under ``claims.<claim>``."""


# The audit ----------------------------------------------------------------------------


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
    judged = pd.DataFrame(
        [_judged(row, results) for row in ledger.to_dict("records")],
        index=ledger.index,
    ).astype(
        {
            "now_lower": "Float64",
            "now_upper": "Float64",
            "now": "str",
            "difference": "Float64",
            "status_now": "str",
        }
    )
    changed = [
        before != now or not _same_numbers(recomputed, text)
        for before, now, recomputed, text in zip(
            ledger["status"],
            judged["status_now"],
            ledger["recomputed"],
            judged["now"],
            strict=True,
        )
    ]
    return pd.concat([ledger, judged], axis="columns").assign(changed=changed)


def _judged(row: Mapping[Any, Any], results: Results) -> dict[str, Any]:
    claim, key, compares = row["claim"], row["key"], row["compares"]
    if pd.isna(key) != pd.isna(compares):
        msg = f"{claim} must have both a key and what it compares, or neither."
        raise ValueError(msg)
    if pd.isna(key):
        return {
            "now_lower": None,
            "now_upper": None,
            "now": None,
            "difference": None,
            "status_now": "undeterminable",
        }
    stated = _interval(row["lower"], row["upper"])
    if stated == _interval(None, None):
        msg = f"{claim} names the key {key} but allows any value: give an end."
        raise ValueError(msg)
    now = _value(claim, key, results)
    return {
        "now_lower": _finite(now.lower),
        "now_upper": _finite(now.upper),
        "now": _text(now),
        "difference": difference(stated, now),
        "status_now": judge(stated, now, float(row["tolerance"]), compares),
    }


def _value(claim: str, key: str, results: Results) -> Interval:
    ends = [results.get(name) for name in (key, f"{key}_lower", f"{key}_upper")]
    numbers = [end for end in ends if isinstance(end, int | float)]
    if not numbers or len(numbers) < len(ends) - ends.count(None):
        msg = f"{claim} points at {key}, for which there is no number."
        raise ValueError(msg)
    point, lower, upper = ends
    return _interval(lower, upper) if point is None else _interval(point, point)


def _finite(end: float) -> float | None:
    return end if math.isfinite(end) else None


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
        return all(
            math.isclose(end, stated.lower, rel_tol=1e-9)
            for end in (now.lower, now.upper)
        )
    limit = math.isinf(stated.lower) or math.isinf(stated.upper)
    return limit and stated.lower <= now.lower and now.upper <= stated.upper


def difference(stated: Interval, now: Interval) -> float | None:
    """Give the relative gap between the nearest ends of two intervals.

    Parameters
    ----------
    stated, now : Interval
        What the claim allows, and what was recomputed.

    Returns
    -------
    float or None
        (recomputed end - stated end) / abs(stated end); 0 where the intervals have a
        value in common; None where the stated end is 0.
    """
    if now.lower > stated.upper:
        ours, theirs = now.lower, stated.upper
    elif now.upper < stated.lower:
        ours, theirs = now.upper, stated.lower
    else:
        return 0.0
    return (ours - theirs) / abs(theirs) if theirs else None


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


def summary(audited: pd.DataFrame) -> dict[str, int]:
    """Count the claims by their status now.

    Parameters
    ----------
    audited : pandas.DataFrame
        As `audit` returns it.

    Returns
    -------
    dict of str to int
        ``total``; the number of claims of each of `STATUSES` (with an underscore for
        a space); how many are in each of `VERDICTS`; and the same for each source, as
        ``<source>.total`` and so on.
    """
    counts = _counts(audited)
    for source, own in audited.groupby("source", sort=False):
        counts |= {f"{source}.{name}": count for name, count in _counts(own).items()}
    return counts


def _counts(audited: pd.DataFrame) -> dict[str, int]:
    now = audited["status_now"]
    counts = {
        status.replace(" ", "_"): int((now == status).sum()) for status in STATUSES
    }
    verdicts = {
        name: int(now.isin(statuses).sum()) for name, statuses in VERDICTS.items()
    }
    return {"total": len(now)} | counts | verdicts


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
    lines = _changes(audited)
    if lines:
        msg = (
            f"{len(lines)} of {len(audited)} claims are not as reviewed:\n"
            + "\n".join(lines)
            + f"\nIf this is right, review each remark, then run `{_REVIEW}` and "
            f"`{_RECORD}`."
        )
        raise ClaimsChanged(msg)


def _changes(audited: pd.DataFrame) -> list[str]:
    changed = audited[audited["changed"]]
    return [
        f"- {row['claim']} ({'no key' if pd.isna(row['key']) else row['key']}): "
        f"{_verdict(row['recomputed'], row['status'])} → "
        f"{_verdict(row['now'], row['status_now'])}"
        for row in changed.to_dict("records")
    ]


def _verdict(value: Any, status: str) -> str:
    return status if pd.isna(value) else f"{value}, {status}"


# The commands -------------------------------------------------------------------------


def review(directory: Path | None = None) -> list[str]:
    """Write what is recomputed now into the ledger as reviewed.

    Only cells of the columns ``recomputed`` and ``status`` are written, and only those
    of claims that have changed. The file is replaced in one step, so that a killed
    process leaves the old or the new one.

    Parameters
    ----------
    directory : pathlib.Path or None
        Folder of the transcription, as for `rfe_labour.data.load`.

    Returns
    -------
    list of str
        One line for each claim that has changed. Nothing is written if there is none.

    Raises
    ------
    rfe_labour.data.DataError
        If the transcription is not as recorded.
    ValueError
        As `results` and `audit`.
    """
    folder = data.data_directory() if directory is None else Path(directory)
    audited = audit(data.load("claims", folder), results(folder))
    lines = _changes(audited)
    if lines:
        _write_reviewed(folder / "claims.csv", audited)
    return lines


def _write_reviewed(path: Path, audited: pd.DataFrame) -> None:
    header, *rows = csv.reader(io.StringIO(path.read_text("utf-8"), newline=""))
    recomputed, status = header.index("recomputed"), header.index("status")
    for row, now in zip(rows, audited.to_dict("records"), strict=True):
        if now["changed"]:
            row[recomputed] = "" if pd.isna(now["now"]) else now["now"]
            row[status] = now["status_now"]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text.getvalue(), encoding="utf-8", newline="")
    temporary.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m rfe_labour.checks.claims``.

    Parameters
    ----------
    arguments : sequence of str or None
        The command line without the program; None stands for the real one.

    Returns
    -------
    int
        Exit code: 0 if every claim is as reviewed, or was written as reviewed;
        otherwise 1.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command == "review":
            return _print_review(review(options.directory))
        audited = audit(
            data.load("claims", options.directory), results(options.directory)
        )
        check_reviewed(audited)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    counts = summary(audited)
    print(f"All {counts['total']} claims are as reviewed.")
    for status in STATUSES:
        print(f"{counts[status.replace(' ', '_')]:5} {status}")
    return 0


def _print_review(lines: Sequence[str]) -> int:
    if not lines:
        print("Every claim is as reviewed; nothing was written.")
        return 0
    print(f"{len(lines)} claims are now as reviewed:", *lines, sep="\n")
    print(f"Now run `{_RECORD}`, and read the remarks of these claims again.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rfe_labour.checks.claims",
        description="Compare the ledger data/claims.csv with what its keys give now.",
    )
    parser.add_argument(
        "command",
        choices=["check", "review"],
        help="check: fail if a value or a status is not as last reviewed, and name "
        "each. review: write the values and statuses of now into the columns "
        f"recomputed and status, and print them; then run `{_RECORD}`. After editing "
        f"the ledger by hand, run `{_RECORD}` before and after the review.",
    )
    parser.add_argument(
        "--directory",
        type=Path,
        help="folder with the transcription (default: the repository's data/, or what "
        f"{data.DIRECTORY_VARIABLE} names)",
    )
    return parser
