"""What the book publishes: its pages, where they are, and what runs on them."""

from __future__ import annotations

from collections.abc import Iterator
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


def _notebooks(page: str) -> Iterator[str]:
    """Name what makes a page: itself, its run's notebook, or both of its sweep."""
    for kind in (".run.yml", ".sweep.yml"):
        source = ROOT / f"{page}{kind}"
        if source.is_file():
            content = yaml.safe_load(source.read_text(encoding="utf-8"))
            for key in {"notebook", "report"} & set(content):
                path = source.parent / content[key]
                yield path.resolve().relative_to(ROOT).as_posix()
    if (ROOT / f"{page}.ipynb").is_file():
        yield f"{page}.ipynb"


CHAPTERS: dict[str, str] = {
    notebook: part["caption"]
    for part in _TOC["parts"]
    if part["caption"] in ("The tables", "The models", "Checks")
    for page in part["chapters"]
    for notebook in sorted(_notebooks(page["file"]))
}
"""The part of each notebook that does some of the analysis, one with runs only once."""
