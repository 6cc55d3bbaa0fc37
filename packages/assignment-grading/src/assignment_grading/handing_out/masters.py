"""Masters: parameterised notebooks in otter's format, and their variants.

A master is an otter master and a papermill notebook at once, and runs as both:

- Its cell tagged ``parameters`` declares what varies, one a line, as
  ``name: type = default  # help {choice, choice}``. The variants are all combinations
  of the choices; a parameter without choices keeps its default.
- Its cells tagged ``data`` are run when a variant is prepared. The texts and numbers
  that they assign stand in the student's notebook in their place, so that it needs
  neither files nor the package that they came from. Names that begin with an
  underscore are left out.
- A test may name parameters and data among its arguments. In a prepared variant these
  are the variant's own values, whatever the student's notebook says.
- What a test imports from `reading` is written into it, so that it runs anywhere.
"""

from __future__ import annotations

import ast
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
import yaml
from papermill.translators import PythonTranslator
from papermill_pages.errors import PlanError
from papermill_pages.parameters import Parameter, check_values, declared_parameters

from assignment_grading.errors import AssignmentError
from assignment_grading.handing_out.inlining import inline

_CONFIG = "# ASSIGNMENT CONFIG"
_VARIANT = "# Your variant: leave this cell as it is."
Value = str | int | float | bool


@dataclass(frozen=True, eq=False)
class Master:
    """A notebook and what it declares."""

    path: Path
    parameters: dict[str, Parameter]  # in the order of its cell

    @property
    def name(self) -> str:
        """Name of the assignment."""
        return self.path.stem


@dataclass(frozen=True)
class Variant:
    """One combination of parameters."""

    values: dict[str, Value]  # of all parameters
    name: str  # the values that vary, joined by hyphens; ``only`` if none does


def read_master(path: Path) -> Master:
    """Read what a master declares.

    Raises
    ------
    AssignmentError
        If the file is no notebook or its declarations are wrong.
    """
    try:
        return Master(path, declared_parameters(path))
    except PlanError as error:
        raise AssignmentError(str(error)) from None
    except Exception as error:
        msg = f"{path} cannot be read as a notebook: {error}"
        raise AssignmentError(msg) from None


def variants(master: Master) -> list[Variant]:
    """List all variants, in the order of the choices."""
    choices = [_choices(parameter) for parameter in master.parameters.values()]
    return [
        _variant(master, dict(zip(master.parameters, values, strict=True)))
        for values in itertools.product(*choices)
    ]


def variant_with(master: Master, given: Mapping[str, str]) -> Variant:
    """Take the defaults, and change those given as typed on a command line.

    Raises
    ------
    AssignmentError
        For an unknown name, a wrong type or a value that is no choice.
    """
    typed = {
        name: _typed(text, master.parameters.get(name)) for name, text in given.items()
    }
    try:
        return _variant(master, check_values(typed, master.parameters, master.path))
    except PlanError as error:
        raise AssignmentError(str(error)) from None


def variant_of(master: Master, student: str) -> Variant:
    """Choose a student's variant by the id alone.

    A student's variant depends on the id, the name of the assignment and its choices,
    and on nothing else: neither the order nor the length of the roster matters.
    """
    everything = variants(master)
    digest = hashlib.sha256(f"{master.name}\n{student}".encode()).digest()
    return everything[int.from_bytes(digest, "big") % len(everything)]


