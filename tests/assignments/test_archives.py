"""`make assignments`, run as a teacher runs it, and what Gradescope makes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")
UNPACKED = "/autograder/source"
"""Where otter's container unpacks an archive."""


def run(command: Sequence[str | Path], folder: Path) -> str:
    """Run a command outside of this environment and of a `make` that runs the tests."""
    inherited = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHONPATH", "VIRTUAL_ENV")
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={name: it for name, it in os.environ.items() if name not in inherited},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One notebook of each assignment; the packages are installed already."""
    output = tmp_path_factory.mktemp("made") / "sets"
    run(["make", "--old-file=.venv/teaching", "assignments", f"OUTPUT={output}"], ROOT)
    return output


def environment(archive: Path) -> list[str]:
    """The lines that pip is given when the container is built."""
    with zipfile.ZipFile(archive) as opened:
        conda = yaml.safe_load(opened.read("environment.yml"))
    lines: list[str] = conda["dependencies"][-1]["pip"]
    return lines


def test_each_archive_carries_what_the_tests_import_and_names_no_folder_of_here(
    sets: Path,
) -> None:
    masters = {path.stem for path in (ROOT / "assignments").glob("*.ipynb")}
    archives = list(sets.glob("*/keys/*/autograder.zip"))
    assert {path.parents[2].name for path in archives} == masters
    for archive in archives:
        local = [line for line in environment(archive) if "==" not in line]
        with zipfile.ZipFile(archive) as opened:
            wheels = {it for it in opened.namelist() if it.startswith("files/")}
        assert {line.partition(" @ ")[0] for line in local} == {
            "data_package_guard",
            "rfe_labour",
        }
        assert {line.partition(f"{UNPACKED}/")[2] for line in local} == wheels


def test_an_environment_made_from_an_archive_gives_the_solution_full_marks(
    sets: Path, tmp_path: Path
) -> None:
    (key,) = (sets / "printed_tables" / "keys").iterdir()
    archive = key / "autograder.zip"
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "source")
    here = [
        line.replace(UNPACKED, f"{tmp_path}/source") for line in environment(archive)
    ]
    (tmp_path / "pip.txt").write_text("\n".join(here) + "\n")
    clean = tmp_path / "clean" / "bin"
    run([UV, "venv", "--python", sys.executable, clean.parent], tmp_path)
    python = clean / "python"
    run([UV, "pip", "install", "--python", python, "-r", "pip.txt"], tmp_path)
    where = run(
        [python, "-c", "import rfe_labour; print(rfe_labour.__file__)"], tmp_path
    )
    assert str(tmp_path / "clean") in where
    otter = [clean / "otter", "run", "-a", archive, "-o", tmp_path]
    run([*otter, key / "solution.ipynb"], tmp_path)
    results = json.loads((tmp_path / "results.json").read_text())
    scores = {it["name"]: it["score"] for it in results["tests"] if "score" in it}
    assert scores == json.loads((key / "key.json").read_text())["points"]
