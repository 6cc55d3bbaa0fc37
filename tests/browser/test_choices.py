"""A choice on a page of this book shows what plain papermill gives for it.

A reader chooses by the controls, takes the command that the page offers, and runs it
with papermill's own engine and an ordinary kernel.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from papermill_pages.instructions import keep_to_baseline
from playwright.sync_api import Browser, Locator, expect

from tests.book.published import ROOT

from .conftest import reading

CHOICES = {
    "models/trend_windows": {
        "Region": "Amurskaya oblast",
        "First year": "1997",
        "Last year": "2003",
    },
    "tables/khabarovsk": {"First year": "1996", "Last year": "2001"},
    "checks/multiverse": {"Region": "Primorye", "Outcome": "all foreign workers"},
    "models/shares": {"Region": "Khabarovskiy Krai"},
    "tables/joint_ventures": {
        "Assumption": "steady totals",
        "One tear in the years and the counts": "yes",
        "Fewest joint ventures in all": "100",
        "Most joint ventures in all": "1,500",
        "Yearly factor at most": "1.5",
    },
}
OUTPUTS = {
    "models/trend_windows": ["sentence-window", "fig-window", "tab-window"],
    "tables/khabarovsk": ["sentence-regional-window", "tab-regional-window"],
    "checks/multiverse": ["sentence-curve", "fig-curve"],
    "models/shares": ["sentence-share", "fig-share", "tab-share-methods"],
    "tables/joint_ventures": ["sentence-table2", "fig-table2-set"],
}
"""What each page shows of a choice, by the names of cells, figures and tables."""
TOPS_OF_CHOICES = """async explorer => {
    const outputs = explorer.querySelector(".explorer-outputs");
    const seen = [];
    const look = async () => {
        await Promise.all([...explorer.querySelectorAll("img")].map(it => it.decode()));
        const places = [...outputs.children, explorer.querySelector(".explorer-links")];
        seen.push(places.map(it => it.getBoundingClientRect().top + scrollY));
    };
    const choose = async (control, set) => {
        const swapped = new Promise(done =>
            outputs.addEventListener("papermill-pages:swapped", done, {once: true}));
        set();
        control.dispatchEvent(new Event("input", {bubbles: true}));
        await swapped;
        await look();
    };
    await look();
    for (const it of explorer.querySelectorAll("input[type=radio]:not(:checked)")) {
        if (!it.disabled) await choose(it, () => it.checked = true);
    }
    for (const it of explorer.querySelectorAll("form input[type=range]")) {
        for (const value of [it.max, it.min, Math.floor(it.max / 2)]) {
            if (+it.value !== +value) await choose(it, () => it.value = value);
        }
    }
    return seen;
}"""
"""Makes a choice of each control after another, and tells where what is seen begins."""


@pytest.mark.parametrize("page", CHOICES)
def test_a_choice_shows_what_plain_papermill_gives_for_it(
    browser: Browser, built_book: Path, tmp_path: Path, page: str
) -> None:
    with reading(browser, built_book.as_uri(), "desktop") as reader:
        reader.open(f"book/{page}")
        explorer = reader.page.locator(".explorer")
        for title, wanted in CHOICES[page].items():
            choose(explorer, title, wanted)
        words = "; ".join(f"{it}: {value}" for it, value in CHOICES[page].items())
        expect(explorer.locator(".explorer-words")).to_have_text(words)
        executed = run(explorer.locator(".explorer-command code"), tmp_path)
        outputs = explorer.locator(".explorer-outputs")
        seen = BeautifulSoup(outputs.inner_html(), "html.parser")
        for unseen in seen.select("[inert]"):
            unseen.decompose()
        files = outputs.locator(":is(img, a[download$='.csv']):not([inert] *)")
        addresses = files.evaluate_all("all => all.map(it => it.src ?? it.href)")
    shown = [Path(unquote(urlsplit(it).path)).read_text("utf-8") for it in addresses]
    sentences, tables, drawings = read(executed, OUTPUTS[page])
    paragraphs = seen.select(".cell_output > p:not([class])")
    assert [text(it) for it in paragraphs] == sentences
    assert [cells(it) for it in seen.select("table")] == tables
    assert shown == drawings
    assert len(sentences) + len(tables) + len(drawings) // 2 == len(OUTPUTS[page])


@pytest.mark.parametrize("page", CHOICES)
def test_no_choice_moves_where_outputs_and_what_is_below_begin(
    browser: Browser, built_book: Path, device: str, page: str
) -> None:
    with reading(browser, built_book.as_uri(), device) as reader:
        reader.open(f"book/{page}")
        explorer = reader.page.locator(".explorer-ready")
        expect(explorer).to_have_count(1)
        at_first, *others = explorer.evaluate(TOPS_OF_CHOICES)
    assert len(at_first) == 1 + len(OUTPUTS[page])
    assert len(others) > 1
    for tops in others:
        assert tops == pytest.approx(at_first, abs=0.5)


def choose(explorer: Locator, title: str, wanted: str) -> None:
    """Choose by a button with this text, or by the arrows of a slider."""
    group = explorer.get_by_role("group", name=title, exact=True)
    if group.count():
        group.get_by_label(wanted, exact=True).check()
        return
    slider = explorer.get_by_role("slider", name=title, exact=True)
    slider.press("Home")
    for _ in range(int(slider.get_attribute("max") or 0)):
        if slider.get_attribute("aria-valuetext") == wanted:
            return
        slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", wanted)


def run(command: Locator, folder: Path) -> nbformat.NotebookNode:
    """Run what a reader would copy, and read the notebook that it writes."""
    program, notebook, output, *options = shlex.split(command.text_content() or "")
    assert (program, output) == ("papermill", "executed.ipynb")
    target = folder / output
    with patch.dict(os.environ):
        # Else last digits and a pixel can be those of this processor.
        keep_to_baseline()
        ended = subprocess.run(
            [Path(sys.executable).with_name(program), notebook, target, *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    return nbformat.read(target, as_version=4)


def read(
    executed: nbformat.NotebookNode, names: list[str]
) -> tuple[list[str], list[list[list[str]]], list[str]]:
    """Give the texts, the cells of tables, and the drawings with their data."""
    sentences, tables, drawings = [], [], list[str]()
    for cell in executed.cells:
        known = [cell.metadata, *cell.metadata.get("mystnb", {}).values()]
        if not any(isinstance(it, dict) and it.get("name") in names for it in known):
            continue
        data = cell.outputs[-1].data
        if "image/svg+xml" in data:
            # A file of the site has no line break at its end.
            drawings += [data["image/svg+xml"].rstrip("\n"), data["text/csv"]]
        else:
            html = MarkdownIt().enable("table").render(data["text/markdown"])
            soup = BeautifulSoup(html, "html.parser")
            tables += [cells(it) for it in soup.select("table")]
            sentences += [text(it) for it in soup.select("p")]
    return sentences, tables, drawings


def cells(table: BeautifulSoup) -> list[list[str]]:
    rows = table.select("tr")
    return [[text(cell) for cell in row.select("th, td")] for row in rows]


def text(element: BeautifulSoup) -> str:
    return " ".join(element.get_text().split())
