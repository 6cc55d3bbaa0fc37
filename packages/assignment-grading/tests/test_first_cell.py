"""A student's notebook as handed out, run where students run it."""

from __future__ import annotations

import csv
import ensurepip
import json
import os
import subprocess
import sys
import sysconfig
import uuid
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import pytest
from assignment_grading.__main__ import main
from assignment_grading.handing_out import first_cell, identity
from assignment_grading.handing_out.identity import Identity
from nbclient import NotebookClient
from otter.api import grade_submission

EXAMPLE = Path(__file__).parents[1] / "example" / "rainfall.ipynb"
# The variant at the coast, counted and added up by hand.
RIGHT = "dry, wet_mean = 4, (4.2 + 1.8 + 11.6 + 0.4 + 7.0 + 5.0) / 6"
WRONG = "dry, wet_mean = 4, 4.4"


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The set of a class of one, who has the data of the coast."""
    folder = tmp_path_factory.mktemp("handed-out")
    (folder / "roster.csv").write_text("id\nada\n", encoding="utf-8")
    roster = ["--roster", str(folder / "roster.csv")]
    assert not main(["assign", str(EXAMPLE), *roster, "--output", str(folder)])
    return folder / "rainfall"


def solved(handed_out: Path, answer: str) -> nbformat.NotebookNode:
    notebook = nbformat.read(handed_out / "handout" / "ada.ipynb", as_version=4)
    (cell,) = (it for it in notebook.cells if it.source == "dry = ...\nwet_mean = ...")
    cell.source = answer
    return notebook


def saved_by_colab(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """What Colab changes when it saves."""
    notebook.metadata["colab"] = {"provenance": []}
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.id = uuid.uuid4().hex[:12]
        cell.metadata["id"] = cell.id
    return notebook


def run(
    notebook: nbformat.NotebookNode, folder: Path, kernel: str = "python3"
) -> list[str]:
    """Run all cells in a folder; return what each cell with code showed."""
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, kernel_name=kernel, resources=resources).execute()
    return [shown(it.outputs) for it in notebook.cells if it.cell_type == "code"]


def shown(outputs: list[Any]) -> str:
    return "".join(
        it.get("text", "") or it.get("data", {}).get("text/plain", "") for it in outputs
    )


@pytest.fixture(scope="module")
def colab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Jupyter's data for a kernel as Colab has it: its own shell, pip, and no otter.

    All other packages are those of this environment, and pip has but one package to
    install, made from the otter that is here.
    """
    folder = tmp_path_factory.mktemp("colab")
    venv.create(folder / "python", symlinks=True)
    (packages,) = (folder / "python" / "lib").glob("*/site-packages")
    others = folder / "others"
    others.mkdir()
    name = f"otter_grader-{version('otter-grader')}-py3-none-any.whl"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        installed = Path(sysconfig.get_path("purelib"))
        for path in installed.iterdir():
            if not path.name.startswith("otter"):
                (others / path.name).symlink_to(path)
            elif path.is_dir():
                for file in path.rglob("*"):
                    wheel.write(file, file.relative_to(installed))
    (packages / "others.pth").write_text(str(others))
    (pip,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    with zipfile.ZipFile(pip) as opened:
        opened.extractall(packages)
    own = packages / "google" / "colab"
    own.mkdir(parents=True)
    (own / "_shell.py").write_text(
        "from ipykernel.zmqshell import ZMQInteractiveShell\n\n\n"
        "class Shell(ZMQInteractiveShell):\n    pass\n"
    )
    (own / "_kernel.py").write_text(
        "from ipykernel.ipkernel import IPythonKernel\nfrom traitlets import Type\n\n"
        "from google.colab._shell import Shell\n\n\n"
        "class Kernel(IPythonKernel):\n    shell_class = Type(Shell)\n"
    )
    spec = folder / "kernels" / "colab" / "kernel.json"
    spec.parent.mkdir(parents=True)
    python = folder / "python" / "bin" / "python"
    start = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
    start.append("--IPKernelApp.kernel_class=google.colab._kernel.Kernel")
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PYTHONPATH": ""}
    about = {
        "argv": [str(python), *start],
        "env": offline,
        "display_name": "Colab",
        "language": "python",
    }
    spec.write_text(json.dumps(about))
    return folder


def test_in_colab_the_first_cell_installs_otter_and_the_checks_work(
    handed_out: Path, colab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(colab))
    notebook = saved_by_colab(solved(handed_out, RIGHT))
    more = 'dry = ...\ngrader.check("q1")', "str(get_ipython()), otter.__file__"
    notebook.cells += map(nbformat.v4.new_code_cell, more)
    *_, right, unanswered, where = run(notebook, tmp_path, "colab")
    assert where.startswith("('<google.colab._shell.Shell")
    assert str(colab / "python") in where  # where pip has put it
    assert "passed" in right
    assert "There is no number of dry days yet." in unanswered
    assert not list(tmp_path.glob("*.ipynb"))
    assert not (tmp_path / "tests").exists()


def test_a_renamed_notebook_among_others_finds_its_checks(
    handed_out: Path, tmp_path: Path
) -> None:
    notebook = solved(handed_out, RIGHT)
    for name in ("ada (1).ipynb", "notes.ipynb"):
        nbformat.write(notebook, tmp_path / name)
    there = run(notebook, tmp_path)
    assert "passed" in there[-1]
    assert not (tmp_path / "tests").exists()


def test_under_its_own_name_otter_can_export_it(
    handed_out: Path, tmp_path: Path
) -> None:
    notebook = solved(handed_out, RIGHT)
    export = "grader.export(pdf=False, display_link=False)"
    notebook.cells.append(nbformat.v4.new_code_cell(export))
    for name in ("ada.ipynb", "notes.ipynb"):
        nbformat.write(notebook, tmp_path / name)
    run(notebook, tmp_path)
    (archive,) = tmp_path.glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        assert "ada.ipynb" in opened.namelist()


def test_otter_grades_it_under_another_name_with_the_hidden_tests(
    handed_out: Path, tmp_path: Path
) -> None:
    path = tmp_path / "submission.ipynb"
    nbformat.write(solved(handed_out, WRONG), path)
    archive = handed_out / "keys" / "coast" / "autograder.zip"
    results = grade_submission(str(path), str(archive), quiet=True)
    assert results.get_score("q1") == 2
    outputs = [it.get("outputs", []) for it in results.notebook.cells]
    assert [it for out in outputs for it in out if it.output_type == "error"] == []


def test_a_check_is_graded_at_its_place_as_otter_does_it(
    handed_out: Path, tmp_path: Path
) -> None:
    """The cell works while the command grades: else all is tested at the end."""
    notebook = solved(handed_out, RIGHT)
    notebook.cells.append(nbformat.v4.new_code_cell("dry = wet_mean = 0"))
    path = tmp_path / "in" / "ada.ipynb"
    path.parent.mkdir()
    nbformat.write(notebook, path)
    archive = handed_out / "keys" / "coast" / "autograder.zip"
    otter = grade_submission(str(path), str(archive), quiet=True).get_score("q1")
    where = ["--set", str(handed_out), "--results", str(tmp_path / "grades")]
    assert main(["grade", str(path.parent), *where]) == 0
    scores = (tmp_path / "grades" / "scores.csv").read_text(encoding="utf-8-sig")
    (row,) = csv.DictReader(scores.splitlines())
    assert float(row["q1"]) == otter == 4


def test_the_cell_is_folded_short_and_says_whose_the_notebook_is(
    handed_out: Path,
) -> None:
    path = handed_out / "handout" / "ada.ipynb"
    cell = nbformat.read(path, as_version=4).cells[0]
    assert cell.metadata["cellView"] == "form"  # Colab
    assert cell.metadata["jupyter"] == {"source_hidden": True}
    assert cell.source.startswith("# @title ")
    assert len(cell.source.splitlines()) <= 15
    compile(cell.source, "cell", "exec")  # no magic: it is Python
    copied = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.source)])
    assert identity.read(copied) == Identity("rainfall", "coast", "ada")


def test_what_is_embedded_is_what_students_may_see(handed_out: Path) -> None:
    text = (handed_out / "handout" / "ada.ipynb").read_text(encoding="utf-8")
    assert "There is no number of dry days yet." in text
    assert "hidden=True" not in text
    assert "A dry day has 0.0 millimetres" not in text


def test_checks_keep_their_letters_where_the_system_has_not_all_of_them(
    tmp_path: Path,
) -> None:
    check = (
        "from otter.test_files import test_case\n\nOK_FORMAT = False\n"
        'name = "q1"\npoints = 1\n\n\n@test_case(points=1, hidden=False)\n'
        "def test_it(answer):\n    assert answer == 1, 'Łucja: “nought”.'\n"
    )
    source = first_cell.source({"q1.py": check}, "Ł.ipynb", Identity("ł", "only", "Ł"))
    ask = "\nanswer = 0\nprint(ascii(repr(grader.check('q1', globals()))))\n"
    (tmp_path / "first.py").write_text(source + ask, encoding="utf-8")
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "first.py"],
        cwd=tmp_path,
        env={**os.environ, **plain},
        capture_output=True,
        text=True,
    )
    assert "\\u0141ucja: \\u201cnought\\u201d." in done.stdout, done.stderr
