"""The typed parameters that a notebook declares, and the check of given values."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from papermill_pages.errors import PlanError

_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
    "str": (str,),
    "list": (list,),
    "dict": (dict,),
}

_LONG = 80
"""So much of an unknown name is repeated."""

_WORDS = {
    "bool": "True or False",
    "int": "whole number",
    "float": "number",
    "str": "text",
    "list": "list",
    "dict": "mapping",
}


@dataclass(frozen=True)
class Parameter:
    """One line ``name: type = default  # help {choice, choice}`` of a notebook."""

    name: str
    # ``bool``, ``int``, ``float``, ``str``, ``list``, ``dict``, one of these inside
    # ``Optional[...]``, or ``list[...]`` of one of these.
    type: str
    default: Any
    choices: tuple[str, ...]  # the only values allowed; empty if any is
    help: str = ""  # what the comment says before the choices


def declared_parameters(notebook: Path) -> dict[str, Parameter]:
    """Read the cell tagged ``parameters`` of a notebook, in its order.

    Where it is not as `refuse_wrong_parameters` wants it, nothing is declared: a page
    that is only executed with its defaults may have any cell.
    """
    try:
        return {it.name: it for it in _parameters_of(notebook)}
    except PlanError:
        return {}


def refuse_wrong_parameters(notebook: Path) -> None:
    """Refuse a notebook that is to be given parameters which cannot be checked.

    Raises
    ------
    PlanError
        If a parameter has no type, an unknown one, or a default of another type.
    """
    for _ in _parameters_of(notebook):
        pass


def check_values(
    values: Mapping[str, Any], parameters: Mapping[str, Parameter], source: Path
) -> dict[str, Any]:
    """Return the declared defaults, overridden by the values that a source gives.

    Raises
    ------
    PlanError
        Naming the source, for an unknown name, a value of the wrong type or one outside
        the choices.
    """
    refuse_unknown(values, parameters, f"{source}: unknown parameter", "The notebook")
    for name, value in values.items():
        problem = _mismatch(parameters[name], value)
        if problem:
            raise PlanError(f"{source}: parameter {name!r} {problem}.")
    return with_defaults(values, parameters)


def allowed_values(parameter: Parameter) -> str:
    """Say in words which values a parameter's type allows."""
    item = _item(parameter.type)
    words = _WORDS[item or _base(parameter.type)]
    if item:
        words = f"list of {words if item == 'bool' else f'{words}s'}"
    return f"{words}, or None" if parameter.type.startswith("Optional[") else words


def with_defaults(
    values: Mapping[str, Any], parameters: Mapping[str, Parameter]
) -> dict[str, Any]:
    """Return the declared defaults, overridden by given values."""
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    return defaults | dict(values)


def refuse_unknown(
    names: Iterable[object], known: Collection[str], what: str, owner: str
) -> None:
    """Refuse the first of some names that is not known, with the nearest that is.

    Raises
    ------
    PlanError
        Beginning with `what`, and naming what its owner has.
    """
    for name in names:
        if name not in known:
            told = repr(name)
            if len(told) > _LONG:
                told = f"{told[:_LONG]}…"
            raise PlanError(
                f"{what} {told}{suggestion(name, known)}. {owner} has: "
                f"{', '.join(known) or 'none'}."
            )


def suggestion(name: object, valid: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the nearest valid name, or nothing."""
    nearest = get_close_matches(str(name), list(valid), n=1)
    return f" (did you mean {nearest[0]!r}?)" if nearest else ""


def _parameters_of(notebook: Path) -> Iterator[Parameter]:
    # The help of a command needs none of what is imported with it.
    from papermill_pages.notebooks import read_notebook

    content = read_notebook(notebook)
    tagged = (it for it in content.cells if "parameters" in it.metadata.get("tags", ()))
    cell = next(tagged, None)
    if cell is None:
        return
    import nbformat
    import papermill  # which takes long to import

    alone = nbformat.from_dict({**content, "cells": [cell]})
    try:
        lines = papermill.inspect_notebook(alone)
    except papermill.PapermillException as error:
        raise PlanError(f"{notebook}: its parameters cannot be read: {error}") from None
    for name, line in lines.items():
        parameter = _parse(name, line, notebook)
        problem = _mismatch(parameter, parameter.default)
        if problem and parameter.choices:
            problem += (
                ". In braces at the end of its comment stands what is allowed; braces "
                "that mean something else need a word behind them"
            )
        if problem:
            raise PlanError(f"{notebook}: the default of parameter {name!r} {problem}.")
        yield parameter


def _parse(name: str, line: Mapping[str, Any], notebook: Path) -> Parameter:
    declared = str(line["inferred_type_name"]).replace(" ", "")
    if not {_base(declared), _item(declared) or "str"} <= set(_TYPES):
        has = "has no type" if declared == "None" else f"has the type {declared!r}"
        raise PlanError(
            f"{notebook}: parameter {name!r} {has}. Write "
            f"'{name}: type = default  # help' with one of {', '.join(_TYPES)}, "
            "Optional[...] or list[...] of these."
        )
    try:
        default = ast.literal_eval(line["default"])
    except (ValueError, SyntaxError):
        raise PlanError(
            f"{notebook}: the default of parameter {name!r}, {line['default']}, is no "
            "value that stands on its line. Write a number, a text, True, False, None, "
            "a list or a mapping of these, and compute in another cell."
        ) from None
    comment: str = line["help"].strip()
    braces = re.search(r"\{([^{}]*)\}$", comment)
    choices = tuple(part.strip() for part in braces[1].split(",")) if braces else ()
    about = comment[: braces.start()].rstrip() if braces else comment
    return Parameter(name, declared, default, choices, about)


def _base(declared: str) -> str:
    """Return the plain type inside ``Optional[...]``, without what a list holds."""
    optional = re.fullmatch(r"Optional\[(.*)\]", declared)
    return (optional[1] if optional else declared).split("[")[0]


def _item(declared: str) -> str:
    """Return what a ``list[...]`` holds; empty for other types."""
    item = re.search(r"list\[(.*?)\]", declared)
    return item[1] if item else ""


def _mismatch(parameter: Parameter, value: Any) -> str:
    """Return what is wrong with a value as the end of a sentence, or nothing."""
    if value is None and parameter.type.startswith("Optional["):
        return ""
    if not _has_type(value, parameter.type):
        return f"must be {parameter.type}, not {type(value).__name__} {value!r}"
    if parameter.choices and str(value) not in parameter.choices:
        near = suggestion(value, parameter.choices)
        return f"is {value!r}, not one of {', '.join(parameter.choices)}{near}"
    return ""


def _has_type(value: Any, declared: str) -> bool:
    base = _base(declared)
    if isinstance(value, bool) and base != "bool":
        return False
    item = _item(declared)
    if item and isinstance(value, list):
        return all(_has_type(element, item) for element in value)
    return isinstance(value, _TYPES[base])
