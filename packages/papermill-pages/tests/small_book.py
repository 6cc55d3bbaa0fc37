"""A small book, made anew for a test, that real tools build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import yaml
from forked_builds import LONGEST, Builder

BIN = Path(sys.executable).parent
EXAMPLE = Path(__file__).parents[1] / "example"

CONFIG = {
    "title": "A small book",
    "only_build_toc_files": True,
    "execute": {"execute_notebooks": "off"},
    "sphinx": {"extra_extensions": ["papermill_pages"], "config": {}},
}
PRELOAD = ["myst_nb.ext.glue"]
READ_AT_START = ("PYTHON", "LC_", "LANG", "TZ", "TMPDIR", "SOURCE_DATE_EPOCH")
PARAMETERS = (
    'region: str = "north"  # which region {north, south}\n'
    "number: int = 3  # how many\n"
    "start: Optional[int] = None  # first year"
)


@cache
def _builder() -> Builder:
    """Start what the builds are forked from; it ends when nobody can ask it again."""
    return Builder()


@dataclass(frozen=True)
class Book:
    """A book in a folder of its own."""

    root: Path

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new))

    def configure(self, *, timeout: int = 600, **settings: Any) -> None:
        preloaded = {"preload": PRELOAD, **settings}
        sphinx = {**CONFIG["sphinx"], "config": {"papermill_pages": preloaded}}
        execute = {**CONFIG["execute"], "timeout": timeout}
        config = {**CONFIG, "execute": execute, "sphinx": sphinx}
        self.write("_config.yml", yaml.safe_dump(config))

    def list_pages(self, *pages: str) -> None:
        chapters = [{"file": page} for page in pages]
        toc = {"format": "jb-book", "root": "index", "chapters": chapters}
        self.write("_toc.yml", yaml.safe_dump(toc))

    def write_notebook(
        self,
        path: str,
        *code: str,
        parameters: str | None = PARAMETERS,
        title: str = "A notebook",
        **declared: Any,
    ) -> None:
        new = nbformat.v4
        cells = [
            new.new_markdown_cell(f"# {title}\n\nSee {{glue:text}}`x:.3f`.", id="head"),
            new.new_code_cell(
                "from typing import Optional\nfrom myst_nb import glue", id="imports"
            ),
        ]
        if parameters is not None:
            tags = {"tags": ["parameters"]}
            cells.append(new.new_code_cell(parameters, id="params", metadata=tags))
        cells += [
            new.new_code_cell(source, id=f"code-{i}") for i, source in enumerate(code)
        ]
        metadata = {
            "kernelspec": {
                "name": "python3",
                "display_name": "P",
                "language": "python",
            },
            "language_info": {"name": "python"},
            "papermill_pages": declared,
        }
        notebook = new.new_notebook(cells=cells, metadata=metadata)
        self.write(path, nbformat.writes(notebook))

    def write_run(self, path: str, **run: Any) -> None:
        self.write(path, yaml.safe_dump(run))

    def run(
        self, *command: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program, from its start if Python is to start in another way."""
        if not any(name.startswith(READ_AT_START) for name in env or {}):
            build = _builder().start(self.root, *command, env=env)
            return subprocess.CompletedProcess(command, build.wait(), build.said)
        return subprocess.run(
            [BIN / command[0], *command[1:]],
            cwd=self.root,
            env={**os.environ, "COLUMNS": "200", **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            check=False,
        )

    def build(
        self, *options: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return self.run("jupyter-book", "build", ".", *options, env=env)

    def page(self, name: str) -> str:
        return (self.root / f"_build/html/{name}.html").read_text(encoding="utf-8")

    def executed(self) -> dict[str, bytes]:
        """The bytes of everything that the engine made for the pages."""
        folder = self.root / "_build"
        files = [*folder.glob("executed/**/*.ipynb"), folder / "results.json"]
        return {
            str(file.relative_to(folder)): file.read_bytes()
            for file in files
            if file.exists()
        }

    def site(self) -> dict[str, bytes]:
        """The bytes of the rendered site."""
        folder = self.root / "_build/html"
        return {
            str(file.relative_to(folder)): file.read_bytes()
            for file in sorted(folder.glob("**/*"))
            if file.is_file() and file.name != ".buildinfo"
        }

    def kernels_started(self) -> bool:
        return (self.root / "_build" / "executed").exists() or (
            self.root / "_build" / "unfinished"
        ).exists()


def executed_pages(output: str) -> list[str]:
    """The pages that a build's output says were executed."""
    lines = [line for line in output.splitlines() if ": executed in" in line]
    return sorted(line.split("] ")[1].split(":")[0] for line in lines)


def make_book(root: Path, pages: Sequence[str] = ("chapter", "other")) -> Book:
    """Write a book of one notebook and one run of it, which read different data."""
    book = Book(root)
    book.configure(depends_on=["lock.txt"])
    book.list_pages(*pages)
    book.write("lock.txt", "1\n")
    book.write("north.csv", "10\n")
    book.write("south.csv", "20\n")
    book.write("index.md", "# Home\n\nThe other: {glue:text}`other.run.yml::x:.2f`.\n")
    book.write_notebook(
        "chapter.ipynb",
        'x = int(open(f"{region}.csv").read()) / 7',
        'glue("x", x, display=False)',
        results="small.{region}",
        depends_on=["{region}.csv"],
    )
    book.write_run(
        "other.run.yml",
        notebook="chapter.ipynb",
        title="The other chapter",
        parameters={"region": "south", "number": 5},
    )
    return book


def copy_of_example(root: Path) -> Book:
    """Copy the package's own example, without what a build of it has written."""
    written = shutil.ignore_patterns("_build", ".pytask", "pytask.lock")
    shutil.copytree(EXAMPLE, root, ignore=written)
    return Book(root)


def without(folder: Path, *modules: str) -> dict[str, str]:
    """Return an environment in which programs do not find these modules."""
    if not modules:
        return {}
    hidden = "".join(f"sys.modules[{name!r}] = None\n" for name in modules)
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(f"import sys\n{hidden}")
    return {"PYTHONPATH": str(folder)}
