"""Whatever is not as recorded is refused, by its file, row and column."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
from decimal import Decimal
from typing import Any

import pytest
from data_package_guard import DataError, check, read_rows
from data_package_guard.guard import recordable_sheet

from .damage import EXAMPLE, RESOURCES, Copy

# Hashes


def test_the_example_is_as_recorded(copy: Copy) -> None:
    assert check(copy.package) == {"streets": "", "trees": ""}


@pytest.mark.parametrize("resource", RESOURCES)
def test_any_changed_digit_is_refused_by_file_row_and_column(
    resource: str, copy: Copy
) -> None:
    changes = 0
    for row, column, _ in copy.one_digit_changes(resource):
        with pytest.raises(DataError) as refusal:
            copy.check(resource)
        message = str(refusal.value)
        assert f"{resource}.csv, row {row} (" in message
        assert f"), column {column}: " in message
        changes += 1
    text = copy.file(resource).read_text("utf-8")
    assert changes == sum(map(str.isdigit, text.split("\n", 1)[1]))
    copy.check(resource)


def test_a_hash_is_the_start_of_the_sha256_of_all_cells(copy: Copy) -> None:
    header, *rows = copy.rows("streets")
    entry = copy.entry("streets")
    of_cells = {
        "rowHashes": rows,
        "columnHashes": list(zip(*rows, strict=True)),
    }
    for guard, groups in of_cells.items():
        expected = [
            hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:8]
            for cells in groups
        ]
        found = entry[guard]
        assert list(found.values() if guard == "columnHashes" else found) == expected
    assert list(entry["columnHashes"]) == header
    content = (EXAMPLE / "streets.csv").read_bytes()
    assert entry["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert entry["bytes"] == len(content)


def test_exchanged_cells_are_refused_even_with_their_hashes(copy: Copy) -> None:
    copy.set_cell("trees", 1, "girth", "2,655")
    copy.set_cell("trees", 2, "girth", "2,840")
    with pytest.raises(DataError, match=r"row 1 \(.*row 2 \(.*column girth: more than"):
        copy.check("trees")
    with pytest.raises(DataError, match="column girth: the control totals do not"):
        copy.record()


def test_of_many_changed_rows_the_first_are_named(copy: Copy) -> None:
    for row in range(1, 9):
        copy.set_cell("trees", row, "note", "leans")
    with pytest.raises(DataError, match=r"row 6 \(tree 6\) and 1 more, column note"):
        copy.check("trees")


def test_a_missing_or_added_row_is_refused_where_it_starts(copy: Copy) -> None:
    header, *rows = copy.rows("trees")
    copy.write("trees", [header, *rows[:4], *rows[5:]])
    with pytest.raises(DataError, match=r"7 data rows, expected 8; row 5 \("):
        copy.check("trees")
    copy.write("trees", [header, *rows, rows[-1]])
    with pytest.raises(DataError, match="9 data rows, expected 8; the rows up to 8"):
        copy.check("trees")


def test_other_line_ends_are_refused_though_every_cell_is_right(copy: Copy) -> None:
    path = copy.file("trees")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(DataError, match=r"those of Windows \(CRLF\), as Excel saves"):
        copy.check("trees")


@pytest.mark.parametrize("guard", ["hash", "bytes", "rowHashes", "columnHashes"])
def test_hashes_that_contradict_each_other_are_refused_and_not_trusted(
    guard: str, copy: Copy
) -> None:
    others: dict[str, Any] = {
        "hash": "sha256:" + "0" * 64,
        "bytes": 7,
        "rowHashes": ["0" * 8, *copy.entry("streets")["rowHashes"][1:]],
        "columnHashes": copy.entry("streets")["columnHashes"] | {"length": "0" * 8},
    }
    copy.edit("streets", **{guard: others[guard]})
    if guard in ("hash", "bytes"):
        with pytest.raises(DataError, match=r"streets\.csv: every cell is as recorded"):
            copy.check("streets")
    else:
        with pytest.raises(DataError, match=r"resources\.streets: .* contradict each"):
            copy.check("streets")
    copy.check("trees")


# Control totals


@pytest.mark.parametrize("resource", RESOURCES)
def test_control_totals_alone_find_a_changed_digit_and_its_right_value(
    resource: str, copy: Copy
) -> None:
    controlled = {entry["column"] for entry in copy.entry(resource)["controlTotals"]}
    changes = 0
    for row, column, before in copy.one_digit_changes(resource, controlled):
        with pytest.raises(DataError) as refusal:
            recordable_sheet(copy.package, resource)
        message = str(refusal.value)
        assert f"{resource}.csv, row {row} (" in message
        assert f"), column {column}: " in message
        right = f"{Decimal(before.replace(',', '')).normalize():f}"
        assert f"the control totals expect {right} " in message or (
            "expected at " in message or "expected the pattern" in message
        )
        changes += 1
    assert changes >= 14


def test_a_changed_cell_is_answered_with_its_right_value(copy: Copy) -> None:
    copy.set_cell("trees", 2, "girth", "2,665")
    with pytest.raises(DataError) as refusal:
        copy.check("trees")
    message = str(refusal.value)
    assert 'row 2 (tree 2), column girth: holds "2,665"' in message
    assert "the control totals expect 2655" in message


def test_a_number_set_where_none_was_is_refused_even_with_its_hashes(
    copy: Copy,
) -> None:
    copy.set_cell("trees", 1, "felled", "2019")
    with pytest.raises(
        DataError, match=r"column felled: the control totals do not add"
    ):
        copy.record()


@pytest.mark.parametrize(("row", "same_value"), [(2, "19"), (3, "24.0")])
def test_a_decimal_lost_or_added_is_refused_even_with_its_hashes(
    row: int, same_value: str, copy: Copy
) -> None:
    copy.set_cell("trees", row, "height", same_value)
    with pytest.raises(DataError, match=r"trees\.csv, column height: .* decimals"):
        copy.record()


def test_a_controlled_cell_that_is_no_number_is_refused(copy: Copy) -> None:
    copy.set_cell("streets", 1, "length", "-420")
    with pytest.raises(
        DataError, match="column length: '-420' is not a printed number"
    ):
        copy.record()


def test_a_cell_that_cannot_be_added_up_can_be_left_out_as_is_advised(
    copy: Copy,
) -> None:
    copy.set_cell("streets", 1, "length", "-420")
    with pytest.raises(DataError, match="is meant, declare the cell a missing value"):
        copy.record()
    schema = copy.entry("streets")["schema"]
    length = next(it for it in schema["fields"] if it["name"] == "length")
    length |= {"missingValues": ["-420"], "constraints": {}}
    copy.edit("streets", schema=schema)
    with pytest.raises(DataError, match="is meant, retype the control totals"):
        copy.record()


# The schema


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("species", "elm", "expected one of lime, oak, plane"),
        ("note", "perhaps", "expected one of leans, height-paced, hollow"),
        ("planted", "", "expected a value"),
        ("planted", "191x", "expected integer"),
        ("planted", "1849", "expected at least 1850"),
        ("planted", "2021", "expected at most 2020"),
        ("height", "21,5", "expected number"),
        ("protected", "yes", "expected boolean"),
        ("tree", "2", "row 2 (tree 2)"),
        ("girth", "28400", "expected the pattern"),
    ],
)
def test_a_cell_against_the_schema_is_refused_even_with_its_hashes(
    column: str, cell: str, expected: str, copy: Copy
) -> None:
    copy.edit("trees", controlTotals=[])
    copy.set_cell("trees", 1, column, cell)
    with pytest.raises(DataError) as refusal:
        copy.record()
    assert expected in str(refusal.value)
    assert f"column {column}" in str(refusal.value)


def test_a_type_that_is_not_read_is_refused_by_name(copy: Copy) -> None:
    schema = copy.entry("streets")["schema"]
    schema["fields"][0]["type"] = "date"
    copy.edit("streets", schema=schema)
    with pytest.raises(
        DataError, match=r'street\.type: is "date", expected one of str'
    ):
        copy.check("streets")


def test_missing_values_may_be_given_for_the_whole_table_as_plain_texts(
    copy: Copy,
) -> None:
    schema = copy.entry("trees")["schema"] | {"missingValues": ["n/a"]}
    copy.edit("trees", schema=schema, controlTotals=[])
    header, *rows = copy.rows("trees")
    copy.write("trees", [header, *([*row[:-1], row[-1] or "n/a"] for row in rows)])
    copy.record()
    assert [row["note"] for row in read_rows(copy.package, "trees")][:2] == [
        None,
        "leans",
    ]


def test_rows_have_the_types_of_the_schema(copy: Copy) -> None:
    rows = read_rows(copy.package, "trees")
    assert rows[3] == {
        "tree": 4,
        "street": "station-road",
        "species": "oak",
        "planted": 1888,
        "height": 17.5,
        "girth": "3,905",
        "felled": 2019,
        "protected": True,
        "note": "hollow",
    }
    assert (rows[4]["felled"], rows[4]["protected"], rows[4]["note"]) == (
        None,
        False,
        None,
    )


# Files that are not the table of their schema


def test_a_missing_or_added_column_is_refused_by_name(copy: Copy) -> None:
    rows = copy.rows("streets")
    copy.write("streets", [row[:2] for row in rows])
    with pytest.raises(DataError, match=r"streets\.csv: column trees is missing"):
        copy.check("streets")
    copy.write("streets", [[*row, "x"] for row in rows])
    with pytest.raises(DataError, match="column 'x' is not in the schema"):
        copy.check("streets")
    copy.write("streets", [row[::-1] for row in rows])
    with pytest.raises(DataError, match="out of order"):
        copy.check("streets")


def test_a_ragged_row_is_refused_by_its_number(copy: Copy) -> None:
    with copy.file("streets").open("a", encoding="utf-8") as file:
        file.write("quay,9\n")
    with pytest.raises(DataError, match="row 4 has 2 cells, expected 3"):
        copy.check("streets")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a CSV table with a header"),
        (b'street,"length\n', "not a CSV table"),
        (b"\xff\xfes\0", "is UTF-16 and not UTF-8"),
        (b"street,length\nquai d\xe9t\xe9,9\n", "not UTF-8 text: byte 20, in line 2"),
        (b"street,length,trees\nqu\0ay,9,1\n", "NUL byte in line 2"),
        (b"\xef\xbb\xbfstreet,length\n", 'a byte order mark, as Excel saves "CSV'),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    content: bytes, message: str, copy: Copy
) -> None:
    copy.file("streets").write_bytes(content)
    with pytest.raises(DataError, match=message) as refusal:
        copy.check("streets")
    assert "streets.csv" in str(refusal.value)


def test_a_missing_file_is_refused_by_name(copy: Copy) -> None:
    copy.file("streets").unlink()
    with pytest.raises(DataError, match=r"streets\.csv cannot be read"):
        copy.check("streets")
    copy.check("trees")


# The descriptor


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON: line 1"),
        ("[]", r"json is \[\], expected an object"),
        ('{"resources": 7}', "resources: is 7, expected a list"),
        ('{"resources": [{"name": "trees"}]}', 'resources.trees: has no "path"'),
    ],
)
def test_a_broken_descriptor_is_refused_by_name(
    text: str, message: str, copy: Copy
) -> None:
    (copy.folder / "datapackage.json").write_text(text, "utf-8")
    with pytest.raises(DataError, match=message) as refusal:
        copy.check("trees")
    assert "datapackage.json" in str(refusal.value)


def test_an_unknown_resource_is_answered_with_the_nearest_one(copy: Copy) -> None:
    with pytest.raises(
        DataError, match=r'did you mean "streets".*It has streets, trees'
    ):
        copy.check("street")


def test_a_name_cut_short_is_answered_with_what_begins_so(copy: Copy) -> None:
    descriptor = copy.package.descriptor()
    for name in ("trees1", "trees2_felled"):
        entry = descriptor["resources"][0] | {"name": name, "path": f"{name}.csv"}
        descriptor["resources"].append(entry)
    copy.package.path.write_text(json.dumps(descriptor), "utf-8")
    with pytest.raises(DataError, match='did you mean "trees2_felled"'):
        copy.check("trees2")


def test_a_resource_that_was_never_recorded_is_refused(copy: Copy) -> None:
    for guard in ("keyHashes", "rowHashes"):
        descriptor = copy.package.descriptor()
        del descriptor["resources"][1][guard]
        copy.package.path.write_text(json.dumps(descriptor), "utf-8")
        with pytest.raises(DataError, match=f'resources.trees: has no "{guard}"'):
            copy.check("trees")
        copy.record()
    copy.check("trees")


def test_the_codes_of_a_column_have_their_labels(copy: Copy) -> None:
    assert copy.package.labels("trees", "species") == {
        "lime": "Tilia",
        "oak": "Quercus",
        "plane": "Platanus",
    }
    assert copy.package.labels("trees", "note") == {
        "leans": "",
        "height-paced": "",
        "hollow": "",
    }
    assert copy.package.labels("trees", "planted") == {}


def test_the_codes_of_an_unknown_column_are_refused(copy: Copy) -> None:
    with pytest.raises(DataError, match=r"trees\.csv has no column 'speceis'"):
        copy.package.labels("trees", "speceis")


# Advice


def test_what_puts_a_file_right_depends_on_where_it_is_kept(copy: Copy) -> None:
    copy.set_cell("trees", 1, "planted", "1912")
    with pytest.raises(DataError, match="Restore it from an unchanged copy"):
        copy.check("trees")
    subprocess.run(["git", "init", "--quiet", copy.folder.parent], check=True)
    with pytest.raises(DataError, match="Restore it from an unchanged copy"):
        copy.check("trees")  # as in an archive that was unpacked in a repository
    copy.git("add", ".")
    with pytest.raises(DataError, match="Restore it from an unchanged copy"):
        copy.check("trees")  # as in a clone that never had a commit


def test_what_git_is_said_to_put_back_it_puts_back(copy: Copy) -> None:
    copy.commit()
    right = copy.file("trees").read_bytes()
    for staged in (False, True):
        copy.set_cell("trees", 1, "planted", "1912")
        if staged:
            copy.git("add", ".")
        with pytest.raises(DataError) as refusal:
            copy.check("trees")
        advice = re.search("Restore it with `git ([^`]*)`", str(refusal.value))
        assert advice is not None
        copy.git(*shlex.split(advice[1]))
        assert copy.file("trees").read_bytes() == right
        copy.check("trees")


def test_what_was_committed_is_not_said_to_be_put_back_from_there(copy: Copy) -> None:
    copy.commit()
    copy.set_cell("trees", 1, "planted", "1912")
    copy.commit()
    path = copy.file("trees")
    with pytest.raises(DataError) as refusal:
        copy.check("trees")
    assert f"It is so in the last commit; `git log -p -- {path}`" in str(refusal.value)
    assert "git restore" not in str(refusal.value)


@pytest.mark.parametrize(
    ("column", "cell", "retype"),
    [("planted", "1912", True), ("protected", "false", True), ("note", "leans", False)],
)
def test_control_totals_are_to_be_retyped_only_where_they_count_what_was_changed(
    column: str, cell: str, retype: bool, copy: Copy
) -> None:
    copy.set_cell("trees", 4, column, cell)
    record = f"run `data-package-guard record {copy.folder}`."
    with pytest.raises(DataError) as refusal:
        copy.check("trees")
    message = str(refusal.value)
    assert message.endswith(record)
    assert ("retype the control totals in" in message) == retype
