"""What other libraries do not document: that it is there, and what happens without."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from docutils import nodes
from sphinx import addnodes, application
from typst_builder import insides

from .conftest import Book
from .test_example import EXAMPLE

WITHOUT_DOCUTILS = """
from docutils.utils.math import latex2mathml
del latex2mathml.tex2mathml
"""


def test_docutils_reads_tex_as_mathml() -> None:
    read = insides.mathml(r"\frac{x}{2}", block=False)
    assert re.findall(r"<(\w+)", read) == ["math", "mfrac", "mi", "mn"], (
        "docutils.utils.math.latex2mathml.tex2mathml gives something else"
    )


def test_without_it_a_formula_stands_as_it_was_written(tmp_path: Path) -> None:
    book = Book(tmp_path / "book")
    shutil.copytree(EXAMPLE, book.root)
    config = (EXAMPLE / "conf.py").read_text(encoding="utf-8")
    book.write("conf.py", config + WITHOUT_DOCUTILS)
    ended = book.build(strict=False)
    assert ended.returncode == 0, ended.stdout
    assert "'L' stands in the PDF as it was written: docutils cannot" in ended.stdout
    assert r"T = 2\pi\sqrt{\frac{L}{g}}" in book.pages()[2]


def test_sphinx_names_the_file_of_what_it_has_read(tmp_path: Path) -> None:
    file = tmp_path / application.ENV_PICKLE_FILENAME
    file.touch()
    insides.forget_environment(tmp_path)
    insides.forget_environment(tmp_path)
    assert not file.exists()


def test_without_the_name_a_warning_says_what_to_delete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(application, "ENV_PICKLE_FILENAME")
    insides.forget_environment(tmp_path)
    (message,) = caplog.messages
    # Sphinx adds the level, once an application of it has run in this process.
    assert message.removeprefix("WARNING: ") == (
        f"delete {tmp_path} before you build the site"
    )


def test_sphinx_and_myst_nb_mark_what_is_left_out(tmp_path: Path) -> None:
    book = Book(tmp_path / "book")
    shutil.copytree(EXAMPLE, book.root)
    assert book.build("pseudoxml", strict=False).returncode == 0
    for page, mark in (("index", "toctree-wrapper"), ("measurements", "cell_input")):
        text = (book.root / f"_build/pseudoxml/{page}.pseudoxml").read_text("utf-8")
        assert f'classes="{mark}"' in text, f"nothing has the class {mark}"


def test_a_cell_of_which_nothing_is_shown_needs_no_mark(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert not insides.is_left_out(nodes.container(classes=["cell"]))
    assert caplog.messages == []


def test_what_is_not_marked_is_shown_and_one_warning_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    code = nodes.container("", nodes.literal_block("", "1 + 1"), classes=["source"])
    assert not insides.is_left_out(nodes.container("", code, classes=["cell"]))
    assert not insides.is_left_out(code)
    page = nodes.container("", addnodes.toctree(entries=[]))
    assert len(list(insides.toctrees(page))) == 1
    said = [message.removeprefix("WARNING: ") for message in caplog.messages]
    assert [message.split(" in another way")[0] for message in said] == [
        "MyST-NB marks the code of cells",
        "Sphinx marks lists of contents",
    ]
