"""What the book publishes: its pages, where they are, and what runs on them."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]

_TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

PAGES: tuple[str, ...] = (
    _TOC["root"],
    *(chapter["file"] for part in _TOC["parts"] for chapter in part["chapters"]),
)
"""Every page of `_toc.yml`, in the order of the book."""

PAGE_OF_TABLE = {
    "table1": "book/tables/primorye",
    "table3": "book/tables/khabarovsk",
    "table4": "book/tables/amur",
}
