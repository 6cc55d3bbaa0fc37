"""Two authors side by side, and the figures that others published."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rfe_labour import parameters, rounding
from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.checks import totals, two_authors
from rfe_labour.data import load
from rfe_labour.tables import regional_table


@pytest.fixture(scope="module")
def placed() -> pd.DataFrame:
    regional = {
        facts.region: regional_table(load(facts.table))
        for facts in REGIONAL_TABLES.values()
    }
    series = two_authors.series(
        totals.compare(load("stated_totals"), regional), regional
    )
    return two_authors.beside(load("external_figures"), load("external_beside"), series)


# The two authors ----------------------------------------------------------------------

WAGE = ("120-130", "USD per month", 120, 130)


def compared(
    relation: str, hers: tuple[Any, ...], his: tuple[Any, ...], verdict: str
) -> pd.Series:
    """Compare one made-up pair of (stated, unit, lower, upper)."""
    columns = ["stated", "unit", "lower", "upper"]
    statements = pd.DataFrame([hers, his], index=["hers", "his"], columns=columns)
    pair = {"zabrovskaya": "hers", "weitz": "his", "subject": "Money"}
    pairs = pd.DataFrame([pair | {"relation": relation, "verdict": verdict}])
    return two_authors.compare(statements, pairs).iloc[0]


@pytest.mark.parametrize(
    ("relation", "his", "meets"),
    [
        ("equal", (100, 119), False),
        ("equal", (100, 120), True),
        ("equal", (130, 140), True),
        ("equal", (131, None), False),
        ("at-most", (1, 2), True),
        ("at-most", (130, None), True),
        ("at-most", (131, 132), False),
        ("at-least", (500, 600), True),
        ("at-least", (1, None), True),
        ("at-least", (None, 119), False),
        ("other-thing", (1, 2), True),
    ],
)
def test_the_verdict_follows_from_the_rule_and_the_two_intervals(
    relation: str, his: tuple[float | None, float | None], meets: bool
) -> None:
    verdict = two_authors.BOTH_CAN_HOLD if meets else two_authors.NOT_BOTH_UNLESS
    found = compared(relation, WAGE, ("some", "USD per month", *his), verdict)
    assert found["meets"] == meets


def test_a_ratio_runs_from_least_over_greatest_to_greatest_over_least() -> None:
    sent = ("some 800", "USD per month", 750, 850)
    found = compared("at-most", WAGE, sent, two_authors.NOT_BOTH_UNLESS)
    assert found["ratio_lower"] == pytest.approx(750 / 130)
    assert found["ratio_upper"] == pytest.approx(850 / 120)


def test_an_open_end_of_hers_counts_as_the_greatest_amount_that_she_gives() -> None:
    open_end = ("over 200-300", "USD per month", 200, None)
    sent = ("some 800", "USD per month", 750, 850)
    found = compared("at-most", open_end, sent, two_authors.NOT_BOTH_UNLESS)
    assert found["ratio_lower"] == pytest.approx(750 / 300)
    assert pd.isna(found["zabrovskaya_upper"])


def test_an_open_end_of_his_leaves_the_ratio_open() -> None:
    camps = ("over 1,000", "USD per month", 1000, None)
    found = compared("at-least", WAGE, camps, two_authors.BOTH_CAN_HOLD)
    assert found["ratio_lower"] == pytest.approx(1000 / 130)
    assert np.isnan(found["ratio_upper"])


def test_months_and_years_are_compared_in_one_unit() -> None:
    stay, visa = ("3 or 6", "months", 3, 6), ("5", "years", 5, 5)
    found = compared("at-least", stay, visa, two_authors.BOTH_CAN_HOLD)
    assert found["ratio_lower"] == pytest.approx(60 / 6)
    assert found["ratio_upper"] == pytest.approx(60 / 3)


def test_different_things_have_no_multiple() -> None:
    flight = ("thousands", "persons", 2000, None)
    found = compared("other-thing", WAGE, flight, two_authors.BOTH_CAN_HOLD)
    assert np.isnan(found["ratio_lower"])
    assert np.isnan(found["ratio_upper"])


def test_the_greatest_number_of_a_statement_is_found_in_its_words() -> None:
    for stated, end in (("over 200-300", 300), ("more than 300", 300), ("1,000", 1000)):
        assert two_authors.stated_end(stated) == end
    assert np.isnan(two_authors.stated_end("thousands"))


@pytest.mark.parametrize(
    ("his", "message"),
    [
        (("2", "years", 2, 2), "Money: the verdict is now 'not both, unless'"),
        (("5", "dollars", 5, 5), "Money: months cannot be compared with dollars"),
    ],
)
def test_a_pair_whose_reason_no_longer_fits_is_refused(
    his: tuple[Any, ...], message: str
) -> None:
    stay = ("36", "months", 36, 36)
    with pytest.raises(ValueError, match=message):
        compared("at-least", stay, his, two_authors.BOTH_CAN_HOLD)


def test_a_pair_of_a_claim_that_is_not_there_is_refused() -> None:
    claims = load("claims").set_index("claim").drop(index="visa_years")
    pairs = load("author_pairs").query("weitz == 'visa_years'").iloc[:1]
    with pytest.raises(ValueError, match='no claim "visa_years", which a pair needs'):
        two_authors.compare(claims, pairs)


@pytest.mark.parametrize("months", [0, 13])
def test_a_year_has_one_to_twelve_months(months: int) -> None:
    with pytest.raises(ValueError, match=f"months {months} is not from 1 to 12"):
        parameters.two_authors(months)


# What others published ----------------------------------------------------------------


def test_the_ends_of_an_external_figure_follow_from_its_qualifier() -> None:
    for figure in load("external_figures").to_dict("records"):
        value = float(rounding.parse_number(figure["printed"]))
        about = rounding.approximate_interval(figure["printed"])
        expected = {
            "about": (about.lower, about.upper),
            "at-most": (0, value),
            "nearly": (about.lower, value),
        }[figure["qualifier"]]
        assert (figure["lower"], figure["upper"]) == expected, figure["figure"]
        assert figure["published"][:4] >= str(figure["year"])


def test_only_the_two_parts_of_one_author_are_added_up(placed: pd.DataFrame) -> None:
    external = load("external_figures").set_index("figure")
    parts = load("external_beside").dropna(subset="part_of").set_index("figure")
    assert parts["part_of"].to_dict() == {
        "russia_loggers_2006": "russia_2006",
        "russia_others_2006": "russia_2006",
    }
    assert len(external.loc[parts.index, ["authors", "published"]].value_counts()) == 1
    shown = placed.set_index("figure")
    assert shown.loc["russia_2006", ["lower", "upper"]].tolist() == [10_000, 12_000]
    others = external["lower"].drop(parts.index)
    assert shown["lower"].drop("russia_2006").to_dict() == others.to_dict()


def test_each_external_figure_stands_beside_the_year_and_series_it_speaks_of(
    placed: pd.DataFrame,
) -> None:
    shown = placed.set_index("figure")
    printed = {
        "primorye_2000": (2000, 1369),
        "far_east_2003": (2003, 11290),
        "russia_2006": (2005, 13806),
        "amur_camps_2009": (2005, 3423),
    }
    for figure, (year, value) in printed.items():
        assert shown.loc[figure, "article_year"] == year
        assert shown.loc[figure, "article_lower"] == value
        assert shown.loc[figure, "article_upper"] == value
    # 12,500 is a round total; other foreign workers follow from 1,369 at 12.5 per cent.
    assert shown.loc["russia_2001", "article_lower"] == 12_450
    others = shown.loc["primorye_chinese_2000"]
    assert others["article_lower"] == pytest.approx(100 * 1369 / 12.55 - 1369)
    assert others["article_upper"] == pytest.approx(100 * 1369 / 12.45 - 1369)


def test_a_verdict_follows_from_the_relation_of_figure_and_series(
    placed: pd.DataFrame,
) -> None:
    assert placed.set_index("figure")["verdict"].to_dict() == {
        "chinese_workers_1993": "nothing beside it",
        "primorye_2000": "incompatible",  # 3,500 to 4,500 is not 1,369
        "primorye_chinese_2000": "compatible",  # a part of some 9,580
        "russia_2001": "compatible",  # up to 15,000 holds 12,500
        "far_east_2003": "compatible",  # those under contract, a part of 11,290
        "russia_2006": "different things",  # joint projects, in all of Russia
        "amur_camps_2009": "compatible",  # a part of 3,423
    }
