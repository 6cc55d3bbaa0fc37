"""The book's part of the reproduction report: which tables and claims hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rfe_labour import article, data
from rfe_labour.checks import claims
from rfe_labour.shown import claims as ledger
from rfe_labour.shown.markdown import (
    listed,
    proportion,
    signed,
    signed_span,
    write_table,
)

LEDGER = "book/checks/claims.html"
_ARTICLE = (
    "L. V. Zabrovskaya’s “Economic Contacts between the DPRK and the Russian Far East: "
    "1992–2005”"
)


def words(results: Mapping[str, Any]) -> str:
    """Say in Markdown what an editor should know of the article and of this book.

    Parameters
    ----------
    results : mapping of str to bool, int, float, str or None
        Every result of the book by its key.
    """
    audited = claims.audit(data.load("claims"), results)
    return "\n\n".join(
        [
            _in_short(results),
            *_tables(results),
            *_claims(results, repr(ledger.meanings(audited))),
            "Here are the claims that were decided. “Recomputed” is what the other "
            "figures, or the other passage, give; the remark says how we read the "
            "words.",
            _linked(repr(ledger.outcomes(audited, results))),
            *_robustness(results),
            *_terms(results),
        ]
    )


def _in_short(results: Mapping[str, Any]) -> str:
    """Say of each part of the article what it came out as, before anything else."""
    # Table 2 is lost in our scan, whatever the others come out as.
    rebuilt: list[int] = []
    lost, too_old = [2], []
    for table, facts in article.REGIONAL_TABLES.items():
        (rebuilt if _is_rebuilt(table, results) else lost).append(facts.number)
        if results[f"sources.{table}.cells_beyond_sources"]:
            too_old.append(facts.number)
    if results["sources.table2.cells_beyond_sources"]:
        too_old.append(2)
    exceeded, years = results["totals.years_exceeded"], results["totals.years"]
    count = {
        key: results[f"claims.{key}"]
        for key in (
            *("total", "figures.tests", "figures.agree", "figures.differ"),
            *("consistency.checks", "consistency.hold", "consistency.fail"),
        )
    }
    left = count["total"] - count["figures.tests"] - count["consistency.checks"]
    clear = " and ".join(_with_clear_trend(results))
    items = [
        f"**Can be rebuilt, which proves little:** {_named(rebuilt)}",
        f"**Cannot be rebuilt:** {_named(lost)}; of Table 2 our scan left only bounds",
        f"**Later than the sources cited:** numbers of {_named(too_old)}",
        "**Totals in the text:** exceeded by the three regions in "
        f"{exceeded or 'none'} of {years} years",
        f"**Claims tested against other figures:** {count['figures.agree']} agree, "
        f"{count['figures.differ']} differ",
        f"**Claims checked against the same text:** {count['consistency.fail']} "
        f"contradict it, {count['consistency.hold']} do not",
        f"**Claims that could not be decided:** {left} of {count['total']}",
        f"**Clear trend in the number of workers:** {clear or 'in no region'}",
    ]
    return f"What came out for the article, {_ARTICLE}:\n\n" + "\n".join(
        f"- {item}" for item in items
    )


def _is_rebuilt(table: str, results: Mapping[str, Any]) -> bool:
    """Tell whether every cell of a regional table can be rebuilt."""
    same = results[f"tables.{table}.cells_reproduced"]
    return bool(same == results[f"tables.{table}.cells"])


def _named(tables: Iterable[int]) -> str:
    """Name tables of the article by their numbers."""
    numbers = [str(number) for number in sorted(tables)]
    return (
        f"Table{'s' * (len(numbers) > 1)} {listed(numbers, '')}" if numbers else "none"
    )


def _with_clear_trend(results: Mapping[str, Any]) -> list[str]:
    """Name the regions whose calibrated interval of growth leaves out 0."""
    return [
        facts.region_name
        for facts in article.REGIONAL_TABLES.values()
        if not results[f"trends.{facts.region}.log_ols.ar1_percent_lower"]
        <= 0
        <= results[f"trends.{facts.region}.log_ols.ar1_percent_upper"]
    ]


def _tables(results: Mapping[str, Any]) -> list[str]:
    """Say which tables of the article hold."""
    rows, rebuilt, covered = [], True, False
    for table, facts in article.REGIONAL_TABLES.items():
        cells, same = (
            results[f"tables.{table}.{key}"] for key in ("cells", "cells_reproduced")
        )
        later = results[f"sources.{table}.cells_beyond_sources"]
        rebuilt &= _is_rebuilt(table, results)
        covered |= later == 0
        rows.append(
            [
                f"Table {facts.number}, {facts.region_name}",
                f"{same} of {cells} cells can be rebuilt",
                f"{later} of {cells} cells are for years after the newest source",
                "fifth",
            ]
        )
    second = {
        key: results[f"sources.table2.{key}"]
        for key in ("cells", "cells_beyond_sources", "cells_beyond_at_most")
    }
    rows.insert(
        1,
        [
            "Table 2, joint ventures",
            "columns lost in our scan; bounds only",
            "{cells_beyond_sources} to {cells_beyond_at_most} of {cells} numbers are "
            "for years after the newest source".format(**second),
            "third",
        ],
    )
    exceeded, years = results["totals.years_exceeded"], results["totals.years"]
    rows.append(
        [
            "totals in the text",
            f"the three regions exceed it in {exceeded or 'none'} of {years} years",
            "no source is named",
            "fifth",
        ]
    )
    head = ["part of the article", "numbers", "sources it cites", "ACRe level"]
    ways = results["joint_ventures.order.placements"]
    passed, checks = results["data.checks_passed"], results["data.checks"]
    return [
        "## Which tables of the article hold?",
        "The article came with neither data nor code. All that is said here was "
        "computed from its printed page.",
        repr(write_table(head, rows, "llll")),
        _LEVELS,
        _REBUILT if rebuilt else _NOT_REBUILT,
        (_SOME_COVERED if covered else _NONE_COVERED)
        + "The author may have had later figures that her lists do not name.",
        "**Table 2 allows only bounds.** If the order within its rows is kept, its "
        f"surviving numbers can be put back in {ways:,} ways.",
        "**The transcription is intact.** There is one check for each file and one for "
        f"each total that was typed from the page by hand. All {checks} passed."
        if passed == checks
        else f"**The transcription is damaged:** {passed} of {checks} checks passed.",
    ]


_LEVELS = (
    "The levels of reproducibility are those of ACRe, the guide of the Berkeley "
    "Initiative for Transparency in the Social Sciences. They run from the first "
    "(neither data nor code) to the tenth (everything from the raw records). The table "
    "has the level that this book makes possible. As published, every part was on the "
    "first."
)
_REBUILT = (
    "**The regional tables can be rebuilt, which proves little.** For every printed "
    "share there is a whole number of foreign workers that gives it. But that number "
    "comes from the share itself, so the check could not fail."
)
_NOT_REBUILT = (
    "**A regional table cannot be rebuilt.** For a printed share there is no whole "
    "number of foreign workers that gives it."
)
_NONE_COVERED = (
    "**The cited sources are too old.** No regional table can come from the cited "
    "sources alone. "
)
_SOME_COVERED = (
    "**Some cited sources are too old.** Not every regional table can come from the "
    "cited sources alone. "
)


def _claims(results: Mapping[str, Any], meanings: str) -> list[str]:
    """Say which claims hold."""
    count = {
        key: results[f"claims.{key}"]
        for key in (
            *("total", "cannot_be_tested", "figures.tests", "figures.agree"),
            *(
                "figures.differ",
                "consistency.checks",
                "consistency.fail",
                "consistency.hold",
            ),
        )
    }
    return [
        "## Which claims hold?",
        f"The [ledger of claims]({LEDGER}) lists {count['total']} claims of the "
        "article and of a later piece by R. Weitz. For "
        f"{count['cannot_be_tested']} of them the texts give nothing to compare them "
        "with, which does not count against them. Another "
        f"{count['figures.tests']} could be tested against other figures: "
        f"{count['figures.agree']} agree and {count['figures.differ']} differ. Of the "
        f"{count['consistency.checks']} that could be checked against a second "
        f"passage of the same text, {count['consistency.fail']} contradict it and "
        f"{count['consistency.hold']} do not. Neither these "
        f"{count['consistency.hold']} nor the claims that are left, which the table "
        "counts, are evidence either way. A difference is a finding about two numbers, "
        "not about an author.",
        meanings,
    ]


def _linked(markdown: str) -> str:
    """Let links to claims lead to the ledger; a number's place is found from there."""
    markdown = re.sub(r"\[([^][]*)\]\(#result\.[^)]*\)", r"\1", markdown)
    return markdown.replace("(#", f"({LEDGER}#")


