"""What a notebook declares to the engine, and the check of what it is given."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager

from papermill_pages.errors import PlanError
from papermill_pages.execution_settings import ExecutionSettings
from papermill_pages.notebooks import loaded_files, read_notebook
from papermill_pages.parameters import (
    Parameter,
    check_values,
    declared_parameters,
    refuse_unknown,
    refuse_wrong_parameters,
    suggestion,
)
from papermill_pages.settings import Settings, is_list_of_strings

_KEYS = ("check", "depends_on", "rests_on", "results")


@dataclass(frozen=True)
class Declarations:
    """What a notebook says about itself."""

    notebook: Path
    # By name, in the order of the cell tagged ``parameters``.
    parameters: Mapping[str, Parameter]
    has_parameters_cell: bool  # perhaps an empty one
    # Of the mapping ``papermill_pages`` in the notebook's metadata, with parameters
    # such as ``{table}`` not yet filled in.
    depends_on: tuple[str, ...]
    results: str
    rests_on: Mapping[str, str]
    check: str
    loaded: tuple[Path, ...] = ()  # the files from which cells take their code
    metadata: Mapping[str, Any] = field(default_factory=dict)  # all of them

    def values(
        self, given: Mapping[str, Any], source: Path, point: str = ""
    ) -> dict[str, Any]:
        """Return all parameters: those that are given, and the defaults of the others.

        Raises
        ------
        PlanError
            Naming the source, if the notebook or its own check refuses a value.
        """
        values = check_values(given, self.parameters, source)
        if self.check:
            _check_relations(self.check, values, self.notebook, f"{source}{point}")
        return values

    def dependencies(
        self, values: Mapping[str, Any], settings: Settings, root: Path
    ) -> tuple[str, ...]:
        """Return what an execution with these values depends on."""
        declared = (self._fill(item, values) for item in self.depends_on)
        loaded = (escape(os.path.relpath(file, root)) for file in self.loaded)
        return (*settings.depends_on, *declared, *loaded)

    def execution(self, settings: Settings) -> ExecutionSettings:
        """Return how it is executed."""
        return settings.execution.of_notebook(self.metadata, self.notebook)

    def prefix(self, values: Mapping[str, Any]) -> str:
        """Return what the names of its results begin with."""
        return self._fill(self.results, values)

    def labels(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return the labels of what its results rest on, with words for each."""
        return {
            self._fill(label, values): self._fill(words, values)
            for label, words in self.rests_on.items()
        }

    def _fill(self, template: str, values: Mapping[str, Any]) -> str:
        """Put parameter values into a declaration such as ``tables.{table}``."""
        try:
            return template.format_map(values)
        except KeyError as error:
            raise PlanError(
                f"{self.notebook}: {template!r} in its metadata names {error}, which is"
                f" not a parameter. It has: {', '.join(values) or 'none'}."
            ) from None
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            raise PlanError(
                f"{self.notebook}: {template!r} in its metadata cannot be filled in "
                f"({error}). Write a parameter as {{name}}, and a brace that means "
                "itself twice."
            ) from None


def read_declarations(notebook: Path) -> Declarations:
    """Read what a notebook declares.

    Raises
    ------
    PlanError
        If it is not a notebook, its kernel is not installed, or a declaration is wrong.
        Its parameters may be, unless it declares something that can depend on them.
    """
    content = read_notebook(notebook)
    metadata, kernel = content.metadata, content.metadata.kernelspec.name
    kernels = tuple(KernelSpecManager().find_kernel_specs())
    if kernel.lower() not in kernels:
        raise PlanError(
            f"{notebook}: its kernel {kernel!r} is not installed"
            f"{suggestion(kernel, kernels)}. Install it, or name one of these in the "
            f"notebook's metadata: {', '.join(kernels)}."
        )
    options = metadata.get("papermill_pages", {})
    if not isinstance(options, dict):
        raise PlanError(
            f"{notebook}: 'papermill_pages' in its metadata must be a mapping, not "
            f"{options!r}."
        )
    what = f"{notebook}: its metadata have the unknown key"
    refuse_unknown(options, _KEYS, what, "'papermill_pages'")
    depends_on = options.get("depends_on", [])
    if not is_list_of_strings(depends_on):
        msg = f"{notebook}: 'depends_on' in its metadata must be a list of paths."
        raise PlanError(msg)
    for key in ("results", "check"):
        if not isinstance(options.get(key, ""), str):
            raise PlanError(
                f"{notebook}: {key!r} in its metadata must be a text, not "
                f"{options[key]!r}."
            )
    rests_on = options.get("rests_on", {})
    if not isinstance(rests_on, dict) or not is_list_of_strings([*rests_on.values()]):
        raise PlanError(
            f"{notebook}: 'rests_on' in its metadata must map labels to words for them."
        )
    if options:
        refuse_wrong_parameters(notebook)
    tags = [tag for cell in content.cells for tag in cell.metadata.get("tags", ())]
    return Declarations(
        notebook=notebook,
        parameters=declared_parameters(notebook),
        has_parameters_cell="parameters" in tags,
        depends_on=tuple(depends_on),
        results=options.get("results", ""),
        rests_on=rests_on,
        check=options.get("check", ""),
        loaded=loaded_files(content, notebook),
        metadata=metadata,
    )


def _check_relations(
    check: str, values: Mapping[str, Any], notebook: Path, source: str
) -> None:
    """Let the notebook's own function judge the parameters together."""
    what = f"{notebook}: its check {check!r}"
    module, _, name = check.partition(":")
    try:
        imported = importlib.import_module(module)
    except Exception as error:  # whatever the module does
        told = f"{type(error).__name__}: {error}"
        raise PlanError(
            f"{what} cannot be imported ({told}). Write it as "
            "'package.module:function'."
        ) from None
    function = getattr(imported, name, None)
    if not callable(function):
        raise PlanError(
            f"{what} is no function: {module} has no {name!r}. Write it as "
            "'package.module:function'."
        )
    try:
        inspect.signature(function).bind(**values)
    except TypeError as error:
        msg = f"{what} does not take its parameters: {error}."
        raise PlanError(msg) from None
    try:
        function(**values)
    except ValueError as error:
        raise PlanError(f"{source}: {error}") from None
    except Exception as error:
        raise PlanError(
            f"{what} raised {type(error).__name__}: {error}. Let it raise ValueError "
            "where values do not go together."
        ) from None
