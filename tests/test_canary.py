"""The canary: upper bounds are taken out, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.canary import loosen
from tests.plain_sphinx import without_jupyter_book
from tests.source_files import ROOT


def test_upper_bounds_are_taken_out_and_lower_ones_stay(tmp_path: Path) -> None:
    package = tmp_path / "packages" / "one"
    package.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        "[project]\n"
        'dependencies = ["inline>=1,<2"]\n'
        "more = [\n"
        '    "jupyter-book>=1.0.4.post1,<2",\n'
        '    "free>=3",\n'
        '    "with-extra[some]>=1.2,<1.3",\n'
        "]\n"
    )
    (package / "pyproject.toml").write_text('dependencies = [\n    "other<9",\n]\n')
    assert loosen(tmp_path) == {"inline", "with-extra", "other"}
    assert (tmp_path / "pyproject.toml").read_text() == (
        "[project]\n"
        'dependencies = ["inline>=1"]\n'
        "more = [\n"
        '    "jupyter-book>=1.0.4.post1,<2",\n'
        '    "free>=3",\n'
        '    "with-extra[some]>=1.2",\n'
        "]\n"
    )
    assert (package / "pyproject.toml").read_text() == (
        'dependencies = [\n    "other",\n]\n'
    )


def test_no_project_asks_for_jupyter_book_where_sphinx_is_alone(tmp_path: Path) -> None:
    there = [ROOT / "pyproject.toml", *ROOT.glob("packages/*/pyproject.toml")]
    copies = [tmp_path / project.relative_to(ROOT) for project in there]
    for project, copy in zip(there, copies, strict=True):
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(project.read_text())
    without_jupyter_book(tmp_path)
    assert not any('"jupyter-book' in copy.read_text() for copy in copies)
    assert '"sphinxcontrib-bibtex"' in copies[0].read_text()
