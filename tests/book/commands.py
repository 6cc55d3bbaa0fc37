"""Commands typed in the folder of a book, with that folder's source and data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent


def run(root: Path, *command: str | Path, **env: str) -> str:
    """Run a program that must come to a good end, and return what it said."""
    ended = execute(root, *command, **env)
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def execute(
    root: Path, *command: str | Path, **env: str
) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in os.environ if name != "RFE_LABOUR_DATA"}
    modules = (root / "src", *root.glob("packages/*/src"))
    return subprocess.run(
        command,
        cwd=root,
        env={
            **kept,
            "PYTHONPATH": os.pathsep.join(map(str, modules)),
            "COLUMNS": "200",
            **env,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
