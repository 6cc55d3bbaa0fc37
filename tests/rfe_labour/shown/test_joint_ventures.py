"""The figures of the chapter on Table 2."""

import pandas as pd

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
    assert alt.count("7 in 1995 to 2004") == 1
    assert "6 in 1996 to 2005" in alt


def test_only_sets_that_differ_have_a_panel(sets: dict[str, IdentifiedSet]) -> None:
    grids = shown.possible_counts(sets)
    assert grids.alt.startswith("2 grids")
    titles = [axes.get_title(loc="left") for axes in grids.figure.axes]
    # Of 56 cells the order leaves 46, and plausible or steady totals as many.
    assert titles == [
        "No assumption: 56 of 56 cells possible",
        "Order kept: 46 of 56 cells possible",
    ]
    assert "the same with plausible totals and with steady totals" in grids.alt
    title = str(grids.figure.get_suptitle())
    assert "rules out 10 of 56 cells" in title
    assert title.endswith("further assumptions rule out no more")


def test_one_tear_leaves_the_highest_count_one_year() -> None:
    survivors = joint_ventures.survivors(load("table2_tokens"))
    placements = joint_ventures.place(survivors, counts="tear")
    torn = joint_ventures.identify_torn(
        joint_ventures.evaluate(survivors, placements=placements)
    )
    grid = shown.possible_counts(torn)
    assert grid.alt.startswith("A grid of 14 years")
    assert grid.alt.count("7 in 1999") == 1
    # Five cells, and those of a 3 in nine years.
    (panel,) = grid.figure.axes
    assert panel.get_title(loc="left") == "One tear: 14 of 56 cells possible"
    title = "With one tear, the highest count stands in 1999"
    assert grid.figure.get_suptitle() == title


def test_an_empty_set_is_drawn_and_told_in_words() -> None:
    choices = Choices(fewest=1, most=2, last_year=2004)
    survivors = joint_ventures.survivors(load("table2_tokens"), choices)
    sets = joint_ventures.identify(joint_ventures.evaluate(survivors, choices))
    picture = shown.possible_counts(sets)
    assert picture.alt.startswith("3 grids")
    assert "7 in none" in picture.alt
    assert svg(picture)


def test_no_name_of_the_code_is_left_in_the_words_of_a_table(
    sets: dict[str, IdentifiedSet],
) -> None:
    bounds = joint_ventures.bounds(sets)
    answers = shown.in_words(bounds.loc[:, "rises":].T)  # type: ignore[misc]
    assert not {*answers.index, *answers.columns} & {*bounds.index, *bounds.columns}
    # The highest is last of seven counts in one order of seven.
    assert answers.loc["highest count is last", "no assumption"] == 1 / 7
    columns = ["highest_years", "highest_share_years", "implied"]
    left = shown.in_words(bounds[columns])
    assert not [name for name in left if "_" in name]
    tears = pd.DataFrame(
        {"least_factor": [1.0]}, pd.MultiIndex.from_tuples([("tear", "apart_first")])
    )
    told = shown.in_words(tears)
    assert told.index.tolist() == [("torn", "torn, in the order of the labels")]
    tried = pd.DataFrame({"choice": ["as chosen", "few"], "whole": [1, 2]})
    assert shown.in_words(tried)["choice"].tolist()[1] == "limit of “very few”, %"
