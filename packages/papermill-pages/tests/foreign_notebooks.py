"""Notebooks of others' kinds, executed by a kernel and without one.

``python -m foreign_notebooks`` in this folder compares all of them.
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import nbformat
from papermill_pages.errors import PageFailed
from papermill_pages.execution import execute
from papermill_pages.execution_settings import ExecutionSettings
from papermill_pages.kernels import kernel_environment
from papermill_pages.pages import Point
from papermill_pages.settings import Settings

TEXT = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")
PRELOAD = ("pandas", "matplotlib.pyplot")


def names() -> list[str]:
    """Return the names of all notebooks."""
    return re.findall(r"(?m)^## (.*)$", TEXT)


def notebook(name: str) -> nbformat.NotebookNode:
    """Return one of them."""
    new = nbformat.v4
    (text,) = re.findall(rf"(?ms)^## {re.escape(name)}$(.*?)(?=^## |\Z)", TEXT)
    cells = [
        new.new_code_cell(code, id=f"c{number}", metadata={"tags": tags.split()})
        for number, (tags, code) in enumerate(
            re.findall(r"(?ms)^```python(.*?)\n(.*?)\n?^```$", text)
        )
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def point(folder: Path, name: str) -> Point:
    """Write a notebook into a folder of its own, and return its execution."""
    root = folder / re.sub(r"\W+", "-", name)
    root.mkdir()
    source = root / "chapter.ipynb"
    nbformat.write(notebook(name), source)
    execution = ExecutionSettings(timeout=120)
    return Point("chapter", source, source, root, execution=execution)


def outcome(run: Point, settings: Settings) -> str:
    """Execute it and return the bytes, and what was said if it failed."""
    for made in run.root.iterdir():  # by another executor
        if made != run.notebook:
            shutil.rmtree(made) if made.is_dir() else made.unlink()
    said = ""
    try:
        execute(run, settings)
    except PageFailed as failed:
        said = str(failed)
    made = run.unfinished if said else run.executed
    return f"{made.read_text(encoding='utf-8')}\n{said}"


@contextmanager
def executor(shells: str, *, fork: bool = True) -> Iterator[Settings]:
    """Enter the environment of a build."""
    settings = Settings(shells=shells, preload=PRELOAD)
    with kernel_environment(settings, fork=fork):
        # In a test, ipykernel leaves alone what programs print.
        os.environ.pop("PYTEST_CURRENT_TEST", None)
        yield settings


def outcomes(
    runs: Mapping[str, Point], shells: str, *, fork: bool = True
) -> dict[str, str]:
    """Execute notebooks, two at a time."""
    with executor(shells, fork=fork) as settings, ThreadPoolExecutor(2) as pool:
        texts = pool.map(lambda run: outcome(run, settings), runs.values())
        return dict(zip(runs, texts, strict=True))


TRIES = 3
"""An ordinary kernel does not always hear in one order of what programs write."""


def main(chosen: list[str]) -> int:
    """Say which notebooks differ from those of an ordinary kernel, and how.

    One that differs is tried again; only what always differs counts.
    """
    left = list(chosen or names())
    for _ in range(TRIES):
        left = differing(left)
        if not left:
            return 0
    return 1


def differing(chosen: list[str]) -> list[str]:
    """Return the notebooks that differ without a kernel, and print how."""
    with tempfile.TemporaryDirectory() as folder:
        runs = {name: point(Path(folder), name) for name in chosen}
        wanted = outcomes(runs, "none", fork=False)
        others = {
            "in a forked kernel": outcomes(runs, "none"),
            "without a kernel": outcomes(runs, "points"),
        }
    for kind, found in others.items():
        different = [name for name in runs if found[name] != wanted[name]]
        for name in different:
            sides = wanted[name].splitlines(), found[name].splitlines()
            lines = difflib.unified_diff(*sides, "ordinary kernel", kind, n=1)
            print(f"{name}:", *(line[:200] for line in lines), sep="\n")
        print(f"{len(different)} of {len(runs)} notebooks differ {kind}")
    found = others["without a kernel"]
    return [name for name in runs if found[name] != wanted[name]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
