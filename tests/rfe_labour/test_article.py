"""Which tables and years may be asked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rfe_labour.article import (
    REGIONAL_TABLES,
    TABLE_OF_REGION,
    check_totals_window,
    check_window,
)

from .printed_page import WORKERS, by_year


def test_each_regional_table_has_the_years_of_the_printed_page() -> None:
    printed = {table: list(by_year(*row)) for table, row in WORKERS.items()}
    assert {
        table: list(range(facts.first_year, facts.last_year + 1))
        for table, facts in REGIONAL_TABLES.items()
    } == printed


def test_each_region_leads_to_its_table() -> None:
    assert TABLE_OF_REGION == {
        "primorye": "table1",
        "khabarovsk": "table3",
        "amur": "table4",
    }


def test_an_open_window_is_the_whole_table() -> None:
    facts, first_year, last_year = check_window("table3")
    assert (facts.region_name, first_year, last_year) == (
        "Khabarovskiy Krai",
        1995,
        2005,
    )


def test_a_window_keeps_the_years_asked_for() -> None:
    assert check_window("table1", 1992, 1993)[1:] == (1992, 1993)
    assert check_window("table1", 1998, None)[1:] == (1998, 2005)
    assert check_window("table1", None, 1998)[1:] == (1992, 1998)


@pytest.mark.parametrize(
    ("table", "meant"),
    [("tabel3", "table3"), ("table 4", "table4"), ("Primorye", "table1")],
)
def test_an_unknown_table_is_answered_with_the_nearest_one(
    table: str, meant: str
) -> None:
    with pytest.raises(ValueError, match=f'did you mean "{meant}"') as refusal:
        check_window(table)
    assert "table1 (Primorye), table3 (Khabarovskiy Krai)" in str(refusal.value)


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ((1994, None), "first_year 1994 is not a year of table3"),
        ((None, 2006), "last_year 2006 is not a year of table3"),
        ((1994, None), "the years are 1995 to 2005"),
        ((2001, 1999), "first_year 2001 comes after last_year 1999"),
        ((2001, 2001), "At least two years"),
    ],
)
def test_an_impossible_window_is_refused_with_its_reason(
    window: tuple[int | None, int | None], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_window("table3", *window)


def test_the_facts_load_without_pandas() -> None:
    program = "import sys, rfe_labour.article; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    ("years", "words"),
    [
        ((1997, 2005), "first_year 1997 is not a year"),
        ((1998, 2006), "last_year 2006 is not a year"),
        ((2004, 2001), "comes after last_year 2001"),
        ((2001, 2001), "both 2001"),
    ],
)
def test_impossible_years_of_the_totals_are_refused(
    years: tuple[int, int], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        check_totals_window(*years)


def test_the_totals_have_the_years_that_the_article_states() -> None:
    assert check_totals_window() == (1998, 2005)
    assert check_totals_window(2000, None) == (2000, 2005)


# Tables that a reader added


def add_table(folder: Path, **facts: object) -> None:
    """Write a descriptor with one table of a reader's own."""
    resource = {"name": "added", "path": "added.csv", "schema": {"fields": []}}
    content = {"resources": [{**resource, "regionalTable": facts}]}
    (folder / "datapackage.json").write_text(json.dumps(content), encoding="utf-8")


def test_a_table_in_the_descriptor_is_known_by_its_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RFE_LABOUR_DATA", str(tmp_path))
    facts = {"number": 5, "region": "r", "region_name": "A region"}
    add_table(tmp_path, **facts, first_year=2001, last_year=2003)
    about, first_year, last_year = check_window("added", None, 2002)
    assert (about.table, about.region_name) == ("added", "A region")
    assert (first_year, last_year) == (2001, 2002)
    assert "added" not in REGIONAL_TABLES


def test_incomplete_facts_of_an_added_table_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RFE_LABOUR_DATA", str(tmp_path))
    add_table(tmp_path, number=5)
    with pytest.raises(ValueError, match=r"has an unfit regionalTable.*It has number"):
        check_window("added")
