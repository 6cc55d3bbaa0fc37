"""The command line: is every claim as reviewed, and, after a look at it, make it so."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rfe_labour import data
from rfe_labour.checks.claims.calculations import results
from rfe_labour.checks.claims.ledger import (
    RECORD,
    STATUSES,
    audit,
    check_reviewed,
    describe_changes,
)


def review(directory: Path | None = None) -> list[str]:
    """Write what is recomputed now into the ledger as reviewed.

    Only cells of the columns ``recomputed`` and ``status`` are written, and only those
    of claims that have changed. The file is replaced in one step, so that a killed
    process leaves the old or the new one.

    Returns
    -------
    list of str
        One line for each claim that has changed. Nothing is written if there is none.

    Raises
    ------
    rfe_labour.data.DataError
        If the transcription is not as recorded.
    ValueError
        As `results` and `audit`.
    """
    folder = directory or data.data_directory()
    audited = audit(data.load("claims", folder), results(folder))
    lines = describe_changes(audited)
    if not lines:
        return lines
    path = folder / "claims.csv"
    ledger = pd.read_csv(path, dtype="str", keep_default_na=False)
    changed = audited["changed"].to_numpy()
    for column, now in (("recomputed", "now"), ("status", "status_now")):
        ledger.loc[changed, column] = audited.loc[changed, now].fillna("").to_numpy()
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    ledger.to_csv(temporary, index=False, lineterminator="\n")
    temporary.replace(path)
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m rfe_labour.checks.claims`` with the arguments given.

    The exit code is 0 if every claim is as reviewed, or was written as reviewed;
    otherwise 1.
    """
    parser = argparse.ArgumentParser(
        prog="python -m rfe_labour.checks.claims",
        description="Compare the ledger data/claims.csv with what its keys give now. "
        f"The variable {data.DIRECTORY_VARIABLE} may name another folder than data/.",
    )
    parser.add_argument(
        "command",
        choices=["check", "review"],
        help="check: fail if a value or a status is not as last reviewed, and name "
        "each. review: write the values and statuses of now into the columns "
        f"recomputed and status, and print them; then run `{RECORD}`. After editing "
        f"the ledger by hand, run `{RECORD}` before and after the review.",
    )
    try:
        if parser.parse_args(arguments).command == "review":
            if lines := review():
                print(f"{len(lines)} claims are now as reviewed:", *lines, sep="\n")
                print(
                    f"Now run `{RECORD}`, and read the remarks of these claims again."
                )
            else:
                print("Every claim is as reviewed; nothing was written.")
            return 0
        audited = audit(data.load("claims"), results())
        check_reviewed(audited)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    counts = audited["status_now"].value_counts()
    print(f"All {len(audited)} claims are as reviewed.")
    for status in STATUSES:
        print(f"{counts.get(status, 0):5} {status}")
    return 0
