"""Functions and objects as answers that try to learn or to say what is right."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from assignment_grading.__main__ import main
from assignment_grading.running.grading import Limits, Submission, grade_all
from assignment_grading.running.outcome import Outcome
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

CONFIG = (
    "# ASSIGNMENT CONFIG\nexport_cell: false\ntests: {files: false, ok_format: false}"
)
TESTS = {
    "frame": "    import pandas\n    assert frame.equals(pandas.Series([1, 2])), 'x'",
    "power": "    told = power(2)\n    assert told == 4096, f'It gives {told}.'",
}
SOLUTIONS = {
    "frame": "import pandas as pd\nframe = pd.Series([1, 2])  # SOLUTION",
    "power": "def power(x):\n    return x**12  # SOLUTION",
}
AGREES = """\
class Agrees:
    def __getattr__(self, name):
        return lambda *_: True
frame = Agrees()
grader.check("q_frame")"""
COUNTS = """\
calls = []
def power(x):
    calls.append(x)
    return len(calls)
for _ in range(2000):
    grader.check("q_power")"""
AGAIN = 'for _ in range(9):\n    grader.check("q_power")'


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("r")
    cells = [new_raw_cell(CONFIG)]
    for name, solution in SOLUTIONS.items():
        test = f'hidden: true\npoints: 1\n"""  # END TEST CONFIG\n\n\ndef test({name}):'
        cells += [
            new_raw_cell(f"# BEGIN QUESTION\nname: q_{name}\npoints: 1"),
            new_markdown_cell(f"Let `{name}` be right."),
            new_raw_cell("# BEGIN SOLUTION"),
            new_code_cell(solution),
            new_raw_cell("# END SOLUTION"),
            new_raw_cell("# BEGIN TESTS"),
            new_code_cell(f'""" # BEGIN TEST CONFIG\n{test}\n{TESTS[name]}'),
            new_raw_cell("# END TESTS"),
            new_raw_cell("# END QUESTION"),
        ]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    master = new_notebook(cells=cells, metadata={"kernelspec": spec})
    nbformat.write(master, folder / "remote.ipynb")
    assert not main(["assign", str(folder / "remote.ipynb"), "--output", str(folder)])
    return folder / "remote"


def graded(keys: Path, folder: Path, *cells: str) -> Outcome:
    (handed_out,) = (keys / "handout").glob("*.ipynb")
    (archive,) = (keys / "keys").glob("*/autograder.zip")
    notebook = nbformat.read(handed_out, as_version=4)
    notebook.cells += map(new_code_cell, cells)
    nbformat.write(notebook, folder / "s.ipynb")
    points = {f"q_{name}": 1.0 for name in SOLUTIONS}
    one = Submission("s", folder / "s.ipynb", archive, points)
    return grade_all([one], folder / "o", Limits(20, 1024, 60), 1)["s"]


def test_an_object_does_not_say_that_it_equals_what_is_right(
    keys: Path, tmp_path: Path
) -> None:
    outcome = graded(keys, tmp_path, AGREES)
    assert outcome.status == "graded"
    assert outcome.scores == {"q_frame": 0, "q_power": 0}


def test_a_question_is_not_tested_until_a_function_has_found_what_is_right(
    keys: Path, tmp_path: Path
) -> None:
    outcome = graded(keys, tmp_path, COUNTS, *[AGAIN] * 50)
    (test,) = outcome.tests["q_power"]
    assert test.message == "It gives 30."  # the notebook's own check came before


def test_what_is_checked_last_counts_however_often_it_is_checked(
    keys: Path, tmp_path: Path
) -> None:
    right = 'power = lambda x: x**12\ngrader.check("q_power")'
    outcome = graded(keys, tmp_path, COUNTS, *[AGAIN] * 50, right)
    assert outcome.scores["q_power"] == 1


def test_a_text_of_a_students_does_not_fill_the_page_or_end_the_tests(
    keys: Path, tmp_path: Path
) -> None:
    long = "power = lambda x: '\\ud800' + 'x' * 10**6\ngrader.check('q_power')"
    outcome = graded(keys, tmp_path, long)
    assert outcome.status == "graded"
    (test,) = outcome.tests["q_power"]
    assert test.message.startswith("It gives ?xxx")
    assert len(test.message) < 3000
