"""Ask whether a version of `uv.lock` is known to be unsafe, or was withdrawn.

``python -m tests.audit`` has uv ask the database of advisories, https://osv.dev, and
the package index, and names each version that one of them speaks against. It ends with
1 if there is one, and with 2 if one of the two could not be asked: an audit without an
answer is no pass.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.source_files import ROOT

ADVISORIES = ("audit", "--frozen", "--preview-features", "audit-command")
# All that is locked, for every system, as one list of versions.
LOCKED = (
    *("export", "--frozen", "--all-packages", "--all-groups", "--all-extras"),
    *("--no-emit-workspace", "--no-hashes", "--no-annotate", "--no-header", "--quiet"),
)
# uv warns of each that was withdrawn ("yanked"); nothing is resolved anew.
WITHDRAWN = ("pip", "compile", "-", "--no-deps", "--universal")


def main() -> int:
    """Ask both, and return the exit code."""
    advised = uv(*ADVISORIES)
    print(advised.stdout + advised.stderr, end="", flush=True)
    locked = uv(*LOCKED).stdout
    index = uv(*WITHDRAWN, given=locked)
    if index.returncode or not locked:
        print(index.stderr, end="")
        return 2
    found = withdrawn(index.stderr)
    print("\n".join([*found, f"{len(found)} locked versions were withdrawn."]))
    return max(advised.returncode, int(bool(found)))


def withdrawn(warnings: str) -> list[str]:
    """Return uv's warnings of versions that were withdrawn from the index."""
    return re.findall(r"(?m)^warning: (.* is yanked.*)$", warnings)


def uv(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run uv in the book's folder, without stopping where it fails."""
    program = shutil.which("uv") or Path(sys.executable).with_name("uv")
    return subprocess.run(
        [program, *arguments],
        cwd=ROOT,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main())
