"""The figures of the chapter on Table 2."""

from rfe_labour.data import load
from rfe_labour.shown import joint_ventures as shown
from rfe_labour.tables import joint_ventures
from rfe_labour.tables.joint_ventures import Choices, IdentifiedSet
from tests.rfe_labour.shown.reading import svg


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


def test_the_tear_is_drawn_beside_the_order(sets: dict[str, IdentifiedSet]) -> None:
    survivors = joint_ventures.survivors(load("table2_tokens"))
    placements = joint_ventures.place(survivors, counts="tear")
    torn = joint_ventures.identify_torn(
        joint_ventures.evaluate(survivors, placements=placements)
    )
    told = {"order": sets["order"]} | torn
    grids = shown.possible_counts(told)
    assert grids.alt.startswith("4 grids")
    assert grids.alt.count("7 in 1999") == 3
    # Of 56 cells the order leaves 46, and the tear five and those of a 3 in nine years.
    assert "rules out 10 of 56" in str(grids.figure.get_suptitle())
    assert "the tear 32 more" in str(grids.figure.get_suptitle())
    both = shown.highest_years(told)
    title = both.figure.axes[0].get_title(loc="left")
    assert title == "Highest count: order leaves 10 of 14 years, the tear 1"
    assert "tear, 1999" in both.alt


def test_an_empty_set_is_drawn_and_told_in_words() -> None:
    choices = Choices(fewest=1, most=2, last_year=2004)
    survivors = joint_ventures.survivors(load("table2_tokens"), choices)
    sets = joint_ventures.identify(joint_ventures.evaluate(survivors, choices))
    for picture in (shown.highest_years(sets), shown.possible_counts(sets)):
        assert "none" in picture.alt
        assert svg(picture)
