"""Two copies of a book, and the comparison of builds that are made up."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import reproduce


def build_that_writes(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / "_build" / "html" / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_two_builds_that_are_the_same_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        reproduce, "build_copy", lambda root, _: build_that_writes(root, page="same")
    )
    assert reproduce.main() == 0
    assert capsys.readouterr().out == "1 files were published, 0 differ.\n"


def test_each_file_that_differs_or_is_missing_is_named_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(root: Path, given: reproduce.Circumstances) -> None:
        zone = given.environment["TZ"]
        extra = {"only": ""} if given is reproduce.HERE else {}
        build_that_writes(root, same="same", zone=zone, **extra)

    monkeypatch.setattr(reproduce, "build_copy", build)
    assert reproduce.main() == 1
    printed = capsys.readouterr().out
    assert "differs: html/only.html\ndiffers: html/zone.html\n" in printed
    assert "same" not in printed


def test_builds_that_publish_nothing_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reproduce, "build_copy", lambda *_: None)
    assert reproduce.main() == 1


def test_a_copy_has_the_history_and_what_is_not_yet_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, copy = tmp_path / "book", tmp_path / "in" / "a copy"
    book.mkdir()
    monkeypatch.setattr(reproduce, "ROOT", book)
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

    reproduce.copy_sources(copy)
    copied = {file.name: file.read_text() for file in copy.iterdir() if file.is_file()}
    expected = {"kept": "old", "changed": "new", "staged": "new", "added": "new"}
    assert copied == {**expected, ".gitignore": "built\n"}
    log = ["git", "log", "--format=%s"]
    assert subprocess.check_output(log, cwd=copy, text=True) == "One\n"
