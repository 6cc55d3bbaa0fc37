"""The three regional tables of the article together."""

import pandas as pd
import pytest

from rfe_labour import tables
from tests.rfe_labour.printed_page import WORKERS, by_year

TABLES = {"primorye": "table1", "khabarovsk": "table3", "amur": "table4"}


@pytest.mark.parametrize(
    ("first_year", "last_year"),
    [(None, None), (1995, None), (None, 1999), (1996, 2001), (2004, 1999)],
)
def test_each_region_has_the_years_asked_for_as_they_are_printed(
    first_year: int | None, last_year: int | None
) -> None:
    regions = tables.regions(first_year, last_year)
    assert list(regions) == list(TABLES)
    for region, table in TABLES.items():
        row = by_year(*WORKERS[table])
        expected = {
            year: int(cell.replace(",", ""))
            for year, cell in row.items()
            if (first_year or 0) <= year <= (last_year or 9999)
        }
        found = regions[region]
        assert found.columns[:2].tolist() == ["year", "workers"]
        assert dict(zip(found["year"], found["workers"], strict=True)) == expected
        assert found.index.tolist() == list(range(len(expected)))


def test_a_region_is_the_table_that_a_chapter_makes_of_its_cells(
    numbers: dict[str, pd.DataFrame],
) -> None:
    for region, table in tables.regions().items():
        pd.testing.assert_frame_equal(table, numbers[region].reset_index())
