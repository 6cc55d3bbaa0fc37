"""The audit of locked versions, with answers that are made up."""

from __future__ import annotations

from subprocess import CompletedProcess

import pytest

from tests import audit

# As uv 0.13 words it.
WARNED = (
    'warning: `attrs==21.1.0` is yanked (reason: "Not importable on Python 3.4.")\n'
    "Resolved 1 package in 3ms\n"
)


@pytest.mark.parametrize(
    ("advised", "index", "warnings", "code"),
    [
        (0, 0, "Resolved 1 package in 3ms\n", 0),
        (0, 0, WARNED, 1),
        (1, 0, "", 1),
        (2, 0, "", 2),  # no answer of the database of advisories
        (0, 2, "error: the index cannot be reached\n", 2),
        (2, 0, WARNED, 2),
    ],
)
def test_what_is_spoken_against_or_cannot_be_asked_is_no_pass(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    advised: int,
    index: int,
    warnings: str,
    code: int,
) -> None:
    answers = {
        audit.ADVISORIES: CompletedProcess([], advised, "", "asked of advisories\n"),
        audit.LOCKED: CompletedProcess([], 0, "attrs==21.1.0\n", ""),
        audit.WITHDRAWN: CompletedProcess([], index, "", warnings),
    }
    monkeypatch.setattr(audit, "uv", lambda *asked, **_: answers[asked])
    assert audit.main() == code
    printed = capsys.readouterr().out
    assert "asked of advisories" in printed
    assert ("attrs==21.1.0" in printed) == (warnings == WARNED)
    assert ("cannot be reached" in printed) == bool(index)


def test_the_whole_lock_is_asked_about() -> None:
    listed = audit.uv(*audit.LOCKED).stdout
    names = {line.partition("==")[0] for line in listed.splitlines()}
    assert {"statsmodels", "jupyter-book", "otter-grader", "pytest", "dask"} <= names
