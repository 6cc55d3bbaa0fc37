"""The commands that check and record, as a user types them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from data_package_guard.command import main

from .damage import EXAMPLE, Copy

PROGRAM = Path(sys.executable).with_name("data-package-guard")


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, **options
    )


@pytest.mark.parametrize(
    "program", [[PROGRAM], [sys.executable, "-m", "data_package_guard"]]
)
def test_checking_prints_a_line_for_each_file_of_the_current_folder(
    program: list[object], copy: Copy
) -> None:
    whole = run(*program, "check", cwd=copy.folder)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert whole.stdout.splitlines() == ["streets: as recorded", "trees: as recorded"]
    copy.file("trees").unlink()
    damaged = run(*program, "check", cwd=copy.folder)
    assert (damaged.returncode, damaged.stderr) == (1, "")
    assert "trees: trees.csv cannot be read" in damaged.stdout


def test_the_advice_is_the_command_that_was_typed(copy: Copy) -> None:
    copy.set_cell("trees", 1, "planted", "1912")
    module = (sys.executable, "-m", "data_package_guard", "check")
    here = run(*module, cwd=copy.folder)
    assert "and then run `python -m data_package_guard record`." in here.stdout
    there = run(*module, copy.folder)
    assert f"run `python -m data_package_guard record {copy.folder}`" in there.stdout


def test_recording_what_is_recorded_changes_no_byte(copy: Copy) -> None:
    assert main(["record", str(copy.folder)]) == 0
    for file in EXAMPLE.iterdir():
        assert (copy.folder / file.name).read_bytes() == file.read_bytes()
    assert len(list(copy.folder.iterdir())) == len(list(EXAMPLE.iterdir()))


def test_recording_a_meant_change_touches_only_its_own_entry(copy: Copy) -> None:
    before = {name: copy.entry(name) for name in ("streets", "trees")}
    copy.set_cell("trees", 5, "note", "leans")
    assert main(["record", str(copy.folder)]) == 0
    assert copy.entry("streets") == before["streets"]
    assert copy.entry("trees") != before["trees"]


def test_nothing_is_recorded_that_does_not_add_up(
    copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (copy.folder / "datapackage.json").read_bytes()
    copy.set_cell("trees", 2, "girth", "2,665")
    copy.set_cell("streets", 1, "length", "421")
    assert main(["record", str(copy.folder)]) == 1
    streets, trees, end = capsys.readouterr().err.splitlines()
    assert "streets.csv, row 1" in streets
    assert "trees.csv, row 2 (tree 2), column girth" in trees
    assert "protected true: found 4 cells, total 13620" in trees
    assert "datapackage.json expects 4 cells, total 13610" in trees
    assert end == "Nothing was recorded."
    assert (copy.folder / "datapackage.json").read_bytes() == before


def test_recording_a_file_that_is_no_table_writes_nothing(
    copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (copy.folder / "datapackage.json").read_bytes()
    copy.file("trees").write_text("tree\n", "utf-8")
    assert main(["record", str(copy.folder)]) == 1
    assert "trees.csv: column street is missing" in capsys.readouterr().err
    assert (copy.folder / "datapackage.json").read_bytes() == before


def test_a_caller_says_where_its_data_are_and_what_its_command_is_called(
    copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    copy.set_cell("trees", 1, "planted", "1912")
    own = {"program": "make data", "find_folder": lambda: copy.folder}
    assert main(["check"], **own) == 1
    assert "and then run `make data record`." in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--help"], **own, default="the survey")
    told = " ".join(capsys.readouterr().out.split())
    assert "usage: make data" in told
    assert "folder with datapackage.json (default: the survey)" in told
