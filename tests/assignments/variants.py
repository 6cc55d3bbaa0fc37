"""Variants of the masters, run and tested in one process.

Otter starts a kernel for every notebook. Here the cells of a prepared master are run in
a dictionary, and otter's own test files are built from its tests, so that all variants
can be tried with many answers. ``python -m tests.assignments.variants`` tries every
slip in every variant, in some minutes.
"""

from __future__ import annotations

import copy
import functools
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import matplotlib as mpl
import yaml
from assignment_grading.handing_out import masters
from assignment_grading.handing_out.masters import Master, Variant
from otter.test_files import ExceptionTestFile

from rfe_labour import data, tables
from tests.assignments.slips import SLIPS, Slip

ROOT = Path(__file__).resolve().parents[2]
MASTERS = sorted((ROOT / "assignments").glob("*.ipynb"))

_SETTINGS = re.compile(r'""" # BEGIN TEST CONFIG\n(.*?)"""  # END TEST CONFIG\n', re.S)


@dataclass(frozen=True)
class Result:
    """What one test said."""

    hidden: bool
    points: float
    passed: bool
    message: str


@dataclass(frozen=True, eq=False)
class Notebook:
    """A variant with its solution."""

    master: Master
    variant: Variant

    @cached_property
    def _prepared(self) -> Any:
        return masters.prepare(self.master, self.variant, {})

    @cached_property
    def cells(self) -> list[str]:
        """Sources of the cells that a student runs, solutions in them."""
        return [source for source, test in self._code() if not test]

    @cached_property
    def tests(self) -> dict[str, ExceptionTestFile]:
        """Otter's test files by question."""
        bodies: dict[str, list[str]] = {}
        question = ""
        for cell in self._prepared.cells:
            if cell.cell_type == "raw" and cell.source.startswith("# BEGIN QUESTION"):
                question = yaml.safe_load(cell.source)["name"]
            settings = _SETTINGS.match(cell.source)
            if cell.cell_type == "code" and settings:
                given = yaml.safe_load(settings[1])
                head = f"@test_case(points={given['points']}"
                head += f", hidden={given.get('hidden', False)})"
                body = cell.source[settings.end() :].strip()
                bodies.setdefault(question, []).append(f"{head}\n{body}")
        return {
            question: ExceptionTestFile.from_string(
                "from otter.test_files import test_case\nOK_FORMAT = False\n"
                f"name = {question!r}\npoints = None\n\n" + "\n\n".join(cases)
            )
            for question, cases in bodies.items()
        }

    @cached_property
    def states(self) -> list[dict[str, Any]]:
        """What each cell finds, and at last what all have left."""
        mpl.use("agg")
        states: list[dict[str, Any]] = [{"__name__": "__main__"}]
        for source in self.cells:
            space = _copied(states[-1])
            exec(compile(source, "cell", "exec"), space)  # noqa: S102
            states.append(space)
        return states

    def answers(
        self, changes: Mapping[str, str] | None = None, after: str = ""
    ) -> dict[str, Any]:
        """Run the solution with some of its source replaced and some added at its end.

        Returns
        -------
        dict of str to Any
            All variables, and as ``last_error`` what went wrong, if anything did.
        """
        cells = list(self.cells)
        for old, new in (changes or {}).items():
            places = [it for it, cell in enumerate(cells) if old in cell]
            assert len(places) == 1, f"{self.master.name}: {old}"
            cells[places[0]] = cells[places[0]].replace(old, new)
        changed = [it for it, cell in enumerate(cells) if cell != self.cells[it]]
        first = min(changed, default=len(cells))
        space = _copied(self.states[first])
        for source in [*cells[first:], after]:
            # Otter goes on after an error, too.
            try:
                exec(compile(source, "cell", "exec"), space)  # noqa: S102
            except Exception as error:
                space["last_error"] = error
        return space

    def results(self, answers: Mapping[str, Any]) -> dict[str, list[Result]]:
        """Return what each test of each question says of some answers."""
        return {name: self.question(name, answers) for name in self.tests}

    def question(self, name: str, answers: Mapping[str, Any]) -> list[Result]:
        """Return what each test of one question says of some answers."""
        file = self.tests[name]
        with (
            mock.patch.object(data, "load", _load),
            mock.patch.object(tables, "regional_table", _regional_table),
        ):
            file.run(dict(answers))
        return [
            Result(
                bool(it.test_case.hidden),
                float(it.test_case.points),
                bool(it.passed),
                "" if it.passed else str(it.message).rpartition("\n")[2],
            )
            for it in file.test_case_results
        ]

    def visible(self) -> list[tuple[str, str]]:
        """Return the visible tests, each with its question."""
        found, question = [], ""
        for cell in self._prepared.cells:
            if cell.cell_type == "raw" and cell.source.startswith("# BEGIN QUESTION"):
                question = yaml.safe_load(cell.source)["name"]
            elif _SETTINGS.match(cell.source) and "hidden: true" not in cell.source:
                found.append((question, cell.source))
        return found

    def objectives(self) -> tuple[list[str], dict[str, list[int]]]:
        """Return what is to be learnt, and by question the numbers of what it tests."""
        listed: list[str] = []
        named = {}
        for cell in self._prepared.cells:
            if "**What you will learn**" in cell.source:
                part = cell.source.partition("**What you will learn**")[2]
                listed = re.findall(r"^- ", part.partition("**What you need")[0], re.M)
            if cell.cell_type == "raw" and cell.source.startswith("# BEGIN QUESTION"):
                question = yaml.safe_load(cell.source)["name"]
                given = cell.metadata.get("assignment_grading", {})
                named[question] = list(given.get("objectives", []))
        return listed, named

    def _code(self) -> list[tuple[str, bool]]:
        return [
            (cell.source, bool(_SETTINGS.match(cell.source)))
            for cell in self._prepared.cells
            if cell.cell_type == "code"
        ]


