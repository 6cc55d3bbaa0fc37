"""The transcription and its guards."""

import hashlib
import socket
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import frictionless
import pandas as pd
import pytest
from data_package_guard.guard import recordable_sheet

from rfe_labour import data, rounding
from rfe_labour.data import DataError, load
from tests.rfe_labour.data.damaged import (
    ORIGINAL,
    copy_of_data,
    read_rows,
    write_rows,
)
from tests.rfe_labour.printed_page import (
    STATED_TOTALS,
    TABLE2_COUNTS,
    TABLE2_SHARES,
    TABLE2_YEARS,
    WORKERS_TOTAL,
    by_cell,
    by_year,
)

RESOURCES = [
    *("table1", "table2_tokens", "table3", "table4", "stated_totals", "text_figures"),
    *("sources", "table_notes", "claims", "sentences", "claim_readings"),
    "external_figures",
    *("regional_tables", "author_pairs", "external_beside"),
]
WITHOUT_NUMBERS = ["table_notes", "claim_readings", "author_pairs", "external_beside"]
REGIONAL = ["table1", "table3", "table4"]
EVERY = {"claims": 29, "sentences": 29}
"""Of a long file only every so many digits are changed in the file itself."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of data/ that a test may damage."""
    return copy_of_data(tmp_path)


def digits_changed(path: Path) -> Iterator[tuple[list[list[str]], int, int, str]]:
    """Change every digit of every cell in turn, in memory.

    Yields all rows with the header, the number of the changed data row, the place of
    the column and the cell before the change.
    """
    rows = read_rows(path)
    for number, row in enumerate(rows[1:], start=1):
        for place, cell in enumerate(row):
            for at, digit in enumerate(cell):
                if digit.isdigit():
                    other = str((int(digit) + 1 + (number + at) % 9) % 10)
                    row[place] = cell[:at] + other + cell[at + 1 :]
                    yield rows, number, place, cell
            row[place] = cell


def one_digit_changes(
    path: Path, columns: Collection[str] | None = None, every: int = 1
) -> Iterator[tuple[int, str, str]]:
    """Change every digit of every cell in turn, in the file itself.

    Only of some columns if they are given, and only every so many digits. Yields the
    number of the data row, the column and the cell before the change; the file is put
    right afterwards.
    """
    original = path.read_bytes()
    seen = 0
    for (header, *rows), number, place, cell in digits_changed(path):
        if columns is not None and header[place] not in columns:
            continue
        seen += 1
        if seen % every == 0:
            write_rows(path, [header, *rows])
            yield number, header[place], cell
    path.write_bytes(original)


def first_32_bits(cells: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:8]


def entry_of(resource: str, directory: Path = ORIGINAL) -> dict[str, Any]:
    entries = data.read_descriptor(directory)["resources"]
    return dict(next(entry for entry in entries if entry["name"] == resource))


# The transcription --------------------------------------------------------------------


@pytest.mark.parametrize("table", REGIONAL)
def test_every_cell_of_a_regional_table_is_as_printed(table: str) -> None:
    cells = load(table)
    found = cells.set_index(["measure", "year"])["printed"].to_dict()
    assert found == by_cell(table)


@pytest.mark.parametrize("table", REGIONAL)
def test_the_workers_of_a_table_add_up_to_the_total_of_the_methods(table: str) -> None:
    workers = load(table).query("measure == 'workers'")["printed"]
    assert sum(workers.map(rounding.parse_number)) == WORKERS_TOTAL[table]
    guards = entry_of(table)["controlTotals"]
    totals = [
        entry["total"] for entry in guards if entry["where"]["measure"] != "share"
    ]
    assert totals == [str(WORKERS_TOTAL[table])]


@pytest.mark.parametrize("table", REGIONAL)
def test_a_whole_share_is_doubted_exactly_where_it_is_printed(table: str) -> None:
    shares = load(table).query("measure == 'share'")
    doubted = shares.loc[shares["doubt"] == "whole-number", "year"].tolist()
    whole = {
        "table1": [],
        "table3": [1996, 1997, 2000, 2001],
        "table4": [1995, 1996, 1997, 1998, 1999, 2004],
    }
    assert doubted == whole[table]


@pytest.mark.parametrize("table", REGIONAL)
def test_every_locator_of_a_table_names_its_own_cell(table: str) -> None:
    row = {"workers": "Total", "share": "%"}
    for cell in load(table).itertuples():
        number = table.removeprefix("table")
        assert cell.locator == f"Table {number}, {row[str(cell.measure)]}, {cell.year}"


def test_the_stated_totals_are_as_printed() -> None:
    found = load("stated_totals")
    assert found.set_index("year")["printed"].to_dict() == by_year(*STATED_TOTALS)
    assert found.loc[found["doubt"] == "round-number", "printed"].tolist() == ["12,500"]


