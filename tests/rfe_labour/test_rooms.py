"""What may know of what: read from the imports of every module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NUMBERS = ("data", "inference", "tables", "models", "checks")
TOOLS = {
    *("sphinx", "docutils", "myst_nb", "myst_parser", "jupyter_book"),
    *("papermill", "nbformat", "nbclient", "ipykernel"),
    *(path.name for path in ROOT.glob("packages/*/src/*") if path.is_dir()),
} - {"data_package_guard"}
"""What makes pages. The guard of the data is no such tool: `data` stands on it."""


def imported(source: str, package: str) -> Iterator[str]:
    """List the full name of all that a module of a package imports, anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -(node.level - 1) or None]
            start = ".".join(above) if node.level else ""
            base = ".".join(filter(None, (start, node.module)))
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def imports_of(folder: Path) -> Iterator[tuple[str, str]]:
    """List each file of a source folder with each name that it imports."""
    source = next(it for it in (folder, *folder.parents) if it.name == "src")
    for path in sorted(folder.rglob("*.py")):
        package = ".".join(path.relative_to(source).parent.parts)
        for name in imported(path.read_text("utf-8"), package):
            yield str(path.relative_to(ROOT)), name


def within(name: str, *packages: str) -> bool:
    return any(
        name == package or name.startswith(f"{package}.") for package in packages
    )


def test_every_form_of_an_import_is_read() -> None:
    source = (
        "import a.b as c, d\n"
        "from e import f\n"
        "from . import g\n"
        "from ..h import i\n"
        "def later():\n    from j.k import l\n"
    )
    assert set(imported(source, "top.room")) == {
        *("a.b", "d", "e", "e.f", "top.room", "top.room.g", "top.h", "top.h.i"),
        *("j.k", "j.k.l"),
    }


@pytest.mark.parametrize("room", NUMBERS)
def test_numbers_do_not_import_what_shows_them(room: str) -> None:
    names = list(imports_of(ROOT / "src/rfe_labour" / room))
    assert names
    shown = [pair for pair in names if within(pair[1], "rfe_labour.shown")]
    assert not shown


def test_inference_stands_on_no_other_room() -> None:
    names = list(imports_of(ROOT / "src/rfe_labour/inference"))
    own = [pair for pair in names if within(pair[1], "rfe_labour.inference")]
    assert own
    assert not [
        pair for pair in names if within(pair[1], "rfe_labour") and pair not in own
    ]


def test_the_analysis_knows_nothing_of_notebooks_and_pages() -> None:
    assert {"papermill_pages", "sphinx"} < TOOLS
    names = imports_of(ROOT / "src/rfe_labour")
    known = [pair for pair in names if within(pair[1], *TOOLS, "book_site")]
    # One module shows frames in a notebook, and glues their numbers.
    frames = "src/rfe_labour/shown/frames.py"
    assert known == [(frames, "myst_nb"), (frames, "myst_nb.glue")]


@pytest.mark.parametrize(
    "package", sorted(path.name for path in ROOT.glob("packages/*") if path.is_dir())
)
def test_a_tool_knows_nothing_of_this_book(package: str) -> None:
    names = list(imports_of(ROOT / "packages" / package / "src"))
    assert not [pair for pair in names if within(pair[1], "rfe_labour", "book_site")]
