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

REC, CON = "recomputation", "consistency"
OPEN = math.inf
ENDS = ("lower", "upper")


def row(claim: str, **cells: Any) -> dict[str, Any]:
    """Make a row of a ledger: an exact 100 against ``t.x``, reviewed as a match."""
    return {
        "claim": claim,
        "source": "zabrovskaya",
        "lower": 100.0,
        "upper": 100.0,
        "compares": REC,
        "key": "t.x",
        "tolerance": 0.1,
        "recomputed": "100",
        "status": "match",
    } | cells


def made(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(rows).astype(dict.fromkeys(ENDS, "Float64"))


# The rule -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "found", "tolerance", "compares", "status"),
    [
        # two points
        ((28, 28), (28, 28), 0, REC, "match"),
        ((1.2, 1.2), (1.2 + 1e-12, 1.2 + 1e-12), 0, REC, "match"),
        ((100, 100), (109, 109), 0.1, REC, "minor"),
        ((100, 100), (110, 110), 0.1, REC, "minor"),
        ((100, 100), (90, 90), 0.1, REC, "minor"),
        ((100, 100), (111, 111), 0.1, REC, "major"),
        ((100, 100), (89, 89), 0.1, REC, "major"),
        ((2001, 2001), (2002, 2002), 0, REC, "major"),
        # a direction: no falls
        ((0, 0), (0, 0), 0, REC, "match"),
        ((0, 0), (5, 5), 0, REC, "major"),
        ((0, 0), (5, 5), 10, REC, "major"),
        # a limit
        ((-OPEN, 7000), (3000, 7000), 0.1, REC, "match"),
        ((-OPEN, 7000), (3500, 8190), 0.1, REC, "rounding"),
        ((-OPEN, 3000), (3600, 3600), 0.1, REC, "major"),
        ((-OPEN, 3000), (3100, 3600), 0.1, REC, "minor"),
        ((1000, OPEN), (3423, 3423), 0.1, REC, "match"),
        ((1000, OPEN), (3423, OPEN), 0.1, REC, "match"),
        ((800, OPEN), (120, 350), 0.1, REC, "major"),
        # what words leave open, without a limit
        ((150, 250), (200, 200), 0.1, REC, "rounding"),
        ((150, 250), (250, 900), 0.1, REC, "rounding"),
        ((150, 250), (150, 250), 0.1, REC, "rounding"),
        ((150, 250), (260, 900), 0.1, REC, "minor"),
        ((150, 250), (276, 900), 0.1, REC, "major"),
        ((150, 250), (10, 134), 0.1, REC, "major"),
        ((150, 250), (10, 135), 0.1, REC, "minor"),
        ((11862, 11862), (4749, OPEN), 0.1, REC, "rounding"),
        # two passages of one text
        ((14, 14), (14, 14), 0.1, CON, "match"),
        ((250, 350), (170, 260), 0.1, CON, "rounding"),
        ((250, 350), (170, 249), 0.1, CON, "internally inconsistent"),
        ((0, 0), (150, 250), 0, CON, "internally inconsistent"),
    ],
)
def test_a_status_follows_from_the_two_intervals_and_the_tolerance(
    stated: tuple[float, float],
    found: tuple[float, float],
    tolerance: float,
    compares: str,
    status: str,
) -> None:
    assert judge(Interval(*stated), Interval(*found), tolerance, compares) == status


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
    statuses = ["match", "major", "rounding", "undeterminable"]
    assert found["status_now"].tolist() == statuses
    assert found.columns[: table.shape[1]].tolist() == table.columns.tolist()


@pytest.mark.parametrize(
    ("value", "recomputed", "status", "changed"),
    [
        (100, "100", "match", False),
        (100.0004, "100", "minor", False),
        (100.0004, "100", "match", True),
        (104, "104", "minor", False),
        (104.0009, "104", "minor", False),
        (104.01, "104", "minor", True),
        (104, "104", "major", True),
        (104, None, "minor", True),
    ],
)
def test_a_claim_has_changed_where_its_value_or_its_status_has(
    value: float, recomputed: str | None, status: str, changed: bool
) -> None:
    table = made(row("one", recomputed=recomputed, status=status))
    assert audit(table, {"t.x": value})["changed"].tolist() == [changed]


def test_an_interval_is_not_the_same_as_a_point_or_an_open_interval() -> None:
    table = made(row("one", lower=50.0, recomputed="60 to 70", status="rounding"))
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
    assert lines[1] == "- moved (t.y): 100, match → 150.5, major"
    assert lines[2] == "- lost (no key): 100, match → undeterminable"
    assert "python -m rfe_labour.checks.claims review" in lines[3]
    assert "python -m rfe_labour.data record" in lines[3]
    check_reviewed(audit(table.head(1), {"t.x": 100}))


# The ledger ---------------------------------------------------------------------------


def test_the_ledger_is_as_reviewed(
    ledger: pd.DataFrame, now: dict[str, int | float | str]
) -> None:
    check_reviewed(audit(ledger, now))


def test_every_status_has_one_verdict() -> None:
    members = [status for group in claims.VERDICTS.values() for status in group]
    assert sorted(members) == sorted(claims.STATUSES)


def test_the_status_of_the_claims_that_the_methods_name(
    ledger: pd.DataFrame, now: dict[str, int | float | str]
) -> None:
    status = audit(ledger, now).set_index("claim")["status_now"]
    expected = {
        "growth_year_by_year": "major",
        "savings_three_years": "major",
        "khabarovsk_area_2003": "internally inconsistent",
        "wage_1984": "internally inconsistent",
        "second_period_start": "internally inconsistent",
        "period_ten_years": "internally inconsistent",
        "table4_note": "internally inconsistent",
        "loggers_end_1990s": "rounding",
        "consulate_year": "rounding",
        "trade_doubled_2003": "undeterminable",
        "cans_shipped": "undeterminable",
        "amur_camps": "match",
        "joint_ventures_very_few": "match",
        "remittance_month": "major",
        "permits_refused": "match",
        "request_2001": "undeterminable",
        "deserters": "undeterminable",
        "visa_years": "undeterminable",
    }
    assert status[list(expected)].to_dict() == expected
    assert (
        status[[f"stated_total_{year}" for year in range(1998, 2006)]] == "rounding"
    ).all()


def test_every_claim_is_complete(ledger: pd.DataFrame) -> None:
    tested = ledger["key"].notna()
    assert (ledger["compares"].notna() == tested).all()
    assert (ledger["page"].notna() == tested).all()
    untested = ledger[~tested]
    assert (untested["status"] == "undeterminable").all()
    assert untested["remark"].notna().all()
    doubtful = ledger["status"].isin(["minor", "major", "internally inconsistent"])
    assert ledger.loc[doubtful, "remark"].notna().all()
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
