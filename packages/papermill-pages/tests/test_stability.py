"""What another machine would print otherwise is replaced, and nothing else."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import pytest
from nbformat import NotebookNode
from papermill_pages.plain_markdown import to_plain
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
    ],
)
def test_any_other_text_means_itself(text: str) -> None:
    assert stable_text(text, ROOT) == text


PIECES = ("x", "<a", "&lt;a", "/usr/", "/scratch/ipykernel_1", "at 0x0040000", "File ")
CODES = ("\x1b[1m", " ", "\n", ":1: ", "<a at 0x", "~/")


@pytest.mark.parametrize("piece", [*PIECES, *CODES])
def test_a_line_of_any_length_takes_its_time_and_no_more(piece: str) -> None:
    # Read again from each of its letters, half a megabyte would take hours.
    text = piece * (500_000 // len(piece))
    begun = time.process_time()
    stable_text(text, ROOT)
    assert time.process_time() - begun < 5


UNITS = (
    *("a", "<", "`", "[", "[a](<", "[`", "$a ", "{a}`", "{#a", "\\", "("),
    *("x\n", "50%\r", "\x1b[31m", "\x1b[0", "at 0x", " at 0x7f", 'File "', ":1: "),
    *("/scratch/ipykernel_1", "<div>", "data:image/png;base64,AAAA", "np.float64("),
)


def seconds(text: str) -> float:
    """How long it takes to do all that is done with the texts of a page."""
    began = time.process_time()
    stable_text(text, ROOT)
    to_plain(text[:50_000], Nothing(), ("attrs_inline", "dollarmath"))
    return time.process_time() - began


class Nothing:
    """A page that refers to nothing."""

    def value(self, content: str) -> None: ...
    def link(self, target: str) -> None: ...
    def role(self, name: str, target: str, text: str | None) -> None: ...


@pytest.mark.parametrize("unit", UNITS)
def test_a_long_text_takes_no_longer_than_its_length(unit: str) -> None:
    # What is quadratic takes minutes.
    assert seconds(unit * (1_000_000 // len(unit))) < 3


def test_many_pieces_of_streams_are_joined_in_the_time_of_their_text() -> None:
    pieces = [
        NotebookNode(output_type="stream", name=name, text="x" * 50)
        for _ in range(50_000)
        for name in ("stdout", "stderr")
    ]
    began = time.process_time()
    joined = _in_order(pieces)
    assert time.process_time() - began < 3
    assert [(it.name, len(it.text)) for it in joined] == [
        ("stdout", 2_500_000),
        ("stderr", 2_500_000),
    ]
