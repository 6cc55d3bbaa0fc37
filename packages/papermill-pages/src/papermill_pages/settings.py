"""The engine's settings: the ``papermill_pages`` mapping of ``_config.yml``."""

from __future__ import annotations

import math
import os
import runpy
from collections.abc import Iterable, Mapping
from contextlib import chdir
from dataclasses import dataclass, field, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from papermill_pages.errors import PlanError
from papermill_pages.execution_settings import (
    ExecutionSettings,
    as_sphinx_has_it,
    execution_settings,
)
from papermill_pages.instructions import BASELINE, NATIVE
from papermill_pages.parameters import refuse_unknown
from papermill_pages.plain_yaml import told_of_yaml

NONE, POINTS, ALL = "none", "points", "all"

CONFIG, PROJECT = "_config.yml", "conf.py"

_LISTS = {
    "depends_on": "paths",
    "distributions": "names",
    "may_read": "patterns",
    "pages": "patterns",
    "preload": "modules",
}

NEVER_PAGES = ("_build", "Thumbs.db", ".DS_Store", "**.ipynb_checkpoints")
"""What Jupyter Book leaves out, whatever a book sets beside it."""


@dataclass(frozen=True)
class ExpectedSettings:
    """Where the expected results are kept, and how near a new one must come.

    Attributes
    ----------
    file : str
        The file, from the book's root.
    tolerance : float
        The largest allowed difference of two numbers with a decimal point, as a part
        of the larger one (`papermill_pages.expected.agree`). The same lock file and
        the same processor give the same bits. Another processor adds in another order
        and differs in the last of some sixteen digits, and what is computed from many
        such sums in the last few. Nine digits that agree leave room for that, and are
        more than any prose states.
    tolerances : mapping of str to float
        Other tolerances for the results whose keys match a pattern such as
        ``trends.*.slope``; of several patterns the last that matches counts.
    """

    file: str = "expected/results.json"
    tolerance: float = 1e-9
    tolerances: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """What an author can set.

    Attributes
    ----------
    depends_on : tuple of str
        What every page depends on: paths and globs from the book's root, or one
        resource of a Data Package as ``datapackage.json#name``.
    timeout : int or None
        Seconds that one cell may take, 0 for no limit; None for what ``execution`` has.
    jobs : int
        How many notebooks run at the same time; 0 for one more than there are cores.
    memory : int
        MiB of data that one kernel may take, all imports included; 0 for no limit. The
        limit is the system's own and holds on Linux.
    threads : int
        How many threads linear algebra may take in one notebook; 0 for as many as its
        library likes. Sums over another number of threads are added in another order,
        which changes the last digits.
    instructions : str
        ``native`` lets numerical libraries take whatever the processor can do,
        ``baseline`` only what every processor of x86-64 can, which gives the same last
        digits on all of them. See `papermill_pages.instructions`.
    preload : tuple of str
        The modules that are imported once, in the process that kernels are forked
        from: those that most notebooks import. See `forked_kernels`.
    shells : str
        What is executed in a shell, which is a kernel without its sockets, sooner there
        and sooner gone: ``none``, the ``points`` of sweeps, or ``all`` notebooks. It is
        forked, see `forked_kernels`.
    expected : ExpectedSettings
        What ``python -m papermill_pages check`` compares with.
    distributions : tuple of str
        The book's own Python distributions that the notebooks import, each by its name,
        or as ``name#subdirectory=folder`` where its project file is not at the book's
        root. A downloaded notebook then says how to install them.
    may_read : tuple of str
        What pages may read without declaring it: paths from the book's root, as
        patterns of Sphinx's, of files or of folders with all that is in them.
    pages : tuple of str
        In a project of Sphinx without `_toc.yml`, which files are executed, as patterns
        of Sphinx's; all if there is none.
    results : bool
        Whether the values that pages glue are gathered in ``_build/results.json``.
    show_parameters : bool
        Whether a page shows its parameters as a table, with the code folded below it.
    report : str
        The book's own function, ``package.module:function``, for the reproduction
        report. It is given all results by key and returns Markdown, whose links are
        from the root of the site.
    execution : ExecutionSettings
        Those of MyST-NB, which stand elsewhere.
    file : str
        Where an author sets all this: ``_config.yml``, or ``conf.py``.
    """

    depends_on: tuple[str, ...] = ()
    timeout: int | None = None
    jobs: int = 0
    memory: int = 0
    threads: int = 1
    instructions: str = NATIVE
    preload: tuple[str, ...] = ()
    shells: str = NONE
    expected: ExpectedSettings = field(default_factory=ExpectedSettings)
    distributions: tuple[str, ...] = ()
    may_read: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    results: bool = True
    show_parameters: bool = True
    report: str = ""
    execution: ExecutionSettings = field(default_factory=ExecutionSettings)
    file: str = CONFIG

    @property
    def workers(self) -> int:
        """How many notebooks run at the same time."""
        # While one starts or ends, its core would idle.
        return self.jobs or (os.cpu_count() or 1) + 1


