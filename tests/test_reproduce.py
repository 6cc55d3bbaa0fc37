"""The comparison of two builds, with builds that are made up."""

from __future__ import annotations

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
