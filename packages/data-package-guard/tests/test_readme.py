"""What the README shows is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from data_package_guard import DataPackage, check, record
from data_package_guard.command import main

from .damage import EXAMPLE, Copy

README = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_its_first_use_in_python_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE.parent)
    names: dict[str, object] = {}
    exec(blocks("python")[0], names)  # noqa: S102
    assert len(names["trees"]) == len(names["rows"]) == 8


def test_its_message_is_the_one_for_that_change(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy.commit()
    copy.set_cell("trees", 2, "girth", "2,665")
    monkeypatch.chdir(copy.folder)
    assert main(["check"]) == 1
    said = capsys.readouterr().out.splitlines()[1]
    assert said == " ".join(blocks("text")[0].split())


def test_its_control_total_is_one_of_the_example() -> None:
    descriptor = json.loads((EXAMPLE / "datapackage.json").read_text("utf-8"))
    _least, shown, _demands = map(json.loads, blocks("json"))
    trees = descriptor["resources"][1]
    assert shown in trees["controlTotals"]


def test_the_least_descriptor_is_enough(tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").write_text(blocks("json")[0], encoding="utf-8")
    table = tmp_path / "cups.csv"
    table.write_text("minute,degrees\n0,91.5\n5,80\n", encoding="utf-8")
    package = DataPackage(tmp_path)
    record(package)
    assert check(package) == {"cups": ""}
    table.write_text("minute,degrees\n0,91.6\n5,80\n", encoding="utf-8")
    assert "row 1, column degrees" in check(package)["cups"]


def test_its_demands_are_met_by_the_example_and_by_nothing_less(
    copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    demands = copy.folder / "demanded.json"
    demands.write_text(blocks("json")[2], encoding="utf-8")
    command = ["check", str(copy.folder), "--demands", str(demands)]
    assert main(command) == 0
    copy.edit("trees", controlTotals=[])
    assert main(command) == 1
    assert main(["record", *command[1:]]) == 1
    told = capsys.readouterr()
    lacks = "controlTotals: has no total of column girth, of the rows with protected"
    assert lacks in told.out
    assert lacks in told.err
    assert f"then run `data-package-guard record {' '.join(command[1:])}`" in told.out