def test_the_tokens_of_table_2_stand_in_the_order_of_the_scan() -> None:
    tokens = load("table2_tokens")
    printed = tokens.groupby("row", sort=False)["printed"].agg(" ".join)
    assert printed.to_dict() == {
        "year": TABLE2_YEARS,
        "count": TABLE2_COUNTS,
        "share": TABLE2_SHARES,
    }
    assert tokens["position"].tolist() == list(range(1, 33))


def test_only_the_year_labels_of_table_2_have_a_year() -> None:
    tokens = load("table2_tokens")
    labels = tokens["row"] == "year"
    assert tokens.loc[labels, "year"].astype(str).tolist() == TABLE2_YEARS.split()
    assert tokens.loc[~labels, "year"].isna().all()
    fields = entry_of("table2_tokens")["schema"]["fields"]
    missing = next(f["missingValues"] for f in fields if f["name"] == "year")
    assert [value["value"] for value in missing] == ["column-lost"]
    assert all(value["label"] for value in missing)


def test_the_doubts_of_table_2_are_on_their_tokens() -> None:
    tokens = load("table2_tokens").dropna(subset="doubt")
    doubted = tokens.groupby("doubt")["printed"].agg(list).to_dict()
    assert doubted == {
        "stands-apart": [*TABLE2_YEARS.split()[:8], *TABLE2_COUNTS.split()[:2]],
        "decimal-point-lost": ["11", "04", "11"],
    }


def test_the_ends_of_a_text_figure_follow_from_its_qualifier() -> None:
    for figure in load("text_figures").itertuples():
        about = rounding.approximate_interval(str(figure.printed))
        at_most = rounding.Interval(
            0, float(rounding.parse_number(str(figure.printed)))
        )
        expected = about if figure.qualifier == "about" else at_most
        assert (figure.lower, figure.upper) == (expected.lower, expected.upper)
        assert figure.first_year <= figure.last_year


def test_columns_have_the_types_of_the_schema() -> None:
    types = load("text_figures").dtypes.astype(str).to_dict()
    assert types["lower"] == "int64"
    assert types["in_far_east"] == "bool"
    assert types["printed"] == "str"
    assert load("text_figures")["in_far_east"].sum() == 3
    assert str(load("table2_tokens")["year"].dtype) == "Int64"
    numbers = load("claims").set_index("claim")[["lower", "upper"]]
    assert numbers.dtypes.astype(str).tolist() == ["Float64", "Float64"]
    assert numbers.loc["goods_tons"].tolist() == [2.35, 2.45]
    assert pd.isna(numbers.loc["loggers_end_1990s", "lower"])
    assert pd.isna(load("table1")["doubt"]).all()


# The guards ---------------------------------------------------------------------------


@pytest.mark.parametrize("resource", RESOURCES)
def test_any_changed_digit_is_refused_by_file_row_and_column(
    resource: str, copy: Path
) -> None:
    path = copy / f"{resource}.csv"
    changes, every = 0, EVERY.get(resource, 1)
    for row, column, _ in one_digit_changes(path, every=every):
        with pytest.raises(DataError) as refusal:
            load(resource, copy)
        message = str(refusal.value)
        assert f"{resource}.csv, row {row} (" in message
        assert f"), column {column}: " in message
        changes += 1
    digits = sum(map(str.isdigit, path.read_text("utf-8").split("\n", 1)[1]))
    assert changes == digits // every
    load(resource, copy)


@pytest.mark.parametrize("resource", list(EVERY))
def test_any_changed_digit_of_a_long_file_changes_the_hash_of_its_row_and_column(
    resource: str,
) -> None:
    recorded = entry_of(resource)
    header, *unchanged = read_rows(ORIGINAL / f"{resource}.csv")
    assert recorded["rowHashes"] == [first_32_bits(row) for row in unchanged]
    changes = 0
    for (_, *rows), row, place, _cell in digits_changed(ORIGINAL / f"{resource}.csv"):
        of_column = recorded["columnHashes"][header[place]]
        assert first_32_bits(rows[row - 1]) != recorded["rowHashes"][row - 1]
        assert first_32_bits(own[place] for own in rows) != of_column
        changes += 1
    assert changes > 1500


@pytest.mark.parametrize(
    "resource", [name for name in RESOURCES if name not in WITHOUT_NUMBERS]
)
def test_control_totals_alone_find_a_changed_digit_and_its_right_value(
    resource: str, copy: Path
) -> None:
    path = copy / f"{resource}.csv"
    controlled = {entry["column"] for entry in entry_of(resource)["controlTotals"]}
    found = 0
    package, every = data.package(copy), EVERY.get(resource, 1)
    for row, column, before in one_digit_changes(path, controlled, every):
        with pytest.raises(DataError) as refusal:
            recordable_sheet(package, resource)
        message = str(refusal.value)
        assert f"{resource}.csv, row {row} (" in message
        assert f"), column {column}: " in message
        right = f"{Decimal(before.replace(',', '')).normalize():f}"
        assert f"the control totals expect {right} " in message or (
            "expected at " in message or "expected the pattern" in message
        )
        found += 1
    assert found >= 16


