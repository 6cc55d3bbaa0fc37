"""Read the files in data/, and refuse every cell that is not as recorded.

Only where the data are, and what of them is demanded, stands here; the guards are those
of `data_package_guard`.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import data_package_guard
from data_package_guard import DESCRIPTOR as DESCRIPTOR
from data_package_guard import DataError as DataError
from data_package_guard import DataPackage, command
from data_package_guard.files import how_to_restore

if TYPE_CHECKING:
    import pandas as pd

DIRECTORY_VARIABLE = "RFE_LABOUR_DATA"
_PROGRAM = "python -m rfe_labour.data"
_HERE = Path(__file__).resolve()
_DEMANDS = _HERE.with_name("demanded.json")
"""What the descriptor must say whatever happens to it, and sums beside its own."""


def load(resource: str, directory: Path | None = None) -> pd.DataFrame:
    """Read one file of the data, checked against every guard.

    Parameters
    ----------
    resource : str
        Name of the file without its suffix, for example ``"table1"``.
    directory : pathlib.Path or None
        Folder with ``datapackage.json``; None stands for `data_directory`.

    Returns
    -------
    pandas.DataFrame, shape (rows, columns)
        Columns as the descriptor's schema names and types them: ``str`` (also every
        cell as printed), ``int64``, ``float64`` and ``bool``, or ``Int64``,
        ``Float64`` and ``boolean`` where a cell may be missing. A missing cell is NA;
        the descriptor's ``missingValues`` of that column say why it can be.

    Raises
    ------
    DataError
        If a file, column, row or cell is missing, added or changed, breaks its
        schema, or does not add up to the control totals.
    """
    # Brings pandas, which the build can do without.
    from data_package_guard import frames

    return frames.read_frame(package(directory), resource)


def rows(resource: str, directory: Path | None = None) -> list[dict[str, Any]]:
    """Read one file as `load` does, but without pandas: a mapping for each row."""
    return data_package_guard.read_rows(package(directory), resource)


def data_directory() -> Path:
    """Find the folder of the data.

    Returns
    -------
    pathlib.Path
        What the environment variable ``RFE_LABOUR_DATA`` names, or else ``data/`` of
        the repository that this package is installed from, or else the copy that was
        installed with it.

    Raises
    ------
    DataError
        If there is no ``datapackage.json`` in it.
    """
    named = os.environ.get(DIRECTORY_VARIABLE)
    installed, cloned = _HERE.parents[1] / "transcription", _HERE.parents[3] / "data"
    directory = installed if installed.is_dir() else cloned
    if named:
        directory = Path(named).expanduser()
    if os.path.isfile(directory / DESCRIPTOR):
        return directory
    if named:
        remedy = f"It is named by {DIRECTORY_VARIABLE}: correct that, or unset it."
    elif directory.is_dir():
        remedy = how_to_restore(directory / DESCRIPTOR)
    else:
        remedy = (
            "Install the package from a clone of the repository with `pip install .`, "
            f"or let {DIRECTORY_VARIABLE} name the folder that has it."
        )
    raise DataError(f"There is no {DESCRIPTOR} in {directory}. {remedy}")


def read_descriptor(directory: Path | None = None) -> dict[str, Any]:
    """Read ``datapackage.json`` as plain data; `directory` as for `load`."""
    return package(directory).descriptor()


def labels(resource: str, column: str, directory: Path | None = None) -> dict[str, str]:
    """Give the label of each code of a column; `directory` as for `load`."""
    return package(directory).labels(resource, column)


def check(directory: Path | None = None) -> dict[str, str]:
    """Say for each resource what is wrong with it; `directory` as for `load`."""
    return data_package_guard.check(package(directory))


def record(directory: Path | None = None) -> None:
    """Write the hashes of the files as they are now; `directory` as for `load`."""
    data_package_guard.record(package(directory))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m rfe_labour.data``, as `data_package_guard.command.main` does."""
    if named := os.environ.get(DIRECTORY_VARIABLE):
        print(f"{DIRECTORY_VARIABLE} is set to {named}.", file=sys.stderr)
    return command.main(
        arguments,
        program=_PROGRAM,
        find_folder=data_directory,
        default=f"the repository's data/, or what {DIRECTORY_VARIABLE} names",
        demands=_DEMANDS,
    )


def package(directory: Path | None = None) -> DataPackage:
    """Give the Data Package and what is demanded of it; `directory` as for `load`."""
    folder = directory or data_directory()
    named = directory or os.environ.get(DIRECTORY_VARIABLE)
    where = f" {shlex.quote(str(folder))}" if named else ""
    return DataPackage(folder, f"{_PROGRAM} record{where}", _DEMANDS)