def notebooks(name: str, start: int = 0, step: int = 1) -> list[Notebook]:
    """Return the variants of an assignment, or each so-many-th of them."""
    master = masters.read_master(ROOT / "assignments" / f"{name}.ipynb")
    return [Notebook(master, it) for it in masters.variants(master)[start::step]]


def failing(notebook: Notebook, slip: Slip) -> str:
    """Say in what a slip is not what it should be in a variant; nothing if it is."""
    results = notebook.results(notebook.answers(slip.changes))
    full = {name: sum(it.points for it in tests) for name, tests in results.items()}
    found = scores(results)
    lost = {it: full[it] - found[it] for it in full if full[it] != found[it]}
    messages = [
        it.message.partition(": ")[2]
        for tests in results.values()
        for it in tests
        if not it.passed
    ]
    if lost == slip.lost and re.search(slip.told, " ".join(messages)):
        return ""
    return f"{slip.name} in {notebook.variant.name}: it costs {lost}; {messages}"


def main() -> int:
    """Try every slip in every variant of the assignments named, or of all."""
    problems = []
    for name in sys.argv[1:] or [path.stem for path in MASTERS]:
        tried = notebooks(name)
        own = [it for it in SLIPS if it.assignment == name]
        print(f"{name}: {len(own)} slips in {len(tried)} variants")
        problems += [failing(notebook, slip) for slip in own for notebook in tried]
    found = [it for it in problems if it]
    print("\n".join(found))
    return 1 if found else 0


def scores(results: Mapping[str, list[Result]]) -> dict[str, float]:
    """Add the points of each question up."""
    return {
        name: sum(it.points for it in tests if it.passed)
        for name, tests in results.items()
    }


_load = functools.cache(data.load)
"""Tests read the same few files over and over."""

_made: dict[int, Any] = {}


def _regional_table(cells: Any, *, made: Any = tables.regional_table) -> Any:
    # What `_load` returned stays, so its identity stands for it.
    if id(cells) not in _made:
        _made[id(cells)] = made(cells)
    return _made[id(cells)]


def _copied(space: dict[str, Any]) -> dict[str, Any]:
    """Copy variables so that a cell that is run again finds what it found before."""
    return {
        name: copy.deepcopy(value) if type(value).__name__ == "Generator" else value
        for name, value in space.items()
    }


if __name__ == "__main__":
    sys.exit(main())
