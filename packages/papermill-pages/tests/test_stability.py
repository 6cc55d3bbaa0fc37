"""What another machine would print otherwise is replaced, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from papermill_pages.stability import stable_text

ROOT = Path("/some/where/book")


@pytest.mark.parametrize(
    ("text", "stable"),
    [
        ("/some/where/book/data/x.csv", "data/x.csv"),
        ("/elsewhere/some/where/book/x", "/elsewhere/some/where/book/x"),
        (
            'File "/usr/lib/python3.11/json.py"',
            'File "<python>/lib/python3.11/json.py"',
        ),
        ("https://example.org/usrname", "https://example.org/usrname"),
        ("https://example.org/usr/share", "https://example.org/usr/share"),
        ("/usr is a folder", "/usr is a folder"),
        ("/var/cache/ipykernel_12/345.py:1: Warning", "<cell>:1: Warning"),
        ("<object object at 0x7f00deadbeef>", "<object object at 0x…>"),
        ("at 0x10 o'clock", "at 0x10 o'clock"),
    ],
)
def test_paths_and_addresses_are_replaced_whole_or_not_at_all(
    text: str, stable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    assert stable_text(text, ROOT) == stable
