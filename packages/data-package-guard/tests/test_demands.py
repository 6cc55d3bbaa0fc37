"""What must be guarded is known outside the descriptor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from data_package_guard import DataError, DataPackage, check, checked_sheet, record

from .damage import Copy


def demanding(copy: Copy, **demanded: Any) -> DataPackage:
    """Demand something of the trees of a copy."""
    demands = copy.folder.parent / "demanded.json"
    entry = {"name": "trees", **demanded}
    demands.write_text(json.dumps({"resources": [entry]}), "utf-8")
    return DataPackage(copy.folder, demands=demands)


def test_a_resource_is_demanded_by_its_name_alone(copy: Copy) -> None:
    package = demanding(copy)
    assert check(package) == {"streets": "", "trees": ""}
    descriptor = package.descriptor()
    del descriptor["resources"][1]
    package.path.write_text(json.dumps(descriptor), "utf-8")
    for refuse in (lambda: checked_sheet(package, "trees"), lambda: record(package)):
        with pytest.raises(DataError, match=r'no resource "trees", which .*demanded'):
            refuse()
    assert "demanded.json demands" in check(package)["trees"]


@pytest.mark.parametrize(
    ("demanded", "says"),
    [
        ({"title": "Oaks"}, r'trees\.title: is "Trees.*" in place of "Oaks"'),
        ({"licence": "CC0"}, r'resources\.trees: has no "licence"'),
        (
            {"schema": {"fields": [{"name": "crown"}]}},
            r"trees\.schema\.fields: has no column crown",
        ),
        (
            {"schema": {"fields": [{"name": "tree"}]}},
            r"trees\.schema\.fields: are tree, street, .* in place of tree",
        ),
        (
            {"schema": {"primaryKey": ["street"]}},
            r'schema\.primaryKey: is \["tree"\] in place of \["street"\]',
        ),
        (
            {"controlTotals": [{"where": {}, "column": "girth"}]},
            r"trees\.controlTotals: has no total of column girth, of all rows",
        ),
    ],
)
def test_what_the_descriptor_lacks_is_refused_by_its_place(
    demanded: dict[str, Any], says: str, copy: Copy
) -> None:
    package = demanding(copy, **demanded)
    with pytest.raises(DataError, match=rf"datapackage\.json, .*{says}"):
        checked_sheet(package, "trees")
    with pytest.raises(DataError, match=says):
        record(package)


def test_a_control_total_of_the_demands_is_a_guard_of_its_own(copy: Copy) -> None:
    sums = {"cells": 8, "total": "36", "weighted": "204", "decimals": 0}
    package = demanding(copy, controlTotals=[{"where": {}, "column": "tree", **sums}])
    checked_sheet(package, "trees")
    copy.set_cell("trees", 8, "tree", "9")
    with pytest.raises(DataError, match=r"totals expect 8 .*demanded\.json"):
        record(package)


def test_numbers_in_text_are_added_up_one_after_another(copy: Copy) -> None:
    for row, note in ((1, "2.5 to 3 m"), (3, "in 1992-2005, 1,779 times"), (5, "")):
        copy.set_cell("trees", row, "street", note or "none")
    copy.edit("trees", controlTotals=[])
    # 2.5 + 3 + 1992 + 2005 + 1779; then 1 x 2.5 + 2 x 3 + 3 x 1992 + …
    total = {"where": {}, "column": "street", "numbers": "in text"}
    sums = {"cells": 5, "total": "5781.5", "weighted": "22899.5", "decimals": 1}
    package = demanding(copy, controlTotals=[{**total, **sums}])
    record(package)
    checked_sheet(package, "trees")
    copy.set_cell("trees", 3, "street", "in 1992-2006, 1,779 times")
    with pytest.raises(DataError, match=r"row 3 \(tree 3\), column street: .*t 2005 "):
        record(package)


def test_a_row_is_demanded_by_some_of_its_cells_and_says_why(copy: Copy) -> None:
    cells = {"tree": "4", "note": "hollow"}
    package = demanding(copy, rows=[{"cells": cells, "because": "it is protected"}])
    checked_sheet(package, "trees")
    copy.set_cell("trees", 4, "note", "leans")
    with pytest.raises(
        DataError,
        match=r"columns tree, note: no row has 4, hollow, which .*json demands, "
        "because it is protected",
    ):
        record(package)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not valid JSON"),
        ('{"resources": [{}]}', r'resources\.1: has no "name"'),
        (
            '{"resources": [{"name": "trees", "rows": [["4"]]}]}',
            r'trees\.rows\.1: is \["4"\], expected an object',
        ),
    ],
)
def test_demands_that_cannot_be_read_are_refused(
    text: str, says: str, copy: Copy, tmp_path: Path
) -> None:
    demands = tmp_path / "demanded.json"
    demands.write_text(text, "utf-8")
    with pytest.raises(DataError, match=rf"demanded\.json.*{says}"):
        check(DataPackage(copy.folder, demands=demands))
