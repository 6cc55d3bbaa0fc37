"""What the comparisons with other ways count as the same, and as a failure."""

from __future__ import annotations

from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from benchmarks.books import Book, Comparison, compare_outputs
from benchmarks.jobs import Job
from benchmarks.peers import papermill_one_at_a_time

PYTHON = Path("/elsewhere/bin/python")


def _shown(folder: Path, *outputs: nbformat.NotebookNode) -> Path:
    folder.mkdir()
    cells = [new_code_cell("show()", outputs=[*outputs])]
    nbformat.write(new_notebook(cells=cells), folder / "chapter.ipynb")
    return folder


def _compared(folder: Path, *ways: Path) -> Comparison:
    (folder / "chapter.ipynb").touch()
    comparison = Comparison(Book(folder, ["chapter"], PYTHON))
    compare_outputs(comparison, *ways, folder)
    return comparison


def _stream(name: str, text: str) -> nbformat.NotebookNode:
    return new_output("stream", name=name, text=text)


def test_pieces_and_places_are_no_difference(tmp_path: Path) -> None:
    warning = "{}/lib/module.py:3: UserWarning: late\n"
    pieces = (
        _stream("stderr", warning.format("/elsewhere")),
        _stream("stdout", "one\n"),
        _stream("stdout", "two\n"),
    )
    whole = (
        _stream("stdout", "one\ntwo\n"),
        _stream("stderr", warning.format("<environment>")),
    )
    first, second = (_shown(tmp_path / it, *pieces) for it in ("first", "second"))
    compared = _compared(tmp_path, first, second, _shown(tmp_path / "own", *whole))
    assert (compared.same, compared.random, compared.differing) == (1, 0, [])


def test_another_output_differs_unless_two_builds_differ_too(tmp_path: Path) -> None:
    one, two, three = (_shown(tmp_path / it, _stream("stdout", it)) for it in "abc")
    assert _compared(tmp_path, one, one, two).differing == [
        "chapter.ipynb: code cell 1"
    ]
    assert _compared(tmp_path, one, two, three).random == 1


@pytest.mark.parametrize("meant", [True, False])
def test_papermill_may_meet_errors_that_are_meant(meant: bool, tmp_path: Path) -> None:
    cell = new_code_cell("1 / 0")
    cell.metadata["tags"] = ["raises-exception"] if meant else []
    notebook = new_notebook(cells=[cell, new_code_cell("'went on'")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, tmp_path / "chapter.ipynb")
    job = Job(str(tmp_path / "chapter.ipynb"), str(tmp_path / "out.ipynb"))
    if not meant:
        with pytest.raises(papermill.PapermillExecutionError):
            papermill_one_at_a_time([job])
        return
    papermill_one_at_a_time([job])
    last = nbformat.read(job.output, as_version=4).cells[-1]
    assert last.outputs[0].data["text/plain"] == "'went on'"
