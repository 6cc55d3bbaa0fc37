"""Which tables and years may be asked for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rfe_labour.article import (
    REGIONAL_TABLES,
    check_totals_window,
    check_window,
    stated_years,
)
from rfe_labour.data import check, record

from .printed_page import WORKERS, by_year


def test_each_regional_table_has_the_years_of_the_printed_page() -> None:
    printed = {table: list(by_year(*row)) for table, row in WORKERS.items()}
    assert {
        table: list(range(facts.first_year, facts.last_year + 1))
        for table, facts in REGIONAL_TABLES.items()
    } == printed


def test_each_table_has_its_number_and_region() -> None:
    facts = [(it.table, it.number, it.region) for it in REGIONAL_TABLES.values()]
    assert facts == [
        ("table1", 1, "primorye"),
        ("table3", 3, "khabarovsk"),
        ("table4", 4, "amur"),
    ]


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


def test_the_facts_are_read_without_pandas() -> None:
    program = (
        "import sys; from rfe_labour import article; article.check_window('table1')\n"
        "article.check_totals_window(); sys.exit('pandas' in sys.modules)"
    )
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
    assert check_totals_window() == stated_years() == (1998, 2005)
    assert check_totals_window(2000, None) == (2000, 2005)


# Tables that a reader added


@pytest.fixture
def with_added_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of data/ to which a reader added the facts of a table."""
    copy = Path(shutil.copytree(Path(__file__).parents[2] / "data", tmp_path / "data"))
    with (copy / "regional_tables.csv").open("a", encoding="utf-8") as file:
        file.write("added,5,r,A region,2001,2003,false\n")
    monkeypatch.setenv("RFE_LABOUR_DATA", str(copy))
    return copy


def test_a_table_that_a_reader_added_is_known_and_is_not_of_the_article(
    with_added_table: Path,
) -> None:
    record(with_added_table)
    assert check(with_added_table)["regional_tables"] == ""
    facts, first_year, last_year = check_window("added", None, 2002)
    assert (facts.table, facts.region_name) == ("added", "A region")
    assert (first_year, last_year) == (2001, 2002)
    assert list(REGIONAL_TABLES) == ["table1", "table3", "table4"]
    with pytest.raises(ValueError, match='did you mean "added"'):
        check_window("addd")


@pytest.mark.usefixtures("with_added_table")
def test_the_facts_are_not_believed_before_they_are_recorded() -> None:
    with pytest.raises(ValueError, match=r"regional_tables\.csv has 4 data rows"):
        check_window("table1")
