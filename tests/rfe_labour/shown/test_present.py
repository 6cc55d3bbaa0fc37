"""What a reader sees as a table is what the results hold."""

from __future__ import annotations

import pandas as pd

from rfe_labour import data, tables
from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.checks import totals
from rfe_labour.shown import present


def _rows(table: present.Markdown) -> list[list[str]]:
    lines = table.text.splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def _agreement() -> pd.DataFrame:
    cells = data.load("table4")
    return tables.agreement(cells, tables.rebuild(tables.regional_table(cells)))


def test_a_doubtful_cell_has_a_star_and_an_agreeing_one_no_mark() -> None:
    shown = present.printed_and_rebuilt(_agreement(), REGIONAL_TABLES["table4"])
    rows = {row[0]: row[1:] for row in _rows(shown)}
    assert rows["1995"] == ["2,800", "2,800", "72 *", "72"]
    assert rows["2005"] == ["3,423", "3,423", "33.6", "33.6"]


def test_a_cell_that_does_not_agree_is_marked() -> None:
    compared = _agreement()
    compared.loc[compared["year"] == 2005, "rebuilt"] = ["3,424", "33.7"]
    compared.loc[compared["year"] == 2005, "agrees"] = False
    shown = present.printed_and_rebuilt(compared, REGIONAL_TABLES["table4"])
    row = next(row for row in _rows(shown) if row[0] == "2005")
    assert row[1:] == ["3,423", "3,424 ≠", "33.6", "33.7 ≠"]


def test_every_cell_is_listed_with_its_place_and_the_meaning_of_its_doubt() -> None:
    meanings = data.labels("table4", "doubt")
    about = REGIONAL_TABLES["table4"]
    rows = _rows(present.cells(_agreement(), meanings, about))
    assert len(rows) == 2 + 22
    place = "[Table 4, %, 1995]{#printed-table4-share-1995}"
    doubtful = next(row for row in rows if row[0] == place)
    assert doubtful[1:4] == ["72", "72", "yes"]
    assert doubtful[4] == meanings["whole-number"]


def test_negative_changes_are_written_with_a_minus_sign() -> None:
    regional = {
        about.region: tables.regional_table(data.load(name))
        for name, about in REGIONAL_TABLES.items()
    }
    comparison = totals.compare(data.load("stated_totals"), regional)
    rows = {row[0]: row[1:] for row in _rows(present.directions(comparison))}
    assert rows["1998–1999"] == ["−1,879", "+1,464", "no"]
    assert rows["2004–2005"] == ["+512", "+2,757", "yes"]


def test_a_step_without_direction_says_so() -> None:
    comparison = pd.DataFrame(
        {
            "stated_change": pd.array([None, 0], dtype="Int64"),
            "sum_change": pd.array([None, 5], dtype="Int64"),
            "same_direction": pd.array([None, None], dtype="boolean"),
        },
        index=pd.Index([2000, 2001], name="year"),
    )
    assert _rows(present.directions(comparison))[-1][-1] == "no direction"


def test_no_known_defect_is_said_in_words() -> None:
    empty = pd.DataFrame({"defect": [], "where": [], "what": []})
    assert present.defects(empty).text == "None is known."


def test_the_data_dictionary_has_every_column_and_code() -> None:
    descriptor = data.read_descriptor()
    text = present.data_dictionary(descriptor, folder="..").text
    for resource in descriptor["resources"]:
        assert f"## `{resource['path']}`" in text
        for field in resource["schema"]["fields"]:
            assert f"| `{field['name']}` |" in text
    assert "`decimal-point-lost`" in text
    assert "`column-lost`" in text


def test_a_bar_inside_a_cell_does_not_break_the_table() -> None:
    found = pd.DataFrame({"defect": ["x"], "where": ["a|b"], "what": ["c"]})
    assert "| a\\|b | c |" in present.defects(found).text
