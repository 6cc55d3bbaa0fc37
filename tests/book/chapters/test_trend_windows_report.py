"""The report on the windows, on a table whose counts are made by hand."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest
from scipy.stats import linregress

from rfe_labour import inference
from tests.book.published import ROOT
from tests.rfe_labour.printed_page import WORKERS, by_year

from .running import Chapter, carry_out, run

CHAPTER = "book/models/trend_windows_report.ipynb"
SWEEP = "book/models/trend_windows.sweep.yml"
POINTS = {"replications": 99}
COLUMNS = (
    "table,first_year,last_year,years,level,percent,ar1_lower,ar1_upper,ar1_p,"
    "ewc_lower,ewc_upper,ewc_p,hc3_lower,hc3_upper,hc3_p,rho,floored,capped,ar1_error,"
    "theil_sen\n"
)
ROWS = (
    "{table},1992,2000,9,0.95,1.5,-2.0,4.0,0.3,-1,3,0.2,0,2,0.1,0.99,False,True,0.2,1\n"
    "{table},1992,1999,8,0.95,-3.0,-5,0,{p},-3.5,-2.5,0.2,-5,-1,0.04,0.0,True,False,"
    "0.01,1\n"
    "{table},1993,2000,8,0.95,0.1234567890123456,-9.0,9.0,0.9,"
    "-9,9,0.2,0,1,0.02,0.0,True,False,0.01,1\n"
    # Five years: shown, and not counted.
    "{table},1995,1999,5,0.95,-20,-30,-10,0.01,-21,-19,0.01,-30,-10,0.01,0.0,True,"
    "False,0.01,1\n"
)
P = {"table1": 0.05, "table3": 0.02, "table4": 0.05}
SMALLEST = dict(zip(("primorye", "khabarovsk", "amur"), P.values(), strict=True))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sweep") / "windows.csv"
    rows = "".join(ROWS.format(table=table, p=p) for table, p in P.items())
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
            "small_floored": 1,
            "smallest_p": SMALLEST[region],
            "apart": 1,
            "shared": 7,
        }


def test_the_prose_states_the_counts(chapter: Chapter) -> None:
    assert "rises in 2 of 3 windows in Primorye" in chapter.text
    assert "contains the slopes of 2, 2 and 2 of these windows" in chapter.text
    # One p-value of 0.02 lies three errors from the limit, two lie on it; on the other
    # side are the three of 0.3 with an error of 0.2.
    assert (
        "In 3 of all windows the {term}`calibrated interval` excludes zero: clearly in "
        "1, and in 2 so narrowly that" in chapter.text
    )
    assert "3 more lie near it on the other side" in chapter.text
    # Two windows of each table have a correlation that was set to 0, and one of the
    # two a small p-value.
    assert "This happened in 6 of all 9 windows, and in 3 of the 3" in chapter.text
    assert "1 of 1 in Khabarovskiy Krai; 1 of 1 in Amurskaya oblast" in chapter.text
    assert "In 3 windows, 0 of them with a small p-value" in chapter.text


def test_the_narrowest_interval_of_ewc_is_told_beside_that_of_hc3(
    chapter: Chapter,
) -> None:
    # In logs from 0.965 to 0.975 where HC3's is from 0.95 to 0.99: a quarter as wide.
    width = math.log(0.975 / 0.965) / math.log(0.99 / 0.95)
    assert chapter.results["narrowest.width"] == pytest.approx(width)
    assert chapter.results["ewc_narrower"] == 3
    assert "EWC's interval is narrower than HC3's in 3 of 9 windows." in chapter.text
    assert (
        "The extreme case is Primorye, 1992–1999: −3.5 to −2.5 per cent a year by EWC, "
        "against −5.0 to −1.0 by HC3." in chapter.text.replace("-", "−")
    )


def test_the_titles_say_in_how_many_windows_the_workers_rise(
    chapter: Chapter,
) -> None:
    title = "Amurskaya oblast: a rise in 2 of 3 windows"
    assert chapter.namespace["titles"]["amur"] == title


def test_each_window_is_a_cell_by_its_first_and_last_year(chapter: Chapter) -> None:
    labels = chapter.namespace["labels"]["amur"]
    assert labels.loc[[1992, 1993], [1999, 2000]].to_numpy().tolist() == [
        # The slope in whole per cent, starred where its p-value is small.
        ["−3*", "+2"],
        [labels.loc[1993, 1999], "0"],
    ]
    grid = chapter.namespace["grid"]("amur", "percent")
    assert math.isnan(grid.loc[1993, 1999])  # seven years: blank
    axes = chapter.namespace["axes"]
    (ring,) = axes.patches
    assert ring.get_xy() == (1, 0)
    told = "Primorye: windows 3, rising 2, starred 1, lowest growth −3, highest"
    assert told in chapter.alts[0]


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
    assert chapter.results["without"] == 3
    assert "Of the 3 windows with a small p-value, 0 leave out" in chapter.text
    assert "So do 3 of all 9 windows." in chapter.text


# By an independent referee: lowest and highest growth, and how many rise, of how many.
FIVE_YEARS = {
    "amur": (-9.5, 26.6, 27, 28),
    "khabarovsk": (1.6, 64.4, 28, 28),
    "primorye": (-22, 35, 31, 55),
}


def test_the_report_reads_the_table_of_the_points_of_its_sweep() -> None:
    reference = json.loads((ROOT / "tests/reference/models.json").read_text("utf-8"))
    windows = pd.read_csv(run(SWEEP, POINTS).parameters["table"])
    whole = "table == 'table4' and first_year == 1995 and last_year == 2005"
    (slope,) = windows.query(whole)["theil_sen"]
    assert slope == pytest.approx(reference["trends"]["amur"]["theil_sen"])


def test_windows_of_five_years_and_more_spread_as_the_printed_numbers_do() -> None:
    report = run(SWEEP, POINTS)
    tables = ("table1", "table3", "table4")
    for region, table in zip(SMALLEST, tables, strict=True):
        row = by_year(*WORKERS[table])
        logs = {year: math.log(int(it.replace(",", ""))) for year, it in row.items()}
        slopes = [
            100 * math.expm1(linregress([*years], [logs[it] for it in years]).slope)
            for first in logs
            for last in range(first + 4, max(logs) + 1)
            for years in [range(first, last + 1)]
        ]
        own = [report.results[f"five.{region}.{it}"] for it in ENDS]
        rising = sum(slope > 0 for slope in slopes)
        told = (min(slopes), max(slopes), rising, len(slopes))
        assert own == pytest.approx(told)
        assert told == pytest.approx(FIVE_YEARS[region], abs=0.2)


ENDS = ("lowest", "highest", "rising", "windows")


def test_windows_of_fewer_than_eight_years_are_shown_and_not_counted(
    chapter: Chapter,
) -> None:
    for region in SMALLEST:
        five = {
            it: chapter.results[f"five.{region}.{it}"] for it in ("windows", "lowest")
        }
        assert five == {"windows": 4, "lowest": -20}
    assert "1995–1999" not in chapter.text


def test_with_fewer_than_eight_years_ewc_has_one_degree_of_freedom() -> None:
    # 0.4 n^(2/3) rounded, as Lazarus and others have it: 1.46 and 1.6.
    assert [inference.ewc_degrees(n) for n in (5, 6, 7, 8, 14)] == [1, 1, 1, 2, 2]