def prepare(
    master: Master, variant: Variant, config: Mapping[str, Any]
) -> nbformat.NotebookNode:
    """Make the master of one variant, ready for ``otter assign``.

    The settings of otter in `config` are added to the master's own.

    Returns
    -------
    nbformat.NotebookNode
        With the parameters and data in place, pinned tests in files, no cell of otter's
        at its beginning, and the assignment's name followed by the variant's: otter
        then refuses another variant's notebook.

    Raises
    ------
    AssignmentError
        If a cell of data fails, or otter's settings are missing.
    """
    notebook: nbformat.NotebookNode = papermill.execute_notebook(
        master.path, None, variant.values, prepare_only=True, progress_bar=False
    )
    notebook.metadata.pop("papermill")
    names = {
        "name": f"{master.name} {variant.name}",
        "init_cell": False,  # `first_cell` has what students need
        "runs_on": "default",
        **config,
    }
    prepared, in_tests, configured = [], False, False
    environment: dict[str, Any] = dict(variant.values)
    fixed: dict[str, Value] = dict(variant.values)  # by the variant, for its tests
    for cell in notebook.cells:
        tags = cell.metadata.pop("tags")
        cell.metadata.pop("papermill", None)
        if cell.cell_type == "raw" and cell.source.startswith(_CONFIG):
            settings = {**(yaml.safe_load(cell.source) or {}), **names}
            settings["tests"] = {**(settings.get("tests") or {}), "files": True}
            written = yaml.safe_dump(settings, allow_unicode=True)
            cell.source, configured = f"{_CONFIG}\n{written}", True
        elif cell.cell_type == "raw":
            in_tests = cell.source.startswith("# BEGIN TESTS") or (
                in_tests and not cell.source.startswith("# END TESTS")
            )
        elif "parameters" in tags:
            continue
        elif "injected-parameters" in tags:
            declared = cell.source.partition("\n")[2]
            cell.source = f"{_VARIANT}\n{declared}"
        elif "data" in tags:
            assigned = _run_data(cell.source, environment, master)
            cell.source = "\n".join(_assignment(*it) for it in assigned.items())
            fixed.update(assigned)
        elif in_tests and cell.cell_type == "code":
            cell.source = pin(cell.source, fixed)
        prepared.append(cell)
    if not configured:
        msg = f"{master.path} has no raw cell that begins with “{_CONFIG}”."
        raise AssignmentError(msg)
    notebook.cells = prepared
    return notebook


def pin(source: str, values: Mapping[str, Value]) -> str:
    """Give a test's arguments that are parameters or data the values of the variant.

    A test of the master has settings of otter, if any, then one function. Such
    arguments become assignments that begin the function, and what it imports from
    `reading` follows them.
    """
    function = next(
        (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)),
        None,
    )
    if function is None:
        return source
    pinned = [it.arg for it in function.args.args if it.arg in values]
    function.args.args = [it for it in function.args.args if it.arg not in values]
    inline(function)
    function.body[:0] = [
        statement
        for name in pinned
        for statement in ast.parse(f"{name} = {_literal(values[name])}").body
    ]
    settings = source.splitlines()[: function.lineno - 1]
    return "\n".join([*settings, ast.unparse(function)])


def _choices(parameter: Parameter) -> Sequence[Value]:
    if not parameter.choices:
        return [parameter.default]
    return [_typed(text, parameter) for text in parameter.choices]


def _typed(text: str, parameter: Parameter | None) -> Value:
    """Read a choice as its parameter's type; what cannot be read stays a text."""
    if parameter is None or parameter.type == "str":
        return text
    try:
        value: Value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value


def _variant(master: Master, values: Mapping[str, Value]) -> Variant:
    varying = [
        str(values[name])
        for name, parameter in master.parameters.items()
        if parameter.choices
    ]
    return Variant(dict(values), "-".join(varying) or "only")


def _run_data(
    source: str, environment: dict[str, Any], master: Master
) -> dict[str, Value]:
    """Run a cell of data and return the texts and numbers that it assigns."""
    before = {**environment, "__builtins__": None}
    try:
        exec(compile(source, f"{master.path} (data)", "exec"), environment)  # noqa: S102
    except Exception as error:
        msg = f"{master.path}: a cell of data failed: {type(error).__name__}: {error}"
        raise AssignmentError(msg) from None
    return {
        name: value
        for name, value in environment.items()
        if name not in before
        and not name.startswith("_")
        and isinstance(value, str | int | float)
    }


def _assignment(name: str, value: Value) -> str:
    if isinstance(value, str) and "\n" in value and '"""' not in value:
        escaped = value.replace("\\", "\\\\")
        return f'{name} = """\\\n{escaped}"""'
    return f"{name} = {_literal(value)}"


def _literal(value: Value) -> str:
    literal: str = PythonTranslator.translate(value)
    return literal
