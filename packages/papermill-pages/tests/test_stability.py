"""What another machine would print otherwise is replaced, and nothing else."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from papermill_pages.execution import execute
from papermill_pages.kernels import kernel_environment
from papermill_pages.pages import Page
from papermill_pages.plain_markdown import to_plain
from papermill_pages.settings import Settings
from papermill_pages.stability import _in_order, stable_text

ROOT = Path("/some/where/book")


@pytest.fixture(autouse=True)
def debian(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of a Debian, whose prefix begins many a path."""
    monkeypatch.setattr(sys, "prefix", "/usr")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    monkeypatch.setattr(tempfile, "tempdir", "/scratch")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", "/run/jupyter")
    monkeypatch.setenv("HOME", "/home/me")


@pytest.mark.parametrize(
    ("text", "stable"),
    [
        ("/scratch/ipykernel_12/345.py:1: UserWarning: x", "<cell>:1: UserWarning: x"),
        ("-f /run/jupyter/kernel-5e-3.json", "-f <connection>"),
        ("<object object at 0x7f00deadbeef>", "<object object at 0x…>"),
        ("[<function <lambda> at 0x7f00deadbeef>]", "[<function <lambda> at 0x…>]"),
        (
            "<cell at 0x7f00deadbeef: int object at 0x7f00deadbeee>",
            "<cell at 0x…: int object at 0x…>",
        ),
        ("&lt;A object at 0x7f00deadbeef&gt;", "&lt;A object at 0x…&gt;"),
        (
            'a\n  File "/usr/lib/python3.11/json.py", line 3, in f\n',
            'a\n  File "<python>/lib/python3.11/json.py", line 3, in f\n',
        ),
        (
            "\x1b[36mFile \x1b[39m\x1b[32m/some/where/book/x.py:545\x1b[39m, in f",
            "\x1b[36mFile \x1b[39m\x1b[32mx.py:545\x1b[39m, in f",
        ),
        (
            "/usr/lib/python3/a.py:3: FutureWarning: in /usr/lib/a.py",
            "<python>/lib/python3/a.py:3: FutureWarning: in /usr/lib/a.py",
        ),
        ("File ~/x.py:3, in f(a)", "File ~/x.py:3, in f(a)"),
        ("File /usr/lib/a.py:3\n", "File <python>/lib/a.py:3\n"),
        (
            '  |   File "/usr/lib/a.py", line 3, in f\n',
            '  |   File "<python>/lib/a.py", line 3, in f\n',
        ),
        (
            '  File "/usr/lib/a.py", line 3\n    x = (\n',
            '  File "<python>/lib/a.py", line 3\n    x = (\n',
        ),
        ("<A at 0x000001F2DEADBEEF>", "<A at 0x…>"),
        ("<Future at 0x7f00deadbeef state=done>", "<Future at 0x… state=done>"),
    ],
)
def test_what_a_kernel_says_of_itself_is_replaced(text: str, stable: str) -> None:
    assert stable_text(text, ROOT) == stable


@pytest.mark.parametrize(
    "text",
    [
        "#!/usr/bin/env python",
        "/usr/bin/env python",
        "see /some/where/book/data/x.csv",
        "/some/where/book/data/x.csv: 3 rows",
        "https://example.org/usr/share",
        "the entry point is at 0x00400000, in main",
        "mapped at 0x00400000: rwx",
        "a < b at 0x00400000, c > d",
        "<b>bold</b> at 0x00400000: x",
        "<main>\nat 0x00400000>",
        "at 0x10 o'clock",
        "my_ipykernel_1/2.py and ipykernel_12/345.py",
        "/elsewhere/ipykernel_12/345.py",
        "A File /usr/lib/x",
        "File /some/where/book/data/x.csv was written",
        'File "/some/where/book/data/x.csv" is empty',
        "/some/where/book/x.c:3: error: expected ';'",
        "/elsewhere/scratch/ipykernel_12/345.py and ~/scratch/ipykernel_12/345.py",
        "/scratch/ipykernel_12/345.pyc and /scratch/ipykernel_12/345.py-old",
        "/elsewhere/run/jupyter/kernel-5e-3.json",
        "<main+4 at 0x00400000>",
        "<main at 0x00400000, in section .text>",
        "<main at 0x0040DEAD>",
        "if a <b at 0x7f00deadbeef, go on",
    ],
)
def test_any_other_text_means_itself(text: str) -> None:
    assert stable_text(text, ROOT) == text


