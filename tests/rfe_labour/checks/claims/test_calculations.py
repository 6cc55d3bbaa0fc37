"""What the figures give for each claim, by hand from the printed page."""

import re
from pathlib import Path

import pandas as pd
import pytest

from rfe_labour import data
from rfe_labour.checks import claims

# Each by hand from the printed page: the figures of the passage, and the sum or ratio.
BY_HAND = {
    "trends.together.declines": 5,
    "totals.2003.residual": 11_290 - (2_020 + 1_982 + 3_269),
    "tables.table4.workers_last": 3_423,
    "tables.table1.cells_reproduced": 28,
    "sources.table1.cells_beyond_sources": 2 * len(range(2000, 2006)),
    "sources.table3.cells_beyond_sources": 2 * len(range(2003, 2006)),
    "sources.table4.cells_beyond_sources": 2 * len(range(2004, 2006)),
    "claims.table2_period_lower": 13,
    "claims.table2_sources": len(["2000", "2001", "2002", "2003", "2004"]),
    "claims.savings_three_years_lower": 50 * 36,
    "claims.savings_three_years_upper": 150 * 36,
    "claims.savings_against_cost_lower": 50 / (500 / 6),
    "claims.title_period": 2005 - 1991,
    "claims.sources_local": len(["1995", "2000", "1999", "2001", "2003"]),
    "claims.labour_contacts_grew_lower": 13_806 - 13_294,
    "claims.labour_contacts_grew_upper": 13_806 - 9_983,
    "claims.ties_on_the_mend_lower": 11_164 - 13_219,
    "claims.ties_on_the_mend_upper": (2_089 + 1_735 + 3_450) - (1_369 + 1_363 + 2_698),
    "claims.russia_first_lower": 9_983 / (2_000 + 55),
    "claims.russia_first_upper": 13_806 / (2_000 + 45),
    "claims.rason_went_further_upper": 201.85 / 72,
    "claims.logging_good_pay_lower": 170 / 130,
    "claims.drug_trade_later": 4,  # the newspaper is of April 2002
    "claims.sardines_ahead": 11,  # the page is of November 2001
    "claims.khabarovsk_only_logging": len(["logging", "roads", "parks"]),
    "claims.thousands_employed_lower": 1_000,
    "claims.reference_places": len(["Table 1"]),
    "claims.reference_growth": len(["Table 1", "Table 3", "Table 4"]),
    "claims.wage_logging_dollars_lower": 170,
    "claims.wage_logging_dollars_upper": 6_000 * 170 / 5_000,
    "claims.khabarovsk_better_paid_lower": 170 / 130,
    "claims.khabarovsk_better_paid_upper": 350 / 120,
    "claims.khabarovsk_area_2003": 1_982,
    "claims.loggers_end_1990s_lower": 3_500,
    "claims.loggers_end_1990s_upper": 4_500 + 2_020 + 1_670,
    "claims.consulate_year_lower": 0,
    "claims.consulate_year_upper": 2_373 * 300 * 12 / 1e6,
    "claims.remittance_month_lower": 1.5e6 / 12 / 2_373,
    "claims.remittance_month_upper": 2.5e6 / 12 / 2_134,
    "claims.earnings_above_remittance_lower": 120,
    "claims.earnings_above_remittance_upper": 350,
    "claims.permits_refused_lower": 11_164 - 12_500,
    # Tables 1, 3 and 4 together, 2004 and 2005; the totals rose by 2,004 at most.
    "claims.permits_refused_upper": (5_693 + 2_010 + 3_423) - (3_126 + 1_723 + 3_520),
    "claims.stated_total_1998_lower": 2_134 + 1_065 + 1_400 + 150,
    "claims.sakhalin_yearly_upper": 13_806 - (5_693 + 2_010 + 3_423),
    "claims.workers_vladivostok_lower": 5_693 / 2,
    "claims.workers_vladivostok_upper": 5_693,
    "claims.period_ten_years_lower": 2005 - 1992,
    "claims.period_ten_years_upper": len(range(1992, 2006)),
    "claims.second_period_start": 1967,
    "claims.summits_three": 3,
    "claims.bridge_korean_longer_lower": (850 - 90) / 90,
    "claims.bridge_korean_longer_upper": (950 - 90) / 90,
    "claims.only_company_lower": 2,
    "claims.only_company_upper": 7,
    "claims.joint_ventures_very_few_lower": 0.35,
    "claims.joint_ventures_very_few_upper": 11.5,
    "claims.table4_note": 4,
}


@pytest.mark.parametrize("key", BY_HAND)
def test_a_value_is_what_the_printed_figures_give_by_hand(
    key: str, now: dict[str, int | float | str]
) -> None:
    assert now[key] == pytest.approx(BY_HAND[key], rel=1e-12)


def test_only_what_the_ledger_points_at_is_recomputed(
    ledger: pd.DataFrame, now: dict[str, int | float | str]
) -> None:
    base = {re.sub("_(lower|upper)$", "", key) for key in now} | set(now)
    assert set(ledger["key"].dropna()) <= base
    assert all(isinstance(value, int | float) for value in now.values())
    assert "claims.stated_total_1998_upper" not in now
    own = ledger["key"].dropna().str.removeprefix("claims.")
    assert set(own[own.isin(ledger["claim"])]) == set(claims.calculations())


def test_a_key_that_nothing_computes_is_refused(copy: Path) -> None:
    path = copy / "claims.csv"
    text = path.read_text("utf-8").replace("trends.together.declines", "nowhere.falls")
    path.write_text(text, "utf-8", newline="")
    data.record(copy)
    with pytest.raises(ValueError, match='No chapter computes "nowhere"'):
        claims.results(copy)
