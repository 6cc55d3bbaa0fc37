"""How a claim is judged, what is reviewed, and that the ledger itself is complete."""

import math
import re
from typing import Any

import pandas as pd
import pytest

from rfe_labour import rounding
from rfe_labour.checks import claims
from rfe_labour.checks.claims import (
    ClaimsChanged,
    audit,
    check_reviewed,
    judge,
)
from rfe_labour.rounding import Interval

FIG, OWN, ITSELF, ELSEWHERE = "figures", "own words", "itself", "elsewhere"
AGREES = "tested and agrees"
BUILT = "agrees by construction"
WIDE = "compatible within wide bounds"
OTHER = "other date or coverage"
OPEN = math.inf
ENDS = ("lower", "upper")


def row(claim: str, **cells: Any) -> dict[str, Any]:
    """Make a row of a ledger: an exact 100 against ``t.x``, reviewed as agreeing."""
    return {
        "claim": claim,
        "source": "zabrovskaya",
        "lower": 100.0,
        "upper": 100.0,
        "compares": FIG,
        "key": "t.x",
        "recomputed": "100",
        "status": AGREES,
    } | cells


def made(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(rows).astype(dict.fromkeys(ENDS, "Float64"))


# The rule -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "found", "compares", "status"),
    [
        # two points
        ((28, 28), (28, 28), FIG, AGREES),
        ((1.2, 1.2), (1.2 + 1e-12, 1.2 + 1e-12), FIG, AGREES),
        ((100, 100), (100.1, 100.1), FIG, "differs"),
        ((2001, 2001), (2002, 2002), FIG, "differs"),
        # a direction: no falls
        ((0, 0), (0, 0), FIG, AGREES),
        ((0, 0), (5, 5), FIG, "differs"),
        # a limit
        ((-OPEN, 7000), (3000, 7000), FIG, AGREES),
        ((-OPEN, 7000), (3500, 8190), FIG, WIDE),
        ((-OPEN, 3000), (3600, 3600), FIG, "differs"),
        ((1000, OPEN), (3423, 3423), FIG, AGREES),
        ((1000, OPEN), (3423, OPEN), FIG, AGREES),
        ((800, OPEN), (120, 350), FIG, "differs"),
        # what words leave open, without a limit
        ((150, 250), (200, 200), FIG, AGREES),
        ((150, 250), (150, 250), FIG, AGREES),
        ((150, 250), (250, 900), FIG, WIDE),
        ((150, 250), (100, 900), FIG, WIDE),
        ((150, 250), (260, 900), FIG, "differs"),
        ((150, 250), (10, 134), FIG, "differs"),
        ((11862, 11862), (4749, OPEN), FIG, WIDE),
        # two passages of one text
        ((14, 14), (14, 14), OWN, BUILT),
        ((250, 350), (170, 260), OWN, WIDE),
        ((250, 350), (170, 249), OWN, "contradicts itself"),
        ((0, 0), (150, 250), OWN, "contradicts itself"),
        # what it was made from, or what repeats it
        ((28, 28), (28, 28), ITSELF, BUILT),
        ((170, 190), (170, 204), ITSELF, BUILT),
        ((28, 28), (27, 27), ITSELF, "differs"),
        # another date or coverage, whatever the gap
        ((100, 100), (100, 100), ELSEWHERE, OTHER),
        ((750, 850), (53, 98), ELSEWHERE, OTHER),
    ],
)
def test_a_status_follows_from_the_two_intervals_and_what_is_compared(
    stated: tuple[float, float],
    found: tuple[float, float],
    compares: str,
    status: str,
) -> None:
    assert judge(Interval(*stated), Interval(*found), compares) == status


@pytest.mark.parametrize(
    ("stated", "found", "expected"),
    [
        ((100, 200), (250, 300), 0.25),
        ((100, 200), (20, 75), -0.25),
        ((100, 200), (200, 300), 0.0),
        ((0, 0), (5, 5), None),
        ((-OPEN, 3000), (3600, 3600), 0.2),
    ],
)
def test_a_difference_is_the_gap_of_the_nearest_ends_relative_to_the_stated_one(
    stated: tuple[float, float], found: tuple[float, float], expected: float | None
) -> None:
    found_gap = claims.difference(Interval(*stated), Interval(*found))
    assert found_gap == (None if expected is None else pytest.approx(expected))


