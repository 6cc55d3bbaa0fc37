"""What the ledger shows of a claim, and where its links lead."""

from __future__ import annotations

from typing import Any

import pandas as pd

from rfe_labour.checks import claims
from rfe_labour.shown import claims as shown
from tests.rfe_labour.shown.reading import rows


def _audited(**cells: Any) -> pd.DataFrame:
    claim = {
        "claim": "one",
        "source": "weitz",
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
    return claims.audit(frame, RESULTS)


RESULTS = {"t.x": 11000, "t.y_lower": 52.676, "t.y_upper": 97.6, "t.year": 1967}


def test_a_claim_is_a_target_and_its_value_leads_to_the_cell_that_computed_it() -> None:
    (row,) = rows(shown.ledger_table(_audited(), RESULTS))
    assert row[0] == "[There were about 5,000.]{#claim-one} *Weitz: Paragraph 1.*"
    assert row[1:4] == ["some 5,000 (persons)", "[11,000](#result.t.x)", "differs"]


def test_an_interval_leads_to_its_lower_end_and_is_shown_to_three_digits() -> None:
    (row,) = rows(shown.ledger_table(_audited(key="t.y"), RESULTS))
    assert row[2] == "[52.7 to 97.6](#result.t.y_lower)"


def test_a_stated_total_leads_to_its_printed_cell() -> None:
    audited = _audited(claim="stated_total_1998", stated="11,862")
    (row,) = rows(shown.ledger_table(audited, RESULTS))
    assert row[1] == "[11,862](#printed-stated_totals-1998) (persons)"


def test_a_claim_that_a_remark_names_is_a_link() -> None:
    other = _audited(claim="wage_1984", remark="See wage_1984, not wage_1985.")
    (row,) = rows(shown.ledger_table(other, RESULTS))
    assert row[4] == "See [wage_1984](#claim-wage_1984), not wage_1985."


def test_intervals_are_written_alike_in_frames_and_in_the_ledger() -> None:
    audited = _audited(key="t.y", lower=None)
    assert shown.amounts(audited).tolist() == ["5,500 or less"]
    assert shown.amounts(audited, "now_").tolist() == ["52.7 to 97.6"]
