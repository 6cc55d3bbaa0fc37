"""The figures and tables of the chapter on Table 2."""

import pytest

from rfe_labour.data import load
from rfe_labour.shown import joint_ventures as shown
from rfe_labour.tables import joint_ventures
from rfe_labour.tables.joint_ventures import Choices, Evaluation, IdentifiedSet
from tests.rfe_labour.printed_page import TABLE2_SHARES
from tests.rfe_labour.shown.reading import svg


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return joint_ventures.evaluate(joint_ventures.survivors(load("table2_tokens")))


@pytest.fixture(scope="module")
def sets(evaluation: Evaluation) -> dict[str, IdentifiedSet]:
    return joint_ventures.identify(evaluation)


def test_the_toy_example_lists_every_way_and_what_they_share() -> None:
    picture = shown.how_it_works()
    assert "2, 7, empty; 2, empty, 7; empty, 2, 7" in picture.alt
    assert svg(picture) == svg(shown.how_it_works())


def test_the_grids_say_which_count_could_stand_when(
    sets: dict[str, IdentifiedSet],
) -> None:
    alt = shown.possible_counts(sets).alt
    assert alt.count("7 in 1992 to 2005") == 1
    assert alt.count("7 in 1995 to 2004") == 3
    assert "6 in 1996 to 2005" in alt


def test_the_years_of_the_highest_tokens_are_told(
    sets: dict[str, IdentifiedSet],
) -> None:
    alt = shown.highest_years(sets).alt
    assert "Highest count: none, 1992 to 2005; order, 1995 to 2004;" in alt
    assert "Highest share: none, 1992 to 2005; order, 2002 to 2004;" in alt


def test_a_large_number_is_written_in_short() -> None:
    written = [shown.in_short(10**power) for power in (0, 8, 9, 17)]
    assert written == ["1", "100,000,000", "1.0 × 10⁹", "1.0 × 10¹⁷"]


def test_the_implied_totals_are_told_year_by_year(
    sets: dict[str, IdentifiedSet],
) -> None:
    alt = shown.implied_totals(sets).alt
    # In 1992 only the first share (0.5) and a first count (2 or 3) can stand.
    assert "1992: 364 to 666" in alt
    assert "2000: 149 to 2,000" in alt


def test_an_empty_set_is_drawn_and_listed_in_words() -> None:
    choices = Choices(fewest=1, most=2)
    survivors = joint_ventures.survivors(load("table2_tokens"))
    evaluation = joint_ventures.evaluate(survivors, choices)
    sets = joint_ventures.identify(evaluation)
    for picture in (
        shown.highest_years(sets),
        shown.implied_totals(sets),
    ):
        assert "none" in picture.alt
        assert svg(picture)
    lines = shown.answers_table(evaluation, sets).text.splitlines()
    assert lines[2].endswith("| 6,558,552 | 0 | 0 |")
    assert all(line.endswith("| none | none |") for line in lines[4:])


def test_the_damaged_table_is_shown_as_printed() -> None:
    text = shown.surviving_table(load("table2_tokens"), Choices()).text
    rows = [line.split(" | ") for line in text.splitlines()[2:]]
    assert [row[0].strip("| ") for row in rows] == ["Year", "Total", "%"]
    assert rows[1][1] == "3 3 / 2 3 2 7 6"
    assert rows[2][1].replace("\\*", "") == TABLE2_SHARES
    assert [row[2].strip("| ") for row in rows] == ["13 of 14", "7 of 14", "12 of 14"]


def test_a_pair_that_is_not_plausible_is_marked(evaluation: Evaluation) -> None:
    text = shown.implied_ranges_table(evaluation).text
    assert text.count("×") == 1
    assert "1,556 to 2,000 ×" in text
    assert text.count("%") == 7  # seven different shares
