"""The page of a numbers table shows what the table holds."""

from __future__ import annotations

import pandas as pd
import pytest

from rfe_labour import data, tables
from rfe_labour.article import REGIONAL_TABLES, RegionalTable
from rfe_labour.shown import regional_table
from tests.rfe_labour.shown.reading import is_complete, rows, svg

AMUR = REGIONAL_TABLES["table4"]


@pytest.fixture
def agreement() -> pd.DataFrame:
    cells = data.load("table4")
    return tables.agreement(cells, tables.rebuild(tables.regional_table(cells)))


def test_the_text_of_a_figure_tells_its_printed_ends(
    numbers: dict[str, pd.DataFrame], regions: dict[str, RegionalTable]
) -> None:
    region = "khabarovsk"
    alt = regional_table.workers_and_share(numbers[region], regions[region]).alt
    for words in ("Khabarovskiy Krai", "319 in 1995", "lowest 296 in 1996"):
        assert words in alt
    assert "highest 46.1 in 1999" in alt
    assert "25.5 in 2005" in alt


def test_the_line_of_a_figure_passes_through_the_printed_workers(
    numbers: dict[str, pd.DataFrame],
) -> None:
    axes = regional_table.workers_and_share(numbers["amur"], AMUR).figure.axes[0]
    drawn = axes.lines[0].get_xydata()
    assert [1995, 2800] in drawn.tolist()
    assert [2005, 3423] in drawn.tolist()


def test_the_parts_of_a_change_are_told_year_by_year(
    numbers: dict[str, pd.DataFrame],
) -> None:
    table = numbers["amur"]
    steps = tables.decomposition(table)
    picture = regional_table.decomposition(steps, AMUR)
    assert svg(picture) == svg(regional_table.decomposition(steps, AMUR))
    # ln(1,350 / 2,800) and ln(35 / 72), printed for 1995 and 1996
    assert "1996: share -0.72, foreign workers -0.01, workers -0.73" in picture.alt
    total = tables.decomposition_total(table)
    shown = rows(regional_table.decomposition_table(steps, total))
    assert shown[0][:3] == ["1995–1996", "−0.730", "−0.721"]
    assert [row[0] for row in shown][-1] == "**1995–2005**"


def test_implied_foreign_workers_are_intervals(
    numbers: dict[str, pd.DataFrame],
) -> None:
    table = numbers["amur"]
    assert "workers in Amurskaya" in regional_table.implied_foreign(table, AMUR).alt
    shown = regional_table.implied_foreign_table(table)
    # 2,800 of 72%, which stands for 71.5 to 72.5
    assert rows(shown)[0] == ["1995", "2,800", "71.5 to 72.5", "3,862 to 3,916"]


def test_a_doubtful_cell_has_a_star_and_an_agreeing_one_no_mark(
    agreement: pd.DataFrame,
) -> None:
    shown = regional_table.printed_and_rebuilt_table(agreement, AMUR)
    by_year = {row[0]: row[1:] for row in rows(shown)}
    assert by_year["1995"] == ["2,800", "2,800", "72 *", "72"]
    assert by_year["2005"] == ["3,423", "3,423", "33.6", "33.6"]


def test_a_cell_that_does_not_agree_is_marked(agreement: pd.DataFrame) -> None:
    agreement.loc[agreement["year"] == 2005, "rebuilt"] = ["3,424", "33.7"]
    agreement.loc[agreement["year"] == 2005, "agrees"] = False
    shown = regional_table.printed_and_rebuilt_table(agreement, AMUR)
    row = next(row for row in rows(shown) if row[0] == "2005")
    assert row[1:] == ["3,423", "3,424 ≠", "33.6", "33.7 ≠"]


def test_every_cell_is_listed_with_its_place_and_the_meaning_of_its_doubt(
    agreement: pd.DataFrame,
) -> None:
    meanings = data.labels("table4", "doubt")
    shown = rows(regional_table.cells_table(agreement, meanings, AMUR))
    assert len(shown) == 22
    place = "[Table 4, %, 1995]{#printed-table4-share-1995}"
    doubtful = next(row for row in shown if row[0] == place)
    assert doubtful[1:4] == ["72", "72", "yes"]
    assert doubtful[4] == meanings["whole-number"]


def test_no_known_defect_is_said_in_words_and_others_are_listed() -> None:
    defects = pd.DataFrame({"defect": ["x"], "where": ["a"], "what": ["b"]})
    assert rows(regional_table.defects_table(defects)) == [["a", "b"]]
    none = regional_table.defects_table(defects.head(0))
    assert none.text == "None is known."


def test_a_source_without_an_author_is_listed_by_its_title() -> None:
    cited = pd.DataFrame(
        {
            "authors": ["A. B", None],
            "title": ["One", "Two"],
            "published": [2001, 2002],
            "latest_year": [2000, 2001],
            "locator": ["note 1", "note 2"],
        }
    )
    shown = regional_table.sources_table(cited)
    assert is_complete(shown)
    assert [row[0] for row in rows(shown)] == ["A. B. One", "Two"]
