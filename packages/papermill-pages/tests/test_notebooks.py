"""Each form in which Jupyter Book takes a notebook is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest
from papermill_pages import insides
from papermill_pages.declarations import read_declarations
from papermill_pages.errors import PlanError
from papermill_pages.execution_settings import ExecutionSettings
from papermill_pages.explorers import explored_in
from papermill_pages.notebooks import is_left_alone, is_text_notebook, read_notebook
from papermill_pages.parameters import declared_parameters, refuse_wrong_parameters
from papermill_pages.settings import Settings

TEXT = """---
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---

# A notebook

$$
x
$$

```{code-cell} ipython3
:tags: [parameters, hide-input]
:linked: 5

region: str = "south"  # which one
```

Text with
```python
no_cell = True
```

+++ {"class": "next"}

More text.

```{code-cell}
---
mystnb: {image: {width: 200px}}
---
region
```
"""


def write_json(path: Path, **changes: Any) -> Path:
    new = nbformat.v4
    cells = [new.new_markdown_cell("# A", id="a"), new.new_code_cell("1 + 1", id="b")]
    notebook = {**new.new_notebook(cells=cells), **changes}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def test_a_text_is_read_as_jupytext_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(TEXT)
    read, expected = read_notebook(path), jupytext.reads(TEXT, "md:myst")
    assert [
        (it.cell_type, it.source, it.metadata.get("tags")) for it in read.cells
    ] == [(it.cell_type, it.source, it.metadata.get("tags")) for it in expected.cells]
    assert read.cells[-1].metadata.mystnb.image.width == "200px"
    assert read.metadata.kernelspec.language == "python"
    assert list(declared_parameters(path)) == ["region"]


def test_the_metadata_of_a_text_are_those_that_json_can_keep(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("---\n1: one\ndate: 2026-05-01\nb: {2: c}\n---\n\n# A\n")
    read = read_notebook(path)
    assert json.loads(nbformat.writes(read))["metadata"] == read.metadata
    kept = {key: read.metadata[key] for key in ("1", "date", "b")}
    assert kept == {"1": "one", "date": "2026-05-01", "b": {"2": "c"}}
    assert read_notebook(path) == read


def test_a_fence_of_colons_is_one_as_in_jupyter_book(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(":::{note}\n```{code-cell}\n1\n```\n:::\n")
    assert [it.cell_type for it in read_notebook(path).cells] == ["markdown"]


@pytest.mark.parametrize(
    ("begins", "is_notebook"),
    [
        ("---\nfile_format: mystnb\n---\n", True),
        ("---\njupytext: {text_representation: {format_name: myst}}\n---\n", True),
        ("\ufeff---\nfile_format: mystnb\n---\n", True),
        ("---\nkernelspec: {name: python3}\n---\n", True),
        ("---\njupytext: {text_representation: {format_name: markdown}}\n---\n", False),
        ("---\njupytext:\n---\n", False),
        ("---\nmyst: {}\n---\n", False),
        ("---\n[\n---\n", False),
        ("", False),
    ],
)
def test_a_text_is_a_notebook_by_what_it_begins_with(
    tmp_path: Path, begins: str, is_notebook: bool
) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"{begins}# A\n\n```{{code-cell}}\n1\n```\n", encoding="utf-8")
    assert is_text_notebook(path) == is_notebook


@pytest.mark.parametrize(
    ("metadata", "name", "language"),
    [
        ({}, "python3", "python"),
        ({"kernelspec": {"name": "python3"}}, "python3", "python"),
        ({"kernelspec": {"name": "python", "display_name": "P"}}, "python3", "python"),
        ({"language_info": {"name": "python"}}, "python3", None),
        ({"kernelspec": {"name": "r3"}}, "r3", None),
    ],
)
def test_the_kernel_is_the_one_that_nbclient_would_start(
    tmp_path: Path, metadata: dict[str, Any], name: str, language: str | None
) -> None:
    path = write_json(tmp_path / "a.ipynb", metadata=metadata)
    kernel = read_notebook(path).metadata.kernelspec
    assert (kernel.name, kernel.get("language")) == (name, language)
    assert kernel.display_name
    if name != "r3":
        assert read_declarations(path).parameters == {}


def test_an_old_notebook_is_converted_and_has_no_ids_of_its_own(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "heading", "level": 1, "source": ["Old"], "metadata": {}},
        {
            "cell_type": "code",
            "input": ["1 + 1"],
            "language": "python",
            "outputs": [],
            "prompt_number": 1,
            "collapsed": False,
            "metadata": {},
        },
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    path = tmp_path / "a.ipynb"
    content = json.dumps({**old, "worksheets": [{"cells": cells, "metadata": {}}]})
    path.write_text(f"\ufeff{content}", encoding="utf-8")
    read = read_notebook(path)
    assert [(it.cell_type, it.source) for it in read.cells] == [
        ("markdown", "# Old"),
        ("code", "1 + 1"),
    ]
    assert isinstance(read, nbformat.NotebookNode)
    nbformat.validate(read)
    assert explored_in(path) == []


def test_what_a_notebook_lacks_or_has_as_null_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    null = {"kernelspec": None, "language_info": None, "papermill_pages": None}
    cells = [
        {"cell_type": "code", "source": ["1 + ", "1"], "metadata": {}},
        {"cell_type": "markdown", "metadata": {"tags": None}},
    ]
    content = {"nbformat": 4, "nbformat_minor": 4, "cells": cells, "metadata": null}
    path.write_text(json.dumps(content))
    nbformat.validate(read_notebook(path))
    assert read_declarations(path).parameters == {}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.ipynb", "{}", "not a notebook in the Jupyter format"),
        ("a.ipynb", "[]", "not a notebook in the Jupyter format"),
        ("a.ipynb", "../other.ipynb", "not a notebook in the Jupyter format"),
        ("a.ipynb", '{"nbformat": 9, "cells": []}', "not a notebook in the Jupyter"),
        (
            "a.ipynb",
            '{"nbformat": 4, "cells": [{"cell_type": "x", "metadata": {}}], '
            '"metadata": {}}',
            "its cell 1 has the 'cell_type' 'x', not one of code, markdown, raw",
        ),
        ("a.md", "---\na: [\n---\n", "not readable as a notebook in MyST Markdown"),
        ("a.md", "```{code-cell}\n:a: [\n```", "not readable as a notebook in MyST"),
    ],
)
def test_what_is_no_notebook_is_refused_with_its_name(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(PlanError, match=words) as raised:
        read_notebook(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


def test_a_notebook_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes('{"é": 1}'.encode("latin-1"))
    with pytest.raises(PlanError, match="not readable as UTF-8"):
        read_notebook(path)


@pytest.mark.parametrize("second", [{}, {"id": "a"}])
def test_ids_that_lack_or_stand_twice_are_left_out(
    tmp_path: Path, second: dict[str, str]
) -> None:
    first = {**nbformat.v4.new_markdown_cell("# A"), "id": "a"}
    code = {**nbformat.v4.new_code_cell("1"), **second}
    code = {key: it for key, it in code.items() if key != "id" or second}
    read = read_notebook(write_json(tmp_path / "a.ipynb", cells=[first, code]))
    assert not any("id" in cell for cell in read.cells)
    nbformat.validate(read)


def test_a_page_depends_on_the_files_from_which_its_cells_take_code(
    tmp_path: Path,
) -> None:
    path = tmp_path / "parts/a.md"
    path.parent.mkdir()
    (tmp_path / "code [1].py").write_text("6 * 7\n")
    path.write_text("# A\n\n```{code-cell}\n:load: ../code [1].py\n```\n")
    assert read_notebook(path).cells[1].source == "6 * 7\n"
    (pattern,) = read_declarations(path).dependencies({}, Settings(), tmp_path)
    assert list(tmp_path.glob(pattern)) == [tmp_path / "code [1].py"]


def test_a_notebook_may_ask_not_to_be_executed(tmp_path: Path) -> None:
    options = {"mystnb": {"execution_mode": "off"}}
    settings = ExecutionSettings()
    assert is_left_alone(write_json(tmp_path / "a.ipynb", metadata=options), settings)
    assert not is_left_alone(write_json(tmp_path / "b.ipynb"), settings)


@pytest.mark.parametrize(
    "cell",
    [
        "alpha = 0.6",
        "alpha: float = 0.6\nwhere = open",
        "start: int = 3  # see equation {2}",
        "import os\nfolder: Path = '.'",
    ],
)
def test_parameters_that_nobody_sets_may_be_declared_in_any_way(
    tmp_path: Path, cell: str
) -> None:
    tagged = nbformat.v4.new_code_cell(cell, id="p", metadata={"tags": ["parameters"]})
    path = write_json(tmp_path / "a.ipynb", cells=[tagged])
    assert declared_parameters(path) == {}
    assert read_declarations(path).has_parameters_cell
    with pytest.raises(
        PlanError, match=r"a\.ipynb: .*parameter '(alpha|where|start|f)"
    ):
        refuse_wrong_parameters(path)
    results = {"papermill_pages": {"results": "of.{alpha}"}}
    declaring = write_json(tmp_path / "b.ipynb", cells=[tagged], metadata=results)
    with pytest.raises(PlanError, match=r"b\.ipynb: .*parameter"):
        read_declarations(declaring)


def test_without_myst_nbs_formats_a_page_in_markdown_shows_no_outputs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    insides.say_once.cache_clear()
    insides.read_as_notebook(object(), "a")  # type: ignore[arg-type]
    assert "Pages in Markdown show no outputs" in caplog.text
    insides.say_once.cache_clear()
