"""The first cell of a student's notebook: it makes ``grader``, wherever it is run.

Otter's own cell looks for the notebook's file under one name to find the checks in it.
Colab has no such file and no otter, and students rename theirs. So the checks stand in
this cell, which writes them into a temporary folder that goes when the kernel ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version

from assignment_grading.handing_out import identity
from assignment_grading.handing_out.identity import Identity

# Names that begin with an underscore, since those of a student are tested. A letter
# that otter could not read in the system's encoding is written as Python's escape.
_SOURCE = """\
# @title Run this cell first: it prepares the checks. Leave it as it is.
{whose}
import pathlib, tempfile
try:
    import otter
except ImportError:
    get_ipython().run_line_magic("pip", "install -q otter-grader=={version}")
    import otter
_checks = tempfile.TemporaryDirectory()
for _name, _check in {checks}.items():
    pathlib.Path(_checks.name, _name).write_text(_check, errors="backslashreplace")
_own = {name}
grader = otter.Notebook(_own if pathlib.Path(_own).is_file() else None, _checks.name)"""

METADATA = {
    "cellView": "form",
    "deletable": False,
    "editable": False,
    "jupyter": {"source_hidden": True},
}
"""Jupyter and VS Code fold the code of such a cell; Colab shows the title alone."""


def source(checks: Mapping[str, str], name: str, whose: Identity) -> str:
    """Write the code of the cell.

    Parameters
    ----------
    checks : mapping of str to str
        Otter's files with the tests that students may see, by file name.
    name : str
        Name of the notebook. Only otter's export of a notebook asks for it.
    whose : Identity
        Is said here, too, since a cell can be copied without its notebook.
    """
    return _SOURCE.format(
        whose=identity.comment(whose),
        version=version("otter-grader"),
        checks=json.dumps(dict(sorted(checks.items())), ensure_ascii=False),
        name=json.dumps(name, ensure_ascii=False),
    )
