"""What the page of a regional table shows beside its frames."""

from __future__ import annotations

from rfe_labour import data
from rfe_labour.article import REGIONAL_TABLES
from rfe_labour.shown import regional_table
from tests.rfe_labour.shown.reading import rows


def test_every_cell_is_listed_with_its_place_and_the_meaning_of_its_doubt() -> None:
    meanings = data.labels("table4", "doubt")
    facts = REGIONAL_TABLES["table4"]
    shown = rows(regional_table.cells_table(data.load("table4"), meanings, facts))
    assert len(shown) == 22
    place = "[Table 4, %, 1995]{#printed-table4-share-1995}"
    assert [place, "72", meanings["whole-number"]] in shown
    assert ["[Table 4, %, 2005]{#printed-table4-share-2005}", "33.6", ""] in shown
