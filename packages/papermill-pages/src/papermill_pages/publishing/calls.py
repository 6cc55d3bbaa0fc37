"""What stands behind a cell, read from the code alone: its calls, models and data.

No cell is executed. A call counts if its function comes from an imported module. What
a variable holds is followed back through the statements that defined it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

_OF_NOTEBOOKS = ("IPython.", "myst_nb.")
"""The modules that show a result, whoever made it."""

_ELEMENTWISE = "numpy."
"""The module whose functions, inside another call, only prepare a column."""

_READS = re.compile(r"(load|read|fetch|open|scan|get_?(r?data))")
_PATH = re.compile(r"[^\s]+\.\w{1,8}")
_FORMULA = re.compile(r"[^~]*\S\s*~\s*\S[^~]*")


@dataclass(frozen=True)
class Behind:
    """What stands behind a cell or a variable, each in the order of the code.

    Attributes
    ----------
    programs : tuple of str
        All other functions that the code itself calls, by their full names.
    models : tuple of str
        The models that were fitted, here or before: calls that are given a formula, or
        whose result has a method `fit`. A formula is told.
    data : tuple of str
        The calls that read data, here or before, each with what it reads.
    """

    programs: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    data: tuple[str, ...] = ()


class Cells:
    """The code cells of a notebook, to be read in their order."""

    def __init__(self) -> None:
        self._modules: dict[str, str] = {}  # what each imported name stands for
        self._values: dict[str, object] = {}  # variables that hold a literal
        self._behind: dict[str, Behind] = {}  # all other variables
        self._makers: dict[str, ast.Call] = {}  # the call whose result a variable holds

    def read(self, source: str) -> Behind:
        """Read the next cell, and say what stands behind it.

        If it calls nothing itself, the programs are those that made what it shows. Of
        a cell in another language than Python nothing is said.
        """
        # Without magics, which are no Python.
        try:
            tree = ast.parse(re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source))
        except SyntaxError:
            return Behind()
        read = [(node, self._statement(node)) for node in tree.body]
        behind = _joined(told for _, told in read)
        if not behind.programs and read:
            last = read[-1][0]
            made = _joined(self._behind.get(name, Behind()) for name in _loaded(last))
            return Behind(made.programs, behind.models, behind.data)
        return behind

    def _statement(self, node: ast.stmt) -> Behind:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._modules |= _imported(node)
            return Behind()
        calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
        calls.sort(key=lambda call: (call.lineno, call.col_offset))
        models = tuple(filter(None, map(self._model, calls)))
        data = tuple(filter(None, map(self._reading, calls)))
        told = {call.partition("(")[0] for call in (*models, *data)}
        programs = (name for name in self._programs(node) if name not in told)
        own = Behind(tuple(programs), models, data)
        used = [self._behind.get(name, Behind()) for name in _loaded(node)]
        before = (Behind((), it.models, it.data) for it in used)
        behind = _joined([*before, own])
        self._remember(node, behind)
        return behind

    def _remember(self, node: ast.stmt, behind: Behind) -> None:
        """Keep what a statement gives to the variables that it sets or changes."""
        value = getattr(node, "value", None)
        for name in _stored(node):
            self._modules.pop(name, None)
            self._values.pop(name, None)
            self._behind[name] = behind
            if isinstance(value, ast.Call):
                self._makers[name] = value
            elif isinstance(value, ast.expr):
                self._makers.pop(name, None)
                with suppress(ValueError):
                    self._values[name] = ast.literal_eval(value)
        for name in _changed(node):
            if name in self._behind:
                self._behind[name] = _joined([self._behind[name], behind])

    def _full_name(self, call: ast.Call) -> str:
        """Name the function of an imported module that is called; empty for others."""
        first, _, rest = ast.unparse(call.func).partition(".")
        if first not in self._modules or not re.fullmatch(r"[\w.]*", rest):
            return ""
        name = f"{self._modules[first]}.{rest}".rstrip(".")
        # What a module keeps as a constant is called, but makes nothing.
        constant = any(part.isupper() for part in name.split(".")[:-1])
        return "" if constant or name.startswith(_OF_NOTEBOOKS) else name

    def _programs(self, node: ast.AST, *, inside: bool = False) -> Iterator[str]:
        """Name what is called, but not what only prepares the argument of a call."""
        name = self._full_name(node) if isinstance(node, ast.Call) else ""
        if name and not (inside and name.startswith(_ELEMENTWISE)):
            yield name
        for child in ast.iter_child_nodes(node):
            yield from self._programs(
                child, inside=inside or isinstance(node, ast.Call)
            )

    def _model(self, call: ast.Call) -> str:
        """Tell the model that a call makes or fits; empty if it does neither."""
        formula = self._formula(call)
        name = self._full_name(call)
        if name and formula:
            return f"{name}({formula})"
        if name and re.match("fit", name.rpartition(".")[2]):
            return name
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr.startswith("fit"):
            fitted: ast.AST | None = function.value
            if isinstance(fitted, ast.Name):
                fitted = self._makers.get(fitted.id)
            if isinstance(fitted, ast.Call) and not self._formula(fitted):
                return self._full_name(fitted)
        return ""

    def _formula(self, call: ast.Call) -> str:
        named = [it.value for it in call.keywords if it.arg == "formula"]
        for argument in [*call.args[:1], *named]:
            told = self._told(argument)
            if told[:1] in "\"'f" and _FORMULA.fullmatch(told):
                return told
        return ""

    def _reading(self, call: ast.Call) -> str:
        """Tell the data that a call reads; empty if it reads none."""
        name = self._full_name(call)
        if isinstance(call.func, ast.Name) and call.func.id == "open":
            name = name or "open"
        if not name or self._formula(call):
            return ""
        told = self._told(call.args[0]) if call.args else ""
        path = told[:1] == '"' and _PATH.fullmatch(told[1:-1])
        if path or _READS.match(name.rpartition(".")[2]):
            return f"{name}({told})"
        return ""

    def _told(self, argument: ast.expr) -> str:
        """Write an argument; a variable that holds a text as the text."""
        value: object = None
        if isinstance(argument, ast.Name):
            value = self._values.get(argument.id)
        elif isinstance(argument, ast.Constant):
            value = argument.value
        return f'"{value}"' if isinstance(value, str) else ast.unparse(argument)


def _imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Map each name that is imported to what it stands for."""
    if isinstance(node, ast.ImportFrom):
        start = f"{node.module}." if node.module else ""
        return {it.asname or it.name: f"{start}{it.name}" for it in node.names}
    return {
        it.asname or it.name.partition(".")[0]: it.name
        if it.asname
        else it.name.partition(".")[0]
        for it in node.names
    }


def _joined(parts: Iterable[Behind]) -> Behind:
    parts = list(parts)
    return Behind(
        tuple(dict.fromkeys(name for part in parts for name in part.programs)),
        tuple(dict.fromkeys(name for part in parts for name in part.models)),
        tuple(dict.fromkeys(name for part in parts for name in part.data)),
    )


def _names(node: ast.AST, context: type[ast.expr_context]) -> list[str]:
    found = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    found.sort(key=lambda name: (name.lineno, name.col_offset))
    return [name.id for name in found if isinstance(name.ctx, context)]


def _loaded(node: ast.AST) -> list[str]:
    return _names(node, ast.Load)


def _stored(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    return _names(node, ast.Store)


def _changed(node: ast.stmt) -> list[str]:
    """Name the variables of which a part is set, or a method is called alone."""
    changed = []
    for part in ast.walk(node):
        whole: ast.AST = part
        if isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
            whole = part.value.func
        elif not isinstance(getattr(part, "ctx", None), ast.Store):
            continue
        while isinstance(whole, (ast.Attribute, ast.Subscript)):
            whole = whole.value
            if isinstance(whole, ast.Name):
                changed.append(whole.id)
    return changed
