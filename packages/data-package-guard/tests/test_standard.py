"""The example against the standard, as another implementation reads it."""

from __future__ import annotations

import frictionless

from .damage import EXAMPLE, RESOURCES, Copy


def test_frictionless_finds_the_example_valid() -> None:
    report = frictionless.validate(str(EXAMPLE / "datapackage.json"))
    assert report.valid, report.flatten(["name", "rowNumber", "type", "message"])
    assert [task.name for task in report.tasks] == RESOURCES


def test_frictionless_and_we_refuse_the_same_damage(copy: Copy) -> None:
    copy.set_cell("trees", 1, "species", "elm")
    report = frictionless.validate(str(copy.folder / "datapackage.json"))
    kinds = {kind for (kind,) in report.flatten(["type"])}
    assert {"hash-count", "constraint-error"} & kinds
