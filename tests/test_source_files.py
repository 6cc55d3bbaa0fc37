"""A copy of the book's sources, as tests build it elsewhere."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import source_files


def test_a_copy_has_the_history_and_what_is_not_yet_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, copy = tmp_path / "book", tmp_path / "in" / "a copy"
    book.mkdir()
    monkeypatch.setattr(source_files, "ROOT", book)
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for name in ("kept", "changed", "staged", "removed"):
        (book / name).write_text("old")
    (book / ".gitignore").write_text("built\n")
    for command in (
        ["init", "--quiet"],
        ["add", "."],
        [*author, "commit", "--quiet", "-m", "One"],
    ):
        subprocess.run(["git", *command], cwd=book, check=True)
    (book / "changed").write_text("new")
    (book / "staged").write_text("new")
    (book / "added").write_text("new")
    (book / "built").write_text("new")
    (book / "removed").unlink()
    subprocess.run(["git", "add", "staged"], cwd=book, check=True)

    source_files.copy_sources(copy)
    source_files.copy_history(copy)
    copied = {file.name: file.read_text() for file in copy.iterdir() if file.is_file()}
    expected = {"kept": "old", "changed": "new", "staged": "new", "added": "new"}
    assert copied == {**expected, ".gitignore": "built\n"}
    log = ["git", "log", "--format=%s"]
    assert subprocess.check_output(log, cwd=copy, text=True) == "One\n"
