"""The source notebooks: what a reviewer opens holds the analysis and nothing else."""

from __future__ import annotations

import ast
import builtins
import json
import re
import symtable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .chapters.running import try_it
from .published import CHAPTERS, ROOT

SOURCES = sorted(
    path
    for path in (ROOT / "book").rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
LINES_OF_A_CELL = 10
LINES_OF_A_REMOVED_CELL = 12
WIDTH = 70
"""So many characters of a line of code a page shows in a common window."""


every_notebook = pytest.mark.parametrize(
    "source", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES]
)
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS)


def read(source: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return notebook


def code_cells(source: Path) -> list[dict[str, Any]]:
    return [cell for cell in read(source)["cells"] if cell["cell_type"] == "code"]


def code(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def tags(cell: dict[str, Any]) -> set[str]:
    return {*cell["metadata"].get("tags", ())}


@every_notebook
def test_a_source_notebook_carries_no_outputs_and_no_execution_counts(
    source: Path,
) -> None:
    assert code_cells(source)
    for cell in code_cells(source):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@every_notebook
def test_a_source_notebook_carries_only_the_metadata_that_the_book_uses(
    source: Path,
) -> None:
    metadata = read(source)["metadata"]
    assert set(metadata) == {"kernelspec", "language_info", "papermill_pages"}
    assert metadata["kernelspec"]["name"] == "python3"
    assert metadata["language_info"] == {"name": "python"}
    for cell in read(source)["cells"]:
        assert set(cell["metadata"]) <= {"tags", "mystnb", "name"}


@every_notebook
def test_a_code_cell_has_at_most_ten_lines(source: Path) -> None:
    for cell in code_cells(source):
        removed = "remove-cell" in tags(cell)
        most = LINES_OF_A_REMOVED_CELL if removed else LINES_OF_A_CELL
        assert len(code(cell).splitlines()) <= most, code(cell)


# A chapter shows its analysis where it is done


@every_chapter
def test_a_chapter_is_open(chapter: str) -> None:
    assert list(faults(chapter)) == []


def test_eight_chapters_draw_with_seaborn_in_a_visible_cell() -> None:
    drawn = {
        chapter
        for chapter in CHAPTERS
        if any(
            "sns." in code(cell) for cell in code_cells(ROOT / chapter) if shown(cell)
        )
    }
    assert len(drawn) >= 8, drawn


@every_chapter
def test_the_shown_cells_can_be_pasted_in_an_empty_notebook(chapter: str) -> None:
    """A reader has the shown cells and the parameters, and may unfold the others."""
    assert list(undefined_names(code_cells(ROOT / chapter))) == []


def test_a_name_that_a_reader_does_not_have_is_found() -> None:
    sources = {
        "parameters": "level, last = 0.05, None",
        "remove-cell": "region, last = 1, 2005",
        "": "half = level\nwith open(last) as file:\n    [region for it in file]",
        "hide-input": "def twice(n): return n * factor\nlater, half = half, later",
    }
    cells = [
        {"source": [source], "metadata": {"tags": [tag] if tag else []}}
        for tag, source in sources.items()
    ]
    assert [*undefined_names(cells)] == ["last", "region", "factor", "later"]


def faults(chapter: str) -> Iterator[str]:
    """Say what keeps a chapter from being an open one."""
    cells = code_cells(ROOT / chapter)
    visible = [cell for cell in cells if shown(cell)]
    if all(map(imports, visible)):
        yield "No cell shows what is done."
    if [cell for cell in cells if imports(cell) and not removed(cell)] != visible[:1]:
        yield "Its imports are not in one visible cell before all others."
    # The report on a sweep reads what its notebook fitted.
    fits = CHAPTERS[chapter] == "The models" and not chapter.endswith("_report.ipynb")
    if fits and not re.search(
        r"^(import|from) statsmodels\b", visible_code(chapter), re.MULTILINE
    ):
        yield "It is about models, and does not import statsmodels."
    for cell in cells:
        yield from faults_of_cell(cell)
    for second in second_of_two_boxes(chapter):
        yield f"Two boxes stand in a row; the second is\n{second}"
    try:
        try_it(chapter)
    except ValueError as error:
        yield str(error)


def faults_of_cell(cell: dict[str, Any]) -> Iterator[str]:
    is_table = "parameters" in tags(cell)  # of the parameters, with their help
    if is_table and "hide-input" in tags(cell):
        yield "Its parameters are hidden."
    for line in code(cell).splitlines():
        if len(line) > WIDTH and not is_table:
            yield f"A page does not show the whole of this line:\n{line}"
    if re.search(r"\.summary2?\(\s*\)", code(cell)):
        yield f"A summary of statsmodels is no table of the book:\n{code(cell)}"


def second_of_two_boxes(chapter: str) -> Iterator[str]:
    """Find collapsed cells between which a page shows nothing."""
    boxed = False
    for cell in read(ROOT / chapter)["cells"]:
        if "parameters" in tags(cell) or removed(cell):
            continue
        before, boxed = boxed, bool({"hide-input", "hide-cell"} & tags(cell))
        if before and boxed:
            yield code(cell)


def undefined_names(cells: list[dict[str, Any]]) -> Iterator[str]:
    """Find names that neither the parameters nor the shown cells above define.

    What a removed cell defines anew has another value for a reader.
    """
    defined = {*dir(builtins)}
    for cell in cells:
        if {"remove-cell", "remove-input"} & tags(cell):
            for statement in ast.parse(code(cell)).body:
                defined -= names(statement)[1]
            continue
        known = set(defined)
        for statement in ast.parse(code(cell)).body:
            needed, made = names(statement)
            yield from sorted(needed - known)
            known |= needed | made
            if shown(cell) or "parameters" in tags(cell):
                defined |= made


class _Generators(ast.NodeTransformer):
    """Make generators of comprehensions, which from Python 3.12 on share the scope."""

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        self.generic_visit(node)
        pair = ast.Tuple([node.key, node.value], ast.Load())
        return ast.GeneratorExp(pair, node.generators)


def names(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """Give the global names that a statement needs, and those that it makes."""
    text = ast.unparse(_Generators().visit(statement))
    whole = symtable.symtable(text, "cell", "exec")
    needed: set[str] = set()
    made: set[str] = set()
    tables = [whole]
    while tables:
        scope = tables.pop()
        tables += scope.get_children()
        for symbol in scope.get_symbols():
            outermost = scope is whole
            if symbol.is_referenced() and (outermost or symbol.is_global()):
                needed.add(symbol.get_name())
            if outermost and (symbol.is_assigned() or symbol.is_imported()):
                made.add(symbol.get_name())
    # A block, or a function, may use what it has made itself.
    return needed - made if hasattr(statement, "body") else needed, made


def shown(cell: dict[str, Any]) -> bool:
    """Tell whether a page shows the code; in the place of parameters is a table.

    A cell whose output alone is folded shows its code.
    """
    folded = {"hide-input", "hide-cell"}
    plain = not any(tag in folded or tag.startswith("remove-") for tag in tags(cell))
    return plain and "parameters" not in tags(cell)


def visible_code(chapter: str) -> str:
    return "\n".join(code(cell) for cell in code_cells(ROOT / chapter) if shown(cell))


def removed(cell: dict[str, Any]) -> bool:
    return "remove-cell" in tags(cell)


def imports(cell: dict[str, Any]) -> bool:
    return bool(re.search(r"^(import|from) \w", code(cell), re.MULTILINE))
