"""The command line: ``data-package-guard check`` and ``data-package-guard record``."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from data_package_guard.descriptor import DESCRIPTOR, DataPackage
from data_package_guard.files import DataError
from data_package_guard.guard import check, record


def main(
    arguments: Sequence[str] | None = None,
    *,
    program: str = "data-package-guard",
    find_folder: Callable[[], Path] = Path,
    default: str = "the current one",
    demands: Path | None = None,
) -> int:
    """Check the files of a Data Package, or record a meant change first.

    Parameters
    ----------
    arguments : sequence of str or None
        The command line without the program; None stands for the real one.
    program : str
        What the command is called, in its help and in the advice of its messages.
    find_folder : callable
        Gives the folder where none is named.
    default : str
        What its help calls that folder.
    demands : pathlib.Path or None
        What is demanded where no other file is named, as `DataPackage` has it.

    Returns
    -------
    int
        Exit code: 0 if every file is as it should be, otherwise 1.
    """
    parser = argparse.ArgumentParser(
        prog=program,
        description="Check the files of a Data Package, or record a meant change.",
    )
    parser.add_argument(
        "command",
        choices=["check", "record"],
        help="check: compare every file with its hashes, schema and control totals. "
        "record: first write the hashes of the files as they are now, if each keeps to "
        "its schema and adds up. Control totals are never written; retype them from "
        "your source.",
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help=f"folder with {DESCRIPTOR} (default: {default})",
    )
    parser.add_argument(
        "--demands",
        type=Path,
        metavar="FILE",
        help="what the descriptor must say whatever happens to it, as JSON"
        + (f" (default: {demands})" if demands else ""),
    )
    options = parser.parse_args(arguments)
    named = f" {shlex.quote(str(options.folder))}" if options.folder else ""
    if options.demands:
        named += f" --demands {shlex.quote(str(options.demands))}"
    try:
        folder = options.folder or find_folder()
        record_command = f"{program} record{named}"
        package = DataPackage(folder, record_command, options.demands or demands)
        if options.command == "record":
            record(package)
        problems = check(package)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    for resource, problem in problems.items():
        print(f"{resource}: {problem or 'as recorded'}")
    return 1 if any(problems.values()) else 0
