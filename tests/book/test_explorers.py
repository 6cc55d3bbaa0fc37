"""What readers of this book can explore, and what that weighs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup

MIB = 2**20
POINTS = {
    "models/trend_windows": ("trend_windows", 111),
    "tables/primorye": ("trend_windows", 55),
    "tables/khabarovsk": ("trend_windows", 28),
    "tables/amur": ("trend_windows", 28),
    "checks/multiverse": ("specification_curve", 9),
    "models/shares": ("share_trend", 3),
    "tables/joint_ventures": ("joint_ventures_set", 17),
}
"""A table of n years has (n - 4)(n - 3) / 2 windows of at least five years."""


def facts(site: Path, page: str) -> dict[str, Any]:
    text = (site / f"book/{page}.html").read_text(encoding="utf-8")
    script = BeautifulSoup(text, "html.parser").select_one(".explorer > script")
    assert script is not None
    known: dict[str, Any] = json.loads(script.get_text())
    return known


@pytest.mark.parametrize("page", POINTS)
def test_a_page_offers_every_point_and_has_what_each_shows(
    built_book: Path, page: str
) -> None:
    known = facts(built_book, page)
    assert (known["name"], len(known["places"])) == POINTS[page]
    folder = (built_book / f"book/{page}").parent / known["folder"]
    assert known["files"].count(None) == 1
    for name in filter(None, known["files"]):
        told = (folder / f"{name}.js").read_text(encoding="utf-8")
        shown = [*re.findall(r'(?:src|href)=\\"([^"#\\]+)\\"', told)]
        shown += re.findall(r'"notebook": "([^"]+)"', told)
        assert shown
        for address in shown:
            assert ((built_book / f"book/{page}").parent / address).is_file() or (
                "%" in address
            )


def test_all_points_weigh_less_than_eight_mebibytes(built_book: Path) -> None:
    scripts = list((built_book / "_explore").rglob("*.js"))
    pictures = {
        built_book / "_images" / name
        for script in scripts
        for name in re.findall(r"_images/([\w.]+)", script.read_text("utf-8"))
    }
    data = {
        built_book / unquote(name)
        for script in scripts
        for name in re.findall(r'(_figures/[^"\\]+)', script.read_text("utf-8"))
    }
    others = {it for it in (built_book / "_explore").rglob("*") if it.is_file()}
    assert len(data) > 100
    weight = sum(file.stat().st_size for file in {*others, *pictures, *data})
    # A page is at most 1 MiB as it opens: see `tests/browser/test_every_page.py`.
    assert len(pictures) > 100
    assert weight < 8 * MIB
