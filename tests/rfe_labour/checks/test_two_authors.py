"""Two authors side by side, and the figures that others published."""

import math

import pandas as pd
import pytest

from rfe_labour import parameters, rounding
from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.checks import totals, two_authors
from rfe_labour.checks.two_authors import BOTH, NOT_BOTH, PAIRS, Statement
from rfe_labour.data import load
from rfe_labour.tables import regional_table


@pytest.fixture(scope="module")
def regional() -> dict[str, pd.DataFrame]:
    return {
        about.region: regional_table(load(about.table))
        for about in REGIONAL_TABLES.values()
    }


@pytest.fixture(scope="module")
def statements(regional: dict[str, pd.DataFrame]) -> dict[str, Statement]:
    return two_authors.statements(load("claims"), regional)


@pytest.fixture(scope="module")
def pairs(statements: dict[str, Statement]) -> pd.DataFrame:
    return two_authors.compare(statements)


@pytest.fixture(scope="module")
def series(regional: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    stated = totals.compare(load("stated_totals"), regional)
    return two_authors.series(stated, regional)


@pytest.fixture(scope="module")
def placed(series: dict[str, pd.DataFrame]) -> pd.DataFrame:
    external = two_authors.together(load("external_figures"))
    return two_authors.beside(external, series)


def pair(pairs: pd.DataFrame, zabrovskaya: str, weitz: str) -> pd.Series:
    chosen = (pairs["zabrovskaya"] == zabrovskaya) & (pairs["weitz"] == weitz)
    return pairs[chosen].iloc[0]


# The two authors ----------------------------------------------------------------------


def test_the_yearly_sum_is_workers_times_dollars_times_months(
    statements: dict[str, Statement], regional: dict[str, pd.DataFrame]
) -> None:
    # 5,000 workers at "some 800": 750 to 850 dollars a month.
    sent = statements["sent_year"]
    assert (sent.lower, sent.upper) == (45.0, 51.0)
    assert sent.unit == "million USD per year"
    shorter = two_authors.statements(load("claims"), regional, months=3)["sent_year"]
    assert (shorter.lower, shorter.upper) == (45.0 / 4, 51.0 / 4)
    assert shorter.stated.endswith("× 3")


def test_the_consulates_money_is_shared_among_the_workers_of_1998_and_1999(
    statements: dict[str, Statement],
) -> None:
    # Two millions, rounded, among 2,134 (1998) or 2,373 workers (1999).
    shared = statements["consulate_month"]
    assert shared.lower == pytest.approx(1_500_000 / 2373 / 12)
    assert shared.upper == pytest.approx(2_500_000 / 2134 / 12)


def test_the_money_sent_is_the_one_figure_that_fits_nowhere(
    pairs: pd.DataFrame,
) -> None:
    yearly = pair(pairs, "consulate_year", "sent_year")
    assert yearly["ratio_lower"] == pytest.approx(45 / 2.5)
    assert yearly["ratio_upper"] == pytest.approx(51 / 1.5)
    building = pair(pairs, "wage_construction", "remittance_month")
    assert building["ratio_lower"] == pytest.approx(750 / 130)
    assert building["ratio_upper"] == pytest.approx(850 / 120)
    side_jobs = pair(pairs, "wage_side_jobs_primorye", "remittance_month")
    assert side_jobs["ratio_lower"] == pytest.approx(750 / 300)
    refused = pairs.loc[pairs["verdict"] == NOT_BOTH, "weitz"]
    assert set(refused) == {"remittance_month", "sent_year"}
    assert len(refused) == 5


def test_everything_else_can_be_true_of_both(pairs: pd.DataFrame) -> None:
    can = set(pairs.loc[pairs["verdict"] == BOTH, "weitz"])
    assert can == {
        *("earnings_above_remittance", "camp_earnings", "visa_years", "amur_camps"),
        *("workers_vladivostok", "camp_conditions", "deserters"),
    }
    vladivostok = pair(pairs, "table1_last", "workers_vladivostok")
    assert vladivostok["ratio_upper"] == pytest.approx(5000 / 5693)
    camps = pair(pairs, "table4_last", "amur_camps")
    assert camps["ratio_lower"] == pytest.approx(1000 / 3423)
    assert math.isinf(camps["ratio_upper"])


def test_months_and_years_are_compared_in_one_unit(pairs: pd.DataFrame) -> None:
    visa = pair(pairs, "stay_months", "visa_years")
    assert visa["ratio_lower"] == pytest.approx(60 / 6)
    assert visa["ratio_upper"] == pytest.approx(60 / 3)


def test_different_things_have_no_multiple(pairs: pd.DataFrame) -> None:
    flight = pair(pairs, "no_flight_to_south", "deserters")
    assert math.isnan(flight["ratio_lower"])
    assert flight["meets"]


def test_the_greatest_number_of_an_open_statement_is_its_end() -> None:
    for stated, end in (("over 200-300", 300), ("more than 300", 300), ("1,000", 1000)):
        statement = Statement("", stated, "USD", 200.0, math.inf)
        assert two_authors.stated_end(statement) == end
    assert (
        two_authors.stated_end(Statement("", "thousands", "", 2000.0, math.inf)) == 2000
    )


@pytest.mark.parametrize(
    ("name", "changed", "message"),
    [
        ("visa_years", Statement("", "2", "years", 2, 2), "verdict is now"),
        (
            "visa_years",
            Statement("", "5", "dollars", 5, 5),
            "months cannot be compared",
        ),
        ("visa_years", None, 'no claim "visa_years"'),
    ],
)
def test_a_pair_whose_reason_no_longer_fits_is_refused(
    name: str,
    changed: Statement | None,
    message: str,
    statements: dict[str, Statement],
) -> None:
    others = {key: value for key, value in statements.items() if key != name}
    with pytest.raises(ValueError, match=message):
        two_authors.compare(others | ({name: changed} if changed else {}))


def test_the_reasons_hold_for_any_number_of_months(
    regional: dict[str, pd.DataFrame],
) -> None:
    parameters.two_authors(1)
    fewest = two_authors.statements(load("claims"), regional, months=1)
    # Even one month's money, 3.75 millions, is more than 2.5.
    assert not pair(two_authors.compare(fewest), "consulate_year", "sent_year")["meets"]
    for wrong in (0, 13):
        with pytest.raises(ValueError, match=f"months {wrong} is not from 1 to 12"):
            parameters.two_authors(wrong)


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


def test_only_the_two_parts_of_one_author_are_added_up() -> None:
    external = load("external_figures")
    found = two_authors.together(external).set_index("figure")
    assert found.loc["russia_2006", ["lower", "upper"]].tolist() == [10_000, 12_000]
    assert len(found) == len(external) - 1
    kept = external.set_index("figure")["lower"].drop(
        ["russia_loggers_2006", "russia_others_2006"]
    )
    assert found["lower"].drop("russia_2006").to_dict() == kept.to_dict()


def test_each_external_figure_stands_beside_the_year_and_series_it_speaks_of(
    placed: pd.DataFrame,
) -> None:
    found = placed.set_index("figure")
    printed = {
        "primorye_2000": (2000, 1369),
        "far_east_2003": (2003, 11290),
        "russia_2006": (2005, 13806),
        "amur_camps_2009": (2005, 3423),
    }
    for figure, (year, value) in printed.items():
        assert found.loc[figure, "article_year"] == year
        assert found.loc[figure, "article_lower"] == value
        assert found.loc[figure, "article_upper"] == value
    # 12,500 is a round total; other foreign workers follow from 1,369 at 12.5 per cent.
    assert found.loc["russia_2001", "article_lower"] == 12_450
    others = found.loc["primorye_chinese_2000"]
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
        "far_east_2003": "incompatible",  # at most 10,000 is not 11,290
        "russia_2006": "incompatible",  # at most 12,000 does not hold 13,806
        "amur_camps_2009": "compatible",  # a part of 3,423
    }


def test_the_summary_holds_plain_finite_values(
    statements: dict[str, Statement], pairs: pd.DataFrame, placed: pd.DataFrame
) -> None:
    told = two_authors.summary(statements, pairs, placed)
    assert (told["pairs"], told["pairs_not_both"]) == (len(PAIRS), 5)
    assert told["remittance_of_wage_lower"] == pytest.approx(750 / 350)
    assert told["remittance_of_wage_upper"] == pytest.approx(850 / 120)
    assert (told["external.compared"], told["external.compatible"]) == (6, 3)
    assert told["external.primorye_2000.ratio_upper"] == pytest.approx(4500 / 1369)
    assert "amur_camps.upper" not in told
    assert {type(value) for value in told.values()} <= {int, float, str, bool}
    assert all(math.isfinite(v) for v in told.values() if isinstance(v, float))
