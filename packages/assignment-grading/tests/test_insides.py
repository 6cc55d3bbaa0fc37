"""What is used of otter-grader beyond its documentation: still there, or carried on.

If a test fails with a new version of otter-grader, its name says what has changed.
"""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path

import nbformat
import otter.assign
import otter.test_files
import pytest
from assignment_grading import insides
from assignment_grading.__main__ import main
from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out import handout, masters
from assignment_grading.running import student
from otter.execute.preprocessor import GradingPreprocessor

MASTER = Path(__file__).parents[1] / "example" / "rainfall.ipynb"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example in one variant, as otter is given it."""
    path = tmp_path_factory.mktemp("prepared") / "rainfall.ipynb"
    master = masters.read_master(MASTER)
    variant = masters.variant_with(master, {"station": "valley"})
    nbformat.write(masters.prepare(master, variant, {"run_tests": False}), path)
    return path


@pytest.fixture(scope="module")
def made(prepared: Path) -> Path:
    """What otter makes of it."""
    folder = prepared.parent / "made"
    insides.assign(prepared, folder)
    return folder


def student_cells(folder: Path) -> list[tuple[str, str]]:
    notebook = nbformat.read(folder / "student" / "rainfall.ipynb", as_version=4)
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def test_the_function_of_otter_assign_can_be_called() -> None:
    assert insides.can_call_assign()


def test_without_the_function_the_command_makes_the_same(
    prepared: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(otter.assign, "main")
    insides.assign(prepared, tmp_path / "made")
    assert student_cells(tmp_path / "made") == student_cells(made)


def test_without_the_function_what_otter_says_of_a_master_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = nbformat.read(MASTER, as_version=4)
    notebook.cells[0].source += "\nspeed: high"
    path = tmp_path / "speed.ipynb"
    nbformat.write(notebook, path)
    with pytest.raises(Exception, match="speed") as called:
        insides.assign(path, tmp_path / "called")
    monkeypatch.delattr(otter.assign, "main")
    with pytest.raises(RuntimeError) as run:
        insides.assign(path, tmp_path / "run")
    assert str(called.value) in str(run.value)


def test_a_function_of_another_form_is_not_called_and_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otter.assign, "main", lambda: None)
    told: list[str] = []
    handout.assign({}, tmp_path, handout.Environment(), 1, told.append)
    assert [line for line in told if "takes longer" in line] == [insides.SLOW_ASSIGN]


def test_the_results_have_what_is_read_of_them() -> None:
    insides.check_results()


@pytest.mark.parametrize("kind", ["TestCase", "TestFile", "TestCaseResult"])
def test_results_of_another_form_are_refused_before_anything_is_done(
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(otter.test_files, kind, object)
    with pytest.raises(AssignmentError, match=rf"has no {kind}\."):
        insides.check_results()
    assert main(["assign", str(MASTER), "--output", str(tmp_path / "sets")]) == 2
    assert "Install assignment-grading again" in capsys.readouterr().err
    assert not (tmp_path / "sets").exists()


def test_a_written_answer_has_a_cell_with_the_tag(made: Path) -> None:
    notebook = nbformat.read(made / "student" / "rainfall.ipynb", as_version=4)
    tagged = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        and insides.ANSWER_TAG in cell.metadata.get("tags", [])
    ]
    assert tagged == ["_Type your answer here, replacing this text._"]


def test_without_the_tag_a_master_with_a_written_question_is_refused(
    tmp_path: Path,
) -> None:
    source = nbformat.read(MASTER, as_version=4)
    for cell in source.cells:
        if cell.source.startswith("At the coast"):
            cell.cell_type = "code"
            cell.source = "answer = 1  # SOLUTION"
            cell.outputs, cell.execution_count = [], None
    nbformat.write(source, tmp_path / "rainfall.ipynb")
    master = masters.read_master(tmp_path / "rainfall.ipynb")
    plan = {master: {"": masters.variant_with(master, {})}}
    with pytest.raises(AssignmentError, match="1 question with “manual: true”, but 0"):
        handout.assign(plan, tmp_path / "sets", handout.Environment(), 1)
    assert list((tmp_path / "sets").iterdir()) == []


def test_a_notebook_names_its_assignment(made: Path) -> None:
    notebook = nbformat.read(made / "student" / "rainfall.ipynb", as_version=4)
    assert insides.assignment_name(notebook) == "rainfall valley"
    del notebook.metadata["otter"]
    assert insides.assignment_name(notebook) is None


def test_containers_unpack_an_archive_where_the_wheels_are_looked_for(
    made: Path,
) -> None:
    (archive,) = (made / "autograder").glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        setup = opened.read("setup.sh").decode()
    assert insides.ARCHIVE_FILES == "/autograder/source/files"
    assert "/autograder/source/environment.yml" in setup


@pytest.mark.parametrize("module", student.MODULES)
def test_what_is_imported_before_a_students_process_is_forked_is_there(
    module: str,
) -> None:
    assert importlib.util.find_spec(module) is not None


def test_an_archive_has_the_tests_and_what_they_take(made: Path) -> None:
    (path,) = (made / "autograder").glob("*.zip")
    with zipfile.ZipFile(path) as opened:
        archive = insides.read_archive(opened)
    assert archive.assignment == "rainfall valley"
    assert archive.names == {"q1": ["dry", "wet_mean"]}
    points, tests = insides.run_tests(
        archive.tests["q1"], {"dry": 6, "wet_mean": 3.8}, ""
    )
    assert points == 2
    assert [(it.hidden, it.points, it.passed) for it in tests] == [
        (False, 0, True), (True, 2, True), (True, 2, False),
    ]  # fmt: skip


def test_cells_are_run_as_otter_runs_them() -> None:
    """Otter's own preprocessor says which cells, and with which seeds."""
    new = nbformat.v4.new_code_cell
    ignored, tested = new("a = 1"), new("b = 2")
    ignored.metadata["tags"] = ["otter_ignore"]
    tested.metadata["otter"] = {"tests": ["q1", "q2"]}
    cells = [ignored, tested, new("%%bash\nls"), nbformat.v4.new_markdown_cell("c")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    key = insides.Archive("", {}, {}, 42, "seed")
    ours = insides.cells_to_run(notebook, key)
    otters = GradingPreprocessor(seed=42, seed_variable="seed")
    otters.filter_ignored_cells(notebook)
    otters.add_seeds(notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in ours] == code
    assert [cell.checks for cell in ours] == [("q1", "q2"), ()]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("assert n == 7, 'Seven.'", "Seven."),
        ("n + ...", "no answer yet"),
        ("n.mean()", "not of the kind that was asked for (AttributeError: "),
        ("assert n == 7", "The answer does not pass a test."),
        ("raise ValueError", "The answer does not pass a test."),
    ],
)
def test_a_student_is_told_the_error_and_never_the_test(
    body: str, sentence: str
) -> None:
    source = (
        "from otter.test_files import test_case\nOK_FORMAT = False\nname = 'q1'\n"
        f"@test_case(points=2, hidden=True)\ndef test_n(n):\n    {body}\n"
    )
    file = otter.test_files.ExceptionTestFile.from_string(source)
    points, (test,) = insides.run_tests(file, {"n": 6}, "")
    assert (points, test.passed) == (0, False)
    assert sentence in test.message
    assert "assert " not in test.message


def test_what_could_not_be_read_passes_no_test() -> None:
    source = (
        "from otter.test_files import test_case\nOK_FORMAT = False\nname = 'q1'\n"
        "@test_case(points=2)\ndef test_n(n):\n    assert n is None\n"
    )
    file = otter.test_files.ExceptionTestFile.from_string(source)
    points, (test,) = insides.run_tests(file, {}, "n cannot be tested. Too large.")
    assert (points, test.passed) == (0, False)
    assert test.message == "n cannot be tested. Too large."
