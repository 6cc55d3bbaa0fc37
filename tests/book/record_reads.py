"""Run every page of the book and write down which files of the repository it reads.

``python record_reads.py ROOT RECORD`` writes a JSON object to RECORD. For each page it
holds ``depends_on``, what the page declares, and ``reads``, the files that it opened
while it ran, both as paths from ROOT. The table of a sweep must have been built.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.util import source_from_cache
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from papermill_pages.pages import Run
from papermill_pages.plan import plan_pages
from papermill_pages.settings import settings_of_book

opened: list[str] = []
"""What was opened since it was last emptied: an audit hook cannot be taken back."""


def main(root: Path, record: Path) -> None:
    sys.dont_write_bytecode = True
    sys.addaudithook(_note_opened_file)
    settings = settings_of_book(root)
    assert settings is not None
    reads = {}
    for page in plan_pages(root, settings):
        # Points that declare the same are one notebook with other numbers.
        points = [point for sweep in page.sweeps for point in sweep.points]
        for one in (*{point.depends_on: point for point in points}.values(), page):
            _run(one)
            is_report = one is page and page.sweep
            table = [page.sweep.table.relative_to(root).as_posix()] if is_report else []
            reads[one.docname] = {
                "depends_on": [*one.depends_on, *table],
                "reads": _files_under(root),
            }
    record.write_text(json.dumps(reads), encoding="utf-8")


def _note_opened_file(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        opened.append(os.path.abspath(os.fsdecode(arguments[0])))


def _run(run: Run) -> None:
    """Run a notebook's cells one by one, its parameters injected by papermill."""
    source = load_notebook_node(str(run.notebook))
    given = dict(run.parameters)
    if any("replications: int" in cell.source for cell in source.cells):
        given["replications"] = 999  # what is simulated reads no more files
    notebook = parameterize_notebook(source, given)
    shell = InteractiveShell.instance()
    shell.reset()
    os.chdir(run.notebook.parent)
    opened.clear()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shell.run_cell(cell.source).raise_error()


def _files_under(root: Path) -> list[str]:
    """Name what was read of the repository; a module counts, whatever its cache is."""
    files = set()
    for path in map(Path, opened):
        if path.is_relative_to(root) and not path.is_relative_to(sys.prefix):
            cached = path.parent.name == "__pycache__"
            source = Path(source_from_cache(path)) if cached else path
            files.add(source.relative_to(root).as_posix())
    return sorted(files)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
