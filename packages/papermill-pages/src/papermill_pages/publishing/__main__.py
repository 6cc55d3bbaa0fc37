"""The command line: ``python -m papermill_pages.publishing`` and a command."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from papermill_pages.errors import PackageError, PageFailed, PlanError, ResultsError
from papermill_pages.plan import plan_pages
from papermill_pages.publishing.durations import record_durations
from papermill_pages.publishing.package import package_book
from papermill_pages.settings import Settings, settings_of_book


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command on the book in the current folder and return its exit code."""
    options = _parser().parse_args(arguments)
    root = Path.cwd()
    try:
        settings = settings_of_book(root)
        if settings is None:
            msg = f"{root}: no _config.yml that names the extension papermill_pages."
            raise PlanError(msg)
        if options.command == "package":
            package(root, settings)
        else:
            pages = plan_pages(root, settings)
            record_durations(pages, settings, options.file)
    except (PackageError, PageFailed, PlanError, ResultsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def package(root: Path, settings: Settings) -> None:
    """Write the package and print its hash, as ``sha256sum`` does."""
    archive = package_book(root, settings)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    print(f"{digest}  {archive.relative_to(root)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m papermill_pages.publishing")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "package",
        help="bring every page up to date and write the reproduction package",
    )
    durations = commands.add_parser(
        "durations",
        help="execute every page again, one after another, and record what each took",
    )
    durations.add_argument("file", type=Path, help="where to write the durations")
    return parser


if __name__ == "__main__":
    sys.exit(main())
