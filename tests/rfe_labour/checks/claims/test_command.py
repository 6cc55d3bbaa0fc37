"""The command line writes what was reviewed, and nothing else."""

from pathlib import Path

import pytest

from rfe_labour import data
from rfe_labour.checks import claims


def set_cells(path: Path, claim: str, before: str, after: str) -> None:
    lines = path.read_text("utf-8").splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if line.startswith(f"{claim},"))
    assert before in lines[place]
    lines[place] = lines[place].replace(before, after)
    path.write_text("".join(lines), "utf-8", newline="")


def test_a_review_writes_what_is_recomputed_now_and_nothing_else(
    copy: Path,
    original: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = copy / "claims.csv"
    set_cells(path, "growth_year_by_year", ",5,differs,", ",0,tested and agrees,")
    set_cells(
        path, "second_period_start", ",1967,contradicts itself,", ",,cannot be tested,"
    )
    data.record(copy)
    monkeypatch.setenv(data.DIRECTORY_VARIABLE, str(copy))

    assert claims.main(["check"]) == 1
    refused = capsys.readouterr().err
    assert "2 of " in refused
    moved = (
        "- growth_year_by_year (trends.together.declines): "
        "0, tested and agrees → 5, differs"
    )
    assert moved in refused
    assert claims.main(["review"]) == 0
    told = capsys.readouterr().out
    assert moved in told
    assert "python -m rfe_labour.data record" in told
    assert path.read_bytes() == (original / "claims.csv").read_bytes()
    assert len(list(copy.iterdir())) == len(list(original.iterdir()))

    assert claims.main(["check"]) == 1
    assert "python -m rfe_labour.data record" in capsys.readouterr().err
    data.record(copy)
    assert claims.main(["check"]) == 0
    assert "claims are as reviewed" in capsys.readouterr().out
    assert claims.main(["review"]) == 0
    assert "nothing was written" in capsys.readouterr().out


def test_the_help_says_what_to_do_after_a_review(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        claims.main(["--help"])
    assert ended.value.code == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "check" in told
    assert "run `python -m rfe_labour.data record`" in told
    with pytest.raises(SystemExit) as refused:
        claims.main(["rewrite"])
    assert refused.value.code == 2
