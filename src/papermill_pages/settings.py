"""The engine's settings: the ``papermill_pages`` mapping of ``_config.yml``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from papermill_pages.errors import PlanError
from papermill_pages.parameters import suggestion


@dataclass(frozen=True)
class Settings:
    """What an author can set.

    Attributes
    ----------
    depends_on : tuple of str
        What every page depends on: paths and globs from the book's root, or one
        resource of a Data Package as ``datapackage.json#name``.
    timeout : int
        Seconds that one cell may take; 0 for no limit.
    jobs : int
        How many notebooks run at the same time; 0 for one on each core.
    package : str
        The distribution that the notebooks import. A downloaded notebook then says
        how to install it.
    """

    depends_on: tuple[str, ...] = ()
    timeout: int = 600
    jobs: int = 0
    package: str = ""

    @property
    def workers(self) -> int:
        """How many notebooks run at the same time."""
        return self.jobs or os.cpu_count() or 1


def settings_from(options: Mapping[str, Any]) -> Settings:
    """Check the mapping that an author wrote.

    Raises
    ------
    PlanError
        For an unknown setting or one of the wrong type.
    """
    known = {field.name: field for field in fields(Settings)}
    for name, value in options.items():
        if name not in known:
            msg = (
                f"_config.yml: papermill_pages has no setting {name!r}"
                f"{suggestion(name, known)}. It has: {', '.join(known)}."
            )
            raise PlanError(msg)
        if name == "depends_on":
            if not is_list_of_strings(value):
                msg = "_config.yml: papermill_pages.depends_on must be a list of paths."
                raise PlanError(msg)
        elif name == "package":
            if not isinstance(value, str):
                msg = "_config.yml: papermill_pages.package must be a text."
                raise PlanError(msg)
        elif not isinstance(value, int) or isinstance(value, bool) or value < 0:
            msg = (
                f"_config.yml: papermill_pages.{name} must be a whole number of at "
                f"least 0, not {value!r}."
            )
            raise PlanError(msg)
    depends_on = tuple(options.get("depends_on", ()))
    return Settings(**{**options, "depends_on": depends_on})


def settings_of_book(root: Path) -> Settings | None:
    """Read the settings from ``_config.yml``; None if it does not name the engine."""
    path = root / "_config.yml"
    if not path.is_file():
        return None
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        msg = f"{path}: not readable as YAML: {error}"
        raise PlanError(msg) from None
    sphinx = config.get("sphinx") or {}
    options = sphinx.get("config") or {}
    named = [
        *(sphinx.get("extra_extensions") or ()),
        *(options.get("extensions") or ()),
    ]
    if "papermill_pages" not in named:
        return None
    return settings_from(options.get("papermill_pages") or {})


def is_list_of_strings(value: Any) -> bool:
    """Tell whether a value is a list that holds nothing but strings."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
