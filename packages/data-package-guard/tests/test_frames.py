"""Checked files as pandas frames, and all else without pandas."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest
from data_package_guard import DataError
from data_package_guard.frames import read_frame

from .damage import EXAMPLE, Copy


def test_columns_have_the_types_of_the_schema(copy: Copy) -> None:
    trees = read_frame(copy.package, "trees")
    assert trees.dtypes.astype(str).to_dict() == {
        "tree": "int64",
        "street": "str",
        "species": "str",
        "planted": "int64",
        "height": "float64",
        "girth": "str",
        "felled": "Int64",
        "protected": "bool",
        "note": "str",
    }
    assert trees["felled"].dropna().tolist() == [2019, 2021]
    assert trees["height"].sum() == 139.5
    assert trees["protected"].sum() == 4
    assert trees.loc[2, "note"] == "height-paced"
    assert pd.isna(trees.loc[0, "note"])


def test_a_number_or_truth_that_may_be_missing_has_a_type_that_can_say_so(
    copy: Copy,
) -> None:
    schema = copy.entry("trees")["schema"]
    for field in schema["fields"]:
        field.pop("constraints", None)
    copy.edit("trees", schema=schema, controlTotals=[])
    copy.set_cell("trees", 1, "height", "")
    copy.set_cell("trees", 2, "protected", "")
    copy.record()
    trees = read_frame(copy.package, "trees")
    types = trees[["height", "protected"]].dtypes.astype(str).tolist()
    assert types == ["Float64", "boolean"]
    assert trees["height"].isna().tolist() == [True] + 7 * [False]
    assert trees["protected"].isna().sum() == 1


def test_a_changed_cell_is_refused(copy: Copy) -> None:
    copy.set_cell("trees", 1, "planted", "1912")
    with pytest.raises(DataError, match="column planted"):
        read_frame(copy.package, "trees")


def test_checking_and_reading_rows_need_neither_pandas_nor_frictionless() -> None:
    program = (
        "import sys, pathlib, data_package_guard as guard, data_package_guard.command\n"
        f"guard.read_rows(guard.DataPackage(pathlib.Path({str(EXAMPLE)!r})), 'trees')\n"
        "sys.exit(bool({'pandas', 'frictionless'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
