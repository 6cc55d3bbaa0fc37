"""Write the functions of `reading` into the tests that import them.

The tests then run where this package is not installed: in students' notebooks, in
otter's containers and on Gradescope.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from assignment_grading.errors import AssignmentError

MODULE = "assignment_grading.reading"
_CARRIED = "_reading"


def inline(function: ast.FunctionDef) -> None:
    """Replace a test's import from `reading` by the source of what it imports.

    The source stands in a function of its own, so that a test may give any name to what
    is its own.

    Raises
    ------
    AssignmentError
        If there is no such function.
    """
    imports = [
        it
        for it in function.body
        if isinstance(it, ast.ImportFrom) and it.module == MODULE
    ]
    for statement in imports:
        place = function.body.index(statement)
        function.body[place : place + 1] = _carried(statement)


def _carried(statement: ast.ImportFrom) -> list[ast.stmt]:
    names = [it.name for it in statement.names]
    offered = {name for name in _statements() if not name.startswith("_")}
    unknown = [name for name in names if name not in offered]
    if unknown:
        msg = f"A test imports from {MODULE} what is not there: {', '.join(unknown)}."
        raise AssignmentError(msg)
    needed = set(names)
    while more := {it for name in needed for it in _uses(name)} - needed:
        needed |= more
    source = [statement for name, statement in _statements().items() if name in needed]
    returned = f"return ({', '.join(names)},)"
    carrier = ast.parse(f"def {_CARRIED}():\n    {returned}").body[0]
    assert isinstance(carrier, ast.FunctionDef)
    carrier.body[:0] = source
    called = ", ".join(it.asname or it.name for it in statement.names)
    return [carrier, *ast.parse(f"({called},) = {_CARRIED}()").body]


@cache
def _statements() -> dict[str, ast.stmt]:
    """Return what the module imports and defines, by name."""
    path = Path(__file__).parents[1] / "reading.py"
    source = path.read_text(encoding="utf-8")
    found: dict[str, ast.stmt] = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found[statement.name] = _Bare().visit(statement)
        elif isinstance(statement, ast.Assign):
            (target,) = statement.targets
            assert isinstance(target, ast.Name)
            found[target.id] = statement
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            if getattr(statement, "module", "") == "__future__":
                continue
            for one in statement.names:
                single = ast.parse(ast.unparse(statement)).body[0]
                assert isinstance(single, ast.Import | ast.ImportFrom)
                single.names = [one]
                found[one.asname or one.name] = single
    return found


def _uses(name: str) -> set[str]:
    loaded = {
        node.id for node in ast.walk(_statements()[name]) if isinstance(node, ast.Name)
    }
    return loaded & set(_statements())


class _Bare(ast.NodeTransformer):
    """Leave out what a student's notebook need not carry: docstrings and types."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self.generic_visit(node)
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.Assign:
        assert node.value is not None
        bare = ast.Assign([node.target], node.value)
        return ast.copy_location(bare, node)