def test_a_changed_cell_of_a_table_is_answered_with_its_right_value(copy: Path) -> None:
    path = copy / "table1.csv"
    path.write_text(path.read_text("utf-8").replace('"1,421"', '"1,427"'), "utf-8")
    with pytest.raises(DataError) as refusal:
        load("table1", copy)
    message = str(refusal.value)
    assert "row 3 (measure workers, year 1994), column printed: " in message
    assert 'holds "1,427"' in message
    assert "the control totals expect 1421" in message
    assert "retype the control totals in " in message
    # Another folder is named in the command, which would else record the book's own.
    assert message.endswith(f"and then run `python -m rfe_labour.data record {copy}`.")


@pytest.mark.parametrize("resource", [*REGIONAL, "stated_totals"])
def test_a_changed_year_is_refused_even_with_its_hashes(
    resource: str, copy: Path
) -> None:
    for _, column, _ in one_digit_changes(copy / f"{resource}.csv"):
        if column == "year":
            with pytest.raises(DataError, match=rf"{resource}\.csv, row .*year"):
                recordable_sheet(data.package(copy), resource)


@pytest.mark.parametrize(
    ("table", "printed", "same_value"),
    [("table1", "14.0", "14"), ("table3", "27", "27.0"), ("table4", "34", "34.0")],
)
def test_a_decimal_lost_or_added_is_refused_even_with_its_hashes(
    table: str, printed: str, same_value: str, copy: Path
) -> None:
    path = copy / f"{table}.csv"
    header, *rows = read_rows(path)
    next(row for row in rows if row[2] == printed)[2] = same_value
    write_rows(path, [header, *rows])
    with pytest.raises(DataError, match=rf"{table}\.csv, column printed: .* decimals"):
        data.record(copy)


def test_the_environment_may_name_the_folder(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RFE_LABOUR_DATA", str(copy))
    assert data.data_directory() == copy
    (copy / "datapackage.json").unlink()
    with pytest.raises(DataError, match=r"no datapackage\.json .*RFE_LABOUR_DATA"):
        load("table1")
    monkeypatch.delenv("RFE_LABOUR_DATA")
    assert data.data_directory() == ORIGINAL


# The commands -------------------------------------------------------------------------


def test_recording_what_is_recorded_changes_no_byte(copy: Path) -> None:
    assert data.main(["record", str(copy)]) == 0
    for file in ORIGINAL.iterdir():
        assert (copy / file.name).read_bytes() == file.read_bytes()
    assert len(list(copy.iterdir())) == len(list(ORIGINAL.iterdir()))


def test_checking_prints_a_line_per_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert data.main(["check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{name}: as recorded" for name in RESOURCES]


def test_the_command_exits_with_1_where_a_file_is_damaged(copy: Path) -> None:
    (copy / "sources.csv").unlink()
    program = [sys.executable, "-m", "rfe_labour.data", "check", copy]
    run = subprocess.run(program, check=False, capture_output=True, text=True)
    assert run.returncode == 1
    assert "sources.csv cannot be read" in run.stdout
    assert not run.stderr


# The standard -------------------------------------------------------------------------


def test_frictionless_finds_the_package_valid_without_a_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        msg = "The descriptor must be valid without a network."
        raise AssertionError(msg)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    report = frictionless.validate(str(ORIGINAL / "datapackage.json"))
    assert report.valid, report.flatten(["name", "rowNumber", "type", "message"])
    assert [task.name for task in report.tasks] == RESOURCES


def test_every_column_is_documented_with_labels_for_its_codes() -> None:
    for name in RESOURCES:
        for field in entry_of(name)["schema"]["fields"]:
            assert field["title"], name
            assert field["description"].endswith("."), (name, field["name"])
            for code in field.get("categories", []) + field.get("missingValues", []):
                assert code["label"], (name, field["name"], code)


def test_rows_are_read_without_pandas() -> None:
    program = (
        "import sys; from rfe_labour import data; rows = data.rows('stated_totals')\n"
        "assert rows[0]['printed'] == '11,862' and rows[0]['year'] == 1998, rows[0]\n"
        "sys.exit(bool({'pandas', 'frictionless'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_codes_of_a_column_have_their_meaning_in_the_descriptor() -> None:
    meanings = data.labels("table2_tokens", "doubt")
    assert set(meanings) == {"decimal-point-lost", "stands-apart"}
    assert data.labels("table1", "year") == {}
