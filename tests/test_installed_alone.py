"""Each package of packages/, installed from its wheel with nothing else of ours.

It does its main job there as its README says, in a clean environment whose other
packages have the versions of `uv.lock`.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pypdf
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "packages"
UV = Path(sys.executable).with_name("uv")

MODULES = {
    "assignment-grading": "assignment_grading",
    "data-package-guard": "data_package_guard",
    "forked-kernels": "forked_kernels",
    "papermill-pages": "papermill_pages",
    "typst-builder": "typst_builder",
    "rfe-labour": "rfe_labour",
}
"""What each distribution of this repository lets one import."""


@dataclass(frozen=True)
class Environment:
    """A clean environment, and a folder to work in that knows nothing of the book."""

    programs: Path
    folder: Path

    def run(self, *command: object, fails: bool = False) -> str:
        """Run a program of the environment and return all that it said."""
        program, *arguments = map(str, command)
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )
        assert bool(done.returncode) == fails, done.stdout
        return done.stdout

    def lacks(self, *modules: str) -> None:
        """Make sure that modules cannot be imported."""
        code = (
            "import importlib.util as it, sys; "
            "print([m for m in sys.argv[1:] if it.find_spec(m)])"
        )
        assert self.run("python", "-c", code, *modules) == "[]\n"


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of each package, and list the versions of the others."""
    folder = tmp_path_factory.mktemp("wheels")
    for package in MODULES.keys() - {"rfe-labour"}:
        _uv("build", "--quiet", "--wheel", "--package", package, "--out-dir", folder)
    _uv(
        *("export", "--frozen", "--all-groups", "--no-emit-workspace", "--no-hashes"),
        *("--no-annotate", "--no-header", "--quiet"),
        *("--output-file", folder / "constraints.txt"),
    )
    return folder


def install(wheels: Path, folder: Path, *requirements: str) -> Environment:
    """Install packages, ours from their wheels, and nothing else of ours."""
    clean, work = folder / "environment", folder / "work"
    work.mkdir()
    _uv("venv", "--quiet", "--python", sys.executable, clean)
    _uv(
        *("pip", "install", "--quiet", "--python", clean / "bin" / "python"),
        *("--find-links", wheels, "--constraint", wheels / "constraints.txt"),
        *requirements,
    )
    environment = Environment(clean / "bin", work)
    ours = {requirement.partition("[")[0] for requirement in requirements}
    environment.lacks(*(MODULES[name] for name in MODULES.keys() - ours))
    return environment


