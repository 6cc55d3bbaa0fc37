"""The other route to the same packages: environment.yml, for conda and Binder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.conftest import BUILD
from tests.reproduce import ELSEWHERE, differing_files, published_files
from tests.source_files import copy_history, copy_sources

ROOT = Path(__file__).parent.parent
UV = Path(sys.executable).with_name("uv")


def test_requirements_are_those_of_the_lock() -> None:
    options = [
        "--frozen",
        "--no-group",
        "setup",
        "--no-hashes",
        "--no-header",
        "--quiet",
    ]
    exported = subprocess.run(
        [UV, "export", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (ROOT / "requirements.txt").read_text() == exported.stdout, (
        "requirements.txt is not what uv.lock says: run `make requirements`"
    )


def test_the_pip_part_of_the_environment_builds_the_same_site(
    tmp_path: Path, built_book: Path
) -> None:
    """Install what environment.yml lists into a clean environment, and build.

    The folder, the time zone, the locale and the hash seed are others as well. The
    masters of assignments are gone: a teacher may keep them elsewhere.
    """
    copy = tmp_path / ELSEWHERE.folder
    copy_sources(copy)
    copy_history(copy)
    shutil.rmtree(copy / "assignments")
    environment = yaml.safe_load((copy / "environment.yml").read_text())
    pip = environment["dependencies"][-1]["pip"]
    (copy / "pip-part.txt").write_text("\n".join(pip) + "\n")

    clean = tmp_path / "clean"
    _run([UV, "venv", "--python", sys.executable, clean], copy)
    python = clean / "bin" / "python"
    _run([UV, "pip", "install", "--python", python, "-r", "pip-part.txt"], copy)
    _run([clean / "bin" / BUILD[0], *BUILD[1:]], copy, **ELSEWHERE.environment)

    assert len(published_files(copy / "_build")) > 100
    differing = differing_files(copy / "_build", built_book.parent)
    assert not differing, "After a page was renamed or removed, `make clean` first."


def _run(command: list[object], folder: Path, **changed: str) -> None:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("VIRTUAL_ENV", "PYTHONPATH")
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**kept, **changed},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
