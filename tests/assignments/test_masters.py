"""The four assignments, graded by real otter in a spread of their variants.

What cannot be handed out is not tested here: `make assignments` refuses any variant
whose own solution otter does not give full marks.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from assignment_grading import handout, masters
from assignment_grading.grading import Limits, Submission, grade_all
from assignment_grading.outcome import GRADED, Outcome

ROOT = Path(__file__).resolve().parents[2]
MASTERS = sorted((ROOT / "assignments").glob("*.ipynb"))
NAMES = [path.stem for path in MASTERS]
EVERY = 5
"""Of 18 variants, each fifth: all tables, first years and seeds are among them."""

STUDENTS_MODULES = {
    *("io", "itertools", "math", "matplotlib", "numpy", "pandas"),
    *("otter", "pathlib", "tempfile"),  # of the first cell
}


@dataclass(frozen=True)
class Slip:
    """A usual mistake, put into the solution of one variant."""

    assignment: str
    variant: str
    question: str
    lost: float
    told: str
    changes: tuple[tuple[str, str], ...]


SLIPS = (
    Slip(
        "printed_tables",
        "table1-1995-1",
        "q1",
        2,
        "divides thousands",
        (("total = int(workers.sum())", "total = workers.sum() / 1000"),),
    ),
    Slip(
        "printed_tables",
        "table1-1995-1",
        "q3",
        2,
        "Without a decimal",
        (('half = 0.5 * 10 ** -len(printed.partition(".")[2])', "half = 0.05"),),
    ),
    Slip(
        "printed_tables",
        "table4-1997-1",
        "q5",
        1,
        "Another year has a wider interval",
        (("width.idxmax()", "width.idxmin()"),),
    ),
    Slip(
        "printed_tables",
        "table3-1997-2",
        "q6",
        3,
        "need not equal the implied number",
        (("foreign_lower <= claim <= foreign_upper", "claim == round(foreign_lower)"),),
    ),
    Slip(
        "trends",
        "table1-1995-1",
        "q1",
        1,
        "Between n years there are n - 1 steps",
        (("steps = len(changes)", "steps = n"),),
    ),
    Slip(
        "trends",
        "table3-1996-2",
        "q2",
        1,
        "the exact growth uses exp",
        (("100 * np.expm1(log_slope)", "100 * log_slope"),),
    ),
    Slip(
        "trends",
        "table4-1996-1",
        "q3",
        3,
        "not only neighbouring ones",
        (("np.median(between)", "np.median(np.diff(workers))"),),
    ),
    Slip(
        "trends",
        "table3-1996-2",
        "q3",
        3,
        "not their mean",
        (("np.median(between)", "np.mean(between)"),),
    ),
    Slip(
        "trends",
        "table4-1996-1",
        "q6",
        1,
        "The errors have no memory",
        (("rho * errors[-1]", "0 * errors[-1]"),),
    ),
    Slip(
        "shares",
        "table1-1995-1",
        "q1",
        1,
        "common logarithm",
        (("np.log(odds)", "np.log10(odds)"),),
    ),
    Slip(
        "shares",
        "table3-1996-2",
        "q4",
        2,
        "gap in logarithms",
        (("growth[0] - growth[1] - growth[2]", "d_workers - d_share - d_foreign"),),
    ),
    Slip(
        "shares",
        "table4-1996-1",
        "q5",
        4,
        "cross the ends",
        (
            ("high[my_year] / low[base_year]", "high[my_year] / high[base_year]"),
            ("low[my_year] / high[base_year]", "low[my_year] / low[base_year]"),
        ),
    ),
    Slip(
        "shares",
        "table4-1996-1",
        "q6",
        2,
        "The ratio is turned round",
        (
            (
                'numbers.loc[my_year, "workers"] * kept',
                'numbers.loc[my_year, "workers"] / kept',
            ),
        ),
    ),
    Slip(
        "totals_and_claims",
        "table1-1998-1",
        "q2",
        3,
        "“About” is an interval",
        (
            (
                "fits = (gap + slack >= 150 + 3500) & (gap - slack <= 250 + 4500)",
                "fits = gap == 4200",
            ),
        ),
    ),
    Slip(
        "totals_and_claims",
        "table1-1998-1",
        "q3",
        1,
        "Growth compounds",
        (
            (
                "(ratio ** (1 / (len(series) - 1)) - 1)",
                "(ratio - 1) / (len(series) - 1)",
            ),
        ),
    ),
    Slip(
        "totals_and_claims",
        "table4-1999-1",
        "q4",
        2,
        "only the columns are chosen",
        (("math.comb(8, 5)", "math.perm(8, 5)"),),
    ),
    Slip(
        "totals_and_claims",
        "table4-1999-1",
        "q5",
        3,
        "List all placements",
        (
            (
                "peak_years = sorted({max(way, key=way.get)",
                "peak_years = sorted({min(way, key=way.get)",
            ),
        ),
    ),
)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spread of variants of each assignment, handed out as if each were a student.

    It is here that each solution gets full marks: else there would be no set.
    """
    output = tmp_path_factory.mktemp("sets")
    plan = {}
    for master in map(masters.read_master, MASTERS):
        spread = masters.variants(master)[::EVERY]
        plan[master] = {variant.name: variant for variant in spread}
    handout.assign(plan, output, handout.Environment(), 2)
    return output


