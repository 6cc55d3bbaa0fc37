"""What spreadsheet programs save in place of a cell is undone, if it is that."""

from __future__ import annotations

import pytest
from data_package_guard import DataError, spreadsheets

from .damage import Copy

# As Excel and LibreOffice write the cells on the left, in English or German.
SAVED = [
    ("1,779", "1779", "thousands separators"),
    ("1,779", "1.779", "thousands separators"),
    ("1779", "1,779", "thousands separators"),
    ("12500", "12 500", "thousands separators"),
    ("20.1", "20,1", "another decimal sign"),
    ("14.0", "14", "last noughts"),
    ("2.50", "2.5", "last nought"),
    ("04", "4", "first noughts"),
    ("123000000000", "1.23E+11", "power of ten"),
    ("true", "TRUE", "truth value"),
    ("false", "FALSCH", "truth value"),
    ("1-2", "02. Jan", "date"),
    ("1-2", "2-Jan", "date"),
    ("3/4", "04. Mrz", "date"),
    ("10-12", "12-Oct", "date"),
    ("2002-06", "Jun-02", "date"),
    ("1995-05", "May-95", "date"),
    ("2000-11-01", "01.11.2000", "date"),
    ("2000-11-01", "11/1/2000", "date"),
    ("1-2", "2026-01-02", "date"),
    ("5", "'5", "signs around it"),
    ("5", "5\u00a0", "signs around it"),
]


@pytest.mark.parametrize(("cell", "saved", "words"), SAVED)
def test_a_habit_of_a_spreadsheet_program_is_named(
    cell: str, saved: str, words: str
) -> None:
    tried = {
        tuple(row): told for row, told in spreadsheets.undone(["a", saved], [1]) if told
    }
    assert words in tried["a", cell]
    assert f'"{cell}"' in tried["a", cell]


def test_cells_of_one_row_are_undone_together(copy: Copy) -> None:
    copy.set_cell("trees", 2, "girth", "2655")
    copy.set_cell("trees", 2, "height", "19,0")
    with pytest.raises(DataError) as refusal:
        copy.check("trees")
    assert "separators: spreadsheet programs save it as" in str(refusal.value)
    assert '"19.0" has another decimal sign' in str(refusal.value)


def test_an_ordinary_change_is_not_blamed_on_a_program(copy: Copy) -> None:
    copy.set_cell("trees", 2, "girth", "2,665")
    with pytest.raises(DataError) as refusal:
        copy.check("trees")
    assert "spreadsheet" not in str(refusal.value)
