"""The report on the windows, on a table whose counts are made by hand."""

from __future__ import annotations

import pytest

from .running import Chapter, carry_out, run

CHAPTER = "book/models/trend_windows_report.ipynb"
COLUMNS = (
    "table,first_year,last_year,years,level,percent,percent_lower,percent_upper,"
    "ewc_lower,ewc_upper,hc3_p,ewc_p,ar1_p,theil_sen\n"
)
ROWS = (
    "{table},1992,2000,9,0.95,1.5,0,3,-2.0,4.0,0.1,0.2,0.3,1\n"
    "{table},1992,1999,8,0.95,-3.0,0,3,-9.0,9.0,0.04,0.2,0.05,1\n"
    "{table},1993,2000,8,0.95,0.1234567890123456,0,3,-9.0,9.0,0.02,0.2,0.9,1\n"
)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sweep") / "windows.csv"
    rows = "".join(ROWS.format(table=f"table{number}") for number in (1, 3, 4))
    path.write_text(COLUMNS + rows)
    return str(path)


@pytest.fixture
def chapter(table: str) -> Chapter:
    return run(CHAPTER, {"table": table})


@pytest.fixture
def before_and_after(request: pytest.FixtureRequest, table: str) -> tuple[Chapter, ...]:
    (number,) = request.node.get_closest_marker("try_it").args
    return carry_out(CHAPTER, number, {"table": table})


def test_the_report_counts_by_hand(chapter: Chapter) -> None:
    own = chapter.results
    assert (own["windows"], own["shortest"], own["level"]) == (9, 8, 0.95)
    for region in ("primorye", "khabarovsk", "amur"):
        told = {
            name.removeprefix(f"{region}."): value
            for name, value in own.items()
            if name.startswith(f"{region}.")
        }
        assert told == {
            "windows": 3,
            "lower": -3.0,
            "lower_first_year": 1992,
            "lower_last_year": 1999,
            "upper": 1.5,
            "upper_first_year": 1992,
            "upper_last_year": 2000,
            "whole": 1.5,
            "whole_lower": -2.0,
            "whole_upper": 4.0,
            "whole_p": 0.3,
            "rising": 2,
            "inside": 2,
            "small_p": 1,
            "smallest_p": 0.05,
            "apart": 1,
            "shared": 7,
        }


def test_the_prose_states_the_counts(chapter: Chapter) -> None:
    assert "Of 3 windows, 2 rise in Primorye" in chapter.text
    assert "holds 2 of 3, 2 of 3 and 2 of 3 of these slopes" in chapter.text


def test_each_window_is_a_line_over_its_years(chapter: Chapter) -> None:
    ends = chapter.namespace["ends"]
    first = ends[ends["window"] == 1].set_index("variable")
    assert first.loc["first_year", ["year", "percent"]].tolist() == [1992, -3.0]
    assert first.loc["last_year", ["year", "percent"]].tolist() == [1999, -3.0]
    assert len(ends) == 18
    assert "Primorye: count 3, min −3, max 1.5." in chapter.alts[0]


@pytest.mark.try_it(1)
def test_more_windows_have_a_small_p_value_without_dependence(
    before: Chapter, after: Chapter
) -> None:
    assert before.results["amur.small_p"] == 1
    assert after.results["amur.small_p"] == 2


@pytest.mark.try_it(2)
def test_the_mean_growth_is_told_by_region_and_first_year(after: Chapter) -> None:
    means = after.cells[-1].value
    for region in ("primorye", "khabarovsk", "amur"):
        assert means[region].to_dict() == {1992: -0.75, 1993: 0.1234567890123456}


def test_the_first_year_of_a_table_divides_its_windows(chapter: Chapter) -> None:
    # Of each table two windows have 1992 and one, without it, has a p of 0.9; the one
    # with the small p-value has it.
    assert chapter.results["small_windows"] == 3
    assert chapter.results["small_without"] == 0
    assert "Of the 3 windows with a small p-value, 0 leave out" in chapter.text