def test_an_audit_sets_what_is_recomputed_beside_what_is_stated() -> None:
    table = made(
        row("point"),
        row("interval", key="t.y", lower=None, upper=40.0),
        row("open", key="t.z", lower=7.0, upper=9.0),
        row("untested", key=None, compares=None, lower=None, upper=None),
    )
    found = audit(
        table, {"t.x": 100, "t.y_lower": 50, "t.y_upper": 1e6 / 7, "t.z_lower": 8}
    )
    assert found["now"].tolist()[:3] == ["100", "50 to 142857", "8 or more"]
    assert pd.isna(found["now"][3])
    assert found["now_lower"].tolist()[:3] == [100, 50, 8]
    assert found["now_upper"].tolist()[0] == 100
    assert found["now_upper"].isna().tolist() == [False, False, True, True]
    assert found["difference"].tolist()[:3] == [0, 0.25, 0]
    statuses = [AGREES, "differs", WIDE, "cannot be tested"]
    assert found["status_now"].tolist() == statuses
    assert found.columns[: table.shape[1]].tolist() == table.columns.tolist()


@pytest.mark.parametrize(
    ("value", "recomputed", "status", "changed"),
    [
        (100, "100", AGREES, False),
        (100.0004, "100", "differs", False),
        (100.0004, "100", AGREES, True),
        (104.0009, "104", "differs", False),
        (104.01, "104", "differs", True),
        (104, "104", AGREES, True),
        (104, None, "differs", True),
    ],
)
def test_a_claim_has_changed_where_its_value_or_its_status_has(
    value: float, recomputed: str | None, status: str, changed: bool
) -> None:
    table = made(row("one", recomputed=recomputed, status=status))
    assert audit(table, {"t.x": value})["changed"].tolist() == [changed]


