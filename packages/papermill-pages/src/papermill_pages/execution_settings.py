"""MyST-NB's settings of execution, which mean here what they mean there.

Jupyter Book has them in `_config.yml` under ``execute``, Sphinx as ``nb_execution_…``,
and a notebook has its own in its metadata, which come before those of the book.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from papermill_pages.errors import PlanError

if TYPE_CHECKING:
    from sphinx.config import Config

_MISSING = object()

UNSET = "--unset--"
"""What MyST-NB has for the older name of a setting that is not given."""

_OF_NOTEBOOK = ("timeout", "allow_errors", "in_temp")

_TYPES: dict[str, tuple[type, str]] = {
    "timeout": (int, "a whole number of seconds"),
    "allow_errors": (bool, "true or false"),
    "in_temp": (bool, "true or false"),
    "excludepatterns": (list, "a list of patterns"),
}

_JUPYTER_BOOK = {
    "timeout": "timeout",
    "allow_errors": "allow_errors",
    "run_in_temp": "in_temp",
    "exclude_patterns": "excludepatterns",
}
"""What Jupyter Book calls them, each with its name behind ``nb_execution_``."""

_REFUSED = {
    "nb_kernel_rgx_aliases": (
        {},
        "papermill starts the kernel that a notebook names: name another in its "
        "metadata, or install one of that name: python -m ipykernel install "
        "--sys-prefix --name NAME",
    ),
    "nb_metadata_key": ("mystnb", "Notebooks have their options under 'mystnb'"),
    "nb_cell_metadata_key": ("mystnb", "Cells have their options under 'mystnb'"),
    "nb_render_key": (UNSET, "Cells have their options under 'mystnb'"),
}
"""Settings of MyST-NB that nothing can be done with, each with what it must be."""


@dataclass(frozen=True)
class ExecutionSettings:
    """How notebooks are executed, by MyST-NB's names and with its defaults.

    Attributes
    ----------
    timeout : int
        Seconds that one cell may take; no limit if it is not positive.
    allow_errors : bool
        Whether a notebook goes on behind a cell that raises, as it does behind one
        that is tagged ``raises-exception``.
    in_temp : bool
        Whether a notebook runs in an empty folder of its own, and not where it is.
    excludepatterns : tuple of str
        Which notebooks are not executed, as `pathlib.PurePath.match` has it.
    """

    timeout: int = 30
    allow_errors: bool = False
    in_temp: bool = False
    excludepatterns: tuple[str, ...] = ()

    def excluding(self, source: Path) -> str:
        """Return the pattern that a source is excluded by; nothing if it is not."""
        path = PurePosixPath(source.as_posix())
        return next((it for it in self.excludepatterns if path.match(it)), "")

    def of_notebook(self, metadata: Mapping[str, Any], path: Path) -> ExecutionSettings:
        """Return those of one notebook, whose metadata can have others.

        Raises
        ------
        PlanError
            If one has the wrong type, or nobody can execute the notebook so.
        """
        options = metadata.get("mystnb") or {}
        if not isinstance(options, Mapping):
            raise PlanError(f"{path}: 'mystnb' in its metadata must be a mapping.")
        mode = options.get("execution_mode", "force")
        if mode not in ("auto", "cache", "force", "off"):
            raise PlanError(
                f"{path}: 'execution_mode: {mode}' in its metadata: papermill executes "
                "a page as a whole. Take it out, and paste values with MyST-NB's glue."
            )
        older = metadata.get("execution") or {}  # which MyST-NB obeys first
        given = {
            name: older.get(name, options.get(f"execution_{name}", _MISSING))
            for name in _OF_NOTEBOOK
        }
        where = f"{path}: in its metadata 'execution_"
        return replace(self, **_checked(given, where, "'"))


def execution_settings(
    config: Mapping[str, Any] | Config, file: str = "_config.yml"
) -> ExecutionSettings:
    """Take the settings of a book from those of Sphinx, which stand in a file.

    Raises
    ------
    PlanError
        For one of the wrong type, or which nothing can be done with.
    """
    for name, (wanted, why) in _REFUSED.items():
        if name in config and config[name] != wanted:
            msg = f"{file}: {name} cannot be obeyed. {why}. Take the setting out."
            raise PlanError(msg)
    given = {
        field.name: _first(config, f"execution_{field.name}")
        for field in fields(ExecutionSettings)
    }
    return ExecutionSettings(**_checked(given, f"{file}: nb_execution_", ""))


def as_sphinx_has_it(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of Sphinx that Jupyter Book makes of a `_config.yml`."""
    execute = config.get("execute") or {}
    if not isinstance(execute, Mapping):
        msg = f"_config.yml: 'execute' must be a mapping of settings, not {execute!r}."
        raise PlanError(msg)
    sphinx = config.get("sphinx") or {}
    named = {
        f"nb_execution_{name}": execute[key]
        for key, name in _JUPYTER_BOOK.items()
        if key in execute
    }
    return {**named, **(sphinx.get("config") or {})}


def _first(config: Mapping[str, Any] | Config, name: str) -> Any:
    """Return a setting by its older name, which MyST-NB obeys first, or by its own."""
    given = [config[it] for it in (name, f"nb_{name}") if it in config]
    return next((it for it in given if it != UNSET), _MISSING)


def _checked(given: Mapping[str, Any], before: str, behind: str) -> dict[str, Any]:
    checked = {}
    for name, value in given.items():
        if value is _MISSING:
            continue
        kind, wanted = _TYPES[name]
        value = list(value) if isinstance(value, tuple) else value
        right = isinstance(value, kind) and isinstance(value, bool) == (kind is bool)
        if kind is list and right:
            right = all(isinstance(it, str) for it in value)
        if not right:
            raise PlanError(f"{before}{name}{behind} must be {wanted}, not {value!r}.")
        checked[name] = tuple(value) if kind is list else value
    return checked
