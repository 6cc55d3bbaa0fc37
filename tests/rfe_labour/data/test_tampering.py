"""Ways of tampering with data/, each refused with its file and its place."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from data_package_guard import sheet

from rfe_labour import data
from rfe_labour.data import DataError
from tests.book.chapters.running import CellFailed, run
from tests.rfe_labour.data.damaged import copy_of_data, read_rows, write_rows

DESCRIPTOR = "datapackage.json"
Json = dict[str, Any]


@dataclass(frozen=True)
class Tampering:
    """What is done to a copy of data/, and where the refusal must say that it is."""

    name: str
    do: Callable[[Path], object]
    file: str  # that the refusal names
    place: str  # a regular expression of the place in it
    recorded: bool = False  # whether `record` refuses it, too
    resource: str = "table1"  # that a notebook could not load; or empty


WAYS: list[Tampering] = []


def way(
    file: str, place: str, *, recorded: bool = False, resource: str = "table1"
) -> Callable[[Callable[[Path], object]], Callable[[Path], object]]:
    def add(do: Callable[[Path], object]) -> Callable[[Path], object]:
        name = do.__name__.strip("_").replace("_", " ")
        WAYS.append(Tampering(name, do, file, place, recorded, resource))
        return do

    return add


# What a tampering is made of


def set_cell(path: Path, row: int, column: str, cell: str) -> None:
    rows = read_rows(path)
    rows[row][rows[0].index(column)] = cell
    write_rows(path, rows)


def cell_of(path: Path, row: int, column: str) -> str:
    rows = read_rows(path)
    return rows[row][rows[0].index(column)]


def edit(folder: Path, change: Callable[[Json, Json], object]) -> None:
    """Let a function change the descriptor and the entry of Table 1 in it."""
    path = folder / DESCRIPTOR
    content = json.loads(path.read_text("utf-8"))
    change(content, content["resources"][0])
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, "utf-8", newline="")


def replace(path: Path, old: bytes, new: bytes, count: int = 1) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, count))


def field(entry: Json, name: str) -> Json:
    return next(it for it in entry["schema"]["fields"] if it["name"] == name)


# Cells


@way(
    "table1.csv", r"row 3 \(measure workers, year 1994\), column printed", recorded=True
)
def _a_digit_changed(folder: Path) -> None:
    set_cell(folder / "table1.csv", 3, "printed", "1,427")


@way("table1.csv", r"row 3 .*, row 4 .*, column printed", recorded=True)
def _two_cells_exchanged(folder: Path) -> None:
    path = folder / "table1.csv"
    third, fourth = (cell_of(path, row, "printed") for row in (3, 4))
    set_cell(path, 3, "printed", fourth)
    set_cell(path, 4, "printed", third)


@way("table1.csv", r"row 1 .*, row 2 .*, row 3 .*, column printed")
def _three_cells_changed_so_that_both_sums_stay(folder: Path) -> None:
    # +1, -2 and +1 in neighbouring rows leave the sum and the weighted sum alone.
    for row, cell in ((1, "1,780"), (2, "1,179"), (3, "1,422")):
        set_cell(folder / "table1.csv", row, "printed", cell)


@way("table1.csv", r"column doubt", recorded=True)
def _a_doubt_of_no_known_code(folder: Path) -> None:
    set_cell(folder / "table1.csv", 3, "doubt", "misprint")


@way("table4.csv", r"row \d+ .*, column doubt", resource="table4")
def _a_doubt_taken_away(folder: Path) -> None:
    path = folder / "table4.csv"
    rows = read_rows(path)
    row = next(n for n, it in enumerate(rows) if it[-1] == "whole-number")
    set_cell(path, row, "doubt", "")


@way("table_notes.csv", r"row 3 .*, column what", resource="table_notes")
def _a_note_reworded(folder: Path) -> None:
    set_cell(folder / "table_notes.csv", 3, "what", "Nothing is odd here.")


@way(
    "claims.csv",
    r"row 1 \(claim title_period\), column stated",
    recorded=True,
    resource="claims",
)
def _a_number_in_the_words_of_a_claim(folder: Path) -> None:
    set_cell(folder / "claims.csv", 1, "stated", "1992-2006")


@way(
    "text_figures.csv",
    r"row 1 .*, column upper",
    recorded=True,
    resource="text_figures",
)
def _an_end_of_a_text_figure(folder: Path) -> None:
    set_cell(folder / "text_figures.csv", 1, "upper", "260")


@way("sources.csv", r"column page", recorded=True, resource="sources")
def _a_range_of_pages_cut_to_one(folder: Path) -> None:
    set_cell(folder / "sources.csv", 8, "page", "30")


@way("table1.csv", r"row 1 .*, column year", recorded=True)
def _digits_of_another_script(folder: Path) -> None:
    set_cell(folder / "table1.csv", 1, "year", "１９９２")


@way("table1.csv", r"row 1 .*, column measure", recorded=True)
def _a_letter_that_looks_alike(folder: Path) -> None:
    set_cell(folder / "table1.csv", 1, "measure", "wоrkers")  # a Cyrillic o


@way("sources.csv", r"row 7 .*, column title", resource="sources")
def _the_same_letters_in_another_form_of_unicode(folder: Path) -> None:
    set_cell(
        folder / "sources.csv", 7, "title", "Foreign Workers in of Khabarovskiy Kaiÿ"
    )


@way("table1.csv", r"column locator")
def _a_blank_that_is_not_seen(folder: Path) -> None:
    set_cell(folder / "table1.csv", 2, "locator", "Table 1, Total, 1993\u200b")


@way("claims.csv", r"column lower", recorded=True, resource="claims")
def _a_number_that_is_none(folder: Path) -> None:
    set_cell(folder / "claims.csv", 1, "lower", "NaN")


@way("claims.csv", r"column upper", recorded=True, resource="claims")
def _a_number_without_end(folder: Path) -> None:
    set_cell(folder / "claims.csv", 1, "upper", "inf")


@way("table1.csv", r"column year", recorded=True)
def _a_negative_year(folder: Path) -> None:
    set_cell(folder / "table1.csv", 1, "year", "-1992")


@way("table1.csv", r"column printed", recorded=True)
def _a_cell_emptied(folder: Path) -> None:
    set_cell(folder / "table1.csv", 1, "printed", "")


@way("table1.csv", r"column printed", recorded=True)
def _a_formula(folder: Path) -> None:
    set_cell(folder / "table1.csv", 1, "printed", "=1779")


# Rows and columns


@way("table1.csv", "27 data rows, expected 28; row 5", recorded=True)
def _a_row_deleted(folder: Path) -> None:
    rows = read_rows(folder / "table1.csv")
    write_rows(folder / "table1.csv", [*rows[:5], *rows[6:]])


@way("table1.csv", "29 data rows, expected 28", recorded=True)
def _a_row_twice(folder: Path) -> None:
    rows = read_rows(folder / "table1.csv")
    write_rows(folder / "table1.csv", [*rows, rows[-1]])


@way("table1.csv", "row 1 .*, row 2", recorded=True)
def _rows_in_another_order(folder: Path) -> None:
    header, first, second, *rest = read_rows(folder / "table1.csv")
    write_rows(folder / "table1.csv", [header, second, first, *rest])


@way("table1.csv", "0 data rows", recorded=True)
def _all_rows_deleted(folder: Path) -> None:
    write_rows(folder / "table1.csv", read_rows(folder / "table1.csv")[:1])


@way("table1.csv", "column printed is missing; column 'count'", recorded=True)
def _a_column_renamed(folder: Path) -> None:
    replace(folder / "table1.csv", b"printed", b"count")


@way("table1.csv", "out of order", recorded=True)
def _a_column_moved(folder: Path) -> None:
    rows = [[row[1], row[0], *row[2:]] for row in read_rows(folder / "table1.csv")]
    write_rows(folder / "table1.csv", rows)


@way("table1.csv", "column doubt is missing", recorded=True)
def _a_column_deleted(folder: Path) -> None:
    rows = [row[:-1] for row in read_rows(folder / "table1.csv")]
    write_rows(folder / "table1.csv", rows)


@way("table1.csv", "row 2 has 6 cells, expected 5", recorded=True)
def _a_cell_too_many(folder: Path) -> None:
    rows = read_rows(folder / "table1.csv")
    rows[2].append("x")
    write_rows(folder / "table1.csv", rows)


# Bytes


@way("table1.csv", r"line ends .* Windows \(CRLF\), as Excel")
def _line_ends_of_windows(folder: Path) -> None:
    replace(folder / "table1.csv", b"\n", b"\r\n", -1)


@way("table1.csv", "byte order mark, as Excel", recorded=True)
def _a_byte_order_mark(folder: Path) -> None:
    path = folder / "table1.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


@way(
    "table1.csv",
    "line 1: the columns are separated by semicolons, as Excel",
    recorded=True,
)
def _semicolons(folder: Path) -> None:
    path = folder / "table1.csv"
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(read_rows(path))
    path.write_text(text.getvalue(), "utf-8", newline="")


@way("table1.csv", "line 1: the columns are separated by tabs", recorded=True)
def _tabs(folder: Path) -> None:
    path = folder / "table1.csv"
    text = io.StringIO(newline="")
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows(read_rows(path))
    path.write_text(text.getvalue(), "utf-8", newline="")


@way("table1.csv", "line 1: 2 empty columns after the last", recorded=True)
def _empty_columns(folder: Path) -> None:
    rows = [[*row, "", ""] for row in read_rows(folder / "table1.csv")]
    write_rows(folder / "table1.csv", rows)


@way("table1.csv", "row 29: the row is empty", recorded=True)
def _empty_rows(folder: Path) -> None:
    rows = read_rows(folder / "table1.csv")
    write_rows(folder / "table1.csv", [*rows, ["", "", "", "", ""]])


@way("table1.csv", 'in row 1, "1,779" lost or got thousands separators', recorded=False)
def _thousands_commas_lost(folder: Path) -> None:
    rows = read_rows(folder / "table1.csv")
    rows = [
        [cell.replace(",", "") if n == 2 else cell for n, cell in enumerate(row)]
        for row in rows
    ]
    write_rows(folder / "table1.csv", rows)


@way(
    "table1.csv",
    '"[0-9.]+" has another decimal sign',
    recorded=True,
)
def _decimal_commas(folder: Path) -> None:
    rows = read_rows(folder / "table1.csv")
    rows = [
        [cell.replace(".", ",") if n == 2 else cell for n, cell in enumerate(row)]
        for row in rows
    ]
    write_rows(folder / "table1.csv", rows)


@way("table1.csv", '"14.0" lost its last noughts', recorded=True)
def _decimals_lost(folder: Path) -> None:
    replace(folder / "table1.csv", b",14.0,", b",14,")


@way(
    "table2_tokens.csv",
    '"04" lost its first noughts',
    recorded=False,
    resource="table2_tokens",
)
def _first_noughts_lost(folder: Path) -> None:
    replace(folder / "table2_tokens.csv", b",04,", b",4,")


@way(
    "external_figures.csv",
    '"2002-06" was taken for a date',
    recorded=True,
    resource="external_figures",
)
def _a_date_made_of_a_month(folder: Path) -> None:
    replace(folder / "external_figures.csv", b",2002-06,", b",Jun-02,")


@way("sources.csv", "column page", recorded=True, resource="sources")
def _a_date_made_of_a_range(folder: Path) -> None:
    replace(folder / "sources.csv", b",30-81,", b",30. Aug 81,")


@way(
    "external_figures.csv",
    "column published",
    recorded=True,
    resource="external_figures",
)
def _a_date_of_another_country(folder: Path) -> None:
    replace(folder / "external_figures.csv", b",2000-11-01,", b",01.11.2000,")


@way(
    "regional_tables.csv",
    "column of_article",
    recorded=True,
    resource="regional_tables",
)
def _truths_in_capitals(folder: Path) -> None:
    replace(folder / "regional_tables.csv", b",true", b",TRUE", -1)


@way(
    "sources.csv",
    "not UTF-8 text: byte [0-9]+, in line 10",
    recorded=True,
    resource="sources",
)
def _another_encoding(folder: Path) -> None:
    path = folder / "sources.csv"
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))


@way("table1.csv", "is UTF-16", recorded=True)
def _utf_16(folder: Path) -> None:
    path = folder / "table1.csv"
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))


@way("table1.csv", "NUL byte in line 3", recorded=True)
def _a_nul(folder: Path) -> None:
    replace(folder / "table1.csv", b"1993,", b"1993\0,")


@way("table1.csv", "not a CSV table with a header .it is empty", recorded=True)
def _an_empty_file(folder: Path) -> None:
    (folder / "table1.csv").write_bytes(b"")


@way("table1.csv", "every cell is as recorded, but the bytes are not")
def _quotes_around_a_cell(folder: Path) -> None:
    replace(folder / "table1.csv", b"workers,1992", b'"workers",1992')


@way("table1.csv", "the end of the last line is missing")
def _the_last_line_end_cut(folder: Path) -> None:
    path = folder / "table1.csv"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))


@way("table1.csv", "unexpected end of data|not a CSV table", recorded=True)
def _a_quote_left_open(folder: Path) -> None:
    path = folder / "table1.csv"
    path.write_bytes(path.read_bytes() + b'share,2006,"1')


# Files


@way("table1.csv", "cannot be read", recorded=True)
def _a_file_deleted(folder: Path) -> None:
    (folder / "table1.csv").unlink()


@way("table1.csv", "is a folder and no file", recorded=True)
def _a_folder_in_place_of_a_file(folder: Path) -> None:
    (folder / "table1.csv").unlink()
    (folder / "table1.csv").mkdir()


@way("table1.csv", "is a device or a pipe", recorded=True)
def _a_pipe_in_place_of_a_file(folder: Path) -> None:
    (folder / "table1.csv").unlink()
    os.mkfifo(folder / "table1.csv")


@way("table1.csv", "is a link", recorded=True)
def _a_link_in_place_of_a_file(folder: Path) -> None:
    (folder / "table1.csv").rename(folder.parent / "elsewhere.csv")
    (folder / "table1.csv").symlink_to(folder.parent / "elsewhere.csv")


@way("table1.csv", "has 5,000,000,000 bytes, more than", recorded=True)
def _a_huge_file(folder: Path) -> None:
    with (folder / "table1.csv").open("r+b") as file:
        file.truncate(5_000_000_000)  # a hole, which takes no space


@way("table1 (2).csv", "is no resource of", recorded=True, resource="")
def _a_second_file(folder: Path) -> None:
    shutil.copy2(folder / "table1.csv", folder / "table1 (2).csv")


@way("table1.csv", "is no resource of", recorded=True)
def _another_file_of_the_same_cells(folder: Path) -> None:
    shutil.copy2(folder / "table1.csv", folder / "mine.csv")
    edit(folder, lambda _, table: table.update(path="mine.csv"))


# The descriptor: what it guards


def entry_way(
    place: str, *, recorded: bool = True, resource: str = "table1"
) -> Callable[[Callable[[Json, Json], object]], Callable[[Json, Json], object]]:
    """Say that a function changes the descriptor, or the entry of Table 1 in it."""

    def add(change: Callable[[Json, Json], object]) -> Callable[[Json, Json], object]:
        def do(folder: Path) -> None:
            edit(folder, change)

        do.__name__ = change.__name__
        way(DESCRIPTOR, place, recorded=recorded, resource=resource)(do)
        return change

    return add


@entry_way('no resource "table1", which .*demanded.json demands')
def _a_resource_deleted(package: Json, _: Json) -> None:
    del package["resources"][0]


@entry_way('no resource "table1"')
def _all_resources_deleted(package: Json, _: Json) -> None:
    package["resources"] = []


@entry_way('has no "resources"')
def _the_list_of_resources_deleted(package: Json, _: Json) -> None:
    del package["resources"]


@entry_way('no resource "table1"')
def _a_resource_renamed(_: Json, table: Json) -> None:
    table["name"] = "table 1"


@entry_way(r"resources: 2 entries have the name .table1.")
def _a_resource_twice(package: Json, table: Json) -> None:
    package["resources"].append(table)


@entry_way(r"table1\.controlTotals: has no total of column printed, .* measure workers")
def _the_control_totals_deleted(_: Json, table: Json) -> None:
    del table["controlTotals"]


@entry_way(r"table1\.controlTotals: has no total of column printed, .* measure share")
def _one_control_total_deleted(_: Json, table: Json) -> None:
    del table["controlTotals"][1]


@entry_way(r"table1\.controlTotals: has no total of column printed, .* measure workers")
def _a_control_total_of_other_rows(_: Json, table: Json) -> None:
    table["controlTotals"][0]["where"] = {"measure": "nobody"}


@entry_way(r"table1\.controlTotals\.1\.total: is .1e999999., expected a number of at")
def _a_sum_of_a_million_digits(_: Json, table: Json) -> None:
    table["controlTotals"][0]["total"] = "1e999999"


@entry_way(r"table1\.controlTotals\.1\.total: is null")
def _a_control_total_without_its_sum(_: Json, table: Json) -> None:
    table["controlTotals"][0]["total"] = None


@entry_way(r'table1\.schema\.fields\.doubt: has no "categories"')
def _the_categories_deleted(_: Json, table: Json) -> None:
    del field(table, "doubt")["categories"]


@entry_way(r"table1\.schema\.fields\.doubt\.categories: has the codes")
def _a_category_added(_: Json, table: Json) -> None:
    field(table, "doubt")["categories"].append({"value": "misprint"})


@entry_way(r"table1\.schema\.fields\.doubt: is not as recorded", recorded=False)
def _the_label_of_a_category(_: Json, table: Json) -> None:
    field(table, "doubt")["categories"][0]["label"] = "Nothing is wrong"


@entry_way(r"table1\.schema\.fields\.printed\.unit: is .thousands")
def _a_unit(_: Json, table: Json) -> None:
    field(table, "printed")["unit"] = "thousands of persons"


@entry_way(r"table1\.schema\.fields\.year: has no .constraints.")
def _the_constraints_deleted(_: Json, table: Json) -> None:
    del field(table, "year")["constraints"]


@entry_way(r"table1\.schema\.fields\.printed\.constraints\.pattern")
def _a_pattern_that_allows_all(_: Json, table: Json) -> None:
    field(table, "printed")["constraints"]["pattern"] = ".*"


@entry_way(r"table1\.schema\.fields\.year\.type")
def _another_type_of_column(_: Json, table: Json) -> None:
    field(table, "year")["type"] = "string"
    field(table, "year")["constraints"] = {"required": True}


@entry_way(r"table1\.schema\.primaryKey|table1\.schema: has no .primaryKey.")
def _the_primary_key_deleted(_: Json, table: Json) -> None:
    del table["schema"]["primaryKey"]


@entry_way(r"table1\.schema\.fields: has no column doubt")
def _a_column_of_the_schema_deleted(_: Json, table: Json) -> None:
    table["schema"]["fields"].pop()


@entry_way(r"table1\.schema\.fields\.year: is not as recorded", recorded=False)
def _a_year_declared_missing(_: Json, table: Json) -> None:
    field(table, "year")["missingValues"] = ["1992"]


@entry_way(r"resources\.table1\.title", recorded=False)
def _a_title(_: Json, table: Json) -> None:
    table["title"] = "Table 1. North Korean workers in Primorye, 1991–2004"


@entry_way(r"datapackage\.json, licenses", recorded=False, resource="")
def _another_licence(package: Json, _: Json) -> None:
    package["licenses"][0]["name"] = "CC-BY-4.0"


@entry_way(
    r"datapackage\.json, resources: is not as recorded", recorded=False, resource=""
)
def _resources_in_another_order(package: Json, _: Json) -> None:
    package["resources"].reverse()


# The descriptor: hashes and paths


@entry_way(r'resources\.table1: has no "hash"', recorded=False)
def _the_hash_deleted(_: Json, table: Json) -> None:
    del table["hash"]


@entry_way(r'resources\.table1: has no "keyHashes"', recorded=False)
def _the_hashes_of_the_entry_deleted(_: Json, table: Json) -> None:
    del table["keyHashes"]


@entry_way('has no "keyHashes"', recorded=False, resource="")
def _the_hashes_of_the_package_deleted(package: Json, _: Json) -> None:
    del package["keyHashes"]


@entry_way(r"resources\.table1\.hash: is .md5:.*expected .sha256:")
def _a_weaker_algorithm(_: Json, table: Json) -> None:
    table["hash"] = "md5:d41d8cd98f00b204e9800998ecf8427e"


@entry_way(r"resources\.table1: the hashes .* contradict", recorded=False)
def _the_hash_of_a_row(_: Json, table: Json) -> None:
    table["rowHashes"][3] = "0" * 8


@entry_way(r"resources\.table1: the hashes .* contradict", recorded=False)
def _the_hashes_of_rows_cut_short(_: Json, table: Json) -> None:
    table["rowHashes"].pop()


PATHS = {
    "an absolute path": "/etc/passwd",
    "a path out of the folder": "../table1.csv",
    "a path out and in again": "sub/../../data/table1.csv",
    "an address": "https://example.org/table1.csv",
    "a file address": "file:///etc/passwd",
    "a path of windows": "C:\\table1.csv",
    "an empty path": "",
    "a home": "~/table1.csv",
}
for name, path in PATHS.items():
    WAYS.append(
        Tampering(
            name,
            lambda folder, path=path: edit(folder, lambda _, it: it.update(path=path)),
            DESCRIPTOR,
            r"resources\.table1\.path: is .*, expected one path within the folder",
            True,
        )
    )


@entry_way(r"resources: 2 entries have the path .table3\.csv.")
def _the_file_of_another_table(_: Json, table: Json) -> None:
    table["path"] = "table3.csv"


# The descriptor: its form


def swap(place: str, value: Any) -> Callable[[Path], None]:
    """Put a value at a place of the entry of Table 1."""

    def change(_: Json, table: Json) -> None:
        *keys, last = place.split(".")
        inner: Any = table
        for key in keys:
            inner = inner[int(key)] if key.isdigit() else inner[key]
        inner[int(last) if last.isdigit() else last] = value

    return lambda folder: edit(folder, change)


WRONG_TYPES = {
    "name": (7, "resources.1.name: is 7"),
    "path": (["table1.csv"], "table1.path"),
    "schema": ("table1.json", "table1.schema"),
    "schema.fields": ({"year": "integer"}, "table1.schema.fields"),
    "schema.fields.0": ("measure", "table1.schema.fields.1"),
    "schema.fields.0.categories": ("workers", "measure.categories"),
    "schema.fields.0.constraints": ([], "measure.constraints"),
    "schema.fields.2.constraints.pattern": ("(", "printed.constraints.pattern"),
    "schema.fields.1.constraints.minimum": ("1992", "year.constraints.minimum"),
    "schema.primaryKey": ("measure", "table1.schema.primaryKey"),
    "controlTotals": ({}, "table1.controlTotals"),
    "controlTotals.0": (None, "table1.controlTotals.1"),
    "controlTotals.0.where": ([], "table1.controlTotals.1.where"),
    "controlTotals.0.cells": ("14", "table1.controlTotals.1.cells"),
    "controlTotals.0.total": ("much", "table1.controlTotals.1.total"),
    "hash": (True, "table1.hash"),
    "bytes": (-1, "table1.bytes"),
    "rowHashes": ({}, "table1.rowHashes"),
    "columnHashes": ([], "table1.columnHashes"),
    "keyHashes": ("", "table1.keyHashes"),
    "encoding": ("latin-1", "table1.encoding"),
    "dialect": ({"delimiter": ";"}, "table1.dialect.delimiter"),
}
for place, (value, where) in WRONG_TYPES.items():
    WAYS.append(
        Tampering(
            f"{place} of a wrong type",
            swap(place, value),
            DESCRIPTOR,
            re.escape(where),
            True,
        )
    )


def text_way(place: str) -> Callable[[Callable[[str], str]], Callable[[str], str]]:
    """Say that a function changes the text of the descriptor."""

    def add(change: Callable[[str], str]) -> Callable[[str], str]:
        def do(folder: Path) -> None:
            path = folder / DESCRIPTOR
            text = change(path.read_text("utf-8"))
            path.write_bytes(text.encode("utf-8", "surrogatepass"))

        do.__name__ = change.__name__
        way(DESCRIPTOR, place, recorded=True)(do)
        return change

    return add


@text_way(r'resources\.table1: has the key "controlTotals" twice')
def _a_key_twice(text: str) -> str:
    return text.replace(
        '"controlTotals": [', '"controlTotals": [], "controlTotals": [', 1
    )


@text_way('has the key "resources" twice')
def _the_resources_twice(text: str) -> str:
    return text.replace('"resources": [', '"resources": [], "resources": [', 1)


@text_way("json, line 22: is nested more than 50 deep")
def _nested_deep(text: str) -> str:
    return text.replace(
        '"resources": [', f'"x": {"[" * 60}{"]" * 60}, "resources": [', 1
    )


@text_way("json, line 22: is nested more than 50 deep")
def _nested_deeper_than_any_stack(text: str) -> str:
    return text.replace(
        '"resources": [', f'"x": {"[" * 100_000}{"]" * 100_000}, "resources": [', 1
    )


@text_way("byte order mark")
def _a_byte_order_mark_before_the_descriptor(text: str) -> str:
    return "\ufeff" + text


@text_way("NUL byte in line 1")
def _a_nul_in_the_descriptor(text: str) -> str:
    return text.replace("{", "{\0", 1)


@text_way("is not valid JSON: line 1, column 1")
def _an_empty_descriptor(_: str) -> str:
    return ""


@text_way("is not valid JSON: line")
def _a_descriptor_cut_short(text: str) -> str:
    return text[: len(text) // 2]


@text_way(r"json, line \d+: holds NaN")
def _a_sum_that_is_no_number(text: str) -> str:
    return text.replace('"total": "36417"', '"total": NaN')


@text_way(r"table1\.controlTotals\.1\.total: is a number too large")
def _a_sum_without_end(text: str) -> str:
    return text.replace('"total": "36417"', '"total": 1e999')


@text_way(r"json, line \d+: holds a number of 5,000 digits")
def _a_number_of_too_many_digits(text: str) -> str:
    return text.replace('"total": "36417"', f'"total": {"9" * 5000}')


@text_way(r"resources\.table1\.title: holds half a surrogate pair")
def _half_a_character(text: str) -> str:
    return text.replace('"title": "Table 1. ', '"title": "\\ud800', 1)


@text_way(r"is \[\], expected an object")
def _a_list_in_place_of_the_descriptor(_: str) -> str:
    return "[]"


@way(DESCRIPTOR, "is a link", recorded=True)
def _a_link_in_place_of_the_descriptor(folder: Path) -> None:
    (folder / DESCRIPTOR).rename(folder.parent / DESCRIPTOR)
    (folder / DESCRIPTOR).symlink_to(folder.parent / DESCRIPTOR)


# Each is refused


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_of_data(tmp_path)


@pytest.mark.parametrize("tampering", [pytest.param(it, id=it.name) for it in WAYS])
def test_tampering_is_refused_with_file_and_place(
    tampering: Tampering, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tampering.do(copy)
    before = content_of(copy)
    assert data.main(["check", str(copy)]) == 1
    assert_says(tampering, capsys)
    if tampering.resource:
        with pytest.raises(DataError) as refusal:
            data.load(tampering.resource, copy)
        assert str(copy) in str(refusal.value)
    if tampering.recorded:
        assert data.main(["record", str(copy)]) == 1
        refusal = capsys.readouterr().err
        assert "Traceback" not in refusal
        # What refuses is not advised again without a step before it.
        assert not re.search("If (the change is meant|it is new), run", refusal)
        assert content_of(copy) == before


def assert_says(tampering: Tampering, capsys: pytest.CaptureFixture[str]) -> None:
    captured = capsys.readouterr()
    said = f"{captured.out}{captured.err}"
    refusals = [line for line in said.splitlines() if not line.endswith("as recorded")]
    told = [line for line in refusals if re.search(tampering.place, line)]
    assert told, said
    assert tampering.file in told[0]


def content_of(folder: Path) -> dict[str, bytes]:
    small = (it for it in folder.iterdir() if it.is_file() and it.stat().st_size < 1e6)
    return {path.name: path.read_bytes() for path in small}


def test_there_are_more_ways_than_anyone_would_try() -> None:
    assert len({it.name for it in WAYS}) == len(WAYS) >= 100


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_refused(copy: Path) -> None:
    (copy / "table1.csv").chmod(0)
    with pytest.raises(DataError, match=r"table1\.csv cannot be read"):
        data.load("table1", copy)


@pytest.mark.parametrize("name", ["../table1", "table1.csv", "", "Table1", "table１"])
def test_a_notebook_loads_a_resource_by_its_name_and_nothing_else(name: str) -> None:
    with pytest.raises(DataError, match=r'has no resource ".*It has table1, table2'):
        data.load(name)


def test_where_only_the_descriptor_changed_it_is_to_be_restored(copy: Path) -> None:
    def forbid(_: Json, table: Json) -> None:
        field = next(it for it in table["schema"]["fields"] if it["name"] == "printed")
        field.setdefault("constraints", {})["enum"] = ["x"]

    edit(copy, forbid)
    with pytest.raises(DataError) as refusal:
        data.record(copy)
    assert "change the schema" in str(refusal.value)
    with pytest.MonkeyPatch.context() as patch:
        named: list[Path] = []
        patch.setattr(sheet, "how_to_restore", lambda path: named.append(path) or "")
        with pytest.raises(DataError):
            data.record(copy)
    assert {*named} == {copy / DESCRIPTOR}


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("~/nowhere", f"{data.DIRECTORY_VARIABLE}: correct that, or unset it."),
        ("x" * 5000, f"{data.DIRECTORY_VARIABLE}: correct that, or unset it."),
    ],
)
def test_a_variable_that_names_no_data_is_told(
    named: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(data.DIRECTORY_VARIABLE, named)
    with pytest.raises(DataError) as refusal:
        data.load("table1")
    assert told in str(refusal.value)
    assert "~" not in str(refusal.value)


def test_a_chapter_refuses_what_the_command_refuses(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(copy, lambda _, table: table.pop("controlTotals"))
    monkeypatch.setenv(data.DIRECTORY_VARIABLE, str(copy))
    with pytest.raises(CellFailed, match=r"DataError: .*table1\.controlTotals: has no"):
        # One more cell, so that no run is recalled that read the real data.
        run("book/checks/totals.ipynb", added=["None"])