@pytest.fixture(scope="module")
def outcomes(
    sets: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    """Every planted slip and every empty notebook, graded at one go."""
    folder = tmp_path_factory.mktemp("submissions")
    submissions = []
    for number, slip in enumerate(SLIPS):
        key = sets / slip.assignment / "keys" / slip.variant
        notebook = nbformat.read(key / "solution.ipynb", as_version=4)
        for old, new in slip.changes:
            cells = [cell for cell in notebook.cells if old in cell.source]
            assert len(cells) == 1, f"{slip.assignment} {slip.question}: {old}"
            cells[0].source = cells[0].source.replace(old, new)
        nbformat.write(notebook, folder / f"slip{number}.ipynb")
        path = folder / f"slip{number}.ipynb"
        submissions.append(Submission(path.stem, path, key / "autograder.zip"))
    for name in NAMES:
        empty = sorted((sets / name / "handout").iterdir())[0]
        archive = sets / name / "keys" / empty.stem / "autograder.zip"
        submissions.append(Submission(name, empty, archive))
    return grade_all(submissions, folder / "outcomes", Limits(300), 2)


def possible(sets: Path, assignment: str) -> dict[str, float]:
    key = sorted((sets / assignment / "keys").glob("*/key.json"))[0]
    return handout.Key.read(key).points


@pytest.mark.parametrize("name", NAMES)
def test_each_assignment_is_worth_twenty_points_four_of_them_written(
    sets: Path, name: str
) -> None:
    key = handout.Key.read(sorted((sets / name / "keys").glob("*/key.json"))[0])
    assert list(key.points) == ["q1", "q2", "q3", "q4", "q5", "q6"]
    assert sum(key.points.values()) == 16
    assert [(it.question, it.points) for it in key.written] == [("q7", 4)]
    assert "Rubric" in key.written[0].guidance


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_notebook_earns_nothing(
    outcomes: dict[str, Outcome], sets: Path, name: str
) -> None:
    assert outcomes[name].status == GRADED
    assert outcomes[name].scores == dict.fromkeys(possible(sets, name), 0)


@pytest.mark.parametrize(
    ("number", "slip"),
    list(enumerate(SLIPS)),
    ids=[f"{slip.assignment}-{slip.question}-{slip.told}" for slip in SLIPS],
)
def test_a_usual_mistake_loses_its_points_and_is_named(
    outcomes: dict[str, Outcome], sets: Path, number: int, slip: Slip
) -> None:
    outcome = outcomes[f"slip{number}"]
    expected = possible(sets, slip.assignment)
    expected[slip.question] -= slip.lost
    messages = [
        test.message for test in outcome.tests[slip.question] if not test.passed
    ]
    assert outcome.scores == expected, outcome
    assert re.search(slip.told, " ".join(messages)), messages


@pytest.mark.parametrize("name", NAMES)
def test_at_least_three_slips_are_planted_in_each_assignment(name: str) -> None:
    assert sum(slip.assignment == name for slip in SLIPS) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_a_students_notebook_stands_alone_and_gives_nothing_away(
    sets: Path, name: str
) -> None:
    for path in (sets / name / "handout").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "rfe_labour" not in text
        assert "Rubric" not in text
        assert "hidden=True" not in text
        assert "pip install otter-grader==7.0.0" in text
        code = [it for it in json.loads(text)["cells"] if it["cell_type"] == "code"]
        for cell in code:
            tree = ast.parse("".join(cell["source"]))
            assert imported(tree) <= STUDENTS_MODULES
            assert not {it.id for it in ast.walk(tree) if isinstance(it, ast.Name)} & {
                "open",
                "read_excel",
            }


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_differ_from_variant_to_variant(sets: Path, name: str) -> None:
    data = {
        cell.source
        for path in (sets / name / "handout").iterdir()
        for cell in nbformat.read(path, as_version=4).cells
        if "printed = " in cell.source
    }
    assert len(data) == len(list((sets / name / "handout").iterdir()))


@pytest.mark.parametrize("path", MASTERS, ids=NAMES)
def test_each_test_of_a_master_asserts_and_says_why(path: Path) -> None:
    hidden = 0
    in_tests = False
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "raw":
            in_tests = cell.source.startswith("# BEGIN TESTS")
        elif in_tests:
            hidden += "hidden: true" in cell.source
            asserts = [
                it
                for it in ast.walk(ast.parse(cell.source))
                if isinstance(it, ast.Assert)
            ]
            assert asserts
            assert all(it.msg is not None for it in asserts)
    assert hidden >= 6


@pytest.mark.parametrize("path", MASTERS, ids=NAMES)
def test_every_value_of_every_parameter_is_in_the_spread(path: Path) -> None:
    everything = masters.variants(masters.read_master(path))
    for name in everything[0].values:
        assert {it.values[name] for it in everything[::EVERY]} == {
            it.values[name] for it in everything
        }


def test_the_grader_knows_nothing_of_the_subject() -> None:
    package = ROOT / "packages" / "assignment-grading"
    for path in package.rglob("*.*"):
        if path.suffix in (".py", ".html", ".ipynb", ".md", ".toml"):
            text = path.read_text(encoding="utf-8").lower()
            assert not {
                it for it in ("rfe_labour", "rfe-labour", "korea") if it in text
            }


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {it.name.partition(".")[0] for it in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names