def settings_from(
    options: Mapping[str, Any],
    execution: ExecutionSettings | None = None,
    file: str = CONFIG,
) -> Settings:
    """Check the mapping that an author wrote in a file, and add MyST-NB's settings.

    Raises
    ------
    PlanError
        For an unknown setting or one of the wrong type.
    """
    where = "papermill_pages"
    if not isinstance(options, Mapping):
        msg = f"{file}: {where} must be a mapping of settings, not {options!r}."
        raise PlanError(msg)
    _refuse_unknown(f"{file}: {where}", options, Settings, "execution", "file")
    for name, value in options.items():
        wanted = ""
        if name in _LISTS:
            if not is_list_of_strings(value):
                wanted = f"a list of {_LISTS[name]}"
        elif name == "shells":
            if value not in (NONE, POINTS, ALL):
                wanted = f"{NONE}, {POINTS} or {ALL}, not {value!r}"
        elif name == "instructions":
            if value not in (NATIVE, BASELINE):
                wanted = f"{NATIVE} or {BASELINE}, not {value!r}"
        elif name in ("results", "show_parameters"):
            if not isinstance(value, bool):
                wanted = f"true or false, not {value!r}"
        elif name == "report":
            if not isinstance(value, str):
                wanted = f"a function as 'package.module:function', not {value!r}"
        elif name == "timeout" and value is None:
            continue
        elif name != "expected" and not _is_count(value):  # it has settings of its own
            wanted = f"a whole number of at least 0, not {value!r}"
        if wanted:
            raise PlanError(f"{file}: {where}.{name} must be {wanted}.")
    lists = {name: tuple(options.get(name, ())) for name in _LISTS}
    expected = _expected_settings(options.get("expected", {}), file)
    execution = execution or ExecutionSettings()
    if (seconds := options.get("timeout")) is not None:
        execution = replace(execution, timeout=seconds or -1)
    given = {**options, **lists, "expected": expected, "execution": execution}
    return Settings(**given, file=file)


def settings_of_book(root: Path) -> Settings | None:
    """Read the settings of a book; None if it does not name the engine.

    They are in its ``_config.yml``, and in ``conf.py`` if it has none.
    """
    config = _config_of_book(root)
    sphinx = config.get("sphinx") or {}
    options = sphinx.get("config") or {} if isinstance(sphinx, dict) else None
    if not isinstance(options, dict):
        raise PlanError(
            f"{root / '_config.yml'}: 'sphinx' and its 'config' must be mappings."
        )
    named = [
        *(sphinx.get("extra_extensions") or ()),
        *(options.get("extensions") or ()),
    ]
    if "papermill_pages" not in named:
        return None
    file = settings_file(root)
    execution = execution_settings(as_sphinx_has_it(config), file)
    return settings_from(options.get("papermill_pages") or {}, execution, file)


def settings_file(root: Path) -> str:
    """Return the name of the file that has the settings of a book."""
    only_project = (root / PROJECT).is_file() and not (root / CONFIG).is_file()
    return PROJECT if only_project else CONFIG


def excluded_by_book(root: Path) -> list[str]:
    """Return the patterns of what is no page, from ``_config.yml`` or ``conf.py``."""
    return [*NEVER_PAGES, *(_config_of_book(root).get("exclude_patterns") or ())]


def _config_of_book(root: Path) -> dict[str, Any]:
    path = root / "_config.yml"
    if not path.is_file():
        return _config_of_sphinx(root / "conf.py")
    with told_of_yaml(path):
        config = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(config, dict):
        raise PlanError(f"{path}: it must be a mapping of names to settings.")
    return config


def _config_of_sphinx(path: Path) -> dict[str, Any]:
    """Execute a ``conf.py`` that names the engine, as Sphinx does: there, with tags."""
    try:
        named = "papermill_pages" in path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        named = False
    if not named:
        return {}
    # It takes long to import, and few books need it here.
    from sphinx.util.tags import Tags

    try:
        with chdir(path.parent):
            config = runpy.run_path(str(path.resolve()), {"tags": Tags()})
    except (Exception, SystemExit) as error:
        told = f"{type(error).__name__}: {error}"
        raise PlanError(f"{path}: cannot be executed: {told}") from None
    options = {name: config.get(name) for name in ("extensions", "papermill_pages")}
    patterns = config.get("exclude_patterns")
    return {"exclude_patterns": patterns, "sphinx": {"config": options}}


def _expected_settings(options: Any, file: str) -> ExpectedSettings:
    where = "papermill_pages.expected"
    if not isinstance(options, Mapping):
        raise PlanError(f"{file}: {where} must be a mapping, not {options!r}.")
    _refuse_unknown(f"{file}: {where}", options, ExpectedSettings)
    settings = ExpectedSettings(**options)
    if not _is_path_inside(settings.file):
        raise PlanError(
            f"{file}: {where}.file must be the path of a file inside the book, "
            f"not {settings.file!r}."
        )
    patterns = settings.tolerances
    if not isinstance(patterns, Mapping) or not is_list_of_strings(list(patterns)):
        raise PlanError(
            f"{file}: {where}.tolerances must be a mapping of patterns to "
            f"numbers, not {patterns!r}."
        )
    tolerances = {f"tolerances.{key}": it for key, it in patterns.items()}
    for name, value in {"tolerance": settings.tolerance, **tolerances}.items():
        if not _is_tolerance(value):
            # YAML 1.1 takes 1e-9 for a text.
            hint = " Write 1.0e-9, not 1e-9." if isinstance(value, str) else ""
            raise PlanError(
                f"{file}: {where}.{name} must be a number from 0 to below 1, "
                f"not {value!r}.{hint}"
            )
    return settings


def _refuse_unknown(
    where: str, options: Iterable[str], settings: type, *others: str
) -> None:
    known = tuple(it.name for it in fields(settings) if it.name not in others)
    refuse_unknown(options, known, f"{where}: unknown setting", "It")


def _is_path_inside(value: Any) -> bool:
    if not isinstance(value, str) or not PurePosixPath(value).name:
        return False
    path = PurePosixPath(value)
    return not path.is_absolute() and ".." not in path.parts


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_tolerance(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value) and 0 <= value < 1


def is_list_of_strings(value: Any) -> bool:
    """Tell whether a value is a list that holds nothing but strings."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