UNITS = (
    *(
        "a",
        "x\n",
        "<",
        "<a",
        "&lt;a",
        "0x",
        "at 0x",
        " at 0x7f",
        "at 0x0040000",
        "<a at 0x",
    ),
    *("/", "~/", "/usr/", "/scratch/ipykernel_", "/scratch/ipykernel_1", "kernel-"),
    *("/scratch/ipykernel_1/", "/run/jupyter/kernel-", "/run/jupyter/kernel-5e"),
    *(
        "File ",
        'File "',
        "File /usr/",
        'File "/usr/',
        "|",
        " ",
        ":",
        ":1: ",
        "/usr/:1: ",
    ),
    *("50%\r", "\x1b", "\x1b[", "\x1b[0", "\x1b[1m", "\x1b[31mred\x1b[0m", "1", "-"),
    *("<div>", '<path d="M0 0"/>', '{"a": [1, 2]}, ', "data:image/png;base64,AAAA"),
    *("QUJD+/==", "deadbeef", "np.float64(", "`", "$", "[a](<", "\\", "("),
)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("end", ["", "\n", " at 0x7f00deadbeef, in f"])
def test_a_long_text_that_means_itself_is_left_as_it_is(unit: str, end: str) -> None:
    # A pattern that is read again from each letter would take hours.
    text = unit * (1_000_000 // len(unit)) + end
    is_same = stable_text(text, ROOT) == text  # pytest would compare them for hours
    assert is_same


def test_each_line_of_a_long_text_is_replaced_where_it_says_so() -> None:
    said = '<A at 0x7f00deadbeef>\n  File "/usr/lib/a.py", line 3\n'
    stable = '<A at 0x…>\n  File "<python>/lib/a.py", line 3\n'
    is_stable = stable_text(said * 100_000, ROOT) == stable * 100_000
    assert is_stable


TEXTS = ("a", "<", "`", "[", "[a](<", "[`", "$a ", "{a}`", "{#a", "\\", "(", "<div>")


@pytest.mark.parametrize("unit", TEXTS)
def test_a_long_text_without_references_stays_as_it_is(unit: str) -> None:
    text = unit * (50_000 // len(unit))
    assert to_plain(text, Nothing(), ("attrs_inline", "dollarmath")) == text


class Nothing:
    """A page that refers to nothing."""

    def value(self, content: str) -> None: ...
    def link(self, target: str) -> None: ...
    def role(self, name: str, target: str, text: str | None) -> None: ...


def test_pieces_of_streams_are_joined_each_once() -> None:
    class Text(str):
        """A text that counts how often it is copied into a longer one."""

        copied = 0

        def __add__(self, other: str) -> str:
            Text.copied += len(self)
            return Text(str(self) + other)

    pieces = [
        NotebookNode(output_type="stream", name=name, text=Text("x" * 50))
        for _ in range(1_000)
        for name in ("stdout", "stderr")
    ]
    joined = _in_order(pieces)
    assert [(it.name, it.text) for it in joined] == [
        ("stdout", "x" * 50_000),
        ("stderr", "x" * 50_000),
    ]
    assert Text.copied == 0


def _cells(code: Sequence[str]) -> list[NotebookNode]:
    allowed = {"tags": ["raises-exception"]}
    new = nbformat.v4.new_code_cell
    return [new(it, id=f"c{n}", metadata=allowed) for n, it in enumerate(code)]


SHOWN = """\
text = UNIT * (100_000 // len(UNIT))
print(text)
print(text, file=sys.stderr)
display({"text/plain": text, "text/html": text, "text/markdown": text}, raw=True)
display({"image/svg+xml": text, "text/latex": text}, raw=True)
raise ValueError(text)
"""


@pytest.mark.parametrize("shells", ["none", "all"])
def test_outputs_are_those_of_a_kernel_without_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shells: str
) -> None:
    monkeypatch.undo()  # this machine's own folders
    code = [f"import sys\nUNIT = {unit!r}\n{SHOWN}" for unit in UNITS]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(
        cells=_cells(code), metadata={"kernelspec": kernel}
    )
    source = tmp_path / "hostile.ipynb"
    nbformat.write(notebook, source)
    page = Page("hostile", source, source, tmp_path)
    settings = Settings(shells=shells)
    with kernel_environment(settings):
        execute(page, settings)
        NotebookClient(notebook, allow_errors=True).execute()
    executed = nbformat.read(page.executed, as_version=4)
    for ours, theirs in zip(executed.cells, notebook.cells, strict=True):
        is_same = ours.outputs == _in_order(theirs.outputs)
        assert is_same, ours.source