def test_an_interval_is_not_the_same_as_a_point_or_an_open_interval() -> None:
    table = made(row("one", lower=50.0, recomputed="60 to 70", status=AGREES))
    for ends, changed in (
        ({"t.x_lower": 60, "t.x_upper": 70}, False),
        ({"t.x_lower": 60.0000001, "t.x_upper": 70}, False),
        ({"t.x_lower": 60}, True),
        ({"t.x": 60}, True),
    ):
        assert audit(table, ends)["changed"].tolist() == [changed]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"key": None}, "one must have both a key and what it compares"),
        ({"compares": None}, "one must have both a key and what it compares"),
        ({"key": "t.absent"}, r"one points at t\.absent, for which there is no number"),
        ({"key": "t.text"}, r"one points at t\.text, for which there is no number"),
        ({"lower": None, "upper": None}, "one names the key t.x but allows any value"),
    ],
)
def test_a_row_that_cannot_be_judged_is_refused_by_its_name(
    cells: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        audit(made(row("one", **cells)), {"t.x": 100, "t.text": "none"})


def test_a_change_is_named_with_its_key_before_and_after_and_what_to_do() -> None:
    table = made(
        row("still"),
        row("moved", key="t.y"),
        row("lost", key=None, compares=None),
    )
    with pytest.raises(ClaimsChanged) as refusal:
        check_reviewed(audit(table, {"t.x": 100, "t.y": 150.5}))
    lines = str(refusal.value).splitlines()
    assert lines[0] == "2 of 3 claims are not as reviewed:"
    assert lines[1] == "- moved (t.y): 100, tested and agrees → 150.5, differs"
    lost = "- lost (no key): 100, tested and agrees → cannot be tested"
    assert lines[2] == lost
    assert "python -m rfe_labour.checks.claims review" in lines[3]
    assert "python -m rfe_labour.data record" in lines[3]
    check_reviewed(audit(table.head(1), {"t.x": 100}))


# The ledger ---------------------------------------------------------------------------


def test_the_ledger_is_as_reviewed(
    ledger: pd.DataFrame, now: dict[str, int | float | str]
) -> None:
    check_reviewed(audit(ledger, now))


def test_the_status_of_the_claims_that_the_methods_name(
    ledger: pd.DataFrame, now: dict[str, int | float | str]
) -> None:
    status = audit(ledger, now).set_index("claim")["status_now"]
    expected = {
        "growth_year_by_year": "differs",
        "savings_three_years": WIDE,
        "savings_against_cost": WIDE,
        "permits_refused": OTHER,
        "khabarovsk_area_2003": OTHER,
        "wage_1984": "cannot be tested",
        "only_company": OTHER,
        "places_limited": "contradicts itself",
        "second_period_start": "contradicts itself",
        "period_ten_years": "contradicts itself",
        "table2_period": WIDE,
        "table1_sources": "differs",
        "table4_note": "contradicts itself",
        "self_isolation": "contradicts itself",
        "drug_trade_later": "contradicts itself",
        "amur_only_logging": WIDE,
        "lack_of_means": "contradicts itself",
        "loggers_end_1990s": OTHER,
        "consulate_year": WIDE,
        "trade_doubled_2003": "cannot be tested",
        "cans_shipped": "cannot be tested",
        "joint_ventures_very_few": WIDE,
        "kim_visit_2001_weitz": AGREES,
        "amur_camps": OTHER,
        "remittance_month": OTHER,
        "irkutsk_krasnoyarsk": OTHER,
        "table1_cells": BUILT,
        "visit_kim_2001": BUILT,
        "visit_kim_2002": BUILT,
        "table1_note": BUILT,
        "request_2001": "cannot be tested",
        "deserters": "cannot be tested",
        "visa_years": "cannot be tested",
    }
    assert status[list(expected)].to_dict() == expected
    totals = [f"stated_total_{year}" for year in range(1998, 2006)]
    assert (status[totals] == WIDE).all()


def test_every_claim_is_complete(ledger: pd.DataFrame) -> None:
    tested = ledger["key"].notna()
    assert (ledger["compares"].notna() == tested).all()
    assert (ledger["page"].notna() == tested).all()
    untested = ledger[~tested]
    assert (untested["status"] == "cannot be tested").all()
    assert ledger["remark"].notna().all()
    numeric = ledger["lower"].notna() | ledger["upper"].notna()
    assert ledger.loc[numeric, "unit"].notna().all()
    both = ledger.dropna(subset=["lower", "upper"])
    assert (both["lower"] <= both["upper"]).all()
    own = ledger["key"].fillna("").str.startswith("claims.")
    assert (ledger.loc[own, "key"] == "claims." + ledger.loc[own, "claim"]).all()
    assert (ledger.loc[own, "page"] == "book/checks/claims").all()


ABOUT = ("about", "around", "some", "barely")
AT_LEAST = ("more than", "over", "at least")
AT_MOST = ("not more than", "no higher than", "up to", "as much as", "well under")
FIGURE = re.compile(
    rf"(?:({'|'.join((*AT_MOST, *AT_LEAST, *ABOUT))}) )?([0-9,.]+)"
    r"( million| mln| billion)?"
)


def expected_ends(stated: re.Match[str]) -> tuple[float | None, float | None]:
    """Read the ends from the words, by the rules of the descriptor."""
    qualifier, printed, millions = stated.groups()
    exact = float(rounding.parse_number(printed))
    if qualifier in AT_MOST:
        return None, exact
    if qualifier in AT_LEAST:
        return exact, None
    if qualifier in ABOUT or millions or "." in printed:
        around = rounding.approximate_interval(printed)
        return around.lower, around.upper
    return exact, exact


def test_the_ends_of_a_figure_follow_from_its_words(ledger: pd.DataFrame) -> None:
    other_unit = {"trade_under_billion"}  # printed in billions, kept in millions
    round_number = {"stated_total_2001"}
    read = 0
    for claim in ledger.to_dict("records"):
        stated = FIGURE.fullmatch(claim["stated"])
        if stated and claim["claim"] not in other_unit | round_number:
            ends = [None if pd.isna(claim[end]) else claim[end] for end in ENDS]
            assert ends == pytest.approx(expected_ends(stated)), claim["claim"]
            read += 1
    assert read > 50