def test_papermill_pages_builds_its_example(wheels: Path, tmp_path: Path) -> None:
    there = install(wheels, tmp_path, "papermill-pages[book]")
    there.lacks("pandas", "statsmodels", "seaborn", "matplotlib", "rocrate")
    shutil.copytree(PACKAGES / "papermill-pages/example", there.folder / "book")
    there.run("jupyter-book", "build", "book", "--warningiserror", "--nitpick")
    site = there.folder / "book/_build/html"
    # Counted in the twelve lines of rain.csv: a page, a run, and a sweep's report.
    page = re.sub("<[^>]*>|\n", "", (site / "station.html").read_text())
    assert "5 were wet" in page
    results = json.loads((there.folder / "book/_build/results.json").read_text())
    assert results["rain.hill.total"] == 39.0
    with (there.folder / "book/_build/sweeps/thresholds.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 6
    assert (site / "thresholds.html").is_file()


def test_forked_kernels_serve_papermill_and_nbclient(
    wheels: Path, tmp_path: Path
) -> None:
    there = install(wheels, tmp_path, "forked-kernels", "papermill")
    there.lacks("myst_nb", "sphinx", "pytask", "pandas")
    new = nbformat.v4
    tags = {"tags": ["parameters"]}
    cells = [
        new.new_code_cell("year = 1", metadata=tags),
        new.new_code_cell("import os\nprint(year * 2, os.getppid())"),
    ]
    kernelspec = {"name": "python3", "display_name": "P", "language": "python"}
    notebook = new.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
    nbformat.write(notebook, there.folder / "chapter.ipynb")
    (there.folder / "serve.py").write_text(
        "import forked_kernels, nbformat, papermill\n"
        "from nbclient import NotebookClient\n"
        "notebook = nbformat.read('chapter.ipynb', as_version=4)\n"
        "with forked_kernels.serve(preload=['decimal']):\n"
        "    papermill.execute_notebook(\n"
        "        'chapter.ipynb', 'by_papermill.ipynb', {'year': 2004}\n"
        "    )\n"
        "    NotebookClient(notebook).execute()\n"
        "nbformat.write(notebook, 'by_nbclient.ipynb')\n"
    )
    there.run("python", "serve.py")
    printed = {}
    for name in ("by_papermill", "by_nbclient"):
        executed = nbformat.read(there.folder / f"{name}.ipynb", as_version=4)
        printed[name] = executed.cells[-1].outputs[0].text.split()
    assert printed["by_papermill"][0] == "4008"
    assert printed["by_nbclient"][0] == "2"
    # Both kernels have one parent: they were forked from the same process.
    assert printed["by_papermill"][1] == printed["by_nbclient"][1]


def test_typst_builder_typesets_its_example(wheels: Path, tmp_path: Path) -> None:
    there = install(wheels, tmp_path, "typst-builder[compiler,notebooks]")
    there.lacks("jupyter_book", "papermill", "pandas")
    shutil.copytree(PACKAGES / "typst-builder/example", there.folder / "book")
    there.run("sphinx-build", "-W", "-b", "typst", "book", "out")
    (pdf,) = (there.folder / "out").glob("*.pdf")
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages)
    assert "g = 9.81 metres per second squared" in " ".join(text.split())


def test_the_data_guard_refuses_a_changed_cell(wheels: Path, tmp_path: Path) -> None:
    there = install(wheels, tmp_path, "data-package-guard")
    there.lacks("pandas", "numpy")
    shutil.copytree(PACKAGES / "data-package-guard/example", there.folder / "data")
    there.run("data-package-guard", "check", "data")
    table = there.folder / "data/trees.csv"
    first, rest = table.read_text(encoding="utf-8").split("\n", 1)
    digit = next(character for character in rest if character.isdigit())
    changed = rest.replace(digit, str((int(digit) + 1) % 10), 1)
    table.write_text(f"{first}\n{changed}", encoding="utf-8", newline="")
    said = there.run("data-package-guard", "check", "data", fails=True)
    assert "trees.csv" in said
    assert "row 1" in said


def test_a_two_question_assignment_is_handed_out_and_graded(
    wheels: Path, tmp_path: Path
) -> None:
    there = install(wheels, tmp_path, "assignment-grading", "papermill-pages")
    example = PACKAGES / "assignment-grading/example"
    command = ("assignment-grading", "assign", example / "rainfall.ipynb")
    there.run(*command, "--roster", example / "roster.csv", "--output", "out")
    handout = there.folder / "out/rainfall/handout"
    submitted = there.folder / "in"
    submitted.mkdir()
    for student in ("ada", "emil"):  # who have the same variant
        notebook = nbformat.read(handout / f"{student}.ipynb", as_version=4)
        for cell in notebook.cells:
            if student == "ada" and cell.source == "dry = ...\nwet_mean = ...":
                cell.source = "dry = 4\nwet_mean = 5.0"  # counted and added by hand
        nbformat.write(notebook, submitted / f"{student}.ipynb")
    there.run(
        "assignment-grading", "grade", "in", "--sets", "out", "--results", "marks"
    )
    scores = there.folder / "marks/scores.csv"
    with scores.open(newline="", encoding="utf-8-sig") as file:
        scores = {row["id"]: row["q1"] for row in csv.DictReader(file)}
    assert scores["ada"] == "4"
    assert scores["emil"] == "0"


def _uv(*arguments: object) -> None:
    subprocess.run([UV, *map(str, arguments)], cwd=ROOT, env=_environment(), check=True)


def _environment() -> dict[str, str]:
    """The environment without what points to this one."""
    dropped = ("VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT")
    return {k: v for k, v in os.environ.items() if k not in dropped}
