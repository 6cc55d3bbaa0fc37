"""List the licence of each installed package, as it states it itself.

``python -m tests.licences FILE`` writes a CSV file with the name, version and licence
of each, and ends with 1 if one states none. A package states its licence as an
expression of SPDX, by classifiers, in a field of free text, or by a file alone.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path

CLASSIFIER = "License :: "
UNSAID = ("", "UNKNOWN", "OSI Approved", "Dual License")


def main() -> int:
    """Write the list, name what states no licence, and return the exit code."""
    rows = sorted(
        (one.name.lower(), one.version, licence(one)) for one in distributions()
    )
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("package", "version", "licence"), *rows])
    without = [name for name, _, stated in rows if not stated]
    print(f"{target}: {len(rows)} packages, {len(without)} without a licence.")
    for name in without:
        print(f"{name} states no licence")
    return int(bool(without))


def licence(package: Distribution) -> str:
    """Return the licence that a package states; empty if it states none."""
    said = package.metadata
    ways = (
        [said.get("License-Expression", "")],
        [
            name.removeprefix(CLASSIFIER).removeprefix("OSI Approved :: ")
            for name in said.get_all("Classifier", [])
            if name.startswith(CLASSIFIER)
        ],
        [first_line(said.get("License", ""))],
        [first_line(file.read_text()) for file in licence_files(package.files or ())],
    )
    for stated in ways:
        known = [name for name in stated if name not in UNSAID]
        if known:
            return "; ".join(known)
    return ""


def licence_files(files: Iterable[PackagePath]) -> list[PackagePath]:
    """Return the files of a package that are called after what they hold."""
    return [
        file
        for file in files
        if ".dist-info" in str(file)
        and file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING"))
    ]


def first_line(text: str) -> str:
    """Return the first line of a text that is not empty: its title."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


if __name__ == "__main__":
    sys.exit(main())
