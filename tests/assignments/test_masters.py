"""The four assignments, handed out and graded by real otter in a spread of variants.

What cannot be handed out is not tested here: `make assignments` refuses any variant
whose own solution otter does not give full marks.
"""

from __future__ import annotations

import ast
import json
import re
import zipfile
from pathlib import Path

import nbformat
import pytest
from assignment_grading.handing_out import handout, inlining, masters
from assignment_grading.running.grading import Limits, Submission, grade_all
from assignment_grading.running.outcome import GRADED, Outcome

from tests.assignments.alternatives import ALTERNATIVES, IMPORTS
from tests.assignments.slips import SLIPS, Slip

ROOT = Path(__file__).resolve().parents[2]
MASTERS = sorted((ROOT / "assignments").glob("*.ipynb"))
NAMES = [path.stem for path in MASTERS]
EVERY = 8
"""Of 18 variants, each eighth: all tables, first years and seeds are among them."""

STUDENTS_MODULES = {
    *("io", "itertools", "math", "matplotlib", "numpy", "pandas"),
    *("otter", "pathlib", "tempfile"),  # of the first cell
}


PLANTED = [
    slip
    for name in NAMES
    for slip in [it for it in SLIPS if it.assignment == name][::8]
]
"""Of the slips each eighth; `test_variants` tries them all without otter's kernels."""

FORMS = (0, 3)
"""Of each question's alternative right answers these two."""


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
    """Planted slips, right answers in other forms and empty notebooks, in one go."""
    folder = tmp_path_factory.mktemp("submissions")
    submissions = []

    def hand_in(name: str, key: Path, notebook: nbformat.NotebookNode) -> None:
        path = folder / f"{name}.ipynb"
        nbformat.write(notebook, path)
        submissions.append(Submission(name, path, key / "autograder.zip"))

    for number, slip in enumerate(PLANTED):
        keys = sorted((sets / slip.assignment / "keys").iterdir())
        key = keys[number % len(keys)]
        notebook = nbformat.read(key / "solution.ipynb", as_version=4)
        for old, new in slip.changes.items():
            cells = [cell for cell in notebook.cells if old in cell.source]
            assert len(cells) == 1, f"{slip.name}: {old}"
            cells[0].source = cells[0].source.replace(old, new)
        hand_in(f"slip{number}", key, notebook)
    for name in NAMES:
        keys = sorted((sets / name / "keys").iterdir())
        for number in FORMS:
            key = keys[number % len(keys)]
            notebook = nbformat.read(key / "solution.ipynb", as_version=4)
            # Without cells of checks all tests are run at the end.
            notebook.cells = [
                cell for cell in notebook.cells if "grader.check(" not in cell.source
            ]
            last = "\n".join([IMPORTS, *forms_of(name, number)])
            notebook.cells.append(nbformat.v4.new_code_cell(last))
            hand_in(f"{name}{number}", key, notebook)
        empty = sorted((sets / name / "handout").iterdir())[0]
        key = sets / name / "keys" / empty.stem
        hand_in(name, key, nbformat.read(empty, as_version=4))
    return grade_all(submissions, folder / "outcomes", Limits(300), 2)


def forms_of(name: str, number: int) -> list[str]:
    """Take one other form for each question."""
    by_question: dict[str, list[str]] = {}
    for question, code in ALTERNATIVES[name]:
        by_question.setdefault(question, []).append(code)
    return [codes[number % len(codes)] for codes in by_question.values()]


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


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_notebook_is_told_what_to_do(
    outcomes: dict[str, Outcome], name: str
) -> None:
    messages = [it.message for tests in outcomes[name].tests.values() for it in tests]
    assert all(re.search("no value yet|returns nothing yet", it) for it in messages)


@pytest.mark.parametrize("number", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_right_answers_in_other_forms_get_full_marks(
    outcomes: dict[str, Outcome], sets: Path, name: str, number: int
) -> None:
    outcome = outcomes[f"{name}{number}"]
    assert outcome.scores == possible(sets, name), outcome


@pytest.mark.parametrize(
    ("number", "slip"), list(enumerate(PLANTED)), ids=[slip.name for slip in PLANTED]
)
def test_a_usual_mistake_loses_its_points_and_is_named(
    outcomes: dict[str, Outcome], sets: Path, number: int, slip: Slip
) -> None:
    outcome = outcomes[f"slip{number}"]
    expected = possible(sets, slip.assignment)
    for question, points in slip.lost.items():
        expected[question] -= points
    messages = [
        test.message
        for question in slip.lost
        for test in outcome.tests[question]
        if not test.passed
    ]
    assert outcome.scores == expected, outcome
    assert re.search(slip.told, " ".join(messages)), messages


@pytest.mark.parametrize("name", NAMES)
def test_an_archive_needs_no_package_for_reading_answers(sets: Path, name: str) -> None:
    for path in (sets / name / "keys").glob("*/autograder.zip"):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                assert b"assignment_grading" not in archive.read(member), member


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
            tree = ast.parse(cell.source)
            asserts = [it for it in ast.walk(tree) if isinstance(it, ast.Assert)]
            assert all(it.msg is not None for it in asserts)
            # The functions of `reading` assert with a sentence of their own.
            assert asserts or f"from {inlining.MODULE} import" in cell.source
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