def _robustness(results: Mapping[str, Any]) -> list[str]:
    """Say how far the growth of the workers depends on the choices of the analyst."""
    rows, clear = [], _with_clear_trend(results)
    for facts in article.REGIONAL_TABLES.values():
        fitted = f"trends.{facts.region}.log_ols"
        lower, upper = (
            results[f"{fitted}.ar1_percent_{end}"] for end in ("lower", "upper")
        )
        rising = results[f"multiverse.{facts.region}.workers.rising_by_window"]
        rows.append(
            [
                facts.region_name,
                signed(results[f"{fitted}.percent"]),
                signed_span(lower, upper),
                proportion(rising),
                "yes" if facts.region_name in clear else "no",
            ]
        )
    level = proportion(results["trends.primorye.level"])
    interval = f"{level} interval"
    head = ["region", "growth, % a year", interval, "periods with a rise"]
    verdict = (
        f"The number of workers has a clear trend in {' and '.join(clear)}."
        if clear
        else "No region shows a clear trend in the number of workers."
    )
    return [
        "## How robust is it?",
        f"**{verdict}** The article fits no model. We fitted a constant growth rate to "
        "each region, with an interval that allows for the likeness of neighbouring "
        f"years, and then {results['multiverse.specifications']:,} combinations of "
        "years, estimators and readings of the rounding. They all use the same few "
        "years, so that many of them are no more evidence than one. The last but one "
        "column gives the share of the periods in which the number rises. It can be "
        "near 100% without a clear trend, because the periods overlap.",
        repr(write_table([*head, "clear?"], rows, "lrrrl")),
    ]


def _terms(results: Mapping[str, Any]) -> list[str]:
    """Say in the Institute for Replication's terms what was done and what was there."""
    compared = results["two_authors.external.compared"]
    kinds = [
        [
            "computational reproducibility",
            "not possible for the article, which came with neither data nor code; of "
            "the book, see the top of this page",
        ],
        ["recreation", "done: all that follows from the printed page, with new code"],
        ["robustness", "done: other years, estimators and readings of the rounding"],
        [
            "direct or conceptual replication",
            f"not done: {compared} figures of others stand beside the article, but no "
            "new series was collected",
        ],
    ]
    items = [
        ["raw data", "no", "no: the yearbooks and records were not at hand"],
        ["analysis data", "no: printed tables only", "fully: the transcription"],
        ["analysis code", "no", "fully"],
        ["reproducible from raw data", "no", "no"],
        ["reproducible from analysis data", "no", "see the top of this page"],
    ]
    return [
        "## In the terms of the Institute for Replication",
        repr(write_table(["kind of check", "for this article"], kinds, "ll")),
        repr(write_table(["item", "the article", "this book"], items, "lll")),
    ]
