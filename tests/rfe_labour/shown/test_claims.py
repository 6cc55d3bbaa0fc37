"""What the ledger shows of a claim, and where its links lead."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest

from rfe_labour import data
from rfe_labour.checks import claims
from rfe_labour.shown import claims as shown
from tests.rfe_labour.shown.reading import rows


def _audited(results: dict[str, Any] | None = None, **cells: Any) -> pd.DataFrame:
    claim = {
        "claim": "one",
        "source": "weitz",
        "topic": "totals",
        "what": "There were about 5,000.",
        "locator": "Paragraph 1",
        "stated": "some 5,000",
        "unit": "persons",
        "lower": 4500.0,
        "upper": 5500.0,
        "compares": "figures",
        "key": "t.x",
        "recomputed": None,
        "status": "differs",
        "remark": None,
    } | cells
    frame = pd.DataFrame([claim])
    return claims.audit(frame, results or RESULTS)


RESULTS = {"t.x": 11000, "t.y_lower": 52.676, "t.y_upper": 97.6, "t.year": 1967}


def test_a_claim_is_a_target_and_its_value_leads_to_the_cell_that_computed_it() -> None:
    (row,) = rows(shown.ledger_table(_audited(), RESULTS))
    assert row == [
        "[differs]{.status .tests .adverse}",
        "[There were about 5,000.]{#claim-one} [Claim 1,]{.claim-number} "
        "[Weitz]{.author}. "
        "[*Paragraph 1.* Topic: [Totals and their growth]{.topic}. "
        "Compared with [other figures]{.compared}.]{.more}",
        "some 5,000 (persons)",
        "[11,000](#result.t.x) (persons)",
    ]


@pytest.mark.parametrize(
    ("unit", "month", "expected"),
    [
        ("month of 2002", 4, "[April 2002](#result.t.month)"),
        ("number of the table on that region", 4, "[the region of Table 4]"),
    ],
)
def test_a_number_that_stands_for_a_name_is_shown_as_the_name(
    unit: str, month: int, expected: str
) -> None:
    results = RESULTS | {"t.month": month}
    audited = _audited(key="t.month", unit=unit, results=results)
    (row,) = rows(shown.ledger_table(audited, results))
    assert row[3].startswith(expected)
    assert unit not in row[3]


def test_a_span_of_years_has_a_dash_and_is_not_counted_in_a_unit() -> None:
    audited = _audited(stated="1992-2005", unit="years")
    (row,) = rows(shown.ledger_table(audited, RESULTS))
    assert row[2] == "1992–2005"


def test_no_name_of_a_claim_reaches_a_reader() -> None:
    ledger, results = data.load("claims"), claims.results()
    audited = claims.audit(ledger, results)
    for table in (
        shown.ledger_table(audited, results),
        shown.outcomes(audited, results),
    ):
        targets = r"\(#[^)]*\)|\{#[^}]*\}"
        assert not re.findall(r"\w+_\w+", re.sub(targets, "", table.text))


def test_words_without_a_figure_have_no_unit() -> None:
    (row,) = rows(shown.ledger_table(_audited(stated="each year"), RESULTS))
    assert row[2] == "each year"


def test_a_test_against_bounds_is_not_one_that_could_have_failed() -> None:
    bounds = _audited(key="t.y", lower=60.0, upper=70.0)
    assert bounds["status_now"].tolist() == ["compatible within wide bounds"]
    assert shown.could_fail(bounds).tolist() == [False]
    assert shown.could_fail(_audited()).tolist() == [True]


def test_an_interval_leads_to_its_lower_end_and_is_shown_to_three_digits() -> None:
    (row,) = rows(shown.ledger_table(_audited(key="t.y"), RESULTS))
    assert row[3] == "[52.7 to 97.6](#result.t.y_lower) (persons)"


def test_a_stated_total_leads_to_its_printed_cell() -> None:
    audited = _audited(claim="stated_total_1998", stated="11,862")
    (row,) = rows(shown.ledger_table(audited, RESULTS))
    assert row[2] == "[11,862](#printed-stated_totals-1998) (persons)"


def test_a_claim_that_a_remark_names_is_a_link_with_its_number() -> None:
    other = _audited(claim="wage_1984", remark="See wage_1984, not wage_1985.")
    (row,) = rows(shown.ledger_table(other, RESULTS))
    assert "See [claim 1](#claim-wage_1984), not wage_1985." in row[1]


def test_a_claim_that_differs_is_told_with_both_values_and_the_remark() -> None:
    text = shown.outcomes(_audited(remark="A slip, perhaps."), RESULTS).text
    heading, item = text.split("\n\n")
    assert heading == "**Claims that differ from other figures (1)**"
    assert item == (
        "- [There were about 5,000.](#claim-one) *Weitz, Paragraph 1:* “some 5,000”. "
        "Recomputed: [11,000](#result.t.x) (persons). A slip, perhaps."
    )


def test_each_verdict_is_a_target_with_its_meaning_and_number_of_claims() -> None:
    table = rows(shown.meanings(_audited()))
    assert [row[0] for row in table] == [
        f"[{status}]{{#status-{status.replace(' ', '-')}}}"
        for status in claims.STATUSES
    ]
    assert {row[0]: row[1] for row in table if row[1] != "0"} == {
        "[differs]{#status-differs}": "1"
    }


def test_intervals_are_written_alike_in_frames_and_in_the_ledger() -> None:
    audited = _audited(key="t.y", lower=None)
    assert shown.amounts(audited).tolist() == ["5,500 or less"]
    assert shown.amounts(audited, "now_").tolist() == ["52.7 to 97.6"]
