"""The chapter on the two authors says what the figures of both give."""

from __future__ import annotations

import pytest

from rfe_labour.checks import two_authors

from .running import Chapter

CHAPTER = "book/checks/two_authors.ipynb"
EVERY_MONTH = {"months": [*range(1, 13)]}


@pytest.mark.grid(**EVERY_MONTH)
def test_the_sums_are_those_of_the_printed_figures(chapter: Chapter) -> None:
    found, months = chapter.results, chapter.parameters["months"]
    # 5,000 workers at "some 800", 750 to 850 dollars a month, in millions a year.
    assert found["sent_year.lower"] == pytest.approx(3.75 * months)
    assert found["sent_year.upper"] == pytest.approx(4.25 * months)
    # Two millions, rounded, among 2,134 (1998) or 2,373 workers (1999).
    assert found["consulate_month.lower"] == pytest.approx(1_500_000 / 2373 / months)
    assert found["consulate_month.upper"] == pytest.approx(2_500_000 / 2134 / months)
    ratio = "consulate_year.sent_year.ratio"
    assert found[f"{ratio}_lower"] == pytest.approx(3.75 * months / 2.5)
    assert found[f"{ratio}_upper"] == pytest.approx(4.25 * months / 1.5)


@pytest.mark.grid(**EVERY_MONTH)
def test_what_the_prose_says_holds_for_every_number_of_months(chapter: Chapter) -> None:
    found = chapter.results
    # "Both ends of this one are above one."
    assert found["consulate_year.sent_year.ratio_lower"] > 1
    # "All of these concern one figure: the money that each worker sends."
    pairs = chapter.namespace["pairs"]
    refused = pairs.loc[~pairs["meets"], "weitz"]
    assert set(refused) == {"remittance_month", "sent_year"}
    assert (found["pairs"], found["pairs_both"], found["pairs_not_both"]) == (16, 11, 5)
    # "The sum that Weitz reports exceeds the pay in the article."
    sums = chapter.namespace["said"].loc[list(chapter.namespace["words"])]
    pay = sums[sums.index.str.startswith("wage_")]
    ends = pay[["lower", "upper"]].max(axis=None)
    amounts = pay["stated"].map(two_authors.stated_end)
    assert max(ends, amounts.max()) < found["remittance_month.lower"]
    assert "in 1 months" not in chapter.text


def test_everything_but_the_money_sent_can_be_true_of_both(chapter: Chapter) -> None:
    pairs = chapter.namespace["pairs"]
    assert set(pairs.loc[pairs["meets"], "weitz"]) == {
        *("earnings_above_remittance", "camp_earnings", "visa_years", "amur_camps"),
        *("workers_vladivostok", "camp_conditions", "deserters"),
    }


def test_ratios_are_those_of_the_printed_figures(chapter: Chapter) -> None:
    expected = {
        "wage_construction.remittance_month.ratio_lower": 750 / 130,
        # "Over 200-300": at least 200, and for ratios the amounts printed.
        "wage_side_jobs_primorye.lower": 200,
        "wage_side_jobs_primorye.greatest": 300,
        "wage_side_jobs_primorye.remittance_month.ratio_upper": 850 / 200,
        "wage_side_jobs_primorye.remittance_month.ratio_lower": 750 / 300,
        "stay_months.visa_years.ratio_upper": 60 / 3,
        "table1_last.workers_vladivostok.ratio_upper": 5000 / 5693,
        "table4_last.amur_camps.ratio_lower": 1000 / 3423,
        "remittance_of_wage_lower": 750 / 350,
        "remittance_of_wage_upper": 850 / 120,
        "external.primorye_2000.ratio_upper": 4500 / 1369,
        # Of 8 figures, 2 are parts of one sum; one stands alone, one is another thing.
        "external.compared": 5,
        "external.compatible": 4,
        "external.figures": 8,
        "external.to_reporters": 3,
    }
    found = {name: chapter.results[name] for name in expected}
    assert found == pytest.approx(expected)


def test_a_part_and_its_whole_can_be_compatible_though_they_do_not_meet(
    chapter: Chapter,
) -> None:
    chinese = chapter.namespace["placed"].loc["primorye_chinese_2000"]
    assert (chinese["relation"], chinese["verdict"]) == ("at-most", "compatible")
    # Printed: 1,369 North Koreans, a tenth (10.7 per cent) of all foreign workers.
    assert chinese["upper"] == 8500 < chinese["article_lower"] < 12_000
    assert chapter.namespace["rules"]["reason"].notna().all()


def test_as_the_same_people_two_figures_would_not_fit(chapter: Chapter) -> None:
    placed, rules = chapter.namespace["placed"], chapter.namespace["rules"]
    external, series = chapter.namespace["external"], chapter.namespace["series"]
    assert placed["verdict"]["far_east_2003"] == "compatible"
    assert placed["verdict"]["russia_2006"] == "different things"
    # At most 10,000 are not the 11,290 of 2003, nor 12,000 the 13,806 of 2005.
    same = ["far_east_2003", "russia_loggers_2006", "russia_others_2006"]
    relation = rules["relation"].mask(rules.index.isin(same), "equal")
    of_same = rules.assign(relation=relation).reset_index()
    verdicts = two_authors.beside(external, of_same, series).set_index("figure")
    assert verdicts["verdict"]["far_east_2003"] == "incompatible"
    assert verdicts["verdict"]["russia_2006"] == "incompatible"


def test_every_published_figure_is_round(chapter: Chapter) -> None:
    external = chapter.namespace["external"]
    assert external["printed"].str.endswith("00").all()


def test_the_share_handed_over_is_not_told_as_what_a_worker_keeps(
    chapter: Chapter,
) -> None:
    assert (
        "| What the state takes, and what workers keep | “most” (50 to 100 per cent "
        "handed over); end of the 1990s | “more than 800” (at least 800 USD per "
        "month); about 2012 |" in chapter.text
    )


def test_an_open_end_has_no_result(chapter: Chapter) -> None:
    assert "amur_camps.lower" in chapter.results
    assert "amur_camps.upper" not in chapter.results
    assert "table4_last.amur_camps.ratio_upper" not in chapter.results


@pytest.mark.try_it(1)
def test_even_one_months_money_is_more_than_the_consulate_gathers(
    after: Chapter,
) -> None:
    assert after.results["sent_year.lower"] > after.results["consulate_year.upper"]


@pytest.mark.try_it(2)
def test_more_workers_would_have_less_each(before: Chapter, after: Chapter) -> None:
    # 5,693 workers in 2005 are the most of both pairs of years.
    assert after.results["consulate_month.lower"] == pytest.approx(1.5e6 / 12 / 5693)
    for end in ("lower", "upper"):
        name = f"consulate_month.{end}"
        assert after.results[name] < before.results[name]


@pytest.mark.try_it(3)
def test_the_widest_ratio_is_that_of_the_yearly_sums(after: Chapter) -> None:
    pairs = after.namespace["pairs"]
    assert pairs.loc[pairs["ratio_upper"].idxmax(), "weitz"] == "sent_year"
    # "Whose amount is the smaller there?" Weitz's, below the first row's other.
    first = after.cells[-1].value.iloc[0]
    assert first["ratio_upper"] < 1
    # "No greatest ratio, or none at all": open above, or another thing.
    missing = pairs[pairs["ratio_upper"].isna()]
    open_above = missing["weitz_upper"].isna()
    assert (open_above | (missing["relation"] == "other-thing")).all()
