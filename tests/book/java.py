"""Checkers that are programs in Java, for tests that cannot do without one."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

# The Nu checker of the W3C, as npm has it, and the hash of its program.
NU = "vnu-jar@26.9.27"
NU_SHA256 = "22f15dd39a33bed929d2a5c0cddf5946849a647eca9272bf4d5d00bc7e7a4d47"


def need(program: str) -> str:
    """Return a program's path; without it, the test is skipped, but fails in CI."""
    found = shutil.which(program)
    if found is None:
        give_up(f"There is no {program}, which this test needs.")
    return found


def give_up(reason: str) -> None:
    """Skip a test for lack of a program, or fail where none may be lacking."""
    if os.environ.get("REQUIRE_JAVA"):
        pytest.fail(reason)
    pytest.skip(reason)


def nu_checker(folder: Path) -> Path:
    """Return the checker of HTML, which is fetched into a folder once."""
    program = folder / "vnu.jar"
    if not program.is_file():
        npm = need("npm")
        fetched = subprocess.run(
            [npm, "pack", "--silent", NU],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if fetched.returncode:
            give_up(f"npm has not brought {NU}: {fetched.stderr.strip()}")
        packed = folder / fetched.stdout.strip()
        with tarfile.open(packed) as archive:
            member = archive.extractfile("package/build/dist/vnu.jar")
            assert member is not None
            content = member.read()
        assert hashlib.sha256(content).hexdigest() == NU_SHA256
        program.write_bytes(content)
        packed.unlink()
    return program
